"""Blocks being made by threads of this process, so that others wait for them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from auralis_lab.audio import Audio

__all__ = ["Flight", "board", "land"]


class Flight:
    """One block in the making.

    Attributes
    ----------
    landed : threading.Event
        Set when it is over.
    audio : ndarray or None
        The block; still ``None`` after landing if making it failed.
    """

    def __init__(self) -> None:
        self.landed = threading.Event()
        self.audio: Audio | None = None


def board(folder: Path, digest: bytes) -> tuple[Flight, bool]:
    """Return the making of a block, and whether it is the caller who makes it."""
    with _lock:
        flight = _flights.get((folder, digest))
        if flight is not None:
            return flight, False
        flight = _flights[folder, digest] = Flight()
        return flight, True


def land(folder: Path, digest: bytes, flight: Flight) -> None:
    """Say that the making is over; whoever boarded first has to."""
    with _lock:
        _flights.pop((folder, digest), None)
    flight.landed.set()


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()
    _flights.clear()


_flights: dict[tuple[Path, bytes], Flight] = {}
_lock = threading.Lock()
os.register_at_fork(after_in_child=_after_fork)
