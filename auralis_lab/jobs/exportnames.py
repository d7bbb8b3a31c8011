r"""What exported files are called.

Names are such that any file system takes them, also those of memory sticks: no control character,
none of ``<>:"/\|?*``, no dot or space at the end, none that Windows keeps for itself, at most 180
bytes. Two tracks never get one name, also where upper and lower case are one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Literal, Protocol, TypeAlias

from auralis_lab.catalogue.text import path_to_text
from auralis_lab.errors import ParameterError, check_choice

__all__ = ["LAYOUTS", "Layout", "Named", "export_names", "fit_name"]

Layout: TypeAlias = Literal["library", "numbered"]
LAYOUTS: tuple[Layout, ...] = ("library", "numbered")

MAX_NAME_BYTES = 180
_UNFIT = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\ud800-\udfff]')
_KEPT_BY_WINDOWS = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)", re.IGNORECASE)


class Named(Protocol):
    """A track as far as its file's name goes."""

    @property
    def path(self) -> str | os.PathLike[str]:
        """The file."""

    @property
    def title(self) -> str:
        """Title, or the file's name."""

    @property
    def artist(self) -> str:
        """Artists; empty if unknown."""


def export_names(
    tracks: Sequence[Named], layout: Layout, suffix: str, roots: Sequence[str] = ()
) -> list[PurePosixPath]:
    """Name the file of each track, relative to the folder that is exported to.

    Parameters
    ----------
    tracks : sequence of Named
    layout : {'library', 'numbered'}
        The folders and names that the tracks have below their root, or ``001 Artist - Title``.
    suffix : str
        Of the files, such as ``.flac``.
    roots : sequence of str
        Folders of the library; of several around a track the outermost counts.

    Returns
    -------
    names : list of PurePosixPath
        All different, in the order of the tracks.

    Raises
    ------
    ParameterError
        If the layout is unknown, or the suffix is none.
    """
    check_choice("layout", layout, LAYOUTS)
    if not re.fullmatch(r"\.[A-Za-z0-9]{1,8}", suffix):
        raise ParameterError(f"suffix={suffix!r} must be that of a format, such as '.flac'")
    digits = max(2, len(str(len(tracks))))
    taken: set[str] = set()
    names = []
    for number, track in enumerate(tracks, 1):
        if layout == "library":
            *folders, name = _below(os.fspath(track.path), roots)
            stem = os.path.splitext(name)[0]
        else:
            credit = f"{track.artist} - " if track.artist else ""
            folders, stem = [], f"{number:0{digits}} {credit}{track.title}"
        names.append(_free(PurePosixPath(*map(fit_name, folders)), fit_name(stem), suffix, taken))
    return names


def _below(path: str, roots: Sequence[str]) -> tuple[str, ...]:
    """Names of the folders and the file below the root."""
    around = [root for root in roots if path.startswith(root.rstrip(os.sep) + os.sep)]
    below = os.path.relpath(path, min(around, key=len)) if around else os.path.basename(path)
    return PurePosixPath(path_to_text(below)).parts


def fit_name(name: str) -> str:
    """Return a name as near as possible that any file system takes, without suffix.

    Examples
    --------
    >>> fit_name("AC/DC: Live?"), fit_name("con"), fit_name("...")
    ('AC_DC_ Live_', '_con', '_')
    """
    fit = _UNFIT.sub("_", name).strip()
    fit = fit.encode()[:MAX_NAME_BYTES].decode(errors="ignore").rstrip(". ").lstrip(".")
    return f"_{fit}" if not fit or _KEPT_BY_WINDOWS.match(fit) else fit


def _free(folder: PurePosixPath, stem: str, suffix: str, taken: set[str]) -> PurePosixPath:
    name, count = folder / f"{stem}{suffix}", 1
    while str(name).casefold() in taken:
        count += 1
        name = folder / f"{stem} ({count}){suffix}"
    taken.add(str(name).casefold())
    return name
