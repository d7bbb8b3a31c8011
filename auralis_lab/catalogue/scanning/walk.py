"""Find the files below a folder.

Hidden files and folders are passed over. Links are followed, real folders first, and every folder
is entered once however many ways lead to it, so a loop of links ends. Nothing is opened.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from dataclasses import dataclass

__all__ = ["AUDIO_SUFFIXES", "FoundFile", "Walk", "has_audio_suffix", "walk"]

_SUFFIXES = (
    "aac ac3 aif aifc aiff alac ape asf au caf dff dsf flac m4a m4b mka mp1 mp2 mp3 mp4 mpc oga "
    "ogg opus ra rf64 snd spx tta w64 wav wave webm wma wv"
)
AUDIO_SUFFIXES = frozenset(f".{suffix}" for suffix in _SUFFIXES.split())
"""What is looked into, in lower case; whether it is audio, its bytes decide."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A name in a folder that is not a folder.

    Attributes
    ----------
    path : str
        As the operating system opens it.
    file_bytes, mtime_ns : int
        Size and time of the last change; 0 if there is a problem.
    problem : str or None
        Why there is nothing to read: a link that leads nowhere, a pipe.
    touched_ns : int
        When its contents, its name or its rights were last changed; 0 if there is a problem.
    """

    path: str
    file_bytes: int = 0
    mtime_ns: int = 0
    problem: str | None = None
    touched_ns: int = 0


@dataclass(frozen=True, slots=True)
class Walk:
    """What lies below a folder: files in the order of their folders and names.

    Attributes
    ----------
    files : tuple of FoundFile
    unreadable : dict of str to str
        Folders that could not be listed, with the reason.
    """

    files: tuple[FoundFile, ...]
    unreadable: dict[str, str]


def walk(root: str) -> Walk:
    """List everything below `root`.

    Parameters
    ----------
    root : str
        Absolute path of a folder.

    Returns
    -------
    walk : Walk
        A folder that cannot be listed is recorded, `root` itself too, and never an exception.
    """
    files: list[FoundFile] = []
    unreadable: dict[str, str] = {}
    entered: set[tuple[int, int]] = set()
    real, linked = deque([root]), deque[str]()
    while real or linked:
        folder = real.pop() if real else linked.popleft()
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as entries:
                visible = sorted(
                    (e for e in entries if not e.name.startswith(".")), key=lambda e: e.name
                )
        except OSError as error:
            unreadable[folder] = _reason(error)
            continue
        below = []
        for entry in visible:
            if not _is_folder(entry):
                files.append(_found(entry))
            elif entry.is_symlink():
                linked.append(entry.path)
            else:
                below.append(entry.path)
        real.extend(reversed(below))
    return Walk(tuple(files), unreadable)


def has_audio_suffix(path: str) -> bool:
    """Tell whether a file's name says that it is audio."""
    return path[path.rfind(".") :].lower() in AUDIO_SUFFIXES


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link in a loop of links
        return False


def _found(entry: os.DirEntry[str]) -> FoundFile:
    try:
        status = entry.stat()
    except OSError as error:
        problem = "link that leads nowhere" if entry.is_symlink() else _reason(error)
        return FoundFile(entry.path, problem=problem)
    if not stat.S_ISREG(status.st_mode):
        return FoundFile(entry.path, problem="not a regular file")
    return FoundFile(entry.path, status.st_size, status.st_mtime_ns, touched_ns=status.st_ctime_ns)


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
