"""Cover pictures that lie beside audio files."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from auralis_lab.io.artworkimage import MAX_PICTURE_BYTES

__all__ = ["is_disc_folder", "pictures_beside"]

STEMS = ("cover", "folder", "front", "album", "artwork")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
DISC_FOLDER = re.compile(r"(cd|dis[ck]|side|disque|vol(ume)?)[\s._-]*[0-9a-d]{1,2}", re.IGNORECASE)


def pictures_beside(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield the images in a file's folder whose names say cover, the most telling one first.

    Those are ``cover``, ``folder``, ``front``, ``album`` and ``artwork`` with ``.jpg``, ``.jpeg``,
    ``.png`` or ``.webp``, in this order, upper case or lower. From the folder of one disc of a
    set ("CD1", "Disc 2") they are followed by those of the folder around it.
    """
    folder = Path(path).parent
    yield from _covers_in(folder)
    if is_disc_folder(folder.name):
        yield from _covers_in(folder.parent)


def is_disc_folder(name: str) -> bool:
    """Tell whether a folder holds one disc of a set, by its name.

    Examples
    --------
    >>> [is_disc_folder(name) for name in ("CD1", "Disc 02", "disk-2", "Discovery")]
    [True, True, True, False]
    """
    return DISC_FOLDER.fullmatch(name) is not None


def _covers_in(folder: Path) -> Iterator[Path]:
    wanted = [stem + suffix for stem in STEMS for suffix in SUFFIXES]
    found: list[tuple[int, str]] = []
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if (name := entry.name.lower()) in wanted:
                with contextlib.suppress(OSError):  # a link that leads nowhere
                    if entry.is_file() and 0 < entry.stat().st_size <= MAX_PICTURE_BYTES:
                        found.append((wanted.index(name), entry.path))
    yield from (Path(name) for _, name in sorted(found))
