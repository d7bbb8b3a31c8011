"""Read the library file of the music organiser beets: an SQLite database.

Conventions: the file is opened for reading only and never changed. SQLite keeps any kind of value
in any column, so every one is checked; one that makes no sense is left out and reported. Times are
aware UTC datetimes, lengths seconds. Paths are bytes; newer libraries hold them relative to the
music folder, which only beets' configuration names.

Ratings, counts and times of plays are *flexible attributes*, text under a name that a plugin or the
user chose; the names and scales known here are those of beets' own plugins and common usage.
"""

from __future__ import annotations

import math
import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from auralis_lab.catalogue.text import clean
from auralis_lab.errors import CatalogueBusyError, CatalogueError, NotFoundError, ParameterError

__all__ = ["BeetsFile", "BeetsItem", "read_beets"]

RATINGS: dict[str, float | None] = {
    "rating": None,
    "stars": 5.0,
    "user_rating": None,
    "userrating": None,
    "amarok_rating": 10.0,
    "itunes_rating": 100.0,
}
"""Names of ratings and the highest one; None where programs differ, so that the values tell."""

FAVOURITES = ("favorite", "favourite", "loved", "starred", "liked")
PLAY_COUNTS = (
    "play_count",
    "playcount",
    "lastfm_play_count",
    "amarok_playcount",
    "itunes_playcount",
)
PLAY_TIMES = (
    *("last_played", "lastplayed", "amarok_lastplayed", "itunes_lastplayed"),
    "amarok_firstplayed",
)
ADDED_TIMES = ("itunes_dateadded",)
TRUE = ("1", "1.0", "true", "yes", "y", "on")
FALSE = ("", "0", "0.0", "false", "no", "n", "off", "none")

MAX_PLAYS = 10_000
"""A higher count of plays is a mistake."""
MAX_PROBLEMS = 1_000

_COLUMNS = ("id", "path", "title", "artist", "album", "mb_trackid", "mb_releasetrackid", "length")


@dataclass(slots=True)
class BeetsItem:
    """One item of a library; None where it does not say.

    Attributes
    ----------
    path : bytes
        As stored, absolute or relative to the music folder; empty if there is none.
    recording_id, release_track_id : str or None
        MusicBrainz' ids of the recording and of its place on a release.
    stars : float or None
        0.5 to 5 in halves.
    play_count : int
    played_at : list of datetime
        Times of plays that are known; never more than a few of them.
    """

    id: int
    path: bytes = b""
    title: str | None = None
    artist: str | None = None
    album: str | None = None
    recording_id: str | None = None
    release_track_id: str | None = None
    length_s: float | None = None
    added_at: datetime | None = None
    stars: float | None = None
    favourite: bool = False
    play_count: int = 0
    played_at: list[datetime] = field(default_factory=list)

    @property
    def name(self) -> str:
        """What to call it in a report."""
        path = self.path.decode("utf-8", "backslashreplace")
        return path or f"item {self.id}: {self.artist} - {self.title}"


@dataclass(slots=True)
class BeetsFile:
    """What was read.

    Attributes
    ----------
    items : list of BeetsItem
    scales : dict of str to float
        What the highest rating is, by the name of the attribute.
    unused : dict of str to int
        How many items have an attribute that there is no place for.
    problems : list of str
        Values that make no sense, at most 1,000.
    """

    items: list[BeetsItem]
    scales: dict[str, float]
    unused: dict[str, int]
    problems: list[str]


def read_beets(path: str | os.PathLike[str]) -> BeetsFile:
    """Read a library file.

    Parameters
    ----------
    path : path-like
        Usually ``library.db`` or ``musiclibrary.db`` in beets' folder.

    Raises
    ------
    NotFoundError
        If there is no such file.
    ParameterError
        If it is not a beets library.
    CatalogueError
        If it is damaged.
    CatalogueBusyError
        If beets is writing to it.
    """
    file = Path(path).expanduser().absolute()
    if not file.is_file():
        raise NotFoundError(f"there is no file {file}")
    before = file.stat()
    try:
        with _opened(file) as database:
            columns = {row[1] for row in database.execute("PRAGMA table_info(items)")}
            if not {"id", "path"} <= columns:
                raise ParameterError(f"{file} is not a beets library: it has no table of items")
            read = _Reading()
            read.items(database, columns)
            read.attributes(database)
    except sqlite3.DatabaseError as error:
        kind = ParameterError if "not a database" in str(error) else CatalogueError
        raise kind(f"cannot read {file} as a beets library: {error}") from error
    after = file.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise CatalogueBusyError(f"{file} was written to while it was read")
    return read.result()


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    """Open without taking locks or making files, unless a log holds part of the content."""
    if _has_content(f"{file}-journal"):
        raise CatalogueBusyError(f"{file} is being written to, or was left half written")
    mode = "mode=ro" if _has_content(f"{file}-wal") else "mode=ro&immutable=1"
    uri = f"file:{quote(os.fsencode(file))}?{mode}"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        database.text_factory = lambda data: data.decode("utf-8", "replace")
        yield database


