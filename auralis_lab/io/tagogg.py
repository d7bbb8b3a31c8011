"""The comment packet of an Ogg stream (RFC 3533), with new comments and pictures.

Only the pages that hold it are made anew, as many as there were where that is enough. When there
are more, the later pages of the stream are numbered anew as well.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from auralis_lab.io import tagcomments
from auralis_lab.io.tagdata import Picture
from auralis_lab.io.tagsplice import Piece

__all__ = ["ogg_pieces", "renumber"]

PREFIXES = {"VORBIS": b"\x03vorbis", "OPUS": b"OpusTags", "SPEEX": b"", "OGGFLAC": b""}
HEAD = struct.Struct("<4sBBqIIIB")
CONTINUED, LAST = 1, 4
NOTHING_ENDS = -1
SEGMENT_BYTES, MAX_SEGMENTS = 255, 255
BLOCK_HEAD_BYTES = 4
MAX_BLOCK_BYTES = (1 << 24) - 1
MAX_PAGES = 100_000
SWAPPED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class _Page:
    at: int
    flags: int
    granule: int
    serial: int
    sequence: int
    lacing: bytes

    @property
    def body_at(self) -> int:
        return self.at + HEAD.size + len(self.lacing)

    @property
    def stop(self) -> int:
        return self.body_at + sum(self.lacing)


def ogg_pieces(
    fd: int,
    size: int,
    codec: str,
    values: Mapping[str, Sequence[str]],
    pictures: Sequence[Picture] | None,
) -> tuple[list[Piece], int]:
    """Pieces of the file with these fields and pictures in the place of its own.

    Returns
    -------
    pieces : list of Piece
    added : int
        By how much the numbers of the later pages grow; see :func:`renumber`.

    Raises
    ------
    ValueError
        If the pages or comments are malformed, or would be too long.
    """
    pages = _comment_pages(fd, size)
    body = b"".join(os.pread(fd, page.stop - page.body_at, page.body_at) for page in pages)
    lacing = b"".join(page.lacing for page in pages)
    stops = [n for n, length in enumerate(lacing) if length < SEGMENT_BYTES]
    comment_bytes = sum(lacing[: stops[0] + 1])
    packet = _changed_packet(body[:comment_bytes], codec, values, pictures)
    segments = [SEGMENT_BYTES] * (len(packet) // SEGMENT_BYTES) + [len(packet) % SEGMENT_BYTES]
    new_lacing = bytes(segments) + lacing[stops[0] + 1 :]
    count = max(-(-len(new_lacing) // MAX_SEGMENTS), min(len(pages), len(new_lacing)))
    data = _paged(packet + body[comment_bytes:], new_lacing, count, pages)
    pieces: list[Piece] = [(0, pages[0].at), data]
    pieces += ((a.stop, b.at) for a, b in itertools.pairwise(pages))
    return [*pieces, (pages[-1].stop, size)], count - len(pages)


def renumber(fd: int, size: int, added: int) -> None:
    """Add to the numbers of all pages that follow the comments of the stream of a new file."""
    pages = _comment_pages(fd, size)
    for page in _pages(fd, pages[-1].stop, size):
        if page.serial == pages[0].serial:
            data = os.pread(fd, page.stop - page.at, page.at)
            numbered = dataclasses.replace(page, sequence=page.sequence + added)
            os.pwrite(fd, _checked(numbered, data), page.at)
            if page.flags & LAST:
                return


def _comment_pages(fd: int, size: int) -> list[_Page]:
    """Pages of the second packet of the first stream, until one ends with a packet."""
    found: list[_Page] = []
    serial = None
    for page in _pages(fd, 0, size):
        if serial is None:
            serial = page.serial
        elif page.serial == serial:
            found.append(page)
            if page.lacing and page.lacing[-1] < SEGMENT_BYTES:
                return found
    raise ValueError("its Ogg pages are malformed")


def _pages(fd: int, at: int, size: int) -> Iterator[_Page]:
    """Yield pages as long as one follows the other."""
    while at < size:
        head = os.pread(fd, HEAD.size + MAX_SEGMENTS, at)
        if len(head) < HEAD.size or head[:4] != b"OggS":
            return
        _, _, flags, granule, serial, sequence, _, count = HEAD.unpack_from(head)
        page = _Page(at, flags, granule, serial, sequence, head[HEAD.size : HEAD.size + count])
        if len(page.lacing) < count or page.stop > size:
            return
        yield page
        at = page.stop


def _changed_packet(
    packet: bytes,
    codec: str,
    values: Mapping[str, Sequence[str]],
    pictures: Sequence[Picture] | None,
) -> bytes:
    prefix = packet[:BLOCK_HEAD_BYTES] if codec == "OGGFLAC" else PREFIXES[codec]
    if not packet.startswith(prefix) or (codec == "OGGFLAC" and prefix[0] & 0x7F != 4):
        raise ValueError("its comments are malformed")
    comments = tagcomments.parsed(packet[len(prefix) :])
    comments = tagcomments.changed(comments, values, pictures, with_pictures=True)
    body = tagcomments.rendered(comments)
    if codec == "OGGFLAC":
        if len(body) > MAX_BLOCK_BYTES:
            raise ValueError("a FLAC block holds at most 16 MiB")
        return prefix[:1] + len(body).to_bytes(3, "big") + body
    rest = comments.rest if comments.rest.strip(b"\0") else b""  # else it is padding
    return prefix + body + rest


def _paged(body: bytes, lacing: bytes, count: int, old: Sequence[_Page]) -> bytes:
    """Lay a body out in pages numbered from the first of the old ones on."""
    pages, at, segment = [], 0, 0
    for n in range(count):
        take = -(-(len(lacing) - segment) // (count - n))
        part = lacing[segment : segment + take]
        ends = any(length < SEGMENT_BYTES for length in part)
        flags = CONTINUED if segment and lacing[segment - 1] == SEGMENT_BYTES else 0
        flags |= old[-1].flags & LAST if n == count - 1 else 0
        granule = old[-1].granule if n == count - 1 else 0
        page = _Page(
            at=0,
            flags=flags,
            granule=granule if ends else NOTHING_ENDS,
            serial=old[0].serial,
            sequence=old[0].sequence + n,
            lacing=part,
        )
        pages.append(_checked(page, bytes(page.body_at) + body[at : at + sum(part)]))
        at += sum(part)
        segment += take
    return b"".join(pages)


def _checked(page: _Page, data: bytes) -> bytes:
    """Return the bytes of a page with its own head before the body in `data`."""
    body = data[HEAD.size + len(page.lacing) :]
    fields = (page.flags, page.granule, page.serial, page.sequence & 0xFFFFFFFF)
    head = HEAD.pack(b"OggS", 0, *fields, 0, len(page.lacing)) + page.lacing
    value = ~zlib.crc32((head + body).translate(SWAPPED), 0xFFFFFFFF) & 0xFFFFFFFF
    checksum = value.to_bytes(4, "big").translate(SWAPPED)
    return head[:22] + checksum + head[26:] + body
