"""Compiled loops over the measures of a whole library; imported only when they are compared.

Conventions: `values` is ``float32``, one row per dimension and one column per track, NaN where a
track has no value.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["BLOCK", "GROUP", "close_pairs", "compile_all", "moments", "squared_distances"]

BLOCK = 1024
"""Tracks whose sums stay in the processor's first cache."""

GROUP = 5
"""Dimensions that are added in one pass."""

Singles = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@njit(nogil=True, cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def squared_distances(
    values: Singles,
    wanted: Flags,
    rows: npt.NDArray[np.int64],
    query: Singles,
    scales: Singles,
    weights: Singles,
    least_weight: np.float32,
    squares: Singles,
    lowest: Singles,
    blocks: tuple[int, int],
) -> None:
    """Weighted mean of the squared differences between each track and a query.

    Parameters
    ----------
    values : ndarray of float32, shape (dimensions, tracks)
    wanted : ndarray of bool, shape (tracks,)
        The other tracks are infinitely far.
    rows : ndarray of int64, shape (multiple of GROUP,)
        The dimensions that count; to fill up, any one with a weight of 0.
    query, scales, weights : ndarray of float32, shape as `rows`
        Values of the query, weights over variances, and weights.
    least_weight : float32
        Tracks are infinitely far whose dimensions with a value weigh less together.
    squares : ndarray of float32, shape (tracks,)
        Filled with the results.
    lowest : ndarray of float32, shape (ceil(tracks / BLOCK),)
        Filled with the lowest result of each block of tracks.
    blocks : (int, int)
        The blocks to do, so that several threads can share the work.
    """
    tracks = values.shape[1]
    total = np.zeros(BLOCK, np.float32)
    shared = np.zeros(BLOCK, np.float32)
    for block in range(blocks[0], blocks[1]):
        start = block * BLOCK
        stop = min(start + BLOCK, tracks)
        total[:] = 0
        shared[:] = 0
        for first in range(0, len(rows), GROUP):
            group = slice(first, first + GROUP)
            _add_group(
                values, rows[group], start, stop, query[group], scales[group], weights[group],
                total, shared,
            )  # fmt: skip
        low = np.float32(np.inf)
        for i in range(stop - start):
            square = total[i] / shared[i]
            near = wanted[start + i] and shared[i] >= least_weight and square < np.inf
            squares[start + i] = square if near else np.float32(np.inf)
            low = min(low, squares[start + i])
        lowest[block] = low


@njit(nogil=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _add_group(
    values: Singles,
    rows: npt.NDArray[np.int64],
    start: int,
    stop: int,
    query: Singles,
    scales: Singles,
    weights: Singles,
    total: Singles,
    shared: Singles,
) -> None:
    """Add five dimensions at once, which is twice as fast as one by one."""
    none = np.float32(0)
    v0, q0, s0, w0 = values[rows[0], start:stop], query[0], scales[0], weights[0]
    v1, q1, s1, w1 = values[rows[1], start:stop], query[1], scales[1], weights[1]
    v2, q2, s2, w2 = values[rows[2], start:stop], query[2], scales[2], weights[2]
    v3, q3, s3, w3 = values[rows[3], start:stop], query[3], scales[3], weights[3]
    v4, q4, s4, w4 = values[rows[4], start:stop], query[4], scales[4], weights[4]
    for i in range(stop - start):
        d0, d1, d2, d3, d4 = v0[i] - q0, v1[i] - q1, v2[i] - q2, v3[i] - q3, v4[i] - q4
        square, weight = total[i], shared[i]
        square += d0 * d0 * s0 if d0 == d0 else none
        weight += w0 if d0 == d0 else none
        square += d1 * d1 * s1 if d1 == d1 else none
        weight += w1 if d1 == d1 else none
        square += d2 * d2 * s2 if d2 == d2 else none
        weight += w2 if d2 == d2 else none
        square += d3 * d3 * s3 if d3 == d3 else none
        weight += w3 if d3 == d3 else none
        square += d4 * d4 * s4 if d4 == d4 else none
        weight += w4 if d4 == d4 else none
        total[i], shared[i] = square, weight


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def moments(values: Singles) -> tuple[npt.NDArray[np.int64], Doubles, Doubles]:
    """Count, mean and standard deviation of each row's numbers; 0 where there are none."""
    rows = values.shape[0]
    counts = np.zeros(rows, np.int64)
    means, deviations = np.zeros(rows), np.zeros(rows)
    for row in range(rows):
        total = 0.0
        for value in values[row]:
            if value == value:
                total += value
                counts[row] += 1
        if counts[row] == 0:
            continue
        mean = total / counts[row]
        square = 0.0
        for value in values[row]:
            if value == value:
                square += (value - mean) ** 2
        means[row], deviations[row] = mean, np.sqrt(square / counts[row])
    return counts, means, deviations


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def close_pairs(
    durations_s: Doubles,
    values: Singles,
    length_s: float,
    tolerances: Singles,
    row: int,
    column: int,
    pairs: npt.NDArray[np.int64],
) -> tuple[int, int, int]:
    """Find pairs of tracks of nearly one length whose measures lie close together.

    Parameters
    ----------
    durations_s : ndarray of float64, shape (tracks,)
        Ascending.
    values : ndarray of float32, shape (measures, tracks)
        Four measures or more. A value that is not known tells nothing.
    length_s, tolerances : float and ndarray of float32, shape (measures,)
        Largest differences.
    row, column : int
        The pair after which to begin; of each, the first place is the lower one.
    pairs : ndarray of int64, shape (n, 2)
        Filled with the places of the next n pairs.

    Returns
    -------
    count, row, column : int
        How many were found, and where to go on; `row` is the number of tracks at the end.
    """
    tracks = len(durations_s)
    count = 0
    stop = row + 1
    close = np.empty(BLOCK, np.bool_)
    while row < tracks:
        while stop < tracks and durations_s[stop] - durations_s[row] <= length_s:
            stop += 1
        first = max(column, row) + 1
        while first < stop:
            length = min(BLOCK, stop - first)
            _mark_close(values, tolerances, row, first, close[:length])
            for i in range(length):
                if close[i] and _is_close(values, tolerances, row, first + i):
                    pairs[count] = row, first + i
                    count += 1
                    if count == len(pairs):
                        return count, row, first + i
            first += length
        row += 1
        column = row
    return count, row, column


@njit(nogil=True)  # type: ignore[untyped-decorator]
def _mark_close(values: Singles, tolerances: Singles, row: int, first: int, close: Flags) -> None:
    """Compare the first four measures of a track with many others', several at a time."""
    stop = first + len(close)
    v0, v1, v2, v3 = (
        values[0, first:stop],
        values[1, first:stop],
        values[2, first:stop],
        values[3, first:stop],
    )
    a0, a1, a2, a3 = values[0, row], values[1, row], values[2, row], values[3, row]
    t0, t1, t2, t3 = tolerances[0], tolerances[1], tolerances[2], tolerances[3]
    for i in range(len(close)):
        far0, far1 = abs(v0[i] - a0) > t0, abs(v1[i] - a1) > t1
        far2, far3 = abs(v2[i] - a2) > t2, abs(v3[i] - a3) > t3
        close[i] = not (far0 | far1 | far2 | far3)


@njit(nogil=True)  # type: ignore[untyped-decorator]
def _is_close(values: Singles, tolerances: Singles, one: int, other: int) -> bool:
    for measure in range(4, len(tolerances)):
        if abs(values[measure, one] - values[measure, other]) > tolerances[measure]:
            return False
    return True


def compile_all() -> None:
    """Run every kernel once, so that nobody waits for it later."""
    values = np.ones((GROUP, 2), np.float32)
    single, double = np.ones(GROUP, np.float32), np.ones(2)
    moments(values)
    squared_distances(
        values,
        np.ones(2, np.bool_),
        np.arange(GROUP),
        single,
        single,
        single,
        np.float32(1),
        np.empty(2, np.float32),
        np.empty(1, np.float32),
        (0, 1),
    )
    close_pairs(double, values, 1.0, single, 0, 0, np.empty((1, 2), np.int64))
