"""Enhanced tracks for listening, over the cache of rendered blocks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.plan.model import EqCurve, LimiterSettings, Plan, Prediction
from auralis_lab.render.cache import BLOCK_FRAMES, BlockCache, shared_cache
from auralis_lab.render.renderer import render
from auralis_lab.stream.enhanced import EnhancedStream
from auralis_lab.stream.programme import Opened, PlainStream, Sound
from auralis_lab.stream.protocol import Lane
from tests.stream.listener import ArrayStream, Listener

FRAMES = 2 * BLOCK_FRAMES + 5_000
PLAN = Plan(
    preset="warm",
    intensity=1.0,
    eq=EqCurve((100.0, 1000.0), (3.0, 0.0)),
    gain_db=6.0,
    limiter=LimiterSettings(),
    target_lufs=-14.0,
    predicted=Prediction(-14.0, -1.1, 0.5),
    decisions=(),
)


@pytest.fixture(scope="module")
def music() -> Audio:
    noise = np.random.default_rng(440).standard_normal((2, FRAMES))
    return (0.3 * noise).astype(np.float32)


@pytest.fixture(scope="module")
def expected(music: Audio) -> Audio:
    return render(ArrayStream(music), PLAN)


class Shelf:
    """Opens one enhanced track, or its original, as often as it is asked for."""

    def __init__(self, music: Audio, cache: BlockCache) -> None:
        self.music, self.cache = music, cache
        self.sources: list[ArrayStream] = []

    def open(
        self, entry: str, track_id: int, sound: Sound, *, compare: bool, levelling: str
    ) -> Opened:
        source = ArrayStream(self.music)
        self.sources.append(source)
        plan = replace(PLAN, intensity=sound.intensity)
        stream = EnhancedStream(source, plan, FRAMES, audio_key="f-1", cache=self.cache)
        return PlainStream(stream, Lane(name="enhanced"))

    def following(self, entry: str) -> None:
        return None

    def broke_off(self, track_id: int, at_s: float) -> None:
        raise AssertionError(f"track {track_id} breaks off after {at_s} s")


def test_a_seek_back_and_a_second_visitor_hear_what_was_rendered_before(
    music: Audio, expected: Audio, tmp_path: Path
) -> None:
    shelf = Shelf(music, BlockCache(tmp_path))
    listener = Listener(shelf)
    with listener.session:
        for start_frame in (0, 12_345, BLOCK_FRAMES):
            epoch = listener.play(start_frame=start_frame)
            assert listener.listen_to_end(epoch).reason == "completed"
            np.testing.assert_array_equal(listener.heard(epoch), expected[:, start_frame:])
    assert shelf.cache.stats.misses == 3
    other = Shelf(music, BlockCache(tmp_path))
    visitor = Listener(other)
    with visitor.session:
        epoch = visitor.play()
        visitor.listen_to_end(epoch)
        np.testing.assert_array_equal(visitor.heard(epoch), expected)
    assert (other.cache.stats.misses, other.cache.stats.hits_disk) == (0, 3)
    assert all(source.closed.is_set() for source in (*shelf.sources, *other.sources))


def test_a_plan_that_changes_nothing_gives_the_source_and_fills_no_cache(
    music: Audio, tmp_path: Path
) -> None:
    cache = BlockCache(tmp_path)
    plan = replace(PLAN, intensity=0.0)
    stream = EnhancedStream(ArrayStream(music), plan, FRAMES, audio_key="f-1", cache=cache)
    np.testing.assert_array_equal(stream.read(100, 5_000), music[:, 100:5_100])
    assert cache.stats.memory_blocks == cache.stats.misses == 0


def test_without_a_cache_of_its_own_a_stream_uses_the_process_s(
    music: Audio, expected: Audio
) -> None:
    stream = EnhancedStream(ArrayStream(music), PLAN, FRAMES, audio_key="f-1")
    np.testing.assert_array_equal(stream.read(0, 1_000), expected[:, :1_000])
    assert shared_cache().stats.misses == 1
    assert list(shared_cache().folder.glob("*.block"))
