"""Playlists: lists made by hand, and smart ones that are what a filter finds.

Conventions: an entry has an id of its own, so a track may be in a playlist several times. Tracks
whose file is missing stay. Everything that changes a playlist is one *step* that can be undone and
done again, also after a restart and by somebody else, and also its removal: see ``playliststeps``.
No two playlists have the same name: see ``playlistheads``. A smart playlist is evaluated when it is
read; frozen, it becomes a manual one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from auralis_lab.catalogue.listening.listening import (
    check_id,
    check_ids,
    check_name,
    now_utc,
    require_tracks,
    shown,
)
from auralis_lab.catalogue.playlists.changes import (
    plan_added,
    plan_all_out,
    plan_copied,
    plan_moved,
    plan_out,
)
from auralis_lab.catalogue.playlists.heads import (
    Head,
    check_filter,
    free_name,
    head_of,
    make_head,
    require_free,
)
from auralis_lab.catalogue.playlists.reading import PlaylistReading
from auralis_lab.catalogue.playlists.rows import (
    Playlist,
    PlaylistEntry,
    playlist_of_row,
    read_playlist,
)
from auralis_lab.catalogue.playlists.steps import PlaylistStep, begin_step, finish_step, turn
from auralis_lab.errors import CatalogueError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["Playlist", "PlaylistEntry", "PlaylistStep", "Playlists"]


class Playlists(PlaylistReading):
    """The playlists of a catalogue.

    Whatever is refused changes nothing. Where a playlist, an entry or a track is not there, a
    ``NotFoundError`` is raised; where an argument is out of range, a ``ParameterError``.
    """

    def create(
        self,
        name: str,
        track_ids: Iterable[int] = (),
        *,
        filter_text: str | None = None,
        numbered: bool = False,
    ) -> Playlist:
        """Make a playlist.

        Parameters
        ----------
        name : str
            At most 200 characters; control characters go, space is put in order. No other
            playlist may have it, whatever the case of its letters.
        track_ids : iterable of int
            Its first entries, 100,000 at most.
        filter_text : str, optional
            What a smart playlist finds, as in a search; it then has no entries of its own.
        numbered : bool
            Whether a name that is taken becomes "name (2)", and is no error.

        Raises
        ------
        FilterError
            If the filter does not parse.
        """
        name = check_name("name", name)
        ids = check_ids("track_ids", track_ids)
        if filter_text is not None:
            filter_text = check_filter(filter_text)
            if ids:
                raise ParameterError("a smart playlist must have a filter and no track_ids")
        with self._catalogue.write() as s:
            require_tracks(s, ids)
            head = make_head(s, free_name(s, name) if numbered else name, filter_text)
            step_id = begin_step(s, head)
            plan_added(s, step_id, head.id, ids, instead=True)
            finish_step(s, step_id, head, "create")
            row = read_playlist(s, head.id)
        return playlist_of_row(row)

    def copy(self, playlist_id: int, name: str) -> Playlist:
        """Make another playlist with the entries, or the filter, of one that is there."""
        name = check_name("name", name)
        check_id("playlist_id", playlist_id)
        with self._catalogue.write() as s:
            source = head_of(s, playlist_id)
            head = make_head(s, name, source.filter_text)
            step_id = begin_step(s, head)
            plan_copied(s, step_id, source.id)
            finish_step(s, step_id, head, "create")
            row = read_playlist(s, head.id)
        return playlist_of_row(row)

    def rename(self, playlist_id: int, name: str) -> PlaylistStep:
        """Give a playlist another name."""
        name = check_name("name", name)
        with self._write(playlist_id) as (s, head):
            require_free(s, name, but=head.id)
            return finish_step(
                s, begin_step(s, head), head, "rename", after=replace(head, name=name)
            )

    def set_filter(self, playlist_id: int, filter_text: str) -> PlaylistStep:
        """Let a smart playlist find something else.

        Raises
        ------
        FilterError
            If the filter does not parse.
        """
        filter_text = check_filter(filter_text)
        with self._write(playlist_id) as (s, head):
            if head.filter_text is None:
                raise ParameterError(f"playlist {head.id} must be a smart one to have a filter")
            after = replace(head, filter_text=filter_text)
            return finish_step(s, begin_step(s, head), head, "refilter", after=after)

    def freeze(self, playlist_id: int) -> PlaylistStep:
        """Turn a smart playlist into a manual one with the tracks it finds now."""
        found = self.get(playlist_id)
        if found.filter_text is None:
            raise ParameterError(f"playlist {playlist_id} must be a smart one to be frozen")
        ids = self._catalogue.tracks.ids(found.filter_text)
        with self._write(playlist_id) as (s, head):
            if head.filter_text != found.filter_text:
                raise CatalogueError(f"playlist {playlist_id} was changed by somebody else")
            step_id = begin_step(s, head)
            added = plan_added(s, step_id, head.id, ids, instead=True)
            after = replace(head, filter_text=None)
            return finish_step(s, step_id, head, "freeze", after=after, entry_ids=added)

    def remove(self, playlist_id: int) -> PlaylistStep:
        """Remove a playlist. Its `undo` brings it back, until 100 others were removed."""
        with self._write(playlist_id) as (s, head):
            after = replace(head, removed_at=now_utc())
            return finish_step(s, begin_step(s, head), head, "remove", after=after)

    def add(
        self,
        playlist_id: int,
        track_ids: Iterable[int],
        at: int | None = None,
        *,
        before: int | None = None,
    ) -> PlaylistStep:
        """Put tracks into a manual playlist; they may be in it already.

        Parameters
        ----------
        playlist_id : int
        track_ids : iterable of int
            In the order they shall have, 1 to 100,000.
        at : int, optional
            How many entries shall stand ahead of them; they come last if None.
        before : int, optional
            Id of the entry that they shall stand ahead of, which says the same whatever others
            have changed meanwhile. Not together with `at`.

        Returns
        -------
        step : PlaylistStep
            With the ids of the new entries.
        """
        ids = _some("track_ids", check_ids("track_ids", track_ids))
        _check_place(at, before)
        with self._write(playlist_id, manual=True) as (s, head):
            require_tracks(s, ids)
            step_id = begin_step(s, head)
            added = plan_added(s, step_id, head.id, ids, at=at, before=before)
            return finish_step(s, step_id, head, "add", entry_ids=added)

    def move(
        self,
        playlist_id: int,
        entry_ids: Iterable[int],
        at: int | None = None,
        *,
        before: int | None = None,
    ) -> PlaylistStep:
        """Bring entries of a manual playlist to a place, one after the other in the order given.

        Parameters
        ----------
        playlist_id : int
        entry_ids : iterable of int
            1 to 100,000, each once.
        at : int, optional
            How many of the *other* entries shall stand ahead of them; they come last if None.
        before : int, optional
            Id of the other entry that they shall stand ahead of. Not together with `at`.
        """
        ids = _some("entry_ids", check_ids("entry_ids", entry_ids, distinct=True))
        _check_place(at, before)
        with self._write(playlist_id, manual=True) as (s, head):
            step_id = begin_step(s, head)
            plan_moved(s, step_id, head.id, ids, at=at, before=before)
            return finish_step(s, step_id, head, "move")

    def take_out(self, playlist_id: int, entry_ids: Iterable[int]) -> PlaylistStep:
        """Take entries, 1 to 100,000, out of a manual playlist."""
        ids = _some("entry_ids", check_ids("entry_ids", entry_ids, distinct=True))
        with self._write(playlist_id, manual=True) as (s, head):
            step_id = begin_step(s, head)
            plan_out(s, step_id, head.id, ids)
            return finish_step(s, step_id, head, "take out")

    def clear(self, playlist_id: int) -> PlaylistStep:
        """Take all entries out of a manual playlist."""
        return self.replace(playlist_id, ())

    def replace(self, playlist_id: int, track_ids: Iterable[int]) -> PlaylistStep:
        """Give a manual playlist other entries, 100,000 at most, instead of all it has."""
        ids = check_ids("track_ids", track_ids)
        with self._write(playlist_id, manual=True) as (s, head):
            require_tracks(s, ids)
            step_id = begin_step(s, head)
            plan_all_out(s, step_id, head.id)
            added = plan_added(s, step_id, head.id, ids, instead=True)
            action = "replace" if ids else "clear"
            return finish_step(s, step_id, head, action, entry_ids=added)

    def undo(self, playlist_id: int, *, step_id: int | None = None) -> PlaylistStep:
        """Undo the last step, or bring back a playlist that was removed.

        Parameters
        ----------
        playlist_id : int
        step_id : int, optional
            The step that is meant. If another was done since, nothing is undone.

        Raises
        ------
        NotFoundError
            If there is nothing to undo.
        ParameterError
            If `step_id` is not the last step.
        """
        return self._turn(playlist_id, undo=True, step_id=step_id)

    def redo(self, playlist_id: int, *, step_id: int | None = None) -> PlaylistStep:
        """Do again what was undone last; parameters and errors as `undo`."""
        return self._turn(playlist_id, undo=False, step_id=step_id)

    def _turn(self, playlist_id: int, *, undo: bool, step_id: int | None) -> PlaylistStep:
        check_id("playlist_id", playlist_id)
        if step_id is not None:
            check_id("step_id", step_id)
        with self._catalogue.write() as s:
            return turn(s, playlist_id, undo=undo, step_id=step_id)

    @contextmanager
    def _write(self, playlist_id: int, *, manual: bool = False) -> Iterator[tuple[Session, Head]]:
        check_id("playlist_id", playlist_id)
        with self._catalogue.write() as s:
            head = head_of(s, playlist_id)
            if manual and head.filter_text is not None:
                raise ParameterError(
                    f"playlist {playlist_id} must be a manual one: freeze it to change its entries"
                )
            yield s, head


def _check_place(at: object, before: object) -> None:
    if at is not None and before is not None:
        raise ParameterError("only one of at and before must be given")
    if at is not None and (type(at) is not int or not 0 <= at < 1 << 31):
        raise ParameterError(f"at={shown(at)} must be a whole number, 0 or more")
    if before is not None:
        check_id("before", before)


def _some(name: str, ids: list[int]) -> list[int]:
    if not ids:
        raise ParameterError(f"{name} must name at least one")
    return ids
