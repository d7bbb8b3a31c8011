"""Loudness and true peak of recordings as other meters read them, where those are installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import soundfile

from auralis_lab.analysis.loudness import Loudness, measure_loudness
from auralis_lab.audio import Audio
from auralis_lab.io.source import AudioSource

RECORDINGS = (
    "jalmaan_bumblebeat.flac",  # loud, limited
    "vivaldi_spring_harrison.mp3",  # wide range
    "chopin_op55_1_elio_gubser.mp3",  # one channel
    "bryant_slow_motion_dream_10s.mp3",  # over full scale
)
SECONDS = 30


@pytest.fixture(scope="module", params=RECORDINGS)
def recording(request: pytest.FixtureRequest, shared_audio: Path) -> tuple[Audio, int, Loudness]:
    with AudioSource(shared_audio / "music" / request.param) as source:
        audio, rate_hz = source.read(0, SECONDS * source.rate_hz), source.rate_hz
    return audio, rate_hz, measure_loudness(audio, rate_hz=rate_hz)


def test_integrated_loudness_reads_as_by_pyloudnorm(
    recording: tuple[Audio, int, Loudness],
) -> None:
    pyloudnorm = pytest.importorskip("pyloudnorm")
    audio, rate_hz, measured = recording
    theirs = pyloudnorm.Meter(rate_hz).integrated_loudness(audio.T.astype(float))
    assert measured.integrated_lufs == pytest.approx(theirs, abs=0.1)


def test_loudness_and_true_peak_read_as_by_ffmpeg(
    recording: tuple[Audio, int, Loudness], tmp_path: Path
) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    audio, rate_hz, measured = recording
    path = tmp_path / "part.wav"
    soundfile.write(path, audio.T, rate_hz, subtype="FLOAT")
    command = ["ffmpeg", "-nostats", "-f", "wav", "-i", str(path), "-af", "ebur128=peak=true"]
    told = subprocess.run(
        [*command, "-f", "null", "-"], capture_output=True, text=True, check=True
    ).stderr
    summary = told[told.rindex("Summary:") :]
    theirs = {key: float(value) for key, value in re.findall(r"(\w+): +(-?[\d.]+) ", summary)}
    assert measured.integrated_lufs == pytest.approx(theirs["I"], abs=0.1)
    assert measured.true_peak_dbtp == pytest.approx(theirs["Peak"], abs=0.2)
    assert measured.lra_lu == pytest.approx(theirs["LRA"], abs=1.0)
