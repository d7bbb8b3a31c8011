"""Band dynamics: budgets kept, energy given back, times taken from the material."""

from __future__ import annotations

import math
import re

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.analysis.envelopes import BandEnvelopes
from auralis_lab.plan.automation import BandDynamics
from auralis_lab.plan.dynamics import decide_dynamics, loud_level_db
from auralis_lab.plan.onsets import find_onsets
from auralis_lab.plan.presets import DynamicsTargets
from tests.plan.conftest import drums
from tests.thorough import tries

Levels = npt.NDArray[np.float64]

FIRM = DynamicsTargets(ratio=2.0, mean_budget_db=1.0, max_budget_db=3.0)
LIFT = DynamicsTargets(ratio=1.3, mean_budget_db=0.7, max_budget_db=2.0, onset_db=3.0)
OPEN_DB = 16.0  # a peak to loudness ratio that leaves the whole budget
HALF_A_STEP_DB = 0.0051


def decide(
    levels: npt.ArrayLike, targets: DynamicsTargets = FIRM, *, plr_db: float = OPEN_DB,
    intensity: float = 1.0,
) -> tuple[BandDynamics | None, str]:  # fmt: skip
    """Of one band."""
    envelopes = BandEnvelopes.pack((), 100, np.asarray(levels)[np.newaxis])
    made, (decision,) = decide_dynamics(envelopes, targets, intensity, plr_db=plr_db)
    return made, decision.sentence


def gains(levels: npt.ArrayLike, targets: DynamicsTargets = FIRM, **more: float) -> Levels:
    made, _ = decide(levels, targets, **more)
    assert made is not None
    change: Levels = made.gains_db[0].astype(np.float64)
    return change


def energy_gain_db(levels: Levels, gains_db: Levels) -> float:
    power = 10 ** (np.asarray(levels) / 10)
    return float(10 * np.log10((power * 10 ** (gains_db / 10)).sum() / power.sum()))


def times_ms(sentence: str) -> tuple[float, float]:
    found = re.search(r"attack (\d+) ms, release (\d+) ms", sentence)
    assert found is not None
    return float(found[1]), float(found[2])


def compressed_slowly(levels: Levels, targets: DynamicsTargets, sentence: str) -> Levels:
    """The compressor as textbooks write it, one point after the other, in plain Python."""
    power = 10 ** (levels / 10)
    loud = power[power >= power.mean() / 10].mean()
    threshold = 10 * math.log10(loud) + targets.threshold_db
    attack_ms, release_ms = times_ms(sentence)
    held, reduction = None, []
    for level in levels:
        over = level - threshold
        knee = min(max(over + targets.knee_db / 2, 0.0), targets.knee_db)
        bent = knee**2 / (2 * targets.knee_db) + max(over - targets.knee_db / 2, 0.0)
        wanted = min((1 - 1 / targets.ratio) * bent, targets.max_budget_db)
        time_ms = attack_ms if held is not None and wanted > held else release_ms
        keep = 0.0 if held is None else math.exp(-1000 / 100 / time_ms)
        held = keep * (held or 0.0) + (1 - keep) * wanted
        reduction.append(held)
    down = np.array(reduction)
    if -energy_gain_db(levels, -down) > targets.mean_budget_db:
        low, high = 0.0, 1.0
        for _ in range(60):
            share = (low + high) / 2
            over = -energy_gain_db(levels, -share * down) > targets.mean_budget_db
            low, high = (low, share) if over else (share, high)
        down *= low
    return -down - energy_gain_db(levels, -down)


@pytest.mark.parametrize("beats_hz", [1.0, 2.5])
def test_the_gains_are_those_of_a_textbook_compressor(beats_hz: float) -> None:
    levels = np.round(drums(1, 20.0, beats_hz=beats_hz)[0], 2)
    _, sentence = decide(levels)
    slow = compressed_slowly(levels, FIRM, sentence)
    # The sentence rounds its times to whole milliseconds.
    np.testing.assert_allclose(gains(levels), slow, atol=0.03)


@settings(max_examples=tries(60))
@given(
    rows=st.lists(st.floats(-50, 0), min_size=6, max_size=12),
    hold=st.integers(8, 60),
    ratio=st.floats(1.1, 8),
    mean=st.floats(0.1, 3),
    most=st.floats(0.1, 6),
    plr_db=st.floats(0, 30),
)
def test_no_band_is_reduced_by_more_than_its_budgets_and_its_energy_stays(
    rows: list[float], hold: int, ratio: float, mean: float, most: float, plr_db: float
) -> None:
    levels = np.round(np.repeat(rows, hold), 2)
    targets = DynamicsTargets(ratio, mean, most)
    made, _ = decide(levels, targets, plr_db=plr_db)
    if made is None:
        return
    change = made.gains_db[0].astype(np.float64)
    # What every point was given back is the largest gain, of the point reduced least.
    assert change.max() - change.min() <= most + 2 * HALF_A_STEP_DB
    assert change.max() <= mean + 2 * HALF_A_STEP_DB
    assert energy_gain_db(levels, change) == pytest.approx(0.0, abs=HALF_A_STEP_DB)
    assert made.mean_gains_db[0] == pytest.approx(0.0, abs=0.005)


@pytest.mark.parametrize("shift_db", [-15.0, 7.5])
def test_the_threshold_moves_with_the_level(shift_db: float) -> None:
    levels = drums(1, 20.0)[0]
    np.testing.assert_allclose(gains(levels), gains(levels + shift_db), atol=0.011)


