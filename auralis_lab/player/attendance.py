"""Which kernels still have a page, and the end of those that have none.

A page shuts its kernel down when it is closed, but a tab that is killed, a machine that is switched
off or a network that is gone cannot. What tells is the page's connection: a kernel that lost it,
or never had one, is ended after a while, in which a page may come back. Times are seconds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from jupyter_core.utils import ensure_async

__all__ = ["Attendance", "Kernels"]

log = logging.getLogger(__name__)


class Kernels(Protocol):
    """The kernels of a server; Jupyter's kernel managers are of this shape."""

    def list_kernel_ids(self) -> list[str]:
        """Every kernel that runs."""

    def kernel_model(self, kernel_id: str) -> dict[str, Any]:
        """Facts about one, its number of ``connections`` among them."""

    def shutdown_kernel(self, kernel_id: str, now: bool = False) -> Any:
        """End one."""


class Attendance:
    """Ends kernels whose page has gone.

    Parameters
    ----------
    kernels : Kernels
        Those of the server.
    waiting : callable
        Names the kernels that stand ready for pages to come; they are left alone.
    lost_s : float
        How long a kernel is kept for a page whose connection was lost.
    unvisited_s : float
        How long one is kept that no page has connected to, since pages take a while to load.
    now_s : callable
        The clock.
    """

    def __init__(
        self,
        kernels: Kernels,
        waiting: Callable[[], Iterable[str]],
        *,
        lost_s: float,
        unvisited_s: float,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kernels = kernels
        self._waiting = waiting
        self._lost_s = lost_s
        self._unvisited_s = unvisited_s
        self._now_s = now_s
        self._visited: set[str] = set()
        self._alone_since_s: dict[str, float] = {}

    async def look(self) -> list[str]:
        """End the kernels that have been alone for too long; return which."""
        ended = self._take_note()
        for kernel_id in ended:
            try:
                await ensure_async(self._kernels.shutdown_kernel(kernel_id, now=True))
            except Exception:  # the others are to be looked at all the same
                log.warning("kernel %s could not be ended", kernel_id, exc_info=True)
        return ended

    def _take_note(self) -> list[str]:
        now_s, running = self._now_s(), self._kernels.list_kernel_ids()
        waiting = set(self._waiting())
        self._visited &= set(running)
        for gone in self._alone_since_s.keys() - set(running):
            del self._alone_since_s[gone]
        over = []
        for kernel_id in running:
            connected = bool(self._kernels.kernel_model(kernel_id)["connections"])
            if connected:
                self._visited.add(kernel_id)
            if connected or kernel_id in waiting:
                self._alone_since_s.pop(kernel_id, None)
                continue
            alone_s = now_s - self._alone_since_s.setdefault(kernel_id, now_s)
            if alone_s >= (self._lost_s if kernel_id in self._visited else self._unvisited_s):
                over.append(kernel_id)
        return over
