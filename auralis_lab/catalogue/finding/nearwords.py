"""Words that are in the catalogue and near others that are not.

Conventions: words are folded. A word is near another if few letters have to be added, left out,
changed or swapped, the fewer the shorter it is; a word may also be near the beginning of a longer
one, for it may not be finished. Artists, albums and composers are looked at first, titles only for
words that nothing there is next to, and all that is searched only for those that nothing in titles
is next to: there are a hundred times as many.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from auralis_lab.catalogue.finding.keys import bigrams
from auralis_lab.catalogue.finding.pages import Where, bind

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["ANYWHERE", "MOST_UNKNOWN", "NEXT", "TRIES", "near_words"]

FEWEST_LETTERS = 3
MOST_LETTERS = 40
MOST_UNKNOWN = 3
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
ANYWHERE = "search_text"
TITLES = "title_sort"
NAMES = ("artists_folded", "album_folded", "album_artist_folded", "composer_folded")

_SQL = {
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


def near_words(
    s: Session, words: Iterable[str], column: str, among: Where
) -> dict[str, list[tuple[str, float]]]:
    """Return words that some tracks have near others, and how far; nearest first.

    Parameters
    ----------
    s : Session
    words : iterable of str
        Folded.
    column : str
        Where to look; `ANYWHERE` is in all that is searched.
    among : Where
        Which tracks.
    """
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
