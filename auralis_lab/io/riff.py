"""Chunks of RIFF (WAV) and AIFF files: where samples lie, how many, and text fields.

A recorder that lost power leaves a data size of 0 or 0xFFFFFFFF; then the samples reach to the
end of the file.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["DataChunk", "aiff_frames", "blank_info", "data_chunk", "info_fields"]

MAX_CHUNKS = 1_000
MAX_INFO_BYTES = 1 << 20


@dataclass(frozen=True)
class DataChunk:
    """The data chunk: where its samples start, what it announces, what is there.

    `format` is the head of the chunk that tells what they are, `before` the names of all chunks
    before this one.
    """

    start: int
    announced_bytes: int
    present_bytes: int
    frame_bytes: int
    format: bytes = b""
    before: tuple[bytes, ...] = ()

    @property
    def format_words(self) -> tuple[int, ...]:
        """The numbers of 16 bits before the data that tell what it is."""
        return struct.unpack(f"<{len(self.format) // 2}H", self.format[: len(self.format) & ~1])

    @property
    def is_unfinished(self) -> bool:
        """Whether the size was never filled in although samples follow."""
        return self.announced_bytes == 0 and self.present_bytes >= self.frame_bytes > 0


def data_chunk(fd: int, size_bytes: int) -> DataChunk | None:
    """Find the data chunk of a RIFF file; None if there is none before the bytes end."""
    at, frame_bytes, told = 12, 0, b""
    before: list[bytes] = []
    for _ in range(MAX_CHUNKS):
        head = os.pread(fd, 8, at)
        if len(head) < 8:
            return None
        length = int.from_bytes(head[4:], "little")
        if head[:4] == b"fmt ":
            told = os.pread(fd, min(length, 40), at + 8)
            frame_bytes = int.from_bytes(os.pread(fd, 2, at + 20), "little")
        if head[:4] == b"data":
            start = at + 8
            present = size_bytes - start
            if length == 0 and _chunk_follows(fd, start):
                present = 0
            return DataChunk(start, length, present, frame_bytes, told, tuple(before))
        before.append(head[:4])
        at += 8 + length + (length & 1)
    return None


def _chunk_follows(fd: int, at: int) -> bool:
    """Whether an ordinary chunk begins at `at`, so that an empty data chunk is meant."""
    return os.pread(fd, 4, at) in (b"LIST", b"id3 ", b"ID3 ", b"bext", b"cue ", b"fact", b"JUNK")


def aiff_frames(fd: int) -> int | None:
    """Frames that the COMM chunk of an AIFF file announces."""
    at = 12
    for _ in range(MAX_CHUNKS):
        head = os.pread(fd, 14, at)
        if len(head) < 14:
            return None
        if head[:4] == b"COMM":
            return int.from_bytes(head[10:14], "big")
        length = int.from_bytes(head[4:8], "big")
        at += 8 + length + (length & 1)
    return None


def info_fields(fd: int, size_bytes: int) -> dict[str, str]:
    """Read the text fields of the LIST INFO chunks, by their four letters."""
    fields: dict[str, str] = {}
    for at, length in _info_chunks(fd):
        body = os.pread(fd, min(length - 4, MAX_INFO_BYTES, size_bytes), at + 12)
        fields.update(_info(body))
    return fields


def blank_info(fd: int) -> None:
    """Turn the LIST INFO chunks of a file open for writing into padding."""
    for at, _ in list(_info_chunks(fd)):
        os.pwrite(fd, b"JUNK", at)


def _info_chunks(fd: int) -> Iterator[tuple[int, int]]:
    at = 12
    for _ in range(MAX_CHUNKS):
        head = os.pread(fd, 12, at)
        if len(head) < 12:
            return
        length = int.from_bytes(head[4:8], "little")
        if head[:4] == b"LIST" and head[8:12] == b"INFO" and length >= 4:
            yield at, length
        at += 8 + length + (length & 1)


def _info(body: bytes) -> dict[str, str]:
    fields: dict[str, str] = {}
    at = 0
    while at + 8 <= len(body):
        length = int.from_bytes(body[at + 4 : at + 8], "little")
        raw = body[at + 8 : at + 8 + length].partition(b"\0")[0]
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
        fields[body[at : at + 4].decode("latin-1").upper()] = text
        at += 8 + length + (length & 1)
        while body[at : at + 1] == b"\0":  # some writers pad more than one byte
            at += 1
    return fields
