from __future__ import annotations

import contextvars
import gc
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from auralis_lab.audio import Audio
from auralis_lab.errors import DecodeError, StreamError, StreamLimitError
from auralis_lab.settings import settings
from auralis_lab.stream.programme import Sound
from auralis_lab.stream.protocol import Block, Segment
from auralis_lab.stream.session import StreamSession
from auralis_lab.stream.slots import take_slot
from tests.stream.listener import CLIENT, RATE_HZ, ArrayStream, Library, Listener, ramp, wait_until
from tests.thorough import tries

WINDOW = 4 * RATE_HZ
PLAY = {
    "type": "play",
    "epoch": 2,
    "client": CLIENT,
    "entry": "e0",
    "track_id": 1,
    "start_frame": 0,
    "enhanced": False,
}


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture
def one_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURALIS_MAX_CONCURRENT_STREAMS", "1")
    settings.cache_clear()


def slot_is_free() -> bool:
    try:
        take_slot().release()
    except StreamLimitError:
        return False
    return True


@pytest.mark.parametrize("start_frame", [0, 1, 12_345, 99_999])
def test_every_sample_arrives_once_and_in_order(start_frame: int) -> None:
    audio = ramp(100_000)
    listener = Listener(Library(t1=audio))
    with listener.session:
        epoch = listener.play(start_frame=start_frame)
        end = listener.listen_to_end(epoch)
    np.testing.assert_array_equal(listener.heard(epoch), audio[:, start_frame:])
    assert (end.reason, end.position_frame) == ("completed", 100_000)
    started = listener.started(epoch)
    assert (started.start_frame, started.total_frames) == (start_frame, 100_000)
    assert (started.rate_hz, started.channels) == (RATE_HZ, 2)


