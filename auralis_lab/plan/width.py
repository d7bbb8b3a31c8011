"""Width: gain of the side signal in each band, from how the channels relate there.

Conventions: the side share is the energy of the side over that of mid and side, 0 for mono and 0.5
for unrelated channels. A gain ``g`` of the side makes of a share ``s`` the share
``s g² / (1 - s + s g²)``. Below 250 Hz the side is never raised: it would be lost in mono and
shake a record's needle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from auralis_lab.analysis.definitions import BAND_EDGES_HZ
from auralis_lab.plan.automation import BandWidth
from auralis_lab.plan.harm import ramp
from auralis_lab.plan.model import Decision, signed
from auralis_lab.plan.presets import WidthTargets

if TYPE_CHECKING:
    from auralis_lab.analysis.stereo import Stereo

__all__ = ["decide_width"]

NAMES = ("sub bass", "bass", "low mid", "mid", "upper mid", "presence", "air")
LOWEST_WIDENED_HZ = 250.0
HIGHEST_EDGE = 0.45  # of the sample rate: no band begins above
GUARD_CORRELATION = (0.2, 0.4)  # nothing is widened below, everything wanted above
OPPOSED_CORRELATION = -0.5  # lows below it are in opposite polarity: narrowing would lose them
MONO_SHARE = (0.002, 0.01)  # the same for side shares: next to no side is noise, not width


def decide_width(
    band_stereo: Sequence[Stereo],
    channels: int,
    rate_hz: int,
    targets: WidthTargets,
    intensity: float,
    *,
    wanted_shares: Sequence[float | None] | None = None,
) -> tuple[BandWidth | None, tuple[Decision, ...]]:
    """Gains of the side signal.

    Parameters
    ----------
    band_stereo : sequence of Stereo
        Of the bands between `BAND_EDGES_HZ`, low to high.
    channels, rate_hz : int
        Of the track.
    targets : WidthTargets
        Shares aimed at and limits.
    intensity : float
        Scales every gain, in decibels.
    wanted_shares : sequence of (float or None), optional
        Side shares of another track to match, within the limits, instead of those aimed at.

    Returns
    -------
    width : BandWidth or None
        None when no gain differs from 0.
    decisions : tuple of Decision
        One a band in which something was measured, or one that says why there are none.
    """
    if channels != 2:
        what = "One channel has" if channels == 1 else f"{channels} channels have"
        count = "1 channel" if channels == 1 else f"{channels} channels"
        return None, (_alone(count, f"{what} no width to change: left alone."),)
    starts = BAND_EDGES_HZ[:-1]
    bands = [
        stereo
        for hz, stereo in zip(starts, band_stereo, strict=False)
        if hz < HIGHEST_EDGE * rate_hz
    ]
    if not any(_measured(stereo) for stereo in bands):
        why = "No more than one channel has sound in any band: width is left alone."
        return None, (_alone("not measurable", why),)
    if wanted_shares is None and all(
        (stereo.side_share or 0.0) < MONO_SHARE[0] for stereo in bands
    ):
        return None, (_alone("mono", "Both channels are the same, or next to it: left mono."),)
    gains, means, decisions = [], [], []
    for index, stereo in enumerate(bands):
        if not _measured(stereo):
            gains.append(0.0)
            means.append(0.0)
            continue
        wanted = None if wanted_shares is None else _get(wanted_shares, index)
        whole, limit = _gain_db(stereo, starts[index], targets, wanted, wanted_shares is not None)
        gain = round(intensity * whole, 3) + 0.0
        share = stereo.side_share or 0.0
        gains.append(gain)
        means.append(round(10 * math.log10(1 - share + share * 10 ** (gain / 10)), 4) + 0.0)
        decisions.append(_decision(NAMES[index], stereo, gain, limit, starts[index], targets))
    if not any(gains):
        return None, tuple(decisions)
    return BandWidth(starts[1 : len(gains)], tuple(gains), tuple(means)), tuple(decisions)


def _gain_db(
    stereo: Stereo, start_hz: float, targets: WidthTargets, wanted: float | None, match: bool
) -> tuple[float, str | None]:
    """Side gain at intensity 1, and what held it."""
    share, correlation = stereo.side_share or 0.0, stereo.correlation or 0.0
    if correlation < OPPOSED_CORRELATION:
        return 0.0, "channels of opposite polarity"
    if match:
        if wanted is None:
            return 0.0, None
        goal = min(max(wanted, 1e-4), 0.5)
    elif start_hz < LOWEST_WIDENED_HZ:
        goal = min(share, targets.low_side_share)
    else:
        goal = max(share, targets.side_share)
    if share <= 0 or share >= 1:
        return 0.0, "a side without a mid" if share >= 1 else "a band that is mono"
    gain = 10 * math.log10(goal * (1 - share) / (share * (1 - goal)))
    if gain <= 0:
        held = max(gain, -targets.max_narrowing_db)
        narrowing = f"the largest narrowing, {targets.max_narrowing_db:g} dB in full"
        return held, narrowing if held > gain else None
    if start_hz < LOWEST_WIDENED_HZ:
        return 0.0, "lows that stay safe in mono"
    held, limit = gain, None
    if gain > targets.max_widening_db:
        held, limit = (
            targets.max_widening_db,
            f"the largest widening, {targets.max_widening_db:g} dB in full",
        )
    room = ramp(correlation, GUARD_CORRELATION)
    side = ramp(share, MONO_SHARE)
    if side < 1:
        limit = "a band that is next to mono"
    if room < 1:
        limit = f"the correlation of {correlation:.2f}"
    return held * room * side, limit


def _measured(stereo: Stereo) -> bool:
    return stereo.correlation is not None and stereo.side_share is not None


def _percent(share: float) -> str:
    return f"{share:.1%}" if 0 < share < 0.0095 else f"{share:.0%}"


def _get(values: Sequence[float | None], index: int) -> float | None:
    return values[index] if index < len(values) else None


def _alone(measured: str, sentence: str) -> Decision:
    return Decision("width", measured, "-", "0.0 dB", None, sentence)


def _decision(
    name: str,
    stereo: Stereo,
    gain: float,
    limit: str | None,
    start_hz: float,
    targets: WidthTargets,
) -> Decision:
    share, correlation = stereo.side_share or 0.0, stereo.correlation or 0.0
    low = start_hz < LOWEST_WIDENED_HZ
    target = (
        f"at most {_percent(targets.low_side_share)}"
        if low
        else f"at least {_percent(targets.side_share)}"
    )
    action = "left alone"
    if abs(gain) >= 0.05:
        action = f"the side is {'raised' if gain > 0 else 'lowered'} by {abs(gain):.1f} dB"
    sentence = (
        f"Width of {name}: the side has {_percent(share)} of the energy, correlation "
        f"{correlation:.2f}: {action}"
    )
    if limit is not None:
        sentence += f"; held by {limit}"
    return Decision(
        f"width, {name}",
        f"{_percent(share)} side",
        target,
        signed(gain, "dB"),
        limit,
        sentence + ".",
    )
