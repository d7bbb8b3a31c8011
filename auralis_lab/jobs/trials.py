"""One trial of an experiment: a variant rendered on a range of a track, and measured.

Conventions: the range is held in memory, so an experiment on hours of audio wants a range.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from auralis_lab.analysis.comparison import Compared, Metric, Sound
from auralis_lab.audio import Audio, seconds_to_frames
from auralis_lab.catalogue.experiments.experiments import Result
from auralis_lab.errors import ParameterError
from auralis_lab.io.array import ArraySource
from auralis_lab.io.source import AudioSource
from auralis_lab.jobs.digest import function_digest
from auralis_lab.jobs.experimentseams import seam_rank
from auralis_lab.jobs.variants import Chunked, Enhanced, Variant
from auralis_lab.plan.model import Plan
from auralis_lab.render.joins import JoinRecord
from auralis_lab.render.processing import Process, processed
from auralis_lab.render.renderer import Renderer

__all__ = ["Excerpt", "Subject", "metric_values", "rendered"]


class Subject(Protocol):
    """What is experimented on: :class:`auralis_lab.track.Track` is one."""

    @property
    def id(self) -> int:
        """Number in the catalogue."""

    @property
    def title(self) -> str:
        """Name of the track."""

    @property
    def content_key(self) -> str:
        """Name of the audio itself."""

    def source(self) -> AudioSource:
        """Open the file; closed by the caller."""

    def plan(
        self, preset: str, *, intensity: float, target_lufs: float | None, ceiling_dbtp: float
    ) -> Plan:
        """Decide how to enhance it."""


class Excerpt:
    """The range of one track that all variants are tried on.

    Parameters
    ----------
    subject : Subject
    start_s, stop_s : float
        The range; to the end if `stop_s` is None.

    Raises
    ------
    ParameterError
        If the track ends before the range begins.
    DecodeError
        If the file is gone or cannot be decoded.
    """

    def __init__(self, subject: Subject, start_s: float, stop_s: float | None) -> None:
        self.subject = subject
        with subject.source() as source:
            self.rate_hz = source.rate_hz
            self.first_frame = seconds_to_frames(start_s, source.rate_hz)
            stop = source.total_frames
            if stop_s is not None:
                stop = min(stop, seconds_to_frames(stop_s, source.rate_hz))
            self.frames = stop - self.first_frame
            if self.frames <= 0:
                raise ParameterError(f"{subject.title} ends before {start_s:g} s")
            audio = source.read(self.first_frame, self.frames)
        self.sound = Sound(audio, self.rate_hz)
        self._exact: dict[str, Sound] = {}

    def exact(self, function: Process) -> Sound:
        """Return what a function makes of the whole range at once; computed once."""
        digest = function_digest(function)
        if digest not in self._exact:
            made = processed(function, self.sound.audio, self.rate_hz)
            self._exact[digest] = Sound(made.copy(), self.rate_hz)
        return self._exact[digest]


def rendered(excerpt: Excerpt, variant: Variant) -> tuple[Audio, Sequence[JoinRecord], float]:
    """Render a variant.

    Returns
    -------
    audio : ndarray of float32, shape (channels, frames)
    joins : sequence
        Of the chunks, if there are any; see :func:`auralis_lab.render.seams.seam_report`.
    elapsed_s : float
    """
    subject, whole = excerpt.subject, excerpt.sound
    if isinstance(variant, Enhanced):
        plan = subject.plan(
            variant.preset,
            intensity=variant.intensity,
            target_lufs=variant.target_lufs,
            ceiling_dbtp=variant.ceiling_dbtp,
        )
        with subject.source() as source:
            renderer = Renderer(source, plan)
            began_s = time.perf_counter()
            audio = renderer.read(excerpt.first_frame, excerpt.frames)
            return audio, (), time.perf_counter() - began_s
    began_s = time.perf_counter()
    if isinstance(variant, Chunked):
        chunks = variant.over(ArraySource(whole.audio, excerpt.rate_hz))
        audio = chunks.read(0, excerpt.frames)
        return audio, chunks.joins, time.perf_counter() - began_s
    audio = processed(variant, whole.audio, excerpt.rate_hz).copy()
    return audio, (), time.perf_counter() - began_s


def metric_values(
    excerpt: Excerpt, variant: Variant, metrics: Sequence[Metric], *, seed: int
) -> dict[str, Result]:
    """Render a variant and measure it.

    Parameters
    ----------
    excerpt : Excerpt
    variant : Variant
    metrics : sequence of Metric
    seed : int
        Chooses the places that joins are ranked among.

    Returns
    -------
    values : dict of str to Result

    Raises
    ------
    AuralisLabError
        If the variant cannot be rendered.
    """
    audio, joins, elapsed_s = rendered(excerpt, variant)
    rank = None
    if any(metric.name == "seam_rank" for metric in metrics):
        rank = seam_rank(ArraySource(audio, excerpt.rate_hz), joins, seed=seed)
    compared = Compared(
        before=excerpt.sound,
        after=Sound(audio, excerpt.rate_hz),
        exact=excerpt.exact(variant.function) if isinstance(variant, Chunked) else None,
        seam_rank=rank,
        elapsed_s=elapsed_s,
    )
    return {metric.name: Result(_value(metric, compared), metric.unit) for metric in metrics}


def _value(metric: Metric, compared: Compared) -> float | None:
    try:
        value = metric.function(compared)
    except Exception as error:
        reason = f"metric {metric.name} raised {type(error).__name__}: {error}"
        raise ParameterError(" ".join(reason.split())[:300]) from error
    return None if value is None else float(value)
