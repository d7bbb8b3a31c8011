"""The player's log: a file, as what a kernel prints would reach the visitor's browser.

It holds what went wrong in this package while a player is there, under the reference numbers that
visitors are told.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path

from auralis_lab.settings import settings

__all__ = ["keep_log"]

LOG_BYTES = 1 << 20


def keep_log() -> None:
    """Have warnings and errors written to ``log/player.log`` in the data folder."""
    log = logging.getLogger("auralis_lab")
    path = str((settings().data_dir / "log" / "player.log").absolute())
    handlers = [handler for handler in log.handlers if isinstance(handler, _Kept)]
    if any(handler.path == path for handler in handlers):
        return
    for handler in handlers:
        log.removeHandler(handler)
        handler.close()
    log.addHandler(_Kept(path))


class _Kept(logging.Handler):
    """A file that is made when there is something to write, and left where it cannot be written."""

    def __init__(self, path: str) -> None:
        super().__init__(logging.WARNING)
        self.path = path
        self._file: RotatingFileHandler | None = None

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError):  # a disk that is full or read-only must not stop the sound as well
            self._opened().emit(record)

    def _opened(self) -> RotatingFileHandler:
        if self._file is None:
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            self._file = RotatingFileHandler(
                self.path, maxBytes=LOG_BYTES, backupCount=2, encoding="utf-8"
            )
            self._file.setFormatter(
                logging.Formatter("%(asctime)s pid %(process)d %(levelname)s %(message)s")
            )
        return self._file

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        super().close()
