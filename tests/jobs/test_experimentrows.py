"""What is said of an experiment's numbers, against numbers that can be counted by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from auralis_lab import Metric
from auralis_lab.catalogue.experiments.experiments import Result, Trial
from auralis_lab.jobs.experiment import Outcome
from auralis_lab.jobs.experimentresult import Experiment
from auralis_lab.jobs.experimentrows import holm, signed_rank_p, smallest_p


def tried(values: Mapping[str, Sequence[float | None]], *, better: str = "low") -> Experiment:
    """An experiment with these values, by variant and track."""
    trials, results = [], {}
    for variant, row in values.items():
        for track, value in enumerate(row):
            key = f"{variant} {track}"
            trials.append(Trial(key, variant, track, "", 0.0, None, "{}", "", 440))
            results[key] = {"own": Result(value, "dB")}
    names: Any = dict.fromkeys(values, lambda audio, rate_hz: audio)
    tracks: Any = {track: SimpleNamespace(title=f"title {track}") for track in range(99)}
    return Experiment(
        name="made",
        outcome=Outcome(tuple(trials), len(trials), 0, (), False),
        metrics=(Metric("own", "dB", better, "made up", lambda compared: None),),
        start_s=0.0,
        stop_s=None,
        _results=results,
        _tracks=tracks,
        _variants=names,
        _ask=lambda: pytest.fail("is not asked"),
    )


def test_the_best_has_the_best_median_whatever_one_track_does_to_its_mean() -> None:
    made = tried({"steady": [2.0, 2.0, 2.0], "mostly better": [1.0, 1.0, 90.0]})
    assert [row.variant for row in made.summary("own")] == ["mostly better", "steady"]
    (compared,) = made.compare("own")
    assert (compared.best, compared.median_difference, compared.worse_on) == (
        "mostly better", 1.0, 2,
    )  # fmt: skip


def test_variants_near_0_are_ranked_by_how_far_from_it_they_are() -> None:
    made = tried({"far": [-5.0, 5.0, 5.0], "near": [-1.0, -1.0, 2.0]}, better="near 0")
    assert [row.variant for row in made.summary("own")] == ["near", "far"]
    (compared,) = made.compare("own")
    assert (compared.variant, compared.median_difference, compared.worse_on) == ("far", 4.0, 3)
    assert "distances from 0" in str(made.compare("own"))
    mirrored = tried({"up": [2.0, 2.0, 2.0], "down": [-2.0, -2.0, -2.0]}, better="near 0")
    (same,) = mirrored.compare("own")
    assert (same.median_difference, same.worse_on) == (0.0, 0)


def test_p_values_are_those_of_all_signs_counted_one_by_one() -> None:
    differences = np.array([0.3, 1.1, -0.2, 2.5, 0.9, 0.7, -1.4])
    ranks = np.argsort(np.argsort(np.abs(differences))) + 1
    sums = [float(np.dot(ranks, signs)) for signs in product((0, 1), repeat=ranks.size)]
    seen = float(ranks[differences > 0].sum())
    apart = abs(seen - np.mean(sums))
    expected = np.mean([abs(each - np.mean(sums)) >= apart - 1e-9 for each in sums])
    assert signed_rank_p(differences) == pytest.approx(float(expected))
    assert signed_rank_p(np.arange(1.0, 9.0)) == pytest.approx(smallest_p(8))
    assert signed_rank_p(np.zeros(8)) == 1.0
    assert signed_rank_p(np.ones(4)) is None


def test_holm_rejects_what_going_down_step_by_step_rejects(rng: np.random.Generator) -> None:
    for _ in range(50):
        raw = rng.uniform(0, 0.1, 6).tolist()
        rejected: set[int] = set()
        for left, at in zip(range(6, 0, -1), np.argsort(raw), strict=True):
            if raw[at] > 0.05 / left:
                break
            rejected.add(int(at))
        assert {n for n, p in enumerate(holm(raw)) if p <= 0.05} == rejected
    assert holm([]) == []


def test_a_comparison_carries_both_p_values() -> None:
    row = [float(n) for n in range(1, 11)]
    made = tried(
        {"best": [0.0] * 10, "a": list(row), "b": [2 * n + 0.5 for n in row], "c": [0.0] * 10}
    )
    by_name = {each.variant: each for each in made.compare("own")}
    assert by_name["a"].raw_p_value == pytest.approx(2 / 2**10)
    assert by_name["a"].p_value == pytest.approx(3 * 2 / 2**10)
    assert (by_name["c"].raw_p_value, by_name["c"].p_value) == (1.0, 1.0)
    assert "a raw p of 0.002 is the smallest that 10 tracks can give" in str(made.compare("own"))


def test_it_is_said_where_there_are_too_few_tracks_for_any_p_under_5_percent() -> None:
    values = {"best": [0.0] * 6, **{name: [1.0, 2, 3, 4, 5, 6] for name in "ab"}}
    (said,) = [line for line in str(tried(values).compare("own")).splitlines() if "too few" in line]
    assert "0.031 raw, 0.062 by Holm for 2 comparisons" in said
    assert len(said) < 100
    one = tried({name: values[name] for name in ("best", "a")}).compare("own")
    assert "too few" not in str(one)
    assert one[0].p_value == pytest.approx(0.03125)


def test_tracks_and_variants_that_do_not_count_are_told() -> None:
    made = tried({"a": [1.0, 2.0, None], "b": [2.0, 3.0, 4.0], "c": [None] * 3})
    for rows in (made.summary("own"), made.compare("own")):
        assert rows.notes[-2:] == (
            "left out, without a value: c",
            "tracks left out because a variant has no value there: 1",
        )
    assert not tried({"a": [None]}).summary("own")
    assert str(tried({"a": [None]}).summary("own")).startswith("nothing to show")


def test_rows_are_a_sequence() -> None:
    rows = tried({"a": [1.0], "b": [2.0]}).extremes("own")
    first, second = rows
    assert (rows[0], rows[-1], len(rows), list(rows[:1])) == (first, second, 2, [first])
    assert (first.title, first.value) == ("title 0", 1.0)
