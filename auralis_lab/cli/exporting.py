"""``auralis export``: many tracks into a folder, on this machine or on a cluster."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import auralis_lab
from auralis_lab.cli.filterarguments import FilterCommand
from auralis_lab.cli.options import Library, chosen_ids, require_scanned
from auralis_lab.cli.output import db, out, plain, progress, saying_what_is_kept
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.jobs.exportnames import Layout
    from auralis_lab.jobs.exportreport import ExportReport
    from auralis_lab.lab import Lab

__all__ = ["Scheduler", "executor_of", "register"]

Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS", help="Of a Dask scheduler whose workers do it, such as tcp://host:8786."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(cls=FilterCommand)(export)


@contextmanager
def executor_of(scheduler: str | None) -> Iterator[Executor | None]:
    """Yield the executor of a Dask cluster; None, which is this machine, without an address.

    Raises
    ------
    ParameterError
        If the packages are missing or nobody answers there.
    """
    if scheduler is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise ParameterError("--scheduler needs the extra 'scale' (dask, distributed)") from error
    try:
        client = Client(scheduler, timeout="10s")  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise ParameterError(f"no Dask scheduler answers at {scheduler}") from error
    with client:
        yield client.get_executor(pure=False)  # type: ignore[no-untyped-call]


def export(
    folder: Annotated[Path, typer.Argument(help="The folder to write into; made if missing.")],
    tracks: Annotated[
        list[str] | None,
        typer.Argument(help="Numbers of tracks, files, or a query.", metavar="TRACKS"),
    ] = None,
    playlist: Annotated[
        str | None, typer.Option(help="A playlist, in its order, with its .m3u8 beside.")
    ] = None,
    preset: Annotated[
        str, typer.Option("--preset", "-p", help="adaptive, gentle, warm, bright or punchy.")
    ] = "adaptive",
    intensity: Annotated[
        float, typer.Option("--intensity", "-i", help="0 (nothing) to 1 (all of it).")
    ] = 1.0,
    target: Annotated[
        float | None,
        typer.Option(metavar="LUFS", help="Loudness to aim at.", show_default="of the preset"),
    ] = None,
    ceiling: Annotated[float, typer.Option(metavar="DBTP", help="True peak at most.")] = -1.0,
    format_: Annotated[
        str, typer.Option("--format", "-f", help="flac, wav, aiff, ogg, opus or mp3.")
    ] = "flac",
    bits: Annotated[int | None, typer.Option(metavar="16|24", help="Word length.")] = None,
    numbered: Annotated[
        bool, typer.Option("--numbered", help="'01 Artist - Title' instead of the folders.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that no export has written.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(help="Files at once; by default one a core.")
    ] = None,
    scheduler: Scheduler = None,
    library: Library = None,
) -> None:
    """Enhance many tracks into a folder. The same command again goes on where it was.

    Files that were written before, from the same audio and in the same way, are kept. Exit code 1:
    some tracks failed, and why was said.
    """
    from auralis_lab.jobs.exportreport import ExportForm
    from auralis_lab.jobs.variants import Enhanced

    sound = Enhanced(preset, intensity, target, ceiling)
    layout: Layout = "numbered" if numbered or playlist else "library"
    form = ExportForm(format_, bits, layout, force, playlist)
    with auralis_lab.open_lab(library) as lab, executor_of(scheduler) as executor:
        chosen = _chosen(lab, tracks or [], playlist)
        with saying_what_is_kept("written"), progress("exporting") as tell:
            report = lab.export(
                chosen,
                folder,
                sound,
                form,
                workers=workers,
                executor=executor,
                on_progress=lambda n, total, name: tell(Path(name).name, n / total),
            )
    _say(report, ceiling)
    if report.count("failed"):
        raise typer.Exit(1)


def _chosen(lab: Lab, tracks: list[str], playlist: str | None) -> list[int]:
    if (playlist is None) == (not tracks):
        raise ParameterError("say which: TRACKS (a query, numbers, files) or --playlist NAME")
    require_scanned(lab)
    if playlist is None:
        return list(chosen_ids(lab, tracks))
    found = lab.playlists.by_name(playlist)
    if found is None:
        raise NotFoundError(f"there is no playlist {playlist!r}")
    return list(lab.playlists.track_ids(found.id))


def _say(report: ExportReport, ceiling_dbtp: float) -> None:
    for outcome in report.outcomes:
        if outcome.status == "failed":
            out.print(plain(f"failed    {outcome.output}  ({outcome.reason})"), markup=False)
        exported = outcome.exported
        if exported is None:
            continue
        levels = f"{db(exported.loudness_lufs, 'LUFS')}, {db(exported.true_peak_dbtp, 'dBTP')}"
        over = f", over the {ceiling_dbtp:g} allowed" if exported.over_db else ""
        out.print(plain(f"written   {outcome.output}  {levels}{over}"), markup=False)
    out.print(plain(f"{report}: {report.folder}"), markup=False)
