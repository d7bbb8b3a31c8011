"""What a listener of real tracks gets is the offline render, bit for bit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.lab import Lab
from auralis_lab.render.timeline import Timeline
from auralis_lab.stream.enhanced import EnhancedStream
from tests.stream.library import RATE_HZ, TrackProgramme, library_of, music, track_of
from tests.stream.listener import Listener

NAMES = ["one", "two", "three"]


@pytest.fixture
def sides() -> list[Audio]:
    return [music(7.0, 1), music(5.0, 2), music(6.0, 3)]


@pytest.fixture
def lab(tmp_path: Path, sides: list[Audio]) -> Iterator[Lab]:
    names = ("one.flac", "two.flac", "three.ogg")
    opened = library_of(tmp_path / "music", dict(zip(names, sides, strict=True)))
    for track in opened.tracks.list():
        assert track.profile.envelopes
    before = threading.active_count()
    yield opened
    assert threading.active_count() <= before
    opened.close()


def offline(lab: Lab, name: str, preset: str | None, intensity: float = 1.0) -> Audio:
    track = track_of(lab, name)
    return track.render(None if preset is None else track.plan(preset, intensity=intensity))


@pytest.mark.parametrize("name", ["one", "three"])
@pytest.mark.parametrize("preset", [None, "warm"])
def test_play_and_twenty_seeks_give_the_offline_render(
    lab: Lab, name: str, preset: str | None, rng: np.random.Generator
) -> None:
    expected = offline(lab, name, preset)
    programme = TrackProgramme(lab, [name])
    listener = Listener(programme, window_s=15.0)
    sound: dict[str, Any] = {"enhanced": preset is not None, "preset": preset or "adaptive"}
    with listener.session:
        epoch = listener.play(programme.ids[0], **sound)
        end = listener.listen_to_end(epoch, RATE_HZ)
        assert (end.reason, end.position_frame) == ("completed", expected.shape[1])
        np.testing.assert_array_equal(listener.heard(epoch), expected)
        for start in rng.integers(0, expected.shape[1], 20):
            epoch = listener.play(programme.ids[0], int(start), **sound)
            wanted = min(RATE_HZ, expected.shape[1] - int(start))
            listener.wait_sent(epoch, wanted)
            heard = listener.heard(epoch)
            np.testing.assert_array_equal(heard, expected[:, start : start + heard.shape[1]])


def test_a_change_of_sound_goes_on_with_the_new_one_where_the_old_one_was(lab: Lab) -> None:
    programme = TrackProgramme(lab, ["one"])
    listener = Listener(programme, window_s=4.0)
    with listener.session:
        epoch = listener.play(programme.ids[0], enhanced=True, preset="warm")
        listener.wait_sent(epoch, RATE_HZ)
        listener.report(RATE_HZ)
        changes = [("bright", 1.0), ("warm", 0.4), ("punchy", 0.0), (None, 1.0)]
        for at, (preset, intensity) in enumerate(changes, 1):
            start = at * RATE_HZ + 123
            epoch = listener.play(
                programme.ids[0],
                start,
                enhanced=preset is not None,
                preset=preset or "adaptive",
                intensity=intensity,
            )
            listener.wait_sent(epoch, RATE_HZ)
            heard = listener.heard(epoch)
            expected = offline(lab, "one", preset, intensity)
            np.testing.assert_array_equal(heard, expected[:, start : start + heard.shape[1]])


def test_an_album_in_a_row_is_its_files_in_a_row(lab: Lab, sides: list[Audio]) -> None:
    programme = TrackProgramme(lab, NAMES)
    listener = Listener(programme)
    with listener.session:
        epoch = listener.play(programme.ids[0], crossfade_s=3.0)
        end = listener.listen_to_end(epoch, RATE_HZ)
    expected = np.concatenate([offline(lab, name, None) for name in NAMES], axis=1)
    np.testing.assert_array_equal(listener.heard(epoch), expected)
    assert expected.shape[1] == sum(side.shape[1] for side in sides)
    assert (end.reason, end.segment, end.position_frame) == ("completed", 2, 6 * RATE_HZ)


def test_comparing_sends_the_original_and_the_enhanced_track_of_the_same_frames(lab: Lab) -> None:
    programme = TrackProgramme(lab, NAMES[:2])
    listener = Listener(programme)
    with listener.session:
        epoch = listener.play(programme.ids[0], 4_321, enhanced=True, preset="warm", compare=True)
        listener.listen_to_end(epoch, RATE_HZ)
    expected = np.concatenate(
        [
            np.concatenate([offline(lab, name, None), offline(lab, name, "warm")])
            for name in NAMES[:2]
        ],
        axis=1,
    )
    np.testing.assert_array_equal(listener.heard(epoch), expected[:, 4_321:])
    for segment in listener.segments(epoch):
        first, second = segment.lanes
        assert (first.name, second.name) == ("original", "enhanced")
        assert first.loudness_lufs is not None
        assert second.loudness_lufs is not None
        louder = first.loudness_lufs + first.gain_db, second.loudness_lufs + second.gain_db
        assert louder[0] == pytest.approx(louder[1], abs=0.01)
        assert max(first.gain_db, second.gain_db) == 0.0


def test_a_crossfade_of_enhanced_tracks_is_that_of_the_offline_timeline(lab: Lab) -> None:
    programme = TrackProgramme(lab, ["three", "one"])
    listener = Listener(programme)
    with listener.session:
        epoch = listener.play(programme.ids[0], enhanced=True, preset="bright", crossfade_s=2.5)
        listener.listen_to_end(epoch, RATE_HZ)
    streams = []
    for name in ("three", "one"):
        track = track_of(lab, name)
        streams.append(
            EnhancedStream(
                track.source(), track.plan("bright"), track.profile.frames, audio_key=name
            )
        )
    timeline = Timeline(streams, crossfade_s=2.5)
    np.testing.assert_array_equal(listener.heard(epoch), timeline.read(0, timeline.total_frames))
    assert listener.segments(epoch)[1].overlap_frames == round(2.5 * RATE_HZ)
    for stream in streams:
        stream.close()


@pytest.mark.parametrize("levelling", ["track", "album"])
def test_levelling_gives_a_gain_and_leaves_the_samples_alone(lab: Lab, levelling: str) -> None:
    programme = TrackProgramme(lab, NAMES)
    listener = Listener(programme)
    with listener.session:
        epoch = listener.play(programme.ids[0], levelling=levelling)
        listener.listen_to_end(epoch, RATE_HZ)
    expected = np.concatenate([offline(lab, name, None) for name in NAMES], axis=1)
    np.testing.assert_array_equal(listener.heard(epoch), expected)
    gains = [segment.lanes[0].gain_db for segment in listener.segments(epoch)]
    heard = [segment.lanes[0].loudness_lufs for segment in listener.segments(epoch)]
    if levelling == "album":
        assert len(set(gains)) == 1
        assert gains[0] != 0
    else:
        for gain, loudness in zip(gains, heard, strict=True):
            assert loudness is not None
            assert loudness + gain == pytest.approx(-18.0, abs=0.01)
