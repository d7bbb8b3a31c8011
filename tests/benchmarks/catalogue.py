"""The catalogue at scale, beside SQLite with indexes and FTS5 on the same rows in the same run.

``python -m tests.benchmarks.catalogue [--tracks N] [--seconds S] [--only queries,crowd,scan]``.
Every question is asked many times with other arguments each time, ours and SQLite's in turn; the
median and the 95th percentile are printed. SQLite holds its database open and has it to itself;
ours is attached under a lease, as it is for everybody. What both answer is compared.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from auralis_lab.catalogue.scanning.scan import scan
from auralis_lab.catalogue.store import Catalogue
from tests.benchmarks.library import Library, fill_catalogue

ROUNDS = 40
MANY_FILES = 20_000
SORTS = ("artist", "album", "title", "year", "added", "loudness")
SQLITE_SORTS = {
    "artist": "artist_order",
    "album": "album_order",
    "title": "title_sort",
    "year": "year",
    "added": "added_at",
    "loudness": "loudness_lufs",
}
SQLITE_COLUMNS = (
    "id, path, title, artist, album, album_artist, album_id, year, genre, format, frames, "
    "added_at, title_sort, artist_order, album_order, loudness_lufs, tempo_bpm"
)


@dataclass
class Question:
    """One kind of question, and how each side answers the n-th of them."""

    name: str
    limit_ms: float | None
    ours: Callable[[int], Any]
    sqlite: Callable[[int], Any] | None = None


def main() -> None:
    """Run what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tracks", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long the crowd is at it")
    parser.add_argument("--only", default="queries,crowd,scan")
    parser.add_argument("--keep", type=Path, help="folder in which what was made is kept")
    asked = parser.parse_args()
    print(f"{date.today()}, {platform.machine()}, {os.cpu_count()} cores, {platform.platform()}")
    with tempfile.TemporaryDirectory(prefix="auralis-bench-") as scratch:
        home = asked.keep or Path(scratch)
        os.environ["AURALIS_CACHE_DIR"] = str(home / "cache")
        os.environ["AURALIS_DATA_DIR"] = str(home / "data")
        if "scan" in asked.only:
            time_scans(home / "scan")
        if "queries" in asked.only or "crowd" in asked.only:
            path = make(home, asked.tracks)
            if "queries" in asked.only:
                time_queries(path, home / "peer.sqlite", asked.tracks)
            if "crowd" in asked.only:
                crowd(path, asked.seconds)


def make(home: Path, tracks: int) -> Path:
    """Write the catalogue, unless a kept one is there."""
    path = home / f"{tracks}" / "catalogue.duckdb"
    began = time.perf_counter()
    with Catalogue(path) as catalogue:
        if catalogue.tracks.count() == 0:
            fill_catalogue(catalogue, Library(tracks))
        count = catalogue.tracks.count()
        assert count == tracks, f"{count} tracks are there, not {tracks}"
        with catalogue.session() as s:
            albums, artists = s.rows(
                "SELECT count(DISTINCT album_id), count(DISTINCT artist) FROM tracks"
            )[0]
    print(
        f"{tracks:,} tracks, {albums:,} albums, {artists:,} artists; "
        f"{path.stat().st_size >> 20} MiB, made in {time.perf_counter() - began:.0f} s"
    )
    return path


