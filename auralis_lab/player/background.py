"""Work off the kernel's main thread, so that sound goes on while something is measured.

Conventions: in Voila a callback that takes long keeps credits waiting and silences the player.
Anything that reads a file, waits for the catalogue or measures runs here. What fails is logged
with a reference number, and the visitor is told one sentence with that number.
"""

from __future__ import annotations

import errno
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from auralis_lab.errors import AuralisLabError, DecodeError
from auralis_lab.player.faultlog import keep_log
from auralis_lab.precedence import behind, give_way

__all__ = ["Background", "fault"]

log = logging.getLogger(__name__)

_ADVICE = {
    errno.ENOENT: "the file is not where it was; connect its disk, or scan the library again",
    errno.EACCES: "the file may not be read; allow it, then try again",
    errno.EPERM: "the file may not be read; allow it, then try again",
    errno.ENOSPC: "the disk is full; make room, then try again",
    errno.EDQUOT: "the disk is full; make room, then try again",
}


class Background:
    """A few threads that do small jobs in order.

    Parameters
    ----------
    name : str
        Of the threads.
    workers : int
        How many jobs run at once.
    gives_way : bool
        Whether they wait while somebody waits for sound, see :mod:`auralis_lab.precedence`.
    """

    def __init__(self, name: str, workers: int = 1, *, gives_way: bool = False) -> None:
        self._gives_way = gives_way
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=f"auralis-{name}")

    def start(self, work: Callable[[], None], *, doing: str, failed: Callable[[str], None]) -> None:
        """Do `work` soon.

        Parameters
        ----------
        work : callable
            Runs in the context of the caller, so that what it sends reaches the same browser.
        doing : str
            What it is, for the sentence that reports a failure: ``'opening the track'``.
        failed : callable
            Called with that sentence.
        """

        def guarded() -> None:
            try:
                self._do(work)
            except Exception as error:  # it would vanish in the thread
                failed(fault(error, doing=doing))

        self._pool.submit(copy_context().run, guarded)

    def _do(self, work: Callable[[], None]) -> None:
        if not self._gives_way:
            work()
            return
        with behind():
            give_way()
            work()

    def close(self) -> None:
        """Forget jobs that have not begun."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def fault(error: BaseException, *, doing: str) -> str:
    """Log an error and return what a visitor may read of it.

    Parameters
    ----------
    error : exception
        Its traceback goes to ``log/player.log`` in the data folder.
    doing : str
        What failed, as in ``'measuring the track'``.

    Returns
    -------
    sentence : str
        One sentence without paths, and the reference under which the log has the rest.
    """
    reference = secrets.token_hex(3).upper()
    keep_log()
    log.error("%s failed, reference %s", doing, reference, exc_info=error)
    advice = _advice(error)
    if advice:
        reason = advice
    elif isinstance(error, DecodeError):
        reason = f"the file cannot be decoded ({error.reason})"
    elif isinstance(error, AuralisLabError) and "/" not in str(error):
        reason = str(error)
    else:
        reason = "something unexpected went wrong"
    return f"{doing[0].upper()}{doing[1:]} failed: {reason}. Reference {reference}."


def _advice(error: BaseException) -> str:
    """What is wrong with a file or a disk, and what to do; empty if it is something else."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in _ADVICE:
            return _ADVICE[seen.errno]
        seen = seen.__cause__ or seen.__context__
    return ""
