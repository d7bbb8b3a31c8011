from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

from auralis_lab.catalogue.finding.facets import DEFAULT_FACETS, FACETS, FacetCount
from auralis_lab.catalogue.scanning.intake import Placement, ScanRun
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import ParameterError
from tests.catalogue.conftest import _facts

MakeFacts: TypeAlias = Callable[..., FileFacts]
Fill: TypeAlias = Callable[[Sequence[FileFacts]], None]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """300 tracks with every kind of value and every lack of one."""
    rng = np.random.default_rng(440)

    def some(*values: Any) -> Any:
        return values[int(rng.integers(len(values)))]

    made = [
        _facts(
            f"/music/{n}.flac",
            title=some("Air", "Love", None),
            artists=some([], ["Bach"], ["BACH"], ["Bach", "Gould"], ['The "Quotes", Inc.']),
            album=some(None, "One", "Ünë", "Two"),
            album_artist=some(None, "Various", "Bach"),
            composer=some(None, "Bach", "none"),
            genres=some([], ["Jazz"], ["jazz", "Hard Bop"], ["none"], ["Pop", "Jazz"]),
            date=some(None, "1959", "1961-02", "1970"),
            frames=some(None, 44_100, 100 * 44_100, 700 * 44_100, 60 * 44_100, 4000 * 44_100),
            rate_hz=some(44_100, 192_000),
            channels=some(1, 2),
            bits_per_sample=some(None, 16, 24),
            format=some("FLAC", "MP3"),
            lossy=some(False, True),
            compilation=some(False, True),
        )
        for n in range(300)
    ]
    with Catalogue(tmp_path_factory.mktemp("facets") / "library.duckdb") as catalogue:
        ScanRun(catalogue, "/music").store([Placement(one) for one in made])
        with catalogue.write() as s:
            s.run(
                """
                UPDATE tracks SET
                    loudness_lufs = CASE WHEN id % 5 > 0 THEN -30 + (id % 80) / 4.0 END,
                    tempo_bpm = CASE WHEN id % 4 > 0 THEN 60 + id % 90 END,
                    missing_since = CASE WHEN id % 50 = 0 THEN now()::TIMESTAMP END;
                INSERT INTO marks
                SELECT id, id % 3, 1.0, NULL,
                    CASE WHEN id % 4 = 0 THEN now()::TIMESTAMP END, nullif(id % 11, 0)
                FROM tracks WHERE id % 2 = 0"""
            )
        yield catalogue


def _told(counts: Sequence[FacetCount]) -> dict[str, int]:
    return {count.label: count.count for count in counts}


@pytest.mark.parametrize("text", ["", "love", "genre:jazz -is:lossy", "rating>=2 sort:-plays"])
def test_a_term_finds_as_many_tracks_as_were_told(library: Catalogue, text: str) -> None:
    found = library.tracks.facets(text, FACETS, limit=200)
    assert tuple(found) == FACETS
    for name, counts in found.items():
        assert counts, name
        for count in counts:
            assert library.tracks.count(f"{text} {count.term}") == count.count, (name, count)


@pytest.mark.parametrize("name", sorted(set(FACETS) - {"genre", "artist"}))
def test_every_track_is_counted_once(library: Catalogue, name: str) -> None:
    counts = library.tracks.facets("love", [name], limit=200)[name]
    assert sum(count.count for count in counts) == library.tracks.count("love")


def test_several_names_of_a_track_count_each_however_they_are_written(library: Catalogue) -> None:
    rows = [library.tracks.get(id_) for id_ in library.tracks.ids()]
    genres = Counter(genre.lower() for row in rows for genre in row.genres)
    counts = library.tracks.facets("", ["genre"])["genre"]
    assert {c.label.lower(): c.count for c in counts if c.term != "genre:none"} == genres
    assert [c.count for c in counts[:-1]] == sorted(genres.values(), reverse=True)
    assert counts[-1] == FacetCount(
        "no genre", sum(1 for row in rows if not row.genres), "genre:none"
    )