def make_sqlite(catalogue: Catalogue, path: Path) -> sqlite3.Connection:
    """Write the same rows into SQLite, with an index for every order and FTS5 for the words."""
    fresh = not path.exists()
    peer = sqlite3.connect(path)
    if not fresh:
        return peer
    peer.executescript(
        f"""
        PRAGMA journal_mode = wal;
        CREATE TABLE tracks (id INTEGER PRIMARY KEY, {SQLITE_COLUMNS.split(",", 1)[1]});
        CREATE VIRTUAL TABLE words USING fts5 (
            search_text, content='', prefix='1 2 3', tokenize='unicode61');"""
    )
    columns = SQLITE_COLUMNS.replace("genre", "genres[1]").replace("added_at", "added_at::VARCHAR")
    with catalogue.session() as s:
        last = 0
        while rows := s.rows(
            f"SELECT search_text, {columns} FROM tracks WHERE id > $last ORDER BY id LIMIT 50000",
            {"last": last},
        ):
            places = ", ".join("?" * (len(rows[0]) - 1))
            peer.executemany(f"INSERT INTO tracks VALUES ({places})", [row[1:] for row in rows])
            peer.executemany(
                "INSERT INTO words (rowid, search_text) VALUES (?, ?)",
                [(row[1], row[0]) for row in rows],
            )
            last = rows[-1][1]
    for column in (*SQLITE_SORTS.values(), "genre", "format"):
        peer.execute(f"CREATE INDEX by_{column} ON tracks ({column}, id)")
    peer.execute("ANALYZE")
    peer.commit()
    return peer


def time_queries(path: Path, sqlite_path: Path, tracks: int) -> None:
    """Ask everything a dashboard asks, one after another, in one process."""
    rng = np.random.default_rng(440)
    with Catalogue(path) as catalogue:
        peer = make_sqlite(catalogue, sqlite_path)
        assert peer.execute("SELECT count(*) FROM tracks").fetchone() == (tracks,)
        ids = [int(id_) for id_ in rng.integers(1, tracks + 1, 2 * ROUNDS)]
        titles = [row.title for row in (catalogue.tracks.get(id_) for id_ in ids[:ROUNDS])]
        print(f"\n{'question':<28}{'ours p50':>10}{'p95':>8}{'SQLite p50':>13}{'p95':>8}   limit")
        for question in questions(catalogue, peer, titles, ids):
            show(question)
        peer.close()


def questions(
    catalogue: Catalogue, peer: sqlite3.Connection, titles: Sequence[str], ids: Sequence[int]
) -> list[Question]:
    """Return what a dashboard asks."""
    from auralis_lab.catalogue.text import fold

    tracks = catalogue.tracks

    def typed(n: int) -> str:
        title = titles[n % len(titles)]
        return title[: 2 + n % max(1, len(title))]

    def match(text: str) -> str:
        return " ".join(f'"{word}"*' for word in fold(text).split())

    def sqlite_search(n: int) -> list[Any]:
        return peer.execute(
            f"SELECT {SQLITE_COLUMNS} FROM tracks WHERE id IN "
            "(SELECT rowid FROM words WHERE words MATCH ?) ORDER BY title_sort, id LIMIT 50",
            (match(typed(n)),),
        ).fetchall()

    def sqlite_page(sort: str, after: int | None) -> list[Any]:
        key = SQLITE_SORTS[sort]
        if after is None:
            return peer.execute(
                f"SELECT {SQLITE_COLUMNS} FROM tracks WHERE {key} IS NOT NULL "
                f"ORDER BY {key}, id LIMIT 50"
            ).fetchall()
        return peer.execute(
            f"SELECT {SQLITE_COLUMNS} FROM tracks WHERE ({key}, id) > "
            f"(SELECT {key}, id FROM tracks WHERE id = ?) ORDER BY {key}, id LIMIT 50",
            (after,),
        ).fetchall()

    def sqlite_facets(_: int) -> list[Any]:
        return [
            peer.execute(
                f"SELECT {name}, count(*) FROM tracks GROUP BY 1 ORDER BY 2 DESC LIMIT 20"
            ).fetchall()
            for name in ("genre", "format", "artist", "year / 10")
        ]

    asked = [
        Question("search as you type", 60, lambda n: tracks.search(typed(n)), sqlite_search),
        Question("search, two whole words", 60, lambda n: tracks.search(titles[n % 40]), None),
        Question(
            "filter: genre, year, loudness",
            None,
            lambda n: tracks.search(f"genre:jazz year:19{50 + n}..{1970 + n} loudness<-14"),
        ),
        Question(
            "facets: 4 kinds",
            30,
            lambda n: tracks.facets("", names=("genre", "format", "artist", "decade")),
            sqlite_facets,
        ),
        Question("one track", None, lambda n: tracks.get(ids[n]), lambda n: peer.execute(
            f"SELECT {SQLITE_COLUMNS} FROM tracks WHERE id = ?", (ids[n],)).fetchall()),
        Question("similar, 20", 40, lambda n: catalogue.similarity.like([ids[n]], k=20)),
    ]  # fmt: skip
    for sort in SORTS:
        asked += [
            Question(
                f"first page by {sort}",
                40,
                lambda n, sort=sort: tracks.list(sort, descending=bool(n % 2)),  # type: ignore[misc]
                lambda n, sort=sort: sqlite_page(sort, None),  # type: ignore[misc]
            ),
            Question(
                f"deep page by {sort}",
                40,
                lambda n, sort=sort: tracks.list(sort, after=ids[n]),  # type: ignore[misc]
                lambda n, sort=sort: sqlite_page(sort, ids[n]),  # type: ignore[misc]
            ),
        ]
    return asked


