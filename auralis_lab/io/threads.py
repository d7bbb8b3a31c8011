"""Work in sequence that a second processor shares: made ahead of who takes it, or done behind.

Both keep the order, hold a few items at most, and raise what went wrong on the other side where
the items are taken or given. With one processor there is no thread: handing over would only cost.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Generic, TypeVar

__all__ = ["Behind", "ahead", "processors"]

HELD = 3
"""Items that wait at most, beside the one being made and the one in use."""

Item = TypeVar("Item")


def processors() -> int:
    """Number of processors that this process may use."""
    return len(os.sched_getaffinity(0))


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Yield the same items, made by a thread of their own.

    Parameters
    ----------
    items : iterator
        Run to its end, or closed, by the thread. What it raises is raised here, after the items
        before it.
    """
    if processors() < 2:
        yield from items
        return
    ready: queue.Queue[tuple[Item] | BaseException | None] = queue.Queue(HELD)
    unwanted = threading.Event()

    def make() -> None:
        end: BaseException | None = None
        try:
            for item in items:
                ready.put((item,))
                if unwanted.is_set():
                    break
        except BaseException as error:
            end = error
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()
            ready.put(end)

    maker = threading.Thread(target=make, name="auralis-ahead", daemon=True)
    maker.start()
    end: tuple[Item] | BaseException | None = ()  # type: ignore[assignment]
    try:
        while isinstance(end := ready.get(), tuple):
            yield end[0]
        if end is not None:
            raise end
    finally:
        unwanted.set()
        while isinstance(end, tuple):
            end = ready.get()
        maker.join()


class Behind(Generic[Item]):
    """Does something with each item in a thread of its own, in order; a context manager.

    Leaving it waits for what is left to be done, or after an exception drops it.

    Parameters
    ----------
    do : callable
        Called with each item. After it has raised nothing more is done.
    """

    def __init__(self, do: Callable[[Item], object]) -> None:
        self._do = do
        self._error: BaseException | None = None
        self._waiting: queue.Queue[tuple[Item] | None] = queue.Queue(HELD)
        self._doer: threading.Thread | None = None

    def put(self, item: Item) -> None:
        """Hand over an item; it must not be changed afterwards.

        Raises
        ------
        BaseException
            What an earlier item led to.
        """
        if self._doer is None and processors() < 2:
            self._do(item)
            return
        if self._doer is None:
            self._doer = threading.Thread(target=self._run, name="auralis-behind", daemon=True)
            self._doer.start()
        self._waiting.put((item,))
        if self._error is not None:
            raise self._error

    def __enter__(self) -> Behind[Item]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._doer is None:
            return
        if kind is not None:
            self._do = lambda item: None
        self._waiting.put(None)
        self._doer.join()
        if kind is None and self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (item := self._waiting.get()) is not None:
            if self._error is not None:
                continue
            try:
                self._do(*item)
            except BaseException as error:  # raised where items are put
                self._error = error
