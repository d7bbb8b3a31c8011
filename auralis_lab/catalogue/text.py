r"""How names and words are written in the catalogue.

A file name is bytes and need not be valid UTF-8; the catalogue's text must be. So a path is stored
as UTF-8 in which a byte that is not part of valid UTF-8 is written ``\xNN`` and a backslash
``\\``. It can always be printed, and turned back into exactly the file's name.

Text to be searched and sorted is *folded*: without case, accents and punctuation.
"""

from __future__ import annotations

import os
import re
import unicodedata

__all__ = ["clean", "fold", "path_from_text", "path_to_text"]

MAX_TAG_CHARACTERS = 20_000
"""A longer tag is cut: it is a broken file or a book, and every page of a list would carry it."""

_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "þ": "th", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i"}
)
_APOSTROPHES = re.compile("['’ʼ`´]")
_NO_WORD = re.compile(r"[\W_]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ESCAPE = re.compile(rb"\\(\\|x[0-9a-f]{2})")


def path_to_text(path: str | os.PathLike[str]) -> str:
    r"""Write a path as the catalogue stores it.

    Examples
    --------
    >>> path_to_text("/music/Bj\udcf6rk.flac")
    '/music/Bj\\xf6rk.flac'
    """
    if isinstance(path, str) and path.isascii() and "\\" not in path:  # most are
        return path
    return os.fsencode(path).replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")


def path_from_text(text: str) -> str:
    r"""Turn a stored path back into one that the operating system opens.

    Examples
    --------
    >>> path_from_text('/music/Bj\\xf6rk.flac') == "/music/Bj\udcf6rk.flac"
    True
    """

    def byte(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return code if code == b"\\" else bytes.fromhex(code[1:].decode("ascii"))

    if text.isascii() and "\\" not in text:
        return text
    return os.fsdecode(_ESCAPE.sub(byte, text.encode("utf-8")))


def clean(text: str | None) -> str | None:
    r"""Make a tag fit to be stored: no control characters, no lone surrogates, not too long.

    Returns
    -------
    text : str or None
        None if nothing is left.

    Examples
    --------
    >>> clean(" Spring\0 ")
    'Spring'
    """
    if text is None:
        return None
    text = text[:MAX_TAG_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
    return _CONTROLS.sub("", text).strip() or None


def fold(text: str) -> str:
    """Return the words of a text without case, accents and punctuation, one space between them.

    A text without any letter or digit ("!!!") keeps its characters, so that it can be found.

    Examples
    --------
    >>> fold("Sigur Rós – Ágætis byrjun")
    'sigur ros agaetis byrjun'
    >>> fold("Don’t Stop: AC/DC")
    'dont stop ac dc'
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(c for c in plain if unicodedata.category(c) != "Mn").translate(_LETTERS)
    words = _NO_WORD.sub(" ", _APOSTROPHES.sub("", plain)).strip()
    return words or " ".join(plain.split())
