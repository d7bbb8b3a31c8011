"""Compiled loops around the transforms of the shared frames; imported when something is measured.

Conventions: two channels travel as one complex signal, left + i right, whose transform ``Z`` gives
the power of both at once: ``|L|² + |R|²`` at bin ``k`` is ``(|Z[k]|² + |Z[-k]|²) / 2``. Every
output depends on its own inputs alone, in an order that no cutting changes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from auralis_lab.audio import Audio

__all__ = [
    "add_band_powers",
    "add_bin_powers",
    "add_stereo_sums",
    "band_sums",
    "decimate",
    "window_rows",
]

Rows = npt.NDArray[np.complex64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def decimate(
    x: Audio, taps: Floats, factor: int, first: int, out: Floats
) -> None:  # pragma: no cover - compiled
    """Filter and keep one frame in `factor`: ``out[n] = Σ taps[k] x[first + n factor + k]``.

    The signal is dealt out to `factor` phases, so that each step of four taps is one pass over
    whole vectors. Frames past the end of `x` count as zero.
    """
    count = out.shape[0]
    steps = ((taps.shape[0] - 1) // factor // 4 + 1) * 4
    lane = np.empty(count + steps, dtype=np.float32)
    weights = np.empty(steps, dtype=np.float32)
    out[:] = np.float32(0.0)
    for phase in range(factor):
        for j in range(steps):
            k = j * factor + phase
            weights[j] = taps[k] if k < taps.shape[0] else np.float32(0.0)
        start = first + phase
        known = min(lane.shape[0], (x.shape[0] - start + factor - 1) // factor)
        for n in range(known):
            lane[n] = x[start + n * factor]
        lane[known:] = np.float32(0.0)
        for j in range(0, steps, 4):
            _add_four(out, lane[j:], weights[j], weights[j + 1], weights[j + 2], weights[j + 3])


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _add_four(
    out: Floats, x: Floats, w0: float, w1: float, w2: float, w3: float
) -> None:  # pragma: no cover - compiled
    for n in range(out.shape[0]):
        out[n] += w0 * x[n] + w1 * x[n + 1] + w2 * x[n + 2] + w3 * x[n + 3]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def window_rows(
    left: Audio, right: Audio, window: Floats, starts: Indices, rows: Rows
) -> None:  # pragma: no cover - compiled
    """Fill row ``r`` with the windowed frames from ``starts[r]`` on, then zeros."""
    frames = window.shape[0]
    for r in range(rows.shape[0]):
        if r >= starts.shape[0]:
            rows[r, :] = np.complex64(0.0)
            continue
        start = starts[r]
        row = rows[r]
        for n in range(frames):
            row[n] = complex(window[n] * left[start + n], window[n] * right[start + n])
        row[frames:] = np.complex64(0.0)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def add_band_powers(
    rows: Rows, scale: float, edges: Floats, out: Floats
) -> None:  # pragma: no cover - compiled
    """Add `scale` times the power between each two `edges` to `out`, shape (rows, bands).

    Edges are in bins, rising, from 0 to half the length at most; a bin reaches half a bin to
    either side, and one that an edge cuts is shared by width.
    """
    size = rows.shape[1]
    half = size // 2
    lowest = int(np.floor(edges[0] + 0.5))
    powers = np.empty(half + 1, dtype=np.float32)
    for r in range(out.shape[0]):
        row = rows[r]
        for k in range(lowest, half + 1):
            a = row[k]
            powers[k] = a.real * a.real + a.imag * a.imag
        for k in range(max(lowest, 1), half):
            b = row[size - k]
            powers[k] += b.real * b.real + b.imag * b.imag
        _add_shares(powers, edges, scale, out[r])


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def band_sums(powers: Floats, edges: Floats) -> Floats:  # pragma: no cover - compiled
    """Power between each two `edges` of every row of bins, shape (rows, bands)."""
    out = np.zeros((powers.shape[0], edges.shape[0] - 1), dtype=np.float32)
    for r in range(out.shape[0]):
        _add_shares(powers[r], edges, 1.0, out[r])
    return out


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _add_shares(
    powers: Floats, edges: Floats, scale: float, out: Floats
) -> None:  # pragma: no cover - compiled
    for band in range(out.shape[0]):
        low, high = edges[band] + 0.5, edges[band + 1] + 0.5
        first, last = int(low), int(high)
        if first == last:
            total = (high - low) * powers[first]
        else:
            total = (first + 1 - low) * powers[first]
            for k in range(first + 1, last):
                total += powers[k]
            if last < powers.shape[0]:
                total += (high - last) * powers[last]
        out[band] += np.float32(scale * total)


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def add_bin_powers(rows: Rows, scale: float, out: Floats) -> None:  # pragma: no cover - compiled
    """Add `scale` times the power of each bin to `out`, shape (rows, bins up to a half)."""
    size = rows.shape[1]
    for r in range(out.shape[0]):
        row = rows[r]
        for k in range(out.shape[1]):
            a = row[k]
            power = a.real * a.real + a.imag * a.imag
            if 0 < k < size // 2:
                b = row[size - k]
                power += b.real * b.real + b.imag * b.imag
            out[r, k] += np.float32(scale) * power


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def add_stereo_sums(
    rows: Rows, count: int, scale: float, edges: Floats, out: Doubles
) -> None:  # pragma: no cover - compiled
    """Add the sums of L², R² and L R between each two `edges`, shape (bands, 3).

    ``Z[k] Z[-k]`` is ``|L|² - |R|² + 2i Re(L R*)``.
    """
    size = rows.shape[1]
    for r in range(count):
        row = rows[r]
        for band in range(out.shape[0]):
            low, high = edges[band] + 0.5, edges[band + 1] + 0.5
            whole, balance, product = 0.0, 0.0, 0.0
            for k in range(max(int(low), 1), min(int(np.ceil(high)), size // 2)):
                share = min(high, k + 1.0) - max(low, np.float64(k))
                a, b = row[k], row[size - k]
                ar, ai = np.float64(a.real), np.float64(a.imag)
                br, bi = np.float64(b.real), np.float64(b.imag)
                whole += share * (ar * ar + ai * ai + br * br + bi * bi)
                balance += share * (ar * br - ai * bi)
                product += share * (ar * bi + ai * br)
            out[band, 0] += scale * (0.5 * whole + balance)
            out[band, 1] += scale * (0.5 * whole - balance)
            out[band, 2] += scale * product
