"""What is put right after a written file was measured, and how that is told.

A plan predicts; the file is the proof. A true peak over the ceiling, as a lossy encoder may leave
it, comes first: the limiter works lower by the excess and a little. What the loudness then misses
is put right by the gain, in the same rendering and once more in the next. The two pull against each
other, for a limiter that works lower takes loudness, and takes part of what a gain adds. How much
is known, because gain and ceiling raised together raise the loudness by just that: if a decibel of
gain adds ``s`` LU, one of ceiling adds ``1 - s``. The first rendering has ``s`` from the predicted
loss, the second from what the first correction brought.

A loudness that a limit held is corrected towards its prediction like any other: the peak to
loudness ratio is then the one the plan allowed. Where the first correction brought next to nothing
there is no second, up or down: more gain would only squeeze, and less would take what is heard to
bring down a few peaks. The third correction, should it come to that, is for the peak alone. Should
the last version be farther off in loudness than an earlier one that kept the ceiling, that earlier
one is rendered again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from auralis_lab.analysis.loudness import Loudness
from auralis_lab.plan.enhance import with_gain
from auralis_lab.plan.model import Decision, Plan, signed

__all__ = [
    "LOUDNESS_TOLERANCE_LU",
    "MOST_ROUNDS",
    "Correction",
    "corrected",
    "held_by",
    "level_over",
    "missed_lu",
    "restored",
]

LOUDNESS_TOLERANCE_LU = 0.3
LARGEST_GAIN_CHANGE_DB = 24.0
RESERVES_DB = (0.1, 0.1, 0.2)  # beyond the excess of a peak, in one correction after another
LOUDNESS_ROUNDS = 2
LEAST_SLOPE = 0.25  # of loudness over gain: where less was found, more gain would only squeeze
LARGEST_EXTRA_DB = 2.0  # of gain over what is missed, to make up for the limiter
FORESEEN_LU = 0.15  # a miss to come that a rendering made for the peak puts right as well
LEAST_GAIN_LU = 0.05  # by which an earlier version must have been nearer
MOST_ROUNDS = len(RESERVES_DB)
"""How often a file can be rendered again."""


@dataclass(frozen=True)
class Correction:
    """One thing that the written file was found to miss, and what was done.

    Attributes
    ----------
    what : {'loudness', 'true peak'}
        What was off.
    measured, wanted : float
        Of the file: LUFS, or dBTP.
    change_db : float
        What was added to the make-up gain, or to the ceiling at which the limiter works.
    sentence : str
        The same for a person.
    version : int
        Which rendering was measured, from 1.
    """

    what: Literal["loudness", "true peak"]
    measured: float
    wanted: float
    change_db: float
    sentence: str
    version: int = 1


def held_by(plan: Plan) -> str | None:
    """Return the limit that held the loudness of a plan, if one did."""
    return next((d.limit for d in plan.decisions if d.topic == "loudness" and d.limit), None)


def corrected(
    plan: Plan,
    written: Loudness,
    *,
    ceiling_dbtp: float,
    before: tuple[Correction, ...] = (),
) -> tuple[Plan, tuple[Correction, ...]]:
    """Decide what to put right after a file was written and measured.

    Parameters
    ----------
    plan : Plan
        What the file was rendered with.
    written : Loudness
        What was measured of it.
    ceiling_dbtp : float
        What its true peak was to stay at or under.
    before : tuple of Correction
        What has been put right already.

    Returns
    -------
    plan : Plan
        What to render the next version with.
    corrections : tuple of Correction
        What differs, none if the file may stay as it is.
    """
    if plan.is_bypass:
        return plan, ()
    version = 1 + max((done.version for done in before), default=0)
    found: list[Correction] = []
    lowered_db = 0.0
    peak = written.true_peak_dbtp
    if peak is not None and peak > ceiling_dbtp and version <= MOST_ROUNDS:
        over = _peak_over(peak, ceiling_dbtp, version)
        found.append(over)
        lowered_db = over.change_db
        plan = _with_ceiling(plan, over)
    if version <= LOUDNESS_ROUNDS:
        slope = _slope(plan, written, before, version)
        miss = _loudness_miss(plan, written, lowered_db, slope, version)
        if miss is not None:
            found.append(miss)
            plan = with_gain(plan, miss.change_db, miss.sentence)
    return plan, tuple(found)


def missed_lu(plan: Plan, written: Loudness) -> float:
    """How far the loudness of a file is off the prediction; 0 where there is none."""
    wanted, reached = plan.predicted.integrated_lufs, written.integrated_lufs
    return 0.0 if wanted is None or reached is None else abs(wanted - reached)


def restored(
    plan: Plan, written: Loudness, best: Plan, best_missed_lu: float, version: int
) -> Correction | None:
    """Say why an earlier version is rendered again; None if it was no nearer in loudness."""
    wanted, reached = plan.predicted.integrated_lufs, written.integrated_lufs
    missed = missed_lu(plan, written)
    nearer = missed > max(LOUDNESS_TOLERANCE_LU, best_missed_lu + LEAST_GAIN_LU)
    if wanted is None or reached is None or not nearer:
        return None
    sentence = (
        f"The file then measured {reached:.1f} LUFS, farther from {wanted:.1f} than before: "
        f"the earlier version was rendered again."
    )
    change = best.gain_db - plan.gain_db
    return Correction("loudness", reached, wanted, change, sentence, version)


def level_over(level_db: float, limit_db: float) -> tuple[str, str]:
    """Two levels with as many decimals, from two to four, as it takes to tell them apart.

    Examples
    --------
    >>> level_over(-0.31, -1.0), level_over(-0.998, -1.0)
    (('-0.31', '-1.00'), ('-0.998', '-1.000'))
    """
    for places in (2, 3, 4):
        level, limit = f"{level_db:.{places}f}", f"{limit_db:.{places}f}"
        if level != limit:
            break
    return level, limit


def _slope(plan: Plan, written: Loudness, before: tuple[Correction, ...], version: int) -> float:
    """Loudness that a decibel of gain adds."""
    last = {done.what: done for done in before if done.version == version - 1}
    gain, reached = last.get("loudness"), written.integrated_lufs
    if gain is None or reached is None:
        return 1.0 / (1.0 + max(0.0, plan.predicted.limiter_loss_lu))
    lowered_db = last["true peak"].change_db if "true peak" in last else 0.0
    moved = gain.change_db - lowered_db
    slope = (reached - gain.measured - lowered_db) / moved if abs(moved) > 0.05 else 1.0
    return min(1.0, slope)


def _loudness_miss(
    plan: Plan, written: Loudness, lowered_db: float, slope: float, version: int
) -> Correction | None:
    wanted, reached = plan.predicted.integrated_lufs, written.integrated_lufs
    if wanted is None or reached is None:
        return None
    missed = wanted - reached
    to_come = missed - (1.0 - slope) * lowered_db
    if abs(missed) <= LOUDNESS_TOLERANCE_LU and not (lowered_db and abs(to_come) > FORESEEN_LU):
        return None
    if slope < LEAST_SLOPE and version > 1:
        return None
    most = min(LARGEST_GAIN_CHANGE_DB, abs(to_come) + LARGEST_EXTRA_DB)
    change = max(-LARGEST_GAIN_CHANGE_DB, min(most, to_come / max(slope, LEAST_SLOPE)))
    if abs(missed) > LOUDNESS_TOLERANCE_LU:
        sentence = (
            f"The file measured {reached:.1f} LUFS instead of {wanted:.1f}: "
            f"rendered again with {signed(change, 'dB')}."
        )
    else:
        sentence = f"As the lower limiter takes loudness, {signed(change, 'dB')} of gain with it."
    return Correction("loudness", reached, wanted, change, sentence, version)


def _peak_over(peak_dbtp: float, ceiling_dbtp: float, version: int) -> Correction:
    change = ceiling_dbtp - peak_dbtp - RESERVES_DB[version - 1]
    peak, ceiling = level_over(peak_dbtp, ceiling_dbtp)
    sentence = (
        f"The true peak of the file was {peak} dBTP, over the {ceiling} "
        f"allowed: rendered again with the limiter {-change:.2f} dB lower."
    )
    return Correction("true peak", peak_dbtp, ceiling_dbtp, change, sentence, version)


def _with_ceiling(plan: Plan, over: Correction) -> Plan:
    measured, ceiling = level_over(over.measured, over.wanted)
    decision = Decision(
        topic="true peak, corrected",
        measured=f"{measured} dBTP",
        target=f"at most {ceiling} dBTP",
        amount=signed(over.change_db, "dB"),
        limit=None,
        sentence=over.sentence,
    )
    lower = round(plan.limiter.ceiling_dbtp + over.change_db, 3)
    limiter = replace(plan.limiter, ceiling_dbtp=lower)
    return replace(plan, limiter=limiter, decisions=(*plan.decisions, decision))
