"""What is about to be asked for is opened ahead, once, and nothing that is opened stays open."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.errors import StreamError
from auralis_lab.player.playqueue import PlayQueue
from auralis_lab.player.queueprogramme import QueueProgramme
from auralis_lab.stream.programme import Sound
from auralis_lab.stream.protocol import Levelling
from tests.player.queues import MemoryQueues

WAIT_S = 10.0
WARM = Sound(enhanced=True, preset="warm")


@dataclass
class Stream:
    """An open stream that knows what was done to it."""

    rate_hz: int = 8_000
    channels: int = 1
    total_frames: int = 8_000
    reads: list[tuple[int, int]] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def read(self, start_frame: int, frames: int) -> Audio:
        self.reads.append((start_frame, frames))
        return np.zeros((1, frames), np.float32)

    def close(self) -> None:
        self.closed.set()


@dataclass
class Track:
    """A track that remembers what was opened of it."""

    id: int = 7
    opened: list[Stream] = field(default_factory=list)
    may_open: threading.Event = field(default_factory=threading.Event)
    fails: bool = False

    def open_stream(
        self,
        preset: str | None = None,
        *,
        intensity: float = 1.0,
        compare: bool = False,
        levelling: Levelling = "off",
        at_once: bool = False,
    ) -> Stream:
        assert self.may_open.wait(WAIT_S)
        if self.fails:
            raise StreamError("the file is gone")
        self.opened.append(Stream())
        return self.opened[-1]


def await_closed(track: Track) -> None:
    """Wait until one of its streams is closed: that is done on a thread."""
    until_s = time.monotonic() + WAIT_S
    while not any(stream.closed.is_set() for stream in track.opened):
        assert time.monotonic() < until_s
        time.sleep(0.005)


def await_prepared() -> None:
    for thread in threading.enumerate():
        if thread.name == "auralis-prepare":
            thread.join(WAIT_S)


@pytest.fixture
def track() -> Track:
    made = Track()
    made.may_open.set()
    return made


@pytest.fixture
def programme(track: Track) -> Iterator[QueueProgramme]:
    queue = PlayQueue(MemoryQueues())
    yield QueueProgramme(queue, lambda _: track)
    queue.close()


@pytest.fixture
def ask(programme: QueueProgramme) -> Callable[..., object]:
    def opened(entry: str = "1-7", sound: Sound = WARM, *, compare: bool = False) -> object:
        return programme.open(entry, 7, sound, compare=compare, levelling="off")

    return opened


def test_what_was_prepared_is_what_is_opened(
    programme: QueueProgramme, track: Track, ask: Callable[..., object]
) -> None:
    programme.prepare("1-7", track, WARM, levelling="off", frame=4_000)
    programme.prepare("1-7", track, WARM, levelling="off", frame=4_000)
    ask()
    (stream,) = track.opened
    assert stream.reads[0][0] == 4_000
    assert not stream.closed.is_set()
    ask()
    assert len(track.opened) == 2  # it is taken but once


@pytest.mark.parametrize(
    "other", [{"entry": "2-7"}, {"sound": Sound(enhanced=False)}, {"compare": True}], ids=str
)
def test_what_was_prepared_for_something_else_is_closed(
    programme: QueueProgramme, track: Track, ask: Callable[..., object], other: dict[str, object]
) -> None:
    programme.prepare("1-7", track, WARM, levelling="off")
    ask(**other)
    await_closed(track)
    (closed,) = [stream for stream in track.opened if stream.closed.is_set()]
    assert closed.reads  # the one that was prepared
    assert len(track.opened) == 2


def test_one_place_is_prepared_at_a_time(programme: QueueProgramme, track: Track) -> None:
    track.may_open.clear()
    for number in range(5):
        programme.prepare(f"{number}-7", track, WARM, levelling="off")
    assert sum(thread.name == "auralis-prepare" for thread in threading.enumerate()) == 1
    programme.close()
    track.may_open.set()
    await_closed(track)
    assert len(track.opened) == 1


def test_what_fails_while_it_is_prepared_is_tried_again_when_it_is_opened(
    programme: QueueProgramme, track: Track, ask: Callable[..., object]
) -> None:
    track.fails = True
    programme.prepare("1-7", track, WARM, levelling="off")
    with pytest.raises(StreamError, match="gone"):
        ask()
    programme.prepare("1-7", track, WARM, levelling="off")
    await_prepared()
    track.fails = False
    ask()
    assert len(track.opened) == 1


def test_what_was_compared_before_is_prepared_to_be_compared(
    programme: QueueProgramme, track: Track, ask: Callable[..., object]
) -> None:
    ask(compare=True)
    programme.prepare("2-7", track, WARM, levelling="off")
    ask("2-7", compare=True)
    assert len(track.opened) == 2
