"""How the two channels of a track relate.

Conventions: sums run over the whole track, without gating. Each channel's mean is taken away: an
offset is not heard. What cannot be measured is ``None``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from auralis_lab.analysis.blocks import BlockFeed
from auralis_lab.audio import Audio

__all__ = ["Stereo", "StereoMeter", "stereo_of_sums"]


_Sums = tuple[float, float, float, float, float]
_ROUNDING = 1e-11  # of the sum of squares


@dataclass(frozen=True)
class Stereo:
    """Relation of left and right.

    Attributes
    ----------
    correlation : float or None
        -1 (opposite) to 1 (alike); None when a channel is silent or there are not two.
    side_share : float or None
        Energy of the side signal over that of mid and side, 0 (mono) to 1; None as above, but
        0.5 when just one channel is silent.
    """

    correlation: float | None
    side_share: float | None


class StereoMeter:
    """Streaming sums over left and right; says None unless there are two channels."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self._feed = BlockFeed(channels, rate_hz)
        self._frames = 0
        self._sums: _Sums = (0.0, 0.0, 0.0, 0.0, 0.0)

    def push(self, audio: Audio) -> None:
        """Take the next frames.

        Raises
        ------
        ParameterError
            If `audio` is not of shape (channels, frames) or holds NaN or infinity.
        """
        for block in self._feed.push(audio):
            self._sums = self._with(block)
            self._frames += block.shape[1]

    def result(self) -> Stereo:
        """What has been measured so far, as if the track ended here; the meter can go on."""
        if self._feed.channels != 2:
            return Stereo(None, None)
        rest = self._feed.rest
        left, right, left_left, right_right, product = self._with(rest)
        frames = max(self._frames + rest.shape[1], 1)
        return stereo_of_sums(
            _centred(left_left, left * left / frames),
            _centred(right_right, right * right / frames),
            product - left * right / frames,
        )

    def _with(self, audio: Audio) -> _Sums:
        """Sums of L, R, L², R² and L R with another block."""
        if len(audio) != 2:
            return self._sums
        from auralis_lab.analysis.kernels import stereo_sums

        a, b, c, d, e = (
            before + more
            for before, more in zip(self._sums, stereo_sums(audio[0], audio[1]), strict=True)
        )
        return a, b, c, d, e


def _centred(squares: float, of_mean: float) -> float:
    """Sum of squares less that of the mean; 0 where no more is left than rounding leaves."""
    left = squares - of_mean
    return left if left > _ROUNDING * squares else 0.0


def stereo_of_sums(
    left: float, right: float, product: float, *, silent_share: float = 0.0
) -> Stereo:
    """Relation of left and right from the sums of L², R² and L R.

    Parameters
    ----------
    left, right, product : float
    silent_share : float
        A channel with no more than this share of the other's energy counts as silent.
    """
    both, alone = left + right, math.sqrt(max(left, 0.0)) * math.sqrt(max(right, 0.0))
    heard = alone > 0 and min(left, right) > silent_share * max(left, right)
    correlation = min(max(product / alone, -1.0), 1.0) if heard else None
    side_share = min(max(0.5 - product / both, 0.0), 1.0) if both > 0 else None
    return Stereo(correlation, side_share)
