"""Odd input has a defined plan: finite, within its limits, and explained.

===================  ==========================================================================
input                plan
===================  ==========================================================================
silence, one frame,  no EQ, no gain, one decision that says that there is no loudness; the limiter
zero frames, short   still holds the ceiling
DC, one impulse      judged by what a loudness meter and a spectrum make of them
full-scale square    turned down to the target, overs included
8 kHz, 192 kHz       bands, crossovers and regions that the rate has
mono, 6 channels     everything but width; its decision says so
NaN, infinity        refused when it is measured
===================  ==========================================================================
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from auralis_lab.analysis.loudness import measure_loudness
from auralis_lab.analysis.profile import Profile, measure
from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import ArraySource
from auralis_lab.plan.enhance import plan
from auralis_lab.plan.equaliser import MAX_EQ_DB
from auralis_lab.plan.model import Plan
from auralis_lab.plan.presets import PRESET_NAMES, PRESETS
from auralis_lab.render.renderer import render


def noise(rate_hz: int, channels: int, seconds: float, level: float = 0.1) -> Audio:
    rng = np.random.default_rng(440)
    audio: Audio = (level * rng.standard_normal((channels, round(rate_hz * seconds)))).astype("f4")
    return audio


def both(left: float, right: float) -> Audio:
    """The same noise in both channels, times a gain of each."""
    return np.concatenate([noise(44_100, 1, 1.0, 0.1 * gain) for gain in (left, right)])


def impulse() -> Audio:
    audio = np.zeros((2, 44_100), np.float32)
    audio[:, 20_000] = 1.0
    return audio


def square() -> Audio:
    wave = np.where(np.arange(44_100) // 220 % 2, -1.0, 1.0)
    return np.stack([wave, wave]).astype(np.float32)


SIGNALS: dict[str, tuple[Audio, int]] = {
    "silence": (np.zeros((2, 44_100), np.float32), 44_100),
    "DC": (np.full((2, 44_100), 0.5, np.float32), 44_100),
    "one impulse": (impulse(), 44_100),
    "one frame": (np.full((2, 1), 0.5, np.float32), 44_100),
    "zero frames": (np.zeros((2, 0), np.float32), 44_100),
    "too short": (noise(44_100, 2, 0.05), 44_100),
    "half a second": (noise(44_100, 2, 0.5), 44_100),
    "full-scale square": (square(), 44_100),
    "8 kHz mono": (noise(8000, 1, 2.0), 8000),
    "192 kHz": (noise(192_000, 2, 0.6), 192_000),
    "6 channels": (noise(44_100, 6, 1.0), 44_100),
    "opposite polarity": (both(1.0, -1.0), 44_100),
    "one side silent": (both(1.0, 0.0), 44_100),
    "far over full scale": (noise(44_100, 2, 1.0, 1e6), 44_100),
    "next to nothing": (noise(44_100, 2, 1.0, 1e-30), 44_100),
}
UNMEASURED = ("silence", "one frame", "zero frames", "too short", "next to nothing")


@pytest.fixture(scope="module", params=list(SIGNALS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def profile(name: str) -> Profile:
    return measure(ArraySource(*SIGNALS[name]))


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_the_plan_is_finite_and_within_its_limits(profile: Profile, preset: str) -> None:
    made = plan(profile, preset)
    assert np.isfinite(made.gain_db)
    assert made.gain_db <= PRESETS[preset].max_gain_db
    assert np.isfinite(made.eq.gains_db).all()
    assert max(map(abs, made.eq.gains_db)) <= MAX_EQ_DB
    if made.dynamics is not None:
        assert np.isfinite(made.dynamics.gains_db).all()
    if made.width is not None:
        assert np.isfinite(made.width.side_gains_db).all()
    assert made.decisions
    assert "nan" not in made.explain()
    assert "-0.0 dB" not in made.explain()
    assert Plan.from_json(made.to_json()) == made


def test_what_has_no_loudness_is_only_held_under_the_ceiling(name: str, profile: Profile) -> None:
    made = plan(profile, "punchy")
    nothing = made.eq.is_flat and made.gain_db == 0 and not made.dynamics and not made.width
    assert nothing == (name in UNMEASURED)
    if nothing:
        assert "only held under the ceiling" in made.explain()


def test_the_result_is_finite_as_long_as_the_source_and_never_over(
    name: str, profile: Profile
) -> None:
    audio, rate_hz = SIGNALS[name]
    made = plan(profile, "bright")
    result = render(ArraySource(audio, rate_hz), made)
    assert result.shape == audio.shape
    assert np.isfinite(result).all()
    found = measure_loudness(ArraySource(result, rate_hz))
    if found.true_peak_dbtp is not None:
        assert found.true_peak_dbtp <= made.limiter.ceiling_dbtp
    if made.predicted.integrated_lufs is not None and name not in ("DC", "one impulse"):
        assert found.integrated_lufs == pytest.approx(made.predicted.integrated_lufs, abs=1.0)


def test_other_than_stereo_has_no_width_and_the_plan_says_so() -> None:
    for name, told in (("8 kHz mono", "One channel"), ("6 channels", "6 channels")):
        made = plan(measure(ArraySource(*SIGNALS[name])), "bright")
        assert made.width is None
        assert f"{told} ha" in made.explain()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_is_refused_when_it_is_measured(value: float) -> None:
    audio = noise(44_100, 2, 0.5)
    audio[1, 1000] = value
    with pytest.raises(ParameterError, match=r"NaN|finite|infin"):
        measure(ArraySource(audio, 44_100))


def test_a_profile_without_bands_over_time_leaves_dynamics_alone_and_says_so() -> None:
    profile = measure(ArraySource(*SIGNALS["full-scale square"]))
    made = plan(replace(profile, envelopes=None), "punchy")
    assert made.dynamics is None
    assert "were not measured: dynamics are left alone" in made.explain()
