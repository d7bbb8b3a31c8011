"""EQ decisions: where a long-term spectrum leaves the target band, and how much is taken back.

Levels are decibels per third-octave band. A band without a level, one far below the loudest or
the target, and one outside the range of most playback is left alone: there is nothing to judge it
by, and lifting it would lift noise. The way there is a slope: a trio without a double bass is not
given one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from auralis_lab.plan.model import Decision, EqCurve, signed
from auralis_lab.plan.presets import Preset
from auralis_lab.plan.targets import TARGET_BAND, TargetBand

__all__ = ["MAX_EQ_DB", "decide_eq"]

MAX_EQ_DB = 6.0
FLOOR_DB = 50.0  # a band this far below the loudest holds no programme
ABSENT_DB = (18.0, 10.0)  # so far below the target a band is no music to be raised; nearer, it is
TOLD_DB = 0.2  # a correction smaller than this is not said to be held
LOWEST_HZ, HIGHEST_HZ = 30.0, 17_000.0
REFERENCE_HZ = (100.0, 8000.0)  # where measured and target spectra are laid on one another

REGIONS = (
    ("sub bass", 20.0, 60.0),
    ("bass", 60.0, 250.0),
    ("low mid", 250.0, 500.0),
    ("mid", 500.0, 2000.0),
    ("upper mid", 2000.0, 4000.0),
    ("presence", 4000.0, 8000.0),
    ("air", 8000.0, 20_000.0),
)

Row = npt.NDArray[np.float64]


def decide_eq(
    centres_hz: Sequence[float],
    levels_db: Sequence[float | None],
    preset: Preset,
    intensity: float,
    target: TargetBand = TARGET_BAND,
    *,
    budget_db: float = math.inf,
) -> tuple[EqCurve, tuple[Decision, ...]]:
    """EQ curve for a measured spectrum.

    Parameters
    ----------
    centres_hz, levels_db : sequence
        The third-octave spectrum; ``None`` where a band was not measurable.
    preset : Preset
        Leeway, share, limits and voicing.
    intensity : float
        Scales the whole curve.
    target : TargetBand
        What lies within its edges is left alone.
    budget_db : float
        Largest root mean square of the correction over the bands in which something was measured,
        its mean taken away.

    Returns
    -------
    curve : EqCurve
        One point a band, at most ±6 dB.
    decisions : tuple of Decision
        One for each region of the spectrum in which something was measured.
    """
    f = np.asarray(centres_hz, np.float64)
    level = np.array([np.nan if value is None else value for value in levels_db], np.float64)
    usable = ~np.isnan(level) & (f >= LOWEST_HZ) & (f <= HIGHEST_HZ)
    if f.size == 0 or not usable.any():
        return EqCurve((1000.0,), (0.0,)), ()
    usable &= np.nan_to_num(level, nan=-np.inf) > np.nanmax(level) - FLOOR_DB
    middle, lower, upper = target.at(f, leeway_db=preset.leeway_db)
    deviation = _deviation(f, level - middle, usable)
    usable &= deviation > -ABSENT_DB[0]
    deviation = np.where(usable, deviation, 0.0)
    present = np.clip((deviation + ABSENT_DB[0]) / (ABSENT_DB[0] - ABSENT_DB[1]), 0.0, 1.0)
    beyond = np.maximum(deviation - upper, 0.0) + present * np.minimum(deviation - lower, 0.0)
    wanted = _smooth(-preset.correction_ratio * beyond)
    correction = np.clip(wanted, -preset.max_correction_db, preset.max_correction_db)
    change_db = float(np.std(correction[usable])) if usable.any() else 0.0
    over_budget = change_db > budget_db
    if over_budget:
        correction *= budget_db / change_db
    voicing = _at(preset.voicing, f)
    gains = intensity * np.clip(correction + voicing, -MAX_EQ_DB, MAX_EQ_DB)
    curve = EqCurve(tuple(float(v) for v in f), tuple(round(float(v), 4) + 0.0 for v in gains))
    shown = _Shown(f, deviation, lower, upper, wanted, gains, intensity * voicing)
    decisions = tuple(
        _decision(
            name,
            shown,
            np.flatnonzero(inside),
            preset,
            intensity,
            target.name,
            budget_db if over_budget else None,
        )
        for name, low, high in REGIONS
        if (inside := (f >= low) & (f < high) & usable).any()
    )
    return curve, decisions


class _Shown(NamedTuple):
    """Rows that decisions are told from, one value a band."""

    frequencies_hz: Row
    deviation_db: Row
    lower_db: Row
    upper_db: Row
    wanted_db: Row
    gains_db: Row
    voicing_db: Row


def _deviation(f: Row, difference: Row, usable: npt.NDArray[np.bool_]) -> Row:
    """Measured minus target, laid on one another in the middle of the spectrum; 0 if unusable."""
    middle = usable & (f >= REFERENCE_HZ[0]) & (f <= REFERENCE_HZ[1])
    anchor = float(np.median(difference[middle if middle.any() else usable]))
    return np.where(usable, difference - anchor, 0.0)


def _smooth(row: Row) -> Row:
    """Weighted mean over one octave (three bands) on either side of each band's centre."""
    weights = np.array([0.08, 0.24, 0.36, 0.24, 0.08])
    return np.convolve(np.pad(row, 2, mode="edge"), weights, mode="valid")


