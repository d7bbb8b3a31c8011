"""Two lanes from one pass, and the gains that bring lanes to one loudness."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.audio import Audio
from auralis_lab.plan.model import EqCurve, LimiterSettings, Plan, Prediction
from auralis_lab.render.cache import BlockCache
from auralis_lab.render.renderer import render
from auralis_lab.stream.enhanced import EnhancedStream
from auralis_lab.stream.lanes import (
    KEPT_FRAMES,
    LEVEL_LUFS,
    LanedStream,
    Level,
    SharedPass,
    album_level,
    levelled_lanes,
)
from auralis_lab.stream.protocol import Lane, LaneName, Levelling
from tests.stream.listener import ArrayStream, ramp
from tests.thorough import tries

PLAN = Plan(
    preset="warm",
    intensity=1.0,
    eq=EqCurve((100.0, 1000.0), (3.0, 0.0)),
    gain_db=3.0,
    limiter=LimiterSettings(),
    target_lufs=-14.0,
    predicted=Prediction(-14.0, -1.1, 0.5),
    decisions=(),
)
LANES = (Lane(name="original"), Lane(name="enhanced"))


class Counting(ArrayStream):
    """Counts the frames that are read from it."""

    frames_read = 0

    def read(self, start_frame: int, frames: int) -> Audio:
        block = super().read(start_frame, frames)
        self.frames_read += block.shape[1]
        return block


def pair(source: ArrayStream, cache: BlockCache) -> LanedStream:
    shared = SharedPass(source)
    enhanced = EnhancedStream(shared, PLAN, None, audio_key="f-1", cache=cache)
    return LanedStream([shared, enhanced], LANES)


@pytest.fixture(scope="module")
def music() -> Audio:
    made = np.random.default_rng(440).standard_normal((2, 300_000))
    return (0.2 * made).astype(np.float32)


def test_two_lanes_are_the_original_and_the_offline_render(
    music: Audio, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = Counting(music)
    stream = pair(source, BlockCache(tmp_path_factory.mktemp("blocks")))
    assert (stream.channels, stream.total_frames) == (2, 300_000)
    expected = np.concatenate([music, render(ArrayStream(music), PLAN)])
    got = [stream.read(at, 20_000) for at in range(0, 300_000, 20_000)]
    np.testing.assert_array_equal(np.concatenate(got, axis=1), expected)
    stream.close()
    assert source.closed.is_set()


def test_two_lanes_cost_one_pass_over_the_source(
    music: Audio, tmp_path_factory: pytest.TempPathFactory
) -> None:
    source = Counting(music)
    stream = pair(source, BlockCache(tmp_path_factory.mktemp("blocks")))
    for at in range(0, 300_000, 16_384):
        stream.read(at, 16_384)
    assert source.frames_read == 300_000
    stream.close()


@given(st.lists(st.tuples(st.integers(0, 40_000), st.integers(0, 9_000)), max_size=40))
@settings(max_examples=tries(40))
def test_a_shared_pass_gives_what_the_source_does_in_any_order(
    reads: list[tuple[int, int]],
) -> None:
    audio = ramp(40_000)
    shared = SharedPass(ArrayStream(audio))
    for start, frames in reads:
        np.testing.assert_array_equal(shared.read(start, frames), audio[:, start : start + frames])


def test_a_shared_pass_keeps_a_bounded_part_and_still_reads_all() -> None:
    audio = ramp(3 * KEPT_FRAMES, channels=1)
    shared = SharedPass(ArrayStream(audio))
    for at in range(0, audio.shape[1], 50_000):
        np.testing.assert_array_equal(shared.read(at, 50_000), audio[:, at : at + 50_000])
        back = max(0, at - 60_000)
        np.testing.assert_array_equal(shared.read(back, 70_000), audio[:, back : back + 70_000])
    np.testing.assert_array_equal(
        shared.read(9, 2 * KEPT_FRAMES), audio[:, 9 : 9 + 2 * KEPT_FRAMES]
    )
    assert shared._kept.nbytes == 4 * KEPT_FRAMES


def gains(
    levels: dict[LaneName, Level], levelling: Levelling = "off", album: Level | None = None
) -> list[float]:
    return [lane.gain_db for lane in levelled_lanes(levels, levelling=levelling, album=album)]


def test_the_louder_of_two_lanes_comes_down_to_the_other() -> None:
    assert gains({"original": Level(-20.0, -5.0), "enhanced": Level(-14.0, -1.0)}) == [0.0, -6.0]
    assert gains({"original": Level(-8.0, 1.0), "enhanced": Level(-14.0, -1.0)}) == [-6.0, 0.0]


def test_a_single_lane_is_left_alone_without_levelling() -> None:
    assert gains({"original": Level(-8.0, 0.0)}) == [0.0]


def test_levelling_by_track_brings_every_track_to_one_loudness() -> None:
    assert gains({"original": Level(-8.0, 0.5)}, "track") == [LEVEL_LUFS + 8.0]
    assert gains({"original": Level(-23.0, -9.0)}, "track") == [LEVEL_LUFS + 23.0]


def test_levelling_lifts_no_peak_over_full_scale() -> None:
    assert gains({"original": Level(-30.0, -4.0)}, "track") == [4.0]
    assert gains({"original": Level(-30.0, None)}, "track") == [0.0]
    assert gains({"original": Level(-30.0, 2.0)}, "track") == [0.0]


def test_levelling_by_album_keeps_the_distances_between_its_tracks() -> None:
    album = Level(-12.0, -0.5)
    quiet, loud = Level(-20.0, -6.0), Level(-9.0, -0.5)
    assert gains({"original": quiet}, "album", album) == [-6.0]
    assert gains({"original": loud}, "album", album) == [-6.0]
    held = Level(-22.0, -1.0)
    assert gains({"original": quiet}, "album", held) == [1.0]
    assert gains({"original": quiet}, "album", None) == [2.0]


lane_levels = st.builds(Level, st.none() | st.floats(-60, 0), st.none() | st.floats(-20, 6))


@given(
    st.dictionaries(st.sampled_from(["original", "enhanced"]), lane_levels, min_size=1),
    st.sampled_from(["off", "track", "album"]),
    st.none() | lane_levels,
)
def test_lanes_come_to_one_loudness_and_none_is_lifted_over_full_scale(
    levels: dict[LaneName, Level], levelling: Levelling, album: Level | None
) -> None:
    lanes = levelled_lanes(levels, levelling=levelling, album=album)
    assert [lane.name for lane in lanes] == list(levels)
    known = [level.loudness_lufs is not None for level in levels.values()]
    if not all(known):
        assert {lane.gain_db for lane in lanes} == {0.0}
        return
    heard = [lane.loudness_lufs + lane.gain_db for lane in lanes if lane.loudness_lufs is not None]
    if len(heard) == 2:
        assert heard[0] == pytest.approx(heard[1], abs=0.002)
    for lane, level in zip(lanes, levels.values(), strict=True):
        peak = level.true_peak_dbtp
        room_db = 0.0 if peak is None else max(0.0, -peak)
        assert lane.gain_db <= room_db + 0.001


def test_an_album_is_as_loud_as_its_tracks_in_a_row() -> None:
    tracks = [(Level(-10.0, -1.0), 60.0), (Level(-20.0, -3.0), 60.0), (Level(None, None), 500.0)]
    album = album_level(tracks)
    assert album is not None
    assert album.loudness_lufs == pytest.approx(10 * math.log10((0.1 + 0.01) / 2))
    assert album.true_peak_dbtp == -1.0
    assert album_level([(Level(None, None), 10.0)]) is None
    assert album_level([]) is None
