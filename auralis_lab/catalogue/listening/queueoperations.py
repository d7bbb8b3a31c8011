"""The queue of a player: what plays now, what comes next, and how to get back.

Conventions: a queue is a value; every operation returns another one and is a pure function of its
arguments. The latest 20 changes of what is in the queue and in which order can be undone; what
plays is not disturbed by that, as long as it is still there. A queue has 10,000 entries at most.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from auralis_lab.catalogue.listening.listening import (
    check_id,
    check_ids,
    check_number,
    shown,
)
from auralis_lab.catalogue.listening.queuestate import (
    MAX_ENTRIES,
    MAX_POSITION_S,
    Earlier,
    QueueEntry,
    QueueState,
    Repeat,
)
from auralis_lab.errors import NotFoundError, ParameterError

__all__ = ["Queue"]

T = TypeVar("T")

MAX_UNDO = 20
MAX_UNDO_ENTRIES = 50_000
"""Entries that earlier states may have in sum; those that are longest ago go first."""
RESTARTS_AFTER_S = 3.0


@dataclass(frozen=True, slots=True)
class Queue(QueueState):
    """A queue, saved or not, and what can be done to it.

    Its parts are those of :class:`QueueState`; an empty one is ``Queue()``.
    """

    # What is in the queue

    def add(self, track_ids: Iterable[int]) -> Queue:
        """Put tracks at the end.

        Raises
        ------
        ParameterError
            If these are no ids, or the queue would have more than 10,000 entries.
        """
        return self._insert(track_ids, after=None)

    def play_next(self, track_ids: Iterable[int]) -> Queue:
        """Put tracks right after the current entry, or first if none plays; errors as `add`."""
        return self._insert(track_ids, after=self.current_id or 0)

    def insert(self, track_ids: Iterable[int], *, after: int | None) -> Queue:
        """Put tracks behind an entry, first if that is 0, last if it is None; errors as `add`."""
        return self._insert(track_ids, after=after)

    def move(self, entry_ids: Iterable[int], at: int) -> Queue:
        """Bring entries to a place, one after the other in the order given.

        While the queue is shuffled, the order it had stays as it was.

        Parameters
        ----------
        entry_ids : iterable of int
            Each once.
        at : int
            How many of the other entries shall stand ahead of them.

        Raises
        ------
        ParameterError, NotFoundError
            If an entry is not there or named twice, or there are fewer than `at` others.
        """
        moved = self._chosen(entry_ids)
        ids = {entry.id for entry in moved}
        others = [entry for entry in self.entries if entry.id not in ids]
        if type(at) is not int or not 0 <= at <= len(others):
            raise ParameterError(
                f"at={shown(at)} must be from 0 to {len(others)}, the other entries"
            )
        return self._change(entries=(*others[:at], *moved, *others[at:]))

    def remove(self, entry_ids: Iterable[int]) -> Queue:
        """Take entries out. If the current one is among them, the next that stays plays.

        Raises
        ------
        ParameterError, NotFoundError
            If an entry is not there or named twice.
        """
        ids = {entry.id for entry in self._chosen(entry_ids)}
        current_id, position_s = self.current_id, self.position_s
        if current_id in ids:
            staying = (entry.id for entry in self.upcoming if entry.id not in ids)
            current_id, position_s = next(staying, None), 0.0
        return self._change(
            entries=tuple(entry for entry in self.entries if entry.id not in ids),
            unshuffled=self.unshuffled and tuple(i for i in self.unshuffled if i not in ids),
            current_id=current_id,
            position_s=position_s,
        )

    def clear(self) -> Queue:
        """Take all entries out."""
        return self._change(entries=(), unshuffled=None, current_id=None, position_s=0.0)

    def shuffle(self, seed: int) -> Queue:
        """Draw the order by lot: the current entry first, all others after it.

        Parameters
        ----------
        seed : int
            The same seed gives the same order.
        """
        if type(seed) is not int:
            raise ParameterError(f"seed={shown(seed)} must be a whole number")
        pinned = [entry for entry in self.entries if entry.id == self.current_id]
        others = [entry for entry in self.entries if entry.id != self.current_id]
        random.Random(seed).shuffle(others)
        order = self.ids if self.unshuffled is None else self.unshuffled
        return self._change(entries=(*pinned, *others), unshuffled=order)

    def unshuffle(self) -> Queue:
        """Go back to the order from before `shuffle`; what came since stands where it was put."""
        if self.unshuffled is None:
            return self
        entries = {entry.id: entry for entry in self.entries}
        return self._change(entries=tuple(entries[id_] for id_ in self.unshuffled), unshuffled=None)

    def undo(self) -> Queue:
        """Go back to the entries and the order before the last change.

        What plays goes on if it is there; else what played before that change is current again.

        Raises
        ------
        NotFoundError
            If there is nothing to undo.
        """
        if not self.past:
            raise NotFoundError("there is nothing to undo in this queue")
        earlier = self.past[-1]
        if self.current_id is None:  # nothing plays; that stays so unless the change made it so
            keeps = earlier.current_id is None or earlier.current_id in self.ids
        else:
            keeps = self.current_id in {entry.id for entry in earlier.entries}
        return replace(
            self,
            entries=earlier.entries,
            unshuffled=earlier.unshuffled,
            current_id=self.current_id if keeps else earlier.current_id,
            position_s=self.position_s if keeps else earlier.position_s,
            past=self.past[:-1],
        )

    # What plays

    def play(self, entry_id: int, position_s: float = 0.0) -> Queue:
        """Make an entry the current one.

        Raises
        ------
        NotFoundError
            If there is no such entry.
        """
        self.place_of(check_id("entry_id", entry_id))
        return replace(self, current_id=entry_id, position_s=position_s)

    def seek(self, position_s: float) -> Queue:
        """Say how far the current entry has played; 0 if there is none."""
        check_number("position_s", position_s, 0.0, MAX_POSITION_S)
        return replace(self, position_s=0.0 if self.current_id is None else position_s)

    def with_repeat(self, repeat: Repeat) -> Queue:
        """Choose what comes after the last entry (``'all'``) or after each (``'one'``)."""
        return replace(self, repeat=repeat)

    def next(self, *, ended: bool = False) -> Queue:
        """Go to the next entry, to the first if none plays.

        After the last one nothing plays, unless the queue repeats.

        Parameters
        ----------
        ended : bool
            Whether the current one has come to its end by itself; with ``repeat='one'`` it then
            begins anew.
        """
        if not self.entries:
            return self
        if ended and self.repeat == "one" and self.current_id is not None:
            return replace(self, position_s=0.0)
        following = self.upcoming
        if following:
            return self.play(following[0].id)
        if self.repeat == "off":
            return replace(self, current_id=None, position_s=0.0)
        return self.play(self.entries[0].id)

    def previous(self) -> Queue:
        """Go back: to the beginning of the entry after its first 3 s, else to the one before.

        Before the first comes the last if the queue repeats, else the first begins anew. If none
        plays, the last does.
        """
        if not self.entries:
            return self
        if self.current_id is None:
            return self.play(self.entries[-1].id)
        place = self.place_of(self.current_id)
        if self.position_s > RESTARTS_AFTER_S or (place == 0 and self.repeat == "off"):
            return replace(self, position_s=0.0)
        return self.play(self.entries[place - 1].id)

    def _chosen(self, entry_ids: Iterable[int]) -> list[QueueEntry]:
        entries = {entry.id: entry for entry in self.entries}
        chosen = []
        for id_ in check_ids("entry_ids", entry_ids, distinct=True):
            if id_ not in entries:
                raise NotFoundError(f"there is no entry {id_} in this queue")
            chosen.append(entries[id_])
        return chosen

    def _insert(self, track_ids: Iterable[int], *, after: int | None) -> Queue:
        """Put tracks behind an entry, first if that is 0, last if it is None; in both orders."""
        tracks = check_ids("track_ids", track_ids)
        if len(self.entries) + len(tracks) > MAX_ENTRIES:
            raise ParameterError(f"a queue must have {MAX_ENTRIES:,} entries at most")
        new = tuple(QueueEntry(self.next_id + n, track) for n, track in enumerate(tracks))
        grown = replace(self, next_id=self.next_id + len(new))
        ids = tuple(entry.id for entry in new)
        order = self.unshuffled
        return grown._change(
            entries=_with(self.entries, new, _behind(self.ids, after)),
            unshuffled=None if order is None else _with(order, ids, _behind(order, after)),
        )

    def _change(self, **changes: Any) -> Queue:
        """Change entries or order, and keep what was."""
        changed = replace(self, past=(), **changes)
        if (changed.entries, changed.unshuffled) == (self.entries, self.unshuffled):
            return self
        before = Earlier(self.entries, self.unshuffled, self.current_id, self.position_s)
        kept, room = [before], MAX_UNDO_ENTRIES - len(before.entries)
        for earlier in reversed(self.past[-MAX_UNDO + 1 :]):
            room -= len(earlier.entries)
            if room < 0:
                break
            kept.append(earlier)
        return replace(changed, past=tuple(reversed(kept)))


def _behind(order: Sequence[int], after: int | None) -> int:
    """Place behind an id; 0 stands ahead of all, None is the last."""
    if after is None:
        return len(order)
    return 0 if after == 0 else order.index(after) + 1


def _with(order: tuple[T, ...], new: tuple[T, ...], place: int) -> tuple[T, ...]:
    return (*order[:place], *new, *order[place:])
