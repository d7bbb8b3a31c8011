"""How much sound is under way, and in which pieces.

Lengths are frames. The window opens slowly: two seconds, and two more for each second heard, so
that a chain of seeks does not refill it each time. Blocks start short, so that the first sound
comes at once, and grow until a message is large enough to be cheap.
"""

from __future__ import annotations

from dataclasses import dataclass

from auralis_lab.audio import seconds_to_frames

__all__ = ["Pace"]

FIRST_BLOCK_S = 0.25
LONGEST_BLOCK_S = 2.0
FIRST_WINDOW_S = 2.0
BLOCK_BYTES = 256 * 1024
MESSAGES_IN_WINDOW = 64
BYTES_PER_SAMPLE = 4


@dataclass(frozen=True)
class Pace:
    """How much may be under way, and in which pieces, for one format.

    Parameters
    ----------
    rate_hz, channels : int
        The stream's format.
    window_s : float
        Sound that may be under way or waiting at the listener.
    """

    rate_hz: int
    channels: int
    window_s: float

    @property
    def full_window_frames(self) -> int:
        """The window once it is open."""
        return seconds_to_frames(self.window_s, self.rate_hz)

    def window_frames(self, consumed_frames: int) -> int:
        """Return the window after `consumed_frames` of an epoch were heard."""
        opening = seconds_to_frames(FIRST_WINDOW_S, self.rate_hz) + 2 * consumed_frames
        return min(opening, self.full_window_frames)

    def block_frames(self, seq: int, consumed_frames: int) -> int:
        """Return the length of block number `seq`: 0.25 s, 0.5 s, ... up to the largest.

        The largest carries 256 KiB, or 1/64 of the window where that is more (so that few messages
        are under way at once), but no more than 2 s or half of what the window is now.
        """
        frame_bytes = BYTES_PER_SAMPLE * self.channels
        cheap = max(BLOCK_BYTES // frame_bytes, self.full_window_frames // MESSAGES_IN_WINDOW)
        longest = seconds_to_frames(LONGEST_BLOCK_S, self.rate_hz)
        ramp = seconds_to_frames(FIRST_BLOCK_S * 2 ** min(seq, 16), self.rate_hz)
        return max(1, min(ramp, cheap, longest, self.window_frames(consumed_frames) // 2))
