"""Marks: favourites, ratings, and what plays have counted up to, track by track.

Conventions: a rating is shown as 0.5 to 5 stars in halves and stored as 1 to 10 half stars, so that
``stars = rating / 2``; None is "not rated" and nothing is rated 0. Whatever changes marks returns
what they were before, which ``restore`` takes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from auralis_lab.catalogue.listening import (
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
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["Mark", "Marks", "rating_from_stars", "stars_from_rating"]

_SQL = {
    "of": """
        SELECT track_id, plays, heard_s, last_played_at, favourite_since, rating FROM marks
        WHERE track_id IN (SELECT id FROM asked_tracks)""",
    "put": """
        DELETE FROM marks WHERE track_id IN (SELECT track_id FROM staged_marks);
        INSERT INTO marks BY NAME SELECT * FROM staged_marks
        WHERE plays > 0 OR heard_s > 0 OR favourite_since IS NOT NULL OR rating IS NOT NULL;
        UPDATE revisions SET number = number + 1 WHERE name = 'marks'""",
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
            found = _read(s, ids)
        return tuple(found[id_] for id_ in ids)

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
        now = aware(now_utc())

        def change(mark: Mark) -> Mark:
            since = (mark.favourite_since or now) if favourite else None
            return _changed(mark, since, mark.stars)

        return self._change(track_ids, change)

    def set_rating(self, track_ids: Iterable[int], stars: float | None) -> tuple[Mark, ...]:
        """Rate tracks, or take their rating away; results and errors as `set_favourite`.

        Parameters
        ----------
        track_ids : iterable of int
        stars : float or None
            0.5, 1, 1.5 … 5; None takes the rating away.
        """
        given = stars_from_rating(rating_from_stars(stars))
        return self._change(track_ids, lambda mark: _changed(mark, mark.favourite_since, given))

    def clear(self, track_ids: Iterable[int]) -> tuple[Mark, ...]:
        """Take favourite and rating away, not the plays; results and errors as `set_favourite`."""
        return self._change(track_ids, lambda mark: _changed(mark, None, None))

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
        wanted: dict[int, Mark] = {}
        for mark in marks:
            if not isinstance(mark, Mark):
                raise ParameterError(f"marks has {shown(mark)} and must have only Mark")
            if mark.track_id in wanted:
                raise ParameterError("marks must not name a track twice")
            rating_from_stars(mark.stars)
            if mark.favourite_since is not None:
                utc("favourite_since", mark.favourite_since)
            wanted[check_id("track_id", mark.track_id)] = mark
            if len(wanted) > MAX_AT_ONCE:
                raise ParameterError(f"marks must be {MAX_AT_ONCE:,} at most at once")

        def change(mark: Mark) -> Mark:
            earlier = wanted[mark.track_id]
            return _changed(mark, earlier.favourite_since, earlier.stars)

        return self._change(wanted, change)

    def _change(self, track_ids: Iterable[int], change: Callable[[Mark], Mark]) -> tuple[Mark, ...]:
        ids = list(dict.fromkeys(check_ids("track_ids", track_ids)))
        if not ids:
            return ()
        with self._catalogue.write() as s:
            before = _read(s, ids)
            after = [mark for id_ in ids if (mark := change(before[id_])) != before[id_]]
            if after:
                s.stage("staged_marks", _columns(after))
                s.run(_SQL["put"])
        return tuple(before.values())


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


def _read(s: Session, ids: list[int]) -> dict[int, Mark]:
    require_tracks(s, ids)
    found = {
        id_: Mark(id_, plays, heard_s, aware(last), aware(since), stars_from_rating(rating))
        for id_, plays, heard_s, last, since, rating in s.rows(_SQL["of"])
    }
    return {id_: found.get(id_) or Mark(id_) for id_ in ids}


def _changed(mark: Mark, favourite_since: datetime | None, stars: float | None) -> Mark:
    return replace(mark, favourite_since=favourite_since, stars=stars)


def _columns(marks: Sequence[Mark]) -> dict[str, list[Any]]:
    return {
        "track_id": [mark.track_id for mark in marks],
        "plays": [mark.plays for mark in marks],
        "heard_s": [mark.heard_s for mark in marks],
        "last_played_at": [_stored(mark.last_played_at) for mark in marks],
        "favourite_since": [_stored(mark.favourite_since) for mark in marks],
        "rating": [rating_from_stars(mark.stars) for mark in marks],
    }


def _stored(time: datetime | None) -> datetime | None:
    return time and time.astimezone(UTC).replace(tzinfo=None)
