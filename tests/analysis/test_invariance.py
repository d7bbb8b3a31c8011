"""The numbers of a track are those of its copies, within the tolerances of their definitions."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly

from auralis_lab.analysis.fingerprint import DEFINITIONS, DIMENSIONS, measures
from auralis_lab.analysis.profile import measure
from auralis_lab.audio import Audio
from auralis_lab.io.source import ArraySource, AudioSource

RATE_HZ = 44_100
SECONDS = 10
Measures = dict[str, float | None]


@lru_cache
def piece(rate_hz: int) -> Audio:
    """Chords, a bass and two drums at 110 BPM, all below 16 kHz: the same sound at any rate."""
    rng = np.random.default_rng(440)
    frames = SECONDS * rate_hz
    sound = np.zeros((2, frames))
    hiss_hz = rng.uniform(4000, 15_500, 50)
    thump_hz = np.array([55.0, 70.0, 110.0, 180.0, 900.0, 2500.0])
    for beat in range(SECONDS * 110 // 60):
        start = round(beat * 60 / 110 * rate_hz)
        t = np.arange(min(rate_hz // 2, frames - start)) / rate_hz
        attack = np.minimum(t / 0.003, 1.0)
        chord_hz = 220 * 2 ** (np.array([0, 4, 7, 12]) / 12) * 2 ** ((beat // 4 % 3) * 5 / 12)
        tones = np.sin(2 * np.pi * np.outer(chord_hz, t)).sum(axis=0) * np.exp(-3 * t)
        bass = np.sin(2 * np.pi * chord_hz[0] / 4 * t)
        drum_hz = hiss_hz if beat % 2 else thump_hz
        phases = rng.uniform(0, 2 * np.pi, len(drum_hz))[:, np.newaxis]
        drum = np.sin(2 * np.pi * np.outer(drum_hz, t) + phases).sum(axis=0) * np.exp(-25 * t)
        drum *= 1 / math.sqrt(len(drum_hz))
        for channel, pan in enumerate((0.8, 0.5)):
            mixed = attack * (pan * 0.05 * tones + 0.15 * bass + 0.4 * drum)
            sound[channel, start : start + len(t)] += mixed
    return sound.astype(np.float32)


def of(audio: Audio, rate_hz: int = RATE_HZ) -> Measures:
    return measures(measure(ArraySource(np.ascontiguousarray(audio), rate_hz)))


def encoded(audio: Audio, path: Path) -> Measures:
    """Measures of a file, written second by second."""
    kind = {
        ".mp3": ("MP3", "MPEG_LAYER_III", 0.0),
        ".ogg": ("OGG", "VORBIS", 0.2),
        ".flac": ("FLAC", "PCM_16", None),
    }[path.suffix]
    with soundfile.SoundFile(
        path,
        "w",
        RATE_HZ,
        len(audio),
        format=kind[0],
        subtype=kind[1],
        compression_level=kind[2],
        bitrate_mode="CONSTANT" if path.suffix == ".mp3" else None,
    ) as file:
        for start in range(0, audio.shape[1], RATE_HZ):
            file.write(audio[:, start : start + RATE_HZ].T)
    with AudioSource(path) as source:
        return measures(measure(source))


def assert_alike(copy: Measures, original: Measures, **expected_change: float) -> None:
    wrong = []
    for name in DIMENSIONS:
        one, other, about = copy[name], original[name], DEFINITIONS[name]
        if one is None or other is None:
            fits = one is other
        else:
            allowed = max(about.tolerance, about.tolerance_ratio * abs(other))
            fits = abs(one - other - expected_change.get(name, 0.0)) <= allowed
        if not fits:
            wrong.append((name, one, other))
    assert wrong == []


@pytest.fixture(scope="module")
def original() -> Measures:
    return of(piece(RATE_HZ))


def test_a_copy_at_another_rate_has_the_same_numbers(original: Measures) -> None:
    assert None not in original.values()
    assert original["tempo_bpm"] == pytest.approx(110, abs=0.2)
    assert_alike(of(piece(96_000), 96_000), original)


@pytest.mark.parametrize("name", ["copy.mp3", "copy.ogg", "copy.flac"])
def test_an_encoded_copy_has_the_same_numbers(
    name: str, original: Measures, tmp_path: Path
) -> None:
    assert_alike(encoded(piece(RATE_HZ), tmp_path / name), original)


def test_mono_has_the_same_numbers_in_one_channel_and_in_two() -> None:
    mono = piece(RATE_HZ)[:1]
    both = of(np.repeat(mono, 2, axis=0))
    assert (both["stereo_width"], both["phase_correlation"]) == pytest.approx((0, 1), abs=1e-9)
    assert_alike(of(mono), both, loudness_lufs=10 * math.log10(0.5))


def test_copies_of_a_recording_have_the_same_numbers(shared_audio: Path, tmp_path: Path) -> None:
    with AudioSource(shared_audio / "music" / "jalmaan_bumblebeat.flac") as source:
        audio = 0.7 * source.read(5 * RATE_HZ, 15 * RATE_HZ)
    original = of(audio)
    doubled = resample_poly(audio, 320, 147, axis=1, window=("kaiser", 14.0)).astype(np.float32)
    assert_alike(of(doubled, 96_000), original)
    for suffix in (".mp3", ".ogg"):
        assert_alike(encoded(audio, tmp_path / f"copy{suffix}"), original)
