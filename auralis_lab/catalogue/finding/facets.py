"""How many tracks have which genre, artist, decade and so on.

Conventions: every count comes with the filter term that finds just these tracks, so that
``f"{text} {term}"`` finds as many as were told. Names that differ only in case, accents or
punctuation are counted together. What has no value is told last, if there is any.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from auralis_lab.catalogue.finding.facetsql import FACETS as KINDS
from auralis_lab.catalogue.finding.facetsql import FacetKind
from auralis_lab.catalogue.finding.filtersql import PRESENT, where
from auralis_lab.catalogue.finding.pages import Where, bind
from auralis_lab.catalogue.finding.terms import Query
from auralis_lab.catalogue.text import fold
from auralis_lab.errors import ParameterError, check_choice

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["DEFAULT_FACETS", "FACETS", "FacetCount", "Facets"]

FACETS = tuple(KINDS)
"""What can be counted."""
DEFAULT_FACETS = ("genre", "artist", "decade", "format")
REMEMBERED = 64

_SQL = {
    "revisions": "SELECT name, number FROM revisions ORDER BY name",
    "hits": "WITH hits AS {how} (SELECT {columns} FROM tracks WHERE {where}) ",
    "values": """
        (SELECT {n} AS facet, CAST(value AS VARCHAR) AS value, tracks, example
        FROM (SELECT {value} AS value, count(*) AS tracks, {example} AS example
            FROM hits GROUP BY 1)
        ORDER BY value IS NOT NULL, tracks DESC, value LIMIT $limit + 1)""",
    "marks": """
        (SELECT {n} AS facet, CAST(value AS VARCHAR) AS value, tracks, 0 AS example
        FROM (SELECT {value} AS value, count(*) AS tracks
            FROM hits JOIN marks ON track_id = id GROUP BY 1) WHERE value IS NOT NULL)""",
    "all": "(SELECT -1 AS facet, NULL AS value, count(*) AS tracks, 0 AS example FROM hits)",
    "names": """
        (SELECT {n} AS facet, value, CAST(sum(tracks) AS BIGINT) AS tracks,
            any_value(example) AS example
        FROM (
            SELECT tracks, example, unnest(CASE WHEN names = '' THEN [NULL]
                ELSE string_split(substr(names, 2, length(names) - 2), chr(1)) END) AS value
            FROM (
                SELECT split_part(value, chr(2), 1) AS names, tracks, example
                FROM (SELECT {value} AS value, count(*) AS tracks, {example} AS example
                    FROM hits GROUP BY 1)))
        GROUP BY value ORDER BY value IS NOT NULL, tracks DESC, value LIMIT $limit + 1)""",
    "spellings": """
        SELECT id, {columns} FROM tracks SEMI JOIN (SELECT unnest($ids) AS id) USING (id)""",
}
_Told: TypeAlias = dict[str, tuple["FacetCount", ...]]


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many tracks have one value.

    Attributes
    ----------
    label : str
        The value, to be shown.
    count : int
    term : str
        The filter term, or terms, that finds just these among the tracks that were counted.
    """

    label: str
    count: int
    term: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A value as SQL tells it."""

    facet: int
    value: str | None
    count: int
    example: int


class Facets:
    """Counts of one catalogue; remembers the latest ones until anything in it changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._remembered: OrderedDict[object, tuple[object, _Told]] = OrderedDict()

    def count(
        self, catalogue: Catalogue, query: Query, names: Sequence[str], limit: int
    ) -> dict[str, tuple[FacetCount, ...]]:
        """Return the counts of some facets, as ``Tracks.facets`` does.

        Raises
        ------
        ParameterError
            If a name is unknown.
        """
        if isinstance(names, str) or not isinstance(names, Iterable):
            raise ParameterError(f"names={names!r:.80} must be several names")
        asked = tuple(dict.fromkeys(names))
        for name in asked:
            check_choice("names", name, FACETS)
        if not asked:
            return {}
        fits = where(query)
        key = (fits.sql, tuple(fits.parameters.items()), asked, limit)
        with catalogue.session() as s:
            revision = s.rows(_SQL["revisions"])
            with self._lock:
                known = self._remembered.get(key)
            if known and known[0] == revision:
                return dict(known[1])
            told = _count(s, fits, asked, limit)
        with self._lock:
            self._remembered[key] = revision, told
            self._remembered.move_to_end(key)
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return dict(told)


def _count(s: Session, fits: Where, names: Sequence[str], limit: int) -> _Told:
    kinds = [KINDS[name] for name in names]
    parts = [_SQL["all"]]
    for n, kind in enumerate(kinds):
        form = _SQL["names" if kind.names else "values" if kind.columns else "marks"]
        example = "any_value(id)" if kind.spelling else "0"
        parts.append(form.format(n=n, value=kind.value, example=example))
    columns = dict.fromkeys(c for kind in kinds for c in ("id", *kind.columns.split(", ")) if c)
    # A filter is evaluated once; without one, each facet reads just its own columns.
    how = "NOT MATERIALIZED" if fits.sql == PRESENT else "MATERIALIZED"
    hits = _SQL["hits"].format(how=how, columns=", ".join(columns), where=fits.sql)
    sql = hits + " UNION ALL ".join(parts)
    parameters = bind(sql, {**fits.parameters, "limit": limit})
    rows = [_Row(*row) for row in s.rows(sql, parameters)]
    total = next(row.count for row in rows if row.facet < 0)
    spelt = _spellings(s, [row for row in rows if row.value and kinds[row.facet].spelling], kinds)
    told: _Told = {}
    for n, (name, kind) in enumerate(zip(names, kinds, strict=True)):
        mine = [row for row in rows if row.facet == n]
        if not kind.columns and (rest := total - sum(row.count for row in mine)):
            mine.append(_Row(n, None, rest, 0))
        told[name] = tuple(_counts(kind, mine, spelt, limit))
    return told


def _counts(
    kind: FacetKind, rows: Sequence[_Row], spelt: dict[_Row, str], limit: int
) -> Iterable[FacetCount]:
    known = [row for row in rows if row.value is not None]
    known = sorted(known, key=lambda row: (-row.count, row.value))[:limit]
    if kind.ordered:
        known.sort(key=lambda row: float(row.value or 0))
    for row in known:
        value = row.value or ""
        label, term = kind.tell(value, spelt.get(row, value))
        yield FacetCount(label, row.count, term)
    for row in rows:
        if row.value is None:
            label, term = kind.nothing
            yield FacetCount(label, row.count, term)


def _spellings(s: Session, rows: Sequence[_Row], kinds: Sequence[FacetKind]) -> dict[_Row, str]:
    """How people spell the folded values, each from one track that has it."""
    if not rows:
        return {}
    columns = list(dict.fromkeys(kinds[row.facet].spelling for row in rows))
    sql = _SQL["spellings"].format(columns=", ".join(columns))
    ids = list({row.example for row in rows})
    examples = {id_: values for id_, *values in s.rows(sql, {"ids": ids})}
    spelt = {}
    for row in rows:
        found = examples[row.example][columns.index(kinds[row.facet].spelling)]
        names = found if isinstance(found, list) else [found]
        by_folded = {fold(name): name for name in names if name}
        spelt[row] = by_folded.get(row.value or "") or next(iter(by_folded.values()), "")
    return spelt
