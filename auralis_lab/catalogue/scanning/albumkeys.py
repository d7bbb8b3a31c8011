"""Which album a track is of, as a scan stores it.

Conventions: runs inside the write of a scan's batch. An album is what shares a key (see
``FileFacts.album_key``); it keeps its id as long as a track of it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from auralis_lab.catalogue.scanning.reading import LAST, SEPARATOR, FileFacts
from auralis_lab.catalogue.text import fold

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["album_ids"]

_SQL = {
    "known": """
        SELECT key, id, title, artist, added_at FROM albums
        WHERE key IN (SELECT key FROM album_keys)""",
    "new_ids": "SELECT nextval('album_ids') FROM range($count)",
    "drop": "DELETE FROM albums WHERE id IN (SELECT id FROM staged_albums)",
    "insert": "INSERT INTO albums BY NAME SELECT * FROM staged_albums",
}


@dataclass
class _Album:
    title: str
    artist: str | None
    said: bool
    """Whether a tag names the artist of the album, so that its tracks' artists do not matter."""


def album_ids(s: Session, facts: Sequence[FileFacts], now: datetime) -> list[int | None]:
    """Find or make the albums of some files.

    Parameters
    ----------
    s : Session
        Of a write.
    facts : sequence of FileFacts
    now : datetime
        When an album that is new is said to have been added.

    Returns
    -------
    ids : list of int or None
        One for each file; None without an album.
    """
    albums: dict[str, _Album] = {}
    for fact in facts:
        key = fact.album_key
        if key is None or fact.album is None:
            continue
        found = albums.setdefault(
            key, _Album(fact.album, fact.album_credit, bool(fact.album_artist))
        )
        if not found.said and fact.album_credit != found.artist:
            found.artist = None
    if not albums:
        return [None] * len(facts)
    s.stage("album_keys", {"key": list(albums)})
    known = {
        key: (id_, title, artist, added) for key, id_, title, artist, added in s.rows(_SQL["known"])
    }
    for key, (_, _, artist, _) in known.items():
        if not albums[key].said and artist != albums[key].artist:
            albums[key].artist = None
    new = [key for key in albums if key not in known]
    new_ids = [id_ for (id_,) in s.rows(_SQL["new_ids"], {"count": len(new)})] if new else []
    ids = {key: row[0] for key, row in known.items()} | dict(zip(new, new_ids, strict=True))
    changed = [
        key
        for key, album in albums.items()
        if key not in known or known[key][1:3] != (album.title, album.artist)
    ]
    if changed:
        s.stage(
            "staged_albums",
            {
                "id": [ids[key] for key in changed],
                "key": changed,
                "title": [albums[key].title for key in changed],
                "artist": [albums[key].artist for key in changed],
                "title_order": [_title_order(albums[key]) for key in changed],
                "artist_order": [_artist_order(albums[key]) for key in changed],
                "added_at": [known[key][3] if key in known else now for key in changed],
            },
        )
        s.run(_SQL["drop"])
        s.run(_SQL["insert"])
    return [ids[fact.album_key] if fact.album_key else None for fact in facts]


def _title_order(album: _Album) -> str:
    return SEPARATOR.join((fold(album.title), fold(album.artist or "") or LAST))


def _artist_order(album: _Album) -> str:
    return SEPARATOR.join((fold(album.artist or "") or LAST, fold(album.title)))
