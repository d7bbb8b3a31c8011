"""Who carries requests out, several at once: processes of this machine, or any executor.

An executor is what :mod:`concurrent.futures` calls one. A pool of threads or processes is, and so
is ``distributed.Client(address).get_executor()``: a cluster of machines that see the same files.
"""

from __future__ import annotations

import os
import queue
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from typing import Generic, TypeVar

from auralis_lab.catalogue.scanning.workers import Worker
from auralis_lab.catalogue.text import clean
from auralis_lab.errors import ParameterError

__all__ = ["MAX_WORKERS", "Crew", "checked_workers"]

MAX_WORKERS = 64

Request = TypeVar("Request")
Result = TypeVar("Result")


def checked_workers(workers: int | None, executor: Executor | None = None) -> int:
    """Return how many requests are carried out at once.

    Parameters
    ----------
    workers : int, optional
        1 to 64; by default one per processor this process may use, and 64 with an executor, which
        knows itself how many it works on.
    executor : Executor, optional

    Raises
    ------
    ParameterError
        If the number is out of range, or the executor has no ``submit``.
    """
    if executor is not None and not callable(getattr(executor, "submit", None)):
        raise ParameterError(f"executor={executor!r} must be a concurrent.futures.Executor")
    if workers is None:
        return MAX_WORKERS if executor else min(len(os.sched_getaffinity(0)), MAX_WORKERS)
    if type(workers) is not int or not 1 <= workers <= MAX_WORKERS:
        raise ParameterError(f"workers={workers!r} must be a whole number from 1 to {MAX_WORKERS}")
    return workers


class Crew(Generic[Request, Result]):
    """Those who carry requests out; :meth:`ask` may be called from as many threads.

    Parameters
    ----------
    worker : callable
        Makes a worker process.
    work : callable
        ``work(request)`` does in an executor what such a process does. It and the requests are
        pickled there, and it returns a text rather than raise.
    workers : int
        How many requests at once.
    executor : Executor, optional
        By default processes of this machine.
    """

    def __init__(
        self,
        worker: Callable[[], Worker[Request, Result]],
        work: Callable[[Request], Result | str],
        workers: int,
        executor: Executor | None = None,
    ) -> None:
        self._work = work
        self._executor = executor
        self._workers = () if executor else tuple(worker() for _ in range(workers))
        self._idle: queue.SimpleQueue[Worker[Request, Result]] = queue.SimpleQueue()
        for each in self._workers:
            self._idle.put(each)
        self._asked: set[Future[Result | str]] = set()

    def ask(self, request: Request) -> Result | str:
        """Return what came of a request, or a text that says why nothing did."""
        if self._executor is not None:
            return self._ask_executor(self._executor, request)
        worker = self._idle.get()
        try:
            return worker.ask([request])[0]
        finally:
            self._idle.put(worker)

    def interrupt(self) -> None:
        """End what is worked on; who waits for it is told that it was ended."""
        for worker in self._workers:
            worker.interrupt()
        for future in list(self._asked):
            future.cancel()

    def close(self) -> None:
        """End the processes; an executor is left as it was."""
        for worker in self._workers:
            worker.close()

    def _ask_executor(self, executor: Executor, request: Request) -> Result | str:
        try:
            future = executor.submit(self._work, request)
        except Exception as error:  # each kind of executor has its own
            return f"could not be handed on: {_told(error)}"
        self._asked.add(future)
        try:
            return future.result()
        except CancelledError:
            return "was ended"
        except Exception as error:  # whatever befell the process that had it
            return f"ended its process: {_told(error)}"
        finally:
            self._asked.discard(future)


def _told(error: Exception) -> str:
    return (clean(f"{type(error).__name__}: {error}") or "no reason given")[:500]
