"""Chunk geometry."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.errors import ParameterError
from auralis_lab.render.grid import ChunkGrid, Span


@st.composite
def grids(draw: st.DrawFn) -> ChunkGrid:
    interval = draw(st.integers(1, 500))
    chunk = draw(st.integers(interval, 2 * interval))
    return ChunkGrid(draw(st.integers(0, 5000)), chunk, interval)


@given(grid=grids())
def test_emit_ranges_tile_the_track(grid: ChunkGrid) -> None:
    at = 0
    for chunk in grid:
        assert chunk.emit.start == at
        assert chunk.emit.frames > 0
        at = chunk.emit.stop
    assert at == grid.total_frames


@given(grid=grids())
def test_a_chunk_reads_all_it_emits_and_nothing_beyond_the_track(grid: ChunkGrid) -> None:
    for chunk in grid:
        assert chunk.read.start <= chunk.emit.start
        assert chunk.emit.stop <= chunk.read.stop <= grid.total_frames
        assert chunk.read.frames <= grid.chunk_frames


@given(grid=grids())
def test_a_fade_is_read_by_both_neighbours(grid: ChunkGrid) -> None:
    chunks = grid.chunks
    for chunk, after in pairwise(chunks):
        if grid.overlap_frames == 0:
            assert chunk.fade is None
            continue
        assert chunk.fade is not None
        assert chunk.fade == Span(after.read.start, chunk.read.stop)
        assert chunk.fade.frames == grid.overlap_frames
        assert after.read.stop >= chunk.fade.stop
    if chunks:
        assert chunks[-1].fade is None


@given(grid=grids())
def test_no_chunk_lies_wholly_within_the_one_before(grid: ChunkGrid) -> None:
    stops = [chunk.read.stop for chunk in grid]
    assert stops == sorted(set(stops))


def test_the_default_is_fifteen_seconds_every_ten() -> None:
    grid = ChunkGrid.for_rate(44_100 * 36, 44_100)
    seconds = [(c.read.start // 44_100, c.read.stop // 44_100) for c in grid]
    assert seconds == [(0, 15), (10, 25), (20, 35), (30, 36)]
    assert grid.boundaries == (441_000, 882_000, 1_323_000)


def test_an_empty_track_has_no_chunks() -> None:
    assert ChunkGrid(0, 15, 10).chunks == ()


def test_a_track_shorter_than_a_chunk_is_one_chunk() -> None:
    (only,) = ChunkGrid(7, 15, 10)
    assert (only.read, only.emit, only.fade) == (Span(0, 7), Span(0, 7), None)


@pytest.mark.parametrize(
    ("total", "chunk", "interval"), [(-1, 15, 10), (10, 15, 0), (10, 9, 10), (10, 21, 10)]
)
def test_impossible_grids_are_refused(total: int, chunk: int, interval: int) -> None:
    with pytest.raises(ParameterError):
        ChunkGrid(total, chunk, interval)


def test_a_reversed_span_is_refused() -> None:
    with pytest.raises(ParameterError):
        Span(5, 4)


def test_an_index_outside_the_grid_is_an_index_error() -> None:
    with pytest.raises(IndexError):
        ChunkGrid(10, 15, 10)[1]


def test_the_repr_of_a_grid_is_a_line() -> None:
    shown = repr(ChunkGrid(23_000, 15_000, 10_000))
    assert shown == "<ChunkGrid: 2 chunks of 15,000 frames every 10,000, over 23,000>"
    assert repr(ChunkGrid(7, 15, 10)).startswith("<ChunkGrid: 1 chunk of 15 frames")
