"""A track that was never measured: heard at once, and better as soon as it has been measured."""

from __future__ import annotations

import logging
import os
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from auralis_lab import opening
from auralis_lab.analysis.profile import measure
from auralis_lab.audio import Audio
from auralis_lab.errors import DecodeError, ParameterError
from auralis_lab.io.array import ArraySource
from auralis_lab.io.source import AudioSource
from auralis_lab.lab import Lab, open_lab
from auralis_lab.measured import Measured
from auralis_lab.stream import provisional
from auralis_lab.stream.provisional import HEAD_S, Head, improve, provisional_plan
from auralis_lab.track import Track
from tests.stream.library import RATE_HZ, TrackProgramme, library_of, music, track_of
from tests.stream.listener import Listener, wait_until

PATIENCE_S = 30.0


@pytest.fixture(autouse=True)
def _nothing_lingers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(provisional, "LINGER_S", 0.2)
    before = threading.active_count()
    yield
    deadline_s = time.monotonic() + PATIENCE_S
    while threading.active_count() > before and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert threading.active_count() <= before


@pytest.fixture
def lab(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Lab]:
    """Make a library of one track that no other test has heard."""
    audio = music(20.0, zlib.crc32(request.node.name.encode()))
    audio[:, 10 * RATE_HZ :] *= np.float32(2.5)
    opened = library_of(tmp_path / "music", {"one.flac": audio})
    yield opened
    opened.close()


