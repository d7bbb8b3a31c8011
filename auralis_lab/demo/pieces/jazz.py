"""Jazz trio: a blues in F at 132, swung; electric piano, walking bass, brushes.

Two bars of bass and brushes, the theme, a chorus of solo, a last chord. The mix is dark and heavy
at the bottom on purpose.
"""

from __future__ import annotations

import numpy as np

from auralis_lab.audio import Audio
from auralis_lab.demo import drums
from auralis_lab.demo.instruments import double_bass, electric_piano
from auralis_lab.demo.mix import Bus, Mastering, master, room
from auralis_lab.demo.score import notes, pitches

__all__ = ["BPM", "render"]

BPM = 132.0
BEAT_S = 60.0 / BPM
INTRO = 2
BARS = INTRO + 24 + 2
SWING = 0.63
MASTERING = Mastering(
    ((40, 1), (90, 4), (250, 2), (900, 0), (2500, -5), (6000, -12), (14000, -22)),
    peak_dbfs=-2.0,
    fade_s=1.5,
)

VOICINGS = {
    "F13": "Eb3 A3 D4 G4",
    "Bb13": "D3 Ab3 C4 G4",
    "Cm9": "Eb3 Bb3 D4 G4",
    "F7alt": "Eb3 A3 Db4 Gb4",
    "Bdim": "D3 Ab3 B3 F4",
    "Am7": "C3 G3 B3 E4",
    "D7alt": "C3 F#3 Bb3 Eb4",
    "Gm9": "F3 Bb3 D4 A4",
    "C13": "E3 Bb3 D4 A4",
    "F69": "A3 D4 G4 C5 F5",
}
BLUES = (
    ("F13",), ("Bb13",), ("F13",), ("Cm9", "F7alt"), ("Bb13",), ("Bdim",),
    ("F13",), ("Am7", "D7alt"), ("Gm9",), ("C13",), ("F13", "D7alt"), ("Gm9", "C13"),
)  # fmt: skip
COMPING = (
    ((0.0, 0.9), (1.5, 0.4)),
    ((1.5, 0.5), (3.5, 0.4)),
    ((0.5, 0.4), (2.0, 1.2)),
    ((1.0, 0.5), (2.5, 0.4)),
    ((0.0, 1.6), (3.0, 0.4)),
)

WALK = """
C3 A2 F2 E2 | Eb2 D2 Db2 C2 |
F2 G2 A2 C3 | Bb2 D3 F3 Gb3 | F3 Eb3 C3 A2 | C3 G2 F2 A2 | Bb2 C3 D3 F3 | B2 D3 F3 Ab3 |
C3 A2 F2 G2 | A2 C3 D3 F#2 | G2 Bb2 D3 Db3 | C3 Bb2 G2 E2 | F2 A2 D3 F#2 | G2 Bb2 C3 E3 |
F3 Eb3 C3 A2 | Bb2 Ab2 F2 E2 | F2 C2 Eb2 F2 | C2 E2 F2 A2 | Bb2 Ab2 F2 D2 | B1 D2 F2 Ab2 |
C3 A2 F2 C3 | A2 E3 D3 F#2 | G2 A2 Bb2 D3 | C3 G2 E2 C2 | F2 C3 D3 A2 | G2 D3 C3 E2 |
F2 A2 C3 E3 | F3 F1:3
"""
THEME = """
C5:.5 D5:.5 F5:.5 Ab5:.5 F5:2 | -:.5 D5:.5 F5:.5 G5:.5 F5:1 D5:1 |
C5:.5 D5:.5 F5:.5 Ab5:.5 A5:.5 F5:1.5 | -:1 Eb5:.5 D5:.5 Db5:.5 C5:1.5 |
D5:.5 F5:.5 Ab5:.5 C6:.5 Bb5:1 Ab5:1 | -:.5 Ab5:.5 F5:.5 D5:.5 B4:1 Ab4:1 |
C5:.5 D5:.5 F5:.5 A5:.5 G5:1 F5:1 | -:.5 E5:.5 C5:.5 A4:.5 Bb4:.5 C5:.5 F#4:1 |
Bb4:.5 D5:.5 F5:.5 A5:.5 G5:1 F5:1 | E5:.5 D5:.5 Bb4:.5 G4:.5 Ab4:1 E4:1 |
F4:.5 A4:.5 C5:.5 Eb5:.5 D5:1 C5:1 | -:.5 Bb4:.5 D5:.5 F5:.5 E5:.5 C5:1.5
"""
SOLO = """
A4:.5 C5:.5 Eb5:.5 G5:.5 F5:.5 D5:.5 C5:1 | Bb4:.5 C5:.5 D5:.5 F5:.5 Ab5:.5 G5:.5 F5:1 |
A5:.5 G5:.5 F5:.5 Eb5:.5 D5:.5 C5:.5 A4:1 | -:1 G4:.5 Bb4:.5 Db5:.5 C5:.5 A4:.5 F4:.5 |
Ab4:.5 Bb4:.5 D5:.5 F5:.5 Ab5:1 F5:1 | G5:.5 Ab5:.5 F5:.5 D5:.5 B4:.5 D5:.5 F5:1 |
C6:1 A5:.5 F5:.5 G5:.5 Ab5:.5 F5:1 | E5:.5 G5:.5 C6:.5 A5:.5 F#5:.5 Eb5:.5 C5:1 |
D5:.5 F5:.5 A5:.5 C6:.5 Bb5:.5 A5:.5 G5:1 | E5:.5 G5:.5 Bb5:.5 Db6:.5 C6:.5 Ab5:.5 G5:1 |
A5:1 F5:.5 C5:.5 F#5:1 Eb5:1 | D5:.5 F5:.5 Bb5:.5 A5:.5 G5:.5 E5:.5 -:1
"""


