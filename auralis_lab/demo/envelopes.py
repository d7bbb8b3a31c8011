"""How sounds begin, move and end.

Conventions: a sound is ``float32``, last axis frames; times end in ``_s``. Curves are half cosines
or exponentials, so that nothing clicks.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import seconds_to_frames

__all__ = ["Sound", "attack", "envelope", "fall", "release"]

Sound: TypeAlias = npt.NDArray[np.float32]


def envelope(points: list[tuple[float, float]], *, frames: int, rate_hz: int) -> Sound:
    """Level over time through `points` of (seconds, level), joined by half cosines.

    Before the first and after the last point their levels hold.
    """
    out = np.full(frames, points[-1][1], dtype=np.float32)
    out[: round(points[0][0] * rate_hz)] = points[0][1]
    for (start_s, low), (stop_s, high) in pairwise(points):
        first, last = round(start_s * rate_hz), round(stop_s * rate_hz)
        u = np.linspace(0, np.pi, max(1, last - first), endpoint=False, dtype=np.float32)
        part = np.float32(low) + np.float32((high - low) / 2) * (1 - np.cos(u))
        out[first:last] = part[: max(0, frames - first)]
    return out


def attack(sound: Sound, time_s: float, rate_hz: int) -> Sound:
    """Let a sound begin: it rises from silence within `time_s`; changes `sound` in place."""
    rise = min(sound.shape[-1], max(2, seconds_to_frames(time_s, rate_hz)))
    u = np.linspace(0, np.pi, rise, dtype=np.float32)
    sound[..., :rise] *= np.float32(0.5) * (1 - np.cos(u))
    return sound


def fall(frames: int, time_s: float, rate_hz: int) -> Sound:
    """Exponential decay by 1/e in `time_s`."""
    n = np.arange(frames, dtype=np.float32)
    return np.asarray(np.exp(-np.minimum(n / np.float32(time_s * rate_hz), np.float32(60))))


def release(sound: Sound, length_s: float, release_s: float, rate_hz: int) -> Sound:
    """Let a sound end: from `length_s` on it fades out within `release_s`."""
    stop = seconds_to_frames(length_s, rate_hz)
    fade = max(2, seconds_to_frames(release_s, rate_hz))
    out = sound[..., : stop + fade].copy()
    tail = out.shape[-1] - stop
    if tail > 0:
        u = np.linspace(0, 1, fade, dtype=np.float32)[:tail]
        out[..., stop:] *= 0.5 + 0.5 * np.cos(np.float32(np.pi) * u)
    return out
