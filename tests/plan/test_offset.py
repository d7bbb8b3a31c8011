"""An offset is taken off, said, and counted in what is predicted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from auralis_lab.analysis.loudness import measure_loudness
from auralis_lab.analysis.profile import Profile, measure
from auralis_lab.audio import Audio
from auralis_lab.io.source import ArraySource
from auralis_lab.plan.enhance import plan
from auralis_lab.plan.model import Plan
from auralis_lab.plan.offset import LEAST_OFFSET, without_offset
from auralis_lab.render.renderer import render
from tests.plan.conftest import make_profile

RATE_HZ = 22_050


@pytest.fixture
def music(pink: Callable[..., Audio]) -> Audio:
    audio = pink(5, RATE_HZ)
    audio = audio - audio.mean(axis=1, keepdims=True)
    return np.asarray(0.4 * audio / np.abs(audio).max(), np.float32)


def profile_of(audio: Audio) -> Profile:
    return measure(ArraySource(audio, RATE_HZ))


def test_an_offset_changes_nothing_in_the_result_but_is_gone(music: Audio) -> None:
    moved = music + np.array([[0.3], [-0.1]], np.float32)
    made = plan(profile_of(moved))
    assert made.dc_offset == pytest.approx((0.3, -0.1), abs=1e-4)
    result = render(ArraySource(moved, RATE_HZ), made)
    assert np.abs(result.mean(axis=1)).max() < 1e-3
    plain = plan(profile_of(music))
    assert plain.dc_offset == ()
    loudness = measure_loudness(result, rate_hz=RATE_HZ).integrated_lufs
    assert loudness == pytest.approx(made.predicted.integrated_lufs, abs=0.5)
    assert made.gain_db == pytest.approx(plain.gain_db, abs=0.3)


def test_peaks_are_predicted_without_the_offset(music: Audio) -> None:
    centred = without_offset(profile_of(music + np.float32(0.3)), 1.0)
    peak = profile_of(music).loudness.true_peak_dbtp
    assert centred.loudness.true_peak_dbtp == pytest.approx(peak, abs=0.3)


def test_the_overshoot_where_a_large_offset_sets_in_is_no_peak_of_what_is_left() -> None:
    quiet = 0.01 * np.sin(2 * np.pi * 440 / RATE_HZ * np.arange(4 * RATE_HZ, dtype=np.float32))
    moved = profile_of(np.stack([quiet, quiet]).astype(np.float32) + np.float32(0.3))
    centred = without_offset(moved, 1.0).loudness
    assert moved.loudness.true_peak_dbtp == pytest.approx(-9.8, abs=0.5)
    assert centred.true_peak_dbtp == pytest.approx(-40.0, abs=0.3)


def test_the_offset_scales_with_intensity_and_intensity_0_keeps_it() -> None:
    profile = replace(make_profile(), dc_offset=(0.2, 0.1), centred_peak=0.4)
    assert plan(profile, intensity=0.25).dc_offset == (0.05, 0.025)
    assert plan(profile, intensity=0.0).dc_offset == ()


def test_a_small_offset_is_left_alone() -> None:
    profile = replace(make_profile(), dc_offset=(LEAST_OFFSET, 0.0), centred_peak=0.4)
    made = plan(profile)
    assert made.dc_offset == ()
    assert "DC offset" not in {decision.topic for decision in made.decisions}


def test_a_decision_names_the_offset_and_the_plan_keeps_it_in_json() -> None:
    profile = replace(make_profile(), dc_offset=(0.2, 0.0), centred_peak=0.4)
    made = plan(profile)
    (decision,) = (d for d in made.decisions if d.topic == "DC offset")
    assert (decision.measured, decision.amount) == ("+20%, 0%", "-20%, 0%")
    assert "takes headroom" in decision.sentence
    again = Plan.from_json(made.to_json())
    assert again == made
    assert again.hash == made.hash != replace(made, dc_offset=()).hash
