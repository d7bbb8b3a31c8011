"""Albums: pages, search, and the tracks of one.

Conventions: an album is listed as long as a track of it is there, and everything said of it is said
of those tracks. Which tracks are one album is settled by the scan, see ``albumkeys``. Orders end in
title and id, so every order is total; a page begins after the last album of the page before it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from auralis_lab.catalogue.listening import check_id, check_limit, track_rows
from auralis_lab.catalogue.queries import MAX_WORDS, TrackRow
from auralis_lab.catalogue.reading import LAST
from auralis_lab.catalogue.text import clean, fold
from auralis_lab.errors import NotFoundError, ParameterError, check_choice

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["ALBUM_SORTS", "AlbumRow", "Albums", "album_rows"]

ALBUM_SORTS = {
    "title": "title_order",
    "artist": "artist_order",
    "added": "added_at",
    "year": "coalesce(year, 10000)",
    "tracks": "coalesce(track_count, 0)",
    "duration": "coalesce(duration_ms, 9000000000000000000)",
}
"""Sort keys and what they compare; unknown values come last, or first when descending."""

_COUNTED = ("year", "tracks", "duration")
"""Sort keys that need all tracks to be counted."""

_THERE = """(
    SELECT album_id, count(*) AS track_count, min(year) AS year,
        sum((1000 * (frames / rate_hz))::BIGINT)::BIGINT AS duration_ms
    FROM tracks WHERE missing_since IS NULL {which} GROUP BY album_id) AS there
    ON there.album_id = albums.id"""

_SQL = {
    "page": """
        SELECT id, title, artist, added_at FROM albums {there} WHERE {beyond}
        ORDER BY {key} {direction}, title_order {direction}, id {direction} LIMIT $limit""",
    "place": f"""
        SELECT {{key}}, title_order
        FROM albums LEFT JOIN {_THERE.format(which="AND album_id = $after")}
        WHERE id = $after""",
    "search": """
        SELECT id, title, artist, added_at FROM albums {there} WHERE {all_words}
        ORDER BY CASE WHEN starts_with(title_order, $phrase) THEN 0
            WHEN {at_word_starts} THEN 1 ELSE 2 END, title_order, id LIMIT $limit""",
    "heads": """
        SELECT id, title, artist, added_at FROM albums
        WHERE id IN (SELECT id FROM asked_albums)""",
    "parts": """
        SELECT album_id, id, frames / rate_hz, year, format, genres, disc_number, disc_total,
            track_number, track_total, picture_key IS NOT NULL
        FROM tracks
        WHERE album_id IN (SELECT id FROM asked_albums) AND missing_since IS NULL""",
    "track_ids": """
        SELECT id FROM tracks WHERE album_id = $id AND missing_since IS NULL
        ORDER BY coalesce(disc_number, 1), coalesce(track_number, 0), title_sort, id""",
    "count": """
        SELECT count(*) FROM albums
        WHERE id IN (SELECT album_id FROM tracks WHERE missing_since IS NULL)""",
}


@dataclass(frozen=True, slots=True)
class AlbumRow:
    """One album, as its tracks that are there tell it.

    Attributes
    ----------
    artist : str or None
        Whom it is shown under; None for various or unknown artists.
    first_year, last_year : int or None
        Earliest and latest year of its tracks.
    track_count : int
        0 if all are missing.
    duration_s : float or None
        Sum of the lengths that are known; None if none is.
    genres, formats : tuple of str
        The most frequent first.
    picture_track_id : int or None
        The first track that carries a picture.
    disc_count : int
        Discs that the tags announce or number, at least 1.
    complete : bool or None
        Whether all tracks that the tags announce are there; None if they do not announce how many.
    added_at : datetime
        When the first of its tracks was found, UTC.
    """

    id: int
    title: str
    artist: str | None
    first_year: int | None
    last_year: int | None
    track_count: int
    duration_s: float | None
    genres: tuple[str, ...]
    formats: tuple[str, ...]
    picture_track_id: int | None
    disc_count: int
    complete: bool | None
    added_at: datetime


class Albums:
    """The albums of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def list(
        self,
        sort: str = "title",
        *,
        descending: bool = False,
        limit: int = 50,
        after: int | None = None,
    ) -> tuple[AlbumRow, ...]:
        """Return one page of the albums of which a track is there.

        Parameters
        ----------
        sort : {'title', 'artist', 'added', 'year', 'tracks', 'duration'}
            Various artists come after all others. Ties are broken by title and at last by id.
        descending : bool
            Turns the whole order around.
        limit : int
            1 to 200 rows.
        after : int, optional
            Id of the last row of the page before; the first page if None.

        Raises
        ------
        ParameterError
            If an argument is none of these.
        NotFoundError
            If there is no album with the id `after`.
        """
        check_choice("sort", sort, ALBUM_SORTS)
        check_limit(limit)
        if not isinstance(descending, bool):
            raise ParameterError(f"descending={descending!r} must be true or false")
        key, sign = ALBUM_SORTS[sort], "<" if descending else ">"
        parameters: dict[str, object] = {"limit": limit}
        beyond = "true"
        with self._catalogue.session() as s:
            if after is not None:
                parameters["after"] = check_id("after", after)
                place = s.row(_SQL["place"].format(key=key), {"after": after})
                if place is None:
                    raise NotFoundError(f"there is no album {after}")
                parameters |= {"key": place[0], "title": place[1]}
                beyond = (
                    f"({key} {sign} $key OR ({key} = $key AND (title_order {sign} $title "
                    f"OR (title_order = $title AND id {sign} $after))))"
                )
            texts = {"key": key, "direction": "DESC" if descending else "ASC", "beyond": beyond}
            return _there(s, _SQL["page"], texts, parameters, counted=sort in _COUNTED)

    def search(self, text: str, limit: int = 50) -> tuple[AlbumRow, ...]:
        """Return the albums in whose title or artist every word of `text` occurs, best first.

        Case, accents and punctuation do not count. Titles that begin with the text come first,
        then albums in which all words begin words, then the others, each by title.

        Raises
        ------
        ParameterError
            If `limit` is not 1 to 200 or there are more than 32 words.
        """
        check_limit(limit)
        if not isinstance(text, str):
            raise ParameterError(f"text={text!r} must be text")
        phrase = fold((clean(text) or "").replace(LAST, ""))
        words = list(dict.fromkeys(phrase.split()))
        if len(words) > MAX_WORDS:
            raise ParameterError(f"text of {len(words)} words must be {MAX_WORDS} words at most")
        tests = [f"contains(title_order, $w{i})" for i in range(len(words))]
        spaced = "' ' || replace(title_order, chr(1), ' ')"
        starts = [f"contains({spaced}, ' ' || $w{i})" for i in range(len(words))]
        texts = {
            "all_words": " AND ".join(tests) or "true",
            "at_word_starts": " AND ".join(starts) or "true",
        }
        parameters: dict[str, object] = {"phrase": phrase, "limit": limit}
        parameters |= {f"w{i}": word for i, word in enumerate(words)}
        with self._catalogue.session() as s:
            return _there(s, _SQL["search"], texts, parameters, counted=False)

    def get(self, album_id: int) -> AlbumRow:
        """Return one album, even if all its tracks are missing.

        Raises
        ------
        ParameterError
            If `album_id` is not an int.
        NotFoundError
            If there is no such album.
        """
        with self._catalogue.session() as s:
            rows = album_rows(s, [check_id("album_id", album_id)])
        if not rows:
            raise NotFoundError(f"there is no album {album_id}")
        return rows[0]

    def tracks(self, album_id: int) -> tuple[TrackRow, ...]:
        """Return the tracks of an album that are there, by disc and number.

        Raises
        ------
        ParameterError
            If `album_id` is not an int.
        NotFoundError
            If there is no such album.
        """
        with self._catalogue.session() as s:
            s.stage("asked_albums", {"id": [check_id("album_id", album_id)]})
            if not s.rows(_SQL["heads"]):
                raise NotFoundError(f"there is no album {album_id}")
            ids = [id_ for (id_,) in s.rows(_SQL["track_ids"], {"id": album_id})]
            found = track_rows(s, ids)
        return tuple(found[id_] for id_ in ids)

    def count(self) -> int:
        """Return how many albums there are of which a track is there."""
        with self._catalogue.session() as s:
            return int(s.rows(_SQL["count"])[0][0])


