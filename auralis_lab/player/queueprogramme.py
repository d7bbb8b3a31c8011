"""What a stream plays when a queue is played from."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from auralis_lab.player.playqueue import PlayQueue
from auralis_lab.stream.programme import Opened, Sound, Streamable, open_track
from auralis_lab.stream.protocol import Levelling

__all__ = ["QueueProgramme"]

TRACKS_AT_HAND = 8


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
        self._answered: tuple[str, tuple[str, int] | None] | None = None

    def outdated(self, entry: str) -> bool:
        """Tell whether something else follows an entry than the stream was last told."""
        if self._answered is None or self._answered[0] != entry:
            return False
        return self._queue.following(entry) != self._answered[1]

    def open(
        self, entry: str, track_id: int, sound: Sound, *, compare: bool, levelling: Levelling
    ) -> Opened:
        """Open the track of a place in the queue."""
        track = self._at_hand.get(track_id) or self._track(track_id)
        self.remember(track_id, track)
        return open_track(track, sound, compare=compare, levelling=levelling)

    def remember(self, track_id: int, track: Streamable) -> None:
        """Keep a track at hand that is about to be opened, with what is known of its sound."""
        self._at_hand[track_id] = track
        self._at_hand.move_to_end(track_id)
        while len(self._at_hand) > TRACKS_AT_HAND:
            self._at_hand.popitem(last=False)

    def following(self, entry: str) -> tuple[str, int] | None:
        """Entry and track that come after a place, or ``None`` if it is the last."""
        following = self._queue.following(entry)
        self._answered = (entry, following)
        return following
