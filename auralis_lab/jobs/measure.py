"""Measure all tracks of a library that have not been measured.

Files are measured in processes of their own or by an executor (:mod:`auralis_lab.jobs.crew`),
several at once, outside any unit of work, and what was measured is stored in batches. So a run that
is killed at any moment loses a few seconds of work and the next one goes on from there; a decoder
that crashes or hangs takes one file with it; memory does not grow with the library. Several runs at
once share the work.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeAlias

from auralis_lab.analysis.profile import PROFILE_VERSION
from auralis_lab.catalogue.sound.profiles import Measurement, UnmeasuredContent, UnmeasuredFile
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.catalogue.text import path_from_text, path_to_text
from auralis_lab.jobs.claims import Claims
from auralis_lab.jobs.crew import Crew, checked_workers
from auralis_lab.jobs.measuring import Measurer, Request, try_measure_file

__all__ = ["Cancel", "MeasureFailure", "MeasureReport", "Progress", "measure_library"]

Progress: TypeAlias = Callable[[int, int, str], None]
Cancel: TypeAlias = threading.Event | Callable[[], bool]

PAGE = 1_000
BATCH = 200
BATCH_S = 10.0
"""A batch is stored when it is full or this old."""
LOOK_S = 0.1
MAX_FAILURES = 10_000


@dataclass(frozen=True, slots=True)
class MeasureFailure:
    """A file that could not be measured.

    Attributes
    ----------
    path : str
        As the operating system opens it; `path_text` can always be printed.
    reason : str
    """

    path: str
    reason: str

    @property
    def path_text(self) -> str:
        """The path as text that can always be printed."""
        return path_to_text(self.path)


MOST_LISTED = 5  # failures in the printed report


@dataclass(frozen=True, slots=True)
class MeasureReport:
    """What a run has measured.

    Attributes
    ----------
    wanted : int
        Contents without a profile when the run began. Copies of one audio are one content.
    measured : int
        Contents that this run measured and stored.
    failed : int
        Contents of which no file could be measured. The next run tries them again.
    elsewhere : int
        Contents that somebody else measured or is measuring.
    failures : tuple of MeasureFailure
        Every file that could not be measured and why, 10,000 at most.
    cancelled : bool
        Whether the run ended early.
    duration_s : float
        Of the run.
    measured_s : float
        Length of the audio that was measured.
    """

    wanted: int
    measured: int
    failed: int
    elsewhere: int
    failures: tuple[MeasureFailure, ...]
    cancelled: bool
    duration_s: float
    measured_s: float

    def __repr__(self) -> str:
        failed = f", {self.failed:,} failed" if self.failed else ""
        return f"<MeasureReport {self.measured:,} of {self.wanted:,} measured{failed}>"

    def __str__(self) -> str:
        parts = [
            f"{self.measured:,} of {self.wanted:,} measured",
            f"{self.measured_s / 60:,.0f} min of audio in {self.duration_s:,.0f} s",
        ]
        if self.elsewhere:
            parts.append(f"{self.elsewhere:,} by others")
        if self.failed:
            parts.append(f"{self.failed:,} could not be")
        if self.cancelled:
            parts.append("cancelled")
        some = self.failures[:MOST_LISTED]
        listed = [f"failed    {each.path_text}  ({each.reason})" for each in some]
        return "\n".join([", ".join(parts), *listed])


def measure_library(
    catalogue: Catalogue,
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    on_progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> MeasureReport:
    """Measure every track that is there and has no profile of the current version.

    Parameters
    ----------
    catalogue : Catalogue
    workers : int, optional
        How many at once, 1 to 64; by default one process per processor this process may use.
    executor : Executor, optional
        What measures instead of processes of this machine. It must see the same files; envelopes
        are kept in the cache of the machine that measured.
    on_progress : callable, optional
        Called with (contents done, contents wanted, path) after each one, from this thread. What
        it raises ends the run.
    cancel : threading.Event or callable returning bool, optional
        Asked ten times a second; once it is set or returns true, the run ends with what it has.

    Returns
    -------
    report : MeasureReport
        A file that cannot be measured, or that holds other audio than when it was scanned, is
        among its failures.

    Raises
    ------
    ParameterError
        If `workers` is out of range, or the executor is none.
    CatalogueError
        If the catalogue cannot be used or no process starts; what was stored before stays.
    """
    workers = checked_workers(workers, executor)
    if isinstance(cancel, threading.Event):
        cancel = cancel.is_set
    crew: _Crew = Crew(Measurer, try_measure_file, workers, executor)
    run = _Run(catalogue, crew, workers, on_progress)
    return run.report(cancelled=run.carry_out(cancel or (lambda: False)))


_Crew: TypeAlias = Crew[Request, Measurement]
_Outcome: TypeAlias = tuple[Measurement | None, tuple[MeasureFailure, ...]]


class _Run:
    """The state of one run."""

    def __init__(
        self, catalogue: Catalogue, crew: _Crew, workers: int, on_progress: Progress | None
    ) -> None:
        self._began_s = time.monotonic()
        self._catalogue = catalogue
        self._on_progress = on_progress or (lambda done, wanted, path: None)
        self._crew = crew
        self._workers = workers
        path = catalogue.path
        self._claims = Claims.of(path.with_name(path.name + ".measuring"))
        self._wanted = catalogue.profiles.count_unmeasured(version=PROFILE_VERSION)
        self._pending: dict[Future[_Outcome], UnmeasuredContent] = {}
        self._batch: list[tuple[UnmeasuredContent, Measurement]] = []
        self._batch_since_s = self._began_s
        self._failures: list[MeasureFailure] = []
        self._measured = self._failed = self._elsewhere = 0
        self._measured_s = 0.0
        self._stopping = False

    def carry_out(self, cancel: Callable[[], bool]) -> bool:
        """Measure what is left; return whether that was cancelled."""
        contents = self._contents()
        pool = ThreadPoolExecutor(self._workers, thread_name_prefix="auralis-measure")
        more = True
        try:
            while (more or self._pending) and not cancel():
                if more and len(self._pending) < 2 * self._workers:
                    more = self._begin_next(contents, pool)
                    continue
                for future in wait(self._pending, LOOK_S, FIRST_COMPLETED).done:
                    self._take(self._pending.pop(future), future.result())
                self._store_when_due()
            self._store()
        finally:
            self._stop(pool)
        return more or bool(self._pending)

    def report(self, *, cancelled: bool) -> MeasureReport:
        """Sum up."""
        return MeasureReport(
            wanted=self._wanted,
            measured=self._measured,
            failed=self._failed,
            elsewhere=self._elsewhere,
            failures=tuple(self._failures),
            cancelled=cancelled,
            duration_s=time.monotonic() - self._began_s,
            measured_s=self._measured_s,
        )

    def _contents(self) -> Iterator[UnmeasuredContent]:
        profiles, after = self._catalogue.profiles, 0
        while page := profiles.unmeasured(PAGE, version=PROFILE_VERSION, after=after):
            yield from page
            after = page[-1].track_id

    def _begin_next(self, contents: Iterator[UnmeasuredContent], pool: ThreadPoolExecutor) -> bool:
        """Begin with the next content unless somebody else has; return whether there was one."""
        content = next(contents, None)
        if content is None:
            return False
        if not self._claims.take(content.track_id):
            self._elsewhere += 1
        elif self._catalogue.profiles.has([content.content_key], version=PROFILE_VERSION):
            self._claims.release(content.track_id)
            self._elsewhere += 1
        else:
            self._pending[pool.submit(self._measure, content)] = content
        return True

    def _measure(self, content: UnmeasuredContent) -> _Outcome:
        """Measure the first of a content's files with which that works."""
        failures: list[MeasureFailure] = []
        for file in content.files:
            if self._stopping:
                break
            result = self._crew.ask(Request(content.content_key, file, content.duration_s))
            if not isinstance(result, str):
                return result, tuple(failures)
            failures.append(_failure(file, result))
        return None, tuple(failures)

    def _take(self, content: UnmeasuredContent, outcome: _Outcome) -> None:
        measurement, failures = outcome
        self._failures += failures[: MAX_FAILURES - len(self._failures)]
        if measurement is None:
            self._failed += 1
            self._claims.release(content.track_id)
        else:
            self._batch.append((content, measurement))
            self._measured_s += measurement.duration_s or 0.0
        done = self._measured + len(self._batch) + self._failed + self._elsewhere
        path = path_from_text(content.files[0].path)
        self._on_progress(done, max(done, self._wanted), path)

    def _store_when_due(self) -> None:
        if not self._batch:
            self._batch_since_s = time.monotonic()
        elif len(self._batch) >= BATCH or time.monotonic() - self._batch_since_s > BATCH_S:
            self._store()

    def _store(self) -> None:
        self._catalogue.profiles.put_many([measurement for _, measurement in self._batch])
        for content, _ in self._batch:
            self._claims.release(content.track_id)
        self._measured += len(self._batch)
        self._batch.clear()

    def _stop(self, pool: ThreadPoolExecutor) -> None:
        """End all work and give up all claims."""
        self._stopping = True
        pool.shutdown(wait=False, cancel_futures=True)
        working = [future for future in self._pending if not future.cancelled()]
        while wait(working, LOOK_S).not_done:
            self._crew.interrupt()
        self._crew.close()
        for content in (*self._pending.values(), *(content for content, _ in self._batch)):
            self._claims.release(content.track_id)


def _failure(file: UnmeasuredFile, reason: str) -> MeasureFailure:
    return MeasureFailure(path_from_text(file.path), reason)
