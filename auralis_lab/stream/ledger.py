"""Which frames of an epoch were sent, which are gone, and where in which track that is.

Frames of an epoch are counted over all of its segments, which may differ in rate.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Ledger"]


@dataclass
class _Sent:
    """A segment: where it begins in its track and in the epoch, and how much of it was sent."""

    start_frame: int
    before: int
    rate_hz: int
    frames: int = 0

    def gone(self, consumed: int) -> int:
        """Return how many of its frames are gone when `consumed` of the epoch are."""
        return min(max(0, consumed - self.before), self.frames)


class Ledger:
    """The account of one epoch; belongs to whoever holds the lock around it."""

    def __init__(self, start_frame: int) -> None:
        self.sent = 0
        self.consumed = 0
        self._start_frame = start_frame
        self._segments: list[_Sent] = []

    @property
    def segment(self) -> int:
        """Number of the segment that is being sent."""
        return max(0, len(self._segments) - 1)

    def begin(self, start_frame: int, rate_hz: int) -> int:
        """Open the next segment; return its number."""
        self._segments.append(_Sent(start_frame, self.sent, rate_hz))
        return self.segment

    def add(self, frames: int) -> None:
        """Note that so many frames of the segment were sent."""
        self._segments[-1].frames += frames
        self.sent += frames

    def under_way(self, rate_hz: int) -> int:
        """Frames that were sent and are not gone, those of other rates for as long as they last."""
        total = 0
        for each in reversed(self._segments):
            waiting = each.frames - each.gone(self.consumed)
            if waiting == 0 and each.frames:
                break
            total += -(-waiting * rate_hz // each.rate_hz)
        return total

    def heard(self, rate_hz: int) -> int:
        """Frames that are gone, those of other rates for as long as they lasted."""
        return sum(each.gone(self.consumed) * rate_hz // each.rate_hz for each in self._segments)

    def place(self, *, at_end: bool = False) -> tuple[int, int]:
        """Segment and frame of its track where the listener is, or where the sending is."""
        if not self._segments:
            return 0, self._start_frame
        if not at_end:
            for number, each in enumerate(self._segments):
                gone = each.gone(self.consumed)
                if gone < each.frames:
                    return number, each.start_frame + gone
        last = self._segments[-1]
        return self.segment, last.start_frame + last.frames
