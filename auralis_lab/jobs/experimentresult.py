"""What came of an experiment: rows, and what can be said of them.

Conventions: variants are compared track by track, on the tracks where all have a value, so that a
hard track counts alike for each. A variant that has no value on any track is left out and named.
The better variant is the one with the better median.
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
from auralis_lab.catalogue.experiments.rows import Rows
from auralis_lab.errors import EncodeError, NotFoundError, ParameterError
from auralis_lab.jobs.experiment import Outcome
from auralis_lab.jobs.experimentrows import (
    Comparison,
    Extreme,
    VariantSummary,
    comparison_rows,
    extreme_rows,
    holm,
    signed_rank_p,
    summary_rows,
)
from auralis_lab.jobs.trials import Excerpt, Subject, rendered
from auralis_lab.jobs.variants import Variant
from auralis_lab.plan.table import counted

if TYPE_CHECKING:
    import duckdb

__all__ = ["Comparison", "Experiment", "Extreme", "VariantSummary"]

Table = npt.NDArray[np.float64]


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
        return f"<Experiment {self.name}: {self.tried}>"

    @property
    def tried(self) -> str:
        """How many variants on how many tracks, and what became of the trials, in words."""
        variants = counted(len(self._variants), "variant")
        return f"{variants} on {counted(len(self._tracks), 'track')}, {self.outcome}"

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

    def summary(self, metric: str) -> Rows[VariantSummary]:
        """Sum a metric up, the best variant first where better has a meaning.

        Returns
        -------
        rows : Rows of VariantSummary
            A sequence, printed as a table.

        Raises
        ------
        ParameterError
            If the metric was not measured.
        """
        measured, notes = self._metric(metric), self._left_out(metric)
        paired = self._paired(metric)
        if paired is None:
            return summary_rows((), measured, notes)
        names, table = paired
        costs = self._costs(metric, table)
        best_on = [int(np.sum(row <= costs.min(axis=0))) for row in costs]
        rows = [
            VariantSummary(
                names[n],
                table.shape[1],
                float(table[n].mean()),
                float(np.median(table[n])),
                float(table[n].min()),
                float(table[n].max()),
                best_on[n],
            )
            for n in _best_first(costs)
        ]
        return summary_rows(rows, measured, notes)

    def compare(self, metric: str) -> Rows[Comparison]:
        """Hold every variant against the best one, track by track.

        Differences are tested by Wilcoxon's signed-rank test, which supposes that without an effect
        they are symmetric about 0. The p values are adjusted for their number by Holm's method. The
        best was chosen from the same values, which no adjustment makes good: a p is a screen, and
        a variant that matters is tried against the best again, on other tracks. For ``n`` tracks
        no p is smaller than ``2 / 2**n``, times the number of comparisons for the first. Of a
        metric that is best near 0, distances from 0 are compared.

        Returns
        -------
        rows : Rows of Comparison
            A sequence, the best variants first, printed as a table that says where there are too
            few tracks.

        Raises
        ------
        ParameterError
            If the metric was not measured, or has no better and worse.
        """
        measured = self._metric(metric)
        if not measured.better:
            raise ParameterError(f"{metric} has no better and worse")
        notes = self._left_out(metric)
        paired = self._paired(metric)
        if paired is None:
            return comparison_rows((), measured.unit, notes)
        names, table = paired
        costs = self._costs(metric, table)
        if measured.better == "near 0":
            table = costs
            notes = ["compared are distances from 0: of +2 and -2 neither is better", *notes]
        best, *others = _best_first(costs)
        raw = [signed_rank_p(costs[n] - costs[best]) for n in others]
        adjusted = iter(holm([p for p in raw if p is not None]))
        rows = [
            Comparison(
                names[n],
                names[best],
                table.shape[1],
                float(np.median(table[n] - table[best])),
                int(np.sum(costs[n] > costs[best])),
                None if p is None else next(adjusted),
                p,
            )
            for n, p in zip(others, raw, strict=True)
        ]
        return comparison_rows(rows, measured.unit, notes)

    def extremes(self, metric: str, count: int = 1) -> Rows[Extreme]:
        """Return the trials with the lowest values and those with the highest, lowest first."""
        found = sorted(
            (value, variant, track_id)
            for variant, values in self.values(metric).items()
            for track_id, value in values.items()
        )
        chosen = found if len(found) <= 2 * count else [*found[:count], *found[-count:]]
        rows = [
            Extreme(variant, track_id, self._tracks[track_id].title, value)
            for value, variant, track_id in chosen
        ]
        return extreme_rows(rows, self._metric(metric).unit)

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

    def _left_out(self, metric: str) -> list[str]:
        """Say which variants and how many tracks do not count."""
        values = self.values(metric)
        without = [name for name, found in values.items() if not found]
        tracks = [set(found) for found in values.values() if found]
        notes = [f"left out, without a value: {', '.join(without)}"] if without else []
        apart = len(set.union(*tracks)) - len(set.intersection(*tracks)) if tracks else 0
        if apart:
            notes.append(f"tracks left out because a variant has no value there: {apart}")
        return notes

    def _costs(self, metric: str, table: Table) -> Table:
        """Turn values into numbers of which the lower one is the better."""
        better = self._metric(metric).better
        costs: Table = {"high": -table, "near 0": np.abs(table)}.get(better, table)
        return costs


def _best_first(costs: Table) -> list[int]:
    """Variants by the median of what is better when lower; by the mean where that is the same."""
    return [int(n) for n in np.lexsort((costs.mean(axis=1), np.median(costs, axis=1)))]
