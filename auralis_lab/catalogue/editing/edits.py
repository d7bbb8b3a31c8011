"""Edits of tags: previewed, done to all files or to none, and taken back.

An edit that is interrupted at any moment, by a kill or a power cut, is settled by ``recover`` or
by the next edit: all its files are then as they were, or all are new. One edit runs at a time on a
catalogue; others wait for it as units of work do. While it runs, the disk holds a copy of every
file that it changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING

from auralis_lab.catalogue.editing.changes import (
    Change,
    changes_for,
    checked_ids,
    described,
    numbering,
    rewriting,
)
from auralis_lab.catalogue.editing.checks import (
    known,
    known_to_undo,
    refuse_outdated,
    refuse_problems,
    tracks_named,
)
from auralis_lab.catalogue.editing.files import tracks_of
from auralis_lab.catalogue.editing.journal import Edit, Journal
from auralis_lab.catalogue.editing.preview import EditPreview, FieldDiff, FilePreview, preview_of
from auralis_lab.catalogue.editing.records import EditError, EditReport
from auralis_lab.catalogue.editing.work import EditWork
from auralis_lab.catalogue.lease import Lease
from auralis_lab.catalogue.text import clean
from auralis_lab.errors import CatalogueBusyError, CatalogueError, ParameterError
from auralis_lab.io.tagchange import TagChange
from auralis_lab.settings import settings

if TYPE_CHECKING:
    from auralis_lab.catalogue.editing.copies import Progress
    from auralis_lab.catalogue.store import Catalogue

__all__ = [
    "Edit",
    "EditError",
    "EditPreview",
    "EditReport",
    "Edits",
    "FieldDiff",
    "FilePreview",
    "TagChange",
    "numbering",
]

MAX_DESCRIPTION = 200


class Edits:
    """The edits of a catalogue.

    Parameters
    ----------
    catalogue : Catalogue
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._journal = Journal(catalogue)
        self._work = EditWork(catalogue)
        self._lease = Lease(catalogue.path.with_name(catalogue.path.name + ".edits"))

    def preview(
        self,
        track_ids: Sequence[int] = (),
        change: Change | None = None,
        *,
        each: Mapping[int, Change] | None = None,
        description: str | None = None,
    ) -> EditPreview:
        """Tell what a change would do. Nothing is touched.

        Parameters
        ----------
        track_ids : sequence of int
            The tracks; those in `each` are added.
        change : TagChange or mapping of str to value, optional
            For all of them; ``{"title": "Air"}`` is ``TagChange({"title": "Air"})``.
        each : mapping of int to the same, optional
            For one track alone, by its id; goes before `change`.
        description : str, optional
            For the history; by default the names of the fields.

        Returns
        -------
        preview : EditPreview
            For :meth:`apply`.

        Raises
        ------
        ParameterError
            If an argument is of another kind.
        NotFoundError
            If a track is not there.
        """
        changes = changes_for(track_ids, change, each)
        files = [known(track) for track in tracks_named(self._catalogue, list(changes))]
        told = clean(description) or described(changes)
        return EditPreview(told[:MAX_DESCRIPTION], preview_of(files, changes))

    def preview_rewrite(
        self, track_ids: Sequence[int], field: str, rule: Callable[[str], str]
    ) -> EditPreview:
        """Tell what a rule would make of a field that holds text, such as ``str.title``.

        Parameters
        ----------
        track_ids : sequence of int
        field : str
        rule : callable
            Takes a text and returns another. Where a field has several, each goes through it.

        Raises
        ------
        ParameterError
            If the field is unknown or holds no text, or the rule returns something else.
        NotFoundError
            If a track is not there.
        """
        tracks = tracks_named(self._catalogue, checked_ids(track_ids))
        each = rewriting({track.id: track.path for track in tracks}, field, rule)
        return self.preview(each=each)

    def apply(self, preview: EditPreview, *, on_progress: Progress | None = None) -> EditReport:
        """Do what was previewed, to all files or to none.

        Parameters
        ----------
        preview : EditPreview
            If a file of it cannot be changed, the edit is refused: see its `without_problems`.
        on_progress : callable, optional
            Called with (files copied, files, path). What it raises ends the edit.

        Raises
        ------
        EditError
            If a file cannot be changed or is not as previewed. All files are as they were then.
        CatalogueBusyError
            If another edit runs for longer than the catalogue's callers wait.
        CatalogueError
            If the catalogue cannot be used. If that happens when all files are changed, the message
            says so, and :meth:`recover` brings the catalogue in line.
        """
        if not isinstance(preview, EditPreview):
            raise ParameterError(f"preview={preview!r} must be an EditPreview")
        refuse_problems(preview)
        began_s = time.monotonic()
        edit_id = None
        untouched = {f.path: f.not_held for f in preview.files if f.not_held}
        if preview.changing:
            with self._right_to_edit():
                self._settle()
                refuse_outdated(self._catalogue, preview)
                edit, left = self._work.change(preview, on_progress)
                edit_id = edit.id
                for file in preview.changing:
                    if names := left[file.track_id]:
                        untouched[file.path] = (*untouched.get(file.path, ()), *names)
                try:
                    self._work.finish(edit)
                except CatalogueError as error:
                    raise CatalogueError(f"all files were changed, but {error}") from error
        return EditReport(
            edit_id,
            changed=tuple(file.path for file in preview.changing),
            unchanged=tuple(file.path for file in preview.files if not file.diffs),
            untouched=untouched,
            duration_s=time.monotonic() - began_s,
        )

    def preview_undo(self, edit_id: int) -> EditPreview:
        """Tell what taking back an edit would do; taking back an undo does the edit again.

        Files in which a field of the edit, or the pictures, have been changed since have a problem.

        Raises
        ------
        ParameterError
            If `edit_id` is not an int.
        NotFoundError
            If there is no such edit.
        EditError
            If it was not done, or was taken back already.
        """
        edit, records = self._journal.get(edit_id)
        if edit.state != "done":
            raise EditError(f"edit {edit_id} was not done, so there is nothing to undo")
        if edit.undone_by is not None:
            raise EditError(f"edit {edit_id} was undone by edit {edit.undone_by}; undo that one")
        tracks = tracks_of(self._catalogue, [record.track_id for record in records])
        files = [known_to_undo(record, tracks.get(record.track_id)) for record in records]
        changes = {r.track_id: self._work.change_of(r.before) for r in records if r.before}
        told = f"undo of edit {edit_id}: {edit.description}"
        return EditPreview(told[:MAX_DESCRIPTION], preview_of(files, changes), undoes=edit_id)

    def undo(
        self,
        edit_id: int,
        *,
        skip_problems: bool = False,
        on_progress: Progress | None = None,
    ) -> EditReport:
        """Take back an edit; the undo is an edit as well and can be undone.

        Parameters
        ----------
        edit_id : int
        skip_problems : bool
            Leave out the files that were changed since, instead of refusing.
        on_progress : callable, optional
            As for :meth:`apply`; so are the errors, beside those of :meth:`preview_undo`.
        """
        preview = self.preview_undo(edit_id)
        if skip_problems:
            preview = preview.without_problems()
        return self.apply(preview, on_progress=on_progress)

    def recover(self) -> tuple[Edit, ...]:
        """Settle the edits that were interrupted; return them as they are now.

        Costs one question to the catalogue where there are none. An edit that is under way in
        another process or thread is left alone, and so is one whose disk is out of reach.
        """
        if not self._journal.unfinished():
            return ()
        try:
            with self._right_to_edit(0.0):
                return self._settle()
        except CatalogueBusyError:
            return ()

    def history(self, *, limit: int = 50, before: int | None = None) -> tuple[Edit, ...]:
        """Return a page of edits, the last one first.

        Parameters
        ----------
        limit : int
            1 to 200.
        before : int, optional
            Id of the last edit of the page before.

        Raises
        ------
        ParameterError
            If an argument is none of these.
        """
        return self._journal.page(limit=limit, before=before)

    def forget(self, before: datetime) -> int:
        """Forget the edits begun before a time, and the pictures kept for their undo.

        Returns
        -------
        count : int
            How many can no longer be undone.

        Raises
        ------
        ParameterError
            If `before` has no time zone.
        CatalogueBusyError
            If an edit is under way.
        """
        if not isinstance(before, datetime) or before.tzinfo is None:
            raise ParameterError(f"before={before!r} must be a datetime with a time zone")
        with self._right_to_edit():
            count = self._journal.forget(before)
            self._work.drop_unused_pictures()
        return count

    def _right_to_edit(self, wait_s: float | None = None) -> AbstractContextManager[None]:
        wait_s = settings().catalogue_wait_s if wait_s is None else wait_s
        return self._lease.held(exclusive=True, wait_s=wait_s)

    def _settle(self) -> tuple[Edit, ...]:
        """Bring interrupted edits to an end, as far as their disks can be reached."""
        settled = []
        for edit in self._journal.unfinished():
            try:
                if edit.state == "written":
                    self._work.finish(edit)
                else:
                    self._work.take_back(edit, "interrupted")
            except EditError:
                pass
            settled.append(self._journal.get(edit.id)[0])
        return tuple(settled)
