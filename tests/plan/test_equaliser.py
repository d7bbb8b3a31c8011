"""EQ decisions against the same written out band by band."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.analysis.spectrum import band_centres_hz
from auralis_lab.plan.equaliser import MAX_EQ_DB, decide_eq
from auralis_lab.plan.model import EqCurve
from auralis_lab.plan.presets import PRESET_NAMES, PRESETS, TARGET_CURVE, Preset
from auralis_lab.plan.targets import TARGET_BAND
from tests.thorough import tries

CENTRES = band_centres_hz(44_100)
KERNEL = (0.08, 0.24, 0.36, 0.24, 0.08)
PLAIN = replace(PRESETS["adaptive"], correction_ratio=1.0, max_correction_db=6.0)


def curve_at(curve: EqCurve, hz: float) -> float:
    """Straight line over the logarithm of frequency, level outside."""
    points = list(zip(curve.frequencies_hz, curve.gains_db, strict=True))
    if hz <= points[0][0]:
        return points[0][1]
    for (f0, g0), (f1, g1) in pairwise(points):
        if hz <= f1:
            return g0 + (g1 - g0) * math.log(hz / f0) / math.log(f1 / f0)
    return points[-1][1]


def on_target(tilt: Callable[[float], float] = lambda hz: 0.0) -> list[float]:
    return [curve_at(TARGET_CURVE, hz) - 30 + tilt(hz) for hz in CENTRES]


def decided(levels: list[float], preset: Preset = PLAIN, **more: float) -> list[float]:
    curve, _ = decide_eq(CENTRES, levels, preset, more.pop("intensity", 1.0), **more)  # type: ignore[arg-type]
    return list(curve.gains_db)


def oracle(levels: list[float], preset: Preset) -> list[float]:
    """The rule, one band after the other."""
    usable = [30 <= hz <= 17_000 and level > max(levels) - 50
              for hz, level in zip(CENTRES, levels, strict=True)]  # fmt: skip
    raw = [level - curve_at(TARGET_BAND.middle, hz)
           for hz, level in zip(CENTRES, levels, strict=True)]  # fmt: skip
    inner = sorted(d for d, u, hz in zip(raw, usable, CENTRES, strict=True)
                   if u and 100 <= hz <= 8000)  # fmt: skip
    half = len(inner) // 2
    anchor = inner[half] if len(inner) % 2 else (inner[half - 1] + inner[half]) / 2
    wanted = []
    for hz, difference, use in zip(CENTRES, raw, usable, strict=True):
        away = difference - anchor
        low = -curve_at(TARGET_BAND.below_db, hz) - preset.leeway_db
        high = curve_at(TARGET_BAND.above_db, hz) + preset.leeway_db
        present = min(max((away + 18) / 8, 0.0), 1.0)
        beyond = max(away - high, 0.0) + present * min(away - low, 0.0)
        wanted.append(-preset.correction_ratio * beyond if use and away > -18 else 0.0)
    gains = []
    for index, hz in enumerate(CENTRES):
        near = [wanted[min(max(index + k, 0), len(wanted) - 1)] for k in range(-2, 3)]
        smooth = sum(weight * value for weight, value in zip(KERNEL, near, strict=True))
        held = min(max(smooth, -preset.max_correction_db), preset.max_correction_db)
        gains.append(min(max(held + curve_at(preset.voicing, hz), -MAX_EQ_DB), MAX_EQ_DB))
    return gains


@settings(max_examples=tries(40))
@given(
    moves=st.lists(st.floats(-12, 12), min_size=len(CENTRES), max_size=len(CENTRES)),
    preset=st.sampled_from([PLAIN, *PRESETS.values()]),
)
def test_the_curve_is_the_rule_band_by_band(moves: list[float], preset: Preset) -> None:
    levels = [level + move for level, move in zip(on_target(), moves, strict=True)]
    np.testing.assert_allclose(decided(levels, preset), oracle(levels, preset), atol=1e-3)


@settings(max_examples=tries(60))
@given(
    levels=st.lists(st.floats(-120, 20), min_size=len(CENTRES), max_size=len(CENTRES)),
    preset=st.sampled_from(PRESET_NAMES),
)
def test_no_gain_passes_six_decibels_or_jumps_between_neighbours(
    levels: list[float], preset: str
) -> None:
    gains = decided(levels, PRESETS[preset])
    assert max(map(abs, gains)) <= MAX_EQ_DB
    # The steepest a smoothing over five bands can be, on top of the voicing.
    steepest = 0.36 * 2 * 12 + 3
    assert max(abs(b - a) for a, b in pairwise(gains)) <= steepest


def test_what_lies_within_the_band_is_left_alone() -> None:
    middle, lower, upper = TARGET_BAND.at(np.array(CENTRES))
    for edge, sign in ((lower, 1), (upper, -1)):
        # Every second band, so that the middle of the spectrum stays where it is.
        inside = np.where(np.arange(len(CENTRES)) % 2, edge + 0.1 * sign, 0.0)
        assert not any(decided(list(middle + inside - 30)))


def test_only_what_lies_beyond_the_edge_is_taken_back() -> None:
    _, _, upper = TARGET_BAND.at(np.array(CENTRES))
    wide = {hz: edge for hz, edge in zip(CENTRES, upper, strict=True) if 4000 < hz < 13_000}
    gains = dict(zip(CENTRES, decided(on_target(lambda hz: wide.get(hz, -3) + 3)), strict=True))
    assert gains[min(wide, key=lambda hz: abs(hz - 7943))] == pytest.approx(-3.0, abs=1e-3)
    assert gains[1000.0] == 0.0


def test_what_is_hardly_there_is_raised_less_until_it_is_not_at_all() -> None:
    gains = []
    for below_db in (9.0, 12.0, 15.0, 17.9, 18.1, 30.0):
        levels = on_target(lambda hz, below=below_db: -below if hz > 6500 else 0.0)  # type: ignore[misc]
        gains.append(decided(levels)[CENTRES.index(10_000.0)])
    assert gains[0] > 1.0
    assert gains[1] > gains[2] > gains[3]
    assert gains[3] == pytest.approx(0.0, abs=0.2)
    assert gains[4] == gains[5] == 0.0


def test_a_single_band_that_sticks_out_moves_its_neighbours_and_never_a_notch() -> None:
    spike = on_target(lambda hz: 14.0 if hz == 1000.0 else 0.0)
    gains = decided(spike)
    at = CENTRES.index(1000.0)
    beyond = 14.0 - 4.0
    assert gains[at - 3 : at + 4] == pytest.approx(
        [0.0, *(-beyond * weight for weight in KERNEL), 0.0], abs=1e-3
    )


@settings(max_examples=tries(30))
@given(
    moves=st.lists(st.floats(-15, 15), min_size=len(CENTRES), max_size=len(CENTRES)),
    budget=st.floats(0.05, 3),
)
def test_a_budget_bounds_the_correction(moves: list[float], budget: float) -> None:
    levels = [level + move for level, move in zip(on_target(), moves, strict=True)]
    free, held = decided(levels), decided(levels, budget_db=budget)
    usable = [hz for hz in CENTRES if 30 <= hz <= 17_000]
    inside = [CENTRES.index(hz) for hz in usable]
    assert np.std(np.array(held)[inside]) <= max(budget * 1.6, 1e-6)
    assert all(abs(h) <= abs(f) + 1e-4 for f, h in zip(free, held, strict=True))


def test_a_limit_is_told_where_it_held() -> None:
    levels = on_target(lambda hz: 15.0 if hz < 160 else 0.0)
    preset = replace(PRESETS["adaptive"], max_correction_db=2.0)
    _, decisions = decide_eq(CENTRES, levels, preset, 1.0)
    bass = next(d for d in decisions if d.topic == "EQ, bass")
    assert bass.limit == "the largest correction, ±2.0 dB"
    assert "above the target, outside" in bass.sentence
    _, decisions = decide_eq(CENTRES, levels, PLAIN, 1.0, budget_db=0.5)
    bass = next(d for d in decisions if d.topic == "EQ, bass")
    assert bass.limit == "do no harm: a correction of 0.5 dB rms at most"


@pytest.mark.parametrize("levels", [[], [None], [None, None, None]])
def test_nothing_measured_is_left_flat(levels: list[float | None]) -> None:
    centres = CENTRES[: len(levels)]
    curve, decisions = decide_eq(centres, levels, PRESETS["warm"], 1.0)
    assert curve.is_flat
    assert decisions == ()


def test_the_band_that_is_outside_is_named_where_its_region_is_within() -> None:
    levels = on_target(lambda hz: 9.0 if 95 < hz < 105 else 0.0)
    _, decisions = decide_eq(CENTRES, levels, PLAIN, 1.0)
    bass = next(d for d in decisions if d.topic == "EQ, bass")
    assert "within its" in bass.sentence
    assert "as the band at 100 Hz is at +9.0 dB, beyond its +" in bass.sentence
