"""Lists of tracks by how they were listened to: most, lately, long ago, never.

Conventions: pages hold 1 to 200 rows and begin after the last track of the page before. Tracks
whose file is missing are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from auralis_lab.catalogue.finding.rows import TrackRow
from auralis_lab.catalogue.listening.listening import (
    aware,
    check_id,
    check_limit,
    check_number,
    now_utc,
    track_rows,
)
from auralis_lab.catalogue.listening.statisticsperiod import MARKED, period
from auralis_lab.errors import NotFoundError

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["ListenedTrack", "ListenedTracks"]

_UNPLAYED = """(
    SELECT id AS track_id, 0 AS plays, 0.0 AS heard_s, NULL AS last_played_at, added_at
    FROM tracks WHERE id NOT IN (SELECT track_id FROM marks WHERE plays > 0))"""
_SQL = {
    "place": "SELECT {value} FROM {source} AS source WHERE track_id = $after AND {test}",
    "page": """
        SELECT track_id, plays, heard_s, last_played_at FROM {source} AS source
        WHERE {test} AND {beyond}
            AND track_id NOT IN (SELECT id FROM tracks WHERE missing_since IS NOT NULL)
        ORDER BY {value} {direction}, track_id LIMIT $limit""",
}
_BEYOND = "({value} {sign} $place OR ({value} = $place AND track_id > $after))"


@dataclass(frozen=True, slots=True)
class ListenedTrack:
    """A track and how it was listened to.

    Attributes
    ----------
    track : TrackRow
    plays : int
        Plays that counted.
    heard_s : float
        Seconds heard; 0 where no play counted.
    last_played_at : datetime or None
        When the last play that counted began.
    """

    track: TrackRow
    plays: int
    heard_s: float
    last_played_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of list: what it is made of, what belongs to it, what orders it."""

    source: str
    test: str
    value: str
    descending: bool


class ListenedTracks:
    """The tracks of a catalogue by how they were listened to.

    Every list takes `limit`, 1 to 200, and `after`, the id of the last track of the page before. A
    ``NotFoundError`` says that this track is not, or no longer, in the list.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def most_played(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        after: int | None = None,
    ) -> tuple[ListenedTrack, ...]:
        """Return what was played most, in a period or ever."""
        chosen = period(since, until)
        kind = _Kind(chosen.played, "plays > 0", "plays", descending=True)
        return self._page(kind, chosen.parameters, limit, after)

    def recently_played(
        self, *, limit: int = 50, after: int | None = None
    ) -> tuple[ListenedTrack, ...]:
        """Return what was played last, each track once."""
        kind = _Kind(MARKED, "last_played_at IS NOT NULL", "last_played_at", descending=True)
        return self._page(kind, {}, limit, after)

    def not_heard(
        self, *, days: float = 365, limit: int = 50, after: int | None = None
    ) -> tuple[ListenedTrack, ...]:
        """Return what was played, but not in the last so many days; longest ago first."""
        age = timedelta(days=check_number("days", days, 0, 36_500))
        kind = _Kind(MARKED, "last_played_at < $before", "last_played_at", descending=False)
        return self._page(kind, {"before": now_utc() - age}, limit, after)

    def never_played(
        self, *, limit: int = 50, after: int | None = None
    ) -> tuple[ListenedTrack, ...]:
        """Return what has no play that counted; what was added last comes first."""
        kind = _Kind(_UNPLAYED, "true", "added_at", descending=True)
        return self._page(kind, {}, limit, after)

    def _page(
        self, kind: _Kind, parameters: dict[str, object], limit: int, after: int | None
    ) -> tuple[ListenedTrack, ...]:
        check_limit(limit)
        names = {"source": kind.source, "test": kind.test, "value": kind.value}
        sign, direction = ("<", "DESC") if kind.descending else (">", "ASC")
        beyond = "true"
        with self._catalogue.session() as s:
            if after is not None:
                parameters = parameters | {"after": check_id("after", after)}
                place = s.row(_SQL["place"].format(**names), parameters)
                if place is None:
                    raise NotFoundError(f"track {after} is not in this list")
                parameters = parameters | {"place": place[0]}
                beyond = _BEYOND.format(value=kind.value, sign=sign)
            sql = _SQL["page"].format(**names, beyond=beyond, direction=direction)
            rows = s.rows(sql, parameters | {"limit": limit})
            tracks = track_rows(s, [row[0] for row in rows])
        return tuple(
            ListenedTrack(tracks[id_], plays, heard_s, aware(last))
            for id_, plays, heard_s, last in rows
            if id_ in tracks
        )
