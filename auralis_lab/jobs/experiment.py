"""Experiments: variants tried on tracks, measured, and kept as rows.

What a trial depends on is its key: the audio, the range, the variant (a function of the user's own
by what it does), the versions of the code and the seed. A trial whose key is known is not run
again, in whatever experiment it was first made, so a run that was broken off is taken up where it
stopped and a repeated one only looks up.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TypeAlias

from auralis_lab.analysis.comparison import METRICS, Metric
from auralis_lab.analysis.profile import PROFILE_VERSION
from auralis_lab.catalogue.experiments.experiments import Experiments, Trial
from auralis_lab.errors import AuralisLabError, ParameterError
from auralis_lab.jobs.digest import function_digest
from auralis_lab.jobs.trials import Excerpt, Subject, metric_values
from auralis_lab.jobs.variants import Variant, described
from auralis_lab.plan.model import PLAN_VERSION
from auralis_lab.render.renderer import ENGINE_VERSION

__all__ = [
    "DEFAULT_METRICS",
    "Outcome",
    "Progress",
    "TrialFailure",
    "chosen_metrics",
    "run_trials",
    "trials_of",
]

Progress: TypeAlias = Callable[[int, int, str], None]
Cancel: TypeAlias = threading.Event | Callable[[], bool]

DEFAULT_METRICS = (
    "null_residual", "change_residual", "loudness_change", "lra_change", "plr_change",
    "true_peak_change", "ltas_distance", "log_spectral_distance", "onset_preservation",
    "seam_rank",
)  # fmt: skip
METRICS_VERSION = 3
"""Part of every key: what was stored under an earlier one is never served."""
LOOK_S = 0.2
MAX_TRIALS = 100_000


@dataclass(frozen=True, slots=True)
class TrialFailure:
    """A trial that could not be made, and why; the next run tries it again."""

    variant: str
    track_id: int
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run did.

    Attributes
    ----------
    trials : tuple of Trial
        All that have results now.
    made : int
        Trials that this run rendered.
    served : int
        Trials whose results were there already.
    failures : tuple of TrialFailure
    cancelled : bool
    """

    trials: tuple[Trial, ...]
    made: int
    served: int
    failures: tuple[TrialFailure, ...]
    cancelled: bool

    def __repr__(self) -> str:
        return f"<Outcome: {self}>"

    def __str__(self) -> str:
        failed = f", {len(self.failures):,} failed" if self.failures else ""
        ended = ", cancelled" if self.cancelled else ""
        return f"{self.made:,} made, {self.served:,} known already{failed}{ended}"


def chosen_metrics(metrics: Sequence[str | Metric]) -> tuple[Metric, ...]:
    """Look up metrics by name; one of the user's own carries its function's digest in its name.

    Raises
    ------
    ParameterError
        If a name is unknown or two metrics have one name.
    """
    chosen = []
    for metric in metrics:
        if isinstance(metric, Metric) and METRICS.get(metric.name) is metric:
            chosen.append(metric)
        elif isinstance(metric, Metric):
            name = f"{metric.name}#{function_digest(metric.function)[:8]}"
            chosen.append(replace(metric, name=name))
        elif metric in METRICS:
            chosen.append(METRICS[metric])
        else:
            raise ParameterError(f"metric {metric!r} must be one of {', '.join(METRICS)}")
    names = [metric.name for metric in chosen]
    if len(set(names)) < len(names):
        raise ParameterError("metrics must have names of their own")
    if not chosen:
        raise ParameterError("metrics must name at least one")
    return tuple(chosen)


def trials_of(
    tracks: Sequence[Subject],
    variants: Mapping[str, Variant],
    *,
    start_s: float = 0.0,
    stop_s: float | None = None,
    seed: int = 440,
) -> list[tuple[Subject, Trial]]:
    """Return what there is to try, whether it has been made or not.

    Parameters and errors are those of :func:`run_trials`.
    """
    _check(tracks, variants, start_s, stop_s, seed)
    code = _code()
    told = {name: json.dumps(described(v), sort_keys=True) for name, v in variants.items()}
    trials = []
    for track in {track.id: track for track in tracks}.values():
        for name, parameters in told.items():
            depends = [track.content_key, start_s, stop_s, parameters, code, seed]
            key = hashlib.sha256(json.dumps(depends).encode()).hexdigest()
            trial = Trial(
                key, name, track.id, track.content_key, start_s, stop_s, parameters, code, seed
            )
            trials.append((track, trial))
    return trials


