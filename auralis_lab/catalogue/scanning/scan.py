"""Bring the catalogue in line with a folder of music.

A file is looked into if its name says audio and its size or time of change is not the one the
catalogue knows. Files are read outside any unit of work and stored in batches, so that a scan
killed at any moment leaves a consistent catalogue and the next one goes on from there. Nothing is
ever removed: a track whose file is gone is marked missing and comes back with its file. What is one
track is decided by the audio, see ``matching``.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from auralis_lab.catalogue.scanning.intake import BATCH_ROWS, ScanRun
from auralis_lab.catalogue.scanning.matching import Matching
from auralis_lab.catalogue.scanning.readers import read_all
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.scanning.report import FileOutcome, ScanReport
from auralis_lab.catalogue.scanning.walk import FoundFile, Walk, has_audio_suffix, walk
from auralis_lab.catalogue.session import load_staging
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.catalogue.text import path_from_text, path_to_text
from auralis_lab.errors import NotFoundError, ParameterError

__all__ = ["Cancel", "Progress", "scan"]

Progress: TypeAlias = Callable[[int, int, str], None]
Cancel: TypeAlias = threading.Event | Callable[[], bool]

BATCH_S = 2.0
"""A batch is stored when it is full or this old, so that slow disks lose little when killed."""


def scan(
    catalogue: Catalogue,
    folder: str | os.PathLike[str],
    *,
    on_progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ScanReport:
    """Find new, changed, moved and missing files below a folder.

    Parameters
    ----------
    catalogue : Catalogue
        Where the tracks go. Several scans may run at once.
    folder : path-like
        The folder, scanned with all below it. Hidden names are passed over. If it lies in a folder
        that was scanned before, it stays a part of that one.
    on_progress : callable, optional
        Called with (files done, files found, path) now and then, from this thread.
    cancel : threading.Event or callable returning bool, optional
        Asked after every file; once it is set or returns true, the scan ends early with what it
        has. It then marks nothing missing. Ctrl-C ends it as well, and what was read is stored.

    Returns
    -------
    report : ScanReport
        With an outcome for every file. A file that cannot be read is one of them. If `folder` is
        missing or empty while the catalogue knows tracks below it, they are left as they are and
        the report's `problems` say so.

    Raises
    ------
    NotFoundError
        If there is no such folder and no track is known below it.
    ParameterError
        If it is not a folder.
    CatalogueError
        If the catalogue cannot be used; what was stored before stays.
    """
    began_s = time.monotonic()
    root = os.path.realpath(os.path.expanduser(folder))
    if os.path.lexists(root) and not os.path.isdir(root):
        raise ParameterError(f"{path_to_text(root)} must be a folder")
    if not os.path.isdir(root) and not ScanRun.knows_below(catalogue, path_to_text(root)):
        raise NotFoundError(f"there is no folder {path_to_text(root)}")
    run = ScanRun(catalogue, path_to_text(root), with_known=True)
    catalogue.roots.note(run.roots)
    tree = walk(root)
    work = _Scan(run, on_progress, cancel)
    work.look_at(tree.files)
    work.matching.settle()
    problems = [f"cannot list {path_to_text(p)}: {why}" for p, why in tree.unreadable.items()]
    if run.known and not tree.files:
        left = f"its {len(run.known)} known tracks were left as they are"
        problems = [f"{path_to_text(root)} is missing or empty: {left}", *problems]
    elif not work.cancelled:
        work.mark_missing(tree)
    report = ScanReport(
        root=Path(root),
        outcomes=work.outcomes(tree.files),
        files_found=len(tree.files),
        problems=tuple(problems),
        cancelled=work.cancelled,
        duration_s=time.monotonic() - began_s,
    )
    run.finish(report)
    return report


class _Scan:
    """The state of one scan: which file has which outcome so far."""

    def __init__(
        self,
        run: ScanRun,
        on_progress: Progress | None,
        cancel: Cancel | None,
    ) -> None:
        self._run = run
        self._known = run.known
        self._on_progress = on_progress or (lambda done, total, path: None)
        self._cancel = cancel.is_set if isinstance(cancel, threading.Event) else cancel
        self._found: dict[str, FileOutcome] = {}
        self._missing: list[FileOutcome] = []
        self.matching = Matching(run, self._found)
        self.cancelled = False

    def outcomes(self, files: Sequence[FoundFile]) -> tuple[FileOutcome, ...]:
        """Return the outcomes in the order of the files, then the missing ones."""
        failed = [path_to_text(p) for p, o in self._found.items() if o.outcome == "failed"]
        reasons = self._run.failed_before(failed)
        found = (self._found.get(file.path) for file in files)
        told = (
            replace(o, again=True) if o.outcome == "failed" and reasons.get(o.path_text) == o.reason
            else o
            for o in found
            if o
        )  # fmt: skip
        return (*told, *self._missing)

    def look_at(self, files: Sequence[FoundFile]) -> None:
        """Give every file its outcome and store what was read."""
        unread = [file for file in files if not self._settled_unread(file)]
        self.matching.expect(unread)
        if unread:  # meanwhile the first files are read
            threading.Thread(target=load_staging, name="auralis-staging", daemon=True).start()
        done = len(files) - len(unread)
        self._on_progress(done, len(files), path_from_text(self._run.root))
        batch: list[tuple[FoundFile, FileFacts]] = []
        stored_s = time.monotonic()
        try:
            with closing(read_all(unread)) as readings:
                for file, facts in readings:
                    if isinstance(facts, str):
                        self._found[file.path] = FileOutcome(file.path, "failed", facts)
                    else:
                        batch.append((file, facts))
                    done += 1
                    self._on_progress(done, len(files), file.path)
                    if len(batch) == BATCH_ROWS or time.monotonic() - stored_s > BATCH_S:
                        self.matching.take(batch)
                        batch, stored_s = [], time.monotonic()
                    if self._cancel and self._cancel():
                        self.cancelled = True
                        break
            self.matching.take(batch)
        except KeyboardInterrupt:  # even while a batch was stored: then nothing of it was
            self.matching.take(batch)
            raise

    def _settled_unread(self, file: FoundFile) -> bool:
        """Give a file its outcome if that takes no look into it."""
        known = self._known.get(path_to_text(file.path))
        if not has_audio_suffix(file.path):
            reason = file.problem or "no audio file by its name"
            outcome = FileOutcome(file.path, "skipped", reason, self._is_untouched(file))
        elif file.problem:
            outcome = FileOutcome(file.path, "failed", file.problem)
        elif (
            known
            and not known.missing
            and (known.file_bytes, known.mtime_ns) == (file.file_bytes, file.mtime_ns)
        ):
            outcome = FileOutcome(file.path, "unchanged")
        else:
            return False
        self._found[file.path] = outcome
        return True

    def _is_untouched(self, file: FoundFile) -> bool:
        """Tell whether the scan before this one has seen a file as it is."""
        return not file.problem and 0 < file.touched_ns < self._run.before_ns

    def mark_missing(self, tree: Walk) -> None:
        """Mark the known tracks that were not found where all folders could be listed."""
        there = {path_to_text(file.path) for file in tree.files}
        hidden = tuple(path_to_text(folder).rstrip("/") + "/" for folder in tree.unreadable)
        gone = {
            path: track.id
            for path, track in self._known.items()
            if path not in there
            and track.id not in self.matching.moved_ids
            and not path.startswith(hidden)
        }
        gone |= self.matching.displaced
        self._run.mark_missing(list(gone.values()))
        self._missing = [
            FileOutcome(
                path_from_text(path),
                "missing",
                "another file has its name" if path in there else None,
                again=path in self._known and self._known[path].missing,
            )
            for path in sorted(gone)
        ]
