"""The offset that is taken off each channel, and what the track measures without it.

Conventions: offsets and peaks are linear, full scale ±1.0. An offset is not heard, as the
K-weighting knows, but it takes headroom: the limiter would be driven by it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from auralis_lab.audio import db_to_gain, gain_to_db
from auralis_lab.plan.model import Decision

if TYPE_CHECKING:
    from auralis_lab.analysis.profile import Profile

__all__ = ["LEAST_OFFSET", "decide_offset", "without_offset"]

LEAST_OFFSET = 1e-3
"""Offsets up to this (-60 dBFS) are left: the mean of a few seconds of noise may come to it."""
EDGE_SHARE = 0.09
"""How far a band-limited wave overshoots a step, as a share of it (Gibbs)."""


def decide_offset(
    profile: Profile, intensity: float
) -> tuple[tuple[float, ...], tuple[Decision, ...]]:
    """What is subtracted from each channel, in proportion to `intensity`, and why.

    Returns
    -------
    dc_offset : tuple of float
        One number a channel, or none where every channel's offset is small.
    decisions : tuple of Decision
        One, or none.
    """
    found = profile.dc_offset
    largest = max(found, key=abs, default=0.0)
    if abs(largest) <= LEAST_OFFSET or profile.centred_peak is None:
        return (), ()
    taken = tuple(round(intensity * offset, 9) + 0.0 for offset in found)
    sentence = (
        f"The waveform lies up to {_share(largest)} of full scale off the middle, which is not "
        f"heard but takes headroom: {_share(intensity * largest)} is taken off before all else."
    )
    decision = Decision(
        topic="DC offset",
        measured=", ".join(_share(offset) for offset in found),
        target=_share(0.0),
        amount=", ".join(_share(-offset) for offset in taken),
        limit=None,
        sentence=sentence,
    )
    return taken, (decision,)


def without_offset(profile: Profile, share: float) -> Profile:
    """What the track would measure with that share of its offset taken off.

    Its peaks move by as much as its highest sample does; its loudness stays.
    """
    loudness = profile.loudness
    sample_peak, true_peak = loudness.sample_peak_dbfs, loudness.true_peak_dbtp
    if sample_peak is None or true_peak is None or not profile.centred_peak:
        return profile
    lowered = share * (db_to_gain(sample_peak) - profile.centred_peak)
    # Where an offset sets in, at the first frame as a rule, the wave between samples overshoots it.
    edge = share * EDGE_SHARE * max(map(abs, profile.dc_offset), default=0.0)

    def moved(peak_db: float, lowest_db: float = -120.0) -> float:
        return gain_to_db(max(db_to_gain(peak_db) - lowered, db_to_gain(lowest_db)))

    measured, lowest = loudness.integrated_lufs, moved(sample_peak)
    peak = gain_to_db(max(db_to_gain(moved(true_peak)) - edge, db_to_gain(lowest)))
    return replace(
        profile,
        loudness=replace(
            loudness,
            true_peak_dbtp=peak,
            sample_peak_dbfs=moved(sample_peak),
            plr_db=None if measured is None else peak - measured,
        ),
        moments=profile.moments.less([share * offset for offset in profile.dc_offset]),
        crest=tuple((lufs, moved(level, lufs), count) for lufs, level, count in profile.crest),
    )


def _share(linear: float) -> str:
    return f"{100 * linear + 0.0:+.2g}%" if round(linear, 6) else "0%"