def run_trials(
    experiments: Experiments,
    tracks: Sequence[Subject],
    variants: Mapping[str, Variant],
    metrics: Sequence[Metric],
    *,
    start_s: float = 0.0,
    stop_s: float | None = None,
    seed: int = 440,
    workers: int | None = None,
    on_progress: Progress | None = None,
    cancel: Cancel | None = None,
    experiment: str | None = None,
) -> Outcome:
    """Make all trials of an experiment that are not there yet, several tracks at once.

    Parameters
    ----------
    experiments : Experiments
        Where results are looked up and kept.
    tracks : sequence of Subject
    variants : mapping of str to Variant
        By name.
    metrics : sequence of Metric
        See :func:`chosen_metrics`.
    start_s, stop_s : float
        What of each track; to its end if `stop_s` is None. It is held in memory.
    seed : int
        For what is chosen at random.
    workers : int, optional
        Threads; by default one per processor this process may use.
    on_progress : callable, optional
        Called with (trials done, trials in all, title) from this thread.
    cancel : threading.Event or callable returning bool, optional
        Asked several times a second; what was made until then is kept.
    experiment : str, optional
        Which the trials are a part of, each as soon as it is made.

    Returns
    -------
    outcome : Outcome

    Raises
    ------
    ParameterError
        If there is nothing to try, too much, or an argument is out of range.
    """
    wanted = trials_of(tracks, variants, start_s=start_s, stop_s=stop_s, seed=seed)
    names = {metric.name for metric in metrics}
    there = experiments.results(trial.key for _, trial in wanted)
    missing = [
        (track, trial) for track, trial in wanted if not names <= there.get(trial.key, {}).keys()
    ]
    run = _Run(experiments, variants, metrics, start_s, stop_s, seed, experiment)
    tell = on_progress or (lambda done, total, title: None)
    stopped = cancel.is_set if isinstance(cancel, threading.Event) else cancel or (lambda: False)
    done = len(wanted) - len(missing)
    tell(done, len(wanted), "")
    by_track: dict[int, list[Trial]] = {}
    for track, trial in missing:
        by_track.setdefault(track.id, []).append(trial)
    subjects = {track.id: track for track, _ in missing}
    with ThreadPoolExecutor(
        workers or len(os.sched_getaffinity(0)), thread_name_prefix="auralis-trial"
    ) as pool:
        waiting: set[Future[Subject]] = {
            pool.submit(run.try_all, subjects[id_], trials) for id_, trials in by_track.items()
        }
        while waiting:
            finished, waiting = wait(waiting, LOOK_S, FIRST_COMPLETED)
            for future in finished:
                title = future.result().title
                tell(done + run.finished, len(wanted), title)
            if stopped():
                run.stop.set()
                for future in waiting:
                    future.cancel()
                break
    failed = {(f.variant, f.track_id) for f in run.failures}
    there = experiments.results(trial.key for _, trial in wanted)
    kept = tuple(
        trial
        for _, trial in wanted
        if names <= there.get(trial.key, {}).keys()
        and (trial.variant, trial.track_id) not in failed
    )
    return Outcome(
        kept, run.finished - len(run.failures), done, tuple(run.failures), run.stop.is_set()
    )


class _Run:
    """What the threads of one run share."""

    def __init__(
        self,
        experiments: Experiments,
        variants: Mapping[str, Variant],
        metrics: Sequence[Metric],
        start_s: float,
        stop_s: float | None,
        seed: int,
        experiment: str | None,
    ) -> None:
        self._experiment = experiment
        self._experiments, self._variants, self._metrics = experiments, variants, metrics
        self._start_s, self._stop_s, self._seed = start_s, stop_s, seed
        self._lock = threading.Lock()
        self.stop = threading.Event()
        self.failures: list[TrialFailure] = []
        self.finished = 0

    def try_all(self, track: Subject, trials: Sequence[Trial]) -> Subject:
        """Make all trials on one track, which is decoded once."""
        excerpt: Excerpt | None = None
        for trial in trials:
            if self.stop.is_set():
                break
            try:
                excerpt = excerpt or Excerpt(track, self._start_s, self._stop_s)
                variant = self._variants[trial.variant]
                values = metric_values(excerpt, variant, self._metrics, seed=self._seed)
                self._experiments.store(trial, values, experiment=self._experiment)
                failure = None
            except AuralisLabError as error:
                failure = TrialFailure(trial.variant, track.id, track.title, str(error))
            with self._lock:
                self.finished += 1
                if failure is not None:
                    self.failures.append(failure)
        return track


def _check(
    tracks: Sequence[Subject],
    variants: Mapping[str, Variant],
    start_s: float,
    stop_s: float | None,
    seed: int,
) -> None:
    if not tracks:
        raise ParameterError("tracks must hold at least one")
    if not variants or not all(isinstance(name, str) and name.strip() for name in variants):
        raise ParameterError("variants must hold at least one, each by a name")
    if len(tracks) * len(variants) > MAX_TRIALS:
        raise ParameterError(f"an experiment must have {MAX_TRIALS:,} trials at most")
    if stop_s is not None and stop_s <= start_s:
        raise ParameterError(f"stop_s={stop_s!r} must be after start_s={start_s!r}")
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise ParameterError(f"seed={seed!r} must be an integer of 0 or more")


def _code() -> str:
    versions = {
        "engine": ENGINE_VERSION,
        "plan": PLAN_VERSION,
        "profile": PROFILE_VERSION,
        "metrics": METRICS_VERSION,
    }
    return " ".join(f"{name} {version}" for name, version in versions.items())
