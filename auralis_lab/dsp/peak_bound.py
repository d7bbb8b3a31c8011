"""Where a true peak can reach a threshold at all, by a bound that costs a fraction of it.

An interpolated value is ``sum of h_k x_k``. Write the taps as a straight line between two
neighbouring samples, scaled by their sum ``s``, plus a rest that has neither sum nor first moment;
the rest is then a filter ``q`` on the second differences of the signal, with ``q`` the double
running sum of the rest. So over a stretch with largest magnitude ``M`` and largest second
difference ``D``::

    |value| <= s M + (sum of |q|) D        and        |value| <= (sum of |h|) M

Music has little energy near the Nyquist frequency, so ``D`` is small where ``M`` is large, and the
bound tells that most stretches cannot reach the ceiling unless a sample nearly does.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from auralis_lab.audio import Audio
from auralis_lab.dsp.kernels import EIGHTHS, INTERPOLATOR_HALF, raise_by_eighths
from auralis_lab.dsp.true_peak import ANNEX2_PHASES, TRUE_PEAK_LEFT_FRAMES, raise_envelope

__all__ = ["STRETCH_FRAMES", "peaks_over", "tap_bounds"]

STRETCH_FRAMES = 32  # bounded at a time; at least the context of the interpolators
ROUNDING = 1.00001  # covers what 32-bit sums add to an interpolated value


def tap_bounds(taps: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    """Factors of the bound for one set of taps.

    Parameters
    ----------
    taps : ndarray, shape (taps,)
        An interpolator whose centre lies between two of its samples.

    Returns
    -------
    magnitude : float
        Sum of magnitudes of the taps.
    line, bend : float
        Magnitude of the sum of the taps, and of the filter on second differences.
    """
    total = float(taps.sum())
    centre = float((taps * np.arange(taps.size)).sum()) / total
    at = int(centre)
    rest = taps.copy()
    rest[at] -= total * (1 - (centre - at))
    rest[at + 1] -= total * (centre - at)
    bend = float(np.abs(np.cumsum(np.cumsum(rest))[:-2]).sum())
    return float(np.abs(taps).sum()), abs(total), bend


_BOUNDS = np.array([tap_bounds(taps) for taps in (*ANNEX2_PHASES, *EIGHTHS)])
_MAGNITUDE_BITS = np.int32(0x7FFFFFFF)
_MAGNITUDE = float(max(1.0, _BOUNDS[:, 0].max()))
_LINES = np.array([(1.0, 0.0), *sorted({(float(s), float(b)) for _, s, b in _BOUNDS})])


def peaks_over(window: Audio, ceiling: float, refine_above: float) -> npt.NDArray[np.float32]:
    """True-peak envelope of a window where it may exceed a ceiling, zero where it cannot.

    Parameters
    ----------
    window : ndarray, shape (channels, 12 + frames + 12)
        Finite samples with their context.
    ceiling : float
        Linear. Values at or below it are of no interest: they may be given as zero.
    refine_above : float
        Linear; where the envelope exceeds it, it is refined to eight points a frame.

    Returns
    -------
    envelope : ndarray of float32, shape (frames,)
        Wherever the true peak exceeds the ceiling, its exact value.
    """
    envelope = np.zeros(window.shape[1] - 2 * INTERPOLATOR_HALF, np.float32)
    _fill(np.ascontiguousarray(window), envelope, ceiling, refine_above)
    return envelope


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _fill(
    window: Audio, envelope: npt.NDArray[np.float32], ceiling: float, refine_above: float
) -> None:  # pragma: no cover - compiled
    frames = envelope.shape[0]
    reachable = np.zeros(-(-frames // STRETCH_FRAMES), np.bool_)
    for channel in range(window.shape[0]):
        _mark(window[channel], ceiling, reachable)
    annex = INTERPOLATOR_HALF - TRUE_PEAK_LEFT_FRAMES
    for index in range(reachable.shape[0]):
        if not reachable[index]:
            continue
        start = index * STRETCH_FRAMES
        part = envelope[start : start + STRETCH_FRAMES]
        for channel in range(window.shape[0]):
            raise_envelope(window[channel, start + annex :], part)
        for channel in range(window.shape[0]):
            raise_by_eighths(window[channel, start + 1 :], part, refine_above)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _mark(
    x: npt.NDArray[np.float32], ceiling: float, reachable: npt.NDArray[np.bool_]
) -> None:  # pragma: no cover - compiled
    """Mark the stretches in which one channel may exceed the ceiling."""
    bends = np.empty(2 * STRETCH_FRAMES - 2, np.float32)
    before = _largest(x[:STRETCH_FRAMES])
    # A stretch and its context lie in two consecutive cells of the window.
    for index in range(reachable.shape[0]):
        start = index * STRETCH_FRAMES
        largest = _largest(x[start + STRETCH_FRAMES : start + 2 * STRETCH_FRAMES])
        top = max(largest, before) * ROUNDING
        before = largest
        if top * _MAGNITUDE <= ceiling or reachable[index]:
            continue
        around = x[start : start + 2 * STRETCH_FRAMES]
        known = bends[: max(0, around.shape[0] - 2)]
        for n in range(known.shape[0]):
            known[n] = (around[n] - around[n + 1]) + (around[n + 2] - around[n + 1])
        curve = _largest(known) * ROUNDING
        for line in range(_LINES.shape[0]):
            if top * _LINES[line, 0] + curve * _LINES[line, 1] > ceiling:
                reachable[index] = True


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _largest(x: npt.NDArray[np.float32]) -> np.float32:  # pragma: no cover - compiled
    """Largest magnitude; the bits of positive floats have the order of integers."""
    bits = x.view(np.int32)
    largest = np.int32(0)
    for n in range(bits.shape[0]):
        size = bits[n] & _MAGNITUDE_BITS
        largest = size if size > largest else largest
    return np.int32(largest).view(np.float32)
