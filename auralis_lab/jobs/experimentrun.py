"""From a question to an experiment that can be asked: run, keep, look up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auralis_lab.analysis.comparison import Metric
from auralis_lab.catalogue.experiments.experiments import ROWS_SQL
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.jobs.experiment import (
    DEFAULT_METRICS,
    Cancel,
    Progress,
    chosen_metrics,
    run_trials,
    trials_of,
)
from auralis_lab.jobs.experimentresult import Experiment
from auralis_lab.jobs.trials import Subject
from auralis_lab.jobs.variants import Variant

__all__ = ["run_experiment"]


def run_experiment(
    catalogue: Catalogue,
    name: str,
    tracks: Sequence[Subject],
    variants: Mapping[str, Variant],
    metrics: Sequence[str | Metric] = (),
    *,
    start_s: float = 0.0,
    stop_s: float | None = None,
    seed: int = 440,
    workers: int | None = None,
    on_progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Experiment:
    """Make the trials that are missing, and say what the experiment consists of.

    That is said before the first is made, so that an experiment whose process dies is listed, goes
    on where it was, and is removed like any other.

    Parameters and errors are those of :func:`auralis_lab.jobs.experiment.run_trials`.

    Parameters
    ----------
    catalogue : Catalogue
    name : str
        The experiment's.
    tracks, variants
        What to try on what.
    metrics : sequence of str or Metric
        All but the speed, which differs from run to run, by default.
    start_s, stop_s, seed, workers, on_progress, cancel
        As there.
    """
    measured = chosen_metrics(metrics or DEFAULT_METRICS)
    experiments = catalogue.experiments
    wanted = trials_of(tracks, variants, start_s=start_s, stop_s=stop_s, seed=seed)
    experiments.enter(name, [trial for _, trial in wanted])
    outcome = run_trials(
        experiments,
        tracks,
        variants,
        measured,
        start_s=start_s,
        stop_s=stop_s,
        seed=seed,
        workers=workers,
        on_progress=on_progress,
        cancel=cancel,
        experiment=name,
    )
    experiments.enter(name, outcome.trials)
    return Experiment(
        name=name,
        outcome=outcome,
        metrics=measured,
        start_s=start_s,
        stop_s=stop_s,
        _results=experiments.results(trial.key for trial in outcome.trials),
        _tracks={track.id: track for track in tracks},
        _variants=dict(variants),
        _ask=lambda: catalogue.snapshots.sql(ROWS_SQL, {"name": name}),
    )
