"""What was heard, kept as plays: from the messages between page and kernel.

Conventions: only what came out of the loudspeaker counts as heard, in seconds of the track; pauses
and what was skipped do not. A play is one listen to one place in the queue, with all its seeks,
pauses and changes of sound; it is recorded when something else sounds, when the track has ended,
some time after it was stopped, or when the player closes. Whether it counts is for the store to
say: after 30 s or half the track.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

from auralis_lab.audio import frames_to_seconds
from auralis_lab.errors import AuralisLabError
from auralis_lab.player.background import Background, fault
from auralis_lab.stream.protocol import Ended, Play, Reply, Report, Request, Segment, Stop

__all__ = ["PlayLog", "PlayStore"]

LEAST_HEARD_S = 1.0
END_WITHIN_S = 0.5
OVER_AFTER_S = 20.0

Sound: TypeAlias = tuple[str, float] | None
"""Preset and intensity; None is the original."""


class PlayStore(Protocol):
    """Where plays are kept; ``lab.plays`` is one."""

    def record(
        self,
        track_id: int,
        started_at: datetime,
        heard_s: float,
        finished: bool,
        preset: str | None = None,
        intensity: float | None = None,
    ) -> object:
        """Record one play that is over."""


@dataclass
class _Listen:
    """A play that is going on."""

    entry: str
    track_id: int
    started_at: datetime
    heard_s: dict[Sound, float] = field(default_factory=dict)
    finished: bool = False
    stopped: bool = False


class PlayLog:
    """Follows a stream and records what was heard.

    Parameters
    ----------
    store : PlayStore
        Keeps the plays.
    recorded : callable, optional
        Called with the number of a track after each play of it was recorded, from a thread.
    over_after_s : float
        How long after a stop a play can still go on.
    now : callable
        The time, with its zone.
    """

    def __init__(
        self,
        store: PlayStore,
        recorded: Callable[[int], None] = lambda _: None,
        *,
        over_after_s: float = OVER_AFTER_S,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._recorded = recorded
        self._now = now
        self._over_after_s = over_after_s
        self._timer: threading.Timer | None = None
        self._lock = threading.Lock()
        self._background = Background("plays", gives_way=True)
        self._epoch: tuple[str, int] | None = None
        self._asked: Play | None = None
        self._segments: dict[int, Segment] = {}
        self._segment = -1
        self._frame = 0
        self._listen: _Listen | None = None
        atexit.register(self.close)

    def receive(self, message: Request | Reply) -> None:
        """Follow a message of either side; of any thread, and quick."""
        with self._lock:
            if isinstance(message, Play):
                self._begin(message)
            elif isinstance(message, (Segment, Report, Stop, Ended)):
                if (message.client, message.epoch) != self._epoch:
                    return
                if isinstance(message, Segment):
                    self._segments[message.segment] = message
                elif isinstance(message, Report):
                    self._hear(message)
                elif isinstance(message, Stop) or message.reason != "completed":
                    self._stop()

    def close(self) -> None:
        """Record what was heard last, at once."""
        atexit.unregister(self.close)
        with self._lock:
            self._go_on()
            over, self._listen = self._listen, None
        self._background.close()
        if over is not None:
            self._record(over)

    def _stop(self) -> None:
        """Give the play some time to go on, as after a seek; then it is over."""
        if self._listen is None:
            return
        self._listen.stopped = True
        self._go_on()
        self._timer = threading.Timer(self._over_after_s, self._stopped)
        self._timer.daemon = True
        self._timer.start()

    def _go_on(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _stopped(self) -> None:
        with self._lock:
            if self._listen is not None and self._listen.stopped:
                self._over()

    def _begin(self, asked: Play) -> None:
        listen = self._listen
        anew = listen is not None and listen.stopped and asked.start_frame == 0
        if listen is not None and (anew or listen.entry != asked.entry):
            self._over()
        self._epoch, self._asked = (asked.client, asked.epoch), asked
        self._segments.clear()
        self._segment = -1

    def _hear(self, report: Report) -> None:
        segment = self._segments.get(report.segment)
        if segment is None or report.position_frame < segment.start_frame:
            return  # nothing of it sounds yet
        if report.segment != self._segment:  # another track, or the first of an epoch
            if self._segment >= 0:
                self._over()
            self._segment, self._frame = report.segment, segment.start_frame
        frames = report.position_frame - self._frame
        self._frame = report.position_frame
        if frames > 0:
            self._add(segment, frames, report)
        if self._listen is not None and _at_end(report, segment):
            self._listen.finished = True
            self._over()

    def _add(self, segment: Segment, frames: int, report: Report) -> None:
        heard_s = frames_to_seconds(frames, segment.rate_hz)
        listen = self._listen
        if listen is None:
            listen = self._listen = _Listen(segment.entry, segment.track_id, self._now())
        asked = self._asked
        sound: Sound = None
        if asked is not None and report.lane == "enhanced":
            sound = (asked.preset, asked.intensity)
        listen.heard_s[sound] = listen.heard_s.get(sound, 0.0) + heard_s
        listen.stopped = False
        self._go_on()

    def _over(self) -> None:
        over, self._listen = self._listen, None
        if over is not None:
            self._background.start(
                lambda: self._record(over), doing="recording a play", failed=lambda _: None
            )

    def _record(self, over: _Listen) -> None:
        heard_s = sum(over.heard_s.values())
        if heard_s < LEAST_HEARD_S and not over.finished:
            return
        sound = max(over.heard_s, key=lambda one: over.heard_s[one], default=None)
        preset, intensity = sound or (None, None)
        try:
            self._store.record(
                over.track_id, over.started_at, heard_s, over.finished, preset, intensity
            )
        except AuralisLabError as error:
            fault(error, doing="recording a play")
        else:
            self._recorded(over.track_id)


def _at_end(report: Report, segment: Segment) -> bool:
    """Whether a report is the last of a track that was heard to its end."""
    if report.state == "ended":
        return True
    if not report.final:
        return False
    if segment.total_frames is None:
        return True
    left = segment.total_frames - report.position_frame
    return frames_to_seconds(max(0, left), segment.rate_hz) <= END_WITHIN_S