def _at(curve: EqCurve, f: Row) -> Row:
    return np.interp(np.log(f), np.log(curve.frequencies_hz), curve.gains_db)


def _decision(
    region: str,
    shown: _Shown,
    bands: npt.NDArray[np.intp],
    preset: Preset,
    intensity: float,
    target: str,
    budget_db: float | None,
) -> Decision:
    """What is done in one region: said of the band in which most is done."""
    rows = _Shown(*(row[bands] for row in shown))
    most = int(np.argmax(np.abs(rows.gains_db)))
    away, low, high = (
        float(row.mean()) for row in (rows.deviation_db, rows.lower_db, rows.upper_db)
    )
    gain, voicing = float(rows.gains_db[most]), float(rows.voicing_db[most])
    limit = None
    if np.abs(rows.wanted_db[most]) > preset.max_correction_db:
        limit = f"the largest correction, ±{intensity * preset.max_correction_db:.1f} dB"
    if budget_db is not None and np.abs(rows.wanted_db[most]) >= TOLD_DB:
        limit = f"do no harm: a correction of {intensity * budget_db:.1f} dB rms at most"
    within, room = low <= away <= high, high > low
    finding = f"on average {abs(away):.1f} dB {'above' if away > 0 else 'below'} the {target}"
    if room:
        finding += f", {'within' if within else 'outside'} its {low:+.1f} to {high:+.1f} dB"
    action = _action(float(rows.frequencies_hz[most]), gain, voicing, preset.name)
    if within and room and abs(gain - voicing) >= TOLD_DB:
        action += _outlier(shown, int(bands[most]))
    sentence = f"{region.capitalize()} is {finding}: {action}"
    if limit is not None:
        sentence += f"; held by {limit}"
    return Decision(
        topic=f"EQ, {region}",
        measured=signed(away, "dB"),
        target=f"{low:+.1f} to {high:+.1f} dB" if room else "0 dB",
        amount=signed(gain, "dB"),
        limit=limit,
        sentence=sentence + ".",
    )


def _action(hz: float, gain: float, voicing: float, preset: str) -> str:
    """What is done at one frequency, and why."""
    where = f"at {_hz(hz)}"
    correction = gain - voicing
    if abs(gain) < 0.05 and abs(voicing) < 0.05:
        return "left alone"
    if abs(voicing) < 0.05:
        return f"corrected by {signed(gain, 'dB')} {where}"
    if abs(correction) < 0.1:
        return f"voiced {preset} by {signed(gain, 'dB')} {where}"
    return (
        f"corrected by {signed(correction, 'dB')} and voiced {preset} by {signed(voicing, 'dB')}, "
        f"in all {signed(gain, 'dB')} {where}"
    )


def _outlier(shown: _Shown, band: int) -> str:
    """Name the band outside its limits that is nearest to one that is corrected for it."""
    edge = np.where(shown.deviation_db > 0, shown.upper_db, shown.lower_db)
    beyond = np.maximum(shown.deviation_db - shown.upper_db, shown.lower_db - shown.deviation_db)
    outside = np.flatnonzero(beyond > 0)
    if not outside.size:
        return ""
    nearest = int(outside[np.argmin(np.abs(outside - band) - 1e-3 * beyond[outside])])
    return (
        f", as the band at {_hz(float(shown.frequencies_hz[nearest]))} is at"
        f" {signed(float(shown.deviation_db[nearest]), 'dB')}, beyond its"
        f" {signed(float(edge[nearest]), 'dB')}"
    )


def _hz(hz: float) -> str:
    return f"{hz / 1000:.1f} kHz" if hz >= 1000 else f"{hz:.0f} Hz"
