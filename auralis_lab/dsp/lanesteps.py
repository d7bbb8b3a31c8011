"""Inner steps of :mod:`auralis_lab.dsp.lanes`, on eight rows at once.

Conventions: as there. Lines, places and steps are counted in lines, frames in floats.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from auralis_lab.dsp.vectors import LANES, LINE, Code, Floats

__all__ = [
    "QUAD",
    "add_eight",
    "cross_step",
    "down_step",
    "filter_up_step",
    "load_eight",
    "up_step",
]

QUAD = 4  # smallest transform


@intrinsic  # type: ignore[untyped-decorator]
def down_step(typing: Any, lines: Any, at: Any, apart: Any, factors: Any, step: Any) -> Any:
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
def halve_step(typing: Any, lines: Any, at: Any, apart: Any, turns: Any) -> Any:
    """Put the sum of two lines in place of the first, their turned difference of the other."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = Code(builder)
        x = Floats(context, builder, signature.args[0], values[0])
        w = Floats(context, builder, signature.args[3], values[3])
        other = code.ahead(values[1], values[2])
        a, b = code.read(x, values[1]), code.read(x, other)
        cosine, sine = (w.splat(code.index(values[1], 2, part)) for part in (0, 1))
        code.write(code.sums(a, b), x, values[1])
        code.write(code.turned(code.differences(a, b), cosine, sine), x, other)
        return context.get_dummy_value()

    return types.void(lines, types.int64, types.int64, turns), generate


@intrinsic  # type: ignore[untyped-decorator]
def up_step(typing: Any, lines: Any, at: Any, apart: Any, factors: Any, step: Any) -> Any:
    """Undo :func:`down_step`, but for a factor of 4."""

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
def filter_up_step(typing: Any, spectrum: Any, at: Any, response: Any, out: Any) -> Any:
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
def cross_step(
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
def load_eight(typing: Any, row: Any, at: Any, step: Any, lines: Any, line: Any, part: Any) -> Any:
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
def add_eight(
    typing: Any, lines: Any, line: Any, part: Any, gains: Any, row: Any, at: Any, step: Any
) -> Any:
    """Undo :func:`load_eight`, adding the values times their gains to a row."""

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
