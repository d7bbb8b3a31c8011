"""The command line as its user meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import typer

from auralis_lab.audio import Audio
from auralis_lab.cli.commands import player
from tests.cli.running import Run


@pytest.fixture
def music(tmp_path: Path, tone: Callable[..., Audio]) -> Path:
    folder = tmp_path / "music"
    folder.mkdir()
    sf.write(folder / "First Light.flac", tone(440, 3.0).T, 44_100)
    sf.write(folder / "Second.wav", tone(997, 2.0, channels=1).T, 44_100)
    (folder / "broken.flac").write_bytes(b"no music")
    (folder / "notes.txt").write_text("hello")
    return folder


def test_scan_lists_every_file_and_the_counts_add_up(auralis: Run, music: Path) -> None:
    done = auralis("scan", music)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    outcomes = {
        Path(line.split("  (")[0].split(maxsplit=1)[1]).name: line.split()[0] for line in lines[:-1]
    }
    assert outcomes == {
        "First Light.flac": "new",
        "Second.wav": "new",
        "broken.flac": "failed",
        "notes.txt": "skipped",
    }
    assert lines[-1].startswith("4 files in ")
    assert lines[-1].endswith("2 new, 1 failed, 1 skipped")


def test_the_player_tells_what_it_opens_and_lists_few_of_many_failures(
    music: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for n in range(30):
        (music / f"broken {n}.flac").write_bytes(b"no music either")
    monkeypatch.setattr("auralis_lab.player.server.serve", lambda *_, **__: 0)
    with pytest.raises(typer.Exit):
        player(music)
    printed = " ".join(capsys.readouterr().out.split())
    assert printed.count("failed /") == 20
    assert "and 11 more that failed" in printed
    assert "2 tracks in" in printed


def test_a_second_scan_speaks_only_of_what_changed(auralis: Run, music: Path) -> None:
    auralis("scan", music)
    (music / "Second.wav").unlink()
    again = auralis("scan", music).stdout
    assert "missing" in again
    assert "unchanged /" not in again
    assert "1 unchanged" in again


def test_tracks_lists_and_searches_the_library_opened_last(auralis: Run, music: Path) -> None:
    auralis("scan", music)
    assert "2 of 2 tracks" in auralis("tracks").stdout
    found = auralis("tracks", "light first").stdout
    assert "First Light" in found
    assert "1 of 1 matches" in found
    assert (
        auralis("tracks", "--library", music, "--sort", "duration", "--descending").returncode == 0
    )


def test_analyze_prints_the_measurements(auralis: Run, music: Path) -> None:
    text = auralis("analyze", music / "First Light.flac").stdout
    assert "integrated -20." in text
    assert "0:03, 44100 Hz, stereo, 132,300 frames" in text
    loaded = json.loads(auralis("analyze", "--json", music / "Second.wav").stdout)
    assert loaded["channels"] == 1
    assert loaded["loudness"]["integrated_lufs"] == pytest.approx(-23.0, abs=0.3)


def test_analyze_prints_json_that_a_profile_is_read_from(auralis: Run, music: Path) -> None:
    from auralis_lab.analysis.profile import Profile

    told = json.loads(auralis("analyze", "--json", music / "Second.wav").stdout)
    assert told.pop("path").endswith("Second.wav")
    assert Profile.from_json(json.dumps(told)).frames == 2 * 44_100


def test_analyze_goes_on_after_a_bad_file_and_exits_with_1(auralis: Run, music: Path) -> None:
    done = auralis("analyze", music / "broken.flac", music / "Second.wav")
    assert done.returncode == 1
    assert "integrated" in done.stdout
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["analyze", "none.wav"], ["none.wav"]),
        (["scan", "nowhere"], ["nowhere"]),
        (["scan", "music/notes.txt"], ["notes.txt"]),
        (["tracks", "--library", "nowhere"], ["nowhere"]),
        (["tracks", "--library", "music", "--sort", "loud"], ["sort='loud'", "artist, album"]),
        (["tracks", "--library", "music", "--limit", "201"], ["201"]),
        (["tracks", "--library", "music", "--after", "99"], ["99"]),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(
    arguments: list[str], words: list[str], auralis: Run, music: Path, tmp_path: Path
) -> None:
    done = auralis(*arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    for word in words:
        assert word in line
    assert not list(tmp_path.glob("out*"))


def test_doctor_names_versions_codecs_and_folders(auralis: Run) -> None:
    text = auralis("doctor").stdout
    for word in (
        "Python",
        "numpy",
        "libsndfile",
        "ffmpeg",
        "browser",
        "data folder",
        "cache folder",
    ):
        assert word in text


def test_tracks_without_any_library_says_what_to_run(auralis: Run) -> None:
    done = auralis("tracks")
    assert done.returncode == 1
    assert "auralis scan" in done.stderr


def test_the_command_runs_as_a_program(music: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("auralis"), "scan", "nowhere"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=dict(os.environ),
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_wrong_usage_is_exit_code_2(auralis: Run) -> None:
    assert auralis("enhance", "only-one.flac").returncode == 2
    assert auralis("sing").returncode == 2


def test_help_names_every_command(auralis: Run) -> None:
    text = auralis("--help").stdout
    for command in ("scan", "tracks", "analyze", "enhance", "player", "demo", "cache", "doctor"):
        assert command in text


def test_clipping_and_an_offset_are_named(auralis: Run, tmp_path: Path) -> None:
    tone = 1.2 * np.sin(2 * np.pi * 100 / 44_100 * np.arange(44_100)) + 0.1
    sf.write(tmp_path / "hot.wav", np.clip(tone, -1, 1), 44_100, subtype="PCM_16")
    text = auralis("analyze", "hot.wav").stdout
    assert "places look clipped" in text
    assert "DC offset +0.0" in text
    assert "mono" in text


def test_the_package_runs_as_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "auralis_lab", "--version"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert done.stdout.startswith("auralis_lab ")
