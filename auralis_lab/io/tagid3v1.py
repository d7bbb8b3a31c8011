"""ID3v1: the 128 bytes at the end of old MP3 files.

Text is Latin-1 of at most 30 bytes. Its comment is neither read nor written: encoders put their
own words there.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence

__all__ = ["TAG_BYTES", "entries", "patched"]

TAG_BYTES = 128
PLACES = {"title": (3, 30), "artist": (33, 30), "album": (63, 30), "date": (93, 4)}
TRACK, GENRE = 126, 127
NO_GENRE = 255


def entries(tag: bytes) -> dict[str, list[str]]:
    """Read the fields of a tag, by the names that all containers share."""
    found: dict[str, list[str]] = {}
    for field, (start, length) in PLACES.items():
        text = tag[start : start + length].partition(b"\0")[0].strip().decode("latin-1")
        if text:
            found[field] = [text]
    if tag[TRACK - 1] == 0 and tag[TRACK]:
        found["track"] = [str(tag[TRACK])]
    genres = _genres()
    if tag[GENRE] < len(genres):
        found["genre"] = [genres[tag[GENRE]]]
    return found


def patched(tag: bytes, values: Mapping[str, Sequence[str]]) -> bytes:
    """Return the tag with these fields replaced, as far as it can hold them."""
    data = bytearray(tag)
    for field, (start, length) in PLACES.items():
        if field in values:
            text = ", ".join(values[field]).encode("latin-1", "replace")[:length]
            data[start : start + length] = text.ljust(length, b"\0")
    if "track" in values:
        number = next(iter(values["track"]), "0").partition("/")[0]
        data[TRACK - 1 : TRACK + 1] = bytes([0, int(number) if int(number or 0) < 256 else 0])
    if "genre" in values:
        genres = _genres()
        known = [genres.index(name) for name in values["genre"] if name in genres]
        data[GENRE] = known[0] if known else NO_GENRE
    return bytes(data)


def _genres() -> list[str]:
    genres: list[str] = importlib.import_module("mutagen.id3").TCON.GENRES
    return genres
