"""What is asked before an edit: are the tracks there, and are their files as expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from auralis_lab.catalogue.editing.files import FoundTrack, tracks_of
from auralis_lab.catalogue.editing.preview import EditPreview, KnownFile
from auralis_lab.catalogue.editing.records import EditError, FileProblem, JournalFile
from auralis_lab.catalogue.editing.swap import stamp_of
from auralis_lab.errors import NotFoundError
from auralis_lab.settings import settings

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["known", "known_to_undo", "refuse_outdated", "refuse_problems", "tracks_named"]

NAMED_IDS = 5


def tracks_named(catalogue: Catalogue, ids: Sequence[int]) -> list[FoundTrack]:
    """Return the tracks of some ids, in their order.

    Raises
    ------
    NotFoundError
        If one is not there.
    """
    tracks = tracks_of(catalogue, ids)
    if gone := [str(id_) for id_ in ids if id_ not in tracks]:
        more = f" and {len(gone) - NAMED_IDS} more" if len(gone) > NAMED_IDS else ""
        raise NotFoundError(f"there is no track {', '.join(gone[:NAMED_IDS])}{more}")
    return [tracks[id_] for id_ in ids]


def known(track: FoundTrack) -> KnownFile:
    """Return what the catalogue knows of a track's file."""
    problem = "is missing since a scan" if track.missing else None
    return KnownFile(track.id, track.path, track.stamp, problem)


def known_to_undo(record: JournalFile, track: FoundTrack | None) -> KnownFile:
    """Return the same for a file of an edit: its fields must be as the edit found or left them."""
    if track is None:
        return KnownFile(record.track_id, record.path, record.stamp, "is no track any more")
    states = (record.after, record.before) if record.before else (record.after,)
    return replace(known(track), states=states)


def refuse_problems(preview: EditPreview) -> None:
    """Refuse to change files that cannot be changed.

    Raises
    ------
    EditError
    """
    if settings().library_read_only:
        raise EditError("the library may not be changed: the setting library_read_only is on")
    if preview.problems:
        count = f"{len(preview.problems)} of {len(preview.files)} files"
        raise EditError(f"nothing was changed, for {count} cannot be", preview.problems)


def refuse_outdated(catalogue: Catalogue, preview: EditPreview) -> None:
    """Refuse to change files that are no longer as previewed.

    Raises
    ------
    EditError
    """
    files = preview.changing
    tracks = tracks_of(catalogue, [file.track_id for file in files])
    problems = []
    for file in files:
        track = tracks.get(file.track_id)
        if track is None or track.path != file.path:
            problems.append(FileProblem(file.path, "is no longer that track's file"))
            continue
        try:
            current = stamp_of(file.path) == file.stamp
        except OSError:
            current = False
        if not current:
            problems.append(FileProblem(file.path, "was changed since the preview"))
    if problems:
        raise EditError("nothing was changed", problems)
