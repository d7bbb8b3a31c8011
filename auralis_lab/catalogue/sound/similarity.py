"""Tracks that sound alike, and why.

Conventions: what counts as alike is told in ``neighbours``. Several tracks are asked for as one
that has the mean of their values. Tracks whose file is missing are never found, nor is what was
asked for, nor another copy of its audio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auralis_lab.catalogue.finding.queries import TrackRow
from auralis_lab.catalogue.listening.listening import (
    check_id,
    check_ids,
    require_tracks,
    track_rows,
)
from auralis_lab.catalogue.sound.similarityreasons import Part, parts_of, reason_of
from auralis_lab.catalogue.sound.similarityweights import Weights, checked_weights, weights_named
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.sound.features import Features, Rows
    from auralis_lab.catalogue.sound.maps import LibraryMap
    from auralis_lab.catalogue.sound.neighbours import Found, Query
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["Neighbour", "Similarity"]

MAX_NEIGHBOURS = 200
SPARE = 8
"""Found besides while tracks are being changed, for some may be gone by now."""

_SQL = {
    "album": "SELECT count(*) FROM tracks WHERE album_id = $album_id",
}


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A track that is like what was asked for.

    Attributes
    ----------
    track : TrackRow
    distance : float
        Weighted root mean square of the differences, in standard deviations of the library.
    shared_dimensions : int
        In how many of the weighted dimensions both have a value.
    parts : tuple of Part
        What each of the weighted dimensions adds.
    reason : str
        In what the two are alike and in what they differ, in a line.
    """

    track: TrackRow
    distance: float
    shared_dimensions: int
    parts: tuple[Part, ...]
    reason: str

    def __repr__(self) -> str:
        named = f"{self.track.artist} - {self.track.title}".removeprefix(" - ")
        return f"<Neighbour {self.distance:.2f} {named!r}: {self.reason}>"


