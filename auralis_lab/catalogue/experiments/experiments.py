"""Trials and what was measured of them, kept by all that they depend on.

Conventions: a trial is one variant on one range of one track. Its key is made by whoever ran it,
from everything the result depends on; what is stored under a key is never changed, only added to.
A value of None says that there is none, such as the loudness of silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from auralis_lab.catalogue.experiments.rows import Rows
from auralis_lab.catalogue.listening.listening import check_name, now_utc
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["ROWS_SQL", "ExperimentSummary", "Experiments", "Result", "Trial"]

MAX_NAME_CHARACTERS = 100

ROWS_SQL = """
    SELECT variant, track_id, title, artists, split_part(metric, '#', 1) AS metric, value, unit,
        start_s, stop_s, parameters_json, code, seed, trials.content_key, key, made_at
    FROM experiment_trials JOIN trials USING (key) JOIN trial_results USING (key)
    LEFT JOIN (SELECT id AS track_id, title, artists FROM tracks) USING (track_id)
    WHERE experiment = $name
    ORDER BY variant, track_id, metric"""
"""The rows of one experiment, one for each trial and metric."""

_SQL = {
    "results": """
        SELECT key, metric, value, unit FROM trial_results
        WHERE key IN (SELECT key FROM asked_keys)""",
    "known": "SELECT key FROM trials WHERE key IN (SELECT key FROM new_trials)",
    "insert_trials": """
        INSERT INTO trials BY NAME
        SELECT * FROM new_trials WHERE key NOT IN (SELECT key FROM trials)""",
    "insert_results": """
        INSERT INTO trial_results BY NAME
        SELECT * FROM new_results
        WHERE (key, metric) NOT IN (SELECT (key, metric) FROM trial_results)""",
    "enter": """
        INSERT INTO experiments VALUES ($name, $now, $now)
        ON CONFLICT (name) DO UPDATE SET last_run_at = excluded.last_run_at""",
    "enter_again": "INSERT INTO experiments VALUES ($name, $now, $now) ON CONFLICT DO NOTHING",
    "join_again": """
        INSERT INTO experiment_trials BY NAME
        SELECT $name AS experiment, $key AS key, $variant AS variant, $track_id AS track_id
        WHERE NOT EXISTS (FROM experiment_trials
            WHERE experiment = $name AND key = $key AND variant = $variant)""",
    "clear": "DELETE FROM experiment_trials WHERE experiment = $name",
    "join": "INSERT INTO experiment_trials BY NAME SELECT * FROM members",
    "list": """
        SELECT name, first_run_at, last_run_at, count(trials.key), count(DISTINCT variant),
            count(DISTINCT track_id), count(members.key) - count(trials.key)
        FROM experiments LEFT JOIN experiment_trials AS members ON experiment = name
        LEFT JOIN trials ON trials.key = members.key
        GROUP BY ALL ORDER BY last_run_at DESC, name""",
    "there": "SELECT 1 FROM experiments WHERE name = $name",
    "remove": "DELETE FROM experiments WHERE name = $name",
    "orphans": """
        DELETE FROM trials WHERE key NOT IN (SELECT key FROM experiment_trials)""",
    "orphaned_results": "DELETE FROM trial_results WHERE key NOT IN (SELECT key FROM trials)",
}


@dataclass(frozen=True, slots=True)
class Result:
    """A number and its unit; the number is None where there is none."""

    value: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One variant on one range of one track.

    Attributes
    ----------
    key : str
        Stands for all that the result depends on.
    variant : str
        Name within the experiment.
    track_id : int
    content_key : str
        Of the track's audio.
    start_s, stop_s : float
        The range; None is the end.
    parameters_json : str
        What the variant is.
    code : str
        Version of what computed it.
    seed : int
    """

    key: str
    variant: str
    track_id: int
    content_key: str
    start_s: float
    stop_s: float | None
    parameters_json: str
    code: str
    seed: int


@dataclass(frozen=True, slots=True)
class ExperimentSummary:
    """That there is an experiment, and how large it is.

    Attributes
    ----------
    name : str
    first_run_at, last_run_at : datetime
        In UTC.
    trials : int
        That have results.
    variants, tracks : int
    missing : int
        Trials without results: the experiment is being run, or the process died. Running it again
        makes them.
    """

    name: str
    first_run_at: datetime
    last_run_at: datetime
    trials: int = field(default=0)
    variants: int = field(default=0)
    tracks: int = field(default=0)
    missing: int = field(default=0)


