"""The outline of a track, for drawing: extremes and energy of equal parts, at any magnification.

A pyramid holds three levels: parts of 256, 4,096 and 65,536 frames. It is written in one pass, a
record at a time: a record stands for 65,536 frames and holds all parts of all levels within them,
so nothing but one block of the track is ever in memory, however long it is.

Conventions: a part is three numbers (least and greatest sample over all channels, root mean square
of all samples) as 16-bit integers in steps of 1/16,384 of full scale, so that a decoder's
overshoots of up to 6 dB are still seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio, Readable
from auralis_lab.errors import ParameterError

__all__ = [
    "LEVELS_FRAMES",
    "MAX_BINS",
    "RECORD_FRAMES",
    "RECORD_PARTS",
    "STEPS",
    "Outline",
    "PeakPyramid",
    "outline_of",
    "peak_records",
    "waveform_peaks",
]

BLOCK_FRAMES = RECORD_FRAMES = 1 << 16
LEVELS_FRAMES = (1 << 8, 1 << 12, RECORD_FRAMES)
STEPS = 16_384
MAX_BINS = 4_096

_PARTS = tuple(RECORD_FRAMES // frames for frames in LEVELS_FRAMES)
_OFFSETS = (0, _PARTS[0], _PARTS[0] + _PARTS[1])
RECORD_PARTS = sum(_PARTS)

Outline = npt.NDArray[np.int16]
"""Shape (parts, 3): least, greatest, root mean square."""


@dataclass(frozen=True)
class PeakPyramid:
    """Outline of a whole track at three magnifications.

    Attributes
    ----------
    rate_hz, total_frames : int
        Of the track.
    records : ndarray of int16, shape (records, RECORD_PARTS, 3)
        As :func:`peak_records` makes them; may lie in a file.
    """

    rate_hz: int
    total_frames: int
    records: npt.NDArray[np.int16]

    def over(self, start_frame: int, frames_per_bin: int, bins: int) -> Outline:
        """Outline of equal parts from a frame on.

        Parameters
        ----------
        start_frame : int
            A multiple of `frames_per_bin`.
        frames_per_bin : int
            A power of two from 256 on.
        bins : int
            How many, 1 to 4,096.

        Returns
        -------
        outline : ndarray of int16, shape (up to bins, 3)
            Fewer only at the end of the track.

        Raises
        ------
        ParameterError
            If a number is out of range.
        """
        _check_bins(start_frame, frames_per_bin, bins)
        if frames_per_bin < LEVELS_FRAMES[0]:
            raise ParameterError(f"frames_per_bin={frames_per_bin} must be {LEVELS_FRAMES[0]} up")
        level = max(n for n, frames in enumerate(LEVELS_FRAMES) if frames <= frames_per_bin)
        step = LEVELS_FRAMES[level]
        first = start_frame // step
        last = min(first + bins * (frames_per_bin // step), -(-self.total_frames // step))
        return _merged(self._parts(level, first, last), frames_per_bin // step)

    def _parts(self, level: int, first: int, last: int) -> Outline:
        """Return parts `first` up to `last` of a level."""
        if last <= first:
            return np.zeros((0, 3), np.int16)
        count, offset = _PARTS[level], _OFFSETS[level]
        begin, end = first // count, -(-last // count)
        rows = np.asarray(self.records[begin:end, offset : offset + count]).reshape(-1, 3)
        return rows[first - begin * count : last - begin * count]


def peak_records(source: Readable) -> Iterator[tuple[npt.NDArray[np.int16], int]]:
    """Read a track once, and yield its records, each with the frames that are in it.

    Parameters
    ----------
    source : Readable
        The track; read from start to end, in constant memory.

    Yields
    ------
    record : ndarray of int16, shape (RECORD_PARTS, 3)
        Parts behind the end of the track are zeros.
    frames : int
        `RECORD_FRAMES`, in the last record perhaps fewer.
    """
    start = 0
    while True:
        audio = source.read(start, RECORD_FRAMES)
        frames = audio.shape[1]
        if frames:
            record = np.zeros((RECORD_PARTS, 3), np.int16)
            for step, offset in zip(LEVELS_FRAMES, _OFFSETS, strict=True):
                parts = _quantised(audio, step)
                record[offset : offset + len(parts)] = parts
            yield record, frames
        if frames < RECORD_FRAMES:
            return
        start += frames


def outline_of(
    read: Callable[[int, int], Audio], start_frame: int, frames_per_bin: int, bins: int
) -> Outline:
    """Outline of a short stretch, from its samples: finer than the pyramid is.

    Parameters
    ----------
    read : callable
        ``read(start_frame, frames)``, fewer frames only at the end of the track.
    start_frame, frames_per_bin, bins : int
        As in :meth:`PeakPyramid.over`, but with 1 to 128 frames in a bin.
    """
    _check_bins(start_frame, frames_per_bin, bins)
    if frames_per_bin >= LEVELS_FRAMES[0]:
        raise ParameterError(f"frames_per_bin={frames_per_bin} must be under {LEVELS_FRAMES[0]}")
    audio = read(start_frame, frames_per_bin * bins)
    return _quantised(audio, frames_per_bin)


def waveform_peaks(source: Readable, bins: int) -> Audio:
    """Smallest and largest sample over all channels in each of `bins` equal parts of a track.

    Parameters
    ----------
    source : Readable
        The track; read once from start to end, in constant memory.
    bins : int
        How many parts, at least 1.

    Returns
    -------
    peaks : ndarray of float32, shape (bins, 2)
        Lowest and highest; zeros for parts without a frame.

    Raises
    ------
    ParameterError
        If `bins` is less than 1.
    """
    if bins < 1:
        raise ParameterError(f"bins={bins} must be 1 or more")
    total = source.total_frames
    low = np.full(bins, np.inf, np.float32)
    high = np.full(bins, -np.inf, np.float32)
    for start in range(0, total, BLOCK_FRAMES):
        audio = source.read(start, min(BLOCK_FRAMES, total - start))
        if audio.shape[1] == 0:
            break
        index = (start + np.arange(audio.shape[1])) * bins // total
        first = np.flatnonzero(np.diff(index, prepend=-1))
        parts = index[first]
        low[parts] = np.minimum(low[parts], np.minimum.reduceat(audio.min(axis=0), first))
        high[parts] = np.maximum(high[parts], np.maximum.reduceat(audio.max(axis=0), first))
    empty = low > high
    low[empty] = high[empty] = 0.0
    return np.stack([low, high], axis=1)


def _quantised(audio: Audio, step: int) -> Outline:
    """Outline of audio in parts of `step` frames, the last one as long as it is."""
    frames = audio.shape[1]
    if frames == 0:
        return np.zeros((0, 3), np.int16)
    first = np.arange(0, frames, step)
    counts = np.diff(first, append=frames)
    power = np.einsum("cf,cf->f", audio, audio) / audio.shape[0]
    rows = np.stack(
        [
            np.minimum.reduceat(audio.min(axis=0), first),
            np.maximum.reduceat(audio.max(axis=0), first),
            np.sqrt(np.add.reduceat(power, first) / counts),
        ],
        axis=1,
    )
    limit = np.iinfo(np.int16).max
    outline: Outline = np.rint(np.clip(rows * STEPS, -limit, limit)).astype(np.int16)
    return outline


def _merged(parts: Outline, count: int) -> Outline:
    """Join each `count` neighbouring parts into one."""
    if count == 1 or len(parts) == 0:
        return parts
    first = np.arange(0, len(parts), count)
    squares = np.add.reduceat(parts[:, 2].astype(np.float64) ** 2, first)
    rms = np.rint(np.sqrt(squares / np.diff(first, append=len(parts)))).astype(np.int16)
    low = np.minimum.reduceat(parts[:, 0], first)
    return np.stack([low, np.maximum.reduceat(parts[:, 1], first), rms], axis=1)


def _check_bins(start_frame: int, frames_per_bin: int, bins: int) -> None:
    if frames_per_bin < 1 or frames_per_bin & (frames_per_bin - 1):
        raise ParameterError(f"frames_per_bin={frames_per_bin} must be a power of two")
    if start_frame < 0 or start_frame % frames_per_bin:
        raise ParameterError(f"start_frame={start_frame} must be a multiple of {frames_per_bin}")
    if not 1 <= bins <= MAX_BINS:
        raise ParameterError(f"bins={bins} must be 1 to {MAX_BINS}")
