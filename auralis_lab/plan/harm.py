"""Do no harm: how much is already mastered, and how little it may be changed.

A track counts as mastered as far as its true peak is at full scale and its peak to loudness ratio
is that of released popular music. It then loses no more than 1 dB of that ratio, and its balance is
corrected by no more than a preset's budget. What is not mastered has more room.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["balance_budget_db", "mastered_share", "plr_budget_db", "ramp"]

TRUE_PEAK_DBTP = (-4.0, -1.5)  # not mastered below, mastered above
PLR_DB = (12.0, 16.0)  # mastered below, not above
PLR_LOSS_DB = 1.0
MORE_BALANCE_DB = 1.7  # added to the budget of what is not mastered at all
OVERS_DBTP = (0.5, 3.0)
OVERS_SHARE = 0.6  # of the balance budget that goes where peaks lie over full scale


def mastered_share(true_peak_dbtp: float, plr_db: float) -> float:
    """How far a track counts as mastered, 0 to 1.

    Examples
    --------
    >>> mastered_share(-0.1, 8.0), mastered_share(-6.0, 12.0), mastered_share(-0.1, 18.0)
    (1.0, 0.0, 0.0)
    """
    return ramp(true_peak_dbtp, TRUE_PEAK_DBTP) * (1.0 - ramp(plr_db, PLR_DB))


def plr_budget_db(true_peak_dbtp: float, plr_db: float, floor_db: float, most_db: float) -> float:
    """Peak to loudness ratio that the limiter may take.

    1 dB, and of what is not mastered also what lies above the floor, up to the most.

    Examples
    --------
    >>> plr_budget_db(0.0, 9.0, 11.0, 4.0), plr_budget_db(-6.0, 13.0, 11.0, 4.0)
    (1.0, 3.0)
    """
    room = 1.0 - mastered_share(true_peak_dbtp, plr_db)
    return min(most_db, PLR_LOSS_DB + room * max(0.0, plr_db - floor_db))


def balance_budget_db(true_peak_dbtp: float, plr_db: float, mastered_db: float) -> float:
    """Root mean square over the bands that a correction of the balance may have.

    Less than half where the true peak lies 3 dB above full scale: such peaks are made by clipping,
    and whatever moves the bands against each other takes them away.
    """
    budget = mastered_db + MORE_BALANCE_DB * (1.0 - mastered_share(true_peak_dbtp, plr_db))
    return budget * (1.0 - OVERS_SHARE * ramp(true_peak_dbtp, OVERS_DBTP))


def ramp(value: float, ends: Sequence[float]) -> float:
    """Straight line from 0 at the first end to 1 at the second, held outside."""
    low, high = ends
    return min(max((value - low) / (high - low), 0.0), 1.0)
