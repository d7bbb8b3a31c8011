"""Gains over time and for the side signal, band by band.

Conventions: gains are in decibels, frequencies in Hz; point ``p`` of a band stands at the time
``p / control_rate_hz``. Bands go from low to high, one more than there are crossovers.
"""

from __future__ import annotations

import base64
import itertools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from auralis_lab.errors import ParameterError

__all__ = ["STEPS_PER_DB", "BandDynamics", "BandWidth", "band_weights", "write_steps"]

STEPS_PER_DB = 100
"""Gains over time are stored in hundredths of a decibel."""

SLICE_POINTS = 1 << 16  # packed at a time, for a track of hours has megabytes of them
TRANSITION_OCTAVES = 1.0

Row = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BandDynamics:
    """Gain of each band over time, at a control rate.

    Between two points the gain is a straight line of linear amplitude; the last point is held.

    Attributes
    ----------
    crossovers_hz : tuple of float
        Borders between the bands, rising.
    control_rate_hz : float
        Points a second.
    points : int
        Points of each band, 1 or more.
    packed : bytes
        The gains in hundredths of a decibel, 16-bit signed little-endian integers, band by band.
    mean_gains_db : tuple of float
        What each band's energy gains over the whole track, for predictions; it changes no sample.

    Raises
    ------
    ParameterError
        If the crossovers do not rise, the rate is not positive, or the bytes are not as many as
        bands and points ask for.
    """

    crossovers_hz: tuple[float, ...]
    control_rate_hz: float
    points: int
    packed: bytes = field(repr=False)
    mean_gains_db: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _check_crossovers(self.crossovers_hz)
        if not self.control_rate_hz > 0:
            raise ParameterError(f"control_rate_hz={self.control_rate_hz!r} must be above 0")
        if self.points < 1:
            raise ParameterError(f"points={self.points!r} must be 1 or more")
        if len(self.packed) != 2 * self.bands * self.points:
            raise ParameterError(
                f"packed holds {len(self.packed)} bytes, but {self.bands} bands of {self.points}"
                f" points take {2 * self.bands * self.points}"
            )
        if self.mean_gains_db and len(self.mean_gains_db) != self.bands:
            raise ParameterError(f"mean_gains_db must be {self.bands} numbers")

    @classmethod
    def pack(
        cls,
        crossovers_hz: Sequence[float],
        control_rate_hz: float,
        gains_db: npt.ArrayLike,
        *,
        mean_gains_db: Sequence[float] | None = None,
    ) -> BandDynamics:
        """Make one from gains, rounded to the step of the store.

        Parameters
        ----------
        crossovers_hz : sequence of float
        control_rate_hz : float
        gains_db : array_like, shape (bands, points)
        mean_gains_db : sequence of float, optional
            By default the mean over the points of each band's gain in energy.

        Raises
        ------
        ParameterError
            If the shape does not fit, or a gain is not finite or beyond ±300 dB.
        """
        gains = np.asarray(gains_db)
        if gains.ndim != 2 or gains.shape[0] != len(crossovers_hz) + 1 or not gains.shape[1]:
            raise ParameterError(f"gains_db of shape {gains.shape} must be (bands, points)")
        steps = np.empty(gains.shape, "<i2")
        for row, packed in zip(gains, steps, strict=True):
            write_steps(row, packed)
        if mean_gains_db is None:
            power = 10 ** (steps.astype(np.float64) / (10 * STEPS_PER_DB))
            mean_gains_db = [round(float(v), 4) + 0.0 for v in 10 * np.log10(power.mean(axis=1))]
        return cls(
            crossovers_hz=tuple(float(hz) for hz in crossovers_hz),
            control_rate_hz=float(control_rate_hz),
            points=gains.shape[1],
            packed=steps.tobytes(),
            mean_gains_db=tuple(mean_gains_db),
        )

    @property
    def bands(self) -> int:
        """Number of bands."""
        return len(self.crossovers_hz) + 1

    @property
    def gains_db(self) -> npt.NDArray[np.float32]:
        """The gains, shape (bands, points)."""
        return np.divide(self._steps, STEPS_PER_DB, dtype=np.float32)

    def band_gains_db(
        self, band: int, start: int = 0, stop: int | None = None
    ) -> npt.NDArray[np.float32]:
        """Gains of one band from point `start` to before `stop`, shape (points,)."""
        gains: npt.NDArray[np.float32] = np.divide(
            self._steps[band, start:stop], STEPS_PER_DB, dtype=np.float32
        )
        return gains

    @property
    def _steps(self) -> npt.NDArray[np.int16]:
        return np.frombuffer(self.packed, "<i2").reshape(self.bands, self.points)

    @property
    def sound(self) -> list[object]:
        """What changes the sound beside the packed gains."""
        return [self.crossovers_hz, self.control_rate_hz, self.points]

    def mean_gain_db(self, frequencies_hz: Row) -> Row:
        """What the energy at each frequency gains over the whole track."""
        return _at_frequencies(self.crossovers_hz, self.mean_gains_db, frequencies_hz)

    def to_values(self) -> dict[str, Any]:
        """Values for JSON; the gains compressed."""
        return {
            "crossovers_hz": self.crossovers_hz,
            "control_rate_hz": self.control_rate_hz,
            "points": self.points,
            "packed": base64.b64encode(zlib.compress(self.packed, 6)).decode(),
            "mean_gains_db": self.mean_gains_db,
        }

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> BandDynamics:
        """Read what :meth:`to_values` wrote.

        Raises
        ------
        ParameterError
            If the gains do not fit their number, or cannot be decompressed.
        """
        crossovers = tuple(values["crossovers_hz"])
        size = 2 * (len(crossovers) + 1) * int(values["points"])
        unpack = zlib.decompressobj()
        try:
            packed = unpack.decompress(base64.b64decode(values["packed"], validate=True), size + 1)
        except (zlib.error, ValueError) as error:
            raise ParameterError(f"packed gains cannot be read: {error}") from error
        rest = {name: values[name] for name in values.keys() - {"crossovers_hz", "packed"}}
        rest["mean_gains_db"] = tuple(rest.get("mean_gains_db", ()))
        return cls(crossovers_hz=crossovers, packed=packed, **rest)


