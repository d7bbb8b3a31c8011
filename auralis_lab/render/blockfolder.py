"""A folder of rendered blocks, bounded by bytes and shared by processes.

A block is one file (:mod:`auralis_lab.render.blockfile`) that is checked at every read. The time
of change of a file is the time of its last use. How many bytes there are is kept in the folder's
lock file, so that all processes together stay within the bound without listing the folder at
every write. Files are written, counted and evicted by whoever holds the folder's own lock.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auralis_lab.audio import Audio
from auralis_lab.io.cachefolder import entries_of, keep_latest
from auralis_lab.render.blockfile import HEADER_BYTES, decode_block, encode_block
from auralis_lab.render.blocklocks import lock_file

__all__ = ["BlockFolder", "FolderBusyError"]

SUFFIX, PART_SUFFIX, LOCK_NAME = ".block", ".part", "lock"
FOLDER_LOCK, FIRST_KEY_LOCK = 8, 16  # offsets; the count of bytes lies before them
FOLDER_WAIT_S = 2.0
ROOM_SHARE = 1 / 16  # of the bound, freed beside what is needed, so that not every write evicts

_NAME = re.compile(r"e(\d+)-[0-9a-f]{64}\.block")
_COUNT = struct.Struct("<q")


class FolderBusyError(OSError):
    """Others kept the folder's lock too long."""


class BlockFolder:
    """Blocks on disk.

    Parameters
    ----------
    folder : Path
        Made when the first block is written. May be removed at any time.
    max_bytes : int
        What all files together may take.
    engine_version : int
        Blocks of older versions are removed when they are come across.
    """

    def __init__(self, folder: Path, max_bytes: int, *, engine_version: int) -> None:
        self.folder, self.max_bytes = folder, max_bytes
        self._engine_version = engine_version
        self._locks = lock_file(folder / LOCK_NAME)
        self._counted = False

    def get(self, digest: bytes, engine_version: int) -> tuple[Audio | None, bool]:
        """Read a block.

        Returns
        -------
        audio : ndarray or None
            The block, read-only, if it is there and whole.
        damaged : bool
            Whether a file was there that is not the block; it has been removed.

        Raises
        ------
        OSError
            If there is a file that cannot be read.
        """
        path = self._path(digest, engine_version)
        try:
            data = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None, False
        audio = decode_block(data, digest)
        if audio is None:
            with contextlib.suppress(OSError):
                path.unlink()
            return None, True
        self.touch(digest, engine_version)
        return audio, False

    def touch(self, digest: bytes, engine_version: int) -> None:
        """Note that a block was used just now."""
        now = time.time_ns()
        with contextlib.suppress(OSError):
            os.utime(self._path(digest, engine_version), ns=(now, now))

    def put(self, digest: bytes, engine_version: int, audio: Audio) -> bool:
        """Write a block whole or not at all; False if it is larger than the folder may be.

        Raises
        ------
        OSError
            If it cannot be written, for want of room or of permission.
        """
        size_bytes = HEADER_BYTES + audio.nbytes
        if size_bytes > self.max_bytes:
            return False
        header, samples = encode_block(digest, audio)
        path = self._path(digest, engine_version)
        with self._alone() as descriptor:
            total = self._total(descriptor)
            if total + size_bytes > self.max_bytes:
                total = self._recount(int(self.max_bytes * (1 - ROOM_SHARE)) - size_bytes)
            with contextlib.suppress(OSError):
                total -= path.stat().st_size
            part = path.with_suffix(PART_SUFFIX)
            try:
                with part.open("wb", buffering=0) as file:
                    for data in (header, samples):
                        view = memoryview(data)
                        while view:
                            view = view[file.write(view) :]
                part.replace(path)
            except BaseException:
                with contextlib.suppress(OSError):
                    part.unlink()
                raise
            self._note(descriptor, total + size_bytes)
        return True

    def clear(self) -> None:
        """Remove all blocks.

        Raises
        ------
        OSError
            If the folder cannot be locked or a file cannot be removed.
        """
        if not self.folder.is_dir():
            return
        with self._alone() as descriptor:
            for path, _ in entries_of(self.folder, SUFFIX, PART_SUFFIX):
                path.unlink(missing_ok=True)
            self._note(descriptor, 0)

    @contextmanager
    def renderer_of(self, digest: bytes, *, wait_s: float) -> Iterator[bool]:
        """Be the one process that renders a block; False if another still is after `wait_s`.

        Raises
        ------
        OSError
            If the folder cannot be locked.
        """
        offset = FIRST_KEY_LOCK + (int.from_bytes(digest[:8], "little") >> 2)
        held = self._locks.acquire(offset, wait_s=wait_s)
        try:
            yield held
        finally:
            if held:
                with contextlib.suppress(OSError):
                    self._locks.release(offset)

    @contextmanager
    def _alone(self) -> Iterator[int]:
        threads = self._locks.threads
        if not threads.acquire(timeout=FOLDER_WAIT_S):
            raise FolderBusyError(errno.EBUSY, "the folder of blocks is busy")
        try:
            if not self._locks.acquire(FOLDER_LOCK, wait_s=FOLDER_WAIT_S):
                raise FolderBusyError(errno.EBUSY, "the folder of blocks is busy")
            try:
                yield self._locks.descriptor()
            finally:
                with contextlib.suppress(OSError):
                    self._locks.release(FOLDER_LOCK)
        finally:
            threads.release()

    def _path(self, digest: bytes, engine_version: int) -> Path:
        return self.folder / f"e{engine_version}-{digest.hex()}{SUFFIX}"

    def _total(self, descriptor: int) -> int:
        data = os.pread(descriptor, _COUNT.size, 0)
        if not self._counted or len(data) < _COUNT.size:
            self._counted = True
            return self._recount(self.max_bytes)
        return int(_COUNT.unpack(data)[0])

    def _note(self, descriptor: int, total: int) -> None:
        os.pwrite(descriptor, _COUNT.pack(max(0, total)), 0)

    def _recount(self, keep_bytes: int) -> int:
        """Evict the least recently used beyond `keep_bytes`, and all that is of no use."""
        kept = []
        for path, status in entries_of(self.folder, SUFFIX, PART_SUFFIX):
            name = _NAME.fullmatch(path.name)
            if name is None or int(name[1]) < self._engine_version:
                path.unlink(missing_ok=True)
            else:
                kept.append((path, status))
        return keep_latest(kept, keep_bytes)
