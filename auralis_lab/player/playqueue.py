"""The queue of a player: a kept value, changed from any thread, that tells what comes next.

Conventions: the value itself is pure and comes from a store; the player knows only its shape. In
the stream a place in the queue is named by its entry and its track, ``"17-4"``, so that a name that
was given elsewhere to another track is not mistaken.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable

from auralis_lab.errors import NotFoundError
from auralis_lab.player.keptqueue import KeptQueue, Operation
from auralis_lab.player.queueplaces import (
    Cause,
    Change,
    coming,
    entry_name,
    entry_of,
    inserted,
    next_of,
    played,
    readied,
)
from auralis_lab.player.queueshape import QueueEntry, QueueStore, QueueValue, Repeat

__all__ = ["Change", "PlayQueue"]

SAVE_AFTER_S = 0.4
POSITION_EVERY_S = 5.0
POSITION_STEP_S = 1.0

log = logging.getLogger(__name__)


class PlayQueue:
    """A queue that is played from, changed and kept.

    Parameters
    ----------
    store : QueueStore
        Loads and saves it; ``lab.queues`` is one.
    name : str
        Under which it is kept.
    save_after_s : float
        How long changes are gathered before they are saved.
    failed : callable, optional
        Told in one sentence when it cannot be saved; the queue goes on without.

    Raises
    ------
    AuralisLabError
        If the store cannot load it.
    """

    def __init__(
        self,
        store: QueueStore,
        name: str = "default",
        *,
        save_after_s: float = SAVE_AFTER_S,
        failed: Callable[[str], None] = log.warning,
    ) -> None:
        self._kept = KeptQueue(
            store,
            name,
            save_after_s=save_after_s,
            changed=lambda before, after: self._tell(before, after, "elsewhere"),
            failed=failed,
        )
        self._saved_position_s = self.value.position_s
        self._looked_at: int | None = None
        self._callbacks: list[Callable[[Change], None]] = []

    @property
    def name(self) -> str:
        """Under which it is kept."""
        return self._kept.name

    @property
    def saved(self) -> bool:
        """Whether nothing is left to be saved."""
        return self._kept.saved

    @property
    def value(self) -> QueueValue:
        """The queue as it is now."""
        return self._kept.value

    @property
    def current(self) -> QueueEntry | None:
        """The entry that plays, or would."""
        return self.value.current

    def on_change(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call `callback(change)` after every change, on the thread that made it.

        Returns
        -------
        leave : callable
            Ends that.
        """
        self._callbacks.append(callback)

        def leave() -> None:
            self._callbacks = [one for one in self._callbacks if one is not callback]

        return leave

    # What is in it

    def add(self, track_ids: Iterable[int]) -> None:
        """Put tracks at the end."""
        ids = list(track_ids)
        self._do(lambda queue: readied(queue, queue.add(ids)))

    def play_next(self, track_ids: Iterable[int]) -> None:
        """Put tracks right after the current one."""
        ids = list(track_ids)
        self._do(lambda queue: readied(queue, queue.play_next(ids)))

    def insert(self, track_ids: Iterable[int], before: int | None) -> None:
        """Put tracks before an entry, or at the end if that is ``None``."""
        ids = list(track_ids)
        self._do(lambda queue: readied(queue, inserted(queue, ids, before)))

    def play_now(self, track_ids: Iterable[int]) -> None:
        """Put tracks after the current one, and play the first of them at once."""
        ids = list(track_ids)
        if ids:
            self._do(lambda queue: played(queue, ids), start=True)

    def look_at(self, track_id: int) -> None:
        """Make a track current without playing it.

        A track that was only looked at before, and never heard, leaves the queue for it.
        """
        looked_at = self._looked_at

        def change(queue: QueueValue) -> QueueValue:
            if queue.current is not None and queue.current.track_id == track_id:
                return queue
            changed = played(queue, [track_id])
            if any(entry.id == looked_at for entry in queue.entries):
                changed = changed.remove([looked_at or 0])
            self._looked_at = changed.current_id
            return changed

        self._do(change, start=False)

    def move(self, entry_ids: Iterable[int], before: int | None) -> None:
        """Bring entries before another one, or to the end if that is ``None``."""
        ids = list(entry_ids)
        moved = set(ids)

        def change(queue: QueueValue) -> QueueValue:
            others = [entry.id for entry in queue.entries if entry.id not in moved]
            if before is not None and before not in others:
                raise NotFoundError(f"there is no other entry {before} in this queue")
            return queue.move(ids, len(others) if before is None else others.index(before))

        self._do(change)

    def move_next(self, entry_ids: Iterable[int]) -> None:
        """Bring entries right after the current one, which itself stays where it is."""
        asked = list(entry_ids)

        def change(queue: QueueValue) -> QueueValue:
            ids = [id_ for id_ in asked if id_ != queue.current_id]
            others = [entry.id for entry in queue.entries if entry.id not in set(ids)]
            current = queue.current_id
            return queue.move(ids, 0 if current is None else others.index(current) + 1)

        self._do(change)

    def remove(self, entry_ids: Iterable[int]) -> None:
        """Take entries out; if the current one is among them, the next that stays is current."""
        ids = list(entry_ids)
        self._do(lambda queue: queue.remove(ids))

    def clear(self, *, keep_current: bool = False) -> None:
        """Take all entries out, or all but the current one."""

        def change(queue: QueueValue) -> QueueValue:
            if not keep_current or queue.current_id is None:
                return queue.clear()
            return queue.remove([e.id for e in queue.entries if e.id != queue.current_id])

        self._do(change)

    def undo(self) -> None:
        """Take the last change of entries or order back."""
        self._do(lambda queue: queue.undo())

    def shuffle(self, on: bool = True) -> None:
        """Draw the order after the current entry by lot, or go back to the one before that."""
        seed = random.randrange(1 << 32)
        self._do(lambda queue: queue.shuffle(seed) if on else queue.unshuffle())

    def repeat(self, mode: Repeat) -> None:
        """Choose whether the whole (``'all'``), the current one (``'one'``) or nothing repeats."""
        self._do(lambda queue: queue.with_repeat(mode))

    # What plays

    def play(self, entry_id: int, position_s: float = 0.0) -> None:
        """Make an entry current and play it."""
        self._do(lambda queue: queue.play(entry_id, position_s), start=True, anew=True)

    def next(self) -> None:
        """Go to the next entry."""
        self._do(lambda queue: queue.next(), start=True, anew=True)

    def previous(self) -> None:
        """Go back to the start of the current entry, or to the one before it."""
        self._do(lambda queue: queue.previous(), start=True, anew=True)

    def sounding(self, entry: str, position_s: float) -> None:
        """Note what sounds, and where; to be called with every report of the page."""
        value = self.value
        found = entry_of(value, entry)
        if found is None:
            return
        self._looked_at = None
        id_, moved_on = found.id, found.id != value.current_id
        if not moved_on and abs(position_s - value.position_s) < POSITION_STEP_S:
            return
        self._do(lambda queue: queue.play(id_, position_s), cause="heard", quiet=not moved_on)
        if abs(position_s - self._saved_position_s) >= POSITION_EVERY_S:
            self._saved_position_s = position_s
            self.save_soon()

    def ended(self, entry: str) -> None:
        """Note that an entry came to its end and nothing followed in the stream."""
        found = entry_of(self.value, entry)
        if found is not None and found.id == self.value.current_id:
            self._do(lambda queue: queue.next(ended=True), cause="heard")

    def following(self, entry: str) -> tuple[str, int] | None:
        """Entry and track that come after an entry, or ``None`` if it is the last.

        An entry that was taken out while it sounded is followed by the one that is current.
        """
        value = self.value
        found = entry_of(value, entry)
        then = value.current if found is None else next_of(value, found.id)
        return None if then is None else (entry_name(then), then.track_id)

    def save(self) -> None:
        """Save now what is not saved yet; raises what the store raises."""
        self._kept.save()

    def save_soon(self) -> None:
        """Save what is not saved yet, and do not wait for it."""
        self._kept.save_soon()

    def look_again(self) -> None:
        """Take up what was saved elsewhere since this queue was opened."""
        self._kept.look_again()

    def close(self) -> None:
        """Save what is left, and stop."""
        self._callbacks = []
        self._kept.close()

    def _do(
        self,
        operation: Operation,
        *,
        cause: Cause = "asked",
        start: bool | None = None,
        anew: bool = False,
        quiet: bool = False,
    ) -> None:
        """Change the value, tell about it, and save it soon; `quiet` leaves both out."""
        before, after = self._kept.apply(operation, replaceable=quiet)
        if quiet or (after == before and not (anew and after.current)):  # nothing to begin anew
            return
        self._tell(before, after, cause, start, anew=anew)
        self.save_soon()

    def _tell(
        self,
        before: QueueValue,
        after: QueueValue,
        cause: Cause,
        start: bool | None = None,
        *,
        anew: bool = False,
    ) -> None:
        """Tell what has changed; without the lock, so that who is told may do what he likes."""
        change = Change(
            queue=after,
            cause=cause,
            current=anew or before.current_id != after.current_id,
            following=coming(before) != coming(after),
            start=start,
        )
        for callback in self._callbacks:
            callback(change)
