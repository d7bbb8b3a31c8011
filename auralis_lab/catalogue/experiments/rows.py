"""Rows that are values to a program and a table to a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Generic, TypeVar, overload

__all__ = ["Rows", "number"]

Row = TypeVar("Row")


class Rows(Sequence[Row], Generic[Row]):
    """A sequence of rows that is shown as a table, as text and in a notebook.

    Parameters
    ----------
    rows : iterable
        Anything.
    columns : dict of str to callable
        The cell in a column, for a row.
    notes : iterable of str
        Written below.

    Examples
    --------
    >>> rows = Rows([("gain", 2)], {"what": lambda row: row[0], "amount": lambda row: str(row[1])})
    >>> rows
    what  amount
    ----  ------
    gain  2
    >>> rows[0]
    ('gain', 2)
    """

    def __init__(
        self,
        rows: Sequence[Row],
        columns: dict[str, Callable[[Row], str]],
        notes: Sequence[str] = (),
    ) -> None:
        self._rows = tuple(rows)
        self._columns = columns
        self.notes = tuple(notes)

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> Rows[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | Rows[Row]:
        if isinstance(at, slice):
            return Rows(self._rows[at], self._columns, self.notes)
        return self._rows[at]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        return self._rows == (other._rows if isinstance(other, Rows) else other)

    def __hash__(self) -> int:
        return hash(self._rows)

    def _lines(self) -> list[list[str]]:
        return [[cell(row) for cell in self._columns.values()] for row in self._rows]

    def __repr__(self) -> str:
        if not self._rows:
            return "\n".join(["nothing to show", *self.notes])
        lines = self._lines()
        widths = [max(map(len, column)) for column in zip(self._columns, *lines, strict=True)]
        table = [list(self._columns), ["-" * width for width in widths], *lines]
        return "\n".join(
            [
                *(
                    "  ".join(map(str.ljust, cells, widths)).rstrip()
                    for cells in table
                ),
                *self.notes,
            ]
        )  # fmt: skip

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in self._columns)
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
            for cells in self._lines()
        )
        notes = "".join(f"<div>{escape(note)}</div>" for note in self.notes)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return (table if self._rows else "<div>nothing to show</div>") + notes


def number(value: float | None, digits: int = 3) -> str:
    """A number with so many digits behind the point; a dash where there is none.

    Examples
    --------
    >>> number(-2.34567), number(None)
    ('-2.346', '-')
    """
    return "-" if value is None else f"{value:.{digits}f}"
