"""What is played and in which order, as the stream asks for it.

The stream knows neither queue nor catalogue. It asks a :class:`Programme` to open the place in the
queue that a listener names, and what follows that place when its end comes near; both may take
their time and are asked from threads of the stream.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from auralis_lab.audio import Audio, Readable
from auralis_lab.errors import StreamError
from auralis_lab.stream.protocol import Lane, Levelling

__all__ = [
    "AlbumPlace",
    "OneTrack",
    "Opened",
    "PlainStream",
    "Programme",
    "ReadableStream",
    "Sound",
    "Streamable",
    "follows_on_album",
    "open_track",
]


@dataclass(frozen=True)
class Sound:
    """How a track is to sound.

    Attributes
    ----------
    enhanced : bool
        Whether it is enhanced at all.
    preset : str
        By which preset.
    intensity : float
        How much of it, 0 to 1.
    """

    enhanced: bool
    preset: str = "adaptive"
    intensity: float = 1.0


@dataclass(frozen=True)
class AlbumPlace:
    """Where a track stands on its album; ``None`` where its tags do not say.

    Attributes
    ----------
    album : int
        The album's number.
    disc, track : int or None
        From 1 on.
    """

    album: int
    disc: int | None = None
    track: int | None = None


class ReadableStream(Readable, Protocol):
    """A track opened for listening, closed by whoever opened it.

    A stream whose true length is not known yet may say so with ``frames_is_estimate = True``;
    then `total_frames` is not asked for.
    """

    def close(self) -> None:
        """Give back what the stream holds."""


class Opened(ReadableStream, Protocol):
    """A track opened with one or two lanes; `channels` is the number of one lane.

    What :meth:`read` returns holds the lanes one below the other, shape
    ``(lanes * channels, frames)``.
    """

    @property
    def lanes(self) -> tuple[Lane, ...]:
        """The lanes, in the order of the rows that are read."""

    @property
    def provisional(self) -> bool:
        """Whether its plan was made from a part of the track."""

    @property
    def frames_is_estimate(self) -> bool:
        """Whether the true length is still unknown."""

    @property
    def album_place(self) -> AlbumPlace | None:
        """Where the track stands on its album, if on any."""

    def on_better(self, callback: Callable[[], None]) -> None:
        """Have `callback` called, once and from any thread, when a better plan is ready.

        It is not called after the stream is closed.
        """


class Programme(Protocol):
    """What there is to play."""

    def open(
        self, entry: str, track_id: int, sound: Sound, *, compare: bool, levelling: Levelling
    ) -> Opened:
        """Open a place in the queue; errors end the epoch with their message."""

    def following(self, entry: str) -> tuple[str, int] | None:
        """Entry and track that come after `entry`, or ``None`` if it is the last.

        Asked when the end of `entry` comes near.
        """

    def broke_off(self, track_id: int, at_s: float) -> None:
        """Take note that a track cannot be read beyond `at_s`, and what follows it is played."""


class Streamable(Protocol):
    """A track that can be opened; :class:`auralis_lab.track.Track` is one."""

    @property
    def id(self) -> int:
        """Number of the track."""

    def open_stream(
        self,
        preset: str | None = None,
        *,
        intensity: float = 1.0,
        compare: bool = False,
        levelling: Levelling = "off",
        at_once: bool = False,
    ) -> ReadableStream:
        """Open for listening; with `at_once`, rather on a provisional plan than late."""


def open_track(
    track: Streamable, sound: Sound, *, compare: bool = False, levelling: Levelling = "off"
) -> Opened:
    """Open a track for listening, at once.

    Parameters
    ----------
    track : Streamable
        What to open.
    sound : Sound
        How it is to sound. When comparing, what the enhanced lane is.
    compare : bool
        Whether the original and the enhanced track travel together.
    levelling : {'off', 'track', 'album'}
        By whose loudness it is brought to one level.

    Returns
    -------
    opened : Opened
        A plain stream gets a lane without gain.
    """
    preset = sound.preset if sound.enhanced or compare else None
    stream = track.open_stream(
        preset, intensity=sound.intensity, compare=compare, levelling=levelling, at_once=True
    )
    if hasattr(stream, "lanes"):
        return stream  # type: ignore[return-value]
    return PlainStream(stream, Lane(name="original" if preset is None else "enhanced"))


class PlainStream:
    """A stream of one lane that knows nothing of lanes."""

    provisional = False

    def __init__(
        self, stream: ReadableStream, lane: Lane, *, album_place: AlbumPlace | None = None
    ) -> None:
        self.rate_hz, self.channels = stream.rate_hz, stream.channels
        self.lanes = (lane,)
        self.album_place = album_place
        self._stream = stream

    @property
    def frames_is_estimate(self) -> bool:
        """Whether the true length is still unknown."""
        return bool(getattr(self._stream, "frames_is_estimate", False))

    @property
    def total_frames(self) -> int:
        """True length; may wait until it is known."""
        return self._stream.total_frames

    def read(self, start_frame: int, frames: int) -> Audio:
        """Frames from `start_frame` on; fewer only at the end."""
        return self._stream.read(start_frame, frames)

    def on_better(self, callback: Callable[[], None]) -> None:
        """Do nothing: there is no better one."""

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()


class OneTrack:
    """A programme of one track, after which nothing follows.

    Parameters
    ----------
    track : callable
        ``track()`` gives the track that is loaded now, or ``None``.
    """

    def __init__(self, track: Callable[[], Streamable | None]) -> None:
        self._track = track

    def open(
        self, entry: str, track_id: int, sound: Sound, *, compare: bool, levelling: Levelling
    ) -> Opened:
        """Open the track if it is still the one that is asked for."""
        track = self._track()
        if track is None or track.id != track_id:
            raise StreamError("this track is no longer loaded")
        return open_track(track, sound, compare=compare, levelling=levelling)

    def following(self, entry: str) -> tuple[str, int] | None:
        """Nothing."""
        return None

    def broke_off(self, track_id: int, at_s: float) -> None:
        """Nothing: it is told when nothing follows."""


def follows_on_album(place: AlbumPlace | None, after: AlbumPlace | None) -> bool:
    """Whether one track goes on where another of the same album ends.

    Without track numbers two neighbours of one album are taken to.

    Examples
    --------
    >>> follows_on_album(AlbumPlace(7, 1, 4), AlbumPlace(7, 1, 5))
    True
    >>> follows_on_album(AlbumPlace(7, 1, 4), AlbumPlace(7, 1, 9))
    False
    """
    if place is None or after is None or place.album != after.album:
        return False
    if place.track is None or after.track is None:
        return True
    disc, next_disc = place.disc or 1, after.disc or 1
    if next_disc == disc:
        return after.track == place.track + 1
    return next_disc == disc + 1 and after.track == 1
