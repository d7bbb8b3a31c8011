"""ID3v2 tags frame by frame, so that a frame which is not meant stays as it is, byte for byte.

Versions 2.2, 2.3 and 2.4 keep their version. Unsynchronisation of a whole tag, extended headers
and footers are not written again; they say nothing of the music.
"""

from __future__ import annotations

import dataclasses
import zlib
from dataclasses import dataclass

from auralis_lab.io.tagid3body import split_label

__all__ = ["SHORT_NAMES", "Frame", "Id3", "key_of", "parsed", "plain_of", "rendered"]

PADDING = 2_048
MAX_SLACK = 64 << 10
MAX_BYTES = 1 << 28
OLD_NAMES = {
    b"TT2": b"TIT2", b"TP1": b"TPE1", b"TAL": b"TALB", b"TP2": b"TPE2", b"TYE": b"TYER",
    b"TDA": b"TDAT", b"TIM": b"TIME", b"TRD": b"TRDA", b"TOR": b"TORY", b"TCO": b"TCON",
    b"TRK": b"TRCK", b"TPA": b"TPOS", b"TCM": b"TCOM", b"COM": b"COMM", b"TBP": b"TBPM",
    b"TCP": b"TCMP", b"ULT": b"USLT", b"SLT": b"SYLT", b"UFI": b"UFID", b"TXX": b"TXXX",
    b"PIC": b"APIC",
}  # fmt: skip
SHORT_NAMES = {new: old for old, new in OLD_NAMES.items()} | {b"TDRC": b"TYE"}
"""Names as version 2.2 spells them."""
GROUPED, COMPRESSED, ENCRYPTED, WITH_LENGTH = 0x40, 0x08, 0x04, 0x01
UNSYNCHRONISED = 0x02
COMPRESSED_3, ENCRYPTED_3, GROUPED_3 = 0x80, 0x40, 0x20


@dataclass(frozen=True)
class Frame:
    """One frame as it lies in the tag; no flags in version 2.2."""

    name: bytes
    flags: bytes
    body: bytes


@dataclass(frozen=True)
class Id3:
    """A tag: its version (2, 3 or 4), its frames, and how many bytes it takes in the file."""

    version: int = 4
    frames: tuple[Frame, ...] = ()
    size_bytes: int = 0


def parsed(data: bytes) -> Id3:
    """Take a tag apart.

    Raises
    ------
    ValueError
        If it is of no known version, or its frames cannot be told from each other.
    """
    version, flags = data[3], data[5]
    if data[:3] != b"ID3" or version not in (2, 3, 4) or (version == 2 and flags & 0x40):
        raise ValueError("its ID3 tag is of a kind not known here")
    body = data[10:]
    if flags & 0x10 and version == 4:
        body = body[:-10]
    if flags & 0x80 and version < 4:
        body = _synchronised(body)
    if flags & 0x40:
        body = body[_extended_bytes(body, version) :]
    frames = _split(body, version, syncsafe=version == 4)
    if frames is None and version == 4:  # some write sizes as in version 2.3
        frames = _split(body, version, syncsafe=False)
    if frames is None:
        raise ValueError("its ID3 tag is malformed")
    if flags & 0x80 and version == 4:
        mark = bytes([0, UNSYNCHRONISED])
        frames = [dataclasses.replace(f, flags=_either(f.flags, mark)) for f in frames]
    return Id3(version, tuple(frames), len(data))


def rendered(tag: Id3) -> bytes:
    """Put a tag together, as long as it was where that leaves no more than 64 KiB unused.

    Raises
    ------
    ValueError
        If it would be longer than a tag can be.
    """
    if not tag.frames:
        return b""
    body = b"".join(_with_header(frame, tag.version) for frame in tag.frames)
    needed = len(body) + 10
    fits = needed <= tag.size_bytes <= needed + MAX_SLACK
    total = tag.size_bytes if fits else needed + PADDING
    if total - 10 >= MAX_BYTES:
        raise ValueError("an ID3 tag holds at most 256 MiB")
    head = b"ID3" + bytes([tag.version, 0, 0]) + _syncsafe(total - 10)
    return head + body + bytes(total - needed)


