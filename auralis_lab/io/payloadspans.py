"""Where the audio of a file lies, whatever tags lie around and between.

A span is a pair of byte offsets, start and stop. What a tagger may add, remove, move or pad lies
outside the spans: ID3v1, ID3v2, APEv2 and Lyrics3 at either end, FLAC metadata blocks, comment
pages of Ogg, MP4 boxes other than ``mdat``, RIFF, AIFF and DSDIFF chunks, the ASF header, the end
of DSF. What decides how the samples sound (the ``fmt`` chunk, the Opus header) lies inside.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from auralis_lab.io import mpeg, ogg, riff

__all__ = [
    "PAGE_HEAD_BYTES",
    "Span",
    "page_bytes",
    "payload_spans",
    "tags_after",
    "tags_before",
    "trailing_tags",
]

Span = tuple[int, int]
MAX_PIECES = 16_384
MAX_TAGS = 16
PAGE_HEAD_BYTES = 27 + 255
ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
HEADER_PACKETS = {"VORBIS": 3, "OPUS": 2}


def tags_before(fd: int, size: int) -> int:
    """Byte at which the ID3v2 and APEv2 tags at the head of a file end."""
    start = 0
    for _ in range(MAX_TAGS):
        head = os.pread(fd, 32, start)
        length = mpeg.id3v2_bytes(head)
        if head[:8] == b"APETAGEX" and len(head) == 32:
            length = 32 + int.from_bytes(head[12:16], "little")
        if not length:
            return start
        if start + length >= size:
            return 0
        start += length
    return start


def trailing_tags(fd: int, start: int, size: int) -> list[tuple[str, int, int]]:
    """Kind, start and stop of the tags at the tail of a file, in order.

    Kinds are ``APE``, ``V1`` (ID3v1), ``ID3`` (ID3v2 with a footer) and ``LYRICS``.
    """
    found: list[tuple[str, int, int]] = []
    stop = size
    for _ in range(MAX_TAGS):
        kind, length = _last_tag(fd, stop)
        if not length or stop - length < start:
            break
        found.insert(0, (kind, stop - length, stop))
        stop -= length
    return found


def tags_after(fd: int, start: int, size: int) -> int:
    """Byte at which the tags at the tail of a file begin."""
    found = trailing_tags(fd, start, size)
    return found[0][1] if found else size


def payload_spans(fd: int, size: int, start: int) -> tuple[Span, ...]:
    """Spans of the audio of a file whose leading tags end at `start`, in order.

    A structure that cannot be followed gives the whole file as one span.
    """
    head = os.pread(fd, 64, start)
    form = head[8:12]
    found: tuple[Span, ...] | None
    if head[:4] == b"fLaC":
        found = _flac_spans(fd, start, size)
    elif head[:4] in (b"RIFF", b"RF64", b"BW64", b"RIFX") and form == b"WAVE":
        found = _wav_spans(fd, start, size, head)
    elif head[:4] == b"FORM" and form in (b"AIFF", b"AIFC"):
        found = _chunk_spans(fd, start + 12, size, 4, (b"COMM", b"SSND"))
    elif head[:4] == b"FRM8" and head[12:16] == b"DSD ":
        found = _chunk_spans(fd, start + 16, size, 8, (b"PROP", b"DSD ", b"DST "))
    elif head[:4] == b"caff":
        found = _chunk_spans(fd, start + 8, size, 8, (b"desc", b"kuki", b"pakt", b"data"), even=1)
    elif head[:4] == b"OggS":
        found = _ogg_spans(fd, start, tags_after(fd, start, size))
    elif head[:4] == b"DSD ":
        found = _dsf_spans(fd, start, size)
    elif head[:16] == ASF_HEADER:
        found = ((start + int.from_bytes(head[16:24], "little"), size),)
    elif head[4:8] in MP4_BOXES:
        found = _mp4_spans(fd, start, size)
    else:
        found = ((start, tags_after(fd, start, size)),)
    spans = tuple((a, min(b, size)) for a, b in found or () if a < min(b, size))
    return spans or ((0, size),)


def page_bytes(head: bytes | bytearray) -> int | None:
    """Length of the Ogg page that begins with these bytes; None if none does."""
    if len(head) < 27 or head[:4] != b"OggS" or len(head) < 27 + head[26]:
        return None
    return 27 + head[26] + sum(head[27 : 27 + head[26]])


def _ogg_spans(fd: int, start: int, stop: int) -> tuple[Span, ...] | None:
    """Spans of the first page and of those after the first stream's comments and set-up."""
    head = os.pread(fd, PAGE_HEAD_BYTES, start)
    first = page_bytes(head)
    if first is None:
        return None
    needed, packets, at = _header_packets(fd, start, head), 0, start
    for _ in range(MAX_PIECES):
        page = os.pread(fd, PAGE_HEAD_BYTES, at)
        length = page_bytes(page)
        if length is None:
            return None
        granule = int.from_bytes(page[6:14], "little", signed=True)
        if needed is None and granule > 0:
            return (start, start + first), (at, stop)
        at += length
        if needed is not None and page[14:18] == head[14:18]:
            packets += sum(size < 255 for size in page[27 : 27 + page[26]])
            if packets >= needed:
                return (start, start + first), (at, stop)
    return None


