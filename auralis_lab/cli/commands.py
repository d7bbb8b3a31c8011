"""The commands, each a thin layer over the package."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

import auralis_lab
from auralis_lab.cli.library import register
from auralis_lab.cli.options import Library
from auralis_lab.cli.output import clock, db, out, plain, progress, say_error
from auralis_lab.cli.playlist import playlist_app
from auralis_lab.cli.tags import tags_app
from auralis_lab.errors import AuralisLabError

__all__ = ["app"]

app = typer.Typer(
    name="auralis",
    help="Scan, measure, enhance and play a music library.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Only print the address.")]
Port = Annotated[int, typer.Option(help="Port; the next free one when it is taken.")]
Host = Annotated[str, typer.Option(help="Address to listen on; beyond this machine with a token.")]
Token = Annotated[
    str | None,
    typer.Option(
        envvar="AURALIS_TOKEN", help="What a visitor must show; made up when one is needed."
    ),
]
Preset = Annotated[
    str, typer.Option("--preset", "-p", help="adaptive, gentle, warm, bright, punchy or reference.")
]
Salvage = Annotated[
    bool, typer.Option("--salvage", help="Take what is there of a file that was cut short.")
]
Intensity = Annotated[
    float, typer.Option("--intensity", "-i", help="0 (nothing) to 1 (all of it).")
]


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        out.print(f"auralis_lab {auralis_lab.__version__}")
        raise typer.Exit


@app.command()
def scan(
    folder: Annotated[Path, typer.Argument(help="The music folder.")],
    library: Annotated[
        Path | None,
        typer.Option("--library", "-l", help="Library that FOLDER shall become a part of."),
    ] = None,
    show_all: Annotated[
        bool, typer.Option("--all", help="List files that have not changed as well.")
    ] = False,
) -> None:
    """Bring the catalogue of a folder up to date, and say what became of each file."""
    with auralis_lab.open_lab(library or folder) as lab, progress("scanning") as tell:
        report = lab.scan(
            folder, on_progress=lambda done, total, path: tell(path, done / max(total, 1))
        )
    for outcome in report.outcomes:
        if outcome.outcome != "unchanged" or show_all:
            reason = f"  ({outcome.reason})" if outcome.reason else ""
            out.print(plain(f"{outcome.outcome:<9} {outcome.path_text}{reason}"), markup=False)
    counts = [f"{count} {name}" for name, count in report.counts.items() if count]
    out.print(
        f"{report.files_found} files in {report.duration_s:.1f} s: {', '.join(counts) or 'none'}"
    )
    for problem in report.problems:
        out.print(plain(f"note: {problem}"), markup=False)
    if report.cancelled:
        raise typer.Exit(1)


@app.command()
def analyze(
    files: Annotated[list[Path], typer.Argument(help="Audio files.", readable=False)],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    salvage: Salvage = False,
) -> None:
    """Measure loudness, true peak and spectrum of files."""
    failed = False
    for path in files:
        try:
            with auralis_lab.AudioSource(path) as source, progress(path.name) as tell:
                profile = auralis_lab.measure(source, on_progress=partial(tell, path.name))
                if not salvage:
                    source.require_whole()
                notes = source.notes
        except AuralisLabError as error:
            if len(files) == 1:
                raise
            failed = True
            say_error(str(error))
            continue
        if as_json:
            told = {"path": plain(str(path)), **json.loads(profile.to_json())}
            out.print_json(json.dumps(told), indent=None)
            continue
        _show_profile(path, profile, notes)
    if failed:
        raise typer.Exit(1)


def _show_profile(path: Path, profile: Any, notes: tuple[str, ...]) -> None:
    loudness = profile.loudness
    out.print(plain(str(path)), style="bold", markup=False)
    out.print(
        f"  {clock(profile.duration_s)}, {profile.rate_hz} Hz, {profile.channels} channels, "
        f"{profile.frames:,} frames"
    )
    out.print(
        f"  integrated {db(loudness.integrated_lufs, 'LUFS')}, "
        f"range {db(loudness.lra_lu, 'LU')}, true peak {db(loudness.true_peak_dbtp, 'dBTP')}, "
        f"sample peak {db(loudness.sample_peak_dbfs, 'dBFS')}"
    )
    out.print(
        f"  loudest 400 ms {db(loudness.max_momentary_lufs, 'LUFS')}, "
        f"loudest 3 s {db(loudness.max_short_term_lufs, 'LUFS')}, "
        f"peak to loudness {db(loudness.plr_db, 'dB')}"
    )
    for note in notes:
        out.print(plain(f"  note: {note}"), markup=False)


@app.command()
def explain(
    file: Annotated[Path, typer.Argument(help="An audio file.", readable=False)],
    preset: Preset = "adaptive",
    intensity: Intensity = 1.0,
    reference: Annotated[
        Path | None, typer.Option(help="The file to match, for the preset reference.")
    ] = None,
    salvage: Salvage = False,
) -> None:
    """Measure a file and say what a preset would do to it, and why. Nothing is written."""
    from auralis_lab.plan.enhance import plan

    profiles = []
    for path in (file, *([reference] if reference else [])):
        with auralis_lab.AudioSource(path) as source, progress(path.name) as tell:
            profiles.append(auralis_lab.measure(source, on_progress=partial(tell, path.name)))
            if not salvage:
                source.require_whole()
    made = plan(
        profiles[0],
        preset,
        intensity=intensity,
        reference=profiles[1] if reference else None,
    )
    for line in made.explain().splitlines():
        out.print(plain(line), markup=False, soft_wrap=True)


@app.command()
def enhance(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="The file to enhance.", readable=False)
    ],
    output: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write.")],
    preset: Preset = "adaptive",
    intensity: Intensity = 1.0,
    force: Annotated[bool, typer.Option("--force", help="Replace OUT if it exists.")] = False,
    salvage: Salvage = False,
) -> None:
    """Enhance a file into another, and report what was measured before and after."""
    with progress("measuring") as tell:
        report = auralis_lab.enhance_file(
            source,
            output,
            preset=preset,
            intensity=intensity,
            overwrite=force,
            salvage=salvage,
            on_progress=tell,
        )
    for line in report.plan.explain().splitlines():
        out.print(plain(line), markup=False)
    before, after = report.before, report.after
    table = Table("", "before", "after", "target", box=None)
    aim, ceiling = report.plan.target_lufs, report.plan.limiter.ceiling_dbtp
    bypass = report.plan.is_bypass
    table.add_row(
        "integrated loudness",
        db(before.integrated_lufs, "LUFS"),
        db(after.integrated_lufs, "LUFS"),
        "-" if bypass else db(aim, "LUFS"),
    )
    table.add_row(
        "true peak",
        db(before.true_peak_dbtp, "dBTP"),
        db(after.true_peak_dbtp, "dBTP"),
        "-" if bypass else f"at most {db(ceiling, 'dBTP')}",
    )
    table.add_row("loudness range", db(before.lra_lu, "LU"), db(after.lra_lu, "LU"), "-")
    out.print(table)
    for note in report.notes:
        out.print(plain(f"note: {note}"), markup=False)
    peak = after.true_peak_dbtp
    if report.encoding.lossy and not bypass and peak is not None and peak > ceiling:
        out.print(
            f"note: {report.encoding.format} encoding raised the true peak over the ceiling, to "
            f"{db(peak, 'dBTP')}; a lossless format keeps it"
        )
    if report.clipped_samples:
        out.print(f"note: {report.clipped_samples} samples beyond full scale were clipped")
    speed = report.duration_s / max(report.elapsed_s, 1e-9)
    out.print(
        plain(
            f"wrote {report.output}: {report.encoding.format} {report.encoding.subtype}, "
            f"{clock(report.duration_s)} in {report.elapsed_s:.1f} s ({speed:.0f} x real time)"
        ),
        markup=False,
    )


@app.command()
def player(
    library: Library = None,
    port: Port = 8866,
    host: Host = "127.0.0.1",
    token: Token = None,
    no_browser: NoBrowser = False,
) -> None:
    """Scan a music folder and open the player dashboard on it."""
    from auralis_lab.player.server import serve

    with auralis_lab.open_lab(library) as lab:
        folder = lab.folder
        _scan_quietly(lab)
    out.print("starting the player ...")
    raise typer.Exit(serve(folder, host=host, port=port, token=token, open_browser=not no_browser))


@app.command()
def demo(
    folder: Annotated[Path | None, typer.Option(help="Where the demo library is written.")] = None,
    no_player: Annotated[bool, typer.Option("--no-player", help="Only write and scan it.")] = False,
    port: Port = 8866,
    no_browser: NoBrowser = False,
) -> None:
    """Write a small library of made music, scan it, and open the player dashboard on it."""
    from auralis_lab.demo import write_demo_library
    from auralis_lab.libraries import demo_folder

    target = demo_folder() if folder is None else folder
    with progress("composing") as tell:
        write_demo_library(target, on_progress=partial(tell, "composing"))
    with auralis_lab.open_lab(target) as lab:
        _scan_quietly(lab)
        out.print(plain(f"{lab.tracks.count()} tracks in {lab.folder}"))
    if no_player:
        return
    from auralis_lab.player.server import serve

    out.print("starting the player ...")
    raise typer.Exit(serve(target, port=port, open_browser=not no_browser))


def _scan_quietly(lab: auralis_lab.Lab) -> None:
    others = [Path(root.path) for root in lab.roots.list() if Path(root.path) != lab.folder]
    for folder in (lab.folder, *others):
        with progress(f"scanning {folder.name}") as tell:
            report = lab.scan(
                folder, on_progress=lambda done, total, path: tell(path, done / max(total, 1))
            )
        for failed in report.of("failed"):
            out.print(plain(f"failed    {failed.path_text}  ({failed.reason})"), markup=False)
        for problem in report.problems:
            out.print(plain(f"note: {problem}"), markup=False)


@app.command()
def doctor() -> None:
    """Check versions, codecs, ffmpeg, browser and folders; exit code 1 if a vital one fails."""
    from auralis_lab.cli.doctor import check_all

    checks = check_all()
    marks = {"ok": "[green]ok[/green]", "note": "[yellow]note[/yellow]", "fail": "[red]FAIL[/red]"}
    table = Table("", "what", "finding", box=None)
    for check in checks:
        table.add_row(marks[check.verdict], check.what, plain(check.finding))
    out.print(table)
    if any(check.verdict == "fail" for check in checks):
        raise typer.Exit(1)


register(app)
app.add_typer(playlist_app, name="playlist")
app.add_typer(tags_app, name="tags")
