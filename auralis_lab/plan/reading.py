"""Plans read from text, each value looked at before anything is made of it.

A text may come from anywhere. What it holds must be of the kind that the field takes and lie where
a renderer can use it; the first value that does not is named.
"""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import fields
from typing import Any, get_args, get_origin, get_type_hints

from auralis_lab.errors import ParameterError, check_choice
from auralis_lab.plan.automation import BandDynamics, BandWidth
from auralis_lab.plan.model import (
    PLAN_VERSION,
    Decision,
    EqCurve,
    LimiterSettings,
    MadeFor,
    Plan,
    Prediction,
)
from auralis_lab.plan.presets import PRESET_NAMES, REFERENCE

__all__ = ["read_plan"]

LEVEL = (-200.0, 200.0)  # samples up to ±1e6 are taken, which is +120 dB
PREDICTED = (-1000.0, 1000.0)
RANGES = {
    "intensity": (0.0, 1.0),
    "gain_db": LEVEL,
    "dc_offset": (-1e6, 1e6),
    "target_lufs": LEVEL,
    "eq.frequencies_hz": (0.1, 1e6),
    "eq.gains_db": (-60.0, 60.0),
    "limiter.ceiling_dbtp": (-60.0, 0.0),
    "limiter.margin_db": (0.0, 6.0),
    "limiter.lookahead_ms": (1.0, 100.0),
    "limiter.release_ms": (1.0, 60_000.0),
    "predicted.integrated_lufs": PREDICTED,
    "predicted.true_peak_dbtp": PREDICTED,
    "predicted.limiter_loss_lu": PREDICTED,
    "dynamics.crossovers_hz": (0.1, 1e6),
    "dynamics.control_rate_hz": (0.1, 1e5),
    "dynamics.points": (1, 2**40),
    "dynamics.mean_gains_db": (-400.0, 400.0),
    "width.crossovers_hz": (0.1, 1e6),
    "width.side_gains_db": (-60.0, 60.0),
    "width.mean_gains_db": (-400.0, 400.0),
    "made_for.rate_hz": (1, 2**31),
    "made_for.channels": (1, 2**16),
    "made_for.frames": (0, 2**53),
}
"""Where numbers must lie; those that are not listed must be finite."""

ANYWHERE = (-math.inf, math.inf)


def read_plan(text: str) -> Plan:
    """Make a plan of a text that :meth:`auralis_lab.plan.model.Plan.to_json` wrote.

    Raises
    ------
    ParameterError
        If the text is not a plan or one of another version, or naming the first value that is
        missing, unknown, of another kind or out of range.
    """
    try:
        values = json.loads(text, object_pairs_hook=_once)
    except ParameterError:
        raise
    except (ValueError, TypeError, RecursionError) as error:
        raise ParameterError(f"not a plan: {error}") from error
    if not isinstance(values, dict) or "version" not in values:
        raise ParameterError("not a plan: it has no version")
    version = values.pop("version")
    if version != PLAN_VERSION:
        raise ParameterError(f"plan version {version!r} must be {PLAN_VERSION}")
    made: Plan = _made(Plan, values, "")
    check_choice("preset", made.preset, (*PRESET_NAMES, REFERENCE.name))
    eq = made.eq
    if not eq.frequencies_hz or len(eq.frequencies_hz) != len(eq.gains_db):
        raise ParameterError("eq.gains_db must be as many as eq.frequencies_hz, one at least")
    if any(low >= high for low, high in itertools.pairwise(eq.frequencies_hz)):
        raise ParameterError("eq.frequencies_hz must rise")
    return made


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are each there once."""
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ParameterError(f"not a plan: {twice} is there twice")
    return values


def _made(kind: type[Any], values: object, path: str) -> Any:
    """An object of a dataclass, each of its fields checked against its type."""
    if not isinstance(values, dict):
        raise ParameterError(f"{path.rstrip('.')}={_shown(values)} must be an object")
    hints = {**get_type_hints(kind)}
    if kind is BandDynamics:
        hints["packed"] = str
    known = [field.name for field in fields(kind)]
    if unknown := sorted(values.keys() - set(known)):
        raise ParameterError(f"{path}{unknown[0]} is no part of a plan")
    made = {}
    for name in known:
        if name not in values:
            raise ParameterError(f"{path}{name} is missing")
        made[name] = _value(hints[name], values[name], path + name)
    try:
        return BandDynamics.from_values(made) if kind is BandDynamics else kind(**made)
    except ParameterError as error:
        raise ParameterError(f"{path.rstrip('.')}: {error}") from error


def _value(hint: Any, value: object, path: str) -> Any:
    options = get_args(hint)
    if type(None) in options:
        if value is None:
            return None
        (hint,) = (option for option in options if option is not type(None))
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ParameterError(f"{path}={_shown(value)} must be a list")
        (each, *_) = get_args(hint)
        nested = each in NESTED
        return tuple(
            _value(each, item, f"{path}[{place}]" if nested else path)
            for place, item in enumerate(value)
        )
    if hint in NESTED:
        return _made(hint, value, f"{path}.")
    if hint is str:
        if not isinstance(value, str):
            raise ParameterError(f"{path}={_shown(value)} must be text")
        return value
    if hint is bool:
        if not isinstance(value, bool):
            raise ParameterError(f"{path}={_shown(value)} must be true or false")
        return value
    return _number(hint, value, path)


def _number(hint: Any, value: object, path: str) -> float:
    low, high = RANGES.get(path, ANYWHERE)
    whole = hint is int
    if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
        raise ParameterError(f"{path}={_shown(value)} must be a {'whole ' if whole else ''}number")
    if not low <= value <= high or abs(value) > 1e300:
        where = "finite" if (low, high) == ANYWHERE else f"from {low:g} to {high:g}"
        raise ParameterError(f"{path}={_shown(value)} must be {where}")
    return value


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


NESTED = (EqCurve, LimiterSettings, MadeFor, Prediction, Decision, BandDynamics, BandWidth)
