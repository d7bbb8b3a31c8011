"""SQL of one's own, on a copy of the catalogue that nothing can be done to.

Conventions: a statement runs on a *snapshot*, a copy of the catalogue file as it stood when the
question came. It is opened for reading only, with no way to other files, the network, extensions or
the caller's variables, within the memory and threads of the settings. So a statement can be long
and wrong, and neither a scan nor a visitor notices. Durations are seconds, times UTC; what there is
to ask is listed by :meth:`Snapshots.tables`.

The memory limit covers tables, joins, sorts and kept results, not a single value: a list of 10⁹
numbers takes what it takes.
"""

from __future__ import annotations

import ctypes
import math
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from auralis_lab.catalogue.interrupting import interruptible
from auralis_lab.catalogue.session import catalogue_error
from auralis_lab.catalogue.snapshots.file import SnapshotFolder
from auralis_lab.catalogue.snapshots.views import TableInfo, describe
from auralis_lab.errors import CatalogueError, ParameterError
from auralis_lab.settings import settings

if TYPE_CHECKING:
    import duckdb

    from auralis_lab.catalogue.store import Catalogue

__all__ = ["Snapshots"]

INTERRUPT_EVERY_S = 0.05
"""An interruption that comes between two statements is lost, so it is repeated."""

SPILL_PER_MEMORY = 4
"""What a query may put on disk, in multiples of the memory limit."""

TRIES = 5
READING = ("SELECT", "EXPLAIN", "MULTI")
"""Kinds of statement that are taken; DuckDB says MULTI of a PIVOT that has to look first."""


class Snapshots:
    """Read-only copies of a catalogue, made when it has changed since the last.

    Parameters
    ----------
    catalogue : Catalogue

    Notes
    -----
    Copies lie in ``settings().cache_dir / "snapshots"`` and are shared by all processes. A relation
    or connection keeps its own copy for as long as it lives, even when a newer one has replaced it.
    The latest one is held open for each catalogue of the process, until that is closed or gone.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._folder = SnapshotFolder(catalogue, settings().cache_dir / "snapshots")
        with _opening:
            self._held = _held.setdefault(catalogue, _Held())

    def sql(
        self,
        statement: str,
        parameters: Mapping[str, object] | Sequence[object] | None = None,
        *,
        timeout_s: float | None = None,
    ) -> duckdb.DuckDBPyRelation:
        """Ask the catalogue as it is now.

        Parameters
        ----------
        statement : str
            One statement that reads, in DuckDB's SQL; see :meth:`tables` for what there is.
        parameters : mapping or sequence, optional
            Values for ``$name`` or ``?`` in it.
        timeout_s : float, optional
            Without it nothing runs until the relation is read, and every reading runs it again.
            With it the statement runs at once, for that long at most, and its rows are kept.

        Returns
        -------
        relation : duckdb.DuckDBPyRelation
            To be read with ``fetchall()``, ``to_arrow_table()``, ``df()`` (pandas) or ``pl()``
            (polars), or narrowed further. It goes on seeing the same snapshot.

        Raises
        ------
        ParameterError
            If `statement` is not one statement that reads.
        CatalogueError
            If DuckDB refuses it, it takes longer than `timeout_s`, or no snapshot can be made.
            What fails only when the relation is read is a ``duckdb.Error``.
        CatalogueBusyError
            If a writer keeps the catalogue for too long.

        Examples
        --------
        >>> sql = "SELECT artist, avg(loudness_lufs) FROM library WHERE year >= $since GROUP BY ALL"
        >>> loudest = catalogue.sql(sql, {"since": 1990}).fetchall()  # doctest: +SKIP
        """
        import duckdb

        _check_arguments(statement, parameters, timeout_s)
        cursor = self.connect()
        with _time_limit(cursor, timeout_s), interruptible(cursor):
            try:
                kind = _kind(cursor, statement)
                if timeout_s is None or kind == "EXPLAIN":
                    return cursor.sql(statement, params=parameters)
                cursor.execute(f"CREATE TEMP TABLE kept AS {statement}", parameters)
                return cursor.table("kept")
            except duckdb.InterruptException:
                raise
            except duckdb.Error as error:
                if isinstance(error, duckdb.FatalException | duckdb.InternalException):
                    self.close()
                raise catalogue_error(error) from error

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of the caller's own to a snapshot of the catalogue as it is now.

        It is as confined as :meth:`sql` and knows neither time limits nor this package's errors:
        made for DuckDB's relations and for SQL magics in notebooks.

        Raises
        ------
        CatalogueError
            If no snapshot can be made, or this thread has a session of the catalogue open.
        """
        import duckdb

        for _ in range(TRIES):
            path = self._folder.current()
            try:
                return self._held.cursor(path)
            except duckdb.Error as error:
                if path.exists():  # otherwise another process replaced it in this moment
                    raise catalogue_error(error) from error
        raise CatalogueError("snapshots are replaced faster than they can be opened")

    def tables(self) -> tuple[TableInfo, ...]:
        """Describe what a statement can ask: the views made for it first, then the raw tables.

        Raises
        ------
        CatalogueError
            If no snapshot can be made.
        """
        return describe(self.connect())

    def close(self) -> None:
        """Let go of the snapshot; relations that are still in use keep theirs."""
        self._held.close()


