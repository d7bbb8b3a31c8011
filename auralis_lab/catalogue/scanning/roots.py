"""The scanned folders of a catalogue: list them, follow one that moved, forget what is gone.

Scans never remove anything. What is removed is removed here, by name, and only what is missing.

Beside a catalogue lies a note of its roots, paths with NUL between them, the first one scanned
first: so one can tell which library a folder belongs to without waiting for any catalogue. Its time
of change is that of the last scan.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from auralis_lab.catalogue.scanning.intake import PART
from auralis_lab.catalogue.scanning.reading import LAST, SEPARATOR
from auralis_lab.catalogue.session import writing_error
from auralis_lab.catalogue.text import path_from_text, path_to_text
from auralis_lab.errors import NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["Root", "Roots", "noted_roots", "roots_note"]

_WHOLE = """
    WITH whole AS (
        SELECT root_id, max(finished_at) AS scanned_at,
            arg_max(files_failed, finished_at) AS failed
        FROM scan_runs JOIN roots ON roots.id = root_id
        WHERE NOT cancelled AND NOT starts_with(coalesce(problem, ''), $part) GROUP BY root_id)"""
_SQL = {
    "failed": f"{_WHOLE} SELECT coalesce(sum(failed), 0)::BIGINT FROM whole",
    "list": f"""{_WHOLE}
        SELECT roots.id, roots.path, roots.added_at, any_value(whole.scanned_at),
            count(tracks.id) FILTER (missing_since IS NULL),
            count(tracks.id) FILTER (missing_since IS NOT NULL),
            coalesce(any_value(whole.failed), 0)
        FROM roots
            LEFT JOIN tracks ON root_id = roots.id LEFT JOIN whole ON whole.root_id = roots.id
        GROUP BY roots.id, roots.path, roots.added_at ORDER BY roots.path""",
    "paths": "SELECT path FROM roots ORDER BY id",
    "by_path": "SELECT id FROM roots WHERE path = $path",
    "known_below": """
        SELECT count(*) FROM tracks WHERE starts_with(path, $prefix) AND missing_since IS NULL""",
    "move_tracks": """
        UPDATE tracks SET path = $new || substr(path, length($old) + 1)
        WHERE starts_with(path, $old)""",
    "move_albums": "UPDATE albums SET key = replace(key, $old, $new) WHERE contains(key, $old)",
    "move_root": "UPDATE roots SET path = $new WHERE id = $id",
    "merge_root": "UPDATE tracks SET root_id = $into WHERE root_id = $id",
    "drop_root": "DELETE FROM roots WHERE id = $id",
    "missing": """
        SELECT id FROM tracks WHERE missing_since < $before AND starts_with(path, $prefix)""",
    "asked_and_missing": """
        SELECT id FROM tracks SEMI JOIN asked USING (id) WHERE missing_since IS NOT NULL""",
    "revise": "UPDATE revisions SET number = number + 1",
}
_OF_A_TRACK = {
    "plays": "DELETE FROM plays WHERE track_id IN (SELECT id FROM forgotten)",
    "marks": "DELETE FROM marks WHERE track_id IN (SELECT id FROM forgotten)",
    "playlist_entries": """
        DELETE FROM playlist_entries WHERE track_id IN (SELECT id FROM forgotten)""",
    "tracks": "DELETE FROM tracks WHERE id IN (SELECT id FROM forgotten)",
    "albums": """
        DELETE FROM albums WHERE id NOT IN (
            SELECT album_id FROM tracks WHERE album_id IS NOT NULL)""",
}


@dataclass(frozen=True, slots=True)
class Root:
    """A folder that was scanned.

    Attributes
    ----------
    path : str
        As the operating system opens it.
    added_at : datetime
        Of its first scan, UTC.
    scanned_at : datetime or None
        When its last whole scan ended, UTC.
    tracks, missing : int
        How many tracks are there, and how many are not.
    failed : int
        How many files its last whole scan could not read.
    """

    id: int
    path: str
    added_at: datetime
    scanned_at: datetime | None
    tracks: int
    missing: int
    failed: int

    @property
    def path_text(self) -> str:
        """The path as text that can always be printed."""
        return path_to_text(self.path)

    @property
    def is_there(self) -> bool:
        """Whether the folder can be listed now and has something in it, as a mounted disk has."""
        try:
            with os.scandir(self.path) as entries:
                return any(True for _ in entries)
        except OSError:
            return False


class Roots:
    """The scanned folders of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def list(self) -> tuple[Root, ...]:
        """Return all of them, by path."""
        with self._catalogue.session() as s:
            rows = s.rows(_SQL["list"], {"part": PART})
        return tuple(
            Root(
                id=id_,
                path=path_from_text(path),
                added_at=added_at.replace(tzinfo=UTC),
                scanned_at=scanned_at and scanned_at.replace(tzinfo=UTC),
                tracks=tracks,
                missing=missing,
                failed=failed,
            )
            for id_, path, added_at, scanned_at, tracks, missing, failed in rows
        )

    def failed(self) -> int:
        """How many files the last whole scans of all folders could not read."""
        with self._catalogue.session() as s:
            return int(s.rows(_SQL["failed"], {"part": PART})[0][0])

    def relocate(self, old: str | os.PathLike[str], new: str | os.PathLike[str]) -> int:
        """Follow a folder that has another name now, such as a disk mounted elsewhere.

        Tracks keep everything; files are not looked at until the next scan.

        Parameters
        ----------
        old, new : path-like
            `old` is a scanned folder, `new` the folder that holds its files now.

        Returns
        -------
        tracks : int
            How many were there below `old`.

        Raises
        ------
        NotFoundError
            If `old` was never scanned or `new` is no folder.
        ParameterError
            If tracks below `new` are known already: scan it instead, and their ids are found by
            their audio; or if one folder lies in the other.
        """
        before = path_to_text(os.path.abspath(os.path.expanduser(old)))
        after = path_to_text(os.path.realpath(os.path.expanduser(new)))
        if not os.path.isdir(path_from_text(after)):
            raise NotFoundError(f"there is no folder {after}")
        inside = (before.rstrip("/") + "/", after.rstrip("/") + "/")
        if inside[0].startswith(inside[1]) or inside[1].startswith(inside[0]):
            raise ParameterError(f"new={after!r} must be another folder than {before!r}")
        with self._catalogue.write() as s:
            root = s.row(_SQL["by_path"], {"path": before})
            if root is None:
                raise NotFoundError(f"the folder {before} was never scanned")
            if _count_below(s, inside[1]):
                raise ParameterError(f"new={after!r} must not hold known tracks")
            count = _count_below(s, inside[0])
            s.run(_SQL["move_tracks"], {"old": inside[0], "new": inside[1]})
            folder = SEPARATOR.join(("", LAST, before))
            s.run(_SQL["move_albums"], {"old": folder, "new": SEPARATOR.join(("", LAST, after))})
            into = s.row(_SQL["by_path"], {"path": after})
            if into:
                s.run(_SQL["merge_root"], {"id": root[0], "into": into[0]})
                s.run(_SQL["drop_root"], {"id": root[0]})
            else:
                s.run(_SQL["move_root"], {"id": root[0], "new": after})
            s.run(_SQL["revise"])
        self.note()
        return count

    def note(self, paths: Sequence[str] | None = None) -> None:
        """Write down which folders these are, for `noted_roots`.

        Parameters
        ----------
        paths : sequence of str, optional
            Their stored paths, where they have just been looked up.
        """
        if paths is None:
            with self._catalogue.session() as s:
                paths = [path for (path,) in s.rows(_SQL["paths"])]
        note = roots_note(self._catalogue.path)
        draft = note.with_name(f"{note.name}.{os.getpid()}-{threading.get_ident()}")
        try:
            draft.write_bytes(b"\0".join(os.fsencode(path_from_text(path)) for path in paths))
            os.replace(draft, note)
        except OSError as error:
            raise writing_error(error, note) from error
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)

    def missing(
        self, *, for_days: float = 0.0, folder: str | os.PathLike[str] | None = None
    ) -> tuple[int, ...]:
        """Return the ids of tracks whose files have been missing for so long.

        Parameters
        ----------
        for_days : float
            Days since a scan first found them gone, 0 or more.
        folder : path-like, optional
            Only those that were below it.

        Raises
        ------
        ParameterError
            If `for_days` is negative or no number.
        """
        if not 0 <= for_days < 1e6:
            raise ParameterError(f"for_days={for_days!r} must be 0 or more")
        prefix = "" if folder is None else path_to_text(os.path.abspath(folder)).rstrip("/") + "/"
        before = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=for_days)
        with self._catalogue.session() as s:
            rows = s.rows(_SQL["missing"], {"before": before, "prefix": prefix})
        return tuple(sorted(id_ for (id_,) in rows))

    def forget(self, track_ids: Sequence[int]) -> int:
        """Remove tracks that are missing, with their plays, marks and places in playlists.

        Measurements stay, for they belong to the audio: should it come back, it need not be
        measured again.

        Parameters
        ----------
        track_ids : sequence of int
            As :meth:`missing` returns them.

        Returns
        -------
        count : int
            How many were removed; one that is not missing, or not known, is left alone.
        """
        if any(type(id_) is not int for id_ in track_ids):
            raise ParameterError("track_ids must be ids of tracks")
        if not track_ids:
            return 0
        with self._catalogue.write() as s:
            s.stage("asked", {"id": list(track_ids)})
            rows = s.rows(_SQL["asked_and_missing"])
            if rows:
                s.stage("forgotten", {"id": [id_ for (id_,) in rows]})
                for sql in _OF_A_TRACK.values():
                    s.run(sql)
                s.run(_SQL["revise"])
        return len(rows)


def roots_note(catalogue_path: Path) -> Path:
    """Where the note of a catalogue's roots lies."""
    return catalogue_path.with_name(catalogue_path.name + ".roots")


def noted_roots(catalogue_path: Path) -> tuple[str, ...]:
    """The roots of a catalogue as last noted, the first one scanned first; none without a note."""
    try:
        noted = roots_note(catalogue_path).read_bytes()
    except OSError:
        return ()
    return tuple(map(os.fsdecode, filter(None, noted.split(b"\0"))))


def _count_below(s: Session, prefix: str) -> int:
    return int(s.rows(_SQL["known_below"], {"prefix": prefix})[0][0])
