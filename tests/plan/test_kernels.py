"""The compressor's loop against plain numpy."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.plan.kernels import smooth_reduction
from tests.thorough import tries

Row = npt.NDArray[np.float32]


def static_reduction_db(over_db: float, slope: float, knee_db: float) -> float:
    """Soft knee of Giannoulis, Massberg and Reiss (2012), as reduction above a threshold of 0."""
    if 2 * over_db < -knee_db:
        return 0.0
    if 2 * abs(over_db) <= knee_db:
        return slope * (over_db + knee_db / 2) ** 2 / (2 * knee_db)
    return slope * over_db


def oracle(levels: Row, threshold: float, slope: float, knee: float, most: float,
           attack: float, release: float) -> npt.NDArray[np.float64]:  # fmt: skip
    wanted = [min(static_reduction_db(float(v) - threshold, slope, knee), most) for v in levels]
    held, out = wanted[0], []
    for now in wanted:
        keep = attack if now > held else release
        held = keep * held + (1 - keep) * now
        out.append(held)
    return np.array(out)


@settings(max_examples=tries(60))
@given(
    levels=st.lists(st.floats(-120, 20, width=32), min_size=1, max_size=60),
    threshold=st.floats(-60, 0),
    slope=st.floats(0, 1),
    knee=st.floats(0.5, 12),
    most=st.floats(0, 12),
    attack=st.floats(0, 0.999),
    release=st.floats(0, 0.999),
)
def test_the_loop_is_the_formula_point_by_point(
    levels: list[float], threshold: float, slope: float, knee: float, most: float,
    attack: float, release: float,
) -> None:  # fmt: skip
    row = np.array(levels, np.float32)
    made = smooth_reduction(row, threshold, slope, knee, most, attack, release)
    wanted = oracle(row, threshold, slope, knee, most, attack, release)
    np.testing.assert_allclose(made, wanted, atol=1e-4)
    assert made.min() >= 0
    assert made.max() <= most + 1e-5


@pytest.mark.parametrize(("time_ms", "rises"), [(20.0, True), (250.0, False)])
def test_a_step_is_followed_to_63_percent_within_the_time(time_ms: float, rises: bool) -> None:
    pole = math.exp(-10 / time_ms)  # 100 points a second
    levels = np.full(400, -60.0, np.float32)
    (levels[200:] if rises else levels[:200])[:] = -6.0
    attack, release = (pole, 0.0) if rises else (0.0, pole)
    made = smooth_reduction(levels, -20.0, 0.5, 1.0, 99.0, attack, release)
    target = 0.5 * 14
    at = 200 + round(time_ms / 10) - 1  # the first point after the step has moved already
    moved = made[at] / target if rises else 1 - made[at] / target
    assert moved == pytest.approx(1 - math.exp(-1), abs=0.01)


def test_no_points_give_no_points() -> None:
    assert smooth_reduction(np.zeros(0, np.float32), -20.0, 0.5, 1.0, 9.0, 0.5, 0.5).shape == (0,)
