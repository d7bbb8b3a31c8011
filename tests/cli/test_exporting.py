"""``auralis export``, as its user meets it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from tests.cli.running import Run


@pytest.fixture
def music(tmp_path: Path, rng: np.random.Generator, auralis: Run) -> Path:
    folder = tmp_path / "music"
    for name in ("one.wav", "sub/two.wav"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, 0.05 * rng.standard_normal((24_000, 2)), 8_000)
    assert auralis("scan", folder).returncode == 0
    return folder


def test_a_query_is_exported_and_the_same_command_goes_on(music: Path, auralis: Run) -> None:
    first = auralis("export", "out", "id>0", "--preset", "warm", "--target", "-20")
    assert first.returncode == 0
    assert "LUFS" in first.stdout
    assert "2 written, 0 kept, 0 failed of 2" in first.stdout
    assert (music.parent / "out" / "sub" / "two.flac").exists()
    again = auralis("export", "out", "id>0", "--preset", "warm", "--target", "-20")
    assert "0 written, 2 kept, 0 failed of 2" in again.stdout


def test_a_playlist_is_exported_in_its_order(music: Path, auralis: Run) -> None:
    two, one = music / "sub" / "two.wav", music / "one.wav"
    assert auralis("playlist", "new", "Car", two).returncode == 0
    assert auralis("playlist", "add", "Car", one).returncode == 0
    done = auralis("export", "out", "--playlist", "Car", "--format", "wav")
    assert done.returncode == 0
    listing = (music.parent / "out" / "Car.m3u8").read_text(encoding="utf-8").splitlines()
    assert [line for line in listing if line.endswith(".wav")] == ["01 two.wav", "02 one.wav"]


def test_a_failure_is_told_with_its_reason_and_the_exit_code(music: Path, auralis: Run) -> None:
    (music / "one.wav").unlink()
    done = auralis("export", "out", "id>0")
    assert done.returncode == 1
    assert "failed    " in done.stdout
    assert "1 written, 0 kept, 1 failed of 2" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "say which"),
        (("id>0", "--playlist", "Car"), "say which"),
        (("--playlist", "Nothing"), "no playlist 'Nothing'"),
        (("id>0", "--preset", "loud"), "preset"),
        (("id>0", "--format", "doc"), "suffix"),
        (("id>0", "--scheduler", "nonsense://x"), "no Dask scheduler answers"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    music: Path, auralis: Run, arguments: tuple[str, ...], told: str
) -> None:
    done = auralis("export", "out", *arguments)
    assert done.returncode not in (0, None)
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not (music.parent / "out").exists()
