"""Compiled loops of the tonality; imported when something is measured."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["chroma_rows", "harmonic_sums", "running_medians"]

Floats = npt.NDArray[np.float32]
_PROMINENCE = 10**0.8

Doubles = npt.NDArray[np.float64]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def running_medians(x: Floats, reach: int, out: Floats) -> None:  # pragma: no cover - compiled
    """Median within `reach` to either side of every place, of what is there near the ends.

    Of an even number of values it is the lower of the middle two.
    """
    count = x.shape[0]
    held = np.empty(2 * reach + 2, dtype=np.float32)
    size = 0
    for n in range(min(reach, count)):
        size = _insert(held, size, x[n])
    for n in range(count):
        if n + reach < count:
            size = _insert(held, size, x[n + reach])
        if n - reach - 1 >= 0:
            size = _remove(held, size, x[n - reach - 1])
        out[n] = held[(size - 1) // 2]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _insert(held: Floats, size: int, value: float) -> int:  # pragma: no cover - compiled
    place = size
    while place > 0 and held[place - 1] > value:
        held[place] = held[place - 1]
        place -= 1
    held[place] = value
    return size + 1


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _remove(held: Floats, size: int, value: float) -> int:  # pragma: no cover - compiled
    place = 0
    while held[place] != value:
        place += 1
    while place < size - 1:
        held[place] = held[place + 1]
        place += 1
    return size - 1


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def harmonic_sums(
    powers: Floats, first: int, stop: int, time_reach: int, band_reach: int, margin: float
) -> tuple[float, float]:  # pragma: no cover - compiled
    """Harmonic power and all power of rows `first` to `stop`, of shape (frames, bands).

    The median over time keeps what lasts (h), that over the bands what is broad (p); a band's
    power counts as harmonic by the share ``h² / (h² + (margin p)²)``.
    """
    frames, bands = powers.shape
    lasting = np.empty((bands, frames), dtype=np.float32)
    lane = np.empty(frames, dtype=np.float32)
    for band in range(bands):
        for n in range(frames):
            lane[n] = powers[n, band]
        running_medians(lane, time_reach, lasting[band])
    broad = np.empty(bands, dtype=np.float32)
    harmonic = 0.0
    whole = 0.0
    for n in range(first, stop):
        running_medians(powers[n], band_reach, broad)
        for band in range(bands):
            power = np.float64(powers[n, band])
            h = np.float64(lasting[band, n])
            p = margin * np.float64(broad[band])
            whole += power
            if h > 0.0:
                ratio = p / h
                harmonic += power / (1.0 + ratio * ratio)
    return harmonic, whole


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def chroma_rows(
    powers: Floats, first: int, stop: int, pitches: Doubles
) -> tuple[Doubles, Doubles]:  # pragma: no cover - compiled
    """Power of the spectral peaks by pitch class, C first.

    Parameters
    ----------
    powers : ndarray of float32, shape (frames, bins)
    first, stop : int
        Bins whose peaks count; ten more must follow and precede them.
    pitches : ndarray of float64, shape (bins,)
        Each bin's pitch in semitones, 0 for a C.

    Returns
    -------
    every, prominent : ndarray of float64, shape (frames, 12)
        Of every peak, and of those alone that stand 8 dB above the mean of the bins 3 to 10 places
        away, as the peaks of noise seldom do.

    Notes
    -----
    A peak is a bin above its neighbours; a parabola through the logarithms of the three gives its
    place, their sum its power, which the two nearest semitones share by distance.
    """
    every = np.zeros((powers.shape[0], 12))
    prominent = np.zeros((powers.shape[0], 12))
    for n in range(powers.shape[0]):
        row = powers[n]
        for k in range(first, stop):
            middle = np.float64(row[k])
            below, above = np.float64(row[k - 1]), np.float64(row[k + 1])
            if middle <= below or middle < above or middle <= 0.0:
                continue
            offset = 0.0
            if below > 0.0 and above > 0.0:
                low, top, high = np.log(below), np.log(middle), np.log(above)
                offset = 0.5 * (low - high) / (low - 2.0 * top + high)
            width = pitches[k + 1] - pitches[k] if offset > 0 else pitches[k] - pitches[k - 1]
            pitch = pitches[k] + offset * width
            lower = int(np.floor(pitch))
            share = pitch - lower
            power = below + middle + above
            every[n, lower % 12] += (1.0 - share) * power
            every[n, (lower + 1) % 12] += share * power
            around = 0.0
            for distance in range(3, 11):
                around += np.float64(row[k - distance]) + np.float64(row[k + distance])
            if middle * 16.0 > _PROMINENCE * around:
                prominent[n, lower % 12] += (1.0 - share) * power
                prominent[n, (lower + 1) % 12] += share * power
    return every, prominent
