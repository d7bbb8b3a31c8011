"""Saved queues, by name: one per player or visitor.

Conventions: a queue is saved with the version it was loaded as. If somebody else has saved in the
meantime, the save is refused with their queue at hand, and nothing is lost: whoever was refused
does to that queue what he wanted to do, and saves again. Names are taken as they are, "default" is
an ordinary one; of more than 1,000 queues the one not saved for longest goes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from auralis_lab.catalogue.listening.listening import (
    check_name,
    now_utc,
    require_tracks,
    shown,
)
from auralis_lab.catalogue.listening.queueoperations import Queue
from auralis_lab.catalogue.listening.queuestate import MAX_ENTRIES, Earlier, QueueEntry, Repeat
from auralis_lab.errors import CatalogueError, NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = [
    "MAX_ENTRIES",
    "Queue",
    "QueueEntry",
    "Queues",
    "Repeat",
    "SavedQueue",
    "StaleQueueError",
]

MAX_QUEUES = 1_000
MAX_NAME_CHARACTERS = 100

_SQL = {
    "load": """
        SELECT version, entries_json, past_json, current_id, position_s, repeat FROM queues
        WHERE name = $name""",
    "list": "SELECT name, version, changed_at FROM queues ORDER BY changed_at DESC, name",
    "new_version": "SELECT nextval('queue_versions')",
    "drop": "DELETE FROM queues WHERE name = $name",
    "insert": """
        INSERT INTO queues VALUES ($name, $version, $entries_json, $past_json, $current_id,
            $position_s, $repeat, $now)""",
    "update": """
        UPDATE queues SET version = $version, current_id = $current_id, position_s = $position_s,
            repeat = $repeat, changed_at = $now
        WHERE name = $name""",
    "drop_oldest": """
        DELETE FROM queues WHERE name IN (
            SELECT name FROM queues WHERE name <> 'default'
            ORDER BY changed_at DESC, name OFFSET $kept)""",
}


class StaleQueueError(CatalogueError):
    """Somebody else has saved the queue since it was loaded.

    Attributes
    ----------
    theirs : Queue
        What is saved now.
    """

    def __init__(self, name: str, theirs: Queue) -> None:
        super().__init__(f"queue {name!r} was changed elsewhere since it was loaded")
        self.theirs = theirs


@dataclass(frozen=True, slots=True)
class SavedQueue:
    """That there is a queue, and since when it is as it is."""

    name: str
    version: int
    changed_at: datetime


class Queues:
    """The saved queues of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def list(self) -> tuple[SavedQueue, ...]:
        """Return which queues there are, the one saved last first."""
        with self._catalogue.session() as s:
            rows = s.rows(_SQL["list"])
        return tuple(SavedQueue(name, n, at.replace(tzinfo=UTC)) for name, n, at in rows)

    def load(self, name: str = "default") -> Queue:
        """Return the queue saved under a name; an empty one if there is none.

        Raises
        ------
        ParameterError
            If it cannot be a name.
        """
        name = check_name("name", name, MAX_NAME_CHARACTERS)
        with self._catalogue.session() as s:
            row = s.row(_SQL["load"], {"name": name})
        return Queue() if row is None else _queue(row)

    def save(self, name: str, queue: Queue) -> Queue:
        """Save a queue that came from `load` or from the last `save`.

        Parameters
        ----------
        name : str
            1 to 100 characters.
        queue : Queue
            Where only what plays has changed, this is quick and may be done often.

        Returns
        -------
        saved : Queue
            The same with its new version; go on with this one.

        Raises
        ------
        StaleQueueError
            If somebody else has saved or removed it meanwhile.
        NotFoundError
            If one of its tracks is not there.
        ParameterError
            If it cannot be a name, or this is no queue.
        """
        name = check_name("name", name, MAX_NAME_CHARACTERS)
        if not isinstance(queue, Queue):
            raise ParameterError(f"queue={shown(queue)} must be a Queue")
        texts = {"entries_json": _entries_text(queue), "past_json": _past_text(queue)}
        values: dict[str, object] = {
            "name": name,
            "current_id": queue.current_id,
            "position_s": float(queue.position_s),
            "repeat": queue.repeat,
            "now": now_utc(),
        }
        with self._catalogue.write() as s:
            row = s.row(_SQL["load"], {"name": name})
            if (row[0] if row else 0) != queue.version:
                raise StaleQueueError(name, _queue(row) if row else Queue())
            values["version"] = version = s.rows(_SQL["new_version"])[0][0]
            if row and (row[1], row[2]) == tuple(texts.values()):
                s.run(_SQL["update"], values)
            else:
                require_tracks(s, [entry.track_id for entry in queue.entries])
                s.run(_SQL["drop"], {"name": name})
                s.run(_SQL["insert"], values | texts)
                s.run(_SQL["drop_oldest"], {"kept": MAX_QUEUES})
        return replace(queue, version=version)

    def remove(self, name: str) -> None:
        """Forget a queue.

        Raises
        ------
        NotFoundError
            If there is none of that name.
        """
        name = check_name("name", name, MAX_NAME_CHARACTERS)
        with self._catalogue.write() as s:
            if s.row(_SQL["load"], {"name": name}) is None:
                raise NotFoundError(f"there is no queue {name!r}")
            s.run(_SQL["drop"], {"name": name})


def _entries_text(queue: Queue) -> str:
    return _text(
        {
            "entries": _pairs(queue.entries),
            "unshuffled": queue.unshuffled,
            "next_id": queue.next_id,
        }
    )


def _past_text(queue: Queue) -> str:
    return _text(
        [
            [_pairs(earlier.entries), earlier.unshuffled, earlier.current_id, earlier.position_s]
            for earlier in queue.past
        ]
    )


def _pairs(entries: Sequence[QueueEntry]) -> list[tuple[int, int]]:
    return [(entry.id, entry.track_id) for entry in entries]


def _text(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _queue(row: Sequence[Any]) -> Queue:
    version, entries_text, past_text, current_id, position_s, repeat = row
    now = json.loads(entries_text)
    return Queue(
        entries=_entries(now["entries"]),
        current_id=current_id,
        position_s=position_s,
        repeat=repeat,
        unshuffled=_ids(now["unshuffled"]),
        next_id=now["next_id"],
        past=tuple(
            Earlier(_entries(pairs), _ids(unshuffled), current, heard_s)
            for pairs, unshuffled, current, heard_s in json.loads(past_text)
        ),
        version=version,
    )


def _entries(pairs: Sequence[Sequence[int]]) -> tuple[QueueEntry, ...]:
    return tuple(QueueEntry(id_, track_id) for id_, track_id in pairs)


def _ids(ids: Sequence[int] | None) -> tuple[int, ...] | None:
    return None if ids is None else tuple(ids)
