"""How loud each of a few bands is at every moment of a track.

Conventions: levels are decibels relative to the mean square of a full-scale sine (0.5), as in the
long-term spectrum, of the mean power over the channels. There are 100 points a second; point ``p``
describes the 20 ms or so around time ``p / 100`` s. The bands are split at crossovers: the first
reaches down to 20 Hz, the last up to 20 kHz or half the sample rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from auralis_lab.errors import ParameterError

__all__ = ["FLOOR_DB", "BandEnvelopes", "quantised"]

FLOOR_DB = -120.0
"""Level of silence, and the lowest that is told from it."""

_HIGHEST_DB = 327.67
_STEPS_PER_DB = 100
_PACKED = np.dtype("<i2")


@dataclass(frozen=True)
class BandEnvelopes:
    """Levels of the bands over time, as a value that compares and hashes by its content.

    Attributes
    ----------
    crossovers_hz : tuple of float
        Rising; one fewer than there are bands.
    control_rate_hz : int
        Points a second.
    points : int
    packed : bytes
        Hundredths of dB as little-endian ``int16``, band after band; -12000 is silence.

    Raises
    ------
    ParameterError
        If the crossovers do not rise or the bytes are not two for every point of every band.
    """

    crossovers_hz: tuple[float, ...]
    control_rate_hz: int
    points: int
    packed: bytes

    def __post_init__(self) -> None:
        hz = (0.0, *self.crossovers_hz)
        if any(high <= low for low, high in pairwise(hz)):
            raise ParameterError(f"crossovers_hz={self.crossovers_hz!r} must rise from above 0")
        if self.control_rate_hz < 1 or self.points < 0:
            raise ParameterError(
                f"control_rate_hz={self.control_rate_hz} and points={self.points} are out of range"
            )
        expected = self.bands * self.points * _PACKED.itemsize
        if len(self.packed) != expected:
            raise ParameterError(f"packed of {len(self.packed)} bytes must have {expected}")

    @property
    def bands(self) -> int:
        """Number of bands."""
        return len(self.crossovers_hz) + 1

    @property
    def levels_db(self) -> npt.NDArray[np.float32]:
        """Levels, shape (bands, points); `FLOOR_DB` for silence."""
        return np.divide(self._steps, _STEPS_PER_DB, dtype=np.float32)

    def band_levels_db(
        self, band: int, start: int = 0, stop: int | None = None
    ) -> npt.NDArray[np.float32]:
        """Levels of one band from point `start` to before `stop`, shape (points,)."""
        levels: npt.NDArray[np.float32] = np.divide(
            self._steps[band, start:stop], _STEPS_PER_DB, dtype=np.float32
        )
        return levels

    @property
    def _steps(self) -> npt.NDArray[np.int16]:
        return np.frombuffer(self.packed, dtype=_PACKED).reshape(self.bands, self.points)

    @classmethod
    def pack(
        cls, crossovers_hz: tuple[float, ...], control_rate_hz: int, levels_db: npt.ArrayLike
    ) -> BandEnvelopes:
        """Quantise levels of shape (bands, points) to hundredths of dB, held at `FLOOR_DB`.

        Raises
        ------
        ParameterError
            If there is not a row for every band, or a level is NaN.

        Examples
        --------
        >>> BandEnvelopes.pack((160.0,), 100, [[-20.004, -300.0], [-6.0, 0.0]]).levels_db.tolist()
        [[-20.0, -120.0], [-6.0, 0.0]]
        """
        levels = np.asarray(levels_db, dtype=np.float64)
        if levels.ndim != 2 or len(levels) != len(crossovers_hz) + 1 or np.isnan(levels).any():
            raise ParameterError(
                f"levels_db of shape {levels.shape} must be ({len(crossovers_hz) + 1}, points),"
                " without NaN"
            )
        packed = quantised(levels).tobytes()
        return cls(tuple(crossovers_hz), control_rate_hz, levels.shape[1], packed)


def quantised(levels_db: npt.NDArray[np.float64]) -> npt.NDArray[np.int16]:
    """Hundredths of dB as little-endian ``int16``, held at `FLOOR_DB`."""
    steps = np.rint(np.clip(levels_db, FLOOR_DB, _HIGHEST_DB) * _STEPS_PER_DB)
    return steps.astype(_PACKED)
