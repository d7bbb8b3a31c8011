"""The order of channels in Vorbis and Opus, and the one used everywhere else here.

Conventions: channels are in the order of WAV files (front left, front right, front centre, LFE,
back or side left and right). Vorbis I, section 4.3.9, and RFC 7845, section 5.1.1.2, put the centre
second and the LFE last.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["from_vorbis", "to_vorbis"]

_PLACES = {
    3: (0, 2, 1),
    5: (0, 2, 1, 3, 4),
    6: (0, 2, 1, 5, 3, 4),
    7: (0, 2, 1, 6, 5, 3, 4),
    8: (0, 2, 1, 7, 5, 6, 3, 4),
}


def from_vorbis(channels: int) -> tuple[int, ...] | None:
    """Where in a Vorbis or Opus stream each channel lies; None where both orders are one.

    Examples
    --------
    >>> from_vorbis(6), from_vorbis(2)
    ((0, 2, 1, 5, 3, 4), None)
    """
    return _PLACES.get(channels)


def to_vorbis(channels: int) -> npt.NDArray[np.intp] | None:
    """Which channel each place of a Vorbis or Opus stream takes; None where both orders are one."""
    places = _PLACES.get(channels)
    return None if places is None else np.argsort(places)
