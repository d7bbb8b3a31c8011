"""Audio in memory with the manners of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import MAX_CHANNELS, Audio, as_audio, check_span
from auralis_lab.errors import ParameterError

__all__ = ["ArraySource"]


class ArraySource:
    """Audio in memory, read by position.

    Parameters
    ----------
    audio : array_like, shape (channels, frames) or (frames,)
        Samples, full scale ±1.0; kept as float32.
    rate_hz : int
        Sample rate.

    Raises
    ------
    ParameterError
        If the array is no audio or has more than 8 channels, or the rate is not positive.
    """

    def __init__(self, audio: npt.ArrayLike, rate_hz: int) -> None:
        if rate_hz <= 0:
            raise ParameterError(f"rate_hz={rate_hz} must be 1 or more")
        self._audio = as_audio(audio)
        if len(self._audio) > MAX_CHANNELS:
            raise ParameterError(
                f"audio of shape {self._audio.shape} must be (channels, frames), with"
                f" {MAX_CHANNELS} channels at most"
            )
        self.rate_hz = rate_hz
        self.channels, self.total_frames = self._audio.shape
        self.notes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Content key: same samples, rate and shape, same key."""
        digest = hashlib.blake2b(f"{self.rate_hz} {self._audio.shape}".encode(), digest_size=20)
        digest.update(self._audio.tobytes())
        return digest.hexdigest()

    def read(self, start_frame: int, frames: int) -> Audio:
        """Return up to `frames` frames from `start_frame` on; fewer only at the end."""
        check_span(start_frame, frames)
        return np.ascontiguousarray(self._audio[:, start_frame : start_frame + frames])

    def blocks(self, block_frames: int, start_frame: int = 0) -> Iterator[Audio]:
        """Yield the audio from `start_frame` on in blocks, the last one as long as it is."""
        check_span(start_frame, block_frames)
        if block_frames == 0:
            raise ParameterError("block_frames=0 must be 1 or more")
        for start in range(start_frame, self.total_frames, block_frames):
            yield self.read(start, block_frames)
