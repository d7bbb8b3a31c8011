"""A filter split into frequency bands whose gains may move, and a width for the side signal.

Conventions: audio is ``float32``, shape ``(channels, frames)``; frequencies in Hz; positions are
absolute frames.

The masks of the bands are functions of the logarithm of frequency that add up to 1: with
``low_k`` a raised cosine that falls from 1 to 0 over the octave around crossover ``k``, band ``k``
has the mask ``low_k - low_(k-1)``. Taps are designed linearly, so those of the bands add up to the
taps of the whole filter. A block is put together as::

    gain_last * whole + sum over the other bands of (gain_k - gain_last) * band_k

which is the sum over the bands, needs no transform for the last one, and is the plain filter to
the bit where all gains are 1.

Width works on ``mid = (left + right) / 2`` and ``side = (left - right) / 2``: the side's filters
are multiplied by its gain over frequency. The mono sum of a result does not depend on it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio
from auralis_lab.dsp.dynamics import BandGains, add_scaled, scale
from auralis_lab.dsp.fir import Gain, OverlapSave, Taps, shape_taps
from auralis_lab.errors import ParameterError

__all__ = ["BandFilter", "band_masks", "side_gain"]

TRANSITION_OCTAVES = 1.0


def band_masks(
    frequencies_hz: npt.ArrayLike, crossovers_hz: Sequence[float]
) -> npt.NDArray[np.float64]:
    """Share of each band at each frequency; the shares add up to 1.

    Parameters
    ----------
    frequencies_hz : array_like, shape (points,)
        Above 0.
    crossovers_hz : sequence of float
        Borders between the bands, rising and positive. None makes one band of everything.

    Returns
    -------
    masks : ndarray of float64, shape (crossovers + 1, points)

    Raises
    ------
    ParameterError
        If the crossovers do not rise or are not positive.

    Examples
    --------
    >>> band_masks([50.0, 200.0, 1000.0], [200.0]).round(3).tolist()
    [[1.0, 0.5, 0.0], [0.0, 0.5, 1.0]]
    """
    f = np.asarray(frequencies_hz, np.float64)
    borders = np.asarray(crossovers_hz, np.float64).reshape(-1)
    if not (np.all(borders > 0) and np.all(np.diff(borders) > 0) and np.isfinite(borders).all()):
        raise ParameterError(f"crossovers_hz={tuple(crossovers_hz)} must rise and be positive")
    octaves = np.log2(f[np.newaxis] / borders[:, np.newaxis])
    phase = np.clip(octaves / TRANSITION_OCTAVES + 0.5, 0.0, 1.0) * (np.pi / 2)
    low = np.cos(phase) ** 2
    edges = np.concatenate([np.zeros((1, f.size)), low, np.ones((1, f.size))])
    return np.diff(edges, axis=0)


def side_gain(crossovers_hz: Sequence[float], side_gains_db: Sequence[float]) -> Gain:
    """Linear gain of the side signal over frequency, smooth between its bands.

    Raises
    ------
    ParameterError
        If there is not one finite gain for each band.
    """
    gains = np.asarray(side_gains_db, np.float64)
    if gains.shape != (len(crossovers_hz) + 1,) or not np.isfinite(gains).all():
        raise ParameterError(
            f"side_gains_db={tuple(side_gains_db)} must be {len(crossovers_hz) + 1} finite numbers"
        )
    amplitudes = 10.0 ** (gains / 20.0)

    def gain(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(amplitudes @ band_masks(hz, crossovers_hz))

    return gain


class BandFilter:
    """One linear-phase filter whose bands have gains of their own over time.

    Parameters
    ----------
    gain : callable
        Linear amplitude over frequency of the whole filter.
    rate_hz : int
        Sample rate.
    gains : BandGains, optional
        The gains over time of each band; without it the filter is constant.
    crossovers_hz : sequence of float
        Borders between the bands of `gains`.
    side : callable, optional
        Linear gain of the side signal over frequency; the audio must have two channels.
    taps : int, optional
        Odd length; by default as :func:`auralis_lab.dsp.fir.taps_for_rate` says.

    Attributes
    ----------
    half : int
        Frames of context needed on each side of a block.
    hop : int
        Frames in a block.

    Raises
    ------
    ParameterError
        If the numbers of bands differ.
    """

    def __init__(
        self,
        gain: Gain,
        rate_hz: int,
        *,
        gains: BandGains | None = None,
        crossovers_hz: Sequence[float] = (),
        side: Gain | None = None,
        taps: int | None = None,
    ) -> None:
        if gains is not None and gains.bands != len(crossovers_hz) + 1:
            raise ParameterError(
                f"gains of {gains.bands} bands do not fit {len(crossovers_hz)} crossovers"
            )
        self._gains = gains
        self._wide = side is not None
        curves: list[Gain] = [gain]
        if side is not None:
            curves.append(lambda hz: gain(hz) * side(hz))
        whole = [shape_taps(curve, rate_hz, taps=taps) for curve in curves]
        self._transforms = OverlapSave((whole[0].size - 1) // 2)
        self.half, self.hop = self._transforms.half, self._transforms.hop
        self._whole = self._responses(whole)
        self._parts: list[npt.NDArray[np.float32]] = []
        for band in range(len(crossovers_hz) if gains is not None else 0):
            part = [
                shape_taps(_masked(curve, crossovers_hz, band), rate_hz, taps=taps)
                for curve in curves
            ]
            self._parts.append(self._responses(part))

    def block(self, window: Audio, first_frame: int) -> Audio:
        """One output block from the frames around it.

        Parameters
        ----------
        window : ndarray, shape (channels, half + hop + half)
            Input frames from ``first_frame - half`` on; zeros where the track has none.
        first_frame : int
            Absolute position of the block, a multiple of `hop`.

        Returns
        -------
        block : ndarray of float32, shape (channels, hop)
        """
        transforms = self._transforms
        spectra = transforms.spectra(_mid_side(window) if self._wide else window)
        whole = transforms.filtered(spectra, self._whole)
        if self._gains is None:
            block = transforms.joined(whole)
        else:
            block = self._moved(spectra, whole, first_frame)
        if self._wide:
            mid, side = block[0] + block[1], block[0]
            np.subtract(block[0], block[1], out=block[1])
            side[:] = mid
        return block

    def _moved(
        self,
        spectra: npt.NDArray[np.complex64],
        whole: npt.NDArray[np.float32],
        first_frame: int,
    ) -> Audio:
        """Bands with their gains, added up."""
        transforms, gains = self._transforms, self._gains
        assert gains is not None
        points, phase = gains.over(first_frame, self.hop)
        out = np.empty((whole.shape[0], whole.shape[1], transforms.step), np.float32)
        scale(out, whole, transforms.half, points[-1], phase, gains.numerator, gains.denominator)
        for part, own in zip(self._parts, points, strict=False):
            difference = own - points[-1]
            if not difference.any():
                continue
            band = transforms.filtered(spectra, part)
            add_scaled(
                out, band, transforms.half, difference, phase, gains.numerator, gains.denominator
            )
        return out.reshape(whole.shape[0], self.hop)

    def _responses(self, taps: Sequence[Taps]) -> npt.NDArray[np.float32]:
        rows = np.stack([self._transforms.response(row) for row in taps])
        return rows[:, np.newaxis, :]


def _masked(gain: Gain, crossovers_hz: Sequence[float], band: int) -> Gain:
    def masked(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(gain(hz) * band_masks(hz, crossovers_hz)[band])

    return masked


def _mid_side(window: Audio) -> Audio:
    left, right = window
    rows = np.empty_like(window)
    np.add(left, right, out=rows[0])
    np.subtract(left, right, out=rows[1])
    rows *= np.float32(0.5)
    return rows
