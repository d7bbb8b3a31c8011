"""A library: a music folder, and the parts of what is known of it, by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from auralis_lab.catalogue.store import Catalogue
from auralis_lab.shelf import Shelf

if TYPE_CHECKING:
    from typing import Self

    import duckdb

    from auralis_lab.catalogue.editing.edits import Edits
    from auralis_lab.catalogue.experiments.experiments import Experiments
    from auralis_lab.catalogue.finding.albums import Albums
    from auralis_lab.catalogue.finding.artists import Artists
    from auralis_lab.catalogue.finding.contents import Contents
    from auralis_lab.catalogue.listening.marks import Marks
    from auralis_lab.catalogue.listening.plays import Plays
    from auralis_lab.catalogue.listening.queue import Queues
    from auralis_lab.catalogue.listening.statistics import Statistics
    from auralis_lab.catalogue.playlists.files import PlaylistFiles
    from auralis_lab.catalogue.playlists.playlists import Playlists
    from auralis_lab.catalogue.scanning.roots import Roots
    from auralis_lab.catalogue.sound.duplicates import Duplicates

__all__ = ["Library"]


class Library:
    """A music folder and its catalogue; a context manager.

    Parameters
    ----------
    folder : Path
        The music.
    catalogue : Catalogue
        What is known of it.
    """

    def __init__(self, folder: Path, catalogue: Catalogue) -> None:
        self.folder = folder
        self.catalogue = catalogue
        self.tracks = Shelf(catalogue)

    def sql(
        self, statement: str, parameters: Mapping[str, object] | Sequence[object] | None = None
    ) -> duckdb.DuckDBPyRelation:
        """Ask the catalogue in SQL.

        Parameters
        ----------
        statement : str
            One statement that reads. It sees a copy of the catalogue as it is now, and cannot
            reach anything else; ``lab.catalogue.snapshots.tables()`` lists what there is.
        parameters : mapping or sequence, optional
            Values for ``$name`` or ``?`` in the statement.

        Returns
        -------
        relation : duckdb.DuckDBPyRelation
            With ``.df()`` for pandas, ``.pl()`` for polars, ``.arrow()``, ``.fetchall()``.

        Raises
        ------
        CatalogueError
            If the statement fails or wants to do more than read.
        """
        return self.catalogue.snapshots.sql(statement, parameters)

    @property
    def albums(self) -> Albums:
        """The albums: search, list, get."""
        return self.catalogue.albums

    @property
    def artists(self) -> Artists:
        """The artists: search, list, get."""
        return self.catalogue.artists

    @property
    def playlists(self) -> Playlists:
        """The playlists, made by hand and smart."""
        return self.catalogue.playlists

    @property
    def playlist_files(self) -> PlaylistFiles:
        """Playlist files, read and written."""
        return self.catalogue.playlist_files

    @property
    def plays(self) -> Plays:
        """What was played, when and for how long."""
        return self.catalogue.plays

    @property
    def queues(self) -> Queues:
        """The saved queues of players, by name."""
        return self.catalogue.queues

    @property
    def marks(self) -> Marks:
        """Favourites and ratings."""
        return self.catalogue.marks

    @property
    def experiments(self) -> Experiments:
        """The experiments that were run, to be listed and removed."""
        return self.catalogue.experiments

    def contents(self) -> Contents:
        """Count what the library holds: tracks, albums, artists, hours, bytes, formats."""
        from auralis_lab.catalogue.finding.contents import contents

        return contents(self.catalogue)

    @property
    def statistics(self) -> Statistics:
        """What is listened to, by hour, artist, genre, loudness."""
        return self.catalogue.statistics

    @property
    def duplicates(self) -> Duplicates:
        """Tracks with the same audio, and those that nearly have it."""
        return self.catalogue.duplicates

    @property
    def edits(self) -> Edits:
        """Changes of tags that can be looked at before and undone after."""
        return self.catalogue.edits

    @property
    def roots(self) -> Roots:
        """The scanned folders of the library."""
        return self.catalogue.roots

    def close(self) -> None:
        """Let go of the catalogue."""
        self.catalogue.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