def test_faster_music_is_released_faster() -> None:
    releases = [times_ms(decide(drums(1, 30.0, beats_hz=hz)[0])[1])[1] for hz in (1.0, 2.5, 5.0)]
    assert releases[0] == 400  # 500 ms is cut to the longest
    assert releases[1] == pytest.approx(200, rel=0.1)
    assert releases[2] == pytest.approx(100, rel=0.1)
    assert times_ms(decide(np.full(3000, -20.0))[1]) == (15, 400)


def test_music_that_stands_out_more_is_attacked_later() -> None:
    attacks = []
    for above_db in (0.0, 3.0, 6.0, 12.0):
        levels = np.full(3000, -30.0)
        levels[:: 1000 // 100] += above_db  # a tenth of the points
        attacks.append(times_ms(decide(levels)[1])[0])
    assert attacks == sorted(attacks)
    assert attacks[0] == 15
    assert attacks[-1] > 30


def test_loud_passages_come_down_and_quiet_ones_come_up() -> None:
    levels = np.repeat([-20.0, -32.0] * 4, 300)
    change = gains(levels)
    assert change[levels > -25].mean() < -0.05
    assert change[levels < -25].mean() > 0.3


def test_the_denser_a_track_is_already_the_less_is_done() -> None:
    levels = drums(1, 20.0)[0]
    spans = []
    for plr_db in (15.0, 13.0, 11.0, 10.0):
        change = gains(levels, plr_db=plr_db)
        spans.append(change.max() - change.min())
    assert spans == sorted(spans, reverse=True)
    made, sentence = decide(levels, plr_db=9.0)
    assert made is None
    assert "do no harm: a peak to loudness ratio of 9.0 dB" in sentence


@settings(max_examples=tries(20))
@given(intensity=st.floats(0.01, 1))
def test_gains_are_in_proportion_to_intensity(intensity: float) -> None:
    levels = drums(1, 10.0)[0]
    made, _ = decide(levels, LIFT, intensity=intensity)
    part = np.zeros(len(levels)) if made is None else made.gains_db[0]
    np.testing.assert_allclose(part, intensity * gains(levels, LIFT), atol=2 * HALF_A_STEP_DB)


def test_onsets_are_lifted_for_their_first_moments_and_nothing_else_is() -> None:
    levels = drums(1, 20.0)[0].astype(np.float32)
    quiet = DynamicsTargets(ratio=1.0, mean_budget_db=0.0, max_budget_db=0.0, onset_db=3.0)
    change = gains(levels, quiet)
    base = float(np.median(change))
    onsets, _ = find_onsets(levels, loud_level_db(levels) or 0.0)
    lifted = np.flatnonzero(change > base + 0.02)
    assert len(lifted) == 4 * len(onsets)
    assert np.abs(lifted[:, None] - onsets).min(axis=1).max() <= 2
    np.testing.assert_allclose(change[onsets] - base, 3.0, atol=0.011)
    assert energy_gain_db(levels.astype(np.float64), change) == pytest.approx(0, abs=0.01)


def test_half_an_onset_gets_half_the_lift() -> None:
    levels = np.full(1000, -30.0)
    levels[500:540] = -24.0  # 6 dB: halfway between nothing and all
    quiet = DynamicsTargets(ratio=1.0, mean_budget_db=0.0, max_budget_db=0.0, onset_db=3.0)
    change = gains(levels, quiet)
    assert change.max() - np.median(change) == pytest.approx(1.5, abs=0.02)


def test_the_loud_level_leaves_out_what_lies_10_db_below_the_mean() -> None:
    levels = np.array([-20.0] * 10 + [-90.0] * 90, np.float32)
    assert loud_level_db(levels) == pytest.approx(-20.0, abs=1e-4)
    assert loud_level_db(np.full(10, -120.0, np.float32)) is None
    assert loud_level_db(np.zeros(0, np.float32)) is None


def test_a_silent_band_and_one_40_db_below_the_loudest_are_left_alone() -> None:
    beat = drums(1, 20.0)[0]
    envelopes = BandEnvelopes.pack((160.0, 2500.0), 100, [np.full(2000, -120.0), beat, beat - 45])
    made, decisions = decide_dynamics(envelopes, FIRM, 1.0, plr_db=OPEN_DB)
    assert made is not None
    assert not made.gains_db[0].any()
    assert made.gains_db[1].any()
    assert not made.gains_db[2].any()
    assert decisions[0].measured == "silent"
    assert "next to nothing to hear" in decisions[2].sentence


@pytest.mark.parametrize(
    ("envelopes", "targets", "told"),
    [
        (None, FIRM, "were not measured"),
        (BandEnvelopes.pack((), 100, np.zeros((1, 49))), FIRM, "too short"),
        (BandEnvelopes.pack((), 100, np.zeros((1, 0))), FIRM, "too short"),
        (BandEnvelopes.pack((), 100, np.zeros((1, 500))), None, "left alone by this preset"),
    ],
)
def test_what_cannot_be_judged_is_left_alone_and_said_to_be(
    envelopes: BandEnvelopes | None, targets: DynamicsTargets | None, told: str
) -> None:
    made, decisions = decide_dynamics(envelopes, targets, 1.0, plr_db=OPEN_DB)
    assert made is None
    assert [told in decision.sentence for decision in decisions] == [True]


@pytest.mark.parametrize(
    "row",
    [
        np.full(1000, -120.0),
        np.full(1000, -3.0),
        np.where(np.arange(1000) == 500, 0.0, -120.0),
        np.full(1000, 100.0),
    ],
    ids=["silence", "steady", "one impulse", "far over full scale"],
)
def test_odd_levels_give_finite_gains_within_the_budget(row: Levels) -> None:
    made, _ = decide(row, LIFT)
    if made is not None:
        assert np.isfinite(made.gains_db).all()
        assert np.abs(made.gains_db).max() <= LIFT.onset_db + LIFT.max_budget_db
