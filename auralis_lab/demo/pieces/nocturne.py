"""Piano nocturne in E minor: rubato, wide dynamics, a large room.

Twelve eighths a bar. Two bars of the left hand alone, eight of song, four that climb to the
fortissimo, a coda that ends in E major.
"""

from __future__ import annotations

import numpy as np

from auralis_lab.audio import Audio
from auralis_lab.demo.instruments import piano
from auralis_lab.demo.mix import Bus, Mastering, master, room
from auralis_lab.demo.score import Note, notes

__all__ = ["render"]

EIGHTH_S = 0.21
BARS = 17
MASTERING = Mastering(((40, -3), (120, 0), (6000, 0), (14000, -2)), peak_dbfs=-1.5, fade_s=2.5)

LEFT = {
    "Em": "E2 B2 G3 B3 E4 B3 G3 B3 E4 B3 G3 B2",
    "C": "C2 G2 E3 B3 E4 B3 G3 B3 E4 B3 G3 E3",
    "Am": "A2 E3 C4 E4 G4 E4 C4 E4 G4 E4 C4 E3",
    "B7": "B1 F#2 B2 F#3 A3 D#4 F#3 A3 D#4 A3 F#3 B2",
    "G": "D2 B2 G3 B3 D4 B3 G3 B3 D4 B3 G3 D3",
    "CAm6": "C2 G2 E3 G3 C4 G3 A2 E3 F#3 C4 F#3 E3",
    "D9": "D2 A2 F#3 C4 E4 C4 F#3 C4 E4 C4 F#3 A2",
    "Gmaj": "G1 D2 B2 F#3 B3 D4 F#3 B3 D4 B3 F#3 D3",
    "F#B": "F#2 C3 E3 A3 C4 A3 B1 F#2 D#3 A3 D#4 A3",
    "AmE": "E2 A2 C4 E4 A4 E4 C4 E4 A4 E4 C4 A3",
    "E": "E2 B2 G#3 B3 E4 B3 G#3 B3 E4 G#4 B4 E5",
}
PLAN = (
    "Em", "Em", "Em", "C", "Am", "B7", "Em", "G", "CAm6", "B7",
    "Am", "D9", "Gmaj", "F#B", "Em", "AmE", "E",
)  # fmt: skip

RIGHT = """
-:12 | -:12 |
B4:6 E5:4 D5:2 | B4:9 G4:3 | C5:6 E5:3 G5:3 | F#5:8 E5:2 D#5:2 |
E5:6 G5:4 F#5:2 | D5:9 B4:3 | C5:4 B4:2 A4:4 F#4:2 | B4:12 |
-:1 C5:2 E5:3 C5,A5:4 B4,G5:2 | A4,F#5:6 G4,E5:3 F#4,D5:3 | F#4,D5:3 B4,G5:6 D5,F#5:3 |
E4,C5,E5:4 C5:2 A4,B4:4 F#4,D#5:2 | E5:6 B4:4 A4:2 | G4:6 F#4:6 | G#4:12
"""

# loudness of each bar, 0..1: the arch of the piece
ARCH = (
    0.28, 0.32, 0.36, 0.38, 0.44, 0.48, 0.5, 0.48, 0.42, 0.38,
    0.56, 0.7, 0.88, 0.8, 0.48, 0.38, 0.3,
)  # fmt: skip


def _time_s(eighth: float) -> float:
    """Seconds at a place of the score: every bar lingers at its end, the last ones slow down."""
    bar, inside = divmod(eighth, 12)
    late = 0.35 * (inside / 12) ** 3 if bar not in (1, 9) else 0.6 * (inside / 12) ** 3
    held = sum(0.6 if n in (1, 9) else 0.35 for n in range(int(bar)))
    slow = 0.05 * max(0.0, eighth - 12 * 14) ** 1.3 * EIGHTH_S
    return float(0.4 + eighth * EIGHTH_S + (held + late) * EIGHTH_S * 2.0 + slow)


def render(rate_hz: int) -> Audio:
    """Play the nocturne."""
    rng = np.random.default_rng(101)
    end_s = _time_s(12 * BARS) + 5.5
    bus = Bus(end_s, rate_hz)
    left = [
        Note(12 * bar + n, 12 - n, midi.midi)
        for bar, name in enumerate(PLAN)
        for n, midi in enumerate(notes(LEFT[name]))
    ]
    for hand, score in (("left", left), ("right", notes(RIGHT, bar=12))):
        for note in score:
            bar = int(note.start // 12)
            accent = 0.0 if hand == "right" else -0.13 + 0.07 * (note.start % 6 == 0)
            velocity = float(np.clip(ARCH[bar] + accent + rng.normal(0, 0.025), 0.08, 1.0))
            if hand == "right":
                velocity = min(1.0, velocity + 0.1)
            start_s = _time_s(note.start) + rng.normal(0, 0.007)
            # the pedal holds every string to the end of its bar, a melody note over it
            until = 12 * (bar + 1) + (
                4 if hand == "right" and note.start % 12 + note.length > 11 else 0
            )
            stop_s = end_s if bar >= BARS - 1 else _time_s(until) + 0.1
            bus.put(piano(rng, note.midi, velocity, max(0.3, stop_s - start_s), rate_hz), start_s)
    for n, midi in enumerate((40, 52, 59, 64, 68, 76, 83, 88)):
        start_s = _time_s(12 * 16 + 12) + 0.09 * n
        bus.put(piano(rng, midi, 0.3 + 0.01 * n, end_s - start_s, rate_hz), start_s)
    hall = room(rng, rate_hz, decay_s=2.8, damping=0.7, predelay_s=0.03)
    return master(bus.audio, rate_hz, MASTERING, response=hall, wet=0.55)
