"""Where the cover of a file is found, and how it is made small, as seldom as possible.

The cover of a track is the first of its embedded pictures that can be shown, else the first image
beside its file whose name says cover. Pictures are known by the key of their bytes.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from auralis_lab.catalogue.scanning.reading import picture_key
from auralis_lab.catalogue.text import path_from_text
from auralis_lab.io.artwork import pictures_beside
from auralis_lab.io.artworkstore import kept_thumbnail
from auralis_lab.io.tags import read_pictures

__all__ = ["ArtFile", "Cover", "album_cover", "all_of", "art_file", "cover_of_file", "covers_of"]

TRIES_PER_ALBUM = 4
MAKERS = 4


@dataclass(frozen=True, slots=True)
class ArtFile:
    """A track's file as the catalogue knows it."""

    id: int
    path: str
    file_bytes: int
    mtime_ns: int
    picture_key: str | None

    @property
    def place(self) -> tuple[str, str | None]:
        """What files share that have the same cover."""
        return os.path.dirname(self.path), self.picture_key

    def is_as_scanned(self) -> bool:
        """Whether the file is the one that was scanned, or out of reach."""
        try:
            status = os.stat(self.path)
        except OSError:
            return True
        return (status.st_size, status.st_mtime_ns) == (self.file_bytes, self.mtime_ns)


@dataclass(frozen=True, slots=True)
class Cover:
    """A picture that may be the cover, and how to get it; `load` returns None if it is gone."""

    key: str
    load: Callable[[], bytes | None]


def art_file(row: Sequence[object]) -> ArtFile:
    """Make one of a row: id, path as stored, file_bytes, mtime_ns, picture_key."""
    id_, path, file_bytes, mtime_ns, key = row
    return ArtFile(id_, path_from_text(str(path)), file_bytes, mtime_ns, key)  # type: ignore[arg-type]


def all_of(
    cover: Callable[[list[ArtFile]], bytes | None], sets: list[list[ArtFile]]
) -> list[bytes | None]:
    """Find covers, several at once where there are several: Pillow works beside Python."""
    if len(sets) < 2:
        return [cover(files) for files in sets]
    with ThreadPoolExecutor(MAKERS, thread_name_prefix="auralis-artwork") as pool:
        return list(pool.map(cover, sets))


def album_cover(files: Sequence[ArtFile], size_px: int) -> bytes | None:
    """Return the cover of most files, else the first that can be had."""
    counted = Counter(file.picture_key for file in files if file.picture_key)
    distinct: dict[tuple[str, str | None], ArtFile] = {}
    for file in sorted(files, key=lambda file: -counted[file.picture_key or ""]):
        distinct.setdefault(file.place, file)
    tried = (cover_of_file(file, size_px) for file in list(distinct.values())[:TRIES_PER_ALBUM])
    return next((jpeg for jpeg in tried if jpeg), None)


def cover_of_file(file: ArtFile, size_px: int) -> bytes | None:
    """Return the cover of a file, opening it only if necessary."""
    key = file.picture_key
    if not file.is_as_scanned():
        return _first_shown(covers_of(file.path), size_px)
    if key is None:
        return _first_shown(_beside(file.path), size_px)
    embedded = (cover for cover in _embedded(file.path) if cover.key == key)
    jpeg = kept_thumbnail(key, size_px, lambda: next((c.load() for c in embedded), None))
    return jpeg or _first_shown(covers_of(file.path), size_px)


def _first_shown(covers: Iterator[Cover], size_px: int) -> bytes | None:
    jpegs = (kept_thumbnail(cover.key, size_px, cover.load) for cover in covers)
    return next((jpeg for jpeg in jpegs if jpeg), None)


def covers_of(path: str) -> Iterator[Cover]:
    """Yield what may be the cover of a file, the first choice first."""
    yield from _embedded(path)
    yield from _beside(path)


def _embedded(path: str) -> Iterator[Cover]:
    for picture in read_pictures(path):
        yield Cover(picture_key(picture.data), partial(bytes, picture.data))


def _beside(path: str) -> Iterator[Cover]:
    for beside in pictures_beside(path):
        with suppress(OSError):  # gone or not ours to read: the next one may do
            status = beside.stat()
            seen = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
            key = _key_of_file(beside, seen)
            yield Cover(key, partial(_read, beside, key))


@lru_cache(maxsize=4096)
def _key_of_file(path: Path, _seen: tuple[int, ...]) -> str:
    return picture_key(path.read_bytes())


def _read(path: Path, key: str) -> bytes | None:
    """Return the picture in a file, if it is still that one."""
    with suppress(OSError):
        data = path.read_bytes()
        if picture_key(data) == key:
            return data
    return None
