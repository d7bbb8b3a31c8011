"""Small files in every container that holds tags, some of them made by hand."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from auralis_lab.audio import Audio

BY_FFMPEG = {
    "m4a": ("-c:a", "aac"),
    "alac.m4a": ("-c:a", "alac"),
    "wv": ("-c:a", "wavpack"),
    "tta": ("-c:a", "tta"),
    "spx": ("-c:a", "libspeex", "-ar", "16000", "-ac", "1"),
    "oga": ("-c:a", "flac"),
    "wma": ("-c:a", "wmav2"),
}
BY_LIBSNDFILE = {
    "wav": {},
    "aiff": {},
    "flac": {},
    "mp3": {},
    "ogg": {},
    "opus": {"format": "OGG", "subtype": "OPUS"},
}
CONTAINERS = (*BY_LIBSNDFILE, *BY_FFMPEG, "ape", "mpc", "ofr", "dsf", "dff", "aac")
"""Every container that is made here, by what its file's name ends in."""
DECODABLE = (*BY_LIBSNDFILE, *BY_FFMPEG)
_made: dict[tuple[str, bytes], bytes] = {}


def make(folder: Path, kind: str, audio: Audio) -> Path:
    """Make a file that sounds like `audio`, or at least differs where it differs; may skip."""
    folder.mkdir(exist_ok=True)
    path = folder / f"made.{kind}"
    samples = audio.astype("<f4").tobytes()
    if (kind, samples) not in _made:
        if kind in BY_HAND:
            path.write_bytes(BY_HAND[kind](samples))
        elif kind in BY_LIBSNDFILE:
            _write(path, audio, **BY_LIBSNDFILE[kind])
        else:
            _convert(path, audio, *BY_FFMPEG.get(kind, ()))
        _made[kind, samples] = path.read_bytes()
    path.write_bytes(_made[kind, samples])
    return path


def _convert(path: Path, audio: Audio, *options: str) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg")
    wav = path.with_name("source.wav")
    _write(wav, audio)
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(wav), *options]
    subprocess.run([*command, "-fflags", "+bitexact", str(path)], check=True)
    wav.unlink()


def _write(path: Path, audio: Audio, **options: str) -> None:
    with sf.SoundFile(path, "w", 48_000, audio.shape[0], **options) as file:
        for start in range(0, audio.shape[1], 8_192):
            file.write(np.ascontiguousarray(audio[:, start : start + 8_192].T))


def _monkeys_audio(body: bytes) -> bytes:
    head = struct.pack("<4sHH", b"MAC ", 3990, 0) + bytes(48)
    return head + struct.pack("<IIIHHI", 73_728, len(body) // 4, 1, 16, 2, 48_000) + body


def _musepack(body: bytes) -> bytes:
    return struct.pack("<4sIIHhHh", b"MP+\x07", 10, 1 << 16, 0, 0, 0, 0) + bytes(12) + body


def _optimfrog(body: bytes) -> bytes:
    return struct.pack("<4sIIHBBI", b"OFR ", 12, len(body) // 4, 0, 2, 1, 48_000) + bytes(56) + body


def _dsf(body: bytes) -> bytes:
    form = struct.pack(
        "<4sQIIIIIIQII", b"fmt ", 52, 1, 0, 2, 2, 2_822_400, 1, len(body) * 4, 4_096, 0
    )
    total = 28 + 52 + 12 + len(body)
    return (
        struct.pack("<4sQQQ", b"DSD ", 28, total, 0)
        + form
        + struct.pack("<4sQ", b"data", 12 + len(body))
        + body
    )


def _dsdiff(body: bytes) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">4sQ", name, len(data)) + data + bytes(len(data) & 1)

    rate = chunk(b"FS  ", struct.pack(">I", 2_822_400))
    channels = chunk(b"CHNL", struct.pack(">H4s4s", 2, b"SLFT", b"SRGT"))
    packing = chunk(b"CMPR", b"DSD \x0enot compressed\0")
    properties = chunk(b"PROP", b"SND " + rate + channels + packing)
    version = chunk(b"FVER", struct.pack(">I", 0x01050000))
    return chunk(b"FRM8", b"DSD " + version + properties + chunk(b"DSD ", body))


def _adts(body: bytes) -> bytes:
    frames = []
    for at in range(0, len(body), 1_000):
        part = body[at : at + 1_000]
        length = len(part) + 7
        head = 0xFFF15080001FFC | length << 13
        frames.append(head.to_bytes(7, "big") + part)
    return b"".join(frames)


BY_HAND: dict[str, Callable[[bytes], bytes]] = {
    "ape": _monkeys_audio,
    "mpc": _musepack,
    "ofr": _optimfrog,
    "dsf": _dsf,
    "dff": _dsdiff,
    "aac": _adts,
}
