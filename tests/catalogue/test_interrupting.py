"""Ctrl-C while a statement runs."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

TIMES = 10  # whichever of DuckDB's threads has the work
LONG = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a != b"
SHORT = "SELECT count(*) FROM range(3000) a, range(10000) b WHERE a != b"

SCRIPT = """
import os, signal, sys, threading
from auralis_lab.catalogue.store import Catalogue

def soon():
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()

signal.signal(signal.SIGINT, signal.default_int_handler)
with Catalogue(sys.argv[1]) as catalogue:
    stopped = 0
    for _ in range(TIMES):
        soon()
        try:
            with catalogue.session() as s:
                s.rows(LONG)
        except KeyboardInterrupt:
            stopped += 1
    print(stopped, signal.getsignal(signal.SIGINT) is signal.default_int_handler)
    asked = []
    signal.signal(signal.SIGINT, lambda *_: asked.append("later"))
    soon()
    with catalogue.session() as s:
        counted = [s.rows(SHORT) for _ in range(5)]
    print(counted == 5 * [[(29997000,)]], asked)
"""


def test_ctrl_c_stops_a_statement_whichever_thread_has_it_and_a_handler_may_decline(
    tmp_path: Path,
) -> None:
    script = SCRIPT.replace("TIMES", str(TIMES)).replace("LONG", repr(LONG))
    script = script.replace("SHORT", repr(SHORT))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "library.duckdb")],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.splitlines() == [f"{TIMES} True", "True ['later']"]