def album_rows(s: Session, album_ids: Iterable[int]) -> tuple[AlbumRow, ...]:
    """Return albums in the order of their ids asked for; those that are not known are left out."""
    ids = list(album_ids)
    s.stage("asked_albums", {"id": ids})
    heads = {head[0]: head for head in s.rows(_SQL["heads"])}
    return _filled(s, [heads[id_] for id_ in ids if id_ in heads])


def _there(
    s: Session, sql: str, texts: dict[str, str], parameters: dict[str, object], *, counted: bool
) -> tuple[AlbumRow, ...]:
    """Run a statement that yields albums, and leave out those of which no track is there.

    Such albums are few, so they are looked for only when the rows that came show one.
    """
    heads: Sequence[tuple[Any, ...]] = ()
    for there in (counted, True):
        join = f"JOIN {_THERE.format(which='')}" if there else ""
        heads = s.rows(sql.format(there=join, **texts), parameters)
        rows = _filled(s, heads)
        if there or all(row.track_count for row in rows):
            break
    return rows


@dataclass
class _Parts:
    """What the tracks of an album say."""

    ids: list[int] = field(default_factory=list)
    durations_s: list[float] = field(default_factory=list)
    years: list[int] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    genres: list[str] = field(default_factory=list)
    places: list[tuple[int, int | None, int | None]] = field(default_factory=list)
    disc_total: int = 0
    pictures: list[tuple[int, int, int]] = field(default_factory=list)


