"""Writing the tags of a new file through mutagen, container by container."""

from __future__ import annotations

import base64
import importlib
import os
from pathlib import Path
from typing import Any

from auralis_lab.errors import EncodeError
from auralis_lab.io import riff
from auralis_lab.io.tagdata import Picture, Tags
from auralis_lab.io.tagnames import NAMES
from auralis_lab.io.tagpictures import MP4_FORMATS
from auralis_lab.io.tagsources import container_of, mutagen_class
from auralis_lab.io.tagvalues import Values, slashed, values_of

__all__ = ["mp4_names", "mp4_value", "save"]

UTF8 = 3


def save(path: str | os.PathLike[str], tags: Tags, pictures: tuple[Picture, ...]) -> None:
    """Replace the tags of the file at `path` by these."""
    container = container_of(path)
    if container is None:
        with Path(path).open("rb") as wav:
            if wav.read(4) == b"RF64":
                return
        raise EncodeError(path, "this container holds no tags known here")
    values = values_of(tags)
    if container == "ID3":
        frames = importlib.import_module("mutagen.id3").ID3()
        _fill_id3(frames, values, pictures)
        frames.save(path, v1=0)
        return
    if container not in ("WAV", "AIFF", "MP4", "FLAC", "VORBIS", "OPUS"):
        raise EncodeError(path, f"tags of new files are not written to {container}")
    file = mutagen_class(container)(path)
    if file.tags is None:
        file.add_tags()
    if container == "WAV":
        with Path(path).open("r+b", buffering=0) as wav:
            riff.blank_info(wav.fileno())
    file.tags.clear()
    if container in ("WAV", "AIFF"):
        _fill_id3(file.tags, values, pictures)
    elif container == "MP4":
        _fill_mp4(file.tags, values, pictures)
    else:
        _fill_comments(file.tags, values)
        blocks = [_block(picture) for picture in pictures]
        if container == "FLAC":
            file.clear_pictures()
            for block in blocks:
                file.add_picture(block)
        elif blocks:
            encoded = [base64.b64encode(block.write()).decode("ascii") for block in blocks]
            file.tags["METADATA_BLOCK_PICTURE"] = encoded
    file.save()


def mp4_names(field: str, texts: list[str]) -> tuple[str, ...]:
    """Names to write a field under: a broken tempo needs one more than a whole one."""
    if not texts:
        return ()
    if field == "bpm":
        return ("tmpo",) if texts[0].isdigit() else NAMES["MP4"]["bpm"]
    return NAMES["MP4"][field][:1]


def mp4_value(name: str, texts: list[str]) -> Any:
    """Turn texts into what mutagen holds under the name of an MP4 box."""
    if name in ("trkn", "disk"):
        number, _, total = texts[0].partition("/")
        return [(int(number), int(total or 0))]
    if name == "tmpo":
        return [round(float(texts[0]))]
    if name == "cpil":
        return True
    if name.startswith("----:"):
        return [text.encode("utf-8") for text in texts]
    return texts


def _fill_id3(frames: Any, values: Values, pictures: tuple[Picture, ...]) -> None:
    id3 = importlib.import_module("mutagen.id3")
    for field, texts in slashed(values).items():
        name, _, label = NAMES["ID3"][field][0].partition(":")
        if not texts:
            continue
        if name == "TXXX":
            frames.add(id3.TXXX(encoding=UTF8, desc=label, text=texts))
        elif name == "UFID":
            frames.add(id3.UFID(owner=label, data=texts[0].encode("utf-8")))
        elif name == "USLT":
            frames.add(id3.USLT(encoding=UTF8, lang="XXX", desc="", text=texts[0]))
        elif name == "COMM":
            frames.add(id3.COMM(encoding=UTF8, lang="XXX", desc="", text=texts))
        else:
            frames.add(getattr(id3, name)(encoding=UTF8, text=texts))
    described = set[str]()
    for n, picture in enumerate(pictures):
        text = picture.description
        text = text if text not in described else f"{text} {n}".strip()  # ID3 wants no two alike
        described.add(text)
        mime, kind = picture.mime, picture.kind
        frames.add(id3.APIC(encoding=UTF8, mime=mime, type=kind, desc=text, data=picture.data))


def _fill_comments(comments: Any, values: Values) -> None:
    for field, texts in values.items():
        if texts:
            comments[NAMES["VORBIS"][field][0].upper()] = texts


def _fill_mp4(atoms: Any, values: Values, pictures: tuple[Picture, ...]) -> None:
    cover = importlib.import_module("mutagen.mp4").MP4Cover
    for field, texts in slashed(values).items():
        for name in mp4_names(field, texts):
            atoms[name] = mp4_value(name, texts)
    covers = [p for p in pictures if p.mime in MP4_FORMATS]
    if covers:
        atoms["covr"] = [cover(p.data, imageformat=MP4_FORMATS[p.mime]) for p in covers]


def _block(picture: Picture) -> Any:
    block = importlib.import_module("mutagen.flac").Picture()
    block.data, block.mime = picture.data, picture.mime
    block.type, block.desc = picture.kind, picture.description
    return block
