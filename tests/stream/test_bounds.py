"""What a stream may hold, and that it gives everything back."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.errors import StreamLimitError
from auralis_lab.lab import Lab
from auralis_lab.settings import settings
from auralis_lab.stream.programme import Sound
from auralis_lab.stream.protocol import Block
from auralis_lab.stream.session import StreamSession
from auralis_lab.stream.slots import take_slot
from tests.stream.library import TrackProgramme, library_of, music
from tests.stream.listener import CLIENT, RATE_HZ, ArrayStream, Library, Listener, ramp, wait_until
from tests.stream.test_protocol import BAD_VALUES, REQUESTS

PATIENCE_S = 20.0
CD_RATE_HZ = 44_100


def slots_taken() -> int:
    taken = []
    try:
        while True:
            taken.append(take_slot())
    except StreamLimitError:
        return settings().max_concurrent_streams - len(taken)
    finally:
        for slot in taken:
            slot.release()


class Endless(Library):
    """Three hours of two lanes that are made as they are read, so that they take no memory."""

    def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
        return Made()


class Made(ArrayStream):
    def __init__(self) -> None:
        super().__init__(np.zeros((4, 0), np.float32), CD_RATE_HZ, lanes=("original", "enhanced"))
        self.total_frames = 3 * 3600 * CD_RATE_HZ

    def read(self, start_frame: int, frames: int) -> Audio:
        self.read_to = max(self.read_to, start_frame + frames)
        return np.full((4, frames), 0.25, np.float32)


class Counted(Library):
    """Streams that are known for as long as anything holds on to them."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: weakref.WeakSet[ArrayStream] = weakref.WeakSet()

    def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
        stream = Made()
        self.alive.add(stream)
        return stream


def test_what_a_seek_leaves_behind_is_gone_without_waiting_for_the_collector() -> None:
    library = Counted()
    request = {**REQUESTS[0].model_dump(), "client": CLIENT, "compare": True}
    gc.disable()
    try:
        with StreamSession(lambda message, payload=None: None, library) as session:
            for epoch in range(1, 31):
                session.receive({**request, "epoch": epoch})
                wait_until(lambda epoch=epoch: len(library.opened) == epoch)  # type: ignore[misc]
            time.sleep(0.2)
            session.receive({"type": "stop", "epoch": 30, "client": CLIENT})
            library.opened.clear()
            wait_until(lambda: not library.alive)
    finally:
        gc.enable()


def test_a_listener_that_stalls_for_long_costs_one_window_and_the_kernel_one_block() -> None:
    library = Endless()
    sent = {"frames": 0, "bytes": 0, "largest": 0}

    def send(message: object, payload: bytes | None = None) -> None:
        if isinstance(message, Block):
            assert payload is not None
            sent["frames"] += message.frames
            sent["bytes"] += len(payload)
            sent["largest"] = max(sent["largest"], len(payload))

    def settle() -> None:
        frames = -1
        while frames != sent["frames"]:
            frames = sent["frames"]
            time.sleep(0.4)

    with StreamSession(send, library, window_s=15.0) as session:
        session.receive({**REQUESTS[0].model_dump(), "client": CLIENT, "compare": True})
        for _ in range(4):  # until the window is open
            settle()
            consumed, heard = sent["frames"], sent["bytes"]
            gc.collect()
            tracemalloc.start()
            report = {"client": CLIENT, "consumed_frames": consumed}
            session.receive({**REQUESTS[2].model_dump(), **report})
            settle()
            _, peak_bytes = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        under_way = sent["bytes"] - heard
        assert library.opened[0].read_to == sent["frames"]
    print(f"under way {under_way:,} bytes, in the kernel's own hands at most {peak_bytes:,}")
    # 15 s of two lanes of two channels are 10.6 MB; a block of them is at most 256 KiB.
    assert 14 * CD_RATE_HZ * 4 * 4 <= under_way <= 15 * CD_RATE_HZ * 4 * 4
    assert sent["largest"] <= 256 * 1024
    assert 256 * 1024 <= peak_bytes <= 3 * 256 * 1024


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    files = {"one.flac": music(3.0, 11), "two.ogg": music(3.0, 12)}
    opened = library_of(tmp_path / "music", files)
    for track in opened.tracks.list():
        assert track.profile.envelopes
    yield opened
    opened.close()