class _Held:
    """The snapshot of a catalogue that is open, and its path."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._owner_pid = os.getpid()
        self._lock = threading.Lock()
        self._path: Path | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    def cursor(self, path: Path) -> duckdb.DuckDBPyConnection:
        """Return a connection of one's own to a snapshot, opened unless it is the one held."""
        if os.getpid() != self._owner_pid:
            self._leave_to_parent()
        with self._lock:
            if self._connection is None or path != self._path:
                self._connection, self._path = _open(path), path
            return self._connection.cursor()

    def close(self) -> None:
        """Let go of it."""
        import duckdb

        if os.getpid() != self._owner_pid:
            self._leave_to_parent()
        with self._lock:
            if self._connection is not None:
                with suppress(duckdb.Error):
                    self._connection.close()
            self._connection = self._path = None

    def _leave_to_parent(self) -> None:
        """Forget the parent's connection, whose threads do not exist in a forked child."""
        if self._connection is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._connection))
        self._start()


_held: WeakKeyDictionary[Catalogue, _Held] = WeakKeyDictionary()
_opening = threading.Lock()


def _open(path: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    memory_bytes = settings().catalogue_memory_bytes
    return duckdb.connect(
        path,
        read_only=True,
        config={
            "enable_external_access": False,  # first, or DuckDB refuses the folder to spill to
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "python_enable_replacements": False,
            "memory_limit": f"{memory_bytes}B",
            "max_temp_directory_size": f"{SPILL_PER_MEMORY * memory_bytes}B",
            "temp_directory": os.fspath(path.with_name("spill")),
            "threads": settings().catalogue_threads,
            "lock_configuration": True,
        },
    )


def _check_arguments(statement: object, parameters: object, timeout_s: object) -> None:
    if not isinstance(statement, str):
        raise ParameterError(f"statement={statement!r} must be text")
    try:
        statement.encode()
    except UnicodeEncodeError as error:
        raise ParameterError(f"the statement is not valid text: {error.reason}") from error
    takes = isinstance(parameters, Mapping | Sequence) and not isinstance(parameters, str | bytes)
    if parameters is not None and not takes:
        raise ParameterError(f"parameters={parameters!r} must be a mapping or a sequence")
    if timeout_s is not None and not (
        isinstance(timeout_s, int | float)
        and not isinstance(timeout_s, bool)
        and math.isfinite(timeout_s)
        and timeout_s > 0
    ):
        raise ParameterError(f"timeout_s={timeout_s!r} must be more than 0")


def _kind(cursor: duckdb.DuckDBPyConnection, statement: str) -> str:
    """Say what kind of statement it is, by DuckDB's own parser; refuse all but one that reads."""
    statements = cursor.extract_statements(statement)
    if len(statements) != 1:
        raise ParameterError(f"the text holds {len(statements)} statements and must hold one")
    try:
        kind = str(statements[0].type.name)
    except ValueError:  # a kind that the client has no name for
        kind = "this"
    if kind not in READING:
        raise ParameterError(f"only a statement that reads can be asked, which {kind} is not")
    return kind


@contextmanager
def _time_limit(cursor: duckdb.DuckDBPyConnection, timeout_s: float | None) -> Iterator[None]:
    """Interrupt what runs on a connection when its time is over."""
    import duckdb

    if timeout_s is None:
        yield
        return
    done, over = threading.Event(), threading.Event()

    def watch() -> None:
        if done.wait(timeout_s):
            return
        over.set()
        while not done.is_set():
            cursor.interrupt()
            done.wait(INTERRUPT_EVERY_S)

    watcher = threading.Thread(target=watch, name="snapshot-time-limit", daemon=True)
    watcher.start()
    try:
        yield
    except duckdb.InterruptException as error:
        if not over.is_set():
            raise catalogue_error(error) from error
        raise CatalogueError(f"the statement took longer than timeout_s={timeout_s:g}") from error
    finally:
        done.set()
        watcher.join()
