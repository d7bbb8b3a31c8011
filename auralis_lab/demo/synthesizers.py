"""Synthesizers: pads, stabs and basses behind moving filters, and the voices of a console.

Conventions: each returns one note as ``float32``, shape ``(frames,)`` or ``(2, frames)``, that
starts and ends at silence; `midi` is the pitch, `velocity` runs 0..1, `length_s` is how long the
key is held, and the note rings on for its release.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio, seconds_to_frames
from auralis_lab.demo.envelopes import Sound, attack, envelope, fall, release
from auralis_lab.demo.score import midi_to_hz
from auralis_lab.demo.synth import Spectrum, glide, oscillate, sweep, wavetable

__all__ = ["pad", "pulse", "reese", "stab", "triangle"]


def pad(
    rng: np.random.Generator,
    midi: float,
    cutoff_hz: npt.ArrayLike,
    swell: list[tuple[float, float]],
    length_s: float,
    rate_hz: int,
    *,
    spread_cents: float = 9.0,
    release_s: float = 1.5,
) -> Audio:
    """Five detuned sawtooths from left to right behind a moving low-pass."""
    hz = midi_to_hz(midi)
    frames = seconds_to_frames(length_s + release_s, rate_hz)
    sides = np.zeros((2, frames), dtype=np.float32)
    places = (-1.0, -0.5, 0.0, 0.5, 1.0)
    detuned = [(spread_cents * cents, rng.uniform()) for cents in (1.0, -0.5, 0.1, 0.45, -1.0)]
    voices = sweep(hz, cutoff_hz, detuned, frames=frames, rate_hz=rate_hz)
    for place, sound in zip(places, voices, strict=True):
        angle = (1 + 0.9 * place) * np.pi / 4
        sides += np.array([[np.cos(angle)], [np.sin(angle)]], dtype=np.float32) * sound
    sides *= envelope(swell, frames=frames, rate_hz=rate_hz) * np.float32(0.35)
    return release(sides, length_s, release_s, rate_hz)


def stab(
    rng: np.random.Generator, midi: int, velocity: float, length_s: float, rate_hz: int
) -> Audio:
    """A short synthesizer chord tone whose filter snaps open and closes again."""
    frames = seconds_to_frames(length_s + 0.12, rate_hz)
    cutoff = 350 + 5200 * velocity * np.exp(-np.arange(frames) / (0.11 * rate_hz))
    swell = [(0.0, 0.0), (0.004, 1.0), (0.09, 0.75), (0.5, 0.5)]
    return np.float32(velocity) * pad(
        rng, midi, cutoff, swell, length_s, rate_hz, spread_cents=12, release_s=0.12
    )


def reese(
    midi: int, cutoff_hz: npt.ArrayLike, length_s: float, rate_hz: int, *, resonance: float = 1.6
) -> Audio:
    """A growling bass: sawtooths that beat against each other over a steady sine."""
    hz = midi_to_hz(midi)
    frames = seconds_to_frames(length_s + 0.03, rate_hz)
    detuned = [(-14.0, 0.0), (13.0, 0.4), (1.0, 0.7)]
    voices = sweep(hz, cutoff_hz, detuned, frames=frames, rate_hz=rate_hz, resonance=resonance)
    low = glide(hz, hz, 1.0, frames=frames, rate_hz=rate_hz) * np.float32(0.8)
    middle = low + np.float32(0.45) * voices[2]
    sides = np.stack([middle + np.float32(0.4) * voices[0], middle + np.float32(0.4) * voices[1]])
    attack(sides, 0.008, rate_hz)
    return release(sides * np.float32(0.5), length_s, 0.03, rate_hz)


def _rectangle(duty: float) -> Spectrum:
    """Harmonics of a rectangle that is high for the share `duty` of its period."""
    return lambda k: 2 / np.pi * np.sin(np.pi * k * duty) / k


def pulse(
    midi: float,
    velocity: float,
    length_s: float,
    rate_hz: int,
    *,
    duty: float = 0.5,
    vibrato_cents: float = 0.0,
    decay_s: float = 10.0,
) -> Sound:
    """A console's square voice: hard edges, delayed vibrato."""
    hz = midi_to_hz(midi)
    frames = seconds_to_frames(length_s + 0.01, rate_hz)
    t = np.arange(frames) / rate_hz
    bend = vibrato_cents * np.clip((t - 0.18) / 0.2, 0, 1) * np.sin(2 * np.pi * 6.2 * t)
    table = wavetable(hz * 1.02, rate_hz, _rectangle(duty))
    sound = oscillate(table, hz * 2 ** (bend / 1200), frames=frames, rate_hz=rate_hz)
    sound *= fall(frames, decay_s, rate_hz) * np.float32(velocity)
    attack(sound, 0.002, rate_hz)
    return release(sound, length_s, 0.01, rate_hz)


def triangle(midi: float, velocity: float, length_s: float, rate_hz: int) -> Sound:
    """A console's bass voice: a triangle wave."""
    hz = midi_to_hz(midi)
    frames = seconds_to_frames(length_s + 0.012, rate_hz)
    table = wavetable(
        hz,
        rate_hz,
        lambda k: np.where(k % 2 == 1, (-1) ** ((k - 1) // 2) * 8 / (np.pi * k) ** 2, 0),
    )
    sound = oscillate(table, hz, frames=frames, rate_hz=rate_hz) * np.float32(velocity)
    attack(sound, 0.003, rate_hz)
    return release(sound, length_s, 0.012, rate_hz)
