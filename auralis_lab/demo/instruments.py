"""Instruments: a note of a piano, a guitar, a section of strings.

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
from auralis_lab.demo.synth import band_noise, modes, oscillate, pluck, wavetable

__all__ = [
    "bell",
    "double_bass",
    "electric_piano",
    "guitar",
    "piano",
    "strings",
]


def piano(
    rng: np.random.Generator, midi: int, velocity: float, length_s: float, rate_hz: int
) -> Audio:
    """A grand piano: stretched partials on three strings that die away at different speeds."""
    hz = midi_to_hz(midi)
    k = np.arange(1.0, 46.0)
    partial_hz = k * hz * np.sqrt(1 + 3e-4 * 2 ** ((midi - 60) / 12) * k**2)
    hammer = 0.12 + np.abs(np.sin(np.pi * k * 0.121))
    brightness_hz = 350 + 2600 * velocity**1.7 + 0.9 * hz
    amplitude = hammer * k**-0.55 * np.exp(-partial_hz / brightness_hz)
    amplitude /= np.sqrt(np.sum(amplitude**2))
    loud = amplitude > 2e-4
    k, partial_hz, amplitude = k[loud], partial_hz[loud], amplitude[loud]
    ring_s = 13.0 * 2 ** (-(midi - 36) / 15) / (1 + 0.09 * k + 0.006 * k**2)
    frames = seconds_to_frames(length_s + 0.35, rate_hz)
    string_cents = rng.normal((-0.45, 0.05, 0.5), 0.1)
    lean = float(np.clip((midi - 62) / 60, -0.4, 0.4))
    sides = np.zeros((2, frames), dtype=np.float32)
    for cents, share, speed, side in zip(
        string_cents, (0.42, 0.36, 0.22), (0.3, 0.75, 1.6), (-0.35, 0.0, 0.35), strict=True
    ):
        sound = modes(
            partial_hz * 2 ** (cents / 1200),
            share * amplitude,
            np.maximum(ring_s * speed, 0.05),
            frames=frames,
            rate_hz=rate_hz,
        )
        angle = (1 + side + lean) * np.pi / 4
        sides += np.array([[np.cos(angle)], [np.sin(angle)]], dtype=np.float32) * sound
    knock = seconds_to_frames(0.09, rate_hz)
    thud = band_noise(rng, 70, 420 + 500 * velocity, frames=knock, rate_hz=rate_hz)
    thud *= envelope([(0, 0), (0.004, 1), (0.09, 0)], frames=knock, rate_hz=rate_hz)
    sides[:, : min(knock, frames)] += np.float32(0.12) * thud[:frames]
    attack(sides, 0.0025 - 0.0015 * velocity, rate_hz)
    return release(sides * np.float32(velocity**1.25), length_s, 0.35, rate_hz)


def electric_piano(
    rng: np.random.Generator, midi: int, velocity: float, length_s: float, rate_hz: int
) -> Sound:
    """Tines: a sine whose phase another sine shakes, hardest at the stroke."""
    hz = midi_to_hz(midi)
    frames = seconds_to_frames(length_s + 0.25, rate_hz)
    t = np.arange(frames, dtype=np.float64) / rate_hz
    turn = (2 * np.pi * ((hz * t + rng.uniform()) % 1.0)).astype(np.float32)
    fade = fall(frames, 2.6 * 2 ** (-(midi - 60) / 24), rate_hz)
    strike = fall(frames, 0.22, rate_hz)
    index = np.float32(0.25 + 1.1 * velocity) * (np.float32(0.35) + strike)
    body = np.sin(turn + index * np.sin(turn))
    tine = modes([hz * 7.1, hz * 11.3], [0.09, 0.03], [0.5, 0.3], frames=frames, rate_hz=rate_hz)
    sound = (body * fade + np.float32(velocity) * tine) * np.float32(0.6 * velocity)
    attack(sound, 0.003, rate_hz)
    return release(sound, length_s, 0.25, rate_hz)


def double_bass(
    rng: np.random.Generator, midi: int, velocity: float, length_s: float, rate_hz: int
) -> Sound:
    """A plucked upright bass: woody partials, a growl that opens late, the finger on the string."""
    hz = midi_to_hz(midi)
    frames = seconds_to_frames(length_s + 0.12, rate_hz)
    k = np.arange(1.0, 28.0)
    amplitude = (
        np.abs(np.sin(np.pi * k * 0.23)) * k**-0.9 * np.exp(-k * hz / (700 + 900 * velocity))
    )
    decay_s = 3.2 * 2 ** (-(midi - 36) / 24) / (1 + 0.22 * k)
    phases = rng.uniform(-0.2, 0.2, k.shape)
    sound = modes(
        k * hz * np.sqrt(1 + 2e-4 * k**2),
        amplitude,
        decay_s,
        frames=frames,
        rate_hz=rate_hz,
        phases=phases,
    )
    body = modes(
        [98, 205, 330], [0.25, 0.12, 0.06], [0.25, 0.15, 0.1], frames=frames, rate_hz=rate_hz
    )
    finger = band_noise(rng, 500, 2200, frames=frames, rate_hz=rate_hz)
    finger *= envelope([(0, 0), (0.003, 0.3), (0.03, 0)], frames=frames, rate_hz=rate_hz)
    sound = (sound + body + finger) * np.float32(0.6 * velocity)
    attack(sound, 0.006, rate_hz)
    return release(sound, length_s, 0.12, rate_hz)


def guitar(
    rng: np.random.Generator, midi: int, velocity: float, length_s: float, rate_hz: int
) -> Sound:
    """A steel string guitar: a plucked string in front of three resonances of the box."""
    frames = seconds_to_frames(length_s + 0.15, rate_hz)
    string = pluck(
        rng,
        midi_to_hz(midi),
        frames=frames,
        rate_hz=rate_hz,
        decay_s=4.5 * 2 ** (-(midi - 45) / 20),
        brightness=0.45 + 0.4 * velocity,
    )
    box = modes(
        [102, 198, 405], [0.1, 0.08, 0.03], [0.25, 0.18, 0.1], frames=frames, rate_hz=rate_hz
    )
    return release((string + box) * np.float32(velocity), length_s, 0.15, rate_hz)


def _bowed(k: npt.NDArray[np.float64], hz: float, bright: float) -> npt.NDArray[np.float64]:
    """A sawtooth seen through the formants of a violin's body."""
    f = k * hz
    body = 0.55 + sum(
        gain * np.exp(-((np.log2(f / centre) / spread) ** 2))
        for centre, spread, gain in (
            (290, 0.35, 0.7),
            (480, 0.3, 0.6),
            (1050, 0.6, 0.5),
            (2600, 0.5, 0.55),
        )
    )
    return np.asarray(body / k * np.exp(-f / (1400 + 3600 * bright)))


