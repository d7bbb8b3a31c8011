"""A file in, an enhanced file out: measure, plan, render, measure what was written, put it right.

What was written is measured before it gets its name, and rendered again if it misses what the plan
promised (:mod:`auralis_lab.jobs.versions`), so the file that appears is the one reported. The
input is decoded from start to end once to measure and once for each version, and held only a few
blocks at a time, so memory does not grow with its length.

Every input has a defined result, or is refused by name. What has no loudness (silence, less than
400 ms, an impulse too soft to pass the gate) is only held under the ceiling; nothing is raised, and
nothing is dithered.
Samples that are not finite count as 0 and those beyond ±1e6 as that. The mean of a track (DC) is
taken off. No frames give a file of no frames, where the format can hold one. 8 to 192 kHz and
1 to 8 channels are taken where the format of the output takes them: nothing is resampled or mixed
down unasked. More than two channels are processed alike, without width.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

from auralis_lab.errors import EncodeError, ParameterError
from auralis_lab.io.encoding import Encoding, check_encoding, encoding_for
from auralis_lab.io.source import AudioSource
from auralis_lab.io.tags import read_pictures, read_tags
from auralis_lab.jobs.enhancereport import EnhanceReport
from auralis_lab.jobs.requests import (
    MEASURING,
    MEASURING_REFERENCE,
    PlanRequest,
    Progress,
    plan_source,
)
from auralis_lab.jobs.versions import CHECKING, CORRECTING, ENHANCING, Job, write_checked

__all__ = ["STAGES", "EnhanceReport", "Progress", "enhance_file", "output_encoding"]

STAGES = (MEASURING_REFERENCE, MEASURING, ENHANCING, CHECKING, *CORRECTING)
"""What progress is told of, in order; the first only with a reference, the last if needed."""


def enhance_file(
    source_path: str | os.PathLike[str],
    output_path: str | os.PathLike[str],
    *,
    preset: str = "adaptive",
    intensity: float = 1.0,
    target_lufs: float | None = None,
    ceiling_dbtp: float = -1.0,
    reference: str | os.PathLike[str] | None = None,
    bits: int | None = None,
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
        Integrated loudness to aim at instead of the preset's, -60 to 0; an intensity under 1 goes
        that share of the way from the loudness of the input.
    ceiling_dbtp : float
        True peak that the file, decoded, stays at or under, -20 to 0.
    reference : path-like, optional
        The file to match, for the preset ``'reference'`` and no other.
    bits : {16, 24}, optional
        Word length of a WAV, AIFF or FLAC file. By default that of the input: 16 up to 16, else
        24; floating point where the input has it and the format can hold it. What is rounded to
        16 bits is dithered.
    overwrite : bool
        Whether an existing output may be replaced. The input never is.
    salvage : bool
        Whether of a file that was cut short or damaged the frames that are there are used.
    on_progress : callable, optional
        Called with the stage (one of :data:`STAGES`) and the share of it that is done. What it
        raises ends the work and leaves nothing behind.

    Returns
    -------
    report : EnhanceReport

    Raises
    ------
    ParameterError
        If the preset is unknown, a number lies outside its range, a reference is missing or one
        too many, or the format has no word length.
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
        encoding = output_encoding(
            source, output_path, overwrite=overwrite, bypass=intensity == 0, bits=bits
        )
        profile, plan = plan_source(source, request, salvage=salvage, on_progress=tell)
        if plan.target_lufs is None:  # no level is changed: what is silent stays silent
            encoding = replace(encoding, dither=False)
        notes = source.notes
        rounded = not (source.lossy or _holds(encoding, source))
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
        rounded=rounded,
    )


def output_encoding(
    source: AudioSource,
    output: Path,
    *,
    overwrite: bool = False,
    bypass: bool = False,
    bits: int | None = None,
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
    bits : {16, 24}, optional
        Word length, where the format has one.

    Raises
    ------
    EncodeError
        If it is the input or a folder, exists, has no folder, or its format is unknown or cannot
        hold the rate or the channels.
    ParameterError
        If `bits` is another number, or the format has no word length.
    """
    if output.exists() and output.samefile(source.path):
        raise EncodeError(output, "it is the input")
    if output.is_dir():
        raise EncodeError(output, "it is a folder")
    if output.exists() and not overwrite:
        raise EncodeError(output, "it exists; overwrite=True, or --force, has it replaced")
    if not output.parent.is_dir():
        raise EncodeError(output, f"there is no folder {output.parent}")
    encoding = encoding_for(
        output, source_bits=source.bits_per_sample, source_float=source.float_samples
    )
    if bits is not None:
        if bits not in (16, 24):
            raise ParameterError(f"bits={bits!r} must be 16 or 24")
        if encoding.lossy:
            raise ParameterError(f"bits={bits!r} does not go with {encoding.format}: it has none")
        encoding = Encoding(encoding.format, f"PCM_{bits}", dither=bits == 16)
    if bypass and not source.lossy and _holds(encoding, source):
        encoding = Encoding(
            encoding.format, encoding.subtype, dither=False, quality=encoding.quality
        )
    check_encoding(output, encoding, rate_hz=source.rate_hz, channels=source.channels)
    return encoding


def _holds(encoding: Encoding, source: AudioSource) -> bool:
    """Whether the samples of a source lie on the grid they are written to."""
    if encoding.bits is None:
        return True
    words = source.bits_per_sample
    return words is not None and words <= encoding.bits and not source.float_samples
