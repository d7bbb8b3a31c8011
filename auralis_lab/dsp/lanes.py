"""Fourier transforms of eight complex rows at once, one in each lane of the processor's vectors.

Conventions: the rows lie side by side in one ``float32`` array of shape ``(size, 16)``: in line
``n``, the real parts of value ``n`` of all eight rows, then the imaginary parts. Sizes are powers
of 4. Spectra stay in the order in which :func:`forward` leaves them, see :func:`bin_order`.

Two real signals travel as the real and the imaginary part of a row. A symmetric filter, whose
response is real, serves both. One that also passes each to the other, as a change of stereo width
does, adds ``i conj(Z[-k])``, the spectrum with the two exchanged, times another real response.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from auralis_lab.dsp.lanesteps import (
    QUAD,
    add_eight,
    cross_step,
    down_step,
    filter_up_step,
    halve_step,
    load_eight,
    up_step,
)
from auralis_lab.dsp.vectors import LANES, LINE
from auralis_lab.errors import ParameterError

__all__ = [
    "LANES",
    "Lines",
    "add_rows",
    "back",
    "back_crossed",
    "bin_order",
    "empty_lines",
    "empty_stacks",
    "forward",
    "forward_each",
    "halving_turns",
    "load_rows",
    "twiddles",
]

NEAR = 256  # lines that fit into the first cache together

Lines: TypeAlias = npt.NDArray[np.float32]
Row: TypeAlias = npt.NDArray[np.float32]


def empty_lines(size: int) -> Lines:
    """Room for `size` lines, each in one line of the cache."""
    return np.asarray(empty_stacks(1, size)[0])


def empty_stacks(stacks: int, size: int) -> Lines:
    """Room for stacks of `size` lines, shape (stacks, size, 16)."""
    room = np.empty((stacks * size + 1) * LINE, np.float32)
    ahead = -(room.ctypes.data // room.itemsize) % LINE
    return room[ahead : ahead + stacks * size * LINE].reshape(stacks, size, LINE)


def bin_order(size: int) -> npt.NDArray[np.int64]:
    """Bin of the spectrum at each place: its number with the digits to base 4 reversed.

    Where `size` is twice a power of 4, the even bins come first, then the odd ones.

    Examples
    --------
    >>> bin_order(16).tolist()
    [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15]
    """
    order = np.zeros(1, np.int64)
    while QUAD * order.size <= size:
        order = np.concatenate([QUAD * order + digit for digit in range(QUAD)])
    return order if order.size == size else np.concatenate([2 * order, 2 * order + 1])


def twiddles(size: int) -> Row:
    """Factors of all passes, that over the whole size first, shape ``((size - 1) / 3, 6)``.

    Cosine and sine of one, two and three times the angle of each step.
    """
    rows, quarter = [], size // QUAD
    while quarter:
        angles = np.outer(np.arange(quarter), (1, 2, 3)) * (-np.pi / 2 / quarter)
        rows.append(np.stack([np.cos(angles), np.sin(angles)], axis=2).reshape(quarter, 6))
        quarter //= QUAD
    return np.concatenate(rows).astype(np.float32)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def forward(lines: Lines, factors: Row) -> None:  # pragma: no cover - compiled
    """Transform in place; `factors` are the :func:`twiddles` of the size."""
    size = lines.shape[0]
    near = min(size, NEAR)
    count = size
    while count > near:
        _down_pass(lines, 0, size, count, factors)
        count //= QUAD
    for start in range(0, size, near):
        count = near
        while count > 1:
            _down_pass(lines, start, start + near, count, factors)
            count //= QUAD


def halving_turns(size: int) -> Row:
    """Factors that split a transform in two, shape (size / 2, 2); none for a power of 4."""
    if bin(size).count("1") != 1:
        raise ParameterError(f"size={size} must be a power of 2")
    halves = size // 2 if size.bit_length() % 2 == 0 else 0
    angles = np.arange(halves) * (-2 * np.pi / size)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def forward_each(stacks: Lines, factors: Row, turns: Row) -> None:  # pragma: no cover - compiled
    """Transform in place, also in sizes that are twice a power of 4.

    Parameters
    ----------
    stacks : ndarray, shape (stacks, size, 16)
        Eight rows each; `size` at least 4.
    factors : ndarray
        The :func:`twiddles` of the size, or of half of it where there are turns.
    turns : ndarray, shape (size / 2 or 0, 2)
        The :func:`halving_turns` of the size.
    """
    half = turns.shape[0]
    for stack in range(stacks.shape[0]):
        lines = stacks[stack]
        if half == 0:
            forward(lines, factors)
            continue
        for step in range(half):
            halve_step(lines, step, half, turns)
        forward(lines[:half], factors)
        forward(lines[half:], factors)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def back(
    spectrum: Lines, response: Row, factors: Row, out: Lines
) -> None:  # pragma: no cover - compiled
    """Filter a spectrum and transform it back, times its size.

    Parameters
    ----------
    spectrum : ndarray, shape (size, 16)
        From :func:`forward`.
    response : ndarray, shape (size,)
        Real, in :func:`bin_order`.
    factors : ndarray
        The :func:`twiddles` of the size.
    out : ndarray, shape (size, 16)
        Filled with the signals.
    """
    size = spectrum.shape[0]
    near = min(size, NEAR)
    for start in range(0, size, near):
        for line in range(start, start + near, QUAD):
            filter_up_step(spectrum, line, response, out)
        count = QUAD * QUAD
        while count <= near:
            _up_pass(out, start, start + near, count, factors)
            count *= QUAD
    _far_up(out, near, factors)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def back_crossed(
    spectrum: Lines,
    response: Row,
    crossed: Row,
    mirror: npt.NDArray[np.int64],
    factors: Row,
    out: Lines,
) -> None:  # pragma: no cover - compiled
    """Filter with each of the two signals also passed to the other; else as :func:`back`.

    Parameters
    ----------
    crossed : ndarray, shape (size,)
        Real response from each signal to the other, in :func:`bin_order`.
    mirror : ndarray of int64, shape (size,)
        Place of the negative frequency.
    """
    size = spectrum.shape[0]
    near = min(size, NEAR)
    for start in range(0, size, near):
        for line in range(start, start + near):
            cross_step(spectrum, line, mirror[line], response, crossed, out)
        count = QUAD
        while count <= near:
            _up_pass(out, start, start + near, count, factors)
            count *= QUAD
    _far_up(out, near, factors)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def load_rows(row: Row, step: int, lines: Lines, part: int) -> None:  # pragma: no cover - compiled
    """Fill the real (0) or imaginary (1) part of lines with stretches that begin `step` apart.

    Parameters
    ----------
    row : ndarray, shape (7 * step + size or more,)
        One channel.
    step : int
        From the start of one stretch to that of the next.
    lines : ndarray, shape (size, 16)
        Size a multiple of 8.
    """
    for line in range(0, lines.shape[0], LANES):
        load_eight(row, line, step, lines, line, part)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def add_rows(
    lines: Lines, first: int, part: int, gains: Row, row: Row
) -> None:  # pragma: no cover - compiled
    """Add the lines from `first` on, times gains, to consecutive stretches of a row.

    Parameters
    ----------
    lines : ndarray, shape (size, 16)
        Signals; their real (`part` 0) or imaginary (1) parts are taken.
    gains, row : ndarray, shape (8 * step,)
        A multiple of 64. Row ``r`` of the lines goes to the frames from ``r * step`` on.
    """
    step = row.shape[0] // LANES
    for frame in range(0, step, LANES):
        add_eight(lines, first + frame, part, gains, row, frame, step)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _far_up(out: Lines, near: int, factors: Row) -> None:  # pragma: no cover - compiled
    count = near * QUAD
    while count <= out.shape[0]:
        _up_pass(out, 0, out.shape[0], count, factors)
        count *= QUAD


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _down_pass(
    lines: Lines, start: int, stop: int, count: int, factors: Row
) -> None:  # pragma: no cover - compiled
    quarter = count // QUAD
    first = (lines.shape[0] - count) // 3
    for base in range(start, stop, count):
        for step in range(quarter):
            down_step(lines, base + step, quarter, factors, first + step)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _up_pass(
    lines: Lines, start: int, stop: int, count: int, factors: Row
) -> None:  # pragma: no cover - compiled
    quarter = count // QUAD
    first = (lines.shape[0] - count) // 3
    for base in range(start, stop, count):
        for step in range(quarter):
            up_step(lines, base + step, quarter, factors, first + step)
