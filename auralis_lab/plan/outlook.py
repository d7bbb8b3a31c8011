"""What loudness and true peak become under a plan, from measured numbers alone.

Conventions: loudness in LUFS, powers are mean squares. Only changes are computed here and added to
what was measured, so that no level has to be known absolutely.

The K-weighted power of a band is its power times a factor that the long-term spectrum within the
band gives, before and after the EQ. With that, the levels of the bands over time give the power of
every 400 ms block, and those are gated as BS.1770 says. Without levels over time the whole track is
one block.

What becomes of the highest peaks is in :mod:`auralis_lab.plan.peaks`. A profile without them has
the change of the whole spectrum's level instead, which may be 3 dB off.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.loudness import k_weighting_db
from auralis_lab.plan.automation import BandDynamics, BandWidth, band_weights
from auralis_lab.plan.harm import plr_budget_db
from auralis_lab.plan.model import EqCurve, LimiterSettings, Prediction
from auralis_lab.plan.peaks import PeakChange, peak_change
from auralis_lab.plan.presets import Preset

if TYPE_CHECKING:
    from auralis_lab.analysis.envelopes import BandEnvelopes
    from auralis_lab.analysis.profile import Profile

__all__ = ["Outlook", "gated_mean"]

SHAPED_DB = 0.5  # of the peak to loudness ratio, which any EQ may take
RELATIVE_GATE_LU = -10.0
CELL_POINTS = 10  # 100 ms at 100 points a second
BLOCK_CELLS = 4
SLICE_POINTS = CELL_POINTS << 12  # worked on at a time, for a track of hours has megabytes
CREST_BLOCK_MS = 100.0  # length of the blocks that the crest histogram counts
PEAKS_PER_BLOCK = 2.0  # a block that needs limiting needs it more than once, as a rule
# A block whose peak stands higher over its loudness than that has its energy near the peak; one
# whose peak stands lower has more peaks that are as high. Both lose more.
USUAL_CREST_DB, CREST_SHARE, MOST_UNUSUAL_DB = 9.0, 0.5, 10.0
LOWEST_GAIN_DB = -300.0
UNKNOWN_PEAKS_DB = 3.0

Row = npt.NDArray[np.float64]


class Outlook:
    """Loudness and peaks under an EQ, dynamics, width, a gain and the limiter.

    Parameters
    ----------
    profile : Profile
        Its loudness must have been measured.
    eq : EqCurve
    dynamics : BandDynamics or None
    width : BandWidth or None
    limiter : LimiterSettings

    Attributes
    ----------
    peak_within_db : float
        How far the highest peak before the limiter may be off what is foreseen.
    """

    def __init__(
        self,
        profile: Profile,
        eq: EqCurve,
        dynamics: BandDynamics | None,
        width: BandWidth | None,
        limiter: LimiterSettings,
    ) -> None:
        measured, peak = profile.loudness.integrated_lufs, profile.loudness.true_peak_dbtp
        if measured is None or peak is None:
            raise ValueError("a track without a loudness has no outlook")
        spectrum = _Spectrum(profile, eq, width)
        change, level_change = spectrum.changes_db(dynamics)
        envelopes = profile.envelopes
        if envelopes is not None and envelopes.points >= CELL_POINTS * BLOCK_CELLS:
            over_time = _change_over_time(envelopes, dynamics, spectrum)
            change = change if over_time is None else over_time
        peaks = peak_change(profile, eq, dynamics, width)
        if peaks is None:
            peaks = PeakChange(level_change, level_change, UNKNOWN_PEAKS_DB)
        self.peak_within_db = peaks.within_db
        self._base_lufs = measured + change
        self._peak_dbtp = peak + peaks.highest_db
        self._measured_dbtp = peak
        self._plr_db = peak - measured
        self._shaped_plr_db = max(0.0, change - peaks.highest_db - SHAPED_DB)
        self._limiter = limiter
        self._work_at_dbtp = limiter.ceiling_dbtp - limiter.margin_db
        cells = np.array(profile.crest, np.float64).reshape(-1, 3)
        loud = cells[cells[:, 0] > measured + RELATIVE_GATE_LU]
        self._powers = loud[:, 2] * 10 ** (loud[:, 0] / 10)
        self._peaks_dbtp = loud[:, 1] + peaks.usual_db
        unusual = np.abs(loud[:, 1] - loud[:, 0] - USUAL_CREST_DB)
        unusual = CREST_SHARE * np.minimum(unusual, MOST_UNUSUAL_DB)
        self._peaks_per_block = PEAKS_PER_BLOCK * 10 ** (unusual / 10)

    def loss_lu(self, gain_db: float) -> float:
        """Loudness that the limiter takes at a make-up gain."""
        over_db = np.maximum(self._peaks_dbtp + gain_db - self._work_at_dbtp, 0.0)
        lowest = 10 ** (-over_db / 20)
        # One peak a block: held for the look-ahead on both sides, then released along a line.
        released_ms = (1 - lowest) * self._limiter.release_ms
        lost = (1 - lowest**2) * 2 * self._limiter.lookahead_ms
        lost += (1 - (1 + lowest + lowest**2) / 3) * released_ms
        lost *= self._peaks_per_block / CREST_BLOCK_MS
        most = 1 - lowest**2
        lost = lost / np.cbrt(1 + (lost / np.maximum(most, 1e-30)) ** 3)
        return max(0.0, -_ratio_db(self._powers * (1 - lost), self._powers))

    def over_db(self, gain_db: float) -> float:
        """How far the highest peak would lie over the limiter's level at a make-up gain."""
        return max(0.0, self._peak_dbtp + gain_db - self._work_at_dbtp)

    def plr_loss_db(self, gain_db: float) -> float:
        """Peak to loudness ratio that goes at a make-up gain at which there is limiting at all.

        What EQ and dynamics take of it counts as well, but for the half a decibel that any EQ may.
        """
        over = self.over_db(gain_db)
        return over - self.loss_lu(gain_db) + self._shaped_plr_db if over > 0 else 0.0

    def solve(self, aim_lufs: float, preset: Preset) -> tuple[float, str | None]:
        """Gain that reaches a loudness, and the limit that held it, if one did."""
        low, high = LOWEST_GAIN_DB, preset.max_gain_db
        if self._base_lufs + low > aim_lufs:
            return low, None
        limit = f"the largest gain, {preset.max_gain_db:g} dB"
        plr_loss = plr_budget_db(
            self._measured_dbtp, self._plr_db, preset.plr_floor_db, preset.plr_loss_db
        )
        for _ in range(50):
            middle = (low + high) / 2
            loss = self.loss_lu(middle)
            over_budget = loss > preset.limiter_budget_lu
            too_dense = self.plr_loss_db(middle) > plr_loss
            if over_budget or too_dense or self._base_lufs + middle - loss > aim_lufs:
                high = middle
                limit = ""
                if over_budget:
                    limit = f"the limiter's budget of {preset.limiter_budget_lu:g} LU"
                elif too_dense:
                    left = max(0.0, plr_loss - self._shaped_plr_db)
                    limit = f"do no harm: {left:.1f} dB of limiting at most"
            else:
                low = middle
        gain = round(low, 3)
        reached = self._base_lufs + gain - self.loss_lu(gain)
        return gain, limit if aim_lufs - reached > 0.05 else None

    def plr_sentence(self, preset: Preset) -> str:
        """Say how far the peak to loudness ratio may fall, and what takes of it."""
        shaped = self._shaped_plr_db
        may = plr_budget_db(
            self._measured_dbtp, self._plr_db, preset.plr_floor_db, preset.plr_loss_db
        )
        if not shaped:
            return f"the peak to loudness ratio may fall by {may:.1f} dB"
        whole, taken = may + SHAPED_DB, shaped + SHAPED_DB
        return (
            f"the peak to loudness ratio may fall by {whole:.1f} dB,"
            f" and EQ and dynamics take {taken:.1f} dB of it"
        )

    def predict(self, gain_db: float) -> Prediction:
        """Return what the result will measure at a make-up gain."""
        loss = self.loss_lu(gain_db)
        return Prediction(
            integrated_lufs=round(self._base_lufs + gain_db - loss, 2),
            true_peak_dbtp=round(min(self._peak_dbtp + gain_db, self._work_at_dbtp), 2),
            limiter_loss_lu=round(loss, 2),
        )


