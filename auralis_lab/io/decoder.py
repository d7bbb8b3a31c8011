"""Decoding a file from its first frame to its last.

Blocks are float32 of shape ``(frames, channels)``, the order in which files hold them. The
samples do not depend on how many frames are asked for at a time: libsndfile is kept from seeking
between reads, which changes the samples of some MP3 files.

Samples that are not finite become 0, and those beyond ±1e6 (+120 dBFS) are clipped to that, in
every way of reading, and the notes say so. A file that is damaged part-way ends with the last
frame before the damage, and the notes say so. MP3 and Ogg files which hold several streams one
after the other are decoded through.

The MP3 decoder inside libsndfile writes warnings about odd streams straight to descriptor 2.
They cannot be kept from there without taking the whole process's standard error away, so they
stay; tags, their most frequent cause, are kept out of its sight.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property

import numpy as np

from auralis_lab.audio import MAX_CHANNELS, Audio
from auralis_lab.errors import DecodeError
from auralis_lab.io.ffmpeg import FfmpegPipe, FfmpegStream, probe
from auralis_lab.io.layout import Layout, following, identify
from auralis_lab.io.mp4 import edited_frames
from auralis_lab.io.ogg import pages_are_whole
from auralis_lab.io.sndfile import SndfilePart, StreamFormat

__all__ = ["MAX_RATE_HZ", "MIN_RATE_HZ", "Decoder", "StreamFormat", "open_decoder"]

MIN_RATE_HZ, MAX_RATE_HZ = 8_000, 192_000
MAX_SAMPLE = 1e6
MAX_PARTS = 10_000
LENGTH_TOLERANCE_FRAMES = 2 * 1152  # encoders differ in whether they count what they put around
SKIP_FRAMES = 65_536
GAP_BYTES, MAX_GAP_NOTES = 4_096, 6
JOINED = "the file holds more than one stream; they are joined"


class Decoder:
    """One decoder at one place of one file.

    Made by :func:`open_decoder`.

    Attributes
    ----------
    format : StreamFormat
        What is decoded.
    position : int
        The frame that comes next.
    notes : tuple of str
        What was odd so far.
    counts : bool
        Whether the notes count samples; no use where samples are read more than once.
    """

    def __init__(self, path: str | os.PathLike[str], layout: Layout) -> None:
        self._path = path
        self._layout = layout
        self._notes: list[str] = list(layout.notes)
        self._part: SndfilePart | FfmpegPipe | None = None
        self._parts = 1
        self._replaced = self._clipped = 0
        self._by_ffmpeg = self._ended = False
        self.counts = True
        self.position = 0
        self.damage: str | None = None
        self.format = self._open_first()

    @property
    def whole_frames(self) -> int:
        """Length of a file that is read in place."""
        assert isinstance(self._part, SndfilePart)
        return int(self._part.file.frames)

    @property
    def may_be_empty(self) -> bool:
        """Whether no frame at all is what the file means to hold."""
        if self._by_ffmpeg:
            return False
        layout, announced = self._layout, self.format.announced_frames
        plain = layout.kind not in ("MP3", "OGG") and not self.damage
        return layout.may_be_empty or (plain and not announced)

    @property
    def cut(self) -> str | None:
        """Why what was decoded is not the whole file; None if it is, or before its end."""
        if self.damage and 0 < self.position != self.format.announced_frames:
            return f"damaged after {self.position:,} frames ({self.damage})"
        if not self._ended:
            return None
        if self._layout.kind == "OGG" and not self._layout.may_be_empty:
            return f"cut short after {self.position:,} frames: the last page is missing"
        if self._layout.kind == "OGG" and self._pages_are_missing:
            return f"damaged: pages are missing or broken, {self.position:,} frames can be decoded"
        if self._layout.lacks_bytes:
            return self._shortage
        return None

    @property
    def _shortage(self) -> str | None:
        """What is lacking of the frames that the header of a lossy file announces."""
        announced = self.format.announced_frames
        if announced is None or self.position >= announced - LENGTH_TOLERANCE_FRAMES:
            return None
        return f"cut short: {self.position:,} of {announced:,} frames are there"

    @cached_property
    def _pages_are_missing(self) -> bool:
        try:
            with open(self._path, "rb", buffering=0) as file:
                return not pages_are_whole(file.fileno(), self._layout.start, self._layout.stop)
        except OSError:  # gone since it was decoded
            return False

    @property
    def notes(self) -> tuple[str, ...]:
        """What was odd about the file, and what was done."""
        notes = list(self._notes)
        if self.cut is not None and self.cut != self._shortage:  # that is told with the length
            notes.append(f"{self.cut}; ends there" if self.damage else self.cut)
        if self._replaced:
            notes.append(f"{self._samples(self._replaced)} not finite: taken for 0")
        if self._clipped:
            notes.append(f"{self._samples(self._clipped)} beyond ±1e6: clipped to it")
        return tuple(notes)

    def _samples(self, count: int) -> str:
        if not self.counts:
            return "some samples were"
        return "1 sample was" if count == 1 else f"{count:,} samples were"

    def read(self, frames: int) -> Audio:
        """Return the next `frames` frames, shape (frames, channels); fewer only at the end."""
        blocks: list[Audio] = []
        missing = frames
        while missing > 0 and self._part is not None:
            block, whole = self._read_part(missing)
            if len(block):
                blocks.append(block)
                missing -= len(block)
            if not whole and self.format.in_place:
                break
            if not whole:
                self._next_part()
        if not blocks:
            return np.empty((0, self.format.channels), np.float32)
        block = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
        self.position += len(block)
        return self._cleaned(block)

    def seek(self, frame: int) -> bool:
        """Go to a frame; only where `format.in_place` is true.

        Returns
        -------
        reached : bool
            False if the file is damaged before that frame.

        Raises
        ------
        DecodeError
            If the file cannot be opened anew, as has to be done once damage was met.
        """
        if self.damage is None and self._sought(frame):
            return True
        self._begin_anew()
        if self._sought(frame):
            return True
        self._begin_anew()
        while self.position < frame:
            if not len(self.read(min(SKIP_FRAMES, frame - self.position))):
                return False
        return True

    def close(self) -> None:
        """Let go of the file, and of ffmpeg where it runs."""
        if self._part is not None:
            self._part.close()
            self._part = None

    def _sought(self, frame: int) -> bool:
        assert isinstance(self._part, SndfilePart)
        reached = self._part.seek(frame)
        self.position = frame if reached else self.position
        return reached

    def _begin_anew(self) -> None:
        """Go to the first frame with a decoder that has met no damage."""
        self.close()
        self._part = SndfilePart(self._path, self._layout)
        self.position, self.damage = 0, None

    def _open_first(self) -> StreamFormat:
        layout = self._layout
        problem: DecodeError | None = None
        if layout.sndfile:
            try:
                self._part = SndfilePart(self._path, layout)
                return _checked(self._path, self._part.format(layout))
            except DecodeError as error:
                self.close()
                problem = error
                if layout.demuxer is None or not _is_foreign(error):
                    raise
        assert layout.demuxer is not None
        try:
            stream = probe(self._path, layout.demuxer)
            edited = None
            if layout.demuxer == "mov":
                edited = edited_frames(self._path, stream.rate_hz)
            checked = _checked(self._path, _ffmpeg_format(layout, stream, edited))
            self._by_ffmpeg = True
            self._part = FfmpegPipe(
                self._path, layout.demuxer, stream.channels, limit_frames=edited
            )
        except DecodeError as error:
            raise error from problem
        return checked

    def _read_part(self, frames: int) -> tuple[Audio, bool]:
        part = self._part
        assert part is not None
        block = part.read(frames)
        if part.complaint:
            self.damage = part.complaint
        return block, len(block) == frames

    def _next_part(self) -> None:
        part, layout = self._part, self._layout
        assert part is not None
        self.close()
        if not isinstance(part, SndfilePart) or self._parts >= MAX_PARTS:
            self._ended = True
            return
        after = following(self._path, layout, part.window.position)
        if after is None or after.start <= layout.start:
            self._ended = True
            return
        try:
            candidate = SndfilePart(self._path, after)
        except DecodeError:
            return
        same = candidate.format(after)
        if (same.rate_hz, same.channels) != (self.format.rate_hz, self.format.channels):
            candidate.close()
            self._notes.append("what follows has another rate or other channels; it is left out")
            return
        self._layout, self._part, self.damage = replace(after, notes=()), candidate, None
        self._parts += 1
        gap = after.start - part.window.position
        if gap > GAP_BYTES and self._parts <= MAX_GAP_NOTES:
            self._notes.append(f"{gap:,} bytes in the middle are no audio; they are left out")
        elif gap <= GAP_BYTES and JOINED not in self._notes:
            self._notes.append(JOINED)

    def _cleaned(self, block: Audio) -> Audio:
        if not block.size or (block.max() <= MAX_SAMPLE and block.min() >= -MAX_SAMPLE):
            return block
        bad = ~np.isfinite(block)
        self._replaced += int(np.count_nonzero(bad))
        block[bad] = 0.0
        self._clipped += int(np.count_nonzero(np.abs(block) > MAX_SAMPLE))
        return np.clip(block, -MAX_SAMPLE, MAX_SAMPLE, out=block)


def open_decoder(path: str | os.PathLike[str]) -> Decoder:
    """Open a file for decoding.

    Raises
    ------
    DecodeError
        If it is no audio, has a rate outside 8 to 192 kHz or more than 8 channels, or needs an
        ffmpeg that is not there.
    """
    return Decoder(path, identify(path))


def _ffmpeg_format(layout: Layout, stream: FfmpegStream, edited: int | None) -> StreamFormat:
    names = {"MOV": "M4A", "WV": "WAVPACK", "ASF": "WMA", "AAC": "AAC"}
    return StreamFormat(
        rate_hz=stream.rate_hz,
        channels=stream.channels,
        format=names.get(layout.kind, layout.kind),
        subtype=stream.codec.upper(),
        bits_per_sample=stream.bits_per_sample,
        lossy=stream.lossy,
        float_samples=stream.codec.startswith("pcm_f"),
        in_place=False,
        announced_frames=stream.announced_frames if edited is None else edited,
        announced_is_estimate=edited is None,
    )


def _checked(path: str | os.PathLike[str], found: StreamFormat) -> StreamFormat:
    if not MIN_RATE_HZ <= found.rate_hz <= MAX_RATE_HZ:
        raise DecodeError(path, f"a rate of {found.rate_hz} Hz lies outside 8000 to 192000 Hz")
    if not 1 <= found.channels <= MAX_CHANNELS:
        raise DecodeError(path, f"{found.channels} channels are more than {MAX_CHANNELS}")
    return found


def _is_foreign(error: DecodeError) -> bool:
    """Whether another decoder may know what libsndfile does not."""
    return "unimplemented" in error.reason or "not recognised" in error.reason
