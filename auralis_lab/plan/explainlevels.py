"""What a plan says of loudness and true peak, in numbers and words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auralis_lab.plan.model import Decision, LimiterSettings, Prediction, signed

if TYPE_CHECKING:
    from auralis_lab.plan.outlook import Outlook

__all__ = ["limiter_decision", "loudness_decision"]


def loudness_decision(
    measured: float, goal: float, aim: float, gain: float, predicted: Prediction,
    limit: str | None, because: str, intensity: float,
) -> Decision:  # fmt: skip
    """How loud the track is, is to be and becomes."""
    target = f"{goal:.1f} LUFS"
    if intensity < 1:
        target += f", at intensity {intensity:g} {aim:.1f} LUFS"
    sentence = (
        f"Loudness is {measured:.1f} LUFS, the target {target}: gain {signed(gain, 'dB')}, "
        f"which with all of the above gives about {predicted.integrated_lufs:.1f} LUFS"
    )
    if limit is not None:
        limit += ", in full" if intensity < 1 else ""
        sentence += f"; held below the target by {limit}"
        sentence += f", as {because}" if because else ""
    return Decision(
        topic="loudness",
        measured=f"{measured:.1f} LUFS",
        target=f"{aim:.1f} LUFS",
        amount=signed(gain, "dB"),
        limit=limit,
        sentence=sentence + ".",
    )


def limiter_decision(
    peak: float, outlook: Outlook, gain: float, predicted: Prediction, limiter: LimiterSettings
) -> Decision:
    """How high its peaks are, would be and may be."""
    over = outlook.over_db(gain)
    loss, ceiling = predicted.limiter_loss_lu, limiter.ceiling_dbtp
    reached = peak if predicted.true_peak_dbtp is None else predicted.true_peak_dbtp
    would = round(reached + over, 1) + 0.0
    action = "the limiter has nothing to do"
    if over > 0:
        action = f"the limiter takes up to about {max(over, 0.1):.1f} dB off the highest peaks"
        if loss >= 0.05:
            action += f", and with them {loss:.1f} LU"
    return Decision(
        topic="true peak",
        measured=f"{peak:+.1f} dBTP",
        target=f"at most {ceiling:+.1f} dBTP",
        amount=signed(-over, "dB"),
        limit=None,
        sentence=(
            f"True peak is {peak:+.1f} dBTP, would be about {would:+.1f} dBTP (within "
            f"{outlook.peak_within_db:.1f} dB) after all of the above, and may reach "
            f"{ceiling:+.1f} dBTP: {action}."
        ),
    )
