"""How many streams may play at once on this machine, whichever processes they belong to.

There is one small file for each slot; who holds an exclusive ``flock`` on it has the slot. The
system drops the lock of a process that dies, however it dies, so a slot is always given back.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from types import TracebackType

from auralis_lab.errors import StreamLimitError
from auralis_lab.settings import settings

__all__ = ["Slot", "take_slot"]


class Slot:
    """One of the machine's slots, held until :meth:`release` or the end of the process."""

    def __init__(self, descriptor: int, number: int) -> None:
        self._descriptor: int | None = descriptor
        self.number = number

    def release(self) -> None:
        """Give the slot back; once is enough, more does no harm."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            # A forked child may still hold the descriptor: unlocking frees the slot all the same.
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)

    def __enter__(self) -> Slot:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def __del__(self) -> None:
        with contextlib.suppress(OSError, TypeError):
            self.release()


def take_slot() -> Slot:
    """Take a free slot of the ``max_concurrent_streams`` there are.

    Raises
    ------
    StreamLimitError
        If every slot is taken.
    """
    limit = settings().max_concurrent_streams
    folder = settings().cache_dir / "slots"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(limit):
        descriptor = os.open(folder / f"{number}.lock", os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            continue
        except BaseException:
            os.close(descriptor)
            raise
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        return Slot(descriptor, number)
    streams = "stream is" if limit == 1 else "streams are"
    raise StreamLimitError(
        f"{limit} {streams} playing, as many as this machine allows; stop one and try again"
    )
