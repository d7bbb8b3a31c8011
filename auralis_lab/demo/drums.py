"""Drums and cymbals, each stroke made of falling sines, modes and shaped noise.

Conventions: each returns one stroke as ``float32``, shape ``(frames,)``, peak about 1.0, that
starts and ends at silence.
"""

from __future__ import annotations

import numpy as np

from auralis_lab.audio import seconds_to_frames
from auralis_lab.demo.envelopes import Sound, attack, envelope, fall, release
from auralis_lab.demo.synth import band_noise, glide, modes

__all__ = ["brush_sweep", "brush_tap", "clap", "hat", "kick", "ride", "riser", "snare", "tom"]


def kick(
    rng: np.random.Generator,
    rate_hz: int,
    *,
    low_hz: float = 48.0,
    high_hz: float = 320.0,
    decay_s: float = 0.16,
    click: float = 0.3,
) -> Sound:
    """A bass drum: a sine that drops, and the click of the beater."""
    frames = seconds_to_frames(decay_s * 4, rate_hz)
    body = glide(high_hz, low_hz, 0.022, frames=frames, rate_hz=rate_hz)
    body *= fall(frames, decay_s, rate_hz)
    beater = band_noise(rng, 1500, 7000, frames=frames, rate_hz=rate_hz)
    sound = body + np.float32(click * 3) * beater * fall(frames, 0.004, rate_hz)
    sound = np.tanh(np.float32(1.4) * sound)
    attack(sound, 0.0008, rate_hz)
    return release(sound, decay_s * 3, decay_s * 0.9, rate_hz)


def snare(
    rng: np.random.Generator,
    rate_hz: int,
    *,
    tone_hz: float = 190.0,
    decay_s: float = 0.09,
    bright_hz: float = 9000.0,
) -> Sound:
    """A snare drum: two modes of the head and the rattle of the wires."""
    frames = seconds_to_frames(decay_s * 5, rate_hz)
    head = glide(tone_hz * 1.9, tone_hz, 0.012, frames=frames, rate_hz=rate_hz)
    head += np.float32(0.5) * glide(
        tone_hz * 2.4, tone_hz * 1.7, 0.01, frames=frames, rate_hz=rate_hz
    )
    wires = band_noise(rng, 1200, bright_hz, frames=frames, rate_hz=rate_hz)
    sound = np.float32(0.5) * head * fall(frames, decay_s * 0.6, rate_hz)
    sound += np.float32(1.3) * wires * fall(frames, decay_s, rate_hz)
    sound += np.float32(1.2) * wires * fall(frames, 0.008, rate_hz)
    attack(sound, 0.0007, rate_hz)
    return release(sound, decay_s * 3, decay_s * 1.9, rate_hz)


def clap(rng: np.random.Generator, rate_hz: int) -> Sound:
    """Several hands that do not quite meet."""
    frames = seconds_to_frames(0.4, rate_hz)
    noise = band_noise(rng, 900, 4500, frames=frames, rate_hz=rate_hz)
    level = np.zeros(frames, dtype=np.float32)
    for late_s, strength in ((0.0, 0.7), (0.011, 0.8), (0.021, 0.75), (0.031, 1.0)):
        at = seconds_to_frames(late_s, rate_hz)
        level[at:] += np.float32(strength) * fall(frames - at, 0.006, rate_hz)
    at = seconds_to_frames(0.031, rate_hz)
    level[at:] += np.float32(0.6) * fall(frames - at, 0.07, rate_hz)
    attack(level, 0.0007, rate_hz)
    return release(noise * level * np.float32(1.6), 0.3, 0.1, rate_hz)


