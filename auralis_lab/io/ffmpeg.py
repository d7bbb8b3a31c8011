"""Decoding by the system's ffmpeg, for what libsndfile does not know (M4A, WavPack, WMA, ...).

ffmpeg is told which demuxer to use, reads nothing but the file (no network, no standard input,
no other protocol) and hands float32 frames through a pipe. Encoder delay and padding are trimmed
by the file's edit list, as ffmpeg does by default.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO

import numpy as np

from auralis_lab.audio import Audio
from auralis_lab.errors import DecodeError

__all__ = ["FfmpegPipe", "FfmpegStream", "probe"]

UNKNOWN_CODEC = "unknown"
SILENT_S = 60.0
READ_BYTES = 1 << 18
LOSSLESS = {"alac", "flac", "wavpack", "tta", "ape", "mlp", "truehd"}
NEEDED = "needs ffmpeg: install it, for example apt install ffmpeg"


@dataclass(frozen=True)
class FfmpegStream:
    """What ffprobe says of the first audio stream."""

    rate_hz: int
    channels: int
    codec: str
    bits_per_sample: int | None
    announced_frames: int | None

    @property
    def lossy(self) -> bool:
        """Whether the codec loses anything."""
        return self.codec not in LOSSLESS and not self.codec.startswith("pcm_")


def probe(path: str | os.PathLike[str], demuxer: str) -> FfmpegStream:
    """Ask ffprobe about the first audio stream.

    Raises
    ------
    DecodeError
        If ffmpeg is not installed, does not answer in time, or finds no audio.
    """
    status = os.stat(path)
    return _probe(Path(path), demuxer, status.st_size, status.st_mtime_ns, status.st_ino)


@lru_cache(maxsize=256)
def _probe(path: Path, demuxer: str, _size: int, _mtime_ns: int, _inode: int) -> FfmpegStream:
    fields = "codec_name,sample_rate,channels,bits_per_raw_sample,bits_per_sample,duration"
    command = [
        _program("ffprobe", path), "-v", "error", *_input(path, demuxer),
        "-select_streams", "a:0", "-show_entries", f"stream={fields}", "-of", "json",
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SILENT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise DecodeError(path, f"ffprobe gave no answer in {SILENT_S:.0f} s") from error
    try:
        stream = json.loads(done.stdout)["streams"][0]
        rate_hz, channels = int(stream["sample_rate"]), int(stream["channels"])
    except (ValueError, KeyError, IndexError) as error:
        reason = _last_line(done.stderr) or "no audio stream"
        raise DecodeError(path, f"ffmpeg finds no audio in it ({reason})") from error
    bits = int(stream.get("bits_per_raw_sample") or stream.get("bits_per_sample") or 0) or None
    codec = str(stream.get("codec_name", UNKNOWN_CODEC))
    if codec in ("none", UNKNOWN_CODEC):
        raise DecodeError(path, "ffmpeg does not know the codec of its audio")
    frames = None
    with contextlib.suppress(KeyError, ValueError):
        frames = round(float(stream["duration"]) * rate_hz)
    found = FfmpegStream(rate_hz, channels, codec, bits, frames)
    return found if not found.lossy else FfmpegStream(rate_hz, channels, codec, None, frames)


class FfmpegPipe:
    """Frames from a running ffmpeg.

    Parameters
    ----------
    path : path-like
        The file.
    demuxer : str
        ffmpeg's name of the container.
    channels : int
        Channels of the stream.
    limit_frames : int, optional
        Where to end, if the stream goes on with padding.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        demuxer: str,
        channels: int,
        *,
        limit_frames: int | None = None,
    ) -> None:
        self._left_frames = limit_frames
        self._path = path
        self._channels = channels
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        command = [
            _program("ffmpeg", path), "-nostdin", "-v", "error", *_input(path, demuxer),
            "-map", "0:a:0", "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1",
        ]  # fmt: skip
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._log,
                start_new_session=True,  # Ctrl-C is for this program, not for the decoder
            )
        except OSError as error:
            self._log.close()
            raise DecodeError(path, f"ffmpeg does not start: {error.strerror}") from error
        assert self._process.stdout is not None
        self._stdout = self._process.stdout
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdout, selectors.EVENT_READ)
        self.complaint: str | None = None

    def read(self, frames: int) -> Audio:
        """Return the next `frames` frames, shape (frames, channels); fewer only at the end.

        Raises
        ------
        DecodeError
            If ffmpeg stalls, or is killed by a signal.
        """
        if self._left_frames is not None:
            frames = min(frames, self._left_frames)
        wanted = frames * self._channels * 4
        data = bytearray()
        while len(data) < wanted:
            if not self._selector.select(SILENT_S):
                raise DecodeError(self._path, f"ffmpeg gave nothing for {SILENT_S:.0f} s")
            part = os.read(self._stdout.fileno(), min(READ_BYTES, wanted - len(data)))
            if not part:
                self._finish()
                break
            data += part
        whole = len(data) // (self._channels * 4)
        if self._left_frames is not None:
            self._left_frames -= whole
        samples = np.frombuffer(data, "<f4", whole * self._channels)
        return samples.reshape(whole, self._channels).astype(np.float32)

    def close(self) -> None:
        """Stop ffmpeg and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        self._selector.close()
        self._stdout.close()
        self._log.close()

    def _finish(self) -> None:
        code = self._process.wait()
        self._log.seek(0)
        complaint = _last_line(self._log.read())
        if code < 0:
            raise DecodeError(self._path, f"ffmpeg was stopped by signal {-code}")
        if code or complaint:
            self.complaint = complaint or f"ffmpeg ended with status {code}"


def _program(name: str, path: str | os.PathLike[str]) -> str:
    found = shutil.which(name)
    if found is None:
        raise DecodeError(path, NEEDED)
    return found


def _input(path: str | os.PathLike[str], demuxer: str) -> list[str]:
    url = f"file:{Path(path).absolute()}"
    return ["-protocol_whitelist", "file,pipe", "-f", demuxer, "-i", url]


def _last_line(log: bytes) -> str:
    lines = log.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].rsplit("] ", 1)[-1][:200] if lines else ""
