"""Matching another track: balance, loudness and width, each by its limits and by intensity."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from auralis_lab.analysis.stereo import Stereo
from auralis_lab.errors import ParameterError
from auralis_lab.plan.enhance import plan
from auralis_lab.plan.model import Plan
from tests.plan.conftest import make_profile

TRACK = make_profile()
DARK = replace(
    make_profile(
        lufs=-17.0, tilt=lambda hz: -3 * max(0.0, math.log2(hz / 1000)), stereo=Stereo(0.6, 0.2)
    ),
    key="dark",
)


def match(intensity: float = 1.0, reference: object = DARK) -> Plan:
    return plan(TRACK, "reference", intensity=intensity, reference=reference)  # type: ignore[arg-type]


def test_the_balance_becomes_that_of_the_reference_within_six_decibels() -> None:
    eq = match().eq
    for hz, gain in zip(eq.frequencies_hz, eq.gains_db, strict=True):
        wanted = max(-6.0, -3 * max(0.0, math.log2(hz / 1000)))
        if 40 < hz < 800 or 1700 < hz < 16_000:
            assert gain == pytest.approx(wanted, abs=0.6)


def test_loudness_and_width_become_those_of_the_reference() -> None:
    made = match()
    assert made.target_lufs == pytest.approx(-17.0)
    assert made.predicted.integrated_lufs == pytest.approx(-17.0, abs=0.06)
    assert made.width is not None
    gain = made.width.side_gains_db[3]
    assert 0 < gain <= 3.0
    assert made.reference == "dark"
    assert made.dynamics is None


def test_half_the_intensity_matches_half_way() -> None:
    whole, half = match(), match(0.5)
    np.testing.assert_allclose(half.eq.gains_db, np.array(whole.eq.gains_db) / 2, atol=1e-4)
    assert half.gain_db == pytest.approx(whole.gain_db / 2, abs=1e-3)
    assert half.width is not None
    assert whole.width is not None
    assert half.width.side_gains_db == pytest.approx(
        [gain / 2 for gain in whole.width.side_gains_db], abs=2e-3
    )


def test_a_track_matched_to_itself_stays_as_it_is() -> None:
    made = match(reference=TRACK)
    assert made.eq.is_flat
    assert made.gain_db == pytest.approx(0.0, abs=0.05)
    assert made.width is None


def test_a_silent_reference_is_refused() -> None:
    silent = make_profile(lufs=None, true_peak_dbtp=None)
    with pytest.raises(ParameterError, match="reference is silent or too short"):
        match(reference=silent)


def test_a_reference_at_another_rate_is_compared_where_both_have_bands() -> None:
    narrow = replace(make_profile(rate_hz=16_000), key="narrow")
    made = match(reference=narrow)
    assert made.eq.is_flat or max(map(abs, made.eq.gains_db)) <= 6.0


def test_reference_needs_one_and_the_others_take_none() -> None:
    with pytest.raises(ParameterError, match="'reference' needs a reference"):
        plan(TRACK, "reference")
    with pytest.raises(ParameterError, match="'warm' takes no reference"):
        plan(TRACK, "warm", reference=DARK)
