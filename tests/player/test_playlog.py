"""What was heard becomes plays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from auralis_lab.player.playlog import PlayLog
from auralis_lab.stream.protocol import Lane, Play, Report, Segment, Stop
from tests.player.shelf import wait_until

RATE_HZ = 1_000 * 8
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


class Stage:
    """A page and a kernel that talk about tracks of 100 s; `plays` is what was recorded."""

    def __init__(self) -> None:
        self.plays: list[tuple[Any, ...]] = []
        self.log = PlayLog(self, now=lambda: NOW)
        self.epoch = 0

    def record(self, *values: Any) -> None:
        self.plays.append(values)

    def play(self, entry: str, start_s: int = 0, **sound: Any) -> None:
        self.epoch += 1
        sound = {"enhanced": True, **sound}
        self.log.receive(
            Play(**self._of(), entry=entry, track_id=1, start_frame=start_s * RATE_HZ, **sound)
        )
        self.segment(0, entry, start_s)

    def segment(self, number: int, entry: str, start_s: int = 0) -> None:
        self.log.receive(
            Segment(
                **self._of(),
                segment=number,
                entry=entry,
                track_id=int(entry.partition("-")[2]),
                start_frame=start_s * RATE_HZ,
                total_frames=100 * RATE_HZ,
                channels=2,
                rate_hz=RATE_HZ,
                lanes=(Lane(name="enhanced"),),
            )
        )

    def hear(self, position_s: float, segment: int = 0, **more: Any) -> None:
        values = {"state": "playing", "lane": "enhanced", **more}
        self.log.receive(
            Report(
                **self._of(),
                segment=segment,
                position_frame=int(position_s * RATE_HZ),
                consumed_frames=0,
                run_frame=0,
                run_frames=0,
                pcm_hash=0,
                **values,
            )
        )

    def stop(self) -> None:
        self.log.receive(Stop(**self._of()))

    def _of(self) -> dict[str, Any]:
        return {"client": "a-listener", "epoch": self.epoch}


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.log.close()


def test_a_track_heard_to_its_end_is_one_finished_play(stage: Stage) -> None:
    stage.play("1-7", preset="warm", intensity=0.5)
    for second in range(1, 101):
        stage.hear(second)
    stage.hear(100, state="ended", final=True)
    wait_until(lambda: stage.plays)
    assert stage.plays == [(7, NOW, 100.0, True, "warm", 0.5)]


def test_seeks_pauses_and_changes_of_sound_stay_one_play(stage: Stage) -> None:
    stage.play("1-7")
    stage.hear(10)
    stage.hear(10, state="paused")
    stage.play("1-7", start_s=50)
    stage.hear(65)
    stage.stop()  # as a seek while paused does
    stage.play("1-7", start_s=80, enhanced=False)
    stage.hear(82, lane="original")
    assert stage.plays == []
    stage.log.close()
    assert stage.plays == [(7, NOW, 27.0, False, "adaptive", 1.0)]


def test_tracks_that_follow_each_other_without_a_gap_are_plays_of_their_own(stage: Stage) -> None:
    stage.play("1-7")
    stage.hear(100, final=True)
    stage.segment(1, "2-8")
    stage.hear(5, segment=1)
    stage.log.close()
    wait_until(lambda: len(stage.plays) == 2)
    assert sorted(stage.plays) == [
        (7, NOW, 100.0, True, "adaptive", 1.0),
        (8, NOW, 5.0, False, "adaptive", 1.0),
    ]


def test_a_track_that_repeats_is_played_once_each_time(stage: Stage) -> None:
    stage.play("1-7")
    stage.hear(100, final=True)
    stage.segment(1, "1-7")
    stage.hear(100, segment=1, final=True)
    wait_until(lambda: len(stage.plays) == 2)
    assert {play[2:4] for play in stage.plays} == {(100.0, True)}


def test_what_the_original_was_heard_for_longest_is_a_play_of_the_original(stage: Stage) -> None:
    stage.play("1-7", compare=True)
    stage.hear(10)
    stage.hear(40, lane="original")
    stage.log.close()
    assert stage.plays == [(7, NOW, 40.0, False, None, None)]


def test_a_loop_adds_up_and_going_back_takes_nothing_away(stage: Stage) -> None:
    stage.play("1-7")
    for position_s in (5, 10, 5, 10, 5, 10):
        stage.hear(position_s)
    stage.log.close()
    assert stage.plays[0][2] == 20.0


def test_stopping_and_beginning_again_is_another_play(stage: Stage) -> None:
    stage.play("1-7")
    stage.hear(40)
    stage.stop()
    stage.play("1-7")
    stage.hear(35)
    stage.log.close()
    wait_until(lambda: len(stage.plays) == 2)
    assert sorted(play[2] for play in stage.plays) == [35.0, 40.0]


def test_a_play_that_was_stopped_is_over_after_a_while(stage: Stage) -> None:
    stage.log.close()
    stage.log = PlayLog(stage, over_after_s=0.05, now=lambda: NOW)
    stage.play("1-7")
    stage.hear(40)
    stage.stop()
    wait_until(lambda: stage.plays)
    assert stage.plays[0][:4] == (7, NOW, 40.0, False)


def test_what_was_hardly_heard_is_no_play(stage: Stage) -> None:
    stage.play("1-7")
    stage.hear(0.4)
    stage.play("2-8")
    stage.hear(0.2)
    stage.log.close()
    assert stage.plays == []


def test_a_seek_is_not_heard(stage: Stage) -> None:
    stage.play("1-7")
    stage.hear(2)
    stage.play("1-7", start_s=80)
    stage.hear(0, state="waiting")  # the audio thread has no frame of it yet
    stage.hear(0, state="paused")
    stage.hear(81)
    stage.log.close()
    assert stage.plays[0][2] == 3.0


def test_reports_of_an_epoch_that_is_over_are_not_heard_twice(stage: Stage) -> None:
    stage.play("1-7")
    stage.hear(10)
    stage.play("1-7", start_s=10)
    stage.epoch = 1
    stage.hear(12)
    stage.log.close()
    assert stage.plays[0][2] == 10.0
