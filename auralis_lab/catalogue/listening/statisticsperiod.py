"""The period that statistics are about, and what was played in it.

Conventions: a period is from `since` to before `until`. What was played in it is a table of tracks,
plays that counted, seconds heard and the time of the last play that counted: made of the plays, or
for all time of the counters, which is faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from auralis_lab.catalogue.listening.listening import shown
from auralis_lab.errors import ParameterError

__all__ = ["MARKED", "Period", "period"]

MARKED = """(
    SELECT track_id, plays, heard_s, last_played_at FROM marks WHERE plays > 0 OR heard_s > 0)"""
_PLAYED = """(
    SELECT track_id, count(*) FILTER (counted) AS plays, sum(heard_s) AS heard_s,
        max(started_at) FILTER (counted) AS last_played_at
    FROM plays WHERE started_at >= $since AND started_at < $until GROUP BY track_id)"""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, in naive UTC; None where it is open."""

    since: datetime | None
    until: datetime | None

    @property
    def played(self) -> str:
        """SQL of the table of what was played; needs `parameters`."""
        return _PLAYED if self.parameters else MARKED

    @property
    def parameters(self) -> dict[str, object]:
        """Both ends, as that SQL needs them; nothing for all time."""
        return {} if self.since is None and self.until is None else self.bounds

    @property
    def bounds(self) -> dict[str, object]:
        """Both ends, for SQL on the plays themselves."""
        return {"since": self.since or datetime.min, "until": self.until or datetime.max}


def period(since: datetime | None, until: datetime | None) -> Period:
    """Make a period of two aware times, or None.

    Raises
    ------
    ParameterError
        If one of them is no datetime with a time zone, or `until` is not after `since`.
    """
    if since is not None and until is not None and _naive("until", until) <= _naive("since", since):
        raise ParameterError(f"until={until} must be after since={since}")
    return Period(
        None if since is None else _naive("since", since),
        None if until is None else _naive("until", until),
    )


def _naive(name: str, value: object) -> datetime:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise ParameterError(f"{name}={shown(value)} must be a datetime with a time zone")
    try:
        return value.astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise ParameterError(f"{name}={value.isoformat()} must be in a usual year") from error
