"""The measures of a whole library in memory.

Conventions: a row per dimension, a column per track, in no order; NaN where a track has no value.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.definitions import DIMENSIONS

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["Features", "Rows", "features_of", "read_rows"]

Doubles = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]

LARGE = 100_000
REST_S = 5.0
"""So long may the copy of a large library lag behind: to read it takes half a second."""

IDLE_S = 600.0
"""After that time without a question the copy is given up."""

_COLUMNS = f"""
    id, coalesce(album_id, -1) AS album_id, {", ".join(DIMENSIONS)},
    CASE WHEN len(artists) > 0 THEN (hash(lower(artists[1])) >> 1)::BIGINT ELSE -1 END AS artist,
    (hash(content_key) >> 1)::BIGINT AS content"""
_SQL = {
    "revisions": """
        SELECT name, number FROM revisions WHERE name IN ('features', 'tracks')""",
    "all": f"""
        SELECT {_COLUMNS} FROM tracks
        WHERE missing_since IS NULL AND measured_version = $version""",
    "some": f"""
        SELECT {_COLUMNS} FROM tracks
        WHERE id IN (SELECT id FROM asked_tracks) AND measured_version = $version""",
    "album": f"""
        SELECT {_COLUMNS} FROM tracks WHERE album_id = $album_id AND measured_version = $version""",
}


@dataclass(frozen=True, eq=False)
class Rows:
    """What is known of some measured tracks, in no order.

    Attributes
    ----------
    ids, albums, artists, contents : ndarray of int64, shape (tracks,)
        The track's id, its album's, and hashes of its first artist and of its content key; -1
        where there is no album or no artist.
    values : ndarray of float32, shape (25, tracks)
        NaN where there is no value.
    """

    ids: Ids
    albums: Ids
    artists: Ids
    contents: Ids
    values: npt.NDArray[np.float32]

    def places(self, ids: list[int]) -> Ids:
        """Columns of those of some tracks that are among these."""
        if len(ids) == 1:
            return np.flatnonzero(self.ids == ids[0])
        return np.flatnonzero(np.isin(self.ids, ids))

    def take(self, places: Ids) -> Rows:
        """Some of the tracks."""
        return Rows(
            self.ids[places],
            self.albums[places],
            self.artists[places],
            self.contents[places],
            self.values[:, places],
        )

    def mean(self) -> Doubles:
        """Mean of each dimension over the tracks that have a value; NaN where none has."""
        chosen = self.values.astype(np.float64)
        known = ~np.isnan(chosen)
        totals, counts = np.where(known, chosen, 0.0).sum(axis=1), known.sum(axis=1)
        return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)


@dataclass(frozen=True, eq=False)
class Features:
    """What is known of all tracks that are there and measured.

    Attributes
    ----------
    rows : Rows
    counts : ndarray of int64, shape (25,)
        How many tracks have a value.
    means, deviations : ndarray of float64, shape (25,)
        Deviations are 0 where all are alike or nobody has a value.
    """

    rows: Rows
    counts: Ids
    means: Doubles
    deviations: Doubles

    def standardised(self, values: Doubles) -> Doubles:
        """Values, shape (25, n), as deviations from the library's mean."""
        scale = np.where(self.deviations > 0, self.deviations, np.inf)
        return np.asarray((values - self.means[:, None]) / scale[:, None])


def features_of(catalogue: Catalogue, s: Session) -> tuple[Features, bool]:
    """Return the features of a library as they are, or as they were a moment ago.

    A process keeps one copy for each catalogue, 130 MB for 1,000,000 tracks, and reads it anew when
    tracks or measurements have changed; of a library with more than 100,000 measured tracks not
    before it is 5 seconds old. After ten minutes without a question it is given up.

    Parameters
    ----------
    catalogue : Catalogue
    s : Session
        Of that catalogue.

    Returns
    -------
    features : Features
    current : bool
        Whether nothing has changed since it was read.
    """
    with _making:
        copy = _copies.setdefault(catalogue, _Copy())
    return copy.current(s)


class _Copy:
    """The features of one catalogue, kept for a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._features: Features | None = None
        self._revisions: set[tuple[str, int]] = set()
        self._read_s = self._used_s = 0.0
        self._timer: threading.Timer | None = None

    def current(self, s: Session) -> tuple[Features, bool]:
        """Return the features and whether nothing has changed since they were read."""
        revisions = set(s.rows(_SQL["revisions"]))
        with self._lock:
            features, now_s = self._features, time.monotonic()
            unchanged = revisions == self._revisions
            if features is None or not (unchanged or self._may_lag(features, now_s)):
                features, unchanged = _read_all(s), True
                self._features, self._revisions = features, revisions
                self._read_s = time.monotonic()
            self._used_s = time.monotonic()
            if self._timer is None or not self._timer.is_alive():
                self._watch(IDLE_S)
        return features, unchanged

    def _may_lag(self, features: Features, now_s: float) -> bool:
        return len(features.rows.ids) > LARGE and now_s - self._read_s < REST_S

    def _watch(self, wait_s: float) -> None:
        self._timer = threading.Timer(wait_s, _give_up_when_idle, (weakref.ref(self),))
        self._timer.daemon = True
        self._timer.start()

    def give_up_when_idle(self) -> None:
        """Forget the features unless somebody asked for them lately."""
        with self._lock:
            left_s = self._used_s + IDLE_S - time.monotonic()
            if left_s > 0:
                self._watch(left_s)
            else:
                self._features, self._timer = None, None


def _give_up_when_idle(copy: weakref.ref[_Copy]) -> None:
    """Do so without keeping a copy whose catalogue is gone."""
    if (held := copy()) is not None:
        held.give_up_when_idle()


_copies: weakref.WeakKeyDictionary[Catalogue, _Copy] = weakref.WeakKeyDictionary()
_making = threading.Lock()


def read_rows(s: Session, *, ids: list[int] | None = None, album_id: int | None = None) -> Rows:
    """Read what is known of the measured tracks among some, or of an album, missing or not."""
    if ids is not None:
        s.stage("asked_tracks", {"id": ids})
        return _read(s, "some", {})
    return _read(s, "album", {"album_id": album_id})


def _read_all(s: Session) -> Features:
    from auralis_lab.catalogue.sound.kernels import moments

    rows = _read(s, "all", {})
    counts, means, deviations = moments(rows.values)
    # What rounding leaves of equal values is no deviation.
    deviations[deviations <= 1e-6 * np.abs(means)] = 0.0
    return Features(rows, counts, means, deviations)


def _read(s: Session, name: str, parameters: Mapping[str, object]) -> Rows:
    from auralis_lab.analysis.profile import PROFILE_VERSION

    table = s.arrow(_SQL[name], {"version": PROFILE_VERSION, **parameters})
    values = np.empty((len(DIMENSIONS), table.num_rows), np.float32)
    for row, dimension in enumerate(DIMENSIONS):
        values[row] = table.column(dimension).to_numpy()
    return Rows(
        ids=table.column("id").to_numpy(),
        albums=table.column("album_id").to_numpy(),
        artists=table.column("artist").to_numpy(),
        contents=table.column("content").to_numpy(),
        values=values,
    )
