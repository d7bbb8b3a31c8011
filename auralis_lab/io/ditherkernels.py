"""Compiled loops of the quantisation; imported when samples are quantised."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["fill_noise", "quantise_row"]

Row = npt.NDArray[np.float32]
Words = npt.NDArray[np.int32]

_MIX_1, _MIX_2 = np.uint32(0x7FEB352D), np.uint32(0x846CA68B)
_SIXTEEN, _FIFTEEN = np.uint32(16), np.uint32(15)
_HALF_WORD = np.uint32(0xFFFF)
_UNIT = np.float32(2.0**-16)
_INFINITY = np.float32(np.inf)
_ZERO, _ONE = np.float32(0.0), np.float32(1.0)
_AT_A_TIME = 1024  # frames, so that all of it stays in the fast cache


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def fill_noise(
    counter: np.uint32, step: np.uint32, noise: Row
) -> None:  # pragma: no cover - compiled
    """Fill with the difference of the halves of a hash of ``counter + n step``, in units of 1."""
    for n in range(noise.shape[0]):
        x = np.uint32(counter + np.uint32(np.uint32(n) * step))
        x ^= x >> _SIXTEEN
        x = np.uint32(x * _MIX_1)
        x ^= x >> _FIFTEEN
        x = np.uint32(x * _MIX_2)
        x ^= x >> _SIXTEEN
        low, high = np.int32(x & _HALF_WORD), np.int32(x >> _SIXTEEN)
        noise[n] = np.float32(high - low) * _UNIT


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def quantise_row(
    audio: Row, scale: float, dither: bool, counter: np.uint32, step: np.uint32, out: Words
) -> int:  # pragma: no cover - compiled
    """Round one channel to whole numbers, and count what exceeds the range by more than a step.

    Parameters
    ----------
    audio : ndarray of float32, shape (frames,)
    scale : float32
        Steps of full scale.
    dither : bool
        Whether noise is added; `counter` and `step` are as for :func:`fill_noise`.
    counter, step : uint32
    out : ndarray of int32, shape (frames,)
        Filled; need not be contiguous.

    Returns
    -------
    clipped : int
    """
    lowest, highest = -scale, scale - _ONE
    noise = np.zeros(_AT_A_TIME, np.float32)
    words = np.empty(_AT_A_TIME, np.int32)
    clipped = 0
    for start in range(0, audio.shape[0], _AT_A_TIME):
        count = min(_AT_A_TIME, audio.shape[0] - start)
        if dither:
            fill_noise(np.uint32(counter + np.uint32(np.uint32(start) * step)), step, noise)
        for n in range(count):
            x = audio[start + n] * scale
            x = x if abs(x) < _INFINITY else _ZERO
            clipped += 1 if x > scale or x < lowest - _ONE else 0
            x = np.rint(x + noise[n])
            x = x if x > lowest else lowest
            words[n] = np.int32(x if x < highest else highest)
        for n in range(count):
            out[start + n] = words[n]
    return clipped
