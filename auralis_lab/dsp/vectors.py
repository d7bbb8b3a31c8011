"""Words in which the inner steps of :mod:`auralis_lab.dsp.lanes` are written for the compiler.

The compiler does not turn loops over eight lanes into vector instructions by itself, so these steps
are put down as such. A value takes the same instructions in every lane: equal rows give equal
results. Complex values are pairs of vectors.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from llvmlite import ir  # type: ignore[import-untyped]

__all__ = ["LANES", "LINE", "Code", "Floats", "Pair"]

LANES = 8
LINE = 2 * LANES
"""Floats in a line: eight real parts, then eight imaginary ones."""

Pair: TypeAlias = tuple[Any, Any]

_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_WORD = ir.IntType(32)
_CONTRACT = ("contract",)  # a product may go into a sum unrounded; no sum is reordered


class Floats:
    """An array of floats, as the generated code sees it."""

    def __init__(self, context: Any, builder: Any, kind: Any, value: Any) -> None:
        self._builder = builder
        self._data = context.make_array(kind)(context, builder, value).data

    def load(self, at: Any) -> Any:
        """Return the eight values from index `at` on."""
        return self._builder.load(self._place(at), align=4)

    def store(self, value: Any, at: Any) -> None:
        """Write eight values from index `at` on."""
        self._builder.store(value, self._place(at), align=4)

    def splat(self, at: Any) -> Any:
        """Return the value at index `at` in all lanes."""
        one = self._builder.load(self._builder.gep(self._data, [at]))
        empty = ir.Constant(_VECTOR, ir.Undefined)
        first = self._builder.insert_element(empty, one, ir.Constant(_WORD, 0))
        lanes = ir.Constant(ir.VectorType(_WORD, LANES), [0] * LANES)
        return self._builder.shuffle_vector(first, empty, lanes)

    def _place(self, at: Any) -> Any:
        return self._builder.bitcast(self._builder.gep(self._data, [at]), _VECTOR.as_pointer())


class Code:
    """Arithmetic of the generated code."""

    def __init__(self, builder: Any) -> None:
        self._builder = builder

    def index(self, number: Any, factor: int = 1, offset: int = 0) -> Any:
        """Return ``number * factor + offset`` of an integer."""
        scaled = self._builder.mul(number, ir.Constant(number.type, factor))
        return self._builder.add(scaled, ir.Constant(number.type, offset))

    def ahead(self, number: Any, by: Any) -> Any:
        """Return the sum of two integers."""
        return self._builder.add(number, by)

    def read(self, lines: Floats, number: Any) -> Pair:
        """Return a line."""
        return lines.load(self.index(number, LINE)), lines.load(self.index(number, LINE, LANES))

    def write(self, value: Pair, lines: Floats, number: Any) -> None:
        """Put down a line."""
        lines.store(value[0], self.index(number, LINE))
        lines.store(value[1], self.index(number, LINE, LANES))

    def product(self, a: Any, b: Any) -> Any:
        """Return ``a b`` of vectors."""
        return self._builder.fmul(a, b, flags=_CONTRACT)

    def plus(self, a: Any, b: Any) -> Any:
        """Return ``a + b`` of vectors."""
        return self._builder.fadd(a, b, flags=_CONTRACT)

    def minus(self, a: Any, b: Any) -> Any:
        """Return ``a - b`` of vectors."""
        return self._builder.fsub(a, b, flags=_CONTRACT)

    def scaled(self, a: Pair, factor: Any) -> Pair:
        """Return `a` times a real vector."""
        return self.product(a[0], factor), self.product(a[1], factor)

    def turned(self, a: Pair, cosine: Any, sine: Any) -> Pair:
        """Return ``a (cosine + i sine)``."""
        return (
            self.minus(self.product(a[0], cosine), self.product(a[1], sine)),
            self.plus(self.product(a[0], sine), self.product(a[1], cosine)),
        )

    def turned_back(self, a: Pair, cosine: Any, sine: Any) -> Pair:
        """Return ``a (cosine - i sine)``."""
        return (
            self.plus(self.product(a[0], cosine), self.product(a[1], sine)),
            self.minus(self.product(a[1], cosine), self.product(a[0], sine)),
        )

    def fourth(self, a: Pair, b: Pair, c: Pair, d: Pair) -> tuple[Pair, Pair, Pair, Pair]:
        """Return the transform of four values: ``a + (-i)^k b + (-1)^k c + i^k d`` for each k."""
        even, odd = self.sums(a, c), self.differences(a, c)
        both, gap = self.sums(b, d), self.differences(b, d)
        return (
            self.sums(even, both),
            (self.plus(odd[0], gap[1]), self.minus(odd[1], gap[0])),
            self.differences(even, both),
            (self.minus(odd[0], gap[1]), self.plus(odd[1], gap[0])),
        )

    def fourth_back(self, a: Pair, b: Pair, c: Pair, d: Pair) -> tuple[Pair, Pair, Pair, Pair]:
        """Return four times the values whose :meth:`fourth` is given."""
        first, fourth, third, second = self.fourth(a, b, c, d)
        return first, second, third, fourth

    def transposed(self, rows: list[Any]) -> list[Any]:
        """Return the columns of eight vectors."""
        for width in (1, 2, 4):
            moved = list(rows)
            for number in range(LANES):
                if not number & width:
                    pair = rows[number], rows[number | width]
                    moved[number] = self._exchanged(*pair, width, 0)
                    moved[number | width] = self._exchanged(*pair, width, width)
            rows = moved
        return rows

    def _exchanged(self, a: Any, b: Any, width: int, offset: int) -> Any:
        lanes: list[int] = []
        for start in range(offset, LANES + offset, 2 * width):
            lanes += [*range(start, start + width), *range(LANES + start, LANES + start + width)]
        mask = ir.Constant(ir.VectorType(_WORD, LANES), lanes)
        return self._builder.shuffle_vector(a, b, mask)

    def sums(self, a: Pair, b: Pair) -> Pair:
        """Return ``a + b``."""
        return self.plus(a[0], b[0]), self.plus(a[1], b[1])

    def differences(self, a: Pair, b: Pair) -> Pair:
        """Return ``a - b``."""
        return self.minus(a[0], b[0]), self.minus(a[1], b[1])
