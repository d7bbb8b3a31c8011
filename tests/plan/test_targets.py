"""The band that is left alone."""

from __future__ import annotations

import numpy as np
import pytest

from auralis_lab.plan.model import EqCurve
from auralis_lab.plan.targets import TARGET_BAND, TargetBand


def test_the_edges_lie_on_either_side_of_the_middle_and_leeway_moves_both() -> None:
    hz = np.geomspace(20, 20_000, 60)
    _, lower, upper = TARGET_BAND.at(hz)
    assert (lower < 0).all()
    assert (upper > 0).all()
    _, low, high = TARGET_BAND.at(hz, leeway_db=1.5)
    np.testing.assert_allclose(lower - low, 1.5)
    np.testing.assert_allclose(high - upper, 1.5)


def test_the_middle_falls_from_the_bass_to_the_air() -> None:
    middle, _, _ = TARGET_BAND.at(np.geomspace(100, 20_000, 40))
    assert (np.diff(middle) < 0).all()


def test_between_its_points_the_band_is_straight_over_octaves() -> None:
    line = EqCurve((100.0, 400.0), (0.0, -6.0))
    flat = EqCurve((1000.0,), (0.0,))
    middle, lower, _ = TargetBand(line, flat, flat).at(np.array([50.0, 200.0, 800.0]))
    np.testing.assert_allclose(middle, [0.0, -3.0, -6.0])
    assert not lower.any()


def test_measured_levels_become_a_target_without_room() -> None:
    made = TargetBand.of_levels((100.0, 200.0, 400.0), (-10.0, None, -20.0), "another")
    assert made is not None
    assert made.name == "another"
    middle, lower, upper = made.at(np.array([200.0]))
    assert middle[0] == pytest.approx(-15.0)
    assert lower[0] == upper[0] == 0.0
    assert TargetBand.of_levels((100.0,), (None,), "silence") is None
