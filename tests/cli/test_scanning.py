"""The command that scans, as its user meets it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile as sf

from auralis_lab.audio import Audio
from tests.cli.running import Run


@pytest.fixture
def music(tmp_path: Path, tone: Callable[..., Audio]) -> Path:
    folder = tmp_path / "Music"
    for n, name in enumerate(("old/one.flac", "old/two.wav", "new/three.wav")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, tone(220.0 * (n + 1), 1.0).T, 44_100)
    (folder / "old" / "broken.flac").write_bytes(b"no music")
    (folder / "notes.txt").write_text("hello")
    return folder


def test_a_scan_lists_again_only_what_changed(auralis: Run, music: Path) -> None:
    auralis("scan", music)
    (music / "old" / "two.wav").unlink()
    lines = auralis("scan", music).stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["missing", "4", "not"]
    assert lines[-1] == "not listed again: 1 skipped, 1 failed; --all lists them"
    (music / "old" / "broken.flac").write_bytes(b"fLaC and nothing")
    lines = auralis("scan", music).stdout.splitlines()
    assert lines[0].startswith("failed ")
    assert lines[-1] == "not listed again: 1 skipped, 1 missing; --all lists them"
    everything = auralis("scan", music, "--all").stdout.splitlines()
    outcomes = sorted(line.split()[0] for line in everything[:-1])
    assert outcomes == ["failed", "missing", "skipped", "unchanged", "unchanged"]


def test_a_folder_within_a_library_is_a_part_of_it(auralis: Run, music: Path) -> None:
    auralis("scan", music)
    for path in (music / "old" / "two.wav", music / "new" / "three.wav"):
        path.unlink()
    shutil.copy(music / "old" / "one.flac", music / "new")
    told = auralis("scan", music / "new").stdout
    assert f"part of the library {music}; only it is scanned" in told
    assert "1 duplicate, 1 missing" in told
    assert "two.wav" not in told
    assert f"3 of 3 tracks in {music}" in auralis("tracks").stdout
    assert f"3 of 3 tracks in {music}" in auralis("tracks", "-l", music / "new").stdout
    assert len(auralis("roots").stdout.splitlines()) == 2
    assert "1 missing" in auralis("scan", music).stdout


def test_a_folder_around_a_library_says_how_to_have_both_in_one(
    auralis: Run, music: Path, tmp_path: Path
) -> None:
    auralis("scan", music / "new")
    auralis("mark", "three", "--rating", "5")
    told = auralis("scan", music, "--library", music / "new").stdout
    assert "2 new, 1 unchanged" in told
    assert "library of its own" not in told
    assert "1 of 1 matches" in auralis("tracks", "rating:5").stdout
    told = auralis("scan", tmp_path).stdout
    assert f"{music}, which lies in it, is a library of its own" in told
    assert f"--library {music}" in told
    assert "3 new" in told


def test_a_file_is_no_folder(auralis: Run, music: Path) -> None:
    done = auralis("scan", music / "old" / "one.flac")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"is a file; folders are scanned: auralis scan {music / 'old'}" in done.stderr
    assert "is a file" in auralis("tracks", "-l", music / "old" / "one.flac").stderr