@dataclass(frozen=True)
class BandWidth:
    """Gain of the side signal in each band.

    Attributes
    ----------
    crossovers_hz : tuple of float
        Borders between the bands, rising.
    side_gains_db : tuple of float
        One value a band.
    mean_gains_db : tuple of float
        What each band's energy gains by it, for predictions; it changes no sample.

    Raises
    ------
    ParameterError
        If the crossovers do not rise or the gains are not one a band.
    """

    crossovers_hz: tuple[float, ...]
    side_gains_db: tuple[float, ...]
    mean_gains_db: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _check_crossovers(self.crossovers_hz)
        bands = len(self.crossovers_hz) + 1
        if len(self.side_gains_db) != bands or len(self.mean_gains_db) not in (0, bands):
            raise ParameterError(f"gains must be {bands} numbers")

    @property
    def sound(self) -> list[object]:
        """What changes the sound."""
        return [self.crossovers_hz, self.side_gains_db]

    def mean_gain_db(self, frequencies_hz: Row) -> Row:
        """What the energy at each frequency gains."""
        return _at_frequencies(self.crossovers_hz, self.mean_gains_db, frequencies_hz)


def write_steps(gains_db: npt.NDArray[np.floating], steps: npt.NDArray[np.int16]) -> None:
    """Write gains of one band as they are packed, shape (points,).

    Raises
    ------
    ParameterError
        If a gain is not finite or beyond ±300 dB.
    """
    if not (np.max(gains_db) <= 300 and np.min(gains_db) >= -300):
        raise ParameterError("gains_db must be finite and within ±300 dB")
    for start in range(0, len(gains_db), SLICE_POINTS):
        part = slice(start, start + SLICE_POINTS)
        steps[part] = np.round(np.multiply(gains_db[part], STEPS_PER_DB, dtype=np.float64))


def band_weights(crossovers_hz: Sequence[float], frequencies_hz: Row) -> Row:
    """How much of the amplitude at each frequency belongs to each band.

    A raised cosine over an octave around each crossover; the weights add to 1.

    Returns
    -------
    weights : ndarray, shape (bands, frequencies)
    """
    octaves = np.log2(np.maximum(frequencies_hz, 1e-3))
    rises = [np.ones(len(octaves))]
    for hz in crossovers_hz:
        u = np.clip((octaves - np.log2(hz)) / TRANSITION_OCTAVES + 0.5, 0.0, 1.0)
        rises.append(0.5 - 0.5 * np.cos(np.pi * u))
    rises.append(np.zeros(len(octaves)))
    return np.stack([upper - lower for upper, lower in itertools.pairwise(rises)])


def _at_frequencies(crossovers: Sequence[float], gains_db: Sequence[float], hz: Row) -> Row:
    if not gains_db:
        return np.zeros(len(hz))
    amplitude = 10 ** (np.asarray(gains_db) / 20) @ band_weights(crossovers, hz)
    return np.asarray(20 * np.log10(np.maximum(amplitude, 1e-15)))


def _check_crossovers(crossovers_hz: Sequence[float]) -> None:
    if any(not hz > 0 for hz in crossovers_hz) or any(
        low >= high for low, high in itertools.pairwise(crossovers_hz)
    ):
        raise ParameterError(f"crossovers_hz={crossovers_hz!r} must be above 0 and rise")
