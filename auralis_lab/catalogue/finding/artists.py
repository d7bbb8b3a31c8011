"""Artists: pages, search, and the tracks and albums of one.

Conventions: an artist is a name without case, accents and punctuation, its *key*; it is shown in
its most frequent spelling. An artist is there as long as a track is that names it. Tracks of one's
own and appearances as a guest are counted apart, and so are albums of one's own and albums of
others, compilations among them, that one appears on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auralis_lab.catalogue.finding.albumrows import AlbumRow, album_rows
from auralis_lab.catalogue.finding.artistnames import ArtistNames, artist_names, is_plain
from auralis_lab.catalogue.finding.artistrows import ArtistRow, artist_parts, artist_rows, fold
from auralis_lab.catalogue.finding.filters import MAX_WORDS
from auralis_lab.catalogue.finding.keys import SEPARATOR
from auralis_lab.catalogue.finding.rows import TrackRow, read_rows
from auralis_lab.catalogue.listening.listening import check_id, check_limit
from auralis_lab.errors import NotFoundError, ParameterError, check_choice

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["ARTIST_SORTS", "ArtistAlbums", "ArtistRow", "Artists"]

ARTIST_SORTS = ("name", "tracks")

_SQL = {
    "guests": """
        SELECT DISTINCT unnest(featured) FROM tracks
        WHERE artists_folded IN (SELECT credit FROM asked_credits) AND missing_since IS NULL""",
    "place": "SELECT album_order FROM tracks WHERE id = $after",
    "tracks": """
        WITH theirs AS MATERIALIZED (
            SELECT id, album_order, featured FROM tracks
            WHERE artists_folded IN (SELECT credit FROM asked_credits) AND missing_since IS NULL)
        SELECT id FROM theirs WHERE {role} AND {beyond} ORDER BY album_order, id LIMIT $limit""",
}


@dataclass(frozen=True, slots=True)
class ArtistAlbums:
    """The albums of an artist, each kind by year and title."""

    own: tuple[AlbumRow, ...]
    appears_on: tuple[AlbumRow, ...]


class Artists:
    """The artists of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def list(
        self,
        sort: str = "name",
        *,
        descending: bool = False,
        limit: int = 50,
        after: str | None = None,
    ) -> tuple[ArtistRow, ...]:
        """Return one page of the artists that a track names that is there.

        Parameters
        ----------
        sort : {'name', 'tracks'}
            By name without case and accents, or by the number of tracks they are on, ties by name.
        descending : bool
            Turns the whole order around.
        limit : int
            1 to 200 rows.
        after : str, optional
            Name of the last row of the page before; the first page if None.

        Raises
        ------
        ParameterError
            If an argument is none of these.
        NotFoundError
            If there is no artist `after`.
        """
        check_choice("sort", sort, ARTIST_SORTS)
        check_limit(limit)
        if not isinstance(descending, bool):
            raise ParameterError(f"descending={descending!r} must be true or false")
        key = None if after is None else _key(after)
        with self._catalogue.session() as s:
            names = artist_names(self._catalogue, s)
            if key is not None and key not in names.credits:
                raise NotFoundError(f"there is no artist {after!r}")
            keys = names.page(sort, descending=descending, limit=limit, after=key)
            return artist_rows(s, names, keys)

    def search(self, text: str, limit: int = 50) -> tuple[ArtistRow, ...]:
        """Return the artists in whose name every word of `text` occurs, best first.

        Names that begin with the text come first, then those in which all words begin words, then
        the others; of each kind those with the most tracks first.

        Raises
        ------
        ParameterError
            If `limit` is not 1 to 200 or there are more than 32 words.
        """
        check_limit(limit)
        if not isinstance(text, str):
            raise ParameterError(f"text={text!r} must be text")
        phrase = fold(text)
        words = list(dict.fromkeys(phrase.split()))
        if len(words) > MAX_WORDS:
            raise ParameterError(f"text of {len(words)} words must be {MAX_WORDS} words at most")
        with self._catalogue.session() as s:
            names = artist_names(self._catalogue, s)
            found = [key for key in names.sorted if all(word in key for word in words)]

            def rank(key: str) -> tuple[int, int, str]:
                starts = all(f" {word}" in f" {key}" for word in words)
                return 0 if key.startswith(phrase) else 2 - starts, -names.counts[key], key

            return artist_rows(s, names, sorted(found, key=rank)[:limit])

    def get(self, name: str) -> ArtistRow:
        """Return one artist, in whatever case and accents the name comes.

        Raises
        ------
        ParameterError
            If `name` is no text.
        NotFoundError
            If no track that is there names the artist.
        """
        with self._catalogue.session() as s:
            key, names = self._found(s, name)
            return artist_rows(s, names, [key])[0]

    def tracks(
        self,
        name: str,
        *,
        featured: bool | None = None,
        limit: int = 50,
        after: int | None = None,
    ) -> tuple[TrackRow, ...]:
        """Return one page of the tracks that name an artist and are there, by album.

        Parameters
        ----------
        name : str
        featured : bool, optional
            True for those on which the artist is a guest, False for the others; all if None.
        limit : int
            1 to 200 rows.
        after : int, optional
            Id of the last track of the page before; the first page if None.

        Raises
        ------
        ParameterError
            If an argument is none of these.
        NotFoundError
            If there is no such artist, or no track `after`.
        """
        check_limit(limit)
        if featured is not None and not isinstance(featured, bool):
            raise ParameterError(f"featured={featured!r} must be true, false or None")
        role, beyond = "true", "true"
        parameters: dict[str, object] = {"limit": limit}
        with self._catalogue.session() as s:
            key, names = self._found(s, name)
            credits = [c for c in names.credits[key] if not (featured and is_plain(c))]
            s.stage("asked_credits", {"credit": credits})
            if after is not None:
                place = s.row(_SQL["place"], {"after": check_id("after", after)})
                if place is None:
                    raise NotFoundError(f"there is no track {after}")
                beyond = "(album_order > $place OR (album_order = $place AND id > $after))"
                parameters |= {"place": place[0], "after": after}
            if featured is not None:
                guests = [guest for (guest,) in s.rows(_SQL["guests"]) if fold(guest) == key]
                role = f"list_has_any(featured, $guests) = {'true' if featured else 'false'}"
                parameters["guests"] = guests or [SEPARATOR]  # which no name holds
            sql = _SQL["tracks"].format(role=role, beyond=beyond)
            ids = [id_ for (id_,) in s.rows(sql, parameters)]
            return read_rows(s, ids)

    def albums(self, name: str) -> ArtistAlbums:
        """Return the albums of an artist and the albums of others that they appear on.

        Raises
        ------
        ParameterError
            If `name` is no text.
        NotFoundError
            If no track that is there names the artist.
        """
        with self._catalogue.session() as s:
            key, names = self._found(s, name)
            parts = artist_parts(s, names, [key])[key]
            rows = sorted(album_rows(s, parts.albums), key=_by_year)
        own = parts.own()
        return ArtistAlbums(
            tuple(row for row in rows if row.id in own),
            tuple(row for row in rows if row.id not in own),
        )

    def count(self) -> int:
        """Return how many artists a track names that is there."""
        with self._catalogue.session() as s:
            return len(artist_names(self._catalogue, s).sorted)

    def _found(self, s: Session, name: str) -> tuple[str, ArtistNames]:
        key, names = _key(name), artist_names(self._catalogue, s)
        if key not in names.credits:
            raise NotFoundError(f"there is no artist {name[:80]!r}")
        return key, names


def _by_year(row: AlbumRow) -> tuple[int, str, int]:
    return row.first_year or 10_000, fold(row.title), row.id


def _key(name: str) -> str:
    if not isinstance(name, str):
        raise ParameterError(f"name={name!r} must be text")
    return fold(name)
