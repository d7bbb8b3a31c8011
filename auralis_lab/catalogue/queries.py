"""Questions to the catalogue: tracks by page, by words, by id.

Conventions: every statement is named and bound. Sort keys come from a whitelist and end in the id,
so every order is total. A page holds 1 to 200 rows and begins after the last row of the page
before it, so that no row is lost or repeated however deep one goes. Tracks whose file is missing
are left out of pages and searches and still found by id and path.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from auralis_lab.audio import frames_to_seconds
from auralis_lab.catalogue.text import fold, path_from_text, path_to_text
from auralis_lab.errors import NotFoundError, ParameterError, check_choice

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["SORTS", "TrackRow", "Tracks"]

_COLUMNS = """id, path, title, artist, artists, album, album_artist, album_id, date, year, genres,
    track_number, disc_number, composer, compilation, frames, frames_is_estimate, rate_hz, channels,
    format, subtype, lossy, bits_per_sample, file_bytes, content_key, picture_key, added_at,
    missing_since
"""

SORTS: dict[str, tuple[str, ...]] = {
    "artist": ("artist_order",),
    "album": ("album_order",),
    "title": ("title_sort", "artist_order"),
    "year": ("coalesce(year, 10000)", "album_order"),
    "duration": ("coalesce(frames / rate_hz, 1e12)",),
    "added": ("added_at",),
    "path": ("path",),
}
"""Sort keys and what they compare; unknown values come last, or first when descending."""

_SQL = {
    "page": """
        SELECT {columns} FROM tracks WHERE id IN (
            SELECT id FROM tracks WHERE missing_since IS NULL {after}
            ORDER BY {order} LIMIT $limit)
        ORDER BY {order}""",
    "place": "SELECT {expressions} FROM tracks WHERE id = $id",
    "search": """
        SELECT {columns} FROM tracks JOIN (
            SELECT id, CASE WHEN starts_with(title_sort, $phrase) THEN 0
                WHEN {at_word_starts} THEN 1 ELSE 2 END AS rank,
                title_sort AS by_title, artist_order AS by_artist
            FROM tracks WHERE missing_since IS NULL AND {all_words}
            ORDER BY rank, by_title, by_artist, id LIMIT $limit) AS hits USING (id)
        ORDER BY rank, by_title, by_artist, id""",
    "by_id": f"SELECT {_COLUMNS} FROM tracks WHERE id = $id",
    "by_path": f"""
        SELECT {_COLUMNS} FROM tracks WHERE path IN ($path, $resolved)
        ORDER BY missing_since IS NOT NULL, id LIMIT 1""",
    "count": "SELECT count(*) FROM tracks WHERE missing_since IS NULL",
}

MAX_ROWS = 200
MAX_WORDS = 32


@dataclass(frozen=True, slots=True)
class TrackRow:
    """What the catalogue knows about one file; None where the file does not say.

    Attributes
    ----------
    path : str
        As the operating system opens it; `path_text` is fit to be printed whatever its bytes.
    title : str
        The tag, or else the file's name without suffix.
    artist : str
        The artists as credited, empty if unknown; `artists` has each of them.
    duration_s : float or None
        `duration_is_estimate` tells whether only the file's header says so.
    content_key : str
        Same audio, same key, whatever the tags.
    picture_key : str or None
        Of the embedded cover; same picture, same key.
    missing_since : datetime or None
        When a scan first found the file gone, UTC.
    """

    id: int
    path: str
    title: str
    artist: str
    artists: tuple[str, ...]
    album: str | None
    album_artist: str | None
    date: str | None
    year: int | None
    genres: tuple[str, ...]
    track_number: int | None
    disc_number: int | None
    composer: str | None
    compilation: bool
    duration_s: float | None
    duration_is_estimate: bool
    rate_hz: int
    channels: int
    format: str
    subtype: str
    lossy: bool
    bits_per_sample: int | None
    file_bytes: int
    content_key: str
    picture_key: str | None
    album_id: int | None
    added_at: datetime
    missing_since: datetime | None

    @property
    def path_text(self) -> str:
        """The path as text that can always be printed."""
        return path_to_text(self.path)


class Tracks:
    """The tracks of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def list(
        self,
        sort: str = "artist",
        *,
        descending: bool = False,
        limit: int = 50,
        after: int | None = None,
    ) -> tuple[TrackRow, ...]:
        """Return one page of all tracks that are there.

        Parameters
        ----------
        sort : {'artist', 'album', 'title', 'year', 'duration', 'added', 'path'}
            Ties are broken by further keys and at last by id.
        descending : bool
            Turns the whole order around.
        limit : int
            1 to 200 rows.
        after : int, optional
            Id of the last row of the page before; the first page if None.

        Raises
        ------
        ParameterError
            If an argument is none of these.
        NotFoundError
            If there is no track with the id `after`.
        """
        check_choice("sort", sort, SORTS)
        _check_limit(limit)
        keys = (*SORTS[sort], "id")
        direction = "DESC" if descending else "ASC"
        order = ", ".join(f"{key} {direction}" for key in keys)
        with self._catalogue.session() as s:
            parameters: dict[str, object] = {"limit": limit}
            beyond = ""
            if after is not None:
                sql = _SQL["place"].format(expressions=", ".join(keys))
                place = s.row(sql, {"id": _check_id("after", after)})
                if place is None:
                    raise NotFoundError(f"there is no track {after}")
                parameters |= {f"v{i}": value for i, value in enumerate(place)}
                beyond = f"AND ({_beyond(keys, '<' if descending else '>')})"
            sql = _SQL["page"].format(columns=_COLUMNS, order=order, after=beyond)
            return tuple(map(_track_row, s.rows(sql, parameters)))

    def search(self, text: str, limit: int = 50) -> tuple[TrackRow, ...]:
        """Return the tracks in which every word of `text` occurs, best first.

        Case, accents and punctuation do not count. A word may stand in the title, an artist, the
        album, its artist, a genre, the composer, the year or the file's name, and may be a part of
        a longer one. Titles that begin with the text come first, then tracks in which all words
        begin words, then the others, each by title and artist. Without any word, all tracks fit.

        Raises
        ------
        ParameterError
            If `limit` is not 1 to 200 or there are more than 32 words.
        """
        _check_limit(limit)
        phrase = fold(text)
        words = list(dict.fromkeys(phrase.split()))
        if len(words) > MAX_WORDS:
            raise ParameterError(f"text of {len(words)} words must be {MAX_WORDS} words at most")
        tests = [f"contains(search_text, $w{i})" for i in range(len(words))]
        starts = [f"contains(search_text, ' ' || $w{i})" for i in range(len(words))]
        sql = _SQL["search"].format(
            columns=_COLUMNS,
            all_words=" AND ".join(tests) or "true",
            at_word_starts=" AND ".join(starts) or "true",
        )
        parameters: dict[str, object] = {"phrase": phrase, "limit": limit}
        parameters |= {f"w{i}": word for i, word in enumerate(words)}
        with self._catalogue.session() as s:
            return tuple(map(_track_row, s.rows(sql, parameters)))

    def get(self, track_id: int) -> TrackRow:
        """Return one track, even if its file is missing.

        Raises
        ------
        ParameterError
            If `track_id` is not an int.
        NotFoundError
            If there is no such track.
        """
        with self._catalogue.session() as s:
            row = s.row(_SQL["by_id"], {"id": _check_id("track_id", track_id)})
        if row is None:
            raise NotFoundError(f"there is no track {track_id}")
        return _track_row(row)

    def by_path(self, path: str | os.PathLike[str]) -> TrackRow | None:
        """Return the track of a file, or None; relative paths begin in the current folder."""
        names = {"path": os.path.abspath(path), "resolved": os.path.realpath(path)}
        texts = {name: path_to_text(value) for name, value in names.items()}
        with self._catalogue.session() as s:
            row = s.row(_SQL["by_path"], texts)
        return None if row is None else _track_row(row)

    def count(self) -> int:
        """Return how many tracks are there."""
        with self._catalogue.session() as s:
            (count,) = s.rows(_SQL["count"])[0]
        return int(count)


