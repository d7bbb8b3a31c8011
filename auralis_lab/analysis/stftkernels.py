"""Compiled loops around the transforms of the shared frames; imported when something is measured.

Conventions: two channels travel as one complex signal, left + i right, whose transform ``Z`` gives
the power of both at once: ``|L|² + |R|²`` at bin ``k`` is ``(|Z[k]|² + |Z[-k]|²) / 2``. Eight
frames are worked on at a time, side by side in lines as in :mod:`auralis_lab.dsp.lanes`. Every
output depends on its own inputs alone, in an order that no cutting changes.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt
from numba import njit

from auralis_lab.analysis.stftsteps import add_products, add_share, load_windowed, take_power
from auralis_lab.audio import Audio
from auralis_lab.dsp.vectors import LANES

__all__ = [
    "band_shares",
    "band_sums",
    "decimate",
    "gather_bands",
    "gather_bins",
    "window_frames",
]

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def decimate(
    x: Audio, taps: Floats, factor: int, first: int, out: Floats
) -> None:  # pragma: no cover - compiled
    """Filter and keep one frame in `factor`: ``out[n] = Σ taps[k] x[first + n factor + k]``.

    The signal is dealt out to `factor` phases, so that each step of four taps is one pass over
    whole vectors. Frames past the end of `x` count as zero.
    """
    count = out.shape[0]
    steps = ((taps.shape[0] - 1) // factor // 4 + 1) * 4
    lane = np.empty(count + steps, dtype=np.float32)
    weights = np.empty(steps, dtype=np.float32)
    out[:] = np.float32(0.0)
    for phase in range(factor):
        for j in range(steps):
            k = j * factor + phase
            weights[j] = taps[k] if k < taps.shape[0] else np.float32(0.0)
        start = first + phase
        known = min(lane.shape[0], (x.shape[0] - start + factor - 1) // factor)
        for n in range(known):
            lane[n] = x[start + n * factor]
        lane[known:] = np.float32(0.0)
        for j in range(0, steps, 4):
            _add_four(out, lane[j:], weights[j], weights[j + 1], weights[j + 2], weights[j + 3])


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _add_four(
    out: Floats, x: Floats, w0: float, w1: float, w2: float, w3: float
) -> None:  # pragma: no cover - compiled
    for n in range(out.shape[0]):
        out[n] += w0 * x[n] + w1 * x[n + 1] + w2 * x[n + 2] + w3 * x[n + 3]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def window_frames(
    left: Audio, right: Audio, window: Floats, starts: Indices, stacks: Floats
) -> None:  # pragma: no cover - compiled
    """Fill stack after stack with eight windowed frames each, left + i right, then zeros.

    Parameters
    ----------
    left, right : ndarray of float32, shape (frames,)
    window : ndarray of float32, shape (a multiple of 8,)
    starts : ndarray of int64, shape (rows,)
        Where each frame begins; where the last stack has room left, its last frame is repeated.
    stacks : ndarray of float32, shape (stacks, size, 16)
    """
    begins = np.empty(LANES, np.int64)
    for stack in range(stacks.shape[0]):
        lines = stacks[stack]
        for lane in range(LANES):
            begins[lane] = starts[min(stack * LANES + lane, starts.shape[0] - 1)]
        for n in range(0, window.shape[0], LANES):
            load_windowed(left, begins, n, window, lines, 0)
            load_windowed(right, begins, n, window, lines, 1)
        lines[window.shape[0] :] = np.float32(0.0)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def gather_bands(
    stacks: Floats,
    places: Indices,
    bins: Indices,
    bands: Indices,
    shares: Floats,
    scale: float,
    first: int,
    stop: int,
    out: Floats,
    sums: Floats,
) -> None:  # pragma: no cover - compiled
    """Add power by band of every row to `out`, and by bin of some rows together to `sums`.

    Parameters
    ----------
    stacks : ndarray of float32, shape (stacks, size, 16)
        Transforms of two channels, eight rows each.
    places : ndarray of int64, shape (size + 1,)
        Line of each bin, and of the first again.
    bins, bands, shares : ndarray, shape (parts,)
        The share of a bin that a band has, see :func:`band_shares`; bins rise.
    scale : float
        Of the power in `out`; `sums` is not scaled.
    first, stop : int
        Rows that count for `sums`.
    out : ndarray of float32, shape (rows that count, bands)
    sums : ndarray of float32, shape (3, size // 2 + 1)
        ``2 (|L|² + |R|²)``, ``|L|² - |R|²`` and ``2 Re(L R*)`` of the bins of the bands: the
        last two are the parts of ``Z[k] Z[-k]``.
    """
    half = stacks.shape[1] // 2
    lowest = max(bins[0], 1)
    powers = np.zeros((half + 1, LANES), np.float32)
    held = np.zeros((3, half + 1, LANES), np.float32)
    levels = np.empty((out.shape[1], LANES), np.float32)
    marks = np.empty(LANES, np.float32)
    for stack in range(stacks.shape[0]):
        row, lines = stack * LANES, stacks[stack]
        rows = min(LANES, out.shape[0] - row)
        if rows <= 0:
            break
        _mark(marks, first - row, stop - row)
        _take_powers(lines, places, bins[0], powers)
        if first < row + rows and row < stop:
            for k in range(lowest, half):
                add_products(lines, places[k], places[2 * half - k], marks, held, k, half + 1)
        levels[:] = np.float32(0.0)
        for part in range(bins.shape[0]):
            add_share(powers, bins[part], shares, part, levels, bands[part])
        for band in range(out.shape[1]):
            for lane in range(rows):
                out[row + lane, band] += np.float32(scale) * levels[band, lane]
    _add_lanes(held, sums)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def gather_bins(
    stacks: Floats, places: Indices, scale: float, out: Floats, sums: Floats
) -> None:  # pragma: no cover - compiled
    """Add `scale` times the power of each bin to `out`, shape (rows, bins up to a half).

    The rest is as for `gather_bands`, where `sums` is of all rows.
    """
    half = stacks.shape[1] // 2
    powers = np.zeros((half + 1, LANES), np.float32)
    held = np.zeros((3, half + 1, LANES), np.float32)
    marks = np.empty(LANES, np.float32)
    for stack in range(stacks.shape[0]):
        row, lines = stack * LANES, stacks[stack]
        rows = min(LANES, out.shape[0] - row)
        if rows <= 0:
            break
        _mark(marks, 0, rows)
        _take_powers(lines, places, 0, powers)
        for k in range(1, half):
            add_products(lines, places[k], places[2 * half - k], marks, held, k, half + 1)
        for lane in range(rows):
            for k in range(half + 1):
                out[row + lane, k] += np.float32(scale) * powers[k, lane]
    _add_lanes(held, sums)


def band_shares(edges: Floats) -> tuple[Indices, Indices, Floats]:
    """Bins, bands and the share of the bin that the band has, for each two `edges`.

    Parameters
    ----------
    edges : ndarray of float32, shape (bands + 1,)
        In bins, rising, from -0.5 to half the size at most; a bin reaches half a bin to either
        side, and one that an edge cuts is shared by width.
    """
    ends = edges.astype(np.float64) + 0.5
    parts = [
        (k, band, min(high, k + 1) - max(low, k))
        for band, (low, high) in enumerate(itertools.pairwise(ends.tolist()))
        for k in range(int(low), math.ceil(high))
    ]
    bins, bands, shares = zip(*parts, strict=True)
    return np.array(bins, np.int64), np.array(bands, np.int64), np.array(shares, np.float32)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _mark(marks: Floats, first: int, stop: int) -> None:  # pragma: no cover - compiled
    """Mark the rows from `first` to `stop` by 1, others by 0."""
    for lane in range(LANES):
        marks[lane] = np.float32(1.0 if first <= lane and lane < stop else 0.0)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _take_powers(
    lines: Floats, places: Indices, lowest: int, powers: Floats
) -> None:  # pragma: no cover - compiled
    """Twice the power of each bin from `lowest` to a half; the outermost are their own mirror."""
    half = lines.shape[0] // 2
    for k in range(lowest, half + 1):
        take_power(lines, places[k], places[2 * half - k], powers, k)
    for lane in range(LANES):
        powers[0, lane] *= np.float32(0.5)
        powers[half, lane] *= np.float32(0.5)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _add_lanes(held: Floats, sums: Floats) -> None:  # pragma: no cover - compiled
    for kind in range(3):
        for k in range(sums.shape[1]):
            total = np.float32(0.0)
            for lane in range(LANES):
                total += held[kind, k, lane]
            sums[kind, k] += total


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def band_sums(powers: Floats, edges: Floats) -> Floats:  # pragma: no cover - compiled
    """Power between each two `edges` of every row of bins, shape (rows, bands)."""
    out = np.zeros((powers.shape[0], edges.shape[0] - 1), dtype=np.float32)
    for r in range(out.shape[0]):
        _add_shares(powers[r], edges, 1.0, out[r])
    return out


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _add_shares(
    powers: Floats, edges: Floats, scale: float, out: Floats
) -> None:  # pragma: no cover - compiled
    for band in range(out.shape[0]):
        low, high = edges[band] + 0.5, edges[band + 1] + 0.5
        first, last = int(low), int(high)
        if first == last:
            total = (high - low) * powers[first]
        else:
            total = (first + 1 - low) * powers[first]
            for power in powers[first + 1 : last]:
                total += power
            if last < powers.shape[0]:
                total += (high - last) * powers[last]
        out[band] += np.float32(scale * total)
