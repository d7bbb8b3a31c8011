"""The page and the kernel speak one protocol."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from auralis_lab.stream.protocol import Play, Report, Stop, parse_request

HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


def test_the_kernel_understands_all_that_the_page_says() -> None:
    done = subprocess.run(
        ["node", str(HERE / "spoken.mjs")], capture_output=True, text=True, check=True, timeout=60
    )
    spoken = [parse_request(message) for message in json.loads(done.stdout)]
    plays = [message for message in spoken if isinstance(message, Play)]
    reports = [message for message in spoken if isinstance(message, Report)]
    assert [play.epoch for play in plays] == list(range(1, len(plays) + 1))
    assert any(play.compare for play in plays)
    assert {report.state for report in reports} >= {"playing", "paused", "ended"}
    assert {report.lane for report in reports} == {"original", "enhanced"}
    assert any(report.final for report in reports)
    assert any(report.latency_ms is not None for report in reports)
    assert any(report.splice_ms is not None for report in reports)
    assert isinstance(spoken[-1], Stop)
