"""Independent chunks and how they are joined."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.audio import Audio
from auralis_lab.dsp.fades import crossfade
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import ArraySource
from auralis_lab.render.chunks import JOINS, ChunkedRenderer, Join
from auralis_lab.render.grid import ChunkGrid

GRID = ChunkGrid(total_frames=70_001, chunk_frames=15_000, interval_frames=10_000)


def normalised(audio: Audio, rate_hz: int) -> Audio:
    """Bring each chunk to the same peak: what a chunk does not know of its neighbours."""
    return audio / np.float32(max(float(np.abs(audio).max()), 1e-9))


@pytest.mark.parametrize("join", ["cut", "equal_gain"])
def test_a_function_that_changes_nothing_leaves_the_track_as_it_was(
    join: Join, source: ArraySource, music: Audio
) -> None:
    chunked = ChunkedRenderer(source, GRID, lambda audio, rate_hz: audio, join=join)
    np.testing.assert_allclose(chunked.read(0, 70_001), music, atol=1e-6)


@pytest.mark.parametrize("join", JOINS)
def test_the_joined_track_is_what_the_definition_says(
    join: Join, source: ArraySource, music: Audio
) -> None:
    expected = np.zeros_like(music)
    for chunk in GRID:
        processed = normalised(music[:, chunk.read.start : chunk.read.stop], 44_100)
        expected[:, chunk.emit.start : chunk.emit.stop] = processed[:, : chunk.emit.frames]
        if join != "cut" and chunk.index:
            before = GRID[chunk.index - 1]
            assert before.fade is not None
            tail = normalised(music[:, before.read.start : before.read.stop], 44_100)[:, 10_000:]
            faded = crossfade(tail, processed[:, : tail.shape[1]], curve=join)
            expected[:, before.fade.start : before.fade.stop] = faded
    chunked = ChunkedRenderer(source, GRID, normalised, join=join)
    np.testing.assert_array_equal(chunked.read(0, 70_001), expected)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_partition_joins_to_the_whole(data: st.DataObject, music: Audio) -> None:
    source = ArraySource(music, 44_100)
    chunked = ChunkedRenderer(source, GRID, normalised, join="equal_power")
    whole = chunked.read(0, 70_001)
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, 70_001), max_size=6))), 70_001]
    parts = [chunked.read(a, b - a) for a, b in pairwise(cuts)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)


def test_reading_in_order_processes_each_chunk_once(source: ArraySource) -> None:
    calls = []

    def counted(audio: Audio, rate_hz: int) -> Audio:
        calls.append(audio.shape[1])
        return audio

    chunked = ChunkedRenderer(source, GRID, counted, join="equal_gain")
    for start in range(0, 70_001, 3000):
        chunked.read(start, 3000)
    assert len(calls) == len(GRID)


def test_the_function_gets_a_copy_it_may_write_to(source: ArraySource, music: Audio) -> None:
    def spoil(audio: Audio, rate_hz: int) -> Audio:
        audio *= 0
        return audio

    ChunkedRenderer(source, GRID, spoil, join="cut").read(0, 70_001)
    np.testing.assert_array_equal(source.read(0, 70_001), music)


def test_a_read_beyond_the_end_is_empty(source: ArraySource) -> None:
    chunked = ChunkedRenderer(source, GRID, normalised, join="cut")
    assert chunked.read(70_001, 10).shape == (2, 0)
    assert chunked.read(69_996, 10).shape == (2, 5)


def test_a_function_that_changes_the_length_is_refused(source: ArraySource) -> None:
    chunked = ChunkedRenderer(source, GRID, lambda audio, rate_hz: audio[:, 1:], join="cut")
    with pytest.raises(ParameterError, match="keep channels and frames"):
        chunked.read(0, 10)


def test_a_crossfade_without_overlap_is_refused(source: ArraySource) -> None:
    with pytest.raises(ParameterError, match="overlap"):
        ChunkedRenderer(source, ChunkGrid(100, 10, 10), normalised, join="equal_gain")


def test_an_unknown_join_is_refused(source: ArraySource) -> None:
    with pytest.raises(ParameterError, match="'cut', 'equal_power' or 'equal_gain'"):
        ChunkedRenderer(source, GRID, normalised, join="linear")  # type: ignore[arg-type]
