from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

from auralis_lab.catalogue.finding.orders import find_sort
from auralis_lab.catalogue.finding.queries import SORTS, TrackRow
from auralis_lab.catalogue.scanning.intake import Placement, ScanRun
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import NotFoundError, ParameterError
from tests.catalogue.conftest import _facts

MakeFacts: TypeAlias = Callable[..., FileFacts]
Fill: TypeAlias = Callable[[Sequence[FileFacts]], None]


def _titles(rows: tuple[TrackRow, ...]) -> list[str]:
    return [row.title for row in rows]


def _all_pages(catalogue: Catalogue, sort: str, descending: bool, limit: int) -> list[int]:
    ids: list[int] = []
    page = catalogue.tracks.list(sort, descending=descending, limit=limit)
    while page:
        ids += [row.id for row in page]
        page = catalogue.tracks.list(sort, descending=descending, limit=limit, after=page[-1].id)
    return ids


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Catalogue, list[FileFacts]]]:
    """157 tracks with many ties and gaps in every column, and texts that begin alike."""
    rng = np.random.default_rng(440)

    def some(*values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    made = [
        _facts(
            f"/music/{some('Live', 'Été')}/{i}.flac",
            title=some(None, "Air", "Été", "été", "Symphony No. 1", "Symphony No. 2", "夢"),
            artists=some([], ["Ärzte"], ["Johann Sebastian Bach"], ["Johann Strauss"], ["B"]),
            album=some(None, "One", "Greatest Hits", "Greatest Hits II"),
            album_artist=some(None, "Bach", "Various"),
            date=some(None, "1981", "2001-02-03", "unknown"),
            track_number=some(None, 1, 2, 3),
            disc_number=some(None, 1, 2),
            frames=some(None, 100, 44_100),
        )
        for i in range(157)
    ]
    with Catalogue(tmp_path_factory.mktemp("many") / "library.duckdb") as catalogue:
        ScanRun(catalogue, "/music").store([Placement(one) for one in made])
        with catalogue.write() as s:
            s.run(
                """
                UPDATE tracks SET loudness_lufs = CASE WHEN id % 3 > 0 THEN -(id % 7) END;
                INSERT INTO marks
                SELECT id, id % 4, 1.0, CASE WHEN id % 4 > 0
                        THEN make_timestamp(2026, 1, 1 + id::INT % 5, 0, 0, 0) END,
                    NULL, nullif(id % 11, 0)
                FROM tracks WHERE id % 2 = 0"""
            )
        yield catalogue, made


@pytest.mark.parametrize("sort", sorted(set(SORTS.values())))
@pytest.mark.parametrize("descending", [False, True])
def test_pages_tile_the_whole_list(
    many: tuple[Catalogue, list[FileFacts]], sort: str, descending: bool
) -> None:
    catalogue, _ = many
    ids = _all_pages(catalogue, sort, descending, limit=37)
    assert sorted(ids) == list(range(1, 158))
    assert catalogue.tracks.ids(f"sort:{'-' if descending else ''}{sort}") == ids


ORDERS: dict[str, Callable[[int, FileFacts], tuple[Any, ...] | None]] = {
    "artist": lambda i, f: (f.artist_order,) if f.artist else None,
    "album": lambda i, f: (f.album_order,) if f.album else None,
    "title": lambda i, f: (f.title_sort, f.artist_order),
    "year": lambda i, f: None if f.year is None else (f.year, f.album_order),
    "duration": lambda i, f: None if f.frames is None else (f.frames,),
    "path": lambda i, f: (f.path,),
    "id": lambda i, f: (i,),
    "loudness": lambda i, f: (-(i % 7),) if i % 3 else None,
    "plays": lambda i, f: (i % 4,) if i % 4 and i % 2 == 0 else None,
    "last_played": lambda i, f: (i % 5,) if i % 4 and i % 2 == 0 else None,
    "rating": lambda i, f: (i % 11,) if i % 11 and i % 2 == 0 else None,
}


@pytest.mark.parametrize("sort", ORDERS)
@pytest.mark.parametrize("descending", [False, True])
def test_what_has_a_value_is_in_order_and_the_rest_follows_by_artist(
    many: tuple[Catalogue, list[FileFacts]], sort: str, descending: bool
) -> None:
    catalogue, made = many
    keys = {i: ORDERS[sort](i, facts) for i, facts in enumerate(made, 1)}
    known = sorted((key, i) for i, key in keys.items() if key is not None)
    rest = sorted((made[i - 1].artist_order, i) for i, key in keys.items() if key is None)
    expected = [i for _, i in (known[::-1] if descending else known)] + [i for _, i in rest]
    assert _all_pages(catalogue, sort, descending, limit=200) == expected
    assert _all_pages(catalogue, sort, descending, limit=11) == expected


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("last_played", "played"),
        ("favourite", "liked"),
        ("loudness_lufs", "loudness"),
        ("Stars", "rating"),
        ("sample rate", None),
    ],
)
def test_orders_have_other_names(catalogue: Catalogue, name: str, same: str | None) -> None:
    assert find_sort(name) == same
    if same:
        assert catalogue.tracks.list(name) == ()


