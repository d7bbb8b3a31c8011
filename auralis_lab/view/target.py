"""Where the target band lies in a measured spectrum.

Levels are decibels per third-octave band; the target is relative, so it is laid on the measured
spectrum in the middle of its range, as a plan does.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from auralis_lab.analysis.spectrum import Ltas
    from auralis_lab.plan.targets import TargetBand

__all__ = ["laid_target"]

_LAID_HZ = (100.0, 8000.0)

Row = npt.NDArray[np.float64]


def laid_target(ltas: Ltas, target: TargetBand | None = None) -> tuple[Row, Row] | None:
    """Lower and upper edge of a target band at the bands of a spectrum.

    Parameters
    ----------
    ltas : Ltas
        What was measured.
    target : TargetBand, optional
        By default the one that plans without a reference aim at.

    Returns
    -------
    edges : (ndarray, ndarray) or None
        In the decibels of `ltas`; None where nothing was measured between 100 Hz and 8 kHz.
    """
    from auralis_lab.plan.targets import TARGET_BAND

    centres = np.asarray(ltas.centres_hz, dtype=float)
    levels = np.array([math.nan if v is None else v for v in ltas.levels_db])
    inside = (centres >= _LAID_HZ[0]) & (centres <= _LAID_HZ[1]) & ~np.isnan(levels)
    if not inside.any():
        return None
    middle, below, above = (TARGET_BAND if target is None else target).at(centres)
    middle = middle + float(np.median((levels - middle)[inside]))
    return middle + below, middle + above
