"""What was meant by words that no track has.

Conventions: words are folded. A word is near another if few letters have to be added, left out,
changed or swapped, the fewer the shorter it is; a word may also be near the beginning of a longer
one, for it may not be finished. Artists, albums and composers are looked at first, and titles only
for words that nothing there is next to: there are a hundred times as many.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from auralis_lab.catalogue.finding.fields import FIELDS, Kind
from auralis_lab.catalogue.finding.filtersql import PRESENT, where
from auralis_lab.catalogue.finding.pages import bind
from auralis_lab.catalogue.finding.terms import Query, Word
from auralis_lab.catalogue.text import fold

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["correct"]

FEWEST_LETTERS = 3
MOST_LETTERS = 40
MOST_UNKNOWN = 3
TRIES = 4
"""How many near words are tried out, for each word."""
NEXT = 1.0
"""How far apart words are that differ by one letter."""
ANYWHERE = "search_text"
TITLES = "title_sort"
NAMES = ("artists_folded", "album_folded", "album_artist_folded", "composer_folded")

_SQL = {
    "any": "SELECT 1 FROM tracks WHERE {where} LIMIT 1",
    "holds": "SELECT 1 FROM tracks WHERE {present} AND contains({column}, $word) LIMIT 1",
    # Names are few where tracks are many, so they are told apart before they are split into words.
    "near": """
        WITH names AS ({names}),
        words AS (
            SELECT word, CAST(sum(tracks) AS BIGINT) AS tracks
            FROM (
                SELECT tracks,
                    unnest(string_split(translate(name, chr(1) || chr(2), '  '), ' ')) AS word
                FROM names)
            GROUP BY word),
        asked AS (SELECT unnest($words) AS asked, unnest($most) AS most),
        pairs AS (
            SELECT asked, word, tracks, CASE
                WHEN length(word) > length(asked) + most THEN 0.5 + least(
                    damerau_levenshtein(left(word, length(asked)), asked),
                    damerau_levenshtein(left(word, length(asked) + 1), asked))
                ELSE damerau_levenshtein(word, asked) END AS distance, most
            FROM words CROSS JOIN asked WHERE length(word) >= length(asked) - most)
        SELECT asked, word, distance FROM pairs WHERE distance <= most
        QUALIFY row_number() OVER (
            PARTITION BY asked
            ORDER BY distance, jaro_winkler_similarity(word, asked) DESC, tracks DESC, word
        ) <= $tries
        ORDER BY asked, distance, jaro_winkler_similarity(word, asked) DESC, tracks DESC, word""",
    "names": "SELECT {column} AS name, count(*) AS tracks FROM tracks WHERE {present} GROUP BY 1",
    "titles": "SELECT {column} AS name, 1 AS tracks FROM tracks WHERE {present}",
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
    query = replace(query, words=_single_words(query.words))
    texts = [(n, ANYWHERE, w.text) for n, w in enumerate(query.words) if not w.negated]
    first = len(query.words)
    for n, condition in enumerate(query.conditions):
        field, value = FIELDS.get(condition.name), condition.values[0]
        named = field is not None and field.kind in (Kind.NAMES, Kind.FOLDED)
        one = len(condition.values) == 1 and condition.comparison == ":" and not condition.negated
        if field and value and named and one:
            texts.append((first + n, field.sql, value))
    unknown: dict[str, set[str]] = {}
    for _, column, text in texts:
        words = {word for word in fold(text).split() if not _is_there(s, word, column)}
        unknown.setdefault(column, set()).update(words)
    near = {column: _near(s, words, column) for column, words in unknown.items() if words}
    if not near or sum(map(len, unknown.values())) > MOST_UNKNOWN:
        return None
    options = [query]
    for n, column, text in texts:
        other = _options(text, near.get(column, {}))
        options = [_with_text(option, n, text) for text in other for option in options][:TRIES]
    return next((str(option) for option in options if _finds(s, option)), None)


def _options(text: str, near: Mapping[str, Sequence[str]]) -> list[str]:
    """What a text may have been, the likeliest first."""
    options: list[list[str]] = [[]]
    for word in fold(text).split():
        options = [[*o, other] for other in near.get(word, [word]) for o in options][:TRIES]
    return [" ".join(option) for option in options]


def _near(s: Session, words: Iterable[str], column: str) -> dict[str, list[str]]:
    """Words that are there and near others; an empty list where there are none."""
    near: dict[str, dict[str, float]] = {word: {} for word in words}
    asked = [word for word in near if FEWEST_LETTERS <= len(word) <= MOST_LETTERS]
    for columns in (NAMES, (TITLES,)) if column == ANYWHERE else ((column,),):
        asked = [word for word in asked if min(near[word].values(), default=9.0) > NEXT]
        if not asked or len(asked) > MOST_UNKNOWN:
            break
        names = [
            _SQL["titles" if name == TITLES else "names"].format(column=name, present=PRESENT)
            for name in columns
        ]
        most = [1 if len(word) <= 4 else 2 if len(word) <= 8 else 3 for word in asked]
        values = {"words": asked, "most": most, "tries": TRIES}
        for word, other, distance in s.rows(
            _SQL["near"].format(names=" UNION ALL ".join(names)), values
        ):
            near[word].setdefault(other, distance)
    return {
        word: sorted(others, key=lambda other: others[other])[:TRIES]
        for word, others in near.items()
    }


def _is_there(s: Session, word: str, column: str) -> bool:
    if column == ANYWHERE:
        return _finds(s, Query((Word(word),)))
    sql = _SQL["holds"].format(present=PRESENT, column=column)
    return s.row(sql, {"word": word}) is not None


def _finds(s: Session, query: Query) -> bool:
    fits = where(query)
    sql = _SQL["any"].format(where=fits.sql)
    return s.row(sql, bind(sql, fits.parameters)) is not None


def _single_words(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words of a filter as they are looked for, one by one; phrases stay."""
    plain = fold(" ".join(word.text for word in words if not word.quoted and not word.negated))
    single = [Word(word) for word in plain.split()]
    return (*single, *(word for word in words if word.quoted or word.negated))


def _with_text(query: Query, place: int, text: str) -> Query:
    """A filter with another text in one of its words, or after those of its conditions."""
    words, conditions = list(query.words), list(query.conditions)
    if place < len(words):
        words[place] = replace(words[place], text=text)
    else:
        n = place - len(words)
        conditions[n] = replace(conditions[n], values=(text,))
    return replace(query, words=tuple(words), conditions=tuple(conditions))
