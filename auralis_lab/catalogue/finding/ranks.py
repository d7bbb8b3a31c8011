"""The best tracks for some words, page by page.

Conventions: titles that begin with the text come first, then tracks in which every word begins a
word, then those in which it is a part of one; each by title and artist.

To look into all texts for words takes longer than all else. So the tracks whose letters may do are
told by numbers alone, and the first of them in the order of titles are looked into. Mostly those
hold a page, or are all there are; only if not, every track is looked into.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from auralis_lab.catalogue.finding.keys import first_bytes
from auralis_lab.catalogue.finding.orders import Zone
from auralis_lab.catalogue.finding.pages import Where, bind, ids_of_zone, place_of

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["Ranking", "find_best"]

MOST_CANDIDATES = 2000
_SQL = {
    # The limit keeps the tests around it from being made of all tracks.
    "few": """
        (SELECT id, {columns} FROM tracks WHERE id IN (SELECT unnest($candidates))
        LIMIT len($candidates))""",
    "candidates": """
        SELECT id, title_prefix FROM tracks WHERE {where} AND title_prefix >= $from_title
        ORDER BY title_prefix LIMIT $limit + 1""",
}
_KEYS = ("title_sort", "artist_prefix")


@dataclass(frozen=True)
class Ranking:
    """What is asked for, in SQL.

    Attributes
    ----------
    fits : Where
        Which tracks are found.
    may : Where
        All of them and few others, told by numbers.
    among : Where
        Which of the tracks that may do are found.
    columns : tuple of str
        What `among`, `begins` and `starts` are about.
    begins_fits : Where
        Which of the tracks whose title begins with the text are found.
    begins : str
        Whether a title begins with the text.
    starts : str
        Whether all words begin words.
    parameters : dict of str to object
        What `begins` and `starts` name.
    """

    fits: Where
    may: Where
    among: Where
    columns: tuple[str, ...]
    begins_fits: Where
    begins: str
    starts: str
    parameters: dict[str, object]


def find_best(s: Session, ranking: Ranking, limit: int, after: int | None) -> list[int]:
    """Return the ids of a page; the parameters are those of ``finding.pages.find_ids``.

    Raises
    ------
    NotFoundError
        If there is no track `after`.
    """
    rank = f"CASE WHEN {ranking.starts} THEN 1 ELSE 2 END"
    first = Zone(f"({ranking.begins})", _KEYS, parameters=ranking.parameters)
    rest = Zone(f"NOT ({ranking.begins})", (rank, *_KEYS), parameters=ranking.parameters)
    start, place = (0, None) if after is None else place_of(s, (first, rest), after)
    ids: list[int] = []
    if start == 0:
        ids = ids_of_zone(s, first, ranking.begins_fits, limit, place)
        place = None
    if len(ids) < limit:
        ids += _find_rest(s, ranking, rest, limit - len(ids), place)
    return ids


def _find_rest(
    s: Session, ranking: Ranking, zone: Zone, limit: int, place: Sequence[Any] | None
) -> list[int]:
    from_title = first_bytes("") if place is None else first_bytes(place[1])
    candidates, complete = _candidates(s, ranking.may, from_title)
    if not candidates and complete and place is None:
        return []
    # Of the candidates after a title, only those of the place's rank are all that come next.
    rank = 1 if place is None else place[0]
    is_all = complete and (place is None or rank == 2)
    certain = "true" if is_all else f"{zone.keys[0]} = {rank}"
    among = replace(
        ranking.among,
        sql=f"{ranking.among.sql} AND {certain}",
        parameters={**ranking.among.parameters, "candidates": candidates},
        source=_SQL["few"].format(columns=", ".join(ranking.columns)),
    )
    ids = ids_of_zone(s, zone, among, limit, place) if candidates else []
    if is_all or len(ids) >= limit:
        return ids
    return ids_of_zone(s, zone, ranking.fits, limit, place)


def _candidates(s: Session, may: Where, from_title: int) -> tuple[list[int], bool]:
    """Ids of the first tracks that may do, and whether they are all from there on."""
    sql = _SQL["candidates"].format(where=may.sql)
    parameters = {**may.parameters, "from_title": from_title, "limit": MOST_CANDIDATES}
    rows = s.rows(sql, bind(sql, parameters))
    if len(rows) <= MOST_CANDIDATES:
        return [id_ for id_, _ in rows], True
    last = rows[-1][1]  # not all of those that share it are here
    return [id_ for id_, prefix in rows if prefix != last], False
