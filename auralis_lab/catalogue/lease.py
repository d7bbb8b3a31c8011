"""A fair reader/writer lock between threads and processes.

Two side files are locked with ``flock``. Everybody queues at the *gate*; whoever holds the gate
waits for the *lock* (shared to read, exclusive to write) and gives the gate up once it has it. A
waiting writer therefore keeps later readers out, and whoever comes back at once queues behind those
already waiting. The kernel frees both files when their holder dies, however it dies.

Every acquisition opens the files anew, so threads of one process are as separate as processes. The
holder's process id is written into the lock file, to be named to those who wait in vain.
"""

from __future__ import annotations

import fcntl
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from auralis_lab.errors import CatalogueBusyError, CatalogueError

__all__ = ["Lease"]

POLL_S = 0.001
"""Mean pause between two tries. Each pause is drawn anew, so that no two waiters keep in step."""

_open_fds: set[int] = set()


def _close_inherited() -> None:
    """Close the parent's lock files in a forked child, lest the child keep them locked."""
    for fd in _open_fds:
        os.close(fd)
    _open_fds.clear()


os.register_at_fork(after_in_child=_close_inherited)


class Lease:
    """The right to read or write one file, shared among all who name the same file.

    Parameters
    ----------
    path : Path
        The guarded file. The side files ``<path>.gate`` and ``<path>.lock`` are made beside it.
    """

    def __init__(self, path: Path) -> None:
        self._guarded = path
        self._gate = path.with_name(path.name + ".gate")
        self._lock = path.with_name(path.name + ".lock")

    @contextmanager
    def held(self, *, exclusive: bool, wait_s: float) -> Iterator[None]:
        """Hold the file for the length of a ``with`` block.

        Parameters
        ----------
        exclusive : bool
            False shares the file with other readers, True keeps everybody else out.
        wait_s : float
            How long to queue, 0 or more.

        Raises
        ------
        CatalogueBusyError
            If the file stayed in use for longer; the message names the process that has it.
        CatalogueError
            If the side files cannot be made.
        """
        deadline = time.monotonic() + wait_s
        mode = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
        owner = os.getpid()
        lock_fd = self._open(self._lock)
        try:
            gate_fd = self._open(self._gate)
            try:
                self._wait(gate_fd, fcntl.LOCK_EX, deadline, wait_s)
                self._wait(lock_fd, mode, deadline, wait_s)
            finally:
                _close(gate_fd)
            self._sign(lock_fd, "writing" if exclusive else "reading")
            yield
        finally:
            if os.getpid() == owner:  # a child forked inside the block has closed its copy already
                _close(lock_fd)

    def contested(self) -> bool:
        """Tell whether anybody is queueing at this moment, or the folder is gone."""
        try:
            fd = self._open(self._gate)
        except CatalogueError:
            return True
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            _close(fd)
        return False

    def _open(self, path: Path) -> int:
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise CatalogueError(f"cannot open the lock file {path}: {error.strerror}") from error
        _open_fds.add(fd)
        return fd

    def _wait(self, fd: int, mode: int, deadline: float, wait_s: float) -> None:
        while True:
            try:
                fcntl.flock(fd, mode | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                pass
            except OSError as error:
                raise CatalogueError(f"cannot lock {self._lock}: {error.strerror}") from error
            if time.monotonic() >= deadline:
                raise CatalogueBusyError(
                    f"{self._guarded} is in use by {self._holder()}; gave up after {wait_s:g} s"
                )
            time.sleep(POLL_S * random.uniform(0.5, 1.5))

    @staticmethod
    def _sign(fd: int, activity: str) -> None:
        """Write who holds the lock; of several readers the one that came last.

        It is a courtesy to those who wait: a full disk must not keep anybody from reading.
        """
        with suppress(OSError):
            os.pwrite(fd, f"{os.getpid()} {activity}".ljust(32).encode("ascii"), 0)

    def _holder(self) -> str:
        try:
            pid, activity = self._lock.read_text("ascii", "replace").split()
        except (OSError, ValueError):
            return "another process"
        if pid == str(os.getpid()):
            return f"another thread of this process ({pid}, {activity})"
        return f"process {pid} ({activity})"


def _close(fd: int) -> None:
    """Unlock and close; unlocking also frees copies of `fd` that a forked child may have."""
    with suppress(OSError):
        fcntl.flock(fd, fcntl.LOCK_UN)
    _open_fds.discard(fd)
    os.close(fd)
