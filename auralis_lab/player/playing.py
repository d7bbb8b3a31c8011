"""A player that plays from a queue: either follows the other, and what was heard is recorded.

Conventions: the queue says what is to sound, the page what does. A change the listener asked for
loads the player; a track that the sound went on to by itself is only taken note of. Tracks are
looked up on a thread of their own, and only the latest one asked for is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from auralis_lab.audio import frames_to_seconds, seconds_to_frames
from auralis_lab.player.background import Background
from auralis_lab.player.playable import Playable
from auralis_lab.player.playlog import PlayLog
from auralis_lab.player.playqueue import Change, PlayQueue
from auralis_lab.player.queueplaces import entry_name
from auralis_lab.player.queueprogramme import QueueProgramme
from auralis_lab.player.widget import ASKED_S, Player
from auralis_lab.precedence import urgent
from auralis_lab.stream.programme import Sound
from auralis_lab.stream.protocol import Ended, Play, Reply, Report, Request, Segment, Stop

__all__ = ["PlayableTracks", "Playing"]

T = TypeVar("T", bound=Playable)
T_co = TypeVar("T_co", bound=Playable, covariant=True)


class PlayableTracks(Protocol[T_co]):
    """Tracks by their numbers; ``lab.tracks`` has them."""

    def get(self, track_id: int) -> T_co:
        """One track."""


class Playing(Generic[T]):
    """Keeps a queue and a player together.

    The player stands at once where the queue was left, and does not begin by itself.

    Parameters
    ----------
    queue : PlayQueue
        What is to be played.
    player : Player
        Made with `programme`.
    programme : QueueProgramme
        Of that queue.
    tracks : PlayableTracks
        The tracks that the queue names.
    log : PlayLog, optional
        Told what is heard.
    loaded : callable
        Called with each track that is loaded or goes on by itself, on a thread.
    failed : callable
        Called with one sentence if a track cannot be opened.
    opened : callable
        Called with the number of each track that the stream opens, and why it cannot be played, or
        where it breaks off; the stream goes on with what follows it.
    """

    def __init__(
        self,
        queue: PlayQueue,
        player: Player,
        programme: QueueProgramme,
        tracks: PlayableTracks[T],
        *,
        log: PlayLog | None = None,
        loaded: Callable[[T], None] = lambda _: None,
        failed: Callable[[str], None] = lambda _: None,
        opened: Callable[[int, str], None] = lambda *_: None,
    ) -> None:
        self.queue = queue
        self.player = player
        self._programme = programme
        self._tracks = tracks
        self._log = log
        self._loaded = loaded
        self._failed = failed
        self._loading = Background("loading")
        self._round = object()
        self._epoch: tuple[str, int] | None = None
        self._segments: dict[int, Segment] = {}
        self._at: str | None = None
        self._sounding: str | None = None
        self._coming: str | None = None  # is being loaded
        self._left: str | None = None  # sounded when another was chosen, which is still to come
        programme.on_open(opened)
        player.on_message(self._follow)
        player.on_skip(lambda word: queue.next() if word == "next" else queue.previous())
        self._leave = queue.on_change(self._changed)
        if queue.current is not None:
            self._load_soon(play=False)

    def restore(self) -> None:
        """Stand where the queue was left, as other players may have left it since; on a thread."""

        def work() -> None:
            self.queue.look_again()
            if self.queue.current is not None:
                self._load_soon(play=False)

        self._loading.start(work, doing="opening the queue", failed=self._failed)

    def play(self) -> None:
        """Play what is current: at once, or as soon as it has been opened."""
        current = self.queue.value.current
        if current is not None and entry_name(current) != self._at:
            self._load_soon(play=True)
        else:
            self.player.play()

    @property
    def at_current(self) -> bool:
        """Whether the player has what is current; another page may have made something else so."""
        current = self.queue.current
        return current is not None and entry_name(current) == self._at

    def close(self) -> None:
        """Let go of both, and keep what was heard."""
        self._leave()
        self._round = object()
        self._loading.close()
        if self._log is not None:
            self._log.close()
        self._programme.close()
        self.queue.close()

    def _follow(self, message: Request | Reply) -> None:
        """Let the queue stand where the sound is."""
        if self._log is not None:
            self._log.receive(message)
        if isinstance(message, Play):
            self._epoch = (message.client, message.epoch)
            self._segments.clear()
            if message.entry != self._left:
                self._left = None
        elif isinstance(message, (Stop, Ended)):
            self.queue.save_soon()  # the page may be about to leave
        elif isinstance(message, (Segment, Report)):
            if (message.client, message.epoch) != self._epoch:
                return
            if isinstance(message, Segment):
                self._segments[message.segment] = message
            elif message.segment in self._segments:
                self._heard(message, self._segments[message.segment])

    def _heard(self, report: Report, segment: Segment) -> None:
        if report.position_frame < segment.start_frame:
            return  # nothing of it sounds yet
        if segment.entry == self._left:
            return  # the last of it, while the one that was chosen is being opened
        self._sounding = segment.entry
        if report.state in ("playing", "paused"):
            position_s = frames_to_seconds(report.position_frame, segment.rate_hz)
            self.queue.sounding(segment.entry, position_s)
            self._catch_up(segment.entry)
            if report.state == "paused":
                self.queue.save_soon()
        elif report.state == "ended":
            self.queue.ended(segment.entry)

    def _catch_up(self, entry: str) -> None:
        """Show what sounds, where another page had made it current before it came to sound here."""
        current = self.queue.value.current
        shown = entry in (self._at, self._coming)
        if not shown and current is not None and entry_name(current) == entry:
            self._load_soon(play=False, heard=True)

    def _changed(self, change: Change) -> None:
        """Let the player stand where the queue is."""
        if change.cause == "elsewhere":
            return  # what sounds here goes on
        if change.current and change.queue.current is not None:
            heard = change.cause == "heard"
            start = self.player.playing if change.start is None else change.start
            self._load_soon(play=start and not heard, heard=heard)
        elif change.current and change.cause == "asked":
            self._round = object()
            self.player.stop()
            if not change.queue.entries:
                self._at = None
                self.player.load(None)
        elif change.following and self._at is not None and self._programme.outdated(self._at):
            self.player.renew()

    def _load_soon(self, *, play: bool, heard: bool = False) -> None:
        self._round = this_round = object()
        current = self.queue.value.current
        self._coming = None if current is None else entry_name(current)
        if current is not None and not heard and self._sounding != entry_name(current):
            self._left = self._sounding

        def work() -> None:
            queue = self.queue.value
            entry = queue.current
            if this_round is not self._round or entry is None:
                return
            name = entry_name(entry)
            if name == self._at and not heard:  # the same one, from another place
                self.player.seek(queue.position_s)
                if play:
                    self.player.play()
                return
            track = self._tracks.get(entry.track_id)
            self._programme.remember(track.id, track)
            if not heard:
                self._prepare(name, track, queue.position_s)
            self.player.load(
                track, play=play, entry=name, position_s=queue.position_s, sounding=heard
            )
            self._at = name
            self._loaded(track)

        def failed(sentence: str) -> None:
            self._left = None
            self._failed(sentence)

        if play:
            urgent(ASKED_S)
        self._loading.start(work, doing="opening the track", failed=failed)

    def _prepare(self, entry: str, track: T, position_s: float) -> None:
        """Begin to open what the page is about to ask for."""
        player = self.player
        sound = Sound(player.enhanced, player.preset, player.intensity)
        frame = seconds_to_frames(position_s, track.rate_hz)
        self._programme.prepare(entry, track, sound, levelling=player.levelling, frame=frame)
