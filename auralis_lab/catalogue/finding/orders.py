"""Orders of tracks.

Conventions: an order is a row of *zones*, each with keys of its own: first the tracks that have a
value, upwards or downwards, then those that have none, always by artist. So what is unknown comes
last in both directions. Every zone ends in the id, so every order is total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from auralis_lab.catalogue.finding.fields import FIELDS, SHOWN, find_field
from auralis_lab.catalogue.finding.keys import first_bytes
from auralis_lab.catalogue.scanning.reading import LAST

__all__ = ["RANDOM", "SORTS", "Zone", "find_sort", "zones_of"]


@dataclass(frozen=True)
class Zone:
    """A part of an order.

    Attributes
    ----------
    condition : str
        SQL that holds for its tracks.
    keys : tuple of str
        SQL of what is compared before the id; none of it is NULL in the zone.
    numbers : int
        How many of the first keys are numbers, and so are quick to read of all tracks. Where texts
        follow, the numbers stand for their beginnings.
    descending : bool
        Whether all keys, and the id, run downwards.
    of_marks : bool
        Whether condition and keys are about tracks with marks.
    slow : str
        What has to hold besides; SQL that mostly does, and takes longer to tell than the keys.
    parameters : mapping of str to object
        What `condition` and `keys` name.
    """

    condition: str
    keys: tuple[str, ...]
    numbers: int = 0
    descending: bool = False
    of_marks: bool = False
    slow: str = ""
    parameters: Mapping[str, object] = field(default_factory=dict)


RANDOM = "random"
"""An order of no meaning that is the same for a day, in UTC, so that it has pages."""
_UNKNOWN = first_bytes(LAST)
_BY_ARTIST = ("artist_prefix", "artist_order")
_TEXTS: dict[str, tuple[str, tuple[str, ...], int]] = {
    "artist": (f"artist_prefix < {_UNKNOWN}", _BY_ARTIST, 1),
    "album": (f"album_prefix < {_UNKNOWN}", ("album_prefix", "album_order"), 1),
    "title": ("true", ("title_prefix", "title_sort", "artist_order"), 1),
    "path": ("true", ("path",), 0),
    "year": ("year IS NOT NULL", ("year", "album_prefix", "album_order"), 2),
}

SORTS: dict[str, str] = {name: name for name in _TEXTS}
"""What may be sorted by, by each of its names: the numbers and dates of a track, and some texts."""
SORTS |= {
    name: known.name
    for known in SHOWN
    if not known.is_text and known.name not in SORTS
    for name in (known.name, *known.aliases)
}
SORTS |= {"favourite": "liked", "favorite": "liked", RANDOM: RANDOM}


def find_sort(name: str) -> str | None:
    """Return the first name of an order, whatever the case of `name`, or None."""
    found = find_field(name)
    return SORTS.get(name.lower()) or SORTS.get(found.name if found else "")


def zones_of(sort: str, *, descending: bool) -> tuple[Zone, ...]:
    """Return the parts of an order.

    Parameters
    ----------
    sort : str
        One of the first names in `SORTS`.
    descending : bool
        Turns the tracks around that have a value.
    """
    if sort == "id":
        return (Zone("true", (), descending=descending),)
    if sort == RANDOM:
        return (Zone("true", (f"hash(id, {_today()})",), 1, descending),)
    if sort in _TEXTS:
        known, keys, numbers = _TEXTS[sort]
        first = Zone(known, keys, numbers, descending)
        rest = _not(known)
        return (first,) if known == "true" else (first, Zone(rest, _BY_ARTIST, 1))
    asked = FIELDS[sort]
    first = Zone(asked.is_known, (asked.sql,), 1, descending, asked.of_marks)
    if not asked.of_marks:
        return first, Zone(_not(asked.is_known), _BY_ARTIST, 1)
    rest = f"id NOT IN (SELECT track_id FROM marks WHERE {asked.is_known})"
    return first, Zone("true", _BY_ARTIST, 1, slow=rest)


def _today() -> int:
    return datetime.now(UTC).toordinal()


def _not(condition: str) -> str:
    return f"({condition}) IS NOT TRUE"
