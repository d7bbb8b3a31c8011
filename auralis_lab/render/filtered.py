"""The linear stages of a plan, readable at any position: EQ, gain, band dynamics and width.

Conventions: audio is ``float32``, shape ``(channels, frames)``; positions are absolute frames of
the track. Outside the track everything is zero, before and after the stage.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from auralis_lab.audio import Audio, Readable, check_span, db_to_gain
from auralis_lab.dsp.bands import BandFilter, side_gain
from auralis_lab.dsp.dynamics import BandGains
from auralis_lab.dsp.fir import curve_gain
from auralis_lab.dsp.kernels import all_finite
from auralis_lab.errors import ParameterError
from auralis_lab.plan.model import BandDynamics, Plan
from auralis_lab.render.derived import Derived

__all__ = ["Centred", "Filtered", "padded"]


class Centred(Derived):
    """A track with an offset taken off each channel.

    Parameters
    ----------
    source : Readable
        Where the original comes from. Not closed here.
    dc_offset : sequence of float
        What is subtracted from each channel, linear.

    Raises
    ------
    ParameterError
        If there is not one finite number for each channel.
    """

    def __init__(self, source: Readable, dc_offset: Sequence[float]) -> None:
        offset = np.asarray(dc_offset, np.float32)
        if offset.shape != (source.channels,) or not np.isfinite(offset).all():
            raise ParameterError(
                f"dc_offset={tuple(dc_offset)} must be {source.channels} finite numbers, one for"
                " each channel"
            )
        super().__init__(source)
        self._offset = offset[:, np.newaxis]

    def read(self, start_frame: int, frames: int) -> Audio:
        """Return up to `frames` frames from `start_frame` on; fewer only at the end."""
        audio: Audio = self.source.read(start_frame, frames) - self._offset
        return audio


class Filtered(Derived):
    """A track after the EQ, gain, dynamics and width of a plan.

    One or more than two channels have no side signal: the width is left out, and the dynamics move
    all channels alike. The last few blocks are kept, which changes nothing but the speed.

    Parameters
    ----------
    source : Readable
        Where the original comes from. Not closed here.
    plan : Plan
        What to do.
    reach_frames : int
        How far back reads in sequence overlap; so many frames of blocks are kept.
    """

    def __init__(self, source: Readable, plan: Plan, *, reach_frames: int = 0) -> None:
        super().__init__(source)
        rate = source.rate_hz
        curve, gain = curve_gain(plan.eq.frequencies_hz, plan.eq.gains_db), db_to_gain(plan.gain_db)
        width, moves = plan.width, plan.dynamics
        wide = width is not None and any(width.side_gains_db) and source.channels == 2
        self._filter = BandFilter(
            lambda hz: gain * curve(hz),
            rate,
            gains=None if moves is None else _band_gains(moves, rate),
            crossovers_hz=() if moves is None else moves.crossovers_hz,
            side=side_gain(width.crossovers_hz, width.side_gains_db)
            if width is not None and wide
            else None,
        )
        self._kept_blocks = 2 + -(-reach_frames // self._filter.hop)
        self._blocks: OrderedDict[int, Audio] = OrderedDict()
        self._end: int | None = None

    @property
    def history_frames(self) -> int:
        """How far back a read in sequence may look in the source behind the frames it returns."""
        return 2 * self._filter.half + 2 * self._filter.hop

    def read(self, start_frame: int, frames: int) -> Audio:
        """Return up to `frames` frames from `start_frame` on; fewer only at the end.

        Raises
        ------
        ParameterError
            If a number is negative, or the source holds NaN or infinity there.
        DecodeError
            If the source cannot be read.
        """
        check_span(start_frame, frames)
        hop, stop = self._filter.hop, start_frame + frames
        out = np.empty((self.channels, frames), np.float32)
        for index in range(start_frame // hop, -(-stop // hop)):
            at = index * hop
            block = self._block(index)
            lo, hi = max(start_frame, at), min(stop, at + hop)
            out[:, lo - start_frame : hi - start_frame] = block[:, lo - at : hi - at]
            if self._end is not None and self._end < hi:
                return np.ascontiguousarray(out[:, : max(0, self._end - start_frame)])
        return out

    def _block(self, index: int) -> Audio:
        block = self._blocks.get(index)
        if block is None:
            at = index * self._filter.hop
            first, stop = at - self._filter.half, at + self._filter.hop + self._filter.half
            window, end = padded(self.source, first, stop)
            if end is not None:
                self._end = end
            block = self._filter.block(window, at)
            if not all(all_finite(row) for row in block):
                raise ParameterError(_what_is_not_finite(window))
            self._blocks[index] = block
            if len(self._blocks) > self._kept_blocks:
                self._blocks.popitem(last=False)
        return block


def padded(source: Readable, start: int, stop: int) -> tuple[Audio, int | None]:
    """Read any range of frames, with zeros where the track has none.

    Parameters
    ----------
    source : Readable
        Where to read.
    start, stop : int
        The range; `start` may be negative, and either may lie past the end.

    Returns
    -------
    window : ndarray of float32, shape (channels, stop - start)
    end : int or None
        Where the track ends, if the range showed it.
    """
    first = max(start, 0)
    read = source.read(first, max(0, stop - first))
    if read.shape[1] == stop - start:
        return read, None
    end = None
    if read.shape[1] < stop - first:
        end = first + read.shape[1] if read.shape[1] else source.total_frames
    out = np.zeros((read.shape[0], stop - start), np.float32)
    out[:, first - start : first - start + read.shape[1]] = read
    return out, end


def _band_gains(moves: BandDynamics, rate_hz: int) -> BandGains:
    steps = np.frombuffer(moves.packed, "<i2").reshape(-1, moves.points)
    return BandGains(steps, moves.control_rate_hz, rate_hz)


def _what_is_not_finite(window: Audio) -> str:
    if np.isfinite(window).all():
        return "the plan's gains make samples too large for 32-bit floats"
    return "audio holds values that are not finite numbers"
