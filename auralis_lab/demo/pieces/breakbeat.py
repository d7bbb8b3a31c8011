"""Drum and bass at 172: sharp transients, a growling bass, a quiet mix that nobody mastered.

Twenty-eight bars: pads and hats, a drop of eight, a break, a second drop with a busier drummer.
"""

from __future__ import annotations

import numpy as np

from auralis_lab.audio import Audio, seconds_to_frames
from auralis_lab.demo import drums
from auralis_lab.demo.instruments import bell
from auralis_lab.demo.mix import Bus, Mastering, echo, master, room
from auralis_lab.demo.score import pitches
from auralis_lab.demo.synthesizers import pad, reese

__all__ = ["BPM", "render"]

BPM = 172.0
BEAT_S = 60.0 / BPM
BARS = 28
MASTERING = Mastering(((30, -3), (60, 0), (8000, 0), (16000, -1)), peak_dbfs=-9.0, fade_s=1.5)
END_S = BARS * 4 * BEAT_S + 3.0

# sixteenths: K kick, S snare, g ghost note, . nothing
GROOVES = ("K...S.gg..K.S..g", "K...S..g.gK.S.g.", "K.g.S..K..K.S..g", "K...S.gK.gK.S.SS")
BUSY = ("K..gS.gK.gK.S.gK", "K.K.S..g.SK.S.gg", "K..gS.K..gK.S.gK", "K.g.SgSK.gKSS.SS")
CHORDS = ("D3 A3 C4 E4 F4", "Bb2 F3 A3 C4 D4", "G2 D3 F3 A3 Bb3", "A2 E3 G3 C4 D4")
BASS = ((0, 1.5, 0), (1.75, 0.75, 0), (2.5, 1.0, 12), (3.5, 0.5, 10))
ROOTS = pitches("D2 Bb1 G1 A1")
BELLS = pitches("D5 A5 F5 C6 E5 A5 C5 G5")
DROPS = (*range(6, 14), *range(18, 26))


def _break_beat(rng: np.random.Generator, rate_hz: int) -> Bus:
    bus = Bus(END_S, rate_hz)
    kick = drums.kick(rng, rate_hz, low_hz=55, high_hz=260, decay_s=0.09, click=0.5)
    snares = [drums.snare(rng, rate_hz, tone_hz=205 + 4 * n, decay_s=0.075) for n in range(3)]
    ghosts = [drums.snare(rng, rate_hz, tone_hz=230, decay_s=0.03) for _ in range(3)]
    hats = [drums.hat(rng, rate_hz, decay_s=0.02 + 0.01 * n, low_hz=6500) for n in range(4)]
    for bar in range(2, BARS - 1):
        grooves = BUSY if bar >= 18 else GROOVES
        at_s = bar * 4 * BEAT_S
        for n, stroke in enumerate(grooves[bar % 4] if bar in DROPS else "................"):
            now_s = at_s + (n + 0.1 * (n % 2)) * BEAT_S / 4 + rng.uniform(0, 0.003)
            if stroke == "K":
                bus.put(kick, now_s, gain=0.95 + 0.05 * rng.uniform())
            elif stroke == "S":
                bus.put(snares[n % 3], now_s, gain=0.85 + 0.1 * rng.uniform(), pan=0.05)
            elif stroke == "g":
                bus.put(ghosts[n % 3], now_s, gain=0.16 + 0.1 * rng.uniform(), pan=0.05)
        for n in range(8):
            now_s = at_s + n * BEAT_S / 2 + rng.uniform(0, 0.004)
            strength = (0.3 if n % 2 else 0.2) * (1.0 if bar in DROPS else 0.5)
            bus.put(hats[(n * 3 + bar) % 4], now_s, gain=strength, pan=-0.3)
    ride = drums.ride(rng, rate_hz, length_s=0.9, bright=0.8)
    for beat in range(18 * 4, 26 * 4):
        bus.put(ride, beat * BEAT_S, gain=0.14, pan=0.35)
    crash = drums.ride(rng, rate_hz, length_s=3.0, bright=1.0)
    for bar in (6, 14, 18, 26):
        bus.put(crash, bar * 4 * BEAT_S, gain=0.5, pan=-0.15)
    return bus


def _bass(rate_hz: int) -> Bus:
    """The growl: its filter wobbles twice, then four times a beat."""
    bus = Bus(END_S, rate_hz)
    for bar in DROPS:
        for beat, length, up in BASS:
            frames = seconds_to_frames(length * BEAT_S + 0.03, rate_hz)
            t = np.arange(frames) / rate_hz / BEAT_S + beat
            wobble = 0.5 - 0.5 * np.cos(2 * np.pi * t * (1 if bar % 2 else 2))
            cutoff_hz = 140 * (6.5 + 3.0 * (bar >= 18)) ** wobble
            sound = reese(ROOTS[bar % 4] + up, cutoff_hz, length * BEAT_S, rate_hz, resonance=2.2)
            bus.put(sound, (bar * 4 + beat) * BEAT_S, gain=0.4)
    return bus


def _air(rng: np.random.Generator, rate_hz: int) -> tuple[Bus, Bus]:
    """Pads under everything, bells in the intro and the break."""
    pads, bells = Bus(END_S, rate_hz), Bus(END_S, rate_hz)
    for bar in range(0, BARS, 2):
        names = pitches(CHORDS[bar // 2 % 4])
        length_s = 8 * BEAT_S
        level = 0.3 if bar in DROPS else 0.55
        for midi in names:
            swell = [(0.0, 0.0), (0.6, level), (length_s, 0.8 * level)]
            cutoff_hz = 700 if bar in DROPS else 1600
            bus_sound = pad(rng, midi + 12, cutoff_hz, swell, length_s, rate_hz, release_s=0.8)
            pads.put(bus_sound, bar * 4 * BEAT_S, gain=0.2)
    for n in range(BARS * 2):
        bar = n // 2
        if bar not in DROPS and bar < 26:
            sound = bell(BELLS[n % 8], 0.5 + 0.2 * rng.uniform(), 1.6, rate_hz)
            bells.put(
                sound, n * 2 * BEAT_S + 0.75 * BEAT_S * (n % 2), gain=0.3, pan=0.6 * (-1) ** n
            )
    rise = drums.riser(rng, rate_hz, 8 * BEAT_S)
    for bar in (4, 16):
        pads.put(rise, bar * 4 * BEAT_S, gain=0.3)
    return pads, bells


def render(rate_hz: int) -> Audio:
    """Play the breakbeat."""
    rng = np.random.default_rng(505)
    beat = _break_beat(rng, rate_hz)
    pads, bells = _air(rng, rate_hz)
    bells.audio += echo(bells.audio, 0.75 * BEAT_S, rate_hz, feedback=0.5)
    mixed = beat.audio + _bass(rate_hz).audio + pads.audio + bells.audio
    send = np.float32(0.25) * beat.audio + pads.audio + bells.audio
    hall = room(rng, rate_hz, decay_s=1.8, damping=0.35, low_hz=250)
    return master(mixed, rate_hz, MASTERING, response=hall, wet=0.4, send=send)
