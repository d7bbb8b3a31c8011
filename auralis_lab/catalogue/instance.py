"""The in-memory DuckDB instance of a process, to which the catalogue file is attached at times.

Whoever attaches the file holds its lease; nothing here looks after that.
"""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from auralis_lab.catalogue.session import Session, catalogue_error
from auralis_lab.errors import CatalogueError
from auralis_lab.settings import settings

if TYPE_CHECKING:
    import duckdb

__all__ = ["Instance"]


class Instance:
    """A DuckDB instance that comes up when first needed and again after it broke down.

    Parameters
    ----------
    path : Path
        The catalogue file.

    Notes
    -----
    Readers in several threads share one attachment. A forked child starts an instance of its own
    and leaves the parent's alone, whose threads do not exist in the child.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._closed = False
        self._start()

    def _start(self) -> None:
        self._owner_pid = os.getpid()
        self._changed = threading.Condition()
        self._users = 0
        self._broken = False
        self._connection: duckdb.DuckDBPyConnection | None = None

    @contextmanager
    def attached(self, *, read_only: bool) -> Iterator[Session]:
        """Attach the file and hand out a session in which it is the default database.

        Raises
        ------
        CatalogueError
            If the instance is closed or the file cannot be attached.
        """
        if os.getpid() != self._owner_pid:
            self._leave_to_parent()
        owner_pid = self._owner_pid
        cursor = self._enter(read_only)
        session = Session(cursor)
        try:
            yield session
        finally:
            if os.getpid() == owner_pid:  # else forked inside the block: the parent will detach
                self._leave(cursor, session.broken)

    def close(self, *, wait_s: float) -> None:
        """End DuckDB's threads as soon as nobody is attached; later use is an error.

        Parameters
        ----------
        wait_s : float
            How long to wait for that. After it, whoever is attached last ends them.
        """
        if os.getpid() != self._owner_pid:
            self._leave_to_parent()
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: self._users == 0, timeout=wait_s)
            if self._users == 0:
                self._throw_away()

    def _enter(self, read_only: bool) -> duckdb.DuckDBPyConnection:
        import duckdb

        with self._changed:
            if self._closed:
                raise CatalogueError(f"{self._path} was closed")
            try:
                if self._connection is None:
                    self._connection = _connect(self._path)
                if self._users == 0:
                    quoted = "'" + os.fspath(self._path).replace("'", "''") + "'"
                    mode = " (READ_ONLY)" if read_only else ""
                    self._connection.execute(f"ATTACH {quoted} AS library{mode}")
                cursor = self._connection.cursor()
                cursor.execute("USE library")
            except duckdb.Error as error:
                if self._users == 0:
                    self._throw_away()
                raise catalogue_error(error) from error
            self._users += 1
            return cursor

    def _leave(self, cursor: duckdb.DuckDBPyConnection, broken: bool) -> None:
        import duckdb

        with self._changed:
            self._broken |= broken
            with suppress(duckdb.Error):
                cursor.close()
            self._users -= 1
            if self._users == 0 and self._connection is not None:
                try:
                    self._connection.execute("DETACH library")
                except duckdb.Error:
                    self._broken = True
                if self._broken or self._closed:
                    self._throw_away()
            self._changed.notify_all()

    def _throw_away(self) -> None:
        import duckdb

        if self._connection is not None:
            with suppress(duckdb.Error):
                self._connection.close()
        self._connection = None
        self._broken = False

    def _leave_to_parent(self) -> None:
        """Forget the parent's instance; its destructor must never run in this process."""
        if self._connection is not None:
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._connection))
        self._start()


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "memory_limit": f"{settings().catalogue_memory_bytes}B",
        "threads": settings().catalogue_threads,
        "temp_directory": os.fspath(path.with_name(path.name + ".tmp")),
    }
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET python_enable_replacements = false")
    return connection
