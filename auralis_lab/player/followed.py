"""What a page does with a player, told to Python: status, position, message, report.

Positions are seconds here, frames in the page. The page owns what sounds; the traits are read only.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import anywidget
import traitlets

from auralis_lab.audio import frames_to_seconds
from auralis_lab.player.playable import Playable
from auralis_lab.stream.protocol import Ended, Play, Refused, Reply, Report, Request, Stop

__all__ = ["Followed"]

_STATUS_OF_REPORT = {
    "waiting": "opening",
    "playing": "playing",
    "paused": "paused",
    "starved": "buffering",
    "ended": "ended",
}

log = logging.getLogger(__name__)


class Followed(anywidget.AnyWidget):  # type: ignore[misc]
    """A widget whose traits follow what page and session say to each other.

    Attributes
    ----------
    playing : bool
        Whether sound comes out; read only, like all that follow.
    position_s : float
        Where the sound is.
    status : str
        ``'idle'``, ``'opening'``, ``'playing'``, ``'buffering'``, ``'paused'``, ``'stopped'``,
        ``'ended'`` (the last sample was heard) or ``'failed'``.
    message : str
        What went wrong, with the reference under which the log tells more; else empty.
    report : Report or None
        The page's latest report: frames heard, their hash, underruns, latency.
    """

    playing = traitlets.Bool(False, read_only=True)
    position_s = traitlets.Float(0.0, read_only=True)
    status = traitlets.Unicode("idle", read_only=True)
    message = traitlets.Unicode("", read_only=True)
    report = traitlets.Any(None, read_only=True)

    def __init__(self, **traits: object) -> None:
        self._followers: list[Callable[[Request | Reply], None]] = []
        self._loaded: Playable | None = None
        self._stream: tuple[str, int] | None = None
        super().__init__(**traits)

    def on_message(self, callback: Callable[[Request | Reply], None]) -> None:
        """Have `callback` told what page and session say to each other, blocks left out."""
        self._followers.append(callback)

    def _follow(self, message: Request | Reply) -> None:
        """Let the traits tell what the page and the session do."""
        for callback in self._followers:
            callback(message)
        if isinstance(message, Play):
            self._stream = (message.client, message.epoch)
            self._show("opening", position_s=self._seconds(message.start_frame))
        elif isinstance(message, Refused):
            if message.reason == "limit":
                self._show("failed", message=message.message)
            else:
                log.warning("the page sent an invalid message: %s", message.message)
        elif (message.client, message.epoch) != self._stream:
            return
        elif isinstance(message, Report):
            self.set_trait("report", message)
            position_s = self._seconds(message.position_frame)
            self._show(_STATUS_OF_REPORT[message.state], position_s=position_s)
        elif isinstance(message, Stop):
            self._show("stopped")
        elif isinstance(message, Ended) and message.reason != "completed":
            self._stream = None  # a report may still be on its way
            if message.reason == "failed":
                self._show("failed", message=f"{message.message} (reference {message.reference})")
            else:
                self._show("stopped", message=message.message or "")

    def _show(self, status: str, *, message: str = "", position_s: float | None = None) -> None:
        if position_s is not None:
            self.set_trait("position_s", position_s)
        self.set_trait("message", message)
        self.set_trait("playing", status == "playing")
        self.set_trait("status", status)

    def _seconds(self, frame: int) -> float:
        return frames_to_seconds(frame, self._loaded.rate_hz) if self._loaded else 0.0
