"""The catalogue file and the units of work on it.

Conventions: a process keeps one in-memory DuckDB instance alive; the catalogue file is attached to
it for units of work, under a lease that other processes queue for. One user action is
one unit of work: fetch everything before leaving it, and read no files and call no foreign code
inside it, for everybody else waits. All SQL is bound; times are UTC.

Nothing in this package opens the catalogue file by other means while it may be attached: closing
any descriptor of it would drop DuckDB's own lock on it.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from auralis_lab.catalogue.finding.queries import Tracks
from auralis_lab.catalogue.hold import Hold
from auralis_lab.catalogue.instance import Instance
from auralis_lab.catalogue.lease import Lease
from auralis_lab.catalogue.migrate import migrate
from auralis_lab.catalogue.session import Session
from auralis_lab.catalogue.sound.profiles import Profiles
from auralis_lab.errors import CatalogueError
from auralis_lab.settings import settings

if TYPE_CHECKING:
    from auralis_lab.catalogue.editing.artwork import Artwork
    from auralis_lab.catalogue.editing.edits import Edits
    from auralis_lab.catalogue.experiments.experiments import Experiments
    from auralis_lab.catalogue.finding.albums import Albums
    from auralis_lab.catalogue.finding.artists import Artists
    from auralis_lab.catalogue.listening.marks import Marks
    from auralis_lab.catalogue.listening.plays import Plays
    from auralis_lab.catalogue.listening.queue import Queues
    from auralis_lab.catalogue.listening.statistics import Statistics
    from auralis_lab.catalogue.playlists.files import PlaylistFiles
    from auralis_lab.catalogue.playlists.playlists import Playlists
    from auralis_lab.catalogue.scanning.roots import Roots
    from auralis_lab.catalogue.snapshots.snapshot import Snapshots
    from auralis_lab.catalogue.sound.duplicates import Duplicates
    from auralis_lab.catalogue.sound.similarity import Similarity

__all__ = ["Catalogue"]


class Catalogue:
    """One library's catalogue, shared by any number of threads and processes.

    Parameters
    ----------
    path : path-like
        The DuckDB file; it and its folder are made when missing, an older one is brought up to
        date. Side files with the same name and a longer ending lie beside it. Local disks only.
    wait_s : float, optional
        How long a unit of work queues before it gives up; by default
        ``settings().catalogue_wait_s``.

    Raises
    ------
    CatalogueError
        If the file cannot be made, is not a catalogue, or was made by a newer version.
    CatalogueBusyError
        If others keep it in use for longer than `wait_s`.
    """

    def __init__(self, path: str | os.PathLike[str], *, wait_s: float | None = None) -> None:
        self.path = Path(path).expanduser().resolve()
        self._wait_s = settings().catalogue_wait_s if wait_s is None else wait_s
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CatalogueError(f"cannot make {self.path.parent}: {error.strerror}") from error
        if self.path.is_dir():
            raise CatalogueError(f"{self.path} is a folder, not a catalogue")
        self._lease = Lease(self.path)
        self._instance = Instance(self.path)
        self._hold = Hold(self._lease, self._instance)
        self._thread = threading.local()
        self._finalizer = weakref.finalize(self, _close, self._hold, self._instance, self._wait_s)
        migrate(self.path, self._lease, self._instance, wait_s=self._wait_s)

    def __repr__(self) -> str:
        return f"Catalogue({os.fspath(self.path)!r})"

    @cached_property
    def tracks(self) -> Tracks:
        """The tracks: search, list, count, facets, get."""
        return Tracks(self)

    @cached_property
    def profiles(self) -> Profiles:
        """The stored measurements, by content key."""
        return Profiles(self)

    @cached_property
    def albums(self) -> Albums:
        """The albums: search, list, get."""
        from auralis_lab.catalogue.finding.albums import Albums

        return Albums(self)

    @cached_property
    def artists(self) -> Artists:
        """The artists: search, list, get."""
        from auralis_lab.catalogue.finding.artists import Artists

        return Artists(self)

    @cached_property
    def playlists(self) -> Playlists:
        """The playlists, made by hand and smart."""
        from auralis_lab.catalogue.playlists.playlists import Playlists

        return Playlists(self)

    @cached_property
    def playlist_files(self) -> PlaylistFiles:
        """Playlist files, read and written."""
        from auralis_lab.catalogue.playlists.files import PlaylistFiles

        return PlaylistFiles(self)

    @cached_property
    def plays(self) -> Plays:
        """What was played, when and for how long."""
        from auralis_lab.catalogue.listening.plays import Plays

        return Plays(self)

    @cached_property
    def marks(self) -> Marks:
        """Favourites and ratings."""
        from auralis_lab.catalogue.listening.marks import Marks

        return Marks(self)

    @cached_property
    def queues(self) -> Queues:
        """The saved queues of players, by name."""
        from auralis_lab.catalogue.listening.queue import Queues

        return Queues(self)

    @cached_property
    def statistics(self) -> Statistics:
        """What is listened to, by hour, artist, genre, loudness."""
        from auralis_lab.catalogue.listening.statistics import Statistics

        return Statistics(self)

    @cached_property
    def similarity(self) -> Similarity:
        """Tracks that sound like others, and why."""
        from auralis_lab.catalogue.sound.similarity import Similarity

        return Similarity(self)

    @cached_property
    def duplicates(self) -> Duplicates:
        """Tracks with the same audio, and those that nearly have it."""
        from auralis_lab.catalogue.sound.duplicates import Duplicates

        return Duplicates(self)

    @cached_property
    def edits(self) -> Edits:
        """Changes of tags that can be looked at before and undone after."""
        from auralis_lab.catalogue.editing.edits import Edits

        return Edits(self)

    @cached_property
    def artwork(self) -> Artwork:
        """Covers of tracks and albums."""
        from auralis_lab.catalogue.editing.artwork import Artwork

        return Artwork(self)

    @cached_property
    def roots(self) -> Roots:
        """The scanned folders."""
        from auralis_lab.catalogue.scanning.roots import Roots

        return Roots(self)

    @cached_property
    def experiments(self) -> Experiments:
        """What was tried on tracks, and what came of it."""
        from auralis_lab.catalogue.experiments.experiments import Experiments

        return Experiments(self)

    @cached_property
    def snapshots(self) -> Snapshots:
        """SQL of one's own, on a copy that nothing can be done to."""
        from auralis_lab.catalogue.snapshots.snapshot import Snapshots

        return Snapshots(self)

    @contextmanager
    def session(self, *, wait_s: float | None = None) -> Iterator[Session]:
        """Read, together with other readers.

        Parameters
        ----------
        wait_s : float, optional
            How long to queue; by default what the catalogue was made with.

        Raises
        ------
        CatalogueBusyError
            If a writer stays for longer; it is named.
        CatalogueError
            If the catalogue is closed or cannot be read, or this thread already has a session.
        """
        with self._unit_of_work(exclusive=False, wait_s=wait_s) as session:
            yield session

    @contextmanager
    def write(self, *, wait_s: float | None = None) -> Iterator[Session]:
        """Read and write alone, in one transaction that is kept or dropped as a whole.

        Parameters and errors are those of :meth:`session`. Whatever exception leaves the block, or
        whatever statement failed in it, nothing of the block is kept.
        """
        with (
            self._unit_of_work(exclusive=True, wait_s=wait_s) as session,
            session.transaction(),
        ):
            yield session

    @contextmanager
    def _unit_of_work(self, *, exclusive: bool, wait_s: float | None) -> Iterator[Session]:
        self._check_free()
        self._thread.busy = True
        try:
            grip = self._hold.grip(
                exclusive=exclusive, wait_s=self._wait_s if wait_s is None else wait_s
            )
            try:
                yield grip.session
            except BaseException:
                grip.session.end()
                grip.closing.close()
                raise
            grip.session.end()
            self._hold.park(grip)
        finally:
            self._thread.busy = False

    @contextmanager
    def detached(self, *, wait_s: float | None = None) -> Iterator[Path]:
        """Have the file to oneself, with everything written into it and nobody attached.

        The one way to copy it: whatever else opened it would drop DuckDB's lock on it.

        Parameters
        ----------
        wait_s : float, optional
            How long to queue; by default what the catalogue was made with.

        Yields
        ------
        path : Path
            The file.

        Raises
        ------
        CatalogueBusyError
            If others stay for longer.
        """
        self._check_free()
        self._hold.give_up()
        self._thread.busy = True
        wait_s = self._wait_s if wait_s is None else wait_s
        try:
            with self._lease.held(exclusive=True, wait_s=wait_s):
                with self._instance.attached(read_only=False) as session:
                    session.run("CHECKPOINT library")
                yield self.path
        finally:
            self._thread.busy = False

    def _check_free(self) -> None:
        """Refuse what would wait for this very thread."""
        if getattr(self._thread, "busy", False):
            raise CatalogueError("this thread already has a session of this catalogue open")

    def close(self) -> None:
        """Let units of work in other threads end, then end DuckDB's threads; for good."""
        self._check_free()
        if "snapshots" in self.__dict__:
            self.snapshots.close()
        self._finalizer()

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


def _close(hold: Hold, instance: Instance, wait_s: float) -> None:
    hold.close()
    instance.close(wait_s=wait_s)
