"""Commands that keep the catalogue in order: marks, folders, what is gone."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

import auralis_lab
from auralis_lab.cli.filterarguments import FilterCommand
from auralis_lab.cli.options import Chosen, Library, chosen_ids
from auralis_lab.cli.output import out, plain
from auralis_lab.errors import ParameterError
from auralis_lab.plan.table import counted

__all__ = ["register"]

MOST_LISTED = 200


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    commands: tuple[Callable[..., None], ...] = (mark, roots, relocate, forget, import_beets)
    for command in commands:
        app.command(cls=FilterCommand)(command)


def mark(
    chosen: Chosen,
    favourite: Annotated[
        bool | None, typer.Option("--favourite/--no-favourite", help="Like them, or no longer.")
    ] = None,
    rating: Annotated[
        float | None, typer.Option(help="Stars, 0.5 to 5; 0 takes them away.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Take favourite and rating away.")] = False,
    library: Library = None,
) -> None:
    """Make tracks favourites and rate them."""
    if favourite is None and rating is None and not clear:
        raise ParameterError("nothing to mark them with: --favourite, --rating or --clear")
    with auralis_lab.open_lab(library) as lab:
        ids = chosen_ids(lab, chosen)
        if clear:
            lab.marks.clear(ids)
        if favourite is not None:
            lab.marks.set_favourite(ids, favourite)
        if rating is not None:
            lab.marks.set_rating(ids, rating or None)
        back = "" if clear else "; the same with --clear takes favourites and ratings away"
        out.print(f"{counted(len(ids), 'track')} marked{back}")


def import_beets(
    database: Annotated[Path, typer.Argument(help="The library file of beets, read only.")],
    directory: Annotated[
        Path | None, typer.Option(help="The music folder of beets' configuration.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only report.")] = False,
    library: Library = None,
) -> None:
    """Take over ratings, favourites, plays and times added from a beets library."""
    from auralis_lab.catalogue.beets.beets import import_beets as take_over

    with auralis_lab.open_lab(library) as lab:
        report = take_over(lab.catalogue, database, directory=directory, dry_run=not yes)
    for item in (*report.unmatched, *report.ambiguous, *report.problems):
        out.print(plain(f"note: {item}"), markup=False)
    out.print(
        f"{report.items} items, {sum(report.matched.values())} of them tracks here: "
        f"{report.rated} ratings, {report.favourites} favourites, {report.plays} plays, "
        f"{report.added_earlier} earlier times added" + ("" if yes else "; do it with --yes")
    )


def roots(library: Library = None) -> None:
    """List the folders of a library, with the files that its last scan could not read."""
    with auralis_lab.open_lab(library) as lab:
        rows = lab.roots.list()
        out.print(
            f"{'tracks':>9} {'missing':>9} {'unread':>7}  {'scanned':<20}  folder"
            if rows
            else "nothing scanned yet"
        )
        for root in rows:
            scanned = f"{root.scanned_at:%Y-%m-%d %H:%M} UTC" if root.scanned_at else "never"
            there = "" if root.is_there else "  (not there now, or empty)"
            counts = f"{root.tracks:>9,} {root.missing:>9,} {root.failed:>7,}  {scanned:<20}"
            out.print(plain(f"{counts}  {root.path_text}{there}"), markup=False)


def relocate(
    old: Annotated[Path, typer.Argument(help="Where the folder was.")],
    new: Annotated[Path, typer.Argument(help="Where it is now.")],
    library: Library = None,
) -> None:
    """Follow a folder that has another name now, such as a disk mounted elsewhere."""
    with auralis_lab.open_lab(library) as lab:
        count = lab.roots.relocate(old, new)
        again = f"auralis scan {shlex.quote(str(new))} --library {shlex.quote(str(lab.folder))}"
        out.print(plain(f"{count} tracks are expected in {new} now; to be sure: {again}"))


def forget(
    days: Annotated[
        float, typer.Option(help="Only tracks that have been missing for so many days.", min=0)
    ] = 30.0,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only list them.")] = False,
    library: Library = None,
) -> None:
    """Forget tracks whose files are gone, with their plays, ratings and places in playlists."""
    with auralis_lab.open_lab(library) as lab:
        ids = lab.roots.missing(for_days=days)
        if not ids:
            others = len(lab.roots.missing())
            out.print(
                f"no track has been missing for {days:g} days, {others} for less (see --days)"
            )
            return
        if yes:
            out.print(f"{lab.roots.forget(ids)} tracks forgotten")
            return
        for row in lab.catalogue.tracks.get_many(ids[:MOST_LISTED]):
            since = f"{row.missing_since:%Y-%m-%d}" if row.missing_since else ""
            out.print(plain(f"{row.id:>6}  since {since}  {row.path_text}"), markup=False)
        if len(ids) > MOST_LISTED:
            out.print(f"and {len(ids) - MOST_LISTED:,} more; auralis tracks is:missing")
        out.print(f"{len(ids)} tracks would be forgotten; do it with --yes")
