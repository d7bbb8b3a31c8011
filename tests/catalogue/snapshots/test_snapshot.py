"""SQL on snapshots: what can be asked, and what cannot be done."""

from __future__ import annotations

import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from auralis_lab.catalogue.listening.marks import Marks
from auralis_lab.catalogue.listening.plays import Plays
from auralis_lab.catalogue.scanning.intake import ScanRun
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.snapshots.snapshot import Snapshots
from auralis_lab.catalogue.snapshots.views import _COLUMN_COMMENTS, _VIEW_COMMENTS, _VIEWS
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import CatalogueError, ParameterError
from auralis_lab.settings import settings
from tests.catalogue.test_store import HOLD, start
from tests.thorough import tries

MakeFacts: TypeAlias = Callable[..., FileFacts]
Fill: TypeAlias = Callable[[Sequence[FileFacts]], None]


@pytest.fixture
def snapshots(catalogue: Catalogue) -> Iterator[Snapshots]:
    made = Snapshots(catalogue)
    yield made
    made.close()


@pytest.fixture
def three(catalogue: Catalogue, facts: MakeFacts, fill: Fill) -> Catalogue:
    """Three tracks, of which one is missing."""
    fill(
        [
            facts("/music/a.flac", title="Air", artists=["Bach", "Gould"], featured=["Gould"]),
            facts("/music/b b.x.flac", artists=["Bach"], album="One", genres=["Baroque"]),
            facts("/music/c.flac", title="Gone"),
        ]
    )
    ScanRun(catalogue, "/music").mark_missing([3])
    return catalogue


def _copies() -> dict[str, int]:
    """Names and inodes of the copies that are kept."""
    folder = settings().cache_dir / "snapshots"
    return {path.name: path.stat().st_ino for path in folder.glob("*.duckdb*")}


def test_a_relation_becomes_rows_arrow_pandas_and_polars(
    three: Catalogue, snapshots: Snapshots
) -> None:
    relation = snapshots.sql("SELECT id, title FROM library ORDER BY id")
    assert relation.fetchall() == [(1, "Air"), (2, "b b.x")]
    assert relation.to_arrow_table().to_pydict() == {"id": [1, 2], "title": ["Air", "b b.x"]}
    assert relation.filter("id > 1").fetchall() == [(2, "b b.x")]
    for module, method in (("pandas", "df"), ("polars", "pl")):
        try:
            __import__(module)
        except ImportError:
            continue
        assert list(getattr(relation, method)()["id"]) == [1, 2]


def test_values_are_bound_by_name_and_by_place(three: Catalogue, snapshots: Snapshots) -> None:
    evil = "'; DROP TABLE tracks; --"
    for timeout_s in (None, 30.0):
        by_name = snapshots.sql("SELECT $a AS x, $b + 1", {"a": evil, "b": 2}, timeout_s=timeout_s)
        by_place = snapshots.sql("SELECT ?, ? + 1", [evil, 2], timeout_s=timeout_s)
        assert by_name.fetchall() == by_place.fetchall() == [(evil, 3)]


SAME = [
    "SELECT id, title AS t, artists FROM library ORDER BY id",
    "FROM library_artists ORDER BY ALL",
    "VALUES (1, 'a'), (2, NULL);",
    "SELECT 1 AS a, 2 AS b -- and no more",
    "WITH t AS (SELECT 1 AS x) SELECT sum(x) FROM t",
    "DESCRIBE tracks",
    "SUMMARIZE albums",
    "PIVOT (SELECT format, id FROM library) ON format USING count(*)",
    "SELECT sum(id), count(*), [id], {'a': 1}, now()::DATE > DATE '2020-01-01' "
    "FROM library GROUP BY id ORDER BY id",
]


def test_with_a_time_limit_the_rows_and_types_are_the_same(
    three: Catalogue, snapshots: Snapshots
) -> None:
    for statement in SAME:
        later, now = snapshots.sql(statement), snapshots.sql(statement, timeout_s=30)
        assert now.fetchall() == later.fetchall()
        assert list(map(str, now.types)) == list(map(str, later.types))
        assert now.columns == later.columns


