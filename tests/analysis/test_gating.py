"""The bounded stores against lists that keep everything."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.analysis.gating import CrestHistogram, GatedLevels, MaxTrace, power_to_lufs

LEVELS_LUFS = st.lists(st.floats(-100, 30), min_size=1, max_size=300)


def powers(levels_lufs: list[float]) -> np.ndarray:
    return np.asarray(10 ** ((np.array(levels_lufs) + 0.691) / 10))


def mean_lufs(levels: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(10 ** (levels / 10))))


@given(levels=LEVELS_LUFS)
def test_gated_mean_is_that_of_the_whole_list(levels: list[float]) -> None:
    store = GatedLevels()
    store.add(powers(levels))
    kept = np.array([level for level in levels if level > -70.0])
    measured = store.mean_lufs(relative_gate_lu=-10.0)
    if not len(kept):
        assert measured is None
        return
    assert measured is not None
    # The gate may fall on either side of levels that share its bin of 0.01 LU.
    gate = mean_lufs(kept) - 10.0
    answers = [mean_lufs(kept[kept > gate + shift]) for shift in (-0.01, 0.0, 0.01)]
    assert min(answers) - 1e-9 <= measured <= max(answers) + 1e-9


@given(levels=LEVELS_LUFS)
def test_spread_is_that_of_the_sorted_list_to_a_bin(levels: list[float]) -> None:
    store = GatedLevels()
    store.add(powers(levels))
    kept = np.sort([level for level in levels if level > -70.0])
    measured = store.spread_lu(0.10, 0.95, relative_gate_lu=-1000.0)
    if not len(kept):
        assert measured is None
        return
    low, high = (math.floor((len(kept) - 1) * share + 0.5) for share in (0.10, 0.95))
    assert measured == pytest.approx(kept[high] - kept[low], abs=0.011)


def test_means_over_whole_bins_are_exact(rng: np.random.Generator) -> None:
    levels = rng.uniform(-40, -20, 100_000)
    store = GatedLevels()
    for part in np.split(levels, 100):
        store.add(powers(part.tolist()))
    assert store.mean_lufs(-1000.0) == pytest.approx(mean_lufs(levels), abs=1e-9)


def test_levels_beyond_the_last_bin_still_count() -> None:
    store = GatedLevels()
    store.add(powers([90.0, 110.0]))
    assert store.mean_lufs(-10.0) == pytest.approx(mean_lufs(np.array([90.0, 110.0])), abs=1e-9)


def test_levels_at_the_absolute_gate_are_dropped() -> None:
    store = GatedLevels()
    store.add(powers([-70.0000001]))
    assert store.mean_lufs(-10.0) is None
    store.add(powers([-69.9999999]))
    assert store.mean_lufs(-10.0) == pytest.approx(-70.0, abs=1e-6)


@given(values=st.lists(st.one_of(st.none(), st.floats(-80, 0)), max_size=200))
def test_trace_keeps_the_maximum_of_every_span(values: list[float | None]) -> None:
    trace = MaxTrace(hop_s=0.1, limit=16)
    for value in values:
        trace.add(value)
    points = trace.points()
    span = round(trace.hop_s / 0.1)
    numbers = [-math.inf if value is None else value for value in values]
    expected = [max(numbers[i : i + span]) for i in range(0, len(numbers), span)]
    assert len(points) <= 16
    assert [-math.inf if p is None else p for p in points] == pytest.approx(expected, abs=0.0051)


def test_crest_cells_are_the_nearest_ones_and_held_at_the_ends() -> None:
    crest = CrestHistogram()
    peaks_dbtp = np.array([-3.2, -3.3, 40.0, -90.0, -3.2, -3.2])
    crest.add(
        powers([-20.4, -19.6, 35.0, -60.0, -71.0, -20.4]),
        (10 ** (peaks_dbtp / 20)).astype(np.float32),
    )
    assert crest.cells() == (
        (-60.0, -70.0, 1),
        (-20.0, -3.5, 1),
        (-20.0, -3.0, 2),
        (20.0, 20.0, 1),
    )


def test_no_power_has_no_loudness() -> None:
    assert power_to_lufs(0.0) is None
