"""What a player draws of a track: made on threads, once it is known that the track stays.

Conventions: the page draws a waveform of little-endian ``float32`` pairs, least and greatest sample
of each bin; chunks are frames. Nothing here keeps sound waiting, see
:mod:`auralis_lab.precedence`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import numpy as np

from auralis_lab.audio import seconds_to_frames
from auralis_lab.player.background import Background
from auralis_lab.player.playable import Playable

__all__ = ["SETTLE_S", "Details", "description"]

WAVEFORM_BINS = 2_000
ARTWORK_PX = 192
SETTLE_S = 0.25
"""Whoever goes through a list, or clicks twice to hear a track, has passed on by then."""

log = logging.getLogger(__name__)


class Details:
    """Makes artwork, waveform and chunks of the track that was loaded last.

    Parameters
    ----------
    made : callable
        Told the name of a trait and its value.
    """

    def __init__(self, made: Callable[[str, object], None]) -> None:
        self._made = made
        self._load = 0
        self._work = Background("player-details", workers=2, gives_way=True)

    def load(self, track: Playable | None) -> int:
        """Begin with another track, or none; return the number of this load."""
        self._load += 1
        load = self._load
        if track is not None:
            self._work.start(lambda: self._settle(track, load), doing="drawing", failed=log.warning)
        return load

    def close(self) -> None:
        """Make nothing more."""
        self._load += 1
        self._work.close()

    def _settle(self, track: Playable, load: int) -> None:
        time.sleep(SETTLE_S)
        if load == self._load:
            self._work.start(lambda: self._make(track, load), doing="drawing", failed=log.warning)

    def _make(self, track: Playable, load: int) -> None:
        """Make each part; each may fail by itself."""
        for trait, make in (
            ("_artwork", lambda: track.artwork(ARTWORK_PX) or b""),
            ("waveform", lambda: _waveform_bytes(track)),
            ("_grid", lambda: _grid_content(track)),
        ):
            if load != self._load:
                return
            try:
                value = make()
            except Exception:
                log.exception("no %s of track %d", trait.strip("_"), track.id)
                continue
            if load == self._load:
                self._made(trait, value)


def description(track: Playable, load: int) -> dict[str, object]:
    """Facts about a track that the page is told as it is loaded."""
    duration_s = track.duration_s
    return {
        "load": load,
        "id": track.id,
        "title": track.title,
        "artist": track.artist,
        "album": track.album,
        "format": track.format,
        "rate_hz": track.rate_hz,
        "channels": track.channels,
        "total_frames": 0 if duration_s is None else seconds_to_frames(duration_s, track.rate_hz),
    }


def _waveform_bytes(track: Playable) -> bytes:
    peaks = np.asarray(track.waveform(WAVEFORM_BINS))
    return peaks.astype("<f4", copy=False).tobytes()


def _grid_content(track: Playable) -> dict[str, object]:
    grid = track.chunk_grid()
    return {
        "total": grid.total_frames,
        "chunks": [[chunk.read.start, chunk.read.stop] for chunk in grid],
    }
