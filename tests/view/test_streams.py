"""A recorded stream adds up, and is drawn as it was."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from auralis_lab.errors import ParameterError
from auralis_lab.stream.protocol import Block, Ended, Play, Report
from auralis_lab.stream.session import StreamSession
from auralis_lab.view import StreamTrace, plot_stream
from tests.stream.listener import CLIENT, RATE_HZ, Library, ramp


def a_block(epoch: int, seq: int, frames: int) -> Block:
    return Block(
        epoch=epoch, client=CLIENT, segment=0, seq=seq, first_frame=0, frames=frames,
        channels=1, lanes=1, rate_hz=RATE_HZ,
    )  # fmt: skip


def a_report(epoch: int, consumed: int) -> Report:
    return Report(
        epoch=epoch, client=CLIENT, state="playing", segment=0, position_frame=0,
        consumed_frames=consumed, run_frame=0, run_frames=0, pcm_hash=0, lane="original",
    )  # fmt: skip


def a_play(epoch: int) -> Play:
    return Play(epoch=epoch, client=CLIENT, entry="e1", track_id=1, start_frame=0, enhanced=False)


def recorded() -> StreamTrace:
    now = iter(range(100))
    trace = StreamTrace(lambda: float(next(now)))
    trace.told(a_play(1))
    trace(a_block(1, 0, 4_000), b"")
    trace(a_block(1, 1, 8_000), b"")
    trace.told(a_report(1, 5_000))
    trace.told(a_report(1, 3_000))  # late: what is gone stays gone
    trace.told(a_play(2))
    trace(a_block(2, 0, 1_000), b"")
    trace.told(Ended(epoch=2, client=CLIENT, reason="completed", segment=0, position_frame=1_000))
    return trace


def test_what_is_under_way_is_what_was_sent_less_what_was_heard() -> None:
    trace = recorded()
    assert [trace.sent(epoch) for epoch in (1, 2)] == [12_000, 1_000]
    assert [trace.heard(epoch) for epoch in (1, 2)] == [5_000, 0]
    assert [level for *_, level in trace.levels()] == [4_000, 12_000, 7_000, 7_000, 1_000]
    assert trace.most_under_way() == 12_000
    assert trace.events[-1].reason == "completed"


def test_a_stream_is_drawn_by_epoch_over_the_listeners_time() -> None:
    figure = plot_stream(recorded(), RATE_HZ, window_s=2.0)
    sums, window = figure.axes
    sent = sums.lines[0]
    np.testing.assert_array_equal(sent.get_xdata(), [1, 2])
    np.testing.assert_array_equal(sent.get_ydata(), [0.5, 1.5])
    (ended,) = [line for line in sums.lines if line.get_marker() == "x"]
    np.testing.assert_array_equal(ended.get_xydata(), [[7, 0.125]])  # after all that was sent
    under_way = window.lines[0]
    np.testing.assert_array_equal(under_way.get_ydata(), np.array([4, 12, 7, 7, 7]) / 8)
    assert np.asarray(under_way.get_xdata())[-1] == 5.0  # until the next play
    assert [text.get_text() for text in window.texts] == ["window"]


def test_nothing_sent_is_refused() -> None:
    with pytest.raises(ParameterError, match="no block"):
        plot_stream(StreamTrace(), RATE_HZ)


def test_a_real_session_is_recorded_on_both_sides() -> None:
    trace = StreamTrace()
    session = StreamSession(trace, Library(t1=ramp(40_000)), on_message=trace.told)
    with session:
        session.receive(a_play(1).model_dump(mode="json"))
        trace.settle(0.5)
        sent = trace.sent(1)
        session.receive(a_report(1, sent).model_dump(mode="json"))
        trace.settle(0.5)
    assert 0 < sent < trace.sent(1) <= 40_000
    assert trace.heard(1) == sent
    assert trace.events[0].kind == "play"


def test_settling_ends_although_messages_keep_coming() -> None:
    trace, stop = StreamTrace(), threading.Event()

    def chatter() -> None:
        while not stop.wait(0.01):
            trace(a_block(1, 0, 1))

    thread = threading.Thread(target=chatter)
    thread.start()
    try:
        trace.settle(quiet_s=1.0, timeout_s=0.3)
        assert trace.sent(1) > 0
    finally:
        stop.set()
        thread.join()
