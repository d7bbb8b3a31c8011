"""Tracks that follow each other in one epoch: without a gap, crossfaded, or in other formats."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auralis_lab.audio import Audio
from auralis_lab.errors import DecodeError
from auralis_lab.render.timeline import Timeline
from auralis_lab.stream.programme import AlbumPlace, Opened, Sound
from auralis_lab.stream.protocol import Lane
from tests.stream.listener import RATE_HZ, ArrayStream, Library, Listener, wait_until
from tests.thorough import tries


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


def noise(seconds: float, seed: int, channels: int = 2) -> Audio:
    frames = round(seconds * RATE_HZ)
    made = np.random.default_rng(seed).uniform(-0.5, 0.5, (channels, frames))
    return made.astype(np.float32)


class Record(Library):
    """A library whose tracks are one album, in the order of their numbers."""

    def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
        return ArrayStream(self.tracks[track_id], album_place=AlbumPlace(5, 1, track_id))


class Formats(Library):
    """A library in which track 2 has another rate and track 3 other channels."""

    def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
        return ArrayStream(self.tracks[track_id], 2 * RATE_HZ if track_id == 2 else RATE_HZ)


class Pairs(Library):
    """A library whose tracks have two lanes, the enhanced one quieter by a gain of its own."""

    def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
        audio = self.tracks[track_id]
        both = np.concatenate([audio, audio * np.float32(0.5)])
        stream = ArrayStream(both, lanes=("original", "enhanced"))
        stream.lanes = (
            Lane(name="original", gain_db=-6.0 * track_id),
            Lane(name="enhanced"),
        )
        return stream


class Rows:
    """A stream with lanes as a readable of so many channels."""

    def __init__(self, stream: ArrayStream) -> None:
        self.rate_hz, self.total_frames = stream.rate_hz, stream.total_frames
        self.channels = stream.audio.shape[0]
        self.read = stream.read


@pytest.mark.parametrize("start_frame", [0, 7_777, 19_999])
@pytest.mark.parametrize("crossfade_s", [0.0, 2.0])
def test_an_album_is_heard_as_if_it_were_one_file(start_frame: int, crossfade_s: float) -> None:
    sides = [noise(2.5, 1), noise(0.7, 2), noise(3.3, 3)]
    library = Record(order=[2, 3], t1=sides[0], t2=sides[1], t3=sides[2])
    listener = Listener(library)
    with listener.session:
        epoch = listener.play(start_frame=start_frame, crossfade_s=crossfade_s)
        end = listener.listen_to_end(epoch, 1_777)
    whole = np.concatenate(sides, axis=1)
    np.testing.assert_array_equal(listener.heard(epoch), whole[:, start_frame:])
    first, second, third = listener.segments(epoch)
    assert [s.segment for s in (first, second, third)] == [0, 1, 2]
    assert [(s.entry, s.track_id) for s in (first, second, third)] == [
        ("e0", 1),
        ("e1", 2),
        ("e2", 3),
    ]
    assert (second.start_frame, second.overlap_frames, second.fade) == (0, 0, "")
    assert second.total_frames == sides[1].shape[1]
    assert (end.reason, end.segment, end.position_frame) == ("completed", 2, sides[2].shape[1])
    assert library.all_closed


def test_a_segment_is_told_before_its_first_block_and_after_the_last_one_of_the_track_before() -> (
    None
):
    library = Library(order=[2], t1=noise(0.5, 1), t2=noise(0.5, 2))
    listener = Listener(library)
    told: list[tuple[str, int]] = []
    forward = listener.send

    def note(message: object, payload: bytes | None = None) -> None:
        told.append((message.type, message.segment))  # type: ignore[attr-defined]
        forward(message, payload)  # type: ignore[arg-type]

    listener.session._send = note
    with listener.session:
        listener.listen_to_end(listener.play())
    kinds = list(dict.fromkeys(told))
    assert kinds == [("segment", 0), ("block", 0), ("segment", 1), ("block", 1), ("ended", 1)]


@pytest.mark.parametrize("crossfade_s", [0.05, 0.5, 3.0, 12.0])
def test_a_crossfade_is_the_one_of_the_offline_timeline(crossfade_s: float) -> None:
    tracks = [noise(4.0, 1), noise(2.0, 2), noise(0.08, 3), noise(6.0, 4)]
    library = Library(order=[2, 3, 4], **{f"t{n}": a for n, a in enumerate(tracks, 1)})
    listener = Listener(library)
    with listener.session:
        epoch = listener.play(crossfade_s=crossfade_s)
        end = listener.listen_to_end(epoch, 2_345)
    timeline = Timeline([ArrayStream(audio) for audio in tracks], crossfade_s=crossfade_s)
    np.testing.assert_array_equal(listener.heard(epoch), timeline.read(0, 10**9))
    for segment, overlap in zip(listener.segments(epoch), timeline.overlaps, strict=True):
        assert segment.overlap_frames == (0 if overlap is None else overlap.frames)
        assert segment.fade == ("" if overlap is None else overlap.transition.law)
    assert (end.reason, end.segment) == ("completed", 3)
    assert end.position_frame == tracks[3].shape[1]
    assert library.all_closed


def test_a_seek_before_the_overlap_hears_the_crossfade_of_the_whole() -> None:
    tracks = [noise(6.0, 1), noise(5.0, 2)]
    timeline = Timeline([ArrayStream(audio) for audio in tracks], crossfade_s=2.0)
    listener = Listener(Library(order=[2], t1=tracks[0], t2=tracks[1]))
    with listener.session:
        for start in (31_000, 4 * RATE_HZ):
            epoch = listener.play(start_frame=start, crossfade_s=2.0)
            listener.listen_to_end(epoch)
            np.testing.assert_array_equal(listener.heard(epoch), timeline.read(start, 10**9))


def test_a_seek_into_the_overlap_crossfades_over_half_of_what_is_left() -> None:
    tracks = [noise(6.0, 1), noise(5.0, 2)]
    listener = Listener(Library(order=[2], t1=tracks[0], t2=tracks[1]))
    start = 5 * RATE_HZ
    with listener.session:
        epoch = listener.play(start_frame=start, crossfade_s=2.0)
        listener.listen_to_end(epoch)
    assert listener.segments(epoch)[1].overlap_frames == RATE_HZ // 2
    heard = listener.heard(epoch, 0)
    np.testing.assert_array_equal(heard, tracks[0][:, start : start + RATE_HZ // 2])
    np.testing.assert_array_equal(
        listener.heard(epoch, 1)[:, RATE_HZ // 2 :], tracks[1][:, RATE_HZ // 2 :]
    )


@given(
    st.lists(st.integers(0, 3_000), min_size=1, max_size=4),
    st.sampled_from([0.0, 0.06, 0.2]),
    st.lists(st.integers(1, 4_000), max_size=12),
    st.integers(0, 3_500),
)
@settings(
    max_examples=tries(40),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_queue_under_any_schedule_of_credit_is_the_offline_timeline(
    lengths: list[int], crossfade_s: float, steps: list[int], start_frame: int
) -> None:
    tracks = [noise(frames / RATE_HZ, seed) for seed, frames in enumerate(lengths, 1)]
    order = list(range(2, len(tracks) + 1))
    library = Library(order=order, **{f"t{n}": audio for n, audio in enumerate(tracks, 1)})
    timeline = Timeline([ArrayStream(audio) for audio in tracks], crossfade_s=crossfade_s)
    longest = min(round(crossfade_s * RATE_HZ), lengths[0] // 2) if len(lengths) > 1 else 0
    start = min(start_frame, lengths[0] - longest)
    listener = Listener(library, window_s=1.0)
    with listener.session:
        epoch = listener.play(start_frame=start, crossfade_s=crossfade_s)
        for step in steps:
            listener.listen(epoch, step)
        assert listener.listen_to_end(epoch, 2_000).reason == "completed"
    expected = timeline.read(start, 10**9)
    heard = listener.heard(epoch)
    np.testing.assert_array_equal(heard if heard.size else expected[:, :0], expected)
    assert listener.most_under_way <= RATE_HZ
    assert library.all_closed


def within_the_overlap(listener: Listener) -> int:
    """Listen until a second of the two seconds of overlap was heard; return the first epoch."""
    epoch = listener.play(crossfade_s=2.0)
    while listener.consumed < 5 * RATE_HZ:
        listener.wait_sent(epoch, listener.consumed + 1)
        listener.report(min(listener.sent(epoch), 5 * RATE_HZ, listener.consumed + 3_000))
    return epoch


def test_a_change_of_sound_within_an_overlap_keeps_the_end_of_the_track_before() -> None:
    tracks = [noise(6.0, 1), noise(5.0, 2)]
    timeline = Timeline([ArrayStream(audio) for audio in tracks], crossfade_s=2.0)
    library = Library(order=[2], t1=tracks[0], t2=tracks[1])
    listener = Listener(library)
    with listener.session:
        within_the_overlap(listener)
        for start in (RATE_HZ, RATE_HZ + 4_321):
            epoch = listener.play(2, start, entry="e1", crossfade_s=2.0)
            listener.wait_sent(epoch, 1)
            first = listener.started(epoch)
            assert (first.start_frame, first.overlap_frames) == (start, 2 * RATE_HZ - start)
            assert first.fade == "equal_power"
        listener.listen_to_end(epoch)
    expected = timeline.read(4 * RATE_HZ + start, 10**9)
    np.testing.assert_array_equal(listener.heard(epoch), expected)
    assert library.all_closed


@pytest.mark.parametrize(
    ("entry", "start_frame", "crossfade_s"),
    [("e1", 0, 2.0), ("e1", RATE_HZ, 0.0), ("e1", 2 * RATE_HZ, 2.0), ("e7", RATE_HZ, 2.0)],
)
def test_who_leaves_an_overlap_hears_what_was_asked_for_alone(
    entry: str, start_frame: int, crossfade_s: float
) -> None:
    tracks = [noise(6.0, 1), noise(5.0, 2)]
    library = Library(order=[2], t1=tracks[0], t2=tracks[1])
    listener = Listener(library)
    with listener.session:
        within_the_overlap(listener)
        epoch = listener.play(2, start_frame, entry=entry, crossfade_s=crossfade_s)
        listener.wait_sent(epoch, 1)
        assert listener.started(epoch).overlap_frames == 0
        listener.settle()
        heard = listener.heard(epoch)
    end = start_frame + heard.shape[1]
    np.testing.assert_array_equal(heard, tracks[1][:, start_frame:end])
    assert library.all_closed


def test_an_overlap_whose_first_track_is_gone_goes_on_without_it() -> None:
    class Vanishing(Library):
        gone = False

        def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
            if track_id == 1 and self.gone:
                raise DecodeError("/secret/a.flac", "no such file")
            return super().stream(track_id, sound)

    tracks = [noise(6.0, 1), noise(5.0, 2)]
    library = Vanishing(order=[2], t1=tracks[0], t2=tracks[1])
    listener = Listener(library)
    with listener.session:
        within_the_overlap(listener)
        library.gone = True
        epoch = listener.play(2, RATE_HZ, entry="e1", crossfade_s=2.0)
        assert listener.listen_to_end(epoch).reason == "completed"
    np.testing.assert_array_equal(listener.heard(epoch), tracks[1][:, RATE_HZ:])
    assert library.all_closed


def test_both_lanes_are_crossfaded_and_the_outgoing_one_keeps_its_loudness() -> None:
    tracks = {f"t{n}": noise(4.0, n) * np.float32(0.4) for n in (1, 2)}
    library = Pairs(order=[2], **tracks)
    listener = Listener(library)
    with listener.session:
        epoch = listener.play(crossfade_s=1.0, compare=True)
        listener.listen_to_end(epoch)
    out, into = (Rows(library.stream(n, Sound(True))) for n in (1, 2))
    timeline = Timeline([out, into], crossfade_s=1.0)
    heard, expected = listener.heard(epoch), timeline.read(0, 10**9)
    fade = slice(3 * RATE_HZ, 4 * RATE_HZ)
    np.testing.assert_array_equal(heard[:, : fade.start], expected[:, : fade.start])
    np.testing.assert_array_equal(heard[:, fade.stop :], expected[:, fade.stop :])
    np.testing.assert_array_equal(heard[2:, fade], expected[2:, fade])
    # Track 1 was played 6 dB louder than track 2 will be, so it comes in 6 dB louder.
    first = fade.start
    louder = tracks["t1"][:, first] * 10 ** (6 / 20)
    np.testing.assert_allclose(heard[:2, first], louder, rtol=2e-3)


def test_formats_may_change_and_then_nothing_overlaps() -> None:
    tracks = {"t1": noise(3.0, 1), "t2": noise(2.0, 2), "t3": noise(1.0, 3, channels=1)}
    library = Formats(order=[2, 3], **tracks)
    listener = Listener(library)
    with listener.session:
        epoch = listener.play(crossfade_s=1.0)
        end = listener.listen_to_end(epoch)
    assert end.reason == "completed"
    segments = listener.segments(epoch)
    assert [(s.rate_hz, s.channels) for s in segments] == [
        (RATE_HZ, 2),
        (2 * RATE_HZ, 2),
        (RATE_HZ, 1),
    ]
    for segment, audio in zip(segments, tracks.values(), strict=True):
        assert segment.overlap_frames == 0
        np.testing.assert_array_equal(listener.heard(epoch, segment.segment), audio)


def test_the_window_is_counted_in_time_when_formats_change() -> None:
    library = Formats(order=[2], t1=noise(1.0, 1), t2=noise(60.0, 2))
    listener = Listener(library, window_s=4.0)
    with listener.session:
        epoch = listener.play()
        listener.wait_for(lambda: listener.sent(epoch) > 0)
        listener.settle()
        under_way_s = 1.0 + (listener.sent(epoch) - RATE_HZ) / (2 * RATE_HZ)
        assert 1.5 <= under_way_s <= 2.0
        listener.report(listener.sent(epoch))
        listener.settle()
        under_way_s = (listener.sent(epoch) - listener.consumed) / (2 * RATE_HZ)
        assert 2.0 <= under_way_s <= 4.0


def test_what_follows_is_asked_for_once_and_opened_before_it_is_due() -> None:
    library = Library(order=[2], t1=noise(30.0, 1), t2=noise(30.0, 2))
    listener = Listener(library, window_s=4.0)
    with listener.session:
        epoch = listener.play()
        listener.wait_for(lambda: listener.sent(epoch) > RATE_HZ)
        listener.settle()
        assert library.asked == []
        while listener.consumed < 19 * RATE_HZ:
            listener.listen(epoch, RATE_HZ)
        listener.settle()
        assert library.asked == ["e0"]
        assert len(library.opened) == 2
        assert library.opened[1].read_to == 2 * RATE_HZ
        assert len(listener.segments(epoch)) == 1
        listener.listen_to_end(epoch, RATE_HZ)
        assert library.asked == ["e0", "e1"]
    assert library.all_closed


@pytest.mark.parametrize("measured_in_time", [True, False])
def test_a_next_track_that_is_measured_in_time_begins_on_its_better_plan(
    measured_in_time: bool,
) -> None:
    class Unmeasured(Library):
        measured = False

        def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
            gain = np.float32(0.5 if track_id == 2 and not self.measured else 1.0)
            stream = ArrayStream(self.tracks[track_id] * gain)
            stream.provisional = track_id == 2 and not self.measured
            return stream

    tracks = {"t1": noise(3.0, 1), "t2": noise(3.0, 2)}
    library = Unmeasured(order=[2], **tracks)
    listener = Listener(library, window_s=2.0)
    with listener.session:
        epoch = listener.play()
        listener.wait_for(lambda: len(library.opened) == 2)
        wait_until(lambda: library.opened[1].better)
        if measured_in_time:
            library.measured = True
            library.opened[1].tell()
        listener.listen_to_end(epoch)
        library.opened[1].tell()
    assert listener.segments(epoch)[1].provisional is not measured_in_time
    gain = np.float32(1.0 if measured_in_time else 0.5)
    np.testing.assert_array_equal(listener.heard(epoch, 1), tracks["t2"] * gain)
    assert listener.betters(epoch) == []
    assert library.all_closed


def test_a_better_plan_is_told_once_with_the_number_of_its_segment() -> None:
    class Unmeasured(Library):
        def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
            stream = super().stream(track_id, sound)
            stream.provisional = track_id == 2
            return stream

    library = Unmeasured(order=[2], t1=noise(1.0, 1), t2=noise(30.0, 2))
    listener = Listener(library)
    with listener.session:
        epoch = listener.play()
        while listener.consumed <= RATE_HZ:
            listener.listen(epoch, 1_000)
        library.opened[1].tell()
        library.opened[1].tell()
        assert [better.segment for better in listener.betters(epoch)] == [1]
        listener.stop()
        listener.wait_end(epoch)
        library.opened[1].tell()
    assert len(listener.betters(epoch)) == 1


def test_a_better_plan_is_not_told_while_the_track_before_can_still_be_heard() -> None:
    class Unmeasured(Library):
        def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
            stream = super().stream(track_id, sound)
            stream.provisional = track_id == 2
            return stream

    library = Unmeasured(order=[2], t1=noise(4.0, 1), t2=noise(30.0, 2))
    listener = Listener(library)
    beyond = 4 * RATE_HZ
    with listener.session:
        epoch = listener.play(crossfade_s=1.0)
        while len(listener.segments(epoch)) < 2:
            listener.listen(epoch, 500)
        library.opened[1].tell()
        while listener.consumed < beyond - 500:
            assert listener.betters(epoch) == []
            listener.report(min(listener.consumed + 500, listener.sent(epoch), beyond - 1))
        assert listener.betters(epoch) == []
        listener.wait_sent(epoch, beyond)
        listener.report(beyond)
        assert [better.segment for better in listener.betters(epoch)] == [1]


def test_stopping_closes_the_track_that_was_opened_ahead() -> None:
    library = Library(order=[2], t1=noise(3.0, 1), t2=noise(3.0, 2))
    listener = Listener(library, window_s=2.0)
    with listener.session:
        epoch = listener.play()
        listener.wait_for(lambda: len(library.opened) == 2)
        listener.stop()
        end = listener.wait_end(epoch)
    assert end.reason == "stopped"
    assert library.all_closed


def test_stop_tells_segment_and_frame_where_the_listener_was() -> None:
    library = Library(order=[2], t1=noise(2.0, 1), t2=noise(30.0, 2))
    listener = Listener(library)
    with listener.session:
        epoch = listener.play(start_frame=1_000)
        first = 2 * RATE_HZ - 1_000
        listener.wait_for(lambda: listener.sent(epoch) >= first)
        listener.report(first)
        listener.wait_for(lambda: listener.sent(epoch) >= first + 777)
        listener.report(first + 777)
        listener.stop()
        end = listener.wait_end(epoch)
    assert (end.reason, end.segment, end.position_frame) == ("stopped", 1, 777)


@pytest.mark.parametrize("crossfade_s", [0.0, 1.0])
def test_a_next_track_that_cannot_be_opened_fails_when_the_present_one_was_heard_out(
    crossfade_s: float,
) -> None:
    class Broken(Library):
        def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
            if track_id == 2:
                raise DecodeError("/secret/b.flac", "bad header")
            return super().stream(track_id, sound)

    audio = noise(3.0, 1)
    library = Broken(order=[2], t1=audio)
    listener = Listener(library)
    with listener.session:
        epoch = listener.play(crossfade_s=crossfade_s)
        listener.wait_for(lambda: listener.sent(epoch) > RATE_HZ)
        listener.settle()
        assert listener.ended(epoch) is None
        end = listener.listen_to_end(epoch)
    np.testing.assert_array_equal(listener.heard(epoch), audio)
    assert listener.consumed == audio.shape[1]
    assert (end.reason, end.message) == ("failed", "cannot decode the next track: bad header")
    assert (end.segment, end.position_frame) == (0, audio.shape[1])
    assert end.reference
    assert library.all_closed


@pytest.mark.parametrize("crossfade_s", [0.0, 1.0])
def test_tracks_that_cannot_be_opened_are_passed_over(crossfade_s: float) -> None:
    class Broken(Library):
        def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
            if track_id in (2, 3):
                raise DecodeError("/secret/b.flac", "no such file")
            return super().stream(track_id, sound)

    first, last = noise(2.0, 1), noise(2.5, 4)
    library = Broken(order=[2, 3, 4], t1=first, t4=last)
    listener = Listener(library)
    with listener.session:
        epoch = listener.play(crossfade_s=crossfade_s)
        end = listener.listen_to_end(epoch)
    assert [s.track_id for s in listener.segments(epoch)] == [1, 4]
    assert (end.reason, end.position_frame) == ("completed", last.shape[1])
    if not crossfade_s:
        whole = np.concatenate([first, last], axis=1)
        np.testing.assert_array_equal(listener.heard(epoch), whole)
    assert library.all_closed


class Damaged(Library):
    """A library in which a frame of one track cannot be read."""

    broken = (1, 0)

    def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
        audio = self.tracks[track_id]
        broken, frame = self.broken
        return Torn(audio, frame) if track_id == broken else ArrayStream(audio)


class Torn(ArrayStream):
    def __init__(self, audio: Audio, frame: int) -> None:
        super().__init__(audio)
        self.frame = frame

    def read(self, start_frame: int, frames: int) -> Audio:
        if start_frame <= self.frame < start_frame + frames:
            raise DecodeError("/secret/b.flac", "lost sync")
        return super().read(start_frame, frames)


@pytest.mark.parametrize("crossfade_s", [0.0, 1.0])
@pytest.mark.parametrize("frame", [9_000, 20_000, 23_999])
def test_a_track_that_breaks_off_is_heard_as_far_as_it_goes_and_the_next_one_follows(
    frame: int, crossfade_s: float
) -> None:
    tracks = {"t1": noise(3.0, 1), "t2": noise(6.0, 2)}
    library = Damaged(order=[2], **tracks)
    library.broken = (1, frame)
    listener = Listener(library)
    with listener.session:
        epoch = listener.play(crossfade_s=crossfade_s)
        end = listener.listen_to_end(epoch)
    assert (end.reason, end.segment) == ("completed", 1)
    heard = listener.heard(epoch)
    there = heard.shape[1] - tracks["t2"].shape[1]
    assert frame - 2 * RATE_HZ < there <= frame  # one block is lost, of two seconds at most
    np.testing.assert_array_equal(heard[:, :there], tracks["t1"][:, :there])
    np.testing.assert_array_equal(heard[:, there:], tracks["t2"])
    assert [segment.overlap_frames for segment in listener.segments(epoch)] == [0, 0]
    assert library.broken_off == [(1, there / RATE_HZ)]
    assert library.all_closed


def test_who_goes_beyond_the_damage_hears_what_follows() -> None:
    class Cut(Damaged):
        def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
            stream = super().stream(track_id, sound, compare=compare)
            if track_id == 1:
                stream.audio = stream.audio[:, :10_000]  # its length is what was promised
            return stream

    tracks = {"t1": noise(3.0, 1), "t2": noise(2.0, 2)}
    library = Cut(order=[2], **tracks)
    listener = Listener(library)
    with listener.session:
        epoch = listener.play(start_frame=20_000)
        end = listener.listen_to_end(epoch)
    assert (end.reason, end.segment) == ("completed", 1)
    assert [(s.track_id, s.start_frame) for s in listener.segments(epoch)] == [(1, 20_000), (2, 0)]
    np.testing.assert_array_equal(listener.heard(epoch), tracks["t2"])
    assert library.broken_off == [(1, 2.5)]
    assert library.all_closed


@pytest.mark.parametrize("order", [[], [2]])
def test_where_nothing_can_follow_a_track_that_breaks_off_it_is_told_when_it_was_heard_out(
    order: list[int],
) -> None:
    class Alone(Damaged):
        def open(self, entry: str, track_id: int, *rest: Any, **options: Any) -> Opened:
            if track_id == 2:
                raise DecodeError("/secret/c.flac", "no such file")
            return super().open(entry, track_id, *rest, **options)

    library = Alone(order=order, t1=noise(3.0, 1))
    library.broken = (1, 20_000)
    listener = Listener(library)
    with listener.session:
        epoch = listener.play()
        end = listener.listen_to_end(epoch)
    assert (end.reason, end.message) == ("failed", "cannot decode this track: lost sync")
    assert end.position_frame == listener.consumed == listener.heard(epoch).shape[1]
    assert library.broken_off == []
    assert library.all_closed


def test_a_next_track_whose_start_cannot_be_read_is_told_when_it_is_its_turn() -> None:
    tracks = {"t1": noise(3.0, 1), "t2": noise(6.0, 2)}
    library = Damaged(order=[2], **tracks)
    library.broken = (2, 500)
    listener = Listener(library)
    with listener.session:
        epoch = listener.play(crossfade_s=1.0)
        end = listener.listen_to_end(epoch)
    assert (end.reason, end.segment) == ("failed", 0)
    np.testing.assert_array_equal(listener.heard(epoch), tracks["t1"])
    assert library.all_closed


def test_an_error_within_a_later_track_names_its_segment_and_where_to_resume() -> None:
    library = Damaged(order=[2], t1=noise(1.0, 1), t2=noise(30.0, 2))
    library.broken = (2, 5 * RATE_HZ)
    listener = Listener(library)
    with listener.session:
        epoch = listener.play()
        end = listener.listen_to_end(epoch, 500)
    assert (end.reason, end.segment) == ("failed", 1)
    assert end.message == "cannot decode this track: lost sync"
    assert end.reference
    first = library.tracks[1].shape[1]
    # What was heard, to the last report that could have arrived before the end.
    assert end.position_frame <= listener.consumed - first <= end.position_frame + 500
    assert library.all_closed


def test_a_track_whose_length_shows_only_at_its_end_is_followed_without_a_gap() -> None:
    class Unknown(Library):
        def stream(self, track_id: int, sound: Sound, *, compare: bool = False) -> ArrayStream:
            stream = super().stream(track_id, sound)
            stream.frames_is_estimate = track_id == 1
            return stream

    sides = [noise(3.0, 1), noise(2.0, 2)]
    listener = Listener(Unknown(order=[2], t1=sides[0], t2=sides[1]))
    with listener.session:
        epoch = listener.play(crossfade_s=1.0)
        listener.listen_to_end(epoch)
    np.testing.assert_array_equal(listener.heard(epoch), np.concatenate(sides, axis=1))
    assert [s.total_frames for s in listener.segments(epoch)] == [None, sides[1].shape[1]]


def test_playing_from_the_end_goes_on_with_what_follows() -> None:
    sides = [noise(1.0, 1), noise(1.0, 2)]
    listener = Listener(Library(order=[2], t1=sides[0], t2=sides[1]))
    with listener.session:
        epoch = listener.play(start_frame=10**6)
        listener.listen_to_end(epoch)
    np.testing.assert_array_equal(listener.heard(epoch), sides[1])


def test_a_queue_of_empty_tracks_comes_to_an_end() -> None:
    class Endless(Library):
        def following(self, entry: str) -> tuple[str, int]:
            return entry, 1

    listener = Listener(Endless(t1=np.zeros((2, 0), np.float32)))
    with listener.session:
        assert listener.listen_to_end(listener.play()).reason == "completed"


def test_one_track_repeated_is_sent_again_and_again_without_a_gap() -> None:
    class Repeat(Library):
        def following(self, entry: str) -> tuple[str, int]:
            return entry, 1

    audio = noise(0.6, 1)
    listener = Listener(Repeat(t1=audio))
    with listener.session:
        epoch = listener.play()
        while listener.consumed < 5 * audio.shape[1]:
            listener.listen(epoch, 2_000)
        listener.stop()
        listener.wait_end(epoch)
    np.testing.assert_array_equal(listener.heard(epoch)[:, : 5 * audio.shape[1]], np.tile(audio, 5))
