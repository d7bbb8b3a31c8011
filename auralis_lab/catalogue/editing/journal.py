"""The record of edits: what was done to which files, and what undoes it.

Conventions: every method is one unit of work; edits are only made by whoever holds the right to
edit (see ``edits``).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from auralis_lab.catalogue.editing.records import JournalFile, OpenEdit, State, StoredChange
from auralis_lab.catalogue.text import path_from_text, path_to_text
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["Edit", "Journal"]

MAX_ROWS = 200
KEPT_EDITS = 1_000

_EDIT = "id, state, description, undoes, started_at, finished_at, reason"
_SQL = {
    "begin": """
        INSERT INTO edits (id, token, state, description, undoes, started_at)
        SELECT nextval('edit_ids'), $token, 'begun', $description, $undoes, $now RETURNING id""",
    "drop_files": "DELETE FROM edit_files WHERE edit_id = $id",
    "insert_files": "INSERT INTO edit_files BY NAME SELECT * FROM staged_files",
    "mark": """
        UPDATE edits SET state = $state, reason = $reason, finished_at = $finished_at
        WHERE id = $id""",
    "unfinished": "SELECT id, token, state FROM edits WHERE state IN ('begun', 'written')",
    "files": """
        SELECT number, track_id, path, file_bytes, mtime_ns, before_json, after_json
        FROM edit_files WHERE edit_id = $id ORDER BY number""",
    "page": f"""
        SELECT {_EDIT}, (SELECT count(*) FROM edit_files WHERE edit_id = edits.id)
        FROM edits WHERE id < $before ORDER BY id DESC LIMIT $limit""",
    "get": f"""
        SELECT {_EDIT}, (SELECT count(*) FROM edit_files WHERE edit_id = edits.id)
        FROM edits WHERE id = $id""",
    "undoings": "SELECT undoes, max(id) FROM edits WHERE state = 'done' AND undoes IS NOT NULL "
    "GROUP BY undoes",
    "old": "SELECT id FROM edits WHERE state IN ('done', 'failed') AND started_at < $before",
    "surplus": """
        SELECT id FROM edits WHERE state IN ('done', 'failed')
        ORDER BY id DESC OFFSET $kept""",
    "drop_old_files": "DELETE FROM edit_files WHERE edit_id IN (SELECT id FROM old_edits)",
    "drop_old": "DELETE FROM edits WHERE id IN (SELECT id FROM old_edits)",
    "picture_keys": "SELECT DISTINCT unnest(picture_keys) FROM edit_files",
}


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of the history.

    Attributes
    ----------
    state : {'begun', 'written', 'done', 'failed'}
        The first two are under way or were interrupted; of those that failed nothing was kept.
    files : int
        Number of files changed.
    undoes : int or None
        The edit that this one took back.
    undone_by : int or None
        The edit that took this one back, unless that was taken back in turn.
    started_at, finished_at : datetime
        UTC.
    reason : str or None
        Why it failed.
    """

    id: int
    state: State
    description: str
    undoes: int | None
    started_at: datetime
    finished_at: datetime | None
    reason: str | None
    files: int
    undone_by: int | None