def test_explain_tells_the_plan_with_and_without_a_time_limit(
    three: Catalogue, snapshots: Snapshots
) -> None:
    for timeout_s in (None, 30.0):
        plan = snapshots.sql("EXPLAIN SELECT count(*) FROM tracks", timeout_s=timeout_s)
        assert "tracks" in plan.fetchall()[0][1]


def test_what_was_written_before_is_seen_and_what_is_written_later_is_not(
    three: Catalogue, snapshots: Snapshots
) -> None:
    def favourites() -> Any:
        return snapshots.sql("SELECT id FROM library WHERE is_favourite ORDER BY id")

    first = favourites()
    Marks(three).set_favourite([2])
    second = favourites()
    Marks(three).set_favourite([1])
    assert (first.fetchall(), second.fetchall()) == ([], [(2,)])
    assert favourites().fetchall() == [(1,), (2,)]
    snapshots.close()
    assert second.fetchall() == [(2,)]


def test_one_copy_is_kept_and_used_again_while_the_catalogue_is_unchanged(
    three: Catalogue, snapshots: Snapshots
) -> None:
    kept = snapshots.sql("SELECT count(*) FROM tracks")
    before = _copies()
    with Catalogue(three.path) as other:
        assert Snapshots(other).sql("SELECT 1").fetchall() == [(1,)]
    three.tracks.list()
    snapshots.sql("SELECT 2").fetchall()
    assert _copies() == before
    assert len(before) == 1
    Marks(three).set_favourite([1])
    snapshots.sql("SELECT 3")
    Snapshots(three).sql("SELECT 4")
    after = _copies()
    assert len(after) == 1
    assert after != before
    assert kept.fetchall() == [(3,)]


def test_copies_that_nobody_asked_for_in_a_month_are_removed(
    three: Catalogue, snapshots: Snapshots, tmp_path: Path
) -> None:
    with Catalogue(tmp_path / "other.duckdb") as other:
        Snapshots(other).sql("SELECT 1")
        (name,) = _copies()
        path = settings().cache_dir / "snapshots" / name
        for days, left in ((29, 2), (31, 1)):
            os.utime(path, (0, time.time() - days * 86_400))
            Marks(three).set_favourite([1], favourite=days == 29)
            snapshots.sql("SELECT 1")
            assert len(_copies()) == left


def test_a_cache_that_was_cleared_is_filled_again(three: Catalogue, snapshots: Snapshots) -> None:
    relation = snapshots.sql("SELECT count(*) FROM tracks")
    for path in (settings().cache_dir / "snapshots").iterdir():
        path.unlink()
    assert snapshots.sql("SELECT count(*) FROM tracks").fetchall() == [(3,)]
    assert relation.fetchall() == [(3,)]


def test_the_views_hold_what_is_there(three: Catalogue, snapshots: Snapshots) -> None:
    at = datetime(2026, 1, 2, tzinfo=UTC)
    Marks(three).set_rating([2], 3.5)
    Plays(three).record(2, at, 9.0, True)
    three.profiles.put("key of /music/a.flac", "{}", version=1, measures={"loudness_lufs": -14.0})

    def ask(what: str) -> list[tuple[Any, ...]]:
        return snapshots.sql(what).fetchall()

    assert ask("SELECT id, title, duration_s, path, is_measured FROM library ORDER BY id") == [
        (1, "Air", 10.0, "/music/a.flac", True),
        (2, "b b.x", 10.0, "/music/b b.x.flac", False),
    ]
    assert ask("SELECT plays, heard_s, stars, last_played_at FROM library ORDER BY id") == [
        (0, 0.0, None, None),
        (1, 9.0, 3.5, datetime(2026, 1, 2)),
    ]
    assert ask("SELECT artist, avg(loudness_lufs) FROM library GROUP BY ALL ORDER BY ALL") == [
        ("Bach", None),
        ("Bach, Gould", -14.0),
    ]
    assert ask("SELECT artist, is_featured FROM library_artists ORDER BY ALL") == [
        ("Bach", False),
        ("Bach", False),
        ("Gould", True),
    ]
    assert ask("SELECT title, tracks, duration_s, formats FROM library_albums") == [
        ("One", 1, 10.0, ["FLAC"])
    ]
    assert ask("FROM library_genres") == [(2, "Baroque")]
    assert ask("SELECT title, started_at FROM library_plays") == [("b b.x", datetime(2026, 1, 2))]
    assert ask("SELECT count(*) FROM library_playlists") == [(0,)]


