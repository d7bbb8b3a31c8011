"""What tags are, and how text found in files is made fit to be shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = [
    "MAX_TEXT",
    "Picture",
    "Tags",
    "clean_text",
    "clean_texts",
    "is_true",
    "parse_bpm",
    "parse_place",
    "sniff_mime",
]

MAX_TEXT = 65_536
MAX_VALUES = 256
PLACE = re.compile(r"\s*(\d{1,6})?\s*(?:(?:/|of|\\)\s*(\d{1,6}))?\s*")
IMAGES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
)


@dataclass(frozen=True)
class Tags:
    """What a file says of its music. None or empty where it says nothing.

    `date` is text as found, at best ISO 8601; numbers count from 1; `problem` says why tags could
    not be read, in a few words.
    """

    title: str | None = None
    artists: tuple[str, ...] = ()
    album: str | None = None
    album_artist: str | None = None
    date: str | None = None
    genres: tuple[str, ...] = ()
    track_number: int | None = None
    track_total: int | None = None
    disc_number: int | None = None
    disc_total: int | None = None
    composer: str | None = None
    comment: str | None = None
    bpm: float | None = None
    compilation: bool = False
    problem: str | None = None


@dataclass(frozen=True)
class Picture:
    """An embedded picture, as it lies in the file."""

    data: bytes
    mime: str


def clean_text(value: object, *, lines: bool = False) -> str | None:
    r"""Make text from a tag fit to be shown; None if nothing is left.

    Examples
    --------
    >>> clean_text("  So\tWhat\x00\x00")
    'So What'
    """
    text = str(value)[: 2 * MAX_TEXT].encode("utf-8", "replace").decode("utf-8")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "")
    text = "".join(
        c if unicodedata.category(c) != "Cc" or c in "\n\t" else "\0" for c in text
    ).replace("\0", "")
    if lines:
        text = "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()
    else:
        text = " ".join(text.split())
    return unicodedata.normalize("NFC", text[:MAX_TEXT]) or None


def clean_texts(values: Iterable[object]) -> tuple[str, ...]:
    """Clean several values; empty ones and repetitions go."""
    texts = (clean_text(value) for _, value in zip(range(MAX_VALUES), values, strict=False))
    return tuple(dict.fromkeys(text for text in texts if text))


def parse_place(value: object) -> tuple[int | None, int | None]:
    """Read "3", "03/12" or "3 of 12" as a number and a total; 0 means nothing.

    Examples
    --------
    >>> parse_place("03/12"), parse_place("A1")
    ((3, 12), (None, None))
    """
    found = PLACE.fullmatch(str(value).replace("\0", ""))
    if found is None:
        return None, None
    number, total = (int(part) if part else 0 for part in found.groups())
    return number or None, total or None


def parse_bpm(value: object) -> float | None:
    """Read a tempo; None unless it is a number of 1 to 1000 beats a minute."""
    try:
        bpm = float(str(value).strip().replace(",", "."))
    except ValueError:
        return None
    return bpm if 1.0 <= bpm <= 1000.0 else None


def is_true(value: object) -> bool:
    """Whether a flag is set: "1", "true" or "yes"."""
    return str(value).strip().casefold() in ("1", "true", "yes")


def sniff_mime(data: bytes, said: str | None) -> str:
    """Type of a picture by its first bytes, else what the tag says of it."""
    for magic, mime in IMAGES:
        if data.startswith(magic):
            return mime
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    said = (said or "").strip().casefold()
    return said if said.startswith("image/") else f"image/{said or 'unknown'}"
