"""Which track an item of a beets library is.

Conventions: an item is at most one track and a track at most one item. Ways are tried in the order
of `WAYS`, each on what the ones before have left over. Where several tracks fit, the one whose file
is there is taken, and unless the path tells, the one on the same album before that; where this does
not settle it, none.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from auralis_lab.catalogue.beets.file import BeetsItem
from auralis_lab.catalogue.finding.keys import SEPARATOR
from auralis_lab.catalogue.text import fold, path_to_text

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["WAYS", "BeetsMatch", "match_items"]

WAYS = ("path", "resolved path", "release track", "recording", "tags")
"""By the file's path as beets has it, by the one it leads to, by MusicBrainz' id of the place on a
release and of the recording, by artist, title and length."""

LENGTHS_DIFFER_S = 2.0

_FOUND = "n, tracks.id, album_folded, missing_since IS NULL, tracks.added_at"
_SQL = {
    "path": f"SELECT {_FOUND} FROM asked_items JOIN tracks ON tracks.path = asked_items.path",
    "release track": f"""
        SELECT {_FOUND} FROM asked_items JOIN tracks ON mb_track_id = release_track_id""",
    "recording": f"""
        SELECT {_FOUND} FROM asked_items JOIN tracks ON mb_recording_id = recording_id""",
    "tags": f"""
        SELECT {_FOUND} FROM asked_items JOIN tracks
            ON title_sort = title_key AND split_part(artist_order, $separator, 1) = artist_key
        WHERE abs(frames / rate_hz - length_s) <= $most_s""",
}
_SQL["resolved path"] = _SQL["path"]


@dataclass(frozen=True, slots=True)
class BeetsMatch:
    """An item and the track that it is; `added_at` is the track's."""

    item: BeetsItem
    track_id: int
    way: str
    added_at: datetime


def match_items(
    s: Session, items: Sequence[BeetsItem], paths: Sequence[bytes], resolved: Sequence[bytes]
) -> tuple[list[BeetsMatch], list[BeetsItem]]:
    """Find the tracks of items.

    Parameters
    ----------
    s : Session
    items : sequence of BeetsItem
    paths : sequence of bytes
        For each item the absolute path of its file; empty if that is not known.
    resolved : sequence of bytes
        The same with links followed.

    Returns
    -------
    matches : list of BeetsMatch
        In the order of the items.
    ambiguous : list of BeetsItem
        Those that several tracks fit equally well.
    """
    columns: dict[str, list[Any]] = {
        "path": [_path_text(path) for path in paths],
        "resolved path": [_path_text(path) for path in resolved],
        "release_track_id": [item.release_track_id for item in items],
        "recording_id": [item.recording_id for item in items],
        "title_key": [fold(item.title or "") or None for item in items],
        "artist_key": [fold(item.artist or "") or None for item in items],
        "length_s": [item.length_s for item in items],
    }
    found: dict[int, BeetsMatch] = {}
    taken: set[int] = set()
    ambiguous: dict[int, BeetsItem] = {}
    for way in WAYS:
        left = [n for n in range(len(items)) if n not in found]
        fitting = _candidates(s, way, left, columns)
        for n, candidate in _settled(way, fitting, items, taken, ambiguous):
            found[n] = BeetsMatch(items[n], candidate.track_id, way, candidate.added_at)
            taken.add(candidate.track_id)
            ambiguous.pop(n, None)
    return [found[n] for n in sorted(found)], list(ambiguous.values())


@dataclass(frozen=True, slots=True)
class _Candidate:
    track_id: int
    album: str
    there: bool
    added_at: datetime


def _candidates(
    s: Session, way: str, left: Sequence[int], columns: dict[str, list[Any]]
) -> dict[int, list[_Candidate]]:
    """Ask for the tracks that fit each of the items that are left over."""
    asked: dict[str, list[Any]] = {"n": list(left)}
    for name, values in columns.items():
        if name in ("path", "resolved path"):
            if name == way:
                asked["path"] = [values[n] for n in left]
        else:
            asked[name] = [values[n] for n in left]
    if not left or all(value is None for value in asked[_KEYS.get(way, "path")]):
        return {}
    s.stage("asked_items", asked)
    parameters: dict[str, object] = (
        {"separator": SEPARATOR, "most_s": LENGTHS_DIFFER_S} if way == "tags" else {}
    )
    fitting: defaultdict[int, list[_Candidate]] = defaultdict(list)
    for n, track_id, album, there, added in s.rows(_SQL[way], parameters):
        candidate = _Candidate(track_id, album, there, added.replace(tzinfo=UTC))
        fitting[n].append(candidate)
    return dict(fitting)


_KEYS = {"release track": "release_track_id", "recording": "recording_id", "tags": "length_s"}


def _settled(
    way: str,
    fitting: dict[int, list[_Candidate]],
    items: Sequence[BeetsItem],
    taken: set[int],
    ambiguous: dict[int, BeetsItem],
) -> list[tuple[int, _Candidate]]:
    """Choose a track for each item, and an item for each track."""
    wanted: defaultdict[int, list[tuple[int, bool, _Candidate]]] = defaultdict(list)
    for n, candidates in sorted(fitting.items()):
        free = [c for c in candidates if c.track_id not in taken]
        album = fold(items[n].album or "")
        same = [c for c in free if c.album == album and "path" not in way]
        best = same or free
        best = [c for c in best if c.there] or best
        if len(best) == 1:
            wanted[best[0].track_id].append((n, bool(same), best[0]))
        elif best:
            ambiguous[n] = items[n]
    settled = []
    for claims in wanted.values():
        n, _, candidate = min(claims, key=lambda claim: (not claim[1], claim[0]))
        settled.append((n, candidate))
    return settled


@lru_cache(maxsize=4096)
def _folder_text(folder: bytes) -> str:
    return path_to_text(os.fsdecode(folder))


def _path_text(path: bytes) -> str | None:
    """Write a path as the catalogue does; folders occur again and again."""
    if not path:
        return None
    folder, name = os.path.split(path)
    return os.path.join(_folder_text(folder), path_to_text(os.fsdecode(name)))
