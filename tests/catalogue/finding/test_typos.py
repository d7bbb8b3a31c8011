"""What was meant by words that find nothing, in a library where much is nearly alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.store import Catalogue

SONGS: tuple[tuple[str, list[str], str | None, str], ...] = (
    ("Aria", ["Glenn Gould"], "Variations", "/music/1.flac"),
    ("Golden Days", ["Glenys Gold"], "Bold", "/music/2.flac"),
    ("Bass Line", ["Basso"], "Low", "/music/3.flac"),
    ("Symphony No. 4", [], None, "/music/brahms op 98.flac"),
    ("Thunderstruck", ["AC/DC"], "The Razors Edge", "/music/5.flac"),
    ("Cello Suite", ["J.S. Bach"], None, "/music/6.flac"),
    ("Toccata", ["Wilhelm Friedemann Bach"], None, "/music/7.flac"),
    ("Mrs. Robinson", ["Simon & Garfunkel"], "Bookends", "/music/8.flac"),
    ("Sandy", ["The Band"], "Andes", "/music/9.flac"),
    ("Helpless", ["Neil Young", "Crazy Horse"], "Zuma", "/music/10.flac"),
)


@pytest.fixture
def songs(
    catalogue: Catalogue,
    facts: Callable[..., FileFacts],
    fill: Callable[[Sequence[FileFacts]], None],
) -> Catalogue:
    rows: list[Any] = [
        facts(path, title=title, artists=artists, album=album)
        for title, artists, album, path in SONGS
    ]
    fill(rows)
    return catalogue


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("glenn gold", "glenn gould"),  # there is a Gold, and no Glenn of that name
        ("artist:glenn gold", None),  # one word alone is not doubted
        ("brams", "brahms"),  # bass is in names, brahms only in a file's name
        ("glenn goulb", "glenn gould"),
        ("aria goulb", "aria gould"),
        ("acdc", '"ac dc"'),
        ("artist:acdc", 'artist:"ac dc"'),
        ("js bach", '"j s" bach'),
        ("simon and garfunkel", "simon garfunkel"),
        ("simon and garfunkle", "simon garfunkel"),
        ("neil yung horse", "neil young horse"),
    ],
)
def test_what_is_suggested_fits_the_other_words(
    songs: Catalogue, typed: str, meant: str | None
) -> None:
    assert songs.tracks.count(typed) == 0
    assert songs.tracks.suggest(typed) == meant
    assert meant is None or songs.tracks.count(meant) == 1


def test_what_finds_something_has_no_other_meaning(songs: Catalogue) -> None:
    for text in ("gold", "bach", "the band", "ac/dc", "j.s. bach", "simon & garfunkel"):
        assert songs.tracks.count(text)
        assert songs.tracks.suggest(text) is None
