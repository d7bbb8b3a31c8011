"""What is put right, decided from what was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.analysis.loudness import Loudness
from auralis_lab.jobs.corrections import (
    MOST_ROUNDS,
    Correction,
    corrected,
    held_by,
    missed_lu,
    restored,
)
from auralis_lab.plan.model import Decision, EqCurve, LimiterSettings, Plan, Prediction


def plan_of(predicted_lufs: float | None = -14.0, *, intensity: float = 1.0) -> Plan:
    return Plan(
        preset="adaptive",
        intensity=intensity,
        eq=EqCurve((1000.0,), (0.0,)),
        gain_db=2.0,
        limiter=LimiterSettings(ceiling_dbtp=-1.0),
        target_lufs=predicted_lufs,
        predicted=Prediction(predicted_lufs, -1.12, 0.0),
        decisions=(
            Decision("loudness", "-16 LUFS", "-10 LUFS", "+2.0 dB", "the budget", "Raised."),
        ),
    )


def loudness(lufs: float | None, peak_dbtp: float | None = -2.0) -> Loudness:
    return Loudness(lufs, None, None, None, peak_dbtp, peak_dbtp, None, (), 0.1)


@given(miss=st.floats(-23.0, 23.0))
def test_the_gain_is_corrected_by_what_was_missed_beyond_the_tolerance(miss: float) -> None:
    plan, found = corrected(plan_of(), loudness(-14.0 - miss), ceiling_dbtp=-1.0)
    if abs(miss) <= 0.299:
        assert (plan.gain_db, found) == (2.0, ())
    elif abs(miss) >= 0.301:
        assert plan.gain_db == pytest.approx(2.0 + miss, abs=1e-3)
        (made,) = found
        assert (made.what, made.measured, made.wanted) == ("loudness", -14.0 - miss, -14.0)
        assert made.change_db == pytest.approx(miss)
        assert plan.decisions[-1].sentence == made.sentence
    assert plan.predicted == plan_of().predicted


@given(excess=st.floats(0.001, 6.0))
def test_the_limiter_works_lower_by_the_excess_and_a_little(excess: float) -> None:
    plan, (made,) = corrected(plan_of(), loudness(-14.0, -1.0 + excess), ceiling_dbtp=-1.0)
    assert made.what == "true peak"
    assert 0 <= -1.0 - excess - plan.limiter.ceiling_dbtp <= 0.2
    assert plan.gain_db == 2.0
    again, (second,) = corrected(
        plan, loudness(-14.0, -1.0 + excess), ceiling_dbtp=-1.0, before=(made,)
    )
    assert again.limiter.ceiling_dbtp < plan.limiter.ceiling_dbtp - excess
    third_plan, (third,) = corrected(
        again, loudness(-14.0, -0.9), ceiling_dbtp=-1.0, before=(made, second)
    )
    assert [each.version for each in (made, second, third)] == [1, 2, 3]
    assert corrected(
        third_plan, loudness(-14.0, -0.9), ceiling_dbtp=-1.0, before=(made, second, third)
    ) == (third_plan, ())


@pytest.mark.parametrize("slope", [0.5, 0.8, 1.0])
@pytest.mark.parametrize("overshoot_db", [0.0, 0.04, 0.5, 1.2])
@pytest.mark.parametrize("missed_lu", [-0.6, 0.0, 0.6, 1.2])
def test_three_renderings_meet_peak_and_loudness_whatever_the_limiter_takes(
    slope: float, overshoot_db: float, missed_lu: float
) -> None:
    """A file whose loudness follows the gain by `slope` and the ceiling by the rest."""
    first = plan = replace(plan_of(-8.0), predicted=Prediction(-8.0, -1.12, 0.6))
    before: tuple[Correction, ...] = ()
    for _rendering in range(4):
        gain_db = plan.gain_db - first.gain_db
        ceiling_db = plan.limiter.ceiling_dbtp - first.limiter.ceiling_dbtp
        lufs = -8.0 - missed_lu + slope * gain_db + (1 - slope) * ceiling_db
        peak_dbtp = plan.limiter.ceiling_dbtp + overshoot_db
        plan, found = corrected(plan, loudness(lufs, peak_dbtp), ceiling_dbtp=-1.0, before=before)
        before += found
        if not found:
            break
    assert not found
    assert max((made.version for made in before), default=0) <= 2
    assert lufs == pytest.approx(-8.0, abs=0.301)
    assert -1.12 - (overshoot_db == 0) < peak_dbtp <= -1.0


def test_gain_that_brought_nothing_is_not_followed_by_more() -> None:
    plan, before = corrected(plan_of(), loudness(-15.0), ceiling_dbtp=-1.0)
    assert plan.gain_db == pytest.approx(3.0)
    for reached, more in ((-14.9, 0), (-14.5, 1)):
        _, found = corrected(plan, loudness(reached), ceiling_dbtp=-1.0, before=before)
        assert len(found) == more


def test_less_gain_that_brought_nothing_is_not_followed_by_less() -> None:
    plan, before = corrected(plan_of(), loudness(-11.0), ceiling_dbtp=-1.0)
    assert plan.gain_db == pytest.approx(-1.0)
    for reached, more in ((-11.1, 0), (-12.5, 1)):
        _, found = corrected(plan, loudness(reached), ceiling_dbtp=-1.0, before=before)
        assert len(found) == more


def test_an_earlier_version_comes_back_only_if_it_was_nearer() -> None:
    plan = plan_of()
    assert missed_lu(plan, loudness(-15.0)) == pytest.approx(1.0)
    assert restored(plan, loudness(-15.0), plan, 0.98, 3) is None
    assert restored(plan, loudness(-14.2), plan, 0.0, 3) is None
    made = restored(plan, loudness(-15.0), replace(plan, gain_db=5.0), 0.6, 3)
    assert made is not None
    assert (made.change_db, made.version) == (3.0, 3)
    assert "earlier version" in made.sentence


def test_a_peak_that_rounds_to_the_ceiling_is_told_with_more_decimals_and_costs_little() -> None:
    plan, (made,) = corrected(plan_of(), loudness(-14.0, -0.998), ceiling_dbtp=-1.0)
    assert "was -0.998 dBTP, over the -1.000 allowed" in made.sentence
    assert plan.limiter.ceiling_dbtp > -1.12


def test_both_are_corrected_at_once() -> None:
    plan, found = corrected(plan_of(), loudness(-15.0, -0.5), ceiling_dbtp=-1.0)
    assert [made.what for made in found] == ["true peak", "loudness"]
    assert (plan.gain_db, plan.limiter.ceiling_dbtp) == pytest.approx((3.0, -1.6))


@given(
    measured=st.lists(
        st.tuples(st.floats(-70.0, 0.0), st.floats(-20.0, 6.0)), min_size=MOST_ROUNDS + 1
    )
)
def test_whatever_is_measured_corrections_come_to_an_end(
    measured: list[tuple[float, float]],
) -> None:
    plan, before = plan_of(), tuple[Correction, ...]()
    for lufs, peak in measured[: MOST_ROUNDS + 1]:
        plan, found = corrected(plan, loudness(lufs, peak), ceiling_dbtp=-1.0, before=before)
        before += found
        if not found:
            break
    assert not found
    assert [made.what for made in before].count("loudness") <= 2
    assert [made.what for made in before].count("true peak") <= MOST_ROUNDS


@pytest.mark.parametrize(
    ("plan", "written"),
    [
        (plan_of(), loudness(None, None)),
        (plan_of(None), loudness(-30.0)),
        (plan_of(intensity=0.0), loudness(-30.0, 3.0)),
    ],
    ids=["a silent file", "nothing predicted", "bypass"],
)
def test_where_nothing_was_promised_nothing_is_corrected(plan: Plan, written: Loudness) -> None:
    assert corrected(plan, written, ceiling_dbtp=-1.0) == (plan, ())


def test_the_limit_that_held_the_loudness_is_named() -> None:
    assert held_by(plan_of()) == "the budget"
