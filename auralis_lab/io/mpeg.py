"""Where the frames of an MPEG audio stream (MP3 and its kin) lie in a file.

Frame headers follow ISO/IEC 11172-3 and 13818-3, with the common extension to 8, 11.025 and
12 kHz. Sizes and offsets are bytes.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

__all__ = [
    "FrameHeader",
    "LengthHeader",
    "audio_end",
    "find_frame",
    "id3v2_bytes",
    "length_header",
    "parse_header",
]

RATES_HZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
BITRATES_KBPS = {
    (True, 3): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 1): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 3): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 1): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
FIRST_BYTES = 16 << 10
SEARCH_BYTES = 1 << 20
MAX_FRAME_BYTES = 2_881
CHAIN = 3


@dataclass(frozen=True)
class FrameHeader:
    """One frame header: what it says of the stream, and how long its frame is."""

    rate_hz: int
    channels: int
    layer: int
    frames: int
    size_bytes: int
    side_bytes: int


def parse_header(head: bytes) -> FrameHeader | None:
    """Read a frame header of 4 bytes; None if it is none, or free format."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer_bits = head[1] >> 3 & 3, head[1] >> 1 & 3
    bitrate_index, rate_index = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer_bits == 0 or rate_index == 3 or not 0 < bitrate_index < 15:
        return None
    first = version == 3
    rate_hz = RATES_HZ[version][rate_index]
    bps = BITRATES_KBPS[first, layer_bits][bitrate_index - 1] * 1000
    padding, mono = head[2] >> 1 & 1, head[3] >> 6 == 3
    if layer_bits == 3:
        frames, size = 384, (12 * bps // rate_hz + padding) * 4
    else:
        frames = 1152 if first or layer_bits == 2 else 576
        size = frames // 8 * bps // rate_hz + padding
    side = (17 if mono else 32) if first else (9 if mono else 17)
    return FrameHeader(rate_hz, 1 if mono else 2, 4 - layer_bits, frames, size, side)


def id3v2_bytes(head: bytes) -> int:
    """Length of the ID3v2 tag that starts with these 10 bytes; 0 if there is none."""
    if len(head) < 10 or head[:3] != b"ID3" or any(b & 0x80 for b in head[6:10]):
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return 10 + size + (10 if head[5] & 0x10 else 0)


def audio_end(fd: int, size_bytes: int) -> int:
    """Offset where the audio ends and trailing ID3v1 or APE tags begin."""
    stop = size_bytes
    if os.pread(fd, 3, max(stop - 128, 0)) == b"TAG":
        stop = max(stop - 128, 0)
    footer = os.pread(fd, 32, max(stop - 32, 0))
    if footer[:8] == b"APETAGEX":
        length = int.from_bytes(footer[12:16], "little")
        length += 32 if footer[23] & 0x80 else 0
        stop = stop - length if length <= stop else stop
    return stop


def find_frame(fd: int, start: int, stop: int) -> tuple[int, FrameHeader] | None:
    """First frame from `start` on which others follow.

    Three frames in a row with the same layer and rate make a stream; fewer are enough where
    they begin at `start` itself and run into `stop`. ID3v2 tags on the way are skipped. At most
    1 MiB is searched.
    """
    while (tag := id3v2_bytes(os.pread(fd, 10, start))) and start + tag < stop:
        start += tag
    searched = 0
    for length in (FIRST_BYTES, SEARCH_BYTES):  # it is nearly always at the very start
        data = os.pread(fd, min(stop - start, length), start)
        offset = data.find(0xFF, searched)
        while offset >= 0:
            header = parse_header(data[offset : offset + 4])
            if header and _is_stream(fd, start + offset, stop, header, at_start=offset == 0):
                return start + offset, header
            offset = data.find(0xFF, offset + 1)
        searched = max(0, len(data) - 3)
    return None


@dataclass(frozen=True)
class LengthHeader:
    """What a Xing, Info or VBRI header announces.

    `frames` has the encoder's delay and padding cut; `bytes_offset` is where, from the start of
    its frame, the length in bytes stands, and `size_bytes` that length.
    """

    frames: int
    bytes_offset: int | None
    size_bytes: int = 0


def length_header(fd: int, offset: int, header: FrameHeader) -> LengthHeader | None:
    """Read the header that the frame at `offset` may hold in place of audio."""
    data = os.pread(fd, min(header.size_bytes, 400), offset)
    at = 4 + header.side_bytes
    if data[36:40] == b"VBRI" and len(data) >= 54:
        return LengthHeader(int.from_bytes(data[50:54], "big") * header.frames, None)
    if data[at : at + 4] not in (b"Xing", b"Info") or len(data) < at + 16 or not data[at + 7] & 1:
        return None
    flags = data[at + 7]
    frames = int.from_bytes(data[at + 8 : at + 12], "big") * header.frames
    lame = at + 12 + 4 * bool(flags & 2) + 100 * bool(flags & 4) + 4 * bool(flags & 8)
    gaps = int.from_bytes(data[lame + 21 : lame + 24], "big")
    if data[lame : lame + 1].isalpha():
        frames -= (gaps >> 12) + (gaps & 0xFFF)
    if not flags & 2:
        return LengthHeader(max(frames, 0), None)
    size_bytes = int.from_bytes(data[at + 12 : at + 16], "big")
    return LengthHeader(max(frames, 0), at + 12, size_bytes)


def _is_stream(fd: int, offset: int, stop: int, first: FrameHeader, *, at_start: bool) -> bool:
    header: FrameHeader | None = first
    for _ in range(CHAIN):
        if header is None or (header.layer, header.rate_hz) != (first.layer, first.rate_hz):
            return False
        offset += header.size_bytes
        if offset >= stop - 3:
            return at_start and offset - header.size_bytes < stop
        header = parse_header(os.pread(fd, 4, offset))
    return True
