"""Bounded stores of levels: gated means, percentiles, a trace, and peaks against loudness.

Conventions: loudness in LUFS, powers are K-weighted mean squares summed over the
weighted channels. None of these stores grows with the length of a track.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from auralis_lab.dsp.k_weighting import LOUDNESS_OFFSET_DB

__all__ = [
    "ABSOLUTE_GATE_LUFS",
    "CrestHistogram",
    "GatedLevels",
    "MaxTrace",
    "power_to_lufs",
]

ABSOLUTE_GATE_LUFS = -70.0
_GATE_POWER = 10 ** ((ABSOLUTE_GATE_LUFS - LOUDNESS_OFFSET_DB) / 10)


def power_to_lufs(power: float) -> float | None:
    """Loudness of a mean square; None where there is no power.

    Examples
    --------
    >>> power_to_lufs(0.0) is None
    True
    >>> round(power_to_lufs(0.01), 3)
    -20.691
    """
    return LOUDNESS_OFFSET_DB + 10 * math.log10(power) if power > 0 else None


class GatedLevels:
    """Powers above the absolute gate of -70 LUFS, kept as a histogram.

    Each bin of 0.01 LU keeps the number and the exact sum of its powers. A mean over whole bins is
    therefore exact; only a relative gate that cuts through a bin, or a percentile, is known to
    0.01 LU.
    """

    _BINS_PER_LU = 100
    _BINS = 140 * _BINS_PER_LU  # -70 to +70 LUFS; what is louder stays in the last bin

    def __init__(self) -> None:
        self._counts = np.zeros(self._BINS, dtype=np.int64)
        self._sums = np.zeros(self._BINS)

    def add(self, powers: npt.NDArray[np.float64]) -> None:
        """Add powers; those at or under the absolute gate are dropped."""
        powers = powers[powers > _GATE_POWER]
        places = (10 * self._BINS_PER_LU) * np.log10(powers / _GATE_POWER)
        bins = np.clip(places.astype(np.int64), 0, self._BINS - 1)
        np.add.at(self._counts, bins, 1)
        np.add.at(self._sums, bins, powers)

    def mean_lufs(self, relative_gate_lu: float) -> float | None:
        """Loudness of the mean power above the relative gate; None where nothing passes."""
        counts, sums, _ = self._above(relative_gate_lu)
        return power_to_lufs(float(sums.sum() / counts.sum())) if counts.sum() else None

    def spread_lu(self, low: float, high: float, relative_gate_lu: float) -> float | None:
        """Difference of two nearest-rank percentiles (shares 0..1) above the relative gate."""
        counts, _, levels = self._above(relative_gate_lu)
        if not counts.sum():
            return None
        ends = np.cumsum(counts)
        ranks = [math.floor((ends[-1] - 1) * share + 0.5) for share in (low, high)]
        below, above = np.searchsorted(ends, ranks, side="right")
        return float(10 * np.log10(levels[above] / levels[below]))

    def _above(
        self, relative_gate_lu: float
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Counts, sums and mean powers of the bins above the gate, quietest first."""
        used = np.flatnonzero(self._counts)
        counts, sums = self._counts[used], self._sums[used]
        if not len(used):
            return counts, sums, sums
        levels = sums / counts
        kept = levels > 10 ** (relative_gate_lu / 10) * (sums.sum() / counts.sum())
        return counts[kept], sums[kept], levels[kept]


class MaxTrace:
    """A curve over time that never has more than `limit` points.

    It starts with a point per value. Whenever it would pass the limit, neighbours are joined
    into their maximum and the hop doubles.
    """

    def __init__(self, hop_s: float, limit: int) -> None:
        self.hop_s = hop_s
        self._limit = limit
        self._values_per_point = 1
        self._seen = 0
        self._points: list[float] = []

    def add(self, value: float | None) -> None:
        """Append the next value; None is below every number."""
        number = -math.inf if value is None else value
        if self._seen % self._values_per_point == 0:
            self._points.append(number)
        else:
            self._points[-1] = max(self._points[-1], number)
        self._seen += 1
        if len(self._points) > self._limit:
            pairs = zip(self._points[0::2], [*self._points[1::2], -math.inf], strict=False)
            self._points = [max(pair) for pair in pairs]
            self._values_per_point *= 2
            self.hop_s *= 2

    def points(self) -> tuple[float | None, ...]:
        """The curve, rounded to 0.01, None where there was nothing to measure."""
        return tuple(None if math.isinf(p) else round(p, 2) for p in self._points)


class CrestHistogram:
    """How often which true peak comes with which loudness, over blocks of 100 ms.

    Loudness is binned to the nearest 1 LU and true peak to the nearest 0.5 dB, both held to
    -70..+20; blocks at or under -70 LUFS are left out. At most 91 by 181 cells.
    """

    _LOW_DB, _HIGH_DB = -70, 20

    def __init__(self) -> None:
        span = self._HIGH_DB - self._LOW_DB
        self._counts = np.zeros((span + 1, 2 * span + 1), dtype=np.int64)

    def add(self, powers: npt.NDArray[np.float64], peaks: npt.NDArray[np.float32]) -> None:
        """Add blocks by mean power and linear true peak."""
        heard = (powers > _GATE_POWER) & (peaks > 0)
        lufs = LOUDNESS_OFFSET_DB + 10 * np.log10(powers[heard])
        dbtp = 20 * np.log10(peaks[heard].astype(np.float64))
        rows, columns = self._place(lufs), self._place(dbtp, per_db=2)
        np.add.at(self._counts, (rows, columns), 1)

    def cells(self) -> tuple[tuple[float, float, int], ...]:
        """The cells in use: (loudness in LUFS, true peak in dBTP, blocks), by loudness and peak."""
        return tuple(
            (float(row + self._LOW_DB), column / 2 + self._LOW_DB, int(self._counts[row, column]))
            for row, column in np.argwhere(self._counts).tolist()
        )

    def _place(self, levels_db: npt.NDArray[np.float64], per_db: int = 1) -> npt.NDArray[np.int64]:
        held = np.clip(levels_db, self._LOW_DB, self._HIGH_DB)
        return np.floor((held - self._LOW_DB) * per_db + 0.5).astype(np.int64)
