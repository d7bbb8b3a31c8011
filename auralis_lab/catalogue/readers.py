"""Processes that read files for a scan.

Reading tags is Python at work, so threads would share one core; and a malformed file may crash or
hang a decoder, which must not take the scan with it. So every reader is a process of its own,
``python -m auralis_lab.catalogue.readers``. It gets pickled lists of files on its standard input
and answers each with the list of what was read; when the input ends, so does the reader. A process
takes longer to start than a few files to read, so a few are read by the caller itself.
"""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeAlias

from auralis_lab.catalogue.reading import FileFacts, try_read_facts
from auralis_lab.catalogue.walk import FoundFile
from auralis_lab.errors import CatalogueError

__all__ = ["Reader", "read_all"]

Reading: TypeAlias = FileFacts | str

FEW_FILES = 16
MAX_READERS = 8
FILES_PER_MESSAGE = 8
PATIENCE_S = 120.0
"""A message that is not answered by then never will be."""


class Reader:
    """One process that reads files, started when first needed and again after it died."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, files: Sequence[FoundFile]) -> list[Reading]:
        """Return for each file its facts or why they cannot be had.

        Raises
        ------
        CatalogueError
            If no process can be started.
        """
        answer = self._ask(files)
        if isinstance(answer, list):
            return answer
        if len(files) == 1:
            return [answer]
        return [reading for file in files for reading in self.read([file])]

    def close(self) -> None:
        """End the process; whatever it reads at the moment is dropped."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()

    def _ask(self, files: Sequence[FoundFile]) -> list[Reading] | str:
        """Have files read; a text says how the process died of it."""
        process = self._process or self._started()
        late = threading.Timer(PATIENCE_S, process.kill)
        late.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            pickle.dump(list(files), process.stdin)
            process.stdin.flush()
            answer: list[Reading] = pickle.load(process.stdout)
            return answer
        except (OSError, EOFError, pickle.UnpicklingError):
            in_time = late.is_alive()
            self.close()
            code = process.returncode
            return f"crashed its reader (code {code})" if in_time else "takes too long to read"
        finally:
            late.cancel()

    def _started(self) -> subprocess.Popen[bytes]:
        package = Path(__file__).parents[2]  # where this very package is imported from
        path = os.pathsep.join(filter(None, (str(package), os.environ.get("PYTHONPATH"))))
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path},
            start_new_session=True,
        )
        assert process.stdout is not None
        if process.stdout.read(1) != b"\n":
            process.kill()
            process.communicate()
            raise CatalogueError(f"no process to read files starts (code {process.returncode})")
        self._process = process
        return process


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
    finally:
        pool.shutdown(cancel_futures=True)
        for reader in crew:
            reader.close()


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    answers.write(b"\n")
    answers.flush()
    with suppress(EOFError, BrokenPipeError):
        while True:
            files: list[FoundFile] = pickle.load(requests)
            pickle.dump([try_read_facts(file) for file in files], answers)
            answers.flush()


if __name__ == "__main__":
    own_output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what decoders print must not get between the answers
    _serve(sys.stdin.buffer, own_output)
