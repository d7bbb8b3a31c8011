"""Values of the filter grammar: numbers with units, ranges, dates, ages.

Conventions: whatever is compared becomes an interval. A number written with a digit less stands for
all that round to it; a date stands for the whole day, month or year, in UTC; an age is a length of
time before now, of days of 24 hours, weeks of 7, months of 30 and years of 365 days.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from auralis_lab.catalogue.finding.fields import Field, Kind

__all__ = ["Bound", "Interval", "read_interval"]

Bound: TypeAlias = float | datetime

MAX_NUMBER = 1e15
_NUMBER = re.compile(r"([+-]?)(?=[\d.])(\d*)(?:\.(\d*))?([a-z]*)", re.ASCII)
_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,6}):(\d\d)(\.\d*)?", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?", re.ASCII)
_PARTS_OF_TIME = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,4})m)?(?:(\d{1,4})s)?", re.ASCII)
_WITH_HYPHEN = re.compile(r"(\d[\d.]*)\s*[-–—]\s*(\d[\d.]*)")
_AGE = re.compile(r"(\d{1,6})([a-z]+)", re.ASCII)
_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0, "m": 30.0, "mo": 30.0, "y": 365.0}


@dataclass(frozen=True, slots=True)
class Interval:
    """All values between two bounds.

    Attributes
    ----------
    low, high : float or datetime, or None
        None is without end. Moments are naive UTC.
    with_low, with_high : bool
        Whether the bound itself belongs to it.
    """

    low: Bound | None = None
    high: Bound | None = None
    with_low: bool = True
    with_high: bool = True

    def holds(self, value: float) -> bool:
        """Tell whether a number lies in an interval of numbers."""
        low, high = self.low, self.high
        if isinstance(low, datetime) or isinstance(high, datetime):
            return False
        above = low is None or value > low or (self.with_low and value == low)
        return above and (high is None or value < high or (self.with_high and value == high))


def read_interval(
    field: Field, comparison: str, text: str, now: datetime | None = None
) -> Interval:
    """Return what a comparison of a number or a date with a value means.

    Parameters
    ----------
    field : Field
        Not of text.
    comparison : {':', '=', '<', '<=', '>', '>='}
    text : str
    now : datetime, optional
        What ages end at, naive UTC; by default this moment.

    Raises
    ------
    ValueError
        If the value cannot be read; in a sentence.
    """
    text = text.strip().lower()
    first, dots, last = text.partition("..")
    if dots:
        if comparison not in (":", "="):
            raise ValueError(f"{field.name}{comparison} takes one value, not a range")
        return _range(field, first.strip(), last.strip(), now)
    if field.kind is Kind.DATE:
        return _date_interval(field, comparison, text, now)
    value, step = _number(field, text)
    if comparison not in (":", "="):
        return _beside(comparison, value, value)
    if field.kind is not Kind.NUMBER:
        return Interval(value, value)
    return Interval(value - step / 2, value + step / 2, with_high=False)


def _range(field: Field, first: str, last: str, now: datetime | None) -> Interval:
    if not first and not last:
        raise ValueError(f"a range of {field.name} wants a value on one side of '..' at least")
    if field.kind is not Kind.DATE:
        low = _number(field, first)[0] if first else None
        high = _number(field, last)[0] if last else None
        found = Interval(low, high)
    elif _AGE.fullmatch(first or last):
        # The higher the age, the earlier the moment.
        low_moment = _before(last, now) if last else None
        high_moment = _before(first, now) if first else None
        found = Interval(low_moment, high_moment)
    else:
        start = _period(field, first, now)[0] if first else None
        stop = _period(field, last, now)[1] if last else None
        found = Interval(start, stop, with_high=False)
    if found.low is not None and found.high is not None and found.low > found.high:  # type: ignore[operator]
        raise ValueError(f"{first}..{last} is the wrong way round: {last}..{first}")
    return found


def _date_interval(field: Field, comparison: str, text: str, now: datetime | None) -> Interval:
    if _AGE.fullmatch(text):
        if comparison in (":", "="):
            raise ValueError(
                f"an age wants < or >: {field.name}<{text} is within that time, "
                f"{field.name}>{text} is before it"
            )
        moment = _before(text, now)
        mirrored = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[comparison]
        return _beside(mirrored, moment, moment)
    start, stop = _period(field, text, now)
    if comparison in (":", "="):
        return Interval(start, stop, with_high=False)
    if comparison in ("<", ">="):
        return _beside(comparison, start, start)
    return Interval(high=stop, with_high=False) if comparison == "<=" else Interval(low=stop)


def _beside(comparison: str, low: Bound, high: Bound) -> Interval:
    whole = comparison.endswith("=")
    if comparison.startswith("<"):
        return Interval(high=high, with_high=whole)
    return Interval(low=low, with_low=whole)


def _number(field: Field, text: str) -> tuple[float, float]:
    """A number, and what its last digit counts for."""
    clock = _CLOCK.fullmatch(text)
    if clock and "min" in dict(field.units):
        hours, minutes, seconds, part = clock.groups()
        whole = 3600 * int(hours or 0) + 60 * int(minutes) + int(seconds)
        digits = len(part or ".") - 1
        return whole + float(f"0{part or '.0'}0"), 10.0**-digits
    times = _PARTS_OF_TIME.fullmatch(text)
    if times and "min" in dict(field.units) and len(list(filter(None, times.groups()))) > 1:
        hours, minutes, seconds = (int(part or 0) for part in times.groups())
        return 3600.0 * hours + 60 * minutes + seconds, 1.0 if times[3] else 60.0
    _refuse_hyphen(field, text)
    parts = _NUMBER.fullmatch(text)
    if not parts or not (parts[2] or parts[3]):
        raise ValueError(f"{field.name} wants a number{_example(field)}, not {_quoted(text)}")
    sign, digits_before, digits_after, ending = parts.groups()
    units = dict(field.units)
    if ending and ending not in units:
        raise ValueError(f"{field.name} has no unit {_quoted(ending)}{_unit_list(units)}")
    factor = units.get(ending, 1.0)
    digits_after = (digits_after or "")[:30]
    value = float(f"{sign}{digits_before or '0'}.{digits_after or '0'}") * factor
    if field.highest is not None and value > field.highest:
        raise ValueError(f"{field.name} goes up to {field.highest:g}, not {_short(text)}")
    if field.name == "decade" and abs(value) < 1000:
        raise ValueError(f"decade wants its first year in four digits, as in {_decade(value)}")
    if abs(value) > MAX_NUMBER:
        raise ValueError(f"{_short(text)} is too large for {field.name}")
    if field.kind is Kind.WHOLE and value != int(value):
        raise ValueError(f"{field.name} wants a whole number, not {_quoted(text)}")
    return value, factor * 10.0 ** -len(digits_after)


def _period(field: Field, text: str, now: datetime | None) -> tuple[datetime, datetime]:
    """First moment of a day, month or year, and of the next."""
    if text in ("today", "yesterday"):
        today = _now(now).replace(hour=0, minute=0, second=0, microsecond=0)
        start = today - timedelta(days=text == "yesterday")
        return start, start + timedelta(days=1)
    parts = _DATE.fullmatch(text)
    if not parts:
        _refuse_hyphen(field, text)
        raise ValueError(
            f"{field.name} wants a date or an age, as in 2026, 2026-01, 2026-01-15, <30d, >1y, "
            f"not {_quoted(text)}"
        )
    year, month, day = (int(part) if part else None for part in parts.groups())
    try:
        start = datetime(year or 0, month or 1, day or 1)
        stop = _next(start, month, day)
    except ValueError:
        raise ValueError(f"there is no date {_short(text)}") from None
    return start, stop


def _next(start: datetime, month: int | None, day: int | None) -> datetime:
    try:
        if day:
            return start + timedelta(days=1)
        if month:
            return datetime(start.year + month // 12, month % 12 + 1, 1)
        return datetime(start.year + 1, 1, 1)
    except (OverflowError, ValueError):  # the end of time
        return datetime.max


def _before(text: str, now: datetime | None) -> datetime:
    parts = _AGE.fullmatch(text)
    if not parts or parts[2] not in _DAYS:
        units = "h, d, w, m or y (hours, days, weeks, months, years)"
        raise ValueError(f"{_quoted(text)} is no age: it wants a number and {units}")
    try:
        return _now(now) - timedelta(days=int(parts[1]) * _DAYS[parts[2]])
    except OverflowError:  # before the beginning of time
        return datetime.min


def _now(now: datetime | None) -> datetime:
    return now or datetime.now(UTC).replace(tzinfo=None)


def _refuse_hyphen(field: Field, text: str) -> None:
    """Refuse two numbers with a hyphen between them, which is no range here."""
    parts = _WITH_HYPHEN.fullmatch(text)
    if parts and len(text) < 40:
        raise ValueError(f"a range is written with two dots: {field.name}:{parts[1]}..{parts[2]}")


def _decade(value: float) -> str:
    return f"decade:{1900 + int(abs(value)) % 100 // 10 * 10}s"


def _example(field: Field) -> str:
    if "min" in dict(field.units):
        return ", as in 200, 3:20, 3m, 1m30s or 1h"
    return ""


def _unit_list(units: dict[str, float]) -> str:
    return f": it has {', '.join(units)}" if units else ""


def _quoted(text: str) -> str:
    return repr(_short(text))


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:29]}…"
