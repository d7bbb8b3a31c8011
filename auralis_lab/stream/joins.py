"""What overlaps the segments of an epoch, so that the next epoch can go on within an overlap."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from auralis_lab.stream.protocol import Play

__all__ = ["Join", "Joins"]


@dataclass(frozen=True)
class Join:
    """The track that a segment began upon.

    Attributes
    ----------
    entry, track_id
        What it is.
    overlap_frames : int
        Frame of the segment's track up to which it can be heard.
    """

    entry: str
    track_id: int
    overlap_frames: int


class Joins:
    """The entries of an epoch's segments and how each was joined on.

    Parameters
    ----------
    first : Join, optional
        What the first segment goes on with.
    """

    def __init__(self, first: Join | None = None) -> None:
        self._lock = threading.Lock()
        self._first = first
        self._segments: list[tuple[str, int, Join | None]] = []

    def begin(self, entry: str, track_id: int, overlap_end: int) -> None:
        """Note the next segment, which overlaps the one before up to a frame, or 0."""
        with self._lock:
            join = self._first if not self._segments else None
            if self._segments and overlap_end:
                before_entry, before_id, _ = self._segments[-1]
                join = Join(before_entry, before_id, overlap_end)
            self._segments.append((entry, track_id, join if overlap_end else None))

    def within(self, play: Play, place: tuple[int, int]) -> Join | None:
        """Return what a play goes on with that was asked for when the listener was at a place.

        That is the overlap of the segment that sounds, if the play is of the same entry and goes on
        from there on and within it. Who goes back to the start of a track wants to hear that alone.
        """
        segment, frame = place
        with self._lock:
            if segment >= len(self._segments):
                return None
            entry, _, join = self._segments[segment]
        if join is None or entry != play.entry or not play.crossfade_s:
            return None
        return join if frame <= play.start_frame < join.overlap_frames else None
