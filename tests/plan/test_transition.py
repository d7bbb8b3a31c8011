from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.errors import ParameterError
from auralis_lab.plan.transition import Transition, decide_transition, longest_overlap

SILENT = -math.inf


def decide(outgoing: list[float], incoming: list[float], correlation: float = 0.0) -> Transition:
    return decide_transition(
        100 * len(outgoing),
        step_frames=100,
        outgoing_db=outgoing,
        incoming_db=incoming,
        correlation=correlation,
    )


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 5_000))
def test_tracks_overlap_for_at_most_half_of_either(
    wanted: int, outgoing: int, incoming: int, least: int
) -> None:
    overlap = longest_overlap(wanted, outgoing, incoming, least_frames=least)
    assert overlap == 0 or max(2, least) <= overlap <= wanted
    assert 2 * overlap <= min(outgoing, incoming)
    if overlap == 0:
        assert min(wanted, outgoing // 2, incoming // 2) < max(2, least)


@pytest.mark.parametrize(
    ("correlation", "law"),
    [
        (1.0, "equal_gain"),
        (0.95, "equal_gain"),
        (0.94, "matched"),
        (0.11, "matched"),
        (0.1, "equal_power"),
        (0.0, "equal_power"),
        (-0.1, "equal_power"),
        (-0.4, "matched"),
        (-1.0, "matched"),
    ],
)
def test_the_law_follows_the_correlation(correlation: float, law: str) -> None:
    made = decide([-20.0] * 8, [-20.0] * 8, correlation)
    assert made.law == law
    assert (made.fade_start, made.fade_frames) == (0, 800)


def test_an_ending_that_has_died_away_is_not_drawn_out() -> None:
    made = decide([-20.0, -30.0, -40.0, -60.0, -80.0, SILENT], [-20.0] * 6)
    assert (made.fade_start, made.fade_frames) == (0, 300)


def test_a_silent_beginning_is_not_faded_in() -> None:
    made = decide([-20.0] * 6, [SILENT, -90.0, -25.0, -20.0, -20.0, -20.0])
    assert (made.fade_start, made.fade_frames) == (200, 400)


def test_a_pause_between_the_sides_is_where_they_change() -> None:
    made = decide([-20.0, SILENT, SILENT, SILENT], [SILENT, SILENT, SILENT, -20.0])
    assert (made.fade_start, made.fade_frames) == (100, 200)


def test_two_silent_sides_fade_over_the_whole_overlap() -> None:
    made = decide([SILENT] * 3, [SILENT] * 3)
    assert (made.fade_start, made.fade_frames, made.level_db) == (0, 300, 0.0)


def test_the_difference_in_level_is_that_of_the_mean_powers() -> None:
    assert decide([-20.0, -20.0], [-26.0, -26.0]).level_db == pytest.approx(-6.0)
    made = decide([-20.0, SILENT], [-20.0, -20.0])
    assert made.level_db == pytest.approx(10 * math.log10(2))


levels = st.floats(-120, 0) | st.just(SILENT)


@given(st.lists(st.tuples(levels, levels), min_size=1, max_size=30), st.integers(1, 100))
def test_the_fade_lies_within_the_overlap_whatever_the_levels(
    sides: list[tuple[float, float]], last_step: int
) -> None:
    frames = max(2, 100 * (len(sides) - 1) + last_step)
    made = decide_transition(
        frames,
        step_frames=100,
        outgoing_db=[a for a, _ in sides],
        incoming_db=[b for _, b in sides],
        correlation=0.3,
    )
    assert made.fade_start >= 0
    assert made.fade_frames >= 2
    assert made.fade_start + made.fade_frames <= frames == made.overlap_frames


def test_it_says_what_was_decided() -> None:
    text = str(decide([-20.0, -20.0], [-23.0, -23.0], 0.5))
    assert text == "matched, correlation 0.50, level -3.0 dB, fade over 200 of 200 frames"


@pytest.mark.parametrize(
    ("frames", "steps", "correlation"),
    [(1, 1, 0.0), (0, 0, 0.0), (200, 3, 0.0), (200, 2, 1.01), (200, 2, float("nan"))],
)
def test_what_was_not_measured_over_the_overlap_is_refused(
    frames: int, steps: int, correlation: float
) -> None:
    with pytest.raises(ParameterError):
        decide_transition(
            frames,
            step_frames=100,
            outgoing_db=[-20.0] * steps,
            incoming_db=[-20.0] * steps,
            correlation=correlation,
        )
