"""Quantisation to whole numbers with triangular dither that depends on position alone.

Dither is the difference of two uniform numbers, each of one step's width: triangular, ±1 step
(±1 LSB) wide, mean 0, variance 1/6 step². Together with rounding the error has mean 0 and a
variance of 1/4 step², whatever the signal (Wannamaker 1992). The numbers are a hash of the
absolute frame and the channel, so that a file does not depend on how its samples were cut into
blocks.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio

__all__ = ["quantise", "triangular_noise"]

MIX_1, MIX_2 = np.uint32(0x7FEB352D), np.uint32(0x846CA68B)
SEED, STEP = 0x9E3779B9, 0x85EBCA6B
WORD = 0xFFFFFFFF
BLOCK_FRAMES = 16_384


def quantise(
    audio: Audio, *, bits: int, start_frame: int, dither: bool
) -> tuple[npt.NDArray[np.int32], int]:
    """Turn samples into whole numbers of `bits` bits.

    Parameters
    ----------
    audio : ndarray of float32, shape (channels, frames)
        Full scale ±1.0. Values that are not finite count as 0.
    bits : int
        16 or 24.
    start_frame : int
        Position of the first frame, on which the dither depends.
    dither : bool
        Without it samples are rounded; those that came from a file of no more bits come out
        bit for bit.

    Returns
    -------
    samples : ndarray of int32, shape (channels, frames)
        ``-2**(bits - 1)`` to ``2**(bits - 1) - 1``; what lies beyond is saturated.
    clipped : int
        How many samples were saturated because the audio exceeds full scale: those that lie more
        than one step beyond the range, which dither alone cannot cause.
    """
    scale = np.float32(1 << (bits - 1))
    frames = audio.shape[1]
    result = np.empty(audio.shape, np.int32)
    clipped = start = 0
    while start < frames:
        stop = min(frames, start + BLOCK_FRAMES - (start_frame + start) % BLOCK_FRAMES)
        x = audio[:, start:stop] * scale
        if not np.isfinite(x).all():
            x[~np.isfinite(x)] = 0.0
        if x.max() > scale or x.min() < -scale - 1.0:
            clipped += int(np.count_nonzero((x > scale) | (x < -scale - 1.0)))
        if dither:
            x += triangular_noise(x.shape[0], stop - start, start_frame + start)
        np.rint(x, out=x)
        np.clip(x, -scale, scale - 1, out=x)
        result[:, start:stop] = x
        start = stop
    return result, clipped


def triangular_noise(channels: int, frames: int, start_frame: int) -> Audio:
    """Triangular noise of ±1 for frames at an absolute position.

    The frames must not cross a multiple of 2**32, which blocks on an absolute grid never do.

    Returns
    -------
    noise : ndarray of float32, shape (channels, frames)
    """
    low = np.arange(frames, dtype=np.uint32) + np.uint32(start_frame & WORD)
    noise = np.empty((channels, frames), np.float32)
    for channel in range(channels):
        seed = (SEED * (channel + 1) + STEP * (start_frame >> 32)) & WORD
        bits = _mixed(low * np.uint32(STEP) + np.uint32(seed))
        np.subtract(
            bits >> np.uint32(16),
            bits & np.uint32(0xFFFF),
            out=noise[channel],
            dtype=np.float32,
            casting="unsafe",
        )
    noise *= np.float32(2.0**-16)
    return noise


def _mixed(x: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """Scramble counters into 32 random bits each, by shifts and odd multipliers."""
    x ^= x >> np.uint32(16)
    x *= MIX_1
    x ^= x >> np.uint32(15)
    x *= MIX_2
    x ^= x >> np.uint32(16)
    return x
