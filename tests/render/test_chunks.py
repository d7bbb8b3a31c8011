"""Independent chunks and how they are joined."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.audio import Audio
from auralis_lab.dsp.fades import crossfade
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import ArraySource
from auralis_lab.plan.model import Plan
from auralis_lab.render.chunks import JOINS, ChunkedRenderer, ChunkError, Join, black_box
from auralis_lab.render.grid import ChunkGrid
from auralis_lab.render.renderer import Insert, Renderer
from auralis_lab.render.seams import seam_report
from tests.thorough import tries

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


@settings(max_examples=tries(25))
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
    with pytest.raises(ChunkError, match="keep channels and frames"):
        chunked.read(0, 10)


def test_a_crossfade_without_overlap_is_refused(source: ArraySource) -> None:
    with pytest.raises(ParameterError, match="overlap"):
        ChunkedRenderer(source, ChunkGrid(100, 10, 10), normalised, join="equal_gain")


def test_an_unknown_join_is_refused(source: ArraySource) -> None:
    with pytest.raises(ParameterError, match="'cut', 'equal_power', 'equal_gain' or 'matched'"):
        ChunkedRenderer(source, GRID, normalised, join="linear")  # type: ignore[arg-type]


@settings(max_examples=tries(15))
@given(data=st.data())
def test_chunks_do_not_depend_on_the_order_in_which_they_are_read(
    data: st.DataObject, music: Audio
) -> None:
    def make() -> ChunkedRenderer:
        source = ArraySource(music, 44_100)
        return ChunkedRenderer(source, GRID, normalised, join="matched", context_frames=700)

    whole = make().read(0, 70_001)
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, 70_001), max_size=6))), 70_001]
    chunked = make()
    for start, stop in data.draw(st.permutations(list(pairwise(cuts)))):
        part = chunked.read(start, stop - start)
        assert part.tobytes() == np.ascontiguousarray(whole[:, start:stop]).tobytes()


def moving_mean(audio: Audio, rate_hz: int) -> Audio:
    """Mean of the 301 samples around each, zeros outside: a memory of 150 frames each way."""
    padded = np.pad(audio.astype(np.float64), ((0, 0), (151, 150))).cumsum(axis=1)
    made: Audio = ((padded[:, 301:] - padded[:, :-301]) / 301).astype(np.float32)
    return made


@pytest.mark.parametrize("join", JOINS)
def test_context_as_long_as_the_function_s_memory_leaves_no_seam(
    join: Join, source: ArraySource, music: Audio
) -> None:
    expected = moving_mean(music, 44_100)
    settled = ChunkedRenderer(source, GRID, moving_mean, join=join, context_frames=150)
    short = ChunkedRenderer(source, GRID, moving_mean, join=join, context_frames=20)
    if join != "equal_power":  # which swells where both sides are the same
        np.testing.assert_allclose(settled.read(0, 70_001), expected, atol=2e-6)
    if join == "cut":  # a fade hides most of it
        assert np.abs(short.read(0, 70_001) - expected).max() > 1e-3


def test_the_function_hears_the_context_that_there_is(source: ArraySource, music: Audio) -> None:
    heard: list[Audio] = []

    def listen(audio: Audio, rate_hz: int) -> Audio:
        heard.append(audio.copy())
        return audio

    ChunkedRenderer(source, GRID, listen, join="cut", context_frames=2_000).read(0, 70_001)
    assert len(heard) == len(GRID)
    for chunk, audio in zip(GRID, heard, strict=True):
        window = music[:, max(0, chunk.read.start - 2_000) : chunk.read.stop + 2_000]
        np.testing.assert_array_equal(audio, window)


def test_a_function_that_uses_its_memory_again_spoils_no_chunk(source: ArraySource) -> None:
    memory = np.zeros((2, 15_000), np.float32)

    def lazy(audio: Audio, rate_hz: int) -> Audio:
        out = memory[:, : audio.shape[1]]
        out[:] = normalised(audio, rate_hz)
        return out

    expected = ChunkedRenderer(source, GRID, normalised, join="matched").read(0, 70_001)
    read = ChunkedRenderer(source, GRID, lazy, join="matched").read(0, 70_001)
    np.testing.assert_array_equal(read, expected)


def test_reading_over_a_boundary_again_and_again_processes_nothing_twice(
    source: ArraySource,
) -> None:
    calls = []

    def counted(audio: Audio, rate_hz: int) -> Audio:
        calls.append(audio.shape[1])
        return audio

    chunked = ChunkedRenderer(source, GRID, counted, join="matched")
    for start in range(0, 70_001, 1000):  # as a limiter reads: each time from a little before
        chunked.read(max(0, start - 400), 1800)
    assert len(calls) == len(GRID)


@pytest.mark.parametrize("r", [1.0, 0.6, 0.0, -0.3, -1.0])
def test_a_join_records_law_correlation_level_and_weights(r: float) -> None:
    rng = np.random.default_rng(440)
    x, y = rng.standard_normal((2, 1, 40_000)).astype(np.float32)
    versions = [x, (r * x + np.sqrt(1 - r * r) * y).astype(np.float32) * np.float32(0.5)]
    grid = ChunkGrid(40_000, 25_000, 15_000)
    made = iter(versions)

    def next_version(audio: Audio, rate_hz: int) -> Audio:
        start = 0 if audio.shape[1] == 25_000 and not seen else 15_000
        seen.append(start)
        version: Audio = next(made)[:, start : start + audio.shape[1]]
        return version

    seen: list[int] = []
    chunked = ChunkedRenderer(ArraySource(x, 44_100), grid, next_version, join="matched")
    (join,) = chunked.joins
    assert (join.frame, join.fade_frames, join.law) == (15_000, 10_000, "matched")
    assert join.correlation == pytest.approx(r, abs=0.03)
    assert join.level_db == pytest.approx(-6.02, abs=0.2)
    a, b = join.weights
    assert a == pytest.approx(b)
    limited = max(join.correlation or 0.0, -0.5)
    assert 2 * a * a * (1 + limited) == pytest.approx(1.0)
    assert f"matched, correlation {join.correlation:.3f}, weights {a:.3f} and {b:.3f}" in str(join)


def test_joins_are_the_same_whether_asked_for_before_or_after_reading(source: ArraySource) -> None:
    before = ChunkedRenderer(source, GRID, normalised, join="matched")
    after = ChunkedRenderer(source, GRID, normalised, join="matched")
    after.read(0, 70_001)
    assert before.joins == after.joins
    assert [join.frame for join in after.joins] == list(GRID.boundaries)


def test_a_grid_without_overlap_lists_its_cuts(source: ArraySource) -> None:
    grid = ChunkGrid(70_001, 20_000, 20_000)
    joins = ChunkedRenderer(source, grid, normalised, join="cut").joins
    assert [(join.frame, join.correlation, join.weights) for join in joins] == [
        (frame, None, (0.0, 1.0)) for frame in (20_000, 40_000, 60_000)
    ]


def failing(audio: Audio, rate_hz: int) -> Audio:
    raise KeyError("no such thing")


WRONG: dict[str, tuple[Callable[[Audio, int], Any], str]] = {
    "raises": (failing, "raised KeyError: 'no such thing'"),
    "nothing": (lambda audio, rate_hz: None, "returned NoneType"),
    "shorter": (lambda audio, rate_hz: audio[:, 1:], "keep channels and frames"),
    "mono": (lambda audio, rate_hz: audio[0], "keep channels and frames"),
    "integers": (lambda audio, rate_hz: audio.astype(np.int16), "returned int16"),
    "complex": (lambda audio, rate_hz: audio.astype(np.complex64), "returned complex64"),
    "NaN": (lambda audio, rate_hz: audio * np.float32(np.nan), "not finite"),
    "infinite": (lambda audio, rate_hz: audio + np.float32(np.inf), "not finite"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_function_that_does_wrong_is_named_with_its_chunk(
    wrong: str, source: ArraySource
) -> None:
    function, reason = WRONG[wrong]

    def late(audio: Audio, rate_hz: int) -> Any:
        return audio if len(calls) < 2 else function(audio, rate_hz)

    calls: list[int] = []

    def counted(audio: Audio, rate_hz: int) -> Audio:
        made: Audio = late(audio, rate_hz)
        calls.append(1)
        return made

    chunked = ChunkedRenderer(source, GRID, counted, join="matched")
    chunked.read(0, 10_000)
    with pytest.raises(ChunkError) as caught:
        chunked.read(0, 70_001)
    assert str(caught.value).startswith("chunk 2 (0.454 to 0.794 s): the function")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (caught.value.index, caught.value.start_s) == (2, 20_000 / 44_100)
    if wrong == "raises":
        assert isinstance(caught.value.__cause__, KeyError)


def test_a_source_shorter_than_it_said_is_named_not_padded(music: Audio) -> None:
    source = ArraySource(music[:, :30_000], 44_100)
    chunked = ChunkedRenderer(source, GRID, normalised, join="matched")
    with pytest.raises(ChunkError, match=r"chunk 2 .*ends after 30000 frames"):
        chunked.read(0, 70_001)


def test_a_black_box_is_a_stage_of_the_chain(
    source: ArraySource, music: Audio, plan_factory: Callable[..., Plan]
) -> None:
    stage = black_box(normalised, chunk_s=0.3, interval_s=0.2, context_s=0.05)
    by_hand = ChunkedRenderer(
        source, ChunkGrid(70_001, 13_230, 8_820), normalised, join="matched", context_frames=2_205
    )
    np.testing.assert_array_equal(stage(source).read(0, 70_001), by_hand.read(0, 70_001))
    expected = Renderer(by_hand, plan_factory()).read(0, 70_001)
    renderer = Renderer(source, plan_factory(), inserts=[Insert(stage, at="first")])
    parts = [renderer.read(at, 9_000) for at in range(0, 70_001, 9_000)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), expected)


def test_a_black_box_before_the_limiter_stays_under_the_ceiling(
    source: ArraySource, plan_factory: Callable[..., Plan]
) -> None:
    louder = black_box(lambda audio, rate_hz: 8 * audio, chunk_s=0.3, interval_s=0.2)
    renderer = Renderer(source, plan_factory(), inserts=[Insert(louder)])
    assert np.abs(renderer.read(0, 70_001)).max() <= 10 ** (-1 / 20)


def test_the_joins_of_a_black_box_go_into_a_seam_report(source: ArraySource) -> None:
    stage = black_box(normalised, chunk_s=0.5, interval_s=0.4, context_s=0.0, join="matched")
    chunked = stage(source)
    report = seam_report(chunked, chunked.joins, name="normalised")
    assert [measured.frame for measured in report.joins] == [17_640, 35_280, 52_920]
    assert [measured.join for measured in report.joins] == list(chunked.joins)
    assert "matched, correlation 1.000" in str(report)


@pytest.mark.parametrize(
    "options",
    [
        {"join": "linear"},
        {"chunk_s": -1.0},
        {"interval_s": float("nan")},
        {"context_s": float("inf")},
        {"context_s": -0.1},
        {"chunk_s": 5.0, "interval_s": 10.0},
        {"chunk_s": 30.0, "interval_s": 10.0},
    ],
)
def test_a_black_box_that_cannot_be_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=next(iter(options))):
        black_box(normalised, **options)


def test_a_negative_context_is_refused(source: ArraySource) -> None:
    with pytest.raises(ParameterError, match="context_frames=-1"):
        ChunkedRenderer(source, GRID, normalised, join="cut", context_frames=-1)


@pytest.mark.parametrize("frames", [0, 1, 2, 100])
def test_a_track_shorter_than_a_chunk_goes_through_a_black_box_whole(frames: int) -> None:
    audio = np.linspace(-1, 1, 2 * frames, dtype=np.float32).reshape(2, frames)
    chunked = black_box(normalised)(ArraySource(audio, 44_100))
    expected = normalised(audio, 44_100) if frames else audio
    np.testing.assert_array_equal(chunked.read(0, 1000), expected)
    assert chunked.joins == ()
