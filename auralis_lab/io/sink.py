"""Audio into files, whole or not at all.

A file is written under a hidden name in the folder where it will stand, flushed to the disk, and
only then given its name. An error or a break leaves nothing behind, and a file that is already
there is replaced only where that was asked for. Conventions: float32, shape
``(channels, frames)``, full scale ±1.0.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import soundfile as sf

from auralis_lab.audio import Audio
from auralis_lab.errors import EncodeError, ParameterError
from auralis_lab.io import flac
from auralis_lab.io.channelorder import to_vorbis
from auralis_lab.io.dither import quantise
from auralis_lab.io.encoding import DEFAULT_QUALITY, Encoding, check_encoding, encoding_for
from auralis_lab.io.leftovers import clear_leftovers_of, copy_name
from auralis_lab.io.output import Output, error_words, sync_folder
from auralis_lab.io.tags import Picture, Tags, write_tags
from auralis_lab.io.wavfile import WavWriter

__all__ = ["AudioSink", "Encoding", "encoding_for"]

BLOCK_FRAMES = 16_384


class AudioSink:
    """A file being written; a context manager.

    Leaving the context normally finishes the file and gives it its name; leaving it by an
    exception removes what was written.

    Parameters
    ----------
    path : path-like
        Where the file will stand.
    rate_hz, channels : int
        What will be written.
    encoding : Encoding
        How; see :func:`encoding_for`.
    overwrite : bool
        Whether a file that stands there may be replaced.
    tags : Tags, optional
    pictures : tuple of Picture
        Written into the file before it gets its name.

    Attributes
    ----------
    frames : int
        How many were accepted so far.
    clipped_samples : int
        How many exceeded full scale and were saturated; complete when the sink is closed.

    Raises
    ------
    EncodeError
        If the file exists and may not be replaced, the folder cannot be written to, or the format
        cannot hold the rate or the channels.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        rate_hz: int,
        channels: int,
        encoding: Encoding,
        overwrite: bool = False,
        tags: Tags | None = None,
        pictures: tuple[Picture, ...] = (),
    ) -> None:
        self.path = Path(path)
        self.rate_hz, self.channels, self.encoding = rate_hz, channels, encoding
        self.frames = self._written = 0
        self.clipped_samples = 0
        self._overwrite, self._tags, self._pictures = overwrite, tags, pictures
        check_encoding(self.path, encoding, rate_hz=rate_hz, channels=channels)
        if self.path.is_dir():
            raise EncodeError(self.path, "a folder stands there")
        if not overwrite and os.path.lexists(self.path):
            raise EncodeError(self.path, "the file exists already")
        clear_leftovers_of(self.path)
        self._part: Path | None = copy_name(self.path)
        self._file: Any = None
        self._hold, self._held = np.empty((channels, BLOCK_FRAMES), np.float32), 0
        try:
            self._fd = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        except OSError as error:
            self._part = None
            raise EncodeError(self.path, error_words(error)) from error
        self._output = Output(self._fd)
        vorbis = encoding.format in ("OGG", "OPUS")
        self._order = to_vorbis(channels) if vorbis else None
        try:
            self._file = self._opened()
        except BaseException:
            self._discard()
            raise

    def write(self, audio: Audio) -> None:
        """Append frames.

        Parameters
        ----------
        audio : ndarray of float32, shape (channels, frames)
            Beyond ±1.0 whole-number formats saturate; `clipped_samples` counts it.

        Raises
        ------
        EncodeError
            If the disk is full or the file cannot be written.
        ParameterError
            If the channels differ from the sink's, or it is closed.
        """
        if self._file is None:
            raise ParameterError(f"{self.path} is closed")
        if audio.ndim != 2 or audio.shape[0] != self.channels:
            raise ParameterError(f"audio of shape {audio.shape} must be ({self.channels}, frames)")
        start = 0
        while start < audio.shape[1]:
            count = min(BLOCK_FRAMES - self._held, audio.shape[1] - start)
            self._hold[:, self._held : self._held + count] = audio[:, start : start + count]
            self._held += count
            self.frames += count
            start += count
            if self._held == BLOCK_FRAMES:
                self._write_held()

    def close(self) -> None:
        """Finish the file and give it its name; does nothing when it is closed already.

        Raises
        ------
        EncodeError
            If it cannot be finished, or a file has appeared at its place meanwhile; nothing is
            left behind then.
        """
        if self._part is None:
            return
        try:
            self._finish()
        except BaseException:
            self._discard()
            raise

    def discard(self) -> None:
        """Remove what was written; does nothing when the sink is closed already."""
        self._discard()

    def __del__(self) -> None:
        if getattr(self, "_part", None) is not None:
            self._discard()

    def __enter__(self) -> AudioSink:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._discard()

    def _opened(self) -> Any:
        encoding = self.encoding
        if encoding.format == "WAV":
            return WavWriter(
                self._output,
                rate_hz=self.rate_hz,
                channels=self.channels,
                subtype=encoding.subtype,
            )
        options: dict[str, Any] = {}
        if encoding.lossy:
            quality = encoding.quality
            quality = DEFAULT_QUALITY[encoding.format] if quality is None else quality
            options["compression_level"] = 1.0 - quality
            if encoding.format == "MP3":
                options["bitrate_mode"] = "VARIABLE"
        try:
            return sf.SoundFile(
                self._output,
                "w",
                samplerate=self.rate_hz,
                channels=self.channels,
                format={"OPUS": "OGG"}.get(encoding.format, encoding.format),
                subtype=encoding.subtype,
                **options,
            )
        except (sf.LibsndfileError, RuntimeError, ValueError, TypeError) as error:
            raise EncodeError(self.path, self._why(error)) from error

    def _write_held(self) -> None:
        """Write what is held: encoders see whole blocks, however the audio came."""
        if self._held == 0:
            return
        block = self._hold[:, : self._held]
        data: Any
        bits = self.encoding.bits
        if bits is None:
            data = (block if self._order is None else block[self._order]).T
        else:
            dither = self.encoding.dither and bits == 16
            samples, clipped = quantise(block, bits=bits, start_frame=self._written, dither=dither)
            self.clipped_samples += clipped
            data = (samples << (32 - bits)).T
        try:
            self._file.write(np.ascontiguousarray(data))
        except (sf.LibsndfileError, RuntimeError, AssertionError) as error:
            raise EncodeError(self.path, self._why(error)) from error
        self._check_output()
        self._written += self._held
        self._held = 0

    def _finish(self) -> None:
        assert self._part is not None
        try:
            self._write_held()
            file, self._file = self._file, None
            file.close()
            if self.frames == 0:
                self._write_nothing()
            self._check_output()
            if self._tags is not None or self._pictures:
                write_tags(self._part, self._tags or Tags(), self._pictures)
            os.fsync(self._fd)
            self.approve(self._part)
            self._name()
            with contextlib.suppress(OSError):
                sync_folder(self.path.parent)
        except (OSError, sf.LibsndfileError, RuntimeError) as error:
            raise EncodeError(self.path, self._why(error)) from error
        self._part = None
        os.close(self._fd)

    def _write_nothing(self) -> None:
        """Make a valid file of no frames, which libsndfile leaves without a header."""
        form = self.encoding.format
        if form == "FLAC":
            self._output.seek(0)
            self._output.write(flac.empty_stream(self.rate_hz, self.channels, self.encoding.bits))
        elif self.encoding.lossy:
            raise EncodeError(self.path, f"{form} cannot hold a track of no frames")

    def approve(self, part: Path) -> None:
        """Look at the complete file before it gets its name; what this raises discards the file."""

    def _name(self) -> None:
        assert self._part is not None
        if self._overwrite:
            self._part.replace(self.path)
            return
        try:
            os.link(self._part, self.path)
        except FileExistsError:
            raise EncodeError(self.path, "a file has appeared there meanwhile") from None
        except OSError:
            if os.path.lexists(self.path):
                raise EncodeError(self.path, "a file has appeared there meanwhile") from None
            self._part.rename(self.path)
            return
        self._part.unlink()

    def _check_output(self) -> None:
        if self._output.error is not None:
            raise EncodeError(self.path, error_words(self._output.error)) from self._output.error

    def _why(self, error: Exception) -> str:
        return error_words(self._output.error or error)

    def _discard(self) -> None:
        part, self._part = self._part, None
        if part is None:
            return
        with contextlib.suppress(Exception):
            if self._file is not None:
                self._file.close()
        self._file = None
        with contextlib.suppress(OSError):
            os.close(self._fd)
        with contextlib.suppress(OSError):
            part.unlink()
