"""The changed copies of files that an edit makes before it replaces any of them."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeAlias

from auralis_lab.catalogue.editing.pictures import KeptPictures
from auralis_lab.catalogue.editing.preview import CREDITS, FilePreview
from auralis_lab.catalogue.editing.records import (
    EditError,
    FileProblem,
    StoredChange,
    StoredPicture,
)
from auralis_lab.catalogue.editing.swap import stamp_of
from auralis_lab.catalogue.scanning.reading import picture_key
from auralis_lab.catalogue.text import path_to_text
from auralis_lab.errors import EncodeError
from auralis_lab.io.output import error_words
from auralis_lab.io.tagchange import EDITABLE, TagChange
from auralis_lab.io.tagdata import Picture
from auralis_lab.io.tagedit import PreparedEdit, prepare

__all__ = ["ChangedCopy", "Progress", "after_of", "check_space", "make_copies"]

Progress: TypeAlias = Callable[[int, int, str], None]

MAKERS = 4
"""Copies made at once: each waits for the disk for much of its time."""
SPARE_BYTES = 16 << 20
GROWTH_BYTES = 64 << 10
"""What other tags may take in a file, beside pictures."""


@dataclass(frozen=True)
class ChangedCopy:
    """A changed copy that waits, and what undoes the change."""

    edit: PreparedEdit
    before: StoredChange


def check_space(files: Sequence[FilePreview]) -> None:
    """Refuse an edit whose copies do not fit on the disks.

    Raises
    ------
    EditError
    """
    needed: dict[int, int] = defaultdict(int)
    folders: dict[int, str] = {}
    for file in files:
        folder = os.path.dirname(os.path.realpath(file.path))
        try:
            device = os.stat(folder).st_dev
        except OSError as error:
            problem = FileProblem(file.path, f"cannot be found ({error_words(error)})")
            raise EditError("nothing was changed", [problem]) from error
        pictures = sum(len(picture.data) for picture in file.change.pictures or ())
        needed[device] += file.stamp[0] + pictures + GROWTH_BYTES
        folders.setdefault(device, folder)
    for device, count in needed.items():
        disk = os.statvfs(folders[device])
        free = disk.f_bavail * disk.f_frsize
        if free < count + SPARE_BYTES:
            raise EditError(
                f"nothing was changed: copies of {len(files)} files need "
                f"{_size(count + SPARE_BYTES)}, and {_size(free)} are free at "
                f"{path_to_text(folders[device])}"
            )


def _size(size_bytes: int) -> str:
    """A number of bytes in a unit that leaves it few digits."""
    if size_bytes < 10_000_000:
        return f"{size_bytes / 1e3:,.0f} kB"
    return (
        f"{size_bytes / 1e6:,.0f} MB"
        if size_bytes < 10_000_000_000
        else f"{size_bytes / 1e9:,.0f} GB"
    )


def make_copies(
    files: Sequence[FilePreview],
    kept: KeptPictures,
    copies: list[ChangedCopy],
    on_progress: Progress | None,
) -> None:
    """Make a changed copy of every file, several at once.

    Parameters
    ----------
    files : sequence of FilePreview
    kept : KeptPictures
        Where the pictures go that will be replaced.
    copies : list of ChangedCopy
        All copies that were made are added, in the order of the files, whatever happens.
    on_progress : callable, optional
        Called with (copies made, files, path).

    Raises
    ------
    EncodeError
        If a file cannot be changed, or is not as previewed.
    CatalogueError
        If a picture cannot be kept.
    """
    pool = ThreadPoolExecutor(MAKERS, thread_name_prefix="auralis-edit")
    futures = [pool.submit(_made, file, kept) for file in files]
    try:
        for n, (file, future) in enumerate(zip(files, futures, strict=True), 1):
            future.result()
            if on_progress:
                on_progress(n, len(files), file.path)
    finally:
        pool.shutdown(cancel_futures=True)
        copies += [f.result() for f in futures if not f.cancelled() and not f.exception()]


def _made(file: FilePreview, kept: KeptPictures) -> ChangedCopy:
    edit = prepare(file.path, file.change)
    try:
        if stamp_of(file.path) != file.stamp:
            raise EncodeError(file.path, "the file was changed meanwhile")
        for picture in edit.before.pictures or ():
            kept.put(picture.data)
        before = StoredChange(edit.before.fields, _stored(edit.before.pictures))
    except BaseException:
        edit.discard()
        raise
    edit.before = TagChange()  # or the old pictures of all files would stay in memory
    return ChangedCopy(edit, before)


def after_of(file: FilePreview) -> StoredChange:
    """Return what the fields of a change are after it; new pictures are in the file alone."""
    names = set(file.change.fields)
    if names & CREDITS:
        names |= CREDITS
    fields = {name: getattr(file.after, name) for name in EDITABLE if name in names}
    return StoredChange(fields, _stored(file.change.pictures))


def _stored(pictures: tuple[Picture, ...] | None) -> tuple[StoredPicture, ...] | None:
    if pictures is None:
        return None
    return tuple(
        StoredPicture(picture_key(p.data), p.mime, p.kind, p.description) for p in pictures
    )