def key_of(frame: Frame, version: int) -> str:
    """Name of a frame, folded, as :data:`~auralis_lab.io.tagnames.NAMES` spells it."""
    name = frame.name.rstrip(b"\0")
    text = OLD_NAMES.get(name, name).decode("ascii", "replace").casefold()
    if text in ("txxx", "ufid"):
        plain = plain_of(frame, version)
        if plain is None:
            return text
        if text == "ufid":
            return f"ufid:{plain.partition(bytes(1))[0].decode('latin-1').casefold()}"
        return f"txxx:{split_label(plain, 0)[1].casefold()}"
    return text


def plain_of(frame: Frame, version: int) -> bytes | None:
    """What a frame holds; None where that cannot be told."""
    body, flags = frame.body, frame.flags[1] if frame.flags else 0
    if version == 3:
        body = body[4 * bool(flags & COMPRESSED_3) + bool(flags & GROUPED_3) :]
        return None if flags & ENCRYPTED_3 else _inflated(body, bool(flags & COMPRESSED_3))
    if version == 4:
        body = body[bool(flags & GROUPED) + 4 * bool(flags & (WITH_LENGTH | COMPRESSED)) :]
        body = _synchronised(body) if flags & UNSYNCHRONISED else body
        return None if flags & ENCRYPTED else _inflated(body, bool(flags & COMPRESSED))
    return body


def _inflated(body: bytes, compressed: bool) -> bytes | None:
    if not compressed:
        return body
    try:
        return zlib.decompressobj().decompress(body, 1 << 20)
    except zlib.error:
        return None


def _split(body: bytes, version: int, *, syncsafe: bool) -> list[Frame] | None:
    """Split frames; None where one is longer than what is left."""
    frames, at = [], 0
    name_bytes, head_bytes = (3, 6) if version == 2 else (4, 10)
    while at + head_bytes <= len(body) and body[at]:
        name, rest = body[at : at + name_bytes], body[at + name_bytes : at + head_bytes]
        size = int.from_bytes(rest[: name_bytes if version == 2 else 4], "big")
        if syncsafe:
            if any(byte & 0x80 for byte in rest[:4]):
                return None
            size = rest[0] << 21 | rest[1] << 14 | rest[2] << 7 | rest[3]
        at += head_bytes
        if at + size > len(body) or not name.rstrip(b"\0").isalnum():
            return None
        frames.append(Frame(name, rest[4:6] if version > 2 else b"", body[at : at + size]))
        at += size
    padded = len(body) - at < head_bytes or not any(body[at : at + head_bytes])
    return frames if padded else None


def _with_header(frame: Frame, version: int) -> bytes:
    size = len(frame.body)
    if version == 2:
        return frame.name + size.to_bytes(3, "big") + frame.body
    coded = _syncsafe(size) if version == 4 else size.to_bytes(4, "big")
    return frame.name + coded + frame.flags + frame.body


def _extended_bytes(body: bytes, version: int) -> int:
    """Length of an extended header; 0 where a frame stands in its place."""
    if body[:4].isalnum() and not body[:1].isdigit():
        return 0
    if version == 3:
        return 4 + int.from_bytes(body[:4], "big")
    return body[0] << 21 | body[1] << 14 | body[2] << 7 | body[3]


def _synchronised(data: bytes) -> bytes:
    """Undo unsynchronisation; what was never unsynchronised stays as it is."""
    parts = data.split(b"\xff")
    if len(parts) > 1 and (not parts[-1] or any(not p or p[0] >= 0xE0 for p in parts[1:])):
        return data
    return data.replace(b"\xff\x00", b"\xff")


def _syncsafe(size: int) -> bytes:
    if size >= MAX_BYTES:
        raise ValueError("an ID3 tag holds at most 256 MiB")
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def _either(flags: bytes, mark: bytes) -> bytes:
    return bytes(a | b for a, b in zip(flags, mark, strict=True))
