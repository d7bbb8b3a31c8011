"""A copy of a file with other tags, and whether it is what it should be."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from auralis_lab.errors import DecodeError, EncodeError
from auralis_lab.io import tagboxes
from auralis_lab.io.payload import audio_key
from auralis_lab.io.tagchange import TagChange, after
from auralis_lab.io.tagchunks import chunk_pieces, dsf_pieces
from auralis_lab.io.tagdata import Picture, Tags
from auralis_lab.io.tagflac import flac_pieces
from auralis_lab.io.tagnames import NAMES, family_of, names_of
from auralis_lab.io.tagogg import ogg_pieces, renumber
from auralis_lab.io.tagouter import outer_pieces
from auralis_lab.io.tagreading import load
from auralis_lab.io.tagsources import sources_of
from auralis_lab.io.tagsplice import write_pieces
from auralis_lab.io.tagvalues import Values, slashed, values_of

__all__ = ["check_copy", "habits_of", "write_copy"]

OTHER_DATES = ("tdrc", "tyer", "tdat", "time", "trda", "tdrl", "tdor", "tory")
DERIVED = ("artist", "artists", "featured")


def write_copy(
    source_fd: int,
    copy_fd: int,
    copy: Path,
    container: str,
    values: Values,
    pictures: Sequence[Picture] | None,
) -> None:
    """Write the file at `source_fd` with other tags to `copy`, open at `copy_fd`.

    Raises
    ------
    ValueError
        If the tags are malformed or the container cannot hold the new ones.
    OSError
        If a file cannot be read or written.
    Exception
        Whatever a malformed MP4 or ASF file leads mutagen to.
    """
    size = os.fstat(source_fd).st_size
    joined = slashed(values)
    if container in ("MP4", "ASF"):
        write_pieces(source_fd, copy_fd, [(0, size)])
        change = tagboxes.change_mp4 if container == "MP4" else tagboxes.change_asf
        change(copy, joined, pictures)
    elif container in ("VORBIS", "OPUS", "OGGFLAC", "SPEEX"):
        pieces, added = ogg_pieces(source_fd, size, container, values, pictures)
        write_pieces(source_fd, copy_fd, pieces)
        if added:
            renumber(copy_fd, os.fstat(copy_fd).st_size, added)
    elif container == "FLAC":
        write_pieces(source_fd, copy_fd, flac_pieces(source_fd, size, values, pictures))
    elif container == "DSF":
        write_pieces(source_fd, copy_fd, dsf_pieces(source_fd, size, joined, pictures))
    elif container in ("ID3", "APE"):
        write_pieces(source_fd, copy_fd, outer_pieces(source_fd, size, container, joined, pictures))
    else:
        write_pieces(source_fd, copy_fd, chunk_pieces(source_fd, size, container, joined, pictures))


def check_copy(
    path: Path,
    copy: Path,
    container: str,
    before: tuple[Tags, tuple[Picture, ...]],
    change: TagChange,
) -> None:
    """See that a copy holds what was asked for, and else what the file at `path` holds.

    Raises
    ------
    EncodeError
        If it does not; names what is wrong.
    """
    tags, pictures = load(copy, with_pictures=True)
    if tags.problem:
        raise EncodeError(path, f"its tags could not be read again ({tags.problem})")
    wanted = after(before[0], change)
    skipped = {"problem"} | (set(DERIVED) if "title" in change.fields else set())
    if {"artist", "artists"} & set(change.fields):
        skipped -= set(DERIVED)
    for field in dataclasses.fields(Tags):
        if field.name not in skipped and getattr(tags, field.name) != getattr(wanted, field.name):
            raise EncodeError(path, f"its {field.name} could not be written as asked")
    if change.pictures is not None:
        kept = pictures == change.pictures
    else:
        kept = [*map(dataclasses.astuple, pictures)] == [*map(dataclasses.astuple, before[1])]
    if not kept:
        raise EncodeError(path, "its pictures could not be written as asked")
    values = values_of(wanted, change.fields)
    if _others(path, container, values, change) != _others(copy, container, values, change):
        raise EncodeError(path, "other tags would not stay as they are")
    try:
        same = audio_key(copy) == audio_key(path)
    except DecodeError as error:
        raise EncodeError(path, error.reason) from error
    if not same or not _opens_like(copy, path, container):
        raise EncodeError(path, "its audio would not stay as it is")


def habits_of(path: Path) -> tuple[int, bool]:
    """Version (2, 3 or 4) of a file's ID3v2 tag, and whether it lists its artists by name."""
    version, lists_artists = 4, False
    for source in sources_of(path):
        if source.family == "ID3":
            version = int(getattr(source.found, "tags", source.found).version[1])
        lists_artists = lists_artists or "artists" in source.fields()
    return version, lists_artists


def _others(
    path: Path, container: str, values: Mapping[str, Sequence[str]], change: TagChange
) -> dict[str, Any]:
    """Everything in the tags of a file but what was to be changed."""
    if container in ("MP4", "ASF"):
        found = {family_of(container): tagboxes.contents(path, container)}
    else:
        found = {source.family: source.entries for source in sources_of(path)}
    others: dict[str, Any] = {}
    for family, entries in found.items():
        changed = {name for field in values for name in _names(family, field)}
        if change.pictures is not None:
            changed |= {"covr", "wm/picture", "metadata_block_picture", "coverart", "coverartmime"}
        for name, held in entries.items():
            if name not in changed and held:
                others[f"{family} {name}"] = held
    return others


def _names(family: str, field: str) -> tuple[str, ...]:
    if family == "ID3" and field == "date":
        return OTHER_DATES
    return names_of(family, field) if field in NAMES[family] else ()


def _opens_like(copy: Path, path: Path, container: str) -> bool:
    """Whether a copy can be decoded if the file can be.

    Formats that take an ffmpeg to decode are not tried, which would take long; that they are
    recognised and that an MP4 leads to its audio is seen without.
    """
    if container == "MP4" and tagboxes.sound_chunks(copy) != tagboxes.sound_chunks(path):
        return False
    return _opens(copy) or not _opens(path)


def _opens(path: Path) -> bool:
    from auralis_lab.io.layout import identify
    from auralis_lab.io.source import AudioSource

    try:
        if identify(path).sndfile:
            AudioSource(path).close()
    except DecodeError:
        return False
    return True
