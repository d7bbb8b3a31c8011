"""A source in memory, and the ways to cut a track."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from auralis_lab.audio import Audio


class Track:
    """A Readable over an array; `read` hands out less at the end, like a file."""

    key = "0123abcd"

    def __init__(self, audio: Audio, rate_hz: int) -> None:
        self.audio = audio
        self.rate_hz = rate_hz
        self.channels, self.total_frames = audio.shape

    def read(self, start_frame: int, frames: int) -> Audio:
        return np.ascontiguousarray(self.audio[:, start_frame : start_frame + frames])


class BlockTrack(Track):
    """The same with `blocks`, whose lengths are whatever it likes."""

    def __init__(self, audio: Audio, rate_hz: int, lengths: list[int]) -> None:
        super().__init__(audio, rate_hz)
        self.lengths = lengths

    def blocks(self, block_frames: int, start_frame: int = 0) -> Iterator[Audio]:
        start = start_frame
        while start < self.total_frames:
            for length in self.lengths:
                yield self.read(start, length)
                start += length


@pytest.fixture
def track() -> Callable[[Audio, int], Track]:
    return Track


@pytest.fixture
def block_track() -> Callable[[Audio, int, list[int]], BlockTrack]:
    return BlockTrack


def cut(audio: Audio, lengths: list[int]) -> Iterator[Audio]:
    """Pieces of these lengths, over and over, until the audio ends."""
    start = 0
    while start < audio.shape[1]:
        for length in lengths:
            yield audio[:, start : start + length]
            start += length


@pytest.fixture(name="cut", scope="session")
def cut_fixture() -> Callable[[Audio, list[int]], Iterator[Audio]]:
    return cut
