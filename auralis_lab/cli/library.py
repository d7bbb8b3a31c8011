"""Commands that ask the catalogue, and those that keep it in order."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

import auralis_lab
from auralis_lab.cli.options import Library, Limit, Query, chosen_ids, show_tracks
from auralis_lab.cli.output import clock, out, plain, progress
from auralis_lab.errors import ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.finding.albums import AlbumRow
    from auralis_lab.catalogue.finding.queries import TrackRow

__all__ = ["register"]

Chosen = Annotated[
    list[str], typer.Argument(help="Numbers of tracks, files, or a query.", metavar="TRACKS")
]
FACETS = ("genre", "artist", "decade", "format")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    commands: tuple[Callable[..., None], ...] = (
        *(tracks, fields, albums, similar, duplicates, measure, stats, mark, sql),
        *(roots, relocate, forget, import_beets),
    )
    for command in commands:  # a filter may begin with a hyphen
        app.command(context_settings={"ignore_unknown_options": True})(command)


def tracks(
    query: Query = "",
    library: Library = None,
    sort: Annotated[
        str | None, typer.Option(help="artist, album, title, year, duration, added, path, …")
    ] = None,
    descending: Annotated[
        bool, typer.Option("--descending", help="Turn the order around.")
    ] = False,
    limit: Limit = 50,
    after: Annotated[int | None, typer.Option(help="Number of the last row shown before.")] = None,
    facets: Annotated[
        bool, typer.Option("--facets", help="Count genres, artists, decades and formats instead.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List, search and filter the tracks of a library."""
    with auralis_lab.open_lab(library) as lab:
        shelf = lab.catalogue.tracks
        if facets:
            for name, counts in shelf.facets(query, names=FACETS, limit=10).items():
                out.print(plain(name), style="bold")
                for found in counts:
                    out.print(plain(f"  {found.count:>8,}  {found.label}"), markup=False)
            return
        rows = shelf.search(query, limit, sort=sort, descending=descending or None, after=after)
        asked = query
        if not rows and after is None and (better := shelf.suggest(query)):
            rows, asked = shelf.search(better, limit), better
        if as_json:
            for row in rows:
                out.print_json(
                    json.dumps(asdict(row) | {"path": row.path_text}, default=str), indent=None
                )
            return
        if asked != query:
            out.print(plain(f"nothing found for {query}; showing {asked}"), markup=False)
        show_tracks(rows)
        total = shelf.count(asked)
        what = "matches" if asked else "tracks"
        out.print(plain(f"{len(rows)} of {total} {what} in {lab.folder}"))
        if len(rows) < total and len(rows) == limit:
            out.print(f"more with --after {rows[-1].id}")


def albums(
    text: Annotated[str, typer.Argument(help="Words in title or artist.")] = "",
    sort: Annotated[str, typer.Option(help="title, artist, year or added.")] = "artist",
    library: Library = None,
    limit: Limit = 50,
) -> None:
    """List or search the albums of a library."""
    with auralis_lab.open_lab(library) as lab:
        found = lab.albums.search(text, limit) if text else lab.albums.list(sort, limit=limit)
        table = Table("no", "title", "artist", "year", "tracks", "length", box=None)
        for album in found:
            table.add_row(
                str(album.id),
                plain(album.title),
                plain(album.artist or "various artists"),
                _years(album),
                str(album.track_count),
                clock(album.duration_s),
            )
        out.print(table if found else "no albums found")


def _years(album: AlbumRow) -> str:
    first, last = album.first_year, album.last_year
    return "-" if first is None else str(first) if first == last else f"{first}-{last}"


def similar(
    chosen: Chosen,
    library: Library = None,
    limit: Limit = 10,
    by: Annotated[str | None, typer.Option(help="Named weights, such as rhythm or timbre.")] = None,
) -> None:
    """Find tracks that sound like one or several, and say why."""
    with auralis_lab.open_lab(library) as lab:
        ids = chosen_ids(lab, chosen)
        if not all(word.isdecimal() for word in chosen):
            ids = ids[:1]
        for row in lab.catalogue.tracks.get_many(ids):
            out.print(plain(f"like {_named(row)}"), style="bold", markup=False)
        for neighbour in lab.catalogue.similarity.like(ids, limit, weights=by):
            number = f"{neighbour.track.id:>6}"
            out.print(plain(f"{number}  {_named(neighbour.track)}"), markup=False)
            out.print(plain(f"        {neighbour.distance:.2f}: {neighbour.reason}"), markup=False)


def _named(row: TrackRow) -> str:
    return f"{row.title} - {row.artist or 'unknown artist'}"


def duplicates(
    near: Annotated[
        bool, typer.Option("--near", help="Also those that sound the same, measured.")
    ] = False,
    library: Library = None,
) -> None:
    """List tracks that hold the same audio."""
    with auralis_lab.open_lab(library) as lab:
        groups = lab.duplicates.exact(limit=200)
        for group in groups:
            out.print(f"the same audio, {group.reclaimable_bytes >> 10} KiB could be had back")
            for row in group.tracks:
                out.print(plain(f"  {row.id:>6}  {row.path_text}"), markup=False)
        pairs = lab.duplicates.near(limit=200) if near else ()
        for pair in pairs:
            out.print(plain(pair.reason), markup=False)
            for row in (pair.first, pair.second):
                out.print(plain(f"  {row.id:>6}  {row.path_text}"), markup=False)
        if not groups and not pairs:
            out.print("no duplicates found")


