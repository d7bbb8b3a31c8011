"""Chains with black boxes, and how good their joins are."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from auralis_lab.audio import Audio, Readable
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import ArraySource
from auralis_lab.plan.model import Plan
from auralis_lab.render.chains import Stage, chain, chain_seams
from auralis_lab.render.chunks import BlackBox, ChunkedRenderer, Join, black_box
from auralis_lab.render.grid import ChunkGrid
from auralis_lab.render.renderer import Insert, Renderer

RATE = 22_050
SECONDS = 24
FRAMES = SECONDS * RATE
GRID = ChunkGrid(FRAMES, 6 * RATE, 4 * RATE)


@pytest.fixture(scope="module")
def steady() -> ArraySource:
    """Noise whose level stays the same."""
    rng = np.random.default_rng(440)
    return ArraySource((0.1 * rng.standard_normal((2, FRAMES))).astype(np.float32), RATE)


def own_noise(audio: Audio) -> np.random.Generator:
    """Chance that is the same for the same chunk, and another for the next."""
    return np.random.default_rng(zlib.crc32(audio.tobytes()))


def identity(audio: Audio, rate_hz: int) -> Audio:
    return audio


def random_gain(audio: Audio, rate_hz: int) -> Audio:
    gain_db = own_noise(audio).uniform(-18, 18)
    made: Audio = (audio * 10 ** (gain_db / 20)).astype(np.float32)
    return made


def replaced(audio: Audio, rate_hz: int) -> Audio:
    """As loud, and nothing else alike."""
    return (0.1 * own_noise(audio).standard_normal(audio.shape)).astype(np.float32)


def box(function: Callable[[Audio, int], Audio], join: Join = "matched") -> BlackBox:
    return black_box(function, chunk_s=6.0, interval_s=4.0, context_s=0.25, join=join)


@pytest.mark.parametrize("join", ["cut", "equal_gain", "matched"])
def test_a_box_that_changes_nothing_has_no_seam(join: Join, steady: ArraySource) -> None:
    report = chain_seams(steady, None, [box(identity, join)])
    assert len(report.joins) == 5
    assert report.count("clean") == 5
    for measured in report.joins:
        assert measured.join is not None
        assert measured.join.level_db == 0.0
        assert measured.ranks["loudness_step_lu"] < 1.0


@pytest.mark.parametrize("join", ["cut", "equal_gain", "equal_power", "matched"])
def test_a_box_with_a_gain_of_its_own_for_every_chunk_has_seams_that_rank_high(
    join: Join, steady: ArraySource
) -> None:
    report = chain_seams(steady, None, [box(random_gain, join)])
    apart = [
        measured
        for measured in report.joins
        if measured.join is not None and abs(measured.join.level_db or 0.0) > 3
    ]
    assert len(apart) >= 3
    for measured in apart:
        assert measured.verdict == "audible"
        assert measured.rank == 1.0
    assert "audible, rank 1.000" in str(report)


@pytest.mark.parametrize("function", [identity, replaced], ids=["correlated", "uncorrelated"])
def test_a_matched_join_keeps_the_level(
    function: Callable[[Audio, int], Audio], steady: ArraySource
) -> None:
    chunked = ChunkedRenderer(steady, GRID, function, join="matched")
    made = chunked.read(0, FRAMES).astype(np.float64)
    powers = (made.reshape(2, -1, RATE // 5) ** 2).mean(axis=(0, 2))
    levels_db = 10 * np.log10(powers / 0.01)
    assert np.abs(levels_db).max() < 0.5
    other: Join = "equal_power" if function is identity else "equal_gain"
    wrong = ChunkedRenderer(steady, GRID, function, join=other).read(0, FRAMES)
    powers = (wrong.astype(np.float64).reshape(2, -1, RATE // 5) ** 2).mean(axis=(0, 2))
    assert np.abs(10 * np.log10(powers / 0.01)).max() > 2.0


def test_boxes_behind_one_another_and_around_a_plan_all_list_their_joins(
    steady: ArraySource, plan_factory: Callable[..., Plan]
) -> None:
    plan = plan_factory()
    stages: list[Stage] = [Insert(box(identity), at="first"), box(random_gain, "cut")]
    report = chain_seams(steady, plan, stages, name="two boxes")
    assert report.name == "two boxes"
    frames = [measured.frame for measured in report.joins]
    assert frames == sorted(2 * list(GRID.boundaries))
    laws = {measured.join.law for measured in report.joins if measured.join is not None}
    assert laws == {"matched", "cut"}
    assert report.count("audible") >= 3


def test_a_chain_is_the_renderer_with_its_inserts(
    steady: ArraySource, plan_factory: Callable[..., Plan]
) -> None:
    plan = plan_factory()
    made = chain(steady, plan, [box(random_gain)]).read(3 * RATE, 2 * RATE)
    by_hand = Renderer(steady, plan, inserts=[Insert(box(random_gain))]).read(3 * RATE, 2 * RATE)
    np.testing.assert_array_equal(made, by_hand)
    alone = chain(steady, None, [box(random_gain)]).read(3 * RATE, 2 * RATE)
    np.testing.assert_array_equal(alone, box(random_gain)(steady).read(3 * RATE, 2 * RATE))
    assert chain(steady, None) is steady


def test_stages_without_joins_and_plans_that_bypass_have_none(
    steady: ArraySource, plan_factory: Callable[..., Plan]
) -> None:
    def through(before: Readable) -> Readable:
        return before

    assert chain_seams(steady, None, [through]).joins == ()
    assert chain_seams(steady, plan_factory(intensity=0.0), [box(random_gain)]).joins == ()


def test_a_stage_of_another_rate_is_refused(steady: ArraySource) -> None:
    other = ArraySource(np.zeros((2, 100), np.float32), 8_000)
    with pytest.raises(ParameterError, match="8000 Hz"):
        chain(steady, None, [lambda before: other])


@pytest.mark.parametrize(
    "stage",
    [
        5,
        None,
        lambda audio, rate_hz: audio,
        Insert(lambda audio, rate_hz: audio),  # type: ignore[misc, arg-type]
        Insert(lambda before: None),  # type: ignore[arg-type, return-value]
        Insert("loud"),  # type: ignore[arg-type]
    ],
)
def test_what_can_be_no_stage_is_refused_with_what_to_do(stage: Any, steady: ArraySource) -> None:
    with pytest.raises(ParameterError, match="black_box"):
        chain(steady, None, [stage])


def test_a_box_needs_a_function() -> None:
    with pytest.raises(ParameterError, match="must be callable"):
        black_box(5)  # type: ignore[arg-type]
