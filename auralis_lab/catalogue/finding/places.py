"""Where each track of a large library stands in an order, kept in memory.

To find a page of a million tracks takes tens of milliseconds, however it is asked for. So when an
order of the same tracks is asked for again, the ids of all of them are sorted once, by a thread of
its own, and pages are cut out of that from then on, for as long as nothing changes. Whoever asks
meanwhile is answered from the catalogue, and gets the same.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from auralis_lab.catalogue.finding.filtersql import PRESENT
from auralis_lab.catalogue.finding.orders import RANDOM, zones_of
from auralis_lab.catalogue.finding.pages import bind
from auralis_lab.errors import CatalogueError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["Places"]

SMALL = 20_000
"""So few tracks are found without this in no more time."""
MOST_ORDERS = 8
REST_S = 10.0
"""So long an order is not sorted again, lest a scan that changes it keep a processor busy."""
_SQL = {
    "state": "SELECT number FROM revisions WHERE name IN ('tracks', 'features') ORDER BY name",
    "count": "SELECT count(*) FROM tracks",
    "ids": "SELECT id FROM tracks WHERE {zone} AND {present} ORDER BY {order}",
}
_State: TypeAlias = tuple[int, ...]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class _Sorted:
    """All tracks in an order, upwards; the first `known` have a value."""

    state: _State
    ids: npt.NDArray[np.int64]
    known: int
    sorted_s: float

    def page(self, descending: bool, limit: int, after: int | None) -> list[int] | None:
        start = 0
        if after is not None:
            places = np.flatnonzero(self.ids == after)
            if not len(places):
                return None
            start = int(self._turned(places, descending)[0]) + 1
        places = np.arange(start, min(start + limit, len(self.ids)))
        page: list[int] = self.ids[self._turned(places, descending)].tolist()
        return page

    def _turned(self, places: npt.NDArray[np.int64], descending: bool) -> npt.NDArray[np.int64]:
        """Places of the one direction in the other."""
        if not descending:
            return places
        return np.where(places < self.known, self.known - 1 - places, places)


class Places:
    """The orders of one catalogue that were asked for lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sorted: OrderedDict[str, _Sorted] = OrderedDict()
        self._asked: dict[str, _State] = {}
        self._sorting: dict[str, threading.Thread] = {}

    def page(
        self,
        catalogue: Catalogue,
        s: Session,
        sort: str,
        *,
        descending: bool,
        limit: int,
        after: int | None,
    ) -> list[int] | None:
        """Return the ids of a page of all tracks, or None if the catalogue has to be asked.

        Parameters
        ----------
        catalogue : Catalogue
        s : Session
            Of it.
        sort, descending, limit, after
            As for ``Tracks.list``, checked.
        """
        if sort == RANDOM or zones_of(sort, descending=False)[0].of_marks:  # not kept for long
            return None
        state = _state(s)
        with self._lock:
            known = self._sorted.get(sort)
            if known and known.state == state:
                self._sorted.move_to_end(sort)
                return known.page(descending, limit, after)
            again = self._asked.get(sort) == state
            self._asked[sort] = state
            rested = known is None or time.monotonic() > known.sorted_s + REST_S
            if again and rested and s.rows(_SQL["count"])[0][0] > SMALL:
                self._begin(catalogue, sort)
        return None

    def settle(self) -> None:
        """Wait until nothing is being sorted."""
        for thread in list(self._sorting.values()):
            thread.join()

    def _begin(self, catalogue: Catalogue, sort: str) -> None:
        """Have an order sorted, unless that is under way."""
        if sort in self._sorting and self._sorting[sort].is_alive():
            return
        thread = threading.Thread(
            target=_sort, args=(weakref.ref(self), catalogue, sort), name="auralis-order"
        )
        self._sorting[sort] = thread
        thread.start()

    def keep(self, sort: str, found: _Sorted) -> None:
        """Keep an order in place of an older one."""
        with self._lock:
            self._sorted[sort] = found
            self._sorted.move_to_end(sort)
            while len(self._sorted) > MOST_ORDERS:
                self._sorted.popitem(last=False)


def _sort(places: weakref.ref[Places], catalogue: Catalogue, sort: str) -> None:
    try:
        with catalogue.session() as s:
            state = _state(s)
            parts = []
            for zone in zones_of(sort, descending=False):
                order = ", ".join((*zone.keys, "id"))
                sql = _SQL["ids"].format(zone=zone.condition, present=PRESENT, order=order)
                parts.append(s.arrow(sql, bind(sql, zone.parameters)).column("id").to_numpy())
    except CatalogueError as error:  # closed meanwhile, or busy: pages come from the catalogue
        logger.debug("order %s was not sorted: %s", sort, error)
        return
    if kept := places():
        kept.keep(sort, _Sorted(state, np.concatenate(parts), len(parts[0]), time.monotonic()))


def _state(s: Session) -> _State:
    return tuple(number for (number,) in s.rows(_SQL["state"]))
