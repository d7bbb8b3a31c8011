"""Synth pop for an imagined games console at 140: square voices, bright and harsh.

Twenty-four bars: arpeggios, a verse, a break in half time, a refrain in two voices, a last hit.
"""

from __future__ import annotations

import numpy as np

from auralis_lab.audio import Audio
from auralis_lab.demo import drums
from auralis_lab.demo.envelopes import Sound, fall, release
from auralis_lab.demo.mix import Bus, Mastering, echo, limit, master
from auralis_lab.demo.score import Note, notes, pitches
from auralis_lab.demo.synth import band_noise
from auralis_lab.demo.synthesizers import pulse, triangle

__all__ = ["BPM", "render"]

BPM = 140.0
BEAT_S = 60.0 / BPM
BARS = 24
MASTERING = Mastering(
    ((50, -3), (200, -2), (1000, 0), (3500, 7), (8000, 11), (16000, 8)), peak_dbfs=9.5
)
END_S = (BARS * 4 + 4) * BEAT_S + 0.3
VERSE, BREAK, REFRAIN = range(4, 12), range(12, 16), range(16, 24)

CHORDS = {
    "Am": "A3 C4 E4 A4",
    "F": "F3 A3 C4 F4",
    "C": "G3 C4 E4 G4",
    "G": "G3 B3 D4 G4",
    "Em": "E3 G3 B3 E4",
}
ROOTS = {"Am": 45, "F": 41, "C": 48, "G": 43, "Em": 40}
PLAN = ("Am", "F", "C", "G") * 4 + ("F", "G", "Em", "Am", "F", "G", "C", "C")
VERSE_TUNE = """
A4:1 E5:1.5 D5:.5 C5:1 | A4:.5 C5:.5 F5:1.5 E5:.5 C5:1 | G5:1 E5:.5 C5:.5 E5:1 G5:1 |
D5:2 B4:1 G4:1 | A4:.5 B4:.5 C5:.5 D5:.5 E5:1 A5:1 | G5:.5 F5:.5 E5:.5 F5:.5 C5:2 |
E5:1 G5:.5 E5:.5 C6:1 B5:1 | A5:.5 G5:.5 D5:1 G5:1 -:1
"""
REFRAIN_TUNE = """
F5:1.5 A5:.5 C6:1 A5:1 | G5:1.5 B5:.5 D6:1 B5:1 | E6:1 D6:.5 B5:.5 G5:1 E5:1 |
A5:1.5 C6:.5 E6:2 | F6:1 E6:.5 C6:.5 A5:1 F5:1 | G5:.5 A5:.5 B5:.5 D6:.5 G6:1 F6:1 |
E6:2 C6:1 G5:1 | C6:1 G5:.5 E5:.5 C6:2
"""
REFRAIN_SECOND = """
C5:1.5 F5:.5 A5:1 F5:1 | D5:1.5 G5:.5 B5:1 G5:1 | B5:1 B5:.5 G5:.5 E5:1 B4:1 |
E5:1.5 A5:.5 C6:2 | A5:1 A5:.5 A5:.5 F5:1 C5:1 | D5:.5 D5:.5 G5:.5 B5:.5 D6:1 B5:1 |
G5:2 E5:1 E5:1 | G5:1 E5:.5 C5:.5 E5:2
"""


def _voice(bus: Bus, score: tuple[Note, ...], first_bar: int, *, duty: float, gain: float) -> None:
    for note in score:
        length_s = note.length * BEAT_S * 0.92
        sound = pulse(
            note.midi, 0.6, length_s, bus.rate_hz, duty=duty, vibrato_cents=18, decay_s=1.4
        )
        bus.put(sound, (first_bar * 4 + note.start) * BEAT_S, gain=gain)


def _arpeggios(bus: Bus) -> None:
    """Broken chords in sixteenths, each tone drawn once and put many times."""
    tones: dict[int, Sound] = {}
    for bar, name in enumerate(PLAN):
        chord = pitches(CHORDS[name])
        up = 12 if bar in BREAK else 0
        for n in range(16):
            midi = chord[(n * 3) % 4] + up + 12 * (n % 8 >= 6)
            if midi not in tones:
                tones[midi] = pulse(midi, 0.5, BEAT_S / 4, bus.rate_hz, duty=0.125, decay_s=0.12)
            strength = 0.34 if bar < 4 or bar in BREAK else 0.22
            bus.put(tones[midi], (bar * 4 + n / 4) * BEAT_S, gain=strength, pan=0.7 * (-1) ** n)


def _bass(bus: Bus) -> None:
    for bar, name in enumerate(PLAN):
        if bar < 2:
            continue
        steps = (0, 4) if bar in BREAK else range(8)
        for n in steps:
            length_s = BEAT_S * (1.8 if bar in BREAK else 0.42)
            midi = ROOTS[name] + (12 if n % 2 else 0)
            bus.put(
                triangle(midi, 0.8, length_s, bus.rate_hz), (bar * 4 + n / 2) * BEAT_S, gain=0.7
            )


def _noises(rng: np.random.Generator, bus: Bus) -> None:
    """Drums of a console: gated noise and a falling tone."""
    rate_hz = bus.rate_hz
    frames = round(0.16 * rate_hz)
    white = band_noise(rng, 1000, 18000, frames=frames, rate_hz=rate_hz)
    snare = release(white * fall(frames, 0.05, rate_hz), 0.12, 0.03, rate_hz) * np.float32(1.6)
    tick = release(white * fall(frames, 0.012, rate_hz), 0.04, 0.02, rate_hz) * np.float32(0.9)
    kick = drums.kick(rng, rate_hz, low_hz=52, high_hz=500, decay_s=0.1, click=0.2)
    for bar in range(2, BARS):
        half_time = bar in BREAK
        for n in range(8):
            at_s = (bar * 4 + n / 2) * BEAT_S
            if n in ((0,) if half_time else (0, 3, 4)):
                bus.put(kick, at_s, gain=0.75)
            if n in ((4,) if half_time else (2, 6)) and bar >= 4:
                bus.put(snare, at_s, gain=0.55)
            bus.put(tick, at_s, gain=0.3 if n % 2 else 0.18)
        if bar in (11, 15, 23):
            for n in range(8):
                bus.put(snare, (bar * 4 + 2 + n / 4) * BEAT_S, gain=0.2 + 0.05 * n)


def render(rate_hz: int) -> Audio:
    """Play the console tune."""
    rng = np.random.default_rng(808)
    lead, rest = Bus(END_S, rate_hz), Bus(END_S, rate_hz)
    _voice(lead, notes(VERSE_TUNE, bar=4), VERSE.start, duty=0.25, gain=0.5)
    _voice(lead, notes(REFRAIN_TUNE, bar=4), REFRAIN.start, duty=0.25, gain=0.5)
    _voice(lead, notes(REFRAIN_SECOND, bar=4), REFRAIN.start, duty=0.5, gain=0.26)
    _arpeggios(rest)
    _bass(rest)
    _noises(rng, rest)
    for midi in pitches("C3 G3 C4 E4 G4 C5 E5"):
        rest.put(pulse(midi, 0.3, 3 * BEAT_S, rate_hz, decay_s=0.7), BARS * 4 * BEAT_S, gain=0.5)
    mixed = lead.audio + rest.audio
    mixed += np.float32(0.6) * echo(lead.audio, 0.75 * BEAT_S, rate_hz, feedback=0.4, times=4)
    mixed = master(mixed, rate_hz, MASTERING)
    return limit(mixed, 10 ** (-0.3 / 20), rate_hz, hold_s=0.01)
