"""From the fields of :class:`Tags` to the values that containers hold, by the names they share.

An empty list of values takes a name away.
"""

from __future__ import annotations

from collections.abc import Iterable

from auralis_lab.io.tagcredits import JOINT, Credit, credits_of
from auralis_lab.io.tagdata import Tags

__all__ = ["FIELD_NAMES", "Values", "slashed", "values_of"]

Values = dict[str, list[str]]
FIELD_NAMES: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "artist": ("artist", "artists"),
    "artists": ("artist", "artists"),
    "album": ("album",),
    "album_artist": ("albumartist",),
    "date": ("date",),
    "genres": ("genre",),
    "track_number": ("track", "tracktotal"),
    "track_total": ("track", "tracktotal"),
    "disc_number": ("disc", "disctotal"),
    "disc_total": ("disc", "disctotal"),
    "composer": ("composer",),
    "comment": ("comment",),
    "bpm": ("bpm",),
    "compilation": ("compilation",),
    "lyrics": ("lyrics",),
    "mb_recording_id": ("mb_recording_id",),
    "mb_track_id": ("mb_track_id",),
    "mb_album_id": ("mb_album_id",),
    "mb_release_group_id": ("mb_release_group_id",),
    "mb_artist_ids": ("mb_artist_ids",),
    "mb_album_artist_ids": ("mb_album_artist_ids",),
}
"""Which names a field of `Tags` is held under."""


def values_of(
    tags: Tags, fields: Iterable[str] = tuple(FIELD_NAMES), *, list_artists: bool = False
) -> Values:
    """Values of these fields, and of those that share a name with them.

    Artists are listed beside the credit where it does not tell them, or with `list_artists`.
    """
    artist, artists = _artists(tags, list_artists)
    every: Values = {
        "title": _one(tags.title),
        "artist": artist,
        "artists": artists,
        "album": _one(tags.album),
        "albumartist": _one(tags.album_artist),
        "date": _one(tags.date),
        "genre": list(tags.genres),
        "track": _one(_text(tags.track_number)),
        "tracktotal": _one(_text(tags.track_total)),
        "disc": _one(_text(tags.disc_number)),
        "disctotal": _one(_text(tags.disc_total)),
        "composer": [name for name in (tags.composer or "").split("; ") if name],
        "comment": _one(tags.comment),
        "bpm": _one(_text(tags.bpm)),
        "compilation": ["1"] if tags.compilation else [],
        "lyrics": _one(tags.lyrics),
        "mb_recording_id": _one(tags.mb_recording_id),
        "mb_track_id": _one(tags.mb_track_id),
        "mb_album_id": _one(tags.mb_album_id),
        "mb_release_group_id": _one(tags.mb_release_group_id),
        "mb_artist_ids": list(tags.mb_artist_ids),
        "mb_album_artist_ids": list(tags.mb_album_artist_ids),
    }
    names = {name for field in fields for name in FIELD_NAMES[field]}
    return {name: value for name, value in every.items() if name in names}


def slashed(values: Values) -> Values:
    """Put totals behind their numbers, as in "3/12", for containers with one name for both."""
    joined = {name: value for name, value in values.items() if not name.endswith("total")}
    for name in ("track", "disc"):
        if total := values.get(name + "total"):
            joined[name] = [f"{(values[name] or ['0'])[0]}/{total[0]}"]
    return joined


def _artists(tags: Tags, list_artists: bool) -> tuple[list[str], list[str]]:
    """Choose values of the artist tag and of the list of artists that are read as meant."""
    meant = Credit(tags.artist, tags.artists, tags.featured)
    listed = list(tags.artists)
    mains = [name for name in listed if name not in tags.featured]
    for names in (listed,) if list_artists else ([], listed):
        for credited in (_one(tags.artist), (tags.artist or "").split(JOINT), mains):
            if credits_of(credited, names, tags.title) == meant:
                return credited, names
    return _one(tags.artist), listed


def _one(value: str | None) -> list[str]:
    return [value] if value else []


def _text(value: float | None) -> str | None:
    if not value:
        return None
    return str(int(value)) if value == int(value) else repr(float(value))
