"""Tags as they lie in a file, taken apart by the tests' own means or by mutagen."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import mutagen
from mutagen.id3 import APIC, COMM, GEOB, POPM, PRIV, TSOP, TXXX, USLT, WOAR

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 30


def add_rare_tags(path: Path) -> None:
    """Put into a file what only few programs know."""
    file: Any = mutagen.File(path)
    if file.tags is None:
        file.add_tags()
    tags = file.tags
    kind = type(tags).__name__
    if "ID3" in kind:
        tags.add(PRIV(owner="someone", data=bytes(range(256))))
        tags.add(GEOB(encoding=3, mime="a/b", filename="f", desc="d", data=b"\xff\x00\xff\xe0"))
        tags.add(POPM(email="a@b", rating=200, count=7))
        tags.add(TXXX(encoding=1, desc="Own label", text=["eins", "zwei"]))
        tags.add(TSOP(encoding=0, text="Sort"))
        tags.add(WOAR(url="http://example.org"))
        tags.add(COMM(encoding=3, lang="deu", desc="Notiz", text="bleibt"))
        tags.add(USLT(encoding=3, lang="deu", desc="x", text="La"))
        tags.add(APIC(encoding=3, mime="image/jpeg", type=4, desc="hinten", data=JPEG))
        if not hasattr(tags, "unknown_frames"):
            tags.unknown_frames = []
        tags.unknown_frames.append(b"XYZ1\0\0\0\x05\0\0hello")
        tags._unknown_v2_version = 4
    elif kind == "MP4Tags":
        tags["----:org.example:own"] = [b"eins", b"\xff\x00"]
        tags["soar"], tags["stik"], tags["pgap"] = ["Sort"], [1], True
        tags["covr"] = [mutagen.mp4.MP4Cover(JPEG)]
        tags["\xa9too"] = ["Encoder"]
    elif kind == "ASFTags":
        tags["Own/Label"] = ["eins", "zwei"]
        tags["WM/EncodingTime"] = [mutagen.asf.ASFQWordAttribute(123_456_789_012)]
        tags["Own/Bytes"] = [mutagen.asf.ASFByteArrayAttribute(b"\0\1\2")]
        tags["Copyright"] = "C"
    else:
        tags["OWN_LABEL"], tags["ISRC"] = ["eins", "zwei"], "DE-1"
        if kind == "APEv2":
            tags["Own Bytes"] = b"\0\xff"
            tags["Cover Art (Back)"] = b"b.jpg\0" + JPEG
        elif kind == "VCFLACDict":
            block = mutagen.flac.Picture()
            block.data, block.type, block.mime, block.desc = JPEG, 4, "image/jpeg", "hinten"
            file.add_picture(block)
    file.save()


def dump(path: Path) -> dict[str, list[str]]:
    """Everything in a file's tags, by name, as mutagen sees it without translating."""
    file: Any = mutagen.File(path)
    kind = type(file.tags).__name__
    if "ID3" in kind:
        file = type(file)(path, translate=False, load_v1=False)
    tags = file.tags
    found: dict[str, list[str]] = {}
    if tags is None:
        return {}
    if "ID3" in kind:
        for frame in tags.values():
            found.setdefault(frame.HashKey, []).append(repr(frame))
        found["unknown"] = [repr(data) for data in tags.unknown_frames]
    elif kind == "MP4Tags":
        found = {name: [repr(value)] for name, value in tags.items()}
    elif kind == "APEv2":
        found = {name: [f"{value.kind} {value._write()!r}"] for name, value in tags.items()}
    else:
        for name, value in tags:
            found.setdefault(name.lower(), []).append(repr(value))
        if hasattr(file, "pictures"):
            found["pictures"] = [repr(block.write()) for block in file.pictures]
            found["blocks"] = [
                f"{b.code} {b.write()!r}" for b in file.metadata_blocks if b.code not in (1, 4, 6)
            ]
    return {name: sorted(values) for name, values in found.items()}


def riff_chunks(path: Path) -> dict[bytes, bytes]:
    """Chunks of a WAV or AIFF file by name."""
    data = path.read_bytes()
    order = "<" if data[:4] == b"RIFF" else ">"
    assert struct.unpack(order + "I", data[4:8])[0] == len(data) - 8
    chunks, at = {}, 12
    while at < len(data):
        name, length = data[at : at + 4], struct.unpack(order + "I", data[at + 4 : at + 8])[0]
        chunks[name] = data[at + 8 : at + 8 + length]
        at += 8 + length + (length & 1)
    assert at == len(data)
    return chunks
