"""Look-ahead true-peak limiter, finite on both sides.

Conventions: audio is ``float32``, shape ``(channels, frames)``; gains are linear; frame numbers are
absolute positions in the track.

The gain of a frame is found in four steps, each of which looks at a bounded neighbourhood:

1. *Envelope*: the true peak of BS.1770 Annex 2, refined to eight points a frame where it nears the
   ceiling, so that meters with a finer interpolator agree.
2. *Release*: ceiling over envelope, at most 1; after a reduction the gain rises by a straight line
   that would cross the whole range in `release_frames`, so a small reduction is over sooner.
3. *Sliding minimum* over the look-ahead on both sides.
4. *Smoothing* by a triangle of a slightly shorter reach. A weighted mean of values that are all at
   or below the required gain is at or below it too, hence no overshoot; and within the reach of
   the interpolator around a peak, every sample has a gain that low.

No step remembers earlier calls, and every sum is taken in an order fixed by the absolute position,
so the result does not depend on how a track is cut.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio
from auralis_lab.dsp.kernels import (
    INTERPOLATOR_HALF,
    box_mean,
    raise_by_eighths,
    release_floor,
    sliding_minimum,
)
from auralis_lab.dsp.true_peak import TRUE_PEAK_LEFT_FRAMES, true_peak_envelope
from auralis_lab.errors import ParameterError

__all__ = ["Limiter"]

LARGEST_OVERSHOOT = 3.0  # above the sum of magnitudes of any phase of either interpolator
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
        self._half = lookahead_frames // 2
        self._release = release_frames
        reach = 2 * self._half + INTERPOLATOR_HALF
        self.left = INTERPOLATOR_HALF + release_frames + reach
        self.right = INTERPOLATOR_HALF + reach

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
            If the window is shorter than its context.
        """
        frames = window.shape[1] - self.left - self.right
        if frames < 0:
            raise ParameterError(
                f"window of {window.shape[1]} frames must hold its context of "
                f"{self.left} + {self.right}"
            )
        middle = window[:, self.left : self.left + frames]
        # No interpolated value exceeds the largest sample by more than the factor.
        if float(np.abs(window).max(initial=0.0)) * LARGEST_OVERSHOOT <= self._ceiling:
            return np.ascontiguousarray(middle), np.ones(frames, np.float32)
        envelope = self._envelope(window)
        if float(envelope.max(initial=0.0)) <= self._ceiling:
            return np.ascontiguousarray(middle), np.ones(frames, np.float32)
        floor = release_floor(envelope, self._ceiling, 1.0001 / self._release)
        low = sliding_minimum(floor[self._release :], self._half + INTERPOLATOR_HALF)
        start = first_frame + self.left - self._half
        smooth = box_mean(low, start, self._half + 1)
        gain = box_mean(smooth, start, self._half + 1).astype(np.float32)
        return middle * gain, gain

    def _envelope(self, window: Audio) -> npt.NDArray[np.float32]:
        """True peak around each frame but the outermost 12."""
        trim = INTERPOLATOR_HALF - 1 - TRUE_PEAK_LEFT_FRAMES
        inner = np.ascontiguousarray(window[:, 1 + trim : window.shape[1] - trim])
        envelope = true_peak_envelope(inner)
        threshold = self._ceiling * 10 ** (-REFINE_BELOW_DB / 20)
        for channel in window:
            raise_by_eighths(channel[1:], envelope, threshold)
        return envelope
