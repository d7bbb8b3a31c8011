"""How an export is asked for, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from auralis_lab.jobs.exportnames import Layout

__all__ = ["ExportForm", "ExportOutcome", "ExportReport", "Exported", "Status"]

Status: TypeAlias = Literal["written", "kept", "failed"]


@dataclass(frozen=True)
class ExportForm:
    """How exported files are written and called.

    Attributes
    ----------
    format : str
        ``'flac'``, ``'wav'``, ``'aiff'``, ``'ogg'``, ``'opus'`` or ``'mp3'``.
    bits : {16, 24}, optional
        As for :func:`auralis_lab.jobs.enhance.enhance_file`.
    layout : {'library', 'numbered'}
        See :func:`auralis_lab.jobs.exportnames.export_names`.
    overwrite : bool
        Whether files may be replaced that an export did not write.
    playlist : str, optional
        Name of a playlist of all files that are there in the end, written beside them.
    """

    format: str = "flac"
    bits: int | None = None
    layout: Layout = "library"
    overwrite: bool = False
    playlist: str | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """What was measured on a file that was written.

    Attributes
    ----------
    loudness_lufs, true_peak_dbtp : float or None
        None where it is not defined.
    duration_s : float
    over_db : float
        How far the true peak is over the ceiling, which happens with lossy formats alone.
    notes : tuple of str
        What was odd about the input.
    """

    loudness_lufs: float | None
    true_peak_dbtp: float | None
    duration_s: float
    over_db: float
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExportOutcome:
    """What became of one track.

    Attributes
    ----------
    track_id : int
    output : Path
    status : {'written', 'kept', 'failed'}
        Kept is what was there already, made from the same audio in the same way.
    reason : str
        Why it failed.
    exported : Exported or None
        What was measured on the file, if it was written now.
    """

    track_id: int
    output: Path
    status: Status
    reason: str = ""
    exported: Exported | None = None


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What a run has done.

    Attributes
    ----------
    folder : Path
    outcomes : tuple of ExportOutcome
        In the order of the tracks; none for those that were not reached.
    wanted : int
    cancelled : bool
    duration_s : float
        Of the run.
    """

    folder: Path
    outcomes: tuple[ExportOutcome, ...]
    wanted: int
    cancelled: bool
    duration_s: float

    def count(self, status: Status) -> int:
        """How many tracks came out so."""
        return sum(outcome.status == status for outcome in self.outcomes)

    def __str__(self) -> str:
        counts = (f"{self.count(each)} {each}" for each in ("written", "kept", "failed"))
        left = self.wanted - len(self.outcomes)
        rest = f", {left} not reached" if left else ""
        return f"{', '.join(counts)}{rest} of {self.wanted} in {self.duration_s:.1f} s"
