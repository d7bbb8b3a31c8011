"""What may be sent: the listener's credit for one epoch, and the wish that it should end.

Lengths are frames. Every method may be called from any thread.
"""

from __future__ import annotations

import threading
import time

from auralis_lab.stream.ledger import Ledger
from auralis_lab.stream.pace import Pace
from auralis_lab.stream.protocol import MessageError

__all__ = ["WAKE_S", "Credit", "StopError"]

WAKE_S = 0.5
"""How often a waiting thread looks whether the interpreter is about to end."""


class StopError(Exception):
    """Leave the epoch; `message` says why when nobody asked for it."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message)
        self.message = message


class Credit:
    """The account of an epoch, and those who wait for it to change.

    Parameters
    ----------
    start_frame : int
        Where the epoch is to begin.
    idle_s : float
        How long a listener may make no progress while something waits for it.
    """

    def __init__(self, start_frame: int, *, idle_s: float) -> None:
        self._idle_s = idle_s
        self._changed = threading.Condition()
        self._ledger = Ledger(start_frame)
        self._seq = 0
        self._stopping: StopError | None = None
        self._heard_at_s = time.monotonic()

    @property
    def stopping(self) -> bool:
        """Whether the epoch is to end."""
        return self._stopping is not None

    def stop(self, message: str | None) -> None:
        """Have everybody who checks or waits leave."""
        with self._changed:
            self._stopping = self._stopping or StopError(message)
            self._changed.notify_all()

    def check(self) -> None:
        """Leave if the epoch or the interpreter is to end.

        Raises
        ------
        StopError
            If so.
        """
        if self._stopping is not None:
            # One of its own each time: a kept one would keep every frame it passed through.
            raise StopError(self._stopping.message)
        if not threading.main_thread().is_alive():
            raise StopError

    def consume(self, frames: int) -> None:
        """Take note that so many frames of the epoch are gone at the listener.

        Raises
        ------
        MessageError
            If that is more than was sent.
        """
        with self._changed:
            if frames > self._ledger.sent:
                raise MessageError(
                    "consumed_frames", f"{frames} is more than the {self._ledger.sent} sent"
                )
            if frames > self._ledger.consumed:
                self._ledger.consumed = frames
                self._heard_at_s = time.monotonic()
                self._changed.notify_all()

    def begin_segment(self, start_frame: int, rate_hz: int) -> int:
        """Open the next segment; return its number."""
        with self._changed:
            return self._ledger.begin(start_frame, rate_hz)

    def spend(self, frames: int) -> tuple[int, int]:
        """Note a block that is about to be sent; return its segment and its number."""
        with self._changed:
            self._ledger.add(frames)
            self._seq += 1
            return self._ledger.segment, self._seq - 1

    def place(self, *, at_end: bool) -> tuple[int, int]:
        """Segment and frame where the listener is, or where the sending is."""
        with self._changed:
            return self._ledger.place(at_end=at_end)

    def await_room(self, pace: Pace, at_most: int | None) -> int:
        """Wait until the window has room for the next block; return how long that may be."""
        with self._changed:
            self._heard_at_s = time.monotonic()
            while True:
                self.check()
                heard = self._ledger.heard(pace.rate_hz)
                frames = pace.block_frames(self._seq, heard)
                frames = frames if at_most is None else min(frames, at_most)
                under_way = self._ledger.under_way(pace.rate_hz)
                if under_way + frames <= pace.window_frames(heard):
                    return frames
                self._wait()

    def await_silence(self) -> None:
        """Wait until all that was sent is gone."""
        with self._changed:
            self._heard_at_s = time.monotonic()
            while self._ledger.consumed < self._ledger.sent:
                self._wait()
                self.check()

    def _wait(self) -> None:
        self._changed.wait(WAKE_S)
        if time.monotonic() - self._heard_at_s > self._idle_s:
            raise StopError("nothing was heard for a while, so the stream was closed")
