"""Compiled loops of the limiter.

Every function takes a window of consecutive frames and gives values that depend on the absolute
position of a frame and the samples around it, never on where the window begins: recursions forget
within a stated reach, and sums run in an order fixed by a grid on absolute frame numbers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = [
    "EIGHTHS",
    "INTERPOLATOR_HALF",
    "all_finite",
    "box_mean",
    "cell_peaks",
    "lines_between",
    "raise_by_eighths",
    "release_floor",
    "sliding_minimum",
    "smoothed",
]

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
EIGHTHS = (_QUARTER, _HALF, _THREE_QUARTERS)
_MAGNITUDE_BITS = np.int32(0x7FFFFFFF)
_INFINITY_BITS = np.int32(0x7F800000)
SMOOTHED_AT_A_TIME = 2048  # so that all of it stays in the fast cache


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def all_finite(x: npt.NDArray[np.float32]) -> bool:  # pragma: no cover - compiled
    """Whether a row holds neither NaN nor infinity."""
    bits = x.view(np.int32)
    largest = np.int32(0)
    for n in range(bits.shape[0]):
        size = bits[n] & _MAGNITUDE_BITS
        largest = size if size > largest else largest
    return bool(largest < _INFINITY_BITS)


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
    frames = envelope.shape[0]
    gain = np.empty(frames)
    lowest = 1.0  # gain at the peak whose line lies lowest
    since = 0
    for n in range(frames):
        held = min(lowest + slope * since, 1.0)
        since += 1
        if envelope[n] > ceiling:
            needed = ceiling / envelope[n]
            if needed < held:
                held = needed
                lowest = needed
                since = 1
        gain[n] = held
    return gain


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def sliding_minimum(x: Row, reach: int) -> Row:  # pragma: no cover - compiled
    """Minimum over `reach` frames on both sides; the result is ``2 * reach`` shorter."""
    width = 2 * reach + 1
    frames = x.shape[0] - 2 * reach
    ahead = np.empty(x.shape[0])
    behind = np.empty(x.shape[0])
    size = x.shape[0]
    rising = 1.0
    falling = x[size - 1]
    for n in range(size):  # both ways at once, for each waits for its own last minimum
        rising = x[n] if n % width == 0 else min(rising, x[n])
        ahead[n] = rising
        back = size - 1 - n
        falling = x[back] if back % width == width - 1 else min(falling, x[back])
        behind[back] = falling
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
    up, down = first_frame % width, (first_frame + size - 1) % width
    rising = 0.0
    falling = 0.0
    for n in range(size):  # both ways at once, for each waits for its own last sum
        if up == 0:
            rising = 0.0
        rising += x[n]
        ahead[n] = rising
        up = up + 1 if up + 1 < width else 0
        back = size - 1 - n
        if down == width - 1:
            falling = 0.0
        falling += x[back]
        behind[back] = falling
        down = down - 1 if down > 0 else width - 1
    out = np.empty(size - width + 1)
    phase = first_frame % width
    for n in range(out.shape[0]):
        if phase == 0:
            out[n] = behind[n] / width
        else:
            out[n] = (behind[n] + ahead[n + width - 1]) / width
        phase = phase + 1 if phase + 1 < width else 0
    return out


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def cell_peaks(
    envelope: npt.NDArray[np.float32], first: int, cells: int, cell_frames: int
) -> npt.NDArray[np.float32]:  # pragma: no cover - compiled
    """Largest value in each of `cells` cells of `cell_frames`, from index `first` on."""
    out = np.empty(cells, np.float32)
    for cell in range(cells):
        largest = np.float32(0.0)
        at = first + cell * cell_frames
        for n in range(at, at + cell_frames):
            largest = envelope[n] if envelope[n] > largest else largest
        out[cell] = largest
    return out


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def lines_between(
    knots: Row, first: int, frames: int, cell_frames: int
) -> npt.NDArray[np.float32]:  # pragma: no cover - compiled
    """Straight lines from knot to knot, `cell_frames` apart.

    Parameters
    ----------
    knots : ndarray of float64
        Values; the last one needed is that after the last frame's.
    first : int
        How far past the first knot the first frame lies, less than `cell_frames`.
    frames : int
        Length of the result.
    cell_frames : int
        Distance of the knots.

    Returns
    -------
    values : ndarray of float32, shape (frames,)
    """
    out = np.empty(frames, np.float32)
    frame, offset, knot = 0, first, 0
    while frame < frames:
        value = knots[knot]
        slope = (knots[knot + 1] - value) / cell_frames
        count = min(cell_frames - offset, frames - frame)
        for n in range(count):
            out[frame + n] = value + slope * (offset + n)
        frame += count
        offset = 0
        knot += 1
    return out


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def smoothed(floor: Row, first: int, reach: int, width: int) -> Row:  # pragma: no cover - compiled
    """Sliding minimum of a gain, then two running means: a triangle over what it needs.

    Where nothing is reduced the result is 1 without any work.

    Parameters
    ----------
    floor : ndarray of float64, shape (reach + width - 1 + values + width - 1 + reach,)
        Gain that must not be exceeded, at most 1.
    first : int
        Absolute position of the first value.
    reach : int
        Of the minimum, on either side.
    width : int
        Of each running mean.

    Returns
    -------
    gain : ndarray of float64, shape (values,)
    """
    context = 2 * reach + 2 * (width - 1)
    gain = np.ones(floor.shape[0] - context)
    for start in range(0, gain.shape[0], SMOOTHED_AT_A_TIME):
        stop = min(start + SMOOTHED_AT_A_TIME, gain.shape[0])
        piece = floor[start : stop + context]
        reduced = False
        for n in range(piece.shape[0]):
            reduced |= piece[n] < 1.0
        if not reduced:
            continue
        low = sliding_minimum(piece, reach)
        means = box_mean(low, first + start, width)
        gain[start:stop] = box_mean(means, first + start, width)
    return gain
