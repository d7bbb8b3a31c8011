"""A file in, an enhanced file out: measure, plan, render, write, measure what was written.

The input is decoded from start to end twice (once to measure, once to render) and held only a few
blocks at a time, so memory does not grow with its length.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from auralis_lab.analysis.loudness import Loudness
from auralis_lab.analysis.profile import measure
from auralis_lab.errors import EncodeError, ParameterError
from auralis_lab.io.sink import AudioSink, Encoding, encoding_for
from auralis_lab.io.source import AudioSource, ForwardSource
from auralis_lab.io.tags import read_pictures, read_tags
from auralis_lab.plan.enhance import plan as make_plan
from auralis_lab.plan.model import Plan
from auralis_lab.render.renderer import Renderer

__all__ = ["STAGES", "EnhanceReport", "Progress", "enhance_file"]

Progress: TypeAlias = Callable[[str, float], None]

STAGES = ("measuring", "enhancing", "checking")
BLOCK_S = 2


@dataclass(frozen=True)
class EnhanceReport:
    """What was done to one file.

    Attributes
    ----------
    input, output : Path
        The files.
    plan : Plan
        What was decided.
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


def enhance_file(
    source_path: str | os.PathLike[str],
    output_path: str | os.PathLike[str],
    *,
    preset: str = "adaptive",
    intensity: float = 1.0,
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
        One of :data:`auralis_lab.plan.presets.PRESET_NAMES`.
    intensity : float
        0 (a copy of the samples) to 1.
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
        If the preset or the intensity is not allowed.
    DecodeError
        If the input cannot be read or was cut short.
    EncodeError
        If the output is the input, exists already, or cannot be written.
    """
    started = time.monotonic()
    tell = on_progress or (lambda stage, share: None)
    source_path, output_path = Path(source_path), Path(output_path)
    with AudioSource(source_path) as source:
        _check_output(source_path, output_path, overwrite=overwrite)
        if not 0 <= intensity <= 1:
            raise ParameterError(f"intensity={intensity!r} must be a number from 0 to 1")
        encoding = _encoding(source, output_path, bypass=intensity == 0)
        profile = measure(source, on_progress=lambda share: tell("measuring", share))
        if not salvage:
            source.require_whole()
        notes = source.notes
    plan = make_plan(profile, preset, intensity=intensity)
    tags, pictures = read_tags(source_path), read_pictures(source_path)
    if tags.problem is not None:
        notes = (*notes, f"tags could not be read: {tags.problem}")
    sink = AudioSink(
        output_path,
        rate_hz=profile.rate_hz,
        channels=profile.channels,
        encoding=encoding,
        overwrite=overwrite,
        tags=tags,
        pictures=pictures,
    )
    with sink, ForwardSource(source_path, total_frames=profile.frames) as forward:
        renderer = Renderer(forward, plan)
        step = BLOCK_S * profile.rate_hz
        for start in range(0, profile.frames, step):
            sink.write(renderer.read(start, min(step, profile.frames - start)))
            tell("enhancing", min(1.0, (start + step) / profile.frames))
    with AudioSource(output_path) as written:
        after = measure(written, on_progress=lambda share: tell("checking", share))
    return EnhanceReport(
        input=source_path,
        output=output_path,
        plan=plan,
        before=profile.loudness,
        after=after.loudness,
        frames=after.frames,
        rate_hz=after.rate_hz,
        channels=after.channels,
        encoding=encoding,
        clipped_samples=sink.clipped_samples,
        notes=notes,
        elapsed_s=time.monotonic() - started,
    )


def _check_output(source: Path, output: Path, *, overwrite: bool) -> None:
    """Refuse what cannot be written before any work is done."""
    if output.exists() and output.samefile(source):
        raise EncodeError(output, "it is the input")
    if output.is_dir():
        raise EncodeError(output, "it is a folder")
    if output.exists() and not overwrite:
        raise EncodeError(output, "it exists; say so to have it replaced (--force)")
    if not output.parent.is_dir():
        raise EncodeError(output, f"there is no folder {output.parent}")


def _encoding(source: AudioSource, output: Path, *, bypass: bool) -> Encoding:
    chosen = encoding_for(
        output, source_bits=source.bits_per_sample, source_float=source.float_samples
    )
    if bypass and not source.lossy:  # the samples already lie on the grid they are written to
        return Encoding(chosen.format, chosen.subtype, dither=False, quality=chosen.quality)
    return chosen