def test_what_can_be_asked_is_listed_and_described(snapshots: Snapshots) -> None:
    tables = snapshots.tables()
    views = [table for table in tables if table.is_view]
    assert [view.name for view in views] == sorted(_VIEWS) == sorted(_VIEW_COMMENTS)
    assert all(view.comment for view in views)
    assert {"tracks", "albums", "marks"} <= {table.name for table in tables[len(views) :]}
    known = {column.name: column for view in views for column in view.columns}
    assert set(_COLUMN_COMMENTS) <= set(known)
    assert (known["artists"].type, known["duration_s"].comment) == ("VARCHAR[]", "seconds")
    for table in tables:
        assert snapshots.sql(f"FROM {table.name}").columns == [c.name for c in table.columns]


ESCAPES = [
    "ATTACH ':memory:' AS other",
    "ATTACH '{folder}/secret.duckdb' AS other",
    "DETACH library",
    "USE memory",
    "COPY tracks TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{folder}/out.parquet'",
    "EXPORT DATABASE '{folder}/out'",
    "IMPORT DATABASE '{folder}/out'",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM '{folder}/secret.csv'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('{folder}/secret.csv')",
    "SELECT * FROM read_parquet('{folder}/secret.csv')",
    "SELECT * FROM read_json('{folder}/secret.csv')",
    "SELECT * FROM sniff_csv('{folder}/secret.csv')",
    "SELECT * FROM glob('{folder}/*')",
    "SELECT * FROM read_duckdb('{folder}/secret.duckdb')",
    "SELECT * FROM parquet_metadata('{folder}/secret.csv')",
    "SELECT * FROM 'https://example.invalid/x.parquet'",
    "INSTALL httpfs",
    "FORCE INSTALL json",
    "LOAD httpfs",
    "LOAD '{folder}/secret.csv'",
    "UPDATE EXTENSIONS",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "PRAGMA memory_limit='100GB'",
    "SET memory_limit = '100GB'",
    "SET enable_external_access = true",
    "SET search_path = 'temp'",
    "SET VARIABLE x = 1",
    "RESET ALL",
    "RESET lock_configuration",
    "CALL enable_logging()",
    "SELECT * FROM enable_logging(storage = 'file')",
    "SELECT * FROM enable_profiling(save_location = '{folder}/out.json')",
    "CREATE TABLE x (y INTEGER)",
    "CREATE TEMP TABLE x (y INTEGER)",
    "CREATE VIEW x AS SELECT 1",
    "CREATE MACRO f(x) AS x",
    "CREATE SECRET s (TYPE s3)",
    "CREATE SEQUENCE x",
    "DROP TABLE tracks",
    "ALTER TABLE tracks ADD COLUMN x INTEGER",
    "COMMENT ON TABLE tracks IS 'x'",
    "INSERT INTO roots VALUES (9, '/x', now()::TIMESTAMP)",
    "UPDATE tracks SET title = 'x'",
    "DELETE FROM tracks",
    "TRUNCATE tracks",
    "MERGE INTO albums USING (SELECT 1 AS id) USING (id) WHEN MATCHED THEN DELETE",
    "WITH x AS (DELETE FROM tracks RETURNING id) SELECT count(*) FROM x",
    "WITH x AS (INSERT INTO roots VALUES (9, '/x', now()::TIMESTAMP) RETURNING id) FROM x",
    "EXPLAIN ANALYZE DELETE FROM tracks",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{folder}/out.csv'",
    "SELECT nextval('track_ids')",
    "SELECT setval('track_ids', 1)",
    "SELECT * FROM query('DELETE FROM tracks')",
    "BEGIN",
    "COMMIT",
    "CHECKPOINT",
    "VACUUM",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "SELECT getenv('HOME')",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE tracks",
    "SELECT 1\0; DROP TABLE tracks",
    "SELECT * FROM mine",
    "",
    " \n\t",
    ";",
    "-- nothing",
    "SELECT",
    "SELECT nothing FROM tracks",
    "SELECT * FROM no_such_table",
    "SELECT 1) AS x; DROP TABLE tracks; --",
    "SELECT " + "(" * 50_000 + "1" + ")" * 50_000,
    "SELECT '\ud800'",
    "🎵",
    "ﷺ ‮",
]


