"""Small pictures kept on disk, shared by threads and processes.

Each file holds one picture in one size and is named by the key of the original, so all tracks with
the same cover share it. Files appear whole, under their own name, and carry a checksum: one that is
damaged is made again. Anything in the folder may be deleted at any time. An empty picture says that
the original cannot be shown, so that it is not tried again and again.

A few lock files limit how many pictures are made at once and keep two from making the same one.
The folder is bounded in bytes; the least recently used go first.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import random
import secrets
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from auralis_lab.io.artworkimage import check_size, shrunk
from auralis_lab.io.cachefolder import Entry, entries_of
from auralis_lab.settings import settings

__all__ = ["SIZES_PX", "kept_thumbnail"]

SIZES_PX = (64, 128, 256, 512, 1024)
MAGIC = b"AURART01"
SUFFIX = ".thumb"
HEAD_BYTES = len(MAGIC) + 4
MAKERS = 4
PATIENCE_S = 10.0
"""Whoever waits longer for another maker makes the picture itself; it costs only time."""
FRESH_S = 3600.0
"""How long a use counts as the last one, so that not every look is a write."""
SWEEPS_PER_LIMIT = 64
KEPT_SHARE = 0.9


def kept_thumbnail(key: str, size_px: int, load: Callable[[], bytes | None]) -> bytes | None:
    """Return a picture in a size fit to be shown, made at most once.

    Parameters
    ----------
    key : str
        Names the original: same key, same bytes.
    size_px : int
        Longest side wanted, 16 to 1024. The next of `SIZES_PX` is what comes; a smaller original
        is not enlarged.
    load : callable
        Returns the original, or None if it cannot be had at the moment. Called only if the
        picture is not there yet.

    Returns
    -------
    jpeg : bytes or None
        None if the original cannot be had or cannot be shown.

    Raises
    ------
    ParameterError
        If the size is out of range.
    """
    check_size(size_px)
    step_px = next(step for step in SIZES_PX if size_px <= step)
    path = _folder() / key[:2] / f"{key}-{step_px}{SUFFIX}"
    jpeg = _read(path)
    if jpeg is None:
        with _one_of_few_makers(key):
            jpeg = _read(path)
            if jpeg is None:
                original = load()
                if original is None:
                    return None
                jpeg = shrunk(original, step_px) or b""
                _write(path, jpeg)
    return jpeg or None


def _folder() -> Path:
    return settings().cache_dir / "artwork"


def _read(path: Path) -> bytes | None:
    """Return what is stored, empty for what cannot be shown; None if it is not there or damaged."""
    try:
        with path.open("rb", buffering=0) as file:
            data = file.read()
            used_s = os.fstat(file.fileno()).st_mtime
    except OSError:
        return None
    jpeg = data[HEAD_BYTES:]
    if data[:HEAD_BYTES] != _head(jpeg):
        return None
    if abs(time.time() - used_s) > FRESH_S:
        with contextlib.suppress(OSError):
            os.utime(path)
    return jpeg


def _write(path: Path, jpeg: bytes) -> None:
    """Store a picture; where that is not possible it will be made again."""
    partial = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(_head(jpeg) + jpeg)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError:
        return
    limit_bytes = settings().artwork_max_bytes
    if random.random() * limit_bytes < len(jpeg) * SWEEPS_PER_LIMIT:
        _sweep(limit_bytes)


def _head(jpeg: bytes) -> bytes:
    return MAGIC + zlib.crc32(jpeg).to_bytes(4, "little")


@contextlib.contextmanager
def _one_of_few_makers(key: str) -> Iterator[None]:
    """Hold the lock that everybody who makes this picture wants; without it if that takes long."""
    fd = None
    try:
        with contextlib.suppress(OSError):
            fd = _opened(f"{zlib.crc32(key.encode()) % MAKERS}.lock")
            deadline_s = time.monotonic() + PATIENCE_S
            while not _locked(fd) and time.monotonic() < deadline_s:
                time.sleep(random.uniform(0.002, 0.01))
        yield
    finally:
        _let_go(fd)


def _sweep(limit_bytes: int) -> None:
    """Remove the least recently used until the rest fits, unless somebody is at it."""
    fd = None
    try:
        fd = _opened("sweep.lock")
        if _locked(fd):
            entries = sorted(_entries(), key=lambda entry: entry[1].st_mtime_ns)
            total = sum(status.st_size for _, status in entries)
            kept_bytes = KEPT_SHARE * limit_bytes if total > limit_bytes else total
            for path, status in entries:
                abandoned = path.suffix != SUFFIX and time.time() - status.st_mtime > FRESH_S
                if total > kept_bytes or abandoned:
                    path.unlink(missing_ok=True)
                    total -= status.st_size
    except OSError:  # the next one to write will try again
        return
    finally:
        _let_go(fd)


def _entries() -> Iterator[Entry]:
    for folder in _folder().iterdir():
        if folder.is_dir():
            with contextlib.suppress(OSError):
                yield from entries_of(folder)


def _opened(name: str) -> int:
    _folder().mkdir(parents=True, exist_ok=True)
    return os.open(_folder() / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)


def _locked(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _let_go(fd: int | None) -> None:
    if fd is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_UN)
        os.close(fd)
