"""The folder of spools: where it is, and how it stays bounded."""

from __future__ import annotations

import contextlib
import errno
from pathlib import Path

from auralis_lab.io.cachefolder import Entry, entries_of
from auralis_lab.io.spoolfile import DONE, SpoolFile

__all__ = ["SUFFIX", "evict", "room_reason", "spool_folder"]

SUFFIX = ".frames"


def spool_folder() -> Path:
    """Folder of all spools."""
    from auralis_lab.settings import settings  # slow to load, and a reader of tags needs none

    return settings().cache_dir / "spool"


def evict(used: set[str]) -> None:
    """Remove the least recently used until the rest fits, but for those `used` here.

    What dead processes left unfinished goes the first time this process looks.
    """
    from auralis_lab.settings import settings

    folder, limit_bytes = spool_folder(), settings().spool_max_bytes
    entries: list[Entry] = []
    with contextlib.suppress(OSError):
        entries = sorted(entries_of(folder, SUFFIX), key=lambda entry: entry[1].st_mtime_ns)
    total = sum(status.st_size for _, status in entries)
    first_time = folder not in _swept
    _swept.add(folder)
    for path, status in entries:
        if path.name in used or (total <= limit_bytes and not first_time):
            continue
        with contextlib.suppress(OSError), contextlib.closing(SpoolFile(path)) as file:
            if not file.lock():
                continue
            header = file.header()
            whole = header is not None and header.state == DONE and file.is_whole(header)
            if total > limit_bytes or not whole:
                file.unlink()
                total -= status.st_size


def room_reason(error: OSError) -> str:
    """Say why frames cannot be kept."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"no room for its decoded frames in {spool_folder()} (disk full)"
    return f"its decoded frames cannot be kept in {spool_folder()} ({error.strerror})"


_swept: set[Path] = set()
