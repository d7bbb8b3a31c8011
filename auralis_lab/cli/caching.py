"""The command that shows and clears the cache."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from auralis_lab.cli.output import out, plain
from auralis_lab.errors import AuralisLabError

__all__ = ["register"]

KEPT = {
    "spool": "compressed files, decoded",
    "blocks": "what was rendered for listening",
    "envelopes": "levels of bands over time, from measuring",
    "peaks": "outlines of tracks, for drawing",
    "artwork": "covers in the sizes that are shown",
    "snapshots": "copies of catalogues, for SQL",
    "damaged": "where damaged files end",
}
"""What lies in which folder of the cache; all of it can be made again."""


class CacheError(AuralisLabError):
    """A part of the cache cannot be removed."""


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(cache)


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove all of it.")] = False,
) -> None:
    """Show what the cache holds, or clear it; what is missing from it is made again."""
    from auralis_lab.settings import settings

    home = settings().cache_dir
    if clear:
        _clear(home)
    total = 0
    for name, meaning in KEPT.items():
        sizes = [path.stat().st_size for path in _files(home / name)]
        total += sum(sizes)
        out.print(f"{len(sizes):>9,} files {sum(sizes) / 1e6:>10,.1f} MB  {name}: {meaning}")
    out.print(plain(f"{total / 1e6:,.1f} MB in {home}"), markup=False)


def _clear(home: Path) -> None:
    from auralis_lab.render.cache import BlockCache

    BlockCache(home / "blocks").clear()  # which keeps account of what it holds
    try:
        for name in KEPT:
            for path in _files(home / name):
                path.unlink(missing_ok=True)
    except OSError as error:
        raise CacheError(f"{home} cannot be cleared: {error.strerror}") from error


def _files(folder: Path) -> Iterator[Path]:
    """Files in a folder, but for the locks of those who share it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "lock" and path.suffix not in (".lock", ".gate"):
            yield path