def _time_s(beat: float) -> float:
    """Seconds at a beat: eighths off the beat come late."""
    whole, part = divmod(beat, 1.0)
    late = part / 0.5 * SWING if part <= 0.5 else SWING + (part - 0.5) / 0.5 * (1 - SWING)
    return 0.25 + (whole + late) * BEAT_S


def _brushes(rng: np.random.Generator, bus: Bus) -> None:
    rate_hz = bus.rate_hz
    taps = [drums.brush_tap(rng, rate_hz) for _ in range(4)]
    sweeps = [drums.brush_sweep(rng, rate_hz, 1.05 * BEAT_S) for _ in range(4)]
    foot = drums.hat(rng, rate_hz, decay_s=0.025, low_hz=5000)
    ride = drums.ride(rng, rate_hz, length_s=1.2, bright=0.25)
    drum = drums.kick(rng, rate_hz, low_hz=62, high_hz=150, decay_s=0.12, click=0.05)
    for bar in range(BARS - 1):
        for beat in range(4):
            now = bar * 4 + beat
            bus.put(sweeps[now % 4], _time_s(now) - 0.03, gain=0.34, pan=0.3 * (-1) ** beat)
            bus.put(drum, _time_s(now), gain=0.1)
            if beat % 2:
                bus.put(taps[now % 4], _time_s(now) + rng.normal(0, 0.004), gain=0.5, pan=0.1)
                bus.put(foot, _time_s(now), gain=0.18, pan=-0.2)
            elif rng.uniform() < 0.3:
                bus.put(taps[now % 4], _time_s(now + 0.5), gain=0.18, pan=0.1)
        for place, strength in (
            (0.0, 0.2),
            (1.0, 0.24),
            (1.5, 0.13),
            (2, 0.2),
            (3, 0.24),
            (3.5, 0.13),
        ):
            if bar >= INTRO + 12:
                bus.put(
                    ride, _time_s(bar * 4 + place) + rng.normal(0, 0.003), gain=strength, pan=0.4
                )
    bus.put(drums.ride(rng, rate_hz, length_s=3.5, bright=0.4), _time_s(BARS * 4 - 3), gain=0.4)


def _bass(rng: np.random.Generator, bus: Bus) -> None:
    for note in notes(WALK, bar=4):
        start_s = _time_s(note.start) + rng.normal(0.004, 0.005)
        length_s = 3.2 if note.length > 1 else BEAT_S * 0.95
        velocity = 0.82 + 0.08 * (note.start % 2) + rng.normal(0, 0.04)
        bus.put(double_bass(rng, note.midi, velocity, length_s, bus.rate_hz), start_s, gain=0.85)


def _keys(rng: np.random.Generator, bus: Bus) -> None:
    """Chords of the left hand and the tune of the right."""
    for bar in range(24):
        chords = BLUES[bar % 12]
        for n, (beat, length) in enumerate(COMPING[(bar * 3 + bar // 5) % len(COMPING)]):
            chord = chords[min(n, len(chords) - 1)] if beat < 3.5 else BLUES[(bar + 1) % 12][0]
            start_s = _time_s((INTRO + bar) * 4 + beat) + rng.normal(0, 0.006)
            for midi in pitches(VOICINGS[chord]):
                velocity = 0.4 + 0.08 * (bar >= 12) + rng.normal(0, 0.03)
                sound = electric_piano(rng, midi, velocity, length * BEAT_S, bus.rate_hz)
                bus.put(sound, start_s + rng.uniform(0, 0.006), gain=0.3, pan=-0.3)
    for chorus, score in enumerate((THEME, SOLO)):
        for note in notes(score, bar=4):
            beat = (INTRO + 12 * chorus) * 4 + note.start
            length_s = _time_s(beat + note.length) - _time_s(beat)
            velocity = 0.62 + 0.12 * (note.start % 1 == 0.5) + rng.normal(0, 0.05)
            sound = electric_piano(rng, note.midi, velocity, 0.95 * length_s, bus.rate_hz)
            bus.put(sound, _time_s(beat) + rng.normal(0.01, 0.006), gain=0.42, pan=0.2)
    for n, midi in enumerate(pitches(VOICINGS["F69"])):
        sound = electric_piano(rng, midi, 0.5, 3.5, bus.rate_hz)
        bus.put(sound, _time_s(BARS * 4 - 3) + 0.03 * n, gain=0.36, pan=0.1 * n - 0.2)


def render(rate_hz: int) -> Audio:
    """Play the trio."""
    rng = np.random.default_rng(707)
    bus = Bus(_time_s(BARS * 4) + 2.5, rate_hz)
    _brushes(rng, bus)
    _bass(rng, bus)
    _keys(rng, bus)
    club = room(rng, rate_hz, decay_s=1.0, damping=0.7, predelay_s=0.012)
    return master(bus.audio, rate_hz, MASTERING, response=club, wet=0.25)
