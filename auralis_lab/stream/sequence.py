"""The tracks of an epoch in their order: joined sample by sample, crossfaded, or of other formats.

The head of the next track is rendered while the present one is still being sent, so that nothing is
waited for at the join. Lengths are frames.
"""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import Protocol

import numpy as np

from auralis_lab.audio import Audio, db_to_gain, frames_to_seconds, seconds_to_frames
from auralis_lab.errors import AuralisLabError, StreamError
from auralis_lab.render.timeline import Overlap, overlap_between
from auralis_lab.stream.ahead import Ahead, Part
from auralis_lab.stream.credit import WAKE_S
from auralis_lab.stream.ends import FollowingError
from auralis_lab.stream.joins import Join
from auralis_lab.stream.pace import LONGEST_BLOCK_S, Pace
from auralis_lab.stream.programme import Opened, follows_on_album

__all__ = ["Route", "Sequence"]

AHEAD_S = 10.0
"""How long before the end of a track, or of the crossfade into the next, that is looked for."""
MAX_EMPTY = 16
"""So many tracks without a frame in a row are the end of what there is."""


class Route(Protocol):
    """How a sequence reaches its listener."""

    def open_part(self, entry: str, track_id: int, start_frame: int = 0) -> Part:
        """Open a place in the queue."""

    def following(self, entry: str) -> tuple[str, int] | None:
        """Ask what comes after a place in the queue."""

    def begin_segment(
        self, part: Part, *, total_frames: int | None, overlap_frames: int, fade: str
    ) -> None:
        """Tell that a track begins."""

    def await_room(self, pace: Pace, at_most: int | None) -> int:
        """Wait until a block may be sent, of `at_most` frames; return how long it may be."""

    def send_block(self, stream: Opened, block: Audio, first_frame: int) -> None:
        """Send a block."""

    def pace(self, rate_hz: int, rows: int) -> Pace:
        """Return how much of a format may be under way."""

    def broke_off(self, part: Part, frame: int, error: Exception) -> None:
        """Tell that a track cannot be read beyond a frame, and that the next one follows there."""

    def check(self) -> None:
        """Leave if nothing more is wanted."""


