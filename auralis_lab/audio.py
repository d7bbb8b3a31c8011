"""The vocabulary of sound that every layer shares.

Conventions: audio is ``float32``, shape ``(channels, frames)``, C-contiguous, 2-D even for mono,
full scale ±1.0. Positions and lengths are frames; seconds become frames in this module alone.
Gains are linear unless the name ends in ``_db``.
"""

from __future__ import annotations

import math
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

from auralis_lab.errors import ParameterError

__all__ = [
    "MAX_CHANNELS",
    "Audio",
    "Readable",
    "as_audio",
    "check_span",
    "db_to_gain",
    "frames_to_seconds",
    "gain_to_db",
    "seconds_to_frames",
]

MAX_CHANNELS = 8
"""So many a track may have."""

Audio: TypeAlias = npt.NDArray[np.float32]


@runtime_checkable
class Readable(Protocol):
    """Anything that hands out frames by absolute position."""

    @property
    def rate_hz(self) -> int:
        """Sample rate."""

    @property
    def channels(self) -> int:
        """Number of channels."""

    @property
    def total_frames(self) -> int:
        """True length in frames; may wait until it is known."""

    def read(self, start_frame: int, frames: int) -> Audio:
        """Return up to `frames` frames from `start_frame` on; fewer only at the end."""


def as_audio(array: npt.ArrayLike) -> Audio:
    """Give `array` the one layout of this package.

    Parameters
    ----------
    array : array_like, shape (channels, frames) or (frames,)
        Real samples, full scale ±1.0. One dimension means mono.

    Returns
    -------
    audio : ndarray of float32, shape (channels, frames), C-contiguous

    Raises
    ------
    ParameterError
        If there are more than two dimensions, no channel, or the values are not real numbers.
    """
    x = np.asarray(array)
    if x.dtype.kind not in "fiu":
        raise ParameterError(f"audio of dtype {x.dtype} must be real numbers")
    if x.ndim == 1:
        x = x[np.newaxis, :]
    if x.ndim != 2 or x.shape[0] == 0:
        raise ParameterError(f"audio of shape {x.shape} must be (channels, frames)")
    return np.ascontiguousarray(x, dtype=np.float32)


def seconds_to_frames(seconds: float, rate_hz: int, *, name: str = "seconds") -> int:
    """Nearest whole frame of a time or duration; `name` is what it is called where it came from.

    Raises
    ------
    ParameterError
        If `seconds` is no number, negative or not finite.

    Examples
    --------
    >>> seconds_to_frames(0.5, 44_100)
    22050
    """
    try:
        told = math.isfinite(seconds) and seconds >= 0
    except TypeError:
        told = False
    if not told:
        raise ParameterError(f"{name}={seconds!r} must be a finite number, 0 or more")
    return round(seconds * rate_hz)


def frames_to_seconds(frames: int, rate_hz: int) -> float:
    """Seconds that `frames` frames last."""
    return frames / rate_hz


def gain_to_db(gain: float) -> float:
    """Decibels of a linear amplitude; 0 gives ``-inf``.

    Examples
    --------
    >>> gain_to_db(0.0)
    -inf
    >>> round(gain_to_db(0.5), 2)
    -6.02
    """
    return 20.0 * math.log10(gain) if gain > 0 else -math.inf


def db_to_gain(gain_db: float) -> float:
    """Linear amplitude of a level in decibels.

    Examples
    --------
    >>> db_to_gain(20.0)
    10.0
    """
    return float(10.0 ** (gain_db / 20.0))


def check_span(start_frame: int, frames: int) -> None:
    """Refuse a negative position or length.

    Raises
    ------
    ParameterError
        If either number is negative.
    """
    if start_frame < 0:
        raise ParameterError(f"start_frame={start_frame} must be 0 or more")
    if frames < 0:
        raise ParameterError(f"frames={frames} must be 0 or more")