def show(question: Question) -> None:
    """Time both sides in turn and print one line."""
    question.ours(0)
    times: dict[str, list[float]] = {"ours": [], "sqlite": []}
    for n in range(ROUNDS):
        times["ours"].append(_ms(question.ours, n))
        if question.sqlite:
            times["sqlite"].append(_ms(question.sqlite, n))
    p50, p95 = np.percentile(times["ours"], [50, 95])
    theirs = "            -       -"
    if times["sqlite"]:
        theirs = "{:13.1f}{:8.1f}".format(*np.percentile(times["sqlite"], [50, 95]))
    verdict = ""
    if question.limit_ms:
        verdict = f"   {question.limit_ms:g} {'reached' if p95 <= question.limit_ms else 'MISSED'}"
    print(f"{question.name:<28}{p50:10.1f}{p95:8.1f}{theirs}{verdict}", flush=True)


def _ms(ask: Callable[[int], Any], n: int) -> float:
    began = time.perf_counter()
    ask(n)
    return 1000 * (time.perf_counter() - began)


def crowd(path: Path, seconds: float, processes: int = 8) -> None:
    """Several processes read and write at once; every acknowledged write must be there after."""
    with Catalogue(path) as catalogue, catalogue.write() as s:
        s.run("CREATE OR REPLACE TABLE crowd (who BIGINT PRIMARY KEY, n BIGINT NOT NULL)")
        s.run("INSERT INTO crowd SELECT unnest(range(2))::BIGINT, 0")
        plays_before = s.rows("SELECT count(*) FROM plays")[0][0]
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", __spec__.name, "--worker", str(path), str(seconds), str(seed)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(processes)
    ]
    told = [json.loads(worker.communicate()[0]) for worker in workers]
    total = sum(len(times) for one in told for times in one["times"].values())
    print(
        f"\n{processes} processes, {seconds:g} s, one write in four: "
        f"{total / seconds:.0f} operations a second"
    )
    for kind in told[0]["times"]:
        times = np.concatenate([one["times"][kind] for one in told])
        p50, p95 = np.percentile(times, [50, 95])
        print(f"  {kind:<20}{len(times):7} times, p50 {p50:7.1f} ms, p95 {p95:7.1f} ms")
    acknowledged = {kind: sum(one[kind] for one in told) for kind in ("plays", "counted")}
    with Catalogue(path) as catalogue, catalogue.write() as s:
        plays = s.rows("SELECT count(*) FROM plays")[0][0] - plays_before
        counted = s.rows("SELECT sum(n) FROM crowd")[0][0]
        s.run("DROP TABLE crowd")
    lost = acknowledged["plays"] - plays + acknowledged["counted"] - counted
    errors = [error for one in told for error in one["errors"]]
    print(f"  lost updates {lost}, errors {len(errors)} {errors[:3] if errors else ''}")
    assert not errors
    assert lost == 0


