"""Options that several commands share, and how they show and choose tracks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from auralis_lab.cli.output import clock, out, plain
from auralis_lab.errors import NotFoundError

if TYPE_CHECKING:
    from auralis_lab.catalogue.finding.queries import TrackRow
    from auralis_lab.lab import Lab

__all__ = ["Library", "Limit", "Query", "chosen_ids", "show_tracks"]

MOST_CHOSEN = 10_000

Library = Annotated[
    Path | None,
    typer.Option("--library", "-l", help="Music folder; by default the one scanned last."),
]
Limit = Annotated[int, typer.Option("--limit", "-n", help="Rows, 1 to 200.")]
Query = Annotated[
    str,
    typer.Argument(
        help="Words and filters, such as: genre:jazz year:1970..1979 loudness<-14 sort:-plays",
    ),
]


def chosen_ids(lab: Lab, chosen: Sequence[str]) -> list[int]:
    """Tracks that are named by their numbers, their files, or a query.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    catalogue = lab.catalogue
    words = [word for word in chosen if word.strip()]
    if words and all(word.isdecimal() and len(word) < 18 for word in words):
        return [catalogue.tracks.get(int(word)).id for word in words]
    if words and all(Path(word).is_file() for word in words):
        rows = {word: catalogue.tracks.by_path(word) for word in words}
        if unknown := [word for word, row in rows.items() if row is None]:
            raise NotFoundError(f"{unknown[0]} is not in the library: scan it first")
        return [row.id for row in rows.values() if row]
    ids: list[int] = list(catalogue.tracks.ids(" ".join(words), MOST_CHOSEN))
    if not ids:
        raise NotFoundError(f"nothing found for {' '.join(words)!r}")
    return ids


def show_tracks(
    rows: Iterable[TrackRow | None], *, more: dict[str, Sequence[str]] | None = None
) -> None:
    """Print tracks as a table, with further columns by their headings."""
    table = Table("no", "title", "artist", "album", "length", "format", *(more or {}), box=None)
    for n, row in enumerate(rows):
        extra = [plain(column[n]) for column in (more or {}).values()]
        if row is None:
            table.add_row("-", "gone", *[""] * 4, *extra)
            continue
        gone = " (missing)" if row.missing_since else ""
        texts = (row.title + gone, row.artist, row.album)
        table.add_row(
            str(row.id),
            *(plain(text or "-") for text in texts),
            clock(row.duration_s),
            f"{row.format} {row.rate_hz / 1000:g} kHz",
            *extra,
        )
    if table.row_count:
        out.print(table)
