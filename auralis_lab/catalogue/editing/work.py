"""What an edit does to files: all of it or nothing, whenever it is interrupted.

Whoever uses this has the right to edit (see ``edits``). The edit is recorded, then a changed copy
of every file is made, then what undoes it is recorded, then one file after another is set aside and
replaced by its copy, then the edit is recorded as written. Until then whatever happens is answered
by putting back what was set aside; from then on by dropping it. So an interrupted edit is settled
from the record and the names in the folders alone.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from auralis_lab.catalogue.editing.copies import (
    ChangedCopy,
    Progress,
    after_of,
    check_space,
    make_copies,
)
from auralis_lab.catalogue.editing.files import FoundTrack, reread, tracks_of
from auralis_lab.catalogue.editing.journal import Journal
from auralis_lab.catalogue.editing.pictures import KeptPictures
from auralis_lab.catalogue.editing.preview import EditPreview
from auralis_lab.catalogue.editing.records import (
    EditError,
    FileProblem,
    JournalFile,
    OpenEdit,
    StoredChange,
)
from auralis_lab.catalogue.editing.swap import Swap, set_aside_in
from auralis_lab.catalogue.text import path_from_text, path_to_text
from auralis_lab.errors import EncodeError
from auralis_lab.io.output import error_words, sync_folder
from auralis_lab.io.tagchange import TagChange
from auralis_lab.io.tagdata import Picture
from auralis_lab.io.tagedit import leftovers

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["EditWork"]


class EditWork:
    """The files of a catalogue, as edits change them.

    Parameters
    ----------
    catalogue : Catalogue
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._journal = Journal(catalogue)
        self._pictures = KeptPictures(catalogue.path)

    def change(
        self, preview: EditPreview, on_progress: Progress | None
    ) -> tuple[OpenEdit, dict[int, tuple[str, ...]]]:
        """Change all files of a preview.

        Parameters
        ----------
        preview : EditPreview
        on_progress : callable, optional
            Called with (copies made, files, path). What it raises ends the edit.

        Returns
        -------
        edit : OpenEdit
            Written; to be finished by :meth:`finish`.
        untouched : dict of int to tuple of str
            By track, what was left as it was.

        Raises
        ------
        EditError
            If a file cannot be changed; all are as they were then.
        """
        files = preview.changing
        check_space(files)
        records = [
            JournalFile(n, f.track_id, f.path, f.stamp, None, after_of(f))
            for n, f in enumerate(files)
        ]
        edit = self._journal.begin(preview.description, preview.undoes, records)
        copies: list[ChangedCopy] = []
        try:
            make_copies(files, self._pictures, copies, on_progress)
            befores = [replace(r, before=c.before) for r, c in zip(records, copies, strict=True)]
            edit = self._journal.prepared(edit, befores)
            for record, copy in zip(records, copies, strict=True):
                swap = Swap(record.path, record.stamp, token=edit.token, number=record.number)
                swap.set_aside()
                copy.edit.commit()
                swap.replaced()
            edit = self._journal.written(edit)
        except BaseException as error:
            for copy in copies:
                copy.edit.discard()
            problems = _problems(error)
            told = [f"{path_to_text(p.path)} {p.reason}" for p in problems] or [_words(error)]
            self.take_back(edit, "; ".join(told))
            if problems:
                raise EditError("nothing was changed", problems) from error
            raise
        return edit, {f.track_id: c.edit.untouched for f, c in zip(files, copies, strict=True)}

    def take_back(self, edit: OpenEdit, reason: str) -> None:
        """Make all files what they were before an edit that is not written.

        Raises
        ------
        EditError
            If that is not possible for all at the moment. It can be tried again.
        """
        tracks = tracks_of(self._catalogue, [record.track_id for record in edit.files])
        stuck: list[FileProblem] = []
        notes = [reason]
        for record, swap in _swaps(edit, tracks, stuck):
            try:
                problem = swap.put_back()
            except OSError as error:
                stuck.append(FileProblem(record.path, error_words(error)))
            else:
                notes += [f"{path_to_text(record.path)} {problem}"] if problem else []
        if stuck:
            raise EditError(f"edit {edit.id} cannot be taken back at the moment", stuck)
        reread(self._catalogue, tracks.values())
        self._journal.failed(edit, "; ".join(notes))

    def finish(self, edit: OpenEdit) -> None:
        """Drop what a written edit has set aside, read the files' rows anew, record its end.

        Raises
        ------
        EditError
            If that is not possible for all at the moment. It can be tried again.
        """
        tracks = tracks_of(self._catalogue, [record.track_id for record in edit.files])
        stuck: list[FileProblem] = []
        for record, swap in _swaps(edit, tracks, stuck):
            try:
                swap.let_go()
            except OSError as error:
                stuck.append(FileProblem(record.path, error_words(error)))
        if stuck:
            raise EditError(f"edit {edit.id} cannot be finished at the moment", stuck)
        reread(self._catalogue, tracks.values())
        self._pictures.drop_all_but(self._journal.done(edit))

    def drop_unused_pictures(self) -> None:
        """Remove the kept pictures that no undo needs any more."""
        self._pictures.drop_all_but(self._journal.picture_keys())

    def change_of(self, stored: StoredChange) -> TagChange:
        """Turn what is stored into a change again.

        Raises
        ------
        CatalogueError
            If a picture of it is gone.
        """
        if stored.pictures is None:
            return TagChange(stored.fields)
        pictures = tuple(
            Picture(self._pictures.get(p.key), p.mime, p.kind, p.description)
            for p in stored.pictures
        )
        return TagChange(stored.fields, pictures)


def _swaps(
    edit: OpenEdit, tracks: Mapping[int, FoundTrack], stuck: list[FileProblem]
) -> Iterator[tuple[JournalFile, Swap]]:
    """Find the files of an edit, wherever they are now, and what was set aside of them.

    Copies that a killed process has left beside them are removed. Files whose disk is out of reach
    are added to `stuck`.
    """
    by_folder: dict[str, list[tuple[JournalFile, str]]] = defaultdict(list)
    for record in edit.files:
        track = tracks.get(record.track_id)
        path = track.path if track else record.path
        by_folder[os.path.dirname(os.path.realpath(path))].append((record, path))
    for folder, files in by_folder.items():
        try:
            found = set_aside_in(folder, edit.token)
        except OSError as error:
            if not _is_gone(error, tracks.get(files[0][0].track_id)):
                stuck += [FileProblem(path, error_words(error)) for _, path in files]
            continue
        for copy in leftovers(folder):
            copy.unlink(missing_ok=True)
        for record, path in files:
            name = found.get(record.number)
            yield (
                record,
                Swap(path, record.stamp, token=edit.token, number=record.number, found=name),
            )
        with suppress(OSError):
            sync_folder(Path(folder))


def _is_gone(error: OSError, track: FoundTrack | None) -> bool:
    """Whether a folder was removed, while the disk it was on is there."""
    if not isinstance(error, FileNotFoundError):
        return False
    try:
        return track is None or bool(os.listdir(path_from_text(track.root_text)))
    except OSError:
        return False


def _problems(error: BaseException) -> list[FileProblem]:
    """Say which file is in the way, if one is."""
    if isinstance(error, EncodeError):
        return [FileProblem(error.path, f"cannot be written ({error.reason})")]
    if isinstance(error, OSError) and error.filename is not None:
        return [
            FileProblem(os.fsdecode(error.filename), f"cannot be set aside ({error_words(error)})")
        ]
    return []


def _words(error: BaseException) -> str:
    if isinstance(error, Exception):
        return error_words(error)
    return "interrupted"
