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

SEED, STEP = 0x9E3779B9, np.uint32(0x85EBCA6B)
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
    from auralis_lab.io.ditherkernels import quantise_row

    scale = np.float32(1 << (bits - 1))
    frames = audio.shape[1]
    samples = np.empty((frames, audio.shape[0]), np.int32).T  # as encoders want them: interleaved
    audio = np.require(audio, np.float32, ("C", "W"))
    clipped = start = 0
    while start < frames:
        stop = min(frames, start + BLOCK_FRAMES - (start_frame + start) % BLOCK_FRAMES)
        for channel, row in enumerate(audio):
            counter = _counter(channel, start_frame + start)
            out = samples[channel, start:stop]
            clipped += quantise_row(row[start:stop], scale, dither, counter, STEP, out)
        start = stop
    return samples, clipped


def triangular_noise(channels: int, frames: int, start_frame: int) -> Audio:
    """Triangular noise of ±1 for frames at an absolute position.

    The frames must not cross a multiple of 2**32, which blocks on an absolute grid never do.

    Returns
    -------
    noise : ndarray of float32, shape (channels, frames)
    """
    from auralis_lab.io.ditherkernels import fill_noise

    noise = np.empty((channels, frames), np.float32)
    for channel, row in enumerate(noise):
        fill_noise(_counter(channel, start_frame), STEP, row)
    return noise


def _counter(channel: int, frame: int) -> np.uint32:
    """Where the numbers of a channel begin that start at a frame."""
    seed = SEED * (channel + 1) + int(STEP) * (frame >> 32)
    return np.uint32((seed + int(STEP) * frame) & WORD)
