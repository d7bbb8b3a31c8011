"""Rows of playlists and their entries, and what is made of them.

Conventions: pages hold 1 to 200 rows and begin after the last row of the page before. A smart
playlist is evaluated whenever it is read; a filter that no longer parses is told as its problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from auralis_lab.catalogue.finding.rows import TrackRow
from auralis_lab.catalogue.listening.listening import aware, track_rows
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = [
    "Playlist",
    "PlaylistEntry",
    "filter_problem",
    "playlist_of_row",
    "read_entries",
    "read_named",
    "read_page",
    "read_playlist",
    "read_track_ids",
]

_SQL = {
    "playlists": """
        WITH page AS (
            SELECT * FROM playlists WHERE {tests} ORDER BY {order} LIMIT $limit),
        contents AS (
            SELECT playlist_id, count(*) AS entries,
                count(*) FILTER (tracks.id IS NULL OR missing_since IS NOT NULL) AS missing,
                sum(frames / rate_hz) AS duration_s
            FROM playlist_entries LEFT JOIN tracks ON tracks.id = track_id
            WHERE playlist_id IN (SELECT id FROM page) GROUP BY playlist_id)
        SELECT id, name, filter, coalesce(entries, 0), coalesce(missing, 0),
            coalesce(duration_s, 0), created_at, changed_at, removed_at
        FROM page LEFT JOIN contents ON id = playlist_id ORDER BY {order}""",
    "name_place": """
        SELECT name_order, name_key FROM playlists WHERE id = $after AND removed_at IS NULL""",
    "place": """
        SELECT position FROM playlist_entries WHERE playlist_id = $playlist_id AND id = $after""",
    "page": """
        SELECT id, track_id, position FROM playlist_entries
        WHERE playlist_id = $playlist_id AND position > $position
        ORDER BY position LIMIT $limit""",
    "ahead": """
        SELECT count(*) FROM playlist_entries
        WHERE playlist_id = $playlist_id AND position < $position""",
    "track_ids": """
        SELECT track_id FROM playlist_entries WHERE playlist_id = $playlist_id
        ORDER BY position""",
}
_PRESENT = "removed_at IS NULL"
_BEYOND = "(name_order > $order OR (name_order = $order AND name_key > $key))"


@dataclass(frozen=True, slots=True)
class Playlist:
    """A playlist, without its entries.

    Attributes
    ----------
    id : int
    name : str
    filter_text : str or None
        What a smart playlist finds; None for a manual one.
    problem : str or None
        Why a smart playlist cannot be read: its filter does not parse.
    entries, missing : int or None
        How many there are, and of how many the file is gone. None for a smart one, which has no
        entries of its own; ask `Playlists.count`.
    duration_s : float or None
        Of all tracks whose length is known.
    created_at, changed_at : datetime
    removed_at : datetime or None
        Of one that was removed and can be had back.
    """

    id: int
    name: str
    filter_text: str | None
    problem: str | None
    entries: int | None
    missing: int | None
    duration_s: float | None
    created_at: datetime
    changed_at: datetime
    removed_at: datetime | None

    @property
    def smart(self) -> bool:
        """Whether the playlist is what a filter finds."""
        return self.filter_text is not None


@dataclass(frozen=True, slots=True)
class PlaylistEntry:
    """A track's place in a playlist.

    Attributes
    ----------
    id : int
        Of the entry, which it keeps when it is moved; in a smart playlist that of the track.
    place : int or None
        How many entries stand ahead; None in a smart playlist.
    track_id : int
    track : TrackRow or None
        None if the catalogue no longer has the track.
    """

    id: int
    place: int | None
    track_id: int
    track: TrackRow | None

    @property
    def missing(self) -> bool:
        """Whether the file is gone."""
        return self.track is None or self.track.missing_since is not None


def filter_problem(filter_text: str | None) -> str | None:
    """Say why a filter cannot be read, or None."""
    from auralis_lab.catalogue.finding.filters import parse

    try:
        parse(filter_text or "")
    except ParameterError as error:
        return str(error)
    return None


def read_page(
    s: Session, *, limit: int, after: int | None = None, removed: bool = False
) -> list[tuple[Any, ...]]:
    """Return rows of playlists: by name, or those that were removed, the latest first."""
    if removed:
        sql = _SQL["playlists"].format(
            tests="removed_at IS NOT NULL", order="removed_at DESC, id DESC"
        )
        return s.rows(sql, {"limit": limit})
    tests, parameters = _PRESENT, dict[str, object](limit=limit)
    if after is not None:
        place = s.row(_SQL["name_place"], {"after": after})
        if place is None:
            raise NotFoundError(f"there is no playlist {after}")
        tests += f" AND {_BEYOND}"
        parameters |= {"order": place[0], "key": place[1]}
    return s.rows(_SQL["playlists"].format(tests=tests, order="name_order, name_key"), parameters)


def read_playlist(s: Session, playlist_id: int) -> tuple[Any, ...]:
    """Return the row of one playlist.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    sql = _SQL["playlists"].format(tests=f"{_PRESENT} AND id = $id", order="id")
    row = s.row(sql, {"id": playlist_id, "limit": 1})
    if row is None:
        raise NotFoundError(f"there is no playlist {playlist_id}")
    return row


def read_named(s: Session, key: str) -> tuple[Any, ...] | None:
    """Return the row of the playlist whose name has a key, or None."""
    sql = _SQL["playlists"].format(tests=f"{_PRESENT} AND name_key = $key", order="id")
    return s.row(sql, {"key": key, "limit": 1})


def playlist_of_row(row: tuple[Any, ...]) -> Playlist:
    """Make a playlist of a row; parses its filter, so it is done outside the unit of work."""
    id_, name, filter_text, entries, missing, duration_s, created, changed, removed = row
    smart = filter_text is not None
    return Playlist(
        id=id_,
        name=name,
        filter_text=filter_text,
        problem=filter_problem(filter_text) if smart else None,
        entries=None if smart else entries,
        missing=None if smart else missing,
        duration_s=None if smart else duration_s,
        created_at=created.replace(tzinfo=UTC),
        changed_at=changed.replace(tzinfo=UTC),
        removed_at=aware(removed),
    )


def read_entries(
    s: Session, playlist_id: int, *, limit: int, after: int | None
) -> tuple[PlaylistEntry, ...]:
    """Return one page of a manual playlist.

    Raises
    ------
    NotFoundError
        If the playlist has no entry `after`.
    """
    position = float("-inf")
    if after is not None:
        place = s.row(_SQL["place"], {"playlist_id": playlist_id, "after": after})
        if place is None:
            raise NotFoundError(f"there is no entry {after} in playlist {playlist_id}")
        position = place[0]
    asked = {"playlist_id": playlist_id, "position": position, "limit": limit}
    rows = s.rows(_SQL["page"], asked)
    if not rows:
        return ()
    asked = {"playlist_id": playlist_id, "position": rows[0][2]}
    first = s.rows(_SQL["ahead"], asked)[0][0]
    tracks = track_rows(s, {track_id for _, track_id, _ in rows})
    return tuple(
        PlaylistEntry(id_, first + n, track_id, tracks.get(track_id))
        for n, (id_, track_id, _) in enumerate(rows)
    )


def read_track_ids(s: Session, playlist_id: int) -> tuple[int, ...]:
    """Return the tracks of a manual playlist in order."""
    return tuple(id_ for (id_,) in s.rows(_SQL["track_ids"], {"playlist_id": playlist_id}))
