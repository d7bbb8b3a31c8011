"""Whether a FLAC file holds as many frames as it announces.

The stream's own numbers (RFC 9639): every FLAC frame carries its place, so the last one tells
where the audio really ends. Here a *block* is what the format calls a frame.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["StreamInfo", "block_end", "empty_stream", "ends_at", "stream_info"]

BLOCK_SIZES = {1: 192, **{n: 144 << n for n in range(2, 6)}, **{n: 1 << n for n in range(8, 16)}}
HEADER_BYTES = 16
TAIL_BYTES = 256 << 10
ROW_BYTES = 64


@dataclass(frozen=True)
class StreamInfo:
    """The announcement at the head of the file; `total_offset` is where its total lies."""

    min_block_frames: int
    max_block_bytes: int
    rate_hz: int
    channels: int
    bits_per_sample: int
    total_frames: int
    total_offset: int
    total_field: bytes


def stream_info(fd: int, start: int) -> StreamInfo | None:
    """Read the STREAMINFO of the FLAC stream at byte `start`; None if it is cut."""
    data = os.pread(fd, 42, start)
    if len(data) < 42 or data[:4] != b"fLaC" or data[4] & 0x7F:
        return None
    total = (data[21] & 0x0F) << 32 | int.from_bytes(data[22:26], "big")
    unknown = bytes([data[21] & 0xF0]) + bytes(4)
    return StreamInfo(
        min_block_frames=int.from_bytes(data[8:10], "big"),
        max_block_bytes=int.from_bytes(data[15:18], "big"),
        rate_hz=int.from_bytes(data[18:21], "big") >> 4,
        channels=(data[20] >> 1 & 7) + 1,
        bits_per_sample=((data[20] & 1) << 4 | data[21] >> 4) + 1,
        total_frames=total,
        total_offset=21,
        total_field=unknown,
    )


def empty_stream(rate_hz: int, channels: int, bits: int | None) -> bytes:
    """Bytes of a FLAC stream without frames."""
    packed = rate_hz << 44 | (channels - 1) << 41 | ((bits or 16) - 1) << 36
    info = struct.pack(">HH", 4_096, 4_096) + bytes(6) + packed.to_bytes(8, "big") + bytes(16)
    return b"fLaC\x80" + len(info).to_bytes(3, "big") + info


def ends_at(fd: int, stop: int, info: StreamInfo) -> bool:
    """Tell whether a sound last block ends the bytes before `stop` and the announced frames."""
    if info.total_frames == 0:
        return False
    length = min(stop, max(TAIL_BYTES, 2 * info.max_block_bytes))
    tail = os.pread(fd, length, stop - length)
    at = tail.rfind(b"\xff")
    while at >= 0:
        if block_end(tail[at : at + HEADER_BYTES], info) == info.total_frames:
            return _crc16(tail[at:]) == 0
        at = tail.rfind(b"\xff", 0, at)
    return False


def block_end(head: bytes, info: StreamInfo) -> int | None:
    """Frame at which the block with this header ends; None if it is no header."""
    if len(head) < 6 or head[1] & 0xFE != 0xF8 or head[3] & 1:
        return None
    coded = _coded_number(head[4:11])
    if coded is None:
        return None
    number, at = coded[0], 4 + coded[1]
    size_code, rate_code = head[2] >> 4, head[2] & 15
    extra = {6: 1, 7: 2}.get(size_code, 0)
    frames = BLOCK_SIZES.get(size_code) or int.from_bytes(head[at : at + extra], "big") + 1
    at += extra + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if size_code == 0 or at >= len(head) or _crc8(head[:at]) != head[at]:
        return None
    return frames + (number if head[1] & 1 else number * info.min_block_frames)


def _coded_number(data: bytes) -> tuple[int, int] | None:
    """Read a number coded like UTF-8; return it with its length."""
    if not data:
        return None
    if data[0] < 0x80:
        return data[0], 1
    length = 8 - (data[0] ^ 0xFF).bit_length()
    if not 2 <= length <= 7 or len(data) < length:
        return None
    number = data[0] & (0x7F >> length)
    for byte in data[1:length]:
        if byte & 0xC0 != 0x80:
            return None
        number = number << 6 | byte & 0x3F
    return number, length


def _crc8(data: bytes) -> int:
    """CRC-8 of a block header, polynomial 0x07."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ 0x07 if value & 0x80 else value << 1) & 0xFF
    return value


def _crc16(data: bytes) -> int:
    """CRC-16 of a block, polynomial 0x8005; 0 over a sound block.

    The block is cut into rows that are reckoned side by side and then put together, for a row
    followed by others weighs what it weighs followed by as many zeros. Zeros before do not count.
    """
    step, high, low = _crc16_tables()
    rows = np.frombuffer(bytes(-len(data) % ROW_BYTES) + data, ">u2").reshape(-1, ROW_BYTES // 2)
    values: npt.NDArray[np.uint16] = np.zeros(len(rows), np.uint16)
    for column in rows.T:
        values = step[values ^ column]
    total = 0
    for value in values.tolist():
        total = high[total >> 8] ^ low[total & 0xFF] ^ value
    return total


@lru_cache(maxsize=1)
def _crc16_tables() -> tuple[npt.NDArray[np.uint16], list[int], list[int]]:
    """What two bytes make of each state, and what a row of zeros makes of its two halves."""
    step: npt.NDArray[Any] = np.arange(1 << 16, dtype=np.uint32)
    for _ in range(16):
        step = np.where(step & 0x8000, step << 1 ^ 0x8005, step << 1) & 0xFFFF
    step = step.astype(np.uint16)
    halves: npt.NDArray[Any] = np.concatenate([np.arange(256) << 8, np.arange(256)])
    for _ in range(ROW_BYTES // 2):
        halves = step[halves]
    return step, [int(v) for v in halves[:256]], [int(v) for v in halves[256:]]
