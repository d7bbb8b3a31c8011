"""Locks by number between processes, one byte of one file each.

They are POSIX record locks: the kernel drops those of a process that dies however it dies, a
forked child does not inherit them, and any number of keys needs one file only. They do not stop
threads of the same process from each other, and closing the file anywhere in a process would drop
all its locks, so each process opens a folder's file once and keeps it open.
"""

from __future__ import annotations

import errno
import fcntl
import os
import threading
import time
from pathlib import Path

__all__ = ["LockFile", "lock_file"]

POLL_S, POLL_MAX_S = 0.001, 0.02


class LockFile:
    """The lock file of one folder; made by :func:`lock_file`.

    Its first bytes may hold a number that its users share.

    Attributes
    ----------
    threads : threading.Lock
        For what only one thread of this process may do at a time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.threads = threading.Lock()
        self._fd: int | None = None
        self._opening = threading.Lock()

    def acquire(self, offset: int, *, wait_s: float) -> bool:
        """Lock one byte; False if another process still has it after `wait_s`.

        Raises
        ------
        OSError
            If the file cannot be made or knows no locks.
        """
        fd = self.descriptor()
        deadline, pause_s = time.monotonic() + wait_s, POLL_S
        while True:
            try:
                fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, offset)
            except OSError as error:
                if error.errno not in (errno.EACCES, errno.EAGAIN):
                    raise
            else:
                return True
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            time.sleep(min(pause_s, left_s))
            pause_s = min(2 * pause_s, POLL_MAX_S)

    def release(self, offset: int) -> None:
        """Unlock one byte."""
        if self._fd is not None:
            fcntl.lockf(self._fd, fcntl.LOCK_UN, 1, offset)

    def descriptor(self) -> int:
        """File descriptor, opened when it is first needed or the file has been removed."""
        with self._opening:
            # A descriptor left behind stays open: closing it could free a number still in use.
            if self._fd is None or os.fstat(self._fd).st_nlink == 0:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            return self._fd


def lock_file(path: Path) -> LockFile:
    """Return this process's one lock file at `path`."""
    with _registry_lock:
        return _registry.setdefault(path, LockFile(path))


def _after_fork() -> None:
    global _registry_lock
    _registry_lock = threading.Lock()
    for file in list(_registry.values()):
        file.threads, file._opening = threading.Lock(), threading.Lock()


_registry: dict[Path, LockFile] = {}
_registry_lock = threading.Lock()
os.register_at_fork(after_in_child=_after_fork)
