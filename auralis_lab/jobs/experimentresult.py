"""What came of an experiment: rows, and what can be said of them.

Conventions: variants are compared track by track, on the tracks where all have a value, so that a
hard track counts alike for each. Differences are tested by Wilcoxon's signed-rank test, which
supposes nothing about how they are distributed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.comparison import Metric
from auralis_lab.audio import Audio
from auralis_lab.catalogue.experiments.experiments import Result
from auralis_lab.errors import EncodeError, NotFoundError, ParameterError
from auralis_lab.jobs.experiment import Outcome
from auralis_lab.jobs.trials import Excerpt, Subject, rendered
from auralis_lab.jobs.variants import Variant

if TYPE_CHECKING:
    import duckdb

__all__ = ["Comparison", "Experiment", "Extreme", "VariantSummary"]

Table = npt.NDArray[np.float64]

FEWEST_PAIRS = 5
"""Fewer pairs than that cannot be told from chance."""


@dataclass(frozen=True, slots=True)
class VariantSummary:
    """One metric of one variant over all tracks that have a value for every variant."""

    variant: str
    tracks: int
    mean: float
    median: float
    lowest: float
    highest: float
    best_on: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a variant stands against the best one.

    Attributes
    ----------
    variant, best : str
    tracks : int
        Pairs.
    mean_difference : float
        Of `variant` from `best`, in the metric's unit.
    worse_on : int
        Tracks on which it is worse than `best`.
    p_value : float or None
        Of a difference this consistent by chance (two-sided); None with fewer than five pairs, or
        where nothing differs.
    """

    variant: str
    best: str
    tracks: int
    mean_difference: float
    worse_on: int
    p_value: float | None


@dataclass(frozen=True, slots=True)
class Extreme:
    """Where a metric is lowest or highest."""

    variant: str
    track_id: int
    title: str
    value: float


@dataclass(frozen=True, eq=False)
class Experiment:
    """An experiment that was run.

    Attributes
    ----------
    name : str
    outcome : Outcome
        What this run made, and what was there already.
    metrics : tuple of Metric
    start_s, stop_s : float
        What of each track.
    """

    name: str
    outcome: Outcome
    metrics: tuple[Metric, ...]
    start_s: float
    stop_s: float | None
    _results: Mapping[str, Mapping[str, Result]] = field(repr=False)
    _tracks: Mapping[int, Subject] = field(repr=False)
    _variants: Mapping[str, Variant] = field(repr=False)
    _ask: Callable[[], duckdb.DuckDBPyRelation] = field(repr=False)

    def __repr__(self) -> str:
        o = self.outcome
        failed = f", {len(o.failures)} failed" if o.failures else ""
        return (
            f"<Experiment {self.name}: {len(self._variants)} variants on {len(self._tracks)} "
            f"tracks, {o.made} made, {o.served} known already{failed}>"
        )

    def relation(self) -> duckdb.DuckDBPyRelation:
        """Return all rows, one for each variant, track and metric.

        With ``.df()`` for pandas, ``.pl()`` for polars, ``.arrow()``, ``.fetchall()``.
        """
        return self._ask()

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write all rows into a Parquet file; an existing one is replaced.

        Raises
        ------
        EncodeError
            If it cannot be written.
        """
        import pyarrow.parquet

        target = Path(path)
        table = self._ask().to_arrow_table()
        try:
            pyarrow.parquet.write_table(table, target)
        except OSError as error:
            raise EncodeError(target, (error.strerror or str(error)).lower()) from error
        return target

    def values(self, metric: str) -> dict[str, dict[int, float]]:
        """Values of a metric by variant and track, where there are any.

        Raises
        ------
        ParameterError
            If it was not measured.
        """
        stored = self._metric(metric).name
        found: dict[str, dict[int, float]] = {name: {} for name in self._variants}
        for trial in self.outcome.trials:
            value = self._results[trial.key][stored].value
            if value is not None:
                found[trial.variant][trial.track_id] = value
        return found

    def summary(self, metric: str) -> tuple[VariantSummary, ...]:
        """Sum a metric up, the best variant first where better has a meaning."""
        paired = self._paired(metric)
        if paired is None:
            return ()
        names, table = paired
        costs = self._costs(metric, table)
        best_on = [int(np.sum(row <= costs.min(axis=0))) for row in costs]
        rows = [
            VariantSummary(
                name,
                table.shape[1],
                float(values.mean()),
                float(np.median(values)),
                float(values.min()),
                float(values.max()),
                count,
            )
            for name, values, count in zip(names, table, best_on, strict=True)
        ]
        order = np.argsort(costs.mean(axis=1), kind="stable")
        return tuple(rows[n] for n in order)

    def compare(self, metric: str) -> tuple[Comparison, ...]:
        """Hold every variant against the best one, track by track.

        Raises
        ------
        ParameterError
            If the metric was not measured, or has no better and worse.
        """
        if not self._metric(metric).better:
            raise ParameterError(f"{metric} has no better and worse")
        paired = self._paired(metric)
        if paired is None:
            return ()
        names, table = paired
        costs = self._costs(metric, table)
        best = int(np.argmin(costs.mean(axis=1)))
        return tuple(
            Comparison(
                name,
                names[best],
                table.shape[1],
                float((table[n] - table[best]).mean()),
                int(np.sum(costs[n] > costs[best])),
                _p_value(costs[n] - costs[best]),
            )
            for n, name in enumerate(names)
            if n != best
        )

    def extremes(self, metric: str, count: int = 1) -> tuple[Extreme, ...]:
        """Return the trials with the lowest values and those with the highest, lowest first."""
        found = sorted(
            (value, variant, track_id)
            for variant, values in self.values(metric).items()
            for track_id, value in values.items()
        )
        chosen = found if len(found) <= 2 * count else [*found[:count], *found[-count:]]
        return tuple(
            Extreme(variant, track_id, self._tracks[track_id].title, value)
            for value, variant, track_id in chosen
        )

    def render(self, variant: str, track_id: int) -> Audio:
        """Render a trial again, to be listened to.

        Raises
        ------
        NotFoundError
            If the experiment has no such variant or track.
        """
        if variant not in self._variants or track_id not in self._tracks:
            raise NotFoundError(f"experiment {self.name} has no {variant!r} on track {track_id}")
        excerpt = Excerpt(self._tracks[track_id], self.start_s, self.stop_s)
        return rendered(excerpt, self._variants[variant])[0]

    def _metric(self, name: str) -> Metric:
        for metric in self.metrics:
            if name in (metric.name, metric.name.partition("#")[0]):
                return metric
        raise ParameterError(f"metric {name!r} must be one of {', '.join(self._metric_names)}")

    @property
    def _metric_names(self) -> Sequence[str]:
        return [metric.name.partition("#")[0] for metric in self.metrics]

    def _paired(self, metric: str) -> tuple[list[str], Table] | None:
        """Variants and their values, shape (variants, tracks), where all of them have one."""
        values = {name: found for name, found in self.values(metric).items() if found}
        shared = sorted(set.intersection(*map(set, values.values()))) if values else []
        if not shared:
            return None
        table = np.array([[found[id_] for id_ in shared] for found in values.values()])
        return list(values), table

    def _costs(self, metric: str, table: Table) -> Table:
        """Turn values into numbers of which the lower one is the better."""
        better = self._metric(metric).better
        costs: Table = {"high": -table, "near 0": np.abs(table)}.get(better, table)
        return costs


def _p_value(differences: Table) -> float | None:
    if differences.size < FEWEST_PAIRS or not np.any(differences):
        return None
    from scipy.stats import wilcoxon

    return float(wilcoxon(differences).pvalue)