def test_values_are_shown_as_people_write_them(
    catalogue: Catalogue, facts: MakeFacts, fill: Fill
) -> None:
    fill(
        [
            facts(
                "/music/a.flac",
                artists=["Sigur Rós"],
                album="Ágætis byrjun",
                album_artist="Sigur Rós",
                genres=["Post-Rock"],
                date="1999",
                frames=200 * 44_100,
            )
        ]
    )
    told = {
        name: [(c.label, c.term) for c in counts]
        for name, counts in catalogue.tracks.facets("", FACETS).items()
    }
    assert told == {
        "genre": [("Post-Rock", "genre:=Post-Rock")],
        "artist": [("Sigur Rós", 'artist:="Sigur Rós"')],
        "album": [("Ágætis byrjun", "album_id:1")],
        "album_artist": [("Sigur Rós", 'album_artist:="Sigur Rós"')],
        "composer": [("no composer", "composer:none")],
        "decade": [("1990s", "decade:1990")],
        "year": [("1999", "year:1999")],
        "format": [("FLAC", "format:=FLAC")],
        "rate": [("44.1 kHz", "rate:44100")],
        "channels": [("2", "channels:2")],
        "bits": [("16 bits", "bits:16")],
        "lossless": [("lossless", "is:lossless")],
        "compilation": [("not of one", "-is:compilation")],
        "favourite": [("no favourite", "-is:favourite")],
        "rating": [("no rating", "rating:none")],
        "loudness": [("no loudness", "loudness:none")],
        "tempo": [("no tempo", "tempo:none")],
        "duration": [("3:00 to 4:00", "duration>=180 duration<240")],
    }


def test_bands_and_years_are_in_their_own_order_and_what_is_unknown_is_last(
    library: Catalogue,
) -> None:
    found = library.tracks.facets("", ("loudness", "year", "duration", "rating"), limit=200)
    loudness = list(_told(found["loudness"]))
    assert loudness[0] == "-30 to -27 LUFS"
    assert loudness[-1] == "no loudness"
    assert list(_told(found["year"])) == ["1959", "1961", "1970", "no year"]
    assert list(_told(found["duration"])) == [
        "under 1:00",
        "1:00 to 2:00",
        "2:00 to 3:00",
        "10:00 to 20:00",
        "60:00 and more",
        "no duration",
    ]
    assert list(_told(found["rating"]))[:2] == ["0.5 stars", "1 star"]


def test_the_most_frequent_values_are_told_and_always_what_has_none(library: Catalogue) -> None:
    everything = library.tracks.facets("", ["year"], limit=200)["year"]
    most = max(everything[:-1], key=lambda count: count.count)
    assert library.tracks.facets("", ["year"], limit=1)["year"] == (most, everything[-1])
    ratings = library.tracks.facets("", ["rating"], limit=2)["rating"]
    assert len(ratings) == 3
    assert ratings[-1].count == library.tracks.count("rating:none")


def test_counts_are_told_anew_when_tracks_or_marks_change(
    catalogue: Catalogue, facts: MakeFacts, fill: Fill
) -> None:
    tracks = catalogue.tracks
    names = ("format", "favourite")
    assert tracks.facets("", names) == {"format": (), "favourite": ()}
    fill([facts("/music/a.flac"), facts("/music/b.flac", format="MP3")])
    assert _told(tracks.facets("", names)["format"]) == {"FLAC": 1, "MP3": 1}
    assert _told(tracks.facets("", names)["favourite"]) == {"no favourite": 2}
    catalogue.marks.set_favourite([1])
    assert _told(tracks.facets("", names)["favourite"]) == {"favourite": 1, "no favourite": 1}
    ScanRun(catalogue, "/music").mark_missing([1])
    assert _told(tracks.facets("", names)["format"]) == {"MP3": 1}
    assert tracks.facets("", names) == tracks.facets("", names)


def test_facets_have_a_default(library: Catalogue) -> None:
    assert tuple(library.tracks.facets()) == DEFAULT_FACETS
    assert library.tracks.facets(names=()) == {}


@pytest.mark.parametrize("names", [["genres"], "genre", [None], None, ["genre; DROP TABLE tracks"]])
def test_only_known_facets_are_counted(library: Catalogue, names: Any) -> None:
    with pytest.raises(ParameterError, match="names="):
        library.tracks.facets("", names)


@pytest.mark.parametrize("limit", [0, 201, True, None, 1.0])
def test_a_facet_has_1_to_200_values(library: Catalogue, limit: Any) -> None:
    with pytest.raises(ParameterError, match="limit="):
        library.tracks.facets("", limit=limit)


def test_many_filters_are_remembered_and_no_more(library: Catalogue) -> None:
    first = library.tracks.facets("")
    for n in range(100):
        library.tracks.facets(f"year:{n}", ["format"])
    assert library.tracks.facets("") == first


def test_files_of_no_name_are_counted(
    catalogue: Catalogue, tmp_path: Path, facts: MakeFacts, fill: Fill
) -> None:
    fill([facts(f"{tmp_path}/!!!.flac", artists=["!!!"], genres=["?"], album="…")])
    found = catalogue.tracks.facets("", ("artist", "genre", "album"))
    assert [c.label for counts in found.values() for c in counts] == ["!!!", "?", "…"]
    for counts in found.values():
        assert [catalogue.tracks.count(c.term) for c in counts] == [1]
