"""Chorale for string ensemble in D Dorian: four voices, slow swells, a long hall.

Four quarters a bar at 58; the sopranos sing, altos and tenors move when they rest, and every
phrase breathes.
"""

from __future__ import annotations

import numpy as np

from auralis_lab.audio import Audio
from auralis_lab.demo.instruments import strings
from auralis_lab.demo.mix import Bus, Mastering, master, room
from auralis_lab.demo.score import Note, notes

__all__ = ["render"]

QUARTER_S = 60.0 / 62.0
BARS = 10
MASTERING = Mastering(
    ((40, -4), (90, 0), (3000, 0), (10000, -3), (16000, -9)), peak_dbfs=-4.0, fade_s=2.5
)

VOICES = {
    "soprano": """
        A4:2 B4:1 C5:1 | D5:3 C5:1 | B4:2 A4:1 G4:1 | A4:4 | C5:2 D5:1 E5:1 |
        F5:2 E5:1 D5:1 | E5:2 C5:2 | D5:2 C5:1 B4:1 | A4:2 G4:2 | A4:4""",
    "alto": """
        F4:2 G4:2 | F4:2 G4:2 | G4:2 E4:2 | F4:2 E4:2 | G4:2 F4:1 G4:1 |
        A4:2 G4:2 | G4:1 F4:1 E4:2 | F4:2 G4:2 | F4:2 E4:2 | F#4:4""",
    "tenor": """
        D4:2 D4:1 E4:1 | A3:2 C4:2 | D4:2 C4:1 B3:1 | C4:2 A3:2 | E4:2 D4:1 C4:1 |
        C4:2 C4:1 B3:1 | C4:2 A3:2 | A3:2 D4:2 | C4:2 C4:1 B3:1 | A3:4""",
    "bass": """
        D3:2 G3:1 C3:1 | D3:2 E3:2 | G3:2 A3:1 E3:1 | F3:2 A2:2 | C3:2 Bb2:1 C3:1 |
        F3:2 C3:1 G3:1 | C3:2 A2:2 | D3:2 G2:2 | F2:2 C3:1 E3:1 | D3:4""",
    "contrabass": """
        -:4 | -:4 | -:4 | -:4 | -:4 |
        F2:2 C2:1 G1:1 | C2:2 A1:2 | D2:2 G1:2 | F1:2 C2:1 E2:1 | D2:4""",
}
PLACES = {"soprano": -0.45, "alto": -0.15, "tenor": 0.15, "bass": 0.4, "contrabass": 0.5}

# loudness at every bar line: two waves, the second the higher one
ARCH = (0.12, 0.3, 0.5, 0.34, 0.2, 0.42, 0.75, 1.0, 0.8, 0.5, 0.1)


def _level(quarter: float) -> float:
    return float(np.interp(quarter / 4, np.arange(len(ARCH)), ARCH))


def _swell(note: Note, length_s: float) -> list[tuple[float, float]]:
    """Loudness of one bow stroke: in softly, through the arch, a breath at its end."""
    start, middle, stop = (_level(note.start + part * note.length) for part in (0.0, 0.55, 1.0))
    rise_s = min(0.38, 0.4 * length_s)
    return [(0.0, 0.0), (rise_s, start), (0.6 * length_s, 1.12 * middle), (length_s, 0.85 * stop)]


def render(rate_hz: int) -> Audio:
    """Play the chorale."""
    rng = np.random.default_rng(303)
    bus = Bus(0.5 + BARS * 4 * QUARTER_S + 5.0, rate_hz)
    for voice, score in VOICES.items():
        players = 6 if voice == "soprano" else 5
        for note in notes(score, bar=4):
            last = note.start + note.length >= BARS * 4
            length_s = note.length * QUARTER_S + (1.0 if last else 0.06)
            sound = strings(
                rng,
                note.midi,
                _swell(note, length_s),
                length_s,
                rate_hz,
                players=players,
                bright=0.25 + 0.55 * _level(note.start),
                release_s=1.6 if last else 0.45,
            )
            start_s = 0.3 + note.start * QUARTER_S + rng.uniform(0, 0.03)
            bus.put(sound, start_s, gain=0.8 if voice == "soprano" else 0.6, pan=PLACES[voice])
    hall = room(rng, rate_hz, decay_s=3.6, damping=0.55, predelay_s=0.035)
    return master(bus.audio, rate_hz, MASTERING, response=hall, wet=0.8)
