"""How much each dimension counts when tracks are compared: named sets of weights.

Conventions: a weight is 0 or more; only their proportions matter. A dimension that is not named
weighs nothing. Names of what comes with the package are taken.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from auralis_lab.analysis.definitions import DIMENSIONS
from auralis_lab.catalogue.listening.listening import check_name
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["BUILT_IN", "Weights", "checked_weights", "weights_named"]

SHARES = DIMENSIONS[:7]
GROUPS: Mapping[str, Mapping[str, float]] = {
    "timbre": dict.fromkeys(SHARES, 0.5)
    | {"centroid_hz": 1.0, "rolloff_hz": 0.5, "flatness": 1.0, "bass_mid_db": 1.0},
    "rhythm": {"tempo_bpm": 1.0, "rhythm_stability": 0.5, "onset_density_hz": 1.0},
    "tonality": {"harmonic_ratio": 1.0, "pitch_stability": 0.5, "chroma_strength": 1.0},
    "dynamics": {
        "loudness_lufs": 0.5,
        "crest_db": 1.0,
        "dynamic_range_variation_db": 1.0,
        "loudness_variation_db": 1.0,
        "peak_consistency": 0.5,
        "silence_ratio": 0.25,
    },
    "stereo": {"stereo_width": 1.0, "phase_correlation": 1.0},
}
PARTS_OF_DEFAULT = {
    "timbre": 0.4,
    "rhythm": 0.25,
    "tonality": 0.15,
    "dynamics": 0.12,
    "stereo": 0.08,
}


def _default() -> dict[str, float]:
    """Each group in its part, however many dimensions it has."""
    return {
        name: PARTS_OF_DEFAULT[group] * weight / sum(weights.values())
        for group, weights in GROUPS.items()
        for name, weight in weights.items()
    }


BUILT_IN: Mapping[str, Mapping[str, float]] = {
    "default": _default(),
    **GROUPS,
    "equal": dict.fromkeys(DIMENSIONS, 1.0),
}
"""Weights that come with the package, by name."""

_SQL = {
    "names": "SELECT name FROM similarity_weights ORDER BY name",
    "get": "SELECT weights_json FROM similarity_weights WHERE name = $name",
    "drop": "DELETE FROM similarity_weights WHERE name = $name",
    "put": "INSERT INTO similarity_weights VALUES ($name, $weights_json, $now)",
}


class Weights:
    """The named weights of a catalogue, those that come with the package first."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def names(self) -> tuple[str, ...]:
        """Return the names that there are."""
        with self._catalogue.session() as s:
            return (*BUILT_IN, *(name for (name,) in s.rows(_SQL["names"])))

    def get(self, name: str) -> dict[str, float]:
        """Return weights by dimension.

        Raises
        ------
        NotFoundError
            If there are none of that name.
        """
        with self._catalogue.session() as s:
            return weights_named(s, name)

    def save(self, name: str, weights: Mapping[str, float]) -> None:
        """Keep weights under a name, in place of earlier ones of that name.

        Raises
        ------
        ParameterError
            If the name is empty, too long or comes with the package, or the weights are not
            numbers of 0 or more for known dimensions, one of them above 0.
        """
        name = check_name("name", name)
        if name in BUILT_IN:
            raise ParameterError(f"name={name!r} comes with the package and cannot be changed")
        text = json.dumps(checked_weights(weights))
        now = datetime.now(UTC).replace(tzinfo=None)
        with self._catalogue.write() as s:
            s.run(_SQL["drop"], {"name": name})
            s.run(_SQL["put"], {"name": name, "weights_json": text, "now": now})

    def delete(self, name: str) -> None:
        """Forget weights.

        Raises
        ------
        NotFoundError
            If there are none of that name.
        ParameterError
            If they come with the package.
        """
        if name in BUILT_IN:
            raise ParameterError(f"name={name!r} comes with the package and cannot be changed")
        with self._catalogue.write() as s:
            weights_named(s, name)
            s.run(_SQL["drop"], {"name": check_name("name", name)})


def weights_named(s: Session, name: str) -> dict[str, float]:
    """Return weights by their name, within a unit of work.

    Raises
    ------
    NotFoundError
        If there are none of that name.
    """
    if isinstance(name, str) and name in BUILT_IN:
        return dict(BUILT_IN[name])
    row = s.row(_SQL["get"], {"name": check_name("weights", name)})
    if row is None:
        known = ", ".join((*BUILT_IN, *(saved for (saved,) in s.rows(_SQL["names"]))))
        raise NotFoundError(f"there are no weights {name!r}; there are {known}")
    return checked_weights(json.loads(row[0]))


def checked_weights(weights: Mapping[str, float]) -> dict[str, float]:
    """Return weights in the order of the dimensions, or refuse them.

    Raises
    ------
    ParameterError
        If a name is no dimension, a weight is not a finite number of 0 or more, or none is above 0.
    """
    if not isinstance(weights, Mapping):
        raise ParameterError(f"weights={weights!r} must be a name or weights by dimension")
    if unknown := [name for name in weights if name not in DIMENSIONS]:
        raise ParameterError(f"weights has {unknown[0]!r:.80}, which is no dimension")
    for name, weight in weights.items():
        number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not number or not math.isfinite(weight) or weight < 0:
            raise ParameterError(f"weights[{name!r}]={weight!r} must be a number, 0 or more")
    if not any(weights.values()):
        raise ParameterError("weights must have one above 0")
    return {name: float(weights[name]) for name in DIMENSIONS if name in weights}
