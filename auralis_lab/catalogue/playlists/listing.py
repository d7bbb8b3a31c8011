"""What a playlist file says, whatever its format."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Listed", "Listing", "WrittenTrack"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a playlist file; None where the file does not say.

    Attributes
    ----------
    locations : tuple of str
        Where the track is, in one or several readings.
    artist_titles : tuple of (str, str)
        Artist and title, in one or several readings.
    album : str or None
    duration_s : float or None
    shown : str
        The entry as one line that can be printed.
    """

    locations: tuple[str, ...]
    artist_titles: tuple[tuple[str, str], ...]
    album: str | None
    duration_s: float | None
    shown: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A playlist file: its name, if it says one, and its entries.

    Attributes
    ----------
    name : str or None
    entries : tuple of Listed
    encoded : bool
        Whether its locations are URIs.
    """

    name: str | None
    entries: tuple[Listed, ...]
    encoded: bool


@dataclass(frozen=True, slots=True)
class WrittenTrack:
    """A track as it is written into a playlist file; `path` as the operating system opens it."""

    path: str
    title: str
    artist: str | None
    album: str | None
    duration_s: float | None
    track_number: int | None
