"""One epoch: a thread that reads tracks and sends them as fast as credit allows.

Lengths are frames. At no time is more under way than the window of its
:class:`~auralis_lab.stream.pace.Pace`, and the feed itself holds one block and the head of the next
track, so a listener that stalls, however long, costs no memory. A feed is used once; a fresh one is
the next epoch.
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
import secrets
import threading
import time
from collections.abc import Callable
from typing import Protocol

from auralis_lab.audio import Audio, frames_to_seconds
from auralis_lab.precedence import Urgency, urgent
from auralis_lab.stream.ahead import Part
from auralis_lab.stream.credit import WAKE_S, Credit, StopError
from auralis_lab.stream.ends import ended, public_message
from auralis_lab.stream.joins import Join, Joins
from auralis_lab.stream.pace import Pace
from auralis_lab.stream.programme import Opened, Programme, Sound
from auralis_lab.stream.protocol import Better, Block, Ended, Play, Reply, Segment
from auralis_lab.stream.sequence import Route, Sequence

__all__ = ["Feed", "Send"]

SUCCESSION_S = 20.0
URGENT_BLOCKS = 3  # once they are sent, sound goes on for a while, and other work may too

log = logging.getLogger(__name__)


class Send(Protocol):
    """Hand a message, and with a block its payload, to the listener."""

    def __call__(self, message: Reply, payload: bytes | None = None) -> None:
        """Send, from any thread, without waiting for the listener."""


class Feed(Route):
    """The kernel's side of one epoch.

    Parameters
    ----------
    play : Play
        What to send.
    send : callable
        Run in the feed's threads, in the context in which :meth:`start` was called.
    programme : Programme
        Opens what is to be played, and tells what follows it.
    openings : threading.Semaphore
        Bounds how many feeds open streams at once, those no longer wanted included.
    window_s, idle_s : float
        Sound under way at most; how long a listener may make no progress before the feed ends.
    on_exit : callable
        Called once when the feed's thread is done.
    former : Feed, optional
        The same listener's epoch before; an overlap in which it is goes on.
    """

    def __init__(
        self,
        play: Play,
        *,
        send: Send,
        programme: Programme,
        openings: threading.Semaphore,
        window_s: float,
        idle_s: float,
        on_exit: Callable[[], None],
        former: Feed | None = None,
    ) -> None:
        self.play = play
        self._join = None if former is None else former.join_within(play)
        self._joins = Joins(self._join)
        self._send = send
        self._programme = programme
        self._openings = openings
        self._window_s = window_s
        self._on_exit = on_exit
        self._credit = Credit(play.start_frame, idle_s=idle_s)
        self._successor: Feed | None = None
        self._opened = threading.Event()
        self._over = False
        self._lock = threading.Lock()
        self._improved: tuple[int, int] | None = None
        self._context = contextvars.copy_context()
        self._thread: threading.Thread | None = None
        self._urgency: Urgency | None = None

    def start(self) -> None:
        """Begin to open and send, in a thread and in a copy of the caller's context."""
        self._context = contextvars.copy_context()
        self._urgency = urgent()
        self._thread = threading.Thread(
            target=self._context.copy().run,
            args=(self._run,),
            name=f"auralis-stream-{self.play.epoch}",
        )
        self._thread.start()

    def credit(self, consumed_frames: int) -> None:
        """Take note that so many frames of this epoch are gone at the listener.

        Raises
        ------
        MessageError
            If that is more than was sent.
        """
        self._credit.consume(consumed_frames)

    def join_within(self, play: Play) -> Join | None:
        """Return what overlaps where the listener is, if a play is to go on there."""
        return self._joins.within(play, self._credit.place(at_end=False))

    def attend(self) -> None:
        """Tell of a better plan, if there is one and the listener has come to where it counts."""
        with self._lock:
            place = self._improved
            if place is None or self._credit.place(at_end=False) < place:
                return
            self._improved = None
        if not self._over and not self._credit.stopping:
            better = Better(epoch=self.play.epoch, client=self.play.client, segment=place[0])
            self._context.copy().run(self._tell, better)

    def stop(self, message: str | None = None, *, successor: Feed | None = None) -> None:
        """Ask the thread to end; returns at once.

        A successor that plays the same track finds it still open: what a closed stream would throw
        away, such as a decode under way, is kept until the successor has opened its own.
        """
        self._successor = self._successor or successor
        self._credit.stop(message)

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread; False if it is still busy after `timeout_s`."""
        thread = self._thread
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout_s)
        return not thread.is_alive()

    @property
    def done(self) -> bool:
        """Whether the thread has run and is over."""
        return self._thread is not None and not self._thread.is_alive()

    def _run(self) -> None:
        try:
            with contextlib.ExitStack() as streams:
                end = self._attempt(streams)
                self._over = True
                self._sounds()
                self._tell(end)
                self._opened.set()
                if end.reason == "stopped":
                    self._await_successor()
        finally:
            self._opened.set()
            self._on_exit()

    def _attempt(self, streams: contextlib.ExitStack) -> Ended:
        """Send everything; say how it ended. What was opened is left to `streams`."""
        play = self.play
        try:
            first = self.open_part(play.entry, play.track_id, play.start_frame)
            sequence = streams.enter_context(Sequence(self, first, play.crossfade_s))
            self._opened.set()
            if self._join is not None:
                sequence.go_on(self._join)
            sequence.send()
            return self._ended("completed")
        except StopError as stop:
            return self._ended("stopped", stop.message)
        except Exception as error:
            reference = secrets.token_hex(4)
            log.exception("stream failed, reference %s (track %d)", reference, play.track_id)
            try:
                self._credit.await_silence()  # what was sent is sound; it is heard out first
            except StopError as stop:
                return self._ended("stopped", stop.message)
            return self._ended("failed", public_message(error), reference)

    def _tell(self, message: Reply) -> None:
        try:
            self._send(message)
        except Exception:
            log.debug("the listener of epoch %d is gone", self.play.epoch, exc_info=True)

    def _await_successor(self) -> None:
        """Wait until whoever comes next has opened its stream, or has given up."""
        successor, until_s = self._successor, time.monotonic() + SUCCESSION_S
        while successor is not None and time.monotonic() < until_s:
            if successor._opened.wait(WAKE_S) or not threading.main_thread().is_alive():
                return

    def _ended(
        self, reason: str, message: str | None = None, reference: str | None = None
    ) -> Ended:
        place = self._credit.place(at_end=reason == "completed")
        return ended(self.play, place, reason, message=message, reference=reference)

    # What a sequence asks of its route.

    def open_part(self, entry: str, track_id: int, start_frame: int = 0) -> Part:
        """Open a place in the queue, when it is our turn."""
        while not self._openings.acquire(timeout=WAKE_S):
            self.check()
        try:
            self.check()
            play = self.play
            sound = Sound(play.enhanced, play.preset, play.intensity)
            stream = self._programme.open(
                entry, track_id, sound, compare=play.compare, levelling=play.levelling
            )
            return Part(entry, track_id, stream, start_frame)
        finally:
            self._openings.release()

    def following(self, entry: str) -> tuple[str, int] | None:
        """Ask what comes after a place in the queue."""
        return self._programme.following(entry)

    def begin_segment(
        self, part: Part, *, total_frames: int | None, overlap_frames: int, fade: str
    ) -> None:
        """Tell the listener that a track begins."""
        stream = part.stream
        overlap_end = part.start_frame + overlap_frames if overlap_frames else 0
        self._joins.begin(part.entry, part.track_id, overlap_end)
        segment = self._credit.begin_segment(part.start_frame, stream.rate_hz)
        self._send(
            Segment(
                epoch=self.play.epoch,
                client=self.play.client,
                segment=segment,
                entry=part.entry,
                track_id=part.track_id,
                start_frame=part.start_frame,
                total_frames=total_frames,
                channels=stream.channels,
                rate_hz=stream.rate_hz,
                lanes=stream.lanes,
                overlap_frames=overlap_frames,
                fade=fade,
                provisional=stream.provisional,
            )
        )
        if stream.provisional:
            place = segment, max(overlap_end, part.start_frame)
            stream.on_better(lambda: self._better(place))

    def _better(self, place: tuple[int, int]) -> None:
        """Take note of a better plan for a segment, from where it does not overlap another."""
        with self._lock:
            self._improved = place
        self.attend()

    def await_room(self, pace: Pace, at_most: int | None) -> int:
        """Wait until the window has room for the next block; return how long that may be."""
        return self._credit.await_room(pace, at_most)

    def send_block(self, stream: Opened, block: Audio, first_frame: int) -> None:
        """Send a block of the present segment."""
        frames = block.shape[1]
        segment, seq = self._credit.spend(frames)
        header = Block(
            epoch=self.play.epoch,
            client=self.play.client,
            segment=segment,
            seq=seq,
            first_frame=first_frame,
            frames=frames,
            channels=stream.channels,
            lanes=len(stream.lanes),
            rate_hz=stream.rate_hz,
        )
        self._send(header, block.astype("<f4", copy=False).tobytes())
        if seq + 1 >= URGENT_BLOCKS:
            self._sounds()

    def _sounds(self) -> None:
        """Nobody waits for this epoch any more."""
        if self._urgency is not None:
            self._urgency.over()

    def pace(self, rate_hz: int, rows: int) -> Pace:
        """Return how much of a format may be under way."""
        return Pace(rate_hz, rows, self._window_s)

    def broke_off(self, part: Part, frame: int, error: Exception) -> None:
        """Note that a track cannot be read beyond a frame; the next one follows there."""
        at_s = frames_to_seconds(frame, part.stream.rate_hz)
        log.warning("track %d breaks off after %.1f s", part.track_id, at_s, exc_info=error)
        self._programme.broke_off(part.track_id, at_s)

    def check(self) -> None:
        """Leave if the epoch is over."""
        self._credit.check()
