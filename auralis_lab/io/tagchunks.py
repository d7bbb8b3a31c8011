"""ID3 tags inside WAV, AIFF, DSDIFF and DSF files, and the text fields of a WAV beside them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auralis_lab.io import tagid3, tagid3edit
from auralis_lab.io.tagdata import Picture
from auralis_lab.io.tagnames import NAMES, names_of
from auralis_lab.io.tagsplice import Piece

__all__ = ["chunk_pieces", "dsf_pieces"]

MAX_CHUNKS = 10_000
MAX_TEXT_BYTES = 1 << 24
ID3_NAMES = (b"id3 ", b"ID3 ")
DSF_HEAD_BYTES = 28


@dataclass(frozen=True)
class _Form:
    """How a container writes its chunks: head bytes, length bytes, byte order, most it can hold."""

    head_bytes: int
    width: int
    big: bool
    id3_name: bytes
    names: tuple[bytes, ...]

    def length(self, data: bytes) -> int:
        return int.from_bytes(data, "big" if self.big else "little")

    def coded(self, length: int) -> bytes:
        if length >= 1 << (8 * self.width):
            raise ValueError("a file of this kind holds at most 4 GiB")
        return length.to_bytes(self.width, "big" if self.big else "little")


@dataclass(frozen=True)
class _Chunk:
    name: bytes
    at: int
    body: int
    stop: int
    next: int


FORMS = {
    "WAV": _Form(12, 4, False, b"id3 ", (b"RIFF",)),
    "AIFF": _Form(12, 4, True, b"ID3 ", (b"FORM",)),
    "DSDIFF": _Form(16, 8, True, b"ID3 ", (b"FRM8",)),
}


def chunk_pieces(
    fd: int,
    size: int,
    container: str,
    values: Mapping[str, Sequence[str]],
    pictures: Sequence[Picture] | None,
) -> list[Piece]:
    """Pieces of a WAV, AIFF or DSDIFF file with these fields in the place of its own.

    Raises
    ------
    ValueError
        If the chunks are malformed or were never finished, or the file would be too long.
    """
    form = FORMS[container]
    head = os.pread(fd, form.head_bytes, 0)
    chunks, end = _chunks(fd, size, form, head)
    at_id3 = next((chunk for chunk in chunks if chunk.name in ID3_NAMES), None)
    old = tagid3.Id3()
    if at_id3 is not None and at_id3.stop - at_id3.body > 10:
        old = tagid3.parsed(os.pread(fd, at_id3.stop - at_id3.body, at_id3.body))
    tag = tagid3.rendered(tagid3edit.changed(old, values, pictures))
    pieces: list[Piece] = []
    for chunk in chunks:
        if chunk is at_id3:
            if tag:
                pieces.append(_chunk(form, chunk.name, tag))
        elif chunk.name == b"LIST" and os.pread(fd, 4, chunk.body) == b"INFO":
            body = os.pread(fd, min(chunk.stop - chunk.body, MAX_TEXT_BYTES), chunk.body)
            info = _changed_info(body, values)
            pieces.append((chunk.at, chunk.next) if info == body else _chunk(form, b"LIST", info))
        else:
            pieces.append((chunk.at, chunk.next))
            if chunk.next - chunk.body < _even(chunk.stop - chunk.body):
                pieces.append(b"\0")
    if tag and at_id3 is None:
        pieces.append(_chunk(form, form.id3_name, tag))
    length = sum(len(p) if isinstance(p, bytes) else p[1] - p[0] for p in pieces)
    kind = head[4 + form.width : form.head_bytes]
    return [head[:4] + form.coded(length + len(kind)) + kind, *pieces, (end, size)]


def dsf_pieces(
    fd: int, size: int, values: Mapping[str, Sequence[str]], pictures: Sequence[Picture] | None
) -> list[Piece]:
    """Pieces of a DSF file with these fields in the place of its own.

    Raises
    ------
    ValueError
        If its head is malformed.
    """
    head = os.pread(fd, DSF_HEAD_BYTES, 0)
    at = int.from_bytes(head[20:28], "little")
    if len(head) < DSF_HEAD_BYTES or at > size or 0 < at < DSF_HEAD_BYTES:
        raise ValueError("its DSF header is malformed")
    old, end = tagid3.Id3(), at or size
    if at and at < size:
        old = tagid3.parsed(os.pread(fd, size - at, at))
    tag = tagid3.rendered(tagid3edit.changed(old, values, pictures))
    total, place = end + len(tag), end if tag else 0
    new = head[:12] + total.to_bytes(8, "little") + place.to_bytes(8, "little")
    return [new, (DSF_HEAD_BYTES, end), tag]


def _chunks(fd: int, size: int, form: _Form, head: bytes) -> tuple[list[_Chunk], int]:
    """Find the chunks, and where they end; what follows is none of them."""
    announced = form.length(head[4 : 4 + form.width]) + 4 + form.width
    end = announced if form.head_bytes <= announced <= size else size
    chunks: list[_Chunk] = []
    at = form.head_bytes
    while at < end and len(chunks) < MAX_CHUNKS:
        data = os.pread(fd, 4 + form.width, at)
        body = at + len(data)
        length = form.length(data[4:])
        named = all(32 <= byte < 127 for byte in data[:4])
        if len(data) < 4 + form.width or not named or body + length > size:
            break
        following = min(body + _even(length), size)
        chunks.append(_Chunk(data[:4], at, body, body + length, following))
        at = following
    if at < end or head[:4] not in form.names:
        raise ValueError("its chunks are malformed, or its header was never finished")
    return chunks, max(at, end)


def _chunk(form: _Form, name: bytes, body: bytes) -> bytes:
    return name + form.coded(len(body)) + body + bytes(len(body) & 1)


def _even(length: int) -> int:
    return length + (length & 1)


def _changed_info(body: bytes, values: Mapping[str, Sequence[str]]) -> bytes:
    """Replace those text fields that are there; the ID3 tag beside them holds the others."""
    new = {
        name: "; ".join(texts).encode("utf-8")
        for field, texts in values.items()
        if field in NAMES["INFO"]
        for name in names_of("INFO", field)
    }
    parts, at = [body[:4]], 4
    while at + 8 <= len(body):
        name, length = body[at : at + 4], int.from_bytes(body[at + 4 : at + 8], "little")
        stop = at + 8 + _even(length)
        while body[stop : stop + 1] == b"\0":  # some writers pad more than one byte
            stop += 1
        text = new.get(name.decode("latin-1").casefold())
        if text is None:
            parts.append(body[at:stop])
        elif text:
            coded = text + b"\0"
            parts.append(name + len(coded).to_bytes(4, "little") + coded + bytes(len(coded) & 1))
        at = stop
    return b"".join(parts)
