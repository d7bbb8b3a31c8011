"""Writing tags through mutagen, container by container."""

from __future__ import annotations

import base64
import importlib
import os
from pathlib import Path
from typing import Any

from auralis_lab.errors import EncodeError
from auralis_lab.io import riff
from auralis_lab.io.tagdata import Picture, Tags
from auralis_lab.io.tagreading import FRONT_COVER, container_of, mutagen_class

__all__ = ["save"]

UTF8 = 3
MP4_FORMATS = {"image/jpeg": 13, "image/png": 14}


def save(path: str | os.PathLike[str], tags: Tags, pictures: tuple[Picture, ...]) -> None:
    """Replace the tags of the file at `path` by these."""
    container = container_of(path)
    if container is None:
        with Path(path).open("rb") as wav:
            if wav.read(4) == b"RF64":
                return
        raise EncodeError(path, "this container holds no tags known here")
    if container == "ID3":
        frames = importlib.import_module("mutagen.id3").ID3()
        _fill_id3(frames, tags, pictures)
        frames.save(path, v1=0)
        return
    file = mutagen_class(container)(path)
    if file.tags is None:
        file.add_tags()
    if container == "WAV":
        with Path(path).open("r+b", buffering=0) as wav:
            riff.blank_info(wav.fileno())
    file.tags.clear()
    if container in ("WAV", "AIFF"):
        _fill_id3(file.tags, tags, pictures)
    elif container == "MP4":
        _fill_mp4(file.tags, tags, pictures)
    elif container in ("FLAC", "VORBIS", "OPUS"):
        _fill_comments(file.tags, tags)
        blocks = [_block(picture) for picture in pictures]
        if container == "FLAC":
            file.clear_pictures()
            for block in blocks:
                file.add_picture(block)
        elif blocks:
            encoded = [base64.b64encode(block.write()).decode("ascii") for block in blocks]
            file.tags["METADATA_BLOCK_PICTURE"] = encoded
    else:
        raise EncodeError(path, f"tags are not written to {container}")
    file.save()


def _fill_id3(frames: Any, tags: Tags, pictures: tuple[Picture, ...]) -> None:
    id3 = importlib.import_module("mutagen.id3")
    texts: dict[str, list[str]] = {
        "TIT2": _one(tags.title),
        "TPE1": list(tags.artists),
        "TALB": _one(tags.album),
        "TPE2": _one(tags.album_artist),
        "TDRC": _one(tags.date),
        "TCON": list(tags.genres),
        "TRCK": _one(_slashed(tags.track_number, tags.track_total)),
        "TPOS": _one(_slashed(tags.disc_number, tags.disc_total)),
        "TCOM": _one(tags.composer),
        "TBPM": _one(_number(tags.bpm)),
        "TCMP": ["1"] if tags.compilation else [],
    }
    for name, values in texts.items():
        if values:
            frames.add(getattr(id3, name)(encoding=UTF8, text=values))
    if tags.comment:
        frames.add(id3.COMM(encoding=UTF8, lang="XXX", desc="", text=[tags.comment]))
    for n, picture in enumerate(pictures):
        frames.add(
            id3.APIC(
                encoding=UTF8,
                mime=picture.mime,
                type=FRONT_COVER if n == 0 else 0,
                desc="" if n == 0 else str(n),
                data=picture.data,
            )
        )


def _fill_comments(comments: Any, tags: Tags) -> None:
    fields: dict[str, list[str]] = {
        "TITLE": _one(tags.title),
        "ARTIST": list(tags.artists),
        "ALBUM": _one(tags.album),
        "ALBUMARTIST": _one(tags.album_artist),
        "DATE": _one(tags.date),
        "GENRE": list(tags.genres),
        "TRACKNUMBER": _one(_number(tags.track_number)),
        "TRACKTOTAL": _one(_number(tags.track_total)),
        "DISCNUMBER": _one(_number(tags.disc_number)),
        "DISCTOTAL": _one(_number(tags.disc_total)),
        "COMPOSER": _one(tags.composer),
        "COMMENT": _one(tags.comment),
        "BPM": _one(_number(tags.bpm)),
        "COMPILATION": ["1"] if tags.compilation else [],
    }
    for name, values in fields.items():
        if values:
            comments[name] = values


def _fill_mp4(atoms: Any, tags: Tags, pictures: tuple[Picture, ...]) -> None:
    cover = importlib.import_module("mutagen.mp4").MP4Cover
    texts: dict[str, list[str]] = {
        "\xa9nam": _one(tags.title),
        "\xa9ART": list(tags.artists),
        "\xa9alb": _one(tags.album),
        "aART": _one(tags.album_artist),
        "\xa9day": _one(tags.date),
        "\xa9gen": list(tags.genres),
        "\xa9wrt": _one(tags.composer),
        "\xa9cmt": _one(tags.comment),
    }
    for name, values in texts.items():
        if values:
            atoms[name] = values
    for name, number, total in (
        ("trkn", tags.track_number, tags.track_total),
        ("disk", tags.disc_number, tags.disc_total),
    ):
        if number or total:
            atoms[name] = [(number or 0, total or 0)]
    if tags.bpm:
        atoms["tmpo"] = [round(tags.bpm)]
    if tags.compilation:
        atoms["cpil"] = True
    covers = [p for p in pictures if p.mime in MP4_FORMATS]
    if covers:
        atoms["covr"] = [cover(p.data, imageformat=MP4_FORMATS[p.mime]) for p in covers]


def _block(picture: Picture) -> Any:
    block = importlib.import_module("mutagen.flac").Picture()
    block.data, block.mime, block.type = picture.data, picture.mime, FRONT_COVER
    return block


def _one(value: str | None) -> list[str]:
    return [value] if value else []


def _slashed(number: int | None, total: int | None) -> str | None:
    if total:
        return f"{number or 0}/{total}"
    return str(number) if number else None


def _number(value: float | None) -> str | None:
    return f"{value:g}" if value else None
