"""How one track passes into the next: how long they overlap, where in it they fade, by which law.

Conventions: lengths are frames, levels are mean power in decibels in equal steps over the overlap,
``-inf`` for silence.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from auralis_lab.errors import ParameterError

__all__ = [
    "ALIKE",
    "LEAST_OVERLAP_S",
    "UNLIKE",
    "Law",
    "Transition",
    "decide_transition",
    "hold_peaks",
    "longest_overlap",
]

Law: TypeAlias = Literal["equal_power", "equal_gain", "matched"]

ALIKE = 0.95
"""Correlation from which two sides count as the same passage."""
UNLIKE = 0.1
"""Correlation up to which, of either sign, they count as unrelated."""
QUIET_DB = 36.0
"""How far below the loudest step of both sides a side is as good as silent."""
LEAST_OVERLAP_S = 0.05
"""What is shorter is no crossfade."""


@dataclass(frozen=True)
class Transition:
    """The overlap of two tracks.

    Attributes
    ----------
    overlap_frames : int
        How long both are there. The next track begins with the overlap.
    fade_start, fade_frames : int
        The part of the overlap in which one gives way to the other: before it only the outgoing
        side is heard, behind it only the incoming one. An ending that has died away is not drawn
        out by a fade, and a silent beginning is not faded in.
    law : {'equal_power', 'equal_gain', 'matched'}
        See :func:`auralis_lab.dsp.fades.crossfade`.
    correlation : float
        Measured between the sides, -1 to 1.
    level_db : float
        Level of the incoming side less that of the outgoing one; 0 where one of them is silent.
    held_gains : tuple of float
        Linear gains of the mix at equal distances over the overlap, 1 at both of its ends, where
        its peaks have to be held; empty where they have not.
    """

    overlap_frames: int
    fade_start: int
    fade_frames: int
    law: Law
    correlation: float
    level_db: float
    held_gains: tuple[float, ...] = ()

    def __str__(self) -> str:
        least = min(self.held_gains, default=1.0)
        held = f", held by up to {-20 * math.log10(least):.1f} dB" if least < 1 else ""
        return (
            f"{self.law}, correlation {self.correlation:.2f}, level {self.level_db:+.1f} dB,"
            f" fade over {self.fade_frames} of {self.overlap_frames} frames{held}"
        )


def longest_overlap(
    wanted_frames: int, outgoing_frames: int, incoming_frames: int, *, least_frames: int = 2
) -> int:
    """How long two tracks may overlap: as wanted, but at most half of either.

    Parameters
    ----------
    wanted_frames : int
        What the listener asked for.
    outgoing_frames, incoming_frames : int
        Lengths of the tracks.
    least_frames : int
        An overlap shorter than this is none.

    Examples
    --------
    >>> longest_overlap(400, 1_000, 600), longest_overlap(400, 1_000, 2)
    (300, 0)
    """
    overlap = min(wanted_frames, outgoing_frames // 2, incoming_frames // 2)
    return overlap if overlap >= max(2, least_frames) else 0


def decide_transition(
    overlap_frames: int,
    *,
    step_frames: int,
    outgoing_db: Sequence[float],
    incoming_db: Sequence[float],
    correlation: float,
) -> Transition:
    """Decide from what was measured of both sides of an overlap.

    Sides that are alike pass by the equal-gain law, unrelated ones by the equal-power law, and what
    lies between by the one matched to their correlation. The fade covers the part in which both
    sides are audible; where there is none, the pause between the two.

    Parameters
    ----------
    overlap_frames : int
        Length of the overlap, at least 2.
    step_frames : int
        Length of a step of the levels; the last step may be shorter.
    outgoing_db, incoming_db : sequence of float
        Levels of the two sides, one for each step.
    correlation : float
        Of the two sides over the whole overlap, -1 to 1.

    Raises
    ------
    ParameterError
        If the overlap is too short, the levels do not cover it, or the correlation is none.
    """
    steps = -(-overlap_frames // max(1, step_frames))
    if overlap_frames < 2 or step_frames < 1:
        raise ParameterError(f"an overlap of {overlap_frames} frames must have 2 or more")
    if len(outgoing_db) != steps or len(incoming_db) != steps:
        raise ParameterError(f"the levels of both sides must be {steps}, one for each step")
    if not -1 <= correlation <= 1:
        raise ParameterError(f"correlation={correlation!r} must be a number from -1 to 1")
    start, stop = _audible_on_both(outgoing_db, incoming_db)
    first = min(start * step_frames, overlap_frames - 2)
    last = min(max(stop * step_frames, first + 2), overlap_frames)
    return Transition(
        overlap_frames=overlap_frames,
        fade_start=first,
        fade_frames=last - first,
        law=_law(correlation),
        correlation=correlation,
        level_db=_level_db(incoming_db) - _level_db(outgoing_db)
        if max(incoming_db) > -math.inf and max(outgoing_db) > -math.inf
        else 0.0,
    )


def hold_peaks(transition: Transition, mixed_peaks: Sequence[float], ceiling: float) -> Transition:
    """Hold the mix of two sides where it would rise over what either of them reaches.

    Parameters
    ----------
    transition : Transition
        As decided; two loud sides may add up to more than full scale by it.
    mixed_peaks : sequence of float
        Largest sample of the mix in each of equal steps over the overlap, linear.
    ceiling : float
        What it is held to, linear, above 0.

    Returns
    -------
    transition : Transition
        With gains that move linearly from step to step and bring every sample of a step to the
        ceiling, but for the outer halves of the first and the last step.

    Examples
    --------
    >>> plain = Transition(400, 0, 400, "equal_power", 0.0, 0.0)
    >>> hold_peaks(plain, [0.9, 1.0, 2.0, 0.9], 1.0).held_gains
    (1.0, 1.0, 0.5, 0.5, 1.0)
    """
    if max(mixed_peaks) <= ceiling:
        return transition
    wanted = [min(1.0, ceiling / peak) if peak > 0 else 1.0 for peak in mixed_peaks]
    inner = (min(pair) for pair in itertools.pairwise(wanted))
    return replace(transition, held_gains=(1.0, *inner, 1.0))


def _law(correlation: float) -> Law:
    if correlation >= ALIKE:
        return "equal_gain"
    return "equal_power" if abs(correlation) <= UNLIKE else "matched"


def _audible_on_both(outgoing_db: Sequence[float], incoming_db: Sequence[float]) -> tuple[int, int]:
    """Steps from and up to which the sides pass into each other, at least one of them."""
    quiet_db = max(*outgoing_db, *incoming_db) - QUIET_DB
    steps = len(outgoing_db)
    if quiet_db == -math.inf:
        return 0, steps
    ended = max((n + 1 for n, level in enumerate(outgoing_db) if level > quiet_db), default=0)
    begun = min((n for n, level in enumerate(incoming_db) if level > quiet_db), default=steps)
    start, stop = min(ended, begun), max(ended, begun)
    if start == stop:
        start, stop = max(0, start - 1), min(steps, max(stop, 1))
    return start, stop


def _level_db(levels_db: Sequence[float]) -> float:
    power = sum(10 ** (level / 10) for level in levels_db) / len(levels_db)
    return 10 * math.log10(power)
