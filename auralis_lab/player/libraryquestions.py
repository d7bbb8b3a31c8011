"""What the page may ask of a library, and what it may want done.

Conventions: a filter is what was typed, what was chosen of each facet, and ranges; all of it ends
in one text of the filter grammar. Values of a facet are its terms, as the library told them.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from auralis_lab.player.asking import Id, Message, Pictures, Question

__all__ = [
    "ASKED",
    "FACETS",
    "RANGES",
    "AlbumTracks",
    "Albums",
    "Facet",
    "Facets",
    "Favourite",
    "Filter",
    "Forget",
    "Gather",
    "History",
    "Open",
    "Query",
    "Queue",
    "Rate",
    "Similar",
    "filter_text",
]

MAX_TEXT = 1_000
MAX_TERM = 300
MAX_CHOSEN = 20
MAX_IDS = 1_000

Sort: TypeAlias = Literal["artist", "album", "title", "duration", "added", "year", "plays"]
AlbumSort: TypeAlias = Literal["title", "artist", "year", "added"]
Facet: TypeAlias = Literal["genre", "decade", "format", "artist"]
Ranged: TypeAlias = Literal["year", "loudness", "tempo"]
Term: TypeAlias = Annotated[str, Field(max_length=MAX_TERM)]
Bound: TypeAlias = Annotated[float, Field(ge=-1_000, le=10_000)] | None
Do: TypeAlias = Literal["play", "next", "add"]
Ids: TypeAlias = Annotated[list[Id], Field(min_length=1, max_length=MAX_IDS)]

FACETS: tuple[Facet, ...] = ("genre", "decade", "format", "artist")
RANGES: tuple[Ranged, ...] = ("year", "loudness", "tempo")

_FIELD = re.compile(r"([a-z_]+):=?")


class Range(Message):
    """From one value to another, both included; None is open."""

    low: Bound = None
    high: Bound = None


class Filter(Message):
    """Which tracks are meant."""

    text: Annotated[str, Field(max_length=MAX_TEXT)] = ""
    chosen: dict[Facet, Annotated[list[Term], Field(max_length=MAX_CHOSEN)]] = Field(
        default_factory=dict
    )
    ranges: dict[Ranged, Range] = Field(default_factory=dict)
    favourites: bool = False


class Query(Question):
    """Wants the first page of an order or of a search, or the page after a row."""

    type: Literal["query"]
    filter: Filter = Filter()
    sort: Sort | None = None
    descending: bool = False
    after: Id | None = None


class Facets(Question):
    """Wants to know how many of the tracks have which genre, decade, tempo and so on."""

    type: Literal["facets"]
    filter: Filter = Filter()


class Similar(Question):
    """Wants tracks that sound like one."""

    type: Literal["similar"]
    id: Id


class Albums(Question):
    """Wants a page of albums."""

    type: Literal["albums"]
    text: Annotated[str, Field(max_length=MAX_TEXT)] = ""
    sort: AlbumSort = "title"
    descending: bool = False
    after: Id | None = None


class AlbumTracks(Question):
    """Wants the tracks of an album."""

    type: Literal["album"]
    id: Id


class History(Question):
    """Wants a page of what was heard, the latest first."""

    type: Literal["history"]
    after: Id | None = None


class Open(Message):
    """The listener chose a track."""

    type: Literal["open"]
    id: Id
    play: bool


class Queue(Message):
    """Wants tracks in the queue."""

    type: Literal["queue"]
    do: Do
    ids: Ids


class Gather(Message):
    """Wants everything that a filter finds, or an album, in the queue."""

    type: Literal["gather"]
    do: Do
    filter: Filter | None = None
    sort: Sort | None = None
    descending: bool = False
    album: Id | None = None


class Favourite(Message):
    """Wants tracks to be favourites, or no longer."""

    type: Literal["favourite"]
    ids: Ids
    on: bool


class Rate(Message):
    """Wants tracks rated; None takes the rating away."""

    type: Literal["rate"]
    ids: Ids
    stars: Annotated[float, Field(ge=0.5, le=5.0)] | None


class Forget(Message):
    """Wants a play taken back."""

    type: Literal["forget"]
    play: Id


_Any: TypeAlias = (
    Query
    | Facets
    | Similar
    | Albums
    | AlbumTracks
    | History
    | Pictures
    | Open
    | Queue
    | Gather
    | Favourite
    | Rate
    | Forget
)
ASKED: TypeAdapter[_Any] = TypeAdapter(Annotated[_Any, Field(discriminator="type")])


def filter_text(wanted: Filter, *, without: str = "") -> str:
    """Write a filter in the filter grammar.

    Parameters
    ----------
    wanted : Filter
        Several values of one facet mean any of them.
    without : str
        A facet or range to leave out, so that its other values can be counted.

    Examples
    --------
    >>> filter_text(Filter(text=" blue ", chosen={"genre": ['genre:="Jazz"', "genre:none"]}))
    'blue genre:="Jazz",none'
    >>> from auralis_lab.player.libraryquestions import Range
    >>> filter_text(Filter(ranges={"year": Range(low=1970.0)}, favourites=True))
    'year:1970.. is:favourite'
    """
    parts = [wanted.text.strip()]
    for facet, terms in wanted.chosen.items():
        if facet != without and terms:
            parts.append(_any_of(terms))
    for name, asked in wanted.ranges.items():
        if name != without and (asked.low is not None or asked.high is not None):
            parts.append(f"{name}:{_number(asked.low)}..{_number(asked.high)}")
    if wanted.favourites:
        parts.append("is:favourite")
    return " ".join(part for part in parts if part)


def _any_of(terms: list[str]) -> str:
    """One term that finds what any of several of a field finds."""
    heads = [_FIELD.match(term) for term in terms]
    if not all(heads):
        return " ".join(terms)
    values = [term[head.end() :] for term, head in zip(terms, heads, strict=True) if head]
    head = max((found.group() for found in heads if found), key=len)
    return head + ",".join(values)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
