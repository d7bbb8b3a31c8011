"""What a library holds, counted again by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from auralis_lab.catalogue.finding.contents import Contents, contents
from auralis_lab.catalogue.store import Catalogue


def test_an_empty_library_holds_nothing(catalogue: Catalogue) -> None:
    assert contents(catalogue) == Contents(0, 0, 0, 0.0, 0, 0, 0, ())


def test_what_is_there_is_counted_and_what_is_missing_is_told_apart(
    catalogue: Catalogue, facts: Callable[..., Any], fill: Callable[..., None]
) -> None:
    songs = [
        facts(
            f"/music/{n}.x",
            title=f"Song {n}",
            artists=["Bach", "Gould"] if n < 3 else ["Ärzte"],
            album="One" if n < 3 else None,
            album_artist="Bach",
            format="FLAC" if n < 3 else "MP3",
            frames=44_100 * (n + 1),
            file_bytes=100 * (n + 1),
        )
        for n in range(5)
    ]
    fill(songs)
    with catalogue.write() as s:
        s.run("UPDATE tracks SET missing_since = added_at WHERE path = '/music/4.x'")
        s.run("UPDATE tracks SET loudness_lufs = -14 WHERE path IN ('/music/0.x', '/music/4.x')")
    held = contents(catalogue)
    assert held.duration_s == pytest.approx(1 + 2 + 3 + 4)
    assert (held.tracks, held.albums, held.artists, held.measured, held.missing) == (4, 1, 3, 1, 1)
    assert held.file_bytes == 1000
    assert held.formats == (("FLAC", 3), ("MP3", 1))
