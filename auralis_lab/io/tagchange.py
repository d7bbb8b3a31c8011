"""What is to be changed in the tags of a file."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from auralis_lab.errors import ParameterError, check_choice
from auralis_lab.io.tagcredits import JOINT, Credit, credits_of
from auralis_lab.io.tagdata import (
    FRONT_COVER,
    MAX_KIND,
    MAX_PICTURES,
    MAX_TEXT,
    MAX_VALUES,
    Picture,
    Tags,
    clean_text,
    clean_texts,
    parse_bpm,
    sniff_mime,
)
from auralis_lab.io.taglyrics import is_lrc
from auralis_lab.io.tagvalues import FIELD_NAMES

__all__ = ["EDITABLE", "FieldValue", "TagChange", "after", "undoing"]

FieldValue = str | int | float | bool | tuple[str, ...] | None
EDITABLE = tuple(FIELD_NAMES)
"""Fields of `Tags` that can be changed."""
NUMBERS = ("track_number", "track_total", "disc_number", "disc_total")
SEVERAL = ("artists", "genres", "mb_artist_ids", "mb_album_artist_ids")
WITH_LINES = ("comment", "lyrics")
MAX_NUMBER = 999_999
MAX_PICTURE_BYTES = 64 << 20


@dataclass(frozen=True)
class TagChange:
    """New values for some fields of a file's tags, and new pictures.

    Parameters
    ----------
    fields : mapping of str to FieldValue
        By the names in `EDITABLE`. None, and no values at all, remove a field. Text is cleaned as
        it is when read: no control characters, white space folded. `artist` (the credit) and
        `artists` (the names) belong together: each follows from the other where only one is
        given.
    pictures : tuple of Picture, optional
        Replace all pictures of the file; front covers come first. None leaves them alone.

    Raises
    ------
    ParameterError
        If a field is unknown, or a value is of another kind or out of range: numbers are 1 to
        999,999, tempos 1 to 1000 beats a minute, texts at most 65,536 characters, several values
        at most 256, pictures at most 256 of 64 MiB.
    """

    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    pictures: tuple[Picture, ...] | None = None

    def __post_init__(self) -> None:
        fields = {}
        for name, value in dict(self.fields).items():
            check_choice("field", name, EDITABLE)
            fields[name] = _checked(name, value)
        if fields.get("artist") and not fields.get("artists"):
            fields.pop("artists", None)
        if fields.get("artists") and not fields.get("artist"):
            fields.pop("artist", None)
        object.__setattr__(self, "fields", fields)
        if self.pictures is not None:
            object.__setattr__(self, "pictures", _checked_pictures(self.pictures))


def after(tags: Tags, change: TagChange) -> Tags:
    """Tags as they will be after a change."""
    fields = dict(change.fields)
    if "compilation" in fields:
        fields["compilation"] = bool(fields["compilation"])
    if "lyrics" in fields:
        fields["lyrics_synced"] = is_lrc(str(fields["lyrics"] or ""))
    title = fields.get("title", tags.title)
    artist, artists = fields.pop("artist", None), fields.pop("artists", ())
    changed = dataclasses.replace(tags, **fields)  # type: ignore[arg-type]
    if "artist" in change.fields or "artists" in change.fields:
        credit = _credit(artist, artists, title)
        changed = dataclasses.replace(changed, artist=None, artists=(), featured=())
        changed = dataclasses.replace(changed, **vars(credit))
    return changed


def undoing(tags: Tags, pictures: tuple[Picture, ...], change: TagChange) -> TagChange:
    """Return the change that leads back to these tags and pictures after another one."""
    names = set(change.fields)
    if names & {"artist", "artists"}:
        names |= {"artist", "artists"}
    fields = {name: getattr(tags, name) for name in EDITABLE if name in names}
    return TagChange(fields, None if change.pictures is None else pictures)


def _credit(artist: FieldValue, artists: FieldValue, title: FieldValue) -> Credit:
    """Find how a credit and names must be written so that they are read like this."""
    heading = title if isinstance(title, str) else None
    names = artists if isinstance(artists, tuple) else ()
    if not isinstance(artist, str):
        return credits_of(names, (), heading)
    if not names:
        return credits_of([artist], (), heading)
    for credited in ([artist], artist.split(JOINT), names):
        found = credits_of(credited, (), heading)
        if (found.artist, found.artists) == (artist, names):
            return found
    return credits_of([artist], names, heading)


def _checked(name: str, value: FieldValue) -> FieldValue:
    if name in SEVERAL:
        return _several(name, value)
    if value is None:
        return None
    if name == "compilation":
        if not isinstance(value, bool):
            raise ParameterError(f"{name}={value!r} must be true or false")
        return value or None
    if name in NUMBERS or name == "bpm":
        return _number(name, value)
    if not isinstance(value, str):
        raise ParameterError(f"{name}={value!r} must be text")
    if len(value) > MAX_TEXT:
        raise ParameterError(f"{name} must have at most {MAX_TEXT:,} characters")
    if name == "composer":
        return "; ".join(clean_texts(value.split("; "))) or None
    return clean_text(value, lines=name in WITH_LINES)


def _several(name: str, value: object) -> tuple[str, ...]:
    values = () if value is None else value
    if not isinstance(values, (tuple, list)) or not all(isinstance(v, str) for v in values):
        raise ParameterError(f"{name}={value!r} must be several texts")
    if len(values) > MAX_VALUES or any(len(text) > MAX_TEXT for text in values):
        raise ParameterError(
            f"{name} must be at most {MAX_VALUES} texts of {MAX_TEXT:,} characters"
        )
    return clean_texts(values)


def _number(name: str, value: object) -> int | float:
    plain = isinstance(value, (int, float)) and not isinstance(value, bool)
    if name == "bpm" and plain and (bpm := parse_bpm(value)) is not None:
        return bpm
    if name == "bpm":
        raise ParameterError(f"{name}={value!r} must be a number of 1 to 1000")
    if not isinstance(value, int) or not plain or not 1 <= value <= MAX_NUMBER:
        raise ParameterError(f"{name}={value!r} must be a whole number of 1 to {MAX_NUMBER:,}")
    return value


def _checked_pictures(pictures: object) -> tuple[Picture, ...]:
    if not isinstance(pictures, (tuple, list)) or len(pictures) > MAX_PICTURES:
        raise ParameterError(f"pictures must be at most {MAX_PICTURES} pictures")
    checked = []
    for picture in pictures:
        if not isinstance(picture, Picture):
            raise ParameterError(f"{type(picture).__name__} is no picture")
        if not 0 < len(picture.data) <= MAX_PICTURE_BYTES:
            raise ParameterError(f"a picture of {len(picture.data):,} bytes must have 1 to 64 MiB")
        if not 0 <= picture.kind <= MAX_KIND:
            raise ParameterError(f"kind={picture.kind} must be 0 to {MAX_KIND}")
        mime = sniff_mime(picture.data, picture.mime)
        text = clean_text(picture.description) or ""
        checked.append(Picture(bytes(picture.data), mime, picture.kind, text))
    return tuple(sorted(checked, key=lambda picture: picture.kind != FRONT_COVER))
