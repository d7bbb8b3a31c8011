"""Artists by page, by words, by name; beside a model in Python."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pytest

from auralis_lab.catalogue.finding.artists import ARTIST_SORTS, ArtistRow, Artists
from auralis_lab.catalogue.scanning.intake import ScanRun
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.catalogue.text import fold
from auralis_lab.errors import NotFoundError, ParameterError

MakeFacts: TypeAlias = Callable[..., FileFacts]
Fill: TypeAlias = Callable[[Sequence[FileFacts]], None]

NAMES = [
    "Sigur Rós",
    "sigur ros",
    "Ärzte",
    "Ørsted",
    "Bach",
    "BACH",
    "!!!",
    "夢",
    "A",
    "Gould",
    "Đorđe",
]


@pytest.fixture
def artists(catalogue: Catalogue) -> Artists:
    return Artists(catalogue)


def _names(rows: Sequence[ArtistRow]) -> list[str]:
    return [row.name for row in rows]


def _all_pages(artists: Artists, sort: str, descending: bool, limit: int) -> list[ArtistRow]:
    rows: list[ArtistRow] = []
    page = artists.list(sort, descending=descending, limit=limit)
    while page:
        rows += page
        page = artists.list(sort, descending=descending, limit=limit, after=page[-1].name)
    return rows


@pytest.fixture
def many(
    catalogue: Catalogue, rng: np.random.Generator, facts: MakeFacts, fill: Fill
) -> list[FileFacts]:
    """300 tracks with one to three artists, guests, compilations; a fifth is missing."""
    names = [*NAMES, *(f"Name {i}" for i in range(12))]
    files = []
    for i in range(300):
        picked = [names[int(n)] for n in rng.choice(len(names), int(rng.integers(0, 4)))]
        guests = picked[1:] if rng.random() < 0.5 else []
        credit = " feat. ".join([" & ".join(picked[: len(picked) - len(guests)]), *guests])
        by = [None, "Various Artists", credit, *picked][int(rng.integers(3 + len(picked)))]
        files.append(
            facts(
                f"/music/{i}.flac",
                title=f"t{i % 7}",
                artist=credit or None,
                artists=picked,
                featured=guests,
                album=[None, f"Album {i % 20}"][int(rng.integers(2))],
                album_artist=by or None,
                track_number=i % 5,
                picture_key=[None, "p"][i % 2],
            )
        )
    fill(files)
    ScanRun(catalogue, "/music").mark_missing(list(range(1, 301, 5)))
    return [file for i, file in enumerate(files) if i % 5]


def _on(files: list[FileFacts], key: str) -> list[FileFacts]:
    return [file for file in files if key in map(fold, file.artists)]


@pytest.mark.parametrize("sort", ARTIST_SORTS)
def test_pages_tile_the_whole_list_in_both_directions(
    many: list[FileFacts], artists: Artists, sort: str
) -> None:
    keys = {fold(name) for file in many for name in file.artists}
    upwards = _all_pages(artists, sort, descending=False, limit=4)
    assert [row.key for row in upwards] == sorted(
        keys, key=lambda key: (len(_on(many, key)) if sort == "tracks" else 0, key)
    )
    assert _all_pages(artists, sort, descending=False, limit=200) == upwards
    assert _all_pages(artists, sort, descending=True, limit=7) == upwards[::-1]
    assert artists.count() == len(keys)


def test_every_row_is_what_a_model_says(
    many: list[FileFacts], artists: Artists, catalogue: Catalogue
) -> None:
    for row in artists.list(limit=200):
        on = _on(many, row.key)
        guest = [file for file in on if row.key in map(fold, file.featured)]
        spelled = Counter([n for n in file.artists if fold(n) == row.key][-1] for file in on)
        assert spelled[row.name] == max(spelled.values())
        assert (row.track_count, row.featured_count) == (len(on) - len(guest), len(guest))
        assert row.album_count + row.appears_on_count == len({f.album_key for f in on if f.album})
        assert artists.get(row.name) == artists.get(row.key) == row
        albums = artists.albums(row.name)
        assert (len(albums.own), len(albums.appears_on)) == (row.album_count, row.appears_on_count)
        mine = {fold(file.artist or "") for file in on if file not in guest} | {row.key}
        assert all(fold(album.artist or "") in mine for album in albums.own)
        assert not any(album.artist and fold(album.artist) in mine for album in albums.appears_on)
        if row.picture_track_id:
            assert row.key in map(fold, catalogue.tracks.get(row.picture_track_id).artists)
        assert (row.picture_track_id is None) == (not any(file.picture_key for file in on))
        for featured, expected in ((None, on), (True, guest), (False, None)):
            paths: list[str] = []
            page = artists.tracks(row.name, featured=featured, limit=9)
            while page:
                paths += [track.path for track in page]
                page = artists.tracks(row.name, featured=featured, limit=9, after=page[-1].id)
            wanted = [f for f in on if f not in guest] if expected is None else expected
            assert sorted(paths) == sorted(file.path for file in wanted)


def test_spellings_are_one_artist_shown_as_most_tracks_have_it(
    catalogue: Catalogue, artists: Artists, facts: MakeFacts, fill: Fill
) -> None:
    spellings = ["Sigur Rós", "SIGUR ROS", "Sigur Rós", "sigur-ros"]
    fill([facts(f"/m/{i}.flac", artists=[name]) for i, name in enumerate(spellings)])
    (row,) = artists.list()
    assert (row.name, row.key, row.track_count) == ("Sigur Rós", "sigur ros", 4)
    ScanRun(catalogue, "/music").mark_missing([1, 3])
    assert [row.track_count for row in artists.list()] == [2]
    assert artists.get("ŠIGUR rös").name == "SIGUR ROS"


def test_an_artist_is_gone_with_the_last_track_and_back_with_it(
    catalogue: Catalogue, artists: Artists, facts: MakeFacts, fill: Fill
) -> None:
    one, two = facts("/m/1.flac", artists=["One"]), facts("/m/2.flac", artists=["Two"])
    fill([one, two])
    ScanRun(catalogue, "/music").mark_missing([1])
    assert _names(artists.list()) == _names(artists.search("")) == ["Two"]
    with pytest.raises(NotFoundError, match="no artist 'One'"):
        artists.get("One")
    with catalogue.write() as s:
        s.run("UPDATE tracks SET missing_since = NULL")
        s.run("UPDATE revisions SET number = number + 1 WHERE name = 'tracks'")
    assert _names(artists.list()) == ["One", "Two"]
    with Catalogue(catalogue.path) as other:
        assert Artists(other).count() == 2


def test_own_albums_and_compilations_are_told_apart(
    artists: Artists, facts: MakeFacts, fill: Fill
) -> None:
    fill(
        [
            facts("/m/1.flac", artists=["A"], album="Solo", album_artist="A", date="2001"),
            facts("/m/2.flac", artists=["A", "B"], artist="A & B", album="Duo", date="1999",
                  album_artist="A & B"),
            facts("/m/3.flac", artists=["A"], album="Hits", album_artist="Various Artists"),
            facts("/m/4.flac", artists=["C", "A"], artist="C feat. A", featured=["A"],
                  album="Guests", album_artist="C", date="2000"),
            facts("/m/5.flac", artists=["A"]),
        ]
    )  # fmt: skip
    albums = artists.albums("a")
    assert [album.title for album in albums.own] == ["Duo", "Solo"]
    assert [album.title for album in albums.appears_on] == ["Guests", "Hits"]
    assert [album.title for album in artists.albums("B").own] == ["Duo"]
    row = artists.get("A")
    assert (row.track_count, row.featured_count) == (4, 1)
    assert (row.album_count, row.appears_on_count) == (2, 2)


def test_names_that_begin_with_the_words_come_first(
    artists: Artists, facts: MakeFacts, fill: Fill
) -> None:
    names = ["Carosello", "Sigur Rós", "Rosalía", "Ros", "Ros", "Els Ros Nobody"]
    fill([facts(f"/m/{i}.flac", artists=[name]) for i, name in enumerate(names)])
    assert _names(artists.search("rós")) == [
        "Ros", "Rosalía", "Els Ros Nobody", "Sigur Rós", "Carosello",
    ]  # fmt: skip
    assert _names(artists.search("ROS nob")) == ["Els Ros Nobody"]
    assert _names(artists.search("ros", limit=2)) == ["Ros", "Rosalía"]
    assert artists.search("ros nothing") == ()
    assert len(artists.search(" ")) == 5


def test_odd_names_are_only_names(artists: Artists, facts: MakeFacts, fill: Fill) -> None:
    odd = [
        "'; DROP TABLE tracks; --",
        "100%",
        "$x",
        "🎵",
        "!!!",
        "שלום",
        "\u202eevil",
        "x" * 10_000,
    ]
    fill([facts(f"/m/{i}.flac", artists=[name]) for i, name in enumerate(odd)])
    assert artists.count() == len(odd)
    for name in odd:
        assert artists.get(name).name == name
        assert len(artists.tracks(name)) == 1
        assert name in _names(artists.search(name))
        assert artists.list(limit=1, after=name) == artists.list(limit=1, after=fold(name))
    for name in ("", " ", "\0", "\x01", "\udcff", "nobody", "%"):
        for act in (artists.get, artists.tracks, artists.albums):
            with pytest.raises(NotFoundError, match="no artist"):
                act(name)


def test_odd_arguments_are_refused(artists: Artists, facts: MakeFacts, fill: Fill) -> None:
    fill([facts("/m/1.flac", artists=["A"])])
    ask: Any = artists
    for limit in (0, -1, 201, 2.0, "10", None, True):
        for act in (ask.list, lambda limit: ask.search("a", limit=limit),
                    lambda limit: ask.tracks("a", limit=limit)):  # fmt: skip
            with pytest.raises(ParameterError, match="limit="):
                act(limit=limit)
    for sort in ("", "id; DROP TABLE tracks", None, 1):
        with pytest.raises(ParameterError, match="sort="):
            ask.list(sort)
    for name in (None, 1, b"A", ["A"]):
        for act in (ask.get, ask.tracks, ask.albums):
            with pytest.raises(ParameterError, match="name="):
                act(name)
        with pytest.raises(ParameterError, match="text="):
            ask.search(name)
    with pytest.raises(ParameterError, match="33 words"):
        ask.search(" ".join(f"w{i}" for i in range(33)))
    with pytest.raises(ParameterError, match="descending="):
        ask.list(descending=1)
    with pytest.raises(ParameterError, match="featured="):
        ask.tracks("A", featured="yes")
    with pytest.raises(ParameterError, match="after="):
        ask.tracks("A", after=-1)
    with pytest.raises(NotFoundError, match="no track 7"):
        ask.tracks("A", after=7)
    with pytest.raises(NotFoundError, match="no artist 'B'"):
        ask.list(after="B")
    assert _names(artists.list()) == ["A"]
