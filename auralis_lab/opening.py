"""A track of a library opened for listening: its lanes, their levels, and its plan.

The plan is a provisional one where the track was not measured before and time matters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auralis_lab.analysis.profile import measure
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
    from auralis_lab.analysis.profile import Profile
    from auralis_lab.catalogue.finding.queries import TrackRow
    from auralis_lab.io.source import AudioSource
    from auralis_lab.plan.model import Plan
    from auralis_lab.stream.programme import ReadableStream

__all__ = ["Wanted", "open_lanes"]

MAX_ALBUM_TRACKS = 1_000


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
    profile, whole = None, True
    if wanted.preset is not None or wanted.levelling != "off":
        profile, whole = _profile(wanted, source, measured)
    improvement: Improvement | None = None
    if not whole:
        improvement = improve(row.content_key, measured.over_time)
    try:
        streams, levels = _streams(wanted, row, source, profile, whole)
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


def _profile(wanted: Wanted, source: AudioSource, measured: Measured) -> tuple[Profile, bool]:
    """Return what is known, or can be known in time, and whether that is all there is to know."""
    if not wanted.at_once:
        return measured.over_time(), True
    profile = measured.at_hand
    if profile is None:
        return measure(Head(source)), False
    return profile, profile.envelopes is not None


def _streams(
    wanted: Wanted, row: TrackRow, source: AudioSource, profile: Profile | None, whole: bool
) -> tuple[list[ReadableStream], dict[LaneName, Level]]:
    """Return the stream of each lane, and what it measures."""
    original: ReadableStream = SharedPass(source) if wanted.compare else source
    streams: list[ReadableStream] = []
    levels: dict[LaneName, Level] = {}
    if wanted.preset is None or wanted.compare:
        streams.append(original)
        levels["original"] = Level()
        if profile is not None:
            found = profile.loudness
            levels["original"] = Level(found.integrated_lufs, found.true_peak_dbtp)
    if wanted.preset is not None:
        assert profile is not None
        decided = _plan(wanted.preset, wanted.intensity, profile, whole)
        frames = profile.frames if whole else None
        streams.append(EnhancedStream(original, decided, frames, audio_key=row.content_key))
        expected = decided.predicted
        levels["enhanced"] = Level(expected.integrated_lufs, expected.true_peak_dbtp)
    return streams, levels


def _plan(preset: str, intensity: float, profile: Profile, whole: bool) -> Plan:
    if whole:
        return plan(profile, preset, intensity=intensity)
    return provisional_plan(profile, preset, intensity=intensity)


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
