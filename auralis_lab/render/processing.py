"""One call of a function that is not ours: what it may do wrong is seen and named.

Conventions: audio is ``float32``, shape ``(channels, frames)``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from auralis_lab.audio import Audio
from auralis_lab.errors import AuralisLabError, ParameterError

__all__ = ["ChunkError", "Process", "processed"]

Process: TypeAlias = Callable[[Audio, int], Audio]


class ChunkError(AuralisLabError):
    """A function could not process a chunk, or returned what is no audio of the same shape.

    Parameters
    ----------
    index : int
        The chunk's place in the grid.
    start_s, stop_s : float
        Where it lies in the track.
    reason : str
        What happened, in a few words.
    """

    def __init__(self, index: int, start_s: float, stop_s: float, reason: str) -> None:
        super().__init__(index, start_s, stop_s, reason)
        self.index, self.start_s, self.stop_s, self.reason = index, start_s, stop_s, reason

    def __str__(self) -> str:
        return f"chunk {self.index} ({self.start_s:.3f} to {self.stop_s:.3f} s): {self.reason}"


def processed(process: Process, audio: Audio, rate_hz: int) -> Audio:
    """Call a function with a copy of audio, and see that it returns audio of the same kind.

    Returns
    -------
    made : ndarray of float32, shape (channels, frames)
        All values finite; what came as float64 is rounded. May be memory that the function uses
        again.

    Raises
    ------
    ParameterError
        If the function raises, which is then the cause, or returns anything else.
    """
    try:
        made = process(audio.copy(), rate_hz)
    except Exception as error:
        raise ParameterError(f"the function raised {_words(error)}") from error
    if not isinstance(made, np.ndarray):
        raise ParameterError(f"the function returned {type(made).__name__}, not an array")
    if made.shape != audio.shape:
        raise ParameterError(
            f"the function turned shape {audio.shape} into {made.shape}:"
            " it must keep channels and frames"
        )
    if made.dtype == np.float64:  # what numpy makes of float32 and its own numbers
        with np.errstate(over="ignore"):
            made = made.astype(np.float32)
    if made.dtype != np.float32:
        raise ParameterError(f"the function returned {made.dtype}, which must be float32")
    if not np.isfinite(made).all():
        raise ParameterError("the function returned values that are not finite")
    return made


def _words(error: Exception) -> str:
    """Kind and message of an error, on one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:300] if text else type(error).__name__
