"""Chunk by chunk through a black box: what independent chunks sound like once they are joined.

The renderer needs none of this. It is for a function that nobody can ask for context: a user's
own, or a third-party effect with a memory of unknown length. Each chunk is processed as if it were
a track of its own, with some context on both sides that is cut away again, and neighbours are
joined over their overlap. A chunk depends on the source and the grid alone, never on what was read
before, as far as the function itself remembers nothing.

Conventions: audio is ``float32``, shape ``(channels, frames)``; positions are absolute frames.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from auralis_lab.audio import Audio, Readable, check_span, frames_to_seconds, seconds_to_frames
from auralis_lab.dsp.fades import CURVES, crossfade
from auralis_lab.errors import ParameterError, check_choice
from auralis_lab.render.derived import Derived
from auralis_lab.render.grid import CHUNK_S, INTERVAL_S, Chunk, ChunkGrid
from auralis_lab.render.joins import JoinRecord, record_join
from auralis_lab.render.processing import ChunkError, Process, processed

__all__ = ["JOINS", "BlackBox", "ChunkError", "ChunkedRenderer", "Join", "Process", "black_box"]

Join: TypeAlias = Literal["cut", "equal_power", "equal_gain", "matched"]
JOINS: tuple[Join, ...] = ("cut", *CURVES)
CONTEXT_S = 1.0
KEPT_CHUNKS = 2


class ChunkedRenderer(Derived):
    """A track whose chunks went through a function one at a time, readable at any position.

    Parameters
    ----------
    source : Readable
        The original. Not closed here.
    grid : ChunkGrid
        Where chunks lie.
    process : callable
        ``process(audio, rate_hz) -> audio`` of the same shape and dtype, all values finite; called
        with a copy, once per chunk when the track is read in order.
    join : {'cut', 'equal_power', 'equal_gain', 'matched'}
        How a chunk passes to the next: at once at its boundary, or over the overlap. See
        :func:`auralis_lab.dsp.fades.crossfade`.
    context_frames : int
        How much more of the track the function gets on each side of a chunk, as far as there is
        any. What it makes of that is cut away.

    Raises
    ------
    ParameterError
        If `join` is unknown or asks for an overlap the grid does not have, or the context is
        negative.

    Notes
    -----
    One belongs to one thread, as a renderer does. It holds two chunks and one overlap.
    """

    def __init__(
        self,
        source: Readable,
        grid: ChunkGrid,
        process: Process,
        *,
        join: Join,
        context_frames: int = 0,
    ) -> None:
        check_choice("join", join, JOINS)
        if join != "cut" and len(grid) > 1 and grid.overlap_frames < 2:
            raise ParameterError(f"join={join!r} needs chunks that overlap by 2 frames or more")
        if context_frames < 0:
            raise ParameterError(f"context_frames={context_frames} must be 0 or more")
        super().__init__(source)
        self.grid = grid
        self.join = join
        self.context_frames = context_frames
        self._process = process
        self._kept: OrderedDict[int, Audio] = OrderedDict()
        self._fade: tuple[int, Audio] | None = None
        self._records: dict[int, JoinRecord] = {}

    @property
    def total_frames(self) -> int:
        """Length covered by the grid."""
        return self.grid.total_frames

    def read(self, start_frame: int, frames: int) -> Audio:
        """Frames from `start_frame` on; fewer only at the end.

        Raises
        ------
        ParameterError
            If a number is negative.
        ChunkError
            If the function fails on a chunk, or changes its shape or dtype, or returns values that
            are not finite.
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
            out[:, lo - start_frame : hi - start_frame] = self._emitted(chunk, lo, hi)
        return out

    def sides(self, index: int) -> tuple[Audio, Audio]:
        """Both renderings of the overlap at the start of chunk `index`, from 1 on."""
        if index < 1:
            raise ParameterError(f"index={index} must be 1 or more: the first chunk has no join")
        fade = self.grid[index - 1].fade
        if fade is None:
            raise ParameterError("this grid has no overlap")
        before, after = self._chunk(self.grid[index - 1]), self._chunk(self.grid[index])
        return before[:, -fade.frames :], after[:, : fade.frames]

    @property
    def joins(self) -> tuple[JoinRecord, ...]:
        """How every join was made, in order; renders what has not been rendered yet."""
        for chunk in self.grid.chunks[1:]:
            if chunk.index not in self._records:
                self._join(chunk)
        return tuple(self._records[index] for index in sorted(self._records))

    def _emitted(self, chunk: Chunk, lo: int, hi: int) -> Audio:
        """Frames `lo` to `hi` of what a chunk stands for in the output."""
        at, fade = chunk.emit.start, None
        if self.join != "cut" and chunk.index:
            fade = self.grid[chunk.index - 1].fade
        if fade is None or lo >= fade.stop:
            return self._chunk(chunk)[:, lo - at : hi - at]
        faded = self._faded(chunk)[:, lo - at : hi - at]
        if hi <= fade.stop:
            return faded
        return np.concatenate([faded, self._chunk(chunk)[:, fade.stop - at : hi - at]], axis=1)

    def _faded(self, chunk: Chunk) -> Audio:
        if self._fade is None or self._fade[0] != chunk.index:
            self._join(chunk)
        assert self._fade is not None
        return self._fade[1]

    def _join(self, chunk: Chunk) -> None:
        """Join a chunk to the one before it, and note how."""
        fade = self.grid[chunk.index - 1].fade
        sides = None if fade is None else self.sides(chunk.index)
        self._records[chunk.index] = record_join(chunk.emit.start, sides, law=self.join)
        if sides is not None and self.join != "cut":
            self._fade = chunk.index, crossfade(*sides, curve=self.join)

    def _chunk(self, chunk: Chunk) -> Audio:
        kept = self._kept.get(chunk.index)
        if kept is None:
            kept = self._kept[chunk.index] = self._processed(chunk)
            if len(self._kept) > KEPT_CHUNKS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(chunk.index)
        return kept

    def _processed(self, chunk: Chunk) -> Audio:
        first = max(0, chunk.read.start - self.context_frames)
        last = min(self.total_frames, chunk.read.stop + self.context_frames)
        original = self.source.read(first, last - first)
        if original.shape[1] != last - first:
            raise self._error(chunk, f"its source ends after {first + original.shape[1]} frames")
        try:
            made = processed(self._process, original, self.rate_hz)
        except ParameterError as error:
            raise self._error(chunk, str(error)) from (error.__cause__ or error)
        # A copy: the function may use its own memory again for the next chunk.
        return made[:, chunk.read.start - first : chunk.read.stop - first].copy()

    def _error(self, chunk: Chunk, reason: str) -> ChunkError:
        start_s = frames_to_seconds(chunk.read.start, self.rate_hz)
        return ChunkError(
            chunk.index, start_s, frames_to_seconds(chunk.read.stop, self.rate_hz), reason
        )


