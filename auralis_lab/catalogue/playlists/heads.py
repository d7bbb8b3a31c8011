"""What a playlist is, apart from its entries: its name and its filter.

Conventions: no two playlists that are there have the same name. Names are compared by a key without
case and without the difference between forms of the same character (NFKC), so that "Jazz" and
"JAZZ" are one name, and "C", "C#" and "Č" are three. Removed playlists do not hold their names; one
that comes back to a name that was taken meanwhile is called "Jazz (2)".
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING

from auralis_lab.catalogue.listening.listening import (
    MAX_NAME_CHARACTERS,
    now_utc,
    shown,
)
from auralis_lab.catalogue.text import fold
from auralis_lab.errors import CatalogueError, NotFoundError, ParameterError

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = [
    "Head",
    "check_filter",
    "free_name",
    "head_of",
    "make_head",
    "name_columns",
    "name_key",
    "require_free",
]

MAX_PLAYLISTS = 10_000
MAX_FILTER_CHARACTERS = 2_000
NOBODY = -1

_SQL = {
    "head": "SELECT id, name, filter, removed_at FROM playlists WHERE id = $playlist_id",
    "count": "SELECT count(*) FROM playlists WHERE removed_at IS NULL",
    "insert": """
        INSERT INTO playlists
        SELECT nextval('playlist_ids'), $name, $key, $order, $filter, $now, $now, NULL
        RETURNING id""",
    "holder": """
        SELECT id, name FROM playlists
        WHERE name_key = $key AND removed_at IS NULL AND id <> $but""",
    "keys": "SELECT name_key FROM playlists WHERE removed_at IS NULL AND id <> $but",
}


@dataclass(frozen=True, slots=True)
class Head:
    """What a playlist is, without its entries; `filter_text` is None for a manual one."""

    id: int
    name: str
    filter_text: str | None
    removed_at: datetime | None = None


def head_of(s: Session, playlist_id: int, *, removed: bool = False) -> Head:
    """Return a playlist's head.

    Raises
    ------
    NotFoundError
        If there is no such playlist, or it was removed and `removed` does not allow that.
    """
    row = s.row(_SQL["head"], {"playlist_id": playlist_id})
    if row is None or (row[3] is not None and not removed):
        raise NotFoundError(f"there is no playlist {playlist_id}")
    return Head(*row)


def make_head(s: Session, name: str, filter_text: str | None) -> Head:
    """Make a playlist without entries, inside a write.

    Raises
    ------
    ParameterError
        If another playlist has the name.
    CatalogueError
        If there are 10,000 playlists already.
    """
    require_free(s, name)
    if s.rows(_SQL["count"])[0][0] >= MAX_PLAYLISTS:
        raise CatalogueError(f"there are {MAX_PLAYLISTS:,} playlists already")
    values = name_columns(name) | {"filter": filter_text, "now": now_utc()}
    return Head(s.rows(_SQL["insert"], values)[0][0], name, filter_text)


def check_filter(text: object) -> str:
    """Return a filter that parses.

    Raises
    ------
    ParameterError
        If it is no text or too long; a FilterError if it does not parse.
    """
    from auralis_lab.catalogue.finding.filters import parse

    if not isinstance(text, str):
        raise ParameterError(f"filter_text={shown(text)} must be text")
    if len(text) > MAX_FILTER_CHARACTERS:
        raise ParameterError(
            f"filter_text of {len(text):,} characters must have {MAX_FILTER_CHARACTERS:,} at most"
        )
    parse(text)
    return text


def name_key(name: str) -> str:
    """Return what names that count as the same have in common.

    Examples
    --------
    >>> name_key("JAZZ") == name_key("Jazz"), name_key("C#") == name_key("C")
    (True, False)
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def name_columns(name: str) -> dict[str, object]:
    """Return a name, its key and what it is listed by, as SQL parameters."""
    return {"name": name, "key": name_key(name), "order": fold(name)}


def require_free(s: Session, name: str, *, but: int = NOBODY) -> None:
    """Refuse a name that another playlist than `but` has.

    Raises
    ------
    ParameterError
        Naming that playlist.
    """
    holder = s.row(_SQL["holder"], {"key": name_key(name), "but": but})
    if holder:
        raise ParameterError(f"name={name!r} must be free: playlist {holder[0]} is {holder[1]!r}")


def free_name(s: Session, name: str, *, but: int = NOBODY) -> str:
    """Return a name, or the first of "name (2)", "name (3)" … that no other playlist has."""
    taken = {key for (key,) in s.rows(_SQL["keys"], {"but": but})}
    if name_key(name) not in taken:
        return name
    for n in count(2):
        ending = f" ({n})"
        other = name[: MAX_NAME_CHARACTERS - len(ending)] + ending
        if name_key(other) not in taken:
            break
    return other
