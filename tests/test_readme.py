"""What the README says can be typed, typed."""

from __future__ import annotations

import doctest
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

import auralis_lab
from auralis_lab.audio import Audio
from auralis_lab.cli import run
from auralis_lab.io.tags import Tags, read_tags, write_tags
from auralis_lab.lab import Lab, open_lab
from tests.benchmarks.summary import RESULTS, with_tables

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
RATE_HZ = 44_100
STAYS_OPEN = ("player",)
"""Commands that serve until they are stopped; the tests of the server run them."""


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def _commands() -> list[list[str]]:
    """Every command line of auralis, word by word."""
    lines = "\n".join(_blocks("sh")).splitlines()
    words = [shlex.split(line, comments=True) for line in lines]
    return [w[1:] for w in words if w[:1] == [".venv/bin/auralis"] and w[1] not in STAYS_OPEN]


@pytest.fixture
def home(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tone: Callable[..., Audio],
    pink: Callable[..., Audio],
) -> Path:
    """A home with the music and the files that the README speaks of."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    songs = {
        "Music/air.flac": Tags(
            title="Air", artists=("Bach",), album="Kind of Blue", genres=("Baroque",), date="1975"
        ),
        "Music/goldberg.flac": Tags(title="Aria", artists=("Glenn Gould",), genres=("Baroque",)),
        "Music/cello.flac": Tags(title="Cello Suite", artists=("Bach",), genres=("Jazz",)),
        "song.flac": Tags(title="Song"),
        "liked.flac": Tags(title="Liked"),
        "song.mp3": Tags(title="Song"),
    }
    for n, (name, tags) in enumerate(songs.items()):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        audio = tone(220.0 + 110 * n, 3.0, level_dbfs=-24.0) + pink(3.0, level_dbfs=-30.0)
        beats = np.exp(-8 * (np.arange(audio.shape[1]) / RATE_HZ % 0.5)) * 3
        repeats = 11 if path.parent.name == "Music" else 2
        sf.write(path, np.tile(audio * beats, repeats).T, RATE_HZ)
        write_tags(path, tags, ())
    return tmp_path


@pytest.fixture
def lab(home: Path) -> Iterator[Lab]:
    with open_lab("~/Music") as opened:
        opened.scan()
        yield opened


def test_the_tables_are_those_of_the_package_and_the_results() -> None:
    assert with_tables(README, RESULTS.read_text("utf-8")) == README


def test_the_ten_lines_give_what_they_are_said_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (block,) = _blocks("pycon")
    example = doctest.DocTestParser().get_doctest(block, {}, "README", "README.md", 0)
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    runner.run(example, out=told.append)
    assert not told, "".join(told)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_tour_of_a_library_works(
    home: Path, lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    (block,) = [block for block in _blocks("python") if "auralis_lab.Player" in block]
    names: dict[str, object] = {}
    exec(compile(block, "README.md", "exec"), names)
    assert (home / "louder.flac").exists()
    assert "louder.flac" in capsys.readouterr().out


def test_what_is_said_of_experiments_and_keeping_order_works(home: Path, lab: Lab) -> None:
    blocks = _blocks("python")
    (keeping,) = [block for block in blocks if "lab.playlists.create" in block]
    (trying,) = [block for block in blocks if "lab.experiment" in block]
    names: dict[str, object] = {"lab": lab, "np": np, "auralis_lab": auralis_lab}
    exec(compile(keeping, "README.md", "exec"), names)
    assert [playlist.name for playlist in lab.playlists.list()] == ["Evening", "Quiet"]
    assert "Music/air.flac" in (home / "evening.m3u8").read_text()
    assert lab.statistics.totals().plays == 1
    assert lab.tracks.count("rating:4.5") == 1
    assert read_tags(home / "Music" / "air.flac").title == "Air"
    exec(compile(trying, "README.md", "exec"), names)
    assert lab.experiments.list()


def test_the_commands_do_what_they_are_said_to(
    home: Path, lab: Lab, capsys: pytest.CaptureFixture[str]
) -> None:
    lab.playlists.create("Evening", [track.id for track in lab.tracks.all()])
    lab.close()
    tried = _commands()
    assert len(tried) > 15
    for words in tried:
        code = run([word.replace("~", str(home), 1) if word[:1] == "~" else word for word in words])
        told = capsys.readouterr()
        assert code == 0, f"auralis {shlex.join(words)}: {told.err}{told.out}"
    assert (home / "louder.flac").exists()
    assert (home / "evenings.m3u8").exists()
    assert (home / "for-the-car" / "cello.mp3").exists()
    assert (home / "evening" / "Evening.m3u8").exists()
