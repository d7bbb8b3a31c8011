"""What is heard of a plan: an excerpt rendered by every preset and measured again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from auralis_lab.analysis.profile import Profile, measure
from auralis_lab.audio import Audio
from auralis_lab.io.source import ArraySource, AudioSource
from auralis_lab.plan.dynamics import loud_level_db
from auralis_lab.plan.enhance import plan
from auralis_lab.plan.model import Plan
from auralis_lab.plan.onsets import find_onsets, onset_crest_db
from auralis_lab.plan.presets import PRESET_NAMES
from auralis_lab.render.renderer import render
from tests.conftest import REPOSITORY

EXCERPT_S = 14
CLEAR_DB = 9.0  # rise of an onset that punchy lifts in full
FEW = 8  # onsets
MUSIC = REPOSITORY.parent / "shared" / "audio" / "music"
RECORDINGS = sorted(path.name for path in MUSIC.glob("*.*"))
MADE = ("made mix", "made master")


@dataclass(frozen=True)
class Heard:
    """One excerpt before and after one preset."""

    plan: Plan
    before: Profile
    after: Profile
    mono_before_db: float
    mono_after_db: float

    @property
    def loudness_change_lu(self) -> float:
        return value(self.after.loudness.integrated_lufs) - value(
            self.before.loudness.integrated_lufs
        )

    @property
    def plr_change_db(self) -> float:
        return value(self.after.loudness.plr_db) - value(self.before.loudness.plr_db)

    def balance_change_db(self, low_hz: float, high_hz: float) -> float:
        """Energy of a range over that from 500 Hz to 2 kHz, after less before."""
        return balance_db(self.after, low_hz, high_hz) - balance_db(self.before, low_hz, high_hz)

    @property
    def spectrum_change_db(self) -> float:
        """Root mean square over the audible bands, the mean taken away."""
        return float(np.std(band_changes_db(self.before, self.after)))

    @property
    def onset_crest_change_db(self) -> float | None:
        """Mean over the bands in which things begin, weighted by how many do."""
        assert self.before.envelopes is not None
        assert self.after.envelopes is not None
        changes, counts = [], []
        rows = zip(self.before.envelopes.levels_db, self.after.envelopes.levels_db, strict=True)
        for before, after in rows:
            loud = loud_level_db(before)
            if loud is None:
                continue
            onsets, rises = find_onsets(before, loud)
            onsets = onsets[rises >= CLEAR_DB]
            then, now = onset_crest_db(before, onsets), onset_crest_db(after, onsets)
            if len(onsets) >= FEW and then is not None and now is not None:
                changes.append(now - then)
                counts.append(len(onsets))
        return float(np.average(changes, weights=counts)) if changes else None

    @property
    def gain_swing_db(self) -> float:
        """Standard deviation of the band gains over time, of the band that moves most."""
        dynamics = self.plan.dynamics
        return 0.0 if dynamics is None else float(np.std(dynamics.gains_db, axis=1).max())

    @property
    def side_moved_db(self) -> float:
        """Sum over the bands of how far the side is moved."""
        width = self.plan.width
        return 0.0 if width is None else float(np.abs(width.side_gains_db).sum())


def value(number: float | None) -> float:
    assert number is not None
    return number


def balance_db(profile: Profile, low_hz: float, high_hz: float) -> float:
    pairs = zip(profile.ltas.centres_hz, profile.ltas.levels_db, strict=True)
    power = [(hz, 10 ** (level / 10)) for hz, level in pairs if level is not None]
    part = sum(p for hz, p in power if low_hz <= hz < high_hz)
    return 10 * math.log10(part / sum(p for hz, p in power if 500 <= hz < 2000))


def band_changes_db(before: Profile, after: Profile) -> list[float]:
    """Of the bands within 50 dB of the loudest, from 30 Hz to 17 kHz."""
    loudest = max(level for level in before.ltas.levels_db if level is not None)
    rows = zip(before.ltas.centres_hz, before.ltas.levels_db, after.ltas.levels_db, strict=True)
    return [
        now - then
        for hz, then, now in rows
        if then is not None and now is not None and then > loudest - 50 and 30 <= hz <= 17_000
    ]


@lru_cache(maxsize=1)  # tests of one excerpt follow each other
def hear(name: str) -> dict[str, Heard]:
    """Every preset on one made signal or recording."""
    audio, rate_hz = made(name) if name in MADE else excerpt(MUSIC / name)
    source = ArraySource(audio, rate_hz)
    before = measure(source)
    found = {}
    for preset in PRESET_NAMES:
        chosen = plan(before, preset)
        result = render(source, chosen)
        after = measure(ArraySource(result, rate_hz))
        found[preset] = Heard(chosen, before, after, mono_db(audio), mono_db(result))
    return found


def excerpt(path: Path) -> tuple[Audio, int]:
    with AudioSource(path) as source:
        frames = min(source.total_frames, EXCERPT_S * source.rate_hz)
        return source.read((source.total_frames - frames) // 3, frames), source.rate_hz


def mono_db(audio: Audio) -> float:
    """Level of the channels' mean over theirs: 0 for mono, -3 for unrelated channels."""
    mono = audio.mean(axis=0, dtype=np.float64)
    return float(10 * np.log10(np.mean(mono**2) / np.mean(audio.astype(np.float64) ** 2)))


def made(name: str) -> tuple[Audio, int]:
    """Kick, hat and a bed of noise with the slope of music; the master is driven into a clipper."""
    rate_hz, seconds = 44_100, 12
    rng = np.random.default_rng(440)
    n = np.arange(rate_hz * seconds)
    hz = np.maximum(np.fft.rfftfreq(n.size, 1 / rate_hz), 20.0)
    slope = 10 ** (-5.0 * np.log2(np.maximum(hz, 100) / 100) / 20)
    bed = np.fft.irfft(np.fft.rfft(rng.standard_normal((2, n.size))) * slope, n.size)
    bed *= (0.8 + 0.2 * np.sin(2 * np.pi * n / rate_hz / 5)) / bed.std()
    mid, side = bed[0], 0.35 * bed[1]
    since = n % (rate_hz // 2) / rate_hz
    strength = np.repeat(rng.uniform(0.5, 1.0, 2 * seconds), rate_hz // 2)
    kick = strength * np.exp(-since * 25) * np.sin(2 * np.pi * 55 * since)
    soft = np.convolve(rng.standard_normal(n.size), (0.25, 0.5, 0.25), "same")
    hat = np.exp(-(n % (rate_hz // 4) / rate_hz) * 60) * soft
    click = strength * np.exp(-since * 200) * soft
    middle = 0.06 * mid + 0.25 * kick + 0.06 * hat + 0.1 * click
    mix = np.stack([middle + 0.06 * side, middle - 0.06 * side])
    if name == "made mix":
        return (0.5 * mix / np.abs(mix).max()).astype(np.float32), rate_hz
    loud = np.tanh(4 * mix / np.abs(mix).max())
    return (0.98 * loud / np.abs(loud).max()).astype(np.float32), rate_hz
