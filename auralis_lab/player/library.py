"""The music library as a list: search as you type, sort, open.

Conventions: the browser asks and the kernel answers, both in small messages. A question carries
the asking view's name and a number; answers repeat both, so that another tab ignores them and an
answer that was overtaken by a newer question is dropped. A filter that is wrong, or not yet typed
to its end, is answered with a hint, and the rows stay. Pictures travel as binary data, one per
message, and only for rows that are in sight. The catalogue is read on a thread of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, Protocol, TypeAlias

import anywidget
import traitlets
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from auralis_lab.errors import NotFoundError, ParameterError
from auralis_lab.player.assets import module_text, style_text
from auralis_lab.player.background import Background
from auralis_lab.player.playable import Listed

__all__ = ["LibraryLike", "LibraryView", "TracksLike"]

PAGE_ROWS = 50
THUMBNAIL_PX = 96

Sort: TypeAlias = Literal["artist", "album", "title", "duration", "added"]


class TracksLike(Protocol):
    """Questions about all tracks."""

    def list(
        self,
        sort: str = "artist",
        *,
        descending: bool = False,
        limit: int = 50,
        after: int | None = None,
    ) -> Sequence[Listed]:
        """One page, after the track with the id `after`."""

    def search(
        self,
        text: str,
        limit: int = 50,
        *,
        sort: str | None = None,
        descending: bool | None = None,
        after: int | None = None,
    ) -> Sequence[Listed]:
        """One page of the tracks that words and filters find; by rank without an order."""

    def suggest(self, text: str) -> str | None:
        """What was probably meant by words that find nothing."""

    def get(self, track_id: int) -> Listed:
        """One track."""

    def count(self, text: str = "") -> int:
        """How many there are, or how many words and filters find."""


class LibraryLike(Protocol):
    """A library with tracks."""

    @property
    def tracks(self) -> TracksLike:
        """Its tracks."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(_Message):
    """Wants the first page of an order or of a search, or the page after a row."""

    type: Literal["query"]
    view: Annotated[str, Field(max_length=40)]
    request: Annotated[int, Field(ge=0)]
    text: Annotated[str, Field(max_length=200)] = ""
    sort: Sort | None = None
    descending: bool = False
    after: Annotated[int, Field(ge=0)] | None = None


class Pictures(_Message):
    """Wants the thumbnails of rows that came into sight."""

    type: Literal["pictures"]
    view: Annotated[str, Field(max_length=40)]
    ids: Annotated[list[Annotated[int, Field(ge=0)]], Field(max_length=60)]


class Open(_Message):
    """The listener chose a track."""

    type: Literal["open"]
    id: Annotated[int, Field(ge=0)]
    play: bool


_ASKED: TypeAdapter[Query | Pictures | Open] = TypeAdapter(
    Annotated[Query | Pictures | Open, Field(discriminator="type")]
)


class LibraryView(anywidget.AnyWidget):  # type: ignore[misc]
    """A searchable, sortable list of the tracks of a library.

    Parameters
    ----------
    lab : LibraryLike
        The library.

    Attributes
    ----------
    selected : int or None
        Id of the track that was opened last; may be set to mark another.
    """

    _esm = module_text("cover.js", "rows.js", "library.js")
    _css = style_text("theme.css", "library.css")

    selected = traitlets.Int(None, allow_none=True).tag(sync=True)

    def __init__(self, lab: LibraryLike) -> None:
        super().__init__()
        self._lab = lab
        self._callbacks: list[Callable[[int, bool], None]] = []
        self._at_first_page: list[Callable[[], None]] = []
        self._newest: dict[str, int] = {}
        self._questions = Background("library")
        self._pictures = Background("pictures")
        self.on_msg(self._receive)

    def on_open(self, callback: Callable[[int, bool], None]) -> None:
        """Call `callback(track_id, play)` when a track is chosen; `play` tells whether to begin."""
        self._callbacks.append(callback)

    def on_first_page(self, callback: Callable[[], None]) -> None:
        """Call `callback()` once, when the first rows were sent: the page is there."""
        self._at_first_page.append(callback)

    def close(self) -> None:
        """Stop answering."""
        self._questions.close()
        self._pictures.close()
        super().close()

    def _receive(self, _: Any, content: object, __: object) -> None:
        try:
            asked = _ASKED.validate_python(content)
        except ValidationError:
            self.log.debug("library: a message that is none was dropped")
            return
        if isinstance(asked, Query):
            self._newest[asked.view] = asked.request
            self._questions.start(
                lambda: self._answer(asked),
                doing="reading the library",
                failed=lambda sentence: self._fail(asked, sentence),
            )
        elif isinstance(asked, Pictures):
            for track_id in asked.ids:
                self._pictures.start(
                    lambda track_id=track_id: self._send_picture(asked.view, track_id),  # type: ignore[misc]
                    doing="reading a cover",
                    failed=lambda _: None,
                )
        else:
            self.selected = asked.id
            for callback in self._callbacks:
                callback(asked.id, asked.play)

    def _answer(self, asked: Query) -> None:
        if self._newest.get(asked.view) != asked.request:
            return
        text, instead = asked.text.strip(), None
        tracks = self._lab.tracks
        try:
            rows = self._page(text, asked)
            if text and not rows and asked.after is None and (instead := tracks.suggest(text)):
                text, rows = instead, self._page(instead, asked)
            count = tracks.count(text)
        except ParameterError as error:  # a filter that is not finished yet, or wrong
            self._refuse(asked, str(error))
            return
        self.send(
            {
                "type": "rows",
                "view": asked.view,
                "request": asked.request,
                "first": asked.after is None,
                "rows": [_row(track) for track in rows],
                "more": len(rows) == PAGE_ROWS,
                "count": count,
                "instead": instead,
            }
        )
        callbacks, self._at_first_page = self._at_first_page, []
        for callback in callbacks:
            callback()

    def _page(self, text: str, asked: Query) -> Sequence[Listed]:
        if not text:
            return self._lab.tracks.list(
                asked.sort or "artist",
                descending=asked.descending,
                limit=PAGE_ROWS,
                after=asked.after,
            )
        return self._lab.tracks.search(
            text,
            PAGE_ROWS,
            sort=asked.sort,
            descending=asked.descending if asked.sort else None,
            after=asked.after,
        )

    def _send_picture(self, view: str, track_id: int) -> None:
        try:
            picture = self._lab.tracks.get(track_id).artwork(size_px=THUMBNAIL_PX)
        except NotFoundError:
            picture = None
        answer = {"type": "picture", "view": view, "id": track_id}
        self.send(answer, buffers=[picture] if picture else [])

    def _refuse(self, asked: Query, reason: str) -> None:
        self.send(
            {
                "type": "refused",
                "view": asked.view,
                "request": asked.request,
                "message": reason.splitlines()[0],
            }
        )

    def _fail(self, asked: Query, sentence: str) -> None:
        self.send(
            {"type": "failed", "view": asked.view, "request": asked.request, "message": sentence}
        )


def _row(track: Listed) -> dict[str, str | int | float | None]:
    return {
        "id": track.id,
        "title": track.title,
        "artist": track.artist,
        "album": track.album,
        "duration_s": track.duration_s,
        "format": track.format,
    }
