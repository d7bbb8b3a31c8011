"""In what two tracks are alike and in what they differ, by the numbers and in a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.definitions import DEFINITIONS, DIMENSIONS

__all__ = ["Part", "parts_of", "reason_of"]

Doubles = npt.NDArray[np.float64]

SAME, OTHER = 0.25, 0.5
"""Differences up to the first are none worth telling; from the second on they are."""

MOST_NAMED = 2

COMPARED: Mapping[str, tuple[str, str]] = {
    "loudness_lufs": ("louder", "quieter"),
    "tempo_bpm": ("faster", "slower"),
    "centroid_hz": ("brighter", "darker"),
    "stereo_width": ("wider", "narrower"),
    "crest_db": ("more dynamic", "more compressed"),
    "rhythm_stability": ("steadier", "less steady"),
    "onset_density_hz": ("busier", "calmer"),
    "harmonic_ratio": ("more harmonic", "more percussive"),
    "flatness": ("noisier", "purer"),
    "bass_mid_db": ("bassier", "leaner"),
    "chroma_strength": ("more tonal", "less tonal"),
    "pitch_stability": ("steadier in pitch", "less steady in pitch"),
    "loudness_variation_db": ("more varied in loudness", "more even in loudness"),
    "dynamic_range_variation_db": ("more varied in crest", "more even in crest"),
    "peak_consistency": ("more even in its peaks", "more varied in its peaks"),
    "phase_correlation": ("more correlated", "less correlated"),
    "rolloff_hz": ("reaching higher", "reaching less high"),
}
"""What to call more and less of a dimension; else "more" and "less" and its label."""

_TOLD_FIRST = {
    name: place
    for place, name in enumerate(sorted(DIMENSIONS, key=lambda name: name not in COMPARED))
}
SHARES = (*DIMENSIONS[:7], "silence_ratio")
UNITS = {"LUFS": "LU"}
"""What a difference is measured in, where that is another unit."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one dimension adds to the distance of two tracks.

    Attributes
    ----------
    dimension : str
    reference, value : float or None
        Of what was asked for, and of what was found.
    deviations : float or None
        The difference in standard deviations of the library; None where one has no value.
    contribution : float
        Share of the squared distance, 0 to 1.
    """

    dimension: str
    reference: float | None
    value: float | None
    deviations: float | None
    contribution: float

    @property
    def label(self) -> str:
        """Name for people."""
        return DEFINITIONS[self.dimension].label

    @property
    def unit(self) -> str:
        """Unit of the values, empty for shares and ratios."""
        return DEFINITIONS[self.dimension].unit


def parts_of(
    reference: Doubles, values: Doubles, deviations: Doubles, weights: Doubles
) -> list[tuple[Part, ...]]:
    """Compare tracks with what was asked for, in the dimensions that have a weight.

    Parameters
    ----------
    reference, weights : ndarray of float64, shape (25,)
    values, deviations : ndarray of float64, shape (25, tracks)
        Values, and their differences in standard deviations. NaN where there is none.
    """
    used = np.flatnonzero(weights > 0)
    squares = np.nan_to_num(weights[used, None] * deviations[used] ** 2)
    whole = squares.sum(axis=0)
    shares = squares / np.where(whole > 0, whole, 1.0)
    names = [DIMENSIONS[place] for place in used.tolist()]
    asked = _numbers(reference[used])
    columns = zip(values[used].T, deviations[used].T, shares.T, strict=True)
    return [
        tuple(map(Part, names, asked, _numbers(own), _numbers(apart), share.tolist()))
        for own, apart, share in columns
    ]


def reason_of(parts: Sequence[Part]) -> str:
    """Say in a line what is the same and what differs most.

    Examples
    --------
    >>> reason_of([
    ...     Part("tempo_bpm", 120.0, 120.5, 0.02, 0.0),
    ...     Part("loudness_lufs", -14.0, -11.0, 0.8, 1.0),
    ... ])
    'same tempo; louder by 3.0 LU'
    """
    shared = [part for part in parts if part.deviations is not None]
    told = sorted(shared, key=lambda part: _TOLD_FIRST[part.dimension])
    same = [part.label for part in told if abs(part.deviations or 0.0) <= SAME]
    other = [part for part in shared if abs(part.deviations or 0.0) >= OTHER]
    other.sort(key=lambda part: -part.contribution)
    lines = []
    if len(same) == len(shared):
        lines.append("the same in all that is compared")
    elif same:
        lines.append("same " + " and ".join(same[:MOST_NAMED]))
    if other:
        lines.append(" and ".join(_difference(part) for part in other[:MOST_NAMED]))
    return "; ".join(lines) or "a little different in everything"


def _difference(part: Part) -> str:
    amount = (part.value or 0.0) - (part.reference or 0.0)
    more, less = COMPARED.get(part.dimension, (f"more {part.label}", f"less {part.label}"))
    return f"{more if amount > 0 else less} by {_size(abs(amount), part)}"


def _size(amount: float, part: Part) -> str:
    if part.dimension in SHARES:
        return f"{100 * amount:.0f} %"
    if not part.unit:
        return f"{amount:.2f}"
    number = f"{amount:.0f}" if amount >= 20 else f"{amount:.1f}"
    return f"{number} {UNITS.get(part.unit, part.unit)}"


def _numbers(values: Doubles) -> list[float | None]:
    return [None if value != value else value for value in values.tolist()]
