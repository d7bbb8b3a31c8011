"""Reading one file for a scan.

Runs in reader processes and touches no catalogue; what is plain can be read anywhere, for no
decoder sees it. The audio is not decoded: lengths are what the file announces, and are marked as
estimates where that cannot be trusted.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from auralis_lab.catalogue.scanning.reading import MAX_INTEGER, FileFacts, picture_key
from auralis_lab.catalogue.scanning.walk import FoundFile
from auralis_lab.catalogue.scanning.workers import tried
from auralis_lab.catalogue.text import clean, path_to_text
from auralis_lab.errors import DecodeError

if TYPE_CHECKING:
    from auralis_lab.io.sndfile import StreamFormat

__all__ = ["read_facts", "try_read_facts", "try_read_plain"]


def try_read_facts(found: FoundFile) -> FileFacts | str:
    """Read one file's facts, or say in one line why that cannot be done."""
    return tried(read_facts, found)


def try_read_plain(found: FoundFile) -> FileFacts | str | None:
    """Read one file's facts without a decoder, or say why not; None if a decoder has to look."""
    return tried(_plain_facts, found)


def read_facts(found: FoundFile) -> FileFacts:
    """Open one file and read its format, tags and key.

    Raises
    ------
    DecodeError
        If it is not audio, holds no audio, was cut short, or cannot be read. Broken tags are no
        error.
    """
    return _plain_facts(found) or _decoded_facts(found)


def _plain_facts(found: FoundFile) -> FileFacts | None:
    from auralis_lab.io.forward import known_cut
    from auralis_lab.io.headers import plain_format

    info = plain_format(found.path)
    if info is None or known_cut(found.path, info) is not None:
        return None
    return _facts(found, info, frames=info.announced_frames, is_estimate=False)


def _decoded_facts(found: FoundFile) -> FileFacts:
    from auralis_lab.io.source import AudioSource

    with AudioSource(found.path) as source:
        source.require_whole()
        estimate = source.frames_is_estimate
        frames = source.announced_frames if estimate else source.total_frames
        if frames == 0 and not estimate:
            raise DecodeError(found.path, "holds no audio")
        info = source.info
    return _facts(found, info, frames=frames, is_estimate=estimate)


def _facts(
    found: FoundFile, info: StreamFormat, *, frames: int | None, is_estimate: bool
) -> FileFacts:
    from auralis_lab.io.payload import audio_key
    from auralis_lab.io.tagreading import load

    key = audio_key(found.path)
    tags, pictures = load(found.path, with_pictures=True)
    return FileFacts(
        path=path_to_text(found.path),
        file_bytes=found.file_bytes,
        mtime_ns=found.mtime_ns,
        content_key=key,
        format=info.format,
        subtype=info.subtype,
        lossy=info.lossy,
        rate_hz=info.rate_hz,
        channels=info.channels,
        bits_per_sample=info.bits_per_sample,
        frames=frames,
        frames_is_estimate=is_estimate,
        title=clean(tags.title),
        artist=clean(tags.artist) or ", ".join(_clean_all(tags.artists)) or None,
        artists=_clean_all(tags.artists),
        featured=_clean_all(tags.featured),
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
        bpm=_finite(tags.bpm),
        compilation=bool(tags.compilation),
        lyrics=clean(tags.lyrics),
        lyrics_synced=bool(tags.lyrics and tags.lyrics_synced),
        mb_recording_id=clean(tags.mb_recording_id),
        mb_track_id=clean(tags.mb_track_id),
        mb_album_id=clean(tags.mb_album_id),
        mb_release_group_id=clean(tags.mb_release_group_id),
        mb_artist_ids=_clean_all(tags.mb_artist_ids),
        mb_album_artist_ids=_clean_all(tags.mb_album_artist_ids),
        rg_track_gain_db=_finite(tags.rg_track_gain_db),
        rg_track_peak=_finite(tags.rg_track_peak),
        rg_album_gain_db=_finite(tags.rg_album_gain_db),
        rg_album_peak=_finite(tags.rg_album_peak),
        tag_problem=clean(tags.problem),
        picture_key=picture_key(pictures[0].data) if pictures else None,
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _clean_all(texts: tuple[str, ...]) -> list[str]:
    return [text for text in map(clean, texts) if text]


def _number(value: int | None) -> int | None:
    return value if value is not None and 0 <= value <= MAX_INTEGER else None
