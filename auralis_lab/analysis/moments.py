"""The moments at which a track peaks, or would with more bass, middle or treble.

Conventions: samples are linear, full scale ±1.0. A moment is one frame; its parts are what a bank
of zero-phase filters passes at that frame, and add up to the sample. An equaliser of linear phase
with gains ``g`` makes of a sample with the parts ``p`` the sample ``Σ g p``: from the parts follows
what the highest samples become, without the audio.

The filters are triangles over the logarithm of frequency, half an octave from one to the next, read
from 0.2 s around the moment. The moments are the highest samples in blocks of 50 ms as they are and
with 6 dB more below 200 Hz, from there to 1.8 kHz, or above.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.stft import Doubles, Floats, Frames, SharedFrames
from auralis_lab.errors import ParameterError

__all__ = ["MomentMeter", "Moments", "moment_bands_hz"]

_LOWEST_HZ, _BANDS_PER_OCTAVE, _BANDS = 25.0, 2, 20
_BLOCKS_PER_S = 20
_KEPT = 8  # moments of each curve
_MORE = 2.0  # 6 dB
_BASS_S = 0.0045  # of the mean, taken twice, that keeps the bass
# Gains below 200 Hz, from there to 1.8 kHz, and above.
_CURVES = ((1.0, 1.0, 1.0), (_MORE, 1.0, 1.0), (1.0, _MORE, 1.0), (1.0, 1.0, _MORE))
_STEPS = 1000  # of the highest moment


@dataclass(frozen=True)
class Moments:
    """The highest samples of a track, and what of them lies at which frequencies.

    Attributes
    ----------
    bands_hz : tuple of float
        Centres of the filters, low to high; what lies outside belongs to the outermost.
    unit : float
        Linear value of 1 in `parts`.
    frames : tuple of int
        Where the moments lie, rising.
    parts : tuple, shape (moments, channels, bands)
        Of one or two channels; of more, that of the channel which is highest there.

    Raises
    ------
    ParameterError
        If there are not parts of every moment in every band.
    """

    bands_hz: tuple[float, ...] = ()
    unit: float = 0.0
    frames: tuple[int, ...] = ()
    parts: tuple[tuple[tuple[int, ...], ...], ...] = ()

    def __post_init__(self) -> None:
        shapes = {(len(rows), *(len(row) for row in rows)) for rows in self.parts}
        allowed = {(1, len(self.bands_hz)), (2, len(self.bands_hz), len(self.bands_hz))}
        if len(self.parts) != len(self.frames) or len(shapes) > 1 or not shapes <= allowed:
            raise ParameterError(
                f"parts of {len(self.frames)} moments must be one or two rows of"
                f" {len(self.bands_hz)} each"
            )

    def values(self) -> Doubles:
        """Linear parts, shape (moments, channels, bands)."""
        return self.unit * np.array(self.parts, dtype=np.float64)

    def less(self, offsets: Sequence[float]) -> Moments:
        """The same moments once an offset is taken off each channel."""
        if not self.frames or len(offsets) != len(self.parts[0]):
            return self
        steps = [round(offset / self.unit) for offset in offsets]
        parts = tuple(
            tuple((row[0] - step, *row[1:]) for row, step in zip(rows, steps, strict=True))
            for rows in self.parts
        )
        return replace(self, parts=parts)


def moment_bands_hz(rate_hz: int) -> tuple[float, ...]:
    """Centres of the filters below half the rate.

    Examples
    --------
    >>> [round(hz) for hz in moment_bands_hz(44_100)[::4]], len(moment_bands_hz(8000))
    ([25, 100, 400, 1600, 6400], 15)
    """
    centres = (_LOWEST_HZ * 2 ** (k / _BANDS_PER_OCTAVE) for k in range(_BANDS))
    return tuple(hz for hz in centres if hz < rate_hz / 2)


class MomentMeter:
    """Takes the shared frames in order and keeps the parts of a few dozen moments.

    Parameters
    ----------
    shared : SharedFrames
        Where they come from.
    """

    def __init__(self, shared: SharedFrames) -> None:
        self._bands_hz = moment_bands_hz(shared.rate_hz)
        self._rate_hz, self._factor, self._margin = shared.rate_hz, shared.factor, shared.margin
        self._bass_reach = round(_BASS_S / 2 * shared.low_rate_hz)
        self._filters = _filters(self._bands_hz, shared.rate_hz, 2 * self._margin)
        bass, middle, treble = np.array(_CURVES, dtype=np.float32).T
        self._weights = np.stack([treble, middle - treble, bass - middle], axis=1)
        self._frames = 0
        # Height and place of each curve's moments, highest first, and the parts by their place.
        self._highest: tuple[tuple[tuple[float, int], ...], ...] = ((),) * len(_CURVES)
        self._parts: dict[int, Doubles] = {}

    def fork(self) -> MomentMeter:
        """A meter that goes on from here by itself."""
        other = copy.copy(self)
        other._parts = dict(self._parts)
        return other

    def push(self, frames: Frames) -> None:
        """Take the next second."""
        from auralis_lab.analysis.momentkernels import highest_weighted, smoothed

        count = frames.audio.shape[1]
        edges = np.arange(_BLOCKS_PER_S + 1) * self._rate_hz // _BLOCKS_PER_S
        edges = np.append(edges[edges < count], count)
        bass = smoothed(frames.low, self._bass_reach)
        least = [kept[-1][0] if len(kept) == _KEPT else 0.0 for kept in self._highest]
        heights, places = highest_weighted(
            frames.audio, frames.low, bass, frames.low_first, self._factor, self._weights,
            np.array(least, np.float32), edges,
        )  # fmt: skip
        changed = False
        for curve in range(len(_CURVES)):
            changed |= self._take(curve, heights[:, curve], places[:, curve], frames)
        if changed:
            kept = {place for moments in self._highest for _, place in moments}
            self._parts = {place: parts for place, parts in self._parts.items() if place in kept}
        self._frames += count

    def _take(
        self, curve: int, heights: Floats, places: npt.NDArray[np.int64], frames: Frames
    ) -> bool:
        """Take those blocks of a second that are among a curve's highest."""
        moments = self._highest[curve]
        found = np.flatnonzero(heights > (moments[-1][0] if len(moments) == _KEPT else 0.0))
        if not len(found):
            return False
        new = [(float(heights[n]), self._frames + int(places[n])) for n in found]
        moments = tuple(sorted([*moments, *new], key=lambda each: (-each[0], each[1]))[:_KEPT])
        for _, place in moments:
            if place >= self._frames and place not in self._parts:
                self._parts[place] = self._parts_at(place - self._frames, frames)
        self._highest = (*self._highest[:curve], moments, *self._highest[curve + 1 :])
        return True

    def _parts_at(self, place: int, frames: Frames) -> Doubles:
        """What the filters pass at one frame of a second, shape (channels, bands)."""
        around = frames.around[:, place : place + 2 * self._margin]
        if len(around) > 2:
            around = around[[int(np.argmax(np.abs(around[:, self._margin])))]]
        return np.asarray(around @ self._filters, dtype=np.float64)

    def result(self) -> Moments:
        """What has been measured so far."""
        places = sorted(self._parts)
        highest = max((abs(float(row.sum())) for p in places for row in self._parts[p]), default=0)
        if not highest > 0:
            return Moments()
        unit = highest / _STEPS
        steps = [np.rint(self._parts[place] / unit).astype(np.int64).tolist() for place in places]
        parts = tuple(tuple(tuple(row) for row in rows) for rows in steps)
        return Moments(self._bands_hz, unit, tuple(places), parts)


def _filters(bands_hz: tuple[float, ...], rate_hz: int, size: int) -> Floats:
    """What each of `size` frames adds to what the filters pass at the middle one."""
    octaves = np.log2(np.maximum(np.arange(size // 2 + 1) * rate_hz / size, 1e-3))
    known = np.log2(bands_hz)
    rows = [np.interp(octaves, known, row) for row in np.eye(len(bands_hz))]
    taps = np.roll(np.fft.irfft(rows, size, axis=-1), size // 2, axis=-1)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    return np.asarray((window * taps).T, dtype=np.float32)
