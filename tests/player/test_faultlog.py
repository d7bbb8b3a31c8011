"""What a visitor is told has the rest in a file, under the same number."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from auralis_lab.player.background import fault
from auralis_lab.player.faultlog import keep_log
from auralis_lab.player.widget import Player
from auralis_lab.stream.protocol import Ended, Play
from tests.player.shelf import wait_until


class Broken:
    """A track whose file is gone."""

    id, title, artist, album, format = 7, "Gone", "", None, "WAV"
    rate_hz, channels, duration_s = 44_100, 2, 3.0
    path = Path("/secret/gone.wav")

    def open_stream(self, *_: object, **__: object) -> object:
        raise OSError(2, "no such file", "/secret/gone.wav")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("AURALIS_DATA_DIR", str(tmp_path / "data"))
    yield tmp_path / "data" / "log" / "player.log"
    monkeypatch.undo()
    keep_log()  # of whoever comes next


def test_a_stream_that_fails_has_its_traceback_in_the_log(log: Path) -> None:
    player = Player()
    told: list[object] = []
    player.on_message(told.append)
    player.load(Broken())  # type: ignore[arg-type]
    play = Play(
        client="page-of-test", epoch=1, entry="e", track_id=7, start_frame=0, enhanced=False
    )
    player._transport._receive(player, play.model_dump(mode="json"), None)
    wait_until(lambda: any(isinstance(message, Ended) for message in told))
    player.close()
    (end,) = (message for message in told if isinstance(message, Ended))
    assert end.reference
    written = log.read_text("utf-8")
    assert f"reference {end.reference}" in written
    assert "Traceback" in written


def test_nothing_is_written_until_something_is_wrong(log: Path) -> None:
    keep_log()
    assert not log.exists()
    sentence = fault(ValueError("secret"), doing="reading")
    reference = sentence.removesuffix(".").rpartition(" ")[2]
    assert f"reading failed, reference {reference}" in log.read_text("utf-8")


def test_a_log_that_cannot_be_written_stops_nothing(log: Path) -> None:
    log.parent.parent.write_text("a file where the folder should be")
    keep_log()
    assert "Reference" in fault(ValueError("secret"), doing="reading")


def test_a_record_is_written_once_however_often_the_log_is_kept(log: Path) -> None:
    for _ in range(3):
        keep_log()
    logging.getLogger("auralis_lab.stream.feed").error("once")
    assert log.read_text("utf-8").count("once") == 1
