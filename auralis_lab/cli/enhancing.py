"""The commands that plan and enhance a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

import auralis_lab
from auralis_lab.cli.output import clock, out, plain, progress

if TYPE_CHECKING:
    from auralis_lab.analysis.loudness import Loudness
    from auralis_lab.jobs.enhancereport import EnhanceReport
    from auralis_lab.jobs.requests import PlanRequest
    from auralis_lab.plan.model import Plan

__all__ = ["Salvage", "register"]

OVER_THE_CEILING = 3
"""Exit code when a file was written whose true peak is over the ceiling."""

Salvage = Annotated[
    bool, typer.Option("--salvage", help="Take what is there of a file that was cut short.")
]
Preset = Annotated[
    str | None,
    typer.Option(
        "--preset",
        "-p",
        help="adaptive, gentle, warm, bright, punchy or reference.",
        show_default="adaptive; reference with --reference",
    ),
]
Reference = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A file to match, for the preset reference.")
]
Intensity = Annotated[
    float, typer.Option("--intensity", "-i", help="0 (nothing) to 1 (all of it).")
]
Target = Annotated[
    float | None,
    typer.Option(
        metavar="LUFS",
        help="Integrated loudness to aim at, -60 to 0; intensity scales the way there, too.",
        show_default="that of the preset",
    ),
]
Bits = Annotated[
    int | None,
    typer.Option(
        metavar="16|24",
        help="Word length of a WAV, AIFF or FLAC file; 16 is dithered.",
        show_default="that of FILE",
    ),
]
Ceiling = Annotated[
    float, typer.Option(metavar="DBTP", help="True peak the result stays under, -20 to 0.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (explain, enhance):
        app.command()(command)


def explain(
    file: Annotated[Path, typer.Argument(help="An audio file.", readable=False)],
    preset: Preset = None,
    reference: Reference = None,
    intensity: Intensity = 1.0,
    target: Target = None,
    ceiling: Ceiling = -1.0,
    salvage: Salvage = False,
) -> None:
    """Measure a file and say what a preset would do to it, and why. Nothing is written."""
    from auralis_lab.jobs.requests import plan_source

    request = _request(preset, reference, intensity, target, ceiling)
    with auralis_lab.AudioSource(file) as source, progress("measuring") as tell:
        _, plan = plan_source(source, request, salvage=salvage, on_progress=tell)
        notes = source.notes
    _say_reasons(plan)
    _say_notes(notes)


def enhance(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="The file to enhance.", readable=False)
    ],
    output: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    preset: Preset = None,
    reference: Reference = None,
    intensity: Intensity = 1.0,
    target: Target = None,
    ceiling: Ceiling = -1.0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Measure and predict; write nothing.")
    ] = False,
    why: Annotated[bool, typer.Option("--why", help="Tell every decision and its reason.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it exists.")] = False,
    bits: Bits = None,
    salvage: Salvage = False,
) -> None:
    """Enhance a file into another, and report what was measured before and after.

    Exit code 3: the file was written, but its true peak is over the ceiling, and how to keep it
    under was said.
    """
    request = _request(preset, reference, intensity, target, ceiling)
    if dry_run:
        _rehearse(source, output, request, why=why, force=force, salvage=salvage, bits=bits)
        return
    with progress("measuring") as tell:
        report = auralis_lab.enhance_file(
            source,
            output,
            preset=request.preset,
            intensity=intensity,
            target_lufs=target,
            ceiling_dbtp=ceiling,
            reference=reference,
            bits=bits,
            overwrite=force,
            salvage=salvage,
            on_progress=tell,
        )
    if why:
        _say_reasons(report.plan)
    _say_levels(report.plan, report.ceiling_dbtp, report.before, report.after)
    for sentence in report.outcome():
        out.print(plain(sentence), markup=False)
    _say_notes(report.notes)
    _say_written(report)
    if report.over_db:
        raise typer.Exit(OVER_THE_CEILING)


def _request(
    preset: str | None,
    reference: Path | None,
    intensity: float,
    target: float | None,
    ceiling: float,
) -> PlanRequest:
    from auralis_lab.jobs.requests import PlanRequest

    chosen = preset or ("adaptive" if reference is None else "reference")
    return PlanRequest(chosen, intensity, target, ceiling, reference)


def _rehearse(
    path: Path,
    output: Path,
    request: PlanRequest,
    *,
    why: bool,
    force: bool,
    salvage: bool,
    bits: int | None,
) -> None:
    """Everything of enhancing but the rendering."""
    from auralis_lab.jobs.enhance import output_encoding
    from auralis_lab.jobs.enhancereport import unmeasurable
    from auralis_lab.jobs.requests import plan_source

    with auralis_lab.AudioSource(path) as source:
        encoding = output_encoding(
            source, output, overwrite=force, bypass=request.intensity == 0, bits=bits
        )
        with progress("measuring") as tell:
            profile, plan = plan_source(source, request, salvage=salvage, on_progress=tell)
        notes = source.notes
    if why:
        _say_reasons(plan)
    _say_levels(plan, plan.limiter.ceiling_dbtp, profile.loudness, None)
    for sentence in unmeasurable(plan):
        out.print(plain(sentence), markup=False)
    _say_notes(notes)
    told = (
        f"would write {output}: {encoding.format} {encoding.subtype}, {clock(profile.duration_s)}"
    )
    out.print(plain(told), markup=False)


def _say_levels(plan: Plan, ceiling_dbtp: float, before: Loudness, after: Loudness | None) -> None:
    """A table of what was measured before, what was predicted, and what was measured after."""
    from auralis_lab.jobs.enhancereport import level_rows

    table = Table("", box=None)
    for heading in ("before", "predicted", *(["after"] if after else []), "wanted"):
        table.add_column(heading, justify="right")
    for row in level_rows(plan, ceiling_dbtp, before, after):
        table.add_row(*row)
    out.print(table)


def _say_reasons(plan: Plan) -> None:
    for line in plan.explain().splitlines():
        out.print(plain(line), markup=False, soft_wrap=True)
    out.print()


def _say_notes(notes: tuple[str, ...]) -> None:
    for note in notes:
        out.print(plain(f"note: {note}"), markup=False)


def _say_written(report: EnhanceReport) -> None:
    if report.clipped_samples and not report.plan.is_bypass:
        count = report.clipped_samples
        what = "sample was" if count == 1 else "samples were"
        out.print(f"note: {count:,} {what} beyond full scale and clipped")
    speed = report.duration_s / max(report.elapsed_s, 1e-9)
    out.print(
        plain(
            f"wrote {report.output}: {report.encoding.format} {report.encoding.subtype}, "
            f"{clock(report.duration_s)} in {report.elapsed_s:.1f} s ({speed:.0f} x real time)"
        ),
        markup=False,
    )
