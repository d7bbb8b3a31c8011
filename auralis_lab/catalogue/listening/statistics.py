"""Statistics of listening: how much, when, and what.

Conventions: `plays` are plays that counted, `heard_s` is all that sounded, `tracks` are tracks with
a play that counted. Where there is a period, it is from `since` to before `until`; without either,
it is all time. Each answer is one query. Answers by kind come with the most played first and up to
`limit`, 1 to 200; answers along a scale are complete and in its order. The key None stands for what
is not known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from auralis_lab.catalogue.listening.listening import (
    check_limit,
    shown,
)
from auralis_lab.catalogue.listening.statisticslists import ListenedTrack, ListenedTracks
from auralis_lab.catalogue.listening.statisticsperiod import Period, period
from auralis_lab.errors import ParameterError

__all__ = [
    "AlbumShare",
    "Calendar",
    "ListenedTrack",
    "Share",
    "Statistics",
    "TimeShare",
    "Totals",
]

Key = TypeVar("Key")
LOUDNESS_BAND_LU = 2

_COUNTS = """sum(plays)::BIGINT AS plays, sum(heard_s) AS heard_s,
    count(*) FILTER (plays > 0) AS tracks"""
KNOWN_FROM = datetime(1970, 1, 2)  # what is earlier was played at a time that nobody knows
_SQL = {
    "totals": f"SELECT {_COUNTS} FROM {{played}} AS played",
    "kind": f"""
        SELECT key, {_COUNTS} FROM (
            SELECT {{key}} AS key, plays, heard_s
            FROM {{played}} AS played JOIN tracks ON tracks.id = track_id)
        GROUP BY key ORDER BY plays DESC, heard_s DESC, key NULLS LAST LIMIT $limit""",
    "scale": f"""
        SELECT {{key}} AS key, {_COUNTS}
        FROM {{played}} AS played JOIN tracks ON tracks.id = track_id
        GROUP BY key ORDER BY key NULLS LAST""",
    "albums": f"""
        SELECT shares.*, title, artist FROM (
            SELECT album_id, {_COUNTS}
            FROM {{played}} AS played JOIN tracks ON tracks.id = track_id
            WHERE album_id IS NOT NULL GROUP BY album_id) AS shares
        JOIN albums ON albums.id = album_id
        ORDER BY plays DESC, heard_s DESC, album_id LIMIT $limit""",
    "presets": """
        SELECT preset, count(*) FILTER (counted) AS plays, sum(heard_s) AS heard_s FROM plays
        WHERE started_at >= $since AND started_at < $until
        GROUP BY preset ORDER BY plays DESC, heard_s DESC, preset NULLS LAST LIMIT $limit""",
    "zone": "SELECT 1 FROM pg_timezone_names() WHERE name = $time_zone",
    "calendar": """
        WITH quarters AS (
            SELECT epoch_us(started_at) // 900_000_000 AS quarter,
                count(*) FILTER (counted) AS plays, sum(heard_s) AS heard_s
            FROM plays
            WHERE started_at >= greatest($since, $known_from) AND started_at < $until
            GROUP BY quarter),
        places AS (
            SELECT timezone($time_zone, timezone('UTC', make_timestamp(quarter * 900_000_000)))
                AS clock, plays, heard_s
            FROM quarters)
        SELECT extract(hour FROM clock) AS hour, extract(isodow FROM clock) AS weekday,
            date_trunc('month', clock)::DATE AS month, sum(plays)::BIGINT, sum(heard_s)
        FROM places GROUP BY GROUPING SETS ((hour), (weekday), (month))""",
}
_KEYS = {
    "artist": "unnest(CASE WHEN len(artists) = 0 THEN [NULL] ELSE artists END)",
    "genre": "unnest(CASE WHEN len(genres) = 0 THEN [NULL] ELSE genres END)",
    "year": "year",
    "decade": "year // 10 * 10",
    "loudness": f"""CASE WHEN isfinite(loudness_lufs) THEN
        (floor(loudness_lufs / {LOUDNESS_BAND_LU}) * {LOUDNESS_BAND_LU})::INTEGER END""",
}


@dataclass(frozen=True, slots=True)
class Totals:
    """How much was listened to."""

    plays: int
    heard_s: float
    tracks: int


@dataclass(frozen=True, slots=True)
class Share(Generic[Key]):
    """How much of it went to one artist, genre, year, decade or band of loudness."""

    key: Key
    plays: int
    heard_s: float
    tracks: int


@dataclass(frozen=True, slots=True)
class AlbumShare:
    """How much of it went to one album; the artist is None for various or unknown ones."""

    album_id: int
    title: str
    artist: str | None
    plays: int
    heard_s: float
    tracks: int


@dataclass(frozen=True, slots=True)
class TimeShare(Generic[Key]):
    """How much of it fell into one hour, weekday or month, or went through one preset."""

    key: Key
    plays: int
    heard_s: float


@dataclass(frozen=True, slots=True)
class Calendar:
    """When was listened, by the clock and the calendar of a time zone.

    A play belongs to the quarter of an hour in which it began.

    Attributes
    ----------
    time_zone : str
    hours : tuple of TimeShare
        All 24; the key is 0 to 23.
    weekdays : tuple of TimeShare
        All 7; the key is 1 (Monday) to 7.
    months : tuple of TimeShare
        Every month from the first to the last with a play; the key is its first day.
    """

    time_zone: str
    hours: tuple[TimeShare[int], ...]
    weekdays: tuple[TimeShare[int], ...]
    months: tuple[TimeShare[date], ...]


class Statistics(ListenedTracks):
    """Statistics of a catalogue's plays, and the lists of `ListenedTracks`.

    What was never played is in none of them.
    """

    def totals(self, *, since: datetime | None = None, until: datetime | None = None) -> Totals:
        """Return how much was listened to in a period or ever."""
        (row,) = self._rows("totals", period(since, until), {})
        return Totals(row[0] or 0, row[1] or 0.0, row[2])

    def calendar(
        self,
        time_zone: str = "UTC",
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Calendar:
        """Return how much was listened to by hour of the day, weekday and month.

        Plays taken over from elsewhere without a time stand in the first day of 1970 and do not
        count here.

        Parameters
        ----------
        time_zone : str
            As in "Europe/Berlin".
        since, until : datetime, optional

        Raises
        ------
        ParameterError
            If there is no such time zone, or the period is none.
        """
        chosen = period(since, until)
        zone = {"time_zone": time_zone}
        with self._catalogue.session() as s:
            is_known = isinstance(time_zone, str) and time_zone.isascii()
            if not is_known or s.row(_SQL["zone"], zone) is None:
                name = shown(time_zone)
                raise ParameterError(f"time_zone={name} must be a name like 'Europe/Berlin'")
            rows = s.rows(_SQL["calendar"], chosen.bounds | zone | {"known_from": KNOWN_FROM})
        hours, weekdays, months = ({row[n]: row[3:] for row in rows} for n in range(3))
        return Calendar(
            time_zone,
            tuple(TimeShare(hour, *hours.get(hour, (0, 0.0))) for hour in range(24)),
            tuple(TimeShare(day, *weekdays.get(day, (0, 0.0))) for day in range(1, 8)),
            tuple(TimeShare(month, *months.get(month, (0, 0.0))) for month in _months(months)),
        )

    def by_artist(
        self, *, since: datetime | None = None, until: datetime | None = None, limit: int = 50
    ) -> tuple[Share[str | None], ...]:
        """Return how much was listened to by artist; a track of two counts for both.

        Plays are counted, not tracks: of a library that was never played it is empty. How many
        tracks there are of each artist is in ``lab.tracks.facets()``.
        """
        return self._kinds("artist", period(since, until), limit)

    def by_album(
        self, *, since: datetime | None = None, until: datetime | None = None, limit: int = 50
    ) -> tuple[AlbumShare, ...]:
        """Return how much was listened to by album."""
        check_limit(limit)
        rows = self._rows("albums", period(since, until), {"limit": limit})
        return tuple(AlbumShare(row[0], row[4], row[5], *row[1:4]) for row in rows)

    def by_genre(
        self, *, since: datetime | None = None, until: datetime | None = None, limit: int = 50
    ) -> tuple[Share[str | None], ...]:
        """Return how much was listened to by genre; a track of two counts for both."""
        return self._kinds("genre", period(since, until), limit)

    def by_year(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[Share[int | None], ...]:
        """Return how much was listened to by the year the music is of."""
        return self._scale("year", period(since, until))

    def by_decade(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[Share[int | None], ...]:
        """Return how much was listened to by decade; the key is its first year."""
        return self._scale("decade", period(since, until))

    def by_loudness(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[Share[int | None], ...]:
        """Return how much was listened to by integrated loudness, in bands of 2 LU.

        The key is the lower end of the band in LUFS, which belongs to it; None is not measured.
        """
        return self._scale("loudness", period(since, until))

    def by_preset(
        self, *, since: datetime | None = None, until: datetime | None = None, limit: int = 50
    ) -> tuple[TimeShare[str | None], ...]:
        """Return how much was listened to through each preset; None is the original."""
        check_limit(limit)
        chosen = period(since, until)
        with self._catalogue.session() as s:
            rows = s.rows(_SQL["presets"], chosen.bounds | {"limit": limit})
        return tuple(TimeShare(*row) for row in rows)

    def _kinds(self, key: str, chosen: Period, limit: int) -> tuple[Share[Any], ...]:
        check_limit(limit)
        rows = self._rows("kind", chosen, {"limit": limit}, key)
        return tuple(Share(*row) for row in rows)

    def _scale(self, key: str, chosen: Period) -> tuple[Share[Any], ...]:
        return tuple(Share(*row) for row in self._rows("scale", chosen, {}, key))

    def _rows(
        self, statement: str, chosen: Period, more: dict[str, object], key: str = "year"
    ) -> list[tuple[Any, ...]]:
        sql = _SQL[statement].format(played=chosen.played, key=_KEYS[key])
        with self._catalogue.session() as s:
            return s.rows(sql, chosen.parameters | more)


def _months(found: dict[date | None, Any]) -> list[date]:
    """Every month from the first to the last."""
    known = sorted(month for month in found if month is not None)
    months = known[:1]
    while months and months[-1] < known[-1]:
        last = months[-1]
        months.append(date(last.year + last.month // 12, last.month % 12 + 1, 1))
    return months