_LISTED: dict[str, Callable[[ExperimentSummary], str]] = {
    "experiment": lambda row: row.name,
    "last run (UTC)": lambda row: f"{row.last_run_at:%Y-%m-%d %H:%M}",
    "variants": lambda row: f"{row.variants:,}",
    "tracks": lambda row: f"{row.tracks:,}",
    "trials": lambda row: f"{row.trials:,}" + (f", {row.missing:,} missing" if row.missing else ""),
}


class Experiments:
    """The experiments of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def list(self) -> Rows[ExperimentSummary]:
        """Return the experiments, the one run last first; also those that were broken off."""
        with self._catalogue.session() as s:
            rows = s.rows(_SQL["list"])
        found = [
            ExperimentSummary(name, _aware(first), _aware(last), *counts)
            for name, first, last, *counts in rows
        ]
        return Rows(found, _LISTED)

    def results(self, keys: Iterable[str]) -> dict[str, dict[str, Result]]:
        """Return what is stored of trials, by key and metric; unknown keys are absent."""
        found: dict[str, dict[str, Result]] = {}
        with self._catalogue.session() as s:
            s.stage("asked_keys", {"key": list(dict.fromkeys(keys))})
            for key, metric, value, unit in s.rows(_SQL["results"]):
                found.setdefault(key, {})[metric] = Result(value, unit)
        return found

    def store(
        self, trial: Trial, results: Mapping[str, Result], *, experiment: str | None = None
    ) -> None:
        """Keep what was measured of a trial; what is there already stays.

        Parameters
        ----------
        trial : Trial
        results : mapping of str to Result
            By metric.
        experiment : str, optional
            Which it is a part of. Should that have been removed since it began, it is there again
            with what is made now, so that nothing is kept that cannot be listed and removed.

        Raises
        ------
        ParameterError
            If a value is not finite.
        """
        for metric, result in results.items():
            if result.value is not None and not math.isfinite(result.value):
                raise ParameterError(f"{metric}={result.value!r} must be finite or None")
        with self._catalogue.write() as s:
            s.stage(
                "new_trials",
                {
                    "key": [trial.key],
                    "content_key": [trial.content_key],
                    "start_s": [float(trial.start_s)],
                    "stop_s": [None if trial.stop_s is None else float(trial.stop_s)],
                    "parameters_json": [trial.parameters_json],
                    "code": [trial.code],
                    "seed": [trial.seed],
                    "made_at": [now_utc()],
                },
            )
            s.run(_SQL["insert_trials"])
            s.stage(
                "new_results",
                {
                    "key": [trial.key] * len(results),
                    "metric": list(results),
                    "value": [result.value for result in results.values()],
                    "unit": [result.unit for result in results.values()],
                },
            )
            s.run(_SQL["insert_results"])
            if experiment is not None:
                member = {"key": trial.key, "variant": trial.variant, "track_id": trial.track_id}
                s.run(_SQL["enter_again"], {"name": experiment, "now": now_utc()})
                s.run(_SQL["join_again"], {"name": experiment, **member})

    def enter(self, name: str, trials: Sequence[Trial]) -> None:
        """Say which trials an experiment consists of now; those it had before are let go.

        They need not have been made yet: what is entered before a run begins is listed and removed
        with the experiment, however the run ends.

        Raises
        ------
        ParameterError
            If it cannot be a name.
        """
        name = check_name("name", name, MAX_NAME_CHARACTERS)
        members = {(t.key, t.variant, t.track_id): None for t in trials}
        with self._catalogue.write() as s:
            s.run(_SQL["enter"], {"name": name, "now": now_utc()})
            s.run(_SQL["clear"], {"name": name})
            s.stage(
                "members",
                {
                    "experiment": [name] * len(members),
                    "key": [key for key, _, _ in members],
                    "variant": [variant for _, variant, _ in members],
                    "track_id": [track_id for _, _, track_id in members],
                },
            )
            s.run(_SQL["join"])

    def remove(self, name: str) -> None:
        """Forget an experiment, and the trials that belong to no other.

        Raises
        ------
        NotFoundError
            If there is none of that name.
        """
        name = check_name("name", name, MAX_NAME_CHARACTERS)
        with self._catalogue.write() as s:
            if s.row(_SQL["there"], {"name": name}) is None:
                raise NotFoundError(f"there is no experiment {name!r}")
            s.run(_SQL["clear"], {"name": name})
            s.run(_SQL["remove"], {"name": name})
            s.run(_SQL["orphans"])
            s.run(_SQL["orphaned_results"])


def _aware(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC)
