"""What a scan asks of the catalogue and writes into it.

Conventions: paths are stored text. Every method is one unit of work. Rows are replaced by delete
and insert, at most 500 at a time, which in DuckDB takes a twentieth of the time of an update.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from auralis_lab.analysis.fingerprint import MEASURES
from auralis_lab.catalogue.scanning.albumkeys import album_ids
from auralis_lab.catalogue.scanning.reading import COLUMNS
from auralis_lab.catalogue.scanning.report import OUTCOMES, FileOutcome, ScanReport
from auralis_lab.catalogue.scanning.stored import TAG_COLUMNS, KnownTrack, Placement, StoredTrack

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["BATCH_ROWS", "PART", "KnownTrack", "Placement", "ScanRun", "StoredTrack"]

BATCH_ROWS = 500
PART = "only below "
"""How the note of a run begins that looked at a part of its folder."""

_STORED = "tracks.id, tracks.path, roots.path, content_key, mtime_ns, missing_since IS NOT NULL"
_SQL = {
    "around": "SELECT id, path FROM roots WHERE starts_with($path || '/', rtrim(path, '/') || '/')",
    "new_root": """
        INSERT INTO roots SELECT nextval('root_ids'), $path, $now RETURNING id""",
    "new_run": """
        INSERT INTO scan_runs (id, root_id, started_at)
        SELECT nextval('scan_run_ids'), $root_id, $now RETURNING id""",
    "last_run": """
        SELECT max(started_at) FROM scan_runs
        WHERE root_id = $root_id AND finished_at IS NOT NULL AND NOT cancelled""",
    "failed_before": """
        SELECT path, arg_max(outcome, run_id), arg_max(reason, run_id)
        FROM scan_outcomes JOIN scan_runs ON scan_runs.id = run_id
        WHERE root_id = $root_id AND path IN (SELECT path FROM failed) GROUP BY path""",
    "known": """
        SELECT path, id, file_bytes, mtime_ns, missing_since IS NOT NULL FROM tracks
        WHERE starts_with(path, $prefix) ORDER BY missing_since IS NOT NULL, id""",
    "any": "SELECT 1 FROM tracks WHERE starts_with(path, $prefix) LIMIT 1",
    "roots": "SELECT path FROM roots ORDER BY id",
    "at_paths": f"""
        SELECT {_STORED}, {TAG_COLUMNS} FROM tracks JOIN roots ON roots.id = root_id
        WHERE tracks.path IN (SELECT path FROM paths) ORDER BY missing_since IS NULL, tracks.id""",
    "twins": f"""
        SELECT {_STORED} FROM tracks JOIN roots ON roots.id = root_id
        WHERE content_key IN (SELECT key FROM keys) ORDER BY tracks.id""",
    "present_at": """
        SELECT path, id, added_at FROM tracks
        WHERE path IN (SELECT path FROM wanted) AND missing_since IS NULL""",
    "wanted_now": """
        SELECT id, path, added_at FROM tracks WHERE id IN (SELECT id FROM wanted)""",
    "new_ids": "SELECT nextval('track_ids') FROM range($count)",
    "drop_staged": "DELETE FROM tracks WHERE id IN (SELECT id FROM staged)",
    "insert_staged": f"""
        INSERT INTO tracks BY NAME
        SELECT staged.*, version AS measured_version, {", ".join(MEASURES)}
        FROM staged LEFT JOIN profiles USING (content_key)""",
    "lift": """
        CREATE OR REPLACE TEMP TABLE lifted AS SELECT * FROM tracks
        WHERE id IN (SELECT id FROM gone) AND missing_since IS NULL""",
    "drop_lifted": "DELETE FROM tracks WHERE id IN (SELECT id FROM lifted)",
    "put_back": "INSERT INTO tracks SELECT * REPLACE ($now AS missing_since) FROM lifted",
    "drop_temp": "DROP TABLE lifted",
    "drop_profiles": "DELETE FROM profiles WHERE content_key IN (SELECT key FROM outdated)",
    "revise": "UPDATE revisions SET number = number + 1 WHERE name = 'tracks'",
    "outcomes": """
        INSERT INTO scan_outcomes SELECT $run_id, path, outcome, reason FROM staged_outcomes""",
    "finish": f"""
        UPDATE scan_runs SET finished_at = $now, cancelled = $cancelled, problem = $problem,
            files_found = $found, {", ".join(f"files_{name} = ${name}" for name in OUTCOMES)}
        WHERE id = $run_id""",
    "drop_empty_albums": """
        DELETE FROM albums WHERE id NOT IN (
            SELECT album_id FROM tracks WHERE album_id IS NOT NULL)""",
}


class ScanRun:
    """One scan's place in the catalogue, from its beginning to its end.

    Parameters
    ----------
    catalogue : Catalogue
    root : str
        The folder's path. If it lies in a folder that was scanned, it is a part of that one.
    with_known : bool
        Whether `known` is looked up.

    Attributes
    ----------
    known : dict of str to KnownTrack
        All tracks below the folder, by path.
    roots : list of str
        The paths of all scanned folders, the first one scanned first.
    whole : bool
        Whether `root` is a scanned folder itself, and no part of one.
    before_ns : int
        When the scan before this one began; 0 if there was none.
    """

    def __init__(self, catalogue: Catalogue, root: str, *, with_known: bool = False) -> None:
        self._catalogue = catalogue
        self.root = root
        with catalogue.write() as s:
            around = s.rows(_SQL["around"], {"path": root.rstrip("/")})
            row = max(around, key=lambda found: len(found[1]), default=None)
            self.whole = row is None or row[1] == root
            row = row or s.row(_SQL["new_root"], {"path": root, "now": _now()})
            self._root_id = row[0] if row else 0
            ((before,),) = s.rows(_SQL["last_run"], {"root_id": self._root_id})
            self.before_ns = int(before.replace(tzinfo=UTC).timestamp() * 1e9) if before else 0
            self._id = s.rows(_SQL["new_run"], {"root_id": self._root_id, "now": _now()})[0][0]
            self.roots = [path for (path,) in s.rows(_SQL["roots"])]
            below = {"prefix": root.rstrip("/") + "/"}
            known = s.arrow(_SQL["known"], below) if with_known else None
        self.known: dict[str, KnownTrack] = {}
        if known is not None:
            columns = [column.to_pylist() for column in known.columns]
            for path, *values in zip(*columns, strict=True):
                self.known.setdefault(path, KnownTrack(*values))

    @staticmethod
    def knows_below(catalogue: Catalogue, root: str) -> bool:
        """Tell whether a track is known below a folder."""
        with catalogue.session() as s:
            return bool(s.rows(_SQL["any"], {"prefix": root.rstrip("/") + "/"}))

    def look_up(
        self, paths: Sequence[str], keys: Sequence[str]
    ) -> tuple[dict[str, StoredTrack], dict[str, list[StoredTrack]]]:
        """Return the tracks at some paths, with their tags, and those with some contents.

        Parameters
        ----------
        paths, keys : sequence of str

        Returns
        -------
        at_path : dict of str to StoredTrack
            Where one is missing and another is there, the one that is there.
        by_key : dict of str to list of StoredTrack
        """
        at_path: dict[str, StoredTrack] = {}
        by_key: dict[str, list[StoredTrack]] = {}
        with self._catalogue.session() as s:
            if paths:
                s.stage("paths", {"path": list(paths)})
                for id_, path, root, key, mtime_ns, missing, *tags in s.rows(_SQL["at_paths"]):
                    at_path[path] = StoredTrack(
                        id_, path, root, key, mtime_ns, missing, tuple(tags)
                    )
            if keys:
                s.stage("keys", {"key": list(keys)})
                for row in s.rows(_SQL["twins"]):
                    by_key.setdefault(row[3], []).append(StoredTrack(*row))
        return at_path, by_key

    def store(
        self,
        placements: Sequence[Placement],
        *,
        displaced: Iterable[int] = (),
        remeasure: Sequence[str] = (),
    ) -> None:
        """Write the rows of files that were read.

        Parameters
        ----------
        placements : sequence of Placement
            At most 500, each path and each track once.
        displaced : iterable of int
            Tracks whose name was taken by another: they are missing until they are found.
        remeasure : sequence of str
            Contents whose measurements no longer hold.
        """
        if not placements:
            return
        facts = [placement.facts for placement in placements]
        rows = map(attrgetter(*COLUMNS), facts)  # file by file: its columns have work in common
        columns = {n: list(c) for n, c in zip(COLUMNS, zip(*rows, strict=True), strict=True)}
        now = _now()
        with self._catalogue.write() as s:
            _mark_missing(s, list(displaced), now)
            if remeasure:
                s.stage("outdated", {"key": list(remeasure)})
                s.run(_SQL["drop_profiles"])
            ids = _claimed(s, placements)
            fresh = [path for path in columns["path"] if path not in ids]
            new_ids = s.rows(_SQL["new_ids"], {"count": len(fresh)}) if fresh else []
            ids |= {path: (id_, now) for path, (id_,) in zip(fresh, new_ids, strict=True)}
            columns["id"] = [ids[path][0] for path in columns["path"]]
            columns["added_at"] = [ids[path][1] for path in columns["path"]]
            columns["root_id"] = [self._root_id] * len(facts)
            columns["changed_at"] = [now] * len(facts)
            columns["album_id"] = album_ids(s, facts, now)
            s.stage("staged", columns)
            s.run(_SQL["drop_staged"])
            s.run(_SQL["insert_staged"])
            s.run(_SQL["revise"])

    def failed_before(self, paths: Sequence[str]) -> dict[str, str]:
        """Return which of some files failed when they were last told of, and why."""
        if not paths:
            return {}
        with self._catalogue.session() as s:
            s.stage("failed", {"path": list(paths)})
            rows = s.rows(_SQL["failed_before"], {"root_id": self._root_id})
        return {path: reason for path, outcome, reason in rows if outcome == "failed"}

    def mark_missing(self, ids: Sequence[int]) -> None:
        """Mark tracks whose files are gone; those marked before keep their time."""
        for start in range(0, len(ids), BATCH_ROWS):
            with self._catalogue.write() as s:
                _mark_missing(s, list(ids[start : start + BATCH_ROWS]), _now())
                s.run(_SQL["revise"])

    def finish(self, report: ScanReport) -> None:
        """Record how the scan ended, and every file that is not unchanged or skipped."""
        told = [o for o in report.outcomes if o.outcome not in ("unchanged", "skipped")]
        part = () if self.whole else (f"{PART}{self.root}",)
        ending: dict[str, object] = {
            "run_id": self._id,
            "now": _now(),
            "cancelled": report.cancelled,
            "problem": "; ".join((*part, *report.problems)) or None,
            "found": report.files_found,
        }
        ending |= {str(outcome): count for outcome, count in report.counts.items()}
        with self._catalogue.write() as s:
            if told:
                s.stage("staged_outcomes", _outcome_columns(told))
                s.run(_SQL["outcomes"], {"run_id": self._id})
                s.run(_SQL["drop_empty_albums"])
            s.run(_SQL["finish"], ending)


def _claimed(s: Session, placements: Sequence[Placement]) -> dict[str, tuple[int, datetime]]:
    """Ids and times added, by path, of the tracks that are there for these files."""
    wanted = {p.facts.path: p.track for p in placements if p.track}
    paths = [p.facts.path for p in placements]
    s.stage("wanted", {"path": paths, "id": [p.track and p.track.id for p in placements]})
    now_at = {id_: (path, added) for id_, path, added in s.rows(_SQL["wanted_now"])}
    claimed = {
        path: (track.id, now_at[track.id][1])
        for path, track in wanted.items()
        if track.id in now_at and now_at[track.id][0] == track.path
    }
    taken = {id_ for id_, _ in claimed.values()}
    for path, id_, added in s.rows(_SQL["present_at"]):
        if path not in claimed and id_ not in taken:  # another scan was here meanwhile
            claimed[path] = (id_, added)
    return claimed


def _mark_missing(s: Session, ids: list[int], now: datetime) -> None:
    if ids:
        s.stage("gone", {"id": ids})
        s.run(_SQL["lift"])
        s.run(_SQL["drop_lifted"])
        s.run(_SQL["put_back"], {"now": now})
        s.run(_SQL["drop_temp"])


def _outcome_columns(outcomes: Sequence[FileOutcome]) -> dict[str, list[Any]]:
    return {
        "path": [o.path_text for o in outcomes],
        "outcome": [o.outcome for o in outcomes],
        "reason": [o.reason for o in outcomes],
    }


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
