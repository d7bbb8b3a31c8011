"""Taking over what a beets library knows."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from auralis_lab.catalogue.beets.beets import BeetsReport, import_beets
from auralis_lab.catalogue.beets.file import read_beets
from auralis_lab.catalogue.finding.albums import Albums
from auralis_lab.catalogue.listening.marks import Marks
from auralis_lab.catalogue.listening.plays import Plays
from auralis_lab.catalogue.scanning.intake import ScanRun
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import (
    AuralisLabError,
    CatalogueBusyError,
    CatalogueError,
    NotFoundError,
    ParameterError,
)
from tests.thorough import tries

MakeFacts: TypeAlias = Callable[..., FileFacts]
Fill: TypeAlias = Callable[[Sequence[FileFacts]], None]
MakeLibrary: TypeAlias = Callable[..., Path]

T2015 = 1_420_113_600.0  # 2015-01-01T12:00:00Z
SCHEMA = """
CREATE TABLE items (
    id INTEGER PRIMARY KEY, path BLOB, album_id INTEGER, title TEXT, artist TEXT, album TEXT,
    albumartist TEXT, mb_trackid TEXT, mb_releasetrackid TEXT, length REAL, mtime REAL, added REAL);
CREATE TABLE albums (id INTEGER PRIMARY KEY, artpath BLOB, added REAL, album TEXT);
CREATE TABLE item_attributes (
    id INTEGER PRIMARY KEY, entity_id INTEGER, key TEXT, value TEXT,
    UNIQUE(entity_id, key) ON CONFLICT REPLACE);
CREATE TABLE album_attributes (
    id INTEGER PRIMARY KEY, entity_id INTEGER, key TEXT, value TEXT,
    UNIQUE(entity_id, key) ON CONFLICT REPLACE);
