"""Vorbis comments entry by entry, so that an entry which is not meant stays as it is."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auralis_lab.io.tagdata import Picture
from auralis_lab.io.tagnames import LESSER, NAMES, names_of
from auralis_lab.io.tagpictures import flac_picture

__all__ = ["Comments", "changed", "parsed", "rendered"]

PICTURE_NAMES = ("metadata_block_picture", "coverart", "coverartmime")


@dataclass(frozen=True)
class Comments:
    """Vendor and entries as they lie in the file, and what follows them there."""

    vendor: bytes
    entries: tuple[bytes, ...]
    rest: bytes = b""


def parsed(data: bytes) -> Comments:
    """Take comments apart.

    Raises
    ------
    ValueError
        If they are malformed.
    """
    vendor, at = _counted(data, 0)
    count, at = int.from_bytes(data[at : at + 4], "little"), at + 4
    if at > len(data) or count > (len(data) - at) // 4:
        raise ValueError("its comments are malformed")
    entries = []
    for _ in range(count):
        entry, at = _counted(data, at)
        entries.append(entry)
    return Comments(vendor, tuple(entries), data[at:])


def rendered(comments: Comments) -> bytes:
    """Put comments together, without what followed them."""
    parts = [comments.vendor, *comments.entries]
    coded = [len(part).to_bytes(4, "little") + part for part in parts]
    count = len(comments.entries).to_bytes(4, "little")
    return b"".join([coded[0], count, *coded[1:]])


def changed(
    comments: Comments,
    values: Mapping[str, Sequence[str]],
    pictures: Sequence[Picture] | None,
    *,
    with_pictures: bool,
) -> Comments:
    """Return the comments with these fields in the place of their own.

    Pictures are entries as well, in Ogg; in FLAC (`with_pictures` false) the old ones go only.
    """
    entries = list(comments.entries)
    for field, texts in values.items():
        if field in NAMES["VORBIS"]:
            entries = _with_field(entries, field, [text.encode("utf-8") for text in texts])
    if pictures is not None:
        entries = [entry for entry in entries if _name(entry) not in PICTURE_NAMES]
        if with_pictures:
            coded = (base64.b64encode(flac_picture(picture)) for picture in pictures)
            entries += (b"METADATA_BLOCK_PICTURE=" + text for text in coded)
    return dataclasses.replace(comments, entries=tuple(entries))


def _with_field(entries: list[bytes], field: str, texts: list[bytes]) -> list[bytes]:
    names = [name for name in names_of("VORBIS", field) if not texts or name not in LESSER]
    if not any(_name(entry) in names for entry in entries):
        key = NAMES["VORBIS"][field][0].upper().encode("ascii")
        return entries + [key + b"=" + text for text in texts]
    result, seen = [], set[str]()
    for entry in entries:
        name = _name(entry)
        if name not in names:
            result.append(entry)
        elif name not in seen:
            seen.add(name)
            key = entry.partition(b"=")[0]
            result += (key + b"=" + text for text in texts)
    return result


def _name(entry: bytes) -> str:
    name, sign, _ = entry.partition(b"=")
    return name.decode("ascii", "replace").casefold() if sign else ""


def _counted(data: bytes, at: int) -> tuple[bytes, int]:
    length = int.from_bytes(data[at : at + 4], "little")
    stop = at + 4 + length
    if stop > len(data):
        raise ValueError("its comments are malformed")
    return data[at + 4 : stop], stop
