"""A part of a file, seen as a file of its own.

Decoders read through a window, so that they see the audio and nothing else: no tags to stumble
over, and no header field known to be wrong. Reads go by position, so a window shares no file
offset with a forked process.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

__all__ = ["ByteWindow"]

TAIL_BYTES = 128


class ByteWindow:
    """Bytes `start` to `stop` of a file, for libsndfile's virtual files.

    Parameters
    ----------
    path : path-like
        The file.
    start, stop : int
        Byte range; `stop` None means the end of the file.
    patches : mapping of int to bytes
        What to show instead, by offset inside the window.
    pretend_bytes : int
        How much longer the window claims to be than it is. Reads still end where the bytes end,
        but for the last 128, which read as zeros because decoders look there for a tag.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        start: int = 0,
        stop: int | None = None,
        *,
        patches: Mapping[int, bytes] | None = None,
        pretend_bytes: int = 0,
    ) -> None:
        self._file = Path(path).open("rb", buffering=0)  # noqa: SIM115 - closed by close()
        size = os.fstat(self._file.fileno()).st_size
        self.start = start
        self.stop = size if stop is None else min(stop, size)
        self._patches = dict(patches or {})
        self._claimed_bytes = self.stop - self.start + pretend_bytes
        self._tail = self._claimed_bytes - TAIL_BYTES if pretend_bytes else self._claimed_bytes
        self._position = 0
        self.error: OSError | None = None

    @property
    def position(self) -> int:
        """Offset in the file that is read next."""
        return self.start + self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to an offset inside the window."""
        base = (0, self._position, self._claimed_bytes)[whence]
        self._position = max(base + offset, 0)
        return self._position

    def tell(self) -> int:
        """Offset inside the window."""
        return self._position

    def readinto(self, buffer: memoryview) -> int:
        """Fill `buffer` from the current offset; return the number of bytes."""
        if self._position >= self._tail:
            count = max(0, min(len(buffer), self._claimed_bytes - self._position))
            buffer[:count] = bytes(count)
        else:
            data = self._bytes_at(self._position, len(buffer))
            count = len(data)
            buffer[:count] = data
        self._position += count
        return count

    def read(self, count: int = -1) -> bytes:
        """Return up to `count` bytes, all that are left by default."""
        left = self.stop - self.start - self._position
        data = self._bytes_at(self._position, left if count < 0 else count)
        self._position += len(data)
        return data

    def write(self, data: bytes) -> int:
        """Refuse: a window is read-only, and only looks like a file."""
        raise OSError("read-only")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> ByteWindow:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _bytes_at(self, position: int, count: int) -> bytes:
        count = min(count, self.stop - self.start - position)
        if count <= 0:
            return b""
        try:
            data = os.pread(self._file.fileno(), count, self.start + position)
        except OSError as error:
            self.error = error
            return b""
        for offset, shown in self._patches.items():
            low, high = max(offset, position), min(offset + len(shown), position + len(data))
            if low < high:
                patch = shown[low - offset : high - offset]
                data = data[: low - position] + patch + data[high - position :]
        return data
