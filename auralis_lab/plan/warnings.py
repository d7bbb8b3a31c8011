"""What is said of a track because no setting of a plan mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auralis_lab.plan.model import Decision

if TYPE_CHECKING:
    from auralis_lab.analysis.profile import Profile

__all__ = ["looks_clipped", "warnings_about"]

CLIPPED_RUNS_PER_S = 0.1
"""From here on a track counts as clipped; a run now and then may be chance."""
OPPOSED_CORRELATION = -0.5
SIDES = ("left", "right")


def looks_clipped(profile: Profile) -> bool:
    """Whether peaks look cut off more often than every ten seconds."""
    return profile.clipped_runs > CLIPPED_RUNS_PER_S * profile.duration_s


def warnings_about(profile: Profile) -> tuple[Decision, ...]:
    """A decision for each thing that is found and left as it is."""
    found = []
    if profile.clipped_runs:
        runs = profile.clipped_runs
        places = "1 place" if runs == 1 else f"{runs:,} places"
        looks = "looks" if runs == 1 else "look"
        sentence = f"{places} {looks} clipped: what was cut off cannot be put back."
        found.append(_left("clipping", places, sentence))
    if len(profile.silent_channels) == 1 and profile.channels > 1:
        (silent,) = profile.silent_channels
        name = SIDES[silent] if profile.channels == 2 else f"{silent + 1}."
        sentence = f"The {name} channel is silent; it stays so."
        found.append(_left("channels", f"the {name} is silent", sentence))
    correlation = profile.stereo.correlation
    if correlation is not None and correlation < OPPOSED_CORRELATION:
        sentence = (
            f"Left and right are in opposite polarity (correlation {correlation:.2f}): played in "
            "mono they cancel. One of them may have been inverted by mistake."
        )
        found.append(_left("polarity", f"correlation {correlation:.2f}", sentence))
    return tuple(found)


def _left(topic: str, measured: str, sentence: str) -> Decision:
    return Decision(topic, measured, "-", "none", None, sentence)
