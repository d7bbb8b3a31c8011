"""What follows a track: opened, and its head rendered, while the track before it still sounds."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from auralis_lab.audio import Audio
from auralis_lab.errors import AuralisLabError
from auralis_lab.stream.programme import Opened

__all__ = ["Ahead", "Part"]

MOST_TRIED = 16
"""So many tracks in a row that cannot be opened are passed over."""


@dataclass
class Part:
    """A place in the queue, opened.

    Attributes
    ----------
    entry, track_id
        What it is.
    stream : Opened
        Belongs to whoever holds the part.
    start_frame : int
        Where to begin.
    head : ndarray or None
        Frames from the start on that were rendered ahead.
    """

    entry: str
    track_id: int
    stream: Opened
    start_frame: int = 0
    head: Audio | None = None

    def read(self, start_frame: int, frames: int) -> Audio:
        """Frames of the stream, from the head as far as that holds them whole."""
        head = self.head
        if head is not None:
            if start_frame + frames <= head.shape[1]:
                return head[:, start_frame : start_frame + frames]
            if start_frame >= head.shape[1]:
                self.head = None
        return self.stream.read(start_frame, frames)

    @property
    def known_frames(self) -> int | None:
        """Length, as soon as it is known."""
        if getattr(self.stream, "frames_is_estimate", False):
            return None
        return self.stream.total_frames


class Ahead:
    """Finds, opens and begins to render what follows, in a thread of its own.

    A track that was opened on a provisional plan is opened again when it is taken, if it has been
    measured by then: so it begins on the better plan.

    Parameters
    ----------
    entry : str
        What is followed.
    find : callable
        Returns entry and track of what follows an entry, or ``None``.
    open_part : callable
        Opens it. A track that cannot be opened is passed over, and what follows it is tried.
    head_frames : callable
        How many frames of it to render.
    """

    def __init__(
        self,
        entry: str,
        find: Callable[[str], tuple[str, int] | None],
        open_part: Callable[[str, int], Part],
        head_frames: Callable[[Part], int],
    ) -> None:
        self._entry, self._find = entry, find
        self._open_part, self._head_frames = open_part, head_frames
        self._part: Part | None = None
        self._better = threading.Event()
        self._error: Exception | None = None
        context = contextvars.copy_context()
        self._thread = threading.Thread(
            target=context.run, args=(self._run,), name="auralis-stream-ahead"
        )
        self._thread.start()

    @property
    def ready(self) -> bool:
        """Whether it is known what follows, and that is open."""
        return not self._thread.is_alive()

    def wait(self, timeout_s: float) -> bool:
        """Wait; False if it is not ready after `timeout_s`."""
        self._thread.join(timeout_s)
        return self.ready

    def take(self) -> Part | None:
        """Return what follows, to be closed by the caller, ``None`` when nothing does.

        Raises
        ------
        Exception
            What went wrong while it was opened; of several that cannot be, with the first.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error
        part, self._part = self._part, None
        if part is not None and self._better.is_set():
            part.stream.close()
            return self._open_part(part.entry, part.track_id)
        return part

    def close(self) -> None:
        """Wait for it and close what was not taken."""
        self._thread.join()
        part, self._part = self._part, None
        if part is not None:
            part.stream.close()

    def _run(self) -> None:
        entry = self._entry
        try:
            for _ in range(MOST_TRIED):
                found = self._find(entry)
                if found is None:
                    return
                try:
                    self._part = self._begun(*found)
                except (AuralisLabError, OSError) as error:
                    self._error = self._error or error
                    entry = found[0]
                else:
                    self._error = None
                    return
        except Exception as error:
            self._error = error

    def _begun(self, entry: str, track_id: int) -> Part:
        """Open a track and render its head."""
        with _closed_on_error(self._open_part(entry, track_id)) as part:
            frames = self._head_frames(part)
            part.head = part.stream.read(0, frames) if frames else None
            if part.stream.provisional:
                part.stream.on_better(self._better.set)
        return part


@contextlib.contextmanager
def _closed_on_error(part: Part) -> Iterator[Part]:
    try:
        yield part
    except BaseException:
        part.stream.close()
        raise
