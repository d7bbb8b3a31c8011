"""Every error this package raises on purpose.

Each message is one line that names the thing and the reason, fit to be shown to a person.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

__all__ = [
    "AuralisLabError",
    "CatalogueBusyError",
    "CatalogueError",
    "DecodeError",
    "EncodeError",
    "NotFoundError",
    "ParameterError",
    "StreamError",
    "StreamLimitError",
    "check_choice",
]


class AuralisLabError(Exception):
    """Root of the package's errors."""


class ParameterError(AuralisLabError, ValueError):
    """An argument lies outside what is allowed."""


class DecodeError(AuralisLabError):
    """A file cannot be turned into audio.

    Parameters
    ----------
    path : path-like
        The file.
    reason : str
        What is wrong with it, in a few words.
    """

    def __init__(self, path: str | os.PathLike[str], reason: str) -> None:
        super().__init__(path, reason)
        self.path = os.fspath(path)
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot decode {self.path}: {self.reason}"


class EncodeError(AuralisLabError):
    """Audio cannot be written to a file.

    Parameters
    ----------
    path : path-like
        The file that was to be written.
    reason : str
        What stands in the way, in a few words.
    """

    def __init__(self, path: str | os.PathLike[str], reason: str) -> None:
        super().__init__(path, reason)
        self.path = os.fspath(path)
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot write {self.path}: {self.reason}"


class CatalogueError(AuralisLabError):
    """The catalogue cannot do what was asked."""


class CatalogueBusyError(CatalogueError):
    """The catalogue stayed in use by others for longer than the caller wanted to wait."""


class NotFoundError(AuralisLabError, LookupError):
    """There is no such track, album or file."""


class StreamError(AuralisLabError):
    """A stream cannot go on."""


class StreamLimitError(StreamError):
    """As many streams as allowed are already running."""


def check_choice(name: str, value: object, allowed: Iterable[str]) -> None:
    """Refuse a value that is not one of the allowed words.

    Raises
    ------
    ParameterError
        Naming the argument, the value and all allowed ones.

    Examples
    --------
    >>> check_choice("curve", "linear", ["equal_power", "equal_gain"])
    Traceback (most recent call last):
        ...
    auralis_lab.errors.ParameterError: curve='linear' must be 'equal_power' or 'equal_gain'
    """
    words = [repr(word) for word in allowed]
    if repr(value) in words:
        return
    listed = ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else words[0]
    raise ParameterError(f"{name}={value!r} must be {listed}")
