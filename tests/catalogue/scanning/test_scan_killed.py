"""Scans that are killed at random moments, with the library changing in between."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest

from auralis_lab.catalogue.scanning.scan import scan
from auralis_lab.catalogue.store import Catalogue

SCAN = textwrap.dedent(
    """
    import sys
    import auralis_lab.catalogue.scanning.scan as scanning
    from auralis_lab.catalogue.store import Catalogue
    scanning.BATCH_ROWS = 7
    with Catalogue(sys.argv[1], wait_s=60) as catalogue:
        print("begins", flush=True)
        scanning.scan(catalogue, sys.argv[2])
    """
)


def _content(catalogue: Catalogue) -> list[tuple[Any, ...]]:
    """Everything that is known of the tracks that are there, but ids and times."""
    with catalogue.session() as s:
        return s.rows(
            """SELECT tracks.* EXCLUDE (id, root_id, album_id, added_at, changed_at),
                albums.title, albums.artist
            FROM tracks LEFT JOIN albums ON albums.id = album_id
            WHERE missing_since IS NULL ORDER BY tracks.path"""
        )


def _is_sound(catalogue: Catalogue) -> bool:
    with catalogue.session() as s:
        lost = s.rows(
            """SELECT count(*) FROM tracks
            WHERE root_id NOT IN (SELECT id FROM roots)
                OR (album_id IS NOT NULL AND album_id NOT IN (SELECT id FROM albums))"""
        )
        twice = s.rows(
            """SELECT path FROM tracks WHERE missing_since IS NULL
            GROUP BY path HAVING count(*) > 1"""
        )
    return lost == [(0,)] and twice == []


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_a_scan_killed_at_any_moment_leaves_nothing_that_the_next_does_not_mend(
    catalogue: Catalogue,
    tmp_path: Path,
    make_song: Callable[..., Path],
    rng: np.random.Generator,
    kills: int,
) -> None:
    root = tmp_path / "music"
    for n in range(90):
        make_song(root / f"{n % 9}" / f"{n:03}.flac", title=f"{n}", album=f"Album {n % 9}")

    def change(step: int) -> None:
        files = sorted(root.rglob("*.flac"))
        for path in rng.choice(len(files), 6, replace=False):
            what = int(rng.integers(4))
            if what == 0:
                tagged = mutagen.File(files[path])
                tagged["title"] = f"step {step}"
                tagged.save()
            elif what == 1:
                files[path].rename(root / f"moved {step} {path}.flac")
            elif what == 2:
                files[path].unlink()
                make_song(files[path], title="other audio")
            else:
                shutil.copy2(files[path], root / f"copy {step} {path}.flac")

    interrupted = 0
    for step in range(kills):
        command = [sys.executable, "-c", SCAN, str(catalogue.path), str(root)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(float(rng.uniform(0, 1.2)))
            interrupted += process.poll() is None
            process.send_signal(signal.SIGKILL)
        assert _is_sound(catalogue)
        change(step)
    assert interrupted
    scan(catalogue, root)
    assert _is_sound(catalogue)
    with Catalogue(tmp_path / "undisturbed.duckdb") as undisturbed:
        scan(undisturbed, root)
        assert _content(catalogue) == _content(undisturbed)
    assert {row[0] for row in _content(catalogue)} == set(map(os.fspath, root.rglob("*.flac")))
