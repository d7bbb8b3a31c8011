"""What is told of an artist, from the tracks that name it.

Conventions: runs inside a session. An artist is named by its key, the folded name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from auralis_lab.catalogue.finding.artistnames import ArtistNames, credit_in, is_plain, names_in
from auralis_lab.catalogue.finding.keys import SEPARATOR
from auralis_lab.catalogue.text import fold as fold_text

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["ArtistParts", "ArtistRow", "artist_parts", "artist_rows", "fold"]

_SQL = {
    "parts": """
        SELECT artists_folded, artist, album_id, count(*),
            min(id) FILTER (picture_key IS NOT NULL)
        FROM tracks
        WHERE artists_folded IN (SELECT credit FROM asked_credits) AND missing_since IS NULL
        GROUP BY ALL""",
    "names": """
        SELECT artists_folded, array_to_string(artists, chr(1)),
            array_to_string(featured, chr(1)), count(*)
        FROM tracks
        WHERE artists_folded IN (SELECT credit FROM asked_credits) AND missing_since IS NULL
        GROUP BY ALL""",
    "album_artists": """
        SELECT id, artist FROM albums WHERE id IN (SELECT id FROM asked_albums)""",
}

fold = lru_cache(maxsize=65_536)(fold_text)
"""Names are folded again and again."""


@dataclass(frozen=True, slots=True)
class ArtistRow:
    """One artist.

    Attributes
    ----------
    name : str
        The spelling that most tracks have.
    key : str
        The name folded: what makes two spellings one artist.
    track_count : int
        Tracks by them, alone or with others.
    featured_count : int
        Tracks of others on which they are a guest.
    album_count : int
        Albums that are credited to them, alone or with others.
    appears_on_count : int
        Other albums with a track that names them.
    picture_track_id : int or None
        A track with a picture, if one has one.
    """

    name: str
    key: str
    track_count: int
    featured_count: int
    album_count: int
    appears_on_count: int
    picture_track_id: int | None


@dataclass
class ArtistParts:
    """What the tracks say that name an artist."""

    spellings: Counter[str] = field(default_factory=Counter)
    track_count: int = 0
    featured_count: int = 0
    albums: dict[int, str | None] = field(default_factory=dict)
    credits: set[str] = field(default_factory=set)
    pictures: list[int] = field(default_factory=list)

    def own(self) -> set[int]:
        """Return the albums whose artist reads like a credit in which this one is no guest."""
        return {
            id_ for id_, artist in self.albums.items() if artist and fold(artist) in self.credits
        }


def artist_parts(s: Session, names: ArtistNames, keys: Sequence[str]) -> dict[str, ArtistParts]:
    """Return what the tracks say of each of some artists that are there."""
    parts = {key: ArtistParts(credits={key}) for key in keys}
    credits = dict.fromkeys(credit for key in keys for credit in names.credits[key])
    s.stage("asked_credits", {"credit": list(credits)})
    rows = s.rows(_SQL["parts"])
    s.stage("asked_albums", {"id": list({row[2] for row in rows} - {None})})
    album_artists = dict(s.rows(_SQL["album_artists"]))
    for credit, spelled, album_id, count, picture in rows:
        for part in _asked(credit, parts).values():
            if is_plain(credit):
                part.track_count += count
                part.spellings[spelled] += count
            if album_id is not None:
                part.albums[album_id] = album_artists.get(album_id)
            if picture is not None:
                part.pictures.append(picture)
    if several := [credit for credit in credits if not is_plain(credit)]:
        s.stage("asked_credits", {"credit": several})
        for credit, spelled, guests, count in s.rows(_SQL["names"]):
            featured = {fold(guest) for guest in guests.split(SEPARATOR)}
            by_key = {fold(name): name for name in spelled.split(SEPARATOR)}
            for key, part in _asked(credit, parts).items():
                part.spellings[by_key.get(key, key)] += count
                if key in featured:
                    part.featured_count += count
                else:
                    part.track_count += count
                    part.credits.add(credit_in(credit))
    return parts


def _asked(credit: str, parts: dict[str, ArtistParts]) -> dict[str, ArtistParts]:
    """Those of the artists that a credit names."""
    return {key: parts[key] for key in names_in(credit) if key in parts}


def artist_rows(s: Session, names: ArtistNames, keys: Sequence[str]) -> tuple[ArtistRow, ...]:
    """Return some artists that are there, in the order of their keys."""
    if not keys:
        return ()
    return tuple(_row(key, part) for key, part in artist_parts(s, names, keys).items())


def _row(key: str, part: ArtistParts) -> ArtistRow:
    own = len(part.own())
    return ArtistRow(
        name=min(part.spellings, key=lambda name: (-part.spellings[name], name)),
        key=key,
        track_count=part.track_count,
        featured_count=part.featured_count,
        album_count=own,
        appears_on_count=len(part.albums) - own,
        picture_track_id=min(part.pictures, default=None),
    )
