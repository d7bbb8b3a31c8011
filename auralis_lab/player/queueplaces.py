"""Places in a queue: how the stream names them, what comes after each, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from auralis_lab.errors import NotFoundError
from auralis_lab.player.queueshape import QueueEntry, QueueValue

__all__ = [
    "Cause",
    "Change",
    "coming",
    "entry_name",
    "entry_of",
    "inserted",
    "next_of",
    "played",
    "readied",
]


Cause: TypeAlias = Literal["asked", "heard", "elsewhere"]


@dataclass(frozen=True)
class Change:
    """What has become of a queue.

    Attributes
    ----------
    queue : QueueValue
        As it is now.
    cause : {'asked', 'heard', 'elsewhere'}
        Whether the listener asked for it, the sound went on to another entry by itself, or another
        page has changed the queue.
    current : bool
        Whether another entry is current, or the same one begins anew.
    following : bool
        Whether something else than before comes after the current entry.
    start : bool or None
        Whether the current entry is to sound at once; ``None`` leaves it as it was.
    """

    queue: QueueValue
    cause: Cause
    current: bool
    following: bool
    start: bool | None = None


def entry_name(entry: QueueEntry) -> str:
    """Name of a place in the queue, as the stream uses it."""
    return f"{entry.id}-{entry.track_id}"


def entry_of(queue: QueueValue, name: str) -> QueueEntry | None:
    """Entry of a name; None where there is none, or another track stands there."""
    id_, _, track_id = name.partition("-")
    if id_.isdecimal() and track_id.isdecimal():
        for entry in queue.entries:
            if entry.id == int(id_):
                return entry if entry.track_id == int(track_id) else None
    return None


def next_of(queue: QueueValue, entry_id: int) -> QueueEntry | None:
    """Entry that comes when one has ended by itself."""
    return queue.play(entry_id).next(ended=True).current


def coming(queue: QueueValue) -> QueueEntry | None:
    """Entry that comes after the current one."""
    return None if queue.current_id is None else next_of(queue, queue.current_id)


def inserted(queue: QueueValue, track_ids: list[int], before: int | None) -> QueueValue:
    """Tracks put before an entry, or at the end if that is ``None``.

    Raises
    ------
    NotFoundError
        If there is no such entry.
    """
    if before is None:
        return queue.add(track_ids)
    ids = [0, *(entry.id for entry in queue.entries)]
    if before not in ids[1:]:
        raise NotFoundError(f"there is no entry {before} in this queue")
    return queue.insert(track_ids, after=ids[ids.index(before) - 1])


def played(queue: QueueValue, track_ids: list[int]) -> QueueValue:
    """Tracks put after the current one, or at the end when none plays; the first is current."""
    put = queue.add if queue.current_id is None else queue.play_next
    return put(track_ids).play(queue.next_id)


def readied(before: QueueValue, after: QueueValue) -> QueueValue:
    """The first of the tracks just put in is current where nothing was: it is what Play plays."""
    if before.current_id is not None or len(after.entries) == len(before.entries):
        return after
    return after.play(before.next_id)
