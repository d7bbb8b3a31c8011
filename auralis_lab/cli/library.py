"""Commands that ask the catalogue."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

import auralis_lab
from auralis_lab.cli.exporting import Scheduler, executor_of
from auralis_lab.cli.filterarguments import FilterCommand
from auralis_lab.cli.options import (
    Chosen,
    Library,
    Limit,
    chosen_ids,
    require_scanned,
    show_tracks,
)
from auralis_lab.cli.output import clock, out, plain, progress, saying_what_is_kept
from auralis_lab.plan.table import size_text

if TYPE_CHECKING:
    from auralis_lab.catalogue.finding.albums import AlbumRow
    from auralis_lab.catalogue.finding.facets import FacetCount
    from auralis_lab.catalogue.finding.queries import TrackRow

__all__ = ["register"]

Query = Annotated[
    list[str] | None,
    typer.Argument(
        help="Words and filters, such as: genre:jazz year:1970..1979 loudness<-14 sort:-plays",
        metavar="FILTER",
    ),
]
MOST_NAMED = 10
MOST_LIKED = 50
"""Tracks whose mean is looked for."""
FACET_ROWS = 10
FACETS = ("genre", "artist", "decade", "format")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    commands: tuple[Callable[..., None], ...] = (
        *(tracks, fields, albums, similar, duplicates, measure, stats, sql),
    )
    for command in commands:
        app.command(cls=FilterCommand)(command)


def tracks(
    words: Query = None,
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
    from auralis_lab.catalogue.finding.hints import asks_for_measures, hint

    query = " ".join(words or ())
    with auralis_lab.open_lab(library) as lab:
        shelf = lab.catalogue.tracks
        if facets:
            found = shelf.facets(query, names=FACETS, limit=FACET_ROWS + 1)
            if any(found.values()):
                _show_facets(found)
            else:
                out.print(plain(f"0 matches in {lab.folder}"), markup=False)
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
        if not total:
            require_scanned(lab)
        what = "matches" if asked else "tracks"
        out.print(plain(f"{len(rows)} of {total} {what} in {lab.folder}"))
        if not total and (note := hint(query)):
            out.print(plain(f"note: {note}"), markup=False)
        if asks_for_measures(asked, sort) and (missing := shelf.count("-is:measured")):
            out.print(f"note: {missing} tracks are not measured yet; auralis measure does that")
        if len(rows) < total and len(rows) == limit:
            out.print(f"more with --after {rows[-1].id}")


def _show_facets(facets: Mapping[str, Sequence[FacetCount]]) -> None:
    for name, counts in facets.items():
        out.print(plain(name), style="bold")
        without = [found for found in counts if found.term.endswith(":none")]
        values = [found for found in counts if found not in without]
        for found in values[:FACET_ROWS]:
            out.print(plain(f"  {found.count:>8,}  {found.label}"), markup=False)
        if len(values) > FACET_ROWS:
            out.print(f"  {'':>8}  and others")
        for found in without:
            out.print(plain(f"  {found.count:>8,}  {found.label}"), markup=False)


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
    """Find tracks that sound like one, or like the mean of several, and say why.

    Of a query the first 50 are taken; those that are not measured do not count.
    """
    with auralis_lab.open_lab(library) as lab:
        ids = chosen_ids(lab, chosen, first=MOST_LIKED + 1)
        cut, ids = len(ids) > MOST_LIKED, ids[:MOST_LIKED]
        found = lab.catalogue.similarity.like(ids, limit, weights=by)
        if len(ids) > 1:
            these = f"the first {len(ids)} tracks found" if cut else f"these {len(ids)} tracks"
            out.print(f"like the mean of {these}:", style="bold")
        for row in lab.catalogue.tracks.get_many(ids[:MOST_NAMED]):
            out.print(plain(f"like {_named(row)}"), style="bold", markup=False)
        if len(ids) > MOST_NAMED:
            out.print(f"and {len(ids) - MOST_NAMED} more", style="bold")
        for neighbour in found:
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
    """List tracks that hold the same audio; with --near, recordings in several files."""
    from auralis_lab.catalogue.sound.recordings import recordings

    with auralis_lab.open_lab(library) as lab:
        groups = lab.duplicates.exact(limit=200)
        for group in groups:
            out.print(f"the same audio, {group.reclaimable_bytes >> 10} KiB could be had back")
            for row in group.tracks:
                out.print(plain(f"  {row.id:>6}  {row.path_text}"), markup=False)
        found = recordings(lab.duplicates) if near else ()
        for recording in found:
            out.print(f"the same recording in {len(recording.tracks)} files, the best first")
            for row, reason in zip(recording.tracks, ("", *recording.reasons), strict=True):
                out.print(plain(f"  {row.id:>6}  {_quality(row)}  {row.path_text}"), markup=False)
                if reason:
                    out.print(plain(f"          {reason}"), markup=False)
        if not groups and not found:
            out.print("no duplicates found")


def _quality(row: TrackRow) -> str:
    bits = f" {row.bits_per_sample} bits" if row.bits_per_sample else ""
    return f"{row.format} {row.rate_hz / 1000:g} kHz{bits}"


def measure(
    library: Library = None,
    workers: Annotated[int | None, typer.Option(help="Processes; by default one a core.")] = None,
    scheduler: Scheduler = None,
) -> None:
    """Measure the tracks of a library that have not been measured."""
    with (
        auralis_lab.open_lab(library) as lab,
        executor_of(scheduler) as executor,
        saying_what_is_kept("measured"),
        progress("measuring") as tell,
    ):
        report = lab.measure(
            workers=workers,
            executor=executor,
            on_progress=lambda n, total, path: tell(path, n / max(total, 1)),
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
            f"{size_text(held.file_bytes)} ({formats}); {held.measured:,} measured"
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


def sql(
    statement: Annotated[str, typer.Argument(help="One statement that reads.")],
    library: Library = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="Rows that are shown.", min=1)] = 100,
) -> None:
    """Ask the catalogue in SQL; `auralis sql "SHOW TABLES"` lists what there is."""
    from auralis_lab.view.rich_html import cell_text

    with auralis_lab.open_lab(library) as lab:
        relation = lab.catalogue.snapshots.sql(statement, timeout_s=60.0)
        rows = relation.limit(limit + 1).fetchall()
        table = Table(*(plain(name) for name in relation.columns), box=None)
        for row in rows[:limit]:
            table.add_row(*("" if value is None else plain(cell_text(value)) for value in row))
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
