"""SQL within one unit of work, and what DuckDB's errors are called here."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from auralis_lab.catalogue.interrupting import interruptible
from auralis_lab.errors import CatalogueBusyError, CatalogueError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

__all__ = ["DiskFullError", "Session", "catalogue_error", "load_staging", "writing_error"]

Result = TypeVar("Result")

DISK_FULL = (
    "the disk with the catalogue is full: what was stored before is kept, and once there is space "
    "the same can be done again"
)
_NO_SPACE = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT), "Could not write file")


class Session:
    """SQL on the attached catalogue, for one unit of work and one thread.

    Made by ``Catalogue.session`` and ``Catalogue.write``. Statements name their parameters
    ``$name`` and get them bound; results are complete before a method returns.
    """

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self._owner_pid = os.getpid()
        self._failed = False
        self._over = False
        self.broken = False

    def again(self) -> Session:
        """Return a session for the next unit of work, after this one."""
        return Session(self._cursor)

    def end(self) -> None:
        """Refuse statements from now on: the unit of work is over."""
        self._over = True

    def rows(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows as tuples.

        Raises
        ------
        CatalogueError
            If the statement fails, the unit of work is over, or it began in a parent process.
        """
        return self._done(lambda: self._cursor.execute(sql, parameters).fetchall())

    def arrow(self, sql: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
        """Run one query and return its columns as an Arrow table, for very many rows.

        Raises
        ------
        CatalogueError
            As from :meth:`rows`.
        """
        return self._done(lambda: self._cursor.sql(sql, params=parameters).to_arrow_table())

    def _done(self, action: Callable[[], Result]) -> Result:
        import duckdb

        if os.getpid() != self._owner_pid:
            raise CatalogueError("a unit of work cannot go on in a forked process")
        if self._over:
            raise CatalogueError("this unit of work is over")
        try:
            with interruptible(self._cursor):
                return action()
        except duckdb.Error as error:
            self._failed = True
            self.broken |= isinstance(error, duckdb.FatalException)
            raise catalogue_error(error) from error

    def row(
        self, sql: str, parameters: Mapping[str, object] | None = None
    ) -> tuple[Any, ...] | None:
        """Run one statement and return its first row, or None if there is none."""
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def run(self, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run one or more statements for their effect; only one if there are parameters."""
        self.rows(sql, parameters)

    def stage(self, name: str, columns: Mapping[str, list[Any]]) -> None:
        """Offer columns of equal length as a table that SQL of this unit of work can read.

        Parameters
        ----------
        name : str
            Name of the table; an earlier one of that name is replaced.
        columns : mapping of str to list
            Values per column; None is NULL. A column of only None has no type of its own and is
            cast where it is inserted.
        """
        import pyarrow as pa

        self._cursor.register(name, pa.table(dict(columns)))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep everything that the block does, or nothing.

        Raises
        ------
        CatalogueError
            If a statement failed in the block, even if its error was caught there, or the end of
            the transaction fails. Any other exception passes through after the rollback.
        """
        self.run("BEGIN")
        try:
            yield
            if self._failed:
                raise CatalogueError("a statement failed, so nothing of this write was kept")
            self.run("COMMIT")
        except BaseException:
            with suppress(CatalogueError):
                self.run("ROLLBACK")
            raise


class DiskFullError(CatalogueError):
    """There is no space left for what was to be written; what was written before is kept."""

    def __init__(self, sentence: str = DISK_FULL) -> None:
        super().__init__(sentence)


def load_staging() -> None:
    """Load what `Session.stage` needs, for a thread of its own: the first time takes a second.

    Where pandas is installed, Arrow looks whether what it is given is a part of that.
    """
    import pyarrow as pa

    pa.array([0])


def writing_error(error: OSError, path: str | os.PathLike[str]) -> CatalogueError:
    """Say in one line why a file beside the catalogue cannot be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFullError()
    return CatalogueError(f"cannot write {os.fspath(path)}: {error.strerror}")


def catalogue_error(error: Exception) -> CatalogueError:
    """Say a DuckDB error in one line, as busy or as a full disk if that is what it means."""
    text = str(error)
    if any(words in text for words in _NO_SPACE):
        return DiskFullError()
    lines = text.strip().splitlines()
    line = lines[0] if lines else type(error).__name__
    return CatalogueBusyError(line) if "lock on file" in line else CatalogueError(line)
