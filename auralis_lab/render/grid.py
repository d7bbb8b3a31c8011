"""Where chunks begin, end and overlap: the one place that knows.

Conventions: positions are absolute frames of the track, ranges are half-open, integers only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auralis_lab.audio import seconds_to_frames
from auralis_lab.errors import ParameterError
from auralis_lab.plan.table import counted

__all__ = ["CHUNK_S", "INTERVAL_S", "Chunk", "ChunkGrid", "Span"]

CHUNK_S = 15.0
INTERVAL_S = 10.0


@dataclass(frozen=True)
class Span:
    """Frames from `start` up to, but without, `stop`."""

    start: int
    stop: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.stop:
            raise ParameterError(f"span {self.start}..{self.stop} must be ordered, 0 or more")

    @property
    def frames(self) -> int:
        """Length in frames."""
        return self.stop - self.start


@dataclass(frozen=True)
class Chunk:
    """One chunk of a track.

    Attributes
    ----------
    index : int
        Place in the grid, from 0.
    read : Span
        What the chunk covers, with the overlap at its end.
    emit : Span
        What it stands for in the output; the emit ranges of a grid tile the track.
    fade : Span or None
        The overlap with the next chunk, in which this one fades out and the next one in; ``None``
        for the last chunk and for grids without overlap.
    """

    index: int
    read: Span
    emit: Span
    fade: Span | None


@dataclass(frozen=True)
class ChunkGrid:
    """A track cut into equal chunks at equal intervals.

    Parameters
    ----------
    total_frames : int
        Length of the track, 0 or more.
    chunk_frames : int
        Length of a chunk; the last one is as long as it is.
    interval_frames : int
        From the start of one chunk to the start of the next. ``chunk_frames - interval_frames``
        is the overlap, at most one interval.

    Raises
    ------
    ParameterError
        If the interval is not positive, or the chunk is shorter than one or longer than two.

    Examples
    --------
    >>> grid = ChunkGrid(total_frames=23, chunk_frames=15, interval_frames=10)
    >>> [(c.read.start, c.read.stop, c.emit.start, c.emit.stop) for c in grid]
    [(0, 15, 0, 10), (10, 23, 10, 23)]
    """

    total_frames: int
    chunk_frames: int
    interval_frames: int

    def __post_init__(self) -> None:
        if self.total_frames < 0:
            raise ParameterError(f"total_frames={self.total_frames} must be 0 or more")
        if self.interval_frames < 1:
            raise ParameterError(f"interval_frames={self.interval_frames} must be 1 or more")
        if not self.interval_frames <= self.chunk_frames <= 2 * self.interval_frames:
            raise ParameterError(
                f"chunk_frames={self.chunk_frames} must be one to two times "
                f"interval_frames={self.interval_frames}"
            )

    @classmethod
    def for_rate(
        cls,
        total_frames: int,
        rate_hz: int,
        *,
        chunk_s: float = CHUNK_S,
        interval_s: float = INTERVAL_S,
    ) -> ChunkGrid:
        """Grid with lengths in seconds, by default 15 s chunks every 10 s."""
        return cls(
            total_frames,
            seconds_to_frames(chunk_s, rate_hz, name="chunk_s"),
            seconds_to_frames(interval_s, rate_hz, name="interval_s"),
        )

    def __repr__(self) -> str:
        return (
            f"<ChunkGrid: {counted(len(self), 'chunk')} of {self.chunk_frames:,} frames "
            f"every {self.interval_frames:,}, over {self.total_frames:,}>"
        )

    @property
    def overlap_frames(self) -> int:
        """Frames that a chunk shares with the next one."""
        return self.chunk_frames - self.interval_frames

    def __len__(self) -> int:
        if self.total_frames == 0:
            return 0
        beyond = max(0, self.total_frames - self.chunk_frames)
        return 1 + -(-beyond // self.interval_frames)

    def __getitem__(self, index: int) -> Chunk:
        count = len(self)
        if not 0 <= index < count:
            raise IndexError(f"chunk {index} of {count}")
        start = index * self.interval_frames
        stop = min(start + self.chunk_frames, self.total_frames)
        after = start + self.interval_frames
        last = index == count - 1
        return Chunk(
            index=index,
            read=Span(start, stop),
            emit=Span(start, self.total_frames if last else after),
            fade=None if last or self.overlap_frames == 0 else Span(after, stop),
        )

    def __iter__(self) -> Iterator[Chunk]:
        return (self[index] for index in range(len(self)))

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """All chunks, in order."""
        return tuple(self)

    @property
    def boundaries(self) -> tuple[int, ...]:
        """First frames of all chunks but the first: where a hard cut would join them."""
        return tuple(chunk.emit.start for chunk in self)[1:]