class Journal:
    """The edits of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def begin(self, description: str, undoes: int | None, files: Sequence[JournalFile]) -> OpenEdit:
        """Record what is to be done."""
        token = secrets.token_hex(8)
        values = {"token": token, "description": description, "undoes": undoes, "now": _now()}
        with self._catalogue.write() as s:
            ((edit_id,),) = s.rows(_SQL["begin"], values)
            _put_files(s, edit_id, files)
        return OpenEdit(edit_id, token, "begun", tuple(files))

    def prepared(self, edit: OpenEdit, files: Sequence[JournalFile]) -> OpenEdit:
        """Record what undoes the edit of every file."""
        with self._catalogue.write() as s:
            _put_files(s, edit.id, files)
        return replace(edit, files=tuple(files))

    def written(self, edit: OpenEdit) -> OpenEdit:
        """Record that all files are new."""
        self._mark(edit.id, "written", None)
        return replace(edit, state="written")

    def done(self, edit: OpenEdit) -> set[str]:
        """Record the end; the oldest edits are forgotten when there are too many.

        Returns
        -------
        keys : set of str
            Of all pictures that an undo may need.
        """
        with self._catalogue.write() as s:
            _mark(s, edit.id, "done", None)
            old = s.rows(_SQL["surplus"], {"kept": KEPT_EDITS})
            _forget(s, [id_ for (id_,) in old])
            return _picture_keys(s)

    def failed(self, edit: OpenEdit, reason: str) -> None:
        """Record that all files are as they were."""
        self._mark(edit.id, "failed", reason)

    def unfinished(self) -> list[OpenEdit]:
        """Return the edits that are under way or were interrupted, the last one first."""
        with self._catalogue.session() as s:
            found = sorted(s.rows(_SQL["unfinished"]), reverse=True)
            return [OpenEdit(i, token, state, _files(s, i)) for i, token, state in found]

    def page(self, *, limit: int, before: int | None) -> tuple[Edit, ...]:
        """Return edits, the last one first; those before an id if one is named.

        Raises
        ------
        ParameterError
            If `limit` is not 1 to 200 or `before` is not an int.
        """
        if type(limit) is not int or not 1 <= limit <= MAX_ROWS:
            raise ParameterError(f"limit={limit!r} must be a whole number from 1 to {MAX_ROWS}")
        last = (1 << 63) - 1 if before is None else _check_id("before", before)
        with self._catalogue.session() as s:
            undoings = dict(s.rows(_SQL["undoings"]))
            rows = s.rows(_SQL["page"], {"limit": limit, "before": last})
        return tuple(_edit(row, undoings) for row in rows)

    def get(self, edit_id: int) -> tuple[Edit, tuple[JournalFile, ...]]:
        """Return one edit and its files.

        Raises
        ------
        ParameterError
            If `edit_id` is not an int.
        NotFoundError
            If there is no such edit.
        """
        with self._catalogue.session() as s:
            row = s.row(_SQL["get"], {"id": _check_id("edit_id", edit_id)})
            if row is None:
                raise NotFoundError(f"there is no edit {edit_id}")
            undoings = dict(s.rows(_SQL["undoings"]))
            return _edit(row, undoings), _files(s, edit_id)

    def forget(self, before: datetime) -> int:
        """Remove the edits begun before a time, UTC; return how many."""
        naive = before.astimezone(UTC).replace(tzinfo=None)
        with self._catalogue.write() as s:
            old = [id_ for (id_,) in s.rows(_SQL["old"], {"before": naive})]
            _forget(s, old)
        return len(old)

    def picture_keys(self) -> set[str]:
        """Return the keys of all pictures that an undo may need."""
        with self._catalogue.session() as s:
            return _picture_keys(s)

    def _mark(self, edit_id: int, state: State, reason: str | None) -> None:
        with self._catalogue.write() as s:
            _mark(s, edit_id, state, reason)


def _mark(s: Session, edit_id: int, state: State, reason: str | None) -> None:
    finished_at = None if state == "written" else _now()
    values = {"id": edit_id, "state": state, "reason": reason, "finished_at": finished_at}
    s.run(_SQL["mark"], values)


def _put_files(s: Session, edit_id: int, files: Sequence[JournalFile]) -> None:
    s.run(_SQL["drop_files"], {"id": edit_id})
    if not files:
        return
    kept = [(f.before and f.before.pictures) or () for f in files]
    columns: dict[str, list[Any]] = {
        "edit_id": [edit_id] * len(files),
        "number": [f.number for f in files],
        "track_id": [f.track_id for f in files],
        "path": [path_to_text(f.path) for f in files],
        "file_bytes": [f.stamp[0] for f in files],
        "mtime_ns": [f.stamp[1] for f in files],
        "before_json": [f.before and f.before.to_json() for f in files],
        "after_json": [f.after.to_json() for f in files],
        "picture_keys": [[picture.key for picture in pictures] for pictures in kept],
    }
    s.stage("staged_files", columns)
    s.run(_SQL["insert_files"])


def _picture_keys(s: Session) -> set[str]:
    return {key for (key,) in s.rows(_SQL["picture_keys"])}


def _files(s: Session, edit_id: int) -> tuple[JournalFile, ...]:
    return tuple(_file(row) for row in s.rows(_SQL["files"], {"id": edit_id}))


def _file(row: tuple[Any, ...]) -> JournalFile:
    number, track_id, path, size, mtime_ns, before, after = row
    return JournalFile(
        number,
        track_id,
        path_from_text(path),
        (size, mtime_ns),
        None if before is None else StoredChange.from_json(before),
        StoredChange.from_json(after),
    )


def _edit(row: tuple[Any, ...], undoings: Mapping[int, int]) -> Edit:
    id_, state, description, undoes, started_at, finished_at, reason, files = row
    undone_by = undoings.get(id_)
    if undone_by is not None and _is_undone(undone_by, undoings):
        undone_by = None
    return Edit(
        id_,
        cast(State, state),
        description,
        undoes,
        started_at.replace(tzinfo=UTC),
        finished_at and finished_at.replace(tzinfo=UTC),
        reason,
        files,
        undone_by,
    )


def _is_undone(edit_id: int, undoings: Mapping[int, int]) -> bool:
    """Whether the last edit of those that took this one back still stands."""
    undone = False
    while edit_id in undoings:
        undone, edit_id = not undone, undoings[edit_id]
    return undone


def _forget(s: Session, ids: list[int]) -> None:
    if ids:
        s.stage("old_edits", {"id": ids})
        s.run(_SQL["drop_old_files"])
        s.run(_SQL["drop_old"])


def _check_id(name: str, value: int) -> int:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ParameterError(f"{name}={value!r} must be the id of an edit")
    return value


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
