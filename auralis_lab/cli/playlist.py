"""``auralis playlist``: lists made by hand and lists that are what a filter finds."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

import auralis_lab
from auralis_lab.cli.filterarguments import FilterCommand
from auralis_lab.cli.options import Library, chosen_ids, show_tracks
from auralis_lab.cli.output import clock, out, plain
from auralis_lab.errors import EncodeError, NotFoundError, ParameterError
from auralis_lab.plan.table import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from auralis_lab.catalogue.playlists.playlists import Playlist, PlaylistEntry, Playlists
    from auralis_lab.lab import Lab

__all__ = ["playlist_app"]

playlist_app = typer.Typer(no_args_is_help=True, help="Make, change, read and write playlists.")

Name = Annotated[str, typer.Argument(help="The playlist's name.")]
Numbers = Annotated[list[int], typer.Argument(help="Places as `show` counts them, from 1.")]
Tracks = Annotated[
    list[str] | None, typer.Argument(help="Numbers of tracks, files, or a query.", metavar="TRACKS")
]
PAGE_ROWS = 200


@contextmanager
def _opened(library: Path | None, name: str) -> Iterator[tuple[Lab, Playlists, Playlist]]:
    with auralis_lab.open_lab(library) as lab:
        playlists = lab.playlists
        found = playlists.by_name(name)
        if found is None:
            removed = playlists.removed(limit=PAGE_ROWS)
            back = ""
            if any(one.name.casefold() == name.casefold() for one in removed):
                back = f"; it was removed, and this brings it back: {_restoring(name)}"
            raise NotFoundError(f"there is no playlist {name!r}{back}")
        yield lab, playlists, found


def _restoring(name: str) -> str:
    return f"auralis playlist restore '{name}'"


@playlist_app.command("list")
def list_(library: Library = None) -> None:
    """List the playlists."""
    with auralis_lab.open_lab(library) as lab:
        table = Table("name", "tracks", "length", "what it finds", box=None)
        after: int | None = None
        while page := lab.playlists.list(limit=PAGE_ROWS, after=after):
            for found in page:
                if found.problem:
                    count, length = "-", "-"
                elif found.smart:
                    count, length = str(lab.playlists.count(found.id)), "-"
                else:
                    count, length = str(found.entries), clock(found.duration_s)
                table.add_row(plain(found.name), count, length, plain(found.filter_text or ""))
            after = page[-1].id
        out.print(table if table.row_count else "no playlists yet")


@playlist_app.command()
def show(name: Name, library: Library = None) -> None:
    """Show what is in a playlist."""
    with _opened(library, name) as (_, playlists, found):
        entries: list[PlaylistEntry] = []
        after: int | None = None
        while page := playlists.entries(found.id, limit=PAGE_ROWS, after=after):
            entries += page
            after = page[-1].id
        places = [str(n) for n in range(1, len(entries) + 1)]
        show_tracks([entry.track for entry in entries], more={"place": places})
        what = f", what is found for {found.filter_text}" if found.smart else ""
        out.print(plain(f"{found.name}: {len(entries)} tracks{what}"))


@playlist_app.command(cls=FilterCommand)
def new(
    name: Name,
    tracks: Tracks = None,
    smart: Annotated[
        bool, typer.Option("--smart", help="Keep the query, and find its tracks anew each time.")
    ] = False,
    library: Library = None,
) -> None:
    """Make a playlist, of tracks or of a query."""
    with auralis_lab.open_lab(library) as lab:
        if smart and not any(word.strip() for word in tracks or ()):
            raise ParameterError("a smart playlist wants a query; id>0 is all tracks")
        if smart:
            made = lab.playlists.create(name, filter_text=" ".join(tracks or ()))
            count = lab.playlists.count(made.id)
        else:
            ids = chosen_ids(lab, tracks) if tracks else []
            made = lab.playlists.create(name, ids)
            count = len(ids)
        out.print(plain(f"{made.name}: {counted(count, 'track')}"))


@playlist_app.command(cls=FilterCommand)
def add(name: Name, tracks: Tracks = None, library: Library = None) -> None:
    """Put tracks at the end of a playlist."""
    with _opened(library, name) as (lab, playlists, found):
        ids = chosen_ids(lab, tracks or [])
        playlists.add(found.id, ids)
        out.print(
            plain(f"{found.name}: {len(ids)} added, {counted(playlists.count(found.id), 'track')}")
        )


@playlist_app.command()
def take_out(name: Name, numbers: Numbers, library: Library = None) -> None:
    """Take tracks out of a playlist."""
    with _opened(library, name) as (_, playlists, found):
        playlists.take_out(found.id, _entry_ids(playlists, found, numbers))
        out.print(plain(f"{found.name}: {counted(playlists.count(found.id), 'track')}"))


@playlist_app.command()
def move(
    name: Name,
    numbers: Numbers,
    to: Annotated[int, typer.Option(help="Place they shall have.", min=1)] = 1,
    library: Library = None,
) -> None:
    """Bring tracks of a playlist to another place."""
    with _opened(library, name) as (_, playlists, found):
        playlists.move(found.id, _entry_ids(playlists, found, numbers), at=to - 1)
        out.print(plain(f"{found.name}: moved"))


@playlist_app.command()
def rename(
    name: Name, other: Annotated[str, typer.Argument(help="Its new name.")], library: Library = None
) -> None:
    """Give a playlist another name."""
    with _opened(library, name) as (_, playlists, found):
        playlists.rename(found.id, other)
        out.print(plain(f"{found.name} is now {other}"))


@playlist_app.command()
def freeze(name: Name, library: Library = None) -> None:
    """Turn a smart playlist into one with the tracks it finds now."""
    with _opened(library, name) as (_, playlists, found):
        playlists.freeze(found.id)
        out.print(plain(f"{found.name}: {counted(playlists.count(found.id), 'track')}"))


@playlist_app.command()
def remove(name: Name, library: Library = None) -> None:
    """Remove a playlist; `restore` brings it back."""
    with _opened(library, name) as (_, playlists, found):
        playlists.remove(found.id)
        out.print(plain(f"removed {found.name}"))


@playlist_app.command()
def restore(name: Name, library: Library = None) -> None:
    """Bring back a playlist that was removed."""
    with auralis_lab.open_lab(library) as lab:
        for found in lab.playlists.removed(limit=PAGE_ROWS):
            if found.name.casefold() == name.casefold():
                try:
                    lab.playlists.undo(found.id)
                except NotFoundError:  # not removed: its making was undone
                    lab.playlists.redo(found.id)
                out.print(plain(f"{found.name} is back"))
                return
        raise NotFoundError(f"no playlist {name!r} was removed")


@playlist_app.command()
def undo(name: Name, library: Library = None) -> None:
    """Undo what was last done to a playlist; of one that was only made, nothing is left."""
    with _opened(library, name) as (_, playlists, found):
        action = playlists.undo(found.id).action
        gone = ""
        if action == "create":
            gone = f"; it is gone, and this brings it back: {_restoring(found.name)}"
        out.print(plain(f"{found.name}: {action} undone{gone}"))


@playlist_app.command()
def redo(name: Name, library: Library = None) -> None:
    """Do again what was undone last."""
    with _opened(library, name) as (_, playlists, found):
        out.print(plain(f"{found.name}: {playlists.redo(found.id).action} done again"))


@playlist_app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A playlist file: .m3u8, .m3u or .xspf.")],
    name: Annotated[str | None, typer.Option(help="Its name here; by default the file's.")] = None,
    library: Library = None,
) -> None:
    """Read a playlist file; its tracks are looked up in the library."""
    with auralis_lab.open_lab(library) as lab:
        report = lab.playlist_files.read(file, name=name)
        for match in report.unmatched:
            out.print(plain(f"entry {match}"), markup=False)
        made = report.name if report.playlist else "no playlist made"
        out.print(plain(f"{made}: {report.matched} tracks, {len(report.unmatched)} not found"))


@playlist_app.command()
def export(
    name: Name,
    file: Annotated[Path, typer.Argument(help="What to write: .m3u8 or .xspf.")],
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    library: Library = None,
) -> None:
    """Write a playlist to a file."""
    with _opened(library, name) as (lab, _, found):
        if not force and os.path.lexists(file):
            raise EncodeError(file, "it exists; --force replaces it")
        count = lab.playlist_files.write(found.id, file, overwrite=force)
        out.print(plain(f"wrote {file}: {counted(count, 'track')}"))
        away = [root.path for root in lab.roots.list() if not root.is_there]
        for folder, tracks in _tracks_below(lab, found, away).items():
            out.print(plain(f"note: {tracks} of them lie in {folder}, which is not there now"))


def _tracks_below(lab: Lab, found: Playlist, folders: list[str]) -> dict[str, int]:
    """How many tracks of a playlist lie in some folders; those without any are left out."""
    counts: dict[str, int] = {}
    after: int | None = None
    while folders and (page := lab.playlists.entries(found.id, limit=PAGE_ROWS, after=after)):
        for entry in page:
            path = entry.track.path if entry.track else ""
            for folder in folders:
                if path.startswith(folder.rstrip("/") + "/"):
                    counts[folder] = counts.get(folder, 0) + 1
        after = page[-1].id
    return counts


def _entry_ids(playlists: Playlists, found: Playlist, numbers: list[int]) -> list[int]:
    ids: list[int] = []
    after: int | None = None
    while page := playlists.entries(found.id, limit=PAGE_ROWS, after=after):
        ids += [entry.id for entry in page]
        after = page[-1].id
    if wrong := [n for n in numbers if not 1 <= n <= len(ids)]:
        raise ParameterError(f"place {wrong[0]} must be 1 to {len(ids)}")
    return [ids[n - 1] for n in numbers]
