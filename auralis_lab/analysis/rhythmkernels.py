"""Compiled loops of the rhythm; imported when something is measured."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["rises"]

_FORGETTING = np.exp(-1 / 300)  # a point: the loudest is remembered for about 3 s
_RANGE = 1e-4  # of the loudest: what is 40 dB below it does not count
_SILENCE = 1e-12


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def rises(
    powers: npt.NDArray[np.float32],
    group_starts: npt.NDArray[np.int64],
    streams: npt.NDArray[np.int64],
    before: npt.NDArray[np.float64],
    loudest: float,
    begins: bool,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64], float]:  # pragma: no cover - compiled
    """Mean rise of the groups' levels against two points before, by stream and over all.

    Parameters
    ----------
    powers : ndarray of float32, shape (points, bands)
    group_starts : ndarray of int64, shape (groups + 1,)
        First band of each group, and the end of the last.
    streams : ndarray of int64, shape (groups,)
        0, 1 or 2, for each group.
    before : ndarray of float64, shape (2, groups)
        Powers of the two points before.
    loudest : float
        What was loudest so far, less what has been forgotten; 0 before anything was heard.
    begins : bool
        Whether these are the first points of the track, which have nothing to rise against.

    Returns
    -------
    novelty : ndarray of float32, shape (points, 4)
        Nepers; the last column is the mean over all groups.
    before, loudest
        For the next call.
    """
    groups = streams.shape[0]
    novelty = np.zeros((powers.shape[0], 4), dtype=np.float32)
    known = np.empty((2 + powers.shape[0], groups))
    known[:2] = before
    sizes = np.zeros(4)
    for group in range(groups):
        sizes[streams[group]] += 1.0
        sizes[3] += 1.0
    for p in range(powers.shape[0]):
        whole = 0.0
        for group in range(groups):
            power = 0.0
            for band in range(group_starts[group], group_starts[group + 1]):
                power += np.float64(powers[p, band])
            known[p + 2, group] = power
            whole += power
        if begins and p == 0:
            known[0] = known[2]
            known[1] = known[2]
        loudest = max(whole, loudest * _FORGETTING)
        if loudest < _SILENCE:
            loudest = 0.0
            continue
        floor = loudest * _RANGE / groups
        for group in range(groups):
            now, then = known[p + 2, group], known[p, group]
            if now > then:
                rise = np.log((now + floor) / (then + floor))
                novelty[p, streams[group]] += rise / max(sizes[streams[group]], 1.0)
                novelty[p, 3] += rise / sizes[3]
    return novelty, known[powers.shape[0] :].copy(), loudest
