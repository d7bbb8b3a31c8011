"""The Python of the README that works on a library, run on a small one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

import auralis_lab
from auralis_lab.audio import Audio
from auralis_lab.io.tags import Tags, read_tags, write_tags
from auralis_lab.lab import open_lab

README = Path(__file__).parents[1] / "README.md"
RATE_HZ = 44_100


def test_what_the_readme_does_with_a_library_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tone: Callable[..., Audio]
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    (block,) = [block for block in blocks if "lab.playlists.create" in block]
    path = tmp_path / "music" / "air.flac"
    path.parent.mkdir()
    sf.write(path, tone(440.0, 3.0).T, RATE_HZ)
    write_tags(path, Tags(title="Air", artists=("Bach",), genres=("Baroque",)), ())
    monkeypatch.chdir(tmp_path)
    with open_lab(path.parent) as lab:
        lab.scan()
        names: dict[str, object] = {"lab": lab}
        exec(compile(block, str(README), "exec"), names)
        assert [playlist.name for playlist in lab.playlists.list()] == ["Evening", "Quiet"]
        assert "air.flac" in (tmp_path / "evening.m3u8").read_text()
        assert lab.statistics.totals().plays == 1
        assert lab.tracks.count("rating:4.5") == 1
        (block,) = [block for block in blocks if "lab.experiment" in block]
        exec(compile(block, str(README), "exec"), {**names, "np": np, "auralis_lab": auralis_lab})
        assert lab.experiments.list()
    assert read_tags(path).title == "Air"
