"""Files of every format, made for the tests."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from auralis_lab.audio import Audio

MakeFile = Callable[..., Path]


@pytest.fixture
def noise(rng: np.random.Generator) -> Callable[..., Audio]:
    """Noise with a beat, so that every place of it is different."""

    def make(frames: int, channels: int = 2, level: float = 0.1) -> Audio:
        x = level * rng.standard_normal((channels, frames))
        x *= 1 + 0.9 * np.sin(np.arange(frames) * 2e-3)
        return x.astype(np.float32)

    return make


@pytest.fixture
def sound_file(tmp_path: Path) -> MakeFile:
    """Write audio with libsndfile, in blocks."""

    def make(name: str, audio: Audio, rate_hz: int = 44_100, **options: str) -> Path:
        path = tmp_path / name
        with sf.SoundFile(path, "w", rate_hz, audio.shape[0], **options) as file:
            for start in range(0, audio.shape[1], 8_192):
                file.write(np.ascontiguousarray(audio[:, start : start + 8_192].T))
        return path

    return make


@pytest.fixture
def ffmpeg(tmp_path: Path) -> Callable[..., Path]:
    """Convert a file with ffmpeg, or skip."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg")

    def convert(source: Path, name: str, *options: str) -> Path:
        path = tmp_path / name
        command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(source), *options]
        subprocess.run([*command, str(path)], check=True)
        return path

    return convert


@pytest.fixture(scope="session")
def malformed(
    shared_audio: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, str]]:
    """Folder of malformed files, and what each should do: ok, error or either."""
    script = shared_audio / "tools" / "make_malformed.py"
    spec = importlib.util.spec_from_file_location("make_malformed", script)
    if not script.exists() or spec is None or spec.loader is None:
        pytest.skip("no malformed files")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("malformed")
    module.main(str(folder))
    expected = json.loads((folder / "expected.json").read_text())
    return folder, {name: entry["decode"] for name, entry in expected.items()}
