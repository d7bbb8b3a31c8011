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

__all__ = ["CURVES", "Curve", "crossfade", "fade_weights"]

Curve: TypeAlias = Literal["equal_power", "equal_gain"]

CURVES: tuple[Curve, ...] = ("equal_power", "equal_gain")


def fade_weights(
    frames: int, *, curve: Curve
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Weights of the outgoing and the incoming side of a crossfade.

    The frames are sampled at the middle of `frames` equal steps of ``u`` in (0, π/2), so that the
    fade is the same read backwards and neither side is ever cut off within it.

    Parameters
    ----------
    frames : int
        Length of the overlap, at least 2.
    curve : {'equal_power', 'equal_gain'}
        See :func:`crossfade`.

    Returns
    -------
    outgoing, incoming : ndarray of float64, shape (frames,)

    Raises
    ------
    ParameterError
        If `frames` is less than 2 or `curve` is unknown.
    """
    check_choice("curve", curve, CURVES)
    if frames < 2:
        raise ParameterError(f"frames={frames} must be 2 or more")
    u = (np.arange(frames) + 0.5) * (np.pi / 2 / frames)
    if curve == "equal_power":
        return np.cos(u), np.sin(u)
    return np.cos(u) ** 2, np.sin(u) ** 2


def crossfade(a: Audio, b: Audio, *, curve: Curve) -> Audio:
    """Blend the end of one signal into the start of another.

    Both inputs are already cut to the overlap. The weights follow one of two laws over
    ``u`` in (0, π/2)::

        equal_power   cos u,  sin u      squares add to 1
        equal_gain    cos² u, sin² u     weights add to 1

    Parameters
    ----------
    a, b : ndarray, shape (channels, frames)
        Outgoing and incoming audio, same shape, at least 2 frames.
    curve : {'equal_power', 'equal_gain'}
        ``'equal_power'`` for unrelated material (two tracks). ``'equal_gain'`` for two renderings
        of the same passage (a chunk seam), where equal power would swell by 3 dB.

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
    outgoing, incoming = fade_weights(a.shape[1], curve=curve)
    mixed: Audio = (a * outgoing + b * incoming).astype(np.float32)
    return mixed
