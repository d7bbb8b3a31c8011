"""A listener's session: who is heard, in which epoch, at whose cost.

A session serves one player. It knows nothing of widgets or sockets: it takes decoded messages and
hands replies to a callable, from any thread. No call waits for audio. What belongs to an epoch
(stream, thread, credit) lives in a :class:`~auralis_lab.stream.feed.Feed` and dies with it; the
session only knows the latest one, and holds one of the machine's slots while any feed runs.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable
from typing import TypeAlias

from auralis_lab.errors import StreamLimitError
from auralis_lab.settings import settings
from auralis_lab.stream.feed import Feed, Send
from auralis_lab.stream.programme import Programme
from auralis_lab.stream.protocol import (
    MessageError,
    Play,
    Refused,
    Reply,
    Report,
    Request,
    Stop,
    parse_request,
    refusal,
)
from auralis_lab.stream.slots import Slot, take_slot

__all__ = ["Observer", "StreamSession"]

OPENINGS_AT_ONCE = 3
IDLE_S = 300.0
CLOSE_S = 10.0

Observer: TypeAlias = Callable[[Request | Reply], None]

log = logging.getLogger(__name__)


class StreamSession:
    """Streams to one player, one epoch at a time.

    A listener is known by its `client` word. When another one asks to play, it takes over, and the
    former is told that it was stopped.

    Parameters
    ----------
    send : callable
        ``send(message, payload)``; called from the session's threads and from :meth:`receive`.
        Blocks are sent in the context (:mod:`contextvars`) in which their `Play` was received.
    programme : Programme
        What is to be played. Asked in threads of the session, so it may take long; the session
        closes what it opens.
    on_message : callable, optional
        Told every accepted request and every reply but blocks, from any thread.
    window_s : float, optional
        Sound that may be under way; ``settings().stream_window_s`` by default.
    idle_s : float
        A stream whose listener makes no progress for so long is closed, and can be resumed.
    """

    def __init__(
        self,
        send: Send,
        programme: Programme,
        *,
        on_message: Observer | None = None,
        window_s: float | None = None,
        idle_s: float = IDLE_S,
    ) -> None:
        self._send = send
        self._programme = programme
        self._on_message = on_message
        self._window_s = settings().stream_window_s if window_s is None else window_s
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._feeds = _Feeds()
        self._closed = False
        self._openings = threading.Semaphore(OPENINGS_AT_ONCE)
        self._finalizer = weakref.finalize(self, self._feeds.stop)

    def receive(self, content: object) -> None:
        """Act upon a message of the listener; a bad one is refused and changes nothing.

        Parameters
        ----------
        content : object
            Decoded JSON.
        """
        feed: Feed | None = None
        steered: Feed | None = None
        try:
            request = parse_request(content)
            with self._lock:
                if self._closed:
                    return
                if isinstance(request, Play):
                    feed = self._succeed(request)
                else:
                    steered = self._steer(request)
        except MessageError as error:
            self._reply(refusal(content, error))
            return
        except StreamLimitError as error:
            self._reply(
                Refused(
                    reason="limit",
                    message=str(error),
                    epoch=request.epoch,
                    client=request.client,
                )
            )
            return
        if feed is not None or steered is not None:
            _tell(self._on_message, request)
        if feed is not None:
            self._feeds.start(feed)
        elif steered is not None:
            steered.attend()

    def close(self) -> None:
        """Stop, wait for the threads, close the stream and give the slot back; idempotent."""
        with self._lock:
            self._closed = True
        self._finalizer()
        if not self._feeds.join(CLOSE_S):
            log.warning("a stream is still being opened; it will be closed when it is")

    def __enter__(self) -> StreamSession:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _succeed(self, play: Play) -> Feed | None:
        """Put a feed in the place of the latest; ``None`` when the request is stale."""
        former = self._feeds.latest
        same = former is not None and former.play.client == play.client
        if former is not None and same and play.epoch <= former.play.epoch:
            return None
        self._feeds.enter()
        feed = Feed(
            play,
            send=_Replies(self._send, self._on_message),
            programme=self._programme,
            openings=self._openings,
            window_s=self._window_s,
            idle_s=self._idle_s,
            on_exit=self._feeds.leave,
            former=former if same else None,
        )
        if former is not None:
            former.stop(None if same else "playing in another window", successor=feed)
        self._feeds.add(feed)
        return feed

    def _steer(self, request: Report | Stop) -> Feed | None:
        """Credit or stop the latest feed; ``None`` when the request is stale."""
        feed = self._feeds.latest
        if feed is None or (feed.play.client, feed.play.epoch) != (request.client, request.epoch):
            return None
        if isinstance(request, Report):
            feed.credit(request.consumed_frames)
        else:
            feed.stop()
        return feed

    def _reply(self, message: Reply) -> None:
        _Replies(self._send, self._on_message)(message)


def _tell(observe: Observer | None, message: Request | Reply) -> None:
    """Let an observer know; what it raises must not end the stream."""
    if observe is not None:
        try:
            observe(message)
        except Exception:
            log.exception("an observer of the stream failed")


class _Replies:
    """Sends, and lets the observer see what is not a block."""

    def __init__(self, send: Send, observe: Observer | None) -> None:
        self._send = send
        self._observe = observe

    def __call__(self, message: Reply, payload: bytes | None = None) -> None:
        self._send(message, payload)
        if payload is None:
            _tell(self._observe, message)


class _Feeds:
    """The feeds that run, and the one slot they share.

    Apart from the session, which may thus be forgotten while they run: they are stopped then.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[Feed] = []
        self._slot: Slot | None = None
        self._users = 0
        self.latest: Feed | None = None

    def enter(self) -> None:
        """Count one more feed in; the first one takes the slot."""
        with self._lock:
            if self._slot is None:
                self._slot = take_slot()
            self._users += 1

    def leave(self) -> None:
        """Count one feed out; the last one gives the slot back."""
        with self._lock:
            self._users -= 1
            if self._users == 0 and self._slot is not None:
                self._slot.release()
                self._slot = None

    def add(self, feed: Feed) -> None:
        """Make a feed, counted in, the latest."""
        with self._lock:
            self._running = [each for each in self._running if not each.done]
            self._running.append(feed)
            self.latest = feed

    def start(self, feed: Feed) -> None:
        """Start a feed that was added."""
        try:
            feed.start()
        except BaseException:
            self.leave()
            raise

    def stop(self) -> None:
        """Ask every feed to end."""
        with self._lock:
            running = list(self._running)
        for feed in running:
            feed.stop()

    def join(self, timeout_s: float) -> bool:
        """Wait for every feed; False if one is still busy."""
        with self._lock:
            running = list(self._running)
        deadline_s = time.monotonic() + timeout_s
        busy = [f for f in running if not f.join(max(0.0, deadline_s - time.monotonic()))]
        return not busy
