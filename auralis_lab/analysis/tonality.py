"""Tones against noise and clicks, and which pitch classes prevail.

Conventions: what cannot be measured is ``None``, never 0. Pitch classes refer to A = 440 Hz in
equal temperament, C first; they are read from the spectral peaks of four octaves, A2 to G#6.

Harmonic is what lasts longer than it is broad: medians over time and over frequency, as in
D. FitzGerald, "Harmonic/percussive separation using median filtering", DAFx 2010, with a margin
between the two, so that noise is neither (J. Driedger, M. Müller and S. Disch, "Extending
harmonic-percussive separation of audio signals", ISMIR 2014). Here on bands of a twelfth of an
octave, 8 Hz at least, 25 times a second.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.stft import LONG_STEP, SPLIT_HZ, Doubles, Floats, Frames, point_edges_hz

__all__ = ["Tonality", "TonalityMeter"]

_LOWEST_BAND_HZ, _LEAST_WIDTH_HZ = 24.0, 8.0
_TIME_REACH = 8  # frames of 40 ms to either side: 0.68 s
_BAND_REACH = 8
_JUDGED_TOGETHER = 4  # seconds, since what surrounds them is looked at as well
_MARGIN = 4.0  # in power: 6 dB between what lasts and what is broad
_LOWEST_PITCH_HZ = 440 * 2 ** (-24.5 / 12)
_PITCH_OCTAVES = 4
_C_HZ = 440 * 2 ** (-9 / 12)
_LATER = 10  # frames: 0.4 s, so that the two windows share nothing
_SILENCE = 1e-10  # of a full-scale sine
_LEAST_PITCHED = 1e-5  # of all energy: less is what leaks from other octaves


@dataclass(frozen=True)
class Tonality:
    """What is pitched in a track.

    Attributes
    ----------
    harmonic_ratio : float or None
        Share of the energy that lasts and is not broad, 0 to 1.
    pitch_stability : float or None
        Correlation of the prominent pitch classes with those 0.4 s later, 0 to 1, mean over the
        track weighted by energy; 0 where there are none or they are opposed. None under half a
        second and without energy in the four octaves.
    chroma_strength : float or None
        Share of the pitched energy that would have to move for all pitch classes to be alike, over
        the most it can be: 0 (all alike) to 1 (one alone).
    chroma : tuple of float
        Share of each of the 12 pitch classes, C first, sum 1; empty when not measurable.
    """

    harmonic_ratio: float | None = None
    pitch_stability: float | None = None
    chroma_strength: float | None = None
    chroma: tuple[float, ...] = ()


class TonalityMeter:
    """Takes the shared frames in order and keeps a few seconds of them.

    Parameters
    ----------
    rate_hz : int
    long_hz_per_bin : float
        Of the long frames.
    """

    def __init__(self, rate_hz: int, long_hz_per_bin: float) -> None:
        self._low_edges = (_low_edges_hz() / long_hz_per_bin).astype(np.float32)
        self._upper = point_edges_hz(rate_hz).index(SPLIT_HZ)
        self._pitch_bins = (
            math.ceil(_LOWEST_PITCH_HZ / long_hz_per_bin),
            math.ceil(_LOWEST_PITCH_HZ * 2**_PITCH_OCTAVES / long_hz_per_bin),
        )
        bins = np.maximum(np.arange(self._pitch_bins[1] + 2), 0.5)
        self._pitches = 12 * np.log2(bins * long_hz_per_bin / _C_HZ)
        bands = len(self._low_edges) - 1 + len(point_edges_hz(rate_hz)) - 1 - self._upper
        self._bands = np.zeros((0, bands), dtype=np.float32)
        self._pending = 0  # rows at the end that have not been judged
        self._harmonic = self._whole = 0.0
        self._chroma = np.zeros(12)
        self._recent = np.zeros((0, 13))  # energy, prominent pitch classes
        self._rows: tuple[Floats, ...] = ()  # gathered, second by second: bands,
        self._classes: tuple[Doubles, ...] = ()  # and energy with pitch classes
        self._alike = self._compared = 0.0

    def fork(self) -> TonalityMeter:
        """A meter that goes on from here by itself."""
        return copy.copy(self)

    def push(self, frames: Frames) -> None:
        """Take the next frames."""
        from auralis_lab.analysis.stftkernels import band_sums
        from auralis_lab.analysis.tonalkernels import chroma_rows

        low = band_sums(frames.long, self._low_edges)
        starts = np.arange(0, len(frames.points), LONG_STEP)
        counts = np.minimum(LONG_STEP, len(frames.points) - starts)[:, np.newaxis]
        high = np.add.reduceat(frames.points[:, self._upper :], starts, axis=0) / counts
        self._rows = (*self._rows, np.concatenate([low, high], axis=1, dtype=np.float32))
        every, prominent = chroma_rows(frames.long, *self._pitch_bins, self._pitches)
        self._chroma = self._chroma + every.sum(axis=0)
        energies = every.sum(axis=1, keepdims=True)
        self._classes = (*self._classes, np.concatenate([energies, prominent], axis=1))
        if len(self._rows) >= _JUDGED_TOGETHER:
            self._judge_rows()

    def result(self) -> Tonality:
        """What has been measured so far, as if the track ended here; the meter can go on."""
        ended = self.fork()
        ended._judge_rows()
        ended._judge(ended._pending)
        if ended._whole <= _SILENCE:
            return Tonality()
        pitched = float(ended._chroma.sum())
        harmonic_ratio = min(ended._harmonic / ended._whole, 1.0)
        if pitched <= _LEAST_PITCHED * ended._whole:
            return Tonality(harmonic_ratio)
        shares = ended._chroma / pitched
        strength = float(np.abs(shares - 1 / 12).sum()) / 2 * 12 / 11
        stability = ended._alike / ended._compared if ended._compared > 0 else None
        return Tonality(
            harmonic_ratio,
            None if stability is None else min(max(stability, 0.0), 1.0),
            min(strength, 1.0),
            tuple(shares.tolist()),
        )

    def _judge_rows(self) -> None:
        """Judge what has been gathered, as far as what surrounds it is known."""
        before = len(self._bands)
        self._bands = np.concatenate([self._bands, *self._rows])
        self._pending += len(self._bands) - before
        self._judge(self._pending - _TIME_REACH)
        self._compare(np.concatenate([self._recent, *self._classes]))
        self._rows = self._classes = ()

    def _judge(self, rows: int) -> None:
        """Sum the harmonic power of the next `rows`, and keep what later ones look back to."""
        if rows <= 0:
            return
        from auralis_lab.analysis.tonalkernels import harmonic_sums

        first = len(self._bands) - self._pending
        harmonic, whole = harmonic_sums(
            self._bands, first, first + rows, _TIME_REACH, _BAND_REACH, _MARGIN
        )
        self._harmonic += harmonic
        self._whole += whole
        self._pending -= rows
        self._bands = self._bands[max(first + rows - _TIME_REACH, 0) :]

    def _compare(self, known: Doubles) -> None:
        """Add how the pitch classes agree with those of the frames before."""
        before, after = known[:-_LATER], known[_LATER:]
        if len(after):
            energies = np.minimum(before[:, 0], after[:, 0])
            left = before[:, 1:] - before[:, 1:].mean(axis=1, keepdims=True)
            right = after[:, 1:] - after[:, 1:].mean(axis=1, keepdims=True)
            norms = np.sqrt((left**2).sum(axis=1) * (right**2).sum(axis=1))
            pitched = norms > 0
            products = (left * right).sum(axis=1)[pitched] / norms[pitched]
            self._alike += float(np.sum(products * energies[pitched]))
            self._compared += float(np.sum(energies))
        self._recent = known[-_LATER:]


def _low_edges_hz() -> npt.NDArray[np.float64]:
    """Edges of the bands below the split: a twelfth of an octave or 8 Hz, what is wider."""
    edges = [SPLIT_HZ]
    while edges[-1] > _LOWEST_BAND_HZ + _LEAST_WIDTH_HZ:
        edges.append(min(edges[-1] / 2 ** (1 / 12), edges[-1] - _LEAST_WIDTH_HZ))
    return np.array(edges[::-1])
