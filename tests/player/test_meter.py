"""The page's meter reads what the kernel's reads."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auralis_lab.analysis.loudness import LoudnessMeter
from auralis_lab.audio import Audio

READER = Path(__file__).parent / "meter_reading.mjs"

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


def read(audio: Audio, rate_hz: int, folder: Path) -> dict[str, Any]:
    """What the audio thread's meter says at the end of a signal."""
    path = folder / "signal.f32"
    audio.astype("<f4").tofile(path)
    done = subprocess.run(
        ["node", str(READER), str(path), str(rate_hz), str(audio.shape[0])],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    reading: dict[str, Any] = json.loads(done.stdout)
    return reading


def programme(rng: np.random.Generator, rate_hz: int, channels: int, seconds: float) -> Audio:
    """Noise that swells, falls under the relative gate, and has peaks between its samples."""
    frames = round(seconds * rate_hz)
    time_s = np.arange(frames) / rate_hz
    swell = 0.2 + 0.15 * np.sin(2 * np.pi * time_s / 3)
    swell[frames // 3 : frames // 2] *= 0.01
    audio = rng.standard_normal((channels, frames)) * swell
    return np.clip(audio, -0.99, 0.99).astype(np.float32)


@pytest.mark.parametrize(
    ("rate_hz", "channels"), [(44_100, 2), (48_000, 1), (96_000, 2), (8_000, 2), (22_050, 6)]
)
def test_the_page_and_the_kernel_read_the_same_loudness_and_peaks(
    rate_hz: int, channels: int, rng: np.random.Generator, tmp_path: Path
) -> None:
    audio = programme(rng, rate_hz, channels, 7.0)
    meter = LoudnessMeter(rate_hz, channels)
    meter.push(audio)
    expected = meter.result()
    momentary, short_term = meter.reading()
    reading = read(audio, rate_hz, tmp_path)
    assert reading["integrated"] == pytest.approx(expected.integrated_lufs, abs=0.1)
    assert reading["momentary"] == pytest.approx(momentary, abs=0.1)
    assert reading["shortTerm"] == pytest.approx(short_term, abs=0.1)
    assert reading["maxTruePeak"] == pytest.approx(expected.true_peak_dbtp, abs=0.01)
    assert reading["samplePeak"] == pytest.approx(expected.sample_peak_dbfs, abs=0.001)


def test_the_page_reads_level_and_correlation_of_the_last_400_ms(
    rng: np.random.Generator, tmp_path: Path
) -> None:
    audio = programme(rng, 44_100, 2, 4.0)
    audio[1] = 0.5 * audio[0] + 0.2 * audio[1]
    last = audio[:, -round(0.4 * 44_100) :].astype(np.float64)
    reading = read(audio, 44_100, tmp_path)
    levels_db = 10 * np.log10(np.mean(last**2, axis=1))
    assert reading["rms"] == pytest.approx(levels_db.tolist(), abs=0.01)
    cosine = np.sum(last[0] * last[1]) / np.sqrt(np.prod(np.sum(last**2, axis=1)))
    assert reading["correlation"] == pytest.approx(float(cosine), abs=0.001)


def test_a_tone_of_997_hz_reads_its_own_level(tone: Callable[..., Audio], tmp_path: Path) -> None:
    audio = tone(997, seconds=4.0, level_dbfs=-23.0, rate_hz=48_000, channels=2)
    reading = read(audio, 48_000, tmp_path)
    assert reading["shortTerm"] == pytest.approx(-23.0, abs=0.1)
