"""Audio from files and arrays, by position.

Conventions: float32, shape ``(channels, frames)``, full scale ±1.0. Any read gives the samples of
one sequential decode, bit for bit. WAV, AIFF and FLAC files whose length is true are read in
place; all others through a spool on disk (:mod:`auralis_lab.io.spool`). Samples that are not
finite are 0 and those beyond ±1e6 are clipped to it, whichever way they are read.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np

from auralis_lab.audio import Audio, check_span
from auralis_lab.errors import DecodeError, ParameterError
from auralis_lab.io.array import ArraySource
from auralis_lab.io.decoder import Decoder, StreamFormat, open_decoder
from auralis_lab.io.forward import (
    BLOCK_FRAMES,
    ForwardSource,
    count_frames,
    known_cut,
    length_note,
    remember_cut,
    skip,
)
from auralis_lab.io.identity import content_key
from auralis_lab.io.spool import Spool, open_spool
from auralis_lab.precedence import give_way

__all__ = ["ArraySource", "AudioSource", "ForwardSource"]

PEEK_FRAMES = 4_096


class AudioSource:
    """An audio file, read by position; a context manager, safe to share between threads.

    Parameters
    ----------
    path : path-like
        The file. What it is, is told from its content.

    Attributes
    ----------
    path : Path
    rate_hz, channels : int
    info : StreamFormat
        What the header tells; its main fields are attributes here as well.

    Raises
    ------
    DecodeError
        If it is no audio that can be decoded: nothing known here, no audio frame in it, a rate
        outside 8 to 192 kHz, more than 8 channels, or ffmpeg is needed and missing.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()
        self._spool: Spool | None = None
        self._closed = self._promised = False
        self._cut_short: str | None = None
        self._decoder: Decoder | None = None
        self._passed = False
        decoder = open_decoder(self.path)
        self._notes = decoder.notes
        try:
            in_place = decoder.format.in_place
            peeked = decoder.whole_frames if in_place else len(decoder.read(PEEK_FRAMES))
            if peeked == 0 and not decoder.may_be_empty:
                raise DecodeError(self.path, decoder.damage or "no audio frame in it")
        except BaseException:
            decoder.close()
            raise
        self.info: StreamFormat = decoder.format
        self.rate_hz, self.channels = self.info.rate_hz, self.info.channels
        self.format, self.subtype = self.info.format, self.info.subtype
        self.bits_per_sample, self.lossy = self.info.bits_per_sample, self.info.lossy
        self.float_samples = self.info.float_samples
        self.announced_frames = self.info.announced_frames
        self._total = 0 if peeked == 0 else None
        if self.info.in_place:
            cut = known_cut(self.path, self.info)
            self._total = decoder.whole_frames if cut is None else cut
            self._decoder = decoder
            decoder.counts = False
        else:
            decoder.close()
        _sources.add(self)

    @property
    def key(self) -> str:
        """Content key of the file: same bytes, same key."""
        return content_key(self.path)

    @property
    def frames_is_estimate(self) -> bool:
        """Whether the true length is still unknown."""
        return self._known_total() is None

    @property
    def total_frames(self) -> int:
        """True length; waits for the decode of a compressed file to end."""
        total = self._known_total()
        if total is None:
            waited = self._shared_spool().wait(None)
            total = self._known_total() or waited
        self._promised = True
        self._total = total
        return total

    @property
    def notes(self) -> tuple[str, ...]:
        """What was odd about the file and what was done; complete once it was read to its end."""
        total = self._known_total()
        return (*self._notes, *length_note(self.info, total))

    def read(self, start_frame: int, frames: int) -> Audio:
        """Return up to `frames` frames from `start_frame` on; fewer only at the true end.

        Waits for frames of a compressed file that are not decoded yet.

        Raises
        ------
        ParameterError
            If a number is negative or the source is closed.
        DecodeError
            If the file is damaged before the length that :attr:`total_frames` has told.
        """
        check_span(start_frame, frames)
        if self._closed:
            raise ParameterError(f"{self.path} is closed")
        give_way()
        total = self._known_total()
        if total is not None:
            frames = max(0, min(frames, total - start_frame))
        if frames == 0:
            return np.empty((self.channels, 0), np.float32)
        if self._decoder is not None:
            block = self._read_in_place(self._decoder, start_frame, frames)
        else:
            block = self._shared_spool().read(start_frame, frames)
        return np.ascontiguousarray(block.T)

    def blocks(self, block_frames: int, start_frame: int = 0) -> Iterator[Audio]:
        """Yield the file from `start_frame` on in blocks, the last one as long as it is.

        Needs no spool: a decoder of its own runs through the file, in constant memory.
        """
        check_span(start_frame, block_frames)
        if block_frames == 0:
            raise ParameterError("block_frames=0 must be 1 or more")
        with contextlib.closing(open_decoder(self.path)) as decoder:
            if start_frame and self._decoder is not None:
                reached = decoder.seek(min(start_frame, decoder.whole_frames))
            else:
                reached = skip(decoder, start_frame) == start_frame
            while reached:
                give_way()
                block = decoder.read(block_frames)
                if len(block):
                    yield np.ascontiguousarray(block.T)
                if len(block) < block_frames:
                    break
            self._ended_at(decoder, whole=start_frame == 0)

    def require_whole(self, *, compressed: bool = False) -> None:
        """Refuse a file that was cut short; a few seconds of music are no track.

        Reading such a file gives what is there, with a note. Work that puts a result in its place
        calls this first. Decodes the file where only that tells its length.

        Parameters
        ----------
        compressed : bool
            Whether a lossy file is refused as well if its decode ends in damage, if Ogg pages are
            missing or broken, or if an MP3 has both fewer frames and fewer bytes than its header
            announces. Fewer frames alone are not enough: headers are wrong too often for that.

        Raises
        ------
        DecodeError
            If a lossless file has fewer frames than its header announces, or a lossy one was cut.
        """
        if compressed and self.lossy:
            self._require_end()
        announced = self.announced_frames
        if self.lossy or announced is None or self.info.announced_is_estimate:
            return
        total = self._known_total()
        total = count_frames(self.path) if total is None else total
        if total < announced:
            # Of a FLAC file only its frames tell where they end, and not why.
            how = "cut short or damaged" if self.format == "FLAC" else "cut short"
            raise DecodeError(self.path, f"{how}: {total:,} of {announced:,} frames are there")

    def _require_end(self) -> None:
        if not self._passed:
            for _ in self.blocks(BLOCK_FRAMES):
                pass
        if self._cut_short is not None:
            raise DecodeError(self.path, self._cut_short)

    def close(self) -> None:
        """Let go of the file and of its spool."""
        with self._lock:
            self._closed = True
            spool, self._spool = self._spool, None
            if self._decoder is not None:
                self._decoder.close()
        if spool is not None:
            self._release()

    def __enter__(self) -> AudioSource:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        form = f"{self.format}/{self.subtype} {self.rate_hz} Hz {self.channels} ch"
        return f"AudioSource({str(self.path)!r}, {form})"

    def _known_total(self) -> int | None:
        spool = self._spool
        if self._total is None and spool is not None and spool.finished:
            self._total, self._notes = spool.frames, spool.notes
        return self._total

    def _shared_spool(self) -> Spool:
        with self._lock:
            if self._closed:
                raise ParameterError(f"{self.path} is closed")
            if self._spool is None:
                self._spool = open_spool(self.key, self.path)
                self._release = weakref.finalize(self, self._spool.release)
            return self._spool

    def _read_in_place(self, decoder: Decoder, start_frame: int, frames: int) -> Audio:
        with self._lock:
            if self._closed:
                raise ParameterError(f"{self.path} is closed")
            reached = decoder.position == start_frame or decoder.seek(start_frame)
            block = decoder.read(frames if reached else 0)
            if not self._passed:
                self._notes = decoder.notes
        if len(block) == frames:
            return block
        return block[: self._cut(decoder, start_frame + frames) - start_frame]

    def _cut(self, decoder: Decoder, wanted: int) -> int:
        """Find where the sound part ends of a file whose length was not true after all."""
        reason = decoder.damage or "a read came back short"
        with contextlib.closing(open_decoder(self.path)) as again:
            end = skip(again, None)
        if end >= wanted:
            raise DecodeError(self.path, reason)
        remember_cut(self.path, end)
        told, self._total = self._total, end
        if self._promised:
            raise DecodeError(
                self.path, f"damaged after {end:,} of {told:,} frames; open it again to use those"
            )
        return end

    def _ended_at(self, decoder: Decoder, *, whole: bool) -> None:
        if whole or not self._passed:
            self._passed, self._notes, self._cut_short = whole, decoder.notes, decoder.cut
        known = self._known_total()
        if known is None or (self.info.in_place and decoder.position < known):
            self._total = decoder.position
        if self.info.in_place and known is not None and decoder.position < known:
            remember_cut(self.path, decoder.position)


def _after_fork() -> None:
    for source in list(_sources):
        source._lock = threading.Lock()


_sources: weakref.WeakSet[AudioSource] = weakref.WeakSet()
os.register_at_fork(after_in_child=_after_fork)
