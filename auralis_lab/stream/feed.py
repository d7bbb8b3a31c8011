"""One epoch: a thread that reads a stream and sends it as fast as credit allows.

Lengths are frames. At no time is more under way than the window of its
:class:`~auralis_lab.stream.pace.Pace`, and the feed itself holds one block, so a listener that
stalls, however long, costs no memory. A feed is used once; a fresh one is the next epoch.
"""

from __future__ import annotations

import contextvars
import logging
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Protocol

import numpy as np

from auralis_lab.audio import Audio, Readable
from auralis_lab.errors import AuralisLabError, DecodeError, StreamError
from auralis_lab.stream.pace import Pace
from auralis_lab.stream.protocol import (
    Block,
    Ended,
    Lane,
    MessageError,
    Play,
    Reply,
    Segment,
)

__all__ = ["Feed", "OpenStream", "ReadableStream", "Send"]

WAKE_S = 0.5
"""How often a waiting thread looks whether the interpreter is about to end."""

log = logging.getLogger(__name__)


class ReadableStream(Readable, Protocol):
    """A track opened for listening, closed by whoever opened it.

    A stream whose true length is not known yet may say so with ``frames_is_estimate = True``;
    then `total_frames` is not asked for before its end was read.
    """

    def close(self) -> None:
        """Give back what the stream holds."""


class Send(Protocol):
    """Hand a message, and with a block its payload, to the listener."""

    def __call__(self, message: Reply, payload: bytes | None = None) -> None:
        """Send, from any thread, without waiting for the listener."""


class OpenStream(Protocol):
    """Open a track for listening; may take its time, and is called from a thread of its own."""

    def __call__(
        self, track_id: int, *, enhanced: bool, preset: str, intensity: float
    ) -> ReadableStream:
        """Open from the start; errors end the epoch with their message."""


