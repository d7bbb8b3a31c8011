"""Albums by page, by words, by id; beside a model in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from auralis_lab.catalogue.finding.albumrows import AlbumParts, is_complete
from auralis_lab.catalogue.finding.albums import ALBUM_SORTS, AlbumRow, Albums
from auralis_lab.catalogue.scanning.intake import ScanRun
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.catalogue.text import fold
from auralis_lab.errors import NotFoundError, ParameterError
from tests.thorough import tries

MakeFacts: TypeAlias = Callable[..., FileFacts]
Fill: TypeAlias = Callable[[Sequence[FileFacts]], None]


@pytest.fixture
def albums(catalogue: Catalogue) -> Albums:
    return Albums(catalogue)


def _titles(rows: Sequence[AlbumRow]) -> list[str]:
    return [row.title for row in rows]


def _all_pages(albums: Albums, sort: str, descending: bool, limit: int) -> list[AlbumRow]:
    rows: list[AlbumRow] = []
    page = albums.list(sort, descending=descending, limit=limit)
    while page:
        rows += page
        page = albums.list(sort, descending=descending, limit=limit, after=page[-1].id)
    return rows


@pytest.fixture
def many(
    catalogue: Catalogue, rng: np.random.Generator, facts: MakeFacts, fill: Fill
) -> dict[str, list[FileFacts]]:
    """400 tracks of about 100 albums with ties and gaps; every fifth track is missing."""

    def some(*values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    files = [
        facts(
            f"/music/{i}.flac",
            album=f"{some('Été', 'ete', 'Zoo', 'Air', 'Łódź', '夢')} {int(rng.integers(5))}",
            album_artist=some("Bach", "Ärzte", "Various Artists", "Ørsted"),
            date=some(None, "1981", "2001-02-03", "unknown", "1990"),
            genres=some([], ["Rock"], ["Rock", "Pop"], ["Jazz"]),
            format=some("FLAC", "OGG"),
            track_number=some(None, 1, 2, 3),
            track_total=some(None, 2, 3),
            disc_number=some(None, 1, 2),
            disc_total=some(None, 1, 2),
            frames=some(None, 100, 44_100),
            picture_key=some(None, "p"),
        )
        for i in range(400)
    ]
    fill(files)
    ScanRun(catalogue, "/music").mark_missing(list(range(1, 401, 5)))
    there: dict[str, list[FileFacts]] = {}
    for i, file in enumerate(files):
        if i % 5:
            there.setdefault(file.album_key or "", []).append(file)
    return there


@pytest.mark.parametrize("sort", ALBUM_SORTS)
def test_pages_tile_the_whole_list_in_both_directions(
    many: dict[str, list[FileFacts]], albums: Albums, sort: str
) -> None:
    upwards = _all_pages(albums, sort, descending=False, limit=7)
    assert len(upwards) == len(many) == albums.count()
    assert len({row.id for row in upwards}) == len(upwards)
    assert _all_pages(albums, sort, descending=False, limit=200) == upwards
    assert _all_pages(albums, sort, descending=True, limit=13) == upwards[::-1]


def test_every_row_is_what_a_model_says(
    many: dict[str, list[FileFacts]], albums: Albums, catalogue: Catalogue
) -> None:
    listed = {
        (fold(row.title), fold(row.artist or "")): row
        for row in _all_pages(albums, "title", False, 200)
    }
    for tracks in many.values():
        row = listed.pop((fold(tracks[0].album or ""), fold(tracks[0].album_credit or "")))
        years = [track.year for track in tracks if track.year]
        lengths = [track.frames / 44_100 for track in tracks if track.frames is not None]
        genres = [genre for track in tracks for genre in track.genres]
        formats = [track.format for track in tracks]
        assert row.track_count == len(tracks)
        assert (row.first_year, row.last_year) == (
            min(years, default=None),
            max(years, default=None),
        )
        assert row.duration_s == (pytest.approx(sum(lengths)) if lengths else None)
        assert set(row.genres) == set(genres)
        assert [genres.count(g) for g in row.genres] == sorted(map(genres.count, set(genres)))[::-1]
        assert set(row.formats) == set(formats)
        discs = [track.disc_number or 1 for track in tracks] + [t.disc_total or 0 for t in tracks]
        assert row.disc_count == max(discs)
        ordered = albums.tracks(row.id)
        assert {track.path for track in ordered} == {track.path for track in tracks}
        places = [((t.disc_number or 1), (t.track_number or 0)) for t in ordered]
        assert places == sorted(places)
        pictured = [t.id for t in ordered if t.picture_key]
        assert (row.picture_track_id is None) == (not pictured)
        if row.picture_track_id:
            first = catalogue.tracks.get(row.picture_track_id)
            assert first.picture_key
        assert albums.get(row.id) == row
    assert not listed


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("title", lambda row: fold(row.title)),
        ("artist", lambda row: fold(row.artist or "\U0010ffff")),
        ("added", lambda row: row.added_at),
        ("year", lambda row: row.first_year or 10_000),
        ("tracks", lambda row: row.track_count),
        ("duration", lambda row: 1e12 if row.duration_s is None else round(row.duration_s, 2)),
    ],
)
def test_the_order_is_the_one_asked_for(
    many: dict[str, list[FileFacts]], albums: Albums, sort: str, key: Callable[[AlbumRow], Any]
) -> None:
    keys = [key(row) for row in albums.list(sort, limit=200)]
    assert keys == sorted(keys)


def test_an_album_without_a_track_that_is_there_is_found_by_id_alone(
    catalogue: Catalogue, albums: Albums, facts: MakeFacts, fill: Fill
) -> None:
    fill([facts(f"/music/{n}.flac", album=f"A{n}", album_artist="B") for n in range(9)])
    ScanRun(catalogue, "/music").mark_missing([1, 2, 3, 5])
    assert _titles(albums.list(limit=3)) == ["A3", "A5", "A6"]
    for sort in ALBUM_SORTS:
        assert sorted(_titles(_all_pages(albums, sort, False, 2))) == ["A3", "A5", "A6", "A7", "A8"]
    assert _titles(albums.search("a", limit=2)) == ["A3", "A5"]
    assert (albums.get(1).title, albums.get(1).track_count, albums.tracks(1)) == ("A0", 0, ())
    assert (albums.get(1).duration_s, albums.get(1).complete) == (None, None)
    assert _titles(albums.list(after=3, limit=2)) == ["A3", "A5"]
    assert _titles(albums.list("tracks", after=9)) == []
    assert albums.count() == 5


def test_every_word_must_occur_in_title_or_artist(
    albums: Albums, facts: MakeFacts, fill: Fill
) -> None:
    made = [
        ("Ágætis byrjun", "Sigur Rós"),
        ("Ros", "Nobody"),
        ("Undone", "Rosalía"),
        ("Carousel", "Else"),
    ]
    fill([facts(f"/m/{t}.flac", album=t, album_artist=a) for t, a in made])
    assert (
        _titles(albums.search("ros"))
        == ["Ros", "Ágætis byrjun", "Undone", "Carousel"][:3] + ["Carousel"][:0]
    )
    assert _titles(albums.search("SIGUR agaetis")) == ["Ágætis byrjun"]
    assert _titles(albums.search("rou")) == ["Carousel"]
    assert albums.search("ros nothing") == ()
    assert len(albums.search("")) == len(albums.search(" \t")) == 4
    assert albums.search("byrjun sigur ros") == albums.search("sigur")


def test_sql_and_odd_characters_are_only_words(
    albums: Albums, facts: MakeFacts, fill: Fill
) -> None:
    fill([facts("/music/a.flac", album="still here")])
    texts = [
        "'; DROP TABLE albums; --",
        '"',
        "%",
        "\\",
        "$limit",
        "a\0b",
        "x" * 50_000,
        "🎵",
        "שלום",
    ]
    for text in texts:
        assert albums.search(text) == ()
    for nothing in ("", "\0", "\x01", "\U0010ffff", " \t"):
        assert _titles(albums.search(nothing)) == ["still here"]
    assert albums.search("\udcff") == ()
    assert _titles(albums.list()) == ["still here"]


def test_odd_arguments_are_refused(albums: Albums, facts: MakeFacts, fill: Fill) -> None:
    fill([facts("/music/a.flac", album="A")])
    ask: Any = albums
    for limit in (0, -1, 201, 2.0, "10", None, True):
        with pytest.raises(ParameterError, match="limit="):
            ask.list(limit=limit)
        with pytest.raises(ParameterError, match="limit="):
            ask.search("a", limit=limit)
    for sort in ("", "id; DROP TABLE albums", None, 1, "TITLE"):
        with pytest.raises(ParameterError, match="sort="):
            ask.list(sort)
    for bad in ("1", "1 OR 1=1", 1.0, True, -1, 2**63, None):
        with pytest.raises(ParameterError, match="album_id="):
            ask.get(bad)
        with pytest.raises(ParameterError, match="album_id="):
            ask.tracks(bad)
    with pytest.raises(ParameterError, match="descending="):
        ask.list(descending="no")
    with pytest.raises(ParameterError, match="text="):
        ask.search(None)
    with pytest.raises(ParameterError, match="33 words"):
        ask.search(" ".join(f"w{i}" for i in range(33)))
    for act in (ask.get, ask.tracks, lambda after: ask.list(after=after)):
        with pytest.raises(NotFoundError, match="no album 7"):
            act(7)


def test_tracks_of_a_set_come_disc_by_disc(albums: Albums, facts: MakeFacts, fill: Fill) -> None:
    places = [(2, 1), (1, 10), (1, 2), (None, 3)]
    fill([facts(f"/m/{d}-{t}.flac", album="A", disc_number=d, track_number=t) for d, t in places])
    ordered = [(row.disc_number, row.track_number) for row in albums.tracks(1)]
    assert ordered == [(1, 2), (None, 3), (1, 10), (2, 1)]


@pytest.mark.parametrize(
    ("places", "discs", "complete"),
    [
        ([(1, 1, 2), (1, 2, 2)], 0, True),
        ([(1, 1, 2), (1, 1, 2)], 0, False),
        ([(1, 1, 2), (1, 3, 2)], 0, False),
        ([(1, 1, 2)], 0, False),
        ([(1, 1, None), (1, 2, 2)], 0, True),
        ([(1, 1, None), (1, 2, None)], 0, None),
        ([(1, None, 1)], 0, False),
        ([], 0, None),
        ([(1, 1, 1), (2, 1, 1)], 2, True),
        ([(1, 1, 1)], 2, False),
        ([(1, 1, 3), (1, 2, 3), (2, 1, 3)], 2, True),
        ([(1, 1, 3), (2, 1, 3)], 2, False),
        ([(1, 1, 1), (2, 1, None)], 2, None),
        ([(1, 1, 2**31 - 1)], 2**31 - 1, False),
    ],
)
def test_an_album_is_complete_when_all_that_is_announced_is_there(
    places: list[tuple[int, int | None, int | None]], discs: int, complete: bool | None
) -> None:
    assert is_complete(AlbumParts(places=places, disc_total=discs)) is complete


@examples(max_examples=tries(200))
@given(totals=st.lists(st.integers(1, 12), min_size=1, max_size=4), data=st.data())
def test_taking_one_track_away_makes_a_complete_album_incomplete(
    totals: list[int], data: st.DataObject
) -> None:
    whole: list[tuple[int, int | None, int | None]] = [
        (disc, number, total)
        for disc, total in enumerate(totals, 1)
        for number in range(1, total + 1)
    ]
    assert is_complete(AlbumParts(places=list(whole), disc_total=len(totals))) is True
    gone = data.draw(st.integers(0, len(whole) - 1))
    left = [place for n, place in enumerate(whole) if n != gone]
    if left:
        assert is_complete(AlbumParts(places=left, disc_total=len(totals))) is False


def test_an_album_keeps_its_row_when_tags_it_does_not_show_change(
    catalogue: Catalogue, albums: Albums, facts: MakeFacts, fill: Fill
) -> None:
    one = facts("/music/a.flac", album="A", album_artist="B")
    fill([one])
    before = albums.get(1)
    fill([replace(one, comment="c" * 10_000, title="\u202eevil\u202c 🎵")])
    assert albums.get(1) == before
    assert _titles(albums.list()) == ["A"]
