"""What is recorded of an edit.

Conventions: paths are as the operating system opens them. A *stamp* is a file's size in bytes and
the time of its last change in nanoseconds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

__all__ = ["JournalFile", "OpenEdit", "Stamp", "State", "StoredChange", "StoredPicture"]

FieldValue: TypeAlias = str | int | float | bool | tuple[str, ...] | None
Stamp: TypeAlias = tuple[int, int]
State: TypeAlias = Literal["begun", "written", "done", "failed"]


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
    stamp, new_stamp : tuple of int
        Before the edit and after it; the new one is None until the change is prepared.
    before : StoredChange or None
        What undoes the edit; None until the change is prepared.
    after : StoredChange
        What was asked for and, once the edit is done, what the file says.
    """

    number: int
    track_id: int
    path: str
    stamp: Stamp
    new_stamp: Stamp | None
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
