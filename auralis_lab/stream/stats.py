"""How the rendering behind all streams of this process is doing."""

from __future__ import annotations

from auralis_lab.render.blockkeys import CacheStats
from auralis_lab.render.cache import shared_cache

__all__ = ["CacheStats", "rendering_stats"]


def rendering_stats() -> CacheStats:
    """Hits, misses and speed of the cache of rendered blocks that all streams share."""
    return shared_cache().stats
