"""Bring a catalogue's schema up to date.

The files ``schema/NNNN_name.sql`` are applied in the order of their numbers, each in a transaction
of its own together with its record in the table ``migrations``. A file that was released is never
edited; the next change is the next file. An existing catalogue is copied before it is migrated.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from auralis_lab.catalogue.instance import Instance
from auralis_lab.catalogue.lease import Lease
from auralis_lab.catalogue.session import DiskFullError, Session, writing_error
from auralis_lab.errors import CatalogueError

__all__ = ["Migration", "known_migrations", "migrate"]

SQL = {
    "has_table": """
        SELECT 1 FROM duckdb_tables()
        WHERE database_name = 'library' AND table_name = 'migrations'""",
    "applied": "SELECT version, name, checksum FROM migrations ORDER BY version",
    "any_table": "SELECT table_name FROM duckdb_tables() WHERE database_name = 'library'",
    "make_table": """
        CREATE TABLE IF NOT EXISTS migrations (
            version INTEGER PRIMARY KEY,
            name VARCHAR NOT NULL,
            checksum VARCHAR NOT NULL,
            applied_at TIMESTAMP NOT NULL)""",
    "record": "INSERT INTO migrations VALUES ($version, $name, $checksum, $applied_at)",
}


@dataclass(frozen=True)
class Migration:
    """One step of the schema.

    Attributes
    ----------
    version : int
        1 for the first step, without gaps.
    name : str
        The file's name without number and suffix.
    sql : str
        Its statements.
    """

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the statements, hex."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known_migrations() -> tuple[Migration, ...]:
    """Return the steps that this version of the package knows, in order."""
    folder = files("auralis_lab.catalogue") / "schema"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(
        Migration(int(name[:4]), name[5:-4], (folder / name).read_text("utf-8")) for name in names
    )


def migrate(
    path: Path,
    lease: Lease,
    instance: Instance,
    *,
    wait_s: float,
    steps: tuple[Migration, ...] | None = None,
) -> None:
    """Make the catalogue or bring it up to date; does nothing to one that is.

    Parameters
    ----------
    path : Path
        The catalogue file, missing or not.
    lease : Lease
        Its lease, not held.
    instance : Instance
        What the file is attached to.
    wait_s : float
        How long to queue for it.
    steps : tuple of Migration, optional
        By default all known ones.

    Raises
    ------
    CatalogueError
        If the file is no catalogue, is newer than the known steps, or a step fails. What was
        there before the failing step stays, and the copy is named.
    """
    steps = known_migrations() if steps is None else steps
    if _has_content(path):
        with lease.held(exclusive=False, wait_s=wait_s), instance.attached(read_only=True) as s:
            if not _missing(s, path, steps):
                return
    with lease.held(exclusive=True, wait_s=wait_s):
        if not _has_content(path):
            _make(path, steps)
            return
        with instance.attached(read_only=False) as s:
            missing = _missing(s, path, steps)
            s.run("CHECKPOINT library")
        version = len(steps) - len(missing)
        copy = _back_up(path, version) if version and missing else None
        with instance.attached(read_only=False) as s:
            for step in missing:
                _apply(s, step, copy)


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _make(path: Path, steps: tuple[Migration, ...]) -> None:
    """Make a catalogue under another name first, so that none is ever half made."""
    partial = path.with_name(path.name + ".new")
    instance = Instance(partial)
    log = partial.with_name(partial.name + ".wal")
    try:
        partial.unlink(missing_ok=True)
        log.unlink(missing_ok=True)
        with instance.attached(read_only=False) as s:
            for step in steps:
                _apply(s, step, None)
            s.run("CHECKPOINT library")
        instance.close(wait_s=0)
        if log.exists():  # detaching could not write all of it
            raise CatalogueError(f"cannot make {path}: not all of it could be written")
        partial.replace(path)
    except OSError as error:
        raise writing_error(error, path) from error
    finally:
        instance.close(wait_s=0)


def _missing(s: Session, path: Path, steps: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """Steps that the attached catalogue lacks; refuse one that these steps cannot have made."""
    applied = s.rows(SQL["applied"]) if s.row(SQL["has_table"]) else []
    if not applied and s.row(SQL["any_table"]):
        raise CatalogueError(f"{path} is a DuckDB database, but not a catalogue")
    if applied and applied[-1][0] > steps[-1].version:
        raise CatalogueError(
            f"{path} has schema {applied[-1][0]}, but this version knows only schema "
            f"{steps[-1].version}: use a newer version of auralis_lab"
        )
    for step, (version, name, checksum) in zip(steps, applied, strict=False):
        if (step.version, step.checksum) != (version, checksum):
            raise CatalogueError(f"{path} was made with another schema step {version} ({name})")
    return steps[len(applied) :]


def _back_up(path: Path, version: int) -> Path:
    """Copy the catalogue file; the caller has the write lease and nothing is attached."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    copy = path.with_name(f"{path.name}.schema{version}-{stamp}.backup")
    partial = copy.with_name(copy.name + ".part")
    try:
        shutil.copyfile(path, partial)
        partial.replace(copy)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise CatalogueError(f"cannot copy {path} before migrating: {error.strerror}") from error
    return copy


def _apply(s: Session, step: Migration, copy: Path | None) -> None:
    record = {
        "version": step.version,
        "name": step.name,
        "checksum": step.checksum,
        "applied_at": datetime.now(UTC).replace(tzinfo=None),
    }
    try:
        with s.transaction():
            s.run(SQL["make_table"])
            s.run(step.sql)
            s.run(SQL["record"], record)
    except DiskFullError:
        raise
    except CatalogueError as error:
        kept = f"; a copy from before is {copy}" if copy else ""
        raise CatalogueError(
            f"schema step {step.version} ({step.name}) failed: {error}{kept}"
        ) from error
