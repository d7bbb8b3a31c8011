"""Changing ID3v2 tags: the frames of the fields that are named, and no others."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from auralis_lab.io.tagdata import Picture
from auralis_lab.io.tagid3 import SHORT_NAMES, Frame, Id3, key_of, plain_of
from auralis_lab.io.tagid3body import described_body, picture_body, split_label, text_body
from auralis_lab.io.tagnames import LESSER, NAMES
from auralis_lab.io.tagsources import NOT_COMMENTS

__all__ = ["changed"]

DATES = ("tdrc", "tyer", "tdat", "time", "trda")
OTHER_DATES = ("tdrl", "tdor", "tory")


def changed(
    tag: Id3,
    values: Mapping[str, Sequence[str]],
    pictures: Sequence[Picture] | None,
    *,
    only_present: bool = False,
) -> Id3:
    """Return the tag with these fields and pictures in the place of its own.

    With `only_present` a field that the tag does not have is not added.
    """
    frames = list(tag.frames)
    for field, texts in values.items():
        if field in NAMES["ID3"]:
            frames = _with_field(frames, tag.version, field, list(texts), only_present)
    if pictures is not None:
        kept = [frame for frame in frames if key_of(frame, tag.version) != "apic"]
        if only_present:
            pictures = ()
        frames = kept + _picture_frames(pictures, tag.version)
    return dataclasses.replace(tag, frames=tuple(frames))


def _with_field(
    frames: list[Frame], version: int, field: str, texts: list[str], only_present: bool
) -> list[Frame]:
    names = [name.casefold() for name in NAMES["ID3"][field]]
    if field == "date":
        names = [*DATES, *OTHER_DATES]
    if field == "comment":
        return _with_comment(frames, version, texts, only_present)
    meant = [n for n in names if not texts or (n not in LESSER and n not in OTHER_DATES)]
    held = [n for n, frame in enumerate(frames) if key_of(frame, version) in meant]
    if not held and (only_present or not texts):
        return frames
    new: list[Frame] = []
    if texts and field == "date":
        new = _date_frames(texts[0], version)
    elif texts and field == "lyrics":
        new = [_frame("USLT", version, described_body(version, _label(frames, version), texts))]
    elif texts:
        present = dict.fromkeys(key_of(frames[n], version) for n in held)
        spelled = [name for name in NAMES["ID3"][field] if name.casefold() in present]
        for name in spelled or NAMES["ID3"][field][:1]:
            new.append(_named_frame(name, version, texts))
    at = held[0] if held else _first_picture(frames, version)
    before = [frame for n, frame in enumerate(frames[:at]) if n not in held]
    behind = [frame for n, frame in enumerate(frames[at:], at) if n not in held]
    return before + new + behind


def _with_comment(
    frames: list[Frame], version: int, texts: list[str], only_present: bool
) -> list[Frame]:
    """Replace the comment that is read first; without a new one, remove all that are read."""
    labels = {
        n: split_label(plain, 3)
        for n, frame in enumerate(frames)
        if key_of(frame, version) == "comm" and (plain := plain_of(frame, version)) is not None
    }
    told = [n for n, label in labels.items() if not label[1].lower().startswith(NOT_COMMENTS)]
    if not texts:
        return [frame for n, frame in enumerate(frames) if n not in told]
    if not told and only_present:
        return frames
    first = min(told, key=lambda n: bool(labels[n][1]), default=None)
    label = (b"XXX", "") if first is None else labels[first]
    new = _frame("COMM", version, described_body(version, label, texts))
    if first is None:
        at = _first_picture(frames, version)
        return [*frames[:at], new, *frames[at:]]
    return [new if n == first else frame for n, frame in enumerate(frames)]


def _label(frames: Sequence[Frame], version: int) -> tuple[bytes, str]:
    """Language and description of the first plain lyrics."""
    found = (plain_of(frame, version) for frame in frames if key_of(frame, version) == "uslt")
    return next((split_label(plain, 3) for plain in found if plain), (b"XXX", ""))


def _date_frames(date: str, version: int) -> list[Frame]:
    """Make frames for a date; before version 2.4 a year, and a day where there is one."""
    digits = date.replace("-", "")
    if version == 4 or len(digits) not in (4, 8) or not digits.isdigit():
        return [_frame("TDRC", version, text_body(version, [date]))]
    frames = [_frame("TYER", version, text_body(version, [digits[:4]]))]
    if len(digits) == 8:
        frames.append(_frame("TDAT", version, text_body(version, [digits[6:] + digits[4:6]])))
    return frames


def _named_frame(name: str, version: int, texts: list[str]) -> Frame:
    kind, _, label = name.partition(":")
    if kind == "UFID":
        return _frame(kind, version, label.encode("ascii") + b"\0" + texts[0].encode("utf-8"))
    body = text_body(version, [label, *texts] if kind == "TXXX" else texts)
    return _frame(kind, version, body)


def _picture_frames(pictures: Sequence[Picture], version: int) -> list[Frame]:
    frames, described = [], set[str]()
    for n, picture in enumerate(pictures):
        text = picture.description
        text = text if text not in described else f"{text} {n}".strip()  # ID3 wants no two alike
        described.add(text)
        frames.append(_frame("APIC", version, picture_body(version, picture, text)))
    return frames


def _frame(name: str, version: int, body: bytes) -> Frame:
    coded = name.encode("ascii")
    return Frame(SHORT_NAMES[coded], b"", body) if version == 2 else Frame(coded, b"\0\0", body)


def _first_picture(frames: Sequence[Frame], version: int) -> int:
    found = (n for n, frame in enumerate(frames) if key_of(frame, version) == "apic")
    return next(found, len(frames))
