"""How far a plan moves the peaks of a track, from what its highest samples consist of.

Conventions: gains are linear. The equaliser and the split into bands are of linear phase, so that
each part of a sample (see :class:`auralis_lab.analysis.moments.Moments`) is multiplied by what the
plan does at its frequency and time, and the parts add up to the new sample.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auralis_lab.plan.automation import BandDynamics, BandWidth, band_weights
from auralis_lab.plan.harm import ramp
from auralis_lab.plan.model import EqCurve

if TYPE_CHECKING:
    from auralis_lab.analysis.profile import Profile

__all__ = ["PeakChange", "peak_change"]

_STEPS_PER_BAND = 16
_HIGH = 0.8  # of the highest moment: those that stand for the peaks of loud blocks
# A moment that was not kept may become the highest, the sooner the more a curve moves the bands
# apart: decibels for each of its standard deviation over the octaves. Found on recordings, as was
# how far the estimate may be off.
_UNKNOWN_SHARE = 0.05
_TRUSTED_DB, _TRUST_SHARE = 0.4, 0.35
# The peaks of dense music are cut to one height, and any of thousands may become the highest.
_DENSE_PLR_DB, _DENSE_DB = (8.0, 12.0), 1.0

Row = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PeakChange:
    """What a plan does to the peaks, without make-up gain and limiter.

    Attributes
    ----------
    highest_db : float
        Change of the highest one.
    usual_db : float
        Mean change of those that are high before.
    within_db : float
        How far the first may be off: on real recordings it hardly ever is by more.
    """

    highest_db: float
    usual_db: float
    within_db: float


def peak_change(
    profile: Profile, eq: EqCurve, dynamics: BandDynamics | None, width: BandWidth | None
) -> PeakChange | None:
    """What becomes of the highest of a track's moments under a plan; None where none is known."""
    moments = profile.moments
    if not moments.frames:
        return None
    parts = moments.values()
    hz, means = _within_bands(moments.bands_hz)
    gains_db = np.interp(np.log(hz), np.log(eq.frequencies_hz), eq.gains_db)
    gains = 10 ** (gains_db / 20)
    side = gains
    if width is not None:
        side_gains = 10 ** (np.asarray(width.side_gains_db) / 20)
        side = gains * (side_gains @ band_weights(width.crossovers_hz, hz))
    moved, split = np.ones((len(parts), 1)), np.ones((1, len(hz)))
    if dynamics is not None:
        places = np.asarray(moments.frames) * (dynamics.control_rate_hz / profile.rate_hz)
        moved, split = _gains_at(dynamics, places), band_weights(dynamics.crossovers_hz, hz)

    def applied(rows: Row, band_gains: Row) -> Row:
        return np.asarray(np.sum(rows * (moved @ (split * band_gains) @ means), axis=-1))

    if parts.shape[1] == 2:
        middle = applied(0.5 * (parts[:, 0] + parts[:, 1]), gains)
        sideways = applied(0.5 * (parts[:, 0] - parts[:, 1]), side)
        after = np.abs(middle) + np.abs(sideways)  # the louder of their sum and difference
    else:
        after = np.abs(applied(parts[:, 0], gains))
    before = np.abs(parts.sum(axis=-1)).max(axis=1)
    high = before >= _HIGH * before.max()
    if not (before.max() > 0 and after[high].max() > 0):
        return None
    apart_db = float(np.std(gains_db))
    highest_db = 20 * math.log10(after.max() / before.max()) + _UNKNOWN_SHARE * apart_db
    usual_db = 10 * math.log10(np.sum(after[high] ** 2) / np.sum(before[high] ** 2))
    plr_db = profile.loudness.plr_db
    dense = 0.0 if plr_db is None else 1.0 - ramp(plr_db, _DENSE_PLR_DB)
    within_db = _TRUSTED_DB + _TRUST_SHARE * apart_db + _DENSE_DB * dense
    return PeakChange(highest_db, usual_db, within_db)


def _gains_at(dynamics: BandDynamics, places: Row) -> Row:
    """Gains of the bands at points and between them, shape (places, bands)."""
    held = np.minimum(places, dynamics.points - 1)
    gains = np.empty((len(places), dynamics.bands))
    for row, place in zip(gains, held.tolist(), strict=True):
        first = int(place)
        for band in range(dynamics.bands):
            ends = 10 ** (dynamics.band_gains_db(band, first, first + 2) / 20)
            row[band] = ends[0] + (ends[-1] - ends[0]) * (place - first)
    return gains


@lru_cache(maxsize=8)
def _within_bands(bands_hz: tuple[float, ...]) -> tuple[Row, Row]:
    """Frequencies, and the mean over them that stands for each band, shape (them, bands)."""
    octaves = np.log2(bands_hz)
    fine = np.linspace(octaves[0], octaves[-1], (len(octaves) - 1) * _STEPS_PER_BAND + 1)
    means = np.stack([np.interp(fine, octaves, row) for row in np.eye(len(octaves))], axis=1)
    return 2**fine, means / means.sum(axis=0)