def work(path: Path, seconds: float, seed: int) -> None:
    """One of the crowd: ask and write at random, and tell what was acknowledged."""
    rng = np.random.default_rng(seed)
    times: dict[str, list[float]] = {
        kind: [] for kind in ("search", "page", "one track", "play", "read, add one, write")
    }
    told: dict[str, Any] = {"times": times, "plays": 0, "counted": 0, "errors": []}
    with Catalogue(path, wait_s=60) as catalogue:
        count = catalogue.tracks.count()

        def add_one() -> None:
            with catalogue.write() as s:
                who = {"who": int(rng.integers(2))}
                n = s.rows("SELECT n FROM crowd WHERE who = $who", who)[0][0]
                s.run("UPDATE crowd SET n = $n WHERE who = $who", who | {"n": n + 1})

        actions: dict[str, Callable[[], Any]] = {
            "search": lambda: catalogue.tracks.search("love "[: rng.integers(2, 5)]),
            "page": lambda: catalogue.tracks.list(after=int(rng.integers(1, count))),
            "one track": lambda: catalogue.tracks.get(int(rng.integers(1, count))),
            "play": lambda: catalogue.plays.record(
                int(rng.integers(1, count)), datetime.now(UTC), 40.0, False
            ),
            "read, add one, write": add_one,
        }
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            kind = str(rng.choice(list(actions), p=[0.25, 0.25, 0.25, 0.125, 0.125]))
            began = time.perf_counter()
            try:
                actions[kind]()
            except Exception as error:
                told["errors"].append(f"{kind}: {error}")
                continue
            times[kind].append(1000 * (time.perf_counter() - began))
            told["plays"] += kind == "play"
            told["counted"] += kind == "read, add one, write"
    print(json.dumps(told))


def time_scans(home: Path) -> None:
    """First scans of a small and a large folder, and scans of what has not changed."""
    import mutagen
    import soundfile

    rng = np.random.default_rng(440)
    shutil.rmtree(home, ignore_errors=True)
    for n in range(400):
        folder = home / "music" / f"{n // 20}"
        folder.mkdir(parents=True, exist_ok=True)
        tagged = n < 300
        path = folder / f"{n}.{'flac' if tagged else 'wav'}"
        soundfile.write(path, 0.1 * rng.standard_normal((44_100 if tagged else 800, 2)), 44_100)
        if tagged:
            file = mutagen.File(path)
            for name in ("title", "artist", "album", "albumartist", "genre", "date", "comment"):
                file[name] = f"{name} {n % 20 if name == 'title' else n // 20}"
            file["tracknumber"] = str(n % 20 + 1)
            file.save()
    rates = _scan_rates(home, home / "music", files=400, times=3)
    print(f"scan of 300 tagged FLACs and 100 tiny WAVs: {rates}", flush=True)
    whole = (home / "music" / "15" / "300.wav").read_bytes()
    for n in range(MANY_FILES):
        folder = home / "many" / f"{n // 200}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{n}.wav").write_bytes(whole[:-8] + n.to_bytes(8, "little"))
    rates = _scan_rates(home, home / "many", files=MANY_FILES, times=1)
    print(f"scan of {MANY_FILES:,} tiny WAVs: {rates}")


def _scan_rates(home: Path, music: Path, *, files: int, times: int) -> str:
    """Scan into fresh catalogues, and each five times more."""
    first, again = [], []
    for n in range(times):
        with Catalogue(home / f"{music.name}{n}.duckdb") as catalogue:
            report = scan(catalogue, music)
            assert report.counts["new"] == catalogue.tracks.count() == files
            first.append(files / report.duration_s)
            for _ in range(5):
                report = scan(catalogue, music)
                assert report.counts["unchanged"] == files
                again.append(files / report.duration_s)
    return f"new {np.median(first):.0f} files/s, unchanged {np.median(again):.0f} files/s"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        work(Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
    else:
        main()
