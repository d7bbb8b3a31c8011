"""Reading tags through mutagen, container by container."""

from __future__ import annotations

import base64
import contextlib
import importlib
import io
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from auralis_lab.io import mpeg, ogg, riff
from auralis_lab.io.tagdata import (
    Picture,
    Tags,
    clean_text,
    clean_texts,
    is_true,
    parse_bpm,
    parse_place,
    sniff_mime,
)
from auralis_lab.io.tagnames import FAMILY, NAMES

__all__ = ["container_of", "load", "mutagen_class"]

MAX_PICTURE_BYTES = 64 << 20
FRONT_COVER = 3
CLASSES = {
    "ID3": ("mutagen.id3", "ID3"),
    "WAV": ("mutagen.wave", "WAVE"),
    "AIFF": ("mutagen.aiff", "AIFF"),
    "FLAC": ("mutagen.flac", "FLAC"),
    "VORBIS": ("mutagen.oggvorbis", "OggVorbis"),
    "OPUS": ("mutagen.oggopus", "OggOpus"),
    "OGGFLAC": ("mutagen.oggflac", "OggFLAC"),
    "SPEEX": ("mutagen.oggspeex", "OggSpeex"),
    "MP4": ("mutagen.mp4", "MP4"),
    "ASF": ("mutagen.asf", "ASF"),
    "APE": ("mutagen.apev2", "APEv2"),
}
Values = Callable[[str], Sequence[Any]]


def container_of(path: str | os.PathLike[str]) -> str | None:
    """Which kind of tags the file at `path` holds, told from its content.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with Path(path).open("rb", buffering=0) as file:
        fd, size = file.fileno(), os.fstat(file.fileno()).st_size
        head = os.pread(fd, 64, 0)
        after = mpeg.id3v2_bytes(head)
        if head[:4] == b"fLaC" or (after and os.pread(fd, 4, after) == b"fLaC"):
            return "FLAC"
        if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
            return "WAV"
        if head[:4] == b"FORM":
            return "AIFF"
        if head[:4] == b"OggS":
            return ogg.codec_of(head)
        if head[4:8] == b"ftyp":
            return "MP4"
        if head[:4] == b"\x30\x26\xb2\x75":
            return "ASF"
        if head[:4] in (b"RF64", b"BW64", b"RIFX") or size == 0:
            return None
        if head[:3] == b"ID3" or os.pread(fd, 3, max(size - 128, 0)) == b"TAG":
            return "ID3"
        tail = os.pread(fd, 160, max(size - 160, 0))
        if b"APETAGEX" in tail:
            return "APE"
        return "ID3" if mpeg.find_frame(fd, 0, size) else None


def mutagen_class(container: str) -> Any:
    """Return mutagen's class for a container; imported only here, as it is slow to load."""
    module, name = CLASSES[container]
    return getattr(importlib.import_module(module), name)


def load(
    path: str | os.PathLike[str], *, with_pictures: bool = False
) -> tuple[Tags, tuple[Picture, ...]]:
    """Read the tags and, when asked for, the pictures of a file; never raises for bad tags."""
    try:
        container = container_of(path)
        if container is None:
            return Tags(), ()
        found = _opened(path, container)
        tags = Tags() if found is None else _tags(FAMILY.get(container, container), found)
        if container == "WAV":
            tags = _completed(tags, _riff_info(path))
        if not with_pictures or found is None:
            return tags, ()
        return tags, _pictures(container, found)
    except Exception as error:  # mutagen raises whatever a malformed file leads it to
        text = str(error).strip().strip("'\"").splitlines()
        return Tags(problem=text[0][:200] if text else "the tags are malformed"), ()


def _opened(path: str | os.PathLike[str], container: str) -> Any:
    mutagen = importlib.import_module("mutagen")
    if container != "ID3":
        return mutagen_class(container)(path)
    no_header = importlib.import_module("mutagen.id3").ID3NoHeaderError
    try:
        return mutagen_class("ID3")(_cut_id3(path) or path)
    except no_header:
        with contextlib.suppress(mutagen.MutagenError):
            return mutagen_class("APE")(path)
        return None


def _cut_id3(path: str | os.PathLike[str]) -> io.BytesIO | None:
    """Return a tag that is cut off by the end of the file, with its length made true."""
    size = os.stat(path).st_size
    with Path(path).open("rb") as file:
        head = file.read(10)
        if mpeg.id3v2_bytes(head) <= size:
            return None
        body = file.read(MAX_PICTURE_BYTES)
    length = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return io.BytesIO(head[:6] + length + body)


