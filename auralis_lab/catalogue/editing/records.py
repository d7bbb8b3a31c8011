"""What is recorded of an edit, and the error that says that there is none.

Conventions: paths are as the operating system opens them. A *stamp* is a file's size in bytes and
the time of its last change in nanoseconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from auralis_lab.catalogue.text import path_to_text
from auralis_lab.errors import CatalogueError
from auralis_lab.io.tagchange import FieldValue

__all__ = [
    "EditError",
    "EditReport",
    "FileProblem",
    "JournalFile",
    "OpenEdit",
    "Stamp",
    "State",
    "StoredChange",
    "StoredPicture",
]

Stamp: TypeAlias = tuple[int, int]
State: TypeAlias = Literal["begun", "written", "done", "failed"]


MAX_NAMED = 3


@dataclass(frozen=True, slots=True)
class FileProblem:
    """Why a file cannot be changed."""

    path: str
    reason: str


class EditError(CatalogueError):
    """An edit is refused or failed; all files are as they were unless the message says otherwise.

    Parameters
    ----------
    message : str
    problems : sequence of FileProblem
        The files that stand in the way; the first of them are added to the message.
    """

    def __init__(self, message: str, problems: Sequence[FileProblem] = ()) -> None:
        named = [f"{path_to_text(p.path)} {p.reason}" for p in problems[:MAX_NAMED]]
        if len(problems) > MAX_NAMED:
            named.append(f"and {len(problems) - MAX_NAMED} more")
        super().__init__(f"{message}: {'; '.join(named)}" if named else message)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture of a change, by the key under which its bytes are kept."""

    key: str
    mime: str
    kind: int
    description: str


@dataclass(frozen=True, slots=True)
class StoredChange:
    """Values of fields, and pictures, as the journal has them; no pictures named: None."""

    fields: Mapping[str, FieldValue]
    pictures: tuple[StoredPicture, ...] | None = None

    def to_json(self) -> str:
        """Write it as the journal stores it."""
        pictures = self.pictures and [[p.key, p.mime, p.kind, p.description] for p in self.pictures]
        shown = None if self.pictures is None else (pictures or [])
        return json.dumps({"fields": dict(self.fields), "pictures": shown})

    @staticmethod
    def from_json(text: str) -> StoredChange:
        """Read what :meth:`to_json` wrote."""
        read = json.loads(text)
        fields = {n: tuple(v) if isinstance(v, list) else v for n, v in read["fields"].items()}
        pictures = read["pictures"]
        return StoredChange(
            fields, None if pictures is None else tuple(StoredPicture(*p) for p in pictures)
        )


@dataclass(frozen=True, slots=True)
class JournalFile:
    """One file of an edit.

    Attributes
    ----------
    stamp : tuple of int
        Before the edit.
    before : StoredChange or None
        What undoes the edit; None until the change is prepared.
    after : StoredChange
        What the same fields are after the edit.
    """

    number: int
    track_id: int
    path: str
    stamp: Stamp
    before: StoredChange | None
    after: StoredChange


@dataclass(frozen=True, slots=True)
class OpenEdit:
    """An edit that is under way or was interrupted.

    Attributes
    ----------
    token : str
        Part of the names of what is set aside; no other edit of any catalogue has it.
    """

    id: int
    token: str
    state: State
    files: tuple[JournalFile, ...]


@dataclass(frozen=True, slots=True)
class EditReport:
    """What an edit did.

    Attributes
    ----------
    edit_id : int or None
        Its number in the history; None if there was nothing to do.
    changed : tuple of str
        Paths of the files that were changed, as the operating system opens them.
    unchanged : tuple of str
        Files that said so already.
    untouched : dict of str to tuple of str
        By path, what was asked for and left as it was, since the format cannot hold it; and
        ``'other hard links'`` where other names of a file keep the old tags.
    duration_s : float
    """

    edit_id: int | None
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    untouched: Mapping[str, tuple[str, ...]]
    duration_s: float

    def __str__(self) -> str:
        told = f"{len(self.changed)} files changed, {len(self.unchanged)} were so already"
        left = [f"{path_to_text(p)}: {', '.join(names)}" for p, names in self.untouched.items()]
        return "\n  ".join([told, *(f"left as it was in {line}" for line in left)])
