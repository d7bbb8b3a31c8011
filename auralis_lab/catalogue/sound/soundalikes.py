"""Which measured tracks may be the same recording, and in what their profiles agree.

Conventions: *candidates* are pairs whose lengths and whose numbers in the catalogue lie close
enough; the tracks are sorted by length and only those within `LENGTH_S` of one another are looked
at. A candidate is a pair if the profiles *agree*: the third-octave spectra, but for a gain, down to
35 dB below the strongest band and up to 14 kHz, for beyond that codecs change them by several dB;
and the curves of short-term loudness, but for a gain, down to 30 LU below the whole. Tracks with
less than five seconds of curve are too much alike by chance and never a pair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.analysis.profile import Profile
    from auralis_lab.catalogue.session import Session

__all__ = ["Agreement", "Lengths", "agreement_of", "reversed_agreement"]

Doubles = npt.NDArray[np.float64]

LENGTH_S = 0.25
"""Encoders add up to a tenth of a second of silence, and some players' cutters as much again."""

TOLERANCES = {
    "bass": 0.03,
    "mid": 0.03,
    "lra_lu": 0.6,
    "loudness_variation_db": 0.25,
    "sub_bass": 0.03,
    "low_mid": 0.03,
    "upper_mid": 0.03,
    "presence": 0.03,
    "air": 0.03,
    "peak_consistency": 0.03,
    "stereo_width": 0.15,
    "plr_db": 1.5,
}
"""How far apart the numbers of two encodings of one recording may lie; the most telling first."""

SPECTRUM_DB = 1.5
CURVE_LU = 0.5
SPECTRUM_REACH_DB, SPECTRUM_TOP_HZ = 35.0, 14_200.0
CURVE_REACH_LU = 30.0
LEAST_CURVE_S = 5.0
BATCH_PAIRS = 256

