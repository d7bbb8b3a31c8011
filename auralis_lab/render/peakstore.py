"""Outlines kept on disk, bounded by bytes and shared by threads and processes.

One file for each track, written as the track is read and named when it is whole. What is cut short
or of another layout counts as missing and is removed. The least recently used go first; the time of
change of a file is the time of its last use. Anything in the folder may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import os
import struct
import tempfile
import threading
import time
import weakref
from pathlib import Path

import numpy as np

from auralis_lab.audio import Readable
from auralis_lab.errors import ParameterError
from auralis_lab.io.cachefolder import entries_of, keep_latest, key_digest
from auralis_lab.render.peaks import RECORD_FRAMES, RECORD_PARTS, PeakPyramid, peak_records
from auralis_lab.settings import settings

__all__ = ["PeakStore"]

SUFFIX, PART_SUFFIX = ".peaks", ".part"
STALE_PART_S = 3600.0  # what a writer that died has left

_MAGIC = b"AURPEAK1"
_HEAD = struct.Struct("<8s32sIIQ")  # magic, key, rate, nothing, frames
_RECORD_BYTES = 2 * 3 * RECORD_PARTS


class PeakStore:
    """Outlines by the content key of their track.

    Parameters
    ----------
    folder : Path, optional
        Made when the first entry is written; by default in the cache folder of the settings.
    max_bytes : int, optional
        What all entries together may take; by default as in the settings.

    Raises
    ------
    ParameterError
        If `max_bytes` is negative.
    """

    def __init__(self, folder: Path | None = None, max_bytes: int | None = None) -> None:
        self.folder = settings().cache_dir / "peaks" if folder is None else Path(folder)
        self.max_bytes = settings().peaks_max_bytes if max_bytes is None else max_bytes
        if self.max_bytes < 0:
            raise ParameterError(f"max_bytes={max_bytes} must be 0 or more")

    def get(self, key: str) -> PeakPyramid | None:
        """Return the outline of a key, or None if it is not there whole."""
        path = self._path(key)
        try:
            pyramid = _opened(key, path)
            if pyramid is None:
                path.unlink()
            else:
                os.utime(path)
        except OSError:
            return None
        return pyramid

    def get_or_make(self, key: str, source: Readable) -> PeakPyramid:
        """Return the outline of a key, made from its track if it is not there.

        Two threads of a process do not make the same one twice.

        Parameters
        ----------
        key : str
            Identity of the track's audio.
        source : Readable
            The track; read once from start to end if need be.
        """
        with _lock_of(f"{self.folder}\0{key}"):
            kept = self.get(key)
            return self._made(key, source) if kept is None else kept

    def _made(self, key: str, source: Readable) -> PeakPyramid:
        """Write the records while the track is read; where nothing can be kept, hold them."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(PART_SUFFIX, dir=self.folder)
        except OSError:
            return _held(source)
        part, total = Path(name), 0
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(bytes(_HEAD.size))
                for record, frames in peak_records(source):
                    file.write(record.astype("<i2", copy=False).tobytes())
                    total += frames
                file.seek(0)
                file.write(_HEAD.pack(_MAGIC, key_digest(key), source.rate_hz, 0, total))
            pyramid = _opened(key, part)
            part.replace(self._path(key))
            self._make_room()
        except OSError:
            pyramid = None
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
        return _held(source) if pyramid is None else pyramid

    def _make_room(self) -> None:
        """Remove the least recently used beyond the bound; who has one open goes on with it."""
        for path, status in entries_of(self.folder, PART_SUFFIX):
            if time.time() - status.st_mtime > STALE_PART_S:
                path.unlink(missing_ok=True)
        keep_latest(entries_of(self.folder, SUFFIX), self.max_bytes)

    def _path(self, key: str) -> Path:
        return self.folder / (key_digest(key).hex() + SUFFIX)


def _opened(key: str, path: Path) -> PeakPyramid | None:
    """Map a file of this key into memory; None for anything else."""
    with path.open("rb") as file:
        head = file.read(_HEAD.size)
        size_bytes = os.fstat(file.fileno()).st_size - _HEAD.size
        if len(head) < _HEAD.size:
            return None
        magic, digest, rate_hz, _, total = _HEAD.unpack(head)
        count = -(-total // RECORD_FRAMES)
        if (magic, digest, size_bytes) != (_MAGIC, key_digest(key), count * _RECORD_BYTES):
            return None
        shape = (count, RECORD_PARTS, 3)
        if count == 0:
            return PeakPyramid(rate_hz, 0, np.zeros(shape, np.int16))
        records = np.memmap(file, "<i2", "r", _HEAD.size, shape)
    return PeakPyramid(rate_hz, total, records)


def _held(source: Readable) -> PeakPyramid:
    records, total = [], 0
    for record, frames in peak_records(source):
        records.append(record)
        total += frames
    shape = (len(records), RECORD_PARTS, 3)
    return PeakPyramid(source.rate_hz, total, np.array(records, np.int16).reshape(shape))


def _lock_of(name: str) -> threading.Lock:
    with _locks_lock:
        lock = _locks.get(name)
        if lock is None:
            lock = _locks[name] = threading.Lock()
        return lock


_locks: weakref.WeakValueDictionary[str, threading.Lock] = weakref.WeakValueDictionary()
_locks_lock = threading.Lock()
