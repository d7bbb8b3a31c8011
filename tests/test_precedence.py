"""What is to sound goes before what is only to be seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from auralis_lab.io.source import AudioSource
from auralis_lab.precedence import Urgency, behind, give_way, urgent


@pytest.fixture
def urgency() -> Iterator[Urgency]:
    urgency = urgent()
    yield urgency
    urgency.over()


def started(work: Callable[[], object]) -> tuple[threading.Thread, threading.Event]:
    """Do work on a thread; the event tells when it is done."""
    done = threading.Event()

    def run() -> None:
        work()
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, done


def behind_of(work: Callable[[], object]) -> Callable[[], object]:
    def run() -> None:
        with behind():
            work()

    return run


def test_work_behind_waits_until_nothing_is_urgent(urgency: Urgency) -> None:
    other = urgent()
    thread, done = started(behind_of(give_way))
    assert not done.wait(0.2)
    urgency.over()
    assert not done.wait(0.2)
    other.over()
    assert done.wait(10)
    thread.join()


def test_other_work_never_waits(urgency: Urgency) -> None:
    before_s = time.monotonic()
    give_way()
    with behind():
        pass
    give_way()
    assert time.monotonic() < urgency.until_s
    assert before_s < urgency.until_s


def test_nobody_waits_longer_than_an_urgency_may_last() -> None:
    brief = urgent(0.2)
    with behind():
        give_way()
    assert time.monotonic() >= brief.until_s


def test_a_file_is_read_behind_only_when_nothing_is_urgent(
    urgency: Urgency, tmp_path: Path
) -> None:
    path = tmp_path / "tone.wav"
    audio = np.sin(np.arange(4_000) / 20)
    sf.write(path, audio, 44_100, subtype="FLOAT")
    read: list[int] = []
    with AudioSource(path) as source, AudioSource(path) as listened:
        work = behind_of(lambda: read.append(source.read(0, 4_000).shape[1]))
        thread, done = started(work)
        assert listened.read(0, 4_000).shape == (1, 4_000)
        assert not done.wait(0.2)
        urgency.over()
        assert done.wait(10)
        thread.join()
    assert read == [4_000]
