"""What a user asks to be done to a file, and the plan that comes of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from auralis_lab.analysis.profile import Profile, measure
from auralis_lab.io.array import ArraySource
from auralis_lab.io.source import AudioSource
from auralis_lab.plan.enhance import plan as make_plan
from auralis_lab.plan.model import Plan

__all__ = ["MEASURING", "MEASURING_REFERENCE", "PlanRequest", "Progress", "plan_source"]

Progress: TypeAlias = Callable[[str, float], None]

MEASURING, MEASURING_REFERENCE = "measuring", "measuring the reference"


@dataclass(frozen=True)
class PlanRequest:
    """What to aim at; see :func:`auralis_lab.plan.enhance.plan` for what each may be.

    Attributes
    ----------
    preset : str
    intensity : float
    target_lufs : float or None
    ceiling_dbtp : float
    reference : path-like or None
        The file to match, for the preset ``'reference'``.
    """

    preset: str = "adaptive"
    intensity: float = 1.0
    target_lufs: float | None = None
    ceiling_dbtp: float = -1.0
    reference: str | os.PathLike[str] | None = None

    def check(self) -> None:
        """Refuse what no track could be planned with.

        Raises
        ------
        ParameterError
            As :func:`auralis_lab.plan.enhance.plan` does.
        """
        silence = measure(ArraySource(np.zeros((1, 0), np.float32), 8_000))
        self.plan(silence, None if self.reference is None else silence)

    def plan(self, profile: Profile, reference: Profile | None) -> Plan:
        """Decide for a track that was measured, and a reference that was if there is one."""
        return make_plan(
            profile,
            self.preset,
            intensity=self.intensity,
            target_lufs=self.target_lufs,
            ceiling_dbtp=self.ceiling_dbtp,
            reference=reference,
        )


def plan_source(
    source: AudioSource,
    request: PlanRequest,
    *,
    salvage: bool = False,
    on_progress: Progress | None = None,
) -> tuple[Profile, Plan]:
    """Measure a file, and the reference if there is one, and decide what to do.

    Parameters
    ----------
    source : AudioSource
    request : PlanRequest
    salvage : bool
        Whether of a lossless file that was cut short the frames that are there are used.
    on_progress : callable, optional
        Called with the stage, `MEASURING` or `MEASURING_REFERENCE`, and the share of it done.

    Returns
    -------
    profile : Profile
        Of the file.
    plan : Plan

    Raises
    ------
    ParameterError
        If the request cannot be met; before anything is measured.
    DecodeError
        If a file cannot be read or was cut short.
    """
    tell = on_progress or (lambda stage, share: None)
    request.check()
    reference = None
    if request.reference is not None:
        with AudioSource(Path(request.reference)) as other:
            reference = _measured(other, salvage, lambda share: tell(MEASURING_REFERENCE, share))
    profile = _measured(source, salvage, lambda share: tell(MEASURING, share))
    return profile, request.plan(profile, reference)


def _measured(source: AudioSource, salvage: bool, tell: Callable[[float], None]) -> Profile:
    profile = measure(source, on_progress=tell)
    if not salvage:
        source.require_whole(compressed=True)
    return profile
