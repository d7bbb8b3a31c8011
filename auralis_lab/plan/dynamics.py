"""Band dynamics: how each band is compressed, and its onsets lifted, from its level over time.

Conventions: levels and gains in decibels at the control rate, 100 points a second. The compressor
is an ordinary feed-forward one whose threshold lies relative to the band's own loud level, so what
the EQ and the make-up gain do to the band does not matter. Each band is given back the energy that
the compressor takes, so its balance with the others stays.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auralis_lab.plan.automation import BandDynamics, write_steps
from auralis_lab.plan.harm import ramp
from auralis_lab.plan.model import Decision, signed
from auralis_lab.plan.onsets import find_onsets
from auralis_lab.plan.presets import DynamicsTargets

if TYPE_CHECKING:
    from auralis_lab.analysis.envelopes import BandEnvelopes

__all__ = ["decide_dynamics", "loud_level_db"]

SLICE_POINTS = 1 << 16  # worked on at a time, for a track of hours has megabytes of them
SILENT_DB = -60.0  # a band whose loud level lies below this holds nothing to shape
ABSENT_DB = 40.0  # nor does one this far below the loudest
SHORTEST_POINTS = 50
GATE_DB = -10.0
OPEN_PLR_DB = (9.0, 15.0)  # nothing is compressed below, the whole budget used above
NEARLY_OPEN = 0.95  # from here on nothing is said of density
ATTACK_MS = (15.0, 45.0)
RELEASE_MS = (80.0, 400.0)
ATTACK_MS_PER_CREST_DB = 4.0
BUDGET_ROUNDS = 3
LEAST_MOVE_DB = 0.005  # half a step of the store
ONSET_SHAPE = (0.5, 1.0, 1.0, 0.5)  # share of the gain from one point before an onset
ONSET_FROM_DB, ONSET_FULL_DB = 3.0, 9.0  # rises that get none and all of the onset gain

Levels = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Band:
    """What is done to one band at intensity 1."""

    loud_db: float
    crest_db: float
    onsets_hz: float
    attack_ms: float
    release_ms: float
    held: bool
    mean_reduction_db: float
    max_reduction_db: float
    gains_db: Levels


def loud_level_db(levels_db: Levels) -> float | None:
    """Mean power of the points no more than 10 dB below the mean power of all; None for silence."""
    power = np.power(10.0, levels_db.astype(np.float32) / 10, dtype=np.float32)
    mean = float(power.mean(dtype=np.float64)) if len(power) else 0.0
    if not mean > 1e-11:
        return None
    loud = power[power >= mean * 10 ** (GATE_DB / 10)]
    return 10 * math.log10(float(loud.mean(dtype=np.float64)))


def decide_dynamics(
    envelopes: BandEnvelopes | None,
    targets: DynamicsTargets | None,
    intensity: float,
    *,
    plr_db: float | None,
    clipped: bool = False,
) -> tuple[BandDynamics | None, tuple[Decision, ...]]:
    """Gains of the bands over time.

    Parameters
    ----------
    envelopes : BandEnvelopes or None
        Levels of the bands over time, as measured.
    targets : DynamicsTargets or None
        Ratio, budgets and onset gain; None leaves dynamics alone.
    intensity : float
        Scales every gain.
    plr_db : float or None
        Peak to loudness ratio of the track: a dense one is compressed less, or not at all.
    clipped : bool
        Whether its peaks were cut off: then no onset is lifted, as what is missing there would be
        heard all the more.

    Returns
    -------
    dynamics : BandDynamics or None
        None when no gain differs from 0.
    decisions : tuple of Decision
        One a band, or one that says why there are none.
    """
    if targets is None:
        return None, (_alone("-", "The dynamics of the track are left alone by this preset."),)
    if envelopes is None:
        why = "The levels of its bands over time were not measured: dynamics are left alone."
        return None, (_alone("not measured", why),)
    if envelopes.points < SHORTEST_POINTS:
        why = "The track is too short for dynamics to be judged: they are left alone."
        return None, (_alone("too short", why),)
    if clipped and targets.onset_db:
        made, told = decide_dynamics(
            envelopes, replace(targets, onset_db=0.0), intensity, plr_db=plr_db
        )
        return made, (_onsets_held(intensity * targets.onset_db), *told)
    loud = [loud_level_db(envelopes.band_levels_db(band)) for band in range(envelopes.bands)]
    loudest = max((value for value in loud if value is not None), default=SILENT_DB)
    floor = max(SILENT_DB, loudest - ABSENT_DB)
    open_share = 0.0 if plr_db is None else ramp(plr_db, OPEN_PLR_DB)
    steps = np.zeros((envelopes.bands, envelopes.points), "<i2")
    decisions, means, largest_db = [], [], 0.0
    for index, value in enumerate(loud):  # one band at a time: hours are megabytes
        name = _band_name(envelopes.crossovers_hz, index)
        if value is None or value <= floor:
            decisions.append(_silent(name, value))
            means.append(0.0)
            continue
        row = envelopes.band_levels_db(index)
        band = _shape(row, value, targets, open_share, envelopes.control_rate_hz)
        gains = band.gains_db
        gains *= np.float32(intensity)
        write_steps(gains, steps[index])
        largest_db = max(largest_db, float(gains.max()), -float(gains.min()))
        means.append(_mean_gain_db(row, gains))
        decisions.append(_decision(name, band, targets, intensity, plr_db))
        del row, band, gains
    if largest_db < LEAST_MOVE_DB:
        return None, tuple(decisions)
    made = BandDynamics(
        envelopes.crossovers_hz,
        float(envelopes.control_rate_hz),
        envelopes.points,
        steps.tobytes(),
        tuple(means),
    )
    return made, tuple(decisions)


def _shape(
    levels: Levels, loud: float, targets: DynamicsTargets, open_share: float, rate_hz: float
) -> _Band:
    """Compress one band and lift its onsets."""
    from auralis_lab.plan.kernels import smooth_reduction

    onsets, rises = find_onsets(levels, loud)
    active = levels[levels > loud - ABSENT_DB]
    onsets_hz = len(onsets) / (len(active) / rate_hz)
    crest = float(np.percentile(active, 95, overwrite_input=True)) - loud
    del active  # of a track of hours, megabytes
    attack_ms = float(np.clip(ATTACK_MS[0] + ATTACK_MS_PER_CREST_DB * max(crest, 0), *ATTACK_MS))
    release_ms = float(np.clip(500 / onsets_hz if onsets_hz else np.inf, *RELEASE_MS))
    reduction = smooth_reduction(
        levels, loud + targets.threshold_db, 1 - 1 / targets.ratio, targets.knee_db,
        targets.max_budget_db, _pole(attack_ms, rate_hz), _pole(release_ms, rate_hz),
    )  # fmt: skip
    mean = -_mean_gain_db(levels, reduction, sign=-1)
    budget = targets.mean_budget_db * open_share
    held = mean > 0 and budget / mean < 1
    share = min(open_share, budget / mean) if mean > 0 else 0.0
    reduction *= np.float32(share)
    for _ in range(BUDGET_ROUNDS):  # the mean is one of energy: a part of it is more than that part
        taken = -_mean_gain_db(levels, reduction, sign=-1)
        if taken <= budget:
            break
        reduction *= np.float32(budget / taken)
    mean_reduction, max_reduction = -_mean_gain_db(levels, reduction, sign=-1), reduction.max()
    gains = np.subtract(0, reduction, out=reduction)
    _add_onset_gains(gains, onsets, rises, targets.onset_db)
    gains -= np.float32(_mean_gain_db(levels, gains))
    return _Band(
        loud_db=loud,
        crest_db=crest,
        onsets_hz=onsets_hz,
        attack_ms=attack_ms,
        release_ms=release_ms,
        held=held,
        mean_reduction_db=max(0.0, mean_reduction),
        max_reduction_db=float(max_reduction),
        gains_db=gains,
    )


def _add_onset_gains(
    gains: Levels, onsets: npt.NDArray[np.intp], rises: Levels, gain_db: float
) -> None:
    """Add an upward gain around each onset; where two overlap, the larger."""
    span = ONSET_FULL_DB - ONSET_FROM_DB
    wanted = gain_db * np.clip((rises - ONSET_FROM_DB) / span, 0, 1)
    offsets = range(-1, len(ONSET_SHAPE) - 1)
    places = np.concatenate([onsets + offset for offset in offsets])
    lifts = np.concatenate([(share * wanted).astype(np.float32) for share in ONSET_SHAPE])
    inside = (places >= 0) & (places < len(gains))
    lifted, which = np.unique(places[inside], return_inverse=True)
    highest = np.zeros(len(lifted), np.float32)
    np.maximum.at(highest, which, lifts[inside])
    gains[lifted] += highest


def _mean_gain_db(levels: Levels, gains: Levels, *, sign: float = 1.0) -> float:
    """What the energy of a band gains by gains, or by their opposites."""
    before = after = 0.0
    for start in range(0, len(levels), SLICE_POINTS):
        part = slice(start, start + SLICE_POINTS)
        power = np.power(10.0, levels[part] / 10, dtype=np.float32)
        before += float(power.sum(dtype=np.float64))
        power *= np.power(10.0, gains[part] * np.float32(sign) / 10, dtype=np.float32)
        after += float(power.sum(dtype=np.float64))
    return 10 * math.log10(after / before) if before > 0 and after > 0 else 0.0


def _pole(time_ms: float, rate_hz: float) -> float:
    return math.exp(-1000 / (time_ms * rate_hz))


def _band_name(crossovers_hz: tuple[float, ...], index: int) -> str:
    if not crossovers_hz:
        return "all frequencies"
    if index == 0:
        return f"below {crossovers_hz[0]:g} Hz"
    if index == len(crossovers_hz):
        return f"above {crossovers_hz[-1]:g} Hz"
    return f"{crossovers_hz[index - 1]:g} to {crossovers_hz[index]:g} Hz"


def _alone(measured: str, sentence: str) -> Decision:
    return Decision("dynamics", measured, "-", "0.0 dB", None, sentence)


def _onsets_held(gain_db: float) -> Decision:
    limit = "do no harm: the track looks clipped"
    why = f"Onsets would be lifted by up to {gain_db:.1f} dB; held by {limit}."
    return Decision("dynamics, onsets", "clipped", signed(gain_db, "dB"), "0.0 dB", limit, why)


def _silent(name: str, loud: float | None) -> Decision:
    measured = "silent" if loud is None else f"{loud:.1f} dBFS"
    sentence = f"Dynamics {name}: there is next to nothing to hear ({measured}), left alone."
    return Decision(f"dynamics, {name}", measured, "-", "0.0 dB", None, sentence)


def _decision(
    name: str, band: _Band, targets: DynamicsTargets, intensity: float, plr_db: float | None
) -> Decision:
    mean, most = intensity * band.mean_reduction_db, intensity * band.max_reduction_db
    target = f"{targets.ratio:g}:1 from {band.loud_db + targets.threshold_db:.1f} dBFS"
    limit = None
    if plr_db is None or ramp(plr_db, OPEN_PLR_DB) < NEARLY_OPEN:
        dense = "an unknown" if plr_db is None else "a"
        limit = f"do no harm: {dense} peak to loudness ratio"
        limit += "" if plr_db is None else f" of {plr_db:.1f} dB"
    elif band.held:
        limit = f"the budget of {intensity * targets.mean_budget_db:.1f} dB on average"
    work = f"takes {mean:.1f} dB on average and {most:.1f} dB at most, and gives the average back"
    sentence = (
        f"Dynamics {name}: loud passages lie at {band.loud_db:.1f} dBFS, the loudest moments "
        f"{max(band.crest_db, 0.0):.1f} dB above, {band.onsets_hz:.1f} onsets a second: {target}, "
        f"attack {band.attack_ms:.0f} ms, release {band.release_ms:.0f} ms, "
        f"{work if most >= 0.05 else 'which takes nothing'}"
    )
    if limit is not None:
        sentence += f"; held by {limit}"
    if targets.onset_db and band.onsets_hz:
        lift = intensity * targets.onset_db
        sentence += f"; clear onsets are lifted by up to {lift:.1f} dB for 30 ms"
    return Decision(
        topic=f"dynamics, {name}",
        measured=f"{band.loud_db:.1f} dBFS",
        target=target,
        amount=signed(-mean, "dB"),
        limit=limit,
        sentence=sentence + ".",
    )
