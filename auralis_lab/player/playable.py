"""The shape of what can be played: what the player and its views ask of a track.

Any object of this shape will do; :class:`auralis_lab.lab.Track` is the one of the catalogue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from auralis_lab.stream.programme import ReadableStream
from auralis_lab.stream.protocol import Levelling

if TYPE_CHECKING:
    from auralis_lab.render.grid import ChunkGrid

__all__ = ["Listed", "Named", "Playable", "ReadableStream"]


class Named(Protocol):
    """What a row says of a track."""

    @property
    def id(self) -> int:
        """Number of the track, 0 or more."""

    @property
    def title(self) -> str:
        """Name of the track."""

    @property
    def artist(self) -> str:
        """Who plays it; may be empty."""

    @property
    def album(self) -> str | None:
        """Where it was published."""

    @property
    def duration_s(self) -> float | None:
        """Length in seconds, as far as it is known."""


class Listed(Named, Protocol):
    """What a list shows of a track."""

    @property
    def format(self) -> str:
        """Container or codec, in capitals."""

    def artwork(self, size_px: int = 256) -> bytes | None:
        """Picture of the track as JPEG or PNG, its longest side about `size_px`."""


class Playable(Listed, Protocol):
    """A track that a player can load."""

    @property
    def rate_hz(self) -> int:
        """Sample rate."""

    @property
    def channels(self) -> int:
        """Number of channels."""

    def open_stream(
        self,
        preset: str | None = None,
        *,
        intensity: float = 1.0,
        compare: bool = False,
        levelling: Levelling = "off",
        at_once: bool = False,
    ) -> ReadableStream:
        """Open the enhanced track, or with ``None`` the original; the caller closes it.

        With `compare` both, as two lanes (:class:`~auralis_lab.stream.programme.Opened`); with
        `at_once` rather on a provisional plan than late.
        """

    def waveform(self, bins: int) -> npt.NDArray[np.float32]:
        """Least and greatest sample over all channels, shape (bins, 2)."""

    def chunk_grid(self) -> ChunkGrid:
        """Return how the track is cut."""
