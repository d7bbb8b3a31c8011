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

Width multiplies ``side = (left - right) / 2`` by a gain ``s`` over frequency and leaves ``mid`` as
it is: a channel keeps ``(1 + s) / 2`` of itself and gets ``(1 - s) / 2`` of the other. The mono sum
of a result does not depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio
from auralis_lab.dsp.dynamics import BandGains, gains_between
from auralis_lab.dsp.fir import Gain, OverlapSave, Response, Taps, shape_taps, taps_for_rate
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
        gain, side = _once(gain), None if side is None else _once(side)

        def taps_of(masked: Gain) -> Taps:
            return shape_taps(lambda hz: gain(hz) * masked(hz), rate_hz, taps=taps)

        length = taps_for_rate(rate_hz) if taps is None else taps
        self._transforms = OverlapSave(length // 2)
        self.half, self.hop = self._transforms.half, self._transforms.hop
        parts = len(crossovers_hz) if gains is not None else 0
        shares = _once(lambda hz: band_masks(hz, crossovers_hz))
        masks = [_everywhere, *(_row(shares, band) for band in range(parts))]
        self._responses = [self._response(taps_of, mask, side) for mask in masks]
        self._factors = np.ones(self.hop, np.float32)

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

        Raises
        ------
        ParameterError
            If the window has another length, or a width is asked for and it has not two channels.
        """
        if self._wide and len(window) != 2:
            raise ParameterError(f"audio of {len(window)} channels must have 2 for a width")
        window = np.require(window, np.float32, ("C", "W"))
        block = np.zeros((len(window), self.hop), np.float32)
        factors = self._gains_of_parts(first_frame)
        for pair in range(0, len(window), 2):
            self._transforms.load(window[pair : pair + 2])
            for response, gains in zip(self._responses, factors, strict=True):
                if gains is not None:
                    self._transforms.add(response, gains, block[pair : pair + 2])
        return block

    def _gains_of_parts(self, first_frame: int) -> list[npt.NDArray[np.float32] | None]:
        """Gains of the whole, and what each band but the last has beyond them; None for nothing."""
        if self._gains is None:
            return [self._factors]
        points, phase = self._gains.over(first_frame, self.hop)
        found: list[npt.NDArray[np.float32] | None] = []
        for row in (points[-1], *(points[:-1] - points[-1])):
            gains = np.empty(self.hop, np.float32) if row.any() else None
            if gains is not None:
                gains_between(row, phase, self._gains.numerator, self._gains.denominator, gains)
            found.append(gains)
        return found

    def _response(self, taps_of: Callable[[Gain], Taps], mask: Gain, side: Gain | None) -> Response:
        if side is None:
            return self._transforms.response(taps_of(mask))
        return self._transforms.response(
            taps_of(lambda hz: mask(hz) * (1 + side(hz)) / 2),
            taps_of(lambda hz: mask(hz) * (1 - side(hz)) / 2),
        )


def _once(gain: Gain) -> Gain:
    """The same, computed once: all taps of a filter are designed on one grid."""
    kept: list[npt.NDArray[np.float64]] = []

    def known(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        if not kept:
            kept.append(gain(hz))
        return kept[0]

    return known


def _row(shares: Gain, band: int) -> Gain:
    return lambda hz: np.asarray(shares(hz)[band])


def _everywhere(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.ones(hz.shape)
