"""What is made of something readable and is readable itself, in the same format."""

from __future__ import annotations

from auralis_lab.audio import Readable

__all__ = ["Derived"]


class Derived:
    """Has rate, channels and length of its source.

    Parameters
    ----------
    source : Readable
        What comes before. Not closed here.
    """

    def __init__(self, source: Readable) -> None:
        self.source = source

    @property
    def rate_hz(self) -> int:
        """Sample rate, that of the source."""
        return self.source.rate_hz

    @property
    def channels(self) -> int:
        """Number of channels, that of the source."""
        return self.source.channels

    @property
    def total_frames(self) -> int:
        """Length, exactly that of the source."""
        return self.source.total_frames
