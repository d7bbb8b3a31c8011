"""Tones against noise and clicks, and which pitch classes prevail.

Conventions: what cannot be measured is ``None``, never 0. Pitch classes refer to A = 440 Hz in
equal temperament, C first.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Tonality"]


@dataclass(frozen=True)
class Tonality:
    """What is pitched in a track.

    Attributes
    ----------
    harmonic_ratio : float or None
        Share of the energy that is harmonic, 0 to 1.
    pitch_stability : float or None
        How steadily the pitch classes stay, 0 to 1.
    chroma_strength : float or None
        How much few pitch classes prevail, 0 (all alike) to 1 (one alone).
    chroma : tuple of float
        Share of each of the 12 pitch classes, C first, sum 1; empty when not measurable.
    """

    harmonic_ratio: float | None = None
    pitch_stability: float | None = None
    chroma_strength: float | None = None
    chroma: tuple[float, ...] = ()