def _filled(s: Session, heads: Sequence[tuple[Any, ...]]) -> tuple[AlbumRow, ...]:
    """Tell of albums what their tracks say; heads are (id, title, artist, added_at)."""
    if not heads:
        return ()
    s.stage("asked_albums", {"id": [head[0] for head in heads]})
    albums: defaultdict[int, _Parts] = defaultdict(_Parts)
    for album_id, id_, length_s, year, kind, genres, disc, discs, number, total, pictured in s.rows(
        _SQL["parts"]
    ):
        parts = albums[album_id]
        parts.ids.append(id_)
        parts.formats.append(kind)
        parts.genres += genres
        parts.places.append((disc or 1, number, total))
        parts.disc_total = max(parts.disc_total, discs or 0)
        if length_s is not None:
            parts.durations_s.append(length_s)
        if year is not None:
            parts.years.append(year)
        if pictured:
            parts.pictures.append((disc or 1, number or 0, id_))
    return tuple(_album(head, albums[head[0]]) for head in heads)


def _album(head: tuple[Any, ...], parts: _Parts) -> AlbumRow:
    return AlbumRow(
        id=head[0],
        title=head[1],
        artist=head[2],
        first_year=min(parts.years, default=None),
        last_year=max(parts.years, default=None),
        track_count=len(parts.ids),
        duration_s=sum(sorted(parts.durations_s)) if parts.durations_s else None,
        genres=_by_frequency(parts.genres),
        formats=_by_frequency(parts.formats),
        picture_track_id=min(parts.pictures)[-1] if parts.pictures else None,
        disc_count=max([1, parts.disc_total, *(disc for disc, _, _ in parts.places)]),
        complete=_complete(parts),
        added_at=head[3].replace(tzinfo=UTC),
    )


def _by_frequency(values: list[str]) -> tuple[str, ...]:
    counts = Counter(values)
    return tuple(sorted(counts, key=lambda value: (-counts[value], value)))


def _complete(parts: _Parts) -> bool | None:
    """Tell whether every announced track is there; totals count one disc or the whole set."""
    totals: dict[int, int] = {}
    numbers: defaultdict[int, set[int]] = defaultdict(set)
    for disc, number, total in parts.places:
        totals[disc] = max(totals.get(disc, 0), total or 0)
        if number:
            numbers[disc].add(number)
    if not totals or not all(totals.values()):
        return None
    if sum(1 <= disc <= parts.disc_total for disc in totals) < parts.disc_total:
        return False
    if all(sum(n <= total for n in numbers[disc]) == total for disc, total in totals.items()):
        return True
    of_the_set = set(totals.values())
    found = sum(map(len, numbers.values()))
    return len(totals) > 1 and len(of_the_set) == 1 and found == of_the_set.pop()
