"""An experiment's numbers: one figure for a metric, one table for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from auralis_lab.errors import ParameterError
from auralis_lab.plan.table import counted
from auralis_lab.view.rich_html import table_html
from auralis_lab.view.style import COLOURS, panels, style

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.figure import Figure

__all__ = ["ExperimentLike", "experiment_html", "plot_experiment"]

ROW_INCHES, LEAST_INCHES = 0.42, 1.6
MOST_FAILURES = 10
NEAR_SHARE = 0.01  # of the range of all values: dots that near lie on one another


class MetricLike(Protocol):
    """Name, unit and direction of a metric."""

    @property
    def name(self) -> str:
        """Perhaps with the digest of a function behind a number sign."""

    @property
    def unit(self) -> str:
        """Empty for a plain number."""

    @property
    def better(self) -> str:
        """``'low'``, ``'high'``, ``'near 0'`` or empty."""


class SummaryLike(Protocol):
    """One metric of one variant."""

    @property
    def variant(self) -> str:
        """Its name."""

    @property
    def tracks(self) -> int:
        """On how many tracks."""

    @property
    def median(self) -> float:
        """Over them."""

    @property
    def best_on(self) -> int:
        """Tracks on which no other variant is better."""


class FailureLike(Protocol):
    """A trial that could not be made."""

    @property
    def variant(self) -> str:
        """Its name."""

    @property
    def title(self) -> str:
        """Of the track."""

    @property
    def reason(self) -> str:
        """Why."""


class OutcomeLike(Protocol):
    """What a run did."""

    @property
    def failures(self) -> Sequence[FailureLike]:
        """Trials that could not be made."""


class ExperimentLike(Protocol):
    """What is shown: :class:`auralis_lab.jobs.experimentresult.Experiment` is one."""

    @property
    def name(self) -> str:
        """The experiment's."""

    @property
    def tried(self) -> str:
        """On how many tracks, and what became of the trials."""

    @property
    def outcome(self) -> OutcomeLike:
        """What its run did."""

    @property
    def metrics(self) -> Sequence[MetricLike]:
        """What was measured."""

    def values(self, metric: str) -> Mapping[str, Mapping[int, float]]:
        """By variant and track."""

    def summary(self, metric: str) -> Sequence[SummaryLike]:
        """By variant, the best first."""


def plot_experiment(experiment: ExperimentLike, metric: str, *, title: str | None = None) -> Figure:
    """Draw what a metric is for every variant on every track.

    A row for each variant, the best by median on top; a dot for each track on which all of them
    have a value, above and below one another where they are nearly equal; a bar at the median. The
    best is blue where better has a meaning and there are others. A variant without a value on any
    track is left out, and named below.

    Parameters
    ----------
    experiment : Experiment
    metric : str
        One that was measured.
    title : str, optional
        Written above.

    Returns
    -------
    figure : Figure

    Raises
    ------
    ParameterError
        If it was not measured, or has no value on any track.
    """
    rows = experiment.summary(metric)
    if not rows:
        raise ParameterError(f"{metric} has no value on a track that all variants share")
    values = experiment.values(metric)
    shared = set.intersection(*(set(values[row.variant]) for row in rows))
    without = [name for name, found in values.items() if not found]
    kind = _kind(experiment, metric)
    every = [values[row.variant][track] for row in rows for track in shared]
    near = (max(every) - min(every)) * NEAR_SHARE
    has_best = bool(kind.better) and len(rows) > 1
    with style():
        figure, axes = panels(max(LEAST_INCHES, 1.0 + ROW_INCHES * len(rows)))
        ax = axes[0]
        for place, row in enumerate(rows):
            found = np.array([values[row.variant][track] for track in sorted(shared)])
            colour = COLOURS["after" if has_best and place == 0 else "before"]
            ax.plot(found, place + _apart(found, near), "o", color=colour, alpha=0.6, ms=5)
            ax.plot([row.median] * 2, [place - 0.3, place + 0.3], color=COLOURS["ink"], lw=2)
        ax.set_yticks(range(len(rows)), [row.variant for row in rows])
        ax.set_ylim(len(rows) - 0.5, -0.5)
        ax.tick_params(axis="y", labelsize=9, labelcolor=COLOURS["ink"])
        unit = f" ({kind.unit})" if kind.unit else ""
        wish = {"low": ", lower is better", "high": ", higher is better"}.get(kind.better, "")
        missing = f"\nwithout a value: {', '.join(without)}" if without else ""
        ax.set_xlabel(f"{metric.replace('_', ' ')}{unit}{wish}{missing}")
        ax.set_title(title or f"{experiment.name}: {counted(rows[0].tracks, 'track')}")
        _legend(figure, has_best=has_best)
    return figure


def experiment_html(experiment: ExperimentLike) -> str:
    """Medians of every metric by variant, what was tried for them, and what failed.

    The best of them is marked where better has a meaning.
    """
    tables = {metric.name: experiment.summary(metric.name) for metric in experiment.metrics}
    shown = {name: rows for name, rows in tables.items() if rows}
    variants = list(dict.fromkeys(row.variant for rows in shown.values() for row in rows))
    head = ["variant"]
    for name in shown:
        kind = _kind(experiment, name)
        head.append(f"{name.partition('#')[0].replace('_', ' ')} {kind.unit}".strip())
    lines = []
    for variant in variants:
        line = [variant]
        for name, rows in shown.items():
            place = next((n for n, row in enumerate(rows) if row.variant == variant), None)
            best = place == 0 and len(rows) > 1 and bool(_kind(experiment, name).better)
            text = "–" if place is None else f"{rows[place].median:.3f}".replace("-", "−")
            line.append(f"{text} ◀" if best else text)
        lines.append(line)
    caption = (
        f"{experiment.name}: {experiment.tried}; "
        "medians over the tracks where all have a value, ◀ the best"
    )
    return table_html(head, lines, caption=caption) + _failed(experiment)


def _failed(experiment: ExperimentLike) -> str:
    failures = experiment.outcome.failures
    if not failures:
        return ""
    rows = [(each.variant, each.title, each.reason) for each in failures[:MOST_FAILURES]]
    more = len(failures) - len(rows)
    caption = f"failed, the first {len(rows)} of {len(failures):,}" if more else "failed"
    return table_html(["variant", "track", "why"], rows, caption=caption)


def _legend(figure: Figure, *, has_best: bool) -> None:
    from matplotlib.lines import Line2D

    dots = {"best by median": "after", "others": "before"} if has_best else {"a track": "before"}
    handles = [
        Line2D([], [], ls="", marker="o", ms=5, alpha=0.6, color=COLOURS[colour], label=name)
        for name, colour in dots.items()
    ]
    handles.append(Line2D([], [], color=COLOURS["ink"], lw=2, label="median"))
    figure.legend(handles=handles, loc="outside lower left", ncols=len(handles))


def _apart(values: npt.NDArray[np.float64], near: float) -> npt.NDArray[np.float64]:
    """Offsets of dots in rows: 0, and up to ±0.2 for those that lie on one before them."""
    order = np.argsort(values, kind="stable")
    alone = np.diff(values[order], prepend=-np.inf) > near
    places = np.arange(values.size)
    since = places - np.maximum.accumulate(np.where(alone, places, 0))
    offsets = np.empty(values.size)
    offsets[order] = ((0.618034 * since + 0.5) % 1.0 - 0.5) * 0.4
    return offsets


def _kind(experiment: ExperimentLike, metric: str) -> MetricLike:
    return next(
        each for each in experiment.metrics if metric in (each.name, each.name.partition("#")[0])
    )
