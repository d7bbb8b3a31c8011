"""Chunk by chunk through a black box: what independent chunks sound like once they are joined.

The renderer needs none of this. It is for a function that nobody can ask for context: a user's
own, or a third-party effect with a memory of unknown length. Each chunk is processed as if it were
a track of its own, and neighbours are joined over their overlap.

Conventions: audio is ``float32``, shape ``(channels, frames)``; positions are absolute frames.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np

from auralis_lab.audio import Audio, Readable, as_audio, check_span
from auralis_lab.dsp.fades import CURVES, crossfade
from auralis_lab.errors import ParameterError, check_choice
from auralis_lab.render.grid import Chunk, ChunkGrid

__all__ = ["JOINS", "ChunkedRenderer", "Join", "Process"]

Join: TypeAlias = Literal["cut", "equal_power", "equal_gain"]
JOINS: tuple[Join, ...] = ("cut", *CURVES)

Process: TypeAlias = Callable[[Audio, int], Audio]


class ChunkedRenderer:
    """A track whose chunks went through a function one at a time, readable at any position.

    Parameters
    ----------
    source : Readable
        The original. Not closed here.
    grid : ChunkGrid
        Where chunks lie.
    process : callable
        ``process(audio, rate_hz) -> audio`` of the same shape; called once per chunk, with a copy.
    join : {'cut', 'equal_power', 'equal_gain'}
        How a chunk passes to the next: at once at its boundary, or over the overlap. See
        :func:`auralis_lab.dsp.fades.crossfade`.

    Raises
    ------
    ParameterError
        If `join` is unknown, or asks for an overlap the grid does not have.
    """

    def __init__(self, source: Readable, grid: ChunkGrid, process: Process, *, join: Join) -> None:
        check_choice("join", join, JOINS)
        if join != "cut" and len(grid) > 1 and grid.overlap_frames < 2:
            raise ParameterError(f"join={join!r} needs chunks that overlap by 2 frames or more")
        self.source = source
        self.grid = grid
        self.join = join
        self._process = process
        self._kept: OrderedDict[int, Audio] = OrderedDict()

    @property
    def rate_hz(self) -> int:
        """Sample rate, that of the source."""
        return self.source.rate_hz

    @property
    def channels(self) -> int:
        """Number of channels, that of the source."""
        return self.source.channels

    @property
    def total_frames(self) -> int:
        """Length covered by the grid."""
        return self.grid.total_frames

    def read(self, start_frame: int, frames: int) -> Audio:
        """Frames from `start_frame` on; fewer only at the end.

        Raises
        ------
        ParameterError
            If a number is negative, or the function changed the shape of a chunk.
        """
        check_span(start_frame, frames)
        stop = min(start_frame + frames, self.total_frames)
        out = np.zeros((self.channels, max(0, stop - start_frame)), np.float32)
        if out.shape[1] == 0:
            return out
        first = min(start_frame // self.grid.interval_frames, len(self.grid) - 1)
        for index in range(first, len(self.grid)):
            chunk = self.grid[index]
            if chunk.emit.start >= stop:
                break
            lo, hi = max(start_frame, chunk.emit.start), min(stop, chunk.emit.stop)
            at = chunk.emit.start
            out[:, lo - start_frame : hi - start_frame] = self._emitted(chunk)[:, lo - at : hi - at]
        return out

    def sides(self, index: int) -> tuple[Audio, Audio]:
        """Both renderings of the overlap at the start of chunk `index`, from 1 on."""
        fade = self.grid[index - 1].fade
        if fade is None:
            raise ParameterError("this grid has no overlap")
        before, after = self._chunk(self.grid[index - 1]), self._chunk(self.grid[index])
        return before[:, -fade.frames :], after[:, : fade.frames]

    def _emitted(self, chunk: Chunk) -> Audio:
        audio = self._chunk(chunk)[:, : chunk.emit.frames]
        if self.join == "cut" or chunk.index == 0:
            return audio
        before, after = self.sides(chunk.index)
        faded = crossfade(before, after, curve=self.join)
        return np.concatenate([faded, audio[:, faded.shape[1] :]], axis=1)

    def _chunk(self, chunk: Chunk) -> Audio:
        kept = self._kept.get(chunk.index)
        if kept is None:
            original = self.source.read(chunk.read.start, chunk.read.frames)
            kept = as_audio(self._process(original.copy(), self.rate_hz))
            if kept.shape != original.shape:
                raise ParameterError(
                    f"the function turned shape {original.shape} into {kept.shape}: "
                    "it must keep channels and frames"
                )
            self._kept[chunk.index] = kept
            if len(self._kept) > 2:
                self._kept.popitem(last=False)
        return kept
