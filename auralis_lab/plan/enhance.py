"""From a profile, a preset and an intensity to a plan.

Nothing here sees audio: the loudness after EQ is computed from the long-term spectrum, and what the
limiter will take from the histogram of block loudness against block true peak.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.loudness import k_weighting_db
from auralis_lab.errors import ParameterError
from auralis_lab.plan.equaliser import decide_eq
from auralis_lab.plan.model import (
    Decision,
    EqCurve,
    LimiterSettings,
    Plan,
    Prediction,
    signed,
)
from auralis_lab.plan.presets import Preset, preset_named

if TYPE_CHECKING:
    from auralis_lab.analysis.profile import Profile

__all__ = ["plan"]

RELATIVE_GATE_LU = -10.0
CREST_BLOCK_MS = 100.0  # length of the blocks that the crest histogram counts
PEAKS_PER_BLOCK = 1.5  # a block that needs limiting needs it more than once, as a rule


def plan(
    profile: Profile,
    preset: str = "adaptive",
    *,
    intensity: float = 1.0,
    target_lufs: float | None = None,
    ceiling_dbtp: float = -1.0,
) -> Plan:
    """Decide what is to be done to a track.

    Parameters
    ----------
    profile : Profile
        What was measured of it.
    preset : {'adaptive', 'gentle', 'warm', 'bright', 'punchy'}
        What to aim at.
    intensity : float
        0 (the source, bit for bit) to 1. EQ and loudness move in proportion.
    target_lufs : float, optional
        Integrated loudness to aim at instead of the preset's, -60 to 0.
    ceiling_dbtp : float
        True peak that the result stays at or under, -20 to 0.

    Returns
    -------
    plan : Plan

    Raises
    ------
    ParameterError
        If the preset is unknown or a number lies outside its range.
    """
    chosen = preset_named(preset)
    _check("intensity", intensity, 0.0, 1.0)
    _check("ceiling_dbtp", ceiling_dbtp, -20.0, 0.0)
    if target_lufs is not None:
        _check("target_lufs", target_lufs, -60.0, 0.0)
    limiter = LimiterSettings(ceiling_dbtp=ceiling_dbtp)
    measured = profile.loudness.integrated_lufs
    true_peak = profile.loudness.true_peak_dbtp
    if intensity == 0 or measured is None or true_peak is None:
        why = _nothing_to_do(intensity)
        return Plan(
            preset, float(intensity), EqCurve((1000.0,), (0.0,)), 0.0, limiter, measured,
            Prediction(measured, true_peak, 0.0), (why,),
        )  # fmt: skip
    eq, reasons = decide_eq(
        profile.ltas.centres_hz, profile.ltas.levels_db, chosen, float(intensity)
    )
    goal = chosen.target_lufs if target_lufs is None else float(target_lufs)
    aim = measured + intensity * (goal - measured)
    outlook = _Outlook(profile, measured, true_peak, eq, limiter)
    gain, limit = outlook.solve(aim, chosen)
    predicted = outlook.predict(gain)
    return Plan(
        preset=preset,
        intensity=float(intensity),
        eq=eq,
        gain_db=gain,
        limiter=limiter,
        target_lufs=aim,
        predicted=predicted,
        decisions=(
            *reasons,
            _loudness_decision(measured, aim, gain, predicted, limit),
            _limiter_decision(true_peak, gain, predicted, limiter),
        ),
    )


class _Outlook:
    """What loudness and true peak become under an EQ, a gain and the limiter."""

    def __init__(
        self,
        profile: Profile,
        measured_lufs: float,
        peak_dbtp: float,
        eq: EqCurve,
        limiter: LimiterSettings,
    ) -> None:
        f = np.asarray(profile.ltas.centres_hz)
        power = np.array([0.0 if v is None else 10 ** (v / 10) for v in profile.ltas.levels_db])
        lift = 10 ** (np.interp(np.log(f), np.log(eq.frequencies_hz), eq.gains_db) / 10)
        heard = power * 10 ** (k_weighting_db(f, profile.rate_hz) / 10)
        self._base_lufs = measured_lufs + _ratio_db(heard * lift, heard)
        shift = _ratio_db(power * lift, power)
        self._peak_dbtp = peak_dbtp + shift
        self._limiter = limiter
        self._work_at_dbtp = limiter.ceiling_dbtp - limiter.margin_db
        cells = np.array(profile.crest, np.float64).reshape(-1, 3)
        loud = cells[cells[:, 0] > measured_lufs + RELATIVE_GATE_LU]
        self._powers = loud[:, 2] * 10 ** (loud[:, 0] / 10)
        self._peaks_dbtp = loud[:, 1] + shift

    def loss_lu(self, gain_db: float) -> float:
        """Loudness that the limiter takes at a make-up gain."""
        over_db = np.maximum(self._peaks_dbtp + gain_db - self._work_at_dbtp, 0.0)
        lowest = 10 ** (-over_db / 20)
        # One peak a block: held for the look-ahead on both sides, then released along a line.
        released_ms = (1 - lowest) * self._limiter.release_ms
        lost = (1 - lowest**2) * 2 * self._limiter.lookahead_ms
        lost += (1 - (1 + lowest + lowest**2) / 3) * released_ms
        lost = np.minimum(PEAKS_PER_BLOCK * lost / CREST_BLOCK_MS, 1 - lowest**2)
        return max(0.0, -_ratio_db(self._powers * (1 - lost), self._powers))

    def solve(self, aim_lufs: float, preset: Preset) -> tuple[float, str | None]:
        """Gain that reaches a loudness, and the limit that held it, if one did."""
        low, high = -80.0, preset.max_gain_db
        if self._base_lufs + low > aim_lufs:
            return low, None
        limit = f"the largest gain, {preset.max_gain_db:g} dB"
        budget = f"the limiter's budget of {preset.limiter_budget_lu:g} LU"
        for _ in range(50):
            middle = (low + high) / 2
            loss = self.loss_lu(middle)
            over_budget = loss > preset.limiter_budget_lu
            if over_budget or self._base_lufs + middle - loss > aim_lufs:
                high = middle
                limit = budget if over_budget else ""
            else:
                low = middle
        gain = round(low, 3)
        reached = self._base_lufs + gain - self.loss_lu(gain)
        return gain, limit if aim_lufs - reached > 0.05 else None

    def predict(self, gain_db: float) -> Prediction:
        """Return what the result will measure at a make-up gain."""
        loss = self.loss_lu(gain_db)
        return Prediction(
            integrated_lufs=round(self._base_lufs + gain_db - loss, 2),
            true_peak_dbtp=round(min(self._peak_dbtp + gain_db, self._work_at_dbtp), 2),
            limiter_loss_lu=round(loss, 2),
        )


def _check(name: str, value: float, low: float, high: float) -> None:
    if not (isinstance(value, (int, float)) and low <= value <= high):
        raise ParameterError(f"{name}={value!r} must be a number from {low:g} to {high:g}")


def _ratio_db(after: npt.NDArray[np.float64], before: npt.NDArray[np.float64]) -> float:
    a, b = float(after.sum()), float(before.sum())
    return 10.0 * math.log10(a / b) if a > 0 and b > 0 else 0.0


def _nothing_to_do(intensity: float) -> Decision:
    if intensity == 0:
        return Decision(
            "bypass", "-", "-", "none", None,
            "Intensity is 0: the result is the source, bit for bit.",
        )  # fmt: skip
    return Decision(
        "loudness", "not measurable", "-", "0.0 dB", "nothing to measure",
        "The track is silent or too short to have a loudness: it is only held under the ceiling.",
    )  # fmt: skip


def _loudness_decision(
    measured: float, aim: float, gain: float, predicted: Prediction, limit: str | None
) -> Decision:
    sentence = (
        f"Loudness is {measured:.1f} LUFS, the target {aim:.1f} LUFS: gain {signed(gain, 'dB')}, "
        f"which gives about {predicted.integrated_lufs:.1f} LUFS"
    )
    if limit is not None:
        sentence += f"; held below the target by {limit}"
    return Decision(
        topic="loudness",
        measured=f"{measured:.1f} LUFS",
        target=f"{aim:.1f} LUFS",
        amount=signed(gain, "dB"),
        limit=limit,
        sentence=sentence + ".",
    )


def _limiter_decision(
    peak: float, gain: float, predicted: Prediction, limiter: LimiterSettings
) -> Decision:
    loss = predicted.limiter_loss_lu
    if predicted.true_peak_dbtp is not None and (
        predicted.true_peak_dbtp < limiter.ceiling_dbtp - limiter.margin_db
    ):
        action = "the limiter has nothing to do"
    elif loss < 0.05:
        action = "the limiter catches the highest peaks"
    else:
        action = f"the limiter takes the peaks and with them about {loss:.1f} LU"
    return Decision(
        topic="true peak",
        measured=f"{peak:.1f} dBTP",
        target=f"at most {limiter.ceiling_dbtp:.1f} dBTP",
        amount=signed(-loss, "LU"),
        limit=None,
        sentence=(
            f"True peak is {peak:.1f} dBTP, {peak + gain:.1f} after the gain, and may reach "
            f"{limiter.ceiling_dbtp:.1f}: {action}."
        ),
    )
