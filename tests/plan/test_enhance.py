"""Decisions: reached, limited, scaled, explained."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.analysis.profile import Profile
from auralis_lab.errors import ParameterError
from auralis_lab.plan.enhance import plan, with_gain
from auralis_lab.plan.equaliser import MAX_EQ_DB, REGIONS
from auralis_lab.plan.presets import PRESET_NAMES, PRESETS
from tests.plan.conftest import make_profile
from tests.thorough import tries

DULL = make_profile(tilt=lambda hz: -4 * max(0.0, math.log2(hz / 1000)))
BOOMY = make_profile(tilt=lambda hz: 12.0 if hz < 200 else 0.0)
LEVEL = make_profile()


def mean_gain(gains: dict[float, float], low_hz: float, high_hz: float) -> float:
    return float(np.mean([gain for hz, gain in gains.items() if low_hz <= hz < high_hz]))


def gains_of(preset: str, profile: object = LEVEL, intensity: float = 1.0) -> dict[float, float]:
    eq = plan(profile, preset, intensity=intensity).eq  # type: ignore[arg-type]
    return dict(zip(eq.frequencies_hz, eq.gains_db, strict=True))


def test_a_track_on_target_is_left_alone_by_adaptive_and_gentle() -> None:
    for preset in ("adaptive", "gentle"):
        assert set(gains_of(preset).values()) == {0.0}


def test_a_dull_track_is_opened_and_a_boomy_one_is_thinned() -> None:
    assert mean_gain(gains_of("adaptive", DULL), 5000, 15_000) > 1.0
    assert mean_gain(gains_of("adaptive", BOOMY), 50, 150) < -1.0


@pytest.mark.parametrize("preset", PRESET_NAMES)
@pytest.mark.parametrize("profile", [DULL, BOOMY, LEVEL])
def test_no_band_moves_by_more_than_six_decibels(preset: str, profile: object) -> None:
    assert max(map(abs, gains_of(preset, profile).values())) <= MAX_EQ_DB


@pytest.mark.parametrize("profile", [DULL, BOOMY, LEVEL])
def test_warm_and_bright_differ_by_three_decibels_in_both_balances(profile: object) -> None:
    warm, bright = gains_of("warm", profile), gains_of("bright", profile)
    for low, high, sign in ((60, 250, 1), (5000, 16_000, -1)):
        balance = [mean_gain(g, low, high) - mean_gain(g, 500, 2000) for g in (warm, bright)]
        assert sign * (balance[0] - balance[1]) >= 3.0


@pytest.mark.parametrize("profile", [DULL, BOOMY])
def test_gentle_moves_least(profile: object) -> None:
    moved = {name: sum(map(abs, gains_of(name, profile).values())) for name in PRESET_NAMES}
    assert moved["gentle"] == min(moved.values())


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_the_predicted_loudness_is_the_target_or_a_limit_is_named(preset: str) -> None:
    for lufs, peak in ((-20.0, -6.0), (-35.0, -3.0), (-8.0, 0.5), (-60.0, -40.0)):
        made = plan(make_profile(lufs=lufs, true_peak_dbtp=peak), preset)
        assert made.target_lufs is not None
        assert made.predicted.integrated_lufs is not None
        loudness = next(d for d in made.decisions if d.topic == "loudness")
        if abs(made.predicted.integrated_lufs - made.target_lufs) > 0.1:
            assert made.predicted.integrated_lufs < made.target_lufs
            assert loudness.limit is not None
            assert loudness.limit in loudness.sentence
        else:
            assert loudness.limit is None


def test_peaks_hold_the_gain_within_what_the_limiter_may_take() -> None:
    loud = make_profile(lufs=-30.0, true_peak_dbtp=-1.0)
    rare = replace(loud, crest=((-30.0, -4.0, 500), (-30.0, -1.0, 10)))
    everywhere = replace(loud, crest=((-30.0, -1.0, 500),))
    for profile, limit in (
        (rare, "do no harm: 3.0 dB of limiting at most"),
        (everywhere, "the limiter's budget of 0.35 LU"),
    ):
        made = plan(profile, "adaptive")
        assert [d.limit for d in made.decisions if d.topic == "loudness"] == [limit]
        assert made.predicted.limiter_loss_lu <= PRESETS["adaptive"].limiter_budget_lu + 0.01
    assert made.predicted.limiter_loss_lu == pytest.approx(0.35, abs=0.01)


def test_a_hundred_decibels_are_not_asked_for() -> None:
    assert plan(make_profile(lufs=-69.0, true_peak_dbtp=-60.0)).gain_db <= 24.0


@settings(max_examples=tries(25))
@given(
    preset=st.sampled_from(PRESET_NAMES),
    a=st.floats(0.01, 1.0),
    b=st.floats(0.01, 1.0),
)
def test_more_intensity_never_does_less(preset: str, a: float, b: float) -> None:
    low, high = sorted((a, b))
    little, much = gains_of(preset, DULL, low), gains_of(preset, DULL, high)
    assert all(abs(much[hz]) >= abs(little[hz]) for hz in little)
    quiet, loud = (plan(DULL, preset, intensity=i).predicted.integrated_lufs for i in (low, high))
    assert quiet is not None
    assert loud is not None
    assert loud >= quiet - 0.02


def test_half_the_intensity_is_half_the_curve() -> None:
    whole, half = gains_of("warm", DULL), gains_of("warm", DULL, 0.5)
    for hz, gain in whole.items():
        assert half[hz] == pytest.approx(gain / 2, abs=1e-4)


@settings(max_examples=tries(25))
@given(
    preset=st.sampled_from(PRESET_NAMES),
    name=st.sampled_from(["dull", "boomy", "level"]),
    intensity=st.floats(0.001, 1.0),
)
def test_every_gain_is_in_proportion_to_intensity(preset: str, name: str, intensity: float) -> None:
    """So the way from the source to the whole of it is continuous, and never turns back."""
    profile: Profile = {"dull": DULL, "boomy": BOOMY, "level": LEVEL}[name]
    whole, part = plan(profile, preset), plan(profile, preset, intensity=intensity)
    assert part.gain_db == pytest.approx(intensity * whole.gain_db, abs=0.0011)
    np.testing.assert_allclose(
        part.eq.gains_db, np.multiply(intensity, whole.eq.gains_db), atol=2e-4
    )
    for stage in ("dynamics", "width"):
        assert getattr(part, stage) is None or getattr(whole, stage) is not None
    if whole.dynamics is not None:
        made = 0.0 if part.dynamics is None else part.dynamics.gains_db
        np.testing.assert_allclose(made, intensity * whole.dynamics.gains_db, atol=0.0101)
    if whole.width is not None:
        wanted = np.multiply(intensity, whole.width.side_gains_db)
        sides = 0 * wanted if part.width is None else np.array(part.width.side_gains_db)
        np.testing.assert_allclose(sides, wanted, atol=0.0011)


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_a_mastered_track_s_balance_is_corrected_by_no_more_than_its_budget(preset: str) -> None:
    mastered = make_profile(
        lufs=-9.0, true_peak_dbtp=0.0, tilt=lambda hz: 15.0 if 60 < hz < 200 else 0.0
    )
    chosen = PRESETS[preset]
    curve = plan(mastered, preset).eq
    voicing = np.interp(
        np.log(curve.frequencies_hz),
        np.log(chosen.voicing.frequencies_hz),
        chosen.voicing.gains_db,
    )
    correction = np.array(curve.gains_db) - voicing
    assert 0.1 < np.std(correction) <= chosen.balance_budget_db + 0.1


def test_a_corrected_gain_keeps_everything_else_and_says_why() -> None:
    made = plan(LEVEL, "warm")
    again = with_gain(made, -0.25, "The file was found 0.25 LU louder than predicted.")
    assert again.gain_db == pytest.approx(made.gain_db - 0.25)
    assert again.predicted == made.predicted
    assert again.hash != made.hash
    assert again.decisions[:-1] == made.decisions
    assert again.decisions[-1].amount == "-0.2 dB"
    assert "0.25 LU louder" in again.explain()
    assert with_gain(again, 0.25, "Back.").hash == made.hash


def test_a_correction_out_of_range_or_of_a_bypass_is_refused() -> None:
    for change in (25.0, float("nan"), float("inf")):
        with pytest.raises(ParameterError, match="gain_db_change"):
            with_gain(plan(LEVEL), change, "no")
    with pytest.raises(ParameterError, match="no gain"):
        with_gain(plan(LEVEL, intensity=0.0), 0.1, "no")


def test_a_plan_is_explained_by_a_table_and_a_sentence_for_each_decision() -> None:
    made = plan(DULL, "punchy")
    head, empty, titles, rule, *rest = made.explain().splitlines()
    assert head == "punchy at intensity 1"
    assert not empty
    assert titles.split() == ["decision", "measured", "target", "amount", "held", "by"]
    assert set(rule) == {"-", " "}
    count = len(made.decisions)
    for line, decision in zip(rest[:count], made.decisions, strict=True):
        assert line.startswith(decision.topic)
        assert decision.amount in line
    assert rest[count] == ""
    assert rest[count + 1 :] == [f"- {decision.sentence}" for decision in made.decisions]


def test_the_same_profile_and_wishes_give_the_same_plan() -> None:
    assert plan(make_profile(), "warm", intensity=0.3) == plan(
        make_profile(), "warm", intensity=0.3
    )


def test_intensity_zero_is_a_bypass_and_says_so() -> None:
    made = plan(LEVEL, "warm", intensity=0.0)
    assert made.is_bypass
    assert "bit for bit" in made.explain()


@pytest.mark.parametrize(("lufs", "peak"), [(None, None), (None, -20.0)])
def test_what_has_no_loudness_gets_no_gain(lufs: float | None, peak: float | None) -> None:
    made = plan(make_profile(lufs=lufs, true_peak_dbtp=peak), "bright")
    assert made.gain_db == 0.0
    assert made.eq.is_flat
    assert "silent or too short" in made.explain()


def test_bands_without_a_level_are_not_raised() -> None:
    narrow = make_profile(tilt=lambda hz: -200.0 if hz > 6000 else 0.0)
    assert mean_gain(gains_of("adaptive", narrow), 8000, 20_000) == 0.0


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_every_decision_states_measure_target_amount_and_a_sentence(preset: str) -> None:
    made = plan(DULL, preset)
    topics = [decision.topic for decision in made.decisions]
    assert topics == [
        *(f"EQ, {name}" for name, _, _ in REGIONS),
        *(f"dynamics, {band}" for band in ("below 160 Hz", "160 to 2500 Hz", "above 2500 Hz")),
        *(f"width, {name}" for name, _, _ in REGIONS),
        "loudness",
        "true peak",
    ]
    for decision in made.decisions:
        assert decision.measured
        assert decision.target
        assert decision.amount
        assert decision.sentence.endswith(".")
        assert decision.sentence in made.explain()


def test_a_target_of_one_s_own_is_aimed_at() -> None:
    assert plan(LEVEL, "gentle", target_lufs=-18.0).predicted.integrated_lufs == pytest.approx(
        -18.0, abs=0.1
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"preset": "loud"}, "'bright', 'punchy' or 'reference'"),
        ({"intensity": 1.1}, "intensity=1.1 must be a number from 0 to 1"),
        ({"intensity": -0.1}, "from 0 to 1"),
        ({"intensity": float("nan")}, "from 0 to 1"),
        ({"intensity": "1"}, "from 0 to 1"),
        ({"ceiling_dbtp": 1.0}, "ceiling_dbtp=1.0 must be a number from -20 to 0"),
        ({"target_lufs": 3.0}, "from -60 to 0"),
    ],
)
def test_values_out_of_range_are_refused_with_what_is_allowed(
    arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        plan(LEVEL, **arguments)  # type: ignore[arg-type]
