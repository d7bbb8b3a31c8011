"""A file open for writing, whose errors are kept."""

from __future__ import annotations

import errno
import os
from pathlib import Path

__all__ = ["Output", "error_words", "sync_folder"]


class Output:
    """The open file as libsndfile sees it; keeps the first error, which libsndfile would hide."""

    def __init__(self, fd: int) -> None:
        self._fd, self._position = fd, 0
        self.error: OSError | None = None

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        base = (0, self._position, os.fstat(self._fd).st_size)[whence]
        self._position = max(base + offset, 0)
        return self._position

    def tell(self) -> int:
        """Return the current place."""
        return self._position

    def read(self, count: int) -> bytes:
        """Read bytes; encoders read their own headers again."""
        data = os.pread(self._fd, count, self._position)
        self._position += len(data)
        return data

    def write(self, data: bytes) -> int:
        """Write bytes; return how many of them the disk took."""
        view, done = memoryview(data), 0
        try:
            while done < len(view):
                done += os.pwrite(self._fd, view[done:], self._position + done)
        except OSError as error:
            self.error = self.error or error
        self._position += done
        return done


def error_words(error: Exception) -> str:
    """Say in a few words what went wrong."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "the disk is full"
    text = getattr(error, "strerror", None) or getattr(error, "error_string", None) or str(error)
    return str(text).strip().rstrip(".").lower() or type(error).__name__


def sync_folder(folder: Path) -> None:
    """Make the folder's own entries safe on the disk."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
