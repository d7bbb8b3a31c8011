"""Queues kept in memory, refused like those of the catalogue when somebody else was quicker."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from auralis_lab.catalogue.listening.queue import Queue, StaleQueueError

__all__ = ["MemoryQueues"]


class MemoryQueues:
    """A store; `broken` is what it raises instead of saving."""

    def __init__(self) -> None:
        self.kept: dict[str, Queue] = {}
        self.saves = 0
        self.broken: Exception | None = None

    def load(self, name: str = "default") -> Queue:
        return self.kept.get(name, Queue())

    def save(self, name: str, queue: Any) -> Queue:
        assert isinstance(queue, Queue)
        if self.broken is not None:
            raise self.broken
        theirs = self.load(name)
        if theirs.version != queue.version:
            raise StaleQueueError(name, theirs)
        self.saves += 1
        saved = self.kept[name] = replace(queue, version=theirs.version + 1)
        return saved
