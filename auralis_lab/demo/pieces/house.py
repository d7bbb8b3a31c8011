"""House at 124 beats a minute, squeezed against the ceiling by its master.

Twenty-four bars: drums, bass and chords in, a break without the kick, the full floor, out.
"""

from __future__ import annotations

import numpy as np

from auralis_lab.audio import Audio, seconds_to_frames
from auralis_lab.demo import drums
from auralis_lab.demo.envelopes import Sound
from auralis_lab.demo.mix import Bus, Mastering, echo, limit, master, room
from auralis_lab.demo.score import notes, pitches
from auralis_lab.demo.synthesizers import pad, pulse, reese, stab

__all__ = ["BPM", "render"]

BPM = 124.0
BEAT_S = 60.0 / BPM
BARS = 24
MASTERING = Mastering(
    ((30, -6), (60, 1), (250, -1), (2500, 0), (9000, 3), (16000, 2)), peak_dbfs=0.0, fade_s=1.0
)
END_S = BARS * 4 * BEAT_S + 2.5
CHORDS = ("F3 C4 Eb4 G4 Ab4", "Db3 Ab3 C4 F4 Ab4", "Ab2 Eb3 G3 C4 Eb4", "Eb3 Bb3 C4 G4 Bb4")
ROOTS = pitches("F1 Db2 Ab1 Eb2")
STABS = (0.0, 0.75, 1.5, 2.75, 3.5)
BASS = (
    (0.5, 0.4, 0), (0.75, 0.2, 0), (1.5, 0.4, 0),
    (2.5, 0.4, 0), (2.75, 0.2, 12), (3.5, 0.4, 7),
)  # fmt: skip
HOOK = """
C5:1.5 Eb5:.5 -:.5 F5:1 Eb5:.5 | C5:.75 Ab4:.75 -:2.5 |
Bb4:1.5 C5:.5 -:.5 Eb5:1 C5:.5 | G4:2 Bb4:2
"""
BREAK = range(12, 16)


def _drums(rng: np.random.Generator, rate_hz: int) -> tuple[Bus, Bus]:
    """Two buses: the kick alone, and everything else."""
    kicks, rest = Bus(END_S, rate_hz), Bus(END_S, rate_hz)
    kick = drums.kick(rng, rate_hz, low_hz=46, decay_s=0.15, click=0.35)
    clap = drums.clap(rng, rate_hz)
    closed = [drums.hat(rng, rate_hz, decay_s=0.022) for _ in range(4)]
    opened = drums.hat(rng, rate_hz, decay_s=0.09, low_hz=6000)
    for bar in range(BARS):
        at_s = bar * 4 * BEAT_S
        for beat in range(4):
            if bar not in BREAK and not (bar == 11 and beat == 3):
                kicks.put(kick, at_s + beat * BEAT_S)
            if beat % 2 and bar >= 2 and bar not in BREAK:
                rest.put(clap, at_s + beat * BEAT_S, gain=0.42)
            if bar >= 1 and bar not in range(12, 14):
                rest.put(opened, at_s + (beat + 0.5) * BEAT_S, gain=0.24, pan=0.15)
        for sixteenth in range(16 if bar >= 4 else 0):
            late_s = 0.012 * (sixteenth % 2)
            rest.put(
                closed[sixteenth % 4],
                at_s + sixteenth * BEAT_S / 4 + late_s,
                gain=0.16 + 0.06 * rng.uniform(),
                pan=-0.25,
            )
    roll = drums.snare(rng, rate_hz, tone_hz=210)
    for n in range(16):
        rest.put(roll, (15 * 4 + 2 + n / 8) * BEAT_S, gain=0.08 + 0.02 * n)
    rest.put(drums.riser(rng, rate_hz, 8 * BEAT_S), 14 * 4 * BEAT_S, gain=0.5)
    crash = drums.ride(rng, rate_hz, length_s=2.5, bright=1.0)
    for bar in (4, 8, 16, 20):
        rest.put(crash, bar * 4 * BEAT_S, gain=0.4, pan=0.2)
    return kicks, rest


