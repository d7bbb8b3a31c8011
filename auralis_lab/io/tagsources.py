"""The tags in a file, as mutagen reads them, each with its values by name.

A file may hold several: ID3v2 at its head, APEv2 and ID3v1 at its tail, INFO beside ID3 in a WAV.
The one that is read first comes first; each answers for what those before it do not say.
"""

from __future__ import annotations

import importlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from auralis_lab.io import mpeg, ogg, riff, tagid3v1
from auralis_lab.io.payloadspans import trailing_tags
from auralis_lab.io.taglyrics import lrc_text
from auralis_lab.io.tagnames import family_of, names_of, places_of

__all__ = ["Source", "container_of", "mutagen_class", "sources_of"]

MAX_TAG_BYTES = 64 << 20
MAGICS = (
    (b"wvpk", "APE"),
    (b"MAC ", "APE"),
    (b"MPCK", "APE"),
    (b"MP+", "APE"),
    (b"OFR ", "APE"),
    (b"TTA1", "APE"),
    (b"tBaK", "APE"),
    (b"DSD ", "DSF"),
    (b"FRM8", "DSDIFF"),
    (b"FORM", "AIFF"),
    (b"\x30\x26\xb2\x75", "ASF"),
)
CLASSES = {
    "ID3": ("mutagen.id3", "ID3"),
    "WAV": ("mutagen.wave", "WAVE"),
    "AIFF": ("mutagen.aiff", "AIFF"),
    "DSF": ("mutagen.dsf", "DSF"),
    "DSDIFF": ("mutagen.dsdiff", "DSDIFF"),
    "FLAC": ("mutagen.flac", "FLAC"),
    "VORBIS": ("mutagen.oggvorbis", "OggVorbis"),
    "OPUS": ("mutagen.oggopus", "OggOpus"),
    "OGGFLAC": ("mutagen.oggflac", "OggFLAC"),
    "SPEEX": ("mutagen.oggspeex", "OggSpeex"),
    "MP4": ("mutagen.mp4", "MP4"),
    "ASF": ("mutagen.asf", "ASF"),
    "APE": ("mutagen.apev2", "APEv2"),
}
IN_MILLISECONDS = 2
NOT_COMMENTS = ("itun", "id3v1", "songs-db")


@dataclass(frozen=True)
class Source:
    """One tag: whose names it uses, its values by folded name, and mutagen's view of it."""

    family: str
    entries: dict[str, list[Any]]
    found: Any = None

    def fields(self) -> dict[str, list[Any]]:
        """Values of each field that has any, under the first of its names."""
        places = places_of(self.family)
        best: dict[str, int] = {}
        values: dict[str, list[Any]] = {}
        for name, found in self.entries.items():
            if found and (place := places.get(name)) is not None:
                field, rank = place
                if rank < best.get(field, rank + 1):
                    best[field], values[field] = rank, found
        return values

    def every_value(self, field: str) -> list[Any]:
        """Values of all names of a field."""
        names = names_of(self.family, field)
        return [value for name in names for value in self.entries.get(name, ())]


def container_of(path: str | os.PathLike[str]) -> str | None:
    """Which kind of tags the file at `path` holds first, or would; told from its content.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with open(path, "rb", buffering=0) as file:
        return _container(file.fileno(), os.fstat(file.fileno()).st_size)


def mutagen_class(container: str) -> Any:
    """Return mutagen's class for a container; imported only here, as it is slow to load."""
    module, name = CLASSES[container]
    return getattr(importlib.import_module(module), name)


def sources_of(path: str | os.PathLike[str]) -> Iterator[Source]:
    """Yield the tags of a file.

    Raises
    ------
    Exception
        Whatever a malformed tag leads mutagen to; those yielded before are sound.
    """
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        container = _container(file.fileno(), size)
        if container in ("ID3", "APE"):
            yield from _outer_sources(file, size, container)
        elif container is not None:
            found = mutagen_class(container)(file)
            if found.tags is not None:
                family = family_of(container)
                yield Source(family, READERS[family](found.tags), found)
            if container == "WAV":
                fields = riff.info_fields(file.fileno(), size)
                yield Source("INFO", {name.casefold(): [text] for name, text in fields.items()})


