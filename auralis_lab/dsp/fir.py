"""Linear-phase FIR filters: design from a gain curve, and convolution on an absolute block grid.

Conventions: audio is ``float32``, shape ``(channels, frames)``. Frame numbers are absolute
positions in the track. Output block ``k`` covers frames ``[k * hop, (k + 1) * hop)`` and is always
computed whole, from the same input frames and by transforms of the same shape; so a frame's value
depends on its position alone, never on which frames were asked for.

A block consists of eight transforms, side by side in the lanes of the processor
(:mod:`auralis_lab.dsp.lanes`), and two channels share each of them. Taps are symmetric about time
zero, so their responses are real and a product costs half as much as one of complex numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio
from auralis_lab.dsp.lanes import (
    LANES,
    add_rows,
    back,
    back_crossed,
    bin_order,
    empty_lines,
    forward,
    load_rows,
    twiddles,
)
from auralis_lab.errors import ParameterError

__all__ = [
    "Gain",
    "OverlapSave",
    "Response",
    "Taps",
    "curve_gain",
    "design_taps",
    "shape_taps",
    "taps_for_rate",
]

LOWEST_HZ = 10.0  # spacing of the frequency grid a filter can follow
SMALLEST_SIZE = 1024
INAUDIBLE = 1e-9  # 180 dB down, below what 32-bit transforms resolve
LEAST_SIZE_OVER_HALF = 6  # a quarter of each transform is context where a size is 8 times `half`

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


@dataclass(frozen=True)
class Response:
    """What is done to each bin of a transform, made by :meth:`OverlapSave.response`.

    Attributes
    ----------
    direct : ndarray of float32, shape (size,)
        From each channel to itself.
    crossed : ndarray of float32, shape (size,), or None
        From each channel to the other.
    """

    direct: npt.NDArray[np.float32]
    crossed: npt.NDArray[np.float32] | None


class OverlapSave:
    """The transforms that turn a window of frames into a filtered block.

    Parameters
    ----------
    half : int
        How far taps reach to either side of their centre.

    Attributes
    ----------
    half : int
        Frames of context needed on each side of a block: those asked for, rounded up to 8.
    hop : int
        Frames in a block.
    window_frames : int
        Frames in a window, ``half + hop + half``.

    Notes
    -----
    It works in memory of its own, so it belongs to one thread.
    """

    def __init__(self, half: int) -> None:
        self.half = -(-half // LANES) * LANES
        size = SMALLEST_SIZE
        while size < LEAST_SIZE_OVER_HALF * self.half:
            size *= 4
        step = size - 2 * self.half
        self.hop = LANES * step
        self.window_frames = self.hop + 2 * self.half
        self._step = step
        self._bins = bin_order(size)
        places = np.argsort(self._bins)
        self._mirror = places[-self._bins % size]
        self._factors = twiddles(size)
        self._spectrum, self._lines = empty_lines(size), empty_lines(size)

    def response(self, direct: Taps, crossed: Taps | None = None) -> Response:
        """Responses of symmetric taps, in the order and scale of the transforms.

        Parameters
        ----------
        direct : ndarray, shape (taps,)
            From each channel to itself; an odd number, at most ``2 * half + 1``.
        crossed : ndarray, shape (taps,), optional
            From each channel to the other.
        """
        other = None if crossed is None else self._bin_values(crossed)
        return Response(
            self._bin_values(direct), None if other is None or not other.any() else other
        )

    def load(self, window: Audio) -> None:
        """Transform one or two channels of a window, for :meth:`add` to use.

        Parameters
        ----------
        window : ndarray, shape (1 or 2, window_frames)

        Raises
        ------
        ParameterError
            If the window has another length.
        """
        if window.shape[1] != self.window_frames:
            raise ParameterError(
                f"window of {window.shape[1]} frames must have {self.window_frames}"
            )
        for part, row in enumerate(window):
            load_rows(row, self._step, self._spectrum, part)
        if len(window) == 1:
            self._spectrum[:, LANES:] = 0.0
        forward(self._spectrum, self._factors)

    def add(self, response: Response, gains: npt.NDArray[np.float32], out: Audio) -> None:
        """Filter what was loaded, and add it times its gains.

        Parameters
        ----------
        response : Response
            From :meth:`response`.
        gains : ndarray of float32, shape (hop,)
            Linear gain of each frame.
        out : ndarray of float32, shape (1 or 2, hop)
            Added to; as many channels as were loaded.
        """
        if response.crossed is None:
            back(self._spectrum, response.direct, self._factors, self._lines)
        else:
            back_crossed(
                self._spectrum,
                response.direct,
                response.crossed,
                self._mirror,
                self._factors,
                self._lines,
            )
        for part, row in enumerate(out):
            add_rows(self._lines, self.half, part, gains, row)

    def _bin_values(self, taps: Taps) -> npt.NDArray[np.float32]:
        size, half = self._bins.size, taps.size // 2
        circular = np.zeros(size)
        circular[: half + 1] = taps[half:]
        circular[size - half :] = taps[:half]
        values = np.fft.fft(circular).real
        values[np.abs(values) < INAUDIBLE] = 0.0  # their products could be slow, denormal numbers
        return (values / size).astype(np.float32)[self._bins]
