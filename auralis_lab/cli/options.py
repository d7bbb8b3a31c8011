"""Options that several commands share, and how they show and choose tracks."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from auralis_lab.cli.output import clock, out, plain
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.finding.queries import TrackRow
    from auralis_lab.lab import Lab

__all__ = ["Chosen", "Library", "Limit", "chosen_ids", "require_scanned", "show_tracks"]

MOST_CHOSEN = 10_000

Chosen = Annotated[
    list[str],
    typer.Argument(help="Numbers of tracks, files, folders, or a query.", metavar="TRACKS"),
]
Library = Annotated[
    Path | None,
    typer.Option("--library", "-l", help="Music folder; by default the one scanned last."),
]
Limit = Annotated[int, typer.Option("--limit", "-n", help="Rows, 1 to 200.")]


def chosen_ids(lab: Lab, chosen: Sequence[str], *, first: int | None = None) -> list[int]:
    """Tracks that are named by their numbers, their files, their folders, or a query.

    Parameters
    ----------
    lab : Lab
    chosen : sequence of str
        What was typed.
    first : int, optional
        Only so many of them; by default all, and more than 10,000 are refused.

    Raises
    ------
    NotFoundError
        If there is none.
    ParameterError
        If nothing is asked for: that would be all tracks; or if there are too many.
    """
    catalogue = lab.catalogue
    words = [word for word in chosen if word.strip()]
    if not words:
        raise ParameterError("say which tracks: numbers, files, folders or a query; id>0 is all")
    numbers = [number for word in words for number in word.split(",") if number]
    if numbers and all(number.isdecimal() and len(number) < 18 for number in numbers):
        return [catalogue.tracks.get(int(number)).id for number in numbers]
    if all(os.path.exists(word) for word in words) and (ids := _in_files(lab, words)):
        return ids[:first]
    query = " ".join(words)
    ids = list(catalogue.tracks.ids(query, first or MOST_CHOSEN + 1))
    if first is None and len(ids) > MOST_CHOSEN:
        raise ParameterError(f"{query!r} finds more than {MOST_CHOSEN:,} tracks; ask for fewer")
    if not ids:
        require_scanned(lab)
        better = catalogue.tracks.suggest(query)
        meant = f"; is this meant: {better}" if better else ""
        raise NotFoundError(f"nothing found for {query!r}{meant}")
    return ids


def _in_files(lab: Lab, words: Sequence[str]) -> list[int]:
    """Tracks of files and of what lies in folders; none where a folder holds no track."""
    tracks = lab.catalogue.tracks
    ids: list[int] = []
    for word in words:
        if Path(word).is_dir():
            below = tracks.below(word)
            if not below:  # a word that happens to be the name of a folder here
                return []
            ids += below
            continue
        row = tracks.by_path(word)
        if row is None:
            raise NotFoundError(f"{word} is not in the library: scan it first")
        ids.append(row.id)
    return list(dict.fromkeys(ids))


def require_scanned(lab: Lab) -> None:
    """Refuse a library of which nothing was ever scanned.

    Raises
    ------
    NotFoundError
        Saying how to do it.
    """
    if not lab.roots.list():
        folder = shlex.quote(str(lab.folder))
        raise NotFoundError(f"{lab.folder} was never scanned: auralis scan {folder}")


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
