from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from auralis_lab.errors import StreamLimitError
from auralis_lab.settings import settings
from auralis_lab.stream.slots import take_slot

HOLD = """
from auralis_lab.stream.slots import take_slot
slot = take_slot()
print(slot.number, flush=True)
input()
"""


@pytest.fixture(autouse=True)
def _three_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURALIS_MAX_CONCURRENT_STREAMS", "3")
    settings.cache_clear()


@contextmanager
def holder() -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a slot."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline().strip().isdigit()
        yield process
    finally:
        process.kill()
        process.communicate()


def test_there_are_as_many_slots_as_the_setting_says() -> None:
    with ExitStack() as stack:
        numbers = {stack.enter_context(take_slot()).number for _ in range(3)}
        assert numbers == {0, 1, 2}
        with pytest.raises(StreamLimitError, match="3 streams are playing"):
            take_slot()
    take_slot().release()


def test_a_slot_is_given_back_once_however_often_it_is_released() -> None:
    first = take_slot()
    first.release()
    second = take_slot()
    assert second.number == first.number
    first.release()
    third = take_slot()
    assert third.number != second.number
    second.release()
    third.release()


def test_processes_share_the_slots_and_a_killed_one_loses_its_slot() -> None:
    with holder() as one, holder(), take_slot():
        with pytest.raises(StreamLimitError):
            take_slot()
        os.kill(one.pid, signal.SIGKILL)
        one.wait()
        take_slot().release()
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(take_slot())


def test_a_forgotten_slot_is_free_again() -> None:
    taken = [take_slot() for _ in range(3)]
    del taken
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(take_slot())
