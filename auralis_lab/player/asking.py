"""A widget that is asked by its page: checked messages in, small answers out, nothing in the way.

Conventions: a question carries the asking view's name and a number; answers repeat both, so that
another tab ignores them and an answer that was overtaken by a newer question of its kind is
dropped. Pictures travel as binary data, one per message, and only for rows that are in sight. All
reading is done on threads of the widget's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, Protocol, TypeAlias

import anywidget
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from auralis_lab.errors import NotFoundError, ParameterError
from auralis_lab.player.background import Background

__all__ = ["Asked", "Asking", "Id", "Message", "Pictured", "Pictures", "Question", "View"]

THUMBNAIL_PX = 96
MAX_PICTURES = 60

View: TypeAlias = Annotated[str, Field(max_length=40)]
Id: TypeAlias = Annotated[int, Field(ge=0, lt=2**53)]
Asked: TypeAlias = "TypeAdapter[Any]"


class Pictured(Protocol):
    """What may have a picture."""

    def artwork(self, size_px: int = 256) -> bytes | None:
        """Picture as JPEG or PNG, its longest side about `size_px`."""


class Message(BaseModel):
    """Anything that a page may say."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class Question(Message):
    """Wants an answer; a newer question of the same type by the same view makes it void."""

    view: View
    request: Id


class Pictures(Message):
    """Wants the thumbnails of rows that came into sight, each by the id of a track."""

    type: Literal["pictures"]
    view: View
    ids: Annotated[list[Id], Field(max_length=MAX_PICTURES)]


class Asking(anywidget.AnyWidget):  # type: ignore[misc]
    """A widget whose page asks it; what it understands and answers is its own.

    Parameters
    ----------
    asked : TypeAdapter
        Of everything the page may say.
    pictured : callable
        Gives what has the picture of a track.
    """

    def __init__(self, asked: Asked, pictured: Callable[[int], Pictured]) -> None:
        super().__init__()
        self._asked = asked
        self._pictured = pictured
        self._newest: dict[tuple[str, str], int] = {}
        self._questions: dict[str, Background] = {}  # a slow one holds up only its own kind
        self._pictures = Background("pictures", gives_way=True)
        self.on_msg(self._receive)

    def close(self) -> None:
        """Stop answering."""
        for questions in self._questions.values():
            questions.close()
        self._pictures.close()
        super().close()

    def answer(self, question: Any) -> dict[str, Any]:
        """Answer a question, on a thread; what is refused becomes a hint."""
        raise NotImplementedError

    def answered(self) -> None:
        """Take note that an answer was sent."""

    def act(self, message: Any) -> None:
        """Do what a message that is no question says."""
        raise NotImplementedError

    def _receive(self, _: object, content: object, __: object) -> None:
        try:
            message = self._asked.validate_python(content)
        except ValidationError:
            self.log.debug("a message that is none was dropped")
            return
        if isinstance(message, Question):
            self._ask(message)
        elif isinstance(message, Pictures):
            for track_id in message.ids:
                self._pictures.start(
                    lambda track_id=track_id: self._send_picture(message.view, track_id),  # type: ignore[misc]
                    doing="reading a cover",
                    failed=lambda _: None,
                )
        else:
            self.act(message)

    def _ask(self, question: Any) -> None:
        kind = (question.view, question.type)
        address = {"view": question.view, "request": question.request}
        self._newest[kind] = question.request

        def work() -> None:
            if self._newest.get(kind) != question.request:
                return
            try:
                answer = self.answer(question)
            except (ParameterError, NotFoundError) as error:  # of a filter not typed to its end
                reason = str(error).splitlines()[0]
                answer = {"type": "refused", "message": reason}
            self.send(answer | {"answers": question.type} | address)
            self.answered()

        if question.type not in self._questions:
            self._questions[question.type] = Background(question.type)
        self._questions[question.type].start(
            work,
            doing="reading the library",
            failed=lambda sentence: self.send(
                {"type": "failed", "message": sentence, "answers": question.type} | address
            ),
        )

    def _send_picture(self, view: str, track_id: int) -> None:
        try:
            picture = self._pictured(track_id).artwork(size_px=THUMBNAIL_PX)
        except NotFoundError:
            picture = None
        answer = {"type": "picture", "view": view, "id": track_id}
        self.send(answer, buffers=[picture] if picture else [])
