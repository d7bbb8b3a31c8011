"""Tempo, steadiness and onsets, from how fast the bands grow louder.

Conventions: what cannot be measured is ``None``, never 0. The novelty at a point is the mean over
bands (thirds of an octave, wider in the bass) of the rise of their level against two points (20 ms)
before, in nepers of power; a level counts from 40 dB below the loudest of the last seconds up. It
is the same for a loud and for a quiet copy.

The tempo is read from the autocorrelation of the novelty of low, middle and high bands, in windows
of 10 s: the lag whose first four multiples agree best, weighted towards 120 BPM. Twice that tempo
is taken if what lies half-way is as strong as the beat itself.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.definitions import CONTROL_RATE_HZ
from auralis_lab.analysis.stft import Floats, Frames, point_edges_hz

__all__ = ["MAX_TEMPO_BPM", "MIN_TEMPO_BPM", "Rhythm", "RhythmMeter", "find_onsets"]

MIN_TEMPO_BPM, MAX_TEMPO_BPM = 40.0, 240.0
"""Range of tempi that are told apart."""

_STREAM_EDGES_HZ = (160.0, 2500.0)
_GROUP_BANDS = 4  # of a twelfth of an octave
_LEAST_S = 4.0
_WINDOW_POINTS = 1024
_HOP_POINTS = 512
_LAGS = 400  # points: four beats at 60 BPM
_LEAST_LAG, _NEAR_LAGS = 15, 40  # points: below the first all agree, as the novelty is smooth
_FAVOURITE_BPM, _SPREAD_OCTAVES = 120.0, 1.3
_MULTIPLES = 4
_HIGHEST_DOUBLED_BPM = 200.0
_AS_STRONG = 0.95
_QUIET_NOVELTY = 0.05  # nepers: weaker movement is not a beat
_ONSET_RISE = 0.35  # nepers over the mean around it
_ONSET_REACH, _MEAN_REACH = 4, 40  # points
_JUDGED_TOGETHER = 500  # points
_SMOOTHING = np.array([1, 2, 3, 2, 1]) / 9

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rhythm:
    """When things happen in a track.

    Attributes
    ----------
    tempo_bpm : float or None
        Beats a minute; None where nothing repeats.
    stability : float or None
        Mean correlation of the novelty with itself one to four beats later, over windows of 10 s:
        1 for a beat that never wavers; None where there is no tempo.
    onset_density_hz : float or None
        Onsets a second; None for silence and under a second.
    """

    tempo_bpm: float | None = None
    stability: float | None = None
    onset_density_hz: float | None = None


class RhythmMeter:
    """Takes the shared frames in order and keeps ten seconds of novelty and its correlation.

    Parameters
    ----------
    rate_hz : int
    """

    def __init__(self, rate_hz: int) -> None:
        edges_hz = np.array(point_edges_hz(rate_hz))
        upper = int(np.searchsorted(edges_hz, 950.0))
        starts = [*range(upper), *range(upper, len(edges_hz) - 1, _GROUP_BANDS)]
        self._group_starts = np.array([*starts, len(edges_hz) - 1], dtype=np.int64)
        self._streams = np.searchsorted(_STREAM_EDGES_HZ, edges_hz[starts] + 1.0)
        self._before = np.zeros((2, len(starts)))
        self._loudest = 0.0
        self._points = 0
        self._recent = np.zeros((0, 3), dtype=np.float32)  # not yet behind every window
        self._correlation = np.zeros(_LAGS + 1)
        self._windows = 0
        self._edge = np.zeros(0, dtype=np.float32)  # what onsets are still judged by
        self._judged = 0  # points of it that have been
        self._onsets = 0

    def fork(self) -> RhythmMeter:
        """A meter that goes on from here by itself."""
        return copy.copy(self)

    def push(self, frames: Frames) -> None:
        """Take the next points."""
        from auralis_lab.analysis.rhythmkernels import rises

        novelty, self._before, self._loudest = rises(
            frames.points,
            self._group_starts,
            self._streams,
            self._before,
            self._loudest,
            self._points == 0,
        )
        self._points += len(novelty)
        self._edge = np.concatenate([self._edge, novelty[:, 3]])
        if len(self._edge) >= _JUDGED_TOGETHER:
            self._count_onsets(len(self._edge) - _MEAN_REACH)
        self._recent = np.concatenate([self._recent, novelty[:, :3]])
        while len(self._recent) >= _WINDOW_POINTS:
            window = self._recent[:_WINDOW_POINTS]
            self._correlation = self._correlation + _autocorrelation(window, _LAGS)
            self._windows += 1
            self._recent = self._recent[_HOP_POINTS:]

    def result(self) -> Rhythm:
        """What has been measured so far, as if the track ended here; the meter can go on."""
        if self._points < CONTROL_RATE_HZ or self._loudest <= 0:
            return Rhythm()
        ended = self.fork()
        ended._count_onsets(len(ended._edge))
        density_hz = ended._onsets * CONTROL_RATE_HZ / self._points
        tempo_bpm, stability = self._tempo() or (None, None)
        return Rhythm(tempo_bpm, stability, density_hz)

    def _count_onsets(self, stop: int) -> None:
        """Count the onsets at the points of the edge before `stop`, and forget what is past."""
        if stop <= self._judged:
            return
        places = find_onsets(self._edge)
        self._onsets += int(np.count_nonzero((places >= self._judged) & (places < stop)))
        first = max(stop - _MEAN_REACH, 0)
        self._edge = self._edge[first:]
        self._judged = stop - first

    def _tempo(self) -> tuple[float, float] | None:
        """Tempo and its stability; a track shorter than a window is one by itself."""
        if self._windows:
            return _tempo(self._correlation / self._windows, self._windows)
        points = len(self._recent)
        if points < _LEAST_S * CONTROL_RATE_HZ:
            return None
        return _tempo(_autocorrelation(self._recent, min(int(0.6 * points), _LAGS)), 1)


def find_onsets(novelty: Floats) -> npt.NDArray[np.int64]:
    """Points at which something begins.

    Parameters
    ----------
    novelty : ndarray, shape (points,)
        Mean rise over all bands.

    Returns
    -------
    points : ndarray of int64
        Where the novelty is highest within 40 ms to either side and 0.35 nepers above its mean over
        400 ms to either side.
    """
    summed = np.concatenate([[0.0], np.cumsum(novelty, dtype=np.float64)])
    places = np.arange(len(novelty))
    low = np.maximum(places - _MEAN_REACH, 0)
    high = np.minimum(places + _MEAN_REACH + 1, len(novelty))
    chosen = novelty > (summed[high] - summed[low]) / (high - low) + _ONSET_RISE
    for distance in range(1, _ONSET_REACH + 1):
        chosen[distance:] &= novelty[distance:] > novelty[:-distance]
        chosen[:-distance] &= novelty[:-distance] >= novelty[distance:]
    return np.flatnonzero(chosen)


def _tempo(correlation: Doubles, windows: int) -> tuple[float, float] | None:
    """Tempo and its stability, of the mean correlation of so many windows."""
    tempi_bpm = MIN_TEMPO_BPM * 2 ** np.arange(0, np.log2(MAX_TEMPO_BPM / MIN_TEMPO_BPM), 1 / 400)
    strengths = _combs(correlation, tempi_bpm)
    preferred = strengths * np.exp(
        -0.5 * (np.log2(tempi_bpm / _FAVOURITE_BPM) / _SPREAD_OCTAVES) ** 2
    )
    best = int(np.argmax(preferred))
    # Where something stops or begins in a window, all lags near each other agree: that is no beat.
    agreed = _agreed(correlation, float(tempi_bpm[best]))
    if strengths[best] - agreed < _least_strength(windows):
        return None
    tempo_bpm = _octave_checked(float(tempi_bpm[best]), correlation)
    tempo_bpm = _refined(tempo_bpm, correlation)
    stability = float(_combs(correlation, np.array([tempo_bpm]))[0])
    return tempo_bpm, min(max(stability, 0.0), 1.0)


def _agreed(correlation: Doubles, tempo_bpm: float) -> float:
    """What all lags near the first multiples of a beat have in common, 0 or more."""
    lags = np.arange(1, _MULTIPLES + 1) * 60 * CONTROL_RATE_HZ / tempo_bpm
    medians = [
        np.median(correlation[max(lag - _NEAR_LAGS, _LEAST_LAG) : lag + _NEAR_LAGS + 1])
        for lag in lags.astype(np.int64).tolist()
        if lag < len(correlation)
    ]
    return max(float(np.mean(medians)), 0.0) if medians else 0.0


def _least_strength(windows: int) -> float:
    """What noise hardly reaches by chance."""
    return 0.08 + 0.15 / math.sqrt(windows)


def _octave_checked(tempo_bpm: float, correlation: Doubles) -> float:
    """Twice the tempo if what lies half-way between beats is as strong as they are."""
    double_bpm = 2 * tempo_bpm
    if double_bpm > _HIGHEST_DOUBLED_BPM:
        return tempo_bpm
    slow, fast = _combs(correlation, np.array([tempo_bpm, double_bpm]))
    return double_bpm if fast > _AS_STRONG * slow else tempo_bpm


def _refined(tempo_bpm: float, correlation: Doubles) -> float:
    """Middle of the peak that the tempo is on."""
    nearby = tempo_bpm * 2 ** np.arange(-0.04, 0.04, 1 / 2000)
    strengths = _combs(correlation, nearby)
    nearby = nearby[np.argmax(strengths)] * 2 ** np.arange(-0.03, 0.03, 1 / 2000)
    strengths = _combs(correlation, nearby)
    above = np.maximum(strengths - 0.7 * strengths.max(), 0.0)
    return float(np.sum(nearby * above) / np.sum(above))


def _combs(correlation: Doubles, tempi_bpm: Doubles) -> Doubles:
    """Mean correlation at the first multiples of each beat, shape (tempi,)."""
    lags = 60 * CONTROL_RATE_HZ / tempi_bpm
    last = len(correlation) - 1
    total, counts = np.zeros(len(tempi_bpm)), np.zeros(len(tempi_bpm))
    for multiple in range(1, _MULTIPLES + 1):
        places = np.minimum(multiple * lags, last)
        whole = np.minimum(places.astype(np.int64), last - 1)
        share = places - whole
        known = multiple * lags <= last
        values = correlation[whole] * (1 - share) + correlation[whole + 1] * share
        total += np.where(known, values, 0.0)
        counts += known
    return np.asarray(total / np.maximum(counts, 1) * (counts > 0))


def _autocorrelation(novelty: Floats, lags: int) -> Doubles:
    """Correlation of novelty, shape (points, streams), with itself at lags 0 to `lags`."""
    points = len(novelty)
    size = 1 << (points + lags).bit_length()
    smooth = np.abs(np.fft.rfft(_SMOOTHING, size)) ** 2
    pieces = novelty.T.astype(np.float64)
    pieces -= pieces.mean(axis=-1, keepdims=True)
    powers = smooth * np.abs(np.fft.rfft(pieces, size, axis=-1)) ** 2
    sums = np.fft.irfft(powers, size, axis=-1)[:, : lags + 1]
    whole = sums[:, 0].sum() + len(pieces) * points * _QUIET_NOVELTY**2
    overlap = (points - np.arange(lags + 1)) / points
    return np.asarray(sums.sum(axis=0) / overlap / whole)
