"""What a library holds, in numbers; tracks whose file is missing are counted apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["Contents", "contents"]

_SQL = {
    "tracks": """
        SELECT count(*), count(DISTINCT album_id), coalesce(sum(frames / rate_hz), 0.0),
            coalesce(sum(file_bytes), 0)::BIGINT, count(*) FILTER (loudness_lufs IS NOT NULL),
            (SELECT count(*) FROM tracks WHERE missing_since IS NOT NULL)
        FROM tracks WHERE missing_since IS NULL""",
    "artists": """
        SELECT count(DISTINCT artist)
        FROM (SELECT unnest(artists) AS artist FROM tracks WHERE missing_since IS NULL)""",
    "formats": """
        SELECT format, count(*) AS tracks FROM tracks WHERE missing_since IS NULL
        GROUP BY format ORDER BY tracks DESC, format""",
}


@dataclass(frozen=True, slots=True)
class Contents:
    """What a library holds.

    Attributes
    ----------
    tracks, albums, artists : int
        With a file that is there.
    duration_s : float
        Of all of them, as far as it is known.
    file_bytes : int
        Of all of them.
    measured : int
        Tracks of which the loudness is known.
    missing : int
        Tracks whose file is gone, not in the other numbers.
    formats : tuple of (str, int)
        Container or codec, and its tracks; the most frequent first.
    """

    tracks: int
    albums: int
    artists: int
    duration_s: float
    file_bytes: int
    measured: int
    missing: int
    formats: tuple[tuple[str, int], ...]


def contents(catalogue: Catalogue) -> Contents:
    """Count what a catalogue holds."""
    with catalogue.session() as s:
        ((tracks, albums, duration_s, size, measured, missing),) = s.rows(_SQL["tracks"])
        ((artists,),) = s.rows(_SQL["artists"])
        formats = tuple((name, count) for name, count in s.rows(_SQL["formats"]))
    return Contents(tracks, albums, artists, duration_s, size, measured, missing, formats)
