"""Seam reports side by side, each join against the music around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from auralis_lab.errors import ParameterError
from auralis_lab.view.style import COLOURS, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from auralis_lab.render.seams import SeamReport

__all__ = ["plot_seams"]

_LABELS = {
    "sample_step_db": "sample step\n(dB over rms within ±25 ms)",
    "slope_step_db": "slope step\n(dB over rms within ±25 ms)",
    "high_band_burst_db": "high-band burst\n(dB over median within ±25 ms)",
    "loudness_step_lu": "loudness step, up or down\n(LU from one side to the other)",
}
_VERDICTS = {"clean": COLOURS["good"], "suspect": COLOURS["fade"], "audible": COLOURS["bad"]}
_MARKS = {"clean": "o", "suspect": "D", "audible": "X"}


def plot_seams(reports: SeamReport | Sequence[SeamReport], *, title: str | None = None) -> Figure:
    """Draw every join of every report over the range that places without a join have.

    One panel a measure, one row a report. The grey bar spans the 1st to the 99th percentile of the
    reference places, its end mark the largest of them: a dot beyond that mark is a seam that the
    music does not hide. A largest one so far out that it would shrink all else, such as the end of
    a fade-out, is written at the edge. The colour of a dot is the verdict on its join by all
    measures together, so that an audible join may well be harmless in one panel.

    Parameters
    ----------
    reports : SeamReport or sequence of SeamReport
        At least one, of the same or of different renderings.
    title : str, optional
        Written above.

    Returns
    -------
    figure : Figure

    Raises
    ------
    ParameterError
        If there is no report.
    """
    import matplotlib.pyplot as plt

    rows = list(reports) if isinstance(reports, Sequence) else [reports]
    if not rows:
        raise ParameterError("reports=[] must hold at least one report")
    with style():
        figure: Figure
        figure, axes = plt.subplots(
            1,
            len(_LABELS),
            figsize=(11.0, 1.5 + 0.52 * len(rows)),
            sharey=True,
            layout="constrained",
        )
        plt.close(figure)
        for axis, measure in zip(axes, _LABELS, strict=True):
            for row, report in enumerate(rows):
                _draw_row(axis, row, report, measure)
            axis.set_xlabel(_LABELS[measure])
            axis.grid(visible=False, axis="y")
            axis.margins(x=0.08)
            _limit(axis, rows, measure)
        axes[0].set_yticks(range(len(rows)), [report.name for report in rows])
        axes[0].set_ylim(len(rows) - 0.5, -0.5)
        figure.suptitle(
            title or "Joins against the rest of the track",
            x=0.01,
            ha="left",
            fontsize=11,
            fontweight="bold",
        )
        _legend(figure)
    return figure


def _draw_row(axis: Axes, row: int, report: SeamReport, measure: str) -> None:
    reference = np.asarray(report.references[measure])
    low, high = np.percentile(reference, [1, 99])
    axis.barh(row, high - low, left=low, height=0.62, color="#e3e8ed", linewidth=0, zorder=1)
    axis.plot(
        [reference.max()] * 2, [row - 0.31, row + 0.31], color=COLOURS["soft"], lw=1.2, zorder=2
    )
    for verdict, colour in _VERDICTS.items():
        values = [join.values[measure] for join in report.joins if join.verdict == verdict]
        if values:
            axis.scatter(
                values,
                row + _spread(len(values)),
                s=22,
                marker=_MARKS[verdict],
                color=colour,
                edgecolor="white",
                linewidth=0.5,
                zorder=3,
            )


def _limit(axis: Axes, reports: Sequence[SeamReport], measure: str) -> None:
    """Leave out of sight a largest reference far beyond the rest, and write how large it is."""
    seen = [join.values[measure] for report in reports for join in report.joins]
    for report in reports:
        seen += np.percentile(report.references[measure], [1, 99]).tolist()
    low, high = min(seen), max(seen)
    span = max(high - low, 1.0)
    largest = [max(report.references[measure]) for report in reports]
    if max(largest) <= high + span:
        return
    stop = high + 0.4 * span
    axis.set_xlim(low - 0.08 * span, stop)
    for row, value in enumerate(largest):
        if value > stop:
            axis.annotate(
                f"{value:.0f} →",
                (0.99, row),
                xycoords=("axes fraction", "data"),
                ha="right",
                va="center",
                fontsize=8,
                color=COLOURS["soft"],
            )


def _spread(count: int) -> npt.NDArray[np.floating[Any]]:
    """Offsets that keep dots of a row apart, the same every time (golden-ratio sequence)."""
    return ((np.arange(count) * 0.618034) % 1.0 - 0.5) * 0.44


def _legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Line2D | Patch] = [Line2D([], [], linestyle="", label="verdict on the join:")]
    handles += [
        Line2D([], [], marker=_MARKS[word], color=colour, linestyle="", markersize=5, label=word)
        for word, colour in _VERDICTS.items()
    ]
    handles.append(Patch(color="#e3e8ed", label="places without a join, 1st to 99th percentile"))
    largest = "largest of them (→ farther out)"
    handles.append(Line2D([], [], color=COLOURS["soft"], lw=1.2, label=largest))
    figure.legend(handles=handles, loc="outside lower left", ncols=len(handles))