def _tags(family: str, found: Any) -> Tags:
    if type(found).__name__ == "APEv2":
        family = "APE"
    tags = found.tags if hasattr(found, "tags") else found
    if tags is None:
        return Tags()
    names = NAMES[family]

    def values(field: str) -> Sequence[Any]:
        for name in names.get(field, ()):
            read = _id3_values(tags, name) if family == "ID3" else _plain_values(tags, name)
            if read:
                return read
        return ()

    return _made(values)


def _made(values: Values) -> Tags:
    def first(field: str) -> str | None:
        texts = clean_texts(values(field))
        return texts[0] if texts else None

    track, track_total = _place(values, "track")
    disc, disc_total = _place(values, "disc")
    comment = next((text for v in values("comment") if (text := clean_text(v, lines=True))), None)
    return Tags(
        title=first("title"),
        artists=clean_texts(values("artist")),
        album=first("album"),
        album_artist=first("albumartist"),
        date=first("date"),
        genres=clean_texts(values("genre")),
        track_number=track,
        track_total=track_total,
        disc_number=disc,
        disc_total=disc_total,
        composer="; ".join(clean_texts(values("composer"))) or None,
        comment=comment,
        bpm=next((bpm for v in values("bpm") if (bpm := parse_bpm(v))), None),
        compilation=any(is_true(v) for v in values("compilation")),
    )


def _place(values: Values, field: str) -> tuple[int | None, int | None]:
    number = total = None
    for value in values(field):
        pair = "/".join(map(str, value)) if isinstance(value, tuple) else value
        number, total = parse_place(pair)
        break
    for value in values(field + "total"):
        total = parse_place(value)[0] or total
    return number, total


def _id3_values(tags: Any, name: str) -> Sequence[Any]:
    frames = tags.getall(name)
    if name == "COMM":
        told = [f for f in frames if not f.desc.lower().startswith(("itun", "id3v1", "songs-db"))]
        frames = sorted(told, key=lambda frame: bool(frame.desc))
    if name == "TCON":
        return [genre for frame in frames for genre in frame.genres]
    return [text for frame in frames for text in getattr(frame, "text", ())]


def _plain_values(tags: Any, name: str) -> Sequence[Any]:
    value = tags.get(name)
    if value is None:
        return ()
    if isinstance(value, (list, tuple)):
        return list(value)
    return str(value).split("\0") if not isinstance(value, (bool, int)) else [value]


def _riff_info(path: str | os.PathLike[str]) -> Tags:
    with Path(path).open("rb", buffering=0) as file:
        found = riff.info_fields(file.fileno(), os.fstat(file.fileno()).st_size)
    return _made(
        lambda field: [found[name] for name in NAMES["INFO"].get(field, ()) if name in found]
    )


def _completed(tags: Tags, other: Tags) -> Tags:
    """Fill the fields that `tags` lack from `other`."""
    missing = {
        field.name: getattr(other, field.name)
        for field in fields(Tags)
        if not getattr(tags, field.name)
    }
    return replace(tags, **missing)


def _pictures(container: str, found: Any) -> tuple[Picture, ...]:
    raw = sorted(_raw_pictures(container, found), key=lambda item: item[0] != FRONT_COVER)
    return tuple(
        Picture(data, sniff_mime(data, mime))
        for _, data, mime in raw
        if 0 < len(data) <= MAX_PICTURE_BYTES and mime != "-->"
    )


def _raw_pictures(container: str, found: Any) -> Iterator[tuple[int, bytes, str | None]]:
    tags = found.tags if hasattr(found, "tags") else found
    if tags is None:
        return
    if container == "FLAC":
        yield from ((p.type, p.data, p.mime) for p in found.pictures)
    elif type(tags).__name__ == "APEv2":
        for name, value in tags.items():
            if name.lower().startswith("cover art"):
                kind = FRONT_COVER if "front" in name.lower() else 0
                yield kind, bytes(value.value).partition(b"\0")[2], None
    elif container in ("ID3", "WAV", "AIFF"):
        yield from ((int(p.type), p.data, p.mime) for p in tags.getall("APIC"))
    elif container == "MP4":
        yield from ((FRONT_COVER, bytes(cover), None) for cover in tags.get("covr", ()))
    elif container != "ASF":
        block = importlib.import_module("mutagen.flac").Picture
        for text in tags.get("metadata_block_picture", ()):
            with contextlib.suppress(Exception):  # one broken picture does not hide the others
                picture = block(base64.b64decode(text))
                yield picture.type, picture.data, picture.mime
        for text in tags.get("coverart", ()):
            with contextlib.suppress(ValueError):
                yield FRONT_COVER, base64.b64decode(text), None
