"""Pages of an Ogg file (RFC 3533): where one stream ends and the next begins."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass

__all__ = ["OggStream", "codec_of", "ogg_stream", "pages_are_whole"]

HEAD_BYTES = 64
PAGE_BYTES = 65_307
CODECS = {
    b"\x01vorbis": "VORBIS",
    b"OpusHead": "OPUS",
    b"\x7fFLAC": "OGGFLAC",
    b"Speex": "SPEEX",
}
BEGINNING, ENDING = 2, 4


@dataclass(frozen=True)
class OggStream:
    """One stream: its codec, the byte where it ends, and whether its last page says so."""

    codec: str | None
    stop: int
    is_finished: bool


def codec_of(head: bytes) -> str | None:
    """Codec of the stream that begins with these 64 bytes."""
    body = head[27 + head[26] :] if len(head) > 26 else b""
    return next((codec for magic, codec in CODECS.items() if body.startswith(magic)), None)


def ogg_stream(fd: int, start: int, stop: int) -> OggStream | None:
    """Find the end of the stream that begins at `start`.

    Streams may follow each other in one file (a recording of a radio station does so). When the
    last page belongs to the first one's stream, that is known at once; otherwise pages are
    walked.
    """
    first = _page(fd, start)
    if first is None:
        return None
    codec = codec_of(os.pread(fd, HEAD_BYTES, start))
    last = _last_page(fd, start, stop)
    if last is not None and last[1] == first[1]:
        return OggStream(codec, stop, bool(last[0] & ENDING) and last[2])
    position, flags, begun = start, 0, False
    while position < stop and (page := _page(fd, position)) is not None:
        is_first = bool(page[0] & BEGINNING)
        if begun and is_first:
            return OggStream(codec, position, bool(flags & ENDING))
        begun = begun or not is_first
        flags = page[0]
        position += page[2]
    return OggStream(codec, stop, bool(flags & ENDING))


def _page(fd: int, position: int) -> tuple[int, bytes, int] | None:
    head = os.pread(fd, 27 + 255, position)
    if len(head) < 27 or head[:4] != b"OggS":
        return None
    count = head[26]
    return head[5], head[14:18], 27 + count + sum(head[27 : 27 + count])


def _last_page(fd: int, start: int, stop: int) -> tuple[int, bytes, bool] | None:
    """Flags and serial number of the last page, and whether all of it is there."""
    base = max(start, stop - PAGE_BYTES)
    tail = os.pread(fd, stop - base, base)
    at = tail.rfind(b"OggS")
    page = _page(fd, base + at) if at >= 0 else None
    return None if page is None else (page[0], page[1], base + at + page[2] <= stop)


def pages_are_whole(fd: int, start: int, stop: int) -> bool:
    """Whether every page from `start` on is there and has its checksum, up to the last page's end.

    Decoders pass over what is broken without a word.
    """
    position, numbers = start, dict[bytes, int]()
    while position < stop and (page := _page(fd, position)) is not None:
        flags, serial, size_bytes = page
        data = os.pread(fd, size_bytes, position)
        number = int.from_bytes(data[18:22], "little")
        if number != numbers.get(serial, number - 1) + 1 or _checksum(data) != data[22:26]:
            return False
        numbers[serial] = number
        position += size_bytes
        if flags & ENDING and len(numbers) == 1:
            return True
    return position >= stop


def _checksum(page: bytes) -> bytes:
    """CRC of a page without its own: that of Ethernet, but from the other end of each byte."""
    data = (page[:22] + bytes(4) + page[26:]).translate(_REVERSED)
    mirrored = zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return mirrored.to_bytes(4, "big").translate(_REVERSED)


_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
