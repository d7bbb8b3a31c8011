"""Who works on what, among the threads and processes that share a catalogue.

A claim is a lock on one byte of a side file, at the offset of the claimed id: taken in no time, and
freed by the kernel when its holder dies. Such locks belong to a process, so the threads of one
process keep a set besides.
"""

from __future__ import annotations

import fcntl
import os
import threading
import weakref
from pathlib import Path

from auralis_lab.errors import CatalogueError

__all__ = ["Claims"]


class Claims:
    """The claims of this process on ids below 2⁶³; get it with :meth:`of`.

    Closing any descriptor of a file drops all locks that a process has on it. So there is one
    object for each file and process, and nothing else opens that file.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise CatalogueError(f"cannot open the lock file {path}: {error.strerror}") from error
        weakref.finalize(self, os.close, self._fd)
        self._taken: set[int] = set()
        self._lock = threading.Lock()

    @classmethod
    def of(cls, path: Path) -> Claims:
        """Return the claims of this process that lie in a file, which is made when missing.

        Raises
        ------
        CatalogueError
            If the file cannot be opened.
        """
        key = (os.getpid(), os.fspath(path.resolve()))
        with _opening:
            claims = _open.get(key)
            if claims is None:
                _open[key] = claims = cls(path)
            return claims

    def take(self, id_: int) -> bool:
        """Claim an id; False if anybody has it."""
        with self._lock:
            if id_ in self._taken:
                return False
            try:
                fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, id_)
            except OSError:
                return False
            self._taken.add(id_)
            return True

    def release(self, id_: int) -> None:
        """Give up an id that this process has claimed."""
        with self._lock:
            if id_ in self._taken:
                fcntl.lockf(self._fd, fcntl.LOCK_UN, 1, id_)
                self._taken.discard(id_)


_open: weakref.WeakValueDictionary[tuple[int, str], Claims] = weakref.WeakValueDictionary()
_opening = threading.Lock()
