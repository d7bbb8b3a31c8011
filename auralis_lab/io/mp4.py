"""How many frames an MP4 file means to hold.

An AAC encoder pads its stream at both ends. The edit list (ISO/IEC 14496-12) says where the music
starts and how long it lasts, but counts in ticks of the movie, often milliseconds; the media
header counts in frames. Together they give the length exactly. Decoders trim the start by the
edit list, but not the end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["edited_frames"]

MAX_BOXES = 10_000
MAX_BOX_BYTES = 1 << 16


@dataclass(frozen=True)
class _Box:
    kind: bytes
    start: int
    stop: int


def edited_frames(path: str | os.PathLike[str], rate_hz: int) -> int | None:
    """Length of the first sound track after its edit list; None where that does not tell.

    Parameters
    ----------
    path : path-like
        An MP4 file.
    rate_hz : int
        Rate of its decoded sound.
    """
    try:
        with Path(path).open("rb", buffering=0) as file:
            fd = file.fileno()
            return _edited(fd, os.fstat(fd).st_size, rate_hz)
    except (OSError, IndexError, ZeroDivisionError):
        return None


def _edited(fd: int, size: int, rate_hz: int) -> int | None:
    movie = _child(fd, _Box(b"", 0, size), b"moov")
    header = movie and _child(fd, movie, b"mvhd")
    if movie is None or header is None:
        return None
    movie_rate = _times(fd, header)[0]
    for track in _children(fd, movie):
        media = _child(fd, track, b"mdia") if track.kind == b"trak" else None
        handler = media and _child(fd, media, b"hdlr")
        if media is None or handler is None or _bytes(fd, handler)[8:12] != b"soun":
            continue
        media_header, edits = _child(fd, media, b"mdhd"), _child(fd, track, b"edts")
        listed = edits and _child(fd, edits, b"elst")
        if media_header is None or listed is None:
            return None
        edit = _single_edit(_bytes(fd, listed))
        if edit is None:
            return None
        media_rate, media_ticks = _times(fd, media_header)
        exact = round((media_ticks - edit[1]) * rate_hz / media_rate)
        edited = round(edit[0] * rate_hz / movie_rate)
        return exact if exact > 0 and abs(exact - edited) <= rate_hz / movie_rate + 1 else edited
    return None


def _single_edit(data: bytes) -> tuple[int, int] | None:
    """Return length in movie ticks and first media tick of a list of one plain edit."""
    wide = data[0] == 1
    if int.from_bytes(data[4:8], "big") != 1:
        return None
    width = 8 if wide else 4
    length = int.from_bytes(data[8 : 8 + width], "big")
    first = int.from_bytes(data[8 + width : 8 + 2 * width], "big", signed=True)
    return (length, first) if length > 0 and first >= 0 else None


def _times(fd: int, box: _Box) -> tuple[int, int]:
    """Return timescale and duration of an ``mvhd`` or ``mdhd`` box."""
    data = _bytes(fd, box)
    if data[0] == 1:
        return int.from_bytes(data[20:24], "big"), int.from_bytes(data[24:32], "big")
    return int.from_bytes(data[12:16], "big"), int.from_bytes(data[16:20], "big")


def _child(fd: int, parent: _Box, kind: bytes) -> _Box | None:
    return next((box for box in _children(fd, parent) if box.kind == kind), None)


def _children(fd: int, parent: _Box) -> Iterator[_Box]:
    at = parent.start
    for _ in range(MAX_BOXES):
        head = os.pread(fd, 16, at)
        if at + 8 > parent.stop or len(head) < 8:
            return
        size, body = int.from_bytes(head[:4], "big"), at + 8
        if size == 1:
            size, body = int.from_bytes(head[8:16], "big"), at + 16
        stop = parent.stop if size == 0 else min(at + size, parent.stop)
        if stop < body:
            return
        yield _Box(head[4:8], body, stop)
        at = stop


def _bytes(fd: int, box: _Box) -> bytes:
    return os.pread(fd, min(box.stop - box.start, MAX_BOX_BYTES), box.start)