class Gate:
    """Work that waits to be let through."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.runs = 0

    def __call__(self, on_progress: Callable[[float], None]) -> None:
        self.runs += 1
        while not self.go_on.wait(0.01):
            on_progress(0.5)


def test_a_better_plan_arrives_once_and_a_splice_then_sounds_as_measured(lab: Lab) -> None:
    programme = TrackProgramme(lab, ["one"])
    listener = Listener(programme, window_s=4.0)
    with listener.session:
        first = listener.play(programme.ids[0], enhanced=True, preset="warm")
        listener.wait_sent(first, RATE_HZ)
        assert listener.started(first).provisional
        listener.wait_for(lambda: bool(listener.betters(first)), PATIENCE_S)
        assert listener.betters(first)[0].segment == 0
        heard = listener.heard(first)
        second = listener.play(programme.ids[0], RATE_HZ, enhanced=True, preset="warm")
        listener.listen_to_end(second, RATE_HZ)
        assert not listener.started(second).provisional
        assert len(listener.betters(first)) == 1
        assert listener.betters(second) == []
    track = track_of(lab, "one")
    assert track.profile.envelopes is not None
    expected = track.render(track.plan("warm"))
    np.testing.assert_array_equal(listener.heard(second), expected[:, RATE_HZ:])
    assert np.abs(heard - expected[:, : heard.shape[1]]).max() > 1e-3


def test_the_provisional_sound_is_that_of_a_plan_made_from_the_head_alone(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Measured, "over_time", lambda self, on_progress: time.sleep(0.01))
    track = track_of(lab, "one")
    with track.source() as source:
        head = measure(ArraySource(source.read(0, round(HEAD_S * RATE_HZ)), RATE_HZ))
    stream = track.open_stream("bright", intensity=0.8, at_once=True)
    expected = track.render(provisional_plan(head, "bright", intensity=0.8))
    np.testing.assert_array_equal(stream.read(5_000, 300_000), expected[:, 5_000:305_000])
    stream.close()


class CountingSource(AudioSource):
    """Counts the frames that are read from it; its forward pass waits to be let through."""

    frames_read = 0
    last_frame = 0
    gate = threading.Event()

    def read(self, start_frame: int, frames: int) -> Audio:
        block = super().read(start_frame, frames)
        cls = type(self)
        cls.frames_read += block.shape[1]
        cls.last_frame = max(cls.last_frame, start_frame + block.shape[1])
        return block

    def blocks(self, block_frames: int, start_frame: int = 0) -> Iterator[Audio]:
        for block in super().blocks(block_frames, start_frame):
            self.gate.wait(PATIENCE_S)
            yield block


def test_three_hours_never_measured_open_after_reading_their_head_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rate_hz, hours = 8_000, 3
    folder = tmp_path / "music"
    folder.mkdir()
    path = folder / "long.wav"
    sf.write(path, music(30.0, 1, rate_hz, 1).T, rate_hz, subtype="PCM_16")
    _lengthen(path, 2 * rate_hz * 3600 * hours)
    with open_lab(folder) as lab:
        lab.scan()
        track = track_of(lab, "long")
        assert track.duration_s == 3600 * hours
        CountingSource.frames_read = CountingSource.last_frame = 0
        monkeypatch.setattr(Track, "source", lambda self: CountingSource(self.path))
        stream = track.open_stream("warm", at_once=True)
        assert stream.provisional
        assert stream.total_frames == rate_hz * 3600 * hours
        assert CountingSource.frames_read == CountingSource.last_frame == HEAD_S * rate_hz
        stream.read(0, rate_hz)
        assert CountingSource.last_frame == HEAD_S * rate_hz
        CountingSource.gate.set()
        stream.close()


def _lengthen(path: Path, data_bytes: int) -> None:
    """Let a WAV file hold so many bytes of samples, silent ones behind those it has."""
    with path.open("r+b") as file:
        head = file.read(200)
        at = head.index(b"data") + 4
        file.seek(at)
        file.write(data_bytes.to_bytes(4, "little"))
        file.seek(4)
        file.write((at + 4 + data_bytes - 8).to_bytes(4, "little"))
        file.truncate(at + 4 + data_bytes)


def test_a_seek_does_not_measure_the_head_again(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Measured, "over_time", lambda self, on_progress: time.sleep(0.01))
    calls: list[Any] = []

    def counted(source: Any) -> Any:
        calls.append(source)
        return measure(source)

    monkeypatch.setattr(opening, "measure", counted)
    for preset in ("warm", "bright", "warm"):
        track_of(lab, "one").open_stream(preset, at_once=True).close()
    assert len(calls) == 1


def test_an_original_needs_no_plan_and_is_not_provisional(lab: Lab) -> None:
    stream = track_of(lab, "one").open_stream(None, at_once=True)
    assert not stream.provisional
    assert stream.lanes[0].name == "original"
    stream.close()


def test_levelling_an_original_that_was_never_measured_is_provisional(lab: Lab) -> None:
    programme = TrackProgramme(lab, ["one"])
    listener = Listener(programme, window_s=4.0)
    with listener.session:
        first = listener.play(programme.ids[0], levelling="track")
        listener.wait_for(lambda: bool(listener.betters(first)), PATIENCE_S)
        second = listener.play(programme.ids[0], levelling="track")
        listener.wait_sent(second, 1)
        head, whole = listener.started(first), listener.started(second)
    assert (head.provisional, whole.provisional) == (True, False)
    loudness = track_of(lab, "one").profile.loudness.integrated_lufs
    assert loudness is not None
    assert whole.lanes[0].gain_db == pytest.approx(-18.0 - loudness, abs=0.001)
    assert head.lanes[0].gain_db > whole.lanes[0].gain_db + 3


def test_nothing_is_left_open_when_a_track_cannot_be_opened(lab: Lab) -> None:
    track = track_of(lab, "one")
    open_files = len(os.listdir("/proc/self/fd"))
    with pytest.raises(ParameterError, match="compare=True needs a preset"):
        track.open_stream(None, compare=True)
    with pytest.raises(ParameterError, match="preset"):
        track.open_stream("loudest", at_once=True)
    with pytest.raises(ParameterError, match="intensity"):
        track.open_stream("warm", intensity=1.5, at_once=True)
    assert len(os.listdir("/proc/self/fd")) <= open_files


def test_a_quiet_head_does_not_let_the_rest_be_lifted_far() -> None:
    head = measure(ArraySource(music(12.0, 1) * np.float32(0.01), RATE_HZ))
    loudness = head.loudness.integrated_lufs
    assert loudness is not None
    assert loudness < -50
    made = provisional_plan(head, "adaptive", intensity=1.0)
    assert made.predicted.integrated_lufs is not None
    assert made.predicted.integrated_lufs <= loudness + 4.1
    assert made.dynamics is None


def test_a_head_is_the_first_seconds_of_a_source_and_no_more() -> None:
    audio = music(3.0, 1)
    head = Head(ArraySource(audio, RATE_HZ), 2.0)
    assert head.total_frames == 2 * RATE_HZ
    np.testing.assert_array_equal(head.read(RATE_HZ, 10**6), audio[:, RATE_HZ : 2 * RATE_HZ])
    assert head.read(3 * RATE_HZ, 5).shape == (2, 0)


def test_many_listeners_share_one_measurement_and_each_is_told_once() -> None:
    gate = Gate()
    told: list[int] = []
    waits = [improve("shared", gate) for _ in range(5)]
    for number, wait in enumerate(waits):
        wait.on_better(lambda number=number: told.append(number))  # type: ignore[misc]
    waits[3].leave()
    gate.go_on.set()
    wait_until(lambda: len(told) >= 4)
    assert sorted(told) == [0, 1, 2, 4]
    waits[0].on_better(lambda: told.append(99))
    waits[0].leave()
    assert gate.runs == 1


def test_a_measurement_that_nobody_waits_for_any_more_is_given_up() -> None:
    gate = Gate()
    wait = improve("unwanted", gate)
    wait_until(lambda: gate.runs)
    wait.leave()
    wait_until(lambda: not _behind())
    again = improve("unwanted", gate)
    wait_until(lambda: gate.runs == 2)
    again.leave()


def test_a_seek_meanwhile_does_not_begin_the_measurement_anew() -> None:
    gate = Gate()
    for _ in range(50):
        improve("sought", gate).leave()
    told = threading.Event()
    wait = improve("sought", gate)
    wait.on_better(told.set)
    gate.go_on.set()
    assert told.wait(PATIENCE_S)
    assert gate.runs == 1
    wait.leave()


def test_what_could_not_be_kept_is_not_announced_for_ever() -> None:
    gate = Gate()
    gate.go_on.set()
    told: list[int] = []
    for number in range(4):
        wait = improve("unkept", gate)
        wait.on_better(lambda number=number: told.append(number))  # type: ignore[misc]
        wait_until(lambda: not _behind())
        wait.leave()
    assert told == [0, 1]
    assert gate.runs == 1


def test_a_track_that_cannot_be_measured_stays_provisional(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(on_progress: Callable[[float], None]) -> None:
        raise DecodeError("/music/a.flac", "lost sync")

    told: list[int] = []
    with caplog.at_level(logging.ERROR):
        wait = improve("broken", fails)
        wait.on_better(lambda: told.append(1))
        wait_until(lambda: not _behind())
    assert "could not be measured" in caplog.text
    assert told == []
    wait.leave()


def test_a_listener_who_cannot_be_told_keeps_nobody_else_from_it() -> None:
    gate = Gate()
    told = threading.Event()

    def gone() -> None:
        raise OSError("gone")

    waits = [improve("gone", gate), improve("gone", gate)]
    waits[0].on_better(gone)
    waits[1].on_better(told.set)
    gate.go_on.set()
    assert told.wait(PATIENCE_S)


def _behind() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "auralis-measure-behind"]
