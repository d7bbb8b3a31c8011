"""What a scan reads from one file.

Runs in worker threads and touches no catalogue. The audio is not decoded: lengths are what the
file announces, and are marked as estimates where that cannot be trusted.
"""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass

from auralis_lab.catalogue.text import clean, fold, path_to_text
from auralis_lab.catalogue.walk import FoundFile
from auralis_lab.errors import AuralisLabError, DecodeError

__all__ = ["FileFacts", "read_facts", "try_read_facts"]

MAX_INTEGER = 2**31 - 1
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One row of the table ``tracks`` without what the catalogue itself adds.

    Field names are column names; all text is fit to be stored.
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
    year: int | None
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
    title_sort: str
    artist_sort: str
    album_sort: str
    album_artist_sort: str
    search_text: str


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
        If it is not audio, holds no audio, or cannot be read. Broken tags are no error.
    """
    from auralis_lab.io.source import AudioSource
    from auralis_lab.io.tags import read_pictures, read_tags

    with AudioSource(found.path) as source:
        frames, estimate = source.announced_frames, source.frames_is_estimate
        if frames == 0 and not estimate:
            raise DecodeError(found.path, "holds no audio")
        rate_hz, channels, bits = source.rate_hz, source.channels, source.bits_per_sample
        kind, subtype, lossy, key = source.format, source.subtype, source.lossy, source.key
    tags = read_tags(found.path)
    stem = path_to_text(os.path.splitext(os.path.basename(found.path))[0])
    title, album, album_artist = clean(tags.title), clean(tags.album), clean(tags.album_artist)
    date, composer = clean(tags.date), clean(tags.composer)
    artists, genres = _clean_all(tags.artists), _clean_all(tags.genres)
    year = _YEAR.search(date) if date else None
    words = (title, *artists, album, album_artist, *genres, composer, year and year[0], stem)
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
        title=title,
        artists=artists,
        album=album,
        album_artist=album_artist,
        date=date,
        year=int(year[0]) if year else None,
        genres=genres,
        track_number=_number(tags.track_number),
        track_total=_number(tags.track_total),
        disc_number=_number(tags.disc_number),
        disc_total=_number(tags.disc_total),
        composer=composer,
        comment=clean(tags.comment),
        bpm=tags.bpm if tags.bpm is not None and math.isfinite(tags.bpm) else None,
        compilation=bool(tags.compilation),
        tag_problem=clean(tags.problem),
        has_artwork=bool(read_pictures(found.path)),
        title_sort=fold(title or stem),
        artist_sort=fold(", ".join(artists)),
        album_sort=fold(album or ""),
        album_artist_sort=fold(album_artist or ""),
        search_text=_search_text(words),
    )


def _clean_all(texts: tuple[str, ...]) -> list[str]:
    return [text for text in map(clean, texts) if text]


def _number(value: int | None) -> int | None:
    return value if value is not None and 0 <= value <= MAX_INTEGER else None


def _search_text(texts: tuple[str | None, ...]) -> str:
    """Return all words of all fields, each once, with a space before each."""
    words = dict.fromkeys(word for text in texts if text for word in fold(text).split())
    return "".join(f" {word}" for word in words)