def _has_content(path: str) -> bool:
    try:
        return os.stat(path).st_size > 0
    except OSError:
        return False


class _Reading:
    """Items and attributes as they come, before ratings are on one scale."""

    def __init__(self) -> None:
        self._items: dict[int, BeetsItem] = {}
        self._ratings: dict[str, dict[int, float]] = {}
        self._unused: Counter[str] = Counter()
        self._problems: list[str] = []

    def items(self, database: sqlite3.Connection, columns: set[str]) -> None:
        """Read the table of items; columns that a library lacks are unknown."""
        names = [name if name in columns else "NULL" for name in (*_COLUMNS, "added")]
        for row in database.execute(f"SELECT {', '.join(names)} FROM items ORDER BY id"):
            id_, path, title, artist, album, recording, release_track, length, added = row
            item = BeetsItem(int(id_))
            path = path.encode() if isinstance(path, str) else path
            item.path = path if isinstance(path, bytes) else b""
            item.title, item.artist, item.album = _text(title), _text(artist), _text(album)
            item.recording_id, item.release_track_id = _text(recording), _text(release_track)
            item.length_s = _number(length) or None
            item.added_at = self._time(item, "added", added) if _number(added) else None
            self._items[item.id] = item

    def attributes(self, database: sqlite3.Connection) -> None:
        """Read the flexible attributes, if the library has any."""
        if not database.execute("PRAGMA table_info(item_attributes)").fetchall():
            return
        sql = "SELECT entity_id, key, value FROM item_attributes ORDER BY id"
        for id_, key, value in database.execute(sql):
            if (item := self._items.get(id_)) and isinstance(key, str):
                self._attribute(item, key.lower(), str("" if value is None else value).strip())

    def _attribute(self, item: BeetsItem, key: str, text: str) -> None:
        number = _number(text)
        if key in RATINGS:
            if number is None or not 0 <= number <= 100:
                self._complain(item, key, text)
            elif number > 0:
                self._ratings.setdefault(key, {})[item.id] = number
        elif key in FAVOURITES:
            if text.lower() in TRUE:
                item.favourite = True
            elif text.lower() not in FALSE:
                self._complain(item, key, text)
        elif key in PLAY_COUNTS:
            if number is None or not 0 <= number <= MAX_PLAYS:
                self._complain(item, key, text)
            else:
                item.play_count = max(item.play_count, int(number))
        elif key in PLAY_TIMES:
            if number != 0 and (time := self._time(item, key, text)):
                item.played_at.append(time)
        elif key in ADDED_TIMES:
            if number != 0 and (time := self._time(item, key, text)):
                item.added_at = min(item.added_at or time, time)
        else:
            self._unused[key] += 1

    def _time(self, item: BeetsItem, key: str, value: object) -> datetime | None:
        """Return a time between 1970 and now; numbers count seconds, text is local time."""
        number = _number(value)
        try:
            if number is not None:
                time = datetime.fromtimestamp(number, UTC)
            else:
                time = datetime.fromisoformat(str(value)).astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            time = datetime.min.replace(tzinfo=UTC)
        if datetime(1970, 1, 2, tzinfo=UTC) <= time <= datetime.now(UTC):
            return time
        self._complain(item, key, str(value))
        return None

    def _complain(self, item: BeetsItem, key: str, text: str) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(f"{key}={text[:40]!r} of {item.name[-200:]} makes no sense")

    def result(self) -> BeetsFile:
        """Put the ratings on one scale; of several the one that is named first in `RATINGS`."""
        scales = {key: _scale(key, list(found.values())) for key, found in self._ratings.items()}
        for key in RATINGS:
            for id_, value in self._ratings.get(key, {}).items():
                item = self._items[id_]
                if item.stars is None and value <= scales[key]:
                    item.stars = max(1, round(10 * value / scales[key])) / 2
                elif value > scales[key]:
                    self._complain(item, key, f"{value:g}")
        return BeetsFile(list(self._items.values()), scales, dict(self._unused), self._problems)


def _scale(key: str, values: list[float]) -> float:
    """Return the highest rating that an attribute can have, told by its values if need be.

    Shares from 0 to 1 are told from stars by their fractions.
    """
    fixed = RATINGS[key]
    if fixed is not None:
        return fixed
    highest = max(values)
    if highest <= 1 and any(value != int(value) for value in values):
        return 1.0
    return next(scale for scale in (5.0, 10.0, 100.0) if highest <= scale)


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return clean(value) if isinstance(value, str) else None


def _number(value: object) -> float | None:
    """Return a finite number, from a number or its text."""
    if not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