def _beyond(keys: tuple[str, ...], sign: str) -> str:
    """SQL that holds for rows whose keys come after the bound values ``v0, v1, …``."""
    test = f"{keys[-1]} {sign} $v{len(keys) - 1}"
    for i in range(len(keys) - 2, -1, -1):
        test = f"{keys[i]} {sign} $v{i} OR ({keys[i]} = $v{i} AND ({test}))"
    return test


def _check_limit(limit: int) -> None:
    if type(limit) is not int or not 1 <= limit <= MAX_ROWS:
        raise ParameterError(f"limit={limit!r} must be a whole number from 1 to {MAX_ROWS}")


def _check_id(name: str, value: int) -> int:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ParameterError(f"{name}={value!r} must be the id of a track")
    return value


def _track_row(row: tuple[Any, ...]) -> TrackRow:
    names = ("".join(_COLUMNS.split())).split(",")
    known = dict(zip(names, row, strict=True))
    frames, estimate = known.pop("frames"), known.pop("frames_is_estimate")
    path = path_from_text(known["path"])
    missing = known["missing_since"]
    known |= {
        "path": path,
        "title": known["title"] or _stem(known["path"]),
        "artist": known["artist"] or "",
        "artists": tuple(known["artists"]),
        "genres": tuple(known["genres"]),
        "duration_s": None if frames is None else frames_to_seconds(frames, known["rate_hz"]),
        "duration_is_estimate": estimate,
        "added_at": known["added_at"].replace(tzinfo=UTC),
        "missing_since": missing and missing.replace(tzinfo=UTC),
    }
    return TrackRow(**known)


def _stem(path_text: str) -> str:
    return os.path.splitext(os.path.basename(path_text))[0]
