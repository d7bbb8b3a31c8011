"""What a stream plays when a queue is played from."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from auralis_lab.errors import AuralisLabError
from auralis_lab.player.playqueue import PlayQueue
from auralis_lab.stream.ends import public_message
from auralis_lab.stream.programme import Opened, Sound, Streamable, open_track
from auralis_lab.stream.protocol import Levelling

__all__ = ["QueueProgramme"]

log = logging.getLogger(__name__)

TRACKS_AT_HAND = 8
HEAD_FRAMES = 8_192


@dataclass
class _Prepared:
    """A place that is being opened, or is open, before it is asked for."""

    track: Streamable
    asked: tuple[str, Sound, bool, Levelling]
    opened: Future[Opened] = field(default_factory=Future)

    def open(self, frame: int) -> None:
        """Open it, and render what is to be heard first into the cache of rendered blocks."""
        _, sound, compare, levelling = self.asked
        try:
            opened = open_track(self.track, sound, compare=compare, levelling=levelling)
        except Exception as error:
            self.opened.set_exception(error)
            return
        try:
            opened.read(frame, HEAD_FRAMES)
        except Exception:  # whoever takes it will meet it again
            log.debug("the head of track %d was not rendered", self.track.id, exc_info=True)
        self.opened.set_result(opened)

    def drop(self) -> None:
        """Close it as soon as it is open; it is not wanted any more."""

        def close(done: Future[Opened]) -> None:
            if done.exception() is None:
                done.result().close()

        self.opened.add_done_callback(close)


class QueueProgramme:
    """A queue as the programme of a stream.

    Parameters
    ----------
    queue : PlayQueue
        In which order.
    track : callable
        Gives a track by its number; ``lab.tracks.get``.
    """

    def __init__(self, queue: PlayQueue, track: Callable[[int], Streamable]) -> None:
        self._queue = queue
        self._track = track
        self._at_hand: OrderedDict[int, Streamable] = OrderedDict()
        self._answered: OrderedDict[str, tuple[str, int] | None] = OrderedDict()
        self._told: Callable[[int, str], None] = lambda *_: None
        self._lock = threading.Lock()
        self._prepared: _Prepared | None = None
        self._compare = False

    def prepare(
        self, entry: str, track: Streamable, sound: Sound, *, levelling: Levelling, frame: int = 0
    ) -> None:
        """Begin to open what is about to be asked for, and to render it from `frame` on.

        Returns at once. One place at a time: while another is still being opened, nothing is done.
        """
        asked = (entry, sound, self._compare, levelling)
        prepared = _Prepared(track, asked)
        with self._lock:
            former = self._prepared
            if former is not None and (former.asked == asked or not former.opened.done()):
                return
            self._prepared = prepared
        if former is not None:
            former.drop()
        threading.Thread(target=prepared.open, args=(frame,), name="auralis-prepare").start()

    def on_open(self, told: Callable[[int, str], None]) -> None:
        """Have told of each track that is opened, or breaks off, its number and what is wrong."""
        self._told = told

    def close(self) -> None:
        """Let go of what was prepared."""
        with self._lock:
            prepared, self._prepared = self._prepared, None
        if prepared is not None:
            prepared.drop()

    def outdated(self, entry: str) -> bool:
        """Tell whether something else follows an entry than the stream was last told."""
        return entry in self._answered and self._queue.following(entry) != self._answered[entry]

    def open(
        self, entry: str, track_id: int, sound: Sound, *, compare: bool, levelling: Levelling
    ) -> Opened:
        """Open the track of a place in the queue, or take it as it was prepared."""
        try:
            opened = self._open(entry, track_id, sound, compare=compare, levelling=levelling)
        except (AuralisLabError, OSError) as error:
            log.warning("track %d of the queue cannot be opened", track_id, exc_info=True)
            self._told(track_id, public_message(error))
            raise
        self._told(track_id, "")
        return opened

    def _open(
        self, entry: str, track_id: int, sound: Sound, *, compare: bool, levelling: Levelling
    ) -> Opened:
        self._compare = compare
        with self._lock:
            prepared, self._prepared = self._prepared, None
        if prepared is not None:
            wanted = prepared.asked == (entry, sound, compare, levelling)
            if wanted and prepared.opened.exception() is None:  # what failed may be mended by now
                return prepared.opened.result()
            prepared.drop()
        track = self._at_hand.get(track_id) or self._track(track_id)
        self.remember(track_id, track)
        return open_track(track, sound, compare=compare, levelling=levelling)

    def remember(self, track_id: int, track: Streamable) -> None:
        """Keep a track at hand that is about to be opened, with what is known of its sound."""
        self._at_hand[track_id] = track
        self._at_hand.move_to_end(track_id)
        while len(self._at_hand) > TRACKS_AT_HAND:
            self._at_hand.popitem(last=False)

    def broke_off(self, track_id: int, at_s: float) -> None:
        """Tell that a track cannot be heard to its end."""
        minutes, seconds = divmod(int(at_s), 60)
        self._told(track_id, f"breaks off after {minutes}:{seconds:02}")

    def following(self, entry: str) -> tuple[str, int] | None:
        """Entry and track that come after a place, or ``None`` if it is the last."""
        following = self._queue.following(entry)
        self._answered[entry] = following
        self._answered.move_to_end(entry)
        while len(self._answered) > TRACKS_AT_HAND:
            self._answered.popitem(last=False)
        return following