def hat(
    rng: np.random.Generator, rate_hz: int, *, decay_s: float = 0.03, low_hz: float = 7000.0
) -> Sound:
    """A hi-hat: hiss and a crowd of inharmonic modes."""
    frames = seconds_to_frames(decay_s * 6, rate_hz)
    hiss = band_noise(rng, low_hz, 15000, frames=frames, rate_hz=rate_hz) * np.float32(1.6)
    metal = modes(
        rng.uniform(low_hz * 0.8, 14000, 24),
        0.12,
        decay_s * 9,
        frames=frames,
        rate_hz=rate_hz,
        phases=rng.uniform(0, 6.28, 24),
    )
    sound = (hiss + metal) * fall(frames, decay_s, rate_hz)
    attack(sound, 0.0006, rate_hz)
    return release(sound, decay_s * 4, decay_s * 1.9, rate_hz)


def ride(
    rng: np.random.Generator, rate_hz: int, *, length_s: float = 1.4, bright: float = 0.5
) -> Sound:
    """A ride cymbal: the ping of the stick over a wash of modes."""
    frames = seconds_to_frames(length_s, rate_hz)
    hz = np.sort(rng.uniform(420, 11500, 90))
    weight = np.exp(-hz / (1800 + 6000 * bright)) * rng.uniform(0.3, 1, 90)
    weight[::9] *= 2.2
    sound = modes(
        hz,
        0.35 * weight / np.sqrt(np.sum(weight**2)),
        rng.uniform(0.5, 1.5, 90) * length_s,
        frames=frames,
        rate_hz=rate_hz,
        phases=rng.uniform(0, 6.28, 90),
    )
    stick = band_noise(rng, 2500, 7000 + 5000 * bright, frames=frames, rate_hz=rate_hz)
    sound += np.float32(0.9) * stick * fall(frames, 0.012, rate_hz)
    attack(sound, 0.0012, rate_hz)
    return release(sound, length_s * 0.55, length_s * 0.45, rate_hz)


def brush_tap(rng: np.random.Generator, rate_hz: int) -> Sound:
    """A brush that falls on a snare drum."""
    frames = seconds_to_frames(0.22, rate_hz)
    wires = band_noise(rng, 900, 6500, frames=frames, rate_hz=rate_hz)
    head = glide(240, 185, 0.01, frames=frames, rate_hz=rate_hz) * fall(frames, 0.03, rate_hz)
    sound = np.float32(1.4) * wires * fall(frames, 0.035, rate_hz) + np.float32(0.25) * head
    attack(sound, 0.004, rate_hz)
    return release(sound, 0.15, 0.07, rate_hz)


def brush_sweep(rng: np.random.Generator, rate_hz: int, length_s: float) -> Sound:
    """A brush drawn over the head, swelling to the middle of its way."""
    frames = seconds_to_frames(length_s, rate_hz)
    noise = band_noise(rng, 1100, 5200, frames=frames, rate_hz=rate_hz)
    swell = [(0.0, 0.0), (0.45 * length_s, 1.0), (0.7 * length_s, 0.6), (length_s, 0.0)]
    return noise * envelope(swell, frames=frames, rate_hz=rate_hz)


def tom(rng: np.random.Generator, rate_hz: int, *, hz: float = 110.0) -> Sound:
    """A tom: a falling sine and a little skin."""
    frames = seconds_to_frames(0.6, rate_hz)
    sound = glide(hz * 1.8, hz, 0.03, frames=frames, rate_hz=rate_hz) * fall(frames, 0.14, rate_hz)
    skin = band_noise(rng, 300, 2500, frames=frames, rate_hz=rate_hz)
    sound += np.float32(0.6) * skin * fall(frames, 0.012, rate_hz)
    attack(sound, 0.001, rate_hz)
    return release(sound, 0.45, 0.15, rate_hz)


def riser(rng: np.random.Generator, rate_hz: int, length_s: float) -> Sound:
    """Noise that grows towards a new section and opens upwards on its way."""
    frames = seconds_to_frames(length_s, rate_hz)
    low = band_noise(rng, 400, 2500, frames=frames, rate_hz=rate_hz)
    high = band_noise(rng, 3000, 14000, frames=frames, rate_hz=rate_hz)
    u = np.linspace(0, 1, frames, dtype=np.float32)
    sound = (low * u**2 * (1 - u) * 2 + high * u**3) * np.float32(1.2)
    return release(sound, length_s - 0.03, 0.03, rate_hz)
