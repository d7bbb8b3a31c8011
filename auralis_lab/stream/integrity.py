"""Proof that the samples which were heard are the samples which were made.

The audio thread keeps a running 32-bit hash over every frame it consumes; here is the same hash of
an array. Each ``float32`` is taken as its 32 bits `w`, frame by frame and within a frame channel by
channel, scrambled, and folded into `h`; all arithmetic is modulo 2³²::

    h = 0x811C9DC5
    k = rotate_left(w · 0xCC9E2D51, 15) · 0x1B873593
    h = h · 0x01000193 + k

The scramble keeps the sign bits of two samples from cancelling; the factor is of order 2³⁰, so
that frames out of place, left out or doubled, even silent ones, change the hash.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError

__all__ = ["HASH_SEED", "pcm_hash"]

HASH_SEED = 0x811C9DC5
"""The hash of no frames."""

_FACTOR = 0x01000193
_CHUNK = 1 << 16


def pcm_hash(audio: Audio, seed: int = HASH_SEED) -> int:
    """Hash of the samples' bits, as the audio thread of a listener counts it.

    Parameters
    ----------
    audio : ndarray of float32, shape (channels, frames)
        Any number of frames, also none.
    seed : int
        The hash of the frames before; what :func:`pcm_hash` returned for them.

    Returns
    -------
    hash : int
        0 to 2³² - 1.

    Raises
    ------
    ParameterError
        If `audio` is not two-dimensional ``float32``.

    Examples
    --------
    >>> x = np.zeros((2, 3), np.float32)
    >>> pcm_hash(x) == pcm_hash(x[:, 1:], pcm_hash(x[:, :1]))
    True
    """
    if audio.ndim != 2 or audio.dtype != np.float32:
        raise ParameterError(f"audio of shape {audio.shape}, {audio.dtype} must be 2-D float32")
    channels, frames = audio.shape
    step = max(1, _CHUNK // max(1, channels))
    powers = _powers(step * channels)
    h = seed
    for start in range(0, frames, step):
        words = np.ascontiguousarray(audio[:, start : start + step].T).view(np.uint32).ravel()
        scrambled = words * np.uint32(0xCC9E2D51)
        scrambled = (scrambled << np.uint32(15)) | (scrambled >> np.uint32(17))
        scrambled *= np.uint32(0x1B873593)
        folded = int((scrambled * powers[-words.size :]).sum(dtype=np.uint32))
        h = (h * pow(_FACTOR, words.size, 1 << 32) + folded) % (1 << 32)
    return h


def _powers(count: int) -> npt.NDArray[np.uint32]:
    """``factor ** (count - 1), ..., factor, 1`` modulo 2³²."""
    powers = np.full(count, _FACTOR, dtype=np.uint32)
    powers[:1] = 1
    return np.multiply.accumulate(powers, dtype=np.uint32)[::-1]
