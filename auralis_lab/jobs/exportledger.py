"""What an export has written into a folder, so that the next run can go on from there.

A text file in the folder itself, a line of JSON for each event: an output is begun before it is
worked on and done when it is there. So a file of the same name that the export did not write, or
that somebody has changed since, is never taken for its own. A line that was cut off when the
process was killed counts as none.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from auralis_lab.errors import EncodeError

__all__ = ["LEDGER_NAME", "ExportLedger"]

LEDGER_NAME = ".auralis-export.jsonl"
CLOCK_SLACK_NS = 2_000_000_000
"""How far the clocks of two machines may be apart, and how coarse the times of files may be."""


class ExportLedger:
    """The ledger of one folder.

    Parameters
    ----------
    folder : Path
        It need not exist until something is begun.

    Raises
    ------
    EncodeError
        If there is one that cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / LEDGER_NAME
        self._entries: dict[str, dict[str, Any]] = {}
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise EncodeError(self._path, (error.strerror or str(error)).lower()) from error
        for line in text.splitlines():
            with contextlib.suppress(ValueError, TypeError, KeyError):
                entry = json.loads(line)
                self._entries[str(entry["output"])] = entry

    def is_own(self, output: str) -> bool:
        """Whether the file that stands there is as this export left it."""
        entry, state = self._entries.get(output), self._state(output)
        if entry is None or state is None:
            return False
        if state == (entry.get("bytes"), entry.get("mtime_ns")):
            return True
        return "begun_ns" in entry and state[1] >= entry["begun_ns"] - CLOCK_SLACK_NS

    def is_done(self, output: str, key: str) -> bool:
        """Whether the file that stands there is what is asked for again."""
        entry, state = self._entries.get(output), self._state(output)
        if entry is None or state is None or entry.get("key") != key:
            return False
        if "begun_ns" in entry:  # and not finished: perhaps it is there all the same
            return bool(state[1] >= entry["begun_ns"] - CLOCK_SLACK_NS)
        return self.is_own(output)

    def begin(self, output: str, key: str, now_ns: int) -> None:
        """Note that an output is about to be written.

        Raises
        ------
        EncodeError
            If the ledger cannot be written.
        """
        before = {name: self._entries.get(output, {}).get(name) for name in ("bytes", "mtime_ns")}
        self._add({"output": output, "key": key, "begun_ns": now_ns, **before})

    def finish(self, output: str, key: str) -> None:
        """Note that an output is there; errors as `begin`."""
        state = self._state(output)
        if state is not None:
            self._add({"output": output, "key": key, "bytes": state[0], "mtime_ns": state[1]})

    def _add(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry).encode() + b"\n"
        try:
            fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
            try:
                if os.write(fd, b"\n" + line) != len(line) + 1:
                    raise EncodeError(self._path, "no space left on device")
            finally:
                os.close(fd)
        except OSError as error:
            raise EncodeError(self._path, (error.strerror or str(error)).lower()) from error
        self._entries[entry["output"]] = entry

    def _state(self, output: str) -> tuple[int, int] | None:
        try:
            status = os.stat(self._folder / output)
        except OSError:
            return None
        return status.st_size, status.st_mtime_ns
