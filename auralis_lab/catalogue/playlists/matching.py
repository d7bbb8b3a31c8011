"""Which tracks of the catalogue the entries of a playlist file are.

Conventions: only what the catalogue knows is looked at, never the disk. An entry is first looked
for under its path; then by the end of its path, at least the folder's and the file's name, without
case and forms of characters; then by artist, title and length. What fits several tracks that hold
different audio, and that nothing else tells apart, is no match.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from auralis_lab.catalogue.playlists.listing import Listed, Listing
from auralis_lab.catalogue.playlists.paths import paths_of
from auralis_lab.catalogue.text import fold, path_to_text

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["How", "Match", "Matcher"]

How: TypeAlias = Literal["path", "suffix", "tags"]

_Credits: TypeAlias = frozenset[tuple[str, str]]
"""Folded artists and titles that an entry may mean."""

MAX_SUFFIX_PARTS = 6
TAGS_WITHIN_S = 3.0
"""How far lengths may differ where artist and title agree; playlists round to whole seconds."""
SUFFIX_WITHIN_S = 5.0
"""How far they may differ where names agree."""

_TRACK = """id, path, content_key, missing_since IS NOT NULL AS missing, frames / rate_hz AS
    duration_s, album, artist, artists, title_sort"""
_SQL = {
    "by_path": f"""
        SELECT {_TRACK} FROM tracks WHERE path IN (SELECT path FROM listed_paths)""",
    "by_name": f"""
        SELECT {_TRACK} FROM tracks
        WHERE lower(nfc_normalize(parse_filename(path, false, 'forward_slash'))) IN (
            SELECT lower(nfc_normalize(name)) FROM listed_names)""",
    "by_title": f"""
        SELECT {_TRACK} FROM tracks WHERE title_sort IN (SELECT title FROM listed_titles)""",
}


@dataclass(frozen=True, slots=True)
class Match:
    """What became of one entry of a playlist file.

    Attributes
    ----------
    number : int
        Of the entry in the file, from 1.
    shown : str
        The entry as one line that can be printed.
    how : {'path', 'suffix', 'tags'} or None
        By what its track was found; None if it was not.
    track_id : int or None
    reason : str or None
        Why no track was found.
    """

    number: int
    shown: str
    how: How | None
    track_id: int | None
    reason: str | None = None

    def __str__(self) -> str:
        return f"{self.number}: {self.shown} ({self.reason or f'by {self.how}'})"


@dataclass(frozen=True, slots=True)
class _Known:
    """A track that may be meant."""

    id: int
    path: str
    content_key: str
    missing: bool
    duration_s: float | None
    album: str | None
    artists: frozenset[str]
    title: str

    def is_credited(self, tags: _Credits) -> bool:
        """Tell whether artist and title are among those that may be meant."""
        return any(title == self.title and artist in self.artists for artist, title in tags)


class Matcher:
    """The entries of a playlist file and the tracks they may be.

    Parameters
    ----------
    listing : Listing
    folders : sequence of str
        Absolute paths of where the file lies.
    """

    def __init__(self, listing: Listing, folders: Sequence[str]) -> None:
        self._entries = listing.entries
        self._paths = [
            list(
                dict.fromkeys(
                    path_to_text(path)
                    for location in entry.locations
                    for path in paths_of(location, folders, encoded=listing.encoded)
                )
            )
            for entry in listing.entries
        ]
        self._tags = [
            frozenset((fold(artist), fold(title)) for artist, title in entry.artist_titles)
            for entry in listing.entries
        ]
        self._by_path: dict[str, list[_Known]] = {}
        self._by_suffix: dict[str, list[_Known]] = {}
        self._by_title: dict[str, list[_Known]] = {}

    def look_up(self, s: Session) -> None:
        """Fetch all tracks that may be meant."""
        paths = {path for paths in self._paths for path in paths}
        s.stage("listed_paths", {"path": list(paths)})
        for known in _known(s.rows(_SQL["by_path"])):
            self._by_path.setdefault(known.path, []).append(known)
        names: set[str] = set()
        titles: set[str] = set()
        for own_paths, own_tags in zip(self._paths, self._tags, strict=True):
            if not any(path in self._by_path for path in own_paths):
                names.update(path.rpartition("/")[2] for path in own_paths)
                titles.update(title for _, title in own_tags)
        s.stage("listed_names", {"name": list(names)})
        s.stage("listed_titles", {"title": list(titles)})
        rows_by_name = s.rows(_SQL["by_name"]) if names else []
        rows_by_title = s.rows(_SQL["by_title"]) if titles else []
        for known in _known(rows_by_name):
            for key in _suffixes(known.path):
                self._by_suffix.setdefault(key, []).append(known)
        for known in _known(rows_by_title):
            self._by_title.setdefault(known.title, []).append(known)

    def matches(self) -> tuple[Match, ...]:
        """Decide for every entry which track it is; needs no unit of work."""
        everything = zip(self._entries, self._paths, self._tags, strict=True)
        return tuple(
            self._match(number, entry, paths, tags)
            for number, (entry, paths, tags) in enumerate(everything, start=1)
        )

    def _match(self, number: int, entry: Listed, paths: list[str], tags: _Credits) -> Match:
        for path in paths:
            if path in self._by_path:
                return Match(number, entry.shown, "path", _first(self._by_path[path]).id)
        alike = self._with_suffix(entry, paths, tags)
        found = _only(alike)
        if found:
            return Match(number, entry.shown, "suffix", found.id)
        titled = self._with_tags(entry, tags)
        found = _only(titled)
        if found:
            return Match(number, entry.shown, "tags", found.id)
        count = len(alike or titled)
        reason = f"{count} tracks fit" if count else "no such track"
        if not paths and not entry.artist_titles:
            reason = "not a file"
        return Match(number, entry.shown, None, None, reason)

    def _with_suffix(self, entry: Listed, paths: list[str], tags: _Credits) -> list[_Known]:
        """Tracks that share the longest end of their path, and whose length does not differ."""
        best: list[_Known] = []
        best_parts = 0
        for path in paths:
            keys = _suffixes(path)
            for parts in range(len(keys), best_parts, -1):
                found = [
                    known
                    for known in self._by_suffix.get(keys[parts - 1], ())
                    if _is_near(entry, known, SUFFIX_WITHIN_S, unknown=parts > 1)
                ]
                if found:
                    best, best_parts = found, parts
                    break
        titled = [known for known in best if known.is_credited(tags)]
        return titled or best

    def _with_tags(self, entry: Listed, tags: _Credits) -> list[_Known]:
        """Tracks with the artist and title, if possible of the album; the one nearest in length."""
        found = [
            known
            for title in {title for _, title in tags}
            for known in self._by_title.get(title, ())
            if known.is_credited(tags) and _is_near(entry, known, TAGS_WITHIN_S, unknown=True)
        ]
        same_album = [known for known in found if entry.album and known.album == fold(entry.album)]
        found = same_album or found
        if entry.duration_s is None or not found:
            return found
        return [min(found, key=lambda known: (_distance_s(entry, known), known.missing, known.id))]


def _known(rows: Iterable[tuple[Any, ...]]) -> Iterable[_Known]:
    for id_, path, key, missing, duration_s, album, artist, artists, title in rows:
        names = frozenset(fold(name) for name in (artist, *artists) if name)
        yield _Known(id_, path, key, missing, duration_s, fold(album or ""), names, title)


def _suffixes(path: str) -> list[str]:
    """The ends of a path, from the file's name to longer ones, as they are compared."""
    parts = unicodedata.normalize("NFC", path).casefold().strip("/").split("/")
    return ["/".join(parts[-n:]) for n in range(1, min(len(parts), MAX_SUFFIX_PARTS) + 1)]


def _is_near(entry: Listed, known: _Known, within_s: float, *, unknown: bool) -> bool:
    """Tell whether lengths agree; `unknown` where one of them is not known."""
    if entry.duration_s is None or known.duration_s is None:
        return unknown
    return abs(entry.duration_s - known.duration_s) <= within_s


def _distance_s(entry: Listed, known: _Known) -> float:
    if entry.duration_s is None or known.duration_s is None:
        return TAGS_WITHIN_S
    return abs(entry.duration_s - known.duration_s)


def _first(candidates: Sequence[_Known]) -> _Known:
    """Of tracks that are as good as each other one that is there, and the oldest."""
    return min(candidates, key=lambda known: (known.missing, known.id))


def _only(candidates: Sequence[_Known]) -> _Known | None:
    """The track that is meant, if all that fit hold the same audio."""
    if len({known.content_key for known in candidates}) != 1:
        return None
    return _first(candidates)
