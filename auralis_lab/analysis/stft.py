"""Short-time spectra that rhythm, tonality and envelopes share.

Conventions: powers are means over the channels, 1.0 for a full-scale sine. Point ``p`` lies at time
``p / 100`` s; its frames are centred on it, and what lies before the first and after the last frame
of the track is taken for zero. Window lengths are times, so that sample rates give alike results.

Three Hann windows serve: 21 ms at the full rate above `SPLIT_HZ`, 43 ms below it, both at every
point; and 171 ms at every fourth point, for pitch. The last two look at the signal decimated to
about 6 kHz. All lie on an absolute grid, second after second, and each second is transformed in
batches of one shape: the results do not depend on how the audio was cut.

The window of the points cannot tell 20 Hz from an offset. So what lies below `INFRASOUND_HZ` is
taken off the two lowest bands by its share in the nearest long frame.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.blocks import BlockFeed
from auralis_lab.analysis.definitions import CONTROL_RATE_HZ
from auralis_lab.analysis.stftwindows import Transform
from auralis_lab.audio import Audio

__all__ = ["LONG_STEP", "PASS_HZ", "SPLIT_HZ", "Frames", "SharedFrames", "point_edges_hz"]

SPLIT_HZ = 2500 / 2 ** (16 / 12)
"""Below this (992 Hz) the points are measured on the decimated signal with the longer window."""

LONG_STEP = 4
"""Points from one long frame to the next: 25 a second."""

PASS_HZ = 1800.0
"""Highest frequency that the decimated signal shows as it is."""

INFRASOUND_HZ = 20.0
"""What lies below is left out of the points."""

_LOW_EDGES_HZ = (0.0, 40.0, 80.0, 160.0, 250.0, 400.0, 630.0, SPLIT_HZ)
_LEAKED_INTO = 2  # of the lowest bands, by what lies below 20 Hz
_STEPS_PER_OCTAVE = 12
_HIGHEST_HZ = 20_000.0
_SHORT_S, _LOW_S, _LONG_S = 1024 / 48_000, 256 / 6000, 1024 / 6000
_MARGIN_S = 0.1
_LEAST_DECIMATED_HZ = 5500
_STOP_DB = 70.0

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Frames:
    """The powers of up to a second.

    Attributes
    ----------
    points : ndarray, shape (points, bands)
        Power of each band of `point_edges_hz`.
    long : ndarray, shape (long frames, bins)
        Power of each bin of the long frames of every fourth of these points.
    short_sums, long_sums : ndarray of float32, shape (3, bins)
        ``2 (|L|² + |R|²)``, ``|L|² - |R|²`` and ``2 Re(L R*)`` of each bin, L and R being the
        channels of all pairs: of the short frames that lie within the track (bins above
        `SPLIT_HZ`) and of the long ones. Times `short_scale` and `long_scale` of the source, the
        first is the power.
    whole : int
        Number of short frames that lie within the track.
    audio, decimated : ndarray of float32, shape (channels, frames)
        What was measured; valid until the next frames.
    around, low : ndarray of float32, shape (channels, frames)
        The same with the `margin` of the source before and after.
    low_first : int
        Where in `audio` the first frame of `low` lies, below 0.
    """

    points: Floats
    long: Floats
    short_sums: Floats
    long_sums: Floats
    whole: int
    audio: Audio
    decimated: Audio
    around: Audio
    low: Audio
    low_first: int


def point_edges_hz(rate_hz: int) -> tuple[float, ...]:
    """Edges around the bands that are measured at every point.

    They are coarse below `SPLIT_HZ`, twelve an octave above it, and end at 20 kHz or half the rate.
    """
    highest = min(_HIGHEST_HZ, rate_hz / 2)
    steps = range(1, 1 + math.ceil(_STEPS_PER_OCTAVE * math.log2(highest / SPLIT_HZ)))
    upper = [SPLIT_HZ * 2 ** (step / _STEPS_PER_OCTAVE) for step in steps]
    return (*_LOW_EDGES_HZ, *(hz for hz in upper if hz < highest * 0.999), highest)


class SharedFrames:
    """Streaming short-time spectra; takes blocks of any length and keeps two seconds.

    Parameters
    ----------
    rate_hz : int
        4,000 or more.
    channels : int
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        from auralis_lab.analysis.stftkernels import band_shares

        self.rate_hz = rate_hz
        self.channels = channels
        self.factor = 1 << max(0, int(math.log2(rate_hz / _LEAST_DECIMATED_HZ)))
        self.low_rate_hz = low_rate_hz = rate_hz / self.factor
        self._taps = _low_pass(rate_hz, self.factor)
        self.margin = math.ceil(_MARGIN_S * rate_hz)
        points = CONTROL_RATE_HZ
        self._short = Transform(rate_hz, _SHORT_S, points, channels)
        self._low = Transform(low_rate_hz, _LOW_S, points, channels)
        self._long = Transform(low_rate_hz, _LONG_S, points // LONG_STEP, channels)
        edges_hz = np.array(point_edges_hz(rate_hz))
        self._low_bands = len(_LOW_EDGES_HZ) - 1
        self._bands = len(edges_hz) - 1
        low_edges = (edges_hz[: self._low_bands + 1] / self._low.hz_per_bin).astype(np.float32)
        low_edges[0] = -0.5
        short_edges = edges_hz[self._low_bands :] / self._short.hz_per_bin
        self._low_shares = band_shares(low_edges)
        self._short_shares = band_shares(short_edges.astype(np.float32))
        self.short_hz_per_bin = self._short.hz_per_bin
        self.short_bins, self.long_bins = self._short.size // 2 + 1, self._long.size // 2 + 1
        self.long_hz_per_bin = self._long.hz_per_bin
        self.short_scale, self.long_scale = self._short.scale, self._long.scale
        self._feed = BlockFeed(channels, rate_hz)
        self._before = np.zeros((channels, self.margin), dtype=np.float32)
        self._now: Audio | None = None
        self._seconds = 0

    def push(self, audio: Audio) -> Iterator[Frames]:
        """Take the next frames and yield the seconds that they complete, one second late.

        Raises
        ------
        ParameterError
            If `audio` is not of shape (channels, frames) or holds NaN or infinity.
        """
        for second in self._feed.push(audio):
            if self._now is not None:
                yield self._measure(self._now, second)
            self._now = second.copy()

    def ending(self) -> Iterator[Frames]:
        """Yield what is left if the track ends here; pushing can go on as if it had not."""
        ended = copy.copy(self)
        rest = self._feed.rest
        if ended._now is not None:
            yield ended._measure(ended._now, rest)
        if rest.shape[1]:
            yield ended._measure(rest, rest[:, :0])

    def _measure(self, now: Audio, after: Audio) -> Frames:
        """Measure a second, or the shorter last one, between what surrounds it."""
        margin, frames = self.margin, now.shape[1]
        known = np.empty((self.channels, margin + frames + margin), dtype=np.float32)
        known[:, :margin] = self._before
        known[:, margin : margin + frames] = now
        ahead = min(margin, after.shape[1])
        known[:, margin + frames : margin + frames + ahead] = after[:, :ahead]
        known[:, margin + frames + ahead :] = 0.0
        first = self._seconds * self.rate_hz
        stop = first + frames + (ahead if ahead < margin else 1 << 62)
        measured = self._frames_of(known, frames, first, stop)
        self._before = known[:, frames : frames + margin].copy()
        self._seconds += 1
        return measured

    def _frames_of(self, known: Audio, frames: int, first: int, stop: int) -> Frames:
        """Measure a second that begins at frame `first` of a track that ends at `stop`."""
        from auralis_lab.analysis.stftkernels import gather_bands, gather_bins

        places = np.arange(CONTROL_RATE_HZ) * self.rate_hz // CONTROL_RATE_HZ
        places = places[places < frames]
        points = np.zeros((len(places), self._bands), dtype=np.float32)
        lower, upper = points[:, : self._low_bands], points[:, self._low_bands :]
        covered = self._short.covered(first + places, stop)
        whole = np.flatnonzero(np.broadcast_to(covered >= 1.0, (len(places), 1)))
        rows = (int(whole[0]), int(whole[-1]) + 1) if len(whole) else (0, 0)
        above = self._short.no_sums()
        short, low_ones, long_ones = self._short, self._low, self._long
        for stacks in short.stacks(known, places + self.margin):
            gather_bands(
                stacks, short.places, *self._short_shares, short.scale, *rows, upper, above
            )
        upper /= covered
        low, origin = self._decimated(known, first - self.margin)
        centres = (first + places + self.factor // 2) // self.factor
        unused = self._low.no_sums()
        for stacks in low_ones.stacks(low, centres - origin):
            gather_bands(
                stacks, low_ones.places, *self._low_shares, low_ones.scale, 0, 0, lower, unused
            )
        lower /= self._low.covered(centres, -(-stop // self.factor))
        centres = centres[::LONG_STEP]
        long = np.zeros((len(centres), self._long.size // 2 + 1), dtype=np.float32)
        below = self._long.no_sums()
        for stacks in long_ones.stacks(low, centres - origin):
            gather_bins(stacks, long_ones.places, long_ones.scale, long, below)
        audible = np.repeat(self._audible_share(long), LONG_STEP)[: len(places), np.newaxis]
        lower[:, :_LEAKED_INTO] *= audible
        from_low, to_low = -(-first // self.factor), -(-(first + frames) // self.factor)
        return Frames(
            points,
            long,
            above,
            below,
            rows[1] - rows[0],
            known[:, self.margin : self.margin + frames],
            low[:, from_low - origin : to_low - origin],
            known,
            low,
            origin * self.factor - first,
        )

    def _audible_share(self, long: Floats) -> Floats:
        """Share of the lowest bands' power above `INFRASOUND_HZ`, shape (long frames,)."""
        from auralis_lab.analysis.stftkernels import band_sums

        edges = np.array([0.0, INFRASOUND_HZ, _LOW_EDGES_HZ[_LEAKED_INTO]]) / self.long_hz_per_bin
        edges[0] = -0.5
        below, above = band_sums(long, edges.astype(np.float32)).T
        whole = below + above
        return np.asarray(np.divide(above, whole, out=np.ones_like(whole), where=whole > 0))

    def _decimated(self, known: Audio, start: int) -> tuple[Audio, int]:
        """Decimate `known`, which begins at frame `start`; also return its first place."""
        if self.factor == 1:
            return known, start
        from auralis_lab.analysis.stftkernels import decimate

        reach = len(self._taps) // 2
        origin = -((-start - reach) // self.factor)
        count = (start + known.shape[1] - 1 - reach) // self.factor - origin + 1
        low = np.empty((self.channels, count), dtype=np.float32)
        for channel, out in zip(known, low, strict=True):
            decimate(channel, self._taps, self.factor, origin * self.factor - reach - start, out)
        return low, origin


def _low_pass(rate_hz: int, factor: int) -> Floats:
    """Kaiser-windowed low-pass that keeps what folds out of the band that is used."""
    if factor == 1:
        return np.ones(1, dtype=np.float32)
    low_rate_hz = rate_hz / factor
    width = 2 * np.pi * (low_rate_hz - 2 * PASS_HZ) / rate_hz
    reach = math.ceil((_STOP_DB - 8) / (2.285 * width) / 2)
    n = np.arange(-reach, reach + 1)
    taps = np.sinc(n * low_rate_hz / rate_hz) * np.kaiser(len(n), 0.1102 * (_STOP_DB - 8.7))
    return np.asarray(taps / taps.sum(), dtype=np.float32)
