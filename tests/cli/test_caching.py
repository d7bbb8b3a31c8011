"""The command that shows and clears the cache, as its user meets it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile as sf

import auralis_lab
from auralis_lab.audio import Audio
from auralis_lab.settings import settings
from tests.cli.running import Run


@pytest.fixture
def lab(tmp_path: Path, tone: Callable[..., Audio]) -> auralis_lab.Lab:
    folder = tmp_path / "Music"
    folder.mkdir()
    sf.write(folder / "one.ogg", tone(220.0, 3.0).T, 44_100)
    opened = auralis_lab.open_lab(folder)
    opened.scan()
    return opened


def listened(lab: auralis_lab.Lab) -> bytes:
    (track,) = lab.tracks.list()
    stream = track.open_stream("warm")
    try:
        return stream.read(0, 20_000).tobytes()
    finally:
        stream.close()


def test_what_the_cache_holds_is_counted_cleared_and_made_again(
    auralis: Run, lab: auralis_lab.Lab
) -> None:
    heard = listened(lab)
    shown = auralis("cache").stdout.splitlines()
    counts = {line.split("  ")[-1].split(":")[0]: line.split()[0] for line in shown[:-1]}
    assert counts["spool"] == counts["blocks"] == counts["envelopes"] == "1"
    assert str(settings().cache_dir) in shown[-1]
    cleared = auralis("cache", "--clear").stdout.splitlines()
    assert {line.split()[0] for line in cleared[:-1]} == {"0"}
    assert listened(lab) == heard
