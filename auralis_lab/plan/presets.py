"""The presets: explicit targets and limits, nothing hidden.

Spectra are in decibels per third-octave band, relative to each other. The target is the average of
mastered popular music as published long-term spectra describe it: level from 50 to 100 Hz, falling
by about 2.4 dB an octave from there to 4 kHz and faster above. (P. D. Pestana et al., "Spectral
characteristics of popular commercial recordings 1950-2010", AES 135, 2013; A. Elowsson and
A. Friberg, "Long-term average spectrum in popular music and its relation to the level of the
percussion", AES 142, 2017.)
"""

from __future__ import annotations

from dataclasses import dataclass

from auralis_lab.errors import check_choice
from auralis_lab.plan.model import EqCurve

__all__ = ["PRESETS", "PRESET_NAMES", "TARGET_CURVE", "Preset", "preset_named"]

TARGET_CURVE = EqCurve(
    (20, 25, 31.5, 40, 50, 100, 4000, 5000, 6300, 8000, 10_000, 12_500, 16_000, 20_000),
    (-14, -9, -5, -2, 0, 0, -12.7, -13.8, -15.0, -16.5, -18.5, -21, -25, -33),
)

LEVEL = EqCurve((1000.0,), (0.0,))


@dataclass(frozen=True)
class Preset:
    """What one preset aims at and how far it may go.

    Attributes
    ----------
    name, purpose : str
        Its word, and what it is for.
    voicing : EqCurve
        Colour laid over the correction.
    correction_ratio : float
        Share of a deviation beyond the tolerance that is taken back, 0..1.
    tolerance_db : float
        Deviation from the target curve that is left alone.
    max_correction_db : float
        Largest correction, up or down. Voicing comes on top; together at most 6 dB.
    target_lufs : float
        Integrated loudness aimed at.
    limiter_budget_lu : float
        Loudness that the limiter may take before the make-up gain stops rising.
    max_gain_db : float
        Largest make-up gain.
    """

    name: str
    purpose: str
    voicing: EqCurve
    correction_ratio: float
    tolerance_db: float
    max_correction_db: float
    target_lufs: float
    limiter_budget_lu: float
    max_gain_db: float = 24.0


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            name="adaptive",
            purpose="corrects what lies outside the usual balance and leaves the rest",
            voicing=LEVEL,
            correction_ratio=0.6,
            tolerance_db=4.0,
            max_correction_db=4.0,
            target_lufs=-14.0,
            limiter_budget_lu=1.0,
        ),
        Preset(
            name="gentle",
            purpose="the least that helps, for material that is nearly right",
            voicing=LEVEL,
            correction_ratio=0.35,
            tolerance_db=5.0,
            max_correction_db=2.0,
            target_lufs=-16.0,
            limiter_budget_lu=0.4,
        ),
        Preset(
            name="warm",
            purpose="fuller below 200 Hz, softer above 4 kHz",
            voicing=EqCurve(
                (160, 400, 1000, 2500, 5000, 10_000), (2.6, 1.2, 0.0, -0.6, -2.2, -2.8)
            ),
            correction_ratio=0.5,
            tolerance_db=4.0,
            max_correction_db=3.0,
            target_lufs=-14.0,
            limiter_budget_lu=0.8,
        ),
        Preset(
            name="bright",
            purpose="leaner below 200 Hz, more open above 4 kHz",
            voicing=EqCurve((160, 400, 1000, 2500, 5000, 10_000), (-1.6, -0.6, 0.0, 0.8, 2.0, 2.8)),
            correction_ratio=0.5,
            tolerance_db=4.0,
            max_correction_db=3.0,
            target_lufs=-14.0,
            limiter_budget_lu=0.8,
        ),
        Preset(
            name="punchy",
            purpose="firmer kick and attack, less mud, hardly any limiting",
            voicing=EqCurve(
                (30, 60, 100, 250, 500, 1000, 3000, 6000, 12_000),
                (0.0, 1.6, 1.6, -1.4, -0.6, 0.0, 1.4, 1.0, 0.4),
            ),
            correction_ratio=0.5,
            tolerance_db=4.0,
            max_correction_db=3.0,
            target_lufs=-13.0,
            limiter_budget_lu=0.3,
        ),
    )
}

PRESET_NAMES: tuple[str, ...] = tuple(PRESETS)


def preset_named(name: str) -> Preset:
    """Return the preset of that name.

    Raises
    ------
    ParameterError
        If there is none, with the names there are.
    """
    check_choice("preset", name, PRESET_NAMES)
    return PRESETS[name]
