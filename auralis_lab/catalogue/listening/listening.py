"""What playlists, plays, marks, queues and statistics share: checked arguments, times, tracks.

Conventions: a refused argument changes nothing, and names itself in the error. Times come in and go
out as aware datetimes and are stored as naive UTC. Lists of ids may hold up to 100,000.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from auralis_lab.catalogue.finding.rows import TrackRow, read_rows
from auralis_lab.catalogue.text import clean
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = [
    "MAX_AT_ONCE",
    "MAX_NAME_CHARACTERS",
    "MAX_ROWS",
    "aware",
    "check_id",
    "check_ids",
    "check_limit",
    "check_name",
    "check_number",
    "now_utc",
    "require_tracks",
    "shown",
    "track_rows",
    "utc",
]

MAX_AT_ONCE = 100_000
MAX_ROWS = 200
MAX_NAME_CHARACTERS = 200
AHEAD = timedelta(seconds=60)
"""How far a time may lie in the future: clocks differ."""
EARLIEST = datetime(1970, 1, 1)

_SQL = {
    "unknown": """
        SELECT id FROM asked_tracks WHERE id NOT IN (
            SELECT id FROM tracks WHERE id IN (SELECT id FROM asked_tracks))
        ORDER BY id LIMIT 4""",
}


def shown(value: object) -> str:
    """Write an argument for an error, cut to a length that fits into a line."""
    try:
        return f"{value!r:.60}"
    except Exception:  # what is refused may be anything, even a number of 5,000 digits
        return f"<{type(value).__name__}>"


def check_limit(limit: int, most: int = MAX_ROWS) -> None:
    """Refuse a number of rows that is not 1 to `most`."""
    if type(limit) is not int or not 1 <= limit <= most:
        raise ParameterError(f"limit={shown(limit)} must be a whole number from 1 to {most}")


def check_id(name: str, value: object) -> int:
    """Return an id, or refuse what cannot be one."""
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ParameterError(f"{name}={shown(value)} must be an id, a whole number")
    return value


def check_ids(name: str, values: object, *, distinct: bool = False) -> list[int]:
    """Return ids as a list, or refuse what is no collection of ids.

    Parameters
    ----------
    name : str
        What the argument is called.
    values : iterable of int
        100,000 at most.
    distinct : bool
        Whether an id must not occur twice.

    Raises
    ------
    ParameterError
    """
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise ParameterError(f"{name}={shown(values)} must be a list of ids")
    ids: list[int] = []
    for value in values:
        if len(ids) == MAX_AT_ONCE:
            raise ParameterError(f"{name} must be {MAX_AT_ONCE:,} at most at once")
        ids.append(check_id(f"{name}[{len(ids)}]", value))
    if distinct and len(set(ids)) < len(ids):
        raise ParameterError(f"{name} must not name anything twice")
    return ids


def check_number(name: str, value: object, least: float, most: float) -> float:
    """Return a finite number within bounds as a float; a bool is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        bounds = f"{least:,g} to {most:,g}"
        raise ParameterError(f"{name}={shown(value)} must be a number from {bounds}")
    return float(value)


def check_name(name: str, value: object, most: int = MAX_NAME_CHARACTERS) -> str:
    """Make a name fit to be stored and shown: NFC, one line, no control characters.

    Raises
    ------
    ParameterError
        If it is no text, has no visible character, or more than `most` characters.
    """
    if not isinstance(value, str):
        raise ParameterError(f"{name}={shown(value)} must be text")
    if len(value) > 10 * most:
        raise ParameterError(f"{name} of {len(value):,} characters must have {most} at most")
    text = " ".join(unicodedata.normalize("NFC", clean(value) or "").split())
    if not any(unicodedata.category(c)[0] not in "CZ" for c in text):
        raise ParameterError(f"{name}={shown(value)} must have a visible character")
    if len(text) > most:
        raise ParameterError(f"{name} of {len(text)} characters must have {most} at most")
    return text


def now_utc() -> datetime:
    """Return the time as it is stored."""
    return datetime.now(UTC).replace(tzinfo=None)


def utc(name: str, value: object) -> datetime:
    """Turn the time of something that happened into how it is stored.

    Raises
    ------
    ParameterError
        If it is no aware datetime, before 1970, or more than a minute from now.
    """
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise ParameterError(f"{name}={shown(value)} must be a datetime with a time zone")
    try:
        stored = value.astimezone(UTC).replace(tzinfo=None)
    except OverflowError:
        stored = datetime.max if value.year > 5000 else datetime.min
    if stored > now_utc() + AHEAD:
        raise ParameterError(f"{name}={value.isoformat()} must not be in the future")
    if stored < EARLIEST:
        raise ParameterError(f"{name}={value.isoformat()} must be 1970 or later")
    return stored


def aware(stored: datetime | None) -> datetime | None:
    """Turn a stored time into an aware one."""
    return stored and stored.replace(tzinfo=UTC)


def require_tracks(s: Session, ids: Sequence[int]) -> None:
    """Refuse ids of which there is no track; missing files are no objection.

    Raises
    ------
    NotFoundError
        Naming the first of them.
    """
    if not ids:
        return
    s.stage("asked_tracks", {"id": list(ids)})
    unknown = [id_ for (id_,) in s.rows(_SQL["unknown"])]
    if unknown:
        named = ", ".join(str(id_) for id_ in unknown[:3]) + (" …" if unknown[3:] else "")
        raise NotFoundError(f"there is no track {named}")


def track_rows(s: Session, ids: Iterable[int]) -> dict[int, TrackRow]:
    """Return tracks by id; those that are not known are absent."""
    return {row.id: row for row in read_rows(s, list(ids))}
