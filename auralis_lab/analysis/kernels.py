"""Compiled loops of the analysis; imported only when something is measured.

Conventions: audio is ``float32``, one channel as a 1-D array; filter states and sums are
``float64``. Sums run in the order of time, without ``fastmath``: a result depends on the samples
alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from auralis_lab.audio import Audio

__all__ = [
    "FIR_CONTEXT_FRAMES",
    "LARGEST_SAMPLE",
    "add_extremes",
    "add_weighted_energies",
    "all_samples",
    "highest_sample",
    "mean_square_bins",
    "stereo_sums",
]

FIR_CONTEXT_FRAMES = 4

LARGEST_SAMPLE = 1e12
"""What is larger cannot be squared and summed in 32 bits, and is no sound."""

Doubles = npt.NDArray[np.float64]
Frames = npt.NDArray[np.int64]

_CLIPPED_FROM = 10 ** (-1 / 20)  # of full scale

# States below this are cleared at every hop: a decaying filter would otherwise sink into
# denormal numbers, which are a hundred times slower.
_SILENT_STATE = 1e-30
_MAGNITUDE_BITS = np.int32(0x7FFFFFFF)
_LARGEST_BITS = np.float32(LARGEST_SAMPLE).view(np.int32)


def add_weighted_energies(
    audio: Audio,
    k_weighting: Doubles,
    states: Doubles,
    weights: Doubles,
    edges: Frames,
) -> Doubles:
    """K-weighted energy of every hop, summed over the channels with their weights.

    Parameters
    ----------
    audio : ndarray of float32, shape (channels, FIR_CONTEXT_FRAMES + frames)
        The frames with those before them.
    k_weighting : ndarray of float64, shape (9,)
        The two biquads with their zeros joined: five taps that look back, then ``a1 a2`` of each.
    states : ndarray of float64, shape (channels, 4)
        Two last outputs of each biquad's poles, advanced to ``edges[-1]``.
    weights : ndarray of float64, shape (channels,)
        Channels that weigh 0 are not filtered.
    edges : ndarray of int64, shape (hops + 1,)
        First frame of every hop, and the end of the last, counted without the context.

    Returns
    -------
    energies : ndarray of float64, shape (hops,)
        Sums of squares, not means.
    """
    energies = np.zeros(len(edges) - 1)
    if len(energies) == 0:
        return energies
    heard = [channel for channel in range(len(audio)) if weights[channel] != 0]
    for a, b in zip(heard[0::2], heard[1::2], strict=False):
        _add_pair(
            audio[a], audio[b], k_weighting, states[a], states[b], weights[a], weights[b],
            edges, energies,
        )  # fmt: skip
    if len(heard) % 2:
        a = heard[-1]
        _add_single(audio[a], k_weighting, states[a], weights[a], edges, energies)
    return energies


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _filter_zeros(x: Audio, taps: Doubles, out: Doubles) -> None:  # pragma: no cover - compiled
    """Five taps back from each frame; the loop has no dependency and runs on vectors."""
    t0, t1, t2, t3, t4 = taps[0], taps[1], taps[2], taps[3], taps[4]
    for n in range(x.shape[0] - 4):
        out[n] = t0 * x[n + 4] + t1 * x[n + 3] + t2 * x[n + 2] + t3 * x[n + 1] + t4 * x[n]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _add_single(
    x: Audio, k_weighting: Doubles, state: Doubles, weight: float, edges: Frames, energies: Doubles
) -> None:  # pragma: no cover - compiled
    a1, a2, c1, c2 = k_weighting[5], k_weighting[6], k_weighting[7], k_weighting[8]
    y1, y2, z1, z2 = state[0], state[1], state[2], state[3]
    u = np.empty(np.diff(edges).max())
    for hop in range(energies.shape[0]):
        _filter_zeros(x[edges[hop] : edges[hop + 1] + 4], k_weighting, u)
        total = 0.0
        for n in range(edges[hop + 1] - edges[hop]):
            y = (u[n] - a2 * y2) - a1 * y1
            z = (y - c2 * z2) - c1 * z1
            y2, y1, z2, z1 = y1, y, z1, z
            total += z * z
        energies[hop] += weight * total
        if max(abs(y1), abs(z1)) < _SILENT_STATE:
            y1 = y2 = z1 = z2 = 0.0
    state[0], state[1], state[2], state[3] = y1, y2, z1, z2


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _add_pair(
    left: Audio,
    right: Audio,
    k_weighting: Doubles,
    left_state: Doubles,
    right_state: Doubles,
    left_weight: float,
    right_weight: float,
    edges: Frames,
    energies: Doubles,
) -> None:  # pragma: no cover - compiled
    """Run the poles of two channels side by side: their chains of dependent sums overlap."""
    a1, a2, c1, c2 = k_weighting[5], k_weighting[6], k_weighting[7], k_weighting[8]
    y1, y2, z1, z2 = left_state[0], left_state[1], left_state[2], left_state[3]
    p1, p2, q1, q2 = right_state[0], right_state[1], right_state[2], right_state[3]
    u = np.empty(np.diff(edges).max())
    v = np.empty_like(u)
    for hop in range(energies.shape[0]):
        _filter_zeros(left[edges[hop] : edges[hop + 1] + 4], k_weighting, u)
        _filter_zeros(right[edges[hop] : edges[hop + 1] + 4], k_weighting, v)
        left_total = 0.0
        right_total = 0.0
        for n in range(edges[hop + 1] - edges[hop]):
            y = (u[n] - a2 * y2) - a1 * y1
            p = (v[n] - a2 * p2) - a1 * p1
            z = (y - c2 * z2) - c1 * z1
            q = (p - c2 * q2) - c1 * q1
            y2, y1, z2, z1 = y1, y, z1, z
            p2, p1, q2, q1 = p1, p, q1, q
            left_total += z * z
            right_total += q * q
        energies[hop] += left_weight * left_total + right_weight * right_total
        if max(abs(y1), abs(z1)) < _SILENT_STATE:
            y1 = y2 = z1 = z2 = 0.0
        if max(abs(p1), abs(q1)) < _SILENT_STATE:
            p1 = p2 = q1 = q2 = 0.0
    left_state[0], left_state[1], left_state[2], left_state[3] = y1, y2, z1, z2
    right_state[0], right_state[1], right_state[2], right_state[3] = p1, p2, q1, q2


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def stereo_sums(
    left: Audio, right: Audio
) -> tuple[float, float, float, float, float]:  # pragma: no cover - compiled
    """Return the sums of L, R, L², R² and L R."""
    left_sum = 0.0
    right_sum = 0.0
    left_left = 0.0
    right_right = 0.0
    left_right = 0.0
    for n in range(left.shape[0]):
        v = np.float64(left[n])
        w = np.float64(right[n])
        left_sum += v
        right_sum += w
        left_left += v * v
        right_right += w * w
        left_right += v * w
    return left_sum, right_sum, left_left, right_right, left_right


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def mean_square_bins(
    spectra: npt.NDArray[np.complex64], scale: float
) -> Doubles:  # pragma: no cover - compiled
    """Return `scale` times the squared magnitudes, summed over the channels (the first axis)."""
    powers = np.zeros(spectra.shape[1])
    for channel in range(spectra.shape[0]):
        for k in range(spectra.shape[1]):
            re = np.float64(spectra[channel, k].real)
            im = np.float64(spectra[channel, k].imag)
            powers[k] += scale * (re * re + im * im)
    return powers


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def add_extremes(row: Audio, ends: Doubles, first: bool) -> None:  # pragma: no cover - compiled
    """Follow the lowest and the highest sample of a channel, and the runs of equal ones there.

    Parameters
    ----------
    row : ndarray of float32, shape (frames,)
    ends : ndarray of float64, shape (2, 3)
        For the row turned upside down and as it is: the highest sample, the length of the run that
        is there at the moment, and how many runs of three or more near full scale there were.
    first : bool
        Whether nothing came before.
    """
    for end in range(2):
        sign = np.float32(1.0) if end else np.float32(-1.0)
        highest = np.float32(ends[end, 0])
        if first and row.shape[0]:
            highest = sign * row[0]
        run, runs = int(ends[end, 1]), int(ends[end, 2])
        for n in range(row.shape[0]):
            value = sign * row[n]
            if value < highest:
                run = 0
                continue
            if value > highest:
                highest, run, runs = value, 0, 0
            run += 1
            if run == 3 and highest >= _CLIPPED_FROM:
                runs += 1
        ends[end, 0], ends[end, 1], ends[end, 2] = highest, run, runs


def all_samples(audio: Audio) -> bool:
    """Tell whether no value is NaN, infinite or of a magnitude beyond `LARGEST_SAMPLE`."""
    return bool(_highest_magnitude(audio.view(np.int32)) <= _LARGEST_BITS)


def highest_sample(audio: Audio) -> float:
    """Largest magnitude, of samples that are all finite."""
    return float(np.int32(_highest_magnitude(audio.view(np.int32))).view(np.float32))


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _highest_magnitude(bits: npt.NDArray[np.int32]) -> np.int32:  # pragma: no cover - compiled
    """Bits of the largest magnitude: those of positive floats have the order of integers."""
    highest = np.int32(0)
    for channel in range(bits.shape[0]):
        row = bits[channel]
        for n in range(row.shape[0]):
            magnitude = row[n] & _MAGNITUDE_BITS
            highest = magnitude if magnitude > highest else highest
    return highest
