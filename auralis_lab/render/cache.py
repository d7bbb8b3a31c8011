"""A rendered track read through the cache of rendered blocks.

The cache itself is :mod:`auralis_lab.render.blockcache`; its names are here as well.

Conventions: audio is ``float32``, shape ``(channels, frames)``; positions are absolute frames.
"""

from __future__ import annotations

import numpy as np

from auralis_lab.audio import Audio, check_span
from auralis_lab.render.blockcache import BlockCache, shared_cache
from auralis_lab.render.blockkeys import BlockKey, CacheStats
from auralis_lab.render.renderer import ENGINE_VERSION, Renderer

__all__ = [
    "BLOCK_FRAMES",
    "BlockCache",
    "BlockKey",
    "CacheStats",
    "CachedRenderer",
    "shared_cache",
]

BLOCK_FRAMES = 1 << 16


class CachedRenderer:
    """A rendered track read through a cache, in blocks that lie on one grid for everybody.

    What :meth:`read` returns is what the renderer would, bit for bit. A plan that bypasses, and a
    renderer with stages of the user's own, go past the cache: the first costs nothing to make, and
    of the second nobody can tell whether it is still the same.

    Parameters
    ----------
    renderer : Renderer
        Makes what is missing.
    cache : BlockCache
        Keeps it.
    audio_key : str
        Identity of the samples of the renderer's source.

    Notes
    -----
    Like its renderer it belongs to one thread; the cache is for all.
    """

    def __init__(self, renderer: Renderer, cache: BlockCache, audio_key: str) -> None:
        self.renderer, self.cache, self.audio_key = renderer, cache, audio_key
        self._plan_hash = renderer.plan.hash
        self._passes = renderer.plan.is_bypass or bool(getattr(renderer, "inserts", ()))

    @property
    def rate_hz(self) -> int:
        """Sample rate, that of the source."""
        return self.renderer.rate_hz

    @property
    def channels(self) -> int:
        """Number of channels, that of the source."""
        return self.renderer.channels

    @property
    def total_frames(self) -> int:
        """Length, exactly that of the source."""
        return self.renderer.total_frames

    def read(self, start_frame: int, frames: int) -> Audio:
        """Frames from `start_frame` on; fewer only at the end.

        Raises
        ------
        ParameterError
            If a number is negative.
        DecodeError
            If the source cannot be read.
        """
        check_span(start_frame, frames)
        if self._passes:
            return self.renderer.read(start_frame, frames)
        if frames == 0:
            return np.zeros((self.channels, 0), np.float32)
        stop, pieces = start_frame + frames, []
        for at in range(start_frame // BLOCK_FRAMES * BLOCK_FRAMES, stop, BLOCK_FRAMES):
            block = self._block(at)
            pieces.append(block[:, max(0, start_frame - at) : stop - at])
            if block.shape[1] < BLOCK_FRAMES:
                break
        return np.concatenate(pieces, axis=1)

    def _block(self, at: int) -> Audio:
        key = BlockKey(self.audio_key, self._plan_hash, ENGINE_VERSION, at, BLOCK_FRAMES)
        return self.cache.get_or_render(key, lambda: self.renderer.read(at, BLOCK_FRAMES))
