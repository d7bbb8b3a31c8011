"""A panel that follows a player's sound in the page, and asks the kernel for what it draws.

What sounds, its levels and its spectrum are the page's own; only what the track and its plan hold
comes from here, in small binary pieces, when a panel needs them. Questions are checked before
anything is done for them, and answered on a thread.
"""

from __future__ import annotations

from threading import Lock
from typing import Annotated, Any, Literal, TypeAlias

import anywidget
import traitlets
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from auralis_lab.player.background import Background
from auralis_lab.player.widget import Player

__all__ = ["GainsAsked", "HealthAsked", "PeaksAsked", "Question", "ReductionAsked", "Sight"]

MOST_WAITING = 64
MOST_BINS = 1_024
MOST_POINTS = 8_192
Number: TypeAlias = Annotated[int, Field(ge=0, lt=2**53)]
Answer: TypeAlias = tuple[dict[str, Any], bytes]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    view: Annotated[str, Field(pattern=r"^[0-9a-z]{1,40}$")]
    request: Number


class PeaksAsked(_Asked):
    """Wants the outline of a stretch of the loaded track."""

    type: Literal["peaks"]
    track: Number
    start_frame: Number
    frames_per_bin: Annotated[int, Field(ge=1, le=2**24)]
    bins: Annotated[int, Field(ge=1, le=MOST_BINS)]


class GainsAsked(_Asked):
    """Wants the gains of all bands from a point of the plan on."""

    type: Literal["gains"]
    plan: Annotated[str, Field(max_length=64)]
    first_point: Number
    points: Annotated[int, Field(ge=1, le=MOST_POINTS)]


class ReductionAsked(_Asked):
    """Wants to know how far the limiter goes down, from a point on."""

    type: Literal["reduction"]
    plan: Annotated[str, Field(max_length=64)]
    first_point: Annotated[int, Field(ge=0, lt=2**31)]
    points: Annotated[int, Field(ge=1, le=MOST_POINTS // 8)]


class HealthAsked(_Asked):
    """Wants to know how rendering is doing."""

    type: Literal["health"]


Question: TypeAlias = PeaksAsked | GainsAsked | ReductionAsked | HealthAsked

_QUESTION: TypeAdapter[Question] = TypeAdapter(
    Annotated[PeaksAsked | GainsAsked | ReductionAsked | HealthAsked, Field(discriminator="type")]
)


class Sight(anywidget.AnyWidget):  # type: ignore[misc]
    """A panel beside a player.

    Parameters
    ----------
    player : Player
        Whose sound it follows.

    Attributes
    ----------
    shown : dict
        Everything about the track that it shows, replaced as a whole.
    """

    shown = traitlets.Dict().tag(sync=True)
    player = traitlets.Unicode().tag(sync=True)

    def __init__(self, player: Player) -> None:
        super().__init__(player=player.engine_name)
        self._lock = Lock()
        self._waiting = 0
        self._work = Background("sight", gives_way=True)
        self.on_msg(self._receive)

    def close(self) -> None:
        """Stop answering, and leave the page."""
        self._work.close()
        super().close()

    def answer(self, question: Question) -> Answer | None:
        """Facts and bytes for a question, on a thread; ``None`` where there is nothing to say."""
        return None

    def _receive(self, _widget: object, content: object, _buffers: object) -> None:
        try:
            question = _QUESTION.validate_python(content)
        except ValidationError:
            self.log.debug("a message that is none was dropped")
            return
        with self._lock:
            if self._waiting >= MOST_WAITING:  # it is asked again when it is still wanted
                return
            self._waiting += 1
        address = {"type": question.type, "view": question.view, "request": question.request}

        def work() -> None:
            with self._lock:
                self._waiting -= 1
            answer = self.answer(question)
            facts, content = ({"none": True}, b"") if answer is None else answer
            self.send(facts | address, buffers=[content] if content else None)

        def failed(sentence: str) -> None:
            self.send({"none": True, "failed": sentence} | address)

        self._work.start(work, doing=_DOING[question.type], failed=failed)


_DOING = {
    "peaks": "drawing the waveform",
    "gains": "reading the plan",
    "reduction": "following the limiter",
    "health": "asking how rendering is doing",
}
