"""Folders of a cache: what lies in one, and how it stays within a bound.

Conventions: the time of change of a file is the time of its last use. Files come and go while they
are looked at; whoever needs more than that holds a lock.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

__all__ = ["Entry", "entries_of", "keep_latest", "key_digest"]

Entry = tuple[Path, os.stat_result]


def entries_of(folder: str | os.PathLike[str], *suffixes: str) -> Iterator[Entry]:
    """Files of a folder whose names end in one of `suffixes`, all without.

    Raises
    ------
    OSError
        If the folder cannot be read.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if not suffixes or entry.name.endswith(suffixes):
                with contextlib.suppress(FileNotFoundError):
                    yield Path(entry.path), entry.stat(follow_symlinks=False)


def keep_latest(entries: Iterable[Entry], keep_bytes: float) -> int:
    """Remove the least recently used files until the others take `keep_bytes` at most.

    Returns
    -------
    kept_bytes : int
        What the others take.
    """
    oldest = sorted(entries, key=lambda entry: (entry[1].st_mtime_ns, entry[0]))
    total = sum(status.st_size for _, status in oldest)
    for path, status in oldest:
        if total <= keep_bytes:
            break
        path.unlink(missing_ok=True)
        total -= status.st_size
    return total


def key_digest(key: str) -> bytes:
    """32 bytes that stand for a key of any length in names and headers."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
