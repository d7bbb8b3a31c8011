"""Compiled loops of the moments; imported when something is measured."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["highest_weighted", "smoothed"]

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]
_MAGNITUDE = np.int32(0x7FFFFFFF)
_PART = 128  # frames that are passed over where they cannot reach what is there


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def highest_weighted(
    audio: Floats, low: Floats, bass: Floats, low_first: int, factor: int, weights: Floats,
    least: Floats, edges: Indices,
) -> tuple[Floats, Indices]:  # pragma: no cover - compiled  # fmt: skip
    """Largest magnitude in each block of what weights make of a signal and its lower parts.

    Parameters
    ----------
    audio : ndarray of float32, shape (channels, frames)
    low, bass : ndarray of float32, shape (channels, low frames)
        One frame in `factor`; between them a straight line is drawn.
    low_first : int
        Where in `audio` their first frame lies, 0 or less.
    factor : int
    weights : ndarray of float32, shape (curves, 3)
        Of `audio`, `low` and `bass`.
    least : ndarray of float32, shape (curves,)
        Blocks that do not reach above it may read lower than they are.
    edges : ndarray of int64, shape (blocks + 1,)

    Returns
    -------
    heights : ndarray of float32, shape (blocks, curves)
    places : ndarray of int64, shape (blocks, curves)
        Frames in which they are reached first.
    """
    blocks, curves = edges.shape[0] - 1, weights.shape[0]
    heights = np.zeros((blocks, curves), dtype=np.float32)
    places = np.zeros((blocks, curves), dtype=np.int64)
    lows, basses = np.empty(_PART, np.float32), np.empty(_PART, np.float32)
    made = np.empty(_PART, np.float32)
    for channel in range(audio.shape[0]):
        for block in range(blocks):
            for first in range(edges[block], edges[block + 1], _PART):
                count = min(_PART, edges[block + 1] - first)
                k = (first - low_first) // factor
                points = count // factor + 3
                row = audio[channel, first : first + count]
                most = _highest(row)
                most_low = _highest(low[channel, k : k + points])
                most_bass = _highest(bass[channel, k : k + points])
                drawn = False
                for curve in range(curves):
                    w0, w1, w2 = weights[curve, 0], weights[curve, 1], weights[curve, 2]
                    bound = abs(w0) * most + abs(w1) * most_low + abs(w2) * most_bass
                    if bound <= max(least[curve], heights[block, curve]):
                        continue
                    if not drawn:
                        _draw(low[channel], first - low_first, factor, lows[:count])
                        _draw(bass[channel], first - low_first, factor, basses[:count])
                        drawn = True
                    for n in range(count):
                        made[n] = w0 * row[n] + w1 * lows[n] + w2 * basses[n]
                    height = _highest(made[:count])
                    if height > heights[block, curve]:
                        heights[block, curve] = height
                        for n in range(count):
                            if abs(made[n]) == height:
                                places[block, curve] = first + n
                                break
    return heights, places


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _highest(row: Floats) -> np.float32:  # pragma: no cover - compiled
    """Largest magnitude: bits of positive floats have the order of integers."""
    bits = row.view(np.int32)
    highest = np.int32(0)
    for n in range(bits.shape[0]):
        magnitude = bits[n] & _MAGNITUDE
        highest = magnitude if magnitude > highest else highest
    return np.int32(highest).view(np.float32)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _draw(
    points: Floats, first: int, factor: int, out: Floats
) -> None:  # pragma: no cover - compiled
    """Straight lines between points that lie `factor` frames apart, from frame `first` on."""
    step = np.float32(1.0 / factor)
    k, phase = first // factor, first % factor
    for n in range(out.shape[0]):
        out[n] = points[k] + (points[k + 1] - points[k]) * (step * np.float32(phase))
        phase += 1
        if phase == factor:
            phase = 0
            k += 1


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def smoothed(rows: Floats, reach: int) -> Floats:  # pragma: no cover - compiled
    """Mean over `reach` places to either side, twice; nothing lies beyond the ends."""
    out = np.empty_like(rows)
    once = np.empty(rows.shape[1])
    size = 2 * reach + 1
    for channel in range(rows.shape[0]):
        _add_means(rows[channel], reach, size, once)
        _add_means(once, reach, size, out[channel])
    return out


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _add_means(
    row: npt.NDArray[np.floating], reach: int, size: int, out: npt.NDArray[np.floating]
) -> None:  # pragma: no cover - compiled
    total = 0.0
    for n in range(min(reach, row.shape[0])):
        total += row[n]
    for n in range(row.shape[0]):
        if n + reach < row.shape[0]:
            total += row[n + reach]
        if n - reach - 1 >= 0:
            total -= row[n - reach - 1]
        out[n] = total / size
