"""Long-term average spectrum (LTAS) in thirds of an octave.

Conventions: bands have the exact base-10 centres ``10^(k/10) kHz`` from 20 Hz (k = -17) to 20 kHz
(k = 13) and edges half a step to either side (IEC 61260-1). Levels are decibels relative to the
mean square of a full-scale sine: a sine of -20 dBFS peak reads -20 dB in its band. Powers are
averaged over the channels.

Welch's method with Hann windows. Bands up to 1.8 kHz are read from the decimated signal, in blocks
counted from the first frame that overlap by two thirds, and one more that ends with the last frame;
bins are 0.8 to 1.6 Hz wide. Bands above are read from the short frames that are shared with the
other meters: 100 a second, bins 47 Hz wide at most. A bin that an edge cuts is shared by width.
Seconds below -70 dB (20 Hz to 20 kHz) are left out, with the blocks that end in them: the spectrum
is that of the programme, not of the pauses. A track shorter than a block is transformed as a whole.
Where the two meet, a pure tone within 50 Hz of 1.78 kHz may read up to 3 dB off; noise does not.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.stft import PASS_HZ, Doubles, Frames, SharedFrames
from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError

__all__ = ["GATE_DB", "Ltas", "LtasMeter", "band_centres_hz", "band_edges_hz", "sums_between"]

GATE_DB = -70.0
"""Blocks whose level lies below this are not programme."""

_FIRST_BAND, _LAST_BAND = -17, 13
_WIDEST_BIN_HZ = 1.6
_FFT_UNIT_FRAMES = 15  # 15 times a power of two transforms 1.6 times as fast as a power of two
_SINE_MEAN_SQUARE = 0.5


@dataclass(frozen=True)
class Ltas:
    """Level of each band over a whole track.

    Attributes
    ----------
    centres_hz : tuple of float
        Exact centres, low to high; bands that would pass the Nyquist frequency are absent.
    levels_db : tuple of (float or None)
        Mean square in the band, dB relative to that of a full-scale sine; None without any energy.
    """

    centres_hz: tuple[float, ...]
    levels_db: tuple[float | None, ...]

    def __post_init__(self) -> None:
        if len(self.centres_hz) != len(self.levels_db):
            raise ParameterError(
                f"{len(self.centres_hz)} centres_hz need as many levels_db,"
                f" not {len(self.levels_db)}"
            )


def band_centres_hz(rate_hz: int) -> tuple[float, ...]:
    """Centres of the bands whose upper edge is at or below half the rate.

    Examples
    --------
    >>> [round(hz) for hz in band_centres_hz(48_000)[::10]]
    [20, 200, 1995, 19953]
    >>> len(band_centres_hz(48_000)), len(band_centres_hz(44_100))
    (31, 30)
    """
    centres = (1000 * 10 ** (k / 10) for k in range(_FIRST_BAND, _LAST_BAND + 1))
    return tuple(hz for hz in centres if hz * 10**0.05 <= rate_hz / 2)


def band_edges_hz(centres_hz: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """Edges around consecutive bands, one more than there are bands."""
    centres = np.asarray(centres_hz)
    return np.append(centres / 10**0.05, centres[-1:] * 10**0.05)


class LtasMeter:
    """Takes the shared frames in order and keeps one block of the decimated signal.

    Parameters
    ----------
    shared : SharedFrames
        Where they come from.
    """

    def __init__(self, shared: SharedFrames) -> None:
        self.centres_hz = band_centres_hz(shared.rate_hz)
        self._edges_hz = band_edges_hz(self.centres_hz)
        self._rate_hz = shared.rate_hz
        self._short_hz_per_bin = shared.short_hz_per_bin
        self._block_frames = _block_frames(shared.low_rate_hz)
        self._hop_frames = self._block_frames // 3  # at which the squared windows add up evenly
        self._hz_per_bin = shared.low_rate_hz / self._block_frames
        decimated = shared.factor > 1
        self._low_bands = sum(self._edges_hz[1:] <= (PASS_HZ if decimated else shared.rate_hz))
        self._window = _hann(self._block_frames)
        self._scale = 2 / (
            _SINE_MEAN_SQUARE * self._block_frames * _energy(self._window) * shared.channels
        )
        self._head = np.zeros((shared.channels, 0), dtype=np.float32)
        self._last = np.zeros((shared.channels, 0), dtype=np.float32)
        self._next = 0  # where in the last frames the next block starts
        self._seen = 0  # blocks
        self._low_power = np.zeros(self._block_frames // 2 + 1)
        self._high_power = np.zeros(shared.short_bins)
        self._short_scale = shared.short_scale
        heard_hz = self._edges_hz[[0, self._low_bands, -1]]
        self._low_shares = _shares(len(self._low_power), self._hz_per_bin, heard_hz[:2])
        self._high_shares = _shares(shared.short_bins, self._short_hz_per_bin, heard_hz[1:])
        self._blocks = self._frames = 0  # that passed the gate

    def fork(self) -> LtasMeter:
        """A meter that goes on from here by itself."""
        return copy.copy(self)

    def push(self, frames: Frames) -> None:
        """Take the next second."""
        known = np.concatenate([self._last, frames.decimated], axis=1)
        final = known.shape[1] - self._block_frames
        starts = range(self._next, final + 1, self._hop_frames)
        low_power = self._block_powers(known, starts)
        self._last = known[:, -self._block_frames :]
        self._next += len(starts) * self._hop_frames - max(final, 0)
        self._seen += len(starts)
        if not self._seen:
            self._head = np.concatenate([self._head, frames.audio], axis=1)
        high_power = self._short_scale * frames.short_sums[0].astype(np.float64)
        self._gate(low_power, len(starts), high_power, frames.whole)

    def result(self) -> Ltas:
        """What has been measured so far, as if the track ended here; the meter can go on."""
        if not self._seen:
            return Ltas(self.centres_hz, _levels_db(self._whole_powers()))
        ended = self.fork()
        final = self._last.shape[1] - self._block_frames
        if final != self._next - self._hop_frames:
            ended._gate(self._block_powers(self._last, [final]), 1, 0.0 * self._high_power, 0)
        return Ltas(self.centres_hz, _levels_db(ended._band_powers()))

    def _block_powers(self, known: Audio, starts: Sequence[int]) -> Doubles:
        """Summed power of the bins of the blocks that start at these frames of `known`."""
        from auralis_lab.analysis.kernels import mean_square_bins

        total = np.zeros(self._block_frames // 2 + 1)
        # Each in a batch of its own: its shape decides which arithmetic the FFT uses.
        for start in starts:
            rows = known[:, start : start + self._block_frames] * self._window
            total += mean_square_bins(np.fft.rfft(rows, axis=-1), self._scale)
        return total

    def _gate(self, low_power: Doubles, blocks: int, high_power: Doubles, frames: int) -> None:
        """Count blocks and short frames that belong together if they are programme."""
        low, high = self._low_shares @ low_power, self._high_shares @ high_power
        level = low / max(blocks, 1) + high / max(frames, 1)
        if level > 10 ** (GATE_DB / 10):
            self._low_power = self._low_power + low_power
            self._high_power = self._high_power + high_power
            self._blocks += blocks
            self._frames += frames

    def _band_powers(self) -> Doubles:
        """Mean power of every band over what passed the gate."""
        low_hz, high_hz = self._edges_hz[: self._low_bands + 1], self._edges_hz[self._low_bands :]
        low = sums_between(self._low_power, self._hz_per_bin, low_hz)
        high = sums_between(self._high_power, self._short_hz_per_bin, high_hz)
        return np.concatenate([low / max(self._blocks, 1), high / max(self._frames, 1)])

    def _whole_powers(self) -> Doubles:
        """Power of every band of a track that is shorter than a block, if it is programme."""
        from auralis_lab.analysis.kernels import mean_square_bins

        frames = self._head.shape[1]
        if not frames:
            return np.zeros(len(self.centres_hz))
        size = _block_frames(self._rate_hz)
        window = _hann(frames)
        spectra = np.fft.rfft(self._head * window, max(size, frames), axis=-1)
        scale = 2 / (_SINE_MEAN_SQUARE * max(size, frames) * _energy(window) * len(spectra))
        hz_per_bin = self._rate_hz / max(size, frames)
        powers = sums_between(mean_square_bins(spectra, scale), hz_per_bin, self._edges_hz)
        return powers if powers.sum() > 10 ** (GATE_DB / 10) else np.zeros(len(powers))


def sums_between(values: Doubles, hz_per_bin: float, edges_hz: Doubles) -> Doubles:
    """Sums of the bins on the last axis between each two edges.

    A bin reaches half a bin to either side, and one that an edge cuts is shared by width.
    """
    return np.asarray(values @ np.diff(_below(values.shape[-1], hz_per_bin, edges_hz), axis=1))


def _below(bins: int, hz_per_bin: float, edges_hz: Doubles) -> Doubles:
    """Share of each bin that lies below each edge, shape (bins, edges)."""
    places = np.arange(bins)[:, np.newaxis] - 0.5
    return np.clip(edges_hz / hz_per_bin - places, 0.0, 1.0)


def _shares(bins: int, hz_per_bin: float, edges_hz: Doubles) -> Doubles:
    """Share of each bin that lies between two edges."""
    return np.diff(_below(bins, hz_per_bin, edges_hz), axis=1)[:, 0]


def _levels_db(powers: Doubles) -> tuple[float | None, ...]:
    return tuple(10 * math.log10(power) if power > 0 else None for power in powers.tolist())


def _block_frames(rate_hz: float) -> int:
    """Block whose bins are 0.8 to 1.6 Hz wide."""
    return _FFT_UNIT_FRAMES << math.ceil(math.log2(rate_hz / _WIDEST_BIN_HZ / _FFT_UNIT_FRAMES))


def _hann(frames: int) -> Audio:
    """Periodic Hann window; never quite 0, so that a single frame has an energy too."""
    phase = 2 * np.pi * (np.arange(frames) + 0.5) / frames
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)


def _energy(window: Audio) -> float:
    return float(np.sum(np.square(window, dtype=np.float64)))
