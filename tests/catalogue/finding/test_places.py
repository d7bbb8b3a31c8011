from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auralis_lab.catalogue.finding import places
from auralis_lab.catalogue.store import Catalogue

CACHED = ("artist", "album", "title", "year", "duration", "path", "id", "loudness")


@pytest.fixture
def library(
    catalogue: Catalogue, facts: Any, fill: Any, monkeypatch: pytest.MonkeyPatch
) -> Catalogue:
    """61 tracks with ties and gaps, in a catalogue that counts as large."""
    monkeypatch.setattr(places, "SMALL", 10)
    fill(
        [
            facts(
                f"/music/{i * 7 % 13}/{i}.flac",
                title=f"Song {i % 9}",
                artists=[f"Artist {i % 4}"] if i % 5 else [],
                album=f"Album {i % 6}" if i % 3 else None,
                date=str(1950 + i % 8) if i % 4 else None,
                frames=100 * (i % 10) or None,
            )
            for i in range(61)
        ]
    )
    return catalogue


def _sorted(catalogue: Catalogue, sort: str) -> bool:
    """Have an order sorted, and tell whether pages come from it."""
    for _ in range(2):
        catalogue.tracks.list(sort)
    catalogue.tracks._places.settle()
    with catalogue.session() as s:
        return catalogue.tracks._places.page(
            catalogue, s, sort, descending=False, limit=1, after=None
        ) is not None  # fmt: skip


def _pages(catalogue: Catalogue, sort: str, descending: bool) -> list[int]:
    ids: list[int] = []
    page = catalogue.tracks.list(sort, descending=descending, limit=7)
    while page:
        ids += [row.id for row in page]
        page = catalogue.tracks.list(sort, descending=descending, limit=7, after=ids[-1])
    return ids


@pytest.mark.parametrize("sort", CACHED)
@pytest.mark.parametrize("descending", [False, True])
def test_pages_are_the_same_from_memory(library: Catalogue, sort: str, descending: bool) -> None:
    assert _sorted(library, sort)
    hyphen = "-" if descending else ""
    assert _pages(library, sort, descending) == library.tracks.ids(f"sort:{hyphen}{sort}")


def test_a_change_is_seen_at_once(library: Catalogue, facts: Any, fill: Any) -> None:
    assert _sorted(library, "title")
    fill([facts("/music/new.flac", title="A new song")])
    assert library.tracks.list("title")[0].title == "A new song"
    assert len(_pages(library, "title", False)) == 62


def test_a_row_that_is_in_no_page_is_answered_by_the_catalogue(library: Catalogue) -> None:
    with library.write() as s:
        s.run("UPDATE tracks SET missing_since = now() WHERE id = 5")
    assert _sorted(library, "id")
    assert [row.id for row in library.tracks.list("id", after=5, limit=2)] == [6, 7]


def test_orders_that_change_with_every_play_are_not_kept(library: Catalogue) -> None:
    assert not _sorted(library, "plays")


def test_few_tracks_are_not_sorted_ahead(
    library: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "SMALL", 1000)
    assert not _sorted(library, "title")


def test_a_scan_that_goes_on_is_not_sorted_after_all_the_time(
    library: Catalogue, facts: Any, fill: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _sorted(library, "title")
    fill([facts("/music/one.flac")])
    assert not _sorted(library, "title")
    monkeypatch.setattr(places, "REST_S", 0.0)
    assert _sorted(library, "title")


def test_a_catalogue_closed_meanwhile_is_left_alone(library: Catalogue, tmp_path: Path) -> None:
    for _ in range(2):
        library.tracks.list("title")
    library.close()
    library.tracks._places.settle()
