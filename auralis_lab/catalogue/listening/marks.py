"""Marks: favourites, ratings, and what plays have counted up to, track by track.

Conventions: a rating is shown as 0.5 to 5 stars in halves and stored as 1 to 10 half stars, so that
``stars = rating / 2``; None is "not rated" and nothing is rated 0. Whatever changes marks returns
what they were before, which ``restore`` takes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from auralis_lab.catalogue.listening.listening import (
    MAX_AT_ONCE,
    aware,
    check_id,
    check_ids,
    check_number,
    now_utc,
    require_tracks,
    shown,
    utc,
)
from auralis_lab.errors import ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["Mark", "Marks", "rating_from_stars", "stars_from_rating"]

_SQL = {
    "of": """
        SELECT track_id, plays, heard_s, last_played_at, favourite_since, rating FROM marks
        WHERE track_id IN (SELECT id FROM asked_tracks)""",
    "change": """
        CREATE OR REPLACE TEMP TABLE new_marks AS
        SELECT wanted.id AS track_id, coalesce(plays, 0) AS plays, coalesce(heard_s, 0) AS heard_s,
            last_played_at, {favourite} AS favourite_since, {rating} AS rating
        FROM {wanted} AS wanted LEFT JOIN (
            SELECT * FROM marks WHERE track_id IN (SELECT id FROM asked_tracks)) AS marks
        ON track_id = wanted.id
        WHERE marks.favourite_since IS DISTINCT FROM {favourite}
            OR marks.rating IS DISTINCT FROM {rating}""",
    "is_changed": "SELECT 1 FROM new_marks LIMIT 1",
    "put": """
        DELETE FROM marks WHERE track_id IN (SELECT track_id FROM new_marks);
        INSERT INTO marks BY NAME SELECT * FROM new_marks
        WHERE plays > 0 OR heard_s > 0 OR favourite_since IS NOT NULL OR rating IS NOT NULL;
        UPDATE revisions SET number = number + 1 WHERE name = 'marks'""",
    "drop": "DROP TABLE new_marks",
}
_FAVOURITE = {
    "keep": "marks.favourite_since",
    "set": "coalesce(marks.favourite_since, $now)",
    "clear": "NULL::TIMESTAMP",
    "restore": "wanted.favourite_since::TIMESTAMP",
}
_RATING = {
    "keep": "marks.rating",
    "set": "$rating::INTEGER",
    "restore": "wanted.rating::INTEGER",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands about one track.

    Attributes
    ----------
    track_id : int
    plays : int
        Plays that counted.
    heard_s : float
        Seconds heard, of all plays.
    last_played_at : datetime or None
        When the latest play that counted began.
    favourite_since : datetime or None
        None if it is no favourite.
    stars : float or None
        0.5 to 5; None if it is not rated.
    """

    track_id: int
    plays: int = 0
    heard_s: float = 0.0
    last_played_at: datetime | None = None
    favourite_since: datetime | None = None
    stars: float | None = None

    @property
    def favourite(self) -> bool:
        """Whether the track is a favourite."""
        return self.favourite_since is not None


