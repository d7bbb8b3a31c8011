"""The reference of the Python API builds from its docstrings."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import auralis_lab


def test_the_reference_builds_without_a_warning_and_tells_every_public_name(
    tmp_path: Path,
) -> None:
    pytest.importorskip("pdoc")
    command = [sys.executable, "-W", "error", "-m", "pdoc", "--docformat", "numpy"]
    done = subprocess.run(
        [*command, "--no-show-source", "--output-directory", tmp_path, "auralis_lab"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    page = (tmp_path / "auralis_lab.html").read_text(encoding="utf-8")
    assert set(auralis_lab.__all__) <= set(re.findall(r'id="([A-Za-z_]+)"', page))
