"""The shape of a library that a dashboard shows and plays."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from auralis_lab.player.insight import DashboardTrack
from auralis_lab.player.libraryshape import LibraryLike, PlaysLike, TracksLike
from auralis_lab.player.playlog import PlayStore
from auralis_lab.player.queueshape import QueueStore

__all__ = ["DashboardLab", "DashboardPlays", "DashboardRoots", "DashboardTracks"]


class DashboardTracks(TracksLike, Protocol):
    """Tracks that can be listed and played."""

    def get(self, track_id: int) -> DashboardTrack:
        """One track."""


class DashboardPlays(PlaysLike, PlayStore, Protocol):
    """What was heard, read and written."""


class DashboardRoots(Protocol):
    """The folders of a library."""

    def failed(self) -> int:
        """How many files could not be read when they were last looked at."""


class DashboardLab(LibraryLike, Protocol):
    """A library whose tracks can be played; :class:`auralis_lab.lab.Lab` is one."""

    @property
    def folder(self) -> Path:
        """Where the music is."""

    @property
    def roots(self) -> DashboardRoots:
        """Its folders."""

    @property
    def tracks(self) -> DashboardTracks:
        """Its tracks."""

    @property
    def queues(self) -> QueueStore:
        """Its saved queues."""

    @property
    def plays(self) -> DashboardPlays:
        """What was heard."""