@dataclass(frozen=True)
class BlackBox:
    """A function made into a stage; made by :func:`black_box`. Call it with what comes before."""

    function: Process
    chunk_s: float
    interval_s: float
    context_s: float
    join: Join

    def __call__(self, source: Readable) -> ChunkedRenderer:
        """Put the function behind a source; waits until the source's length is known."""
        grid = ChunkGrid.for_rate(
            source.total_frames, source.rate_hz, chunk_s=self.chunk_s, interval_s=self.interval_s
        )
        context = seconds_to_frames(self.context_s, source.rate_hz)
        return ChunkedRenderer(source, grid, self.function, join=self.join, context_frames=context)


def black_box(
    function: Process,
    *,
    chunk_s: float = CHUNK_S,
    interval_s: float = INTERVAL_S,
    context_s: float = CONTEXT_S,
    join: Join = "matched",
) -> BlackBox:
    """Make a stage out of a function on arrays, to be put into a renderer's chain.

    Parameters
    ----------
    function : callable
        ``function(audio, rate_hz) -> audio``: float32, shape ``(channels, frames)``, both kept;
        float64 is rounded to float32.
        It should give the same for the same; what it remembers from call to call breaks that.
    chunk_s, interval_s : float
        Length of a chunk, and from the start of one to the next; see :class:`ChunkGrid`.
    context_s : float
        What it hears more on both sides of each chunk, so that it has settled where the chunk
        begins. Longer than its own memory is enough.
    join : {'cut', 'equal_power', 'equal_gain', 'matched'}
        How neighbouring chunks are joined.

    Returns
    -------
    stage : BlackBox
        ``stage(source)`` is readable at any position, and lists its joins for
        :func:`auralis_lab.render.seams.seam_report`.

    Raises
    ------
    ParameterError
        If `function` cannot be called, `join` is unknown, a time is negative or not finite, or a
        chunk is not one to two times as long as the interval.

    Examples
    --------
    >>> import numpy as np
    >>> from auralis_lab.io.array import ArraySource
    >>> track = ArraySource(np.ones((1, 8_000), np.float32), 8_000)
    >>> softer = black_box(lambda audio, rate_hz: 0.5 * audio, chunk_s=0.6, interval_s=0.4)(track)
    >>> float(softer.read(3_000, 1)[0, 0])
    0.5
    >>> print(softer.joins[0])
    frame 3200: matched, correlation 1.000, weights 0.500 and 0.500 half way, level +0.0 dB
    """
    if not callable(function):
        raise ParameterError(f"function={function!r} must be callable: function(audio, rate_hz)")
    check_choice("join", join, JOINS)
    for name, value in (("chunk_s", chunk_s), ("interval_s", interval_s), ("context_s", context_s)):
        if not 0 <= value < float("inf"):
            raise ParameterError(f"{name}={value!r} must be a finite number, 0 or more")
    if not interval_s <= chunk_s <= 2 * interval_s:
        limits = f"one to two times interval_s={interval_s:g}"
        raise ParameterError(f"chunk_s={chunk_s:g} must be {limits}")
    return BlackBox(function, chunk_s, interval_s, context_s, join)
