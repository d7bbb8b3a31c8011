"""An enhanced track opened for listening, its blocks shared with everybody who hears the same.

A seek back, the other side of a comparison and a second visitor get what was rendered before,
from the cache of rendered blocks (:mod:`auralis_lab.render.cache`).
"""

from __future__ import annotations

from auralis_lab.audio import Audio
from auralis_lab.plan.model import Plan
from auralis_lab.render.cache import BlockCache, CachedRenderer, shared_cache
from auralis_lab.render.renderer import Renderer
from auralis_lab.stream.programme import ReadableStream

__all__ = ["EnhancedStream"]


class EnhancedStream:
    """The enhanced track over a source of its own, which it closes.

    Parameters
    ----------
    source : ReadableStream
        The original.
    plan : Plan
        What is done to it.
    total_frames : int or None
        True length as measured; ``None`` if only the source knows, perhaps once it is decoded.
    audio_key : str
        Identity of the source's samples.
    cache : BlockCache, optional
        Where rendered blocks are kept, by default the one that this process shares.
    """

    def __init__(
        self,
        source: ReadableStream,
        plan: Plan,
        total_frames: int | None,
        *,
        audio_key: str,
        cache: BlockCache | None = None,
    ) -> None:
        self.plan = plan
        self.rate_hz = source.rate_hz
        self.channels = source.channels
        self._frames = total_frames
        self._source = source
        kept = shared_cache() if cache is None else cache
        self._rendered = CachedRenderer(Renderer(source, plan), kept, audio_key)

    @property
    def frames_is_estimate(self) -> bool:
        """Whether the true length is still unknown."""
        return self._frames is None and bool(getattr(self._source, "frames_is_estimate", False))

    @property
    def total_frames(self) -> int:
        """True length; may wait until it is known."""
        return self._source.total_frames if self._frames is None else self._frames

    def read(self, start_frame: int, frames: int) -> Audio:
        """Frames from `start_frame` on; fewer only at the end."""
        return self._rendered.read(start_frame, frames)

    def close(self) -> None:
        """Close the source."""
        self._source.close()
