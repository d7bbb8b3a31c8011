"""Questions to the catalogue: tracks by page, by words and filters, by id.

Conventions: a text is a filter, as `finding.filters` explains. A page holds 1 to 200 rows and
begins after the last row of the page before it, so that no row is lost or repeated however deep one
goes. Tracks whose file is missing are left out of everything but ``get``, ``get_many`` and
``by_path``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from auralis_lab.catalogue.finding.checks import (
    check_direction,
    check_id,
    check_limit,
    check_sort,
    order_of,
)
from auralis_lab.catalogue.finding.facets import DEFAULT_FACETS, FacetCount, Facets
from auralis_lab.catalogue.finding.filters import Query, parse
from auralis_lab.catalogue.finding.filtersql import ranking, where
from auralis_lab.catalogue.finding.orders import SORTS, zones_of
from auralis_lab.catalogue.finding.pages import bind, find_ids
from auralis_lab.catalogue.finding.places import Places
from auralis_lab.catalogue.finding.ranks import find_best
from auralis_lab.catalogue.finding.rows import TrackRow, read_below, read_by_path, read_rows
from auralis_lab.catalogue.finding.typos import correct
from auralis_lab.catalogue.text import fold
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["SORTS", "TrackRow", "Tracks"]

MAX_IDS = 1_000_000
MAX_GOT = 10_000
DEFAULT_SORT = "artist"
Ids: TypeAlias = list[int]  # in Tracks, list is a method
_SQL = {"count": "SELECT count(*) FROM tracks WHERE {where}"}


class Tracks:
    """The tracks of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._facets = Facets()
        self._places = Places()

    def list(
        self,
        sort: str = DEFAULT_SORT,
        *,
        descending: bool = False,
        limit: int = 50,
        after: int | None = None,
    ) -> tuple[TrackRow, ...]:
        """Return one page of all tracks that are there.

        Parameters
        ----------
        sort : str
            artist, album, title, year, duration, added, path, or any other name in `SORTS`: every
            number and date that a filter knows. Ties are broken by further keys and at last by id.
        descending : bool
            Turns the order around. What has no value comes last in both directions, by artist.
        limit : int
            1 to 200 rows.
        after : int, optional
            Id of the last row of the page before; the first page if None.

        Raises
        ------
        ParameterError
            If an argument is none of these.
        NotFoundError
            If there is no track with the id `after`.
        """
        return self._page(Query(), limit, check_sort(sort), descending, after)

    def search(
        self,
        text: str,
        limit: int = 50,
        *,
        sort: str | None = None,
        descending: bool | None = None,
        after: int | None = None,
    ) -> tuple[TrackRow, ...]:
        """Return one page of the tracks that a filter finds, best first or in an order.

        A word may stand in the title, an artist, the album, its artist, a genre, the composer, the
        year or the file's name, and may be a part of a longer one; case, accents and punctuation do
        not count. Titles that begin with the words come first, then tracks in which all words begin
        words, then the others, each by title and artist. Without words the order is by artist.

        Parameters
        ----------
        text : str
            Words and filters; nothing finds all tracks.
        limit : int
            1 to 200 rows.
        sort : str, optional
            As in `list`, in place of what `text` says.
        descending : bool, optional
            As in `list`; by default what `text` says.
        after : int, optional
            Id of the last row of the page before; the first page if None.

        Raises
        ------
        FilterError
            If a term cannot be understood. It is a ParameterError.
        ParameterError
            If another argument is out of range.
        NotFoundError
            If there is no track with the id `after`.
        """
        query = parse(text)
        chosen, downwards = order_of(query, sort, descending)
        return self._page(query, limit, chosen, downwards, after)

    def ids(
        self,
        text: str = "",
        limit: int = MAX_IDS,
        *,
        sort: str | None = None,
        descending: bool | None = None,
    ) -> Ids:
        """Return the ids of the tracks that a filter finds, in its order.

        Parameters
        ----------
        text, sort, descending
            As in `search`.
        limit : int
            1 to 1,000,000.

        Raises
        ------
        FilterError, ParameterError
            As in `search`.
        """
        query = parse(text)
        if type(limit) is not int or not 1 <= limit <= MAX_IDS:
            raise ParameterError(f"limit={limit!r} must be a whole number from 1 to {MAX_IDS:,}")
        chosen, downwards = order_of(query, sort, descending)
        with self._catalogue.session() as s:
            return _ids(s, query, chosen, downwards, limit, None)

    def count(self, text: str = "") -> int:
        """Return how many tracks a filter finds, or how many there are.

        Raises
        ------
        FilterError
            If a term cannot be understood.
        """
        fits = where(parse(text))
        sql = _SQL["count"].format(where=fits.sql)
        with self._catalogue.session() as s:
            ((count,),) = s.rows(sql, bind(sql, fits.parameters))
        return int(count)

    def facets(
        self, text: str = "", names: Sequence[str] = DEFAULT_FACETS, limit: int = 20
    ) -> dict[str, tuple[FacetCount, ...]]:
        """Return how many of the tracks that a filter finds have which genre, artist and so on.

        Parameters
        ----------
        text : str
            As in `search`; its order does not matter.
        names : sequence of str
            Of `facets.FACETS`.
        limit : int
            1 to 200 values of each; those with most tracks.

        Raises
        ------
        FilterError, ParameterError
            As in `search`, and if a name is unknown.
        """
        check_limit(limit)
        return self._facets.count(self._catalogue, parse(text), names, limit)

    def suggest(self, text: str) -> str | None:
        """Return what was probably meant by a filter that finds nothing, or None.

        Words that no track has are replaced by the most similar ones of artists, albums and titles;
        the rest of the filter stays. The result finds something.

        Raises
        ------
        FilterError
            If a term cannot be understood.
        """
        query = parse(text)
        with self._catalogue.session() as s:
            return correct(s, query)

    def get(self, track_id: int) -> TrackRow:
        """Return one track, even if its file is missing.

        Raises
        ------
        ParameterError
            If `track_id` is no id.
        NotFoundError
            If there is no such track.
        """
        asked = [check_id("track_id", track_id)]
        with self._catalogue.session() as s:
            found = read_rows(s, asked)
        if not found:
            raise NotFoundError(f"there is no track {track_id}")
        return found[0]

    def get_many(self, track_ids: Iterable[int]) -> tuple[TrackRow, ...]:
        """Return tracks in the order given; those that are not in the catalogue are left out.

        Parameters
        ----------
        track_ids : iterable of int
            10,000 at most; one may occur several times.

        Raises
        ------
        ParameterError
            If these are no ids, or too many.
        """
        if not isinstance(track_ids, Iterable):
            raise ParameterError(f"track_ids={track_ids!r:.80} must be ids of tracks")
        ids = [check_id("track_ids", id_) for id_ in track_ids]
        if len(ids) > MAX_GOT:
            raise ParameterError(
                f"track_ids has {len(ids):,} ids and must have {MAX_GOT:,} at most"
            )
        if not ids:
            return ()
        with self._catalogue.session() as s:
            return read_rows(s, ids)

    def by_path(self, path: str | os.PathLike[str]) -> TrackRow | None:
        """Return the track of a file, or None; relative paths begin in the current folder."""
        if b"\0" in os.fsencode(path):  # no file has such a name
            return None
        with self._catalogue.session() as s:
            return read_by_path(s, path)

    def below(self, folder: str | os.PathLike[str]) -> Ids:
        """Return the ids of the tracks in a folder and all below it, by path.

        Parameters
        ----------
        folder : path-like
            Relative ones begin in the current folder.
        """
        if b"\0" in os.fsencode(folder):
            return []
        with self._catalogue.session() as s:
            return read_below(s, folder)

    def _page(
        self, query: Query, limit: int, sort: str | None, descending: bool, after: int | None
    ) -> tuple[TrackRow, ...]:
        check_limit(limit)
        check_direction(descending)
        if after is not None:
            check_id("after", after)
        with self._catalogue.session() as s:
            ids = None
            if not query.words and not query.conditions:
                ids = self._places.page(
                    self._catalogue, s, sort or DEFAULT_SORT,
                    descending=descending, limit=limit, after=after,
                )  # fmt: skip
            if ids is None:
                ids = _ids(s, query, sort, descending, limit, after)
            return read_rows(s, ids)


def _ids(
    s: Session, query: Query, sort: str | None, descending: bool, limit: int, after: int | None
) -> list[int]:
    """Ids of a page: in an order, or best first if there are words and no order."""
    if sort is None and fold(query.text):
        return find_best(s, ranking(query), limit, after)
    zones = zones_of(sort or DEFAULT_SORT, descending=descending)
    return find_ids(s, where(query), zones, limit, after)
