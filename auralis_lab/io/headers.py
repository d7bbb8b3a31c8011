"""What plain FLAC and WAV files hold, told from their headers alone.

Only what is in every detail as it should be is told, in Python and without a decoder, so that no
malformed file can do harm here. Where anything is out of the ordinary, a decoder has to look. What
is told equals :attr:`auralis_lab.io.source.AudioSource.info`.
"""

from __future__ import annotations

import os
import struct

from auralis_lab.audio import MAX_CHANNELS
from auralis_lab.errors import DecodeError
from auralis_lab.io import flac, riff
from auralis_lab.io.decoder import MAX_RATE_HZ, MIN_RATE_HZ
from auralis_lab.io.layout import identify
from auralis_lab.io.sndfile import EXACT_SUBTYPES, StreamFormat

__all__ = ["plain_format"]

INTEGER, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
SUBTYPES = {
    **{(INTEGER, 8): "PCM_U8", (INTEGER, 16): "PCM_16", (INTEGER, 24): "PCM_24"},
    **{(INTEGER, 32): "PCM_32", (FLOAT, 32): "FLOAT", (FLOAT, 64): "DOUBLE"},
}
FLAC_SUBTYPES = {8: "PCM_S8", 16: "PCM_16", 24: "PCM_24"}
STREAMINFO, COMMENT, PICTURE = 0, 4, 6
METADATA = (STREAMINFO, 1, 2, 3, COMMENT, PICTURE)
MAX_METADATA = 1_000
CHUNKS = {b"fmt ", b"fact", b"PEAK", b"LIST", b"JUNK", b"bext"}
GUID_END = bytes.fromhex("000000001000800000aa00389b71")
"""Of the kinds that have a number in plain headers as well."""


def plain_format(path: str | os.PathLike[str]) -> StreamFormat | None:
    """Tell what a FLAC or WAV file holds whose length is true; None if a decoder has to look.

    Raises
    ------
    DecodeError
        If no decoder could read it either: it is no regular file, or its header is cut off.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise DecodeError(path, (error.strerror or str(error)).lower()) from error
    try:
        head = os.pread(fd, 12, 0)
        if head[:4] != b"fLaC" and (head[:4], head[8:]) != (b"RIFF", b"WAVE"):
            return None
        layout = identify(path)
        if not layout.true_length or layout.patches or layout.announced_frames or layout.notes:
            return None
        told = _flac(fd, layout.stop) if layout.kind == "FLAC" else _wav(fd, layout.stop)
    except OSError:
        return None
    finally:
        os.close(fd)
    if told is None or not MIN_RATE_HZ <= told.rate_hz <= MAX_RATE_HZ:
        return None
    return told if 1 <= told.channels <= MAX_CHANNELS else None


def _flac(fd: int, stop: int) -> StreamFormat | None:
    info = flac.stream_info(fd, 0)
    if info is None or not _begins_soundly(fd, stop, info):
        return None
    subtype = FLAC_SUBTYPES.get(info.bits_per_sample)
    if subtype is None:
        return None
    return _told("FLAC", subtype, info.rate_hz, info.channels, info.total_frames)


def _begins_soundly(fd: int, stop: int, info: flac.StreamInfo) -> bool:
    """Tell whether sound metadata lead from the head of a stream at byte 0 to its first block."""
    at = 4
    for number in range(MAX_METADATA):
        head = os.pread(fd, 4, at)
        length = int.from_bytes(head[1:], "big")
        kind = head[0] & 0x7F if len(head) == 4 and at + 4 + length < stop else None
        if kind not in METADATA or (kind == STREAMINFO) != (number == 0):
            return False
        body = os.pread(fd, length, at + 4) if kind in (COMMENT, PICTURE) else b""
        if kind == COMMENT and not _are_comments(body):
            return False
        if kind == PICTURE and not _is_picture(body):
            return False
        at += 4 + length
        if head[0] & 0x80:
            block = os.pread(fd, flac.HEADER_BYTES, at)
            return block[:1] == b"\xff" and (flac.block_end(block, info) or 0) > 0
    return False


def _are_comments(body: bytes) -> bool:
    """Tell whether the texts and their number fill a block of Vorbis comments."""
    try:
        at = 4 + int.from_bytes(body[:4], "little")
        (count,) = struct.unpack_from("<I", body, at)
        at += 4
        for _ in range(min(count, len(body))):
            at += 4 + struct.unpack_from("<I", body, at)[0]
    except struct.error:
        return False
    return at == len(body) and count <= len(body)


def _is_picture(body: bytes) -> bool:
    """Tell whether the texts and the data of a picture fill its block."""
    try:
        at: int = 8 + struct.unpack_from(">I", body, 4)[0]
        at += 4 + struct.unpack_from(">I", body, at)[0] + 16
        at += 4 + struct.unpack_from(">I", body, at)[0]
    except struct.error:
        return False
    return at == len(body)


def _wav(fd: int, size_bytes: int) -> StreamFormat | None:
    chunk = riff.data_chunk(fd, size_bytes)
    if chunk is None or not 0 < chunk.announced_bytes <= chunk.present_bytes:
        return None
    words = chunk.format_words
    if len(words) < 8 or not CHUNKS.issuperset(chunk.before):
        return None
    kind, channels, rate_hz, bits = words[0], words[1], words[2] | words[3] << 16, words[7]
    if kind == EXTENSIBLE:
        if len(words) < 20 or words[9] != bits or chunk.format[26:40] != GUID_END:
            return None
        kind = words[12]
    subtype = SUBTYPES.get((kind, bits))
    if subtype is None or not channels or chunk.frame_bytes != channels * bits // 8:
        return None
    return _told("WAV", subtype, rate_hz, channels, chunk.announced_bytes // chunk.frame_bytes)


def _told(kind: str, subtype: str, rate_hz: int, channels: int, frames: int) -> StreamFormat:
    return StreamFormat(
        rate_hz=rate_hz,
        channels=channels,
        format=kind,
        subtype=subtype,
        bits_per_sample=EXACT_SUBTYPES[subtype],
        lossy=False,
        float_samples=subtype in ("FLOAT", "DOUBLE"),
        in_place=True,
        announced_frames=frames,
        announced_is_estimate=False,
    )
