"""Linear-phase FIR filters: design from a gain curve, and convolution on an absolute block grid.

Conventions: audio is ``float32``, shape ``(channels, frames)``. Frame numbers are absolute
positions in the track. Output block ``k`` covers frames ``[k * hop, (k + 1) * hop)`` and is always
computed whole, from the same input frames and by transforms of the same shape; so a frame's value
depends on its position alone, never on which frames were asked for.

A block consists of `ROWS` transforms in a row, for the FFT handles four real rows at once in the
time of two. Taps are symmetric about time zero, so their responses are real and a product costs
half as much as one of complex numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import scipy.fft

from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError

__all__ = [
    "Gain",
    "LinearPhaseFir",
    "OverlapSave",
    "Taps",
    "curve_gain",
    "design_taps",
    "shape_taps",
    "taps_for_rate",
]

LOWEST_HZ = 10.0  # spacing of the frequency grid a filter can follow
ROWS = 4  # transforms in a block
SMALLEST_FFT = 320

Taps: TypeAlias = npt.NDArray[np.float64]
Gain: TypeAlias = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]


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
    gain = curve_gain(frequencies_hz, gains_db)
    return shape_taps(gain, rate_hz, taps=taps)


def curve_gain(frequencies_hz: npt.ArrayLike, gains_db: npt.ArrayLike) -> Gain:
    """Linear amplitude over frequency of a curve given by points.

    Raises
    ------
    ParameterError
        If the curve is empty, its shapes differ, its frequencies do not rise or a gain is not
        finite.
    """
    f = np.asarray(frequencies_hz, np.float64)
    g = np.asarray(gains_db, np.float64)
    if f.ndim != 1 or f.shape != g.shape or f.size == 0:
        raise ParameterError(f"curve of shapes {f.shape} and {g.shape} must be two equal lists")
    if not (np.all(f > 0) and np.all(np.diff(f) > 0) and np.all(np.isfinite(g))):
        raise ParameterError("curve must have rising, positive frequencies and finite gains")

    def gain(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(10.0 ** (np.interp(np.log(hz), np.log(f), g) / 20.0))

    return gain


def shape_taps(gain: Gain, rate_hz: int, *, taps: int | None = None) -> Taps:
    """Linear-phase taps whose magnitude follows any function of frequency.

    The design is linear: the taps of a sum of gains are the sum of their taps.

    Parameters
    ----------
    gain : callable
        From frequencies in Hz, all above 0, to linear amplitudes.
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
        If `taps` is even or not positive.
    """
    length = taps_for_rate(rate_hz) if taps is None else taps
    if length < 1 or length % 2 == 0:
        raise ParameterError(f"taps={length} must be odd and positive")
    size = 4 * (length - 1) if length > 1 else 4
    grid_hz = np.arange(size // 2 + 1, dtype=np.float64) * (rate_hz / size)
    grid_hz[0] = grid_hz[1]
    impulse = np.fft.irfft(gain(grid_hz), size)
    half = (length - 1) // 2
    centred = np.concatenate([impulse[half:0:-1], impulse[: half + 1]])  # symmetric to the bit
    # The window has no zero at its ends, so that every tap counts.
    window = np.hanning(length + 2)[1:-1]
    shaped: Taps = centred * window
    return shaped


class OverlapSave:
    """The transforms that turn a window of frames into a filtered block.

    Parameters
    ----------
    half : int
        Frames of context needed on each side of a block: half the taps but the centre one.

    Attributes
    ----------
    hop : int
        Frames in a block.
    step : int
        Frames that each of a block's transforms contributes; the last part of its result holds
        them from frame `half` on.
    window_frames : int
        Frames in a window, ``half + hop + half``.
    """

    def __init__(self, half: int) -> None:
        self.half = half
        self._size = max(SMALLEST_FFT, 10 * half)
        self.step = self._size - 2 * half
        self.hop = ROWS * self.step
        self.window_frames = self.hop + 2 * half

    def response(self, taps: Taps) -> npt.NDArray[np.float32]:
        """Real response of symmetric taps, each value twice: for real and imaginary parts."""
        circular = np.zeros(self._size)
        circular[: self.half + 1] = taps[..., self.half :]
        circular[self._size - self.half :] = taps[: self.half]
        return np.repeat(np.fft.rfft(circular).real.astype(np.float32), 2)

    def spectra(self, window: Audio) -> npt.NDArray[np.complex64]:
        """Spectra of a window's overlapping parts, shape (channels, ROWS, bins)."""
        if window.shape[1] != self.window_frames:
            raise ParameterError(
                f"window of {window.shape[1]} frames must have {self.window_frames}"
            )
        along, frame = window.strides
        parts = np.lib.stride_tricks.as_strided(
            window,
            (window.shape[0], ROWS, self._size),
            (along, self.step * frame, frame),
            writeable=False,
        )
        spectra: npt.NDArray[np.complex64] = scipy.fft.rfft(parts, axis=2)
        return spectra

    def filtered(
        self, spectra: npt.NDArray[np.complex64], response: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """Back to frames, shape (channels, ROWS, size); those of the block begin at `half`.

        Parameters
        ----------
        spectra : ndarray
            From :meth:`spectra`.
        response : ndarray, shape (2 * bins,) or (channels, 1, 2 * bins)
            From :meth:`response`.
        """
        product = (spectra.view(np.float32) * response).view(np.complex64)
        frames: npt.NDArray[np.float32] = scipy.fft.irfft(
            product, self._size, axis=2, overwrite_x=True
        )
        return frames

    def joined(self, filtered: npt.NDArray[np.float32]) -> Audio:
        """Join what :meth:`filtered` gives to one block, shape (channels, hop)."""
        kept = filtered[:, :, self.half : self.half + self.step]
        return np.ascontiguousarray(kept).reshape(filtered.shape[0], self.hop)


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

    def __init__(self, taps: Taps) -> None:
        if taps.ndim != 1 or taps.size % 2 == 0:
            raise ParameterError(f"taps of shape {taps.shape} must be one odd-length row")
        self._transforms = OverlapSave((taps.size - 1) // 2)
        self.half, self.hop = self._transforms.half, self._transforms.hop
        self._response = self._transforms.response(taps)

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
        spectra = self._transforms.spectra(window)
        return self._transforms.joined(self._transforms.filtered(spectra, self._response))
