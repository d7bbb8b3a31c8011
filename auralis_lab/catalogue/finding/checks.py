"""What may be asked of lists of tracks: an order, a number of rows, an id."""

from __future__ import annotations

from difflib import get_close_matches

from auralis_lab.catalogue.finding.orders import SORTS, find_sort
from auralis_lab.catalogue.finding.terms import Query
from auralis_lab.errors import ParameterError

__all__ = ["MAX_ROWS", "check_direction", "check_id", "check_limit", "check_sort", "order_of"]

MAX_ROWS = 200
"""Rows of a page."""


def check_sort(sort: str) -> str:
    """Return the first name of an order, or refuse what is none."""
    found = find_sort(sort) if isinstance(sort, str) else None
    if found is None:
        near = get_close_matches(str(sort)[:40], list(SORTS), n=1)
        hint = f"; did you mean {near[0]!r}" if near else ""
        listed = ", ".join(dict.fromkeys(SORTS.values()))
        raise ParameterError(f"sort={sort!r:.80} must be one of {listed}{hint}")
    return found


def check_direction(descending: bool) -> bool:
    """Return a direction, or refuse what is none."""
    if type(descending) is not bool:
        raise ParameterError(f"descending={descending!r} must be True or False")
    return descending


def check_limit(limit: int) -> None:
    """Refuse what is no number of rows."""
    if type(limit) is not int or not 1 <= limit <= MAX_ROWS:
        raise ParameterError(f"limit={limit!r} must be a whole number from 1 to {MAX_ROWS}")


def check_id(name: str, value: int) -> int:
    """Return the id of a track, or refuse what is none."""
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ParameterError(f"{name}={value!r:.80} must be the id of a track")
    return value


def order_of(query: Query, sort: str | None, descending: bool | None) -> tuple[str | None, bool]:
    """What to order by: as is asked for, else as the filter says."""
    chosen = query.sort if sort is None else check_sort(sort)
    if descending is None:
        return chosen, query.descending if sort is None else False
    return chosen, check_direction(descending)
