"""Planning and enhancing a file on the command line."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from auralis_lab.analysis.loudness import Loudness, measure_loudness
from auralis_lab.io.source import AudioSource
from tests.cli.running import Done, Run

RATE = 44_100


@pytest.fixture
def songs(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Three seconds of soft white noise, and of a louder one, as the files a and b."""
    for name, level in (("a", 0.02), ("b", 0.08)):
        audio = level * rng.standard_normal((3 * RATE, 2))
        sf.write(tmp_path / f"{name}.flac", audio, RATE, subtype="PCM_16")
    (tmp_path / "text.flac").write_text("no music")
    return tmp_path


def table(done: Done) -> dict[str, dict[str, str]]:
    """Cells of the printed table by row and heading; fields are parted by two blanks or more."""
    head, *rows = [line for line in done.stdout.splitlines() if line.startswith(" ")]
    names = head.split()
    cells = (re.split(r"\s{2,}", row.strip()) for row in rows)
    return {name: dict(zip(names, values, strict=True)) for name, *values in cells}


def level(cell: str) -> float:
    return float(cell.split()[0])


def decoded(path: Path) -> Loudness:
    with AudioSource(path) as source:
        return measure_loudness(source)


@pytest.mark.parametrize("options", [[], ["-p", "warm", "-i", "0.5"], ["--target", "-20"]])
def test_enhance_prints_what_was_measured_predicted_and_reached(
    options: list[str], auralis: Run, songs: Path
) -> None:
    done = auralis("enhance", "a.flac", "out.flac", *options)
    assert done.returncode == 0, done.stderr
    told = table(done)
    assert list(told) == [
        "integrated loudness", "loudness range", "true peak", "peak to loudness"
    ]  # fmt: skip
    for path, column in (("a.flac", "before"), ("out.flac", "after")):
        found = decoded(songs / path)
        assert told["integrated loudness"][column] == f"{found.integrated_lufs:.1f} LUFS"
        assert told["true peak"][column] == f"{found.true_peak_dbtp:.1f} dBTP"
        assert told["peak to loudness"][column] == f"{found.plr_db:.1f} dB"
    loudness = told["integrated loudness"]
    assert level(loudness["after"]) == pytest.approx(level(loudness["predicted"]), abs=0.4)
    assert "wrote out.flac: FLAC PCM_16, 0:03" in done.stdout


def test_what_was_corrected_is_said(auralis: Run, songs: Path) -> None:
    """An encoder that leaves out the highest octave takes 0.4 LU of white noise."""
    done = auralis("enhance", "a.flac", "out.mp3", "--target", "-24", "-p", "gentle")
    (line,) = [text for text in done.stdout.splitlines() if "rendered again" in text]
    found = re.fullmatch(r"The file measured (\S+) LUFS instead of (\S+): .* \+(\S+) dB\.", line)
    assert found is not None
    first, wanted, change = map(float, found.groups())
    assert wanted - first == pytest.approx(change, abs=0.11)
    assert change >= 0.3
    assert decoded(songs / "out.mp3").integrated_lufs == pytest.approx(wanted, abs=0.15)
    assert level(table(done)["integrated loudness"]["after"]) == pytest.approx(wanted, abs=0.15)
    assert (
        "Rendered once; the written file is as predicted."
        in auralis("enhance", "a.flac", "out.wav").stdout
    )


def test_target_and_ceiling_are_kept(auralis: Run, songs: Path) -> None:
    done = auralis("enhance", "a.flac", "out.wav", "--target", "-25.5", "--ceiling", "-14")
    assert table(done)["integrated loudness"]["wanted"] == "-25.5 LUFS"
    assert table(done)["true peak"]["wanted"] == "at most -14.0 dBTP"
    reached = decoded(songs / "out.wav")
    assert reached.integrated_lufs == pytest.approx(-25.5, abs=0.3)
    assert reached.true_peak_dbtp is not None
    assert reached.true_peak_dbtp <= -14


def test_a_reference_is_matched_and_names_the_preset_by_itself(auralis: Run, songs: Path) -> None:
    done = auralis("enhance", "a.flac", "out.wav", "--reference", "b.flac")
    assert done.returncode == 0
    wanted = decoded(songs / "b.flac").integrated_lufs
    assert decoded(songs / "out.wav").integrated_lufs == pytest.approx(wanted, abs=0.3)
    text = auralis("explain", "a.flac", "-p", "reference", "--reference", "b.flac").stdout
    assert text.startswith("reference at intensity 1")


