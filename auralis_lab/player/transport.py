"""The way from a session to the page: a widget model without a view.

Audio and control have this model to themselves. Nobody writes its traits, because the kernel
answers on the shell that a comm was last used from: a busy cell that wrote one would draw the
listener's reports behind itself.
"""

from __future__ import annotations

from typing import Any

import ipywidgets

from auralis_lab.player.faultlog import keep_log
from auralis_lab.stream.programme import Programme
from auralis_lab.stream.protocol import Reply
from auralis_lab.stream.session import Observer, StreamSession

__all__ = ["Transport"]


class Transport(ipywidgets.Widget):  # type: ignore[misc]
    """Carries the messages of one :class:`~auralis_lab.stream.session.StreamSession`.

    Parameters
    ----------
    programme : Programme
        What is to be played.
    on_message : callable
        Told every accepted request and every reply but blocks, from any thread.
    """

    def __init__(self, programme: Programme, on_message: Observer) -> None:
        super().__init__()
        keep_log()
        self._session = StreamSession(self._deliver, programme, on_message=on_message)
        self.on_msg(self._receive)
        self.comm.on_close(lambda _message: self._session.close())

    def close(self) -> None:
        """End the session and the model."""
        self._session.close()
        super().close()

    def _deliver(self, message: Reply, payload: bytes | None = None) -> None:
        self.send(message.model_dump(mode="json"), None if payload is None else [payload])

    def _receive(self, _widget: object, content: Any, _buffers: object) -> None:
        self._session.receive(content)