class _Spectrum:
    """Powers of the long-term spectrum, and what EQ, width and hearing make of them."""

    def __init__(self, profile: Profile, eq: EqCurve, width: BandWidth | None) -> None:
        self.centres_hz = np.asarray(profile.ltas.centres_hz)
        levels = profile.ltas.levels_db
        self.power = np.array([0.0 if v is None else 10 ** (v / 10) for v in levels])
        gains = np.interp(np.log(self.centres_hz), np.log(eq.frequencies_hz), eq.gains_db)
        if width is not None:
            gains = gains + width.mean_gain_db(self.centres_hz)
        self.lift = 10 ** (gains / 10)
        self.hearing = 10 ** (k_weighting_db(self.centres_hz, profile.rate_hz) / 10)

    def factors(self, crossovers_hz: tuple[float, ...]) -> tuple[Row, Row]:
        """For each band, K-weighting before and after, in power."""
        shares = band_weights(crossovers_hz, self.centres_hz) * self.power
        total = shares.sum(axis=1)
        safe = np.where(total > 0, total, 1.0)

        def mean(factor: Row) -> Row:
            return np.asarray(np.where(total > 0, shares @ factor / safe, 1.0))

        return mean(self.hearing), mean(self.hearing * self.lift)

    def changes_db(self, dynamics: BandDynamics | None) -> tuple[float, float]:
        """Change of loudness and of peaks if nothing is known over time."""
        lift = self.lift
        if dynamics is not None:
            lift = lift * 10 ** (dynamics.mean_gain_db(self.centres_hz) / 10)
        heard = self.power * self.hearing
        return _ratio_db(heard * lift, heard), _ratio_db(self.power * lift, self.power)


