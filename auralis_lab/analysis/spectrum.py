"""Long-term average spectrum (LTAS) in thirds of an octave.

Conventions: bands have the exact base-10 centres ``10^(k/10) kHz`` from 20 Hz (k = -17) to 20 kHz
(k = 13) and edges half a step to either side (IEC 61260-1). Levels are decibels relative to the
mean square of a full-scale sine: a sine of -20 dBFS peak reads -20 dB in its band. Powers are
averaged over the channels.

Welch's method with a Hann window and half overlap, on blocks counted from the first frame; one
more block ends with the last frame. Bins are 0.8 to 1.6 Hz wide, and a bin that an edge cuts is
shared by width. Blocks below -70 dB (20 Hz to 20 kHz) are left out: the spectrum is that of the
programme, not of the pauses.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.blocks import BlockFeed
from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError

__all__ = ["GATE_DB", "Ltas", "LtasMeter", "band_centres_hz", "band_edges_hz"]

GATE_DB = -70.0
"""Blocks whose level lies below this are not programme."""

_FIRST_BAND, _LAST_BAND = -17, 13
_WIDEST_BIN_HZ = 1.6
_FFT_UNIT_FRAMES = 15  # 15 times a power of two transforms 1.6 times as fast as a power of two
_SINE_MEAN_SQUARE = 0.5
_BATCH_ROWS = 4  # transforms that scipy runs side by side, twice as fast as one by one


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
    """Streaming LTAS; takes blocks of any length and keeps one FFT block.

    Parameters
    ----------
    rate_hz : int
    channels : int

    Raises
    ------
    ParameterError
        If not a single band fits under half the rate, or there is no channel.
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        self.centres_hz = band_centres_hz(rate_hz)
        if not self.centres_hz:
            raise ParameterError(f"rate_hz={rate_hz} leaves no room for a band")
        if channels < 1:
            raise ParameterError(f"channels={channels} must be 1 or more")
        self.rate_hz = rate_hz
        self.channels = channels
        self._block_frames = _FFT_UNIT_FRAMES << math.ceil(
            math.log2(rate_hz / _WIDEST_BIN_HZ / _FFT_UNIT_FRAMES)
        )
        self._hop_frames = self._block_frames // 2
        self._batch_blocks = -(-_BATCH_ROWS // channels)
        self._window = _hann(self._block_frames)
        self._window_energy = _energy(self._window)
        self._rows = np.zeros((self._batch_blocks, channels, self._block_frames), dtype=np.float32)
        self._feed = BlockFeed(channels, self._batch_blocks * self._hop_frames)
        self._last = np.zeros((channels, 0), dtype=np.float32)
        self._next = 0  # where in the last frames the next block starts
        self._edges = band_edges_hz(self.centres_hz) / rate_hz * self._block_frames
        self._heard = slice(round(self._edges[0]), round(self._edges[-1]) + 1)
        self._power = np.zeros(self._block_frames // 2 + 1)
        self._blocks = 0

    def push(self, audio: Audio) -> None:
        """Take the next frames.

        Raises
        ------
        ParameterError
            If `audio` is not of shape (channels, frames) or holds NaN or infinity.
        """
        for block in self._feed.push(audio):
            known = np.concatenate([self._last, block], axis=1)
            final = known.shape[1] - self._block_frames
            starts = range(self._next, final + 1, self._hop_frames)
            self._add(known, starts)
            self._last = known[:, -self._block_frames :].copy()
            self._next += len(starts) * self._hop_frames - max(final, 0)

    def result(self) -> Ltas:
        """What has been measured so far, as if the track ended here; the meter can go on."""
        ended = copy.deepcopy(self)
        known = np.concatenate([self._last, self._feed.rest], axis=1)
        ended._finish(known)
        return Ltas(self.centres_hz, ended._levels_db())

    def _finish(self, known: Audio) -> None:
        """Add what has not been seen, and a last block that ends with the last frame."""
        final = known.shape[1] - self._block_frames
        if final < 0:
            self._add_short(known)
            return
        starts = list(range(self._next, final + 1, self._hop_frames))
        seen = starts[-1] if starts else self._next - self._hop_frames
        if final > seen:
            starts.append(final)
        self._add(known, starts)

    def _add(self, known: Audio, starts: Sequence[int]) -> None:
        """Add the blocks that start at these frames of `known`."""
        for first in range(0, len(starts), self._batch_blocks):
            batch = starts[first : first + self._batch_blocks]
            for row, start in zip(self._rows, batch, strict=False):
                np.multiply(known[:, start : start + self._block_frames], self._window, out=row)
            self._add_rows(len(batch), self._window_energy)

    def _add_short(self, audio: Audio) -> None:
        """Add a track that is shorter than a block, under a window of its own length."""
        if audio.shape[1]:
            window = _hann(audio.shape[1])
            self._rows[0] = 0.0
            self._rows[0, :, : audio.shape[1]] = audio * window
            self._add_rows(1, _energy(window))

    def _add_rows(self, blocks: int, energy: float) -> None:
        """Add the batch's first blocks, under a window of that energy, if they pass the gate."""
        import scipy.fft

        from auralis_lab.analysis.kernels import mean_square_bins

        # Always the whole batch: its shape decides which arithmetic the FFT uses.
        spectra = scipy.fft.rfft(self._rows, axis=-1)
        scale = 2 / (_SINE_MEAN_SQUARE * self._block_frames * energy * self.channels)
        for spectrum in spectra[:blocks]:
            power = mean_square_bins(spectrum, scale)
            if power[self._heard].sum() > 10 ** (GATE_DB / 10):
                self._power += power
                self._blocks += 1

    def _levels_db(self) -> tuple[float | None, ...]:
        """Levels of the bands: differences of the summed spectrum at their edges."""
        if not self._blocks:
            return (None,) * len(self.centres_hz)
        summed = np.concatenate([[0.0], np.cumsum(self._power / self._blocks)])
        bin_edges = np.arange(len(summed)) - 0.5
        bands = np.diff(np.interp(self._edges, bin_edges, summed))
        return tuple(10 * math.log10(band) if band > 0 else None for band in bands.tolist())


def _hann(frames: int) -> Audio:
    """Periodic Hann window; never quite 0, so that a single frame has an energy too."""
    phase = 2 * np.pi * (np.arange(frames) + 0.5) / frames
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)


def _energy(window: Audio) -> float:
    return float(np.sum(np.square(window, dtype=np.float64)))
