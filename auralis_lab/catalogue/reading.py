"""What a scan reads from one file.

Runs in reader processes and touches no catalogue. The audio is not decoded: lengths are what the
file announces, and are marked as estimates where that cannot be trusted.
"""

from __future__ import annotations

import dataclasses
import math
import os
import re
from dataclasses import dataclass

from auralis_lab.catalogue.text import clean, fold, path_to_text
from auralis_lab.catalogue.walk import FoundFile
from auralis_lab.errors import AuralisLabError, DecodeError

__all__ = ["COLUMNS", "FileFacts", "read_facts", "try_read_facts"]

MAX_INTEGER = 2**31 - 1
SEPARATOR = "\x01"
"""Comes before every character of a folded word, so joined texts compare part by part."""
LAST = "\U0010ffff"
"""Comes after every character."""
MAX_ORDER_CHARACTERS = 200
_YEAR = re.compile(r"(?<!\d)\d{4}")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What one file says of itself; names are those of columns, text is fit to be stored.

    What is derived from it and stored as well are properties, named in `DERIVED`.
    """

    path: str
    file_bytes: int
    mtime_ns: int
    content_key: str
    format: str
    subtype: str
    lossy: bool
    rate_hz: int
    channels: int
    bits_per_sample: int | None
    frames: int | None
    frames_is_estimate: bool
    title: str | None
    artists: list[str]
    album: str | None
    album_artist: str | None
    date: str | None
    genres: list[str]
    track_number: int | None
    track_total: int | None
    disc_number: int | None
    disc_total: int | None
    composer: str | None
    comment: str | None
    bpm: float | None
    compilation: bool
    tag_problem: str | None
    has_artwork: bool

    @property
    def year(self) -> int | None:
        """First year that the date names."""
        found = _YEAR.search(self.date or "")
        return int(found[0]) if found else None

    @property
    def title_sort(self) -> str:
        """The title, or else the file's name, folded."""
        return fold(self.title or self._stem)

    @property
    def album_order(self) -> str:
        """Where the track stands in an order of albums: album, its artist, disc, track, title."""
        album, artist = fold(self.album or "") or LAST, fold(self.album_artist or "")
        place = f"{self.disc_number or 1:010}{self.track_number or 0:010}"
        return SEPARATOR.join((album, artist, place, self.title_sort[:MAX_ORDER_CHARACTERS]))

    @property
    def artist_order(self) -> str:
        """Where the track stands in an order of artists: artists, then as in its album."""
        return SEPARATOR.join((fold(", ".join(self.artists)) or LAST, self.album_order))

    @property
    def search_text(self) -> str:
        """All words one may search for, each once and with a space before it."""
        texts = [self.title, *self.artists, self.album, self.album_artist, *self.genres]
        texts += [self.composer, str(self.year or ""), self._stem]
        words = dict.fromkeys(word for text in texts if text for word in fold(text).split())
        return "".join(f" {word}" for word in words)

    @property
    def _stem(self) -> str:
        return os.path.splitext(os.path.basename(self.path))[0]


DERIVED = ("year", "title_sort", "artist_order", "album_order", "search_text")
COLUMNS = (*(field.name for field in dataclasses.fields(FileFacts)), *DERIVED)
"""Names of everything in `FileFacts` that is stored."""


def try_read_facts(found: FoundFile) -> FileFacts | str:
    """Read one file's facts, or say in one line why that cannot be done."""
    try:
        return read_facts(found)
    except DecodeError as error:
        return clean(error.reason) or "unreadable"
    except AuralisLabError as error:
        return clean(str(error)) or type(error).__name__
    except Exception as error:
        return clean(f"{type(error).__name__}: {error}") or type(error).__name__


def read_facts(found: FoundFile) -> FileFacts:
    """Open one file and read its format, tags and key.

    Raises
    ------
    DecodeError
        If it is not audio, holds no audio, was cut short, or cannot be read. Broken tags are no
        error.
    """
    from auralis_lab.io.source import AudioSource
    from auralis_lab.io.tagreading import load

    with AudioSource(found.path) as source:
        source.require_whole()
        estimate = source.frames_is_estimate
        frames = source.announced_frames if estimate else source.total_frames
        if frames == 0 and not estimate:
            raise DecodeError(found.path, "holds no audio")
        rate_hz, channels, bits = source.rate_hz, source.channels, source.bits_per_sample
        kind, subtype, lossy, key = source.format, source.subtype, source.lossy, source.key
    tags, pictures = load(found.path, with_pictures=True)
    return FileFacts(
        path=path_to_text(found.path),
        file_bytes=found.file_bytes,
        mtime_ns=found.mtime_ns,
        content_key=key,
        format=kind,
        subtype=subtype,
        lossy=lossy,
        rate_hz=rate_hz,
        channels=channels,
        bits_per_sample=bits,
        frames=frames,
        frames_is_estimate=estimate,
        title=clean(tags.title),
        artists=_clean_all(tags.artists),
        album=clean(tags.album),
        album_artist=clean(tags.album_artist),
        date=clean(tags.date),
        genres=_clean_all(tags.genres),
        track_number=_number(tags.track_number),
        track_total=_number(tags.track_total),
        disc_number=_number(tags.disc_number),
        disc_total=_number(tags.disc_total),
        composer=clean(tags.composer),
        comment=clean(tags.comment),
        bpm=tags.bpm if tags.bpm is not None and math.isfinite(tags.bpm) else None,
        compilation=bool(tags.compilation),
        tag_problem=clean(tags.problem),
        has_artwork=bool(pictures),
    )


def _clean_all(texts: tuple[str, ...]) -> list[str]:
    return [text for text in map(clean, texts) if text]


def _number(value: int | None) -> int | None:
    return value if value is not None and 0 <= value <= MAX_INTEGER else None
