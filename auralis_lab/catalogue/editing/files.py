"""What edits ask of the catalogue about files, and how its rows follow them."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from auralis_lab.catalogue.editing.records import Stamp
from auralis_lab.catalogue.editing.swap import stamp_of
from auralis_lab.catalogue.scanning.intake import BATCH_ROWS, Placement, ScanRun
from auralis_lab.catalogue.scanning.readers import read_all
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.scanning.report import FileOutcome, ScanReport
from auralis_lab.catalogue.scanning.walk import FoundFile
from auralis_lab.catalogue.text import path_from_text

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["FoundTrack", "reread", "tracks_of"]

_SQL = {
    "tracks": """
        SELECT tracks.id, tracks.path, roots.path, file_bytes, mtime_ns,
            missing_since IS NOT NULL
        FROM tracks LEFT JOIN roots ON roots.id = root_id
        WHERE tracks.id IN (SELECT unnest($ids))""",
}


@dataclass(frozen=True, slots=True)
class FoundTrack:
    """Where a track's file is, and the scanned folder it belongs to, as stored text."""

    id: int
    path_text: str
    root_text: str
    stamp: Stamp
    missing: bool

    @property
    def path(self) -> str:
        """As the operating system opens it."""
        return path_from_text(self.path_text)


def tracks_of(catalogue: Catalogue, ids: Iterable[int]) -> dict[int, FoundTrack]:
    """Return the tracks that there are of some ids."""
    with catalogue.session() as s:
        rows = s.rows(_SQL["tracks"], {"ids": list(ids)})
    return {
        id_: FoundTrack(id_, path, root or os.path.dirname(path), (size, mtime_ns), missing)
        for id_, path, root, size, mtime_ns, missing in rows
    }


def reread(catalogue: Catalogue, found: Iterable[FoundTrack]) -> None:
    """Bring the rows of tracks in line with their files, the way a scan does.

    Files that are gone or cannot be read are left to the next scan.
    """
    by_root: dict[str, list[FoundTrack]] = defaultdict(list)
    for track in found:
        by_root[track.root_text].append(track)
    for root, tracks in by_root.items():
        files = [file for track in tracks if (file := _if_changed(track))]
        if files:
            _store(catalogue, root, files)


def _if_changed(track: FoundTrack) -> FoundFile | None:
    """Return the file of a track if it is another one than the catalogue knows."""
    try:
        stamp = stamp_of(track.path)
    except OSError:
        return None
    return None if stamp == track.stamp else FoundFile(track.path, *stamp)


def _store(catalogue: Catalogue, root: str, files: list[FoundFile]) -> None:
    began_s = time.monotonic()
    run = ScanRun(catalogue, root)
    outcomes = []
    facts: list[FileFacts] = []
    for file, reading in read_all(files):
        if isinstance(reading, str):
            outcomes.append(FileOutcome(file.path, "failed", reading))
        else:
            facts.append(reading)
            outcomes.append(FileOutcome(file.path, "retagged"))
    for start in range(0, len(facts), BATCH_ROWS):
        part = facts[start : start + BATCH_ROWS]
        at_path, _ = run.look_up([fact.path for fact in part], [])
        run.store([Placement(fact, at_path.get(fact.path)) for fact in part])
    run.finish(
        ScanReport(
            root=Path(path_from_text(root)),
            outcomes=tuple(outcomes),
            files_found=len(files),
            problems=(),
            cancelled=True,  # it was not a scan of the whole folder
            duration_s=time.monotonic() - began_s,
        )
    )
