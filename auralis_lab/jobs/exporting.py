"""A process that enhances one file at a time: ``python -m auralis_lab.jobs.exporting``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from auralis_lab.catalogue.scanning.workers import Worker, serve, tried
from auralis_lab.jobs.exportreport import Exported
from auralis_lab.jobs.variants import Enhanced

__all__ = ["ExportRequest", "Exporter", "try_export"]

NICENESS = 10
"""Whoever listens meanwhile comes first."""
PATIENCE_S = 300.0
LONGEST_S = 36_000.0


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """A file to be enhanced into another.

    Attributes
    ----------
    source, output : str
    sound : Enhanced
    bits : int or None
        See :func:`auralis_lab.jobs.enhance.enhance_file`.
    duration_s : float or None
        As announced.
    overwrite : bool
    """

    source: str
    output: str
    sound: Enhanced
    bits: int | None = None
    duration_s: float | None = None
    overwrite: bool = False


class Exporter(Worker[ExportRequest, Exported]):
    """One process that enhances files."""

    module = __name__

    def patience_s(self, requests: Sequence[ExportRequest]) -> float:
        """Return how long to wait: what it takes to listen and some more, within reason."""
        return PATIENCE_S + sum(min(r.duration_s or LONGEST_S, LONGEST_S) for r in requests)


def try_export(request: ExportRequest) -> Exported | str:
    """Enhance a file, or say in one line why that cannot be done."""
    return tried(_export, request)


def _export(request: ExportRequest) -> Exported:
    from auralis_lab.jobs.enhance import enhance_file

    sound = request.sound
    report = enhance_file(
        request.source,
        request.output,
        preset=sound.preset,
        intensity=sound.intensity,
        target_lufs=sound.target_lufs,
        ceiling_dbtp=sound.ceiling_dbtp,
        bits=request.bits,
        overwrite=request.overwrite,
    )
    after = report.after
    return Exported(
        after.integrated_lufs, after.true_peak_dbtp, report.duration_s, report.over_db, report.notes
    )


if __name__ == "__main__":
    os.nice(NICENESS)
    serve(try_export)