def measure(
    library: Library = None,
    workers: Annotated[int | None, typer.Option(help="Processes; by default one a core.")] = None,
) -> None:
    """Measure the tracks of a library that have not been measured."""
    with auralis_lab.open_lab(library) as lab, progress("measuring") as tell:
        report = lab.measure(
            workers=workers, on_progress=lambda n, total, path: tell(path, n / max(total, 1))
        )
    for failure in report.failures:
        out.print(plain(f"failed    {failure.path_text}  ({failure.reason})"), markup=False)
    speed = report.measured_s / max(report.duration_s, 1e-9)
    out.print(
        f"{report.measured} measured in {report.duration_s:.1f} s ({speed:.0f} x real time), "
        f"{report.failed} failed"
    )
    if report.cancelled:
        raise typer.Exit(1)


def stats(library: Library = None) -> None:
    """Show what the library holds and what is listened to."""
    with auralis_lab.open_lab(library) as lab:
        held = lab.contents()
        hours = f"{held.duration_s / 3600:,.1f} h"
        formats = ", ".join(f"{count:,} {name}" for name, count in held.formats)
        out.print(
            f"{held.tracks:,} tracks, {held.albums:,} albums, {held.artists:,} artists, {hours}, "
            f"{held.file_bytes / 1e9:,.1f} GB ({formats}); {held.measured:,} measured"
            + (f", {held.missing:,} missing" if held.missing else "")
        )
        totals = lab.statistics.totals()
        out.print(f"{totals.plays} plays of {totals.tracks} tracks, {clock(totals.heard_s)} in all")
        for name, shares in (
            ("artists", lab.statistics.by_artist(limit=10)),
            ("genres", lab.statistics.by_genre(limit=10)),
        ):
            if shares:
                out.print(f"most heard {name}", style="bold")
            for share in shares:
                out.print(
                    plain(
                        f"  {clock(share.heard_s):>8}  {share.plays:>5}  {share.key or 'unknown'}"
                    ),
                    markup=False,
                )


def mark(
    chosen: Chosen,
    favourite: Annotated[
        bool | None, typer.Option("--favourite/--no-favourite", help="Like them, or no longer.")
    ] = None,
    rating: Annotated[
        float | None, typer.Option(help="Stars, 0.5 to 5; 0 takes them away.")
    ] = None,
    library: Library = None,
) -> None:
    """Make tracks favourites and rate them."""
    if favourite is None and rating is None:
        raise ParameterError("nothing to mark them with: --favourite or --rating")
    with auralis_lab.open_lab(library) as lab:
        ids = chosen_ids(lab, chosen)
        if favourite is not None:
            lab.marks.set_favourite(ids, favourite)
        if rating is not None:
            lab.marks.set_rating(ids, rating or None)
        out.print(f"{len(ids)} tracks marked")


def sql(
    statement: Annotated[str, typer.Argument(help="One statement that reads.")],
    library: Library = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="Rows that are shown.", min=1)] = 100,
) -> None:
    """Ask the catalogue in SQL; `auralis sql "SHOW TABLES"` lists what there is."""
    with auralis_lab.open_lab(library) as lab:
        relation = lab.catalogue.snapshots.sql(statement, timeout_s=60.0)
        rows = relation.limit(limit + 1).fetchall()
        table = Table(*(plain(name) for name in relation.columns), box=None)
        for row in rows[:limit]:
            table.add_row(*(plain("" if value is None else str(value)) for value in row))
        out.print(table)
        if len(rows) > limit:
            out.print(f"the first {limit} rows; more with --limit")


def fields() -> None:
    """List what filters can ask of a track, and the orders."""
    from auralis_lab.catalogue.finding.fields import FLAGS, SHOWN
    from auralis_lab.catalogue.finding.queries import SORTS

    table = Table("field", "also", "what it is", box=None)
    for field in SHOWN:
        table.add_row(field.name, ", ".join(field.aliases), plain(field.about))
    table.add_section()
    for flag in dict.fromkeys(FLAGS.values()):
        table.add_row(f"is:{flag.name}", ", ".join(flag.aliases), plain(flag.about))
    out.print(table)
    out.print(f"sort: {', '.join(dict.fromkeys(SORTS.values()))}")


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
    """List the folders of a library."""
    with auralis_lab.open_lab(library) as lab:
        table = Table("folder", "tracks", "missing", "scanned", box=None)
        for root in lab.roots.list():
            scanned = f"{root.scanned_at:%Y-%m-%d %H:%M} UTC" if root.scanned_at else "never"
            table.add_row(plain(root.path_text), str(root.tracks), str(root.missing), scanned)
        out.print(table if table.row_count else "nothing scanned yet")


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
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only count them.")] = False,
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
        else:
            out.print(f"{len(ids)} tracks would be forgotten; do it with --yes")
