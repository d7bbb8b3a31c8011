"""A file that is replaced by a changed one and can be put back.

Before a file is replaced it is set aside: a second, hidden name of it in the same folder, or a copy
where the disk knows no second names. Once it is replaced, that name also tells the stamp of what
took its place. So at any moment the folder itself says what was done: whoever comes after an
interruption puts back what was replaced, byte for byte, and leaves alone what others changed since.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress

from auralis_lab.catalogue.editing.records import Stamp
from auralis_lab.catalogue.text import path_to_text

__all__ = ["Swap", "set_aside_in", "stamp_of"]

NAME = re.compile(r"\.auralis-([0-9a-f]+)-(\d+)\.(?:(\d+)-(\d+)\.)?old")


def stamp_of(path: str) -> Stamp:
    """Size in bytes and time of the last change of a file.

    Raises
    ------
    OSError
    """
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns


def set_aside_in(folder: str, token: str) -> dict[int, str]:
    """Find what an edit has set aside in a folder: names, by the numbers of the files.

    Raises
    ------
    OSError
    """
    found = filter(None, map(NAME.fullmatch, os.listdir(folder)))
    return {int(match[2]): match[0] for match in found if match[1] == token}


class Swap:
    """One file of an edit, and the name under which it is set aside.

    Parameters
    ----------
    path : str
        The file; if it is a link, what it leads to is what is swapped.
    stamp : tuple of int
        Of the file before the edit.
    token : str
        Of the edit.
    number : int
        Of the file in the edit.
    found : str, optional
        The name under which it has been set aside already, from :func:`set_aside_in`.
    """

    def __init__(
        self, path: str, stamp: Stamp, *, token: str, number: int, found: str | None = None
    ) -> None:
        self._path = os.path.realpath(path)
        self._stamp = stamp
        self._folder = os.path.dirname(self._path)
        self._stem = f".auralis-{token}-{number}."
        self._aside = os.path.join(self._folder, found or f"{self._stem}old")

    def set_aside(self) -> None:
        """Give the file its second name.

        Raises
        ------
        OSError
        """
        try:
            os.link(self._path, self._aside)
        except OSError:  # no second names on this disk, or none for files of others
            partial = self._aside + ".part"
            shutil.copy2(self._path, partial)
            with open(partial, "rb") as copy:
                os.fsync(copy.fileno())
            os.replace(partial, self._aside)

    def replaced(self) -> None:
        """Take note that the file has been replaced, and by what.

        Raises
        ------
        OSError
        """
        size, mtime_ns = stamp_of(self._path)
        stamped = os.path.join(self._folder, f"{self._stem}{size}-{mtime_ns}.old")
        os.rename(self._aside, stamped)
        self._aside = stamped

    def put_back(self) -> str | None:
        """Make the file what it was; nothing happens if it is.

        Returns
        -------
        problem : str or None
            That others changed the file after it was replaced, so that it was left as it is.

        Raises
        ------
        OSError
            If that is not possible at the moment.
        """
        with suppress(FileNotFoundError):
            os.unlink(os.path.join(self._folder, f"{self._stem}old.part"))
        if not os.path.lexists(self._aside):
            return None
        if not os.path.lexists(self._path):
            os.replace(self._aside, self._path)
            return None
        now = stamp_of(self._path)
        if now == self._stamp or os.path.samefile(self._path, self._aside):
            os.unlink(self._aside)
        elif self._new_stamp() in (None, now):
            os.replace(self._aside, self._path)
        else:
            kept = path_to_text(self._aside)
            return f"was changed by others since; what it was before is kept as {kept}"
        return None

    def let_go(self) -> None:
        """Drop what was set aside."""
        with suppress(FileNotFoundError):
            os.unlink(self._aside)

    def _new_stamp(self) -> Stamp | None:
        found = NAME.fullmatch(os.path.basename(self._aside))
        return (int(found[3]), int(found[4])) if found and found[3] else None
