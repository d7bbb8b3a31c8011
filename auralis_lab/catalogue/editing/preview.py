"""What an edit would do, file by file and field by field. Nothing is touched here."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from auralis_lab.catalogue.editing.records import FileProblem, Stamp, StoredChange
from auralis_lab.catalogue.scanning.reading import picture_key
from auralis_lab.catalogue.text import path_to_text
from auralis_lab.io.tagchange import EDITABLE, FieldValue, TagChange, after
from auralis_lab.io.tagdata import Picture, Tags
from auralis_lab.io.tagfit import misfits
from auralis_lab.io.tagreading import load
from auralis_lab.io.tagrewrite import habits_of
from auralis_lab.io.tagsources import container_of
from auralis_lab.io.tagvalues import FIELD_NAMES, values_of
from auralis_lab.settings import settings

__all__ = ["CREDITS", "EditPreview", "FieldDiff", "FilePreview", "KnownFile", "preview_of"]

PICTURES = "pictures"
CREDITS = {"artist", "artists"}
MAX_SHOWN = 20
KINDS = {0: "picture", 3: "front cover", 4: "back cover"}
READ_ONLY_SETTING = "may not be changed: the setting library_read_only is on"


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A track's file as the catalogue knows it.

    Attributes
    ----------
    problem : str or None
        Why it cannot be changed, as far as the catalogue knows.
    states : tuple of StoredChange
        If there are any, every field in them, and the pictures, must be as in one of them; else
        the file has been changed since and has that problem.
    """

    track_id: int
    path: str
    stamp: Stamp
    problem: str | None = None
    states: tuple[StoredChange, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldDiff:
    """One field of one file before and after; ``'pictures'`` are shown by what they are."""

    field: str
    old: FieldValue
    new: FieldValue

    def __str__(self) -> str:
        return f"{self.field}: {_shown(self.old)} -> {_shown(self.new)}"


@dataclass(frozen=True, slots=True)
class FilePreview:
    """What an edit would do to one file.

    Attributes
    ----------
    path : str
        As the operating system opens it; `path_text` can always be printed.
    diffs : tuple of FieldDiff
        What would change; with a change of an artist's credit also the names in it.
    unchanged : tuple of str
        Fields asked for that are so already.
    not_held : tuple of str
        Fields that the file's format cannot hold as asked; they stay as they are.
    problem : str or None
        Why the file cannot be changed at all.
    change : TagChange
        What would be written: what differs and can be held.
    after : Tags or None
        The tags as they would be; None where there is a problem.
    stamp : tuple of int
        Size in bytes and time of the last change, in nanoseconds, that this holds for.
    """

    track_id: int
    path: str
    stamp: Stamp
    diffs: tuple[FieldDiff, ...] = ()
    unchanged: tuple[str, ...] = ()
    not_held: tuple[str, ...] = ()
    problem: str | None = None
    change: TagChange = field(default_factory=TagChange)
    after: Tags | None = None

    @property
    def path_text(self) -> str:
        """The path as text that can always be printed."""
        return path_to_text(self.path)

    def __str__(self) -> str:
        notes = [str(diff) for diff in self.diffs]
        notes += [f"{name}: cannot be held by this format" for name in self.not_held]
        if self.problem:
            notes = [self.problem]
        return "\n  ".join([self.path_text, *(notes or ["nothing changes"])])


@dataclass(frozen=True)
class EditPreview:
    """What an edit would do; printed, it lists every change.

    Attributes
    ----------
    description : str
        For the history.
    files : tuple of FilePreview
        All files asked for.
    undoes : int or None
        The edit that this one would take back.
    """

    description: str
    files: tuple[FilePreview, ...]
    undoes: int | None = None

    @property
    def changing(self) -> tuple[FilePreview, ...]:
        """The files that would change."""
        return tuple(file for file in self.files if file.diffs and not file.problem)

    @property
    def problems(self) -> tuple[FileProblem, ...]:
        """The files that cannot be changed, with the reason."""
        return tuple(FileProblem(f.path, f.problem) for f in self.files if f.problem)

    def without_problems(self) -> EditPreview:
        """Return the same without the files that cannot be changed."""
        return replace(self, files=tuple(file for file in self.files if not file.problem))

    def without(self, paths: Iterable[str]) -> EditPreview:
        """Return the same without some files, such as those an :class:`EditError` names."""
        left_out = set(paths)
        return replace(self, files=tuple(file for file in self.files if file.path not in left_out))

    def __str__(self) -> str:
        changing, problems = len(self.changing), len(self.problems)
        told = [file for file in self.files if file.diffs or file.problem or file.not_held]
        head = f"{self.description}: {changing} of {len(self.files)} files would change"
        lines = [head + (f", {problems} cannot be changed" if problems else "")]
        lines += [str(file) for file in told[:MAX_SHOWN]]
        if len(told) > MAX_SHOWN:
            lines.append(f"and {len(told) - MAX_SHOWN} more")
        return "\n".join(lines)


def preview_of(
    files: Iterable[KnownFile], changes: Mapping[int, TagChange]
) -> tuple[FilePreview, ...]:
    """Tell what changes would do to files.

    Parameters
    ----------
    files : iterable of KnownFile
    changes : mapping of int to TagChange
        By track id, one for every file.
    """
    seen: dict[str, int] = {}
    previews = []
    for file in files:
        real = os.path.realpath(file.path)
        twin = seen.setdefault(real, file.track_id)
        problem = file.problem or _problem(file, real)
        if problem is None and twin != file.track_id:
            problem = f"is the same file as that of track {twin}"
        if problem is None:
            previews.append(_looked_into(file, real, changes[file.track_id]))
        else:
            previews.append(FilePreview(file.track_id, file.path, file.stamp, problem=problem))
    return tuple(previews)


def _problem(file: KnownFile, real: str) -> str | None:
    if settings().library_read_only:
        return READ_ONLY_SETTING
    try:
        status = os.stat(real)
    except OSError as error:
        return "is gone" if isinstance(error, FileNotFoundError) else _words(error)
    folder = os.path.dirname(real)
    if (status.st_size, status.st_mtime_ns) != file.stamp:
        return "was changed since the last scan: run auralis scan"
    if not status.st_mode & 0o222 or not os.access(real, os.W_OK):
        return "is read-only"
    if not os.stat(folder).st_mode & 0o222 or not os.access(folder, os.W_OK | os.X_OK):
        return "lies in a folder that is read-only"
    return None


def _looked_into(file: KnownFile, real: str, change: TagChange) -> FilePreview:
    """Read a file's tags and compare."""
    made = FilePreview(file.track_id, file.path, file.stamp)
    try:
        container = container_of(real)
        tags, pictures = load(real, with_pictures=change.pictures is not None)
        if container is None:
            return replace(made, problem="holds no tags known here")
        if tags.problem:
            return replace(made, problem=f"has broken tags ({tags.problem})")
        if changed := _changed_since(file.states, tags, pictures):
            return replace(made, problem=f"was changed since ({', '.join(changed)})")
        held = _held(real, container, tags, change)
    except (OSError, ValueError) as error:
        return replace(made, problem=_words(error))
    not_held = tuple(name for name in change.fields if name not in held.fields)
    new = after(tags, held)
    diffs = [
        FieldDiff(name, old, value)
        for name in EDITABLE
        if (old := getattr(tags, name)) != (value := getattr(new, name))
    ]
    changing = {diff.field for diff in diffs}
    if changing & CREDITS:
        changing |= CREDITS
    shown = held.pictures
    if shown is not None and _same(shown, pictures):
        shown = None
    elif shown is not None:
        diffs.append(FieldDiff(PICTURES, _named(pictures), _named(shown)))
    if change.pictures is not None and held.pictures is None:
        not_held += (PICTURES,)
    unchanged = tuple(name for name in held.fields if name not in changing)
    if change.pictures is not None and PICTURES not in not_held and shown is None:
        unchanged += (PICTURES,)
    written = {name: value for name, value in held.fields.items() if name in changing}
    return replace(
        made,
        diffs=tuple(diffs),
        unchanged=unchanged,
        not_held=not_held,
        change=TagChange(written, shown),
        after=new,
    )


def _held(real: str, container: str, tags: Tags, change: TagChange) -> TagChange:
    """Leave out of a change what the container cannot hold."""
    version = habits_of(Path(real))[0] if "date" in change.fields else 4
    values = values_of(after(tags, change), change.fields)
    unfit = misfits(container, values, change.pictures, id3_version=version)
    fields = {n: v for n, v in change.fields.items() if not unfit.intersection(FIELD_NAMES[n])}
    return TagChange(fields, None if PICTURES in unfit else change.pictures)


def _changed_since(
    states: tuple[StoredChange, ...], tags: Tags, pictures: tuple[Picture, ...]
) -> list[str]:
    """Names of the fields that are as in none of some states, and ``pictures``."""
    names = dict.fromkeys(name for state in states for name in state.fields)
    changed = [
        name
        for name in names
        if getattr(tags, name) not in [s.fields[name] for s in states if name in s.fields]
    ]
    shown = [state.pictures for state in states if state.pictures is not None]
    keys = [picture_key(picture.data) for picture in pictures]
    if shown and keys not in [[picture.key for picture in stored] for stored in shown]:
        changed.append(PICTURES)
    return changed


def _same(these: tuple[Picture, ...], others: tuple[Picture, ...]) -> bool:
    """Whether pictures are the same and are said to be the same."""
    return [_all_of(picture) for picture in these] == [_all_of(picture) for picture in others]


def _all_of(picture: Picture) -> tuple[bytes, str, int, str]:
    return picture.data, picture.mime, picture.kind, picture.description


def _named(pictures: tuple[Picture, ...]) -> tuple[str, ...]:
    return tuple(
        f"{KINDS.get(p.kind, KINDS[0])}, {p.mime}, {len(p.data):,} bytes" for p in pictures
    )


def _shown(value: FieldValue) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(repr, value)) or "nothing"
    return "nothing" if value is None or value is False else repr(value)


def _words(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return f"cannot be read ({str(reason).lower()})"