def test_a_dry_run_predicts_what_the_run_does_and_writes_nothing(auralis: Run, songs: Path) -> None:
    before = sorted(songs.iterdir())
    dry = auralis("enhance", "a.flac", "out.flac", "--dry-run", "-p", "bright")
    assert dry.returncode == 0
    assert sorted(songs.iterdir()) == before
    assert "would write out.flac: FLAC PCM_16, 0:03" in dry.stdout
    wet = table(auralis("enhance", "a.flac", "out.flac", "-p", "bright"))
    for row, cells in table(dry).items():
        assert cells == {name: wet[row][name] for name in ("before", "predicted", "wanted")}
    refused = auralis("enhance", "a.flac", "b.flac", "--dry-run")
    assert (refused.returncode, refused.stdout) == (1, "")


def test_explain_and_why_tell_the_same_reasons(auralis: Run, songs: Path) -> None:
    options = ["-p", "warm", "-i", "0.7", "--target", "-18", "--ceiling", "-2"]
    reasons = auralis("explain", "a.flac", *options).stdout.strip()
    assert reasons.startswith("warm at intensity 0.7")
    assert "-2.0 dBTP" in reasons
    assert not (songs / "out.flac").exists()
    assert auralis("enhance", "a.flac", "out.flac", "--why", *options).stdout.startswith(reasons)
    assert "warm at" not in auralis("enhance", "a.flac", "out.flac", "--force", *options).stdout


def test_intensity_zero_promises_nothing(auralis: Run, songs: Path) -> None:
    done = auralis("enhance", "a.flac", "out.flac", "-i", "0")
    for row, cells in table(done).items():
        assert cells["before"] == cells["predicted"] == cells["after"], row
        assert cells["wanted"] == "-"
    assert "corrected" not in done.stdout


def test_force_replaces_an_output(auralis: Run, songs: Path) -> None:
    (songs / "out.wav").write_bytes(b"old")
    assert auralis("enhance", "a.flac", "out.wav", "--force").returncode == 0
    assert sf.info(songs / "out.wav").frames == 3 * RATE


@pytest.mark.parametrize("command", [["enhance", "a.flac", "out.flac"], ["explain", "a.flac"]])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-p", "loud"], ["'warm'", "preset='loud'"]),
        (["-i", "1.5"], ["intensity=1.5", "0 to 1"]),
        (["-i", "nan"], ["intensity=nan", "0 to 1"]),
        (["--target", "3"], ["target_lufs=3.0", "-60 to 0"]),
        (["--target", "-inf"], ["target_lufs=-inf", "-60 to 0"]),
        (["--ceiling", "0.5"], ["ceiling_dbtp=0.5", "-20 to 0"]),
        (["--ceiling", "nan"], ["ceiling_dbtp=nan", "-20 to 0"]),
        (["-p", "reference"], ["needs a reference"]),
        (["-p", "warm", "--reference", "b.flac"], ["takes no reference"]),
        (["--reference", "none.flac"], ["none.flac"]),
        (["--reference", "text.flac"], ["text.flac"]),
    ],
)
def test_a_bad_value_is_one_line_and_exit_code_1(
    command: list[str], options: list[str], words: list[str], auralis: Run, songs: Path
) -> None:
    done = auralis(*command, *options)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    for word in words:
        assert word in line
    assert not (songs / "out.flac").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.flac", "out.flac"], ["none.flac"]),
        (["text.flac", "out.flac"], ["text.flac"]),
        (["a.flac", "b.flac"], ["b.flac", "exists"]),
        (["a.flac", "a.flac", "--force"], ["it is the input"]),
        (["a.flac", "out.doc"], [".doc"]),
        (["a.flac", "out.opus"], ["44100", "another format"]),
        (["a.flac", "no/out.wav"], ["no folder"]),
    ],
)
def test_a_file_that_cannot_be_read_or_written_is_one_line(
    arguments: list[str], words: list[str], auralis: Run, songs: Path
) -> None:
    before = sorted(songs.iterdir())
    done = auralis("enhance", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    for word in words:
        assert word in line
    assert sorted(songs.iterdir()) == before


@pytest.mark.parametrize("option", ["--target", "--ceiling", "--intensity"])
def test_what_is_no_number_is_wrong_usage(option: str, auralis: Run, songs: Path) -> None:
    assert auralis("enhance", "a.flac", "out.flac", option, "loud").returncode == 2


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_why_silence_has_no_loudness_is_said(options: list[str], auralis: Run, songs: Path) -> None:
    sf.write(songs / "silent.wav", np.zeros((RATE, 2)), RATE)
    text = auralis("enhance", "silent.wav", "out.wav", *options).stdout
    assert "silent or too short to have a loudness" in text
    assert "as predicted" not in text
