"""Folk waltz in G for two plucked guitars, recorded as if with one old microphone: mono and thin.

Three quarters a bar at 152. Two bars of the accompaniment alone, a tune of sixteen bars, its answer
in the minor, the tune's second half again, slowing down.
"""

from __future__ import annotations

import numpy as np

from auralis_lab.audio import Audio
from auralis_lab.demo.instruments import guitar
from auralis_lab.demo.mix import Bus, Mastering, master, room
from auralis_lab.demo.score import notes, pitches

__all__ = ["BPM", "render"]

BPM = 152.0
BEAT_S = 60.0 / BPM
MASTERING = Mastering(
    ((60, -14), (160, -4), (400, 0), (1800, 3), (5000, 0), (11000, -14)),
    peak_dbfs=-3.0,
    fade_s=2.0,
)

SHAPES = {
    "G": "G2 D3 G3 B3 D4",
    "C": "C3 G3 C4 E4 G4",
    "D": "D3 A3 D4 F#4 A4",
    "D7": "D3 F#3 C4 D4 A4",
    "Em": "E2 B2 G3 B3 E4",
    "Am": "A2 E3 A3 C4 E4",
    "Bm": "B2 F#3 B3 D4 F#4",
    "A7": "A2 E3 G3 C#4 E4",
}
PLAN = (
    "G G | G G C G | Em Am D D7 | G G C G | Am D7 G G |"
    " Em Em Bm Bm | C G A7 D7 | Em Bm C G | Am D7 G G"
)
TUNE = """
-:3 | -:2 D4:1 |
G4:2 A4:1 | B4:2 D5:1 | E5:1.5 D5:.5 C5:1 | B4:2 G4:1 |
E4:1 G4:1 B4:1 | C5:1.5 B4:.5 A4:1 | A4:2 F#4:1 | D4:2 D4:1 |
G4:2 A4:1 | B4:1 D5:1 G5:1 | E5:1.5 F#5:.5 G5:1 | D5:2 B4:1 |
C5:1 B4:1 A4:1 | F#4:1 A4:1 D5:.5 C5:.5 | B4:1 G4:2 | G4:2 B4:1 |
E5:2 F#5:1 | G5:1.5 F#5:.5 E5:1 | D5:2 F#5:1 | B4:2 D5:1 |
C5:1 E5:1 G5:1 | D5:1 B4:1 G4:1 | A4:1 C#5:1 E5:1 | D5:2 C5:1 |
B4:1 E5:1 G5:1 | F#5:1 D5:1 B4:1 | E5:1.5 D5:.5 C5:1 | B4:1 D5:2 |
C5:1 B4:1 A4:1 | D5:1 C5:1 A4:1 | G4:3 | -:3
"""


def _bars() -> list[str]:
    return PLAN.replace("|", " ").split()


def _time_s(beat: float) -> float:
    """Seconds at a beat; the last three bars slow down."""
    last = 3 * (len(_bars()) - 3)
    return float(0.3 + (beat + 0.06 * max(0.0, beat - last) ** 1.6) * BEAT_S)


def _accompany(rng: np.random.Generator, bus: Bus) -> None:
    """Bass on one, brushed chords on two and three."""
    names = _bars()
    for bar, name in enumerate(names):
        shape = pitches(SHAPES[name])
        last = bar == len(names) - 1
        low = shape[0] if bar % 2 == 0 or name == "D7" else shape[1] - 12 * (shape[1] > 52)
        bass = guitar(rng, low, 0.8, 2.6 * BEAT_S if not last else 4.0, bus.rate_hz)
        bus.put(bass, _time_s(3 * bar) + rng.uniform(0, 0.008), gain=0.8)
        for beat in (1, 2) if not last else (0,):
            strength = 0.42 if beat == 1 else 0.34
            length_s = 0.8 * BEAT_S if not last else 4.0
            for n, midi in enumerate(shape[1:]):
                stroke_s = (0.011 if not last else 0.06) * (n + 1)
                sound = guitar(rng, midi, strength + rng.uniform(0, 0.06), length_s, bus.rate_hz)
                bus.put(
                    sound, _time_s(3 * bar + beat) + stroke_s + rng.uniform(0, 0.004), gain=0.62
                )


def _sing(rng: np.random.Generator, bus: Bus) -> None:
    """The tune; long notes get a second pick, strong beats a third below."""
    for note in notes(TUNE, bar=3):
        start_s = _time_s(note.start) + rng.normal(0, 0.006)
        length_s = _time_s(note.start + note.length) - start_s + 0.15
        velocity = 0.72 + 0.1 * (note.start % 3 == 0) + rng.normal(0, 0.03)
        bus.put(guitar(rng, note.midi, velocity, length_s, bus.rate_hz), start_s, gain=1.0)
        if note.length >= 2 and note.start >= 18 * 3:
            again_s = _time_s(note.start + 1.5)
            bus.put(guitar(rng, note.midi, 0.4, 0.5 * BEAT_S, bus.rate_hz), again_s, gain=0.7)


def render(rate_hz: int) -> Audio:
    """Play the waltz; one channel."""
    rng = np.random.default_rng(404)
    bus = Bus(_time_s(3 * len(_bars())) + 3.5, rate_hz)
    _accompany(rng, bus)
    _sing(rng, bus)
    parlour = room(rng, rate_hz, decay_s=0.7, damping=0.8, predelay_s=0.008)
    one = bus.audio.mean(axis=0, keepdims=True)
    return master(one, rate_hz, MASTERING, response=parlour[:1], wet=0.22)
