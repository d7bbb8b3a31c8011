"""What a command printed, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Done(NamedTuple):
    """A command that has run."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]
