"""Inputs that are no music: each has a defined result, without NaN and without an over."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from auralis_lab.audio import Audio
from auralis_lab.errors import EncodeError
from auralis_lab.io.source import AudioSource
from auralis_lab.jobs.enhance import EnhanceReport, enhance_file

RATE = 44_100
CEILING_DBTP = -1.0


def impulse(frames: int = 2 * RATE) -> Audio:
    audio = np.zeros((2, frames), np.float32)
    audio[:, frames // 2] = 1.0
    return audio


def square(frames: int = 2 * RATE) -> Audio:
    wave = np.where(np.arange(frames) // 50 % 2 == 0, 1.0, -1.0)
    return np.repeat(wave[np.newaxis], 2, axis=0).astype(np.float32)


def noise(frames: int, channels: int, level: float = 0.2) -> Audio:
    rng = np.random.default_rng(440)
    return (level * rng.standard_normal((channels, frames))).astype(np.float32)


def with_gaps() -> Audio:
    audio = noise(2 * RATE, 2)
    audio[0, 1000:3000] = np.nan
    audio[1, 5000] = np.inf
    audio[1, 7000] = -3e38
    return audio


INPUTS: dict[str, tuple[int, Callable[[], Audio]]] = {
    "silence": (RATE, lambda: np.zeros((2, 2 * RATE), np.float32)),
    "DC": (RATE, lambda: np.full((2, 2 * RATE), 1.0, np.float32)),
    "one impulse": (RATE, impulse),
    "one frame": (RATE, lambda: np.ones((2, 1), np.float32)),
    "full-scale square": (RATE, square),
    "far over full scale": (RATE, lambda: 40 * square()),
    "8 kHz mono": (8_000, lambda: noise(16_000, 1)),
    "192 kHz": (192_000, lambda: noise(192_000, 2)),
    "6 channels": (48_000, lambda: noise(96_000, 6)),
    "NaN and infinity": (RATE, with_gaps),
    "all NaN": (RATE, lambda: np.full((2, RATE), np.nan, np.float32)),
    "shorter than every window": (RATE, lambda: noise(97, 2)),
    "shorter than a block of loudness": (RATE, lambda: noise(RATE // 3, 2, 0.5)),
}
WITHOUT_LOUDNESS = {
    "silence", "one frame", "all NaN",
    "shorter than every window", "shorter than a block of loudness",
}  # fmt: skip


def enhanced(name: str, folder: Path, suffix: str, preset: str) -> tuple[EnhanceReport, Audio]:
    rate_hz, make = INPUTS[name]
    path = folder / "in.wav"
    sf.write(path, make().T, rate_hz, subtype="FLOAT")
    report = enhance_file(path, folder / f"out{suffix}", preset=preset, ceiling_dbtp=CEILING_DBTP)
    with AudioSource(report.output) as source:
        return report, source.read(0, source.total_frames)


def ffmpeg_peak_dbtp(path: Path) -> float:
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", str(path), "-af", "ebur128=peak=true"]
    done = subprocess.run([*command, "-f", "null", "-"], capture_output=True, text=True, check=True)
    summary = done.stderr[done.stderr.rindex("Summary:") :]
    found = re.search(r"Peak:\s+(\S+) dBFS", summary)
    assert found is not None
    return float(found[1])


@pytest.mark.parametrize("preset", ["adaptive", "punchy"])
@pytest.mark.parametrize("name", INPUTS)
def test_any_input_keeps_its_size_and_gives_numbers_under_the_ceiling(
    name: str, preset: str, tmp_path: Path
) -> None:
    report, audio = enhanced(name, tmp_path, ".wav", preset)
    rate_hz, make = INPUTS[name]
    original = make()
    assert audio.shape == original.shape == (report.channels, report.frames)
    assert report.rate_hz == rate_hz
    assert np.isfinite(audio).all()
    assert np.abs(audio).max() <= 10 ** (CEILING_DBTP / 20)
    assert report.after.true_peak_dbtp is None or report.after.true_peak_dbtp <= CEILING_DBTP
    assert report.over_db == 0
    if shutil.which("ffmpeg"):
        assert ffmpeg_peak_dbtp(report.output) <= CEILING_DBTP + 0.1


@pytest.mark.parametrize("name", sorted(WITHOUT_LOUDNESS))
def test_what_has_no_loudness_is_only_held_under_the_ceiling(name: str, tmp_path: Path) -> None:
    report, audio = enhanced(name, tmp_path, ".wav", "bright")
    original = np.nan_to_num(INPUTS[name][1](), nan=0.0)
    assert report.before.integrated_lufs is None
    assert report.plan.gain_db == 0
    assert report.miss_lu is None
    peak = np.abs(original).max()
    if peak < 0.5:
        np.testing.assert_allclose(audio, original, atol=1e-6)
    else:  # the same wave, lower
        assert (np.abs(audio) <= np.abs(original) + 1e-6).all()
        assert (audio * original >= -1e-6).all()


@pytest.mark.parametrize("suffix", [".ogg", ".mp3", ".opus"])
@pytest.mark.parametrize("name", ["silence", "one impulse", "full-scale square", "one frame"])
def test_lossy_formats_of_them_are_decoded_under_the_ceiling(
    name: str, suffix: str, tmp_path: Path
) -> None:
    audio = INPUTS[name][1]()
    sf.write(tmp_path / "in.wav", audio.T, 48_000, subtype="FLOAT")
    report = enhance_file(tmp_path / "in.wav", tmp_path / f"out{suffix}")
    with AudioSource(report.output) as source:
        decoded = source.read(0, source.total_frames)
    assert decoded.shape == (2, report.frames)
    assert np.isfinite(decoded).all()
    assert report.over_db == 0
    if shutil.which("ffmpeg"):
        assert ffmpeg_peak_dbtp(report.output) <= CEILING_DBTP + 0.1


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".aiff"])
def test_no_frames_give_a_file_of_no_frames(suffix: str, tmp_path: Path) -> None:
    sf.write(tmp_path / "in.wav", np.zeros((0, 2)), RATE, subtype="PCM_16")
    report = enhance_file(tmp_path / "in.wav", tmp_path / f"out{suffix}")
    with AudioSource(report.output) as source:
        assert (source.total_frames, source.channels, source.rate_hz) == (0, 2, RATE)
    assert (report.frames, report.after.true_peak_dbtp) == (0, None)


def test_no_frames_are_refused_by_a_format_that_cannot_hold_them(tmp_path: Path) -> None:
    sf.write(tmp_path / "in.wav", np.zeros((0, 2)), RATE, subtype="PCM_16")
    with pytest.raises(EncodeError, match="no frames"):
        enhance_file(tmp_path / "in.wav", tmp_path / "out.ogg")
    assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]


def test_the_mean_of_a_track_is_taken_off(tmp_path: Path) -> None:
    sf.write(tmp_path / "in.wav", np.full((2 * RATE, 2), 0.25), RATE, subtype="FLOAT")
    report = enhance_file(tmp_path / "in.wav", tmp_path / "out.wav", preset="warm")
    with AudioSource(report.output) as source:
        middle = source.read(RATE // 2, RATE)
    assert np.ptp(middle) < 1e-4
    assert abs(middle.mean()) < 1e-4


def test_a_rate_or_channels_that_a_format_cannot_hold_are_refused_before_measuring(
    tmp_path: Path,
) -> None:
    told: list[str] = []
    for frames, rate_hz, suffix in ((noise(96_000, 6), 48_000, ".mp3"),
                                    (noise(192_000, 2), 192_000, ".opus")):  # fmt: skip
        sf.write(tmp_path / "in.wav", frames.T, rate_hz, subtype="FLOAT")
        with pytest.raises(EncodeError, match="choose another format"):
            enhance_file(
                tmp_path / "in.wav",
                tmp_path / f"out{suffix}",
                on_progress=lambda stage, share: told.append(stage),
            )
    assert not told
