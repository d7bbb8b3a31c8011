"""What a container can hold of the fields and pictures that are asked for."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping, Sequence

from auralis_lab.io.tagdata import Picture
from auralis_lab.io.tagnames import NAMES, family_of
from auralis_lab.io.tagpictures import APE_NAMES, MP4_FORMATS

__all__ = ["misfits"]

ID3_DATE = re.compile(r"\d{4}(-\d\d(-\d\d( \d\d(:\d\d(:\d\d)?)?)?)?)?")
OLD_DATE = re.compile(r"\d{4}(-\d\d-\d\d)?")
MP4_MAX_NUMBER = 65_535
OLDEST = 2


def misfits(
    container: str,
    values: Mapping[str, Sequence[str]],
    pictures: Sequence[Picture] | None,
    *,
    id3_version: int = 4,
) -> set[str]:
    """Names of the values that a container cannot hold as they are, and ``pictures``."""
    family = family_of(container)
    unfit = {name for name, texts in values.items() if texts and not _fits(family, name, texts)}
    if family == "ID3" and id3_version == OLDEST and not _all(OLD_DATE, values.get("date", ())):
        unfit.add("date")
    if pictures and not _fit(family, pictures):
        unfit.add("pictures")
    return unfit


def _fits(family: str, name: str, texts: Sequence[str]) -> bool:
    if name.endswith("total"):
        name = name.removesuffix("total")
        return family != "MP4" or all(int(text) <= MP4_MAX_NUMBER for text in texts)
    if name not in NAMES[family]:
        return False
    if family == "ID3" and name == "date":
        return _all(ID3_DATE, texts)
    if family == "ID3" and name == "genre":  # some texts stand for the number of a genre
        genres = importlib.import_module("mutagen.id3").TCON(encoding=3, text=list(texts)).genres
        return list(genres) == list(texts)
    if family == "MP4" and name in ("track", "disc"):
        return all(int(text) <= MP4_MAX_NUMBER for text in texts)
    return True


def _fit(family: str, pictures: Sequence[Picture]) -> bool:
    if family == "MP4":
        return all(picture.mime in MP4_FORMATS for picture in pictures)
    return family != "APE" or len(pictures) <= len(APE_NAMES)


def _all(pattern: re.Pattern[str], texts: Sequence[str]) -> bool:
    return all(pattern.fullmatch(text) for text in texts)
