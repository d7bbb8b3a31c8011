"""A track of a library opened for listening: its lanes, their levels, and its plan.

The plan is a provisional one where the track was not measured before and time matters.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from auralis_lab.analysis.profile import Profile, measure
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import ParameterError
from auralis_lab.measured import Measured, read_profile
from auralis_lab.plan.enhance import plan
from auralis_lab.stream.enhanced import EnhancedStream
from auralis_lab.stream.lanes import LanedStream, Level, SharedPass, album_level, levelled_lanes
from auralis_lab.stream.programme import AlbumPlace
from auralis_lab.stream.protocol import LaneName, Levelling
from auralis_lab.stream.provisional import Head, Improvement, improve, provisional_plan

if TYPE_CHECKING:
    from auralis_lab.catalogue.finding.queries import TrackRow
    from auralis_lab.io.source import AudioSource
    from auralis_lab.plan.model import Plan
    from auralis_lab.stream.programme import ReadableStream

__all__ = ["Wanted", "open_lanes"]

MAX_ALBUM_TRACKS = 1_000

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True)
class Wanted:
    """How a track is to be opened; see :meth:`auralis_lab.track.Track.open_stream`."""

    preset: str | None
    intensity: float
    compare: bool
    levelling: Levelling
    at_once: bool

    def __post_init__(self) -> None:
        if self.compare and self.preset is None:
            raise ParameterError("compare=True needs a preset")


def open_lanes(
    wanted: Wanted, row: TrackRow, source: AudioSource, measured: Measured, catalogue: Catalogue
) -> LanedStream:
    """Open the lanes of a track over one source, which they close.

    Parameters
    ----------
    wanted : Wanted
        What is asked for.
    row : TrackRow
        The track.
    source : AudioSource
        Its file, opened for this stream alone.
    measured : Measured
        What is known of it, or can be.
    catalogue : Catalogue
        Where its album is.
    """
    found = _found(wanted, row, source, measured)
    improvement: Improvement | None = None
    if not found.whole:
        improvement = improve(row.content_key, measured.over_time)
    try:
        streams, levels = _streams(wanted, row, source, found)
        album = _album_level(row, catalogue) if wanted.levelling == "album" else None
    except BaseException:
        if improvement is not None:
            improvement.leave()
        raise
    return LanedStream(
        streams,
        levelled_lanes(levels, levelling=wanted.levelling, album=album),
        album_place=_album_place(row),
        improvement=improvement,
    )


@dataclass(frozen=True)
class _Found:
    """What is known of a track for listening, and whether that is all there is to know."""

    level: Level
    frames: int | None
    plan: Plan | None
    whole: bool


def _found(wanted: Wanted, row: TrackRow, source: AudioSource, measured: Measured) -> _Found:
    """Return what is known, or can be known in time."""
    if wanted.preset is None and wanted.levelling == "off":
        return _Found(Level(), None, None, whole=True)
    asked = (row.content_key, wanted.preset, wanted.intensity)
    found = _recent.get(asked)
    if found is None:
        found = _decided(wanted, row, source, measured)
        if found.whole:
            _recent.put(asked, found)
    return found


def _decided(wanted: Wanted, row: TrackRow, source: AudioSource, measured: Measured) -> _Found:
    profile = measured.at_hand if wanted.at_once else measured.over_time()
    whole = profile is not None and profile.envelopes is not None
    frames = None if profile is None else profile.frames
    if profile is None:
        profile = _heads.get(row.content_key)
        if profile is None:
            profile = measure(Head(source))
            _heads.put(row.content_key, profile)
    decided: Plan | None = None
    if wanted.preset is not None:
        decide = plan if whole else provisional_plan
        decided = decide(profile, wanted.preset, intensity=wanted.intensity)
    loudness = profile.loudness
    level = Level(loudness.integrated_lufs, loudness.true_peak_dbtp)
    return _Found(level, frames, decided, whole)


def _streams(
    wanted: Wanted, row: TrackRow, source: AudioSource, found: _Found
) -> tuple[list[ReadableStream], dict[LaneName, Level]]:
    """Return the stream of each lane, and what it measures."""
    original: ReadableStream = SharedPass(source) if wanted.compare else source
    streams: list[ReadableStream] = []
    levels: dict[LaneName, Level] = {}
    if found.plan is None or wanted.compare:
        streams.append(original)
        levels["original"] = found.level
    if found.plan is not None:
        key = source.key
        streams.append(EnhancedStream(original, found.plan, found.frames, audio_key=key))
        expected = found.plan.predicted
        levels["enhanced"] = Level(expected.integrated_lufs, expected.true_peak_dbtp)
    return streams, levels


def _album_place(row: TrackRow) -> AlbumPlace | None:
    if row.album_id is None:
        return None
    return AlbumPlace(row.album_id, row.disc_number, row.track_number)


def _album_level(row: TrackRow, catalogue: Catalogue) -> Level | None:
    """Return loudness and peak of the track's album, as far as that is measured."""
    if row.album_id is None:
        return None
    keys = {each.content_key for each in catalogue.albums.tracks(row.album_id)}
    texts = catalogue.profiles.get_many(sorted(keys)[:MAX_ALBUM_TRACKS]).values()
    return album_level(_levels(map(read_profile, texts)))


def _levels(profiles: Iterable[Profile | None]) -> list[tuple[Level, float]]:
    return [
        (Level(each.loudness.integrated_lufs, each.loudness.true_peak_dbtp), each.duration_s)
        for each in profiles
        if each is not None
    ]


class _Recent(Generic[_Key, _Value]):
    """The values last used, so that a seek does not decide again what was decided."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._values: OrderedDict[_Key, _Value] = OrderedDict()

    def get(self, key: _Key) -> _Value | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: _Key, value: _Value) -> None:
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._count:
                self._values.popitem(last=False)


_recent: _Recent[tuple[str, str | None, float], _Found] = _Recent(6)
_heads: _Recent[str, Profile] = _Recent(6)
