"""Gains over time against straight lines drawn by numpy."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.dsp.dynamics import BandGains, gains_between
from auralis_lab.errors import ParameterError
from tests.thorough import tries


def gains_over(gains: BandGains, first: int, frames: int) -> np.ndarray:
    points, phase = gains.over(first, frames)
    out = np.empty((gains.bands, frames), np.float32)
    for row, target in zip(points, out, strict=True):
        gains_between(row, phase, gains.numerator, gains.denominator, target)
    return out


@settings(max_examples=tries(60))
@given(
    rate_hz=st.sampled_from([50, 8000, 11_025, 44_100, 192_000]),
    control_rate_hz=st.sampled_from([100.0, 33.3, 0.5]),
    points=st.integers(1, 40),
    first=st.integers(0, 100_000),
    frames=st.integers(1, 3000),
    seed=st.integers(0, 99),
)
def test_gains_are_straight_lines_of_amplitude_and_the_last_point_is_held(
    rate_hz: int, control_rate_hz: float, points: int, first: int, frames: int, seed: int
) -> None:
    steps = np.random.default_rng(seed).integers(-4000, 2000, (2, points)).astype("<i2")
    gains = BandGains(steps, control_rate_hz, rate_hz)
    amplitudes = 10 ** (steps / 2000)
    at = (np.arange(first, first + frames) * control_rate_hz) / rate_hz
    slow = [np.interp(at, np.arange(points), row) for row in amplitudes]
    np.testing.assert_allclose(gains_over(gains, first, frames), slow, rtol=2e-6)


@settings(max_examples=tries(40))
@given(first=st.integers(0, 50_000), cut=st.integers(1, 1999), rate_hz=st.integers(8000, 96_000))
def test_the_gain_of_a_frame_is_nearly_the_same_in_any_run(
    first: int, cut: int, rate_hz: int
) -> None:
    steps = np.random.default_rng(rate_hz).integers(-4000, 2000, (1, 300)).astype("<i2")
    gains = BandGains(steps, 100, rate_hz)
    whole, tail = gains_over(gains, first, 2000), gains_over(gains, first + cut, 2000 - cut)
    np.testing.assert_allclose(tail, whole[:, cut:], rtol=1e-6)


def test_control_points_lie_where_exact_fractions_put_them() -> None:
    gains = BandGains(np.zeros((1, 5), np.int16), 33.3, 44_100)
    assert Fraction(gains.numerator, gains.denominator) == Fraction(333, 10) / 44_100
    far = 10**12  # no float would tell these frames apart
    assert gains.over(far, 1)[1] == far * gains.numerator % gains.denominator


@pytest.mark.parametrize(
    ("shape", "control_rate_hz"),
    [((0, 4), 100.0), ((2, 0), 100.0), ((4,), 100.0), ((1, 4), 0.0), ((1, 4), float("nan")),
     ((1, 4), float("inf")), ((1, 4), 1e-9)],
)  # fmt: skip
def test_gains_that_are_none_are_refused(shape: tuple[int, ...], control_rate_hz: float) -> None:
    with pytest.raises(ParameterError):
        BandGains(np.zeros(shape, np.int16), control_rate_hz, 44_100)
