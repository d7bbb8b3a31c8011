"""Unfinished files: their names, and what killed processes leave of them.

What is being written is hidden, lies beside the file it will be, and is called by that file and by
the process that writes it.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from auralis_lab.errors import EncodeError
from auralis_lab.io.output import error_words

__all__ = ["clear_leftover", "clear_leftovers_of", "copy_name", "leftovers"]

NAME_BYTES = 120
LEFTOVER = re.compile(rb"\..+\.(\d+)-[0-9a-f]{8}\.part", re.DOTALL)


def copy_name(target: Path) -> Path:
    """Return a new name for a copy of a file."""
    return target.with_name(f"{_prefix(target)}{os.getpid()}-{secrets.token_hex(4)}.part")


def leftovers(folder: str | os.PathLike[str]) -> list[Path]:
    """Find unfinished copies that killed processes of this machine have left in a folder."""
    return sorted(Path(os.fsdecode(entry)) for entry in _abandoned(os.fsencode(folder), b"."))


def clear_leftover(path: str | os.PathLike[str]) -> None:
    """Remove an unfinished copy that a killed process has left.

    Raises
    ------
    EncodeError
        If it is none, is still in use, or cannot be removed.
    """
    try:
        if Path(path) not in leftovers(Path(path).parent):
            raise EncodeError(path, "it is no copy that a killed process has left")
        os.unlink(path)
    except OSError as error:
        raise EncodeError(path, error_words(error)) from error


def _prefix(target: Path) -> str:
    return os.fsdecode(b"." + os.fsencode(target.name)[:NAME_BYTES] + b".")


def clear_leftovers_of(target: Path) -> None:
    """Remove the copies that killed processes have left of a file."""
    for entry in _abandoned(os.fsencode(target.parent), os.fsencode(_prefix(target))):
        with contextlib.suppress(OSError):
            os.unlink(entry)


def _abandoned(folder: bytes, prefix: bytes) -> Iterator[bytes]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = LEFTOVER.fullmatch(entry.name)
            if found and entry.name.startswith(prefix) and not _is_running(int(found[1])):
                yield entry.path


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # somebody else's
        return True
    return True
