"""Decoding by libsndfile, without the seeks that change samples."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import Any

import numpy as np
import soundfile as sf

from auralis_lab.audio import Audio
from auralis_lab.errors import DecodeError
from auralis_lab.io.channelorder import from_vorbis
from auralis_lab.io.layout import Layout
from auralis_lab.io.opuswindow import OpusWindow
from auralis_lab.io.window import ByteWindow

__all__ = ["SndfilePart", "StreamFormat"]

EXACT_SUBTYPES = {
    "PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64,
}  # fmt: skip
VORBIS_ORDERED = {"VORBIS", "OPUS"}
IN_PLACE_SUBTYPES = {*EXACT_SUBTYPES, "ULAW", "ALAW"}


@dataclass(frozen=True)
class StreamFormat:
    """What a file holds, as far as its header tells."""

    rate_hz: int
    channels: int
    format: str
    subtype: str
    bits_per_sample: int | None
    lossy: bool
    float_samples: bool
    in_place: bool
    announced_frames: int | None
    announced_is_estimate: bool


class SndfilePart:
    """One stream of a file, decoded by libsndfile.

    `complaint` is what it said of damage, `window` what it sees of the file.
    """

    def __init__(self, path: str | os.PathLike[str], layout: Layout) -> None:
        self.complaint: str | None = None
        self.window = (OpusWindow if layout.kind == "OGG" else ByteWindow)(
            path,
            layout.start,
            layout.stop,
            patches=layout.patches,
            pretend_bytes=layout.pretend_bytes,
        )
        try:
            self.file: Any = _Soundfile(self.window)
        except (sf.LibsndfileError, RuntimeError) as error:
            self.window.close()
            raise DecodeError(path, _reason(error)) from error
        vorbis = self.file.subtype in VORBIS_ORDERED
        self._order = from_vorbis(self.file.channels) if vorbis else None

    def format(self, layout: Layout) -> StreamFormat:
        """Tell what the stream holds."""
        file = self.file
        kind = {"WAVEX": "WAV", "RF64": "WAV", "MPEG": "MP3"}.get(file.format, file.format)
        kind = "OPUS" if file.subtype == "OPUS" else kind
        exact = file.subtype in EXACT_SUBTYPES and layout.kind not in ("MP3", "OGG")
        announced = layout.announced_frames
        if (announced is None and layout.kind != "FLAC") or layout.true_length:
            announced = announced or file.frames
        return StreamFormat(
            rate_hz=file.samplerate,
            channels=file.channels,
            format=kind,
            subtype=file.subtype,
            bits_per_sample=EXACT_SUBTYPES[file.subtype] if exact else None,
            lossy=not exact,
            float_samples=file.subtype in ("FLOAT", "DOUBLE"),
            in_place=layout.true_length and file.subtype in IN_PLACE_SUBTYPES,
            announced_frames=announced,
            announced_is_estimate=layout.pretend_bytes > 0,
        )

    def read(self, frames: int) -> Audio:
        """Return up to `frames` frames; what was decoded before an error is kept."""
        block = np.empty((frames, self.file.channels), np.float32)
        block[:, 0] = np.nan
        try:
            count = self.file.buffer_read_into(block, "float32")
        except (sf.LibsndfileError, RuntimeError) as error:
            self.complaint = _reason(error)
            count = int(np.argmax(np.isnan(block[:, 0])))
        if self.window.error is not None:
            self.complaint = (self.window.error.strerror or "read error").lower()
        block = block[:count]
        return block if self._order is None else np.ascontiguousarray(block[:, self._order])

    def seek(self, frame: int) -> bool:
        """Go to a frame; False if damage is in the way, and then this is of no more use."""
        try:
            self.file.seek(frame)
        except (sf.LibsndfileError, RuntimeError):
            return False
        return True

    def close(self) -> None:
        """Let go of the file."""
        with contextlib.suppress(sf.LibsndfileError, RuntimeError):
            self.file.close()
        self.window.close()


class _Soundfile(sf.SoundFile):  # type: ignore[misc]
    """A sound file that is never sought in but on request."""

    def seekable(self) -> bool:
        return False


def _reason(error: Exception) -> str:
    text = str(getattr(error, "error_string", "") or error).strip().rstrip(".")
    if "does not exist or is not a regular file" in text:
        return "no frame that can be decoded"
    if "SF_INFO struct incomplete" in text:
        return "its header names no rate or no channels that can be"
    if "No 'data' chunk" in text:
        return "it has no audio: the chunk named data is missing"
    if "unspecified internal error" in text.lower():
        return "the decoder stopped there"
    text = text.removeprefix("Error : ").removeprefix("Error in ")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
