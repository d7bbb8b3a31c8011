"""What tags are, and how text found in files is made fit to be shown."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from auralis_lab.io.tagcredits import JOINT, credits_of

__all__ = [
    "FRONT_COVER",
    "MAX_KIND",
    "MAX_PICTURES",
    "MAX_TEXT",
    "MAX_VALUES",
    "Picture",
    "Tags",
    "clean_text",
    "clean_texts",
    "is_true",
    "parse_bpm",
    "parse_gain",
    "parse_peak",
    "parse_place",
    "parse_r128",
    "sniff_mime",
]

MAX_TEXT = 65_536
MAX_VALUES = 256
MAX_PICTURES = 256
MAX_KIND = 20
FRONT_COVER = 3
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

    Either of `artist` and `artists` may be left out: each then follows from the other.

    Attributes
    ----------
    artist : str or None
        As credited, such as "A feat. B"; several without a credit are joined by commas.
    artists, featured : tuple of str
        Everybody, main artists first, and those of them who are guests.
    date : str or None
        As found, at best ISO 8601.
    track_number, track_total, disc_number, disc_total : int or None
        From 1.
    lyrics : str or None
        LRC where `lyrics_synced`, else plain lines.
    mb_recording_id, mb_track_id, mb_album_id, mb_release_group_id : str or None
    mb_artist_ids, mb_album_artist_ids : tuple of str
        MusicBrainz identifiers.
    rg_track_gain_db, rg_track_peak, rg_album_gain_db, rg_album_peak : float or None
        ReplayGain against -18 LUFS, peaks linear; R128 gains are turned into it.
    problem : str or None
        Why tags could not be read, in a few words.
    """

    title: str | None = None
    artist: str | None = None
    artists: tuple[str, ...] = ()
    featured: tuple[str, ...] = ()
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
    lyrics: str | None = None
    lyrics_synced: bool = False
    mb_recording_id: str | None = None
    mb_track_id: str | None = None
    mb_album_id: str | None = None
    mb_release_group_id: str | None = None
    mb_artist_ids: tuple[str, ...] = ()
    mb_album_artist_ids: tuple[str, ...] = ()
    rg_track_gain_db: float | None = None
    rg_track_peak: float | None = None
    rg_album_gain_db: float | None = None
    rg_album_peak: float | None = None
    problem: str | None = None

    def __post_init__(self) -> None:
        if self.artist is None and self.artists:
            object.__setattr__(self, "artist", JOINT.join(self.artists))
        elif self.artist and not self.artists:
            credit = credits_of([self.artist], (), self.title)
            object.__setattr__(self, "artists", credit.artists)
            object.__setattr__(self, "featured", credit.featured)


@dataclass(frozen=True)
class Picture:
    """An embedded picture, as it lies in the file.

    `kind` is the number that ID3 and FLAC give to front covers (3), back covers (4) and so on;
    two pictures are equal when they look the same, whatever they are said to be.
    """

    data: bytes
    mime: str
    kind: int = field(default=FRONT_COVER, compare=False)
    description: str = field(default="", compare=False)


def clean_text(value: object, *, lines: bool = False) -> str | None:
    r"""Make text from a tag fit to be shown; None if nothing is left.

    Examples
    --------
    >>> clean_text("  So\tWhat\x00\x00")
    'So What'
    """
    text = str(value)[: 2 * MAX_TEXT]
    if text.isprintable():
        text = " ".join(text.split())[:MAX_TEXT]
        return (text if text.isascii() else unicodedata.normalize("NFC", text)) or None
    text = text.encode("utf-8", "replace").decode("utf-8")
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
    if not values:
        return ()
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
    bpm = _number(str(value))
    return bpm if bpm is not None and 1.0 <= bpm <= 1000.0 else None


def parse_gain(value: object) -> float | None:
    """Read a ReplayGain in dB, with or without its unit; None beyond ±100.

    Examples
    --------
    >>> parse_gain("-8,10 dB"), parse_gain("loud")
    (-8.1, None)
    """
    gain_db = _number(str(value).strip().casefold().removesuffix("db"))
    return gain_db if gain_db is not None and abs(gain_db) <= 100.0 else None


def parse_r128(value: object) -> float | None:
    """Read a gain as Opus files state it (RFC 7845: 1/256 dB against -23 LUFS) as ReplayGain.

    Examples
    --------
    >>> parse_r128("-512")
    3.0
    """
    steps = _number(str(value))
    return steps / 256.0 + 5.0 if steps is not None and abs(steps) <= 32_768 else None


def parse_peak(value: object) -> float | None:
    """Read a linear peak; None unless it is a number of 0 to 1000."""
    peak = _number(str(value))
    return peak if peak is not None and 0.0 <= peak <= 1000.0 else None


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


def _number(text: str) -> float | None:
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
