"""Where a line of a playlist file leads, and how a path is written into one.

Conventions: nothing here looks at the disk. A location is text as a playlist file has it; bytes of
it that are no UTF-8 are lone surrogates, as in file names. It may mean several things, so it is
read as a list of absolute paths, the likeliest first. Paths of another machine (a drive letter, a
server's share) are kept without their beginning, so that their ends can be compared.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from urllib.parse import quote, unquote_to_bytes

__all__ = ["MAX_LOCATION_CHARACTERS", "file_uri", "line_of_path", "paths_of", "uri_of_path"]

MAX_LOCATION_CHARACTERS = 8_192
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
DRIVE = re.compile(r"/?[A-Za-z]:(?=[/\\])")
SPECIAL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
SAFE = "/!$&'()*+,;=@~-._"
"""What may stand in a URI's path as it is; the colon may not, where the path is relative."""


def paths_of(location: str, folders: Iterable[str], *, encoded: bool) -> list[str]:
    r"""Return what paths a location may mean.

    Parameters
    ----------
    location : str
        A path or a URI.
    folders : iterable of str
        Absolute; where relative paths may begin.
    encoded : bool
        Whether percent signs are more likely to encode something than to be meant.

    Returns
    -------
    paths : list of str
        Absolute and without ``..``, the likeliest first; empty if the location is no file.

    Examples
    --------
    >>> paths_of("../a%20b.flac", ["/music/lists"], encoded=False)
    ['/music/a%20b.flac', '/music/a b.flac']
    >>> paths_of("C:\\Music\\a.flac", ["/lists"], encoded=False)[-1]
    '/Music/a.flac'
    """
    if len(location) > MAX_LOCATION_CHARACTERS:
        return []
    if location[:5].lower() == "file:":
        texts = [_unquoted(_without_host(location[5:]))]
    elif SCHEME.match(location):
        return []
    else:
        texts = [location, _unquoted(location)] if "%" in location else [location]
        if encoded:
            texts.reverse()
    texts += [text.strip() for text in texts]
    texts += [text.replace("\\", "/") for text in texts if "\\" in text]
    texts += [DRIVE.sub("", text) for text in texts if DRIVE.match(text)]
    paths = [
        os.path.normpath("/" + os.path.join(folder, text).lstrip("/"))
        for text in texts
        for folder in folders
        if text.strip("/. ") and _is_possible(text)
    ]
    return list(dict.fromkeys(paths))


def line_of_path(path: str, folder: str) -> str:
    """Write a path as a line of an M3U file: relative if that is sensible, a URI if it must be.

    Parameters
    ----------
    path, folder : str
        Absolute; `folder` is where the file lies.
    """
    relative = _relative(path, folder)
    if SPECIAL.search(relative) or relative != relative.strip():
        return file_uri(path)
    first = relative.partition("/")[0]
    return f"./{relative}" if first.startswith("#") or ":" in first else relative


def uri_of_path(path: str, folder: str) -> str:
    """Write a path as a URI reference: relative if that is sensible."""
    relative = _relative(path, folder)
    return file_uri(path) if relative.startswith("/") else quote(os.fsencode(relative), safe=SAFE)


def file_uri(path: str) -> str:
    """Write an absolute path as a URI.

    Examples
    --------
    >>> file_uri("/music/a b.flac")
    'file:///music/a%20b.flac'
    """
    return "file://" + quote(os.fsencode(path), safe=SAFE)


def _relative(path: str, folder: str) -> str:
    """The path as seen from a folder; as it is if they have only the root in common."""
    shared = os.path.commonpath([path, folder])
    return path if shared == "/" and folder != "/" else os.path.relpath(path, folder)


def _without_host(rest: str) -> str:
    """The path of a file URI; what lies on another machine begins with its share."""
    if not rest.startswith("//"):
        return rest
    host, slash, path = rest[2:].partition("/")
    if ":" in host or "\\" in host:  # no host, but the beginning of a path of Windows
        return rest[1:]
    return slash + path


def _unquoted(text: str) -> str:
    return os.fsdecode(unquote_to_bytes(os.fsencode(text))) if _is_possible(text) else text


def _is_possible(text: str) -> bool:
    """Tell whether a text can be a path at all."""
    if "\0" in text:
        return False
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True
