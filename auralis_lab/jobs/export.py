"""Enhance many tracks into a folder, several at once, here or by any executor.

Each file is written as :func:`auralis_lab.jobs.enhance.enhance_file` does, whole or not at all, in
a process of its own. What has been written is noted in the folder
(:mod:`auralis_lab.jobs.exportledger`), so a run that was cancelled or killed goes on where it was,
and a run with another sound replaces its own files and nobody else's. A file that cannot be
enhanced is told with its reason and never stops the rest.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeAlias

from auralis_lab.catalogue.finding.rows import TrackRow
from auralis_lab.catalogue.playlists.listing import WrittenTrack
from auralis_lab.catalogue.playlists.m3u import format_m3u
from auralis_lab.errors import EncodeError, ParameterError
from auralis_lab.io.encoding import encoding_for
from auralis_lab.io.leftovers import copy_name
from auralis_lab.jobs.crew import Crew, checked_workers
from auralis_lab.jobs.exporting import Exporter, ExportRequest, try_export
from auralis_lab.jobs.exportledger import ExportLedger
from auralis_lab.jobs.exportnames import export_names, fit_name
from auralis_lab.jobs.exportreport import Exported, ExportForm, ExportOutcome, ExportReport
from auralis_lab.jobs.requests import PlanRequest
from auralis_lab.jobs.variants import Enhanced
from auralis_lab.plan.model import PLAN_VERSION
from auralis_lab.render.renderer import ENGINE_VERSION

__all__ = ["export_tracks"]

Progress: TypeAlias = Callable[[int, int, str], None]
Cancel: TypeAlias = threading.Event | Callable[[], bool]

LOOK_S = 0.1


def export_tracks(
    tracks: Sequence[TrackRow],
    folder: str | os.PathLike[str],
    sound: Enhanced,
    form: ExportForm,
    *,
    roots: Sequence[str] = (),
    workers: int | None = None,
    executor: Executor | None = None,
    on_progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ExportReport:
    """Enhance tracks into a folder.

    Parameters
    ----------
    tracks : sequence of TrackRow
    folder : path-like
        Made if it is missing; its parent must be there.
    sound : Enhanced
        What is done to each track.
    form : ExportForm
    roots : sequence of str
        Folders of the library, for the layout ``'library'``.
    workers : int, optional
        How many at once, 1 to 64; by default one process per processor this process may use.
    executor : Executor, optional
        What works instead of processes of this machine; it must see the same files.
    on_progress : callable, optional
        Called with (tracks done, tracks wanted, output) after each one, from this thread. What it
        raises ends the run.
    cancel : threading.Event or callable returning bool, optional
        Asked ten times a second; once it is set or returns true, the run ends with what it has.

    Returns
    -------
    report : ExportReport

    Raises
    ------
    ParameterError
        If there is no track, or an argument is out of range; nothing is written then.
    EncodeError
        If the format is unknown, or the folder cannot be used.
    """
    if not tracks:
        raise ParameterError("tracks must hold at least one")
    PlanRequest(sound.preset, sound.intensity, sound.target_lufs, sound.ceiling_dbtp).check()
    suffix = f".{form.format.lower().removeprefix('.')}"
    encoding = encoding_for(f"x{suffix}")
    if form.bits not in (None, 16, 24) or (form.bits is not None and encoding.lossy):
        raise ParameterError(f"bits={form.bits!r} must be 16 or 24, for a format that has them")
    crew: _Crew = Crew(Exporter, try_export, checked_workers(workers, executor), executor)
    names = export_names(tracks, form.layout, suffix, roots)
    target = Path(folder).expanduser().absolute()
    _make(target)
    run = _Run(target, sound, form, crew, on_progress)
    stop = cancel.is_set if isinstance(cancel, threading.Event) else cancel or (lambda: False)
    began_s = time.monotonic()
    work = [(row, str(name)) for row, name in zip(tracks, names, strict=True)]
    cancelled = run.carry_out(work, checked_workers(workers, executor), stop)
    outcomes = tuple(run.outcomes[name] for _, name in work if name in run.outcomes)
    if form.playlist is not None:
        there = {o.track_id: o.output for o in outcomes if o.status != "failed"}
        _write_playlist(target, form.playlist, [(r, there[r.id]) for r in tracks if r.id in there])
    return ExportReport(target, outcomes, len(work), cancelled, time.monotonic() - began_s)


_Crew: TypeAlias = Crew[ExportRequest, Exported]


@dataclass
class _Run:
    """The state of one run."""

    folder: Path
    sound: Enhanced
    form: ExportForm
    crew: _Crew
    on_progress: Progress | None
    outcomes: dict[str, ExportOutcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._ledger = ExportLedger(self.folder)

    def carry_out(
        self, work: Sequence[tuple[TrackRow, str]], workers: int, cancel: Callable[[], bool]
    ) -> bool:
        """Enhance what is not there yet; return whether that was cancelled."""
        pool = ThreadPoolExecutor(workers, thread_name_prefix="auralis-export")
        pending: dict[Future[Exported | str], tuple[TrackRow, str]] = {}
        left = iter(work)
        more = True
        try:
            while (more or pending) and not cancel():
                if more and len(pending) < workers:
                    row, name = next(left, (None, ""))
                    more = row is not None
                    if row is not None and (request := self._begun(row, name, len(work))):
                        pending[pool.submit(self.crew.ask, request)] = (row, name)
                    continue
                for future in wait(pending, LOOK_S, FIRST_COMPLETED).done:
                    self._take(*pending.pop(future), future.result(), len(work))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            working = [future for future in pending if not future.cancelled()]
            while wait(working, LOOK_S).not_done:
                self.crew.interrupt()
            self.crew.close()
        return more or bool(pending)

    def _begun(self, row: TrackRow, name: str, wanted: int) -> ExportRequest | None:
        """Return what is to be done for a track, unless that is told already."""
        key, output = self._key(row), self.folder / name
        if self._ledger.is_done(name, key):
            self._ledger.finish(name, key)
            self._tell(ExportOutcome(row.id, output, "kept"), name, wanted)
            return None
        own = self._ledger.is_own(name)
        try:
            if os.path.lexists(output) and not (own or self.form.overwrite):
                raise EncodeError(output, "a file is there that no export has written")
            _make(output.parent, parents=True)
        except EncodeError as error:
            self._tell(ExportOutcome(row.id, output, "failed", error.reason), name, wanted)
            return None
        self._ledger.begin(name, key, time.time_ns())
        return ExportRequest(
            os.fspath(row.path),
            os.fspath(output),
            self.sound,
            bits=self.form.bits,
            duration_s=row.duration_s,
            overwrite=own or self.form.overwrite,
        )

    def _take(self, row: TrackRow, name: str, result: Exported | str, wanted: int) -> None:
        output = self.folder / name
        if isinstance(result, str):
            outcome = ExportOutcome(row.id, output, "failed", result)
        else:
            self._ledger.finish(name, self._key(row))
            outcome = ExportOutcome(row.id, output, "written", exported=result)
        self._tell(outcome, name, wanted)

    def _tell(self, outcome: ExportOutcome, name: str, wanted: int) -> None:
        self.outcomes[name] = outcome
        if self.on_progress is not None:
            self.on_progress(len(self.outcomes), wanted, str(outcome.output))

    def _key(self, row: TrackRow) -> str:
        """Name what is made of a track: same audio, same sound, same code, same key."""
        form = (self.form.format.lower(), self.form.bits)
        depends = [row.content_key, asdict(self.sound), form, PLAN_VERSION, ENGINE_VERSION]
        return hashlib.sha256(json.dumps(depends).encode()).hexdigest()


def _write_playlist(folder: Path, name: str, files: Sequence[tuple[TrackRow, Path]]) -> None:
    """Write the playlist of what was exported; one that an earlier run wrote is replaced."""
    entries = (
        WrittenTrack(
            os.fspath(file), row.title, row.artist, row.album, row.duration_s, row.track_number
        )
        for row, file in files
    )
    path = folder / f"{fit_name(name)}.m3u8"
    part = copy_name(path)
    try:
        part.write_bytes(format_m3u(name, entries, os.fspath(folder)))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise EncodeError(path, (error.strerror or str(error)).lower()) from error


def _make(folder: Path, *, parents: bool = False) -> None:
    try:
        folder.mkdir(parents=parents, exist_ok=True)
    except OSError as error:
        raise EncodeError(folder, (error.strerror or str(error)).lower()) from error
