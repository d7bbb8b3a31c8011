"""The shape of a library: what the list of tracks, the albums and the history ask of it.

Any object of this shape will do; :class:`auralis_lab.lab.Lab` is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from auralis_lab.player.playable import Listed, Named

__all__ = [
    "Album",
    "AlbumsLike",
    "HistoryEntry",
    "LibraryLike",
    "LibraryRow",
    "Mark",
    "MarksLike",
    "Neighbour",
    "PlaysLike",
    "TracksLike",
]


class LibraryRow(Named, Protocol):
    """What a row of the library says of a track."""

    @property
    def format(self) -> str:
        """Container or codec, in capitals."""

    @property
    def album_id(self) -> int | None:
        """Number of its album."""


class ListedTrack(Listed, LibraryRow, Protocol):
    """A track in a list, with its picture."""


class Counted(Protocol):
    """How many tracks have one value, and the filter term that finds them."""

    @property
    def label(self) -> str:
        """The value, to be shown."""

    @property
    def count(self) -> int:
        """How many."""

    @property
    def term(self) -> str:
        """What finds just these."""


class Neighbour(Protocol):
    """A track that sounds like another, and why."""

    @property
    def track(self) -> LibraryRow:
        """The track."""

    @property
    def distance(self) -> float:
        """How far away, 0 for the same."""

    @property
    def reason(self) -> str:
        """In what they are alike and in what not, in a line."""


class TracksLike(Protocol):
    """Questions about all tracks."""

    def list(
        self,
        sort: str = "artist",
        *,
        descending: bool = False,
        limit: int = 50,
        after: int | None = None,
    ) -> Sequence[ListedTrack]:
        """One page, after the track with the id `after`."""

    def search(
        self,
        text: str,
        limit: int = 50,
        *,
        sort: str | None = None,
        descending: bool | None = None,
        after: int | None = None,
    ) -> Sequence[ListedTrack]:
        """One page of the tracks that words and filters find; by rank without an order."""

    def suggest(self, text: str) -> str | None:
        """What was probably meant by words that find nothing."""

    def get(self, track_id: int) -> ListedTrack:
        """One track."""

    def many(self, track_ids: Sequence[int]) -> Sequence[ListedTrack]:
        """Tracks in the order given, without those that are not there."""

    def count(self, text: str = "") -> int:
        """How many there are, or how many words and filters find."""

    def ids(self, text: str = "", limit: int = 1_000) -> Sequence[int]:
        """Numbers of the tracks that words and filters find, in their order."""

    def facets(
        self, text: str = "", names: Sequence[str] = (), limit: int = 20
    ) -> Mapping[str, Sequence[Counted]]:
        """How many of the tracks found have which genre, decade and so on."""

    def similar(self, track_id: int, count: int = 20) -> Sequence[Neighbour]:
        """Tracks that sound like one, nearest first."""


class Album(Protocol):
    """One album."""

    @property
    def id(self) -> int:
        """Number of the album."""

    @property
    def title(self) -> str:
        """Its name."""

    @property
    def artist(self) -> str | None:
        """Whom it is shown under; None for various or unknown artists."""

    @property
    def first_year(self) -> int | None:
        """Earliest year of its tracks."""

    @property
    def track_count(self) -> int:
        """How many tracks are there."""

    @property
    def duration_s(self) -> float | None:
        """Their length in all, as far as it is known."""

    @property
    def picture_track_id(self) -> int | None:
        """A track that carries its picture."""


class AlbumsLike(Protocol):
    """Questions about albums."""

    def list(
        self,
        sort: str = "title",
        *,
        descending: bool = False,
        limit: int = 50,
        after: int | None = None,
    ) -> Sequence[Album]:
        """One page, after the album with the id `after`."""

    def search(self, text: str, limit: int = 50) -> Sequence[Album]:
        """Albums whose title or artist has these words, best first."""

    def get(self, album_id: int) -> Album:
        """One album."""

    def tracks(self, album_id: int) -> Sequence[LibraryRow]:
        """Its tracks by disc and number."""


class Mark(Protocol):
    """Favourite, rating and plays of a track."""

    @property
    def track_id(self) -> int:
        """The track."""

    @property
    def favourite(self) -> bool:
        """Whether it is a favourite."""

    @property
    def stars(self) -> float | None:
        """0.5 to 5; None if it is not rated."""

    @property
    def plays(self) -> int:
        """Plays that counted."""


class MarksLike(Protocol):
    """Favourites and ratings."""

    def of(self, track_ids: Iterable[int]) -> Sequence[Mark]:
        """Marks of tracks, in the order asked."""

    def set_favourite(self, track_ids: Iterable[int], favourite: bool = True) -> object:
        """Make tracks favourites, or no longer."""

    def set_rating(self, track_ids: Iterable[int], stars: float | None) -> object:
        """Rate tracks, or take their rating away."""


class Play(Protocol):
    """A play that was recorded."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def started_at(self) -> datetime:
        """When it began."""

    @property
    def heard_s(self) -> float:
        """How much was heard."""

    @property
    def finished(self) -> bool:
        """Whether the end was reached."""

    @property
    def counted(self) -> bool:
        """Whether enough was heard."""

    @property
    def preset(self) -> str | None:
        """What it was heard through; None for the original."""


class HistoryEntry(Protocol):
    """A play and its track; None if that is no longer there."""

    @property
    def play(self) -> Play:
        """The play."""

    @property
    def track(self) -> LibraryRow | None:
        """Its track."""


class PlaysLike(Protocol):
    """What was heard."""

    def history(self, *, limit: int = 50, after: int | None = None) -> Sequence[HistoryEntry]:
        """One page of plays, the latest first, after the play with the id `after`."""

    def remove(self, play_id: int) -> object:
        """Take a play back."""


class LibraryLike(Protocol):
    """A library."""

    @property
    def tracks(self) -> TracksLike:
        """Its tracks."""

    @property
    def albums(self) -> AlbumsLike:
        """Its albums."""

    @property
    def marks(self) -> MarksLike:
        """Favourites and ratings."""

    @property
    def plays(self) -> PlaysLike:
        """What was heard."""
