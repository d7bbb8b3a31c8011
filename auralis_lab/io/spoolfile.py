"""One file of decoded frames, shared by threads and processes.

A page of 4 KiB (what it holds, how many frames are there, whether the decode runs, is done or has
failed, and notes), then interleaved float32 frames. The writer holds an exclusive ``flock`` for
as long as it decodes; the kernel frees it when the process dies, so a file that says it is being
written while its lock is free has lost its writer. Every header field is covered by a CRC, so a
reader never acts on half an update.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import time
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from auralis_lab.audio import Audio

__all__ = ["DONE", "FAILED", "RUNNING", "SpoolFile", "SpoolHeader"]

MAGIC = b"AURSPOOL"
VERSION = 2
RUNNING, DONE, FAILED = 1, 2, 3
PAGE_BYTES = 4_096
FIELDS = struct.Struct("<8sIIIIQ")
TEXT_OFFSET = 64
TEXT_BYTES = PAGE_BYTES - TEXT_OFFSET - 8


@dataclass(frozen=True)
class SpoolHeader:
    """What a spool file says of itself."""

    state: int
    rate_hz: int
    channels: int
    frames: int


class SpoolFile:
    """An open spool file, with or without the right to write it.

    Parameters
    ----------
    path : Path
        Made when missing.

    Raises
    ------
    OSError
        If it cannot be made or opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def lock(self) -> bool:
        """Take the writer's lock if it is free."""
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(self) -> None:
        """Give the writer's lock back."""
        fcntl.flock(self._fd, fcntl.LOCK_UN)

    def is_current(self) -> bool:
        """Whether the path still leads to this file."""
        try:
            there = os.stat(self.path)
        except OSError:
            return False
        here = os.fstat(self._fd)
        return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino)

    def header(self) -> SpoolHeader | None:
        """Read the header; None if there is none that is whole."""
        for attempt in range(3):
            data = os.pread(self._fd, FIELDS.size + 4, 0)
            if len(data) == FIELDS.size + 4:
                fields, crc = data[:-4], int.from_bytes(data[-4:], "little")
                if zlib.crc32(fields) == crc:
                    return _parsed(fields)
            time.sleep(0.001 * attempt)
        return None

    def is_whole(self, header: SpoolHeader) -> bool:
        """Whether all frames that the header promises are in the file."""
        needed = PAGE_BYTES + header.frames * header.channels * 4
        return os.fstat(self._fd).st_size >= needed

    def write_header(self, header: SpoolHeader) -> None:
        """Publish how far the file is."""
        fields = FIELDS.pack(
            MAGIC, VERSION, header.state, header.rate_hz, header.channels, header.frames
        )
        _write(self._fd, fields + zlib.crc32(fields).to_bytes(4, "little"), 0)

    def write_text(self, notes: tuple[str, ...]) -> None:
        """Store notes (or, for a failure, its reason); they are cut to what a page holds."""
        kept = list(notes)
        while len(text := json.dumps(kept).encode()) > TEXT_BYTES:
            kept = kept[:-1] if len(kept) > 1 else [kept[0][: TEXT_BYTES // 8]]
        head = len(text).to_bytes(4, "little") + zlib.crc32(text).to_bytes(4, "little")
        _write(self._fd, head + text, TEXT_OFFSET)

    def text(self) -> tuple[str, ...]:
        """Return the stored notes."""
        head = os.pread(self._fd, 8, TEXT_OFFSET)
        text = os.pread(self._fd, int.from_bytes(head[:4], "little"), TEXT_OFFSET + 8)
        if len(head) < 8 or zlib.crc32(text) != int.from_bytes(head[4:], "little"):
            return ()
        return tuple(str(note) for note in json.loads(text))

    def write_frames(self, start_frame: int, block: Audio) -> None:
        """Store frames, shape (frames, channels), at their place."""
        _write(self._fd, block.data.cast("B"), PAGE_BYTES + start_frame * block[:1].nbytes)

    def read_frames(self, start_frame: int, frames: int, channels: int) -> Audio:
        """Return frames, shape (frames, channels); fewer where the file is too short."""
        block = np.empty((frames, channels), np.float32)
        if not block.size:
            return block
        view = block.data.cast("B")
        offset, done = PAGE_BYTES + start_frame * channels * 4, 0
        while done < len(view):
            count = os.preadv(self._fd, [view[done:]], offset + done)
            if count == 0:
                break
            done += count
        return block[: done // (channels * 4)]

    def truncate(self) -> None:
        """Throw everything in it away."""
        os.ftruncate(self._fd, 0)

    def drop_frames(self) -> None:
        """Throw the frames away, and keep the page that says why."""
        os.ftruncate(self._fd, PAGE_BYTES)

    def touch(self) -> None:
        """Mark it as used now."""
        os.utime(self._fd)

    def unlink(self) -> None:
        """Remove the file from its folder, if the path still leads to it."""
        if self.is_current():
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file; its lock, if held, becomes free."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _parsed(fields: bytes) -> SpoolHeader | None:
    magic, version, state, rate_hz, channels, frames = FIELDS.unpack(fields)
    if magic != MAGIC or version != VERSION or state not in (RUNNING, DONE, FAILED):
        return None
    return SpoolHeader(state, rate_hz, channels, frames)


def _write(fd: int, data: bytes | memoryview, offset: int) -> None:
    view, done = memoryview(data), 0
    while done < len(view):
        done += os.pwrite(fd, view[done:], offset + done)