def test_artists_are_ordered_without_case_and_accents_and_unknown_ones_come_last(
    catalogue: Catalogue, facts: MakeFacts, fill: Fill
) -> None:
    artists = ["zappa", "Ärzte", "Ørsted", "bach", "Öster", "Nina"]
    fill([facts(f"/music/{a}.flac", title="t", artists=[a]) for a in artists])
    fill([facts("/music/x.flac", title="t")])
    ordered = [row.artist for row in catalogue.tracks.list("artist")]
    assert ordered == ["Ärzte", "bach", "Nina", "Ørsted", "Öster", "zappa", ""]


def test_an_album_is_ordered_by_disc_and_track_number(
    catalogue: Catalogue, facts: MakeFacts, fill: Fill
) -> None:
    places = [(2, 1), (1, 10), (1, 2), (None, 3)]
    fill(
        [
            facts(f"/music/{d}-{t}.flac", album="A", disc_number=d, track_number=t)
            for d, t in places
        ],
    )
    ordered = [(row.disc_number, row.track_number) for row in catalogue.tracks.list("album")]
    assert ordered == [(1, 2), (None, 3), (1, 10), (2, 1)]


@pytest.mark.parametrize("limit", [0, -1, 201, 10**9, 2.0, "10", None, True])
def test_a_page_must_hold_1_to_200_rows(catalogue: Catalogue, limit: Any) -> None:
    with pytest.raises(ParameterError, match="limit="):
        catalogue.tracks.list(limit=limit)
    with pytest.raises(ParameterError, match="limit="):
        catalogue.tracks.search("a", limit=limit)


@pytest.mark.parametrize("sort", ["", "id; DROP TABLE tracks", "title DESC", None, 1])
def test_only_known_sort_keys_are_taken(catalogue: Catalogue, sort: Any) -> None:
    with pytest.raises(ParameterError, match="sort="):
        catalogue.tracks.list(sort)


@pytest.mark.parametrize("bad", ["1", "1 OR 1=1", 1.0, True, -1, 2**63, None])
def test_ids_are_whole_numbers(catalogue: Catalogue, bad: Any) -> None:
    with pytest.raises(ParameterError, match="track_id="):
        catalogue.tracks.get(bad)


def test_an_unknown_id_is_not_found(catalogue: Catalogue) -> None:
    with pytest.raises(NotFoundError, match="no track 7"):
        catalogue.tracks.get(7)
    with pytest.raises(NotFoundError, match="no track 7"):
        catalogue.tracks.list(after=7)


def test_every_word_must_occur_in_some_field(
    catalogue: Catalogue, facts: MakeFacts, fill: Fill
) -> None:
    fill(
        [
            facts("/music/a.flac", title="Spring", artists=["Vivaldi"], composer="Vivaldi"),
            facts("/music/b.flac", title="Spring", artists=["Beethoven"], date="1801"),
            facts("/music/c.flac", title="Summer", artists=["Vivaldi"], genres=["Baroque"]),
        ],
    )
    search = catalogue.tracks.search
    assert _titles(search("vivaldi spring")) == ["Spring"]
    assert [row.artist for row in search("1801")] == ["Beethoven"]
    assert _titles(search("BAROQUE viv")) == ["Summer"]
    assert search("spring autumn") == ()
    assert len(search("")) == len(search("  \t ")) == 3


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("Sigur Rós", "sigur ros"),
        ("Ágætis byrjun", "AGAETIS"),
        ("Mägo de Oz", "ma\u0308go"),
        ("Røyksopp", "royksopp"),
        ("Straße", "STRASSE"),
        ("Łódź", "lodz"),
        ("Þursaflokkurinn", "thursa"),
        ("Đorđe", "dorde"),
        ("Cœur", "coeur"),
        ("İstanbul", "istanbul"),
        ("ΣΊΣΥΦΟΣ", "σισυφος"),
        ("AC/DC", "ac dc"),
        ("Don’t Stop", "don't"),
        ("夢の中", "夢の"),
        ("שלום", "שלום"),
        ("!!!", "!!!"),
        ("ﬁne", "fine"),
        ("100% \\ _ '", "100"),
        ("🎵 tune", "🎵 tune"),
    ],
)
def test_search_ignores_case_accents_and_punctuation(
    catalogue: Catalogue, stored: str, asked: str, facts: MakeFacts, fill: Fill
) -> None:
    fill([facts("/music/a.flac", title=stored), facts("/music/b.flac", title="else")])
    assert _titles(catalogue.tracks.search(asked)) == [stored]


