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
_FAVOURITE_BPM, _SPREAD_OCTAVES = 120.0, 1.3
_MULTIPLES = 4
_HIGHEST_DOUBLED_BPM = 200.0
_AS_STRONG = 0.95
_QUIET_NOVELTY = 0.05  # nepers: weaker movement is not a beat
_ONSET_RISE = 0.35  # nepers over the mean around it
_ONSET_REACH, _MEAN_REACH = 4, 40  # points
_BATCH_WINDOWS = 32
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
    """Takes the shared frames in order and keeps the novelty: 8 bytes a point.

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
        self._novelty: list[npt.NDArray[np.float16]] = []
        self._points = 0

    def fork(self) -> RhythmMeter:
        """A meter that goes on from here by itself."""
        other = copy.copy(self)
        other._novelty = list(self._novelty)
        return other

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
        self._novelty.append(novelty.astype(np.float16))
        self._points += len(novelty)

    def result(self) -> Rhythm:
        """What has been measured so far."""
        if self._points < CONTROL_RATE_HZ or self._loudest <= 0:
            return Rhythm()
        novelty = np.concatenate(self._novelty).astype(np.float32)
        onsets = find_onsets(novelty[:, -1])
        density_hz = len(onsets) * CONTROL_RATE_HZ / self._points
        tempo_bpm, stability = _tempo(novelty[:, :-1]) or (None, None)
        return Rhythm(tempo_bpm, stability, density_hz)


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


def _tempo(novelty: Floats) -> tuple[float, float] | None:
    """Tempo and its stability, of novelty of shape (points, streams)."""
    points = len(novelty)
    if points < _LEAST_S * CONTROL_RATE_HZ:
        return None
    window = min(points, _WINDOW_POINTS)
    starts = np.arange(0, points - window + 1, _HOP_POINTS)
    lags = min(int(0.6 * window), 60 * CONTROL_RATE_HZ * _MULTIPLES // 60)
    each = _autocorrelations(novelty, starts, window, lags)
    tempi_bpm = MIN_TEMPO_BPM * 2 ** np.arange(0, np.log2(MAX_TEMPO_BPM / MIN_TEMPO_BPM), 1 / 400)
    mean = each.mean(axis=0)
    strengths = _combs(mean[np.newaxis], tempi_bpm)[0]
    preferred = strengths * np.exp(
        -0.5 * (np.log2(tempi_bpm / _FAVOURITE_BPM) / _SPREAD_OCTAVES) ** 2
    )
    best = int(np.argmax(preferred))
    if strengths[best] < _least_strength(len(starts)):
        return None
    tempo_bpm = _octave_checked(float(tempi_bpm[best]), mean)
    tempo_bpm = _refined(tempo_bpm, mean)
    stability = _combs(each, np.array([tempo_bpm]))[:, 0]
    return tempo_bpm, float(np.clip(stability, 0.0, 1.0).mean())


def _least_strength(windows: int) -> float:
    """What noise hardly reaches by chance."""
    return 0.08 + 0.15 / math.sqrt(windows)


def _octave_checked(tempo_bpm: float, correlation: Doubles) -> float:
    """Twice the tempo if what lies half-way between beats is as strong as they are."""
    double_bpm = 2 * tempo_bpm
    if double_bpm > _HIGHEST_DOUBLED_BPM:
        return tempo_bpm
    slow, fast = _combs(correlation[np.newaxis], np.array([tempo_bpm, double_bpm]))[0]
    return double_bpm if fast > _AS_STRONG * slow else tempo_bpm


def _refined(tempo_bpm: float, correlation: Doubles) -> float:
    """Middle of the peak that the tempo is on."""
    nearby = tempo_bpm * 2 ** np.arange(-0.04, 0.04, 1 / 2000)
    strengths = _combs(correlation[np.newaxis], nearby)[0]
    nearby = nearby[np.argmax(strengths)] * 2 ** np.arange(-0.03, 0.03, 1 / 2000)
    strengths = _combs(correlation[np.newaxis], nearby)[0]
    above = np.maximum(strengths - 0.7 * strengths.max(), 0.0)
    return float(np.sum(nearby * above) / np.sum(above))


def _combs(correlations: Doubles, tempi_bpm: Doubles) -> Doubles:
    """Mean correlation at the first multiples of each beat, shape (windows, tempi)."""
    lags = 60 * CONTROL_RATE_HZ / tempi_bpm
    last = correlations.shape[1] - 1
    total = np.zeros((len(correlations), len(tempi_bpm)))
    counts = np.zeros(len(tempi_bpm))
    for multiple in range(1, _MULTIPLES + 1):
        places = np.minimum(multiple * lags, last)
        whole = np.minimum(places.astype(np.int64), last - 1)
        share = places - whole
        known = multiple * lags <= last
        values = correlations[:, whole] * (1 - share) + correlations[:, whole + 1] * share
        total += np.where(known, values, 0.0)
        counts += known
    return np.asarray(total / np.maximum(counts, 1) * (counts > 0))


def _autocorrelations(
    novelty: Floats, starts: npt.NDArray[np.int64], window: int, lags: int
) -> Doubles:
    """Correlation of each window with itself at lags 0 to `lags`, over all streams."""
    import scipy.fft

    size = 1 << (window + lags).bit_length()
    smooth = np.abs(scipy.fft.rfft(_SMOOTHING, size)) ** 2
    overlap = (window - np.arange(lags + 1)) / window
    rows = []
    for first in range(0, len(starts), _BATCH_WINDOWS):
        batch = starts[first : first + _BATCH_WINDOWS]
        total, power = 0.0, 0.0
        for stream in range(novelty.shape[1]):
            pieces = np.stack([novelty[s : s + window, stream] for s in batch]).astype(float)
            pieces -= pieces.mean(axis=-1, keepdims=True)
            powers = smooth * np.abs(scipy.fft.rfft(pieces, size, axis=-1)) ** 2
            sums = scipy.fft.irfft(powers, size, axis=-1)[:, : lags + 1]
            total = total + sums / overlap
            power = power + sums[:, :1] + window * _QUIET_NOVELTY**2
        rows.append(np.asarray(total / power))
    return np.concatenate(rows)
