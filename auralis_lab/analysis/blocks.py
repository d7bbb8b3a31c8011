"""Reading forward, and blocks that lie on an absolute grid.

Conventions: audio is ``float32``, shape ``(channels, frames)``. A meter that only ever sees blocks
of one length, counted from the first frame of the track, does the same arithmetic however its
input was cut, so its result does not depend on the cutting.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from auralis_lab.audio import Audio, Readable
from auralis_lab.errors import ParameterError

__all__ = ["BlockFeed", "forward_blocks"]


class BlockFeed:
    """Turn pushes of any length into blocks of one length.

    Parameters
    ----------
    channels : int
    block_frames : int
        Length of every block that comes out.
    """

    def __init__(self, channels: int, block_frames: int) -> None:
        self.channels = channels
        self.block_frames = block_frames
        self._buffer = np.empty((channels, block_frames), dtype=np.float32)
        self._filled = 0

    @property
    def rest(self) -> Audio:
        """The frames pushed since the last whole block, fewer than a block."""
        return self._buffer[:, : self._filled].copy()

    def push(self, audio: Audio) -> Iterator[Audio]:
        """Take `audio` and yield the blocks that it completes; use each before asking for the next.

        Raises
        ------
        ParameterError
            If `audio` is not of shape (channels, frames) or holds NaN, infinity or values beyond
            ±1e12.
        """
        if audio.ndim != 2 or audio.shape[0] != self.channels:
            raise ParameterError(f"audio of shape {audio.shape} must be ({self.channels}, frames)")
        from auralis_lab.analysis.kernels import all_samples

        if not all_samples(np.ascontiguousarray(audio, dtype=np.float32)):
            raise ParameterError("audio holds values that are not finite numbers, or beyond 1e12")
        start, frames = 0, audio.shape[1]
        while start < frames:
            if self._filled == 0 and frames - start >= self.block_frames:
                block = audio[:, start : start + self.block_frames]
                start += self.block_frames
                yield np.ascontiguousarray(block, dtype=np.float32)
                continue
            take = min(self.block_frames - self._filled, frames - start)
            self._buffer[:, self._filled : self._filled + take] = audio[:, start : start + take]
            self._filled += take
            start += take
            if self._filled == self.block_frames:
                self._filled = 0
                yield self._buffer


def forward_blocks(source: Readable, block_frames: int) -> Iterator[Audio]:
    """Yield a source from its first frame to its last, without asking for its length.

    Parameters
    ----------
    source : Readable
        Its ``blocks(block_frames)`` is used when it has one, else ``read``.
    block_frames : int
        Length of every block but the last.
    """
    blocks = getattr(source, "blocks", None)
    if blocks is not None:
        yield from blocks(block_frames)
        return
    start = 0
    while True:
        block = source.read(start, block_frames)
        if block.shape[1]:
            yield block
        start += block.shape[1]
        if block.shape[1] < block_frames:
            return
