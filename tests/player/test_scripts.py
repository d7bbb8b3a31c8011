"""The front end's own tests, run by the JavaScript they are written in."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from auralis_lab.player.assets import module_text
from auralis_lab.player.widget import Player

HERE = Path(__file__).parent
SCRIPTS = sorted(HERE.glob("*.test.mjs"))

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


@needs_node
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_the_script_tests_pass(script: Path) -> None:
    done = subprocess.run(
        ["node", "--test", str(script)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout[-4000:]


@needs_node
@pytest.mark.parametrize(
    "text", [Player._esm, Player._worklet.default_value], ids=["page", "worklet"]
)
def test_joined_modules_are_one_valid_module(text: str, tmp_path: Path) -> None:
    joined = tmp_path / "joined.mjs"
    joined.write_text(text, encoding="utf-8")
    done = subprocess.run(["node", "--check", str(joined)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "\nimport " not in text


def test_a_module_must_come_after_those_it_imports() -> None:
    with pytest.raises(ValueError, match=r"playback\.js imports queue\.js"):
        module_text("playback.js", "queue.js")
