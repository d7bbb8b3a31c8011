"""The balance that is left alone: a lower and an upper edge for each third of an octave.

Levels are decibels per third-octave band, relative to each other. The middle is the average of
mastered popular music as published long-term spectra describe it: level from 50 to 100 Hz, falling
by about 2.4 dB an octave from there to 4 kHz and faster above. (P. D. Pestana et al., "Spectral
characteristics of popular commercial recordings 1950-2010", AES 135, 2013; A. Elowsson and
A. Friberg, "Long-term average spectrum in popular music and its relation to the level of the
percussion", AES 142, 2017.)

The edges are judgements of this project. They follow the second paper in that music with little
percussion lies well below the average at both ends of the spectrum, and hardly elsewhere: the lower
edge leaves more room there than the upper one, so that a string quartet is not given a bass drum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auralis_lab.plan.model import EqCurve

__all__ = ["TARGET_BAND", "TARGET_CURVE", "TargetBand"]

Row = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TargetBand:
    """A middle, and how far a spectrum may lie below and above it.

    Attributes
    ----------
    middle : EqCurve
        Level per third-octave band.
    below_db, above_db : EqCurve
        Room on either side, 0 or more.
    name : str
        What the target is called in decisions.
    """

    middle: EqCurve
    below_db: EqCurve
    above_db: EqCurve
    name: str = "target"

    def at(self, frequencies_hz: Row, *, leeway_db: float = 0.0) -> tuple[Row, Row, Row]:
        """Return the middle, and the edges relative to it (lower at or below 0, upper above)."""
        middle, below, above = (
            np.interp(np.log(frequencies_hz), np.log(curve.frequencies_hz), curve.gains_db)
            for curve in (self.middle, self.below_db, self.above_db)
        )
        return middle, -(below + leeway_db), above + leeway_db

    @classmethod
    def of_levels(
        cls, centres_hz: Sequence[float], levels_db: Sequence[float | None], name: str
    ) -> TargetBand | None:
        """Make a target without room around measured levels; None if there are none."""
        known = [
            (hz, level)
            for hz, level in zip(centres_hz, levels_db, strict=True)
            if level is not None
        ]
        if not known:
            return None
        exact = EqCurve((1000.0,), (0.0,))
        middle = EqCurve(tuple(hz for hz, _ in known), tuple(level for _, level in known))
        return cls(middle, exact, exact, name)


TARGET_CURVE = EqCurve(
    (20, 25, 31.5, 40, 50, 100, 4000, 5000, 6300, 8000, 10_000, 12_500, 16_000, 20_000),
    (-14, -9, -5, -2, 0, 0, -12.7, -13.8, -15.0, -16.5, -18.5, -21, -25, -33),
)
"""Middle of the target."""

TARGET_BAND = TargetBand(
    middle=TARGET_CURVE,
    below_db=EqCurve(
        (20, 31.5, 50, 100, 200, 2000, 4000, 8000, 12_500, 16_000, 20_000),
        (12.0, 9.0, 7.0, 5.0, 4.0, 4.0, 4.5, 6.0, 8.0, 10.0, 14.0),
    ),
    above_db=EqCurve(
        (20, 31.5, 50, 100, 200, 2000, 4000, 8000, 12_500, 16_000, 20_000),
        (6.0, 5.0, 4.5, 4.0, 4.0, 4.0, 4.0, 4.5, 5.0, 6.0, 8.0),
    ),
)
"""What mastered music of most kinds lies within."""
