"""K-weighting of ITU-R BS.1770-5 at any sample rate, and the weights of channels.

Conventions: frequencies in Hz, responses in dB. A biquad is ``(b0, b1, b2, a1, a2)`` with
``a0 = 1``.

The standard gives two biquads (a high shelf for the head, a high-pass called RLB) as digital
coefficients at 48 kHz. Undoing the bilinear transform ``s = (1 - 1/z) / (1 + 1/z)`` turns
``c0 + c1/z + c2/z²`` into ``(c0 - c1 + c2) s² + 2 (c0 - c2) s + (c0 + c1 + c2)``: the analogue
prototype, with frequency measured as ``tan(π f / 48 kHz)``. Its pole frequency is
``ω = sqrt(a(0) / a(∞))``, 1,682 Hz for the shelf and 38.1 Hz for the high-pass. For another rate
the prototype is scaled so that its poles fall on ``tan(π f / rate)`` and transformed back: the pole
frequency is exact at every rate, and the coefficients at 48 kHz are the standard's own.

Below 48 kHz that would bend the slope of the shelf, by 0.3 dB at 8 kHz. There the shelf keeps the
poles of the standard's filter as they are in time, ``z ** (48 kHz / rate)``, and its zeros are
those with which its response is the standard's at 0 Hz, at 997 Hz and at the Nyquist frequency
(after M. Vicanek, "Matched Second Order Digital Filters", 2016). The response is within 0.01 dB of
that at 48 kHz wherever both exist from 16 kHz up, at 11.025 kHz within 0.02, at 8 kHz within
0.05 dB.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from auralis_lab.errors import ParameterError

__all__ = [
    "LOUDNESS_OFFSET_DB",
    "MIN_RATE_HZ",
    "channel_weights_for",
    "k_weighting_biquads",
    "k_weighting_db",
]

LOUDNESS_OFFSET_DB = -0.691
"""What the standard adds to the K-weighted level, so that a 997 Hz tone reads its own level."""

MIN_RATE_HZ = 4000

_STANDARD_RATE_HZ = 48_000
_MATCHED_HZ = 997.0  # where the standard calibrates
_SHELF = (
    1.53512485958697,
    -2.69169618940638,
    1.19839281085285,
    -1.69065929318241,
    0.73248077421585,
)
_HIGH_PASS = (1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621)

Biquad = tuple[float, float, float, float, float]

# Weights by channel count. Order: L R, then C, then LFE, then surrounds (Ls Rs at ±110 degrees),
# as WAV, FLAC and their decoders deliver it. 4 is L R Ls Rs; 7 is L R C LFE Cs Ls Rs;
# 8 is L R C LFE, backs at ±135 degrees, sides at ±90 degrees. The standard gives 1.41 to places
# between 60 and 120 degrees and 1 to all others, the back included.
_SURROUND = 1.41
_CHANNEL_WEIGHTS: dict[int, tuple[float, ...]] = {
    1: (1.0,),
    2: (1.0, 1.0),
    3: (1.0, 1.0, 1.0),
    4: (1.0, 1.0, _SURROUND, _SURROUND),
    5: (1.0, 1.0, 1.0, _SURROUND, _SURROUND),
    6: (1.0, 1.0, 1.0, 0.0, _SURROUND, _SURROUND),
    7: (1.0, 1.0, 1.0, 0.0, 1.0, _SURROUND, _SURROUND),
    8: (1.0, 1.0, 1.0, 0.0, 1.0, 1.0, _SURROUND, _SURROUND),
}


def channel_weights_for(channels: int) -> tuple[float, ...]:
    """Weights of the channels' powers in the loudness sum, by their number.

    Parameters
    ----------
    channels : int
        1 mono · 2 L R · 3 L R C · 4 L R Ls Rs · 5 L R C Ls Rs · 6 L R C LFE Ls Rs ·
        7 L R C LFE Cs Ls Rs · 8 L R C LFE Lb Rb Ls Rs. More than 8 have no known places: each
        weighs 1.

    Raises
    ------
    ParameterError
        If there is no channel.

    Examples
    --------
    >>> channel_weights_for(6)
    (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)
    """
    if channels < 1:
        raise ParameterError(f"channels={channels} must be 1 or more")
    return _CHANNEL_WEIGHTS.get(channels, (1.0,) * channels)


def k_weighting_biquads(rate_hz: int) -> tuple[Biquad, Biquad]:
    """Shelf and high-pass of the K-weighting at a sample rate.

    Raises
    ------
    ParameterError
        If the rate is below 4,000 Hz, where the shelf would not fit under the Nyquist frequency.
    """
    if rate_hz < MIN_RATE_HZ:
        raise ParameterError(f"rate_hz={rate_hz} must be {MIN_RATE_HZ} or more")
    shelf = (_matched if rate_hz < _STANDARD_RATE_HZ else _at_rate)(_SHELF, rate_hz)
    return shelf, _at_rate(_HIGH_PASS, rate_hz)


def k_weighting_db(
    frequencies_hz: npt.ArrayLike, rate_hz: int = _STANDARD_RATE_HZ
) -> npt.NDArray[np.float64]:
    """Gain of the K-weighting filters.

    Loudness is the K-weighted level plus `LOUDNESS_OFFSET_DB` (-0.691 dB), which is not part of
    this response: at 997 Hz the gain is +0.691 dB and the two cancel.

    Parameters
    ----------
    frequencies_hz : array_like
        From 0 Hz (which the filters stop: ``-inf``) to half of `rate_hz`.
    rate_hz : int, default 48,000

    Returns
    -------
    gains_db : ndarray of float64, same shape

    Raises
    ------
    ParameterError
        If the rate is below 4,000 Hz, or a frequency is negative or above half the rate.
    """
    f = np.asarray(frequencies_hz, dtype=np.float64)
    if not np.all((f >= 0) & (f <= rate_hz / 2)):
        raise ParameterError(f"frequencies_hz must lie between 0 and {rate_hz / 2:g}")
    gain = np.ones(f.shape)
    for biquad in k_weighting_biquads(rate_hz):
        gain = gain * _gain(biquad, f, rate_hz)
    with np.errstate(divide="ignore"):
        return np.asarray(20 * np.log10(np.where(f > 0, gain, 0.0)))


def _gain(biquad: Biquad, f: npt.NDArray[np.float64], rate_hz: int) -> npt.NDArray[np.float64]:
    b0, b1, b2, a1, a2 = biquad
    delay = np.exp(-2j * np.pi * f / rate_hz)
    above, below = b0 + delay * (b1 + delay * b2), 1 + delay * (a1 + delay * a2)
    return np.asarray(np.abs(above / below))


def _matched(standard: Biquad, rate_hz: int) -> Biquad:
    """Carry a biquad to a lower rate; it must have complex poles and all zeros within the circle.

    With ``x = sin²(ω / 2)`` the square of a response is ``(B0 (1 - x) + B1 x + 4 B2 x (1 - x)) /
    (A0 (1 - x) + A1 x + 4 A2 x (1 - x))``, so that three places settle the zeros.
    """
    a1, a2 = standard[3:]
    pole = complex(-a1, math.sqrt(4 * a2 - a1 * a1)) / 2
    pole **= _STANDARD_RATE_HZ / rate_hz
    a1, a2 = -2 * pole.real, abs(pole) ** 2
    places_hz = np.array([0.0, rate_hz / 2, _MATCHED_HZ])
    still, fastest, between = (_gain(standard, places_hz, _STANDARD_RATE_HZ) ** 2).tolist()
    x = math.sin(math.pi * _MATCHED_HZ / rate_hz) ** 2
    below = [(1 + a1 + a2) ** 2, (1 - a1 + a2) ** 2, -4 * a2]
    above = [below[0] * still, below[1] * fastest]
    shares = [1 - x, x, 4 * x * (1 - x)]
    wanted = between * sum(share * each for share, each in zip(shares, below, strict=True))
    last = (wanted - above[0] * shares[0] - above[1] * shares[1]) / shares[2]
    half = (math.sqrt(above[0]) + math.sqrt(above[1])) / 2
    b0 = (half + math.sqrt(half * half + last)) / 2
    return b0, (math.sqrt(above[0]) - math.sqrt(above[1])) / 2, -last / (4 * b0), a1, a2


def _at_rate(standard: Biquad, rate_hz: int) -> Biquad:
    b0, b1, b2, a1, a2 = standard
    top, bottom = _analogue(b0, b1, b2), _analogue(1.0, a1, a2)
    omega = math.sqrt(bottom[0] / bottom[2])
    pole_hz = math.atan(omega) * _STANDARD_RATE_HZ / math.pi
    scale = omega / math.tan(math.pi * pole_hz / rate_hz)
    (b0, b1, b2), (a0, a1, a2) = _digital(top, scale), _digital(bottom, scale)
    return b0 / a0, b1 / a0, b2 / a0, a1 / a0, a2 / a0


def _analogue(c0: float, c1: float, c2: float) -> tuple[float, float, float]:
    """Coefficients of 1, s and s² for a polynomial in 1/z."""
    return c0 + c1 + c2, 2 * (c0 - c2), c0 - c1 + c2


def _digital(analogue: tuple[float, float, float], scale: float) -> tuple[float, float, float]:
    """Coefficients of 1, 1/z and 1/z² for a polynomial in s, with s replaced by scale * s."""
    p0, p1, p2 = analogue[0], analogue[1] * scale, analogue[2] * scale * scale
    return p0 + p1 + p2, 2 * (p0 - p2), p0 - p1 + p2
