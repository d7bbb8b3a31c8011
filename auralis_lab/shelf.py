"""The tracks of a library as objects, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from auralis_lab.catalogue.store import Catalogue
from auralis_lab.track import Track

if TYPE_CHECKING:
    from auralis_lab.catalogue.finding.facets import FacetCount
    from auralis_lab.catalogue.finding.queries import TrackRow
    from auralis_lab.catalogue.sound.similarity import Neighbour

__all__ = ["Shelf"]

FACETS = ("genre", "artist", "decade", "format")


class Shelf:
    """The tracks of a library, a page at a time."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def list(
        self,
        sort: str = "artist",
        *,
        descending: bool = False,
        limit: int = 50,
        after: int | None = None,
    ) -> tuple[Track, ...]:
        """One page; see :meth:`auralis_lab.catalogue.finding.queries.Tracks.list`."""
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
        """Tracks found by words and filters, in pages, as `Tracks.search` of the catalogue."""
        return self._tracks(
            self._catalogue.tracks.search(
                text, limit, sort=sort, descending=descending, after=after
            )
        )

    def suggest(self, text: str) -> str | None:
        """What was probably meant by words that find nothing, or None."""
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
