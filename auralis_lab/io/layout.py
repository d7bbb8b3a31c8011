"""What kind of audio file lies at a path, told from its bytes and never from its name."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field

from auralis_lab.errors import DecodeError
from auralis_lab.io import flac, mpeg, ogg, riff

__all__ = ["Layout", "following", "identify"]

HEAD_BYTES = 64
LEFTOVER_BYTES = 8_192
MANY_BYTES = 1 << 40
DEMUXERS = (
    (4, b"ftyp", "mov"),
    (0, b"wvpk", "wv"),
    (0, bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "asf"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"MAC ", "ape"),
    (0, b"MPCK", "mpc8"),
    (0, b"MP+", "mpc"),
    (0, b"TTA1", "tta"),
    (0, b"DSD ", "dsf"),
    (0, b"caff", "caf"),
    (0, b"\xff\xf1", "aac"),
    (0, b"\xff\xf9", "aac"),
    (0, b"ADIF", "aac"),
    (0, b"\x0b\x77", "ac3"),
    (0, b"#!AMR", "amr"),
)


@dataclass(frozen=True)
class Layout:
    """Where the audio of a file lies and how far its header can be trusted.

    `kind` is the container; `demuxer` the name of ffmpeg's demuxer for it, None where libsndfile
    alone serves. `start`, `stop`, `patches` and `pretend_bytes` describe the window through which
    libsndfile sees it; between `stop` and `end` more of the same may follow. `true_length` tells
    that the announced frames are really there, `may_be_empty` that none at all is no fault,
    `lacks_bytes` that there are fewer bytes than the header names.
    """

    kind: str
    demuxer: str | None = None
    sndfile: bool = True
    start: int = 0
    stop: int = 0
    end: int = 0
    patches: Mapping[int, bytes] = field(default_factory=dict)
    pretend_bytes: int = 0
    true_length: bool = False
    may_be_empty: bool = False
    announced_frames: int | None = None
    lacks_bytes: bool = False
    notes: tuple[str, ...] = ()


def identify(path: str | os.PathLike[str]) -> Layout:
    """Tell what lies at `path`.

    Raises
    ------
    DecodeError
        If it is no regular file, cannot be read, is empty, or is no audio known here.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise DecodeError(path, "not a file")
        if status.st_size == 0:
            raise DecodeError(path, "the file is empty")
        with open(path, "rb", buffering=0) as file:
            layout = _identify(file.fileno(), status.st_size)
    except OSError as error:
        raise DecodeError(path, (error.strerror or str(error)).lower()) from error
    except ValueError as error:
        raise DecodeError(path, str(error)) from error
    if layout is None:
        raise DecodeError(path, "no audio format known here")
    return layout


def following(path: str | os.PathLike[str], layout: Layout, position: int) -> Layout | None:
    """Layout of the audio that goes on after a part whose decoder stopped at byte `position`."""
    try:
        with open(path, "rb", buffering=0) as file:
            if layout.kind == "MP3" and position + LEFTOVER_BYTES < layout.end:
                return _mpeg(file.fileno(), position, layout.end)
            if layout.kind == "OGG" and layout.stop < layout.end:
                return _ogg(file.fileno(), layout.stop, layout.end)
    except (OSError, ValueError):
        return None
    return None


def _identify(fd: int, size: int) -> Layout | None:
    start = mpeg.id3v2_bytes(os.pread(fd, 10, 0))
    head = os.pread(fd, HEAD_BYTES, start if start < size else 0)
    if head[:4] == b"fLaC":
        return _flac(fd, start if start < size else 0, size)
    head = os.pread(fd, HEAD_BYTES, 0)
    if head[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and head[8:12] == b"WAVE":
        return _wav(fd, size, head)
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        announced = riff.aiff_frames(fd)
        return Layout("AIFF", "aiff", stop=size, true_length=True, announced_frames=announced)
    if head[:4] in (b".snd", b"riff"):
        return Layout("AU" if head[0] == 0x2E else "W64", stop=size, true_length=True)
    if head[:4] == b"OggS":
        return _ogg(fd, 0, size)
    for offset, magic, demuxer in DEMUXERS:
        if head[offset : offset + len(magic)] == magic:
            return Layout(demuxer.upper(), demuxer, sndfile=False, stop=size)
    return _mpeg(fd, 0, size)


def _wav(fd: int, size: int, head: bytes) -> Layout:
    demuxer = None if head[:4] == b"RIFX" else "wav"
    whole = Layout("WAV", demuxer, stop=size, true_length=True)
    chunk = riff.data_chunk(fd, size) if head[:4] == b"RIFF" else None
    if chunk is None or not chunk.frame_bytes:
        return whole
    announced = chunk.announced_bytes // chunk.frame_bytes
    present = chunk.present_bytes // chunk.frame_bytes
    if chunk.is_unfinished:
        shown = min(present * chunk.frame_bytes, 0xFFFFFFFE).to_bytes(4, "little")
        patches = {4: b"\xff\xff\xff\xff", chunk.start - 4: shown}
        note = f"the header was never finished; {present:,} frames are there"
        return Layout("WAV", demuxer, stop=size, patches=patches, true_length=True, notes=(note,))
    if announced <= present:
        return whole
    if chunk.announced_bytes >= 0xFFFFFF00:
        note = f"the header was never finished; {present:,} frames are there"
        return Layout("WAV", demuxer, stop=size, true_length=True, notes=(note,))
    return Layout("WAV", demuxer, stop=size, true_length=True, announced_frames=announced)


def _flac(fd: int, start: int, size: int) -> Layout:
    info = flac.stream_info(fd, start)
    if info is None:
        raise ValueError("the FLAC header is cut off")
    stop = mpeg.audio_end(fd, size)
    if flac.ends_at(fd, stop, info):
        return Layout("FLAC", start=start, stop=stop, true_length=True)
    return Layout(
        "FLAC",
        start=start,
        stop=stop,
        patches={info.total_offset: info.total_field},
        announced_frames=info.total_frames or None,
    )


def _mpeg(fd: int, start: int, size: int) -> Layout | None:
    stop = mpeg.audio_end(fd, size)
    found = mpeg.find_frame(fd, start, stop)
    if found is None and os.pread(fd, 3, start) == b"ID3":
        found = mpeg.find_frame(fd, start + 3, stop)
        if found is None:
            raise ValueError("a tag, but no audio")
    if found is None:
        return None
    offset, header = found
    told = mpeg.length_header(fd, offset, header)
    patches, pretend, lacks = {}, 0, False
    if told is None:
        announced, pretend = (stop - offset) * header.frames // header.size_bytes, MANY_BYTES
    else:
        announced = told.frames
    if told is not None and told.bytes_offset is not None:
        length = (stop - offset) & 0xFFFFFFFF  # else mpg123 warns of a tag or a cut on stderr
        patches[told.bytes_offset] = length.to_bytes(4, "big")
        lacks = told.size_bytes > stop - offset + header.size_bytes
    return Layout(
        "MP3",
        start=offset,
        stop=stop,
        end=stop,
        patches=patches,
        pretend_bytes=pretend,
        announced_frames=announced,
        lacks_bytes=lacks,
    )


def _ogg(fd: int, start: int, end: int) -> Layout:
    stream = ogg.ogg_stream(fd, start, end)
    if stream is None:
        raise ValueError("no Ogg page where one belongs")
    return Layout(
        "OGG",
        "ogg",
        sndfile=stream.codec in ("VORBIS", "OPUS"),
        start=start,
        stop=stream.stop,
        end=end,
        may_be_empty=stream.is_finished,
    )
