"""Reading tags: from the values that containers hold to the fields of :class:`Tags`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from auralis_lab.io.tagcredits import credits_of
from auralis_lab.io.tagdata import (
    MAX_TEXT,
    Picture,
    Tags,
    clean_text,
    clean_texts,
    is_true,
    parse_bpm,
    parse_gain,
    parse_peak,
    parse_place,
    parse_r128,
)
from auralis_lab.io.taglyrics import is_lrc
from auralis_lab.io.tagpictures import pictures_of
from auralis_lab.io.tagsources import Source, sources_of

__all__ = ["load"]


def load(
    path: str | os.PathLike[str], *, with_pictures: bool = False
) -> tuple[Tags, tuple[Picture, ...]]:
    """Read the tags and, when asked for, the pictures of a file; never raises for bad tags."""
    sources: list[Source] = []
    problem = None
    try:
        for source in sources_of(path):
            sources += [source]  # those before a broken one are kept
    except Exception as error:  # mutagen raises whatever a malformed file leads it to
        text = str(error).strip().strip("'\"").splitlines()
        problem = clean_text(text[0][:200]) if text else None
        problem = problem or "the tags are malformed"
    try:
        tags = _made(sources, problem)
        return tags, pictures_of(sources) if with_pictures else ()
    except Exception as error:  # values of kinds that no tag should hold
        return Tags(problem=f"the tags are malformed ({type(error).__name__})"), ()


def _made(sources: Sequence[Source], problem: str | None) -> Tags:
    merged: dict[str, list[Any]] = {}
    for source in sources:
        for field, found in source.fields().items():
            merged.setdefault(field, found)

    def values(field: str) -> list[Any]:
        return merged.get(field, [])

    def first(field: str) -> str | None:
        texts = clean_texts(values(field))
        return texts[0] if texts else None

    title = first("title")
    credit = credits_of(clean_texts(values("artist")), clean_texts(values("artists")), title)
    track, track_total = _place(values, "track")
    disc, disc_total = _place(values, "disc")
    comment = next((text for v in values("comment") if (text := clean_text(v, lines=True))), None)
    lyrics = _lyrics(sources)
    return Tags(
        title=title,
        artist=credit.artist,
        artists=credit.artists,
        featured=credit.featured,
        album=first("album"),
        album_artist=first("albumartist"),
        date=first("date"),
        genres=clean_texts(values("genre")),
        track_number=track,
        track_total=track_total,
        disc_number=disc,
        disc_total=disc_total,
        composer="; ".join(clean_texts(values("composer")))[:MAX_TEXT] or None,
        comment=comment,
        bpm=_parsed(values("bpm"), parse_bpm),
        compilation=any(is_true(v) for v in values("compilation")),
        lyrics=lyrics,
        lyrics_synced=lyrics is not None and is_lrc(lyrics),
        mb_recording_id=first("mb_recording_id"),
        mb_track_id=first("mb_track_id"),
        mb_album_id=first("mb_album_id"),
        mb_release_group_id=first("mb_release_group_id"),
        mb_artist_ids=clean_texts(values("mb_artist_ids")),
        mb_album_artist_ids=clean_texts(values("mb_album_artist_ids")),
        rg_track_gain_db=_gain(values, "track"),
        rg_track_peak=_parsed(values("replaygain_track_peak"), parse_peak),
        rg_album_gain_db=_gain(values, "album"),
        rg_album_peak=_parsed(values("replaygain_album_peak"), parse_peak),
        problem=problem,
    )


def _lyrics(sources: Sequence[Source]) -> str | None:
    """Lyrics with times where any tag has them, else the first plain ones."""
    values = (value for source in sources for value in source.every_value("lyrics"))
    texts = [text for value in values if (text := clean_text(value, lines=True))]
    return next((text for text in texts if is_lrc(text)), texts[0] if texts else None)


def _place(values: Callable[[str], list[Any]], field: str) -> tuple[int | None, int | None]:
    number = total = None
    for value in values(field)[:1]:
        pair = "/".join(map(str, value)) if isinstance(value, tuple) else value
        number, total = parse_place(pair)
    for value in values(field + "total"):
        total = parse_place(value)[0] or total
    return number, total


def _gain(values: Callable[[str], list[Any]], of: str) -> float | None:
    gain_db = _parsed(values(f"replaygain_{of}_gain"), parse_gain)
    return _parsed(values(f"r128_{of}_gain"), parse_r128) if gain_db is None else gain_db


def _parsed(values: Sequence[Any], parse: Callable[[object], float | None]) -> float | None:
    return next((number for value in values if (number := parse(value)) is not None), None)
