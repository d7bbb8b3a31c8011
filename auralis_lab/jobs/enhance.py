"""A file in, an enhanced file out: measure, plan, render, measure what was written, put it right.

What was written is measured before it gets its name, and rendered again if it misses what the plan
promised (:mod:`auralis_lab.jobs.versions`), so the file that appears is the one reported. The
input is decoded from start to end once to measure and once for each version, and held only a few
blocks at a time, so memory does not grow with its length.

Every input has a defined result, or is refused by name. What has no loudness (silence, less than
400 ms, an impulse too soft to pass the gate) is only held under the ceiling; nothing is raised.
Samples that are not finite count as 0 and those beyond ±1e6 as that. The mean of a track (DC)
passes through. No frames give a file of no frames, where the format can hold one. 8 to 192 kHz and
1 to 8 channels are taken where the format of the output takes them: nothing is resampled or mixed
down unasked. More than two channels are processed alike, without width.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from auralis_lab.analysis.loudness import Loudness
from auralis_lab.errors import EncodeError
from auralis_lab.io.encoding import Encoding, check_encoding, encoding_for
from auralis_lab.io.source import AudioSource
from auralis_lab.io.tags import read_pictures, read_tags
from auralis_lab.jobs.corrections import LOUDNESS_TOLERANCE_LU, Correction, held_by
from auralis_lab.jobs.requests import (
    MEASURING,
    MEASURING_REFERENCE,
    PlanRequest,
    Progress,
    plan_source,
)
from auralis_lab.jobs.versions import CHECKING, CORRECTING, ENHANCING, Job, write_checked
from auralis_lab.plan.model import Plan, signed

__all__ = ["STAGES", "EnhanceReport", "Progress", "enhance_file", "output_encoding"]

STAGES = (MEASURING_REFERENCE, MEASURING, ENHANCING, CHECKING, *CORRECTING)
"""What progress is told of, in order; the first only with a reference, the last if needed."""


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

    def outcome(self) -> tuple[str, ...]:
        """What was corrected, what held the result, and what is still amiss, as sentences."""
        if self.plan.is_bypass:
            return ()
        told = [correction.sentence for correction in self.corrections]
        if not told:
            told.append("Nothing had to be corrected.")
        if (limit := held_by(self.plan)) is not None and self.miss_lu is not None:
            told.append(f"Held below the target by {limit}.")
        if self.miss_lu is not None and abs(self.miss_lu) > LOUDNESS_TOLERANCE_LU:
            told.append(f"The loudness is still {signed(self.miss_lu, 'LU')} off the prediction.")
        if self.over_db:
            told.append(
                f"The true peak is still {self.over_db:.2f} dB over the ceiling after "
                f"{self.encoding.format} encoding; a lossless format keeps it."
            )
        return tuple(told)


def enhance_file(
    source_path: str | os.PathLike[str],
    output_path: str | os.PathLike[str],
    *,
    preset: str = "adaptive",
    intensity: float = 1.0,
    target_lufs: float | None = None,
    ceiling_dbtp: float = -1.0,
    reference: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
    salvage: bool = False,
    on_progress: Progress | None = None,
) -> EnhanceReport:
    """Enhance one file into another.

    Parameters
    ----------
    source_path, output_path : path-like
        Input, and the file to write; its suffix chooses the format. Tags and artwork are carried
        over. The file appears whole or not at all.
    preset : str
        One of :data:`auralis_lab.plan.presets.PRESET_NAMES`, or ``'reference'``.
    intensity : float
        0 (a copy of the samples) to 1.
    target_lufs : float, optional
        Integrated loudness to aim at instead of the preset's, -60 to 0.
    ceiling_dbtp : float
        True peak that the file, decoded, stays at or under, -20 to 0.
    reference : path-like, optional
        The file to match, for the preset ``'reference'`` and no other.
    overwrite : bool
        Whether an existing output may be replaced. The input never is.
    salvage : bool
        Whether of a lossless file that was cut short the frames that are there are used.
    on_progress : callable, optional
        Called with the stage (one of :data:`STAGES`) and the share of it that is done. What it
        raises ends the work and leaves nothing behind.

    Returns
    -------
    report : EnhanceReport

    Raises
    ------
    ParameterError
        If the preset is unknown, a number lies outside its range, or a reference is missing or one
        too many.
    DecodeError
        If the input or the reference cannot be read or was cut short.
    EncodeError
        If the output is the input, exists already, or cannot be written.
    """
    started = time.monotonic()
    tell = on_progress or (lambda stage, share: None)
    source_path, output_path = Path(source_path), Path(output_path)
    request = PlanRequest(preset, intensity, target_lufs, ceiling_dbtp, reference)
    with AudioSource(source_path) as source:
        encoding = output_encoding(source, output_path, overwrite=overwrite, bypass=intensity == 0)
        profile, plan = plan_source(source, request, salvage=salvage, on_progress=tell)
        notes = source.notes
    tags, pictures = read_tags(source_path), read_pictures(source_path)
    if tags.problem is not None:
        notes = (*notes, f"tags could not be read: {tags.problem}")
    job = Job(source_path, output_path, profile, encoding, overwrite, tags, pictures)
    written = write_checked(job, plan, on_progress=tell)
    return EnhanceReport(
        input=source_path,
        output=output_path,
        plan=written.plan,
        corrections=written.corrections,
        ceiling_dbtp=plan.limiter.ceiling_dbtp,
        before=profile.loudness,
        after=written.loudness,
        frames=written.frames,
        rate_hz=profile.rate_hz,
        channels=profile.channels,
        encoding=encoding,
        clipped_samples=written.clipped_samples,
        notes=notes,
        elapsed_s=time.monotonic() - started,
    )


def output_encoding(
    source: AudioSource, output: Path, *, overwrite: bool = False, bypass: bool = False
) -> Encoding:
    """Choose how an output is written, and refuse what cannot be before any work is done.

    Parameters
    ----------
    source : AudioSource
        What it will be made from.
    output : Path
        Its suffix chooses the format.
    overwrite : bool
        Whether an existing file may be replaced.
    bypass : bool
        Whether the samples stay those of the source, which then need no dither.

    Raises
    ------
    EncodeError
        If it is the input or a folder, exists, has no folder, or its format is unknown or cannot
        hold the rate or the channels.
    """
    if output.exists() and output.samefile(source.path):
        raise EncodeError(output, "it is the input")
    if output.is_dir():
        raise EncodeError(output, "it is a folder")
    if output.exists() and not overwrite:
        raise EncodeError(output, "it exists; say so to have it replaced (--force)")
    if not output.parent.is_dir():
        raise EncodeError(output, f"there is no folder {output.parent}")
    encoding = encoding_for(
        output, source_bits=source.bits_per_sample, source_float=source.float_samples
    )
    if bypass and not source.lossy:  # the samples already lie on the grid they are written to
        encoding = Encoding(
            encoding.format, encoding.subtype, dither=False, quality=encoding.quality
        )
    check_encoding(output, encoding, rate_hz=source.rate_hz, channels=source.channels)
    return encoding