def _header_packets(fd: int, start: int, head: bytes) -> int | None:
    """Count the packets before the audio; None if the codec is not known here."""
    codec = ogg.codec_of(head)
    body = os.pread(fd, 80, start + 27 + head[26])
    if codec == "OGGFLAC":
        return 1 + (int.from_bytes(body[7:9], "big") or 1)
    if codec == "SPEEX":
        return 2 + min(int.from_bytes(body[68:72], "little"), 16)
    return HEADER_PACKETS.get(codec or "")


def _last_tag(fd: int, stop: int) -> tuple[str, int]:
    """Kind and length of the tag that ends at `stop`; 0 bytes if none does."""
    tail = os.pread(fd, min(stop, 160), max(stop - 160, 0))
    if tail[-128:-125] == b"TAG":
        extended = stop >= 355 and os.pread(fd, 4, stop - 355) == b"TAG+"
        return "V1", 355 if extended else 128
    if tail[-32:-24] == b"APETAGEX":
        return "APE", int.from_bytes(tail[-20:-16], "little") + (32 if tail[-9] & 0x80 else 0)
    if tail[-9:] == b"LYRICS200" and tail[-15:-9].isdigit():
        return "LYRICS", int(tail[-15:-9]) + 15
    if tail[-9:] == b"LYRICSEND":
        found = os.pread(fd, 5_120, max(stop - 5_120, 0)).rfind(b"LYRICSBEGIN")
        return "LYRICS", min(stop, 5_120) - found if found >= 0 else 0
    if tail[-10:-7] == b"3DI":
        return "ID3", mpeg.id3v2_bytes(b"ID3" + tail[-7:])
    return "", 0


def _flac_spans(fd: int, start: int, size: int) -> tuple[Span, ...] | None:
    at = start + 4
    for _ in range(MAX_PIECES):
        head = os.pread(fd, 4, at)
        if len(head) < 4:
            return None
        at += 4 + int.from_bytes(head[1:], "big")
        if head[0] & 0x80:
            return (start + 8, start + 42), (at, tags_after(fd, at, size))
    return None


def _wav_spans(fd: int, start: int, size: int, head: bytes) -> tuple[Span, ...] | None:
    spans = []
    order = "big" if head[:4] == b"RIFX" else "little"
    long_bytes = int.from_bytes(head[28:36], "little") if head[12:16] == b"ds64" else 0
    for kind, at, length in _chunks(fd, start + 12, size, 4, order):
        if kind == b"fmt ":
            spans.append((at, at + length))
        if kind == b"data":
            if length == 0xFFFFFFFF and long_bytes:
                length = long_bytes
            elif length == 0 and start == 0:
                chunk = riff.data_chunk(fd, size)
                length = chunk.present_bytes if chunk else 0
            return (*spans, (at, at + length))
    return None


def _chunk_spans(
    fd: int, at: int, size: int, width: int, kinds: tuple[bytes, ...], even: int = 2
) -> tuple[Span, ...]:
    """Spans of the chunks of these kinds, in the order of the kinds."""
    found: dict[bytes, list[Span]] = {}
    for kind, body, length in _chunks(fd, at, size, width, "big", even):
        found.setdefault(kind, []).append((body, body + length))
    return tuple(span for kind in kinds for span in found.get(kind, ()))


def _chunks(
    fd: int, at: int, size: int, width: int, order: str, even: int = 2
) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and length of what the chunks hold."""
    for _ in range(MAX_PIECES):
        head = os.pread(fd, 4 + width, at)
        if len(head) < 4 + width:
            return
        length = int.from_bytes(head[4:], "big" if order == "big" else "little")
        yield head[:4], at + 4 + width, length
        at += 4 + width + length + length % even
        if at >= size:
            return


def _dsf_spans(fd: int, start: int, size: int) -> tuple[Span, ...] | None:
    at = start + 28
    for _ in range(2):
        head = os.pread(fd, 12, at)
        length = int.from_bytes(head[4:], "little")
        if head[:4] == b"data":
            return ((start + 28, at + length),)
        at += max(length, 12)
    return None


def _mp4_spans(fd: int, start: int, size: int) -> tuple[Span, ...]:
    spans, at = [], start
    for _ in range(MAX_PIECES):
        head = os.pread(fd, 16, at)
        if len(head) < 8:
            break
        length, body = int.from_bytes(head[:4], "big"), at + 8
        if length == 1:
            length, body = int.from_bytes(head[8:], "big"), at + 16
        stop = at + length if length else size
        if stop < body:
            break
        if head[4:8] == b"mdat":
            spans.append((body, stop))
        at = stop
        if at >= size:
            break
    return tuple(spans)
