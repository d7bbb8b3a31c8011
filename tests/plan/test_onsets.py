"""Onsets in levels that are known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from auralis_lab.plan.onsets import find_onsets, onset_crest_db
from tests.plan.conftest import drums

Levels = npt.NDArray[np.float32]


def beat(seconds: float = 10.0, *, beats_hz: float = 2.0, drop_db: float = 18.0) -> Levels:
    levels: Levels = drums(1, seconds, beats_hz=beats_hz, drop_db=drop_db)[0].astype(np.float32)
    return levels


@pytest.mark.parametrize("beats_hz", [1.0, 2.0, 5.0])
def test_every_beat_but_the_first_is_found_where_it_begins(beats_hz: float) -> None:
    onsets, rises = find_onsets(beat(beats_hz=beats_hz), -25.0)
    wanted = np.arange(1, round(10 * beats_hz)) * 100 / beats_hz
    assert len(onsets) == len(wanted)
    assert np.abs(onsets - wanted).max() <= 1
    assert (rises > 15).all()


def test_a_swell_of_three_decibels_is_no_onset() -> None:
    assert len(find_onsets(beat(drop_db=3.0), -25.0)[0]) == 0


def test_what_stays_twenty_decibels_below_the_loud_level_is_no_onset() -> None:
    assert len(find_onsets(beat(), 1.0)[0]) == 0


def test_two_onsets_closer_than_80_ms_count_as_one() -> None:
    levels = np.full(200, -60.0, np.float32)
    levels[100:103], levels[104:110] = -20.0, -10.0
    assert len(find_onsets(levels, -20.0)[0]) == 1


@pytest.mark.parametrize("points", range(5))
def test_a_handful_of_points_has_no_onset(points: int) -> None:
    onsets, rises = find_onsets(np.zeros(points, np.float32), 0.0)
    assert len(onsets) == len(rises) == 0


def test_the_crest_of_onsets_is_their_first_30_ms_over_what_follows() -> None:
    levels = np.full(100, -30.0, np.float32)
    levels[50:53] = -21.0
    assert onset_crest_db(levels, np.array([50])) == pytest.approx(9.0)
    assert onset_crest_db(levels, np.array([71])) is None  # less than 300 ms after it
    assert onset_crest_db(levels, np.zeros(0, np.intp)) is None