@pytest.fixture
def guarded(three: Catalogue, snapshots: Snapshots, tmp_path: Path) -> Iterator[Path]:
    """A folder with secrets; afterwards nothing may have changed in it or in the catalogue."""
    folder = tmp_path / "guarded"
    folder.mkdir()
    (folder / "secret.csv").write_text("a,b\n1,2\n")
    (folder / "secret.duckdb").write_bytes(three.path.read_bytes())
    snapshots.sql("SELECT 1")
    names = sorted(folder.iterdir())
    content, copies = three.path.read_bytes(), _copies()
    yield folder
    assert sorted(folder.iterdir()) == names
    assert three.path.read_bytes() == content
    assert _copies() == copies
    assert snapshots.sql("SELECT count(*) FROM tracks").fetchall() == [(3,)]
    locked = "SELECT name, value FROM duckdb_settings() WHERE name IN $names ORDER BY name"
    names_locked = ["enable_external_access", "lock_configuration", "python_enable_replacements"]
    assert [value for _, value in snapshots.sql(locked, {"names": names_locked}).fetchall()] == [
        "false",
        "true",
        "false",
    ]


def test_nothing_leads_out_of_a_snapshot_or_changes_anything(
    guarded: Path, snapshots: Snapshots
) -> None:
    import duckdb
    import pyarrow as pa

    mine = pa.table({"a": [1]})
    assert mine.num_rows == 1
    for text in ESCAPES:
        statement = text.replace("{folder}", str(guarded))
        with pytest.raises((CatalogueError, ParameterError)) as caught:
            snapshots.sql(statement, timeout_s=30)
        assert "\n" not in str(caught.value), text[:100]
        with pytest.raises((CatalogueError, ParameterError, duckdb.Error)):
            snapshots.sql(statement).fetchall()


def test_a_relation_writes_no_files_and_makes_no_tables(
    guarded: Path, snapshots: Snapshots
) -> None:
    import duckdb

    relation = snapshots.sql("SELECT 1 AS a")
    target = str(guarded / "out")
    for act in (relation.to_parquet, relation.to_csv, relation.create, relation.create_view):
        with pytest.raises(duckdb.Error):
            act(target)


def test_a_connection_of_ones_own_is_confined_as_well(guarded: Path, snapshots: Snapshots) -> None:
    import duckdb

    connection = snapshots.connect()
    assert connection.sql("SELECT count(*) FROM library").fetchall() == [(2,)]
    for statement in ("SELECT * FROM '/etc/passwd'", "DELETE FROM tracks", "SET threads = 9"):
        with pytest.raises(duckdb.Error):
            connection.execute(statement)
    with pytest.raises(duckdb.Error):
        connection.execute(f"ATTACH '{guarded}/secret.duckdb' AS other")


def test_arguments_of_other_kinds_are_refused(snapshots: Snapshots) -> None:
    ask: Any = snapshots.sql
    for statement in (None, 1, b"SELECT 1", ["SELECT 1"]):
        with pytest.raises(ParameterError, match="statement="):
            ask(statement)
    for parameters in (1, "x", b"x", {1, 2}):
        with pytest.raises(ParameterError, match="parameters="):
            ask("SELECT ?", parameters)
    for timeout_s in (0, -1.0, float("nan"), float("inf"), "1", True):
        with pytest.raises(ParameterError, match="timeout_s="):
            ask("SELECT 1", timeout_s=timeout_s)


