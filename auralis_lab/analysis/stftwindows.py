"""Windowed transforms of one length, and the batch of them that is worked on at once.

Conventions: two channels travel as one complex signal and eight frames side by side, see
:mod:`auralis_lab.analysis.stftkernels`. Windows lie around centres; lengths are frames.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio

__all__ = ["Transform"]

_SINE_MEAN_SQUARE = 0.5

Floats = npt.NDArray[np.float32]


class Transform:
    """Hann window of one duration at one rate, and the batch that it fills."""

    def __init__(self, rate_hz: float, window_s: float, rows: int, channels: int) -> None:
        from auralis_lab.dsp.lanes import LANES, bin_order, empty_stacks, halving_turns, twiddles

        frames = round(window_s * rate_hz / 2) * 2
        n = np.arange(frames) + 0.5
        window = (0.5 - 0.5 * np.cos(2 * np.pi * n / frames)).astype(np.float32)
        self.frames, self.reach = frames, frames // 2
        self.size = 1 << (frames - 1).bit_length()
        self.hz_per_bin = rate_hz / self.size
        self.energies = np.concatenate([[0.0], np.cumsum(np.square(window, dtype=float))])
        self.scale = 1 / (self.size * self.energies[-1] * channels * _SINE_MEAN_SQUARE)
        self._window = np.zeros(-(-frames // LANES) * LANES, np.float32)
        self._window[:frames] = window
        self._turns = halving_turns(self.size)
        self._factors = twiddles(self.size // 2 if len(self._turns) else self.size)
        places = np.argsort(bin_order(self.size))
        self.places = np.append(places, places[0])
        self._stacks = empty_stacks(-(-rows // LANES), self.size)

    def no_sums(self) -> Floats:
        """Sums over bins that nothing has been added to."""
        return np.zeros((3, self.size // 2 + 1), dtype=np.float32)

    def stacks(self, known: Audio, centres: npt.NDArray[np.int64]) -> Iterator[Floats]:
        """Transforms around `centres` (places in `known`), for each pair of channels.

        Use each before asking for the next.
        """
        from auralis_lab.analysis.stftkernels import window_frames
        from auralis_lab.dsp.lanes import forward_each

        starts = centres - self.reach
        for channel in range(0, len(known), 2):
            left = known[channel]
            right = known[channel + 1] if channel + 1 < len(known) else np.zeros_like(left)
            window_frames(left, right, self._window, starts, self._stacks)
            forward_each(self._stacks, self._factors, self._turns)
            yield self._stacks

    def covered(self, centres: npt.NDArray[np.int64], stop: int) -> Floats:
        """Share of each window's energy that lies within a track that ends at `stop`.

        Shape (points, 1), or (1, 1) where all of them lie within it.
        """
        starts = centres - self.reach
        size = self.frames
        if len(starts) and starts[0] >= 0 and starts[-1] + size <= stop:
            return np.ones((1, 1), dtype=np.float32)
        low = np.clip(-starts, 0, size)
        high = np.clip(stop - starts, 0, size)
        energies = self.energies
        shares = (energies[high] - energies[low]) / energies[-1]
        return np.asarray(np.maximum(shares, 1e-6), dtype=np.float32)[:, np.newaxis]