def _outer_sources(file: BinaryIO, size: int, first: str) -> Iterator[Source]:
    """Yield what stands at the head and the tail of a file; errors come last."""
    head = os.pread(file.fileno(), 10, 0)
    start = length if (length := mpeg.id3v2_bytes(head)) < size else 0
    tail = {kind: (at, stop) for kind, at, stop in trailing_tags(file.fileno(), start, size)}
    problem: Exception | None = None
    for family in ("ID3", "APE") if first == "ID3" else ("APE", "ID3"):
        try:
            if family == "ID3" and head[:3] == b"ID3":
                found = mutagen_class("ID3")(_id3_file(file, size, head), load_v1=False)
                yield Source("ID3", _id3_entries(found), found)
            elif family == "APE" and "APE" in tail:
                at, stop = tail["APE"]
                found = mutagen_class("APE")(io.BytesIO(os.pread(file.fileno(), stop - at, at)))
                yield Source("APE", _ape_entries(found), found)
        except Exception as error:  # mutagen raises whatever a malformed tag leads it to
            problem = problem or error
    if "V1" in tail:
        tag = os.pread(file.fileno(), tagid3v1.TAG_BYTES, tail["V1"][1] - tagid3v1.TAG_BYTES)
        yield Source("V1", dict(tagid3v1.entries(tag)))
    if problem is not None:
        raise problem


def _container(fd: int, size: int) -> str | None:
    head = os.pread(fd, 64, 0)
    if (after := mpeg.id3v2_bytes(head)) and after < size:
        behind = os.pread(fd, 4, after)
        if behind == b"fLaC":
            return "FLAC"
        return "APE" if _by_magic(behind) == "APE" and behind != b"TTA1" else "ID3"
    if head[:4] == b"fLaC":
        return "FLAC"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "WAV"
    if head[:4] == b"OggS":
        return ogg.codec_of(head)
    if head[4:8] == b"ftyp":
        return "MP4"
    if found := _by_magic(head):
        return found
    if head[:4] in (b"RF64", b"BW64", b"RIFX") or size == 0:
        return None
    if head[:3] == b"ID3":
        return "ID3"
    tail = {kind for kind, _, _ in trailing_tags(fd, 0, size)}
    if "APE" in tail:
        return "APE"
    if "V1" in tail:
        return "ID3"
    return "ID3" if mpeg.find_frame(fd, 0, size) else None


def _by_magic(head: bytes) -> str | None:
    return next((kind for magic, kind in MAGICS if head.startswith(magic)), None)


def _id3_file(file: BinaryIO, size: int, head: bytes) -> BinaryIO:
    """Return the file at its start; a tag cut off by its end with its length made true."""
    if mpeg.id3v2_bytes(head) <= size:
        file.seek(0)
        return file
    file.seek(10)
    body = file.read(MAX_TAG_BYTES)
    length = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return io.BytesIO(head[:6] + length + body)


def _id3_entries(tags: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    described: list[Any] = []
    for frame in tags.values():
        name = frame.FrameID
        if name in ("TXXX", "UFID", "RVA2"):
            _add_id3_extra(found, name, frame)
        elif name == "COMM":
            if not frame.desc.lower().startswith(NOT_COMMENTS):
                (described if frame.desc else found.setdefault("comm", [])).extend(frame.text)
        elif name == "USLT":
            found.setdefault("uslt", []).append(frame.text)
        elif name == "SYLT":
            text = lrc_text(frame.text, stamped=frame.format == IN_MILLISECONDS)
            found.setdefault("sylt", []).append(text)
        elif name == "TCON":
            found.setdefault("tcon", []).extend(frame.genres)
        elif name.startswith("T"):
            found.setdefault(name.casefold(), []).extend(getattr(frame, "text", ()))
    found.setdefault("comm", []).extend(described)
    return found


def _add_id3_extra(found: dict[str, list[Any]], name: str, frame: Any) -> None:
    if name == "TXXX":
        found.setdefault(f"txxx:{frame.desc.casefold()}", []).extend(frame.text)
    elif name == "UFID":
        text = frame.data.decode("utf-8", "replace")
        found.setdefault(f"ufid:{frame.owner.casefold()}", []).append(text)
    elif frame.channel == 1:
        kind = frame.desc.strip().casefold()
        found.setdefault(f"rva2:{kind}:gain", []).append(frame.gain)
        found.setdefault(f"rva2:{kind}:peak", []).append(frame.peak)


def _vorbis_entries(tags: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for name, value in tags:
        found.setdefault(name.casefold(), []).append(value)
    return found


def _mp4_entries(tags: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for name, value in tags.items():
        if name != "covr":
            values = value if isinstance(value, list) else [value]
            texts = [v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in values]
            found.setdefault(name.casefold(), []).extend(texts)
    return found


def _ape_entries(tags: Any) -> dict[str, list[Any]]:
    return {
        name.casefold(): str(value).split("\0")
        for name, value in tags.items()
        if value.kind != 1  # binary
    }


def _asf_entries(tags: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for name, value in tags:
        if not isinstance(value.value, bytes):
            found.setdefault(name.casefold(), []).append(value.value)
    return found


READERS = {
    "ID3": _id3_entries,
    "VORBIS": _vorbis_entries,
    "MP4": _mp4_entries,
    "APE": _ape_entries,
    "ASF": _asf_entries,
}
