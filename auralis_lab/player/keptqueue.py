"""A queue that is kept: a value in memory, and the store it is saved to.

Conventions: a change takes effect at once and is saved soon after, off the caller's thread. If
somebody else has saved the queue meanwhile, what was done here since the last save is done again to
theirs; what is no longer possible there is left out.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from auralis_lab.errors import AuralisLabError, CatalogueError
from auralis_lab.player.background import Background
from auralis_lab.player.queueshape import QueueStore, QueueValue

__all__ = ["KeptQueue", "Operation"]

MAX_REBASES = 5

Operation: TypeAlias = Callable[[QueueValue], QueueValue]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Done:
    """An operation that is not saved yet."""

    operation: Operation
    replaceable: bool


class KeptQueue:
    """The value of a queue, and what of it is not saved yet.

    Parameters
    ----------
    store : QueueStore
        Loads and saves it.
    name : str
        Under which it is kept.
    save_after_s : float
        How long changes are gathered before they are saved.
    changed : callable
        Told the value before and after when somebody else has changed the queue.
    failed : callable
        Told in one sentence when it cannot be saved; the queue goes on without.
    """

    def __init__(
        self,
        store: QueueStore,
        name: str,
        *,
        save_after_s: float,
        changed: Callable[[QueueValue, QueueValue], None],
        failed: Callable[[str], None],
    ) -> None:
        self.name = name
        self.value = store.load(name)
        self._store = store
        self._changed = changed
        self._failed = failed
        self._save_after_s = save_after_s
        self._lock = threading.RLock()
        self._saving = threading.Lock()
        self._hurry = threading.Event()
        self._unsaved: list[_Done] = []
        self._save_waits = False
        self._background = Background("queue", gives_way=True)

    @property
    def saved(self) -> bool:
        """Whether nothing is left to be saved."""
        return not self._unsaved

    def apply(
        self, operation: Operation, *, replaceable: bool = False
    ) -> tuple[QueueValue, QueueValue]:
        """Change the value.

        Parameters
        ----------
        operation : callable
            Makes another value of one; may be called again with theirs.
        replaceable : bool
            Whether a later one of its kind makes it superfluous.

        Returns
        -------
        before, after : QueueValue
        """
        with self._lock:
            before = self.value
            after = operation(before)
            if after != before:
                self.value = after
                if replaceable and self._unsaved and self._unsaved[-1].replaceable:
                    self._unsaved.pop()
                self._unsaved.append(_Done(operation, replaceable))
        return before, after

    def save(self) -> None:
        """Save now what is not saved yet; raises what the store raises."""
        with self._saving:
            for _ in range(MAX_REBASES):
                with self._lock:
                    value, count = self.value, len(self._unsaved)
                if not count:
                    return
                try:
                    saved = self._store.save(self.name, value)
                except CatalogueError as error:
                    theirs: QueueValue | None = getattr(error, "theirs", None)
                    if theirs is None:
                        raise
                    self._rebase(theirs)
                else:
                    with self._lock:
                        del self._unsaved[:count]
                        self.value = self._redone(saved)
                    return
            raise CatalogueError("the queue is changed elsewhere all the time")

    def save_soon(self) -> None:
        """Save what is not saved yet, and do not wait for it."""
        with self._lock:
            if self._save_waits or self.saved:
                return
            self._save_waits = True

        def work() -> None:
            self._hurry.wait(self._save_after_s)
            self._save_waits = False
            self.save()

        self._background.start(work, doing="saving the queue", failed=self._failed)

    def look_again(self) -> None:
        """Take up what somebody else has saved meanwhile; raises what the store raises."""
        with self._saving:
            theirs = self._store.load(self.name)
            if theirs != self.value:
                self._rebase(theirs)

    def close(self) -> None:
        """Save what is left, and stop."""
        self._hurry.set()
        try:
            self.save()
        except AuralisLabError:
            log.exception("queue %r could not be saved", self.name)
        self._background.close()

    def _rebase(self, theirs: QueueValue) -> None:
        with self._lock:
            before = self.value
            after = self.value = self._redone(theirs)
        self._changed(before, after)

    def _redone(self, value: QueueValue) -> QueueValue:
        """Do everything unsaved to a value."""
        for done in tuple(self._unsaved):
            try:
                value = done.operation(value)
            except AuralisLabError:
                self._unsaved.remove(done)
        return value