class Marks:
    """The favourites, ratings and counters of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def get(self, track_id: int) -> Mark:
        """Return the marks of one track.

        Raises
        ------
        NotFoundError
            If there is no such track.
        """
        return self.of([check_id("track_id", track_id)])[0]

    def of(self, track_ids: Iterable[int]) -> tuple[Mark, ...]:
        """Return the marks of several tracks, in the order asked; 100,000 at most.

        Raises
        ------
        ParameterError
            If these are no ids.
        NotFoundError
            If one of the tracks is not there.
        """
        ids = check_ids("track_ids", track_ids)
        if not ids:
            return ()
        with self._catalogue.session() as s:
            require_tracks(s, ids)
            rows = s.rows(_SQL["of"])
        return _marks(ids, rows)

    def set_favourite(self, track_ids: Iterable[int], favourite: bool = True) -> tuple[Mark, ...]:
        """Make tracks favourites, or no longer; favourites keep the time they became so.

        Parameters
        ----------
        track_ids : iterable of int
            100,000 at most.
        favourite : bool

        Returns
        -------
        before : tuple of Mark
            What the marks were, each track once.

        Raises
        ------
        ParameterError
            If an argument is none of these.
        NotFoundError
            If one of the tracks is not there; then nothing is changed.
        """
        if not isinstance(favourite, bool):
            raise ParameterError(f"favourite={shown(favourite)} must be true or false")
        if favourite:
            return self._change(track_ids, favourite="set", now=now_utc())
        return self._change(track_ids, favourite="clear")

    def set_rating(self, track_ids: Iterable[int], stars: float | None) -> tuple[Mark, ...]:
        """Rate tracks, or take their rating away; results and errors as `set_favourite`.

        Parameters
        ----------
        track_ids : iterable of int
        stars : float or None
            0.5, 1, 1.5 … 5; None takes the rating away.
        """
        return self._change(track_ids, rating="set", half_stars=rating_from_stars(stars))

    def clear(self, track_ids: Iterable[int]) -> tuple[Mark, ...]:
        """Take favourite and rating away, not the plays; results and errors as `set_favourite`."""
        return self._change(track_ids, favourite="clear", rating="set")

    def restore(self, marks: Iterable[Mark]) -> tuple[Mark, ...]:
        """Give tracks the favourite and the rating of earlier marks; plays stay what they are.

        Parameters
        ----------
        marks : iterable of Mark
            Each track once, 100,000 at most.

        Returns
        -------
        before : tuple of Mark
            What the marks were, so that a restore can be taken back as well.

        Raises
        ------
        ParameterError
            If a mark is none.
        NotFoundError
            If one of the tracks is not there; then nothing is changed.
        """
        wanted: dict[str, list[Any]] = {"id": [], "favourite_since": [], "rating": []}
        for mark in islice(marks, MAX_AT_ONCE + 1):
            if not isinstance(mark, Mark):
                raise ParameterError(f"marks has {shown(mark)} and must have only Mark")
            since = mark.favourite_since
            wanted["id"].append(mark.track_id)
            wanted["favourite_since"].append(since and utc("favourite_since", since))
            wanted["rating"].append(rating_from_stars(mark.stars))
        ids = check_ids("marks", wanted["id"], distinct=True)
        return self._change(ids, favourite="restore", rating="restore", wanted=wanted)

    def _change(
        self,
        track_ids: Iterable[int],
        *,
        favourite: str = "keep",
        rating: str = "keep",
        now: datetime | None = None,
        half_stars: int | None = None,
        wanted: dict[str, list[Any]] | None = None,
    ) -> tuple[Mark, ...]:
        ids = list(dict.fromkeys(check_ids("track_ids", track_ids)))
        if not ids:
            return ()
        sql = _SQL["change"].format(
            favourite=_FAVOURITE[favourite],
            rating=_RATING[rating],
            wanted="wanted_marks" if wanted else "asked_tracks",
        )
        values: dict[str, object] = {"now": now} if favourite == "set" else {}
        values |= {"rating": half_stars} if rating == "set" else {}
        with self._catalogue.write() as s:
            require_tracks(s, ids)
            rows = s.rows(_SQL["of"])
            if wanted:
                s.stage("wanted_marks", wanted)
            s.run(sql, values)
            if s.row(_SQL["is_changed"]):
                s.run(_SQL["put"])
            s.run(_SQL["drop"])
        return _marks(ids, rows)


def rating_from_stars(stars: float | None) -> int | None:
    """Return how a number of stars is stored.

    Raises
    ------
    ParameterError
        If it is not 0.5 to 5 in halves.

    Examples
    --------
    >>> rating_from_stars(3.5)
    7
    """
    if stars is None:
        return None
    rating = 2 * check_number("stars", stars, 0.5, 5.0)
    if rating != int(rating):
        raise ParameterError(f"stars={stars!r} must be 0.5 to 5 in halves")
    return int(rating)


def stars_from_rating(rating: int | None) -> float | None:
    """Return how many stars a stored rating is."""
    return None if rating is None else rating / 2


def _marks(ids: list[int], rows: list[tuple[Any, ...]]) -> tuple[Mark, ...]:
    """Marks of tracks in the order of their ids; those without a row have none."""
    found = {
        id_: Mark(id_, plays, heard_s, aware(last), aware(since), stars_from_rating(rating))
        for id_, plays, heard_s, last, since, rating in rows
    }
    return tuple(found.get(id_) or Mark(id_) for id_ in ids)
