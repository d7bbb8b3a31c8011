"""Experiments: what is tried once is looked up, and what is said of it can be counted by hand."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
import soundfile

from auralis_lab import METRICS, Chunked, Enhanced, Lab, Metric, open_lab, plot_experiment
from auralis_lab.audio import Audio
from auralis_lab.catalogue.experiments.rows import Rows
from auralis_lab.errors import AuralisLabError, NotFoundError, ParameterError
from auralis_lab.jobs import experiment
from auralis_lab.jobs.experiment import Outcome, TrialFailure
from auralis_lab.render.processing import Process
from auralis_lab.view import experiment_html

RATE_HZ = 22_050
TITLES = ("one", "two", "three")


def softer(audio: Audio, rate_hz: int) -> Audio:
    return 0.5 * audio


def clipped(audio: Audio, rate_hz: int) -> Audio:
    return np.clip(audio, -0.1, 0.1)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> Lab:
    monkeypatch.setenv("AURALIS_DATA_DIR", str(tmp_path / "data"))
    music = tmp_path / "music"
    music.mkdir()
    for number, title in enumerate(TITLES):
        beat = np.exp(-8 * (np.arange(4 * RATE_HZ) / RATE_HZ % 0.5))
        audio = (0.1 + 0.1 * number) * rng.standard_normal((2, beat.size)) * beat
        soundfile.write(music / f"{title}.flac", np.clip(audio, -1, 1).T, RATE_HZ)
    lab = open_lab(music)
    lab.scan()
    return lab


def test_a_trial_is_made_once_and_looked_up_afterwards(lab: Lab) -> None:
    variants = {"softer": softer, "clipped": clipped}
    first = lab.experiment("loud", tracks="", variants=variants)
    assert (first.outcome.made, first.outcome.served) == (6, 0)
    again = lab.experiment("loud", tracks="", variants=variants)
    assert (again.outcome.made, again.outcome.served) == (0, 6)
    assert again.relation().fetchall() == first.relation().fetchall()
    other = lab.experiment("other name", tracks="one", variants={"soft": softer})
    assert (other.outcome.made, other.outcome.served) == (0, 1)


def test_what_a_trial_depends_on_makes_it_another(lab: Lab) -> None:
    def louder_by(gain: float) -> dict[str, object]:
        return {"louder": lambda audio, rate_hz: np.float32(gain) * audio}

    made = [
        lab.experiment("gains", tracks="one", variants=variants, **options).outcome.made  # type: ignore[arg-type]
        for variants, options in (
            (louder_by(1.1), {}),
            (louder_by(1.1), {}),
            (louder_by(1.2), {}),
            (louder_by(1.2), {"stop_s": 2.0}),
            (louder_by(1.2), {"stop_s": 2.0, "seed": 1}),
        )
    ]
    assert made == [1, 0, 1, 1, 1]


def test_a_metric_asked_for_later_is_measured_then(lab: Lab) -> None:
    lab.experiment("few", tracks="", variants={"a": softer}, metrics=["loudness_change"])
    more = lab.experiment(
        "few", tracks="", variants={"a": softer}, metrics=["loudness_change", "plr_change"]
    )
    assert more.outcome.made == 3
    assert list(more.values("loudness_change")["a"].values()) == pytest.approx(
        3 * [-6.02], abs=0.01
    )
    assert list(more.values("plr_change")["a"].values()) == pytest.approx(3 * [0.0], abs=0.01)


def test_metrics_say_what_is_known_of_simple_changes(lab: Lab) -> None:
    tried = lab.experiment("known", tracks="", variants={"softer": softer, "clipped": clipped})

    def of(metric: str, variant: str) -> list[float]:
        return list(tried.values(metric)[variant].values())

    assert of("change_residual", "softer") == [-120.0] * 3
    assert of("ltas_distance", "softer") == pytest.approx([0.0] * 3, abs=1e-3)
    assert of("log_spectral_distance", "softer") == pytest.approx([0.0] * 3, abs=1e-3)
    assert of("onset_preservation", "softer") == pytest.approx([1.0] * 3, abs=0.05)
    assert all(value > -40 for value in of("change_residual", "clipped"))
    assert all(value < -1 for value in of("plr_change", "clipped"))
    for of_chunks in ("seam_rank", "null_residual"):
        assert tried.values(of_chunks) == {"softer": {}, "clipped": {}}
        assert not tried.summary(of_chunks)
        assert "left out, without a value: softer, clipped" in str(tried.compare(of_chunks))
    best, worst = tried.summary("change_residual")
    assert (best.variant, best.best_on, worst.variant, worst.best_on) == ("softer", 3, "clipped", 0)
    (compared,) = tried.compare("change_residual")
    assert (compared.variant, compared.best, compared.tracks, compared.worse_on) == (
        "clipped", "softer", 3, 3,
    )  # fmt: skip
    assert (compared.p_value, compared.raw_p_value) == (None, None)
    with pytest.raises(ParameterError, match="no better and worse"):
        tried.compare("loudness_change")


def test_chunks_are_held_against_the_whole_at_once(lab: Lab) -> None:
    def levelled(audio: Audio, rate_hz: int) -> Audio:
        return audio * np.float32(0.1 / np.sqrt(np.mean(audio**2) + 1e-9))

    tried = lab.experiment(
        "chunks",
        tracks="",
        variants={
            "stateless": Chunked(softer, chunk_s=1.0, interval_s=0.7, context_s=0.0),
            "levelled": Chunked(levelled, chunk_s=0.7, interval_s=0.5, context_s=0.0),
            "at once": softer,
        },
    )
    exact = tried.values("null_residual")["stateless"].values()
    assert all(value < -110 for value in exact)
    assert all(value > -60 for value in tried.values("null_residual")["levelled"].values())
    assert all(0 <= value <= 1 for value in tried.values("seam_rank")["levelled"].values())
    assert all(value < -110 for value in tried.values("change_residual")["stateless"].values())


def test_what_has_no_value_is_not_ranked_among_what_has_one(lab: Lab) -> None:
    chunks = {"chunk_s": 1.0, "interval_s": 0.7, "context_s": 0.0}
    tried = lab.experiment(
        "mixed",
        tracks="",
        variants={"a": Chunked(softer, **chunks), "b": Chunked(clipped, **chunks), "whole": softer},  # type: ignore[arg-type]
        metrics=["null_residual", "change_residual"],
    )
    ranked = tried.summary("null_residual")
    assert {row.variant for row in ranked} == {"a", "b"}
    assert str(ranked).endswith("left out, without a value: whole")
    (compared,) = tried.compare("null_residual")
    assert {compared.variant, compared.best} == {"a", "b"}
    assert {row.variant for row in tried.summary("change_residual")} == {"a", "b", "whole"}
    (axes,) = plot_experiment(tried, "null_residual").axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [r.variant for r in ranked]
    assert axes.get_xlabel().endswith("without a value: whole")


def test_what_an_earlier_version_of_the_metrics_gave_is_not_served(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiment, "METRICS_VERSION", experiment.METRICS_VERSION - 1)
    question = {"tracks": "one", "variants": {"a": softer}, "metrics": ["change_residual"]}
    assert lab.experiment("old", **question).outcome.made == 1  # type: ignore[arg-type]
    monkeypatch.undo()
    assert lab.experiment("new", **question).outcome.made == 1  # type: ignore[arg-type]
    assert lab.experiment("new", **question).outcome.served == 1  # type: ignore[arg-type]


def test_a_preset_is_a_variant_and_can_be_heard_again(lab: Lab) -> None:
    tried = lab.experiment(
        "presets", tracks="one", variants={"warm": Enhanced("warm")}, start_s=1.0, stop_s=3.0
    )
    (track,) = lab.tracks.search("one")
    audio = tried.render("warm", track.id)
    assert np.array_equal(audio, track.render(track.plan("warm"), start_s=1.0, stop_s=3.0))
    with pytest.raises(NotFoundError, match="no 'cold'"):
        tried.render("cold", track.id)


def test_a_variant_that_fails_is_told_and_tried_again(lab: Lab, tmp_path: Path) -> None:
    mended = str(tmp_path / "mended")

    def fragile(audio: Audio, rate_hz: int) -> Audio:
        if not os.path.exists(mended) and audio.max() > 0.4:
            raise RuntimeError("too loud for me")
        return audio

    variants: dict[str, Process] = {"fragile": fragile, "softer": softer}
    first = lab.experiment("fragile", tracks="", variants=variants)
    assert first.outcome.failures
    assert all("too loud for me" in failure.reason for failure in first.outcome.failures)
    assert {failure.variant for failure in first.outcome.failures} == {"fragile"}
    assert f"{len(first.outcome.failures)} failed" in repr(first)
    assert all(failure.title in experiment_html(first) for failure in first.outcome.failures)
    Path(mended).touch()
    again = lab.experiment("fragile", tracks="", variants=variants)
    assert again.outcome.made == len(first.outcome.failures)
    assert not again.outcome.failures


def test_a_metric_of_ones_own_is_kept_by_its_source(lab: Lab) -> None:
    def loudest(compared: object) -> float:
        return float(np.abs(compared.after.audio).max())  # type: ignore[attr-defined]

    own = Metric("loudest", "", "low", "largest sample", loudest)
    tried = lab.experiment("own", tracks="", variants={"a": clipped}, metrics=[own])
    assert list(tried.values("loudest")["a"].values()) == pytest.approx([0.1] * 3)
    assert {row[4] for row in tried.relation().fetchall()} == {"loudest"}

    def failing(compared: object) -> float:
        raise ZeroDivisionError("nothing to divide by")

    bad = Metric("bad", "", "low", "fails", failing)
    failed = lab.experiment("bad", tracks="one", variants={"a": clipped}, metrics=[bad])
    assert "nothing to divide by" in failed.outcome.failures[0].reason


def test_a_run_that_is_broken_off_goes_on_where_it_stopped(lab: Lab) -> None:
    stop = threading.Event()
    variants = {str(n): (lambda audio, rate_hz, n=n: np.float32(n) * audio) for n in range(1, 5)}
    first = lab.experiment(
        "stopped",
        tracks="",
        variants=variants,
        metrics=["loudness_change"],
        workers=1,
        on_progress=lambda done, total, title: stop.set() if done else None,
        cancel=stop.is_set,
    )
    assert first.outcome.cancelled
    assert 0 < first.outcome.made < 12
    second = lab.experiment("stopped", tracks="", variants=variants, metrics=["loudness_change"])
    assert second.outcome.made + second.outcome.served == 12
    assert second.outcome.served >= first.outcome.made


def test_rows_go_into_a_parquet_file(lab: Lab, tmp_path: Path) -> None:
    tried = lab.experiment("file", tracks="", variants={"a": softer}, metrics=["plr_change"])
    table = pyarrow.parquet.read_table(tried.to_parquet(tmp_path / "rows.parquet"))
    assert table.num_rows == 3
    assert set(table["metric"].to_pylist()) == {"plr_change"}
    with pytest.raises(AuralisLabError):
        tried.to_parquet(tmp_path / "no folder" / "rows.parquet")


def test_the_extremes_are_the_first_and_the_last(lab: Lab) -> None:
    tried = lab.experiment("ends", tracks="", variants={"a": softer, "b": clipped})
    values = [v for each in tried.values("ltas_distance").values() for v in each.values()]
    low, high = tried.extremes("ltas_distance")
    assert (low.value, high.value) == (min(values), max(values))
    assert low.title in TITLES


def test_experiments_are_listed_and_removed(lab: Lab) -> None:
    lab.experiment("first", tracks="", variants={"a": softer}, metrics=["plr_change"])
    lab.experiment("second", tracks="one", variants={"a": softer}, metrics=["plr_change"])
    assert [(e.name, e.trials, e.tracks) for e in lab.experiments.list()] == [
        ("second", 1, 1),
        ("first", 3, 3),
    ]
    lab.experiments.remove("first")
    again = lab.experiment("third", tracks="", variants={"a": softer}, metrics=["plr_change"])
    assert (again.outcome.made, again.outcome.served) == (2, 1)
    with pytest.raises(NotFoundError, match="no experiment 'first'"):
        lab.experiments.remove("first")


def test_a_run_that_was_killed_is_listed_goes_on_and_is_removed_with_its_trials(lab: Lab) -> None:
    class Killed(BaseException):
        """What no run can catch."""

    def killing(done: int, total: int, title: str) -> None:
        if done:
            raise Killed

    question = {"tracks": "", "variants": {"a": softer}, "metrics": ["plr_change"], "workers": 1}
    with pytest.raises(Killed):
        lab.experiment("killed", **question, on_progress=killing)  # type: ignore[arg-type]
    (listed,) = lab.experiments.list()
    assert (listed.name, listed.variants, listed.tracks) == ("killed", 1, 3)
    assert listed.trials > 0
    assert listed.trials + listed.missing == 3
    lab.experiments.remove("killed")
    assert not lab.experiments.list()
    assert lab.catalogue.snapshots.sql("SELECT key FROM trials").fetchall() == []
    assert lab.catalogue.snapshots.sql("SELECT key FROM trial_results").fetchall() == []
    again = lab.experiment("killed", **question)  # type: ignore[arg-type]
    assert (again.outcome.made, again.outcome.served) == (3, 0)
    assert [(e.trials, e.missing) for e in lab.experiments.list()] == [(3, 0)]


def test_what_a_run_makes_after_its_experiment_was_removed_can_be_removed_again(lab: Lab) -> None:
    class Killed(BaseException):
        """What no run can catch."""

    def removing(done: int, total: int, title: str) -> None:
        if done == 1:
            lab.experiments.remove("raced")
        elif done == total:
            raise Killed

    with pytest.raises(Killed):
        lab.experiment(
            "raced", tracks="", variants={"a": softer}, metrics=["plr_change"], workers=1,
            on_progress=removing,
        )  # fmt: skip
    (listed,) = lab.experiments.list()
    assert listed.trials >= 1
    lab.experiments.remove("raced")
    assert lab.catalogue.snapshots.sql("SELECT key FROM trials").fetchall() == []


def test_what_is_returned_is_printed_as_a_table(lab: Lab) -> None:
    tried = lab.experiment("shown", tracks="", variants={"a": softer, "<b>": clipped})
    shown: list[Rows[Any]] = [
        tried.summary("ltas_distance"),
        tried.compare("ltas_distance"),
        tried.extremes("ltas_distance"),
        lab.experiments.list(),
    ]
    for rows in shown:
        assert set(str(rows).splitlines()[1]) == {"-", " "}
        assert max(map(len, str(rows).splitlines())) < 100
        assert "<b>" not in rows._repr_html_()
    assert "median (dB)" in str(shown[0])
    assert "no p: 3 tracks" in str(shown[1])
    assert str(lab.experiments.list()).splitlines()[2].startswith("shown ")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tracks": "nothing like it"}, "finds no track"),
        ({"tracks": []}, "tracks must hold"),
        ({"variants": {}}, "variants must hold"),
        ({"variants": {"a": 3}}, "no variant"),
        ({"metrics": ["beauty"]}, "metric 'beauty'"),
        ({"metrics": ["speed", "speed"]}, "names of their own"),
        ({"start_s": 2.0, "stop_s": 1.0}, "must be after"),
        ({"seed": -1}, "seed"),
        ({"name": "  "}, "visible"),
    ],
)
def test_what_cannot_be_tried_is_refused(lab: Lab, changes: dict[str, object], words: str) -> None:
    wanted: dict[str, object] = {"name": "x", "tracks": "one", "variants": {"a": softer}, **changes}
    with pytest.raises(ParameterError, match=words):
        lab.experiment(**wanted)  # type: ignore[arg-type]


def test_a_preset_that_does_not_exist_is_no_variant() -> None:
    with pytest.raises(ParameterError, match="preset='wram' must be 'adaptive'"):
        Enhanced("wram")


def test_every_metric_has_a_meaning() -> None:
    for name, metric in METRICS.items():
        assert metric.name == name
        assert metric.meaning
        assert metric.better in ("low", "high", "near 0", "")


def test_an_experiment_and_its_outcome_say_in_a_line_what_was_done(lab: Lab) -> None:
    question = {"tracks": "one", "variants": {"a": softer}, "metrics": ["change_residual"]}
    lab.experiment("first", **question)  # type: ignore[arg-type]
    tried = lab.experiment("again", **question)  # type: ignore[arg-type]
    assert repr(tried.outcome) == "<Outcome: 0 made, 1 known already>"
    assert repr(tried) == "<Experiment again: 1 variant on 1 track, 0 made, 1 known already>"
    assert "again: 1 variant on 1 track, 0 made, 1 known already;" in experiment_html(tried)
    failed = Outcome((), 2, 0, (TrialFailure("a", 1, "one", "no audio"),), True)
    assert repr(failed) == "<Outcome: 2 made, 0 known already, 1 failed, cancelled>"
