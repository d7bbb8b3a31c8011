"""The renderer: a plan applied to a source, frame by frame the same however it is asked.

Conventions: audio is ``float32``, shape ``(channels, frames)``; positions are absolute frames of
the track. Outside the track everything is zero, before and after every stage.
"""

from __future__ import annotations

from collections import OrderedDict

import numpy as np

from auralis_lab.audio import Audio, Readable, check_span, db_to_gain, seconds_to_frames
from auralis_lab.dsp.fir import LinearPhaseFir, design_taps
from auralis_lab.dsp.limiter import Limiter
from auralis_lab.errors import ParameterError
from auralis_lab.plan.model import Plan

__all__ = ["ENGINE_VERSION", "Renderer", "render"]

ENGINE_VERSION = 1  # changes whenever the same plan gives other samples
PIECE_FRAMES = 1 << 17  # rendered at a time, to bound memory


class Renderer:
    """The enhanced track, readable at any position.

    What :meth:`read` returns is a pure function of the source, the plan and the range: any
    partition of the track joins to the same samples bit for bit, in any order. The last few
    equalised blocks are kept, which saves work for reads in sequence and changes nothing else.

    Parameters
    ----------
    source : Readable
        Where the original comes from. Not closed here.
    plan : Plan
        What to do. A bypassing plan returns the source bit for bit.

    Notes
    -----
    One renderer belongs to one thread; make another, over a source of its own, for the next.
    """

    def __init__(self, source: Readable, plan: Plan) -> None:
        if plan.dynamics is not None or plan.width is not None:
            raise ParameterError("this renderer applies no band dynamics and no width")
        self.source = source
        self.plan = plan
        rate = source.rate_hz
        settings = plan.limiter
        self._fir = LinearPhaseFir(
            design_taps(plan.eq.frequencies_hz, plan.eq.gains_db, rate) * db_to_gain(plan.gain_db)
        )
        self._limiter = Limiter(
            ceiling=db_to_gain(settings.ceiling_dbtp - settings.margin_db),
            lookahead_frames=max(2, seconds_to_frames(settings.lookahead_ms / 1000, rate)),
            release_frames=max(1, seconds_to_frames(settings.release_ms / 1000, rate)),
        )
        reach = self._limiter.left + self._limiter.right
        self._kept_blocks = 2 + -(-reach // self._fir.hop)
        self._blocks: OrderedDict[int, Audio] = OrderedDict()
        self._end: int | None = None

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
        """Length, exactly that of the source."""
        return self.source.total_frames

    @property
    def history_frames(self) -> int:
        """How far back a read in sequence may look in the source behind the frames it returns."""
        return self._limiter.left + self._limiter.right + 2 * self._fir.half + 2 * self._fir.hop

    def read(self, start_frame: int, frames: int) -> Audio:
        """Render frames from `start_frame` on.

        Parameters
        ----------
        start_frame, frames : int
            Position and length, 0 or more.

        Returns
        -------
        audio : ndarray of float32, shape (channels, up to `frames`)
            Fewer frames only at the end of the track.

        Raises
        ------
        ParameterError
            If a number is negative.
        DecodeError
            If the source cannot be read.
        """
        check_span(start_frame, frames)
        if self.plan.is_bypass:
            return self.source.read(start_frame, frames)
        stop = start_frame + frames
        pieces = []
        for at in range(start_frame, stop, PIECE_FRAMES):
            piece = self._limited(at, min(at + PIECE_FRAMES, stop))
            pieces.append(piece)
            if self._end is not None and at + PIECE_FRAMES >= self._end:
                break
        if not pieces:
            return np.zeros((self.channels, 0), np.float32)
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)

    def _limited(self, start: int, stop: int) -> Audio:
        first = start - self._limiter.left
        window = self._equalised(first, stop + self._limiter.right)
        limited, _ = self._limiter.process(window, first)
        if self._end is not None:
            limited = limited[:, : max(0, self._end - start)]
        return limited

    def _equalised(self, start: int, stop: int) -> Audio:
        """EQ and make-up gain; zeros outside the track."""
        hop = self._fir.hop
        out = np.zeros((self.channels, stop - start), np.float32)
        for index in range(max(0, start) // hop, -(-stop // hop)):
            at = index * hop
            lo, hi = max(start, at), min(stop, at + hop)
            out[:, lo - start : hi - start] = self._block(index)[:, lo - at : hi - at]
        return out

    def _block(self, index: int) -> Audio:
        block = self._blocks.get(index)
        if block is None:
            at = index * self._fir.hop
            window = self._padded(at - self._fir.half, at + self._fir.hop + self._fir.half)
            block = self._fir.block(window)
            if self._end is not None and self._end < at + self._fir.hop:
                block[:, max(0, self._end - at) :] = 0
            self._blocks[index] = block
            if len(self._blocks) > self._kept_blocks:
                self._blocks.popitem(last=False)
        return block

    def _padded(self, start: int, stop: int) -> Audio:
        """Return source frames, zeros where the track has none; learns where it ends."""
        first = max(start, 0)
        read = self.source.read(first, stop - first)
        if read.shape[1] == stop - start:
            return read
        if read.shape[1] < stop - first:
            self._end = first + read.shape[1] if read.shape[1] else self.source.total_frames
        out = np.zeros((self.channels, stop - start), np.float32)
        out[:, first - start : first - start + read.shape[1]] = read
        return out


def render(
    source: Readable, plan: Plan, start_frame: int = 0, stop_frame: int | None = None
) -> Audio:
    """Apply a plan to a range of a track.

    Parameters
    ----------
    source : Readable
        The original.
    plan : Plan
        What to do.
    start_frame, stop_frame : int
        Range; to the end of the track when `stop_frame` is not given.

    Returns
    -------
    audio : ndarray of float32, shape (channels, frames)
        As many frames as the source has in the range.

    Raises
    ------
    ParameterError
        If the range is negative or reversed.
    """
    stop = source.total_frames if stop_frame is None else stop_frame
    if stop_frame is not None and stop_frame < start_frame:
        raise ParameterError(f"stop_frame={stop_frame} must be at or after {start_frame}")
    return Renderer(source, plan).read(start_frame, max(0, stop - start_frame))
