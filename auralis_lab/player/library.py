"""The music library: tracks, albums and what was heard, to be searched, sorted, marked and queued.

Conventions: the browser asks and the kernel answers, see :mod:`auralis_lab.player.asking`. A filter
that is wrong, or not yet typed to its end, is answered with a hint, and the rows stay. Everything
comes in pages, whatever the size of the library.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import traitlets

from auralis_lab.player.asking import Asking
from auralis_lab.player.assets import module_text, style_text
from auralis_lab.player.background import Background
from auralis_lab.player.libraryanswers import Answers
from auralis_lab.player.libraryquestions import (
    ASKED,
    MAX_IDS,
    Do,
    Favourite,
    Filter,
    Forget,
    Gather,
    Open,
    Queue,
    Rate,
    filter_text,
)
from auralis_lab.player.libraryshape import LibraryLike

__all__ = ["LibraryView"]


class LibraryView(Asking):
    """The library as a panel: tracks with facets, albums with their pictures, the history.

    Parameters
    ----------
    lab : LibraryLike
        The library.

    Attributes
    ----------
    selected : int or None
        Id of the track that was opened last; may be set to mark another.
    heard : int
        Grows when a play was recorded, so that the page reads the history again.
    """

    _esm = module_text(
        "cover.js",
        "rows.js",
        "pictures.js",
        "ask.js",
        "menu.js",
        "stars.js",
        "choice.js",
        "tracks.js",
        "facets.js",
        "albums.js",
        "history.js",
        "library_frame.js",
        "library_menu.js",
        "library.js",
    )
    _css = style_text("theme.css", "library.css", "facets.css", "albums.css")

    selected = traitlets.Int(None, allow_none=True).tag(sync=True)
    heard = traitlets.Int(0).tag(sync=True)

    def __init__(self, lab: LibraryLike) -> None:
        super().__init__(ASKED, lab.tracks.get)
        self._lab = lab
        self._answers = Answers(lab)
        self._opened: list[Callable[[int, bool], None]] = []
        self._queued: list[Callable[[Do, Sequence[int]], None]] = []
        self._at_first_page: list[Callable[[], None]] = []
        self._changes = Background("marks")

    def on_open(self, callback: Callable[[int, bool], None]) -> None:
        """Call `callback(track_id, play)` when a track is chosen; `play` tells whether to begin."""
        self._opened.append(callback)

    def on_queue(self, callback: Callable[[Do, Sequence[int]], None]) -> None:
        """Call `callback(do, track_ids)` when tracks are to be queued.

        `do` is ``'play'`` (now), ``'next'`` (after the current one) or ``'add'`` (at the end).
        """
        self._queued.append(callback)

    def on_first_page(self, callback: Callable[[], None]) -> None:
        """Call `callback()` once, when the first rows were sent: the page is there."""
        self._at_first_page.append(callback)

    def close(self) -> None:
        """Stop answering."""
        self._changes.close()
        super().close()

    def tell(self, sentence: str) -> None:
        """Say something to the listener, in one sentence."""
        self.send({"type": "problem", "message": sentence})

    def answer(self, question: Any) -> dict[str, Any]:
        """Answer a question about the library."""
        return self._answers.answer(question)

    def answered(self) -> None:
        """Announce the first page, once."""
        callbacks, self._at_first_page = self._at_first_page, []
        for callback in callbacks:
            callback()

    def act(self, message: Any) -> None:
        """Do what the listener wants done."""
        if isinstance(message, Open):
            self.selected = message.id
            for opened in self._opened:
                opened(message.id, message.play)
        elif isinstance(message, Queue):
            self._queue(message.do, message.ids)
        else:
            self._changes.start(
                lambda: self._change(message),
                doing="changing the library",
                failed=self.tell,
            )

    def _change(self, message: Gather | Favourite | Rate | Forget) -> None:
        if isinstance(message, Gather):
            self._queue(message.do, self._gathered(message))
        elif isinstance(message, Favourite):
            self._lab.marks.set_favourite(message.ids, message.on)
            self._tell_marks(message.ids)
        elif isinstance(message, Rate):
            self._lab.marks.set_rating(message.ids, message.stars)
            self._tell_marks(message.ids)
        else:
            self._lab.plays.remove(message.play)
            self.heard += 1

    def _gathered(self, message: Gather) -> Sequence[int]:
        if message.album is not None:
            return [track.id for track in self._lab.albums.tracks(message.album)][:MAX_IDS]
        text = filter_text(message.filter or Filter())
        if message.sort is not None:
            text += f" sort:{'-' if message.descending else ''}{message.sort}"
        return self._lab.tracks.ids(text, MAX_IDS)

    def _tell_marks(self, track_ids: Sequence[int]) -> None:
        self.send({"type": "marks", "marks": self._answers.marks(track_ids)})

    def _queue(self, do: Do, track_ids: Sequence[int]) -> None:
        if track_ids:
            for queued in self._queued:
                queued(do, track_ids)
