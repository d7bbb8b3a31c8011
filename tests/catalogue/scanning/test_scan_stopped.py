"""Ctrl-C, pressed in a process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from auralis_lab.catalogue.scanning.scan import scan
from auralis_lab.catalogue.store import Catalogue

SCANNING = """
    import sys, time
    from pathlib import Path
    from auralis_lab.cli import run
    from auralis_lab.lab import Lab

    real = Lab.scan

    def slow_scan(lab, folder, *, on_progress):
        def told(done, total, path):
            on_progress(done, total, path)
            if done == 20:
                Path(sys.argv[2]).touch()
            time.sleep(0.01)

        return real(lab, folder, on_progress=told)

    Lab.scan = slow_scan
    sys.exit(run(["scan", sys.argv[1]]))
"""
ASKING = """
    import sys
    from auralis_lab.catalogue.store import Catalogue

    with Catalogue(sys.argv[1]) as catalogue:
        try:
            with catalogue.write() as s:
                s.run("CREATE TABLE kept (n BIGINT)")
                print("asking", flush=True)
                s.rows("SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a != b")
        except KeyboardInterrupt:
            with catalogue.session() as s:
                print(s.rows("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'kept'"))
"""

Start: TypeAlias = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Run a script in a process, which ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def start_it(script: str, *arguments: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(script), *map(os.fspath, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start_it
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("names", [("a.flac",), ("a.flac", "b.ogg")], ids=["plain", "decoded"])
def test_ctrl_c_soon_after_the_start_keeps_what_was_read_and_says_so(
    tmp_path: Path, make_song: Callable[..., Path], names: tuple[str, ...], start: Start
) -> None:
    root = tmp_path / "music"
    for name in names:
        make_song(tmp_path / name)
    for n in range(600):
        (root / f"{n:03}").mkdir(parents=True)
        shutil.copy(tmp_path / names[n % len(names)], root / f"{n:03}")
    twenty_are_read = tmp_path / "twenty"
    process = start(SCANNING, root, twenty_are_read)
    while not twenty_are_read.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    told = process.communicate(timeout=60)[0]
    assert told.splitlines() == [
        "what was read so far is kept, and the same command goes on from there",
        "error: stopped",
    ]
    assert process.returncode == 130
    (path,) = Path(os.environ["AURALIS_DATA_DIR"]).rglob("catalogue.duckdb")
    with Catalogue(path) as catalogue:
        kept = catalogue.tracks.count()
        assert 20 <= kept < 600
        assert scan(catalogue, root).counts["unchanged"] == kept


def test_ctrl_c_before_anything_is_loaded_is_one_line(tmp_path: Path, start: Start) -> None:
    script = """
        import os, signal, sys
        from auralis_lab.cli import run

        class Late:
            def find_spec(self, name, path, target=None):
                if name == "typer":
                    os.kill(os.getpid(), signal.SIGINT)

        sys.meta_path.insert(0, Late())
        sys.exit(run(["scan", sys.argv[1]]))
    """
    process = start(script, tmp_path)
    assert process.communicate(timeout=60)[0] == "error: stopped\n"
    assert process.returncode == 130


def test_ctrl_c_during_a_statement_ends_it_and_undoes_the_write(
    tmp_path: Path, start: Start
) -> None:
    process = start(ASKING, tmp_path / "library.duckdb")
    assert process.stdout is not None
    assert process.stdout.readline() == "asking\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=60)[0] == "[(0,)]\n"
    assert process.returncode == 0
