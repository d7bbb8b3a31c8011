"""Read playlists: which there are, what is in them, what was done to them.

Conventions: pages hold 1 to 200 rows and begin after the last row of the page before. A smart
playlist is evaluated when it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auralis_lab.catalogue.listening.listening import check_id, check_limit, check_name
from auralis_lab.catalogue.playlists.heads import head_of, name_key
from auralis_lab.catalogue.playlists.rows import (
    Playlist,
    PlaylistEntry,
    playlist_of_row,
    read_entries,
    read_named,
    read_page,
    read_playlist,
    read_track_ids,
)
from auralis_lab.catalogue.playlists.steps import PlaylistStep, list_steps

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["PlaylistReading"]


class PlaylistReading:
    """The playlists of a catalogue, as far as they are read.

    Where a playlist, an entry or a track is not there, a ``NotFoundError`` is raised; where an
    argument is out of range, a ``ParameterError``.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def list(self, *, limit: int = 50, after: int | None = None) -> tuple[Playlist, ...]:
        """Return one page of playlists, by name.

        Parameters
        ----------
        limit : int
            1 to 200 rows.
        after : int, optional
            Id of the last playlist of the page before; the first page if None.
        """
        check_limit(limit)
        if after is not None:
            check_id("after", after)
        with self._catalogue.session() as s:
            rows = read_page(s, limit=limit, after=after)
        return tuple(map(playlist_of_row, rows))

    def removed(self, *, limit: int = 50) -> tuple[Playlist, ...]:
        """Return playlists that were removed, the latest first; `undo` brings one back.

        The latest 100 are kept.
        """
        check_limit(limit)
        with self._catalogue.session() as s:
            rows = read_page(s, limit=limit, removed=True)
        return tuple(map(playlist_of_row, rows))

    def get(self, playlist_id: int) -> Playlist:
        """Return one playlist."""
        with self._catalogue.session() as s:
            row = read_playlist(s, check_id("playlist_id", playlist_id))
        return playlist_of_row(row)

    def by_name(self, name: str) -> Playlist | None:
        """Return the playlist of that name, whatever the case of its letters, or None."""
        key = name_key(check_name("name", name))
        with self._catalogue.session() as s:
            row = read_named(s, key)
        return None if row is None else playlist_of_row(row)

    def entries(
        self, playlist_id: int, *, limit: int = 50, after: int | None = None
    ) -> tuple[PlaylistEntry, ...]:
        """Return one page of entries, in the order of the playlist.

        Parameters
        ----------
        playlist_id : int
        limit : int
            1 to 200 rows.
        after : int, optional
            Id of the last entry of the page before; the first page if None.

        Raises
        ------
        FilterError
            If it is a smart playlist whose filter does not parse.
        """
        check_limit(limit)
        if after is not None:
            check_id("after", after)
        with self._catalogue.session() as s:
            head = head_of(s, check_id("playlist_id", playlist_id))
            if head.filter_text is None:
                return read_entries(s, playlist_id, limit=limit, after=after)
        rows = self._catalogue.tracks.search(head.filter_text, limit, after=after)
        return tuple(PlaylistEntry(row.id, None, row.id, row) for row in rows)

    def track_ids(self, playlist_id: int) -> tuple[int, ...]:
        """Return all tracks in order; errors as `entries`."""
        with self._catalogue.session() as s:
            head = head_of(s, check_id("playlist_id", playlist_id))
            if head.filter_text is None:
                return read_track_ids(s, playlist_id)
        return tuple(self._catalogue.tracks.ids(head.filter_text))

    def count(self, playlist_id: int) -> int:
        """Return how many entries there are, found anew for a smart one; errors as `entries`."""
        found = self.get(playlist_id)
        if found.entries is not None:
            return found.entries
        return self._catalogue.tracks.count(found.filter_text or "")

    def steps(self, playlist_id: int) -> tuple[PlaylistStep, ...]:
        """Return what was done to a playlist, removed or not, the latest first; 100 at most."""
        with self._catalogue.session() as s:
            head_of(s, check_id("playlist_id", playlist_id), removed=True)
            return list_steps(s, playlist_id)