class _StopError(Exception):
    """Leave the feed; `message` says why when nobody asked for it."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message)
        self.message = message


class Feed:
    """The kernel's side of one epoch.

    Parameters
    ----------
    play : Play
        What to send.
    send, open_stream : callable
        Run in the feed's thread, in the context in which :meth:`start` was called.
    openings : threading.Semaphore
        Bounds how many feeds open streams at once, those no longer wanted included.
    window_s, idle_s : float
        Sound under way at most; how long a listener may make no progress before the feed ends.
    on_exit : callable
        Called once when the feed's thread is done.
    """

    def __init__(
        self,
        play: Play,
        *,
        send: Send,
        open_stream: OpenStream,
        openings: threading.Semaphore,
        window_s: float,
        idle_s: float,
        on_exit: Callable[[], None],
    ) -> None:
        self.play = play
        self._send = send
        self._open_stream = open_stream
        self._openings = openings
        self._window_s = window_s
        self._idle_s = idle_s
        self._on_exit = on_exit
        self._changed = threading.Condition()
        self._stopping: _StopError | None = None
        self._start_frame = play.start_frame
        self._sent = 0
        self._consumed = 0
        self._heard_at_s = time.monotonic()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to open and send, in a thread and in a copy of the caller's context."""
        context = contextvars.copy_context()
        self._thread = threading.Thread(
            target=context.run, args=(self._run,), name=f"auralis-stream-{self.play.epoch}"
        )
        self._thread.start()

    def credit(self, consumed_frames: int) -> None:
        """Take note that the listener has consumed so many frames of this epoch.

        Raises
        ------
        MessageError
            If that is more than was sent.
        """
        with self._changed:
            if consumed_frames > self._sent:
                raise MessageError(
                    "consumed_frames", f"{consumed_frames} is more than the {self._sent} sent"
                )
            if consumed_frames > self._consumed:
                self._consumed = consumed_frames
                self._heard_at_s = time.monotonic()
                self._changed.notify_all()

    def stop(self, message: str | None = None) -> None:
        """Ask the thread to end; returns at once."""
        with self._changed:
            self._stopping = self._stopping or _StopError(message)
            self._changed.notify_all()

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
            ended = self._ended(*self._attempt())
            try:
                self._send(ended)
            except Exception:
                log.debug("the listener of epoch %d is gone", self.play.epoch, exc_info=True)
        finally:
            self._on_exit()

    def _attempt(self) -> tuple[str, str | None, str | None]:
        """Send everything; return the reason of the end, a message and a reference."""
        try:
            with closing(self._open()) as stream:
                self._pump(stream)
            return "completed", None, None
        except _StopError as stop:
            return "stopped", stop.message, None
        except Exception as error:
            reference = secrets.token_hex(4)
            log.exception("stream failed, reference %s (track %d)", reference, self.play.track_id)
            return "failed", _public_message(error), reference

    def _ended(self, reason: str, message: str | None, reference: str | None) -> Ended:
        with self._changed:
            heard = self._sent if reason == "completed" else self._consumed
            return Ended.model_validate(
                {
                    "epoch": self.play.epoch,
                    "client": self.play.client,
                    "reason": reason,
                    "segment": 0,
                    "position_frame": self._start_frame + heard,
                    "message": message,
                    "reference": reference,
                }
            )

    def _open(self) -> ReadableStream:
        while not self._openings.acquire(timeout=WAKE_S):
            self._check()
        try:
            self._check()
            return self._open_stream(
                self.play.track_id,
                enhanced=self.play.enhanced,
                preset=self.play.preset,
                intensity=self.play.intensity,
            )
        finally:
            self._openings.release()

    def _pump(self, stream: ReadableStream) -> None:
        self._check()
        pace = Pace(stream.rate_hz, stream.channels, self._window_s)
        total = None if getattr(stream, "frames_is_estimate", False) else stream.total_frames
        if total is not None:
            self._start_frame = min(self._start_frame, total)
        seq = 0
        while True:
            first = self._start_frame + self._sent
            wanted = pace.block_frames(seq, self._consumed)
            if total is not None:
                wanted = min(wanted, total - first)
            self._await_credit(pace, wanted)
            block = _checked(stream.read(first, wanted), stream, wanted) if wanted else None
            self._check()
            frames = 0 if block is None else block.shape[1]
            if total is not None and frames < wanted:
                raise StreamError(f"the track breaks off at frame {first + frames} of {total}")
            if seq == 0:
                if total is None and frames < wanted:
                    total = stream.total_frames
                    self._start_frame = min(self._start_frame, total)
                self._send(self._started(stream, total))
            if block is None or frames == 0:
                return
            self._send_block(block, seq=seq, first_frame=first, rate_hz=stream.rate_hz)
            seq += 1
            if frames < wanted or first + frames == total:
                return

    def _started(self, stream: ReadableStream, total: int | None) -> Segment:
        return Segment(
            segment=0,
            entry=self.play.entry,
            lanes=(Lane(name="enhanced" if self.play.enhanced else "original"),),
            epoch=self.play.epoch,
            client=self.play.client,
            track_id=self.play.track_id,
            start_frame=self._start_frame,
            total_frames=total,
            channels=stream.channels,
            rate_hz=stream.rate_hz,
        )

    def _send_block(self, block: Audio, *, seq: int, first_frame: int, rate_hz: int) -> None:
        channels, frames = block.shape
        header = Block(
            epoch=self.play.epoch,
            client=self.play.client,
            segment=0,
            seq=seq,
            lanes=1,
            first_frame=first_frame,
            frames=frames,
            channels=channels,
            rate_hz=rate_hz,
        )
        with self._changed:
            self._sent += frames
        self._send(header, block.astype("<f4", copy=False).tobytes())

    def _await_credit(self, pace: Pace, frames: int) -> None:
        with self._changed:
            self._heard_at_s = time.monotonic()
            while self._sent - self._consumed + frames > pace.window_frames(self._consumed):
                self._changed.wait(WAKE_S)
                self._check()
                if time.monotonic() - self._heard_at_s > self._idle_s:
                    raise _StopError("nothing was heard for a while, so the stream was closed")

    def _check(self) -> None:
        if self._stopping is not None:
            raise self._stopping
        if not threading.main_thread().is_alive():
            raise _StopError


def _checked(block: Audio, stream: ReadableStream, wanted: int) -> Audio:
    """Refuse what no listener could play."""
    fits = block.ndim == 2 and block.shape[0] == stream.channels and block.shape[1] <= wanted
    if not fits or block.dtype != np.float32:
        raise StreamError(
            f"the stream gave {block.dtype} of shape {block.shape}"
            f" instead of float32 of shape ({stream.channels}, {wanted})"
        )
    return block


def _public_message(error: Exception) -> str:
    """Say what happened without paths or internals."""
    if isinstance(error, DecodeError):
        text = f"cannot decode this track: {error.reason}"
    elif isinstance(error, AuralisLabError):
        text = str(error)
    else:
        text = "something went wrong while this track was read"
    return text[:500]
