"""What the samples of a track tell by themselves: an offset, and places that look clipped.

Conventions: samples are linear, full scale ±1.0. Means run over the whole track, without gating.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np

from auralis_lab.analysis.blocks import BlockFeed
from auralis_lab.audio import Audio

__all__ = ["Waveform", "WaveformMeter"]

_SILENT_PEAK = 1e-4  # -80 dBFS


@dataclass(frozen=True)
class Waveform:
    """Offset, reach and clipping.

    Attributes
    ----------
    dc_offset : tuple of float
        Mean of each channel; empty for a track without frames.
    centred_peak : float
        Largest magnitude once each channel's mean is taken off it.
    clipped_runs : int
        Runs of three or more equal samples at a channel's highest or lowest value, where that lies
        within 1 dB of full scale or beyond it. Channels are counted one by one.
    silent_channels : tuple of int
        Those in which no sample lies above -80 dBFS, counted from 0.
    """

    dc_offset: tuple[float, ...]
    centred_peak: float
    clipped_runs: int
    silent_channels: tuple[int, ...]


class WaveformMeter:
    """Streaming meter; takes blocks of any length.

    Parameters
    ----------
    rate_hz, channels : int
    """

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._feed = BlockFeed(channels, rate_hz)
        self._frames = 0
        self._sums = np.zeros(channels)
        # Lowest and highest of each channel: value, length of the run there, runs of three or more.
        self._ends = np.zeros((channels, 2, 3))

    def push(self, audio: Audio) -> None:
        """Take the next frames.

        Raises
        ------
        ParameterError
            If `audio` is not of shape (channels, frames) or holds NaN or infinity.
        """
        for block in self._feed.push(audio):
            self._add(block)

    def result(self) -> Waveform:
        """What has been measured so far, as if the track ended here; the meter can go on."""
        ended = copy.copy(self)
        ended._sums, ended._ends = self._sums.copy(), self._ends.copy()
        ended._add(self._feed.rest)
        if not ended._frames:
            return Waveform((), 0.0, 0, ())
        means = ended._sums / ended._frames
        reach = np.abs(ended._ends[:, :, 0] * (-1.0, 1.0) - means[:, np.newaxis])
        runs = int(ended._ends[:, :, 2].sum())
        silent = np.flatnonzero(np.abs(ended._ends[:, :, 0]).max(axis=1) <= _SILENT_PEAK)
        return Waveform(tuple(means.tolist()), float(reach.max()), runs, tuple(silent.tolist()))

    def _add(self, audio: Audio) -> None:
        from auralis_lab.analysis.kernels import add_extremes

        for row, ends in zip(audio, self._ends, strict=True):
            add_extremes(row, ends, self._frames == 0)
        self._sums += audio.sum(axis=1, dtype=np.float64)
        self._frames += audio.shape[1]
