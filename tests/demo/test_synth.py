from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from auralis_lab.demo import drums
from auralis_lab.demo.envelopes import Sound, envelope, release
from auralis_lab.demo.instruments import (
    bell,
    double_bass,
    electric_piano,
    guitar,
    piano,
    strings,
)
from auralis_lab.demo.synth import (
    band_noise,
    glide,
    modes,
    oscillate,
    pluck,
    saw,
    sweep,
    wavetable,
)
from auralis_lab.demo.synthesizers import pad, pulse, reese, stab, triangle

RATE_HZ = 44_100
Rng = np.random.Generator


def _spectrum_db(sound: Sound) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Frequencies and levels, 0 dB at the loudest; a Blackman-Harris window hides no leakage."""
    n = np.arange(len(sound)) / len(sound)
    shape = (0.35875, -0.48829, 0.14128, -0.01168)
    window = sum(a * np.cos(2 * np.pi * k * n) for k, a in enumerate(shape))
    frames = 4 * len(sound)
    power = np.abs(np.fft.rfft(sound * window, frames)) ** 2
    level_db = 10 * np.log10(power / power.max() + 1e-20)
    return np.asarray(np.fft.rfftfreq(frames, 1 / RATE_HZ), dtype=np.float64), level_db


def _pitch_cents(sound: Sound, hz: float) -> float:
    """How far the fundamental lies from `hz`, by the peak of a parabola through the spectrum."""
    f, level = _spectrum_db(sound)
    near = np.flatnonzero((f > hz * 0.94) & (f < hz * 1.06))
    top = near[np.argmax(level[near])]
    low, mid, high = level[top - 1 : top + 2]
    found = f[top] + (f[1] - f[0]) * 0.5 * (low - high) / (low - 2 * mid + high)
    return float(1200 * np.log2(found / hz))


def test_modes_are_the_sum_of_decaying_sines() -> None:
    frames = 30_000
    hz, amplitude = np.array([110.0, 997.0, 5000.0]), np.array([0.5, 0.3, 0.2])
    decay_s, phase = np.array([4.0, 0.05, 0.6]), np.array([0.0, 1.0, 2.0])
    t = np.arange(frames)[:, np.newaxis] / RATE_HZ
    slow = amplitude * 10 ** (-3 * t / decay_s) * np.sin(2 * np.pi * hz * t + phase)
    fast = modes(hz, amplitude, decay_s, frames=frames, rate_hz=RATE_HZ, phases=phase)
    np.testing.assert_allclose(fast, slow.sum(axis=1), atol=2e-5)


def test_modes_above_the_band_are_left_out() -> None:
    assert not modes([30_000.0], [1.0], [1.0], frames=1000, rate_hz=RATE_HZ).any()


@pytest.mark.parametrize("hz", [65.4, 987.77, 3520.0])
def test_a_sawtooth_holds_its_harmonics_and_nothing_else(hz: float) -> None:
    sound = oscillate(wavetable(hz, RATE_HZ), hz, frames=1 << 16, rate_hz=RATE_HZ)
    f, level = _spectrum_db(sound)
    k = np.rint(f / hz)
    harmonic = np.abs(f - k * hz) < 6
    assert level[~harmonic].max() < -75
    second = level[np.abs(f - 2 * hz) < 3].max()
    assert second == pytest.approx(20 * np.log10(0.5), abs=0.3)


def test_an_open_filter_leaves_the_oscillator_alone() -> None:
    hz, frames = 220.0, 20_000
    plain = oscillate(wavetable(hz * 1.02, RATE_HZ), hz, frames=frames, rate_hz=RATE_HZ)
    (swept,) = sweep(hz, np.full(frames, 18_000.0), [(0, 0)], frames=frames, rate_hz=RATE_HZ)
    low = slice(0, int(3000 / RATE_HZ * frames))
    a, b = (np.abs(np.fft.rfft(x))[low] for x in (plain, swept))
    assert np.linalg.norm(a - b) < 0.02 * np.linalg.norm(a)


def test_a_filter_at_rest_and_one_that_hardly_moves_sound_alike() -> None:
    still = sweep(110.0, 900.0, [(5, 0.3)], frames=9000, rate_hz=RATE_HZ)
    moving = sweep(110.0, np.full(9000, 900.0), [(5, 0.3)], frames=9000, rate_hz=RATE_HZ)
    np.testing.assert_allclose(still, moving, atol=1e-4)


def test_a_low_pass_falls_by_12_db_per_octave() -> None:
    hz = 100.0
    (sound,) = sweep(hz, 400.0, [(0, 0)], frames=1 << 16, rate_hz=RATE_HZ)
    f, level = _spectrum_db(sound)
    at = [level[np.abs(f - k * hz) < 3].max() - 20 * np.log10(saw(np.array(k))) for k in (16, 32)]
    assert at[0] - at[1] == pytest.approx(12, abs=1)


@pytest.mark.parametrize("hz", [82.41, 246.94, 659.26, 1046.5])
def test_a_plucked_string_is_in_tune(rng: Rng, hz: float) -> None:
    sound = pluck(rng, hz, frames=1 << 16, rate_hz=RATE_HZ, decay_s=3.0, brightness=0.6)
    assert abs(_pitch_cents(sound, hz)) < 4


def test_a_plucked_string_dies_away_in_the_time_it_was_given(rng: Rng) -> None:
    sound = pluck(rng, 220.0, frames=2 * RATE_HZ, rate_hz=RATE_HZ, decay_s=2.0, brightness=0.9)
    f = np.fft.rfftfreq(1 << 14, 1 / RATE_HZ)
    near = np.abs(f - 220) < 8
    early, late = (
        np.sqrt(np.sum(np.abs(np.fft.rfft(sound[at : at + (1 << 14)])[near]) ** 2))
        for at in (4410, 4410 + RATE_HZ)
    )
    assert 20 * np.log10(early / late) == pytest.approx(30, abs=3)


def test_noise_keeps_to_its_band(rng: Rng) -> None:
    noise = band_noise(rng, 1000, 4000, frames=1 << 17, rate_hz=RATE_HZ)
    power = np.abs(np.fft.rfft(noise)) ** 2
    f = np.fft.rfftfreq(len(noise), 1 / RATE_HZ)
    assert np.sqrt(np.mean(noise**2)) == pytest.approx(0.25, rel=1e-3)
    assert power[(f > 900) & (f < 4400)].sum() > 0.9 * power.sum()
    assert power[(f < 250) | (f > 16_000)].sum() < 1e-4 * power.sum()


def test_noise_of_a_power_of_two_has_no_seam(rng: Rng) -> None:
    noise = band_noise(rng, 100, 1000, frames=1 << 14, rate_hz=RATE_HZ)
    steps = np.abs(np.diff(np.resize(noise, 2 << 14)))
    assert steps[(1 << 14) - 1] <= steps[: (1 << 14) - 1].max()


def test_a_glide_starts_high_and_ends_low() -> None:
    sound = glide(400.0, 50.0, 0.02, frames=RATE_HZ, rate_hz=RATE_HZ)
    crossings = np.flatnonzero(np.diff(np.signbit(sound)))
    assert np.diff(crossings)[0] < RATE_HZ / 2 / 200
    np.testing.assert_allclose(np.diff(crossings)[-5:], RATE_HZ / 2 / 50, atol=1)


def test_an_envelope_goes_through_its_points() -> None:
    level = envelope([(0.1, 0.2), (0.2, 1.0), (0.4, 0.5)], frames=1000, rate_hz=1000)
    assert level[[0, 99, 200, 400, 999]] == pytest.approx([0.2, 0.2, 1.0, 0.5, 0.5], abs=1e-6)
    assert level[150] == pytest.approx(0.6, abs=1e-3)


def test_a_release_ends_in_silence_and_leaves_what_was_held() -> None:
    sound = release(np.ones(1000, dtype=np.float32), 0.5, 0.1, 1000)
    assert sound.shape == (600,)
    assert (sound[:500] == 1).all()
    assert abs(sound[-1]) < 1e-6


SOUNDS: dict[str, Callable[[Rng], npt.NDArray[np.float32]]] = {
    "piano": lambda rng: piano(rng, 64, 0.9, 0.7, RATE_HZ),
    "low piano": lambda rng: piano(rng, 31, 0.2, 0.3, RATE_HZ),
    "electric piano": lambda rng: electric_piano(rng, 60, 0.6, 0.4, RATE_HZ),
    "double bass": lambda rng: double_bass(rng, 36, 0.8, 0.4, RATE_HZ),
    "guitar": lambda rng: guitar(rng, 55, 0.7, 0.6, RATE_HZ),
    "strings": lambda rng: strings(rng, 69, [(0, 0), (0.3, 1), (1, 0.6)], 1.0, RATE_HZ),
    "bell": lambda rng: bell(74, 0.7, 1.0, RATE_HZ),
    "pad": lambda rng: pad(rng, 60, 900.0, [(0, 0), (0.3, 1)], 0.6, RATE_HZ, release_s=0.3),
    "stab": lambda rng: stab(rng, 60, 0.8, 0.2, RATE_HZ),
    "reese": lambda rng: reese(33, 500.0, 0.3, RATE_HZ),
    "pulse": lambda rng: pulse(72, 0.6, 0.3, RATE_HZ, duty=0.25, vibrato_cents=20),
    "triangle": lambda rng: triangle(45, 0.8, 0.3, RATE_HZ),
    "kick": lambda rng: drums.kick(rng, RATE_HZ),
    "snare": lambda rng: drums.snare(rng, RATE_HZ),
    "clap": lambda rng: drums.clap(rng, RATE_HZ),
    "hat": lambda rng: drums.hat(rng, RATE_HZ),
    "ride": lambda rng: drums.ride(rng, RATE_HZ),
    "brush tap": lambda rng: drums.brush_tap(rng, RATE_HZ),
    "brush sweep": lambda rng: drums.brush_sweep(rng, RATE_HZ, 0.5),
    "tom": lambda rng: drums.tom(rng, RATE_HZ),
    "riser": lambda rng: drums.riser(rng, RATE_HZ, 1.0),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_every_note_and_stroke_starts_and_ends_at_silence(rng: Rng, name: str) -> None:
    sound = np.atleast_2d(SOUNDS[name](rng))
    peak = float(np.abs(sound).max())
    assert sound.dtype == np.float32
    assert np.isfinite(sound).all()
    assert 0.05 < peak < 4
    assert np.abs(sound[:, 0]).max() < 0.01 * peak
    assert np.abs(sound[:, -1]).max() < 0.002 * peak


@pytest.mark.parametrize("name", SOUNDS)
def test_every_note_is_the_same_for_the_same_seed(name: str) -> None:
    first, second = (SOUNDS[name](np.random.default_rng(5)) for _ in range(2))
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize(
    ("name", "midi"), [("piano", 64), ("electric piano", 60), ("pulse", 72), ("triangle", 45)]
)
def test_instruments_are_in_tune(rng: Rng, name: str, midi: int) -> None:
    sound = np.atleast_2d(SOUNDS[name](rng))[0]
    hz = 440 * 2 ** ((midi - 69) / 12)
    assert abs(_pitch_cents(np.pad(sound, (0, 1 << 16)), hz)) < 8


@pytest.mark.parametrize("duty", [0.5, 0.25, 0.125])
def test_a_console_voice_has_the_harmonics_of_its_duty(duty: float) -> None:
    hz = 440.0
    sound = pulse(69, 0.6, 1.6, RATE_HZ, duty=duty)
    f, level = _spectrum_db(sound[4410:-4410])
    one = level[np.abs(f - hz) < 5].max()
    for k in range(2, 9):
        want = abs(np.sin(np.pi * k * duty) / k / np.sin(np.pi * duty))
        got = level[np.abs(f - k * hz) < 5].max() - one
        assert got == pytest.approx(20 * np.log10(want), abs=0.3) if want > 1e-9 else got < -70
