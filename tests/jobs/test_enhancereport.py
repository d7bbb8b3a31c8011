"""What a report says, and what it warns of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

import auralis_lab
from auralis_lab.audio import Audio
from auralis_lab.cli import run
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import AudioSource
from auralis_lab.jobs.enhance import EnhanceReport, enhance_file

RATE = 44_100


@pytest.fixture
def fine(tmp_path: Path, pink: Callable[..., Audio]) -> Path:
    """Two seconds of pink noise in 24 bits."""
    path = tmp_path / "fine.wav"
    sf.write(path, pink(2.0, level_dbfs=-24.0).T, RATE, subtype="PCM_24")
    return path


@pytest.fixture
def report(fine: Path, tmp_path: Path) -> EnhanceReport:
    return enhance_file(fine, tmp_path / "out.wav")


def over(report: EnhanceReport, excess_db: float) -> EnhanceReport:
    return replace(report, after=replace(report.after, true_peak_dbtp=-1.0 + excess_db))


def test_a_report_is_printed_in_a_few_lines(report: EnhanceReport) -> None:
    lines = str(report).splitlines()
    assert len(lines) <= 10
    assert lines[0].split() == ["before", "predicted", "after", "wanted"]
    assert lines[2].startswith("integrated loudness")
    (told,) = [line for line in lines if line.startswith("Rendered once")]
    assert told.startswith("Rendered once; the written file is as predicted")
    assert f"{report.after.integrated_lufs:.1f} LUFS" in lines[2]


def test_a_report_is_a_line_where_it_is_a_value(report: EnhanceReport) -> None:
    loud = report.after.integrated_lufs
    assert repr(report).startswith("<EnhanceReport fine.wav to out.wav: -")
    assert repr(report).endswith(f" LUFS to {loud:.1f} LUFS>")


def test_only_what_is_below_the_target_was_held_there(report: EnhanceReport) -> None:
    decisions = [
        replace(each, limit="care" if each.topic == "loudness" else "")
        for each in report.plan.decisions
    ]
    plan = replace(report.plan, decisions=tuple(decisions))
    loud = report.after.integrated_lufs
    assert loud is not None
    for target_lufs, said in ((loud + 0.1, False), (loud + 0.5, True)):
        told = replace(report, plan=replace(plan, target_lufs=target_lufs)).outcome()
        assert ("Held below the target by care." in told) == said


@pytest.mark.parametrize(("more_db", "told"), [(2.7, "2.7 dB higher"), (-0.6, "0.6 dB lower")])
def test_a_peak_off_the_prediction_is_told_in_both_directions(
    more_db: float, told: str, report: EnhanceReport
) -> None:
    predicted = replace(report.plan.predicted, true_peak_dbtp=-9.6)
    off, near = (
        replace(
            report,
            plan=replace(report.plan, predicted=predicted),
            after=replace(report.after, true_peak_dbtp=-9.6 + change_db),
        ).outcome()
        for change_db in (more_db, 0.4)
    )
    assert off == (
        f"Rendered once; the written file is as predicted in loudness; its true peak is {told}.",
    )
    assert near == ("Rendered once; the written file is as predicted.",)


def test_a_peak_still_over_the_ceiling_says_what_to_do(report: EnhanceReport) -> None:
    told = over(report, 0.3).outcome()
    assert "as predicted" not in " ".join(told)
    assert "-0.70 dBTP" in told[-1]
    assert "a ceiling of -1.6 or a lossless format" in told[-1]
    assert "-0.998 dBTP" in over(report, 0.002).outcome()[-1]


@pytest.mark.parametrize(("excess_db", "code"), [(0.2, 3), (-0.1, 0)])
def test_a_file_over_the_ceiling_is_exit_code_3(
    excess_db: float, code: int, report: EnhanceReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = over(report, excess_db)
    monkeypatch.setattr(auralis_lab, "enhance_file", lambda *args, **kwargs: made)
    assert run(["enhance", "a.wav", "out.mp3"]) == code


@pytest.mark.parametrize("bits", [16, 24])
def test_the_word_length_is_the_one_asked_for(bits: int, fine: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.flac"
    report = enhance_file(fine, out, bits=bits)
    assert (report.encoding.subtype, report.encoding.dither) == (f"PCM_{bits}", bits == 16)
    with AudioSource(out) as written:
        assert written.bits_per_sample == bits


@pytest.mark.parametrize(("name", "bits"), [("out.mp3", 16), ("out.flac", 20)])
def test_a_word_length_that_cannot_be_is_refused(
    name: str, bits: int, fine: Path, tmp_path: Path
) -> None:
    with pytest.raises(ParameterError, match=f"bits={bits}"):
        enhance_file(fine, tmp_path / name, bits=bits)
    assert not (tmp_path / name).exists()


def test_a_copy_that_cannot_hold_the_samples_says_so(tmp_path: Path, fine: Path) -> None:
    audio, _ = sf.read(fine)
    loud = tmp_path / "loud.wav"
    audio[:3, 0] = 1.5
    sf.write(loud, audio, RATE, subtype="FLOAT")
    told = enhance_file(loud, tmp_path / "a.flac", intensity=0.0).outcome()
    assert "where 3 samples lay" in told[0]
    assert "rounded to 24 bits" in told[1]
    (told_once,) = enhance_file(fine, tmp_path / "b.mp3", intensity=0.0).outcome()
    assert "MP3 encoding changes the samples" in told_once
    (rounded,) = enhance_file(fine, tmp_path / "c.wav", intensity=0.0, bits=16).outcome()
    assert "rounded to 16 bits" in rounded
    assert enhance_file(fine, tmp_path / "d.wav", intensity=0.0).outcome() == ()


def test_sixteen_bits_of_a_finer_copy_are_dithered(fine: Path, tmp_path: Path) -> None:
    enhance_file(fine, tmp_path / "out.wav", intensity=0.0, bits=16)
    before, after = sf.read(fine)[0], sf.read(tmp_path / "out.wav")[0]
    error = (after - before) * 2**15
    assert np.mean(error**2) == pytest.approx(0.25, rel=0.05)
