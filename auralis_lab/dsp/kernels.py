"""Compiled loops of the limiter.

Every function takes a window of consecutive frames and gives values that depend on the absolute
position of a frame and the samples around it, never on where the window begins: recursions forget
within a stated reach, and sums run in an order fixed by a grid on absolute frame numbers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["INTERPOLATOR_HALF", "box_mean", "raise_by_eighths", "release_floor", "sliding_minimum"]

Row = npt.NDArray[np.float64]

INTERPOLATOR_HALF = 12


def _interpolator(offset: float) -> tuple[float, ...]:
    """Windowed-sinc taps for the point `offset` frames after the 12th of 24 samples."""
    n = np.arange(2 * INTERPOLATOR_HALF) - (INTERPOLATOR_HALF - 1) - offset
    taps = np.sinc(n) * np.i0(8.0 * np.sqrt(1 - (n / INTERPOLATOR_HALF) ** 2)) / np.i0(8.0)
    return tuple(float(v) for v in taps / taps.sum())


_QUARTER = np.array(_interpolator(0.25))
_HALF = np.array(_interpolator(0.5))
_THREE_QUARTERS = np.array(_interpolator(0.75))


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def raise_by_eighths(
    x: npt.NDArray[np.float32], envelope: npt.NDArray[np.float32], threshold: float
) -> None:  # pragma: no cover - compiled
    """Raise a true-peak envelope by the points between those of the standard's interpolator.

    Parameters
    ----------
    x : ndarray, shape (11 + frames + 12,)
        One channel with its context.
    envelope : ndarray, shape (frames,)
        Raised in place where it already exceeds `threshold`.
    threshold : float
        Linear; below it a frame is left alone.
    """
    for n in range(envelope.shape[0]):
        if envelope[n] <= threshold:
            continue
        a = 0.0
        b = 0.0
        c = 0.0
        for k in range(24):
            sample = np.float64(x[n + k])
            a += _QUARTER[k] * sample
            b += _HALF[k] * sample
            c += _THREE_QUARTERS[k] * sample
        peak = np.float32(max(abs(a), abs(b), abs(c)))
        if peak > envelope[n]:
            envelope[n] = peak


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def release_floor(
    envelope: npt.NDArray[np.float32], ceiling: float, slope: float
) -> Row:  # pragma: no cover - compiled
    """Gain that keeps each frame under the ceiling and rises by at most `slope` a frame.

    A value forgets what lies ``1 / slope`` frames back, for the gain has then reached unity.

    Parameters
    ----------
    envelope : ndarray, shape (frames,)
        True-peak envelope, linear.
    ceiling, slope : float
        Linear, and linear gain per frame.

    Returns
    -------
    gain : ndarray of float64, shape (frames,)
    """
    gain = np.empty(envelope.shape[0])
    held = 1.0
    for n in range(envelope.shape[0]):
        held = min(held + slope, 1.0)
        if envelope[n] > ceiling:
            held = min(held, ceiling / envelope[n])
        gain[n] = held
    return gain


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def sliding_minimum(x: Row, reach: int) -> Row:  # pragma: no cover - compiled
    """Minimum over `reach` frames on both sides; the result is ``2 * reach`` shorter."""
    width = 2 * reach + 1
    frames = x.shape[0] - 2 * reach
    ahead = np.empty(x.shape[0])
    behind = np.empty(x.shape[0])
    low = 1.0
    for n in range(x.shape[0]):
        low = x[n] if n % width == 0 else min(low, x[n])
        ahead[n] = low
    low = x[x.shape[0] - 1]
    for n in range(x.shape[0] - 1, -1, -1):
        low = x[n] if n % width == width - 1 else min(low, x[n])
        behind[n] = low
    out = np.empty(frames)
    for n in range(frames):
        out[n] = min(behind[n], ahead[n + width - 1])
    return out


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def box_mean(x: Row, first_frame: int, width: int) -> Row:  # pragma: no cover - compiled
    """Mean of each frame and the ``width - 1`` after it; the result is that much shorter.

    The sum over a window is put together from running sums that begin anew at every multiple of
    `width` of the absolute frame number, so it rounds the same way wherever `x` begins.

    Parameters
    ----------
    x : ndarray of float64, shape (frames,)
        Values.
    first_frame : int
        Absolute position of the first value, also negative.
    width : int
        Length of the window.
    """
    size = x.shape[0]
    ahead = np.empty(size)
    behind = np.empty(size)
    phase = first_frame % width
    total = 0.0
    for n in range(size):
        if phase == 0:
            total = 0.0
        total += x[n]
        ahead[n] = total
        phase = phase + 1 if phase + 1 < width else 0
    phase = (first_frame + size) % width
    total = 0.0
    for n in range(size - 1, -1, -1):
        if phase == 0:
            total = 0.0
            phase = width
        phase -= 1
        total += x[n]
        behind[n] = total
    out = np.empty(size - width + 1)
    phase = first_frame % width
    for n in range(out.shape[0]):
        if phase == 0:
            out[n] = behind[n] / width
        else:
            out[n] = (behind[n] + ahead[n + width - 1]) / width
        phase = phase + 1 if phase + 1 < width else 0
    return out
