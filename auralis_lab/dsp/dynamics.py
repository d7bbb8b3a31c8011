"""Gains of bands over time, from control points.

Conventions: audio is ``float32``; frame numbers are absolute positions in the track. Control point
``p`` lies at frame ``p * rate_hz / control_rate_hz``, which need not be whole: positions are exact
fractions. Between two points the gain is a straight line of linear amplitude; the last point is
held.

With ``control_rate_hz / rate_hz = numerator / denominator`` in lowest terms, frame ``n`` lies
``phase / denominator`` of the way from point ``p`` to the next, where ``n * numerator = p *
denominator + phase``: integers, so a frame's gain depends on its position alone.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt
from numba import njit

from auralis_lab.errors import ParameterError

__all__ = ["BandGains", "gains_between"]

STEPS_PER_DB = 100
FINEST_RATE_FRACTION = 1000  # control rates are taken as fractions with at most this denominator

Points = npt.NDArray[np.float64]


class BandGains:
    """Gain of each band at any frame.

    Parameters
    ----------
    hundredths_db : ndarray of int16, shape (bands, points)
        Hundredths of a decibel; at least one point.
    control_rate_hz : float
        Points a second.
    rate_hz : int
        Sample rate.

    Attributes
    ----------
    bands : int
        Number of bands.
    numerator, denominator : int
        Control points a frame, in lowest terms.

    Raises
    ------
    ParameterError
        If there is no point or the control rate is not positive.
    """

    def __init__(
        self, hundredths_db: npt.NDArray[np.int16], control_rate_hz: float, rate_hz: int
    ) -> None:
        if hundredths_db.ndim != 2 or 0 in hundredths_db.shape:
            raise ParameterError(f"gains of shape {hundredths_db.shape} must be (bands, points)")
        if not 0 < control_rate_hz < float("inf"):
            raise ParameterError(f"control_rate_hz={control_rate_hz!r} must be above 0")
        each = Fraction(control_rate_hz).limit_denominator(FINEST_RATE_FRACTION) / rate_hz
        if each <= 0:
            raise ParameterError(f"control_rate_hz={control_rate_hz!r} must be 0.001 or more")
        self._hundredths_db = hundredths_db
        self.bands = hundredths_db.shape[0]
        self.numerator, self.denominator = each.numerator, each.denominator

    def over(self, first_frame: int, frames: int) -> tuple[Points, int]:
        """Control points that a run of frames lies between.

        Parameters
        ----------
        first_frame, frames : int
            The run; not negative.

        Returns
        -------
        points : ndarray of float64, shape (bands, points)
            Linear amplitudes, from the point at or before the first frame to the one after the
            last.
        phase : int
            How far past the first point the first frame lies, in `denominator`-ths of a point.
        """
        first, phase = divmod(first_frame * self.numerator, self.denominator)
        last = (first_frame + frames) * self.numerator // self.denominator + 1
        held = self._hundredths_db.shape[1] - 1
        index = np.minimum(np.arange(first, last + 1), held)
        points: Points = 10.0 ** (self._hundredths_db[:, index] / (20.0 * STEPS_PER_DB))
        return points, phase


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def gains_between(
    points: npt.NDArray[np.float64],
    phase: int,
    numerator: int,
    denominator: int,
    gains: npt.NDArray[np.float32],
) -> None:  # pragma: no cover - compiled
    """Gain of each frame of a run, on straight lines between control points.

    Parameters
    ----------
    points : ndarray of float64, shape (points,)
        Gains, linear, as :meth:`BandGains.over` gives them.
    phase, numerator, denominator : int
        Position of the first frame and steps, as :class:`BandGains` has them.
    gains : ndarray of float32, shape (frames,)
        Filled.
    """
    point, at, frame = 0, phase, 0
    while frame < gains.shape[0]:
        count = min((denominator - at + numerator - 1) // numerator, gains.shape[0] - frame)
        slope = (points[point + 1] - points[point]) / denominator
        _line(gains[frame : frame + count], points[point], slope, at, numerator)
        frame += count
        at += numerator * count
        point += at // denominator
        at %= denominator


@njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _line(
    gains: npt.NDArray[np.float32], base: float, slope: float, at: int, numerator: int
) -> None:  # pragma: no cover - compiled
    first, step = float(at), float(numerator)
    for n in range(np.int32(gains.shape[0])):  # 32-bit counters become floats eight at a time
        gains[n] = base + slope * (first + step * float(np.int32(n)))
