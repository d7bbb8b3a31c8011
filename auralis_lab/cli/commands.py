"""The commands, each a thin layer over the package."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

import auralis_lab
from auralis_lab.cli.caching import register as register_caching
from auralis_lab.cli.enhancing import Salvage
from auralis_lab.cli.enhancing import register as register_enhancing
from auralis_lab.cli.exporting import register as register_exporting
from auralis_lab.cli.keeping import register as register_keeping
from auralis_lab.cli.library import register as register_library
from auralis_lab.cli.options import Library
from auralis_lab.cli.output import clock, db, out, plain, progress, say_error, saying_what_is_kept
from auralis_lab.cli.playlist import playlist_app
from auralis_lab.cli.scanning import refuse_file, say_where, show_report
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

MOST_FAILURES = 20  # listed before the player starts; `scan` lists them all
OFFSET_TOLD = 1e-4
"""Share of full scale from which a constant offset is told."""

NoBrowser = Annotated[bool, typer.Option("--no-browser", help="Only print the address.")]
Port = Annotated[int, typer.Option(help="Port; the next free one when it is taken.")]
Host = Annotated[str, typer.Option(help="Address to listen on; beyond this machine with a token.")]
Token = Annotated[
    str | None,
    typer.Option(
        envvar="AURALIS_TOKEN", help="What a visitor must show; made up when one is needed."
    ),
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
        bool, typer.Option("--all", help="List what is as it was as well.")
    ] = False,
) -> None:
    """Bring the catalogue of a folder up to date, and say what became of each file."""
    refuse_file(folder)
    with auralis_lab.open_lab(library or folder) as lab:
        say_where(lab, folder)
        with progress("scanning") as tell, saying_what_is_kept("read"):
            report = lab.scan(
                folder, on_progress=lambda done, total, path: tell(path, done / max(total, 1))
            )
    show_report(report, show_all=show_all)
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
                    source.require_whole(compressed=True)
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
    channels = {1: "mono", 2: "stereo"}.get(profile.channels, f"{profile.channels} channels")
    out.print(plain(str(path)), style="bold", markup=False)
    out.print(
        f"  {clock(profile.duration_s)}, {profile.rate_hz} Hz, {channels}, "
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
    if profile.clipped_runs:
        places = "place looks" if profile.clipped_runs == 1 else "places look"
        notes = (*notes, f"{profile.clipped_runs:,} {places} clipped")
    if any(abs(mean) >= OFFSET_TOLD for mean in profile.dc_offset):
        means = ", ".join(f"{mean:+.4f}" for mean in profile.dc_offset)
        notes = (*notes, f"DC offset {means} of full scale")
    for note in notes:
        out.print(plain(f"  note: {note}"), markup=False)


@app.command()
def player(
    library: Library = None,
    port: Port = 8866,
    host: Host = "127.0.0.1",
    token: Token = None,
    no_browser: NoBrowser = False,
) -> None:
    """Scan a music folder and open the player dashboard on it."""
    from auralis_lab.player.server import check_address, serve

    check_address(port=port, token=token)
    with auralis_lab.open_lab(library) as lab:
        folder = lab.folder
        _scan_quietly(lab)
        _say_contents(lab)
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
    from auralis_lab.player.server import check_address, serve

    check_address(port=port)

    target = demo_folder() if folder is None else folder
    with progress("composing") as tell:
        write_demo_library(target, on_progress=partial(tell, "composing"))
    with auralis_lab.open_lab(target) as lab:
        _scan_quietly(lab)
        _say_contents(lab)
    if no_player:
        return
    out.print("starting the player ...")
    raise typer.Exit(serve(target, port=port, open_browser=not no_browser))


def _say_contents(lab: auralis_lab.Lab) -> None:
    count = lab.tracks.count()
    tracks = "1 track" if count == 1 else f"{count:,} tracks"
    out.print(plain(f"{tracks} in {lab.folder}"), markup=False)


def _scan_quietly(lab: auralis_lab.Lab) -> None:
    others = [Path(root.path) for root in lab.roots.list() if Path(root.path) != lab.folder]
    for folder in (lab.folder, *others):
        with progress(f"scanning {folder.name}") as tell:
            report = lab.scan(
                folder, on_progress=lambda done, total, path: tell(path, done / max(total, 1))
            )
        failures = report.of("failed")
        for failed in failures[:MOST_FAILURES]:
            out.print(plain(f"failed    {failed.path_text}  ({failed.reason})"), markup=False)
        if len(failures) > MOST_FAILURES:
            out.print(f"and {len(failures) - MOST_FAILURES:,} more that failed")
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


register_enhancing(app)
register_exporting(app)
register_library(app)
register_keeping(app)
register_caching(app)
app.add_typer(playlist_app, name="playlist")
app.add_typer(tags_app, name="tags")
