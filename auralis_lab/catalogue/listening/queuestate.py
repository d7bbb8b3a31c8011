"""What a queue consists of.

Conventions: entries have ids of their own, so a track may wait several times. The entry that plays
is the *current* one, None before the first and after the last. While a queue is shuffled it
remembers the order it had.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from auralis_lab.catalogue.listening.listening import check_id, check_number
from auralis_lab.errors import NotFoundError, ParameterError, check_choice

__all__ = ["MAX_ENTRIES", "MAX_POSITION_S", "Earlier", "QueueEntry", "QueueState", "Repeat"]

Repeat: TypeAlias = Literal["off", "all", "one"]

MAX_ENTRIES = 10_000
MAX_POSITION_S = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A track's place in a queue."""

    id: int
    track_id: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a queue was before a change."""

    entries: tuple[QueueEntry, ...]
    unshuffled: tuple[int, ...] | None
    current_id: int | None
    position_s: float


@dataclass(frozen=True, slots=True)
class QueueState:
    """The parts of a queue, which fit together.

    Attributes
    ----------
    entries : tuple of QueueEntry
        In the order they play.
    current_id : int or None
        Id of the entry that plays.
    position_s : float
        How far it has played.
    repeat : {'off', 'all', 'one'}
    unshuffled : tuple of int or None
        While the queue is shuffled, the ids of its entries in the order they had.
    next_id : int
        Id of the next entry; ids are never given twice.
    past : tuple of Earlier
        What `undo` goes back to, the latest last.
    version : int
        Of the saved state this one comes from; 0 if there was none.

    Raises
    ------
    ParameterError
        If the parts do not fit together.
    """

    entries: tuple[QueueEntry, ...] = ()
    current_id: int | None = None
    position_s: float = 0.0
    repeat: Repeat = "off"
    unshuffled: tuple[int, ...] | None = None
    next_id: int = 1
    past: tuple[Earlier, ...] = field(default=(), repr=False)
    version: int = 0

    def __post_init__(self) -> None:
        check_choice("repeat", self.repeat, get_args(Repeat))
        check_number("position_s", self.position_s, 0.0, MAX_POSITION_S)
        check_id("version", self.version)
        check_id("next_id", self.next_id)
        if len(self.entries) > MAX_ENTRIES:
            raise ParameterError(f"a queue must have {MAX_ENTRIES:,} entries at most")
        ids = {entry.id for entry in self.entries}
        if len(ids) < len(self.entries) or not all(0 < id_ < self.next_id for id_ in ids):
            raise ParameterError("entries must have ids of their own, under next_id")
        if self.current_id is not None and self.current_id not in ids:
            raise ParameterError(f"current_id={self.current_id!r} must be one of the entries")
        if self.unshuffled is not None and (
            len(self.unshuffled) != len(ids) or set(self.unshuffled) != ids
        ):
            raise ParameterError("unshuffled must name every entry once")

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def current(self) -> QueueEntry | None:
        """The entry that plays."""
        return None if self.current_id is None else self.entries[self.place_of(self.current_id)]

    @property
    def shuffled(self) -> bool:
        """Whether the order is drawn by lot."""
        return self.unshuffled is not None

    @property
    def upcoming(self) -> tuple[QueueEntry, ...]:
        """The entries after the current one; all if none plays."""
        if self.current_id is None:
            return self.entries
        return self.entries[self.place_of(self.current_id) + 1 :]

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of the entries, in the order they play."""
        return tuple(entry.id for entry in self.entries)

    def place_of(self, entry_id: int) -> int:
        """Return how many entries stand ahead of one.

        Raises
        ------
        NotFoundError
            If it is not there.
        """
        for place, entry in enumerate(self.entries):
            if entry.id == entry_id:
                return place
        raise NotFoundError(f"there is no entry {entry_id} in this queue")
