"""The queue as a panel: what plays, what comes next, and how to change that.

Conventions: the page holds no more of the queue than is in sight and asks for rows by their place.
One trait tells what holds for the whole; its `revision` grows with every change, and rows of an
older one are asked for again. Changes name entries, never places, so that they mean the same
whatever has changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, Protocol, TypeAlias

import traitlets
from pydantic import Field, TypeAdapter

from auralis_lab.errors import AuralisLabError
from auralis_lab.player.asking import Asking, Id, Message, Pictured, Pictures, Question
from auralis_lab.player.assets import module_text, style_text
from auralis_lab.player.playable import Named
from auralis_lab.player.playqueue import Change, PlayQueue
from auralis_lab.player.queueshape import Repeat

__all__ = ["QueueTracks", "QueueView"]

MAX_WINDOW = 100
MAX_KEPT_ROWS = 5_000
MAX_CHOSEN = 1_000


class QueueTracks(Protocol):
    """Names and pictures of tracks; ``lab.tracks`` has them."""

    def many(self, track_ids: Sequence[int]) -> Sequence[Named]:
        """Tracks in the order given, without those that are not there."""

    def get(self, track_id: int) -> Pictured:
        """One track."""


class Window(Question):
    """Wants the rows at some places."""

    type: Literal["window"]
    start: Id
    count: Annotated[int, Field(ge=1, le=MAX_WINDOW)]


class Act(Message):
    """Wants to change what is in the queue, in which order, or what plays."""

    type: Literal["change"]
    act: Literal["play", "next", "remove", "clear", "undo", "shuffle", "unshuffle"]
    entries: Annotated[list[Id], Field(default_factory=list, max_length=MAX_CHOSEN)]


class Move(Message):
    """Wants entries before another one, or at the end."""

    type: Literal["move"]
    entries: Annotated[list[Id], Field(min_length=1, max_length=MAX_CHOSEN)]
    before: Id | None


class Insert(Message):
    """Wants tracks before an entry, or at the end."""

    type: Literal["insert"]
    ids: Annotated[list[Id], Field(min_length=1, max_length=MAX_CHOSEN)]
    before: Id | None


class SetRepeat(Message):
    """Wants another way of going on after the end."""

    type: Literal["repeat"]
    mode: Repeat


_Any: TypeAlias = Window | Pictures | Act | Move | Insert | SetRepeat
_ASKED: TypeAdapter[_Any] = TypeAdapter(Annotated[_Any, Field(discriminator="type")])


class QueueView(Asking):
    """The queue, to be looked at and changed.

    Parameters
    ----------
    queue : PlayQueue
        What is shown.
    tracks : QueueTracks
        Their names and pictures.

    Attributes
    ----------
    shown : dict
        What holds for the whole queue.
    playing : bool
        Whether the current entry sounds; to be set by who composes the page.
    """

    _esm = module_text(
        "cover.js", "rows.js", "pictures.js", "queue_drag.js", "queue_drop.js", "queue_row.js",
        "queue_frame.js", "queue_view.js",
    )  # fmt: skip
    _css = style_text("theme.css", "queue_view.css")

    shown = traitlets.Dict().tag(sync=True)
    playing = traitlets.Bool(False).tag(sync=True)

    def __init__(self, queue: PlayQueue, tracks: QueueTracks) -> None:
        super().__init__(_ASKED, tracks.get)
        self._queue = queue
        self._tracks = tracks
        self._rows: dict[int, dict[str, Any]] = {}
        self._problems: dict[int, str] = {}
        self._revision = 0
        self._leave = queue.on_change(self._follow)
        self._show()

    def close(self) -> None:
        """Stop following the queue."""
        self._leave()
        super().close()

    def answer(self, question: Window) -> dict[str, Any]:
        """Tell the rows at the places asked for."""
        revision = self._revision
        entries = self._queue.value.entries[question.start : question.start + question.count]
        known = self._named([entry.track_id for entry in entries])
        rows = [
            known[entry.track_id]
            | {"entry": entry.id, "problem": self._problems.get(entry.track_id, "")}
            for entry in entries
        ]
        return {"type": "rows", "revision": revision, "start": question.start, "rows": rows}

    def mark(self, track_id: int, problem: str) -> None:
        """Say with a track why it cannot be played; nothing where it can."""
        if self._problems.get(track_id, "") == problem:
            return
        self._problems[track_id] = problem
        self._show()

    def act(self, message: Act | Move | Insert | SetRepeat) -> None:
        """Change the queue; what is not possible any more is said in one sentence."""
        try:
            self._change(message)
        except AuralisLabError as error:
            self._show(problem=str(error))

    def _change(self, message: Act | Move | Insert | SetRepeat) -> None:
        queue = self._queue
        if isinstance(message, Move):
            queue.move(message.entries, message.before)
        elif isinstance(message, Insert):
            queue.insert(message.ids, message.before)
        elif isinstance(message, SetRepeat):
            queue.repeat(message.mode)
        elif message.act == "play":
            if message.entries:
                queue.play(message.entries[0])
        else:
            acts: dict[str, Callable[[], None]] = {
                "next": lambda: queue.move_next(message.entries),
                "remove": lambda: queue.remove(message.entries),
                "clear": lambda: queue.clear(keep_current=self.playing),
                "undo": queue.undo,
                "shuffle": queue.shuffle,
                "unshuffle": lambda: queue.shuffle(False),
            }
            acts[message.act]()

    def _follow(self, change: Change) -> None:
        self._show()

    def _show(self, problem: str = "") -> None:
        self._revision += 1
        queue = self._queue.value
        place = next((n for n, e in enumerate(queue.entries) if e.id == queue.current_id), None)
        self.shown = {
            "revision": self._revision,
            "count": len(queue.entries),
            "current": queue.current_id,
            "place": place,
            "repeat": queue.repeat,
            "shuffled": queue.shuffled,
            "undo": bool(queue.past),
            "problem": problem,
        }

    def _named(self, track_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Rows by track, read where they are not known yet."""
        if len(self._rows) > MAX_KEPT_ROWS:
            self._rows.clear()
        missing = [id_ for id_ in dict.fromkeys(track_ids) if id_ not in self._rows]
        found = {track.id: _row(track) for track in self._tracks.many(missing)} if missing else {}
        self._rows |= {id_: found.get(id_) or _gone(id_) for id_ in missing}
        return {id_: self._rows[id_] for id_ in track_ids}


def _row(track: Named) -> dict[str, Any]:
    return {
        "id": track.id,
        "title": track.title,
        "artist": track.artist,
        "album": track.album,
        "duration_s": track.duration_s,
    }


def _gone(track_id: int) -> dict[str, Any]:
    return {
        "id": track_id,
        "title": "No longer in the library",
        "artist": "",
        "album": None,
        "duration_s": None,
    }