def _chords(rng: np.random.Generator, rate_hz: int) -> Bus:
    bus = Bus(END_S, rate_hz)
    drawn: dict[tuple[int, float, int], Audio] = {}
    for bar in range(4, BARS):
        names = pitches(CHORDS[bar % 4])
        at_s = bar * 4 * BEAT_S
        if bar in BREAK:
            opening = np.geomspace(500, 5000, 4)[bar - 12]
            for midi in names:
                swell = [(0.0, 0.0), (0.5, 0.5), (4 * BEAT_S, 0.7)]
                sound = pad(rng, midi, opening, swell, 4 * BEAT_S, rate_hz, release_s=0.4)
                bus.put(sound, at_s, gain=0.26)
            continue
        for beat in STABS:
            velocity = 0.5 if bar < 8 else 0.8
            for midi in names:
                key = (midi, velocity, int(rng.integers(2)))
                if key not in drawn:
                    drawn[key] = stab(rng, midi, velocity + rng.normal(0, 0.05), 0.22, rate_hz)
                bus.put(drawn[key], at_s + beat * BEAT_S, gain=0.34)
    return bus


def _hook(rate_hz: int) -> Bus:
    bus = Bus(END_S, rate_hz)
    for first in (8, 16, 20):
        for note in notes(HOOK, bar=4):
            at_s = (first * 4 + note.start) * BEAT_S
            length_s = note.length * BEAT_S * 0.8
            bus.put(
                pulse(note.midi, 0.3, length_s, rate_hz, duty=0.3, vibrato_cents=12, decay_s=0.6),
                at_s,
            )
    return bus


def _bass(rate_hz: int) -> Bus:
    bus = Bus(END_S, rate_hz)
    for bar in (*range(2, 12), *range(16, BARS - 1)):
        for beat, length, up in BASS:
            cutoff_hz = 300 + 250 * (bar % 4) + (300 if bar >= 16 else 0)
            sound = reese(ROOTS[bar % 4] + up, cutoff_hz, length * BEAT_S, rate_hz)
            bus.put(sound, (bar * 4 + beat) * BEAT_S, gain=0.9)
    return bus


def _ducking(frames: int, rate_hz: int) -> Sound:
    """Gain that gives way to the kick on every beat."""
    beat = np.arange(frames) / (BEAT_S * rate_hz)
    gain = 1 - 0.75 * np.exp(-(((beat % 1.0) / 0.28) ** 2))
    resting = (beat >= BREAK.start * 4 - 1) & (beat < BREAK.stop * 4)
    return np.where(resting, 1.0, gain).astype(np.float32)


def render(rate_hz: int) -> Audio:
    """Play the house track."""
    rng = np.random.default_rng(202)
    kicks, rest = _drums(rng, rate_hz)
    chords, hook, bass = _chords(rng, rate_hz), _hook(rate_hz), _bass(rate_hz)
    hall = room(rng, rate_hz, decay_s=1.4, damping=0.3, low_hz=200)
    melodic = chords.audio + hook.audio
    melodic += np.float32(0.5) * echo(hook.audio, 0.75 * BEAT_S, rate_hz, feedback=0.45)
    duck = _ducking(melodic.shape[1], rate_hz)
    melodic *= duck
    mixed = melodic + bass.audio * duck + rest.audio + np.float32(0.95) * kicks.audio
    send = melodic + np.float32(0.5) * rest.audio
    mixed = master(mixed, rate_hz, MASTERING, response=hall, wet=0.3, send=send)
    level = np.sqrt(np.mean(mixed[:, : seconds_to_frames(40, rate_hz)] ** 2))
    return limit(mixed * np.float32(0.42 / level), 0.995, rate_hz, hold_s=0.008)
