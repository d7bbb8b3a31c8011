"""How a scan report reads."""

from __future__ import annotations

from pathlib import Path

from auralis_lab.catalogue.scanning.report import FileOutcome, ScanReport


def test_a_scan_report_is_printed_in_a_few_lines_however_many_files_there_are() -> None:
    outcomes = (
        *(FileOutcome(f"/music/{number}.flac", "new") for number in range(500)),
        *(FileOutcome(f"/music/bad {n}.flac", "failed", "no audio") for n in range(9)),
    )
    report = ScanReport(Path("/music"), outcomes, 509, ("a folder cannot be listed",), False, 2.0)
    lines = str(report).splitlines()
    assert lines[0] == "/music: 509 files in 2.0 s: 500 new, 9 failed"
    assert lines[1] == "failed /music/bad 0.flac (no audio)"
    assert lines[-2:] == ["and 4 more that failed", "note: a folder cannot be listed"]
    assert len(lines) == 8
    assert repr(report) == "<ScanReport music: 509 files: 500 new, 9 failed, 1 problem>"


def test_the_repr_of_an_empty_scan_that_was_cancelled_says_so() -> None:
    report = ScanReport(Path("/"), (), 0, (), True, 0.1)
    assert repr(report) == "<ScanReport /: 0 files: none, cancelled>"
