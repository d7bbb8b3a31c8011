"""Look-ahead true-peak limiter, finite on both sides.

Conventions: audio is ``float32``, shape ``(channels, frames)``; gains are linear; frame numbers are
absolute positions in the track.

The gain of a frame is found in five steps, each of which looks at a bounded neighbourhood:

1. *Envelope*: the true peak of BS.1770 Annex 2, refined to eight points a frame where it nears the
   ceiling, so that meters with a finer interpolator agree. Where a bound shows that it cannot
   reach the ceiling, it is not computed: nothing depends on it there. The largest value of each
   cell of a few frames, on a grid of absolute positions, goes on.
2. *Release*: ceiling over envelope, at most 1; after a reduction the gain rises by a straight line
   that would cross the whole range in `release_frames`, so a small reduction is over sooner.
3. *Sliding minimum* over the look-ahead on both sides.
4. *Smoothing* by a triangle of a slightly shorter reach. A weighted mean of values that are all at
   or below the required gain is at or below it too, hence no overshoot; and within the reach of
   the interpolator around a peak, every sample has a gain that low.
5. *Straight lines* from cell to cell; the minimum reaches a cell further to make up for them.

No step remembers earlier calls, and every sum is taken in an order fixed by the absolute position,
so the result does not depend on how a track is cut.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio
from auralis_lab.dsp.kernels import (
    INTERPOLATOR_HALF,
    all_finite,
    cell_peaks,
    lines_between,
    release_floor,
    smoothed,
)
from auralis_lab.dsp.peak_bound import peaks_over
from auralis_lab.errors import ParameterError

__all__ = ["Limiter"]

CELLS_IN_LOOKAHEAD = 48  # at least, where cells have more than one frame
LONGEST_CELL_FRAMES = 16
REFINE_BELOW_DB = 1.0  # the standard's four points a frame under-read by less than this


class Limiter:
    """Hold the true peak at or under a ceiling.

    Parameters
    ----------
    ceiling : float
        Linear, above 0.
    lookahead_frames : int
        Time in which the gain comes down before a peak, at least 2 (an odd number is rounded down).
    release_frames : int
        Time in which it would come back from silence to unity; from -2 dB it takes a fifth of it.

    Attributes
    ----------
    left, right : int
        Frames of context that :meth:`process` needs on either side.

    Raises
    ------
    ParameterError
        If a parameter is out of range.
    """

    def __init__(self, *, ceiling: float, lookahead_frames: int, release_frames: int) -> None:
        if not 0 < ceiling < np.inf:
            raise ParameterError(f"ceiling={ceiling} must be above 0 and finite")
        if lookahead_frames < 2:
            raise ParameterError(f"lookahead_frames={lookahead_frames} must be 2 or more")
        if release_frames < 1:
            raise ParameterError(f"release_frames={release_frames} must be 1 or more")
        self._ceiling = ceiling
        cell = 1
        while cell < LONGEST_CELL_FRAMES and 2 * cell * CELLS_IN_LOOKAHEAD <= lookahead_frames:
            cell *= 2
        self._cell_frames = cell
        self._width = lookahead_frames // 2 // cell + 1
        self._reach = self._width - 1 + -(-INTERPOLATOR_HALF // cell) + (cell > 1)
        self._release = -(-release_frames // cell)
        self._slope = 1.0001 * cell / release_frames
        around = cell * (self._reach + self._width - 1)
        self.left = INTERPOLATOR_HALF + 2 * (cell - 1) + cell * self._release + around
        self.right = INTERPOLATOR_HALF + 2 * cell - 1 + cell + around

    def process(self, window: Audio, first_frame: int) -> tuple[Audio, npt.NDArray[np.float32]]:
        """Limit the middle of a window.

        Parameters
        ----------
        window : ndarray, shape (channels, left + frames + right)
            The frames to limit with their context; zeros where the track has none.
        first_frame : int
            Absolute position of the window's first frame; negative before the track.

        Returns
        -------
        limited : ndarray of float32, shape (channels, frames)
        gain : ndarray of float32, shape (frames,)
            What each frame was multiplied with.

        Raises
        ------
        ParameterError
            If the window is shorter than its context, or holds NaN or infinity.
        """
        frames = window.shape[1] - self.left - self.right
        if frames < 0:
            raise ParameterError(
                f"window of {window.shape[1]} frames must hold its context of "
                f"{self.left} + {self.right}"
            )
        window = np.require(window, np.float32, ("C", "W"))
        if not all(all_finite(row) for row in window):
            raise ParameterError("audio holds values that are not finite numbers")
        middle = window[:, self.left : self.left + frames]
        gain = self._gain(window, first_frame)
        if gain is None:
            return np.ascontiguousarray(middle), np.ones(frames, np.float32)
        return middle * gain, gain

    def _gain(self, window: Audio, first_frame: int) -> npt.NDArray[np.float32] | None:
        """Gain of the window's middle, unless it is 1 all over."""
        refine_above = self._ceiling * 10 ** (-REFINE_BELOW_DB / 20)
        envelope = peaks_over(window, self._ceiling, refine_above)
        if float(envelope.max(initial=0.0)) <= self._ceiling:
            return None
        cell, start = self._cell_frames, first_frame + INTERPOLATOR_HALF
        first = -(-start // cell)
        cells = (start + envelope.size) // cell - first
        peaks = cell_peaks(envelope, first * cell - start, cells, cell)
        floor = release_floor(peaks, self._ceiling, self._slope)[self._release :]
        first += self._release
        knots = smoothed(floor, first, self._reach, self._width)
        first += self._reach + self._width - 1
        ahead = first_frame + self.left - first * cell
        frames = window.shape[1] - self.left - self.right
        gain: npt.NDArray[np.float32] = lines_between(
            knots[ahead // cell :], ahead % cell, frames, cell
        )
        return gain
