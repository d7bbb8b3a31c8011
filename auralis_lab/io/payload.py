"""Which audio a file holds, whatever its tags say.

The key of a file's audio stays the same when it is tagged anew and differs when the audio does.
Where FLAC states the MD5 of its samples, that is the identity; else the bytes of the payload are:
all of them up to 1 MiB, of a longer one its length and 608 KiB of it, so that a scan stays light.
An edit of a long lossy file that keeps its length and lies between those parts is not seen.

Retagging is understood for FLAC, MP3 and its kin, Ogg (Vorbis, Opus, FLAC, Speex), MP4, WAV, AIFF,
ASF, the APEv2 family, TTA, DSF, DSDIFF and CAF. Any other file is keyed by its bytes as they are.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from functools import lru_cache

from auralis_lab.errors import DecodeError
from auralis_lab.io.payloadspans import (
    PAGE_HEAD_BYTES,
    Span,
    page_bytes,
    payload_spans,
    tags_after,
    tags_before,
)

__all__ = ["audio_key", "is_sampled"]

WHOLE_BYTES = 1 << 20
END_BYTES = 64 << 10
PART_BYTES = 16 << 10
PARTS = 30
TAIL_BYTES = 32 << 10
PAGE_REACH = 26
"""Ogg pages number and check themselves at bytes 18 to 26, anew when comments before them grow."""


def audio_key(path: str | os.PathLike[str]) -> str:
    """Key of the audio in a file.

    Parameters
    ----------
    path : path-like
        A regular file.

    Returns
    -------
    key : str
        A letter, a hyphen and 40 hexadecimal digits. ``f``: FLAC's own MD5 with rate, channels,
        bits and length, so that two encodings of the same samples share a key; a file without
        its announced last block is keyed by its bytes instead. ``w``: the whole payload.
        ``s``: its length and sampled parts. Remembered until size, time of change or inode
        differ.

    Raises
    ------
    DecodeError
        If the file cannot be read. Malformed files are keyed by their bytes.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise DecodeError(path, "not a file")
        return _key(os.fsdecode(path), status.st_size, status.st_mtime_ns, status.st_ino)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DecodeError(path, reason.lower()) from error


def is_sampled(key: str) -> bool:
    """Whether a key rests on parts of the audio, so that equal keys are not proof."""
    return key.startswith("s-")


@lru_cache(maxsize=4096)
def _key(path: str, _size_bytes: int, _mtime_ns: int, _inode: int) -> str:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(fd).st_size
        start = tags_before(fd, size)
        head = os.pread(fd, 42, start)
        if _states_md5(head) and _has_last_block(fd, tags_after(fd, start, size), head):
            return f"f-{_digest((head[18:],))}"
        spans = payload_spans(fd, size, start)
        is_ogg = head[:4] == b"OggS"
        length = sum(b - a for a, b in spans)
        if length <= WHOLE_BYTES:
            return f"w-{_digest(_parts(fd, spans, ((0, length),), is_ogg))}"
        parts = _parts(fd, spans, _sampled(length), is_ogg)
        return f"s-{_digest(parts, length.to_bytes(8, 'little'))}"
    finally:
        os.close(fd)


def _digest(parts: Iterator[bytes] | tuple[bytes, ...], first: bytes = b"") -> str:
    digest = hashlib.sha256(first)
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:40]


def _states_md5(head: bytes) -> bool:
    return head[:5] in (b"fLaC\x00", b"fLaC\x80") and len(head) == 42 and any(head[26:])


def _has_last_block(fd: int, stop: int, head: bytes) -> bool:
    """Whether the last block that a FLAC stream of blocks of one length announces is there."""
    block_frames = int.from_bytes(head[10:12], "big")
    total = (head[21] & 0x0F) << 32 | int.from_bytes(head[22:26], "big")
    if not total or not block_frames or head[8:10] != head[10:12]:
        return True
    length = min(stop, max(2 * int.from_bytes(head[15:18], "big"), TAIL_BYTES))
    tail = os.pread(fd, length, stop - length)
    number = (total - 1) // block_frames
    by_block, by_frame = re.escape(_coded(number)), re.escape(_coded(number * block_frames))
    pattern = rb"\xff(?:\xf8..%s|\xf9..%s)" % (by_block, by_frame)
    return re.search(pattern, tail, re.DOTALL) is not None


def _coded(number: int) -> bytes:
    """Code a number as in the header of a FLAC block (RFC 9639, section 9.1.5)."""
    if number < 0x80:
        return bytes([number])
    rest: list[int] = []
    while number >= 1 << (6 - len(rest)):
        rest.append(0x80 | number & 0x3F)
        number >>= 6
    lead = 0xFF00 >> (len(rest) + 1) & 0xFF
    return bytes([lead | number, *reversed(rest)])


def _sampled(length: int) -> tuple[Span, ...]:
    inner = length - 2 * END_BYTES - PART_BYTES
    starts = (END_BYTES + inner * n // (PARTS - 1) for n in range(PARTS))
    parts = ((start, start + PART_BYTES) for start in starts)
    return ((0, END_BYTES), *parts, (length - END_BYTES, length))


def _parts(
    fd: int, spans: tuple[Span, ...], wanted: tuple[Span, ...], is_ogg: bool
) -> Iterator[bytes]:
    """Yield the wanted parts of the spans laid end to end."""
    for first, last in wanted:
        at = 0
        for start, stop in spans:
            a, b = max(first - at, 0), min(last - at, stop - start)
            if a < b:
                read = _masked if is_ogg else _read
                yield read(fd, start + a, start + b)
            at += stop - start


def _read(fd: int, start: int, stop: int) -> bytes:
    return os.pread(fd, stop - start, start)


def _masked(fd: int, start: int, stop: int) -> bytes:
    """Read bytes of Ogg pages without the numbers that tagging changes."""
    before = min(start, PAGE_REACH)
    data = bytearray(os.pread(fd, stop - start + before + PAGE_REACH, start - before))
    page = data.find(b"OggS")
    while 0 <= page <= len(data) - PAGE_REACH:
        data[page + 18 : page + PAGE_REACH] = bytes(8)
        following = page + (page_bytes(data[page : page + PAGE_HEAD_BYTES]) or PAGE_REACH)
        is_page = data[following : following + 4] == b"OggS"
        page = following if is_page else data.find(b"OggS", page + PAGE_REACH)
    return bytes(memoryview(data)[before : before + stop - start])
