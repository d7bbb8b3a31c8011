"""Onsets of a band, found in its level over time.

Conventions: levels in decibels at 100 points a second, each the mean power of about 20 ms.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["find_onsets", "onset_crest_db"]

MIN_RISE_DB = 4.0
GAP_POINTS = 8
DEEPEST_DB = 20.0
AFTER_POINTS = (10, 30)

Levels = npt.NDArray[np.float32]


def find_onsets(
    levels_db: Levels, loud_db: float
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """Points at which the level rises by 4 dB or more within 30 ms, at least 80 ms apart.

    Parameters
    ----------
    levels_db : ndarray of float32, shape (points,)
    loud_db : float
        Loud level of the band. What does not come within 20 dB of it is no onset.

    Returns
    -------
    onsets : ndarray of int
        Where the rise is steepest within 80 ms on either side.
    rises_db : ndarray of float32
        How far the level rises there.
    """
    if len(levels_db) < 4:
        return np.zeros(0, np.intp), np.zeros(0, np.float32)
    padded = np.zeros(len(levels_db) + 2 * GAP_POINTS, np.float32)
    rise = padded[GAP_POINTS:-GAP_POINTS]
    np.subtract(levels_db[3:], levels_db[:-3], out=rise[2:-1])
    high = levels_db > loud_db - DEEPEST_DB
    high[:-1] |= high[1:]  # also where the next point is
    points = np.flatnonzero((rise >= MIN_RISE_DB) & high)
    before, after = np.zeros(len(points)), np.zeros(len(points))
    for step in range(1, GAP_POINTS + 1):
        before = np.maximum(before, padded[points + GAP_POINTS - step])
        after = np.maximum(after, padded[points + GAP_POINTS + step])
    points = points[(rise[points] > before) & (rise[points] >= after)]
    return points, rise[points]


def onset_crest_db(levels_db: Levels, onsets: npt.NDArray[np.intp]) -> float | None:
    """How far onsets stand out: level of their first 30 ms over that 100 to 300 ms later.

    Levels are means of decibels over the points, and so is the result over the onsets; None where
    there is no onset with 300 ms after it.
    """
    onsets = onsets[onsets + AFTER_POINTS[1] <= len(levels_db)]
    if not len(onsets):
        return None
    first = np.mean([levels_db[onsets + step] for step in range(3)], axis=0)
    later = np.mean([levels_db[onsets + step] for step in range(*AFTER_POINTS)], axis=0)
    return float(np.mean(first - later))
