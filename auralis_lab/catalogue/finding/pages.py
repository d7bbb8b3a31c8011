"""Pages of an order, however deep.

Conventions: a page begins after a row and is found by comparing keys. The texts that order tracks
are long, and reading a million of them takes longer than all else. So the numbers that stand for
their beginnings say first how far the page can reach, and only the texts up to there are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from auralis_lab.catalogue.finding.orders import Zone
from auralis_lab.errors import NotFoundError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["Where", "bind", "find_ids", "ids_of_zone", "place_of"]

JOINED = "tracks JOIN marks ON marks.track_id = tracks.id"
GENEROUS = 4
"""How much further to reach where some of the tracks on the way do not count."""
_SQL = {
    "ids": """
        SELECT id FROM {source} WHERE {zone}{beyond} AND {where}
        ORDER BY {order} LIMIT $limit""",
    "reach": """
        SELECT {keys} FROM {source} WHERE {zone} AND {where}
        ORDER BY {order} LIMIT 1 OFFSET $farthest""",
    "place": """
        SELECT {expressions} FROM tracks LEFT JOIN marks ON marks.track_id = tracks.id
        WHERE id = $after""",
    # A list, so that what is around it reads just these rows.
    "within": "id IN (SELECT unnest((SELECT list(id) FROM {source} WHERE {where})))",
}
_PARAMETER = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Where:
    """What follows WHERE, and the values it names.

    Attributes
    ----------
    sql : str
        About the columns of ``tracks``.
    parameters : mapping of str to object
    source : str
        What is read in place of ``tracks``.
    """

    sql: str
    parameters: Mapping[str, object]
    source: str = "tracks"


def bind(sql: str, parameters: Mapping[str, object]) -> dict[str, object]:
    """Return those of the parameters that a statement names."""
    return {name: parameters[name] for name in set(_PARAMETER.findall(sql))}


def find_ids(
    s: Session, where: Where, zones: Sequence[Zone], limit: int, after: int | None
) -> list[int]:
    """Return the ids of a page.

    Parameters
    ----------
    s : Session
    where : Where
        Which tracks fit.
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
    start, place = (0, None) if after is None else place_of(s, zones, after)
    ids: list[int] = []
    for zone in zones[start:]:
        ids += ids_of_zone(s, zone, where, limit - len(ids), place)
        if len(ids) >= limit:
            break
        place = None
    return ids


def place_of(s: Session, zones: Sequence[Zone], after: int) -> tuple[int, tuple[Any, ...]]:
    """Return which zone a track stands in, and its keys there with its id.

    Raises
    ------
    NotFoundError
        If there is no such track.
    """
    expressions: list[str] = []
    parameters: dict[str, object] = {"after": after}
    for zone in zones:
        # What is in no other zone is in the last.
        expressions += ["true" if zone is zones[-1] else zone.condition, *zone.keys]
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
    raise AssertionError("the zones of an order hold every track")


def ids_of_zone(
    s: Session, zone: Zone, where: Where, limit: int, place: Sequence[Any] | None = None
) -> list[int]:
    """Return the first ids of a zone, or those after a place in it.

    Parameters
    ----------
    s : Session
    zone : Zone
    where : Where
        Which tracks fit.
    limit : int
        How many ids at most.
    place : sequence, optional
        Keys and id of the row before.
    """
    return _first(s, zone, where, limit) if place is None else _after(s, zone, where, limit, place)


def _after(
    s: Session, zone: Zone, where: Where, limit: int, place: Sequence[Any], *, few: bool = False
) -> list[int]:
    """The ids after a place; `few` tells that numbers have left few texts to compare."""
    if not zone.numbers:
        beyond, bound = _beyond((*zone.keys, "id"), place, zone.descending, plain=few)
        rest = replace(
            zone, condition=zone.condition + beyond, parameters={**zone.parameters, **bound}
        )
        return _first(s, rest, where, limit)
    # First those that share the first number with the row before, then those after them.
    name = f"place{zone.numbers}"
    parameters = {**zone.parameters, name: place[0]}
    same = replace(
        zone,
        condition=f"{zone.condition} AND {zone.keys[0]} = ${name}",
        keys=zone.keys[1:],
        numbers=zone.numbers - 1,
        parameters=parameters,
    )
    ids = _after(s, same, where, limit, place[1:], few=len(same.keys) > 0)
    if len(ids) < limit:
        sign = "<" if zone.descending else ">"
        condition = f"{zone.condition} AND {zone.keys[0]} {sign} ${name}"
        later = replace(zone, condition=condition, parameters=parameters)
        ids += _first(s, later, where, limit - len(ids))
    return ids


def _first(s: Session, zone: Zone, where: Where, limit: int) -> list[int]:
    """The first ids of a zone."""
    source = JOINED if zone.of_marks else where.source
    whole = f"{zone.condition} AND {zone.slow}" if zone.slow else zone.condition
    parts = {"source": source, "where": where.sql, "zone": whole}
    keys = zone.keys[: zone.numbers]
    if not 0 < len(keys) < len(zone.keys):
        return _run_ids(s, zone, parts, "", {**where.parameters, "limit": limit})
    ids: list[int] = []
    for generous in (True, False) if zone.slow else (False,):
        parameters = {**where.parameters, **zone.parameters, "limit": limit}
        farthest = (GENEROUS if generous else 1) * limit - 1
        loosely = parts | {"zone": zone.condition} if generous else parts
        sql = _SQL["reach"].format(**loosely, keys=", ".join(keys), order=_order(zone, keys))
        reach = s.row(sql, bind(sql, parameters | {"farthest": farthest}))
        beyond = ""
        if reach:
            until, bound = _beyond(keys, reach, not zone.descending, "reach", including=True)
            parameters |= bound
            beyond = until
            if len(keys) > 1:
                inner = f"{whole}{until} AND {where.sql}"
                beyond = " AND " + _SQL["within"].format(source=source, where=inner)
        ids = _run_ids(s, zone, parts, beyond, parameters)
        if len(ids) >= limit or not reach:
            break
    return ids


def _run_ids(
    s: Session,
    zone: Zone,
    parts: Mapping[str, str],
    beyond: str,
    parameters: Mapping[str, object],
) -> list[int]:
    sql = _SQL["ids"].format(**parts, beyond=beyond, order=_order(zone, (*zone.keys, "id")))
    return [id_ for (id_,) in s.rows(sql, bind(sql, {**parameters, **zone.parameters}))]


def _order(zone: Zone, keys: Sequence[str]) -> str:
    direction = "DESC" if zone.descending else "ASC"
    return ", ".join(f"{key} {direction}" for key in keys)


def _beyond(
    keys: Sequence[str],
    values: Sequence[Any],
    descending: bool,
    prefix: str = "beyond",
    *,
    including: bool = False,
    plain: bool = False,
) -> tuple[str, dict[str, object]]:
    """SQL that holds for rows whose keys come after some values, and what it names."""
    sign = "<" if descending else ">"
    names = [f"${prefix}{n}" for n in range(len(keys))]
    test = f"{keys[-1]} {sign}{'=' if including else ''} {names[-1]}"
    for key, name in zip(reversed(keys[:-1]), reversed(names[:-1]), strict=True):
        test = f"({key} {sign} {name} OR {key} = {name} AND {test})"
    if len(keys) > 1 and not plain:  # says no more, but can be told while the column is read
        test = f"{keys[0]} {sign}= {names[0]} AND {test}"
    return f" AND {test}", {name[1:]: value for name, value in zip(names, values, strict=True)}
