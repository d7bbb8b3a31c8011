"""Keep the catalogue attached for a moment after a unit of work, in case another follows.

To attach the file takes longer than most questions to it. So the right to it and its attachment
are *parked* for a short while instead of being given up, and the next unit of work of this process
goes on with them. As soon as anybody queues, a thread that watches gives up what is parked.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from contextlib import ExitStack
from dataclasses import dataclass

from auralis_lab.catalogue.instance import Instance
from auralis_lab.catalogue.lease import Lease
from auralis_lab.catalogue.session import Session

__all__ = ["Grip", "Hold"]

WRITE_HOLD_S = 0.05
READ_HOLD_S = 2.0
"""Longer, because it keeps nobody from reading and the rows that were read in memory: whoever types
a search asks again in a moment."""
LOOK_S = 0.001

_holds: weakref.WeakSet[Hold] = weakref.WeakSet()


def _give_up_all() -> None:
    """Detach before a fork: a child that inherits an attached file can never attach it anew."""
    for hold in list(_holds):
        hold.give_up()


os.register_at_fork(before=_give_up_all)


@dataclass
class Grip:
    """The right to the file and its attachment, in one hand."""

    exclusive: bool
    session: Session
    closing: ExitStack


class Hold:
    """What of a catalogue is parked in this process.

    Parameters
    ----------
    lease : Lease
    instance : Instance
    """

    def __init__(self, lease: Lease, instance: Instance) -> None:
        self._lease = lease
        self._instance = instance
        self._start()
        _holds.add(self)

    def _start(self) -> None:
        self._owner_pid = os.getpid()
        self._changed = threading.Condition()
        self._parked: Grip | None = None
        self._until_s = 0.0
        self._closed = False
        self._watch: threading.Thread | None = None

    def grip(self, *, exclusive: bool, wait_s: float) -> Grip:
        """Take what is parked if that will do, else queue and attach.

        Raises
        ------
        CatalogueBusyError, CatalogueError
            As `Lease.held` and `Instance.attached` raise them.
        """
        if os.getpid() != self._owner_pid:
            self._leave_to_parent()
        if not self._lease.contested():
            with self._changed:
                if self._parked and self._parked.exclusive == exclusive:
                    grip, self._parked = self._parked, None
                    return Grip(grip.exclusive, grip.session.again(), grip.closing)
        self.give_up()
        with ExitStack() as opening:
            opening.enter_context(self._lease.held(exclusive=exclusive, wait_s=wait_s))
            session = opening.enter_context(self._instance.attached(read_only=not exclusive))
            return Grip(exclusive, session, opening.pop_all())

    def park(self, grip: Grip) -> None:
        """Keep for a moment what a unit of work has no more use for."""
        if os.getpid() != self._owner_pid:  # forked inside the block: it is the parent's
            return
        if not self._lease.contested():
            with self._changed:
                if self._parked is None and not self._closed:
                    self._parked = grip
                    hold_s = WRITE_HOLD_S if grip.exclusive else READ_HOLD_S
                    self._until_s = time.monotonic() + hold_s
                    if self._watch is None:
                        self._watch = threading.Thread(
                            target=self._watch_over, name="auralis-catalogue", daemon=True
                        )
                        self._watch.start()
                    self._changed.notify_all()
                    return
        grip.closing.close()

    def give_up(self) -> None:
        """Give up at once what is parked."""
        with self._changed:
            grip, self._parked = self._parked, None
        if grip:
            grip.closing.close()

    def close(self) -> None:
        """Give up what is parked, and park nothing from now on."""
        if os.getpid() != self._owner_pid:
            self._leave_to_parent()
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.give_up()
        if self._watch and self._watch is not threading.current_thread():
            self._watch.join()

    def _watch_over(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._parked is not None)
                if self._closed:
                    return
            time.sleep(LOOK_S)
            if time.monotonic() > self._until_s or self._lease.contested():
                self.give_up()

    def _leave_to_parent(self) -> None:
        """Begin anew in a forked child; the parent gave up what was parked before it forked."""
        self._start()
