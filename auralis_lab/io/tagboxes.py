"""Tags of MP4 and ASF files, changed by mutagen in a copy that has no name yet.

Mutagen moves the audio and corrects what points to it. Whether everything that was not meant
stayed as it was is for the caller to see: :func:`contents`, :func:`sound_chunks`.
"""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from auralis_lab.io.tagdata import Picture
from auralis_lab.io.tagnames import NAMES, names_of
from auralis_lab.io.tagpictures import MP4_FORMATS, asf_picture
from auralis_lab.io.tagsources import mutagen_class
from auralis_lab.io.tagwriting import mp4_names, mp4_value

__all__ = ["change_asf", "change_mp4", "contents", "sound_chunks"]

INNER_BOXES = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
MAX_BOXES = 100_000


def change_mp4(
    path: str | os.PathLike[str],
    values: Mapping[str, Sequence[str]],
    pictures: Sequence[Picture] | None,
) -> None:
    """Put these fields and pictures in the place of those of an MP4 file."""
    file = mutagen_class("MP4")(path)
    if file.tags is None:
        file.add_tags()
    tags = file.tags
    for field, texts in values.items():
        if field not in NAMES["MP4"]:
            continue
        names = names_of("MP4", field)
        present = [name for name in tags if name.casefold() in names]
        for name in present:
            del tags[name]
        spelled = present if field not in ("bpm", "lyrics") and texts else []
        for name in spelled or mp4_names(field, list(texts)):
            tags[name] = mp4_value(name, list(texts))
    if pictures is not None:
        tags.pop("covr", None)
        if pictures:
            cover = importlib.import_module("mutagen.mp4").MP4Cover
            tags["covr"] = [cover(p.data, imageformat=MP4_FORMATS[p.mime]) for p in pictures]
    file.save()


def change_asf(
    path: str | os.PathLike[str],
    values: Mapping[str, Sequence[str]],
    pictures: Sequence[Picture] | None,
) -> None:
    """Put these fields and pictures in the place of those of an ASF file."""
    file = mutagen_class("ASF")(path)
    tags = file.tags
    for field, texts in values.items():
        if field not in NAMES["ASF"]:
            continue
        names = names_of("ASF", field)
        present = dict.fromkeys(name for name, _ in tags if name.casefold() in names)
        for name in present:
            del tags[name]
        for name in (present or NAMES["ASF"][field][:1]) if texts else ():
            tags[name] = [True] if field == "compilation" else list(texts)
    if pictures is not None:
        with contextlib.suppress(KeyError):
            del tags["WM/Picture"]
        if pictures:
            tags["WM/Picture"] = [asf_picture(picture) for picture in pictures]
    file.save()


def contents(path: str | os.PathLike[str], container: str) -> dict[str, list[Any]]:
    """Everything that mutagen sees in the tags of an MP4 or ASF file, by folded name."""
    tags = mutagen_class(container)(path).tags
    found: dict[str, list[Any]] = {}
    if container == "ASF":
        for name, value in tags:
            told = (value.TYPE, value.value, value.language, value.stream)
            found.setdefault(name.casefold(), []).append(told)
        return {name: sorted(values, key=repr) for name, values in found.items()}
    for name, value in (tags or {}).items():
        values = value if isinstance(value, list) else [value]
        told_mp4 = [(v, getattr(v, "dataformat", getattr(v, "imageformat", None))) for v in values]
        found.setdefault(name.casefold(), []).extend(told_mp4)
    return found


def sound_chunks(path: str | os.PathLike[str]) -> list[tuple[int, int]]:
    """Where each chunk of an MP4 file lies: in which ``mdat`` box, and how far in it.

    Raises
    ------
    ValueError
        If a chunk lies in none.
    """
    with Path(path).open("rb", buffering=0) as file:
        fd = file.fileno()
        boxes = list(_boxes(fd, 0, os.fstat(fd).st_size))
        data = [(start, stop) for name, start, stop in boxes if name == b"mdat"]
        places = []
        for name, start, stop in boxes:
            width = {b"stco": 4, b"co64": 8}.get(name)
            if width is None:
                continue
            table = os.pread(fd, stop - start, start)[8:]
            for at in range(0, len(table) - width + 1, width):
                offset = int.from_bytes(table[at : at + width], "big")
                places.append(_place(offset, data))
        return places


def _place(offset: int, data: Sequence[tuple[int, int]]) -> tuple[int, int]:
    for n, (start, stop) in enumerate(data):
        if start <= offset < stop:
            return n, offset - start
    raise ValueError("its audio is not where it is said to be")


def _boxes(fd: int, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and stop of the boxes, and of those inside them that lead to sound."""
    for _ in range(MAX_BOXES):
        head = os.pread(fd, 16, at)
        if at + 8 > end or len(head) < 8:
            return
        length, body = int.from_bytes(head[:4], "big"), at + 8
        if length == 1:
            length, body = int.from_bytes(head[8:16], "big"), at + 16
        stop = min(at + length, end) if length else end
        if stop < body:
            return
        yield head[4:8], body, stop
        if head[4:8] in INNER_BOXES:
            yield from _boxes(fd, body, stop)
        at = stop
