"""What a scan asks of the catalogue and writes into it.

Conventions: paths are stored text. Every method is one unit of work. Rows are replaced by delete
and insert, at most 500 at a time, which in DuckDB takes a twentieth of the time of an update.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from auralis_lab.catalogue.reading import COLUMNS, FileFacts
from auralis_lab.catalogue.report import OUTCOMES, FileOutcome, ScanReport

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["BATCH_ROWS", "KnownTrack", "ScanRun", "Twin"]

BATCH_ROWS = 500

_SQL = {
    "root": "SELECT id FROM roots WHERE path = $path",
    "new_root": """
        INSERT INTO roots SELECT nextval('root_ids'), $path, $now RETURNING id""",
    "new_run": """
        INSERT INTO scan_runs (id, root_id, started_at)
        SELECT nextval('scan_run_ids'), $root_id, $now RETURNING id""",
    "known": """
        SELECT path, id, file_bytes, mtime_ns, missing_since IS NOT NULL FROM tracks
        WHERE starts_with(path, $prefix) ORDER BY missing_since IS NOT NULL, id""",
    "twins": """
        SELECT content_key, tracks.id, tracks.path, roots.path
        FROM tracks JOIN roots ON roots.id = root_id
        WHERE content_key IN (SELECT key FROM keys) ORDER BY tracks.id""",
    "same_path": """
        SELECT tracks.path, id, added_at FROM tracks JOIN staged ON tracks.path = staged.path
        ORDER BY missing_since IS NULL, id DESC""",
    "same_id": """
        SELECT id, tracks.path, added_at FROM tracks JOIN moves USING (id)""",
    "new_ids": "SELECT nextval('track_ids') FROM range($count)",
    "drop_staged": "DELETE FROM tracks WHERE id IN (SELECT id FROM staged)",
    "insert_staged": "INSERT INTO tracks BY NAME SELECT * FROM staged",
    "lift": "CREATE OR REPLACE TEMP TABLE lifted AS SELECT * FROM tracks WHERE id IN "
    "(SELECT id FROM gone) AND missing_since IS NULL",
    "drop_lifted": "DELETE FROM tracks WHERE id IN (SELECT id FROM lifted)",
    "put_back": "INSERT INTO tracks SELECT * REPLACE ($now AS missing_since) FROM lifted",
    "drop_temp": "DROP TABLE lifted",
    "outcomes": """
        INSERT INTO scan_outcomes SELECT $run_id, path, outcome, reason FROM staged_outcomes""",
    "finish": f"""
        UPDATE scan_runs SET finished_at = $now, cancelled = $cancelled, problem = $problem,
            files_found = $found, {", ".join(f"files_{name} = ${name}" for name in OUTCOMES)}
        WHERE id = $run_id""",
}


@dataclass(frozen=True, slots=True)
class KnownTrack:
    """What is needed to tell whether a file changed."""

    id: int
    file_bytes: int
    mtime_ns: int
    missing: bool


@dataclass(frozen=True, slots=True)
class Twin:
    """A track with the content of a file that is new."""

    id: int
    path: str
    root: str


class ScanRun:
    """One scan's place in the catalogue, from its beginning to its end.

    Parameters
    ----------
    catalogue : Catalogue
    root : str
        The folder's path.
    """

    def __init__(self, catalogue: Catalogue, root: str) -> None:
        self._catalogue = catalogue
        self.root = root
        with catalogue.write() as s:
            row = s.row(_SQL["root"], {"path": root})
            row = row or s.row(_SQL["new_root"], {"path": root, "now": _now()})
            self._root_id = row[0] if row else 0
            self._id = s.rows(_SQL["new_run"], {"root_id": self._root_id, "now": _now()})[0][0]

    @staticmethod
    def known_below(catalogue: Catalogue, root: str) -> dict[str, KnownTrack]:
        """Return all tracks below a folder, by path."""
        with catalogue.session() as s:
            rows = s.rows(_SQL["known"], {"prefix": root.rstrip("/") + "/"})
        known: dict[str, KnownTrack] = {}
        for path, *values in rows:
            known.setdefault(path, KnownTrack(*values))
        return known

    def twins(self, keys: Sequence[str]) -> dict[str, list[Twin]]:
        """Return the tracks that have one of these contents, by content."""
        found: dict[str, list[Twin]] = {}
        if keys:
            with self._catalogue.session() as s:
                s.stage("keys", {"key": list(keys)})
                for key, *values in s.rows(_SQL["twins"]):
                    found.setdefault(key, []).append(Twin(*values))
        return found

    def store(self, facts: Sequence[FileFacts], moves: dict[str, Twin]) -> None:
        """Write the rows of files that were read, new or known.

        Parameters
        ----------
        facts : sequence of FileFacts
            At most 500, each path once.
        moves : dict of str to Twin
            By new path, the track that moved there. Ignored for a track that meanwhile went
            elsewhere.
        """
        if not facts:
            return
        columns: dict[str, list[Any]] = {n: [getattr(f, n) for f in facts] for n in COLUMNS}
        now = _now()
        with self._catalogue.write() as s:
            s.stage("staged", {"path": columns["path"]})
            kept = _ids_and_times(s.rows(_SQL["same_path"]))
            kept |= _still_there(s, {p: m for p, m in moves.items() if p not in kept})
            fresh = [path for path in columns["path"] if path not in kept]
            ids = s.rows(_SQL["new_ids"], {"count": len(fresh)}) if fresh else []
            kept |= {path: (id_, now) for path, (id_,) in zip(fresh, ids, strict=True)}
            columns["id"] = [kept[path][0] for path in columns["path"]]
            columns["added_at"] = [kept[path][1] for path in columns["path"]]
            columns["root_id"] = [self._root_id] * len(facts)
            columns["changed_at"] = [now] * len(facts)
            s.stage("staged", columns)
            s.run(_SQL["drop_staged"])
            s.run(_SQL["insert_staged"])

    def mark_missing(self, ids: Sequence[int]) -> None:
        """Mark tracks whose files are gone; those marked before keep their time."""
        for start in range(0, len(ids), BATCH_ROWS):
            with self._catalogue.write() as s:
                s.stage("gone", {"id": list(ids[start : start + BATCH_ROWS])})
                s.run(_SQL["lift"])
                s.run(_SQL["drop_lifted"])
                s.run(_SQL["put_back"], {"now": _now()})
                s.run(_SQL["drop_temp"])

    def finish(self, report: ScanReport) -> None:
        """Record how the scan ended, and every file that is not unchanged or skipped."""
        told = [o for o in report.outcomes if o.outcome not in ("unchanged", "skipped")]
        ending: dict[str, object] = {
            "run_id": self._id,
            "now": _now(),
            "cancelled": report.cancelled,
            "problem": "; ".join(report.problems) or None,
            "found": report.files_found,
        }
        ending |= {str(outcome): count for outcome, count in report.counts.items()}
        with self._catalogue.write() as s:
            if told:
                s.stage("staged_outcomes", _outcome_columns(told))
                s.run(_SQL["outcomes"], {"run_id": self._id})
            s.run(_SQL["finish"], ending)


def _ids_and_times(rows: list[tuple[Any, ...]]) -> dict[str, tuple[int, datetime]]:
    """Turn rows (path, id, time added) into a dict by path; the last of a path counts."""
    return {path: (id_, added) for path, id_, added in rows}


def _still_there(s: Session, moves: dict[str, Twin]) -> dict[str, tuple[int, datetime]]:
    """Ids and times of the moved tracks that are still where they were when looked up."""
    if not moves:
        return {}
    s.stage("moves", {"id": [twin.id for twin in moves.values()]})
    now_at = {id_: (path, added) for id_, path, added in s.rows(_SQL["same_id"])}
    return {
        path: (twin.id, now_at[twin.id][1])
        for path, twin in moves.items()
        if twin.id in now_at and now_at[twin.id][0] == twin.path
    }


def _outcome_columns(outcomes: Sequence[FileOutcome]) -> dict[str, list[Any]]:
    return {
        "path": [o.path_text for o in outcomes],
        "outcome": [o.outcome for o in outcomes],
        "reason": [o.reason for o in outcomes],
    }


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
