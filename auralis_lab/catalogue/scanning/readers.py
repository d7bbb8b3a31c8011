"""Reading the files of a scan, many at once.

Reading tags is Python at work, so threads would share one core; and a malformed file may crash or
hang a decoder, which must not take the scan with it. So every reader is a process of its own. It
takes longer to start than hundreds of plain files take to read, and those need no decoder: they are
read by the caller itself wherever no reader has taken them yet. So are all of a few files.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from auralis_lab.catalogue.scanning.filereading import try_read_facts, try_read_plain
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.scanning.walk import FoundFile
from auralis_lab.catalogue.scanning.workers import Worker, serve
from auralis_lab.errors import CatalogueError
from auralis_lab.io.forward import cuts_folder

__all__ = ["Reader", "read_all"]

Reading: TypeAlias = FileFacts | str

FEW_FILES = 16
MANY_FILES = 1_000
"""From here on readers are worth their start even where no file needs a decoder."""
MAX_READERS = 8
FILES_PER_MESSAGE = 8
COMMON_TAGS = ("FLAC", "ID3")
LOOK_AHEAD = 64
"""Messages under way, so that readers have work while the caller stores a batch."""
PATIENCE_S = 120.0
"""A message that is not answered by then never will be."""


class Reader(Worker[FoundFile, FileFacts]):
    """One process that reads files."""

    module = __name__

    def __init__(self) -> None:
        super().__init__()
        self.arguments = (os.fspath(cuts_folder()),)

    def patience_s(self, requests: Sequence[FoundFile]) -> float:
        """Return how long to wait for an answer."""
        return PATIENCE_S

    def read(self, files: Sequence[FoundFile]) -> list[Reading]:
        """Return for each file its facts or why they cannot be had.

        Raises
        ------
        CatalogueError
            If no process can be started.
        """
        return self.ask(files)


def read_all(
    files: Sequence[FoundFile], *, readers: int | None = None
) -> Generator[tuple[FoundFile, Reading], None, None]:
    """Read files, many of them in several processes, and yield what was read, in order.

    Parameters
    ----------
    files : sequence of FoundFile
    readers : int, optional
        Number of processes; by default one per processor this process may use, 8 at most.

    Raises
    ------
    CatalogueError
        If no process can be started.
    """
    if len(files) <= FEW_FILES:
        yield from ((file, try_read_facts(file)) for file in files)
        return
    messages = [files[i : i + FILES_PER_MESSAGE] for i in range(0, len(files), FILES_PER_MESSAGE)]
    count = min(readers or len(os.sched_getaffinity(0)), MAX_READERS, len(messages))
    with _Crew(count) as crew:
        hurry = len(files) > MANY_FILES or not all(map(_is_plain, files))
        pending: deque[tuple[Sequence[FoundFile], Future[list[Reading]] | None]] = deque()
        waiting = iter(messages)
        try:
            while True:
                for message in islice(waiting, LOOK_AHEAD - len(pending)):
                    pending.append((message, crew.begin(message) if hurry else None))
                if not pending:
                    return
                first, future = pending.popleft()
                if future is None or (all(map(_is_plain, first)) and future.cancel()):
                    yield from ((file, _read_here(file, crew)) for file in first)
                else:
                    yield from zip(first, future.result(), strict=True)
        except KeyboardInterrupt:  # what has been read need not be read again
            for first, future in pending:
                if future and future.done() and not (future.cancelled() or future.exception()):
                    yield from zip(first, future.result(), strict=True)
            raise


def _is_plain(file: FoundFile) -> bool:
    """Tell whether a file's name says that it may be read without a decoder."""
    return file.path.lower().endswith((".flac", ".wav"))


def _read_here(file: FoundFile, crew: _Crew) -> Reading:
    reading = try_read_plain(file)
    return crew.begin([file]).result()[0] if reading is None else reading


class _Crew:
    """Readers that take messages in turn, each beside a thread; none before the first message."""

    def __init__(self, count: int) -> None:
        self._readers: list[Reader] = []
        self._own = threading.local()
        self._pool = ThreadPoolExecutor(
            count, thread_name_prefix="auralis-scan", initializer=self._join
        )

    def begin(self, files: Sequence[FoundFile]) -> Future[list[Reading]]:
        """Have files read by whichever reader is free first."""
        return self._pool.submit(self._read, files)

    def _join(self) -> None:
        reader = self._own.reader = Reader()
        self._readers.append(reader)
        with suppress(CatalogueError):  # then the first message says so
            reader.ready()

    def _read(self, files: Sequence[FoundFile]) -> list[Reading]:
        reader: Reader = self._own.reader
        return reader.read(files)

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        for reader in self._readers:
            reader.close()


if __name__ == "__main__":
    from auralis_lab.io import headers, payload, source, tagreading, tagsources  # noqa: F401
    from auralis_lab.io.forward import keep_cuts_in

    keep_cuts_in(Path(sys.argv[1]))
    for container in COMMON_TAGS:  # while the caller walks on
        tagsources.mutagen_class(container)
    serve(try_read_facts)
