"""The presets: explicit targets and limits, nothing hidden.

Every number is the whole of it at intensity 1; lower intensities do a share of what these decide.
"""

from __future__ import annotations

from dataclasses import dataclass

from auralis_lab.errors import check_choice
from auralis_lab.plan.model import EqCurve
from auralis_lab.plan.targets import TARGET_CURVE

__all__ = [
    "PRESETS",
    "PRESET_NAMES",
    "REFERENCE",
    "TARGET_CURVE",
    "DynamicsTargets",
    "Preset",
    "WidthTargets",
    "preset_named",
]

LEVEL = EqCurve((1000.0,), (0.0,))


@dataclass(frozen=True)
class DynamicsTargets:
    """What band dynamics may do.

    Attributes
    ----------
    ratio : float
        Of the compressor, 1 (none) upwards.
    threshold_db : float
        Relative to the loud level of the band, the gated mean of its power.
    knee_db : float
        Width of the bend around the threshold.
    mean_budget_db, max_budget_db : float
        Largest reduction on average, weighted by energy, and at any moment.
    onset_db : float
        Gain on the first 30 ms of a clear onset.
    """

    ratio: float
    mean_budget_db: float
    max_budget_db: float
    onset_db: float = 0.0
    threshold_db: float = -2.0
    knee_db: float = 8.0


@dataclass(frozen=True)
class WidthTargets:
    """What happens to the side signal.

    Attributes
    ----------
    side_share : float
        Energy of the side over that of mid and side that bands from 250 Hz up are widened towards.
    max_widening_db : float
        Largest gain of the side.
    low_side_share : float
        Share above which bands below 250 Hz are narrowed.
    max_narrowing_db : float
        Largest reduction of the side there.
    """

    side_share: float
    max_widening_db: float
    low_side_share: float = 0.1
    max_narrowing_db: float = 3.0


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
        Share of what lies outside the target band that is taken back, 0..1.
    leeway_db : float
        Room on both sides beyond the target band that is left alone, too.
    max_correction_db : float
        Largest correction, up or down. Voicing comes on top; together at most 6 dB.
    balance_budget_db : float
        Root mean square over the bands that the correction of a mastered track may have; what is
        not mastered gets more (see :mod:`auralis_lab.plan.harm`).
    target_lufs : float
        Integrated loudness aimed at.
    loudness_leeway_lu : float
        Distance from it that is left alone; what lies farther out is brought to its edge.
    limiter_budget_lu : float
        Loudness that the limiter may take before the make-up gain stops rising.
    dynamics : DynamicsTargets or None
    width : WidthTargets
    plr_loss_db : float
        Largest loss of the peak to loudness ratio to the limiter.
    max_gain_db : float
        Largest make-up gain.
    plr_floor_db : float
        Peak to loudness ratio below which the limiter takes no more than 1 dB of it. From mastered
        tracks it takes no more at any ratio.
    """

    name: str
    purpose: str
    voicing: EqCurve
    correction_ratio: float
    leeway_db: float
    max_correction_db: float
    target_lufs: float
    limiter_budget_lu: float
    dynamics: DynamicsTargets | None
    width: WidthTargets
    plr_loss_db: float
    balance_budget_db: float = 1.2
    loudness_leeway_lu: float = 0.0
    max_gain_db: float = 24.0
    plr_floor_db: float = 11.0


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            name="adaptive",
            purpose="corrects what lies outside the usual balance and leaves the rest",
            voicing=LEVEL,
            correction_ratio=0.6,
            leeway_db=0.0,
            max_correction_db=4.0,
            target_lufs=-14.0,
            limiter_budget_lu=0.35,
            plr_loss_db=3.0,
            dynamics=DynamicsTargets(ratio=1.5, mean_budget_db=1.0, max_budget_db=3.0),
            width=WidthTargets(side_share=0.14, max_widening_db=1.0),
        ),
        Preset(
            name="gentle",
            purpose="the least that helps, for material that is nearly right",
            voicing=LEVEL,
            correction_ratio=0.3,
            leeway_db=1.5,
            max_correction_db=2.0,
            target_lufs=-14.0,
            balance_budget_db=0.6,
            loudness_leeway_lu=3.0,
            limiter_budget_lu=0.1,
            plr_loss_db=0.3,
            dynamics=DynamicsTargets(ratio=1.2, mean_budget_db=0.4, max_budget_db=1.2),
            width=WidthTargets(side_share=0.1, max_widening_db=0.4, max_narrowing_db=1.0),
        ),
        Preset(
            name="warm",
            purpose="fuller below 200 Hz, softer above 4 kHz",
            voicing=EqCurve(
                (200, 450, 1000, 2500, 5000, 10_000), (2.9, 1.3, 0.0, -0.6, -2.2, -2.8)
            ),
            correction_ratio=0.5,
            leeway_db=0.0,
            max_correction_db=3.0,
            target_lufs=-14.0,
            limiter_budget_lu=0.3,
            plr_loss_db=3.0,
            dynamics=DynamicsTargets(ratio=1.6, mean_budget_db=1.2, max_budget_db=3.5),
            width=WidthTargets(side_share=0.12, max_widening_db=0.8),
        ),
        Preset(
            name="bright",
            purpose="leaner below 200 Hz, more open above 4 kHz",
            voicing=EqCurve((200, 450, 1000, 2500, 5000, 10_000), (-1.8, -0.7, 0.0, 0.8, 2.0, 2.8)),
            correction_ratio=0.5,
            leeway_db=0.0,
            max_correction_db=3.0,
            target_lufs=-14.0,
            limiter_budget_lu=0.3,
            plr_loss_db=3.0,
            dynamics=DynamicsTargets(ratio=1.4, mean_budget_db=0.9, max_budget_db=2.5),
            width=WidthTargets(side_share=0.2, max_widening_db=1.5),
        ),
        Preset(
            name="punchy",
            purpose="firmer kick and attack, less mud, hardly any limiting",
            voicing=EqCurve(
                (30, 60, 100, 250, 500, 1000, 3000, 6000, 12_000),
                (0.0, 1.6, 1.6, -1.4, -0.6, 0.0, 1.4, 1.0, 0.4),
            ),
            correction_ratio=0.5,
            leeway_db=0.0,
            max_correction_db=3.0,
            target_lufs=-13.0,
            limiter_budget_lu=0.2,
            plr_loss_db=2.0,
            dynamics=DynamicsTargets(
                ratio=1.3, mean_budget_db=0.7, max_budget_db=2.0, onset_db=3.0
            ),
            width=WidthTargets(side_share=0.12, max_widening_db=0.6, max_narrowing_db=6.0),
        ),
    )
}

PRESET_NAMES: tuple[str, ...] = tuple(PRESETS)
"""Presets that need nothing but the track."""

REFERENCE = Preset(
    name="reference",
    purpose="balance, loudness and width of another track",
    voicing=LEVEL,
    correction_ratio=1.0,
    leeway_db=0.0,
    max_correction_db=6.0,
    target_lufs=-14.0,
    limiter_budget_lu=0.8,
    plr_loss_db=6.0,
    dynamics=None,
    width=WidthTargets(side_share=0.0, max_widening_db=3.0),
    plr_floor_db=8.0,
)
"""What is matched to another track; its target spectrum, loudness and width are that track's."""


def preset_named(name: str) -> Preset:
    """Return the preset of that name, `REFERENCE` included.

    Raises
    ------
    ParameterError
        If there is none, with the names there are.
    """
    check_choice("preset", name, (*PRESET_NAMES, REFERENCE.name))
    return PRESETS.get(name, REFERENCE)
