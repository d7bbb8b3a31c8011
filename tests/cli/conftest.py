"""Run the command line in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from auralis_lab.cli import run
from tests.cli.running import Done, Run


@pytest.fixture
def auralis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run `auralis` in `tmp_path`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")

    def call(*arguments: str | Path) -> Done:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        return Done(code, *capsys.readouterr())

    return call
