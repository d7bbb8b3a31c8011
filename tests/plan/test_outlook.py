"""What is predicted, from formulas and the slow way."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.plan.automation import BandDynamics
from auralis_lab.plan.model import EqCurve, LimiterSettings, Prediction
from auralis_lab.plan.outlook import CELL_POINTS, Outlook, gated_mean
from auralis_lab.plan.presets import PRESETS
from tests.plan.conftest import make_profile
from tests.thorough import tries

FLAT = EqCurve((1000.0,), (0.0,))
LIMITER = LimiterSettings()
BEAT = make_profile()
BLIND = replace(BEAT, envelopes=None)
PEAKY = make_profile(lufs=-25.0, true_peak_dbtp=-2.0)


def outlook(profile: object = BEAT, eq: EqCurve = FLAT, **more: object) -> Outlook:
    stages = {"dynamics": None, "width": None, **more}
    return Outlook(profile, eq, limiter=LIMITER, **stages)  # type: ignore[arg-type]


@given(cells=st.lists(st.floats(0, 10), min_size=4, max_size=60))
def test_the_gated_mean_is_that_of_the_loud_400_ms_blocks(cells: list[float]) -> None:
    blocks = [sum(cells[i : i + 4]) / 4 for i in range(len(cells) - 3)]
    mean = sum(blocks) / len(blocks)
    loud = [block for block in blocks if block > 0.1 * mean * (1 + 1e-9)]
    near = [block for block in blocks if abs(block - 0.1 * mean) <= 1e-9 * mean]
    if mean > 0 and not near:
        assert gated_mean(np.array(cells)) == pytest.approx(sum(loud) / len(loud))


@pytest.mark.parametrize("profile", [BEAT, BLIND])
def test_nothing_done_is_nothing_changed(profile: object) -> None:
    found = outlook(profile).predict(0.0)
    assert found.integrated_lufs == pytest.approx(-20.0, abs=0.005)
    assert found.true_peak_dbtp == pytest.approx(-6.0, abs=0.005)
    assert found.limiter_loss_lu == 0.0


@pytest.mark.parametrize("profile", [BEAT, BLIND])
def test_a_curve_that_lifts_everything_is_a_gain(profile: object) -> None:
    found = outlook(profile, EqCurve((1000.0,), (3.0,))).predict(-1.0)
    assert found.integrated_lufs == pytest.approx(-18.0, abs=0.01)
    assert found.true_peak_dbtp == pytest.approx(-4.0, abs=0.01)


def test_what_the_ear_does_not_hear_does_not_count() -> None:
    """K-weighting takes 10 dB off 25 Hz: lifting it raises the peaks much more than loudness."""
    sub = make_profile(tilt=lambda hz: 9.0 if hz < 32 else 0.0)
    found = outlook(sub, EqCurve((30.0, 40.0), (6.0, 0.0))).predict(0.0)
    assert found.integrated_lufs is not None
    assert found.true_peak_dbtp is not None
    assert 0 < found.integrated_lufs + 20.0 < 0.6 * (found.true_peak_dbtp + 6.0)


def test_a_band_turned_down_over_time_takes_its_share_of_the_loudness() -> None:
    assert BEAT.envelopes is not None
    crossovers, points = BEAT.envelopes.crossovers_hz, BEAT.envelopes.points
    all_down = BandDynamics.pack(crossovers, 100, np.full((3, points), -4.0))
    found = outlook(dynamics=all_down).predict(0.0)
    assert found.integrated_lufs == pytest.approx(-24.0, abs=0.01)
    one_down = BandDynamics.pack(crossovers, 100, [[-4.0] * points, [0.0] * points, [0.0] * points])
    less = outlook(dynamics=one_down).predict(0.0).integrated_lufs
    assert less is not None
    assert -24.0 < less < -20.0


def test_what_is_foreseen_does_not_depend_on_how_many_points_are_worked_on_at_a_time(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    assert BEAT.envelopes is not None
    crossovers, points = BEAT.envelopes.crossovers_hz, BEAT.envelopes.points
    moves = BandDynamics.pack(crossovers, 100, rng.uniform(-9.0, 3.0, (3, points)))
    at_once = outlook(dynamics=moves)
    for cells in (1, 7):
        monkeypatch.setattr("auralis_lab.plan.outlook.SLICE_POINTS", cells * CELL_POINTS)
        in_parts = outlook(dynamics=moves)
        assert in_parts.predict(0.0) == at_once.predict(0.0)
        assert in_parts.over_db(9.0) == at_once.over_db(9.0)


@settings(max_examples=tries(40))
@given(gain=st.floats(-40, 40), more=st.floats(0, 10))
def test_more_gain_is_louder_loses_more_and_never_passes_the_ceiling(
    gain: float, more: float
) -> None:
    here, there = (outlook(PEAKY).predict(value) for value in (gain, gain + more))
    assert here.limiter_loss_lu <= there.limiter_loss_lu + 0.011
    assert here.true_peak_dbtp is not None
    assert there.true_peak_dbtp is not None
    assert here.true_peak_dbtp <= there.true_peak_dbtp + 0.011
    assert there.true_peak_dbtp <= LIMITER.ceiling_dbtp


@settings(max_examples=tries(40))
@given(aim=st.floats(-60, 0), name=st.sampled_from(list(PRESETS)))
def test_the_gain_reaches_the_aim_or_the_limit_that_held_it(aim: float, name: str) -> None:
    preset, seen = PRESETS[name], outlook(PEAKY)
    gain, limit = seen.solve(aim, preset)
    reached = seen.predict(gain).integrated_lufs
    assert reached is not None
    assert seen.loss_lu(gain) <= preset.limiter_budget_lu + 0.01
    assert seen.plr_loss_db(gain) <= preset.plr_loss_db + 1.0
    assert gain <= preset.max_gain_db
    if limit is None:
        assert reached == pytest.approx(aim, abs=0.06)
    else:
        assert reached < aim


def test_the_peak_to_loudness_ratio_that_is_named_is_what_goes() -> None:
    """Of the limiter, and of EQ and dynamics before it: EQ that lifts only what is heard most."""
    heard = EqCurve((200.0, 400.0), (-6.0, 0.0))
    quiet = make_profile(lufs=-30.0, true_peak_dbtp=-1.0)
    rare = replace(quiet, crest=((-30.0, -4.0, 500), (-30.0, -1.0, 10)))
    preset = PRESETS["adaptive"]
    shaped = 0
    for eq in (FLAT, heard):
        seen = outlook(rare, eq)
        gain, limit = seen.solve(0.0, preset)
        assert limit is not None
        found = re.fullmatch(r"do no harm: ([\d.]+) dB of limiting at most", limit)
        assert found is not None, limit
        taken = seen.over_db(gain) - seen.loss_lu(gain)
        assert float(found[1]) == pytest.approx(taken, abs=0.06)
        said = re.findall(r"([\d.]+) dB", seen.plr_sentence(preset))
        before, after = (ratio(one.predict(-20.0)) for one in (outlook(rare), seen))
        if len(said) == 2:
            shaped += 1
            assert float(said[1]) == pytest.approx(before - after, abs=0.06)
            assert float(said[0]) == pytest.approx(float(found[1]) + float(said[1]), abs=0.11)
        else:
            assert said == [found[1]]
    assert shaped == 1


def ratio(predicted: Prediction) -> float:
    """Peak to loudness ratio of what is foreseen."""
    assert predicted.true_peak_dbtp is not None
    assert predicted.integrated_lufs is not None
    return predicted.true_peak_dbtp - predicted.integrated_lufs


def test_a_float_file_far_over_full_scale_is_brought_down() -> None:
    loud = make_profile(lufs=110.0, true_peak_dbtp=125.0)
    gain, limit = outlook(loud).solve(-14.0, PRESETS["adaptive"])
    assert limit is None
    assert outlook(loud).predict(gain).integrated_lufs == pytest.approx(-14.0, abs=0.06)


def test_without_a_loudness_there_is_no_outlook() -> None:
    with pytest.raises(ValueError, match="without a loudness"):
        outlook(make_profile(lufs=None))
