"""The tracks of a library as objects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auralis_lab.catalogue.scanning.intake import Placement, ScanRun
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import ParameterError
from auralis_lab.shelf import Shelf
from tests.catalogue.conftest import _facts

TRACKS = 431


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    path: Path = tmp_path_factory.mktemp("shelf") / "library.duckdb"
    with Catalogue(path) as catalogue:
        rows = [
            _facts(f"/music/{n}.flac", title=f"{n % 7} {n}", artists=["Bach"])
            for n in range(TRACKS)
        ]
        ScanRun(catalogue, "/music").store([Placement(row) for row in rows])
        yield Shelf(catalogue)


def test_all_goes_through_every_track_in_the_order_of_pages(shelf: Shelf) -> None:
    assert len(shelf.search("")) == len(shelf.list()) == 50
    everything = [track.id for track in shelf.all()]
    assert len(everything) == len(set(everything)) == TRACKS
    assert everything[:50] == [track.id for track in shelf.list()]
    titles = [track.title for track in shelf.all("bach title:3", sort="title", descending=True)]
    assert len(titles) == shelf.count("bach title:3")
    assert titles == sorted(titles, reverse=True)
    assert f"{TRACKS} tracks" in repr(shelf)


def test_a_wrong_question_is_refused_before_the_first_track(shelf: Shelf) -> None:
    for asked in ({"text": "gener:x"}, {"sort": "colour"}, {"descending": "yes"}):
        with pytest.raises(ParameterError):
            shelf.all(**asked)  # type: ignore[arg-type]
