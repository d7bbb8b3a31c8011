"""The tracks of a library as objects: a page at a time, or all of them one after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from auralis_lab.catalogue.store import Catalogue
from auralis_lab.track import Track

if TYPE_CHECKING:
    from auralis_lab.catalogue.finding.facets import FacetCount
    from auralis_lab.catalogue.finding.queries import TrackRow
    from auralis_lab.catalogue.sound.similarity import Neighbour

__all__ = ["Shelf"]

PAGE_ROWS = 200
FACETS = ("genre", "artist", "decade", "format")


class Shelf:
    """The tracks of a library.

    `list` and `search` return a page, 50 tracks unless `limit` says otherwise; `all` goes through
    every one. `count` says how many there are.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def __repr__(self) -> str:
        return f"<Shelf: {self.count():,} tracks; list() and search() return pages, all() goes on>"

    def all(
        self, text: str = "", *, sort: str | None = None, descending: bool | None = None
    ) -> Iterator[Track]:
        """Go through all tracks that words and filters find, or all there are.

        The tracks are those found at the beginning, so they may be changed on the way.

        Parameters
        ----------
        text, sort, descending
            As in `search`.

        Yields
        ------
        track : Track

        Raises
        ------
        FilterError, ParameterError
            As in `search`, before the first track.

        Examples
        --------
        >>> sum(track.duration_s for track in lab.tracks.all("genre:jazz"))  # doctest: +SKIP
        """
        tracks = self._catalogue.tracks
        ids = tracks.ids(text, sort=sort, descending=descending)
        pages = (ids[start : start + PAGE_ROWS] for start in range(0, len(ids), PAGE_ROWS))
        return (track for page in pages for track in self._tracks(tracks.get_many(page)))

    def list(
        self,
        sort: str = "artist",
        *,
        descending: bool = False,
        limit: int = 50,
        after: int | None = None,
    ) -> tuple[Track, ...]:
        """One page, of 50 unless `limit` says otherwise, 200 at most.

        The next one begins `after` the number of the last track; `all` goes through every page.
        See :meth:`auralis_lab.catalogue.finding.queries.Tracks.list`.
        """
        return self._tracks(
            self._catalogue.tracks.list(sort, descending=descending, limit=limit, after=after)
        )

    def search(
        self,
        text: str,
        limit: int = 50,
        *,
        sort: str | None = None,
        descending: bool | None = None,
        after: int | None = None,
    ) -> tuple[Track, ...]:
        """One page of the tracks found by words and filters, of 50 unless `limit` says otherwise.

        Without a word the order is by artist, else the best come first; `all` goes through every
        page. If nothing is found, `suggest` may know what was meant. See
        :meth:`auralis_lab.catalogue.finding.queries.Tracks.search`.
        """
        return self._tracks(
            self._catalogue.tracks.search(
                text, limit, sort=sort, descending=descending, after=after
            )
        )

    def suggest(self, text: str) -> str | None:
        """What was probably meant by words that find nothing, or None.

        Examples
        --------
        >>> lab.tracks.suggest("glenn gold")  # doctest: +SKIP
        'glenn gould'
        """
        return self._catalogue.tracks.suggest(text)

    def facets(
        self, text: str = "", names: Sequence[str] = FACETS, limit: int = 20
    ) -> dict[str, tuple[FacetCount, ...]]:
        """How many of the tracks found there are by genre, artist, decade and so on."""
        return self._catalogue.tracks.facets(text, names=names, limit=limit)

    def get(self, track_id: int) -> Track:
        """One track.

        Raises
        ------
        NotFoundError
            If there is none with that number.
        """
        return Track(self._catalogue.tracks.get(track_id), self._catalogue)

    def many(self, track_ids: Iterable[int]) -> tuple[Track, ...]:
        """Return tracks in the order given, 10,000 at most, without those that are not there."""
        return self._tracks(self._catalogue.tracks.get_many(track_ids))

    def ids(self, text: str = "", limit: int = 1_000) -> Sequence[int]:
        """Return the numbers of the tracks found by words and filters, in their order."""
        return self._catalogue.tracks.ids(text, limit)

    def count(self, text: str = "") -> int:
        """How many tracks there are, or how many words and filters find."""
        return self._catalogue.tracks.count(text)

    def similar(self, track_id: int, count: int = 20) -> tuple[Neighbour, ...]:
        """Tracks that sound like one, nearest first, each with the reasons."""
        return self._catalogue.similarity.like(track_id, count)

    def _tracks(self, rows: Iterable[TrackRow]) -> tuple[Track, ...]:
        return tuple(Track(row, self._catalogue) for row in rows)
