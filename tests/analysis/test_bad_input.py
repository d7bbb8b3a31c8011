"""What is measured of signals that are no music: always a result, and never NaN."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.analysis.fingerprint import DIMENSIONS, measures
from auralis_lab.analysis.profile import Profile, measure
from auralis_lab.analysis.rhythm import Rhythm
from auralis_lab.analysis.tonality import Tonality
from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import ArraySource
from tests.thorough import tries

Measures = dict[str, float | None]


def numbers(value: Any) -> Iterator[float]:
    """All numbers anywhere in a value."""
    if isinstance(value, float):
        yield value
    elif is_dataclass(value):
        for each in fields(value):
            yield from numbers(getattr(value, each.name))
    elif isinstance(value, tuple):
        for part in value:
            yield from numbers(part)


def of(audio: Audio, rate_hz: int = 48_000) -> tuple[Profile, Measures]:
    """Profile and measures, after what holds for those of any signal."""
    profile = measure(ArraySource(audio, rate_hz))
    known = measures(profile)
    assert all(math.isfinite(number) for number in numbers(profile))
    assert all(value is None or math.isfinite(value) for value in known.values())
    assert profile.frames == audio.shape[1]
    assert profile.envelopes is not None
    assert profile.envelopes.points == -(-audio.shape[1] * 100 // rate_hz)
    assert np.isfinite(profile.envelopes.levels_db).all()
    assert Profile.from_json(profile.to_json()) == profile
    return profile, known


def constant(value: float, seconds: float, rate_hz: int = 48_000, channels: int = 2) -> Audio:
    return np.full((channels, round(seconds * rate_hz)), value, np.float32)


@pytest.mark.parametrize("seconds", [0.01, 0.5, 12])
def test_of_silence_nothing_is_known_but_that_it_is_silent(seconds: float) -> None:
    profile, known = of(constant(0.0, seconds))
    told = {name for name, value in known.items() if value is not None}
    assert told == ({"silence_ratio"} if seconds >= 0.1 else set())
    assert (profile.rhythm, profile.tonality) == (Rhythm(), Tonality())
    assert profile.loudness.true_peak_dbtp is None


def test_of_nothing_nothing_is_known() -> None:
    for channels in (1, 2, 6):
        profile, known = of(constant(0.0, 0, channels=channels))
        assert set(known.values()) == {None}
        assert (profile.duration_s, profile.crest) == (0.0, ())


def test_a_constant_has_a_peak_and_no_spectrum_and_no_loudness() -> None:
    profile, known = of(constant(0.5, 6))
    assert profile.loudness.sample_peak_dbfs == pytest.approx(-6.02, abs=0.01)
    # The high-pass rings for a moment where the constant begins.
    assert profile.loudness.integrated_lufs is None or profile.loudness.integrated_lufs < -25
    assert set(profile.ltas.levels_db) == {None}
    spectral = (*DIMENSIONS[:7], "crest_db", "bass_mid_db", "centroid_hz", "rolloff_hz", "flatness")
    assert {known[name] for name in spectral} == {None}
    assert known["tempo_bpm"] is None
    heard = ("stereo_width", "phase_correlation", "harmonic_ratio", "chroma_strength")
    assert {known[name] for name in heard} == {None}


@pytest.mark.parametrize("at", [0, 24_000, 95_999])
def test_one_impulse_has_its_peak_and_a_flat_spectrum(at: int) -> None:
    audio = constant(0.0, 2)
    audio[:, at] = 1.0
    profile, known = of(audio)
    assert profile.loudness.true_peak_dbtp == pytest.approx(0, abs=0.3)
    assert profile.loudness.sample_peak_dbfs == 0.0
    assert known["tempo_bpm"] is None
    assert known["onset_density_hz"] == pytest.approx(0.5, abs=0.51)
    if at == 24_000:
        assert known["flatness"] is not None
        assert known["centroid_hz"] == pytest.approx(8900, rel=0.1)
        assert known["harmonic_ratio"] == pytest.approx(0, abs=0.05)
        assert known["silence_ratio"] == pytest.approx(0.9, abs=0.06)


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("frames", [1, 2, 11])
def test_one_frame_has_a_peak_and_no_rhythm(frames: int, channels: int) -> None:
    profile, known = of(np.full((channels, frames), -0.25, np.float32))
    assert profile.loudness.sample_peak_dbfs == pytest.approx(-12.04, abs=0.01)
    assert profile.loudness.integrated_lufs is None
    assert profile.loudness.max_momentary_lufs is None
    assert profile.rhythm == Rhythm()
    unknown = ("loudness_lufs", "tempo_bpm", "pitch_stability", "silence_ratio", "lra_lu", "plr_db")
    assert {known[name] for name in unknown} == {None}


def test_a_full_scale_square_wave_reads_as_its_formula_says() -> None:
    rate_hz, hz = 48_000, 300
    n = np.arange(4 * rate_hz)
    square = np.where(n * hz * 2 // rate_hz % 2, -1.0, 1.0).astype(np.float32)
    profile, known = of(np.stack([square, square]), rate_hz)
    assert profile.loudness.sample_peak_dbfs == 0.0
    assert profile.loudness.true_peak_dbtp is not None
    assert 0 < profile.loudness.true_peak_dbtp < 3
    # Of the odd harmonics up to 17.8 kHz the first alone lies in 'low_mid'.
    odd = np.arange(1, 60, 2)
    period = rate_hz / hz
    powers = 8 / (period * np.sin(math.pi * odd / period)) ** 2
    assert known["crest_db"] == pytest.approx(-10 * math.log10(powers.sum()), abs=0.03)
    assert known["low_mid"] == pytest.approx(powers[0] / powers.sum(), abs=0.002)
    assert known["harmonic_ratio"] == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    ("rate_hz", "channels", "width"), [(8000, 1, 0.0), (192_000, 2, 0.5), (48_000, 6, None)]
)
def test_any_rate_and_number_of_channels_is_measured(
    rate_hz: int, channels: int, width: float | None, rng: np.random.Generator
) -> None:
    audio = (0.1 * rng.standard_normal((channels, 4 * rate_hz))).astype(np.float32)
    _, known = of(audio, rate_hz)
    assert known["stereo_width"] == (width if width is None else pytest.approx(width, abs=0.01))
    assert sum(known[name] or 0 for name in DIMENSIONS[:7]) == pytest.approx(1)
    assert known["harmonic_ratio"] is not None
    assert known["onset_density_hz"] is not None


@pytest.mark.parametrize("rate_hz", [1, 3999])
def test_rates_under_4_khz_are_refused(rate_hz: int) -> None:
    with pytest.raises(ParameterError, match=f"rate_hz={rate_hz} must be 4000 or more"):
        measure(ArraySource(np.zeros((1, 100), np.float32), rate_hz))


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("at", [0, 47_999, 48_000, 100_000])
def test_samples_that_are_no_numbers_are_refused(value: float, at: int) -> None:
    class Broken:
        rate_hz, channels, total_frames = 48_000, 2, 100_001

        def read(self, start_frame: int, frames: int) -> Audio:
            audio = np.zeros((2, 100_001), np.float32)
            audio[1, at] = value
            return audio[:, start_frame : start_frame + frames]

    with pytest.raises(ParameterError, match="not finite"):
        measure(Broken())


@given(
    frames=st.integers(0, 12_000),
    channels=st.integers(1, 3),
    rate_hz=st.sampled_from([4000, 8000, 11_025, 44_100]),
    gain=st.sampled_from([1e-30, 1e-6, 0.1, 1.0, 50.0]),
    seed=st.integers(0, 5),
)
@settings(max_examples=tries(40))
def test_scraps_of_any_length_and_level_are_measured(
    frames: int, channels: int, rate_hz: int, gain: float, seed: int
) -> None:
    noise = np.random.default_rng(seed).standard_normal((channels, frames))
    of((gain * noise).astype(np.float32), rate_hz)


@pytest.mark.parametrize("level", [1e6, 1e12])
def test_samples_far_beyond_full_scale_do_not_overflow(level: float) -> None:
    noise = np.random.default_rng(1).uniform(-level, level, (2, 96_000))
    _, known = of(noise.astype(np.float32))
    assert known["flatness"] is not None
    assert known["phase_correlation"] == pytest.approx(0, abs=0.02)


def test_numbers_that_are_no_samples_are_refused() -> None:
    with pytest.raises(ParameterError, match="beyond 1e12"):
        measure(ArraySource(constant(1.1e12, 1), 48_000))