def gated_mean(cells: Row) -> float:
    """Mean power of 400 ms blocks every 100 ms, without those 10 LU below the mean of all.

    Parameters
    ----------
    cells : ndarray, shape (cells,)
        Mean power of every 100 ms; at least four.
    """
    summed = np.concatenate([[0.0], np.cumsum(cells)])
    blocks = (summed[BLOCK_CELLS:] - summed[:-BLOCK_CELLS]) / BLOCK_CELLS
    loud = blocks[blocks > 10 ** (RELATIVE_GATE_LU / 10) * blocks.mean()]
    return float(loud.mean()) if len(loud) else 0.0


def _change_over_time(
    envelopes: BandEnvelopes, dynamics: BandDynamics | None, spectrum: _Spectrum
) -> float | None:
    """Change of loudness from the levels of the bands over time; None if they are all silent."""
    factors = spectrum.factors(envelopes.crossovers_hz)
    cells, cells_after = np.zeros((2, envelopes.points // CELL_POINTS))
    whole = len(cells) * CELL_POINTS
    for start in range(0, whole, SLICE_POINTS):
        stop = min(start + SLICE_POINTS, whole)
        part = slice(start // CELL_POINTS, stop // CELL_POINTS)
        for band, (heard, heard_after) in enumerate(zip(*factors, strict=True)):
            power = _powers(envelopes.band_levels_db(band, start, stop))
            cells[part] += heard * _cells(power)
            if dynamics is not None:
                power *= _powers(dynamics.band_gains_db(band, start, stop))
            cells_after[part] += heard_after * _cells(power)
    before, after = gated_mean(cells), gated_mean(cells_after)
    return 10 * math.log10(after / before) if before > 0 and after > 0 else None


def _powers(levels_db: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Power of levels, in their place."""
    levels_db /= 10
    return np.power(10.0, levels_db, out=levels_db)


def _cells(row: npt.NDArray[np.float32]) -> Row:
    return np.asarray(row.reshape(-1, CELL_POINTS).mean(axis=1, dtype=np.float64))


def _ratio_db(after: npt.NDArray[np.floating], before: npt.NDArray[np.floating]) -> float:
    a, b = float(after.sum(dtype=np.float64)), float(before.sum(dtype=np.float64))
    return 10.0 * math.log10(a / b) if a > 0 and b > 0 else 0.0
