"""Loops over control points, compiled. Import this module only where it is used."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["smooth_reduction"]

Row = npt.NDArray[np.float32]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def smooth_reduction(
    levels_db: Row,
    threshold_db: float,
    slope: float,
    knee_db: float,
    largest_db: float,
    attack: float,
    release: float,
) -> Row:
    """Gain reduction of a feed-forward compressor with a soft knee, in decibels, 0 or more.

    The static curve is that of Giannoulis, Massberg and Reiss, "Digital dynamic range compressor
    design" (JAES 60, 2012), held at `largest_db`, then smoothed by one pole in decibels, with one
    coefficient where the reduction grows and another where it falls.

    Parameters
    ----------
    levels_db : ndarray of float32, shape (points,)
    threshold_db, knee_db, largest_db : float
        `knee_db` is above 0.
    slope : float
        1 - 1 / ratio.
    attack, release : float
        Coefficients, 0 (at once) to 1 (never).
    """
    out = np.empty(len(levels_db), np.float32)
    held = 0.0
    for p in range(len(levels_db)):
        over = levels_db[p] - threshold_db
        if over <= -knee_db / 2:
            wanted = 0.0
        elif over < knee_db / 2:
            wanted = slope * (over + knee_db / 2) ** 2 / (2 * knee_db)
        else:
            wanted = slope * over
        wanted = min(wanted, largest_db)
        if p == 0:
            held = wanted
        keep = attack if wanted > held else release
        held = keep * held + (1 - keep) * wanted
        out[p] = held
    return out
