"""Copies of the catalogue file, made while others go on reading it.

Conventions: a copy's name says which catalogue it is of, in which state and with which views, so
that one that exists is the right one and is shared by all processes. The state is taken from the
file's inode, size and times; every commit changes them.

The catalogue file must not be opened by a process that has it attached (see ``store``). So another
process copies it, and this one holds a session meanwhile, which keeps writers out and not readers.
A write-ahead log that somebody left behind is copied as well and worked in by DuckDB.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from auralis_lab.catalogue.lease import Lease
from auralis_lab.catalogue.session import catalogue_error
from auralis_lab.catalogue.snapshots.views import VIEWS_SQL
from auralis_lab.errors import CatalogueError
from auralis_lab.settings import settings

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["SnapshotFolder"]

DAYS_KEPT = 30
"""Copies of other catalogues are removed when they were not asked for longer than this."""

_COPY = """
import os, shutil, sys
for source, target in zip(sys.argv[1::2], sys.argv[2::2]):
    with open(source, "rb") as a, open(target, "xb") as b:
        left = os.fstat(a.fileno()).st_size
        try:
            while left > 0 and (done := os.copy_file_range(a.fileno(), b.fileno(), left)):
                left -= done
        except (AttributeError, OSError):
            pass
        if left > 0:
            a.seek(0), b.seek(0), b.truncate()
            shutil.copyfileobj(a, b, 1 << 20)
"""
"""Shares the blocks where the file system can, else copies them."""


class SnapshotFolder:
    """The folder of a catalogue's copies.

    Parameters
    ----------
    catalogue : Catalogue
        The original.
    folder : Path
        Where the copies go, with those of other catalogues; made when needed.
    """

    def __init__(self, catalogue: Catalogue, folder: Path) -> None:
        self._catalogue = catalogue
        self._folder = folder
        self._stem = _digest(os.fsencode(catalogue.path))
        self._lease = Lease(folder / self._stem)

    def current(self) -> Path:
        """Return the copy of the catalogue as it is now; make it if there is none.

        Raises
        ------
        CatalogueError
            If it cannot be made, or this thread has a session of the catalogue open.
        CatalogueBusyError
            If a writer, or another who makes a copy, takes too long.
        """
        log = self._beside(self._catalogue.path, ".wal")
        if not log.exists():  # asked before the state, for commits come to the log first
            found = self._of_present_state()
            if found.exists():
                self._touch(found)
                return found
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CatalogueError(f"cannot make {self._folder}: {error.strerror}") from error
        with self._lease.held(exclusive=True, wait_s=settings().catalogue_wait_s):
            return self._make()

    def _make(self) -> Path:
        partial = self._folder / f"{self._stem}-part"
        self._remove(partial)
        try:
            with self._catalogue.session():
                target = self._of_present_state()
                if target.exists():
                    return target
                self._copy_to(partial)
            _finish(partial)
            partial.replace(target)
        except OSError as error:
            raise CatalogueError(f"cannot make a snapshot: {error.strerror}") from error
        finally:
            self._remove(partial)
        self._prune(target)
        return target

    def _copy_to(self, partial: Path) -> None:
        pairs = [self._catalogue.path, partial]
        if (log := self._beside(self._catalogue.path, ".wal")).exists():
            pairs += [log, self._beside(partial, ".wal")]
        copying = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _COPY, *map(os.fspath, pairs)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if copying.returncode:
            told = copying.stderr.decode("utf-8", "replace").strip().splitlines()
            reason = told[-1] if told else f"ended with code {copying.returncode}"
            raise CatalogueError(f"cannot copy {self._catalogue.path}: {reason}")

    def _of_present_state(self) -> Path:
        state: list[object] = [VIEWS_SQL]
        for path in (self._catalogue.path, self._beside(self._catalogue.path, ".wal")):
            with suppress(FileNotFoundError):
                stat = path.stat()
                state += [stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]
        return self._folder / f"{self._stem}-{_digest(repr(state).encode())}.duckdb"

    def _prune(self, target: Path) -> None:
        """Remove what is out of date; whoever has it open keeps it."""
        oldest_s = time.time() - DAYS_KEPT * 86_400
        for path in self._folder.glob("*-*.duckdb"):
            with suppress(OSError):
                if path != target and (
                    path.name.startswith(f"{self._stem}-") or path.stat().st_mtime < oldest_s
                ):
                    self._remove(path)

    @classmethod
    def _remove(cls, path: Path) -> None:
        for name in (path, cls._beside(path, ".wal")):
            with suppress(OSError):
                name.unlink()

    @staticmethod
    def _beside(path: Path, ending: str) -> Path:
        return path.with_name(path.name + ending)

    @staticmethod
    def _touch(path: Path) -> None:
        with suppress(OSError):
            os.utime(path)


def _finish(path: Path) -> None:
    """Put the views into a copy, and into the file what is still in its log."""
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "memory_limit": f"{settings().catalogue_memory_bytes}B",
        "threads": 1,
    }
    try:
        with duckdb.connect(path, config=config) as connection:
            connection.execute(VIEWS_SQL)
            connection.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise catalogue_error(error) from error


def _digest(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=12).hexdigest()
