"""K-weighting of ITU-R BS.1770-5 at any sample rate, and the weights of channels.

Conventions: frequencies in Hz, responses in dB. A biquad is ``(b0, b1, b2, a1, a2)`` with
``a0 = 1``.

The standard gives two biquads (a high shelf for the head, a high-pass called RLB) as digital
coefficients at 48 kHz. Undoing the bilinear transform ``s = (1 - 1/z) / (1 + 1/z)`` turns
``c0 + c1/z + c2/z²`` into ``(c0 - c1 + c2) s² + 2 (c0 - c2) s + (c0 + c1 + c2)``: the analogue
prototype, with frequency measured as ``tan(π f / 48 kHz)``. Its pole frequency is
``ω = sqrt(a(0) / a(∞))``, 1,682 Hz for the shelf and 38.1 Hz for the high-pass. For another rate
the prototype is scaled so that its poles fall on ``tan(π f / rate)`` and transformed back: the pole
frequency is exact at every rate, the coefficients at 48 kHz are the standard's own, and the
bilinear transform keeps both sections stable down to 4 kHz, where the shelf still lies below
the Nyquist frequency. From 44.1 kHz up the response is within 0.01 dB of that at 48 kHz wherever
both exist, at 32 kHz within 0.02, at 16 kHz within 0.07, at 8 kHz within 0.3 dB (in the slope of
the shelf; the plateaus agree).
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
    return _at_rate(_SHELF, rate_hz), _at_rate(_HIGH_PASS, rate_hz)


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
    delay = np.exp(-2j * np.pi * f / rate_hz)
    gain = np.ones(f.shape)
    for b0, b1, b2, a1, a2 in k_weighting_biquads(rate_hz):
        top, bottom = b0 + delay * (b1 + delay * b2), 1 + delay * (a1 + delay * a2)
        gain = gain * np.abs(top / bottom)
    with np.errstate(divide="ignore"):
        return np.asarray(20 * np.log10(np.where(f > 0, gain, 0.0)))


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
