"""One or two sounds of a track, read together and brought to one loudness.

Conventions: audio is ``float32``, shape ``(lanes * channels, frames)``: all channels of the first
lane, then all of the second. Gains are decibels, loudness is LUFS, true peak dBTP.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auralis_lab.audio import Audio, check_span
from auralis_lab.stream.protocol import Lane, LaneName, Levelling

if TYPE_CHECKING:
    from auralis_lab.stream.programme import AlbumPlace, ReadableStream
    from auralis_lab.stream.provisional import Improvement

__all__ = [
    "LEVEL_LUFS",
    "LanedStream",
    "Level",
    "SharedPass",
    "album_level",
    "levelled_lanes",
]

LEVEL_LUFS = -18.0
"""Loudness that levelling aims at, the reference of ReplayGain 2.0."""
KEPT_FRAMES = 1 << 18


@dataclass(frozen=True)
class Level:
    """What a sound measures; ``None`` where that is not known.

    Attributes
    ----------
    loudness_lufs : float or None
        Integrated.
    true_peak_dbtp : float or None
        Without it, the sound is not made louder.
    """

    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None

    @property
    def loudest_lufs(self) -> float:
        """Loudness at which its peaks reach full scale, or that it has when they are over it."""
        assert self.loudness_lufs is not None
        room_db = 0.0 if self.true_peak_dbtp is None else -self.true_peak_dbtp
        return self.loudness_lufs + max(0.0, room_db)


class LanedStream:
    """Streams of one source as the lanes of one.

    Parameters
    ----------
    streams : sequence of ReadableStream
        One for each lane, of one format and length; closed with this one. The last one is read
        first.
    lanes : sequence of Lane
        What they are.
    album_place : AlbumPlace, optional
        Where the track stands on its album.
    improvement : Improvement, optional
        What a provisional plan waits for; left when this is closed.
    """

    def __init__(
        self,
        streams: Sequence[ReadableStream],
        lanes: Sequence[Lane],
        *,
        album_place: AlbumPlace | None = None,
        improvement: Improvement | None = None,
    ) -> None:
        self.rate_hz, self.channels = streams[0].rate_hz, streams[0].channels
        self.lanes = tuple(lanes)
        self.album_place = album_place
        self.provisional = improvement is not None
        self._streams = tuple(streams)
        self._improvement = improvement

    @property
    def frames_is_estimate(self) -> bool:
        """Whether the true length is still unknown."""
        return bool(getattr(self._streams[-1], "frames_is_estimate", False))

    @property
    def total_frames(self) -> int:
        """True length; may wait until it is known."""
        return self._streams[-1].total_frames

    def read(self, start_frame: int, frames: int) -> Audio:
        """Frames of all lanes from `start_frame` on; fewer only at the end."""
        if len(self._streams) == 1:
            return self._streams[0].read(start_frame, frames)
        parts = [stream.read(start_frame, frames) for stream in reversed(self._streams)]
        return np.concatenate(parts[::-1])

    def on_better(self, callback: Callable[[], None]) -> None:
        """Have `callback` called once when a better plan is ready, unless this is closed before."""
        if self._improvement is not None:
            self._improvement.on_better(callback)

    def close(self) -> None:
        """Close the streams."""
        if self._improvement is not None:
            self._improvement.leave()
        for stream in self._streams:
            stream.close()


class SharedPass:
    """A source that keeps the frames last read from it, so that two readers cost one pass.

    Parameters
    ----------
    source : ReadableStream
        Where to read. Closed with this one, by whichever reader closes first.
    """

    def __init__(self, source: ReadableStream) -> None:
        self.rate_hz, self.channels = source.rate_hz, source.channels
        self._source = source
        self._kept = np.empty((source.channels, KEPT_FRAMES), np.float32)
        self._first = self._stop = 0

    @property
    def frames_is_estimate(self) -> bool:
        """Whether the true length is still unknown."""
        return bool(getattr(self._source, "frames_is_estimate", False))

    @property
    def total_frames(self) -> int:
        """True length; may wait until it is known."""
        return self._source.total_frames

    def read(self, start_frame: int, frames: int) -> Audio:
        """Frames from `start_frame` on; fewer only at the end."""
        check_span(start_frame, frames)
        stop = start_frame + frames
        if frames > KEPT_FRAMES // 2:
            return self._source.read(start_frame, frames)
        if not self._first <= start_frame <= self._stop:
            self._first = self._stop = start_frame
        if stop > self._stop:
            self._take(self._source.read(self._stop, stop - self._stop))
        at = start_frame - self._first
        return self._kept[:, at : min(stop, self._stop) - self._first].copy()

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def _take(self, block: Audio) -> None:
        """Append to what is kept; the older half goes when there is no room."""
        held, frames = self._stop - self._first, block.shape[1]
        if held + frames > KEPT_FRAMES:
            stays = min(held, KEPT_FRAMES // 2)
            self._kept[:, :stays] = self._kept[:, held - stays : held].copy()
            self._first, held = self._stop - stays, stays
        self._kept[:, held : held + frames] = block
        self._stop += frames


def levelled_lanes(
    levels: dict[LaneName, Level], *, levelling: Levelling = "off", album: Level | None = None
) -> tuple[Lane, ...]:
    """Give each lane the gain that brings all of them to one loudness.

    Without levelling, the louder of two lanes comes down to the other, and a single lane stays as
    it is. With levelling by track, the lanes come to `LEVEL_LUFS`; by album, the original moves as
    its album has to, so that the tracks of an album keep their distances. No lane is lifted so far
    that its true peak would pass full scale: then all of them stay that much lower.

    Parameters
    ----------
    levels : dict of LaneName to Level
        The lanes in their order.
    levelling : {'off', 'track', 'album'}
        By whose loudness.
    album : Level, optional
        Of the album as a whole; where it is not known, the track stands for it.

    Returns
    -------
    lanes : tuple of Lane
        Without gains where a loudness is not known.

    Examples
    --------
    >>> pair = {"original": Level(-9.0, 0.2), "enhanced": Level(-14.0, -1.0)}
    >>> [(lane.name, lane.gain_db) for lane in levelled_lanes(pair)]
    [('original', -5.0), ('enhanced', 0.0)]
    """
    known = [level for level in levels.values() if level.loudness_lufs is not None]
    gains = dict.fromkeys(levels, 0.0)
    if len(known) == len(levels) and (levelling != "off" or len(levels) > 1):
        wanted = _common_lufs(known, levelling, album)
        loudest = min(level.loudest_lufs for level in known)
        common = min(wanted, loudest) if levelling != "off" else wanted
        gains = {name: common - (each.loudness_lufs or 0.0) for name, each in levels.items()}
    return tuple(
        Lane(name=name, gain_db=round(gains[name], 3) + 0.0, loudness_lufs=each.loudness_lufs)
        for name, each in levels.items()
    )


def _common_lufs(levels: Sequence[Level], levelling: Levelling, album: Level | None) -> float:
    """Loudness that all lanes are to have; `levels` are known, that of the original first."""
    heard = [level.loudness_lufs for level in levels if level.loudness_lufs is not None]
    if levelling == "off":
        return min(heard)
    if levelling == "track" or album is None or album.loudness_lufs is None:
        return LEVEL_LUFS
    return heard[0] + min(LEVEL_LUFS, album.loudest_lufs) - album.loudness_lufs


def album_level(tracks: Sequence[tuple[Level, float]]) -> Level | None:
    """Loudness of an album as of one long track, and its highest peak.

    Parameters
    ----------
    tracks : sequence of (Level, float)
        The level and the seconds of each track; silent ones do not count.

    Returns
    -------
    level : Level or None
        ``None`` where no track has a loudness.

    Examples
    --------
    >>> album_level([(Level(-10.0, -1.0), 60.0), (Level(-10.0, -3.0), 180.0)])
    Level(loudness_lufs=-10.0, true_peak_dbtp=-1.0)
    """
    energy = seconds = 0.0
    peaks = []
    for level, length_s in tracks:
        if level.loudness_lufs is not None:
            energy += length_s * 10 ** (level.loudness_lufs / 10)
            seconds += length_s
        if level.true_peak_dbtp is not None:
            peaks.append(level.true_peak_dbtp)
    if energy <= 0:
        return None
    return Level(10 * math.log10(energy / seconds), max(peaks, default=None))
