"""What was meant by words that no track has.

Conventions: words are folded. A word is near another if few letters have to be added, left out,
changed or swapped, the fewer the shorter it is; a word may also be near the beginning of a longer
one, for it may not be finished. Artists, albums and composers are looked at first, and titles only
where those have nothing that differs by one letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from auralis_lab.catalogue.filtersql import PRESENT, where
from auralis_lab.catalogue.queryfields import FIELDS, Kind
from auralis_lab.catalogue.queryterms import Query, Word
from auralis_lab.catalogue.text import fold

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["correct"]

FEWEST_LETTERS = 3
MOST_UNKNOWN = 3
TRIES = 4
"""How many near words are tried out, for each word."""
NAMES = ("artists_folded", "album_folded", "album_artist_folded", "composer_folded")
TITLES = ("title_sort",)
TITLES_FROM = 1.5
"""From which distance on titles are looked at as well."""

_SQL = {
    "any": "SELECT 1 FROM tracks WHERE {where} LIMIT 1",
    # Names are few where tracks are many, so they are told apart first and split into words after.
    "near": """
        WITH names AS ({names}),
        words AS (
            SELECT word, CAST(sum(tracks) AS BIGINT) AS tracks
            FROM (
                SELECT tracks,
                    unnest(string_split(translate(name, chr(1) || chr(2), '  '), ' ')) AS word
                FROM names)
            WHERE length(word) >= $length - $most GROUP BY word)
        SELECT word, least(
                damerau_levenshtein(word, $word),
                damerau_levenshtein(left(word, $length), $word) + 0.5,
                damerau_levenshtein(left(word, $length + 1), $word) + 0.5) AS distance
        FROM words WHERE distance <= $most
        ORDER BY distance, jaro_winkler_similarity(word, $word) DESC, tracks DESC, word
        LIMIT $tries""",
    "names": "SELECT {column} AS name, count(*) AS tracks FROM tracks WHERE {present} GROUP BY 1",
}


def correct(s: Session, query: Query) -> str | None:
    """Return a filter like one that finds nothing, with words that are there.

    Parameters
    ----------
    s : Session
    query : Query

    Returns
    -------
    text : str or None
        None if nothing is near, or if every word is there by itself.
    """
    spelling = _Spelling(s)
    options = [replace(query, words=_single_words(query.words))]
    for n, word in enumerate(options[0].words):
        if not word.negated:
            near = spelling.of(word.text, (*NAMES, *TITLES))
            options = [_with_word(o, n, text) for text in near for o in options][:TRIES]
    for n, condition in enumerate(query.conditions):
        field, value = FIELDS.get(condition.name), condition.values[0]
        named = field is not None and field.kind in (Kind.NAMES, Kind.FOLDED)
        one = len(condition.values) == 1 and condition.comparison == ":" and not condition.negated
        if field and value and named and one:
            near = spelling.of(value, (field.sql,))
            options = [_with_value(o, n, text) for text in near for o in options][:TRIES]
    if not spelling.unknown:
        return None
    return next((str(option) for option in options if spelling.finds(option)), None)


class _Spelling:
    """Words of a catalogue.

    Attributes
    ----------
    unknown : int
        How many words were asked for that are not there.
    """

    def __init__(self, s: Session) -> None:
        self._session = s
        self.unknown = 0

    def of(self, text: str, columns: Sequence[str]) -> list[str]:
        """Return texts with words that are there, the likeliest first; maybe none."""
        options: list[list[str]] = [[]]
        for word in fold(text).split():
            near = [word] if self._is_there(word, columns) else self._near(word, columns)
            options = [[*option, other] for other in near for option in options][:TRIES]
        return [" ".join(option) for option in options]

    def finds(self, query: Query) -> bool:
        """Tell whether a filter finds anything."""
        fits = where(query)
        sql = _SQL["any"].format(where=fits.sql)
        return self._session.row(sql, fits.parameters) is not None

    def _is_there(self, word: str, columns: Sequence[str]) -> bool:
        if len(columns) > 1:
            return self.finds(Query((Word(word),)))
        sql = _SQL["any"].format(where=f"{PRESENT} AND contains({columns[0]}, $word)")
        return self._session.row(sql, {"word": word}) is not None

    def _near(self, word: str, columns: Sequence[str]) -> list[str]:
        self.unknown += 1
        if len(word) < FEWEST_LETTERS or self.unknown > MOST_UNKNOWN:
            return []
        names = [column for column in columns if column not in TITLES]
        found = self._nearest(word, names) if names else {}
        if min(found.values(), default=TITLES_FROM) >= TITLES_FROM and TITLES[0] in columns:
            found |= self._nearest(word, TITLES)
        return sorted(found, key=lambda other: found[other])[:TRIES]

    def _nearest(self, word: str, columns: Sequence[str]) -> dict[str, float]:
        """Words of some columns that are near, and how far they are."""
        most = 1 if len(word) <= 4 else 2 if len(word) <= 8 else 3
        names = (_SQL["names"].format(column=column, present=PRESENT) for column in columns)
        sql = _SQL["near"].format(names=" UNION ALL ".join(names))
        values = {"word": word, "length": len(word), "most": most, "tries": TRIES}
        return dict(self._session.rows(sql, values))


def _single_words(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words of a filter as they are looked for, one by one; phrases stay."""
    plain = fold(" ".join(word.text for word in words if not word.quoted and not word.negated))
    single = [Word(word) for word in plain.split()]
    return (*single, *(word for word in words if word.quoted or word.negated))


def _with_word(query: Query, place: int, text: str) -> Query:
    words = list(query.words)
    words[place] = replace(words[place], text=text)
    return replace(query, words=tuple(words))


def _with_value(query: Query, place: int, text: str) -> Query:
    conditions = list(query.conditions)
    conditions[place] = replace(conditions[place], values=(text,))
    return replace(query, conditions=tuple(conditions))
