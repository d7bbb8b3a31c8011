"""From a profile, a preset and an intensity to a plan.

Nothing here sees audio: what the result will measure is computed from the long-term spectrum, the
levels of the bands over time and the histogram of block loudness against block true peak.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from auralis_lab.errors import ParameterError
from auralis_lab.plan.dynamics import decide_dynamics
from auralis_lab.plan.equaliser import decide_eq
from auralis_lab.plan.explainlevels import limiter_decision, loudness_decision
from auralis_lab.plan.harm import balance_budget_db
from auralis_lab.plan.model import (
    Decision,
    EqCurve,
    LimiterSettings,
    MadeFor,
    Plan,
    Prediction,
    signed,
)
from auralis_lab.plan.offset import decide_offset, without_offset
from auralis_lab.plan.outlook import Outlook
from auralis_lab.plan.presets import REFERENCE, Preset, preset_named
from auralis_lab.plan.targets import TARGET_BAND, TargetBand
from auralis_lab.plan.warnings import looks_clipped, warnings_about
from auralis_lab.plan.width import decide_width

if TYPE_CHECKING:
    from auralis_lab.analysis.profile import Profile
    from auralis_lab.plan.automation import BandDynamics, BandWidth

__all__ = ["plan", "with_gain"]

REFERENCE_NAME = "reference"


def plan(
    profile: Profile,
    preset: str = "adaptive",
    *,
    intensity: float = 1.0,
    target_lufs: float | None = None,
    ceiling_dbtp: float = -1.0,
    reference: Profile | None = None,
) -> Plan:
    """Decide what is to be done to a track.

    Parameters
    ----------
    profile : Profile
        What was measured of it.
    preset : {'adaptive', 'gentle', 'warm', 'bright', 'punchy', 'reference'}
        What to aim at.
    intensity : float
        0 (the source, bit for bit) to 1. Every gain in decibels, of the EQ, the dynamics, the side
        and the whole, is in proportion to it. The limiter is not: it holds the ceiling at any
        intensity above 0, so a track whose peaks lie over the ceiling changes at once from 0 on.
    target_lufs : float, optional
        Integrated loudness to aim at instead of the preset's, -60 to 0.
    ceiling_dbtp : float
        True peak that the result stays at or under, -20 to 0.
    reference : Profile, optional
        The track whose balance, loudness and width are matched; needed for the preset
        ``'reference'`` and for no other.

    Returns
    -------
    plan : Plan

    Raises
    ------
    ParameterError
        If the preset is unknown, a number lies outside its range, or a reference is missing, one
        too many or without a loudness.
    """
    chosen = preset_named(preset)
    _check_request(chosen, intensity, target_lufs, ceiling_dbtp, reference)
    limiter = LimiterSettings(ceiling_dbtp=ceiling_dbtp)
    key = "" if reference is None else reference.key
    measured, true_peak = profile.loudness.integrated_lufs, profile.loudness.true_peak_dbtp
    if intensity == 0 or measured is None or true_peak is None:
        return Plan(
            preset, float(intensity), EqCurve((1000.0,), (0.0,)), 0.0, limiter, measured,
            Prediction(measured, true_peak, 0.0), (_nothing_to_do(intensity),), reference=key,
            made_for=_made_for(profile),
        )  # fmt: skip
    if reference is not None and reference.loudness.integrated_lufs is None:
        raise ParameterError("reference is silent or too short to be matched")
    goal = _goal(chosen, measured, target_lufs, reference)
    offset, about_offset = decide_offset(profile, float(intensity))
    centred = without_offset(profile, 1.0) if offset else profile
    eq, dynamics, width, reasons = _shape(centred, chosen, float(intensity), reference)
    # What is decided in full is done in proportion: gains of the whole at intensity 1, times it.
    full = (eq, dynamics, width)
    if intensity < 1:
        full = _shape(centred, chosen, 1.0, reference)[:3]
    in_full = Outlook(centred, *full, limiter)
    whole, limit = in_full.solve(goal, chosen)
    because = in_full.plr_sentence(chosen) if limit and limit.startswith("do no harm") else ""
    gain = round(intensity * whole, 3) + 0.0
    left = without_offset(profile, float(intensity)) if offset else profile
    outlook = Outlook(left, eq, dynamics, width, limiter)
    predicted = outlook.predict(gain)
    aim = measured + intensity * (goal - measured)
    if limit is None and predicted.integrated_lufs is not None and intensity < 1:
        aim = predicted.integrated_lufs
    return Plan(
        preset=preset,
        intensity=float(intensity),
        eq=eq,
        gain_db=gain,
        limiter=limiter,
        target_lufs=aim,
        predicted=predicted,
        decisions=(
            *warnings_about(profile),
            *about_offset,
            *reasons,
            loudness_decision(measured, goal, aim, gain, predicted, limit, because, intensity),
            limiter_decision(true_peak, outlook, gain, predicted, limiter),
        ),
        dynamics=dynamics,
        width=width,
        reference=key,
        dc_offset=offset,
        made_for=_made_for(profile),
    )


def _made_for(profile: Profile) -> MadeFor:
    return MadeFor(profile.key, profile.rate_hz, profile.channels, profile.frames)


def with_gain(plan: Plan, gain_db_change: float, why: str) -> Plan:
    """Correct the make-up gain of a plan by what its result was found to miss.

    Parameters
    ----------
    plan : Plan
        The plan whose result was measured.
    gain_db_change : float
        Predicted less measured loudness, -24 to 24. The change makes good what the prediction
        missed, so the prediction stands.
    why : str
        A sentence for the decisions.

    Returns
    -------
    plan : Plan

    Raises
    ------
    ParameterError
        If the change is not a number in range, or the plan does nothing.
    """
    _check("gain_db_change", gain_db_change, -24.0, 24.0)
    if plan.is_bypass:
        raise ParameterError("a plan that bypasses has no gain")
    gain = round(plan.gain_db + gain_db_change, 3) + 0.0
    found = plan.predicted.integrated_lufs
    decision = Decision(
        topic="loudness, corrected",
        measured="-" if found is None else f"{found - gain_db_change:.1f} LUFS",
        target="-" if found is None else f"{found:.1f} LUFS",
        amount=signed(gain_db_change, "dB"),
        limit=None,
        sentence=why,
    )
    return replace(plan, gain_db=gain, decisions=(*plan.decisions, decision))


def _shape(
    profile: Profile, preset: Preset, intensity: float, reference: Profile | None
) -> tuple[EqCurve, BandDynamics | None, BandWidth | None, tuple[Decision, ...]]:
    """Everything but the gain of the whole."""
    target: TargetBand | None = TARGET_BAND
    shares = None
    if reference is not None:
        heard = reference.ltas
        target = TargetBand.of_levels(heard.centres_hz, heard.levels_db, REFERENCE_NAME)
        shares = [stereo.side_share for stereo in reference.band_stereo]
    ltas = profile.ltas
    eq = EqCurve((1000.0,), (0.0,))
    about_eq: tuple[Decision, ...] = (_nothing_to_match(),)
    if target is not None:
        budget = _balance_budget(profile, preset)
        eq, about_eq = decide_eq(
            ltas.centres_hz, ltas.levels_db, preset, intensity, target, budget_db=budget
        )
    dynamics, about_dynamics = decide_dynamics(
        profile.envelopes,
        preset.dynamics,
        intensity,
        plr_db=profile.loudness.plr_db,
        clipped=looks_clipped(profile),
    )
    width, about_width = decide_width(
        profile.band_stereo,
        profile.channels,
        profile.rate_hz,
        preset.width,
        intensity,
        wanted_shares=shares,
    )
    return eq, dynamics, width, (*about_eq, *about_dynamics, *about_width)


def _balance_budget(profile: Profile, preset: Preset) -> float:
    peak, plr = profile.loudness.true_peak_dbtp, profile.loudness.plr_db
    if preset is REFERENCE or peak is None or plr is None:
        return math.inf
    return balance_budget_db(peak, plr, preset.balance_budget_db)


def _goal(
    preset: Preset, measured: float, target_lufs: float | None, reference: Profile | None
) -> float:
    """Loudness to aim at in full."""
    if target_lufs is not None:
        return float(target_lufs)
    if reference is not None:
        heard = reference.loudness.integrated_lufs
        return measured if heard is None else heard
    leeway = preset.loudness_leeway_lu
    return min(max(measured, preset.target_lufs - leeway), preset.target_lufs + leeway)


def _check_request(
    preset: Preset, intensity: float, target_lufs: float | None, ceiling_dbtp: float,
    reference: Profile | None,
) -> None:  # fmt: skip
    _check("intensity", intensity, 0.0, 1.0)
    _check("ceiling_dbtp", ceiling_dbtp, -20.0, 0.0)
    if target_lufs is not None:
        _check("target_lufs", target_lufs, -60.0, 0.0)
    if (reference is None) == (preset is REFERENCE):
        need = "needs a" if reference is None else "takes no"
        raise ParameterError(f"preset={preset.name!r} {need} reference")


def _check(name: str, value: float, low: float, high: float) -> None:
    if not (isinstance(value, (int, float)) and math.isfinite(value) and low <= value <= high):
        raise ParameterError(f"{name}={value!r} must be a number from {low:g} to {high:g}")


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


def _nothing_to_match() -> Decision:
    why = "The reference has no spectrum, as it is silent: the balance is left alone."
    return Decision("EQ", "-", "not measurable", "0.0 dB", "nothing to match", why)