@given(
    st.lists(st.tuples(st.sampled_from(["hear", "lost", "again", "late"]), st.integers(1, 9_000)))
)
@hypothesis_settings(
    max_examples=tries(25),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_the_window_holds_under_any_schedule_of_credit(schedule: list[tuple[str, int]]) -> None:
    audio = ramp(60_000, channels=1)
    listener = Listener(Library(t1=audio), window_s=2.0)
    with listener.session:
        epoch = listener.play()
        heard = 0
        for what, frames in schedule:
            heard = min(listener.sent(epoch), heard + frames)
            if what == "hear":
                listener.report(heard)
            elif what == "again":
                listener.report(listener.consumed)
            elif what == "late":
                listener.report(listener.consumed // 2)
        listener.listen_to_end(epoch)
    assert listener.most_under_way <= 2 * RATE_HZ
    assert listener.refusals() == []
    np.testing.assert_array_equal(listener.heard(epoch), audio)


def test_a_stalled_listener_gets_one_window_and_the_source_is_read_no_further() -> None:
    library = Library(t1=ramp(10 * WINDOW))
    listener = Listener(library)
    with listener.session:
        epoch = listener.play()
        listener.wait_for(lambda: listener.sent(epoch) > RATE_HZ)
        listener.settle()
        first_window = listener.sent(epoch)
        assert RATE_HZ <= first_window <= 2 * RATE_HZ
        assert library.opened[0].read_to == first_window
        listener.report(first_window)
        listener.settle()
        assert WINDOW // 2 <= listener.sent(epoch) - first_window <= WINDOW
        assert library.opened[0].read_to == listener.sent(epoch)


def test_the_same_sound_comes_after_a_stall_as_without_one() -> None:
    audio = ramp(50_000)
    listener = Listener(Library(t1=audio))
    with listener.session:
        epoch = listener.play()
        listener.settle(0.3)
        assert listener.listen_to_end(epoch).reason == "completed"
    np.testing.assert_array_equal(listener.heard(epoch), audio)


def test_more_credit_than_was_sent_is_refused_and_buys_nothing() -> None:
    listener = Listener(Library(t1=ramp(10 * WINDOW)))
    with listener.session:
        epoch = listener.play()
        listener.wait_for(lambda: listener.sent(epoch) > RATE_HZ)
        listener.settle()
        sent = listener.sent(epoch)
        listener.report(sent + 1)
        listener.settle()
        assert [refusal.field for refusal in listener.refusals()] == ["consumed_frames"]
        assert listener.sent(epoch) == sent


def test_a_bad_message_is_refused_by_field_and_playing_goes_on() -> None:
    audio = ramp(30_000)
    listener = Listener(Library(t1=audio))
    with listener.session:
        epoch = listener.play()
        listener.session.receive({**PLAY, "track_id": -1})
        listener.session.receive("nonsense")
        assert listener.listen_to_end(epoch).reason == "completed"
        assert [r.field for r in listener.refusals()] == ["track_id", "type"]
    np.testing.assert_array_equal(listener.heard(epoch), audio)


def test_a_new_epoch_takes_the_place_of_the_old_one() -> None:
    audio = ramp(20 * WINDOW)
    library = Library(t1=audio)
    listener = Listener(library)
    with listener.session:
        for start_frame in range(0, 20_000, 1_000):
            epoch = listener.play(start_frame=start_frame)
        listener.wait_for(lambda: listener.sent(epoch) > RATE_HZ)
        wait_until(lambda: all(stream.closed.is_set() for stream in library.opened[:-1]))
        first_of_last = next(
            place for place, (block, _) in enumerate(listener.payloads) if block.epoch == epoch
        )
        late = [b for b, _ in listener.payloads[first_of_last:] if b.epoch < epoch - 1]
        assert late == []
        heard = listener.heard(epoch)  # more may arrive while this is compared
        np.testing.assert_array_equal(heard, audio[:, 19_000 : 19_000 + heard.shape[1]])
    assert library.all_closed


def test_what_belongs_to_an_earlier_epoch_is_dropped() -> None:
    listener = Listener(Library(t1=ramp(10 * WINDOW)))
    with listener.session:
        listener.play()
        epoch = listener.play(start_frame=5)
        listener.wait_for(lambda: listener.sent(epoch) > RATE_HZ)
        listener.settle()
        sent = listener.sent(epoch)
        listener.report(sent, epoch=epoch - 1)
        listener.play(start_frame=77, epoch=epoch - 1)
        listener.epoch = epoch
        listener.settle()
        assert listener.sent(epoch) == sent
        assert listener.refusals() == []


@pytest.mark.parametrize("start_frame", [1_000, 1_001, 2**40])
@pytest.mark.parametrize("estimate", [False, True])
def test_playing_from_the_end_or_beyond_ends_cleanly_at_the_end(
    start_frame: int, estimate: bool
) -> None:
    class Estimate(ArrayStream):
        frames_is_estimate = estimate

    listener = Listener(Other(lambda: Estimate(ramp(1_000))))
    with listener.session:
        epoch = listener.play(start_frame=start_frame)
        end = listener.wait_end(epoch)
    assert (end.reason, end.position_frame) == ("completed", 1_000)
    assert listener.started(epoch).start_frame == 1_000
    assert listener.payloads == []


def test_a_track_of_unknown_length_is_not_asked_for_it_before_its_end() -> None:
    audio = ramp(30_000)

    class StillDecoding(ArrayStream):
        frames_is_estimate = True

        @property
        def total_frames(self) -> int:
            raise AssertionError("this would wait for the decoder")

        @total_frames.setter
        def total_frames(self, frames: int) -> None:
            pass

    listener = Listener(Other(lambda: StillDecoding(audio)))
    with listener.session:
        epoch = listener.play()
        end = listener.listen_to_end(epoch)
    assert (end.reason, end.position_frame) == ("completed", 30_000)
    assert listener.started(epoch).total_frames is None
    np.testing.assert_array_equal(listener.heard(epoch), audio)


def test_a_seek_opens_its_stream_before_the_one_before_is_closed() -> None:
    class Watched(Library):
        def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
            before = [stream.closed.is_set() for stream in self.opened[-1:]]
            time.sleep(0.05)
            assert before in ([], [False])
            assert before == [stream.closed.is_set() for stream in self.opened[-1:]]
            return super().stream(track_id, sound)

    library = Watched(t1=ramp(10 * WINDOW))
    listener = Listener(library)
    with listener.session:
        for start_frame in range(5):
            epoch = listener.play(start_frame=start_frame)
            listener.wait_sent(epoch, 1)
        wait_until(lambda: all(stream.closed.is_set() for stream in library.opened[:-1]))
        assert listener.ended(epoch) is None
    assert library.all_closed


class Other(Library):
    """Opens what a callable gives."""

    def __init__(self, make: Callable[[], ArrayStream]) -> None:
        super().__init__()
        self.make = make

    def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
        return self.make()


class SlowLibrary(Library):
    """Opens track 1 only when told to."""

    def __init__(self, **tracks: Audio) -> None:
        super().__init__(order=(), **tracks)
        self.go_on = threading.Event()
        self.lock = threading.Lock()
        self.opening = self.most_opening = 0

    def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
        with self.lock:
            self.opening += 1
            self.most_opening = max(self.most_opening, self.opening)
        if track_id == 1:
            assert self.go_on.wait(10)
        with self.lock:
            self.opening -= 1
        return super().stream(track_id, sound)


def test_a_slow_opening_keeps_neither_the_caller_nor_the_next_epoch_waiting() -> None:
    library = SlowLibrary(t1=ramp(1_000), t2=ramp(2_000))
    listener = Listener(library)
    with listener.session:
        begun_s = time.monotonic()
        listener.play(1)
        epoch = listener.play(2)
        assert listener.listen_to_end(epoch).reason == "completed"
        assert time.monotonic() - begun_s < 1.0
        library.go_on.set()
    assert len(library.opened) == 2
    assert library.all_closed
    assert listener.sent(1) == 0


def test_hasty_clicks_do_not_open_everything_at_once() -> None:
    library = SlowLibrary(t1=ramp(1_000))
    listener = Listener(library)
    with listener.session:
        for _ in range(20):
            epoch = listener.play(1)
        time.sleep(0.1)
        library.go_on.set()
        assert listener.listen_to_end(epoch).reason == "completed"
    assert library.most_opening == 3
    assert len(library.opened) <= 4
    assert library.all_closed


@pytest.mark.parametrize(
    ("error", "public"),
    [
        (DecodeError("/secret/place/a.flac", "bad header"), "cannot decode this track: bad header"),
        (StreamError("this track is no longer loaded"), "this track is no longer loaded"),
        (
            ZeroDivisionError("in /secret/place"),
            "something went wrong while this track was read",
        ),
    ],
)
@pytest.mark.parametrize("where", ["open", "read"])
def test_a_failure_ends_the_epoch_with_a_short_message_and_a_logged_reference(
    error: Exception, public: str, where: str, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(ArrayStream):
        def read(self, start_frame: int, frames: int) -> Audio:
            if start_frame + frames > 5_000:
                raise error
            return super().read(start_frame, frames)

    opened: list[Broken] = []

    def open_stream() -> ArrayStream:
        if where == "open":
            raise error
        opened.append(Broken(ramp(50_000)))
        return opened[-1]

    listener = Listener(Other(open_stream))
    with listener.session, caplog.at_level(logging.ERROR):
        epoch = listener.play()
        end = listener.listen_to_end(epoch, 700)
    assert (end.reason, end.message) == ("failed", public)
    assert listener.consumed == end.position_frame == listener.sent(epoch)  # heard out first
    assert end.reference is not None
    assert end.reference in caplog.text
    assert "Traceback" in caplog.text
    assert all(stream.closed.is_set() for stream in opened)


@pytest.mark.parametrize("wrong", ["short", "long", "channels", "dtype"])
def test_a_stream_that_breaks_its_promise_fails_instead_of_sounding_wrong(wrong: str) -> None:
    class Wrong(ArrayStream):
        def read(self, start_frame: int, frames: int) -> Audio:
            block = super().read(start_frame, frames)
            if wrong == "short":
                return block[:, :-1]
            if wrong == "long":
                return np.concatenate([block, block], axis=1)
            return block[:1] if wrong == "channels" else block.astype(np.float64)

    listener = Listener(Other(lambda: Wrong(ramp(50_000))))
    with listener.session:
        assert listener.wait_end(listener.play()).reason == "failed"
    assert listener.payloads == []


def test_stop_ends_the_epoch_where_the_listener_was() -> None:
    library = Library(t1=ramp(10 * WINDOW))
    listener = Listener(library)
    with listener.session:
        epoch = listener.play(start_frame=100)
        listener.wait_for(lambda: listener.sent(epoch) > RATE_HZ)
        listener.report(4_321)
        listener.stop()
        end = listener.wait_end(epoch)
        assert (end.reason, end.position_frame) == ("stopped", 4_421)
        wait_until(lambda: library.all_closed)


def test_a_listener_that_makes_no_progress_is_let_go() -> None:
    library = Library(t1=ramp(10 * WINDOW))
    listener = Listener(library, idle_s=0.3)
    with listener.session:
        end = listener.wait_end(listener.play())
        assert (end.reason, end.position_frame) == ("stopped", 0)
        assert end.message
        wait_until(lambda: library.all_closed)


def test_another_client_takes_over_and_the_former_is_told() -> None:
    listener = Listener(Library(t1=ramp(10 * WINDOW)))
    with listener.session:
        listener.play(client="window-one", epoch=7)
        listener.wait_for(lambda: listener.sent(7) > RATE_HZ)
        listener.play(client="window-two", epoch=1)
        end = listener.wait_end(7)
        assert (end.client, end.reason) == ("window-one", "stopped")
        assert end.message == "playing in another window"
        listener.wait_for(lambda: listener.sent(1) > RATE_HZ)
        listener.settle()
        sent = listener.sent(1)
        listener.report(sent, epoch=1, client="window-one")
        listener.settle()
        assert listener.sent(1) == sent


@pytest.mark.usefixtures("one_slot")
class TestSlots:
    def test_a_listener_beyond_the_limit_is_refused_until_a_slot_is_free(self) -> None:
        first = Listener(Library(t1=ramp(10 * WINDOW)))
        second = Listener(Library(t1=ramp(1_000)))
        with first.session, second.session:
            first.play()
            second.play()
            refusal = second.refusals()[0]
            assert (refusal.reason, refusal.epoch, refusal.client) == ("limit", 1, CLIENT)
            assert "1 stream is playing" in refusal.message
            first.stop()
            first.wait_end(1)
            wait_until(slot_is_free)
            assert second.listen_to_end(second.play()).reason == "completed"

    def test_a_seek_keeps_the_slot(self) -> None:
        listener = Listener(Library(t1=ramp(10 * WINDOW)))
        with listener.session:
            for start_frame in range(30):
                listener.play(start_frame=start_frame)
                assert not slot_is_free()
        assert listener.refusals() == []
        assert slot_is_free()

    @pytest.mark.parametrize("way", ["completed", "stopped", "failed", "closed", "idle"])
    def test_the_slot_comes_back_whichever_way_a_stream_ends(self, way: str) -> None:
        frames = 1_000 if way == "completed" else 10 * WINDOW
        listener = Listener(Library(t1=ramp(frames)), idle_s=0.2 if way == "idle" else 300)
        listener.play(2 if way == "failed" else 1)
        if way == "stopped":
            listener.stop()
        if way == "closed":
            listener.session.close()
        wait_until(slot_is_free)
        listener.session.close()

    def test_the_slot_comes_back_when_the_session_is_forgotten(self) -> None:
        library = Library(t1=ramp(10 * WINDOW))
        seen: list[object] = []
        session = StreamSession(lambda message, payload=None: seen.append(message), library)
        session.receive(
            {
                "type": "play",
                "epoch": 1,
                "client": CLIENT,
                "entry": "e0",
                "track_id": 1,
                "start_frame": 0,
                "enhanced": False,
            }
        )
        wait_until(lambda: len(seen) > 2)
        assert not slot_is_free()
        del session
        gc.collect()
        wait_until(slot_is_free)
        wait_until(lambda: library.all_closed)
        wait_until(lambda: threading.active_count() == 1 or not _stream_threads())


def _stream_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if "auralis-stream" in thread.name]


def test_a_closed_session_ignores_what_still_comes() -> None:
    listener = Listener(Library(t1=ramp(1_000)))
    listener.session.close()
    listener.session.close()
    listener.play()
    listener.settle(0.1)
    assert listener.replies == []


def test_a_listener_that_cannot_be_reached_ends_the_stream() -> None:
    def send(message: object, payload: bytes | None = None) -> None:
        raise OSError("gone")

    library = Library(t1=ramp(10 * WINDOW))
    with StreamSession(send, library) as session:
        session.receive(
            {
                "type": "play",
                "epoch": 1,
                "client": CLIENT,
                "entry": "e0",
                "track_id": 1,
                "start_frame": 0,
                "enhanced": True,
            }
        )
        wait_until(lambda: library.opened and library.all_closed)


def test_blocks_are_sent_in_the_context_of_the_request() -> None:
    word: contextvars.ContextVar[str] = contextvars.ContextVar("word", default="none")
    seen: set[str] = set()

    def send(message: object, payload: bytes | None = None) -> None:
        if isinstance(message, Block | Segment):
            seen.add(word.get())

    library = Library(t1=ramp(1_000))
    with StreamSession(send, library) as session:
        word.set("of the request")
        session.receive(
            {
                "type": "play",
                "epoch": 1,
                "client": CLIENT,
                "entry": "e0",
                "track_id": 1,
                "start_frame": 0,
                "enhanced": False,
            }
        )
        word.set("of later")
        wait_until(lambda: library.opened and library.all_closed)
    assert seen == {"of the request"}


def test_an_interpreter_ends_although_a_listener_stalls() -> None:
    program = """
from tests.stream.listener import Library, Listener, ramp, RATE_HZ
listener = Listener(Library(t1=ramp(400_000)))
listener.play()
listener.wait_for(lambda: listener.sent(1) > RATE_HZ)
print("leaving", flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=20,
    )
    assert (done.returncode, done.stdout) == (0, "leaving\n"), done.stderr
