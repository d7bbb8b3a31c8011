"""Rendered blocks, kept by what they are: in memory, then on disk.

A block is named by the audio it was made from, the plan, the version of the engine and its frames,
so a hit is the same samples that rendering would give. Each block is rendered by one thread of one
process; others wait for it, not for ever, and take what it made. What cannot be kept on disk is
rendered again: a full disk or a folder that cannot be written to is counted and logged, not raised.

Conventions: audio is ``float32``, shape ``(channels, frames)``; positions are absolute frames.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
import weakref
from collections import Counter, OrderedDict
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from auralis_lab.render.blockfile import HEADER_BYTES
from auralis_lab.render.blockflights import board, land
from auralis_lab.render.blockfolder import BlockFolder
from auralis_lab.render.blockkeys import BlockKey, CacheStats
from auralis_lab.render.renderer import ENGINE_VERSION

__all__ = ["BlockCache", "shared_cache"]

WAIT_S = 10.0
RETRY_DISK_S = 30.0

log = logging.getLogger(__name__)


class BlockCache:
    """Rendered blocks by what they are; safe to share between threads and across a fork.

    Parameters
    ----------
    folder : path-like, optional
        By default ``settings().cache_dir / "blocks"``. Any number of processes may share it.
    memory_bytes, disk_bytes : int, optional
        Bounds, by default those of the settings; 0 for none there. Least recently used go first.
    wait_s : float
        How long to wait for another renderer of the same block before rendering it here, too.

    Raises
    ------
    ParameterError
        If a bound or the wait is negative.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        memory_bytes: int | None = None,
        disk_bytes: int | None = None,
        *,
        wait_s: float = WAIT_S,
    ) -> None:
        from auralis_lab.settings import settings

        folder = settings().cache_dir / "blocks" if folder is None else folder
        self.folder = Path(folder).absolute()
        self.memory_bytes = settings().blocks_memory_bytes if memory_bytes is None else memory_bytes
        self.disk_bytes = settings().blocks_disk_bytes if disk_bytes is None else disk_bytes
        self.wait_s = wait_s
        if min(self.memory_bytes, self.disk_bytes, wait_s) < 0:
            raise ParameterError("memory_bytes, disk_bytes and wait_s must be 0 or more")
        self._disk = BlockFolder(self.folder, self.disk_bytes, engine_version=ENGINE_VERSION)
        self._next_write_s = 0.0
        self._counts: Counter[str] = Counter()
        self._start_empty()
        _caches.add(self)

    def get_or_render(self, key: BlockKey, render: Callable[[], Audio]) -> Audio:
        """Return a block from memory, from disk, or from `render`.

        Parameters
        ----------
        key : BlockKey
            What is wanted.
        render : callable
            Makes it: float32 of shape (channels, up to ``key.frames``). Called at most once, in
            this thread. What it raises is raised here, and nothing is kept.

        Returns
        -------
        audio : ndarray of float32, shape (channels, frames), read-only

        Raises
        ------
        ParameterError
            If `render` returns something else.
        """
        deadline = time.monotonic() + self.wait_s
        while True:
            kept = self._from_memory(key)
            if kept is not None:
                return kept
            flight, mine = board(self.folder, key.digest)
            if mine:
                try:
                    flight.audio = self._lead(key, render, deadline)
                    return flight.audio
                finally:
                    land(self.folder, key.digest, flight)
            if not flight.landed.wait(max(0.0, deadline - time.monotonic())):
                self._count("waits_ended")
                return self._render(key, render)
            if flight.audio is not None:
                self._count("hits_shared")
                self._remember(key, flight.audio)
                return flight.audio

    @property
    def stats(self) -> CacheStats:
        """What happened so far, and what is held."""
        with self._lock:
            counts = {name: self._counts[name] for name in _COUNTED}
            return CacheStats(
                **counts, memory_blocks=len(self._blocks), memory_bytes=self._held_bytes
            )

    def clear(self) -> None:
        """Forget all blocks, those on disk included; other processes keep theirs in memory."""
        with self._lock:
            self._blocks.clear()
            self._held_bytes = 0
        try:
            self._disk.clear()
        except OSError as error:
            self._disk_failed(error)

    def _lead(self, key: BlockKey, render: Callable[[], Audio], deadline: float) -> Audio:
        """Get a block as the only thread of this process that does."""
        kept = self._from_memory(key)
        if kept is None:
            kept = self._from_disk(key)
        if kept is not None:
            return kept
        with contextlib.ExitStack() as held:
            if self.disk_bytes and self._disk_is_up():
                try:
                    wait_s = max(0.0, deadline - time.monotonic())
                    alone = held.enter_context(self._disk.renderer_of(key.digest, wait_s=wait_s))
                except OSError as error:
                    self._disk_failed(error)
                else:
                    kept = self._from_disk(key)
                    if kept is not None:
                        return kept
                    if not alone:
                        self._count("waits_ended")
            return self._render(key, render)

    def _render(self, key: BlockKey, render: Callable[[], Audio]) -> Audio:
        began_ns = time.perf_counter_ns()
        made = render()
        took_ns = time.perf_counter_ns() - began_ns
        if made.ndim != 2 or made.dtype != np.float32 or made.shape[1] > key.frames:
            raise ParameterError(
                f"a block of {made.dtype} and shape {made.shape} must be float32 of shape"
                f" (channels, up to {key.frames})"
            )
        audio = made.copy(order="C")
        audio.flags.writeable = False
        with self._lock:
            self._counts["misses"] += 1
            self._counts["rendered_frames"] += audio.shape[1]
            self._counts["rendering_ns"] += took_ns
        if audio.size:
            self._remember(key, audio)
            self._store(key, audio)
        return audio

    def _from_memory(self, key: BlockKey) -> Audio | None:
        with self._lock:
            audio = self._blocks.get(key.digest)
            if audio is None:
                return None
            self._blocks.move_to_end(key.digest)
            self._counts["hits_memory"] += 1
        if self.disk_bytes:
            self._disk.touch(key.digest, key.engine_version)
        return audio

    def _from_disk(self, key: BlockKey) -> Audio | None:
        if not self.disk_bytes:
            return None
        try:
            audio, damaged = self._disk.get(key.digest, key.engine_version)
        except OSError as error:
            self._disk_failed(error)
            return None
        if damaged:
            self._count("damaged")
            log.warning("a damaged block in %s was removed", self.folder)
        if audio is not None:
            self._count("hits_disk")
            self._remember(key, audio)
        return audio

    def _remember(self, key: BlockKey, audio: Audio) -> None:
        size_bytes = audio.nbytes
        if size_bytes > self.memory_bytes:
            return
        with self._lock:
            before = self._blocks.pop(key.digest, None)
            self._held_bytes += size_bytes - (0 if before is None else before.nbytes)
            self._blocks[key.digest] = audio
            while self._held_bytes > self.memory_bytes:
                _, oldest = self._blocks.popitem(last=False)
                self._held_bytes -= oldest.nbytes

    def _store(self, key: BlockKey, audio: Audio) -> None:
        if not self._disk_is_up() or HEADER_BYTES + audio.nbytes > self.disk_bytes:
            return
        try:
            self._disk.put(key.digest, key.engine_version, audio)
        except OSError as error:
            self._disk_failed(error)

    def _disk_is_up(self) -> bool:
        return time.monotonic() >= self._next_write_s

    def _disk_failed(self, error: OSError) -> None:
        """Do without the folder for a while."""
        self._count("disk_errors")
        self._next_write_s = time.monotonic() + RETRY_DISK_S
        reason = error.strerror or str(error)
        log.warning("rendered blocks cannot be kept in %s: %s", self.folder, reason.lower())

    def _count(self, name: str) -> None:
        with self._lock:
            self._counts[name] += 1

    def _start_empty(self) -> None:
        self._lock = threading.Lock()
        self._blocks: OrderedDict[bytes, Audio] = OrderedDict()
        self._held_bytes = 0


def shared_cache() -> BlockCache:
    """Return the one cache of this process with the folder and the bounds of the settings."""
    from auralis_lab.settings import settings

    chosen = settings()
    return _cache_for(chosen.cache_dir, chosen.blocks_memory_bytes, chosen.blocks_disk_bytes)


@lru_cache(maxsize=1)
def _cache_for(cache_dir: Path, memory_bytes: int, disk_bytes: int) -> BlockCache:
    return BlockCache(cache_dir / "blocks", memory_bytes, disk_bytes)


def _after_fork() -> None:
    """Drop in the child what other threads of the parent may have been changing."""
    for cache in list(_caches):
        cache._start_empty()


_COUNTED = (
    "hits_memory", "hits_disk", "hits_shared", "misses", "rendered_frames", "rendering_ns",
    "waits_ended", "damaged", "disk_errors",
)  # fmt: skip
_caches: weakref.WeakSet[BlockCache] = weakref.WeakSet()
os.register_at_fork(after_in_child=_after_fork)