def test_parameters_that_do_not_fit_are_refused(snapshots: Snapshots) -> None:
    unfit: list[Any] = [
        {},
        {"b": 1},
        {"a": 1, "b": 2},
        [],
        {"a": object()},
        {"a": "\ud800"},
        {1: 2},
    ]
    for parameters in unfit:
        for timeout_s in (None, 30.0):
            with pytest.raises(CatalogueError):
                snapshots.sql("SELECT $a", parameters, timeout_s=timeout_s)


def test_a_statement_that_takes_too_long_is_stopped(snapshots: Snapshots) -> None:
    snapshots.sql("SELECT 1")
    for statement in (
        "SELECT count(*) FROM generate_series(1, 1000000000000)",
        "SELECT sleep_ms(60000)",
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT max(n) FROM r",
        "EXPLAIN ANALYZE SELECT count(*) FROM generate_series(1, 1000000000000)",
    ):
        began_s = time.monotonic()
        with pytest.raises(CatalogueError, match=r"longer than timeout_s=0\.3"):
            snapshots.sql(statement, timeout_s=0.3)
        assert time.monotonic() - began_s < 10
        assert snapshots.sql("SELECT 1", timeout_s=30).fetchall() == [(1,)]


def test_a_statement_that_takes_too_much_memory_is_refused(
    catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AURALIS_CATALOGUE_MEMORY_BYTES", str(64 << 20))
    settings.cache_clear()
    snapshots = Snapshots(catalogue)
    for statement in (
        "SELECT string_agg(uuid()::VARCHAR, ',') FROM range(100000000)",
        "SELECT list(n) FROM generate_series(1, 1000000000) AS t(n)",
    ):
        with pytest.raises(CatalogueError, match="Out of Memory"):
            snapshots.sql(statement, timeout_s=120)
    limits = "SELECT value FROM duckdb_settings() WHERE name IN $names ORDER BY name"
    names = ["max_memory", "max_temp_directory_size"]
    assert snapshots.sql(limits, {"names": names}).fetchall() == [("64.0 MiB",), ("256.0 MiB",)]
    assert catalogue.tracks.count() == 0


WORDS = """
SELECT FROM tracks library WHERE id ( ) , ; ' " -- /* */ 1 $a = AS COPY TO ATTACH WITH INSERT INTO
DELETE title . * NULL
"""


@examples(
    max_examples=tries(60),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    text=st.text(max_size=60)
    | st.lists(st.sampled_from(WORDS.split()), max_size=8).map(" ".join)
    | st.lists(st.sampled_from(WORDS.split()), max_size=4).map(lambda w: " ".join(["FROM", *w]))
)
def test_any_text_is_answered_or_refused(snapshots: Snapshots, text: str) -> None:
    with suppress(CatalogueError, ParameterError):
        snapshots.sql(text, timeout_s=30).fetchall()


def test_readers_go_on_and_a_waiting_writer_gets_in(three: Catalogue, snapshots: Snapshots) -> None:
    with start(HOLD, three.path, "session") as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "held\n"
        assert snapshots.sql("SELECT count(*) FROM tracks").fetchall() == [(3,)]
        reader.communicate("")
    relation = snapshots.sql("SELECT count(*) FROM tracks, range(3000000) WHERE id + range > 0")
    wrote_s: list[float] = []

    def write() -> None:
        for n in range(5):
            began_s = time.monotonic()
            Marks(three).set_favourite([1], favourite=bool(n % 2))
            wrote_s.append(time.monotonic() - began_s)

    writer = threading.Thread(target=write)
    writer.start()
    rows = relation.fetchall()
    writer.join()
    assert rows == [(3 * 3_000_000,)]
    assert len(wrote_s) == 5
    assert relation.fetchall() == rows


ASK = """
import sys
from auralis_lab.catalogue.snapshots.snapshot import Snapshots
from auralis_lab.catalogue.store import Catalogue
catalogue = Catalogue(sys.argv[1], wait_s=60)
snapshots = Snapshots(catalogue)
last = 0
for i in range(int(sys.argv[2])):
    a, b = snapshots.sql("SELECT a, b FROM pair", timeout_s=60).fetchall()[0]
    assert a == b >= last, (a, b, last)
    last = a
"""


def test_processes_that_ask_while_others_write_see_whole_transactions(catalogue: Catalogue) -> None:
    with catalogue.write() as s:
        s.run("CREATE TABLE pair AS SELECT 0 AS a, 0 AS b")
    processes = [start(ASK, catalogue.path, 5) for _ in range(3)]
    written = 0
    while any(process.poll() is None for process in processes):
        with catalogue.write(wait_s=60) as s:
            s.run("UPDATE pair SET a = a + 1")
            s.run("UPDATE pair SET b = b + 1")
        written += 1
        time.sleep(0.02)
    for process in processes:
        _, complaints = process.communicate()
        assert process.returncode == 0, complaints
    with catalogue.session() as s:
        assert s.rows("SELECT a, b FROM pair") == [(written, written)]
    assert len(_copies()) == 1


def test_threads_share_the_snapshots(three: Catalogue, snapshots: Snapshots) -> None:
    counts: list[Any] = []

    def ask() -> None:
        counts.extend(snapshots.sql("SELECT count(*) FROM tracks").fetchall())

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [(3,)] * 6


def test_what_a_killed_writer_had_committed_is_in_the_snapshot(
    three: Catalogue, snapshots: Snapshots
) -> None:
    code = """
    import os, sys
    from auralis_lab.catalogue.store import Catalogue
    catalogue = Catalogue(sys.argv[1])
    with catalogue._lease.held(exclusive=True, wait_s=5):
        with catalogue._instance.attached(read_only=False) as s:
            with s.transaction():
                s.run("UPDATE tracks SET title = 'committed' WHERE id = 1")
            os.kill(os.getpid(), 9)
    """
    snapshots.sql("SELECT 1")
    with start(code, three.path) as process:
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert three.path.with_name(three.path.name + ".wal").exists()
    asked = snapshots.sql("SELECT title FROM tracks WHERE id = 1")
    assert asked.fetchall() == [("committed",)]
    assert not [name for name in _copies() if name.endswith(".wal")]


def test_a_forked_child_asks_for_itself(three: Catalogue, snapshots: Snapshots) -> None:
    snapshots.sql("SELECT 1")
    pid = os.fork()
    if pid == 0:
        right = snapshots.sql("SELECT count(*) FROM tracks").fetchall() == [(3,)]
        os._exit(0 if right else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert snapshots.sql("SELECT count(*) FROM tracks").fetchall() == [(3,)]


def test_within_a_session_of_the_same_thread_there_is_no_snapshot(
    three: Catalogue, snapshots: Snapshots
) -> None:
    with three.session(), pytest.raises(CatalogueError, match="already has a session"):
        snapshots.sql("SELECT 1")
    assert snapshots.sql("SELECT 1").fetchall() == [(1,)]


def test_a_cache_that_cannot_be_made_is_an_error(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("AURALIS_CACHE_DIR", str(tmp_path / "file"))
    settings.cache_clear()
    with pytest.raises(CatalogueError, match="cannot make"):
        Snapshots(catalogue).sql("SELECT 1")


def test_a_full_disk_is_an_error_that_leaves_nothing_behind(
    three: Catalogue, snapshots: Snapshots
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with pytest.raises(CatalogueError, match="cannot copy"):
            snapshots.sql("SELECT 1")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not _copies()
    assert not list((settings().cache_dir / "snapshots").glob("*-part*"))
    assert snapshots.sql("SELECT count(*) FROM tracks").fetchall() == [(3,)]
