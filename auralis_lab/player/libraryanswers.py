"""What a library answers: rows, counts, albums, plays, each as JSON can carry it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from auralis_lab.player.libraryquestions import (
    FACETS,
    RANGES,
    Albums,
    AlbumTracks,
    Facets,
    History,
    Query,
    Similar,
    filter_text,
)
from auralis_lab.player.libraryshape import Album, HistoryEntry, LibraryLike, LibraryRow

__all__ = ["PAGE_ROWS", "Answers"]

PAGE_ROWS = 50
FOUND_ALBUMS = 200
ALIKE_ROWS = 30
FACET_VALUES = 24
BAND_VALUES = 60

Content = dict[str, Any]

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class Answers:
    """Answers questions about a library.

    Parameters
    ----------
    lab : LibraryLike
        The library.
    """

    def __init__(self, lab: LibraryLike) -> None:
        self._lab = lab

    def answer(self, question: object) -> Content:
        """Answer any question; errors of the library are passed on."""
        if isinstance(question, Query):
            return self._rows(question)
        if isinstance(question, Facets):
            return self._facets(question)
        if isinstance(question, Similar):
            return self._similar(question)
        if isinstance(question, Albums):
            return self._albums(question)
        if isinstance(question, AlbumTracks):
            return self._album(question)
        if isinstance(question, History):
            return self._history(question)
        raise TypeError(f"{question!r} is no question")

    def marks(self, track_ids: Sequence[int]) -> list[Content]:
        """Favourite, stars and plays of tracks."""
        return [
            {"id": m.track_id, "favourite": m.favourite, "stars": m.stars, "plays": m.plays}
            for m in self._lab.marks.of(track_ids)
        ]

    def _rows(self, asked: Query) -> Content:
        text, instead = filter_text(asked.filter), None
        tracks = self._lab.tracks
        rows = self._page(text, asked)
        if text and not rows and asked.after is None and (instead := tracks.suggest(text)):
            text, rows = instead, self._page(instead, asked)
        return {
            "type": "rows",
            "first": asked.after is None,
            "rows": self._marked(rows),
            "more": len(rows) == PAGE_ROWS,
            "count": tracks.count(text) if asked.after is None else None,
            "instead": instead,
        }

    def _page(self, text: str, asked: Query) -> Sequence[LibraryRow]:
        if not text:
            return self._lab.tracks.list(
                asked.sort or "artist",
                descending=asked.descending,
                limit=PAGE_ROWS,
                after=asked.after,
            )
        sort = asked.sort or (None if asked.filter.text.strip() else "artist")
        return self._lab.tracks.search(
            text,
            PAGE_ROWS,
            sort=sort,
            descending=asked.descending if sort else None,
            after=asked.after,
        )

    def _facets(self, asked: Facets) -> Content:
        """Count every facet as if nothing of itself were chosen, or only that could be kept."""
        touched: set[str] = {*asked.filter.chosen, *asked.filter.ranges}
        names = (*FACETS, *RANGES)
        free = [name for name in names if name not in touched]
        found: dict[str, Sequence[Any]] = {}
        for name in names:
            if name in touched:
                found |= self._counts(filter_text(asked.filter, without=name), [name])
        if free:
            found |= self._counts(filter_text(asked.filter), free)
        facets = {
            name: [{"label": v.label, "count": v.count, "term": v.term} for v in found[name]]
            for name in FACETS
        }
        bands = {name: [b for v in found[name] if (b := _band(v))] for name in RANGES}
        return {"type": "facets", "facets": facets, "bands": bands}

    def _counts(self, text: str, names: Sequence[str]) -> Mapping[str, Sequence[Any]]:
        found: dict[str, Sequence[Any]] = {}
        for several, limit in ((FACETS, FACET_VALUES), (RANGES, BAND_VALUES)):
            asked = [name for name in names if name in several]
            if asked:
                found |= self._lab.tracks.facets(text, asked, limit)
        return found

    def _similar(self, asked: Similar) -> Content:
        track = self._lab.tracks.get(asked.id)
        found = self._lab.tracks.similar(asked.id, ALIKE_ROWS)
        rows = self._marked([one.track for one in found])
        for row, one in zip(rows, found, strict=True):
            row |= {"reason": one.reason, "distance": round(one.distance, 3)}
        unmeasured = self._lab.tracks.count("-is:measured")
        return {"type": "similar", "of": _row(track), "rows": rows, "unmeasured": unmeasured}

    def _albums(self, asked: Albums) -> Content:
        text = asked.text.strip()
        albums: Sequence[Album]
        if text:
            albums = self._lab.albums.search(text, FOUND_ALBUMS)
            more = False
        else:
            albums = self._lab.albums.list(
                asked.sort, descending=asked.descending, limit=PAGE_ROWS, after=asked.after
            )
            more = len(albums) == PAGE_ROWS
        return {
            "type": "albums",
            "first": asked.after is None,
            "albums": [_album(album) for album in albums],
            "more": more,
        }

    def _album(self, asked: AlbumTracks) -> Content:
        album = self._lab.albums.get(asked.id)
        rows = self._marked(self._lab.albums.tracks(asked.id))
        return {"type": "album", "album": _album(album), "rows": rows}

    def _history(self, asked: History) -> Content:
        plays = self._lab.plays.history(limit=PAGE_ROWS, after=asked.after)
        return {
            "type": "history",
            "first": asked.after is None,
            "plays": [_play(entry) for entry in plays],
            "more": len(plays) == PAGE_ROWS,
        }

    def _marked(self, tracks: Iterable[LibraryRow]) -> list[Content]:
        rows = [_row(track) for track in tracks]
        marks = {mark["id"]: mark for mark in self.marks([row["id"] for row in rows])}
        return [row | marks[row["id"]] for row in rows]


def _row(track: LibraryRow) -> Content:
    return {
        "id": track.id,
        "title": track.title,
        "artist": track.artist,
        "album": track.album,
        "album_id": track.album_id,
        "duration_s": track.duration_s,
        "format": track.format,
    }


def _album(album: Album) -> Content:
    return {
        "id": album.id,
        "title": album.title,
        "artist": album.artist,
        "year": album.first_year,
        "tracks": album.track_count,
        "duration_s": album.duration_s,
        "picture": album.picture_track_id,
    }


def _play(entry: HistoryEntry) -> Content:
    play = entry.play
    return {
        "play": play.id,
        "at": play.started_at.isoformat(),
        "heard_s": play.heard_s,
        "finished": play.finished,
        "counted": play.counted,
        "preset": play.preset,
        "row": None if entry.track is None else _row(entry.track),
    }


def _band(value: Any) -> Content | None:
    """Bounds of a count of numbers, read from its term; None for the lack of one."""
    numbers = [float(n) for n in _NUMBER.findall(value.term)]
    if not numbers:
        return None
    return {"low": numbers[0], "high": numbers[-1], "count": value.count}