def test_titles_that_begin_with_the_text_come_first_then_beginnings_of_words(
    catalogue: Catalogue, facts: MakeFacts, fill: Fill
) -> None:
    fill(
        [
            facts("/music/1.flac", title="Undone"),
            facts("/music/2.flac", title="The One"),
            facts("/music/3.flac", title="One"),
            facts("/music/4.flac", title="Air", artists=["One Republic"]),
            facts("/music/5.flac", title="Onetwo"),
        ],
    )
    assert _titles(catalogue.tracks.search("one")) == ["One", "Onetwo", "Air", "The One", "Undone"]
    assert _titles(catalogue.tracks.search("one", limit=2)) == ["One", "Onetwo"]


@pytest.mark.parametrize(
    "text",
    ["'; DROP TABLE tracks; --", '"', "%", "_", "\\", "$limit", "a\0b", "\udcff", "a" * 10_000],
)
def test_sql_and_odd_characters_are_only_words(
    catalogue: Catalogue, text: str, facts: MakeFacts, fill: Fill
) -> None:
    fill([facts("/music/a.flac", title="still here")])
    catalogue.tracks.search(text)
    assert catalogue.tracks.by_path(f"/music/{text[:99]}".replace("\0", "")) is None
    assert _titles(catalogue.tracks.list()) == ["still here"]


def test_too_many_words_are_refused(catalogue: Catalogue) -> None:
    with pytest.raises(ParameterError, match="33 words"):
        catalogue.tracks.search(" ".join(f"w{i}" for i in range(33)))


def test_a_row_tells_what_was_stored(
    catalogue: Catalogue, tmp_path: Path, facts: MakeFacts, fill: Fill
) -> None:
    stored = facts(
        "/music/My Song.flac",
        artists=["A", "B"],
        album="C",
        album_artist="D",
        date="2001-02-03",
        genres=["E", "F"],
        track_number=3,
        disc_number=1,
        composer="G",
        compilation=True,
        picture_key="p",
    )
    fill([stored])
    row = catalogue.tracks.get(1)
    assert row == catalogue.tracks.by_path("/music/My Song.flac") == catalogue.tracks.list()[0]
    assert (row.title, row.artist, row.artists) == ("My Song", "A, B", ("A", "B"))
    assert (row.album, row.album_artist, row.composer) == ("C", "D", "G")
    assert (row.date, row.year, row.genres) == ("2001-02-03", 2001, ("E", "F"))
    assert (row.track_number, row.disc_number) == (3, 1)
    assert (row.compilation, row.picture_key) == (True, "p")
    assert (row.duration_s, row.duration_is_estimate) == (10.0, False)
    assert (row.rate_hz, row.channels, row.format, row.bits_per_sample) == (44_100, 2, "FLAC", 16)
    assert row.missing_since is None
    assert row.added_at.tzinfo is not None
    assert catalogue.tracks.by_path(tmp_path) is None


def test_missing_tracks_are_left_out_of_lists_but_not_forgotten(
    catalogue: Catalogue, facts: MakeFacts, fill: Fill
) -> None:
    fill([facts("/music/a.flac"), facts("/music/b.flac")])
    ScanRun(catalogue, "/music").mark_missing([1])
    assert _titles(catalogue.tracks.list()) == _titles(catalogue.tracks.search("")) == ["b"]
    assert catalogue.tracks.count() == 1
    assert catalogue.tracks.get(1).missing_since is not None