_SQL = {
    "lengths": f"""
        SELECT id, content_key, hash(content_key) AS content,
            coalesce(duration_s, frames / rate_hz) AS duration_s,
            {", ".join(f"tracks.{name}" for name in TOLERANCES)}
        FROM tracks LEFT JOIN profiles USING (content_key)
        WHERE missing_since IS NULL AND measured_version = $version AND tracks.bass IS NOT NULL
            AND coalesce(duration_s, frames / rate_hz) IS NOT NULL""",
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """In what the profiles of two tracks agree.

    Attributes
    ----------
    spectrum_db, curve_lu : float
        How far apart the spectra and the curves of short-term loudness lie in nine tenths of their
        bands and of their time, when the gain is taken away.
    gain_lu : float
        How much louder the second is.
    length_ms : float
        How much longer the second is.
    """

    spectrum_db: float
    curve_lu: float
    gain_lu: float
    length_ms: float


def reversed_agreement(agreement: Agreement) -> Agreement:
    """Return the agreement of the second with the first."""
    return replace(agreement, gain_lu=-agreement.gain_lu, length_ms=-agreement.length_ms)


@dataclass(frozen=True, eq=False)
class Lengths:
    """Measured contents by length, ties by id.

    Attributes
    ----------
    ids : ndarray of int64, shape (contents,)
        Of the first track that holds the content.
    keys : texts by place
        Content keys.
    durations_s : ndarray of float64, shape (contents,)
    values : ndarray of float32, shape (12, contents)
        The measures that `TOLERANCES` names.
    """

    ids: npt.NDArray[np.int64]
    keys: _Keys
    durations_s: Doubles
    values: npt.NDArray[np.float32]

    @classmethod
    def read(cls, s: Session) -> Lengths:
        """Read all contents that are there and measured."""
        from auralis_lab.analysis.profile import PROFILE_VERSION

        table = s.arrow(_SQL["lengths"], {"version": PROFILE_VERSION})
        ids = table.column("id").to_numpy()
        durations = table.column("duration_s").to_numpy().astype(np.float64)
        contents = table.column("content").to_numpy()
        by_content = np.lexsort((ids, contents))
        is_first = np.append(True, np.diff(contents[by_content]) != 0)[: len(ids)]
        order = by_content[is_first]
        order = order[np.lexsort((ids[order], durations[order]))]
        values = np.empty((len(TOLERANCES), len(order)), np.float32)
        for place, name in enumerate(TOLERANCES):
            values[place] = table.column(name).to_numpy()[order]
        keys = _Keys(table.column("content_key"), order)
        return cls(ids[order], keys, durations[order], values)

    def candidates(self, after: tuple[int, int] | None) -> Iterator[list[tuple[int, int]]]:
        """Yield pairs of places that may be one recording, in batches, in order of length.

        Parameters
        ----------
        after : tuple of (int, int), optional
            Ids of the pair after which to go on.

        Raises
        ------
        NotFoundError
            If one of them is not among the ids.
        """
        from auralis_lab.catalogue.sound.kernels import close_pairs

        row, column = (0, 0) if after is None else sorted(self._place(id_) for id_ in after)
        tolerances = np.array(list(TOLERANCES.values()), np.float32)
        pairs = np.empty((BATCH_PAIRS, 2), np.int64)
        while row < len(self.ids):
            count, row, column = close_pairs(
                self.durations_s, self.values, LENGTH_S, tolerances, row, column, pairs
            )
            if count:
                yield [(one, other) for one, other in pairs[:count].tolist()]

    def _place(self, id_: int) -> int:
        places = np.flatnonzero(self.ids == id_)
        if not len(places):
            raise NotFoundError(f"track {id_} is no near duplicate of anything")
        return int(places[0])


class _Keys:
    """Content keys in order of length, without a Python text for each of them."""

    def __init__(self, column: Any, order: npt.NDArray[np.int64]) -> None:
        self._column = column
        self._order = order

    def __getitem__(self, place: int) -> str:
        return str(self._column[int(self._order[place])].as_py())


def agreement_of(one: str | None, other: str | None) -> Agreement | None:
    """Compare two stored profiles; None if they do not agree, or one is missing or outdated."""
    from auralis_lab.analysis.profile import Profile

    if one is None or other is None:
        return None
    try:
        first, second = Profile.from_json(one), Profile.from_json(other)
    except ParameterError:
        return None
    spectrum_db = _spectrum_difference_db(first, second)
    curve_lu = _curve_difference_lu(first, second)
    quieter, louder = first.loudness.integrated_lufs, second.loudness.integrated_lufs
    if spectrum_db is None or curve_lu is None or quieter is None or louder is None:
        return None
    if spectrum_db > SPECTRUM_DB or curve_lu > CURVE_LU:
        return None
    length_ms = 1000 * (second.duration_s - first.duration_s)
    return Agreement(spectrum_db, curve_lu, louder - quieter, length_ms)


def _spectrum_difference_db(first: Profile, second: Profile) -> float | None:
    """Difference of the bands that matter in either, without that in gain."""
    one, other = _levels_db(first), _levels_db(second)
    if not one or not other:
        return None
    floors = max(one.values()) - SPECTRUM_REACH_DB, max(other.values()) - SPECTRUM_REACH_DB
    bands = [hz for hz in one.keys() & other.keys() if one[hz] > floors[0] or other[hz] > floors[1]]
    return _difference(np.array([other[hz] - one[hz] for hz in bands]))


def _levels_db(profile: Profile) -> dict[float, float]:
    bands = zip(profile.ltas.centres_hz, profile.ltas.levels_db, strict=True)
    return {
        round(hz, 1): level for hz, level in bands if level is not None and hz < SPECTRUM_TOP_HZ
    }


def _curve_difference_lu(first: Profile, second: Profile) -> float | None:
    """Difference of the curves where either is not silent, without that in gain."""
    hop_s = max(first.loudness.short_term_hop_s, second.loudness.short_term_hop_s)
    one, other = _curve_lu(first, hop_s), _curve_lu(second, hop_s)
    points = slice(min(len(one), len(other)))
    heard = (one[points] > -CURVE_REACH_LU) | (other[points] > -CURVE_REACH_LU)
    if np.count_nonzero(heard) * hop_s < LEAST_CURVE_S:
        return None
    return _difference((other[points] - one[points])[heard])


def _curve_lu(profile: Profile, hop_s: float) -> Doubles:
    """Short-term loudness over the integrated one, a point every `hop_s`, the loudest of it."""
    loudness = profile.loudness
    floor = (loudness.integrated_lufs or 0.0) - CURVE_REACH_LU
    curve = [floor if level is None else max(level, floor) for level in loudness.short_term_lufs]
    times = round(hop_s / loudness.short_term_hop_s)
    filled = np.array(curve + [floor] * (-len(curve) % times)).reshape(-1, times)
    return np.asarray(filled.max(axis=1, initial=floor) - floor - CURVE_REACH_LU)


def _difference(differences: Doubles) -> float | None:
    """What nine tenths of the differences do not exceed, once their median is taken away."""
    if not len(differences):
        return None
    return float(np.quantile(np.abs(differences - np.median(differences)), 0.9))
