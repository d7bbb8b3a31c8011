"""Tempo, steadiness and onsets.

Conventions: what cannot be measured is ``None``, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Rhythm"]


@dataclass(frozen=True)
class Rhythm:
    """When things happen in a track.

    Attributes
    ----------
    tempo_bpm : float or None
        Beats a minute; None where nothing repeats.
    stability : float or None
        0 to 1, 1 for a beat that never wavers; None where there is no tempo.
    onset_density_hz : float or None
        Onsets a second; None for silence and for what is too short.
    """

    tempo_bpm: float | None = None
    stability: float | None = None
    onset_density_hz: float | None = None
