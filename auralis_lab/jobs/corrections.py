"""What is put right after a written file was measured, and how that is told.

A plan predicts; the file is the proof. Where the loudness misses what was predicted the gain is
corrected, once. Where the true peak lies over the ceiling, as it may after a lossy encoder, the
limiter works lower by the excess, once or, if that was not enough, twice. A loudness that a limit
held is corrected towards its prediction like any other: the peak to loudness ratio is then the one
the plan allowed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from auralis_lab.analysis.loudness import Loudness
from auralis_lab.plan.enhance import with_gain
from auralis_lab.plan.model import Decision, Plan, signed

__all__ = ["LOUDNESS_TOLERANCE_LU", "MOST_ROUNDS", "Correction", "corrected", "held_by"]

LOUDNESS_TOLERANCE_LU = 0.3
LARGEST_GAIN_CHANGE_DB = 24.0
RESERVES_DB = (0.1, 0.3)  # beyond the excess, in the first and in the second correction of a peak
MOST_ROUNDS = 1 + len(RESERVES_DB)
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
    """

    what: Literal["loudness", "true peak"]
    measured: float
    wanted: float
    change_db: float
    sentence: str


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
    found: list[Correction] = []
    miss = _loudness_miss(plan, written)
    if miss is not None and not any(done.what == "loudness" for done in before):
        found.append(miss)
        plan = with_gain(plan, miss.change_db, miss.sentence)
    peaks_done = sum(done.what == "true peak" for done in before)
    peak = written.true_peak_dbtp
    if peak is not None and peak > ceiling_dbtp and peaks_done < len(RESERVES_DB):
        over = _peak_over(peak, ceiling_dbtp, RESERVES_DB[peaks_done])
        found.append(over)
        plan = _with_ceiling(plan, over)
    return plan, tuple(found)


def _loudness_miss(plan: Plan, written: Loudness) -> Correction | None:
    wanted, reached = plan.predicted.integrated_lufs, written.integrated_lufs
    if wanted is None or reached is None or abs(wanted - reached) <= LOUDNESS_TOLERANCE_LU:
        return None
    change = max(-LARGEST_GAIN_CHANGE_DB, min(LARGEST_GAIN_CHANGE_DB, wanted - reached))
    sentence = (
        f"The file measured {reached:.1f} LUFS instead of {wanted:.1f}: "
        f"rendered again with {signed(change, 'dB')}."
    )
    return Correction("loudness", reached, wanted, change, sentence)


def _peak_over(peak_dbtp: float, ceiling_dbtp: float, reserve_db: float) -> Correction:
    change = ceiling_dbtp - peak_dbtp - reserve_db
    sentence = (
        f"The true peak of the file was {peak_dbtp:.2f} dBTP, over the {ceiling_dbtp:.1f} "
        f"allowed: rendered again with the limiter {-change:.2f} dB lower."
    )
    return Correction("true peak", peak_dbtp, ceiling_dbtp, change, sentence)


def _with_ceiling(plan: Plan, over: Correction) -> Plan:
    decision = Decision(
        topic="true peak, corrected",
        measured=f"{over.measured:.2f} dBTP",
        target=f"at most {over.wanted:.1f} dBTP",
        amount=signed(over.change_db, "dB"),
        limit=None,
        sentence=over.sentence,
    )
    lower = round(plan.limiter.ceiling_dbtp + over.change_db, 3)
    limiter = replace(plan.limiter, ceiling_dbtp=lower)
    return replace(plan, limiter=limiter, decisions=(*plan.decisions, decision))
