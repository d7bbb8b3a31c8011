"""Tracks as a scan meets them: known by their file, stored with their tags, placed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auralis_lab.catalogue.scanning.reading import FileFacts

__all__ = ["TAG_COLUMNS", "KnownTrack", "Placement", "StoredTrack"]

TAG_COLUMNS = (
    "title, artist, artists, featured, album, album_artist, date, genres, track_number, "
    "track_total, disc_number, disc_total, composer, comment, bpm, compilation, lyrics, "
    "mb_recording_id, mb_track_id, mb_album_id, mb_release_group_id, mb_artist_ids, "
    "mb_album_artist_ids, tag_problem, picture_key"
)


@dataclass(frozen=True, slots=True)
class KnownTrack:
    """What is needed to tell whether a file changed."""

    id: int
    file_bytes: int
    mtime_ns: int
    missing: bool


@dataclass(frozen=True, slots=True)
class StoredTrack:
    """A track as the catalogue has it when a file that may be it was read.

    Attributes
    ----------
    path, root : str
        Where the file was last seen, and the scanned folder it belongs to.
    mtime_ns : int
        Negative if an older version of the catalogue stored it, under a key of another kind.
    tags : tuple
        The values of `TAG_COLUMNS`; empty where they were not asked for.
    """

    id: int
    path: str
    root: str
    content_key: str
    mtime_ns: int
    missing: bool
    tags: tuple[Any, ...] = ()

    def has_tags_of(self, facts: FileFacts) -> bool:
        """Tell whether a file has the tags that are stored."""
        names = TAG_COLUMNS.split(", ")
        return self.tags == tuple(getattr(facts, name) for name in names)


@dataclass(frozen=True, slots=True)
class Placement:
    """A file that was read, and the track that it is.

    Attributes
    ----------
    facts : FileFacts
    track : StoredTrack or None
        None for a new one. A track that meanwhile went elsewhere counts as None.
    """

    facts: FileFacts
    track: StoredTrack | None = None
