"""What was done to one file, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from auralis_lab.analysis.loudness import Loudness
from auralis_lab.io.encoding import Encoding
from auralis_lab.jobs.corrections import (
    LOUDNESS_TOLERANCE_LU,
    Correction,
    held_by,
    level_over,
)
from auralis_lab.plan.model import Plan, signed
from auralis_lab.plan.table import counted, text_table

__all__ = ["EnhanceReport", "level_rows", "unmeasurable"]

PEAK_TOLERANCE_DB = 0.5
SLIGHTLY_BELOW_LU = 0.15  # what is softer by less is on the target, to the digit shown


@dataclass(frozen=True)
class EnhanceReport:
    """What was done to one file.

    Attributes
    ----------
    input, output : Path
        The files.
    plan : Plan
        What was decided and, after a correction, rendered.
    corrections : tuple of Correction
        What earlier versions missed, in order; each was rendered again.
    ceiling_dbtp : float
        True peak that the file was to stay at or under. A correction may have had the limiter work
        below it.
    before, after : Loudness
        Measured on the input and on the written file.
    frames, rate_hz, channels : int
        Size of the result, which is that of the input.
    encoding : Encoding
        How it was written.
    clipped_samples : int
        Samples beyond full scale that were saturated.
    notes : tuple of str
        What was odd about the input or its tags.
    elapsed_s : float
        Wall time.
    rounded : bool
        Whether the input has finer steps than the file.
    """

    input: Path
    output: Path
    plan: Plan
    corrections: tuple[Correction, ...]
    ceiling_dbtp: float
    before: Loudness
    after: Loudness
    frames: int
    rate_hz: int
    channels: int
    encoding: Encoding
    clipped_samples: int
    notes: tuple[str, ...]
    elapsed_s: float
    rounded: bool = False

    def __repr__(self) -> str:
        before, after = (
            "no loudness" if each.integrated_lufs is None else f"{each.integrated_lufs:.1f} LUFS"
            for each in (self.before, self.after)
        )
        names = f"{self.input.name} to {self.output.name}"
        return f"<EnhanceReport {names}: {before} to {after}>"

    @property
    def duration_s(self) -> float:
        """Length of the audio."""
        return self.frames / self.rate_hz

    @property
    def over_db(self) -> float:
        """How far the true peak of the file is over the ceiling; 0 if it is not."""
        peak = self.after.true_peak_dbtp
        return 0.0 if peak is None or self.plan.is_bypass else max(0.0, peak - self.ceiling_dbtp)

    @property
    def miss_lu(self) -> float | None:
        """Loudness of the file less the predicted one; None where there is none."""
        wanted, reached = self.plan.predicted.integrated_lufs, self.after.integrated_lufs
        return None if wanted is None or reached is None else reached - wanted

    @property
    def _is_below_target(self) -> bool:
        """Whether the file is audibly softer than was aimed at."""
        wanted, reached = self.plan.target_lufs, self.after.integrated_lufs
        return wanted is not None and reached is not None and wanted - reached > SLIGHTLY_BELOW_LU

    @property
    def level_rows(self) -> tuple[tuple[str, ...], ...]:
        """The table of levels; see :func:`level_rows`."""
        return level_rows(self.plan, self.ceiling_dbtp, self.before, self.after)

    def outcome(self) -> tuple[str, ...]:
        """What was corrected, what held the result, and what is still amiss, as sentences."""
        if self.plan.is_bypass:
            return self._unlike_the_input()
        told = [correction.sentence for correction in self.corrections]
        silent = self.plan.predicted.integrated_lufs is not None and self.miss_lu is None
        missed = self.miss_lu is not None and abs(self.miss_lu) > LOUDNESS_TOLERANCE_LU
        if self.plan.target_lufs is None:
            told.extend(unmeasurable(self.plan))
        elif silent:
            told.append("What was written is silent or too soft to have a loudness.")
        elif not told and not missed and not self.over_db:
            told.append(self._as_predicted())
        if (limit := held_by(self.plan)) is not None and self._is_below_target:
            told.append(f"Held below the target by {limit}.")
        if missed and self.miss_lu is not None:
            told.append(
                f"The loudness is still {signed(self.miss_lu, 'LU')} off the prediction"
                f"{self._why_missed()}"
            )
        if self.over_db:
            peak, ceiling = level_over(self.ceiling_dbtp + self.over_db, self.ceiling_dbtp)
            lower = max(-20.0, self.ceiling_dbtp - self.over_db - 0.3)
            told.append(
                f"The true peak is {peak} dBTP after {self.encoding.format} encoding, still over "
                f"the {ceiling} allowed: a ceiling of {lower:.1f} or a lossless format keeps it."
            )
        return tuple(told)

    def _why_missed(self) -> str:
        """Why a loudness that is off is left so, as the end of a sentence."""
        if self.miss_lu is not None and self.miss_lu < 0:
            return "; more gain would go into the limiter."
        return "; less gain hardly lowers it." if self.corrections else "."

    def _as_predicted(self) -> str:
        """Say of a first rendering what of it is as predicted."""
        predicted, reached = self.plan.predicted.true_peak_dbtp, self.after.true_peak_dbtp
        told = "Rendered once; the written file is as predicted"
        if predicted is None or reached is None or abs(reached - predicted) <= PEAK_TOLERANCE_DB:
            return f"{told}."
        higher = "higher" if reached > predicted else "lower"
        return f"{told} in loudness; its true peak is {abs(reached - predicted):.1f} dB {higher}."

    def _unlike_the_input(self) -> tuple[str, ...]:
        """In what a copy differs from its input, as warnings."""
        told = []
        form = self.encoding.format
        bits = self.encoding.bits
        if self.clipped_samples:
            told.append(
                f"Warning: not the samples of the input: {form} holds nothing beyond full scale, "
                f"where {counted(self.clipped_samples, 'sample')} lay."
            )
        if bits is not None and self.rounded:
            told.append(f"Warning: not the samples of the input: rounded to {bits} bits.")
        before, after = self.before.true_peak_dbtp, self.after.true_peak_dbtp
        if self.encoding.lossy and before is not None and after is not None:
            told.append(
                f"Warning: {form} encoding changes the samples; the true peak went from "
                f"{before:.1f} to {after:.1f} dBTP, and at intensity 0 no limiter holds it."
            )
        return tuple(told)

    def __str__(self) -> str:
        head = ("", "before", "predicted", "after", "wanted")
        speed = self.duration_s / max(self.elapsed_s, 1e-9)
        written = (
            f"wrote {self.output}: {self.encoding.format} {self.encoding.subtype}, "
            f"{self.duration_s:.1f} s in {self.elapsed_s:.1f} s ({speed:.0f} x real time)"
        )
        notes = (f"note: {note}" for note in self.notes)
        return "\n".join([*text_table(head, self.level_rows), *self.outcome(), *notes, written])


def unmeasurable(plan: Plan) -> tuple[str, ...]:
    """Why a plan has no loudness to aim at, as sentences; none if it has one."""
    if plan.target_lufs is not None or plan.is_bypass:
        return ()
    return tuple(each.sentence for each in plan.decisions if each.topic == "loudness")


def level_rows(
    plan: Plan, ceiling_dbtp: float, before: Loudness, after: Loudness | None
) -> tuple[tuple[str, ...], ...]:
    """What was measured before, predicted, measured after and wanted, ready to be read.

    Parameters
    ----------
    plan : Plan
    ceiling_dbtp : float
        True peak that the file is to stay at or under.
    before : Loudness
        Of the input.
    after : Loudness or None
        Of the written file; without one there is no cell for it.

    Returns
    -------
    rows : tuple of tuple of str
        Name, before, predicted, after if there is one, wanted.
    """
    loudness, peak = plan.predicted.integrated_lufs, plan.predicted.true_peak_dbtp
    plr = None if loudness is None or peak is None else peak - loudness
    aim = None if plan.is_bypass else plan.target_lufs
    most = "-" if plan.is_bypass else f"at most {_level(ceiling_dbtp, 'dBTP')}"
    rows = (
        ("integrated loudness", "integrated_lufs", "LUFS", loudness, _level(aim, "LUFS")),
        ("loudness range", "lra_lu", "LU", before.lra_lu if plan.is_bypass else None, "-"),
        ("true peak", "true_peak_dbtp", "dBTP", peak, most),
        ("peak to loudness", "plr_db", "dB", plr, "-"),
    )
    table = []
    for name, field, unit, predicted, wanted in rows:
        measured = [getattr(side, field) for side in (after,) if side is not None]
        levels = (getattr(before, field), predicted, *measured)
        table.append((name, *(_level(level, unit) for level in levels), wanted))
    return tuple(table)


def _level(value: float | None, unit: str) -> str:
    return "-" if value is None else f"{round(value, 1) + 0.0:.1f} {unit}"
