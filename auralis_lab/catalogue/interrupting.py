"""Ctrl-C while DuckDB works: all of its threads stop, not just the one that waits.

By itself DuckDB leaves a statement when a signal came in, and then waits for its other threads;
one that has the whole of a long statement to do would work on to its end.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

    import duckdb

__all__ = ["interruptible"]


@contextmanager
def interruptible(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Have Ctrl-C stop what a connection does in this block.

    Outside the main thread, where no signal arrives, and where Ctrl-C is ignored or is not Python's
    to handle, nothing is changed; a handler that lets the work go on is obeyed.

    Raises
    ------
    KeyboardInterrupt
        Whatever DuckDB makes of it.
    """
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return
    before, stopped = handler, False

    def stop(number: int, frame: FrameType | None) -> object:
        nonlocal stopped
        try:
            return before(number, frame)
        except BaseException:
            stopped = True
            connection.interrupt()
            raise

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    except Exception as error:
        if stopped:
            raise KeyboardInterrupt from error
        raise
    finally:
        if signal.getsignal(signal.SIGINT) is stop:
            signal.signal(signal.SIGINT, before)
