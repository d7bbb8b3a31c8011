"""The outline of a track, for drawing."""

from __future__ import annotations

import numpy as np

from auralis_lab.audio import Audio, Readable
from auralis_lab.errors import ParameterError

__all__ = ["waveform_peaks"]

BLOCK_FRAMES = 1 << 16


def waveform_peaks(source: Readable, bins: int) -> Audio:
    """Smallest and largest sample over all channels in each of `bins` equal parts of a track.

    Parameters
    ----------
    source : Readable
        The track; read once from start to end, in constant memory.
    bins : int
        How many parts, at least 1.

    Returns
    -------
    peaks : ndarray of float32, shape (bins, 2)
        Lowest and highest; zeros for parts without a frame.

    Raises
    ------
    ParameterError
        If `bins` is less than 1.
    """
    if bins < 1:
        raise ParameterError(f"bins={bins} must be 1 or more")
    total = source.total_frames
    low = np.full(bins, np.inf, np.float32)
    high = np.full(bins, -np.inf, np.float32)
    for start in range(0, total, BLOCK_FRAMES):
        audio = source.read(start, min(BLOCK_FRAMES, total - start))
        if audio.shape[1] == 0:
            break
        index = (start + np.arange(audio.shape[1])) * bins // total
        first = np.flatnonzero(np.diff(index, prepend=-1))
        parts = index[first]
        low[parts] = np.minimum(low[parts], np.minimum.reduceat(audio.min(axis=0), first))
        high[parts] = np.maximum(high[parts], np.maximum.reduceat(audio.max(axis=0), first))
    empty = low > high
    low[empty] = high[empty] = 0.0
    return np.stack([low, high], axis=1)
