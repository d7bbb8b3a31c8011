"""Albums: pages, search, and the tracks of one.

Conventions: an album is listed as long as a track of it is there, and everything said of it is said
of those tracks. Which tracks are one album is settled by the scan, see ``albumkeys``. Orders end in
title and id, so every order is total; a page begins after the last album of the page before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from auralis_lab.catalogue.finding.albumrows import AlbumRow, album_rows
from auralis_lab.catalogue.finding.filters import MAX_WORDS
from auralis_lab.catalogue.finding.rows import TrackRow, read_rows
from auralis_lab.catalogue.listening.listening import check_id, check_limit
from auralis_lab.catalogue.scanning.reading import LAST
from auralis_lab.catalogue.text import clean, fold
from auralis_lab.errors import NotFoundError, ParameterError, check_choice

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session
    from auralis_lab.catalogue.store import Catalogue

__all__ = ["ALBUM_SORTS", "AlbumRow", "Albums"]

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
    "count_in_array": "SET perfect_ht_threshold = 20",  # ids of albums are dense: no hashing
    "page": """
        SELECT id FROM albums {there} WHERE {beyond}
        ORDER BY {key} {direction}, title_order {direction}, id {direction} LIMIT $limit""",
    "place": "SELECT {key}, title_order FROM albums {there} WHERE id = $after",
    "search": """
        SELECT id FROM albums {there} WHERE {all_words}
        ORDER BY CASE WHEN starts_with(title_order, $phrase) THEN 0
            WHEN {at_word_starts} THEN 1 ELSE 2 END, title_order, id LIMIT $limit""",
    "known": "SELECT 1 FROM albums WHERE id = $id",
    "track_ids": """
        SELECT id FROM tracks WHERE album_id = $id AND missing_since IS NULL
        ORDER BY coalesce(disc_number, 1), coalesce(track_number, 0), title_sort, id""",
    "count": """
        SELECT count(*) FROM albums
        WHERE id IN (SELECT album_id FROM tracks WHERE missing_since IS NULL)""",
}


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
                join = f"LEFT JOIN {_THERE.format(which='AND album_id = $after')}"
                sql = _SQL["place"].format(key=key, there=join if sort in _COUNTED else "")
                place = s.row(sql, {"after": after})
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
            if not s.row(_SQL["known"], {"id": check_id("album_id", album_id)}):
                raise NotFoundError(f"there is no album {album_id}")
            ids = [id_ for (id_,) in s.rows(_SQL["track_ids"], {"id": album_id})]
            return read_rows(s, ids)

    def count(self) -> int:
        """Return how many albums there are of which a track is there."""
        with self._catalogue.session() as s:
            return int(s.rows(_SQL["count"])[0][0])


def _there(
    s: Session, sql: str, texts: dict[str, str], parameters: dict[str, object], *, counted: bool
) -> tuple[AlbumRow, ...]:
    """Run a statement that yields albums, and leave out those of which no track is there.

    Such albums are few, so they are looked for only when the rows that came show one.
    """
    rows: tuple[AlbumRow, ...] = ()
    for there in (counted, True):
        if there:
            s.run(_SQL["count_in_array"])
        join = f"JOIN {_THERE.format(which='')}" if there else ""
        ids = [id_ for (id_,) in s.rows(sql.format(there=join, **texts), parameters)]
        rows = album_rows(s, ids)
        if there or all(row.track_count for row in rows):
            break
    return rows
