"""Pictures in tags: found in every container, and turned into what each one holds."""

from __future__ import annotations

import base64
import contextlib
import importlib
import struct
from collections.abc import Iterator, Sequence
from typing import Any

from auralis_lab.io.tagdata import (
    FRONT_COVER,
    MAX_KIND,
    MAX_PICTURES,
    Picture,
    clean_text,
    sniff_mime,
)
from auralis_lab.io.tagsources import Source

__all__ = [
    "APE_NAMES",
    "MP4_FORMATS",
    "ape_names",
    "asf_picture",
    "flac_picture",
    "pictures_of",
]

MAX_PICTURE_BYTES = 64 << 20
MP4_FORMATS = {"image/jpeg": 13, "image/png": 14, "image/gif": 12, "image/bmp": 27}
KINDS = (
    "Other", "Icon", "Other Icon", "Front", "Back", "Leaflet", "Media", "Lead Artist", "Artist",
    "Conductor", "Band", "Composer", "Lyricist", "Recording Location", "During Recording",
    "During Performance", "Video Capture", "Fish", "Illustration", "Band Logotype",
    "Publisher Logotype",
)  # fmt: skip
APE_NAMES = tuple(f"Cover Art ({kind})" for kind in KINDS)
"""What APEv2 calls pictures, by their kind."""
Raw = tuple[int, bytes, str | None, str]


def pictures_of(sources: Sequence[Source]) -> tuple[Picture, ...]:
    """Pictures of the first tag that has any, front covers first; broken ones are left out."""
    for source in sources:
        raw = list(_raw_pictures(source)) if source.found is not None else []
        found = tuple(
            _picture(kind, data, mime, description)
            for kind, data, mime, description in sorted(raw, key=lambda r: r[0] != FRONT_COVER)
            if 0 < len(data) <= MAX_PICTURE_BYTES and mime != "-->"
        )
        if found:
            return found[:MAX_PICTURES]
    return ()


def flac_picture(picture: Picture) -> bytes:
    """Make the body of a FLAC picture block, which Ogg holds as well."""
    mime = picture.mime.encode("ascii", "replace")
    description = picture.description.encode("utf-8")
    return b"".join(
        (
            struct.pack(">II", picture.kind, len(mime)) + mime,
            struct.pack(">I", len(description)) + description,
            struct.pack(">IIIII", 0, 0, 0, 0, len(picture.data)) + picture.data,
        )
    )


def asf_picture(picture: Picture) -> bytes:
    """Make the value of a ``WM/Picture`` attribute."""
    texts = (picture.mime, picture.description)
    coded = b"".join(text.encode("utf-16-le") + b"\0\0" for text in texts)
    return struct.pack("<BI", picture.kind, len(picture.data)) + coded + picture.data


def ape_names(pictures: Sequence[Picture]) -> list[str]:
    """Choose a name for each picture; each of the 21 names can be given only once.

    Raises
    ------
    ValueError
        If there are more pictures than names.
    """
    free = list(APE_NAMES)
    names = []
    for picture in pictures:
        wanted = APE_NAMES[picture.kind] if picture.kind < len(APE_NAMES) else APE_NAMES[0]
        if not free:
            raise ValueError(f"more than {len(APE_NAMES)} pictures")
        names.append(free.pop(free.index(wanted) if wanted in free else 0))
    return names


def _picture(kind: int, data: bytes, mime: str | None, description: str) -> Picture:
    kind = kind if 0 <= kind <= MAX_KIND else 0
    return Picture(data, sniff_mime(data, mime), kind, clean_text(description) or "")


def _raw_pictures(source: Source) -> Iterator[Raw]:
    found = source.found
    tags = found.tags if hasattr(found, "tags") else found
    if source.family == "ID3":
        for frame in tags.getall("APIC"):
            yield int(frame.type), frame.data, frame.mime, frame.desc
    elif source.family == "MP4":
        for cover in tags.get("covr", ()):
            yield FRONT_COVER, bytes(cover), None, ""
    elif source.family == "APE":
        yield from _ape_pictures(tags)
    elif source.family == "ASF":
        yield from _asf_pictures(tags)
    elif source.family == "VORBIS":
        for block in getattr(found, "pictures", ()):
            yield block.type, block.data, block.mime, block.desc
        yield from _coded_pictures(tags)


def _coded_pictures(tags: Any) -> Iterator[Raw]:
    block_class = importlib.import_module("mutagen.flac").Picture
    for text in tags.get("metadata_block_picture", ()):
        with contextlib.suppress(Exception):  # one broken picture does not hide the others
            block = block_class(base64.b64decode(text))
            yield block.type, block.data, block.mime, block.desc
    for text in tags.get("coverart", ()):
        with contextlib.suppress(ValueError):
            yield FRONT_COVER, base64.b64decode(text), None, ""


def _ape_pictures(tags: Any) -> Iterator[Raw]:
    kinds = {name.casefold(): kind for kind, name in enumerate(APE_NAMES)}
    for name, value in tags.items():
        if name.casefold().startswith("cover art"):
            description, _, data = bytes(value.value).partition(b"\0")
            text = description.decode("utf-8", "replace")
            yield kinds.get(name.casefold(), 0), data, None, text


def _asf_pictures(tags: Any) -> Iterator[Raw]:
    for value in tags.get("WM/Picture", ()):
        data = value.value
        with contextlib.suppress(ValueError, TypeError, IndexError, struct.error):
            kind, length = struct.unpack_from("<BI", data)
            mime, description, at = "", "", 5
            mime, at = _terminated(data, at)
            description, at = _terminated(data, at)
            yield kind, data[at : at + length], mime, description


def _terminated(data: bytes, at: int) -> tuple[str, int]:
    """Read a UTF-16 text that ends in a zero; return it and where it ends."""
    stop = at
    while data[stop : stop + 2] != b"\0\0":
        if stop + 2 > len(data):
            raise ValueError("no end")
        stop += 2
    return data[at:stop].decode("utf-16-le", "replace"), stop + 2
