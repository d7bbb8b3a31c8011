"""Harmonicity and pitch classes of signals whose pitches are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from auralis_lab.analysis.profile import measure
from auralis_lab.analysis.tonality import Tonality
from auralis_lab.audio import Audio
from auralis_lab.io.source import ArraySource

RATE_HZ = 22_050
SECONDS = 8


def of(audio: Audio, rate_hz: int = RATE_HZ) -> Tonality:
    return measure(ArraySource(np.ascontiguousarray(audio, np.float32), rate_hz)).tonality


def note(semitones_from_a4: float, seconds: float, rate_hz: int = RATE_HZ) -> Audio:
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    hz = 440 * 2 ** (semitones_from_a4 / 12)
    return 0.2 * np.sin(2 * np.pi * hz * t)[np.newaxis].astype(np.float32)


@pytest.mark.parametrize("semitones", [-21, -12, -9, -5, 0, 4, 11, 20])
@pytest.mark.parametrize("rate_hz", [8000, 44_100])
def test_a_held_note_is_harmonic_steady_and_of_one_class(semitones: int, rate_hz: int) -> None:
    measured = of(note(semitones, 4, rate_hz), rate_hz)
    assert measured.harmonic_ratio == pytest.approx(1, abs=0.02)
    assert measured.pitch_stability == pytest.approx(1, abs=0.01)
    assert measured.chroma_strength == pytest.approx(1, abs=0.06)
    assert int(np.argmax(measured.chroma)) == (semitones + 9) % 12
    assert sum(measured.chroma) == pytest.approx(1)


def test_a_triad_shares_its_energy_among_three_classes() -> None:
    measured = of(note(-9, SECONDS) + note(-5, SECONDS) + note(-2, SECONDS))
    c, e, g = (measured.chroma[place] for place in (0, 4, 7))
    assert (c, e, g) == pytest.approx((1 / 3, 1 / 3, 1 / 3), abs=0.03)
    # Nine classes of twelve are empty: 9/12 would have to move, of at most 11/12.
    assert measured.chroma_strength == pytest.approx(9 / 11, abs=0.05)
    assert measured.pitch_stability == pytest.approx(1, abs=0.02)


def test_all_twelve_classes_alike_have_no_strength() -> None:
    measured = of(np.sum([note(12 * (n % 2) + n, SECONDS) for n in range(12)], axis=0) / 4)
    assert measured.chroma_strength is not None
    assert measured.chroma_strength < 0.25


def test_a_melody_is_less_stable_than_a_drone(rng: np.random.Generator) -> None:
    steps = rng.permutation(np.tile(np.arange(12), 3))[: SECONDS * 4]
    melody = np.concatenate([note(step, 0.25) for step in steps], axis=1)
    stability = of(melody).pitch_stability
    assert stability is not None
    assert stability < 0.3
    held = np.concatenate([note(step, 2.0) for step in (0, 4, 7, 0)], axis=1)
    assert of(held).pitch_stability == pytest.approx(1 - 3 * 0.4 / 7.6, abs=0.08)


def test_noise_and_clicks_are_not_harmonic(pink: Callable[..., Audio]) -> None:
    noise = of(pink(SECONDS, RATE_HZ)).harmonic_ratio
    clicks = np.zeros((1, SECONDS * RATE_HZ), np.float32)
    clicks[:, :: RATE_HZ // 2] = 0.8
    clicked = of(clicks).harmonic_ratio
    assert noise is not None
    assert clicked is not None
    assert noise < 0.15
    assert clicked < 0.02


def test_the_harmonic_share_is_that_of_the_tone_in_a_mixture(pink: Callable[..., Audio]) -> None:
    tone, noise = note(0, SECONDS), pink(SECONDS, RATE_HZ, channels=1)
    for level in (0.3, 1.0):
        mixed = level * tone + noise
        share = float(np.sum((level * tone) ** 2) / np.sum(mixed**2))
        measured = of(mixed).harmonic_ratio
        assert measured is not None
        assert share - 0.05 < measured < share + 0.22  # some of the noise seems to last


def test_silence_has_no_tonality_and_a_hum_no_pitch() -> None:
    assert of(np.zeros((2, 4 * RATE_HZ), np.float32)) == Tonality()
    hum = of(note(-48, 4))  # 27.5 Hz, below the four octaves
    assert hum.harmonic_ratio == pytest.approx(1, abs=0.05)
    assert (hum.pitch_stability, hum.chroma_strength, hum.chroma) == (None, None, ())


def test_under_half_a_second_there_is_no_stability() -> None:
    short = of(note(0, 0.3))
    assert short.pitch_stability is None
    assert int(np.argmax(short.chroma)) == 9
