"""Plays: what was listened to, when and for how long.

Conventions: a play is an event that is added and, at most, removed again; it is never changed. It
*counts* once 30 s or half of the track were heard, whichever is less. Counters in table ``marks``
are brought up to date in the same transaction and can at any time be made again from the events.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from auralis_lab.catalogue.listening.listening import (
    check_id,
    check_limit,
    require_tracks,
    track_rows,
)
from auralis_lab.catalogue.listening.playevents import (
    COLUMNS,
    HistoryRow,
    NewPlay,
    Play,
    checked_columns,
    complete,
    is_counted,
    play_of_row,
)
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["HistoryRow", "NewPlay", "Play", "Plays", "is_counted"]

_SQL = {
    "durations": """
        SELECT id, frames / rate_hz FROM tracks
        WHERE id IN (SELECT track_id FROM asked_plays)""",
    "known": """
        SELECT DISTINCT track_id, date_trunc('second', started_at) FROM plays
        SEMI JOIN asked_plays USING (track_id)
        WHERE started_at BETWEEN $first AND $last""",
    "new_ids": "SELECT nextval('play_ids') FROM range($count)",
    "insert": f"INSERT INTO plays BY NAME SELECT {COLUMNS} FROM staged_plays",
    "add_to_marks": """
        CREATE OR REPLACE TEMP TABLE new_marks AS
        SELECT track_id, coalesce(marks.plays, 0) + added.plays AS plays,
            coalesce(marks.heard_s, 0) + added.heard_s AS heard_s,
            greatest(marks.last_played_at, added.last_played_at) AS last_played_at,
            favourite_since, rating
        FROM (
            SELECT track_id, count(*) FILTER (counted) AS plays, sum(heard_s) AS heard_s,
                max(started_at) FILTER (counted) AS last_played_at
            FROM staged_plays GROUP BY track_id) AS added
        LEFT JOIN (
            SELECT * FROM marks WHERE track_id IN (SELECT track_id FROM staged_plays)) AS marks
        USING (track_id)""",
    "recount_marks": """
        CREATE OR REPLACE TEMP TABLE new_marks AS
        SELECT $track_id AS track_id, coalesce(count(*) FILTER (counted), 0) AS plays,
            coalesce(sum(heard_s), 0) AS heard_s,
            max(started_at) FILTER (counted) AS last_played_at,
            (SELECT favourite_since FROM marks WHERE track_id = $track_id) AS favourite_since,
            (SELECT rating FROM marks WHERE track_id = $track_id) AS rating
        FROM plays WHERE track_id = $track_id""",
    "put_marks": """
        DELETE FROM marks WHERE track_id IN (SELECT track_id FROM new_marks);
        INSERT INTO marks BY NAME SELECT * FROM new_marks
        WHERE plays > 0 OR heard_s > 0 OR favourite_since IS NOT NULL OR rating IS NOT NULL;
        DROP TABLE new_marks;
        UPDATE revisions SET number = number + 1 WHERE name = 'marks'""",
    "one": f"SELECT {COLUMNS} FROM plays WHERE id = $id",
    "drop": "DELETE FROM plays WHERE id = $id",
    "page": f"""
        SELECT {COLUMNS} FROM plays WHERE {{tests}}
        ORDER BY started_at DESC, id DESC LIMIT $limit""",
}
_OF_TRACK = "track_id = $track_id"
_EARLIER = "(started_at < $started_at OR (started_at = $started_at AND id < $id))"


class Plays:
    """The plays of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def record(
        self,
        track_id: int,
        started_at: datetime,
        heard_s: float,
        finished: bool,
        preset: str | None = None,
        intensity: float | None = None,
    ) -> Play:
        """Record one play when it is over; the arguments are those of :class:`NewPlay`.

        Raises
        ------
        ParameterError
            If an argument is out of range.
        NotFoundError
            If there is no such track.
        """
        if heard_s is None:
            raise ParameterError("heard_s=None must be a number of seconds")
        new = NewPlay(track_id, started_at, heard_s, finished, preset, intensity)
        return self.record_many([new])[0]

    def record_many(
        self, plays: Iterable[NewPlay], *, skip_known: bool = False
    ) -> tuple[Play, ...]:
        """Record plays, all of them or, after an error, none.

        Parameters
        ----------
        plays : iterable of NewPlay
            In any order, 100,000 at most.
        skip_known : bool
            Leave out plays of a track in a second in which one is recorded already or comes
            earlier in `plays`, so that a history can be imported again.

        Returns
        -------
        plays : tuple of Play
            Those recorded, in the order given.

        Raises
        ------
        ParameterError
            If an argument is out of range.
        NotFoundError
            If there is no such track.
        """
        columns = checked_columns(plays)
        if not columns["track_id"]:
            return ()
        with self._catalogue.write() as s:
            require_tracks(s, columns["track_id"])
            s.stage("asked_plays", {"track_id": columns["track_id"]})
            durations = dict(s.rows(_SQL["durations"]))
            if skip_known:
                columns = _without(columns, _known(s, columns))
            complete(columns, durations)
            count = len(columns["track_id"])
            if count:
                columns["id"] = [id_ for (id_,) in s.rows(_SQL["new_ids"], {"count": count})]
                s.stage("staged_plays", columns)
                s.run(_SQL["insert"])
                s.run(_SQL["add_to_marks"])
                s.run(_SQL["put_marks"])
        names = COLUMNS.split(", ")
        return tuple(map(play_of_row, zip(*(columns.get(name, []) for name in names), strict=True)))

    def history(
        self, *, limit: int = 50, after: int | None = None, track_id: int | None = None
    ) -> tuple[HistoryRow, ...]:
        """Return one page of plays, the latest first.

        Parameters
        ----------
        limit : int
            1 to 200 rows.
        after : int, optional
            Id of the last play of the page before; the first page if None.
        track_id : int, optional
            Only plays of this track.

        Raises
        ------
        ParameterError
            If an argument is none of these.
        NotFoundError
            If there is no such play or track.
        """
        check_limit(limit)
        tests, parameters = ["true"], dict[str, object](limit=limit)
        if track_id is not None:
            parameters["track_id"] = check_id("track_id", track_id)
            tests.append(_OF_TRACK)
        if after is not None:
            check_id("after", after)
            tests.append(_EARLIER)
        with self._catalogue.session() as s:
            if track_id is not None:
                require_tracks(s, [track_id])
            if after is not None:
                last = _required(s, after)
                parameters |= {"started_at": last[2], "id": after}
            rows = s.rows(_SQL["page"].format(tests=" AND ".join(tests)), parameters)
            tracks = track_rows(s, {row[1] for row in rows})
        return tuple(HistoryRow(play_of_row(row), tracks.get(row[1])) for row in rows)

    def remove(self, play_id: int) -> Play:
        """Take back one play and count those of its track anew; return what it was.

        Raises
        ------
        NotFoundError
            If there is no such play.
        """
        check_id("play_id", play_id)
        with self._catalogue.write() as s:
            row = _required(s, play_id)
            s.run(_SQL["drop"], {"id": play_id})
            s.run(_SQL["recount_marks"], {"track_id": row[1]})
            s.run(_SQL["put_marks"])
        return play_of_row(row)


def _known(s: Session, columns: dict[str, list[Any]]) -> set[int]:
    """Places of the plays that are recorded already or repeat an earlier one."""
    times: Sequence[datetime] = columns["started_at"]
    span = {"first": min(times).replace(microsecond=0), "last": max(times)}
    span["last"] = span["last"].replace(microsecond=999_999)
    seen = set(s.rows(_SQL["known"], span))
    known = set()
    for n, (track_id, time) in enumerate(zip(columns["track_id"], times, strict=True)):
        key = (track_id, time.replace(microsecond=0))
        if key in seen:
            known.add(n)
        seen.add(key)
    return known


def _without(columns: dict[str, list[Any]], left_out: set[int]) -> dict[str, list[Any]]:
    return {
        name: [value for n, value in enumerate(values) if n not in left_out]
        for name, values in columns.items()
    }


def _required(s: Session, play_id: int) -> tuple[Any, ...]:
    row = s.row(_SQL["one"], {"id": play_id})
    if row is None:
        raise NotFoundError(f"there is no play {play_id}")
    return row
