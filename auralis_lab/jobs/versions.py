"""Writing a file in as many versions as it takes; only the last one gets the name.

A version is written under a hidden name, read back and measured. If it misses what was promised
(:mod:`auralis_lab.jobs.corrections`) it is removed and the next one rendered. Each version decodes
the input once and holds a few blocks of it, so memory does not grow with the length.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from auralis_lab.analysis.loudness import Loudness, LoudnessMeter
from auralis_lab.analysis.profile import Profile
from auralis_lab.errors import DecodeError, EncodeError
from auralis_lab.io.sink import AudioSink, Encoding
from auralis_lab.io.source import AudioSource, ForwardSource
from auralis_lab.io.tags import Picture, Tags
from auralis_lab.io.threads import Behind, ahead
from auralis_lab.jobs.corrections import MOST_ROUNDS, Correction, corrected, missed_lu, restored
from auralis_lab.jobs.requests import Progress
from auralis_lab.plan.model import Plan
from auralis_lab.render.renderer import Renderer

__all__ = ["CHECKING", "CORRECTING", "ENHANCING", "Job", "Written", "write_checked"]

ENHANCING, CHECKING = "enhancing", "checking"
CORRECTING = ("correcting", "correcting again", "correcting once more")
RENDER_SHARE = 0.7  # of the time that a correction takes
BLOCK_S = 2

assert len(CORRECTING) == MOST_ROUNDS


@dataclass(frozen=True)
class Job:
    """What does not change from one version of a file to the next.

    Attributes
    ----------
    source_path, output_path : Path
        The files.
    profile : Profile
        Of the input.
    encoding : Encoding
    overwrite : bool
        Whether an existing output may be replaced.
    tags : Tags
    pictures : tuple of Picture
    """

    source_path: Path
    output_path: Path
    profile: Profile
    encoding: Encoding
    overwrite: bool = False
    tags: Tags = field(default_factory=Tags)
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Written:
    """The file that got the name.

    Attributes
    ----------
    plan : Plan
        What it was rendered with.
    corrections : tuple of Correction
        What earlier versions missed, in order.
    loudness : Loudness
        Measured on the file, decoded.
    frames, clipped_samples : int
        Length of the file, and how many samples were saturated.
    """

    plan: Plan
    corrections: tuple[Correction, ...]
    loudness: Loudness
    frames: int
    clipped_samples: int


def write_checked(job: Job, plan: Plan, *, on_progress: Progress) -> Written:
    """Write versions until one is as promised or no correction is left.

    Parameters
    ----------
    job : Job
    plan : Plan
        What to render the first version with.
    on_progress : callable
        Called with `ENHANCING`, `CHECKING` and then a stage of `CORRECTING` for each further
        version, and the share of it that is done. What it raises ends the work and leaves nothing.

    Returns
    -------
    written : Written

    Raises
    ------
    DecodeError
        If the input cannot be read any more.
    EncodeError
        If the output cannot be written, or not be read back.
    """
    ceiling_dbtp, made = plan.limiter.ceiling_dbtp, tuple[Correction, ...]()
    rounds = 0
    best: tuple[float, Plan] | None = None
    while True:
        tell = _within(on_progress, CORRECTING[rounds - 1]) if rounds else on_progress
        sink = _CheckedSink(job, plan, made, ceiling_dbtp, tell)
        sink.best = best if rounds < MOST_ROUNDS else None
        try:
            with sink:
                _render(job, plan, sink, tell)
        except _MissedError as missed:
            peak = sink.loudness.true_peak_dbtp
            if peak is not None and peak <= ceiling_dbtp:
                version = (missed_lu(plan, sink.loudness), plan)
                best = version if best is None else min(best, version, key=lambda each: each[0])
            plan, made = missed.plan, (*made, *missed.corrections)
            rounds += 1
        else:
            return Written(plan, made, sink.loudness, sink.frames_read, sink.clipped_samples)


def _render(job: Job, plan: Plan, sink: AudioSink, tell: Progress) -> None:
    frames, step = job.profile.frames, BLOCK_S * job.profile.rate_hz
    with ForwardSource(job.source_path, total_frames=frames) as forward:
        renderer = Renderer(forward, plan)
        with Behind(sink.write) as writer:
            for start in range(0, frames, step):
                writer.put(renderer.read(start, min(step, frames - start)))
                tell(ENHANCING, min(1.0, (start + step) / frames))
    if frames == 0:
        tell(ENHANCING, 1.0)


class _MissedError(Exception):
    """A version is not what was promised; `plan` is for the next one."""

    def __init__(self, plan: Plan, corrections: tuple[Correction, ...]) -> None:
        super().__init__(plan, corrections)
        self.plan, self.corrections = plan, corrections


class _CheckedSink(AudioSink):
    """A sink that reads its file back when it is complete, before it gets its name."""

    loudness: Loudness
    frames_read: int
    best: tuple[float, Plan] | None = None  # how far off in loudness the nearest version was

    def __init__(
        self,
        job: Job,
        plan: Plan,
        made: tuple[Correction, ...],
        ceiling_dbtp: float,
        tell: Progress,
    ) -> None:
        self._job, self._plan, self._made = job, plan, made
        self._ceiling_dbtp, self._tell = ceiling_dbtp, tell
        super().__init__(
            job.output_path,
            rate_hz=job.profile.rate_hz,
            channels=job.profile.channels,
            encoding=job.encoding,
            overwrite=job.overwrite,
            tags=job.tags,
            pictures=job.pictures,
        )

    def approve(self, part: Path) -> None:
        """Refuse a file that cannot be read back, or that misses what was promised."""
        try:
            self._read_back(part)
        except DecodeError as error:
            reason = f"what was written cannot be read: {error.reason}"
            raise EncodeError(self.path, reason) from error
        if not self.encoding.lossy and self.frames_read != self.frames:
            reason = f"{self.frames_read:,} of {self.frames:,} frames can be read back"
            raise EncodeError(self.path, reason)
        plan, found = corrected(
            self._plan, self.loudness, ceiling_dbtp=self._ceiling_dbtp, before=self._made
        )
        if not found and self.best is not None:
            missed, plan = self.best
            version = 1 + max(done.version for done in self._made)
            again = restored(self._plan, self.loudness, plan, missed, version)
            found = () if again is None else (again,)
        if found:
            raise _MissedError(plan, found)

    def _read_back(self, part: Path) -> None:
        self.frames_read = 0
        meter = LoudnessMeter(self.rate_hz, self.channels)
        with AudioSource(part) as written:
            for block in ahead(written.blocks(self.rate_hz)):
                meter.push(block)
                self.frames_read += block.shape[1]
                self._tell(CHECKING, min(1.0, self.frames_read / max(1, self.frames)))
        self.loudness = meter.result()
        self._tell(CHECKING, 1.0)


def _within(tell: Progress, stage: str) -> Progress:
    """Tell rendering and checking as parts of one stage."""

    def tell_share(part: str, share: float) -> None:
        begins, ends = (0.0, RENDER_SHARE) if part == ENHANCING else (RENDER_SHARE, 1.0)
        tell(stage, begins + (ends - begins) * share)

    return tell_share