class Sequence:
    """Sends a track from some frame on and then all that follow it; closes what it opens.

    Parameters
    ----------
    route : Route
        Where to send.
    first : Part
        What to begin with.
    crossfade_s : float
        How long neighbours overlap that are not of one album.
    """

    def __init__(self, route: Route, first: Part, crossfade_s: float) -> None:
        self._route = route
        self._part = first
        self._crossfade_s = crossfade_s
        self._before: Part | None = None
        self._overlap: Overlap | None = None
        self._ahead: Ahead | None = None
        self._next: Part | None = None
        self._next_overlap: Overlap | None = None
        self._decided = False
        self._failure: Exception | None = None
        self._broken: tuple[int, Exception] | None = None
        self._longest: int | None = None

    def __enter__(self) -> Sequence:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._ahead is not None:
            self._ahead.close()
        for part in (self._before, self._part, self._next):
            if part is not None:
                part.stream.close()

    def go_on(self, join: Join) -> None:
        """Begin within an overlap with a track that is opened anew, if that can be had."""
        try:
            self._before = self._route.open_part(join.entry, join.track_id)
            self._longest = join.overlap_frames
            overlap = self._overlap_of(self._before, self._part)
        except AuralisLabError:  # the track that was asked for can be heard all the same
            self._route.check()
            overlap = None
        self._longest = None
        if overlap is not None and self._part.start_frame < overlap.frames:
            self._overlap = overlap
        else:
            self._close_before()

    def send(self) -> None:
        """Send to the end of what there is; a track that breaks off is followed by the next."""
        empty = 0
        while True:
            empty = 0 if self._send_segment() else empty + 1
            if self._broken is not None:
                self._longest, self._next_overlap = 0, None
            self._decide()
            if self._broken is not None:
                frame, error = self._broken
                if self._next is None:
                    raise error
                self._route.broke_off(self._part, frame, error)
                self._broken = None
            if self._failure is not None:
                raise FollowingError from self._failure
            if self._next is None or empty > MAX_EMPTY:
                return
            self._close_before()
            self._before, self._part = self._part, self._next
            self._overlap, self._next, self._next_overlap = self._next_overlap, None, None
            self._ahead, self._decided, self._longest = None, False, None
            if self._overlap is None:
                self._close_before()

    def _send_segment(self) -> int:
        """Send the present track as far as it does not overlap the next; return how much."""
        part, stream, route = self._part, self._part.stream, self._route
        rows = len(stream.lanes) * stream.channels
        pace = route.pace(stream.rate_hz, rows)
        total = part.known_frames
        if total is not None:
            part.start_frame = min(part.start_frame, total)
        at, begun = part.start_frame, False
        while True:
            total = part.known_frames if total is None else total
            left = None if total is None else self._stop(total, at) - at
            wanted = route.await_room(pace, left)
            try:
                block = self._read(at, wanted, rows)
                frames = block.shape[1]
                ended = frames < wanted
                if ended and total is not None and not self._in_overlap(at):
                    whole_s = frames_to_seconds(total, stream.rate_hz)
                    raise StreamError(f"this track, of {whole_s:.1f} s, cannot be read to its end")
            except (AuralisLabError, OSError) as error:
                route.check()
                if not begun and not at:
                    raise
                if not begun:  # where the listener has gone to lies beyond the damage
                    self._begin(total)
                self._broken = at, error
                return at - part.start_frame
            route.check()
            if not begun:
                if total is None and ended:
                    total = stream.total_frames
                    at = part.start_frame = min(at, total)
                self._begin(total)
                begun = True
            if frames:
                route.send_block(stream, block, at)
                at += frames
            if ended and total is None:
                total = at
            if total is not None and at >= self._stop(total, at):
                return at - part.start_frame

    def _begin(self, total: int | None) -> None:
        overlap = self._overlap
        self._route.begin_segment(
            self._part,
            total_frames=total,
            overlap_frames=0 if overlap is None else overlap.frames - self._part.start_frame,
            fade="" if overlap is None else overlap.transition.law,
        )

    def _in_overlap(self, at: int) -> bool:
        return self._overlap is not None and at < self._overlap.frames

    def _read(self, at: int, wanted: int, rows: int) -> Audio:
        """Read a block, which does not reach over the end of an overlap."""
        if wanted == 0:
            return np.zeros((rows, 0), np.float32)
        if self._overlap is not None:
            if at < self._overlap.frames:
                wanted = min(wanted, self._overlap.frames - at)
                return _checked(self._overlap.read(at, wanted), rows, wanted)
            self._overlap = None
            self._close_before()
        return _checked(self._part.read(at, wanted), rows, wanted)

    def _stop(self, total: int, at: int) -> int:
        """Frame at which the present track passes to the next, as far as that is known by now."""
        rate_hz = self._part.stream.rate_hz
        if self._longest is None:
            self._longest = min(seconds_to_frames(self._crossfade_s, rate_hz), total // 2)
            if at > total - self._longest:  # begun within what would have been the overlap
                self._longest = (total - at) // 2
        soon = self._longest + seconds_to_frames(AHEAD_S, rate_hz)
        if self._ahead is None and total - at <= soon:
            self._look_ahead()
        if not self._decided:
            if at < total - self._longest or self._longest == 0:
                return total - self._longest
            self._decide()
        return total - (0 if self._next_overlap is None else self._next_overlap.frames)

    def _look_ahead(self) -> None:
        part, route = self._part, self._route
        self._ahead = Ahead(
            part.entry,
            route.following,
            route.open_part,
            lambda following: seconds_to_frames(LONGEST_BLOCK_S, following.stream.rate_hz),
        )

    def _decide(self) -> None:
        """Settle what follows, and how it is joined on."""
        if self._decided:
            return
        if self._ahead is None:
            self._look_ahead()
        assert self._ahead is not None
        while not self._ahead.wait(WAKE_S):
            self._route.check()
        self._decided = True
        try:
            self._next = self._ahead.take()
        except Exception as error:
            self._route.check()
            self._failure = error
            return
        if self._next is not None and self._longest:
            # What cannot be read is told when it is its turn to be heard.
            with contextlib.suppress(AuralisLabError):
                self._next_overlap = self._overlap_of(self._part, self._next)

    def _overlap_of(self, present: Part, following: Part) -> Overlap | None:
        one, other = present.stream, following.stream
        if _format(one) != _format(other):
            return None
        if present.known_frames is None or following.known_frames is None:
            return None
        if follows_on_album(one.album_place, other.album_place):
            return None
        assert self._longest is not None
        longest_s = frames_to_seconds(self._longest, one.rate_hz)
        gains = _relative_gains(one, other)
        return overlap_between(one, other, crossfade_s=longest_s, outgoing_gains=gains)

    def _close_before(self) -> None:
        part, self._before = self._before, None
        if part is not None:
            part.stream.close()


def _format(stream: Opened) -> tuple[object, ...]:
    return stream.rate_hz, stream.channels, tuple(lane.name for lane in stream.lanes)


def _relative_gains(one: Opened, other: Opened) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """What brings the rows of one stream to the gains with which the other's are played."""
    pairs = zip(one.lanes, other.lanes, strict=True)
    gains = [db_to_gain(a.gain_db - b.gain_db) for a, b in pairs]
    return np.repeat(np.array(gains, np.float64), one.channels)


def _checked(block: Audio, rows: int, wanted: int) -> Audio:
    """Refuse what no listener could play."""
    fits = block.ndim == 2 and block.shape[0] == rows and block.shape[1] <= wanted
    if not fits or block.dtype != np.float32:
        raise StreamError(
            f"the stream gave {block.dtype} of shape {block.shape}"
            f" instead of float32 of shape ({rows}, {wanted})"
        )
    return block
