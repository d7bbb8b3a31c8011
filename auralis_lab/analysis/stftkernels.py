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

__all__ = ["band_sums", "decimate", "gather_bands", "gather_bins", "window_rows"]

Rows = npt.NDArray[np.complex64]
Floats = npt.NDArray[np.float32]
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
def gather_bands(
    rows: Rows, edges: Floats, scale: float, first: int, stop: int, out: Floats, sums: Floats
) -> None:  # pragma: no cover - compiled
    """Add power by band of every row to `out`, and by bin of some rows together to `sums`.

    Parameters
    ----------
    rows : ndarray of complex64, shape (rows, size)
        Transforms of two channels.
    edges : ndarray of float32, shape (bands + 1,)
        In bins, rising, from -0.5 to half the size at most; a bin reaches half a bin to either
        side, and one that an edge cuts is shared by width.
    scale : float
        Of the power in `out`; `sums` is not scaled.
    first, stop : int
        Rows that count for `sums`.
    out : ndarray of float32, shape (rows that count, bands)
    sums : ndarray of float32, shape (3, size // 2 + 1)
        ``2 (|L|² + |R|²)``, ``|L|² - |R|²`` and ``2 Re(L R*)`` of the bins between the edges: the
        last two are the parts of ``Z[k] Z[-k]``.
    """
    half = rows.shape[1] // 2
    lowest = max(int(np.floor(edges[0] + 0.5)), 1)
    powers = np.zeros(half + 1, dtype=np.float32)
    parts = np.empty((4, half - lowest), dtype=np.float32)
    for r in range(out.shape[0]):
        row = rows[r]
        _unfold(row.view(np.float32), lowest, parts)
        _power(parts, powers[lowest:half])
        powers[0] = row[0].real * row[0].real + row[0].imag * row[0].imag
        powers[half] = row[half].real * row[half].real + row[half].imag * row[half].imag
        if first <= r and r < stop:
            _add_products(parts, powers[lowest:half], sums[:, lowest:half])
        _add_shares(powers, edges, scale, out[r])


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def gather_bins(
    rows: Rows, scale: float, out: Floats, sums: Floats
) -> None:  # pragma: no cover - compiled
    """Add `scale` times the power of each bin to `out`, shape (rows, bins up to a half).

    `sums` is as for `gather_bands`, of all rows.
    """
    half = rows.shape[1] // 2
    powers = np.zeros(half + 1, dtype=np.float32)
    parts = np.empty((4, half - 1), dtype=np.float32)
    for r in range(out.shape[0]):
        row = rows[r]
        _unfold(row.view(np.float32), 1, parts)
        _power(parts, powers[1:half])
        powers[0] = row[0].real * row[0].real + row[0].imag * row[0].imag
        powers[half] = row[half].real * row[half].real + row[half].imag * row[half].imag
        _add_products(parts, powers[1:half], sums[:, 1:half])
        _add_scaled(powers, np.float32(scale), out[r])


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _unfold(row: Floats, lowest: int, parts: Floats) -> None:  # pragma: no cover - compiled
    """Split bins from `lowest` to below a half and their mirror images into real parts."""
    size = row.shape[0] // 2
    count = parts.shape[1]
    front = row[2 * lowest :]
    back = row[2 * (size - lowest - count + 1) :]
    ar, ai, br, bi = parts[0], parts[1], parts[2], parts[3]
    for k in range(count):
        ar[k] = front[2 * k]
        ai[k] = front[2 * k + 1]
    for k in range(count):
        br[count - 1 - k] = back[2 * k]
        bi[count - 1 - k] = back[2 * k + 1]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _power(parts: Floats, out: Floats) -> None:  # pragma: no cover - compiled
    ar, ai, br, bi = parts[0], parts[1], parts[2], parts[3]
    for k in range(out.shape[0]):
        out[k] = (ar[k] * ar[k] + ai[k] * ai[k]) + (br[k] * br[k] + bi[k] * bi[k])


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _add_products(
    parts: Floats, powers: Floats, sums: Floats
) -> None:  # pragma: no cover - compiled
    ar, ai, br, bi = parts[0], parts[1], parts[2], parts[3]
    whole, balance, product = sums[0], sums[1], sums[2]
    for k in range(powers.shape[0]):
        whole[k] += powers[k]
        balance[k] += ar[k] * br[k] - ai[k] * bi[k]
        product[k] += ar[k] * bi[k] + ai[k] * br[k]


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _add_scaled(x: Floats, scale: float, out: Floats) -> None:  # pragma: no cover - compiled
    for k in range(out.shape[0]):
        out[k] += scale * x[k]


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
            for power in powers[first + 1 : last]:
                total += power
            if last < powers.shape[0]:
                total += (high - last) * powers[last]
        out[band] += np.float32(scale * total)
