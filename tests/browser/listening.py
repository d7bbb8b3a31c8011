"""Tracks of noise that can be told sample by sample; imported by tests and by their notebooks."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio
from auralis_lab.render.grid import ChunkGrid
from auralis_lab.stream.protocol import Lane

GAINS = {"adaptive": 0.5, "gentle": 0.75, "warm": 0.25, "bright": 0.625, "punchy": 0.375}


def noise(seconds: float, rate_hz: int = 44_100, channels: int = 2, seed: int = 440) -> Audio:
    """Swelling noise in multiples of 2**-15 that is never 0, so that no sample is like silence."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * rate_hz)
    time_s = np.arange(frames) / rate_hz
    swell = 0.35 + 0.3 * np.sin(2 * np.pi * time_s / 7) * np.sin(2 * np.pi * time_s / 31)
    beat = 0.4 + 0.6 * np.exp(-6 * (time_s % 0.5))
    levels = rng.integers(1, 30_000, (channels, frames)) * (swell * beat)
    signs = rng.choice([-1, 1], (channels, frames))
    whole = np.maximum(1, np.floor(levels)) * signs
    audio: Audio = (whole / 32_768).astype(np.float32)
    return audio


class ArrayStream:
    """An array as a stream; counts what becomes of it."""

    provisional = frames_is_estimate = False
    album_place = None

    def __init__(self, audio: Audio, rate_hz: int, lanes: tuple[Lane, ...] = ()) -> None:
        self.audio = audio
        self.rate_hz = rate_hz
        self.lanes = lanes or (Lane(name="original"),)
        rows, self.total_frames = audio.shape
        self.channels = rows // len(self.lanes)
        self.frames_read = 0
        self.closed = False

    def read(self, start_frame: int, frames: int) -> Audio:
        block = self.audio[:, start_frame : start_frame + frames]
        self.frames_read += block.shape[1]
        return block

    def close(self) -> None:
        self.closed = True


class NoiseTrack:
    """A track whose enhanced form is quieter by a gain known for each preset."""

    def __init__(
        self,
        seconds: float = 8.0,
        *,
        id: int = 1,
        rate_hz: int = 44_100,
        channels: int = 2,
        title: str = "Noise",
    ) -> None:
        self.id = id
        self.title = title
        self.path = Path(f"{title}.wav")
        self.artist = "Generator"
        self.album: str | None = "Test signals"
        self.rate_hz = rate_hz
        self.channels = channels
        self.format = "WAV"
        self.duration_s: float | None = seconds
        self.audio = noise(seconds, rate_hz, channels, seed=id)
        self.opened: list[ArrayStream] = []

    def sound(self, preset: str | None, *, intensity: float = 1.0) -> Audio:
        """Every sample that a listener should get."""
        if preset is None:
            return self.audio
        gain = np.float32(1 + intensity * (GAINS[preset] - 1))
        return self.audio * gain

    def open_stream(
        self,
        preset: str | None = None,
        *,
        intensity: float = 1.0,
        compare: bool = False,
        levelling: str = "off",
        at_once: bool = False,
    ) -> ArrayStream:
        sound = self.sound(preset, intensity=intensity)
        if compare and preset is not None:
            gain_db = 20 * math.log10(1 + intensity * (GAINS[preset] - 1))
            lanes = (Lane(name="original", gain_db=gain_db), Lane(name="enhanced"))
            stream = ArrayStream(np.concatenate([self.audio, sound]), self.rate_hz, lanes)
        else:
            lane = Lane(name="original" if preset is None else "enhanced")
            stream = ArrayStream(sound, self.rate_hz, (lane,))
        self.opened.append(stream)
        return stream

    def waveform(self, bins: int) -> npt.NDArray[np.float32]:
        edges = np.linspace(0, self.audio.shape[1], bins + 1).astype(int)[:-1]
        low = np.minimum.reduceat(self.audio.min(axis=0), edges)
        high = np.maximum.reduceat(self.audio.max(axis=0), edges)
        return np.stack([low, high], axis=1)

    def chunk_grid(self) -> ChunkGrid:
        return ChunkGrid.for_rate(self.audio.shape[1], self.rate_hz)

    def artwork(self, size_px: int = 256) -> bytes | None:
        return None
