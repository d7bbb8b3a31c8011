"""What is told of an album, from its tracks that are there.

Conventions: runs inside a session.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["AlbumParts", "AlbumRow", "album_rows", "is_complete"]

_SQL = {
    "heads": """
        SELECT id, title, artist, added_at FROM albums
        WHERE id IN (SELECT id FROM asked_albums)""",
    "parts": """
        SELECT album_id, id, frames / rate_hz, year, format, genres, disc_number, disc_total,
            track_number, track_total, picture_key IS NOT NULL
        FROM tracks
        WHERE album_id IN (SELECT id FROM asked_albums) AND missing_since IS NULL""",
}


@dataclass(frozen=True, slots=True)
class AlbumRow:
    """One album, as its tracks that are there tell it.

    Attributes
    ----------
    artist : str or None
        Whom it is shown under; None for various or unknown artists.
    first_year, last_year : int or None
        Earliest and latest year of its tracks.
    track_count : int
        0 if all are missing.
    duration_s : float or None
        Sum of the lengths that are known; None if none is.
    genres, formats : tuple of str
        The most frequent first.
    picture_track_id : int or None
        The first track that carries a picture.
    disc_count : int
        Discs that the tags announce or number, at least 1.
    complete : bool or None
        Whether all tracks that the tags announce are there; None if they do not announce how many.
    added_at : datetime
        When the first of its tracks was found, UTC.
    """

    id: int
    title: str
    artist: str | None
    first_year: int | None
    last_year: int | None
    track_count: int
    duration_s: float | None
    genres: tuple[str, ...]
    formats: tuple[str, ...]
    picture_track_id: int | None
    disc_count: int
    complete: bool | None
    added_at: datetime


def album_rows(s: Session, album_ids: Iterable[int]) -> tuple[AlbumRow, ...]:
    """Return albums in the order of their ids asked for; those that are not known are left out."""
    ids = list(album_ids)
    if not ids:
        return ()
    s.stage("asked_albums", {"id": ids})
    heads = {head[0]: head for head in s.rows(_SQL["heads"])}
    parts: defaultdict[int, AlbumParts] = defaultdict(AlbumParts)
    for row in s.rows(_SQL["parts"]):
        parts[row[0]].add(*row[1:])
    return tuple(_album(heads[id_], parts[id_]) for id_ in ids if id_ in heads)


@dataclass
class AlbumParts:
    """What the tracks of an album say."""

    ids: list[int] = field(default_factory=list)
    durations_s: list[float] = field(default_factory=list)
    years: list[int] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    genres: list[str] = field(default_factory=list)
    places: list[tuple[int, int | None, int | None]] = field(default_factory=list)
    disc_total: int = 0
    pictures: list[tuple[int, int, int]] = field(default_factory=list)

    def add(
        self,
        id_: int,
        duration_s: float | None,
        year: int | None,
        kind: str,
        genres: Sequence[str],
        disc: int | None,
        discs: int | None,
        number: int | None,
        total: int | None,
        pictured: bool,
    ) -> None:
        """Take in what one track says, the columns of the statement `parts`."""
        self.ids.append(id_)
        self.formats.append(kind)
        self.genres += genres
        self.places.append((disc or 1, number, total))
        self.disc_total = max(self.disc_total, discs or 0)
        if duration_s is not None:
            self.durations_s.append(duration_s)
        if year is not None:
            self.years.append(year)
        if pictured:
            self.pictures.append((disc or 1, number or 0, id_))


def _album(head: tuple[Any, ...], parts: AlbumParts) -> AlbumRow:
    return AlbumRow(
        id=head[0],
        title=head[1],
        artist=head[2],
        first_year=min(parts.years, default=None),
        last_year=max(parts.years, default=None),
        track_count=len(parts.ids),
        duration_s=sum(sorted(parts.durations_s)) if parts.durations_s else None,
        genres=_by_frequency(parts.genres),
        formats=_by_frequency(parts.formats),
        picture_track_id=min(parts.pictures)[-1] if parts.pictures else None,
        disc_count=max([1, parts.disc_total, *(disc for disc, _, _ in parts.places)]),
        complete=is_complete(parts),
        added_at=head[3].replace(tzinfo=UTC),
    )


def _by_frequency(values: list[str]) -> tuple[str, ...]:
    counts = Counter(values)
    return tuple(sorted(counts, key=lambda value: (-counts[value], value)))


def is_complete(parts: AlbumParts) -> bool | None:
    """Tell whether every announced track is there; totals count one disc or the whole set."""
    totals: dict[int, int] = {}
    numbers: defaultdict[int, set[int]] = defaultdict(set)
    for disc, number, total in parts.places:
        totals[disc] = max(totals.get(disc, 0), total or 0)
        if number:
            numbers[disc].add(number)
    if not totals or not all(totals.values()):
        return None
    if sum(1 <= disc <= parts.disc_total for disc in totals) < parts.disc_total:
        return False
    if all(sum(n <= total for n in numbers[disc]) == total for disc, total in totals.items()):
        return True
    of_the_set = set(totals.values())
    found = sum(map(len, numbers.values()))
    return len(totals) > 1 and len(of_the_set) == 1 and found == of_the_set.pop()
