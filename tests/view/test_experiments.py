"""Figures and tables of experiments, by the facts they show."""

from __future__ import annotations

from dataclasses import dataclass, field

import matplotlib as mpl
import numpy as np
import pytest

from auralis_lab.errors import ParameterError
from auralis_lab.view import experiment_html, plot_experiment
from auralis_lab.view.style import COLOURS
from tests.view.test_rich_html import Cells


@dataclass(frozen=True)
class Kind:
    name: str
    unit: str
    better: str


@dataclass(frozen=True)
class Row:
    variant: str
    tracks: int
    median: float
    best_on: int = 0


@dataclass(frozen=True)
class Failure:
    variant: str
    title: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Tried:
    name: str = "tried"
    tried: str = "2 variants on 3 tracks, 5 made, 1 known already"
    outcome: Outcome = Outcome()
    metrics: tuple[Kind, ...] = (
        Kind("residual", "dB", "low"), Kind("change", "LU", ""), Kind("rank", "", "low"),
    )  # fmt: skip
    found: dict[str, dict[str, dict[int, float]]] = field(
        default_factory=lambda: {
            "residual": {"<b>": {1: -60.0, 2: -50.0, 3: -40.0}, "c": {1: -10.0, 2: -9.0, 3: -5.0}},
            "change": {"<b>": {1: 1.0}, "c": {1: 2.0}},
            "rank": {"<b>": {}, "c": {}},
        }
    )

    def values(self, metric: str) -> dict[str, dict[int, float]]:
        return self.found[metric]

    def summary(self, metric: str) -> list[Row]:
        rows = [
            Row(name, len(values), sorted(values.values())[len(values) // 2])
            for name, values in self.found[metric].items()
            if values
        ]
        return sorted(rows, key=lambda row: row.median)


def test_a_figure_has_a_row_for_each_variant_and_a_dot_for_each_track() -> None:
    (ax,) = plot_experiment(Tried(), "residual").axes
    assert [label.get_text() for label in ax.get_yticklabels()] == ["<b>", "c"]
    dots = [sorted(np.asarray(line.get_xdata()).tolist()) for line in ax.lines[::2]]
    medians = [np.asarray(line.get_xdata()).tolist() for line in ax.lines[1::2]]
    assert dots == [[-60, -50, -40], [-10, -9, -5]]
    assert medians == [[-50, -50], [-9, -9]]
    assert "lower is better" in ax.get_xlabel()
    assert "(dB)" in ax.get_xlabel()


def test_the_legend_names_the_bar_and_the_best_where_there_is_one() -> None:
    one = Tried(found={"residual": {"alone": {1: -60.0}}})
    named = {}
    for metric, tried in (("residual", Tried()), ("change", Tried()), ("alone", one)):
        figure = plot_experiment(tried, "residual" if metric == "alone" else metric)
        (legend,) = figure.legends
        colours = [mpl.colors.to_hex(line.get_color()) for line in figure.axes[0].lines[::2]]
        named[metric] = ([text.get_text() for text in legend.get_texts()], colours)
    grey, blue = COLOURS["before"], COLOURS["after"]
    assert named["residual"] == (["best by median", "others", "median"], [blue, grey])
    assert named["change"] == (["a track", "median"], [grey, grey])
    assert named["alone"] == (["a track", "median"], [grey])


def test_the_title_counts_the_tracks() -> None:
    three, one = (plot_experiment(Tried(), name).axes[0] for name in ("residual", "change"))
    assert three.get_title(loc="left") == "tried: 3 tracks"
    assert one.get_title(loc="left") == "tried: 1 track"


def test_dots_that_lie_on_one_another_are_moved_apart_and_others_are_not() -> None:
    tried = Tried(found={"residual": {"same": dict.fromkeys(range(5), -120.0), "c": {
        n: -20.0 - 10 * n for n in range(5)}}})  # fmt: skip
    (ax,) = plot_experiment(tried, "residual").axes
    same, apart = (np.asarray(line.get_ydata(), float) for line in ax.lines[::2])
    assert np.diff(np.sort(same)).min() > 0.03
    assert np.abs(same).max() <= 0.2
    np.testing.assert_array_equal(apart, 1.0)


def test_a_metric_without_values_has_no_figure() -> None:
    with pytest.raises(ParameterError, match="rank has no value"):
        plot_experiment(Tried(), "rank")


def test_a_table_marks_the_best_and_escapes_names() -> None:
    html = experiment_html(Tried())
    assert "&lt;b&gt;" in html
    assert "−50.000 ◀" in html
    assert "−9.000 ◀" not in html
    assert "2.000 ◀" not in html
    assert "rank" not in html


def test_a_table_says_what_was_tried_and_what_failed() -> None:
    assert "tried: 2 variants on 3 tracks, 5 made, 1 known already;" in experiment_html(Tried())
    assert "failed" not in experiment_html(Tried())
    failures = tuple(Failure("c", f"<i>{n}", "no audio") for n in range(12))
    texts = Cells(experiment_html(Tried(outcome=Outcome(failures[:2])))).texts
    assert texts[-10:] == [
        "failed", "variant", "track", "why",
        "c", "<i>0", "no audio", "c", "<i>1", "no audio",
    ]  # fmt: skip
    texts = Cells(experiment_html(Tried(outcome=Outcome(failures)))).texts
    assert "failed, the first 10 of 12" in texts
    assert texts.count("no audio") == 10
