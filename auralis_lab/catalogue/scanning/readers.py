"""Reading the files of a scan, many at once.

Reading tags is Python at work, so threads would share one core; and a malformed file may crash or
hang a decoder, which must not take the scan with it. So every reader is a process of its own. It
takes longer to start than a few files to read, so a few are read by the caller itself.
"""

from __future__ import annotations

import os
import queue
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeAlias

from auralis_lab.catalogue.scanning.reading import FileFacts, try_read_facts
from auralis_lab.catalogue.scanning.walk import FoundFile
from auralis_lab.catalogue.scanning.workers import Worker, serve

__all__ = ["Reader", "read_all"]

Reading: TypeAlias = FileFacts | str

FEW_FILES = 16
MAX_READERS = 8
FILES_PER_MESSAGE = 8
PATIENCE_S = 120.0
"""A message that is not answered by then never will be."""


class Reader(Worker[FoundFile, FileFacts]):
    """One process that reads files."""

    module = __name__

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
    crew = [Reader() for _ in range(count)]
    idle: queue.SimpleQueue[Reader] = queue.SimpleQueue()
    for reader in crew:
        reader.start()
        idle.put(reader)

    def read(message: Sequence[FoundFile]) -> list[Reading]:
        reader = idle.get()
        try:
            return reader.read(message)
        finally:
            idle.put(reader)

    pool = ThreadPoolExecutor(count, thread_name_prefix="auralis-scan")
    pending: deque[tuple[Sequence[FoundFile], Future[list[Reading]]]] = deque()
    try:
        for message in messages:
            pending.append((message, pool.submit(read, message)))
            if len(pending) > 3 * count:
                first, future = pending.popleft()
                yield from zip(first, future.result(), strict=True)
        for first, future in pending:
            yield from zip(first, future.result(), strict=True)
    except KeyboardInterrupt:  # what has been read need not be read again
        for first, future in pending:
            if future.done() and not future.cancelled() and future.exception() is None:
                yield from zip(first, future.result(), strict=True)
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        for reader in crew:
            reader.close()


if __name__ == "__main__":
    from auralis_lab.io import payload, source, tagreading  # noqa: F401 - while the caller walks on

    serve(try_read_facts)
