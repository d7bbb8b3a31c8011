"""What was meant by words that find nothing.

Conventions: words are folded. A word is near another if few letters have to be added, left out,
changed or swapped, the fewer the shorter it is; a word may also be near the beginning of a longer
one, for it may not be finished. What is near is looked for among the tracks that the rest of the
filter finds: in their artists, albums and composers first, in titles only for words that nothing
there is next to, and in all that is searched only for those that nothing in titles is next to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from auralis_lab.catalogue.finding.fields import FIELDS, Kind
from auralis_lab.catalogue.finding.filtersql import where
from auralis_lab.catalogue.finding.keys import bigrams
from auralis_lab.catalogue.finding.pages import Where, bind
from auralis_lab.catalogue.finding.terms import Query, Word
from auralis_lab.catalogue.text import fold

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["correct"]

FEWEST_LETTERS = 3
MOST_LETTERS = 40
MOST_UNKNOWN = 3
MOST_DOUBTED = 4
"""Words that are there, each by itself, and may yet be misspelt."""
MOST_INITIALS = 8
"""Letters of a word that may be written with spaces between them, as in AC/DC."""
TRIES = 4
"""How many near words are tried out, for each word."""
MOST_SPLIT = 50_000
"""Tracks all of whose words are looked at."""
PAIRS_OF_A_LETTER = 3
"""Pairs of letters that swapping two letters may change."""
NEXT = 1.0
"""How far apart words are that differ by one letter."""
JOINING = frozenset(("and", "und", "et", "y", "n", "the"))
"""What may be written as a sign, or left out."""
ANYWHERE = "search_text"
TITLES = "title_sort"
NAMES = ("artists_folded", "album_folded", "album_artist_folded", "composer_folded")

_SQL = {
    "any": "SELECT 1 FROM tracks WHERE {where} LIMIT 1",
    "holds": "SELECT 1 FROM tracks WHERE {where} AND contains({column}, $word) LIMIT 1",
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
    # Of all that is searched there is so much that only those tracks are split whose pairs of
    # letters are nearly those of the word, and no more than take a moment.
    "next": """
        WITH words AS MATERIALIZED (
            SELECT word, count(*) AS tracks
            FROM (
                SELECT unnest(string_split(search_text, ' ')) AS word FROM (
                    SELECT search_text FROM tracks WHERE {where} AND {pairs} >= $pairs
                    LIMIT $most))
            WHERE length(word) BETWEEN length($word) - 1 AND length($word) + 1 GROUP BY word)
        SELECT word FROM words WHERE damerau_levenshtein(word, $word) <= 1
        ORDER BY jaro_winkler_similarity(word, $word) DESC, tracks DESC, word LIMIT $tries""",
    "names": "SELECT {column} AS name, count(*) AS tracks FROM tracks WHERE {where} GROUP BY 1",
    "texts": "SELECT {column} AS name, 1 AS tracks FROM tracks WHERE {where}",
    "spaced": """
        SELECT spaced FROM (
            SELECT regexp_extract({column}, $pattern, 1) AS spaced FROM tracks WHERE {where})
        WHERE spaced <> '' GROUP BY spaced ORDER BY count(*) DESC, spaced LIMIT 1""",
}


@dataclass(frozen=True)
class _Text:
    """A text in a filter, by its place there, and where it is looked for."""

    place: int
    column: str
    text: str


def correct(s: Session, query: Query) -> str | None:
    """Return a filter like one that finds nothing, with words that are there.

    Parameters
    ----------
    s : Session
    query : Query

    Returns
    -------
    text : str or None
        None if the filter finds something, or nothing is near.
    """
    query = replace(query, words=_single_words(query.words))
    texts = list(_texts(query))
    if not texts or _finds(s, query):
        return None
    fewer = _without_joining(query)
    if fewer and _finds(s, fewer):
        return str(fewer)
    return _corrected(s, query, texts) or (correct(s, fewer) if fewer else None)


def _corrected(s: Session, query: Query, texts: Sequence[_Text]) -> str | None:
    """A filter that finds something, with near words in place of unknown or doubted ones."""
    everything = where(Query())
    unknown = {
        (text.column, word): None
        for text in texts
        for word in fold(text.text).split()
        if not _is_there(s, word, text.column, everything)
    }
    if len(unknown) > MOST_UNKNOWN:
        return None
    if not unknown:
        return _doubted(s, query, texts)
    rest = where(_without(query, texts, {word for _, word in unknown}))
    near: dict[str, dict[str, list[str]]] = {}
    for column in dict.fromkeys(column for column, _ in unknown):
        words = [word for of, word in unknown if of == column]
        near[column] = {
            word: [other for other, _ in others]
            for word, others in _near(s, words, column, rest).items()
        }
    options = [query]
    for text in texts:
        others = _options(text.text, near.get(text.column, {}))
        options = [_with_text(o, text.place, other) for other in others for o in options][:TRIES]
    return next((str(option) for option in options if _finds(s, option)), None)


def _texts(query: Query) -> Iterable[_Text]:
    for n, word in enumerate(query.words):
        if not word.negated:
            yield _Text(n, ANYWHERE, word.text)
    for n, condition in enumerate(query.conditions, len(query.words)):
        field, value = FIELDS.get(condition.name), condition.values[0]
        named = field is not None and field.kind in (Kind.NAMES, Kind.FOLDED)
        one = len(condition.values) == 1 and condition.comparison == ":" and not condition.negated
        if field and value and named and one:
            yield _Text(n, field.sql, value)


def _doubted(s: Session, query: Query, texts: Sequence[_Text]) -> str | None:
    """Where every word is there, and no track has all: the one that is next to a fitting one."""
    texts = [text for text in texts if text.column == ANYWHERE and " " not in text.text]
    if not 2 <= len(texts) <= MOST_DOUBTED:
        return None
    found: list[tuple[float, str]] = []
    for text in texts:
        rest = where(_without(query, texts, {text.text}))
        for other, distance in _near(s, [text.text], ANYWHERE, rest)[text.text]:
            if distance <= NEXT:
                found.append((distance, str(_with_text(query, text.place, other))))
    return min(found, default=(0.0, None), key=lambda option: option[0])[1]


def _without_joining(query: Query) -> Query | None:
    kept = tuple(w for w in query.words if w.quoted or w.negated or w.text not in JOINING)
    return replace(query, words=kept) if kept and len(kept) < len(query.words) else None


def _without(query: Query, texts: Iterable[_Text], words: set[str]) -> Query:
    """What is left of a filter without some words; phrases fall apart."""
    ours = {text.place: text for text in texts}
    left = [word for n, word in enumerate(query.words) if n not in ours]
    for text in ours.values():
        if text.place < len(query.words):
            left += [Word(word) for word in fold(text.text).split() if word not in words]
    first = len(query.words)
    kept = tuple(
        condition
        for n, condition in enumerate(query.conditions, first)
        if n not in ours or not words.intersection(fold(ours[n].text).split())
    )
    return replace(query, words=tuple(left), conditions=kept)


def _options(text: str, near: Mapping[str, Sequence[str]]) -> list[str]:
    """What a text may have been, the likeliest first."""
    options: list[list[str]] = [[]]
    for word in fold(text).split():
        options = [[*o, other] for other in near.get(word, [word]) for o in options][:TRIES]
    return [" ".join(option) for option in options]


def _near(
    s: Session, words: Iterable[str], column: str, among: Where
) -> dict[str, list[tuple[str, float]]]:
    """Words that some tracks have near others, and how far; nearest first."""
    near: dict[str, dict[str, float]] = {word: {} for word in words}
    for word in near:
        if spaced := _spaced(s, word, column, among):
            near[word][spaced] = 0.0
    asked = [word for word in near if FEWEST_LETTERS <= len(word) <= MOST_LETTERS]
    for columns in (NAMES, (TITLES,)) if column == ANYWHERE else ((column,),):
        asked = [word for word in asked if min(near[word].values(), default=9.0) > NEXT]
        if not asked or len(asked) > MOST_UNKNOWN:
            break
        names = [
            _SQL["texts" if name == TITLES else "names"].format(column=name, where=among.sql)
            for name in columns
        ]
        most = [1 if len(word) <= 4 else 2 if len(word) <= 8 else 3 for word in asked]
        sql = _SQL["near"].format(names=" UNION ALL ".join(names))
        values = {**among.parameters, "words": asked, "most": most, "tries": TRIES}
        for word, other, distance in s.rows(sql, bind(sql, values)):
            near[word].setdefault(other, distance)
    for word in asked if column == ANYWHERE else ():
        if min(near[word].values(), default=9.0) > NEXT:
            near[word] |= dict.fromkeys(_next(s, word, among), NEXT)
    return {
        word: sorted(others.items(), key=lambda other: other[1])[:TRIES]
        for word, others in near.items()
    }


def _next(s: Session, word: str, among: Where) -> list[str]:
    """Words that differ from one by a letter, anywhere in what is searched."""
    numbers = bigrams(word)
    pairs = " + ".join(f"bit_count(bigrams_{n} & {bits})" for n, bits in enumerate(numbers) if bits)
    if not pairs:
        return []
    count = sum((bits & (1 << 64) - 1).bit_count() for bits in numbers)
    sql = _SQL["next"].format(where=among.sql, pairs=f"({pairs})")
    asked = {
        "word": word,
        "pairs": max(1, count - PAIRS_OF_A_LETTER),
        "tries": TRIES,
        "most": MOST_SPLIT,
    }
    return [other for (other,) in s.rows(sql, bind(sql, {**among.parameters, **asked}))]


def _spaced(s: Session, word: str, column: str, among: Where) -> str | None:
    """A word as some text has it with spaces in it: "ac dc" of "acdc"; or None."""
    if not 2 <= len(word) <= MOST_INITIALS or not word.isalnum():
        return None
    pattern = rf"(?:^|[\x01\x02 ])({' ?'.join(word)})(?:[\x01\x02 ]|$)"
    for name in (*NAMES, TITLES) if column == ANYWHERE else (column,):
        sql = _SQL["spaced"].format(column=name, where=among.sql)
        row = s.row(sql, bind(sql, {**among.parameters, "pattern": pattern}))
        if row and " " in row[0]:
            return str(row[0])
    return None


def _is_there(s: Session, word: str, column: str, among: Where) -> bool:
    if column == ANYWHERE:
        return _finds(s, Query((Word(word),)))
    sql = _SQL["holds"].format(where=among.sql, column=column)
    return s.row(sql, bind(sql, {**among.parameters, "word": word})) is not None


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
        words[place] = replace(words[place], text=text, quoted=words[place].quoted or " " in text)
    else:
        n = place - len(words)
        conditions[n] = replace(conditions[n], values=(text,))
    return replace(query, words=tuple(words), conditions=tuple(conditions))
