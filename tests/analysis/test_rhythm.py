"""Tempo, steadiness and onsets of signals whose beats are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from auralis_lab.analysis.profile import measure
from auralis_lab.analysis.rhythm import Rhythm, find_onsets
from auralis_lab.audio import Audio
from auralis_lab.io.source import ArraySource

RATE_HZ = 22_050


def of(audio: Audio, rate_hz: int = RATE_HZ) -> Rhythm:
    return measure(ArraySource(audio, rate_hz)).rhythm


def clicks(
    times_s: npt.ArrayLike, seconds: float, rate_hz: int = RATE_HZ, hz: float = 1500.0
) -> Audio:
    """A ping of 5 ms at each time."""
    audio = np.zeros((1, round(seconds * rate_hz)), np.float32)
    t = np.arange(round(0.03 * rate_hz)) / rate_hz
    ping = (0.5 * np.exp(-t / 0.005) * np.sin(2 * np.pi * hz * t)).astype(np.float32)
    for time_s in np.asarray(times_s):
        start = round(time_s * rate_hz)
        part = audio[0, start : start + len(ping)]
        part += ping[: len(part)]
    return audio


@pytest.mark.parametrize("bpm", [50, 72, 90, 120, 140, 174])
@pytest.mark.parametrize("rate_hz", [8000, 44_100])
def test_clicks_read_their_own_tempo(bpm: float, rate_hz: int) -> None:
    measured = of(clicks(np.arange(0.3, 15, 60 / bpm), 15, rate_hz), rate_hz)
    assert measured.tempo_bpm == pytest.approx(bpm, rel=0.002)
    assert measured.stability is not None
    assert measured.stability > 0.85
    assert measured.onset_density_hz == pytest.approx(bpm / 60, abs=0.1)


@pytest.mark.parametrize("bpm", [90, 120])
def test_a_drum_kit_reads_its_beat_and_not_its_hats(bpm: float, rng: np.random.Generator) -> None:
    beat_s = 60 / bpm
    audio = np.zeros((1, 16 * RATE_HZ), np.float32)
    for gap, first, hz, gain in ((2, 0, 60, 1.0), (2, 1, 900, 0.7), (0.5, 0, 7000, 0.12)):
        audio += gain * clicks(np.arange(0.2 + first * beat_s, 16, gap * beat_s), 16, hz=hz)
    audio += 1e-4 * rng.standard_normal(audio.shape).astype(np.float32)
    assert of(audio).tempo_bpm == pytest.approx(bpm, rel=0.005)


def test_a_beat_that_wavers_is_less_stable(rng: np.random.Generator) -> None:
    even_s = np.arange(0.3, 20, 0.5)
    steady, loose = (
        of(clicks(even_s + rng.normal(0, deviation_s, len(even_s)), 20)).stability or 0.0
        for deviation_s in (0.0, 0.012)
    )
    assert steady > 0.9
    assert loose < 0.8 * steady


def test_what_never_repeats_has_no_tempo(
    pink: Callable[..., Audio], tone: Callable[..., Audio], rng: np.random.Generator
) -> None:
    gaps_s = rng.exponential(0.35, 200) + 0.06
    times_s = np.cumsum(gaps_s)
    for audio in (
        pink(20, RATE_HZ),
        tone(440, 20, RATE_HZ),
        clicks(times_s[times_s < 19.5], 20),
    ):
        measured = of(audio)
        assert (measured.tempo_bpm, measured.stability) == (None, None)
        assert measured.onset_density_hz is not None


@pytest.mark.parametrize("noisy_s", [3, 6, 12])
def test_noise_that_stops_has_no_tempo(noisy_s: int, rng: np.random.Generator) -> None:
    audio = np.zeros((1, 20 * RATE_HZ), np.float32)
    audio[:, : noisy_s * RATE_HZ] = 0.1 * rng.standard_normal((1, noisy_s * RATE_HZ))
    assert of(audio).tempo_bpm is None


def test_a_steady_tone_begins_nothing_and_silence_has_no_rhythm(
    tone: Callable[..., Audio],
) -> None:
    held = tone(440, 5, RATE_HZ)
    held[:, -4000:] *= np.linspace(1, 0, 4000, dtype=np.float32)  # cut off, it would click
    assert of(held).onset_density_hz == 0.0
    assert of(np.zeros((2, 10 * RATE_HZ), np.float32)) == Rhythm()


def test_what_is_too_short_is_not_measured() -> None:
    beats_s = np.arange(0.1, 60, 0.5)
    assert of(clicks(beats_s[:1], 0.9)) == Rhythm()
    short = of(clicks(beats_s[:7], 3.5))
    assert (short.tempo_bpm, short.stability) == (None, None)
    assert short.onset_density_hz == pytest.approx(2.0, abs=0.01)
    assert of(clicks(beats_s[:12], 6)).tempo_bpm == pytest.approx(120, rel=0.01)
    assert of(clicks(beats_s[:21], 10.3)).tempo_bpm == pytest.approx(120, rel=0.005)


def test_rhythm_is_that_of_the_loudness_curve_and_not_of_the_level() -> None:
    audio = clicks(np.arange(0.3, 12, 0.5), 12)
    loud, soft = of(audio), of(audio * np.float32(0.01))
    assert soft.tempo_bpm == pytest.approx(loud.tempo_bpm, rel=1e-4)
    assert soft.onset_density_hz == loud.onset_density_hz


def test_onsets_are_the_peaks_above_their_surroundings(rng: np.random.Generator) -> None:
    novelty = rng.uniform(0, 0.8, 700).astype(np.float32)
    novelty[rng.integers(0, 700, 40)] += 1.0
    expected = []
    for n in range(len(novelty)):
        near = novelty[max(n - 4, 0) : n + 5]
        around = novelty[max(n - 40, 0) : n + 41].astype(float)
        first_highest = n - max(n - 4, 0) == int(np.argmax(near))
        if first_highest and novelty[n] > around.mean() + 0.35:
            expected.append(n)
    assert find_onsets(novelty).tolist() == expected
