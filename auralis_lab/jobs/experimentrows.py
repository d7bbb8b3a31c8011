"""What is said of an experiment: rows, how they are shown, and how likely chance makes them.

Conventions: differences are tested by Wilcoxon's signed-rank test, two-sided. It supposes that
without an effect they are independent and symmetric about 0, not that they are normal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.comparison import Metric
from auralis_lab.catalogue.experiments.rows import Rows, number
from auralis_lab.plan.table import counted

__all__ = [
    "Comparison", "Extreme", "VariantSummary", "comparison_rows", "extreme_rows", "holm",
    "signed_rank_p", "smallest_p", "summary_rows",
]  # fmt: skip

FEWEST_PAIRS = 5
"""Fewer pairs than that cannot be told from chance."""
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class VariantSummary:
    """One metric of one variant over all tracks that have a value for every variant shown.

    Attributes
    ----------
    variant : str
    tracks : int
    mean, median, lowest, highest : float
        In the metric's unit.
    best_on : int
        Tracks on which no other variant is better.
    """

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
    median_difference : float
        Of `variant` from `best`, in the metric's unit; of their distances from 0 where that is
        the best value.
    worse_on : int
        Tracks on which it is worse than `best`.
    p_value : float or None
        Of a difference this consistent by chance, adjusted by Holm's method for all variants that
        were held against the best; None with fewer than five pairs.
    raw_p_value : float or None
        The same as if this were the only comparison.
    """

    variant: str
    best: str
    tracks: int
    median_difference: float
    worse_on: int
    p_value: float | None
    raw_p_value: float | None


@dataclass(frozen=True, slots=True)
class Extreme:
    """Where a metric is lowest or highest."""

    variant: str
    track_id: int
    title: str
    value: float


def signed_rank_p(differences: npt.NDArray[np.float64]) -> float | None:
    """Wilcoxon's signed-rank test, two-sided; None with fewer than five pairs.

    Where nothing differs p is 1.
    """
    if differences.size < FEWEST_PAIRS:
        return None
    if not np.any(differences):
        return 1.0
    from scipy.stats import wilcoxon

    return float(wilcoxon(differences).pvalue)


def smallest_p(pairs: int) -> float:
    """The least p that the test can give: all differences have one sign, of ``2 ** pairs`` ways.

    Examples
    --------
    >>> smallest_p(5), smallest_p(8)
    (0.0625, 0.0078125)
    """
    return float(min(1.0, 2 / 2**pairs))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p values for their number (Holm, 1979).

    The smallest is multiplied by how many there are, the next by one less, and so on; none
    becomes smaller than the one before it, or larger than 1.

    Examples
    --------
    >>> holm([0.04, 0.01, 0.03])
    [0.06, 0.03, 0.06]
    """
    adjusted, least = [0.0] * len(p_values), 0.0
    for place, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        least = max(least, min(1.0, (len(p_values) - place) * p_values[at]))
        adjusted[at] = least
    return adjusted


def summary_rows(
    rows: Sequence[VariantSummary], metric: Metric, notes: Sequence[str]
) -> Rows[VariantSummary]:
    """Show summaries as a table; on how many tracks one is best only where that means anything."""
    columns: dict[str, Callable[[VariantSummary], str]] = {
        "variant": lambda row: row.variant,
        _named("median", metric.unit): lambda row: number(row.median),
        "mean": lambda row: number(row.mean),
        "lowest": lambda row: number(row.lowest),
        "highest": lambda row: number(row.highest),
        "tracks": lambda row: str(row.tracks),
    }
    if metric.better:
        columns["best on"] = lambda row: f"{row.best_on}"
    return Rows(rows, columns, notes)


def comparison_rows(
    rows: Sequence[Comparison], unit: str, notes: Iterable[str]
) -> Rows[Comparison]:
    """Show comparisons as a table, and say what p can be at all."""
    columns: dict[str, Callable[[Comparison], str]] = {
        "variant": lambda row: row.variant,
        _named("median difference", unit): lambda row: f"{row.median_difference:+.3f}",
        "worse on": lambda row: f"{row.worse_on} of {row.tracks}",
        "p (Holm)": lambda row: _p(row.p_value),
        "p (raw)": lambda row: _p(row.raw_p_value),
    }
    return Rows(rows, columns, [*_what_p_can_be(rows), *notes])


def extreme_rows(rows: Sequence[Extreme], unit: str) -> Rows[Extreme]:
    """Show extremes as a table."""
    columns: dict[str, Callable[[Extreme], str]] = {
        "variant": lambda row: row.variant,
        "track": lambda row: str(row.track_id),
        "title": lambda row: row.title,
        _named("value", unit): lambda row: number(row.value),
    }
    return Rows(rows, columns)


def _what_p_can_be(rows: Sequence[Comparison]) -> list[str]:
    if not rows:
        return []
    pairs = rows[0].tracks
    best = f"against the best by median, chosen from the same values: {rows[0].best}"
    tracks = counted(pairs, "track")
    if pairs < FEWEST_PAIRS:
        return [best, f"no p: {tracks}, and with fewer than {FEWEST_PAIRS} chance cannot be told"]
    least = smallest_p(pairs)
    adjusted = min(1.0, least * len(rows))
    if adjusted >= ALPHA:
        few = f"{tracks} are too few for p < {ALPHA:g}: the smallest is {least:.2g} raw"
        return [best, f"{few}, {adjusted:.2g} by Holm for {counted(len(rows), 'comparison')}"]
    if any(row.raw_p_value is not None and row.raw_p_value <= least * 1.000001 for row in rows):
        return [best, f"a raw p of {least:.2g} is the smallest that {tracks} can give"]
    return [best]


def _named(what: str, unit: str) -> str:
    return f"{what} ({unit})" if unit else what


def _p(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}"
