"""Linear-phase FIR filters: design from a gain curve, and convolution on an absolute block grid.

Conventions: audio is ``float32``, shape ``(channels, frames)``. Frame numbers are absolute
positions in the track. Output block ``k`` covers frames ``[k * hop, (k + 1) * hop)`` and is always
computed whole, from the same input frames and by a transform of the same shape; so a frame's value
depends on its position alone, never on which frames were asked for.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import scipy.fft

from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError

__all__ = ["LinearPhaseFir", "design_taps", "taps_for_rate"]

LOWEST_HZ = 10.0  # spacing of the frequency grid a filter can follow


def taps_for_rate(rate_hz: int) -> int:
    """Odd filter length that resolves about 10 Hz at any rate: 4,097 taps at 44.1 kHz.

    Examples
    --------
    >>> taps_for_rate(44_100), taps_for_rate(192_000)
    (4097, 16385)
    """
    return (1 << round(math.log2(rate_hz / LOWEST_HZ))) + 1


def design_taps(
    frequencies_hz: npt.ArrayLike, gains_db: npt.ArrayLike, rate_hz: int, *, taps: int | None = None
) -> npt.NDArray[np.float64]:
    """Linear-phase taps whose magnitude follows a gain curve.

    The curve is interpolated linearly in decibels over the logarithm of frequency, held constant
    outside its ends, sampled on a grid four times finer than the filter resolves, and cut to
    length by a Hann window (frequency-sampling design).

    Parameters
    ----------
    frequencies_hz, gains_db : array_like, shape (points,)
        The curve, frequencies rising and positive. Points above half the sample rate are allowed.
    rate_hz : int
        Sample rate.
    taps : int, optional
        Odd length; by default :func:`taps_for_rate`.

    Returns
    -------
    taps : ndarray of float64, shape (taps,), symmetric

    Raises
    ------
    ParameterError
        If the curve is empty, its shapes differ, its frequencies do not rise, a gain is not finite,
        or `taps` is even.
    """
    f = np.asarray(frequencies_hz, np.float64)
    g = np.asarray(gains_db, np.float64)
    if f.ndim != 1 or f.shape != g.shape or f.size == 0:
        raise ParameterError(f"curve of shapes {f.shape} and {g.shape} must be two equal lists")
    if not (np.all(f > 0) and np.all(np.diff(f) > 0) and np.all(np.isfinite(g))):
        raise ParameterError("curve must have rising, positive frequencies and finite gains")
    length = taps_for_rate(rate_hz) if taps is None else taps
    if length < 1 or length % 2 == 0:
        raise ParameterError(f"taps={length} must be odd and positive")
    size = 4 * (length - 1) if length > 1 else 4
    grid_hz = np.arange(size // 2 + 1) * (rate_hz / size)
    grid_hz[0] = grid_hz[1]
    amplitude = 10.0 ** (np.interp(np.log(grid_hz), np.log(f), g) / 20.0)
    impulse = np.fft.irfft(amplitude, size)
    half = (length - 1) // 2
    centred = np.concatenate([impulse[half:0:-1], impulse[: half + 1]])  # symmetric to the bit
    # The window has no zero at its ends, so that every tap counts.
    window = np.hanning(length + 2)[1:-1]
    shaped: npt.NDArray[np.float64] = centred * window
    return shaped


class LinearPhaseFir:
    """A symmetric FIR applied by overlap-save on the absolute block grid, without delay.

    Parameters
    ----------
    taps : ndarray, shape (taps,)
        Odd length. The centre tap is time zero.

    Attributes
    ----------
    half : int
        Frames of context needed on each side of a block.
    hop : int
        Frames in a block.
    """

    def __init__(self, taps: npt.NDArray[np.float64]) -> None:
        if taps.ndim != 1 or taps.size % 2 == 0:
            raise ParameterError(f"taps of shape {taps.shape} must be one odd-length row")
        self.half = (taps.size - 1) // 2
        self._size = max(256, 4 * (taps.size - 1))
        self.hop = self._size - 2 * self.half
        padded = np.zeros(self._size, np.float32)
        padded[: taps.size] = taps
        self._response = scipy.fft.rfft(padded)

    def block(self, window: Audio) -> Audio:
        """One output block from the frames around it.

        Parameters
        ----------
        window : ndarray, shape (channels, half + hop + half)
            Input frames from ``k * hop - half`` on; zeros where the track has none.

        Returns
        -------
        block : ndarray of float32, shape (channels, hop)
        """
        if window.shape[1] != self._size:
            raise ParameterError(f"window of {window.shape[1]} frames must have {self._size}")
        spectrum = scipy.fft.rfft(window, axis=1)
        spectrum *= self._response
        out = scipy.fft.irfft(spectrum, self._size, axis=1)
        block: Audio = out[:, 2 * self.half :]
        return block
