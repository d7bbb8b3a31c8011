"""Tables in plain text."""

from __future__ import annotations

import pytest

from auralis_lab.plan.table import text_table


def test_columns_begin_at_the_same_place_in_every_line() -> None:
    lines = text_table(("a", "second"), [("long cell", "x"), ("y", "")])
    assert lines == ["a          second", "---------  ------", "long cell  x", "y"]


def test_no_rows_leave_the_head() -> None:
    assert text_table(("one",), []) == ["one", "---"]


def test_a_row_with_a_cell_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        text_table(("a", "b"), [("only one",)])