def test_a_profile_is_kept_by_content_and_replaced(catalogue: Catalogue) -> None:
    assert catalogue.profiles.get("k") is None
    catalogue.profiles.put("k", '{"a": 1}', version=1, measures={"loudness_lufs": -14.5})
    catalogue.profiles.put("other", "{}", version=1)
    catalogue.profiles.put("k", '{"a": 2}', version=2, measures={"lra_lu": 7.0})
    assert catalogue.profiles.get("k") == '{"a": 2}'
    with catalogue.session() as s:
        rows = s.rows("SELECT version, loudness_lufs, lra_lu FROM profiles ORDER BY version DESC")
    assert rows == [(2, None, 7.0), (1, None, None)]


@pytest.mark.slow
def test_fifty_thousand_tracks_are_paged_and_searched_within_a_second(
    catalogue: Catalogue, rng: np.random.Generator, facts: MakeFacts, fill: Fill
) -> None:
    import time

    words = ["Air", "Blue", "Été", "Moon", "River", "Sun", "Walk", "Zoo"]
    picks = rng.integers(0, len(words), (50_000, 4))
    fill(
        [
            facts(
                f"/music/{i}.flac",
                title=f"{words[a]} {words[b]} {i}",
                artists=[f"{words[c]} {i % 997}"],
                album=f"{words[d]} {i % 4999}",
                track_number=i % 12,
            )
            for i, (a, b, c, d) in enumerate(picks)
        ],
    )
    began_s = time.monotonic()
    ids = [row.id for row in catalogue.tracks.list(limit=200)]
    page = catalogue.tracks.list(limit=200, after=ids[-1])
    assert not {row.id for row in page} & set(ids)
    assert len(catalogue.tracks.search("ete moon", limit=200)) == 200
    assert time.monotonic() - began_s < 1.0
    assert catalogue.tracks.count() == 50_000


def test_missing_tracks_are_found_where_they_are_asked_for_and_nowhere_else(
    catalogue: Catalogue, facts: Callable[..., FileFacts], fill: Callable[..., None]
) -> None:
    fill([facts(f"/music/{n}.flac", title=f"Song {n}", artists=["Bach"]) for n in range(6)])
    with catalogue.write() as s:
        s.run("UPDATE tracks SET missing_since = added_at, lossy = id < 3 WHERE id <= 4")
    tracks = catalogue.tracks
    assert tracks.ids("is:missing sort:id") == [1, 2, 3, 4]
    assert tracks.ids("is:missing is:lossy sort:id") == [1, 2]
    assert tracks.ids("song 2 is:missing") == [3]
    assert tracks.count("is:missing") == 4
    assert [row.id for row in tracks.search("song is:missing", 2)] == [1, 2]
    assert [row.id for row in tracks.search("song is:missing", 2, after=2)] == [3, 4]
    assert tracks.ids("-is:missing sort:id") == tracks.ids("sort:id") == [5, 6]
    assert tracks.facets("is:missing", ["artist"])["artist"][0].count == 4


def test_duplicates_are_found_by_their_audio(
    catalogue: Catalogue, facts: Callable[..., FileFacts], fill: Callable[..., None]
) -> None:
    keys = "aabcdd"
    fill([facts(f"/music/{n}.flac", content_key=key) for n, key in enumerate(keys)])
    assert catalogue.tracks.ids("is:duplicate sort:id") == [1, 2, 5, 6]
    with catalogue.write() as s:
        s.run("UPDATE tracks SET missing_since = added_at WHERE id = 6")
    assert catalogue.tracks.ids("is:duplicate sort:id") == [1, 2]
    assert catalogue.tracks.ids("-is:duplicate sort:id") == [3, 4, 5]


def test_a_random_order_is_the_same_all_day_and_another_one_than_by_number(
    many: tuple[Catalogue, list[FileFacts]],
) -> None:
    tracks = many[0].tracks
    shuffled = tracks.ids("sort:random")
    assert tracks.ids("sort:random") == shuffled
    assert tracks.ids(sort="random", descending=True) == shuffled[::-1]
    assert sorted(shuffled) == list(range(1, 158)) != shuffled


def test_tracks_below_a_folder_are_told_by_it_and_not_by_its_name_s_beginning(
    catalogue: Catalogue, facts: Callable[..., FileFacts], fill: Callable[..., None]
) -> None:
    fill([facts(f"/music/{name}.flac") for name in ("a/1", "a/b/2", "ab/3", "4")])
    assert catalogue.tracks.below("/music/a") == [1, 2]
    assert catalogue.tracks.below("/music/a/../ab/") == [3]
    assert catalogue.tracks.below("/") == [4, 1, 2, 3]
    assert catalogue.tracks.below("/elsewhere") == catalogue.tracks.below("a\0b") == []