"""


@pytest.fixture
def library(tmp_path: Path) -> MakeLibrary:
    """Write a beets library; keys of an item that are no columns become attributes."""

    def make(items: Iterable[Mapping[str, Any]], name: str = "it's #1?.db") -> Path:
        path = tmp_path / name
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as database, database:
            database.executescript(SCHEMA)
            known = {row[1] for row in database.execute("PRAGMA table_info(items)")}
            for n, item in enumerate(items, 1):
                row = {"id": n, "mb_trackid": "", "mb_releasetrackid": "", "added": 0.0, **item}
                columns = {key: value for key, value in row.items() if key in known}
                places = ", ".join("?" * len(columns))
                database.execute(
                    f"INSERT INTO items ({', '.join(columns)}) VALUES ({places})",
                    tuple(columns.values()),
                )
                database.executemany(
                    "INSERT INTO item_attributes (entity_id, key, value) VALUES (?, ?, ?)",
                    [(row["id"], key, row[key]) for key in row if key not in known],
                )
        return path

    return make


@pytest.fixture
def three(catalogue: Catalogue, facts: MakeFacts, fill: Fill) -> Catalogue:
    """Tracks 1 to 3, ten seconds each, on one album."""
    fill([facts(f"/music/{n}.flac", title=f"T{n}", artists=["A"], album="X") for n in (1, 2, 3)])
    return catalogue


def _state(catalogue: Catalogue) -> list[Any]:
    """Everything that an import may change."""
    with catalogue.session() as s:
        return [
            s.rows(f"FROM {table} ORDER BY ALL")
            for table in ("tracks", "albums", "marks", "plays", "playlists", "revisions")
        ]


def _ways(report: BeetsReport) -> dict[str, int]:
    return {way: count for way, count in report.matched.items() if count}


def test_everything_there_is_a_place_for_is_taken_once(
    three: Catalogue, library: MakeLibrary
) -> None:
    path = library(
        [
            {"path": b"/music/1.flac", "added": T2015, "rating": "0.75", "play_count": "3.0",
             "last_played": str(T2015 + 60), "skip_count": "4", "mood": "happy"},
            {"path": b"/music/2.flac", "rating": "0.02", "loved": "True", "skip_count": "1"},
            {"path": b"/music/gone.flac", "title": "Gone", "rating": "1.0"},
        ]
    )  # fmt: skip
    content, before = path.read_bytes(), three.tracks.get(2).added_at
    planned = import_beets(three, path, dry_run=True)
    assert Marks(three).get(1).stars is None
    report = import_beets(three, path)
    assert report == planned
    assert (report.items, _ways(report)) == (3, {"path": 2})
    assert (report.unmatched, report.ambiguous, report.problems) == (("/music/gone.flac",), (), ())
    assert (report.added_earlier, report.rated, report.favourites, report.plays) == (1, 2, 1, 3)
    assert (report.rating_scales, report.not_taken) == (
        {"rating": 1.0},
        {"skip_count": 2, "mood": 1},
    )
    first, second, third = Marks(three).of([1, 2, 3])
    assert (first.stars, first.plays, first.favourite) == (4.0, 3, False)
    assert first.last_played_at == datetime(2015, 1, 1, 12, 1, tzinfo=UTC)
    assert (second.stars, second.plays, second.favourite) == (0.5, 0, True)
    assert (third.stars, third.plays, third.favourite) == (None, 0, False)
    assert three.tracks.get(1).added_at == datetime(2015, 1, 1, 12, tzinfo=UTC)
    assert three.tracks.get(2).added_at == before
    assert Albums(three).get(1).added_at == datetime(2015, 1, 1, 12, tzinfo=UTC)
    history = Plays(three).history(track_id=1)
    assert [row.play.started_at.year for row in history] == [2015, 1970, 1970]
    assert path.read_bytes() == content
    assert [p.name for p in path.parent.iterdir() if p.name.startswith("it's")] == [path.name]


def test_a_second_import_changes_nothing(three: Catalogue, library: MakeLibrary) -> None:
    items = [
        {"path": b"/music/1.flac", "added": T2015, "rating": "5", "play_count": "9",
         "last_played": str(T2015), "amarok_firstplayed": str(T2015 - 99), "loved": "1"},
        {"path": b"/music/2.flac", "added": T2015, "stars": "3.4", "playcount": "2"},
    ]  # fmt: skip
    first = import_beets(three, library(items))
    state = _state(three)
    again = import_beets(three, library(items))
    assert _state(three) == state
    assert (first.changes, again.changes, again.matched) == (2 + 2 + 1 + 11, 0, first.matched)
    items[0]["play_count"] = "11"
    items[0]["last_played"] = str(T2015 + 500)
    later = import_beets(three, library(items))
    assert (later.plays, later.changes, Marks(three).get(1).plays) == (2, 2, 11)
    assert Marks(three).get(1).last_played_at == datetime.fromtimestamp(T2015 + 500, UTC)


def test_what_the_catalogue_has_stays(three: Catalogue, library: MakeLibrary) -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    Marks(three).set_rating([1], 2.0)
    since = Marks(three).set_favourite([1]) and Marks(three).get(1).favourite_since
    for minute in range(4):
        Plays(three).record(1, at.replace(minute=minute), 9.0, True)
    item = {"path": b"/music/1.flac", "added": 2e9, "stars": "5", "favorite": "yes"}
    report = import_beets(three, library([item | {"play_count": "3", "last_played": str(T2015)}]))
    mark = Marks(three).get(1)
    assert (mark.stars, mark.favourite_since, mark.plays) == (2.0, since, 4)
    assert (report.changes, report.ratings_kept) == (0, 1)
    assert len(report.problems) == 1  # added in the future
    assert import_beets(three, library([item | {"play_count": "6"}])).plays == 2
    assert Marks(three).get(1).plays == 6
    assert Marks(three).get(1).last_played_at == at.replace(minute=3)


@pytest.mark.parametrize(
    ("values", "scale", "stars"),
    [
        (["0.5", "1.0", "0.01"], 1.0, [2.5, 5.0, 0.5]),
        (["1", "3", "5"], 5.0, [1.0, 3.0, 5.0]),
        (["1", "1", "0"], 5.0, [1.0, 1.0, None]),
        (["3.5", "0.5", "0"], 5.0, [3.5, 0.5, None]),
        (["7", "10", "1"], 10.0, [3.5, 5.0, 0.5]),
        (["20", "100", "50"], 100.0, [1.0, 5.0, 2.5]),
    ],
)
def test_the_scale_of_ratings_is_told_by_their_values(
    three: Catalogue,
    library: MakeLibrary,
    values: list[str],
    scale: float,
    stars: list[float | None],
) -> None:
    path = library(
        {"path": f"/music/{n}.flac".encode(), "rating": value} for n, value in enumerate(values, 1)
    )
    assert import_beets(three, path).rating_scales == {"rating": scale}
    assert [mark.stars for mark in Marks(three).of([1, 2, 3])] == stars


def test_scales_that_are_known_are_used_and_the_first_rating_wins(
    three: Catalogue, library: MakeLibrary
) -> None:
    path = library(
        [
            {"path": b"/music/1.flac", "amarok_rating": "7", "itunes_rating": "20"},
            {"path": b"/music/2.flac", "itunes_rating": "60", "stars": "9"},
            {"path": b"/music/3.flac", "itunes_rating": "100", "stars": "1"},
        ]
    )
    report = import_beets(three, path)
    assert [mark.stars for mark in Marks(three).of([1, 2, 3])] == [3.5, 3.0, 1.0]
    assert [problem.split(" of ")[0] for problem in report.problems] == ["stars='9'"]


def test_paths_match_whatever_their_bytes_and_links(
    catalogue: Catalogue, facts: MakeFacts, fill: Fill, library: MakeLibrary, tmp_path: Path
) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    stored = [f"{real}/Bj\\xf6rk.flac", f"{real}/Été 🎵.flac", f"{real}/a\\\\b.flac"]
    fill([facts(path) for path in stored])
    names = [b"Bj\xf6rk.flac", "Été 🎵.flac".encode(), b"a\\b.flac"]
    for folder in (real, tmp_path / "link"):
        path = library({"path": os.fsencode(folder) + b"/./" + name} for name in names)
        report = import_beets(catalogue, path)
        way = "path" if folder == real else "resolved path"
        assert _ways(report) == {way: 3}
    relative = library([*({"path": name} for name in names), {"path": b"../real/" + names[0]}])
    assert _ways(import_beets(catalogue, relative)) == {}
    assert _ways(import_beets(catalogue, relative, directory=real)) == {"path": 3}
    report = import_beets(catalogue, relative, directory=tmp_path / "link")
    assert _ways(report) == {"path": 1, "resolved path": 2}


def test_what_no_path_tells_is_told_by_ids_and_then_by_tags(
    catalogue: Catalogue, facts: MakeFacts, fill: Fill, library: MakeLibrary
) -> None:
    fill(
        [
            facts("/n/1.flac", mb_track_id="place 1", mb_recording_id="song"),
            facts("/n/2.flac", mb_track_id="place 2", mb_recording_id="song", album="Live"),
            facts("/n/3.flac", mb_recording_id="other"),
            facts("/n/4.flac", title="Été", artists=["Sigur Rós"], album="Á"),
            facts("/n/5.flac", title="Été", artists=["Sigur Rós"], album="Best"),
            facts("/n/6.flac", title="Twin", artists=["T"]),
            facts("/n/7.flac", title="Twin", artists=["T"]),
            facts("/n/8.flac", title="Long", artists=["L"], frames=None),
        ]
    )
    text = {"title": "ete", "artist": "sigur ros", "length": 11.0}
    path = library(
        [
            {"path": b"/old/1", "mb_releasetrackid": "place 2", "stars": "1"},
            {"path": b"/old/2", "mb_trackid": "song", "stars": "2"},
            {"path": b"/old/3", "mb_trackid": "other", "stars": "3"},
            {"path": b"/old/4", **text, "album": "best", "stars": "4"},
            {"path": b"/old/5", **text, "album": "unknown", "length": 50.0, "stars": "5"},
            {"path": b"/old/6", "title": "Twin", "artist": "T", "length": 10.0, "stars": "5"},
            {"path": b"/old/7", "title": "Long", "artist": "L", "length": 10.0, "stars": "5"},
            {"path": b"/n/6.flac", "title": "else", "artist": "X", "length": 10.0, "stars": "2.5"},
            {"path": b"/old/8", "stars": "5"},
        ]
    )
    report = import_beets(catalogue, path)
    assert _ways(report) == {"path": 1, "release track": 1, "recording": 2, "tags": 2}
    assert report.unmatched == ("/old/5", "/old/7", "/old/8")
    assert report.ambiguous == ()
    given = [mark.stars for mark in Marks(catalogue).of(range(1, 9))]
    assert given == [2.0, 1.0, 3.0, None, 4.0, 2.5, 5.0, None]


def test_several_that_fit_are_none_unless_one_is_there_alone(
    catalogue: Catalogue, facts: MakeFacts, fill: Fill, library: MakeLibrary
) -> None:
    fill([facts(f"/n/{n}.flac", title="Twin", artists=["T"]) for n in range(2)])
    path = library([{"title": "Twin", "artist": "T", "length": 10.0, "stars": "5"}])
    report = import_beets(catalogue, path)
    assert (report.ambiguous, report.unmatched, report.rated) == (("item 1: T - Twin",), (), 0)
    ScanRun(catalogue, "/music").mark_missing([1])
    assert _ways(import_beets(catalogue, path)) == {"tags": 1}
    assert Marks(catalogue).get(2).stars == 5.0


def test_items_that_claim_one_track_do_not_both_get_it(
    catalogue: Catalogue, facts: MakeFacts, fill: Fill, library: MakeLibrary
) -> None:
    fill([facts("/n/1.flac", mb_recording_id="song", album="Two")])
    path = library(
        {"path": b"/old/" + name, "mb_trackid": "song", "album": name.decode(), "stars": stars}
        for name, stars in ((b"One", "1"), (b"Two", "2"))
    )
    report = import_beets(catalogue, path)
    assert (_ways(report), report.unmatched) == ({"recording": 1}, ("/old/One",))
    assert Marks(catalogue).get(1).stars == 2.0


def test_values_that_make_no_sense_are_reported_and_left_out(
    three: Catalogue, library: MakeLibrary
) -> None:
    path = library(
        [
            {"path": b"/music/1.flac", "added": "soon", "length": "long", "rating": "great",
             "play_count": "-3", "last_played": "1e400", "loved": "perhaps"},
            {"path": b"/music/2.flac", "added": float("inf"), "rating": "nan",
             "play_count": "99999999", "last_played": "9e9", "title": b"\xff\xfe", "artist": 7},
            {"path": b"/music/3.flac", "play_count": "1", "last_played": "2015-01-01 12:00:00",
             "rating": "", "itunes_dateadded": "0"},
            {"path": None, "title": None},
            {"path": "text/not blob.flac", "rating": None, "album": "\0", "stars": "500"},
        ]
    )  # fmt: skip
    report = import_beets(three, path)
    told = sorted(problem.split("=")[0] for problem in report.problems)
    assert told == sorted(
        ["added"] * 0 + ["last_played", "loved", "play_count", "rating"]
        + ["last_played", "play_count", "rating", "rating", "rating", "stars"]
    )  # fmt: skip
    assert _ways(report) == {"path": 3}
    assert (report.plays, report.rated, report.favourites, report.added_earlier) == (1, 0, 0, 0)
    assert report.unmatched == ("item 4: None - None", "text/not blob.flac")
    last = Marks(three).get(3).last_played_at
    assert last == datetime(2015, 1, 1, 12).astimezone(UTC)


def test_libraries_of_older_versions_lack_columns_and_attributes(
    three: Catalogue, tmp_path: Path
) -> None:
    path = tmp_path / "old.blb"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE items (id INTEGER PRIMARY KEY, path BLOB, added REAL)")
        database.execute("INSERT INTO items VALUES (7, ?, ?)", (b"/music/2.flac", T2015))
    report = import_beets(three, path)
    assert (_ways(report), report.added_earlier) == ({"path": 1}, 1)


@pytest.mark.parametrize("make", ["missing", "folder", "text", "empty", "other", "cut", "nul"])
def test_what_is_no_beets_library_is_refused_and_changes_nothing(
    three: Catalogue, library: MakeLibrary, tmp_path: Path, make: str
) -> None:
    path = library([{"path": b"/music/%d.flac" % n, "stars": "5"} for n in range(999)])
    if make == "missing":
        path = tmp_path / "missing.db"
    elif make == "nul":
        path = Path("a\0b")
    elif make == "folder":
        path = tmp_path
    elif make == "text":
        path.write_text("not a database\n" * 1000)
    elif make == "empty":
        path.write_bytes(b"")
    elif make == "cut":
        path.write_bytes(path.read_bytes()[:20_000])
    else:
        path.unlink()
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("CREATE TABLE items (x INTEGER)")
    state = _state(three)
    with pytest.raises((NotFoundError, ParameterError, CatalogueError)) as caught:
        import_beets(three, path)
    assert "\n" not in str(caught.value)
    assert _state(three) == state


def test_a_directory_must_be_a_folder(three: Catalogue, library: MakeLibrary) -> None:
    with pytest.raises(ParameterError, match="directory="):
        import_beets(three, library([]), directory="/no/such/folder")
    assert import_beets(three, library([])).items == 0


def test_a_library_that_is_being_written_is_busy_and_a_log_is_read(
    three: Catalogue, library: MakeLibrary
) -> None:
    path = library([{"path": b"/music/1.flac", "stars": "5"}])
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA cache_size = 1")
        database.execute("BEGIN IMMEDIATE")
        database.executemany(
            "INSERT INTO items (path) VALUES (?)", [(b"x" * 900,) for _ in range(999)]
        )
        with pytest.raises(CatalogueBusyError, match="being written"):
            import_beets(three, path)
        database.rollback()
    code = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute("PRAGMA journal_mode = wal")
database.execute("INSERT INTO item_attributes VALUES (NULL, 1, 'loved', '1')")
os.kill(os.getpid(), 9)
"""
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert Path(f"{path}-wal").stat().st_size > 0
    assert import_beets(three, path).favourites == 1


KEYS = """
path title artist album length added mb_trackid rating stars loved play_count last_played odd
"""


@examples(
    max_examples=tries(40),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    items=st.lists(
        st.dictionaries(
            st.sampled_from(KEYS.split()),
            st.none()
            | st.integers(-(2**63), 2**63 - 1)
            | st.floats()
            | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
            | st.binary(max_size=12),
        ),
        max_size=5,
    )
)
def test_any_values_are_read_or_reported(library: MakeLibrary, items: list[dict[str, Any]]) -> None:
    path = library(items)
    content = path.read_bytes()
    read = read_beets(path)
    assert len(read.items) == len(items)
    for item in read.items:
        assert item.stars is None or item.stars in [half / 2 for half in range(1, 11)]
        assert item.added_at is None or item.added_at.year >= 1970
        assert 0 <= item.play_count <= 10_000
    assert path.read_bytes() == content


def test_an_error_names_the_package(three: Catalogue, tmp_path: Path) -> None:
    with pytest.raises(AuralisLabError, match="no file"):
        import_beets(three, tmp_path / "'; DROP TABLE tracks; --")
