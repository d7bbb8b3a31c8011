from collections.abc import Callable

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.demo.mix import (
    Bus,
    Mastering,
    double_rate,
    echo,
    limit,
    master,
    reverb,
    room,
    width,
)

RATE_HZ = 44_100
FLAT = ((20.0, 0.0), (20_000.0, 0.0))
Rng = np.random.Generator


@pytest.mark.parametrize("pan", [-1.0, -0.3, 0.0, 0.8, 1.0])
def test_panning_keeps_the_power(pan: float) -> None:
    bus = Bus(1.0, 1000)
    bus.put(np.ones(100, dtype=np.float32), 0.5, gain=0.5, pan=pan)
    left, right = bus.audio[:, 550]
    assert left**2 + right**2 == pytest.approx(2 * 0.5**2, rel=1e-5)
    assert not bus.audio[:, :500].any()
    assert not bus.audio[:, 600:].any()


def test_what_rings_beyond_the_end_is_cut() -> None:
    bus = Bus(0.1, 1000)
    bus.put(np.ones(500, dtype=np.float32), 0.05)
    bus.put(np.ones(500, dtype=np.float32), 7.0)
    np.testing.assert_allclose(bus.audio[0, 50:], 1.0, rtol=1e-6)


def test_reverberation_is_the_convolution_with_the_room(rng: Rng) -> None:
    dry = rng.standard_normal((2, 700)).astype(np.float32)
    hall = rng.standard_normal((2, 300)).astype(np.float32)
    slow = np.stack([np.convolve(dry[c], hall[c])[:700] for c in range(2)])
    np.testing.assert_allclose(reverb(dry, hall), slow, atol=1e-3)


def test_a_room_has_unit_energy_and_dies_away_in_its_time(rng: Rng) -> None:
    hall = room(rng, RATE_HZ, decay_s=1.5, damping=0.0, predelay_s=0.0)
    np.testing.assert_allclose(np.sum(hall**2, axis=1), 1.0, atol=0.02)
    windows = [hall[:, round(t * RATE_HZ) :][:, :8820] for t in (0.1, 0.85)]
    early, late = (10 * np.log10(np.mean(window**2)) for window in windows)
    assert early - late == pytest.approx(30, abs=3)
    assert abs(np.sum(hall[0] * hall[1])) < 0.1


def test_echoes_are_late_quieter_and_change_sides() -> None:
    audio = np.zeros((2, 1000), dtype=np.float32)
    audio[0, 0] = 1
    wet = echo(audio, 0.2, 1000, feedback=0.5, times=3)
    assert wet[1, 200] == 0.5
    assert wet[0, 400] == 0.25
    assert wet[1, 600] == 0.125
    assert np.count_nonzero(wet) == 3


def test_the_limiter_holds_the_ceiling_and_leaves_quiet_parts_alone(rng: Rng) -> None:
    audio = rng.standard_normal((2, 40_000)).astype(np.float32)
    audio[:, :15_000] *= np.float32(0.05)
    limited = limit(audio, 0.5, RATE_HZ, hold_s=0.01)
    assert np.abs(limited).max() <= 0.5
    np.testing.assert_array_equal(limited[:, :14_000], audio[:, :14_000])
    gain = limited[0, 15_000:] / audio[0, 15_000:]
    assert np.abs(np.diff(gain)).max() < 0.01


def test_doubling_the_rate_keeps_the_sound(tone: Callable[..., Audio]) -> None:
    fade = np.hanning(22_050).astype(np.float32)
    half = tone(997.0, 1.0, 22_050) * fade
    full = tone(997.0, 1.0, 44_100)
    np.testing.assert_allclose(double_rate(half)[:, 4000:-4000:2], half[:, 2000:-2000], atol=1e-5)
    assert np.abs(double_rate(half)).max() == pytest.approx(np.abs(full).max(), rel=0.01)


def test_width_scales_the_sides_and_keeps_the_middle(rng: Rng) -> None:
    audio = rng.standard_normal((2, 100)).astype(np.float32)
    wide = width(audio, 2.0)
    np.testing.assert_allclose(wide.sum(axis=0), audio.sum(axis=0), atol=1e-5)
    np.testing.assert_allclose(wide[0] - wide[1], 2 * (audio[0] - audio[1]), atol=1e-5)
    np.testing.assert_array_equal(*width(audio, 0.0))


def test_the_master_sets_the_peak_and_removes_a_constant(tone: Callable[..., Audio]) -> None:
    audio = tone(1000.0, 2.0) + np.float32(0.3)
    out = master(audio, RATE_HZ, Mastering(FLAT, peak_dbfs=-6.0))
    assert 20 * np.log10(np.abs(out).max()) == pytest.approx(-6, abs=1e-3)
    assert np.abs(out[:, 20_000:60_000].mean()) < 1e-3
    assert np.abs(out[:, [0, -1]]).max() < 1e-6


def test_the_master_follows_its_curve(pink: Callable[..., Audio]) -> None:
    audio = pink(2.0)
    curve = ((100.0, 0.0), (1000.0, 0.0), (4000.0, -12.0), (20_000.0, -12.0))
    flat, bent = (master(audio, RATE_HZ, Mastering(c, -6.0)) for c in (FLAT, curve))
    f = np.fft.rfftfreq(audio.shape[1], 1 / RATE_HZ)
    ratio = np.abs(np.fft.rfft(bent[0])) / np.abs(np.fft.rfft(flat[0]))
    low, high = (np.median(ratio[(f > a) & (f < b)]) for a, b in ((200, 900), (6000, 15_000)))
    assert 20 * np.log10(low / high) == pytest.approx(12, abs=0.3)


def test_the_master_adds_the_room_to_the_mix(rng: Rng, pink: Callable[..., Audio]) -> None:
    audio, hall = pink(1.0), room(rng, RATE_HZ, decay_s=0.3)
    audio[:, 22_050:] = 0
    mastering = Mastering(FLAT, peak_dbfs=-3.0)
    together = master(audio, RATE_HZ, mastering, response=hall, wet=0.5)
    one_by_one = master(audio + np.float32(0.5) * reverb(audio, hall), RATE_HZ, mastering)
    np.testing.assert_allclose(together, one_by_one, atol=1e-3)
