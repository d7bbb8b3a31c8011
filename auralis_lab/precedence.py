"""What is to sound goes before what is only to be seen.

Who waits for sound says so by :func:`urgent`; work that nobody listens to is done :func:`behind`
and gives way before each block of audio that it reads. No work is held up for longer than
:data:`LONGEST_S` by one urgency, so nothing can wait for ever. All of it is within a process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["LONGEST_S", "Urgency", "behind", "give_way", "urgent"]

LONGEST_S = 3.0


class Urgency:
    """Somebody waits for sound, until :meth:`over` or for so long at most.

    Parameters
    ----------
    at_most_s : float
        Greater than 0.
    """

    def __init__(self, at_most_s: float) -> None:
        self.until_s = time.monotonic() + at_most_s

    def over(self) -> None:
        """Let other work go on; once is enough, more does no harm."""
        with _changed:
            _urgencies.discard(self)
            _changed.notify_all()


def urgent(at_most_s: float = LONGEST_S) -> Urgency:
    """Have work behind wait until this is over.

    Examples
    --------
    >>> opening = urgent()
    >>> opening.over()
    """
    urgency = Urgency(min(at_most_s, LONGEST_S))
    with _changed:
        _urgencies.add(urgency)
    return urgency


@contextmanager
def behind() -> Iterator[None]:
    """Do the work of this thread behind: it gives way wherever it reads audio."""
    before = getattr(_thread, "behind", False)
    _thread.behind = True
    try:
        yield
    finally:
        _thread.behind = before


def give_way() -> None:
    """Wait while something is urgent, if this thread works behind; else return at once."""
    if not _urgencies or not getattr(_thread, "behind", False):
        return
    with _changed:
        while _urgencies:
            left_s = max(each.until_s for each in _urgencies) - time.monotonic()
            if left_s <= 0:
                _urgencies.clear()
            else:
                _changed.wait(left_s)


_changed = threading.Condition()
_urgencies: set[Urgency] = set()
_thread = threading.local()
