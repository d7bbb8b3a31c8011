"""What a rendered block is, and what a cache of them tells of itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

__all__ = ["BlockKey", "CacheStats"]


@dataclass(frozen=True)
class BlockKey:
    """What a rendered block is.

    Attributes
    ----------
    audio_key : str
        Identity of the source's samples.
    plan_hash : str
        Of the plan; see :attr:`auralis_lab.plan.model.Plan.hash`.
    engine_version : int
        Of the renderer.
    start_frame, frames : int
        Range asked for; the block is shorter where the track ends.
    """

    audio_key: str
    plan_hash: str
    engine_version: int
    start_frame: int
    frames: int

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of all fields."""
        fields = (
            self.audio_key, self.plan_hash, self.engine_version, self.start_frame, self.frames
        )  # fmt: skip
        return hashlib.sha256(json.dumps(fields).encode()).digest()


@dataclass(frozen=True)
class CacheStats:
    """What a cache of this process has done.

    Attributes
    ----------
    hits_memory, hits_disk, hits_shared : int
        Requests answered from memory, from disk, and with what another thread was just making.
    misses : int
        Blocks rendered.
    rendered_frames, rendering_ns : int
        Frames in them, and how long that took; several threads may have been at it.
    waits_ended : int
        Requests that rendered for themselves because another renderer took too long.
    damaged : int
        Files on disk that were not the block they should be; removed.
    disk_errors : int
        Times that the folder could not be used.
    memory_blocks, memory_bytes : int
        Held in memory now.
    """

    hits_memory: int
    hits_disk: int
    hits_shared: int
    misses: int
    rendered_frames: int
    rendering_ns: int
    waits_ended: int
    damaged: int
    disk_errors: int
    memory_blocks: int
    memory_bytes: int
