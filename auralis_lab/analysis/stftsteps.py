"""Inner steps of :mod:`auralis_lab.analysis.stftkernels`, on eight frames at once.

Conventions: spectra are lines as in :mod:`auralis_lab.dsp.lanes`; tables hold eight floats, one
for each of the frames, in every place.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.extending import intrinsic

from auralis_lab.dsp.vectors import LANES, LINE, Code, Floats

__all__ = ["add_products", "add_share", "load_windowed", "take_power"]


@intrinsic  # type: ignore[untyped-decorator]
def load_windowed(
    typing: Any, row: Any, starts: Any, offset: Any, window: Any, lines: Any, part: Any
) -> Any:
    """Turn eight frames each of eight stretches, times a window, into a part of eight lines."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = Code(builder)
        kinds = signature.args
        source = Floats(context, builder, kinds[0], values[0])
        weights = Floats(context, builder, kinds[3], values[3]).load(values[2])
        target = Floats(context, builder, kinds[4], values[4])
        begins = context.make_array(kinds[1])(context, builder, values[1]).data
        vectors = []
        for lane in range(LANES):
            begin = builder.load(builder.gep(begins, [context.get_constant(types.int64, lane)]))
            vectors.append(code.product(source.load(code.ahead(begin, values[2])), weights))
        for n, vector in enumerate(code.transposed(vectors)):
            place = code.ahead(code.index(values[2], LINE, n * LINE), code.index(values[5], LANES))
            target.store(vector, place)
        return context.get_dummy_value()

    i = types.int64
    return types.void(row, starts, i, window, lines, i), generate


@intrinsic  # type: ignore[untyped-decorator]
def take_power(typing: Any, lines: Any, at: Any, mirror: Any, powers: Any, k: Any) -> Any:
    """Write ``|a|² + |b|²`` of two lines."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = Code(builder)
        x = Floats(context, builder, signature.args[0], values[0])
        a, b = code.read(x, values[1]), code.read(x, values[2])
        power = code.plus(_square(code, a), _square(code, b))
        Floats(context, builder, signature.args[3], values[3]).store(
            power, code.index(values[4], LANES)
        )
        return context.get_dummy_value()

    i = types.int64
    return types.void(lines, i, i, powers, i), generate


@intrinsic  # type: ignore[untyped-decorator]
def add_products(
    typing: Any, lines: Any, at: Any, mirror: Any, marks: Any, held: Any, k: Any, apart: Any
) -> Any:
    """Add ``|a|² + |b|²`` and both parts of ``a b``, times marks, to three tables."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = Code(builder)
        kinds = signature.args
        x = Floats(context, builder, kinds[0], values[0])
        mark = Floats(context, builder, kinds[3], values[3]).load(
            context.get_constant(types.int64, 0)
        )
        tables = Floats(context, builder, kinds[4], values[4])
        a, b = code.read(x, values[1]), code.read(x, values[2])
        whole = code.plus(_square(code, a), _square(code, b))
        balance = code.minus(code.product(a[0], b[0]), code.product(a[1], b[1]))
        product = code.plus(code.product(a[0], b[1]), code.product(a[1], b[0]))
        place = code.index(values[5], LANES)
        for value in (whole, balance, product):
            tables.store(code.plus(tables.load(place), code.product(value, mark)), place)
            place = code.ahead(place, code.index(values[6], LANES))
        return context.get_dummy_value()

    i = types.int64
    return types.void(lines, i, i, marks, held, i, i), generate


@intrinsic  # type: ignore[untyped-decorator]
def add_share(typing: Any, powers: Any, k: Any, shares: Any, n: Any, sums: Any, band: Any) -> Any:
    """Add the `n`-th share of bin `k` to a band."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        code = Code(builder)
        kinds = signature.args
        power = Floats(context, builder, kinds[0], values[0]).load(code.index(values[1], LANES))
        share = Floats(context, builder, kinds[2], values[2]).splat(values[3])
        target = Floats(context, builder, kinds[4], values[4])
        place = code.index(values[5], LANES)
        target.store(code.plus(target.load(place), code.product(power, share)), place)
        return context.get_dummy_value()

    i = types.int64
    return types.void(powers, i, shares, i, sums, i), generate


def _square(code: Code, a: Any) -> Any:
    return code.plus(code.product(a[0], a[0]), code.product(a[1], a[1]))