class Similarity:
    """What sounds like what in a catalogue.

    Parameters
    ----------
    catalogue : Catalogue
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    @property
    def weights(self) -> Weights:
        """Named weights: what comes with the package, and what was saved."""
        return Weights(self._catalogue)

    def like(
        self,
        track_ids: int | Iterable[int],
        k: int = 20,
        *,
        weights: str | Mapping[str, float] | None = None,
        same_album: bool = True,
        same_artist: bool = True,
        text: str = "",
    ) -> tuple[Neighbour, ...]:
        """Find the tracks most like one, or like the mean of several.

        Parameters
        ----------
        track_ids : int or iterable of int
            Those of several that are not measured are left out.
        k : int
            How many to find, 1 to 200; fewer where there are not as many.
        weights : str or mapping of str to float, optional
            Name of weights, or weights by dimension; ``'default'`` if None.
        same_album, same_artist : bool
            Whether tracks of the same album, or by the same first artist, may be among them.
        text : str
            A filter that they must fit, see :meth:`Tracks.search`.

        Returns
        -------
        neighbours : tuple of Neighbour
            Nearest first; equal ones by id.

        Raises
        ------
        ParameterError
            If an argument is out of range, a filter or weights are malformed.
        NotFoundError
            If there is no such track, it is not measured, too little is known of it for these
            weights, or there are no weights of that name.
        """
        from auralis_lab.catalogue.sound.features import read_rows

        several = track_ids if isinstance(track_ids, Iterable) else [track_ids]
        ids = check_ids("track_ids", map(_plain, several))
        if not ids:
            raise ParameterError("track_ids must name at least one track")

        named = f"track {ids[0]}" if len(ids) == 1 else f"any of these {len(ids)} tracks"

        def seeds(s: Session, rows: Rows) -> Rows:
            held = rows.take(rows.places(ids))
            if len(held.ids) == len(set(ids)):
                return held
            require_tracks(s, ids)
            return read_rows(s, ids=ids)  # missing, or measured a moment ago

        among = _Among(same_album, same_artist, text)
        return self._like(seeds, named, k, weights, among)

    def album_like(
        self,
        album_id: int,
        k: int = 20,
        *,
        weights: str | Mapping[str, float] | None = None,
        same_artist: bool = True,
        text: str = "",
    ) -> tuple[Neighbour, ...]:
        """Find the tracks of other albums that are most like the mean of an album's tracks.

        Parameters and errors are those of :meth:`like`.
        """
        from auralis_lab.catalogue.sound.features import read_rows

        check_id("album_id", album_id)

        def seeds(s: Session, rows: Rows) -> Rows:
            if s.rows(_SQL["album"], {"album_id": album_id})[0][0] == 0:
                raise NotFoundError(f"there is no album {album_id}")
            return read_rows(s, album_id=album_id)

        named = f"any track of album {album_id}"
        return self._like(seeds, named, k, weights, _Among(False, same_artist, text))

    def map(
        self, *, weights: str | Mapping[str, float] | None = None, text: str = ""
    ) -> LibraryMap:
        """Lay out the measured tracks on a plane, alike ones near one another.

        Parameters
        ----------
        weights : str or mapping of str to float, optional
            As for :meth:`like`.
        text : str
            A filter that the tracks must fit; the plane is that of all.
        """
        from auralis_lab.catalogue.sound.features import features_of
        from auralis_lab.catalogue.sound.maps import library_map
        from auralis_lab.catalogue.sound.neighbours import weight_vector

        allowed = self._fitting(text)
        with self._catalogue.session() as s:
            vector = weight_vector(_resolved(s, weights))
            features, _ = features_of(self._catalogue, s)
        return library_map(features, vector, allowed)

    def _like(
        self,
        seeds: Callable[[Session, Rows], Rows],
        named: str,
        k: int,
        weights: str | Mapping[str, float] | None,
        among: _Among,
    ) -> tuple[Neighbour, ...]:
        from auralis_lab.catalogue.sound.features import features_of
        from auralis_lab.catalogue.sound.neighbours import Query, comparable, nearest, weight_vector

        if type(k) is not int or not 1 <= k <= MAX_NEIGHBOURS:
            raise ParameterError(f"k={k!r} must be a whole number from 1 to {MAX_NEIGHBOURS}")
        allowed = self._fitting(among.text)
        with self._catalogue.session() as s:
            vector = weight_vector(_resolved(s, weights))
            features, current = features_of(self._catalogue, s)
            asked = seeds(s, features.rows)
            if not len(asked.ids):
                raise NotFoundError(f"{named} is not measured")
            query = Query(asked.mean(), vector)
            if not comparable(features, query):
                raise NotFoundError(f"too little is known of {named} to compare by these weights")
            wanted = _wanted(features.rows, asked, among, allowed)
            more = 0 if current else SPARE
            found = nearest(features, query, wanted=wanted, k=k + more)
            tracks = track_rows(s, features.rows.ids[found.places].tolist())
        return _neighbours(features, query, found, tracks)[:k]

    def _fitting(self, text: str) -> list[int] | None:
        """Ids of the tracks that fit a filter; None if all do."""
        if not isinstance(text, str):
            raise ParameterError(f"text={text!r} must be text")
        return list(self._catalogue.tracks.ids(text)) if text.strip() else None


def _plain(id_: object) -> object:
    """Turn a number of numpy's, such as a map has, into one of Python's."""
    return id_.item() if hasattr(id_, "item") else id_


@dataclass(frozen=True, slots=True)
class _Among:
    """What may be found."""

    same_album: bool
    same_artist: bool
    text: str


def _resolved(s: Session, weights: str | Mapping[str, float] | None) -> dict[str, float]:
    if weights is None or isinstance(weights, str):
        return weights_named(s, "default" if weights is None else weights)
    return checked_weights(weights)


def _wanted(
    rows: Rows, asked: Rows, among: _Among, allowed: list[int] | None
) -> npt.NDArray[np.bool_]:
    """Tell which tracks may be found."""
    import numpy as np

    wanted = ~_is_any(rows.contents, asked.contents)
    if not among.same_album:
        wanted &= ~_is_any(rows.albums, asked.albums[asked.albums >= 0])
    if not among.same_artist:
        wanted &= ~_is_any(rows.artists, asked.artists[asked.artists >= 0])
    if allowed is not None:
        wanted &= np.isin(rows.ids, np.asarray(allowed, np.int64))
    return wanted


def _is_any(values: npt.NDArray[np.int64], known: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Tell where one of a few known values stands."""
    import numpy as np

    return values == known[0] if len(known) == 1 else np.isin(values, known)


def _neighbours(
    features: Features, query: Query, found: Found, tracks: Mapping[int, TrackRow]
) -> tuple[Neighbour, ...]:
    values = features.rows.values[:, found.places].astype("float64")
    deviations = features.standardised(values) - features.standardised(query.values[:, None])
    all_parts = parts_of(query.values, values, deviations, query.weights)
    ids = features.rows.ids[found.places].tolist()
    neighbours = []
    for id_, parts, distance in zip(ids, all_parts, found.distances.tolist(), strict=True):
        if id_ not in tracks or tracks[id_].missing_since is not None:
            continue
        shared = sum(part.deviations is not None for part in parts)
        neighbours.append(Neighbour(tracks[id_], distance, shared, parts, reason_of(parts)))
    return tuple(neighbours)
