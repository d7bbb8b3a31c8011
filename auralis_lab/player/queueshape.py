"""The shape of a queue: what the player asks of the value and of the store it is kept in.

Any objects of this shape will do; ``auralis_lab.catalogue.listening.queue`` has those of the
catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, Protocol, Self, TypeAlias

__all__ = ["QueueEntry", "QueueStore", "QueueValue", "Repeat"]

Repeat: TypeAlias = Literal["off", "all", "one"]


class QueueEntry(Protocol):
    """A track's place in a queue."""

    @property
    def id(self) -> int:
        """Its own number."""

    @property
    def track_id(self) -> int:
        """The track."""


class QueueValue(Protocol):
    """A queue, which never changes: every operation returns another one."""

    @property
    def entries(self) -> Sequence[QueueEntry]:
        """In the order they play."""

    @property
    def current_id(self) -> int | None:
        """Id of the entry that plays."""

    @property
    def current(self) -> QueueEntry | None:
        """The entry that plays."""

    @property
    def position_s(self) -> float:
        """How far it has played."""

    @property
    def repeat(self) -> Repeat:
        """What comes after the last entry."""

    @property
    def shuffled(self) -> bool:
        """Whether the order is drawn by lot."""

    @property
    def next_id(self) -> int:
        """Id of the next entry to be made."""

    @property
    def past(self) -> Sequence[object]:
        """What `undo` goes back to."""

    def add(self, track_ids: Iterable[int]) -> Self:
        """Put tracks at the end."""

    def play_next(self, track_ids: Iterable[int]) -> Self:
        """Put tracks right after the current entry, or first."""

    def insert(self, track_ids: Iterable[int], *, after: int | None) -> Self:
        """Put tracks behind an entry, first if that is 0, last if it is None."""

    def move(self, entry_ids: Iterable[int], at: int) -> Self:
        """Bring entries to a place among the others."""

    def remove(self, entry_ids: Iterable[int]) -> Self:
        """Take entries out."""

    def clear(self) -> Self:
        """Take all entries out."""

    def shuffle(self, seed: int) -> Self:
        """Draw the order by lot, the current entry first."""

    def unshuffle(self) -> Self:
        """Go back to the order before."""

    def undo(self) -> Self:
        """Take the last change back."""

    def play(self, entry_id: int, position_s: float = 0.0) -> Self:
        """Make an entry the current one."""

    def with_repeat(self, repeat: Repeat) -> Self:
        """Choose what comes after the last entry."""

    def next(self, *, ended: bool = False) -> Self:
        """Go to the next entry."""

    def previous(self) -> Self:
        """Go back."""


class QueueStore(Protocol):
    """Where queues are kept, by name."""

    def load(self, name: str = "default") -> QueueValue:
        """Return the queue of a name, an empty one if there is none."""

    def save(self, name: str, queue: Any) -> QueueValue:
        """Save a queue that was loaded here, and return it with its new version.

        Where somebody else has saved it meanwhile, it raises a ``CatalogueError`` whose attribute
        `theirs` is what is saved now.
        """
