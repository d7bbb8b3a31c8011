"""Compiled loops of the analysis; imported only when something is measured.

Conventions: audio is ``float32``, one channel as a 1-D array; filter states and sums are
``float64``. Sums run in the order of time, without ``fastmath``: a result depends on the samples alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from auralis_lab.audio import Audio

__all__ = ["add_weighted_energies", "stereo_sums"]

Doubles = npt.NDArray[np.float64]

# States below this are cleared at every hop: a decaying filter would otherwise sink into
# denormal numbers, which are a hundred times slower.
_SILENT_STATE = 1e-30


def add_weighted_energies(
    audio: Audio,
    biquads: Doubles,
    states: Doubles,
    weights: Doubles,
    edges: npt.NDArray[np.int64],
) -> Doubles:
    """K-weighted energy of every hop, summed over the channels with their weights.

    Parameters
    ----------
    audio : ndarray of float32, shape (channels, frames)
    biquads : ndarray of float64, shape (10,)
        Two biquads, each ``b0 b1 b2 a1 a2``.
    states : ndarray of float64, shape (channels, 4)
        Filter states, advanced to ``edges[-1]``.
    weights : ndarray of float64, shape (channels,)
        Channels that weigh 0 are not filtered.
    edges : ndarray of int64, shape (hops + 1,)
        First frame of every hop, and the end of the last.

    Returns
    -------
    energies : ndarray of float64, shape (hops,)
        Sums of squares, not means.
    """
    energies = np.zeros(len(edges) - 1)
    heard = [channel for channel in range(len(audio)) if weights[channel] != 0]
    for a, b in zip(heard[0::2], heard[1::2], strict=False):
        _pair_energies(
            audio[a], audio[b], biquads, states[a], states[b], weights[a], weights[b],
            edges, energies,
        )  # fmt: skip
    if len(heard) % 2:
        a = heard[-1]
        _single_energies(audio[a], biquads, states[a], weights[a], edges, energies)
    return energies


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _single_energies(
    x: Audio,
    biquads: Doubles,
    state: Doubles,
    weight: float,
    edges: npt.NDArray[np.int64],
    energies: Doubles,
) -> None:  # pragma: no cover - compiled
    b0, b1, b2, a1, a2 = biquads[0], biquads[1], biquads[2], biquads[3], biquads[4]
    d0, d1, d2, c1, c2 = biquads[5], biquads[6], biquads[7], biquads[8], biquads[9]
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    for hop in range(energies.shape[0]):
        total = 0.0
        for n in range(edges[hop], edges[hop + 1]):
            v = np.float64(x[n])
            y = b0 * v + s0
            s0 = (b1 * v + s1) - a1 * y
            s1 = b2 * v - a2 * y
            z = d0 * y + s2
            s2 = (d1 * y + s3) - c1 * z
            s3 = d2 * y - c2 * z
            total += z * z
        energies[hop] += weight * total
        if max(abs(s0), abs(s1), abs(s2), abs(s3)) < _SILENT_STATE:
            s0 = s1 = s2 = s3 = 0.0
    state[0], state[1], state[2], state[3] = s0, s1, s2, s3


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _pair_energies(
    left: Audio,
    right: Audio,
    biquads: Doubles,
    left_state: Doubles,
    right_state: Doubles,
    left_weight: float,
    right_weight: float,
    edges: npt.NDArray[np.int64],
    energies: Doubles,
) -> None:  # pragma: no cover - compiled
    """Filter two channels side by side, so that their chains of dependent sums overlap.

    The brackets keep those chains short.
    """
    b0, b1, b2, a1, a2 = biquads[0], biquads[1], biquads[2], biquads[3], biquads[4]
    d0, d1, d2, c1, c2 = biquads[5], biquads[6], biquads[7], biquads[8], biquads[9]
    s0, s1, s2, s3 = left_state[0], left_state[1], left_state[2], left_state[3]
    t0, t1, t2, t3 = right_state[0], right_state[1], right_state[2], right_state[3]
    for hop in range(energies.shape[0]):
        left_total = 0.0
        right_total = 0.0
        for n in range(edges[hop], edges[hop + 1]):
            v = np.float64(left[n])
            w = np.float64(right[n])
            y = b0 * v + s0
            p = b0 * w + t0
            s0 = (b1 * v + s1) - a1 * y
            t0 = (b1 * w + t1) - a1 * p
            s1 = b2 * v - a2 * y
            t1 = b2 * w - a2 * p
            z = d0 * y + s2
            q = d0 * p + t2
            s2 = (d1 * y + s3) - c1 * z
            t2 = (d1 * p + t3) - c1 * q
            s3 = d2 * y - c2 * z
            t3 = d2 * p - c2 * q
            left_total += z * z
            right_total += q * q
        energies[hop] += left_weight * left_total + right_weight * right_total
        if max(abs(s0), abs(s1), abs(s2), abs(s3)) < _SILENT_STATE:
            s0 = s1 = s2 = s3 = 0.0
        if max(abs(t0), abs(t1), abs(t2), abs(t3)) < _SILENT_STATE:
            t0 = t1 = t2 = t3 = 0.0
    left_state[0], left_state[1], left_state[2], left_state[3] = s0, s1, s2, s3
    right_state[0], right_state[1], right_state[2], right_state[3] = t0, t1, t2, t3


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def stereo_sums(
    left: Audio, right: Audio
) -> tuple[float, float, float]:  # pragma: no cover - compiled
    """Return the sums of L², R² and L R."""
    left_left = 0.0
    right_right = 0.0
    left_right = 0.0
    for n in range(left.shape[0]):
        v = np.float64(left[n])
        w = np.float64(right[n])
        left_left += v * v
        right_right += w * w
        left_right += v * w
    return left_left, right_right, left_right
