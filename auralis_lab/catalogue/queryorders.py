"""Orders of tracks, and pages within them.

Conventions: an order is a row of *zones*, each with keys of its own: first the tracks that have a
value, upwards or downwards, then those that have none, always by artist. So what is unknown comes
last in both directions. Every zone ends in the id, so every order is total. A page begins after a
row and is found by comparing keys, which costs the same at any depth.

The texts that order tracks are long, and reading a million of them takes longer than all else. So a
zone may begin with numbers that stand for their first letters: those say how far the page can reach
at most, and only the texts up to there are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from auralis_lab.catalogue.queryfields import FIELDS, SHOWN, Kind, find_field
from auralis_lab.catalogue.querykeys import first_bytes
from auralis_lab.catalogue.reading import LAST
from auralis_lab.errors import NotFoundError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["SORTS", "Where", "Zone", "bind", "find_ids", "find_sort", "zones_of"]

JOINED = "tracks JOIN marks ON marks.track_id = tracks.id"
_SQL = {
    "ids": """
        SELECT id FROM {source} WHERE {where} AND {zone}{beyond}{reach}
        ORDER BY {order} LIMIT $limit""",
    "reach": """
        SELECT {leads} FROM {source} WHERE {where} AND {zone}{beyond}
        ORDER BY {order} LIMIT 1 OFFSET $limit - 1""",
    "place": """
        SELECT {expressions} FROM tracks LEFT JOIN marks ON marks.track_id = tracks.id
        WHERE id = $after""",
}


_PARAMETER = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Where:
    """What follows WHERE, and the values it names.

    Attributes
    ----------
    sql : str
        About a table ``tracks``.
    parameters : mapping of str to object
    """

    sql: str
    parameters: Mapping[str, object]


@dataclass(frozen=True)
class Zone:
    """A part of an order.

    Attributes
    ----------
    condition : str
        SQL that holds for its tracks.
    keys : tuple of str
        SQL of what is compared before the id.
    leads : int
        How many of the first keys are numbers that say how far to read the others; 0 for none.
    descending : bool
        Whether all keys, and the id, run downwards.
    of_marks : bool
        Whether condition and keys are about tracks with marks.
    parameters : mapping of str to object
        What `condition` and `keys` name.
    """

    condition: str
    keys: tuple[str, ...]
    leads: int = 0
    descending: bool = False
    of_marks: bool = False
    parameters: Mapping[str, object] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """Tables to read it from."""
        return JOINED if self.of_marks else "tracks"

    @property
    def sign(self) -> str:
        """How a later key compares with an earlier one."""
        return "<" if self.descending else ">"

    def order(self, keys: Sequence[str]) -> str:
        """SQL to order by some of its keys."""
        direction = "DESC" if self.descending else "ASC"
        return ", ".join(f"{key} {direction}" for key in keys)


_UNKNOWN = first_bytes(LAST)
_BY_ARTIST = ("artist_prefix", "artist_order")
_TEXTS: dict[str, tuple[str, tuple[str, ...], int]] = {
    "artist": (f"artist_prefix < {_UNKNOWN}", _BY_ARTIST, 1),
    "album": (f"album_prefix < {_UNKNOWN}", ("album_prefix", "album_order"), 1),
    "title": ("true", ("title_prefix", "title_sort", "artist_order"), 1),
    "path": ("true", ("path",), 0),
    "year": ("year IS NOT NULL", ("year", "album_prefix", "album_order"), 2),
}
_EXTRA = {"favourite": "liked", "favorite": "liked"}

SORTS: dict[str, str] = {name: name for name in _TEXTS}
"""What may be sorted by, by each of its names: the numbers and dates of a track, and some texts."""
SORTS |= {
    name: known.name
    for known in SHOWN
    if not known.is_text and known.name not in SORTS
    for name in (known.name, *known.aliases)
}
SORTS |= {name: FIELDS[target].name for name, target in _EXTRA.items()}


def bind(sql: str, parameters: Mapping[str, object]) -> dict[str, object]:
    """Return those of the parameters that a statement names."""
    return {name: parameters[name] for name in set(_PARAMETER.findall(sql))}


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
    if sort in _TEXTS:
        known, keys, leads = _TEXTS[sort]
        first = Zone(known, keys, leads, descending)
        if known == "true":
            return (first,)
        return first, Zone(_not(known), _BY_ARTIST, 1)
    asked = FIELDS[sort]
    if asked.kind is Kind.WHOLE and sort == "id":
        return (Zone("true", (), 0, descending),)
    first = Zone(asked.is_known, (asked.sql,), 0, descending, asked.of_marks)
    rest = _not(asked.is_known)
    if asked.of_marks:
        rest = f"id NOT IN (SELECT track_id FROM marks WHERE {asked.is_known})"
    return first, Zone(rest, _BY_ARTIST, 1)


def find_ids(
    s: Session, where: Sequence[Where], zones: Sequence[Zone], limit: int, after: int | None
) -> list[int]:
    """Return the ids of a page.

    Parameters
    ----------
    s : Session
    where : sequence of Where
        Which tracks of each zone fit.
    zones : sequence of Zone
    limit : int
        How many ids at most.
    after : int or None
        The last id of the page before.

    Raises
    ------
    NotFoundError
        If there is no track `after`.
    """
    start, place = 0, None
    if after is not None:
        start, place = _place(s, zones, after)
    ids: list[int] = []
    for zone, fits in zip(zones[start:], where[start:], strict=True):
        ids += _ids_of(s, zone, fits, limit - len(ids), place)
        if len(ids) >= limit:
            break
        place = None
    return ids


def _ids_of(
    s: Session, zone: Zone, where: Where, limit: int, place: Sequence[Any] | None
) -> list[int]:
    parameters = {**where.parameters, **zone.parameters, "limit": limit}
    parts = {"source": zone.source, "where": where.sql, "zone": zone.condition}
    leads = zone.keys[: zone.leads]
    beyond = reach = ""
    if place is not None:
        beyond, bound = _beyond((*zone.keys, "id"), place, zone.sign, "p")
        parameters |= bound
    if leads:
        # Tracks with the same leads as the row before may come before it or after it.
        later, bound = _beyond(leads, place[: len(leads)], zone.sign, "p") if place else ("", {})
        sql = _SQL["reach"].format(
            **parts, leads=", ".join(leads), beyond=later, order=zone.order(leads)
        )
        if farthest := s.row(sql, bind(sql, parameters)):
            opposite = ">" if zone.sign == "<" else "<"
            reach, bound = _beyond(leads, farthest, opposite, "r", including=True)
            parameters |= bound
    sql = _SQL["ids"].format(
        **parts, beyond=beyond, reach=reach, order=zone.order((*zone.keys, "id"))
    )
    return [id_ for (id_,) in s.rows(sql, bind(sql, parameters))]


def _place(s: Session, zones: Sequence[Zone], after: int) -> tuple[int, tuple[Any, ...]]:
    """Which zone a track stands in, and its keys there."""
    expressions: list[str] = []
    parameters: dict[str, object] = {"after": after}
    for zone in zones:
        expressions += [zone.condition, *zone.keys]
        parameters |= zone.parameters
    sql = _SQL["place"].format(expressions=", ".join(expressions))
    row = s.row(sql, bind(sql, parameters))
    if row is None:
        raise NotFoundError(f"there is no track {after}")
    at = 0
    for number, zone in enumerate(zones):
        if row[at]:
            return number, (*row[at + 1 : at + 1 + len(zone.keys)], after)
        at += 1 + len(zone.keys)
    return len(zones), ()


def _beyond(
    keys: Sequence[str],
    values: Sequence[Any],
    sign: str,
    prefix: str,
    *,
    including: bool = False,
) -> tuple[str, dict[str, object]]:
    """SQL that holds for rows whose keys come after some values, and what it names.

    The first key is compared by itself as well, which says the same and can be told while the
    column is read.
    """
    names = [f"${prefix}{n}" for n in range(len(keys))]
    test = f"{keys[-1]} {sign}{'=' if including else ''} {names[-1]}"
    for key, name in zip(reversed(keys[:-1]), reversed(names[:-1]), strict=True):
        test = f"({key} {sign} {name} OR {key} = {name} AND {test})"
    if len(keys) > 1:
        test = f"{keys[0]} {sign}= {names[0]} AND {test}"
    return f" AND {test}", {name[1:]: value for name, value in zip(names, values, strict=True)}


def _not(condition: str) -> str:
    return f"({condition}) IS NOT TRUE"
