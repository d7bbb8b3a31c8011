"""What is compared: plans under names, and what each of them is turned down by.

Conventions: loudness is LUFS, gains are decibels and never above 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

from auralis_lab.errors import ParameterError

if TYPE_CHECKING:
    from auralis_lab.analysis.profile import Profile
    from auralis_lab.plan.model import Plan

    Plans: TypeAlias = Mapping[str, Plan | str] | Sequence[Plan | str] | Plan | str

__all__ = ["Side", "keys_of", "matched", "named_plans", "sides_of"]

ORIGINAL = "original"
_KEY = re.compile(r"[a-z][a-z0-9_-]{0,31}")


@dataclass(frozen=True)
class Side:
    """One of the sounds: the track as it is, or by a plan."""

    name: str
    plan: Plan | None
    loudness_lufs: float | None
    gain_db: float = 0.0

    def shown(self) -> dict[str, Any]:
        """What the page is told of it."""
        return {
            "name": self.name,
            "plan": None if self.plan is None else self.plan.hash,
            "loudness_lufs": self.loudness_lufs,
            "gain_db": self.gain_db,
        }


def named_plans(plans: Plans) -> dict[str, Plan | str]:
    """Give every plan its name."""
    named = dict(plans) if isinstance(plans, Mapping) else _named_by_preset(plans)
    if not named:
        raise ParameterError("plans is empty: give a plan or a preset to hear, as in ['warm']")
    for name, plan in named.items():
        if not isinstance(name, str) or not name.strip():
            raise ParameterError(f"a plan's name={name!r} must be text that can be read")
        if not isinstance(plan, str) and not hasattr(plan, "predicted"):
            raise ParameterError(f"plans[{name!r}]={plan!r} must be a plan or the name of a preset")
    return named


def _named_by_preset(plans: Sequence[Plan | str] | Plan | str) -> dict[str, Plan | str]:
    """Name each plan as its preset."""
    listed = plans if isinstance(plans, Sequence) and not isinstance(plans, str) else [plans]
    named: dict[str, Plan | str] = {}
    for plan in listed:
        name = plan if isinstance(plan, str) else getattr(plan, "preset", None)
        if name is None:
            raise ParameterError(f"plans={plan!r} must be plans or names of presets")
        if name in named:
            raise ParameterError(
                f"two plans are named {name!r}: give names of your own, as in"
                f" {{'{name} 1': …, '{name} 2': …}}"
            )
        named[name] = plan
    return named


def sides_of(profile: Profile, plans: Mapping[str, Plan], against: str | None) -> list[Side]:
    """All sides; first the one that the others are compared with."""
    sides = [
        Side(
            # Nothing is called as what it is not.
            f"{name} (plan)" if name.casefold() == ORIGINAL else name,
            plan,
            plan.predicted.integrated_lufs,
        )
        for name, plan in plans.items()
    ]
    if against is None:
        return [Side(ORIGINAL, None, profile.loudness.integrated_lufs), *sides]
    place = list(plans).index(against)
    return [sides[place], *sides[:place], *sides[place + 1 :]]


def matched(sides: Sequence[Side]) -> list[Side]:
    """Bring all of them to the loudness of the quietest, if every loudness is known."""
    known = [side.loudness_lufs for side in sides if side.loudness_lufs is not None]
    if len(known) < len(sides):
        return list(sides)
    return [
        Side(side.name, side.plan, lufs, round(min(known) - lufs, 3) + 0.0)
        for side, lufs in zip(sides, known, strict=True)
    ]


def keys_of(sides: Sequence[Side]) -> list[str]:
    """A key for each, its name where that can be one."""
    keys: list[str] = []
    taken = {side.name for side in sides}
    for side in sides:
        if _KEY.fullmatch(side.name):
            keys.append(side.name)
            continue
        keys.append(next(key for n in count(1) if (key := f"plan-{n}") not in taken))
        taken.add(keys[-1])
    return keys
