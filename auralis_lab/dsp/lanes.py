"""Fourier transforms of eight complex rows at once, one in each lane of the processor's vectors.

Conventions: the rows lie side by side in one ``float32`` array of shape ``(size, 16)``: in line
``n``, the real parts of value ``n`` of all eight rows, then the imaginary parts. Sizes are powers
of 4. Spectra stay in the order in which :func:`forward` leaves them, see :func:`bin_order`.

Two real signals travel as the real and the imaginary part of a row. A symmetric filter, whose
response is real, serves both. One that also passes each to the other, as a change of stereo width
does, adds ``i conj(Z[-k])``, the spectrum with the two exchanged, times another real response.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit, types
from numba.extending import intrinsic

from auralis_lab.dsp.vectors import LANES, LINE, Code, Floats

__all__ = [
    "LANES",
    "Lines",
    "add_rows",
    "back",
    "back_crossed",
    "bin_order",
    "empty_lines",
    "forward",
    "load_rows",
    "twiddles",
]

NEAR = 256  # lines that fit into the first cache together
QUAD = 4  # smallest transform

Lines: TypeAlias = npt.NDArray[np.float32]
Row: TypeAlias = npt.NDArray[np.float32]


def empty_lines(size: int) -> Lines:
    """Room for `size` lines, each in one line of the cache."""
    room = np.empty(size * LINE + LINE, np.float32)
    ahead = -(room.ctypes.data // room.itemsize) % LINE
    return room[ahead : ahead + size * LINE].reshape(size, LINE)


def bin_order(size: int) -> npt.NDArray[np.int64]:
    """Bin of the spectrum at each place: its number with the digits to base 4 reversed.

    Examples
    --------
    >>> bin_order(16).tolist()
    [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15]
    """
    order = np.zeros(1, np.int64)
    while order.size < size:
        order = np.concatenate([QUAD * order + digit for digit in range(QUAD)])
    return order


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


@intrinsic  # type: ignore[untyped-decorator]
def _down(typing: Any, lines: Any, at: Any, apart: Any, factors: Any, step: Any) -> Any:
    """Transform the four lines from `at` on that lie `apart`, then turn them."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = Code(builder)
        x = Floats(context, builder, signature.args[0], values[0])
        w = Floats(context, builder, signature.args[3], values[3])
        places = _four(code, values[1], values[2])
        parts = code.fourth(*(code.read(x, place) for place in places))
        code.write(parts[0], x, places[0])
        for k in (1, 2, 3):
            cosine, sine = (w.splat(code.index(values[4], 6, 2 * k - 2 + part)) for part in (0, 1))
            code.write(code.turned(parts[k], cosine, sine), x, places[k])
        return context.get_dummy_value()

    return types.void(lines, types.int64, types.int64, factors, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def _up(typing: Any, lines: Any, at: Any, apart: Any, factors: Any, step: Any) -> Any:
    """Undo :func:`_down`, but for a factor of 4."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = Code(builder)
        x = Floats(context, builder, signature.args[0], values[0])
        w = Floats(context, builder, signature.args[3], values[3])
        places = _four(code, values[1], values[2])
        parts = [code.read(x, places[0])]
        for k in (1, 2, 3):
            cosine, sine = (w.splat(code.index(values[4], 6, 2 * k - 2 + part)) for part in (0, 1))
            parts.append(code.turned_back(code.read(x, places[k]), cosine, sine))
        for place, value in zip(places, code.fourth_back(*parts), strict=True):
            code.write(value, x, place)
        return context.get_dummy_value()

    return types.void(lines, types.int64, types.int64, factors, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def _start_up(typing: Any, spectrum: Any, at: Any, response: Any, out: Any) -> Any:
    """Filter four neighbouring lines, and undo their transform into `out`."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = Code(builder)
        kinds = signature.args
        x, h, y = (Floats(context, builder, kinds[n], values[n]) for n in (0, 2, 3))
        places = [code.index(values[1], 1, n) for n in range(QUAD)]
        parts = [code.scaled(code.read(x, place), h.splat(place)) for place in places]
        for place, value in zip(places, code.fourth_back(*parts), strict=True):
            code.write(value, y, place)
        return context.get_dummy_value()

    return types.void(spectrum, types.int64, response, out), generate


@intrinsic  # type: ignore[untyped-decorator]
def _cross(
    typing: Any, spectrum: Any, at: Any, mirror: Any, direct: Any, crossed: Any, out: Any
) -> Any:
    """Filter one line and its mirrored one into `out`."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = Code(builder)
        kinds = signature.args
        x, h, d, y = (Floats(context, builder, kinds[n], values[n]) for n in (0, 3, 4, 5))
        own = code.scaled(code.read(x, values[1]), h.splat(values[1]))
        real, imaginary = code.scaled(code.read(x, values[2]), d.splat(values[1]))
        code.write((code.plus(own[0], imaginary), code.plus(own[1], real)), y, values[1])
        return context.get_dummy_value()

    return types.void(spectrum, types.int64, types.int64, direct, crossed, out), generate


@intrinsic  # type: ignore[untyped-decorator]
def _load_eight(typing: Any, row: Any, at: Any, step: Any, lines: Any, line: Any, part: Any) -> Any:
    """Turn eight stretches of eight frames, `step` apart, into a part of eight lines."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = Code(builder)
        source = Floats(context, builder, signature.args[0], values[0])
        target = Floats(context, builder, signature.args[3], values[3])
        vectors, at = [], values[1]
        for _ in range(LANES):
            vectors.append(source.load(at))
            at = code.ahead(at, values[2])
        for n, vector in enumerate(code.transposed(vectors)):
            place = code.ahead(code.index(values[4], LINE, n * LINE), code.index(values[5], LANES))
            target.store(vector, place)
        return context.get_dummy_value()

    i = types.int64
    return types.void(row, i, i, lines, i, i), generate


@intrinsic  # type: ignore[untyped-decorator]
def _add_eight(
    typing: Any, lines: Any, line: Any, part: Any, gains: Any, row: Any, at: Any, step: Any
) -> Any:
    """Undo :func:`_load_eight`, adding the values times their gains to a row."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = Code(builder)
        kinds = signature.args
        source, gain, target = (Floats(context, builder, kinds[n], values[n]) for n in (0, 3, 4))
        vectors = [
            source.load(
                code.ahead(code.index(values[1], LINE, n * LINE), code.index(values[2], LANES))
            )
            for n in range(LANES)
        ]
        at = values[5]
        for vector in code.transposed(vectors):
            added = code.product(vector, gain.load(at))
            target.store(code.plus(target.load(at), added), at)
            at = code.ahead(at, values[6])
        return context.get_dummy_value()

    i = types.int64
    return types.void(lines, i, i, gains, row, i, i), generate


def _four(code: Code, at: Any, apart: Any) -> list[Any]:
    places = [at]
    for _ in range(QUAD - 1):
        places.append(code.ahead(places[-1], apart))
    return places


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
            _start_up(spectrum, line, response, out)
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
            _cross(spectrum, line, mirror[line], response, crossed, out)
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
        _load_eight(row, line, step, lines, line, part)


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
        _add_eight(lines, first + frame, part, gains, row, frame, step)


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
            _down(lines, base + step, quarter, factors, first + step)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _up_pass(
    lines: Lines, start: int, stop: int, count: int, factors: Row
) -> None:  # pragma: no cover - compiled
    quarter = count // QUAD
    first = (lines.shape[0] - count) // 3
    for base in range(start, stop, count):
        for step in range(quarter):
            _up(lines, base + step, quarter, factors, first + step)
