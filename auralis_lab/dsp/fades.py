"""Fades and crossfades.

Conventions: audio is ``float32``, shape ``(channels, frames)``, full scale ±1.0. Lengths are
frames, never seconds; gains are linear unless the name ends in ``_db``.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError, check_choice

__all__ = [
    "CURVES",
    "LEAST_CORRELATION",
    "Curve",
    "correlation_of",
    "crossfade",
    "fade_weights",
]

Curve: TypeAlias = Literal["equal_power", "equal_gain", "matched"]

CURVES: tuple[Curve, ...] = ("equal_power", "equal_gain", "matched")

LEAST_CORRELATION = -0.5
"""What less is taken for, so that no weight exceeds 2/√3, which is 1.25 dB."""


def fade_weights(
    frames: int, *, curve: Curve, correlation: float | None = None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Weights of the outgoing and the incoming side of a crossfade.

    The frames are sampled at the middle of `frames` equal steps of ``u`` in (0, π/2), so that the
    fade is the same read backwards and neither side is ever cut off within it.

    Parameters
    ----------
    frames : int
        Length of the overlap, at least 2.
    curve : {'equal_power', 'equal_gain', 'matched'}
        See :func:`crossfade`.
    correlation : float, optional
        Of the two sides, -1 to 1; needed for ``'matched'`` and no other.

    Returns
    -------
    outgoing, incoming : ndarray of float64, shape (frames,)

    Raises
    ------
    ParameterError
        If `frames` is less than 2, `curve` is unknown, or `correlation` is out of range, missing
        or not wanted.
    """
    check_choice("curve", curve, CURVES)
    if frames < 2:
        raise ParameterError(f"frames={frames} must be 2 or more")
    if (curve == "matched") != (correlation is not None):
        raise ParameterError(f"curve={curve!r} with correlation={correlation!r}: one asks for it")
    u = (np.arange(frames) + 0.5) * (np.pi / 2 / frames)
    if curve == "equal_power":
        return np.cos(u), np.sin(u)
    if curve == "equal_gain":
        return np.cos(u) ** 2, np.sin(u) ** 2
    assert correlation is not None
    if not -1 <= correlation <= 1:
        raise ParameterError(f"correlation={correlation!r} must be a number from -1 to 1")
    r = max(correlation, LEAST_CORRELATION)
    outgoing, incoming = np.cos(u) ** (1 + max(r, 0.0)), np.sin(u) ** (1 + max(r, 0.0))
    power = outgoing**2 + incoming**2 + 2 * r * outgoing * incoming
    return outgoing / np.sqrt(power), incoming / np.sqrt(power)


def correlation_of(a: Audio, b: Audio) -> float:
    """Correlation coefficient of two signals over all channels, means left in.

    Parameters
    ----------
    a, b : ndarray, shape (channels, frames)
        The same shape.

    Returns
    -------
    correlation : float
        ``Σab / √(Σa² Σb²)``, -1 to 1; 0 where a side is silent.
    """
    x, y = a.astype(np.float64), b.astype(np.float64)
    powers = float(np.sum(x * x)) * float(np.sum(y * y))
    if powers <= 0:
        return 0.0
    return float(np.clip(np.sum(x * y) / np.sqrt(powers), -1.0, 1.0))


def crossfade(a: Audio, b: Audio, *, curve: Curve) -> Audio:
    """Blend the end of one signal into the start of another.

    Both inputs are already cut to the overlap. The weights follow one of three laws over
    ``u`` in (0, π/2)::

        equal_power   cos u,  sin u       squares add to 1
        equal_gain    cos² u, sin² u      weights add to 1
        matched       a = cos^p u, b = sin^p u, p = 1 + max(r, 0),
                      both over √(a² + b² + 2 r a b)

    where r is the measured correlation of the two sides, taken for -0.5 where it is less. Sides of
    equal power and correlation r keep that power at every moment of a matched fade: it is the
    equal-gain law at r = 1 and the equal-power law at r = 0.

    Parameters
    ----------
    a, b : ndarray, shape (channels, frames)
        Outgoing and incoming audio, same shape, at least 2 frames.
    curve : {'equal_power', 'equal_gain', 'matched'}
        ``'equal_power'`` for unrelated material (two tracks). ``'equal_gain'`` for two renderings
        of the same passage (a chunk seam), where equal power would swell by 3 dB. ``'matched'``
        for what lies between, or is not known beforehand.

    Returns
    -------
    mixed : ndarray of float32, shape (channels, frames)

    Raises
    ------
    ParameterError
        If the shapes differ, the overlap is shorter than 2 frames, or `curve` is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> same = np.ones((1, 4), np.float32)
    >>> crossfade(same, same, curve="equal_gain").tolist()
    [[1.0, 1.0, 1.0, 1.0]]
    """
    if a.shape != b.shape or a.ndim != 2:
        raise ParameterError(f"shapes {a.shape} and {b.shape} must be the same (channels, frames)")
    r = correlation_of(a, b) if curve == "matched" else None
    outgoing, incoming = fade_weights(a.shape[1], curve=curve, correlation=r)
    mixed: Audio = (a * outgoing + b * incoming).astype(np.float32)
    return mixed
