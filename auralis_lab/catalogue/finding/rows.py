"""One track as the catalogue knows it, and how its row is read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from auralis_lab.audio import frames_to_seconds
from auralis_lab.catalogue.text import path_from_text, path_to_text

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["TrackRow", "read_below", "read_by_path", "read_rows"]

_COLUMNS = """id, path, title, artist, artists, album, album_artist, album_id, date, year, genres,
    track_number, disc_number, composer, compilation, frames, frames_is_estimate, rate_hz, channels,
    format, subtype, lossy, bits_per_sample, file_bytes, content_key, picture_key, added_at,
    missing_since
"""
_NAMES = "".join(_COLUMNS.split()).split(",")
_FEW = 200
_SQL = {
    "few": f"SELECT {_COLUMNS} FROM tracks WHERE id IN ({{names}})",
    "many": f"SELECT {_COLUMNS} FROM tracks SEMI JOIN (SELECT unnest($ids) AS id) USING (id)",
    "by_path": f"""
        SELECT {_COLUMNS} FROM tracks WHERE path IN ($path, $resolved)
        ORDER BY missing_since IS NOT NULL, id LIMIT 1""",
    "below": """
        SELECT id FROM tracks WHERE (starts_with(path, $named) OR starts_with(path, $resolved))
            AND missing_since IS NULL ORDER BY path, id""",
}


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


def read_rows(s: Session, ids: Sequence[int]) -> tuple[TrackRow, ...]:
    """Return tracks in the order of their ids; those that are not there are left out."""
    if not ids:
        return ()
    if len(ids) <= _FEW:  # one by one, through the index of the primary key
        named = {f"i{n}": id_ for n, id_ in enumerate(ids)}
        rows = s.rows(_SQL["few"].format(names=", ".join(f"${name}" for name in named)), named)
    else:
        rows = s.rows(_SQL["many"], {"ids": list(ids)})
    found = {row[0]: _track_row(row) for row in rows}
    return tuple(found[id_] for id_ in ids if id_ in found)


def read_by_path(s: Session, path: str | os.PathLike[str]) -> TrackRow | None:
    """Return the track of a file, one that is there before one that is missing, or None."""
    names = {"path": os.path.abspath(path), "resolved": os.path.realpath(path)}
    row = s.row(_SQL["by_path"], {name: path_to_text(value) for name, value in names.items()})
    return None if row is None else _track_row(row)


def read_below(s: Session, folder: str | os.PathLike[str]) -> list[int]:
    """Return the ids of the tracks that are there in a folder and all below it, by path."""
    names = {"named": os.path.abspath(folder), "resolved": os.path.realpath(folder)}
    prefixes = {name: path_to_text(path).rstrip("/") + "/" for name, path in names.items()}
    return [id_ for (id_,) in s.rows(_SQL["below"], prefixes)]


def _track_row(row: tuple[Any, ...]) -> TrackRow:
    known = dict(zip(_NAMES, row, strict=True))
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
