"""Band envelopes kept on disk, bounded by bytes and shared by threads and processes.

The envelopes of a track are too bulky for its profile and quick to measure again, so they lie in a
cache of their own: one file for each key, written whole or not at all, with a checksum. Whatever is
damaged, of another layout or of another `PROFILE_VERSION` counts as missing and is removed. The
least recently used go first; the time of change of a file is the time of its last use. Anything in
the folder may be deleted at any time.

A file holds a header and the levels' differences from point to point, packed by zlib: about half of
what they take in memory.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from auralis_lab.analysis.envelopes import BandEnvelopes
from auralis_lab.errors import ParameterError
from auralis_lab.io.cachefolder import entries_of, keep_latest, key_digest
from auralis_lab.settings import settings

__all__ = ["EnvelopeStore"]

SUFFIX, PART_SUFFIX, LOCK_NAME = ".envelopes", ".part", "lock"
PATIENCE_S, POLL_S = 5.0, 0.005
KEPT_SHARE = 15 / 16  # of the bound, after making room, so that not every entry has to
MAX_POINTS = 100 * 3600 * 48

_MAGIC = b"AURENV01"
_HEAD = struct.Struct("<8s32sIIIQ")  # magic, key, profile version, crossovers, rate, points
_CHECKSUM_BYTES = 16
_COUNT = struct.Struct("<q")


class EnvelopeStore:
    """Envelopes by the content key of their track.

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
        self.folder = settings().cache_dir / "envelopes" if folder is None else Path(folder)
        self.max_bytes = settings().envelopes_max_bytes if max_bytes is None else max_bytes
        if self.max_bytes < 0:
            raise ParameterError(f"max_bytes={max_bytes} must be 0 or more")

    def get(self, key: str) -> BandEnvelopes | None:
        """Return the envelopes of a key, or None if they are not there whole."""
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        envelopes = _decoded(key, data)
        with contextlib.suppress(OSError):
            if envelopes is None:
                path.unlink()
            else:
                os.utime(path)
        return envelopes

    def put(self, key: str, envelopes: BandEnvelopes) -> bool:
        """Keep envelopes in place of earlier ones of the same key.

        Returns
        -------
        kept : bool
            False if they are larger than the store may be or cannot be written: they will be
            measured again.
        """
        data = _encoded(key, envelopes)
        if len(data) > self.max_bytes:
            return False
        path = self._path(key)
        try:
            with self._alone() as descriptor:
                total = self._total(descriptor) + len(data)
                if total > self.max_bytes:
                    room_bytes = int(self.max_bytes * KEPT_SHARE)
                    total = self._evict(max(room_bytes - len(data), 0), path) + len(data)
                os.pwrite(descriptor, _COUNT.pack(total), 0)
                with contextlib.suppress(FileNotFoundError):
                    total -= path.stat().st_size
                part = path.with_suffix(PART_SUFFIX)
                part.write_bytes(data)
                part.replace(path)
                os.pwrite(descriptor, _COUNT.pack(total), 0)
        except OSError:
            return False
        return True

    def clear(self) -> None:
        """Remove all entries.

        Raises
        ------
        OSError
            If one cannot be removed or others keep the folder too long.
        """
        if self.folder.is_dir():
            with self._alone() as descriptor:
                os.pwrite(descriptor, _COUNT.pack(self._evict(0)), 0)

    def _path(self, key: str) -> Path:
        return self.folder / (key_digest(key).hex() + SUFFIX)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[int]:
        """Hold the folder's lock, which the kernel takes from whoever dies; yield its file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            deadline_s = time.monotonic() + PATIENCE_S
            while True:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline_s:
                        raise
                    time.sleep(POLL_S)
            yield descriptor
        finally:
            os.close(descriptor)

    def _total(self, descriptor: int) -> int:
        """Bytes of all entries: as noted, never less than there are, or counted."""
        noted = os.pread(descriptor, _COUNT.size, 0)
        if len(noted) == _COUNT.size and (total := int(_COUNT.unpack(noted)[0])) >= 0:
            return total
        return self._evict(self.max_bytes)

    def _evict(self, keep_bytes: int, replaced: Path | None = None) -> int:
        """Remove the least recently used beyond `keep_bytes` and `replaced`; return what stays."""
        kept = []
        for path, status in entries_of(self.folder, SUFFIX, PART_SUFFIX):
            if path.suffix == PART_SUFFIX or path == replaced:  # writers hold the lock
                path.unlink(missing_ok=True)
            else:
                kept.append((path, status))
        return keep_latest(kept, keep_bytes)


def _encoded(key: str, envelopes: BandEnvelopes) -> bytes:
    """Header with crossovers, differences, checksum over both."""
    steps = np.frombuffer(envelopes.packed, "<i2").reshape(envelopes.bands, envelopes.points)
    changes = np.diff(steps, axis=1, prepend=np.zeros((envelopes.bands, 1), "<i2"))
    head = _HEAD.pack(
        _MAGIC,
        key_digest(key),
        _profile_version(),
        len(envelopes.crossovers_hz),
        envelopes.control_rate_hz,
        envelopes.points,
    )
    crossovers = np.array(envelopes.crossovers_hz, "<f8").tobytes()
    content = head + crossovers + zlib.compress(changes.astype("<i2").tobytes(), level=4)
    return content + _checksum(content)


def _decoded(key: str, data: bytes) -> BandEnvelopes | None:
    """Read what `_encoded` wrote for this key; None for anything else."""
    content, checksum = data[:-_CHECKSUM_BYTES], data[-_CHECKSUM_BYTES:]
    if len(content) < _HEAD.size or checksum != _checksum(content):
        return None
    magic, digest, version, count, rate_hz, points = _HEAD.unpack_from(content)
    body = _HEAD.size + 8 * count
    if (magic, digest, version) != (_MAGIC, key_digest(key), _profile_version()):
        return None
    if len(content) < body or points > MAX_POINTS:
        return None
    try:
        crossovers_hz = np.frombuffer(content[_HEAD.size : body], "<f8").tolist()
        size_bytes = 2 * (count + 1) * points
        unpacked = zlib.decompressobj().decompress(content[body:], size_bytes + 1)
        changes = np.frombuffer(unpacked, "<i2").reshape(count + 1, points)
        packed = np.cumsum(changes, axis=1, dtype="<i2").tobytes()
        return BandEnvelopes(tuple(crossovers_hz), rate_hz, points, packed)
    except (ValueError, zlib.error):  # a ParameterError is a ValueError
        return None


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_CHECKSUM_BYTES).digest()


def _profile_version() -> int:
    from auralis_lab.analysis.profile import PROFILE_VERSION

    return PROFILE_VERSION
