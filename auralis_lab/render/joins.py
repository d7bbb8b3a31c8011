"""How two chunks were joined: the law, and what it was decided on.

Conventions: audio is ``float32``, shape ``(channels, frames)``; levels in decibels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auralis_lab.audio import Audio
from auralis_lab.dsp.fades import Curve, correlation_of, fade_weights
from auralis_lab.errors import check_choice

__all__ = ["LAWS", "JoinRecord", "record_join"]

LAWS = ("cut", "equal_power", "equal_gain", "matched")


@dataclass(frozen=True)
class JoinRecord:
    """One join.

    Attributes
    ----------
    frame : int
        First frame of the later chunk's part of the output; with a fade, the first of the fade.
    fade_frames : int
        Length of the overlap; 0 without one.
    law : {'cut', 'equal_power', 'equal_gain', 'matched'}
        How the sides were weighted; see :func:`auralis_lab.dsp.fades.crossfade`.
    correlation : float or None
        Of the two renderings of the overlap, -1 to 1; ``None`` without an overlap.
    level_db : float or None
        The later side's mean square over the earlier one's; ``None`` without an overlap or where
        a side is silent.
    weights : tuple of float
        Of the earlier and the later side half way through the fade; (0, 1) for a cut.
    """

    frame: int
    fade_frames: int
    law: str
    correlation: float | None
    level_db: float | None
    weights: tuple[float, float]

    @property
    def middle_db(self) -> float | None:
        """Level half way through the fade over the mean of both sides; ``None`` without a fade.

        It swells where equal powers of the same sound are added, and falls where sides cancel.
        """
        if self.law == "cut" or self.correlation is None or self.level_db is None:
            return None
        (a, b), ratio = self.weights, 10 ** (self.level_db / 10)  # of powers, the earlier one is 1
        power = a * a + b * b * ratio + 2 * self.correlation * a * b * ratio**0.5
        return float(10 * np.log10(max(power, 1e-12) / ((1 + ratio) / 2)))

    def __str__(self) -> str:
        parts = [f"frame {self.frame}: {self.law.replace('_', ' ')}"]
        if self.correlation is not None:
            parts.append(f"correlation {self.correlation:.3f}")
        if self.law != "cut":
            parts.append(f"weights {self.weights[0]:.3f} and {self.weights[1]:.3f} half way")
        if self.level_db is not None:
            parts.append(f"level {self.level_db:+.1f} dB")
        return ", ".join(parts)


def record_join(frame: int, sides: tuple[Audio, Audio] | None, *, law: str) -> JoinRecord:
    """Measure both renderings of an overlap, and note what the law makes of them.

    Parameters
    ----------
    frame : int
        Where the join lies.
    sides : tuple of ndarray, shape (channels, frames), or None
        The overlap as the earlier and as the later chunk has it; ``None`` without one.
    law : {'cut', 'equal_power', 'equal_gain', 'matched'}
        How they are joined.

    Raises
    ------
    ParameterError
        If `law` is unknown.
    """
    check_choice("law", law, LAWS)
    if sides is None:
        return JoinRecord(frame, 0, law, None, None, (0.0, 1.0))
    before, after = sides
    correlation = correlation_of(before, after)
    powers = [float(np.mean(side.astype(np.float64) ** 2)) for side in sides]
    level_db = 10 * float(np.log10(powers[1] / powers[0])) if min(powers) > 0 else None
    weights = (0.0, 1.0) if law == "cut" else _half_way(law, correlation)  # type: ignore[arg-type]
    return JoinRecord(frame, before.shape[1], law, correlation, level_db, weights)


def _half_way(curve: Curve, correlation: float) -> tuple[float, float]:
    asked = correlation if curve == "matched" else None
    outgoing, incoming = fade_weights(3, curve=curve, correlation=asked)
    return float(outgoing[1]), float(incoming[1])
