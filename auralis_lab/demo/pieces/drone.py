"""Ambient piece at a high sample rate: a drone on D, singing bowls, wind, drops of water.

No beat; the tones D, E flat, G, A and C come and go in long swells, the bowls mark the form, and
the picture is as wide as two channels allow.
"""

from __future__ import annotations

import numpy as np

from auralis_lab.audio import Audio, seconds_to_frames
from auralis_lab.demo.envelopes import Sound, attack, envelope, release
from auralis_lab.demo.instruments import bell
from auralis_lab.demo.mix import Bus, Mastering, double_rate, master, reverb, room, width
from auralis_lab.demo.score import pitch
from auralis_lab.demo.synth import band_noise, glide
from auralis_lab.demo.synthesizers import pad

__all__ = ["render"]

SECONDS = 46.0
MASTERING = Mastering(((35, 0), (20000, 0), (30000, -12), (38000, -90)), peak_dbfs=-6.0, fade_s=4.0)
WAVES = (
    # name, start, length, level, cutoff at its height
    ("D2", 0.0, 41.0, 1.0, 420.0),
    ("A2", 3.0, 21.0, 0.7, 700.0),
    ("D3", 7.0, 14.0, 0.6, 1300.0),
    ("G3", 12.0, 12.0, 0.5, 2200.0),
    ("Eb4", 18.0, 9.0, 0.4, 3600.0),
    ("A3", 22.0, 15.0, 0.5, 2600.0),
    ("C4", 25.0, 10.0, 0.42, 4200.0),
    ("A2", 27.0, 13.0, 0.7, 900.0),
    ("D4", 29.0, 10.0, 0.4, 5200.0),
)
BOWLS = (
    (2.0, "D5", 0.9), (9.5, "A4", 0.7), (15.5, "G5", 0.6), (20.0, "D6", 0.45),
    (25.0, "Eb5", 0.65), (30.5, "A5", 0.8), (36.0, "D5", 0.9), (39.0, "D4", 0.8),
)  # fmt: skip


def _drop(hz: float, rate_hz: int) -> Sound:
    """A drop of water: a tone that jumps up as the bubble closes."""
    frames = seconds_to_frames(0.14, rate_hz)
    sound = glide(hz, 2.3 * hz, 0.07, frames=frames, rate_hz=rate_hz)
    sound *= envelope([(0.0, 1.0), (0.12, 0.0)], frames=frames, rate_hz=rate_hz) ** 2
    return release(attack(sound, 0.003, rate_hz), 0.1, 0.04, rate_hz)


def _wind(rng: np.random.Generator, low_hz: float, high_hz: float, rate_hz: int) -> Audio:
    """Gusts that wander from side to side."""
    frames = seconds_to_frames(SECONDS, rate_hz)
    wind = np.empty((2, frames), dtype=np.float32)
    noise = band_noise(rng, low_hz, high_hz, frames=frames, rate_hz=rate_hz)
    for channel in range(2):
        times = np.linspace(0, SECONDS, 16)
        gusts = rng.uniform(0.05, 1.0, 16) * np.interp(times, (0, 6, 34, 44), (0.2, 1, 1, 0))
        points = list(zip(times.tolist(), gusts.tolist(), strict=True))
        wind[channel] = noise * envelope(points, frames=frames, rate_hz=rate_hz)
    return wind


def _clouds(rng: np.random.Generator, rate_hz: int) -> Audio:
    """The long tones and the low wind."""
    bus = Bus(SECONDS, rate_hz)
    for name, start_s, length_s, level, open_hz in WAVES:
        frames = seconds_to_frames(length_s + 1.5, rate_hz)
        u = np.linspace(0, 1, frames)
        cutoff_hz = 130 * (open_hz / 130) ** (np.sin(np.pi * u) ** 1.5)
        swell = [(0.0, 0.0), (0.45 * length_s, level), (0.6 * length_s, level), (length_s, 0.0)]
        sound = pad(rng, pitch(name), cutoff_hz, swell, length_s, rate_hz, spread_cents=7)
        bus.put(sound, start_s, gain=0.5)
    return bus.audio + np.float32(0.06) * _wind(rng, 200, 1200, rate_hz)


def _bowls_and_drops(rng: np.random.Generator, rate_hz: int) -> Audio:
    bus = Bus(SECONDS, rate_hz)
    for n, (start_s, name, strength) in enumerate(BOWLS):
        sound = bell(pitch(name), strength, 7.0, rate_hz, bright=0.6)
        bus.put(sound, start_s, gain=0.3, pan=0.55 * (-1) ** n)
    for start_s in np.sort(rng.uniform(5, 38, 26)):
        sound = _drop(float(rng.uniform(700, 2100)), rate_hz)
        bus.put(sound, float(start_s), gain=rng.uniform(0.03, 0.1), pan=rng.uniform(-0.95, 0.95))
    return bus.audio


def render(rate_hz: int) -> Audio:
    """Play the drone."""
    rng = np.random.default_rng(606)
    # the clouds and the cave hold nothing above 20 kHz: they are made at half the rate
    half_hz = rate_hz // 2
    clouds = _clouds(rng, half_hz)
    sent = clouds + _bowls_and_drops(np.random.default_rng(607), half_hz)
    clouds += np.float32(0.9) * reverb(sent, room(rng, half_hz, decay_s=5.0, damping=0.35))
    mixed = double_rate(clouds)
    mixed += _bowls_and_drops(np.random.default_rng(607), rate_hz)
    mixed += np.float32(0.03) * _wind(rng, 4000, 24000, rate_hz)
    return master(width(mixed, 1.7), rate_hz, MASTERING)