def held() -> dict[str, int]:
    gc.collect()
    links = [
        os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd") if _is_open(fd)
    ]
    temporary = [
        path for path in settings().cache_dir.rglob("*") if path.suffix in (".part", ".tmp")
    ]
    return {
        "threads": threading.active_count(),
        "slots": slots_taken(),
        "files": len([link for link in links if link.startswith("/")]),
        "temporary": len(temporary),
    }


def _is_open(descriptor: str) -> bool:
    try:
        os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return False
    return True


@pytest.mark.parametrize("count", [200, pytest.param(1_000, marks=pytest.mark.slow)])
def test_many_seeks_leave_nothing_behind(lab: Lab, rng: np.random.Generator, count: int) -> None:
    programme = TrackProgramme(lab, ["one", "two"])
    sounds: list[dict[str, Any]] = [
        {"enhanced": False},
        {"enhanced": True, "preset": "warm"},
        {"enhanced": True, "preset": "warm", "compare": True},
    ]
    for sound in sounds:  # what is opened once and kept is opened now
        first = Listener(programme)
        with first.session:
            first.listen_to_end(first.play(programme.ids[0], **sound), CD_RATE_HZ)
        wait_until(lambda: slots_taken() == 0)
    before = held()
    listener = Listener(programme, window_s=2.0)
    starts = rng.integers(0, 3 * CD_RATE_HZ, count)
    with listener.session:
        for number, start in enumerate(starts):
            sound = sounds[number % 3]
            entry = f"e{number % 2}"
            epoch = listener.play(programme.ids[number % 2], int(start), entry=entry, **sound)
            if number % 10 == 0:
                listener.wait_for(lambda: bool(listener.segments(listener.epoch)))
            if number % 100 == 0:
                assert threading.active_count() <= before["threads"] + 40
        end = listener.listen_to_end(epoch, CD_RATE_HZ)
        assert end.reason == "completed"
    assert listener.refusals() == []

    def grown() -> dict[str, int]:
        return {name: n - before[name] for name, n in held().items() if n > before[name]}

    with suppress(AssertionError):
        wait_until(lambda: not grown())
    assert grown() == {}


def test_the_eleventh_listener_is_refused_in_words_and_changes_nothing() -> None:
    assert settings().max_concurrent_streams == 10
    listeners = [Listener(Library(t1=ramp(40 * RATE_HZ))) for _ in range(11)]
    try:
        for listener in listeners:
            listener.play()
        refusal = listeners[10].refusals()[0]
        assert (refusal.reason, refusal.epoch, refusal.client) == ("limit", 1, CLIENT)
        assert refusal.message == (
            "10 streams are playing, as many as this machine allows; stop one and try again"
        )
        assert listeners[10].segments(1) == []
        listeners[3].stop()
        listeners[3].wait_end(1)
        wait_until(lambda: slots_taken() == 9)
        epoch = listeners[10].play()
        listeners[10].wait_sent(epoch, RATE_HZ)
        for listener in listeners[:3]:
            assert listener.refusals() == []
    finally:
        for listener in listeners:
            listener.session.close()
    assert slots_taken() == 0


PLAYING = """
from tests.stream.listener import Library, Listener, ramp, RATE_HZ
listener = Listener(Library(t1=ramp(400_000)))
listener.play()
listener.wait_sent(1, RATE_HZ)
print("playing", flush=True)
input()
"""


def test_a_killed_process_frees_the_slot_of_its_stream() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PLAYING],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "playing\n"
        assert slots_taken() == 1
        os.kill(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_S)
        assert slots_taken() == 0
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", range(len(REQUESTS)))
def test_a_message_with_any_field_wrong_is_refused_by_its_name_and_changes_nothing(
    number: int,
) -> None:
    audio = ramp(3 * RATE_HZ)
    library = Library(t1=audio)
    listener = Listener(library)
    with listener.session:
        epoch = listener.play()
        listener.wait_sent(epoch, RATE_HZ)
        listener.settle()
        sent, told = listener.sent(epoch), len(listener.replies)
        content = {**REQUESTS[number].model_dump(), "epoch": epoch + 1, "client": CLIENT}
        expected = []
        for field, values in BAD_VALUES.items():
            if field in content:
                for value in values:
                    listener.session.receive({**content, field: value})
                    expected.append(field)
        assert [refusal.field for refusal in listener.refusals()] == expected
        assert len(listener.replies) == told + len(expected)
        assert {refusal.reason for refusal in listener.refusals()} == {"invalid"}
        assert listener.sent(epoch) == sent
        assert len(library.opened) == 1
        assert listener.listen_to_end(epoch).reason == "completed"
    np.testing.assert_array_equal(listener.heard(epoch), audio)
