"""Changing the tags of a file, and nothing else of it.

Fields that are not named, frames and boxes unknown here, pictures and the audio stay as they are.
The changed file is written under a hidden name in the same folder, flushed to the disk and read
back; only then may it take the place of the old one, at once or not at all. A symbolic link stays
and its target is changed; of a file with several hard links the other names keep the old content.

Where a file holds several tags (ID3v2, APEv2 and ID3v1 around an MP3, INFO in a WAV) the one that
is read first gets every change, and the others where they hold the field. A field that is removed
is removed under every name it is read from. Lyrics are replaced as a whole, with or without times.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import stat
from pathlib import Path
from types import TracebackType

from auralis_lab.errors import EncodeError, ParameterError
from auralis_lab.io.leftovers import clear_leftover, clear_leftovers_of, copy_name, leftovers
from auralis_lab.io.output import error_words, sync_folder
from auralis_lab.io.tagchange import EDITABLE, FieldValue, TagChange, after, undoing
from auralis_lab.io.tagdata import Picture, Tags
from auralis_lab.io.tagfit import misfits
from auralis_lab.io.tagreading import load
from auralis_lab.io.tagrewrite import check_copy, habits_of, write_copy
from auralis_lab.io.tagsources import container_of
from auralis_lab.io.tagvalues import FIELD_NAMES, Values, values_of

__all__ = [
    "EDITABLE",
    "FieldValue",
    "PreparedEdit",
    "TagChange",
    "clear_leftover",
    "leftovers",
    "prepare",
]

HARD_LINKS = "other hard links"


class PreparedEdit:
    """A changed copy that waits to take a file's place; a context manager.

    Leaving the context removes the copy if it was not committed.

    Attributes
    ----------
    path : Path
        The file, as it was given.
    before : TagChange
        What undoes the change.
    untouched : tuple of str
        Fields that were left alone (``pictures`` among them), since the container cannot hold
        them as asked, or could not hold again what they were; and ``other hard links`` where
        other names of the file keep the old content.
    """

    def __init__(
        self,
        path: Path,
        target: Path,
        copy: Path,
        status: os.stat_result,
        before: TagChange,
        untouched: tuple[str, ...],
    ) -> None:
        self.path, self.before, self.untouched = path, before, untouched
        self._target, self._copy, self._status = target, copy, status
        self._is_open, self._maker = True, os.getpid()

    def commit(self) -> None:
        """Put the changed copy in the place of the file.

        Raises
        ------
        EncodeError
            If the file has been changed, moved or removed since, or cannot be replaced. The copy
            is removed then, and nothing is changed.
        ParameterError
            If the edit was committed or discarded already.
        """
        if not self._is_open:
            raise ParameterError(f"the edit of {self.path} is over already")
        try:
            if Path(os.path.realpath(self.path)) != self._target or not self._is_unchanged():
                raise EncodeError(self.path, "the file was changed meanwhile")
            self._copy.replace(self._target)
        except OSError as error:
            self.discard()
            raise EncodeError(self.path, error_words(error)) from error
        except EncodeError:
            self.discard()
            raise
        self._is_open = False
        with contextlib.suppress(OSError):
            sync_folder(self._target.parent)

    def discard(self) -> None:
        """Remove the copy; does nothing when the edit is over already."""
        if self._is_open:
            self._is_open = False
            with contextlib.suppress(OSError):
                self._copy.unlink()

    def __enter__(self) -> PreparedEdit:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.discard()

    def __del__(self) -> None:
        if getattr(self, "_is_open", False) and self._maker == os.getpid():
            self.discard()

    def _is_unchanged(self) -> bool:
        return _identity(os.stat(self._target)) == _identity(self._status)


def prepare(path: str | os.PathLike[str], change: TagChange) -> PreparedEdit:
    """Write a copy of a file with other tags beside it, safe on the disk and read back.

    Parameters
    ----------
    path : path-like
        An MP3, FLAC, Ogg (Vorbis, Opus, FLAC, Speex), MP4, WAV, AIFF, ASF, DSF or DSDIFF file, or
        one of the APEv2 family (WavPack, Monkey's Audio, Musepack, OptimFROG, TTA, TAK).
    change : TagChange

    Returns
    -------
    edit : PreparedEdit
        Changes nothing until it is committed. Copies that killed processes have left of the same
        file are removed.

    Raises
    ------
    EncodeError
        If the file or its folder is read-only, is gone or full, holds no tags known here or
        malformed ones, or the copy does not hold what was asked for. Nothing is changed, and no
        copy is left.
    """
    given = Path(path)
    try:
        target = Path(os.path.realpath(given))
        status = os.stat(target)
        _check_writable(given, target, status)
        container = container_of(target)
    except (OSError, ValueError) as error:
        raise EncodeError(path, error_words(error)) from error
    if container is None:
        raise EncodeError(path, "this container holds no tags known here")
    before, pictures = load(target, with_pictures=True)
    if before.problem:
        raise EncodeError(path, f"its tags are broken ({before.problem})")
    clear_leftovers_of(target)
    copy = copy_name(target)
    try:
        id3_version, list_artists = habits_of(target)
        held, untouched = _held(container, before, pictures, change, id3_version)
        undo = undoing(before, pictures, held)
        values = values_of(after(before, held), held.fields, list_artists=list_artists)
        _write(target, copy, container, values, held, status)
        check_copy(target, copy, container, (before, pictures), held)
        if _identity(os.stat(target)) != _identity(status):
            raise EncodeError(path, "the file was changed meanwhile")
    except BaseException as error:  # mutagen raises whatever a malformed file leads it to
        with contextlib.suppress(OSError):
            copy.unlink()
        if isinstance(error, EncodeError):
            raise EncodeError(path, error.reason) from error
        if not isinstance(error, Exception):
            raise
        raise EncodeError(path, _words(error)) from error
    if status.st_nlink > 1:
        untouched = (*untouched, HARD_LINKS)
    return PreparedEdit(given, target, copy, status, undo, untouched)


def _held(
    container: str,
    tags: Tags,
    pictures: tuple[Picture, ...],
    change: TagChange,
    id3_version: int,
) -> tuple[TagChange, tuple[str, ...]]:
    """Leave out of a change what the container cannot hold, now or to undo it; return that too."""
    unfit: set[str] = set()
    for state, shown in ((after(tags, change), change.pictures), (tags, pictures)):
        shown = None if change.pictures is None else shown
        values = values_of(state, change.fields)
        unfit |= misfits(container, values, shown, id3_version=id3_version)
    left = tuple(name for name in change.fields if unfit.intersection(FIELD_NAMES[name]))
    fields = {name: value for name, value in change.fields.items() if name not in left}
    kept = None if "pictures" in unfit else change.pictures
    held = dataclasses.replace(change, fields=fields, pictures=kept)
    return held, left + (("pictures",) if "pictures" in unfit else ())


def _write(
    path: Path,
    copy: Path,
    container: str,
    values: Values,
    change: TagChange,
    status: os.stat_result,
) -> None:
    """Write the copy, give it what the file has of owner, rights and attributes, and flush it."""
    with path.open("rb", buffering=0) as source:
        if _identity(os.fstat(source.fileno())) != _identity(status):
            raise EncodeError(path, "the file was changed meanwhile")
        fd = os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            write_copy(source.fileno(), fd, copy, container, values, change.pictures)
            _take_over(source.fileno(), fd, status)
            os.fsync(fd)
        finally:
            os.close(fd)


def _take_over(source_fd: int, fd: int, status: os.stat_result) -> None:
    """Give the copy the owner, the rights and the extended attributes of the file."""
    with contextlib.suppress(OSError):
        os.fchown(fd, status.st_uid, status.st_gid)
    with contextlib.suppress(OSError):
        os.fchmod(fd, stat.S_IMODE(status.st_mode))
    if hasattr(os, "listxattr"):
        with contextlib.suppress(OSError):
            for name in os.listxattr(source_fd):
                with contextlib.suppress(OSError):
                    os.setxattr(fd, name, os.getxattr(source_fd, name))
    now = os.fstat(fd)
    if now.st_mtime_ns <= status.st_mtime_ns:  # else a scan might take it for unchanged
        os.utime(fd, ns=(now.st_atime_ns, status.st_mtime_ns + 1))


def _check_writable(path: Path, target: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise EncodeError(path, "it is no regular file")
    folder = target.parent
    if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise EncodeError(path, "the file is read-only")
    if not os.stat(folder).st_mode & 0o222 or not os.access(folder, os.W_OK | os.X_OK):
        raise EncodeError(path, "the folder is read-only")


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _words(error: Exception) -> str:
    """Say why a copy could not be made: the disk's reason where there is one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError):
            return error_words(cause)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, ValueError):
        return str(error)
    return f"its tags cannot be changed ({error_words(error)})"