def strings(
    rng: np.random.Generator,
    midi: int,
    swell: list[tuple[float, float]],
    length_s: float,
    rate_hz: int,
    *,
    players: int = 6,
    bright: float = 0.5,
    release_s: float = 0.5,
) -> Audio:
    """A section: players with their own pitch, vibrato and place; `swell` is its loudness."""
    hz = midi_to_hz(midi)
    frames = seconds_to_frames(length_s + release_s, rate_hz)
    table = wavetable(hz * 1.02, rate_hz, lambda k: _bowed(k, hz, bright))
    turn = np.arange(frames, dtype=np.float32) * np.float32(2 * np.pi / rate_hz)
    settled = np.minimum(1, turn * np.float32(1 / (2 * np.pi * 0.9)))
    sides = np.zeros((2, frames), dtype=np.float32)
    for n in range(players):
        vibrato_hz, drift_hz, detuned_cents = (
            rng.uniform(4.7, 5.9),
            rng.uniform(0.2, 0.5),
            rng.normal(0, 5),
        )
        cents = np.float32(rng.uniform(4, 9)) * settled
        cents *= np.sin(np.float32(vibrato_hz) * turn + np.float32(rng.uniform(0, 6.28)))
        cents += np.float32(3) * np.sin(
            np.float32(drift_hz) * turn + np.float32(rng.uniform(0, 6.28))
        )
        bent_hz = hz * 2 ** (detuned_cents / 1200) * np.exp(cents * np.float32(np.log(2) / 1200))
        sound = oscillate(table, bent_hz, frames=frames, rate_hz=rate_hz, start=rng.uniform())
        angle = (0.5 + 0.4 * (2 * (n + 0.5) / players - 1)) * np.pi / 2
        sides += np.array([[np.cos(angle)], [np.sin(angle)]], dtype=np.float32) * sound
    rosin = band_noise(rng, 1500, 6000, frames=1 << 16, rate_hz=rate_hz)
    sides += np.float32(0.05) * np.resize(rosin, frames)
    sides *= envelope(swell, frames=frames, rate_hz=rate_hz) / np.float32(players**0.5)
    return release(sides, length_s, release_s, rate_hz)


def bell(
    midi: float, velocity: float, length_s: float, rate_hz: int, *, bright: float = 0.5
) -> Sound:
    """A singing bowl or bell: a few inharmonic modes, each beating with a twin."""
    hz = midi_to_hz(midi)
    frames = seconds_to_frames(length_s, rate_hz)
    ratio = np.array([1, 2.71, 5.15, 8.43, 12.2, 16.6, 21.6])
    amplitude = np.array([1, 0.55, 0.38, 0.22, 0.14, 0.09, 0.06]) ** (1.6 - bright)
    decay_s = length_s * np.array([1.1, 0.8, 0.5, 0.35, 0.25, 0.2, 0.15])
    sound = modes(
        np.concatenate([hz * ratio, hz * ratio + 0.7 + 0.2 * ratio]),
        np.concatenate([0.6 * amplitude, 0.4 * amplitude]),
        np.concatenate([decay_s, decay_s]),
        frames=frames,
        rate_hz=rate_hz,
    )
    attack(sound, 0.004, rate_hz)
    sound *= np.float32(0.5 * velocity)
    return release(sound, length_s * 0.7, length_s * 0.3, rate_hz)
