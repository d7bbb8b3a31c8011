"""What was meant by words that find nothing.

Conventions: words are folded. What is near a word, see ``nearwords``, is looked for among the
tracks that the rest of the filter finds. Where every word is there and no track has all of them,
each is doubted in turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from auralis_lab.catalogue.finding.fields import FIELDS, Kind
from auralis_lab.catalogue.finding.filtersql import where
from auralis_lab.catalogue.finding.nearwords import (
    ANYWHERE,
    MOST_UNKNOWN,
    NEXT,
    TRIES,
    near_words,
)
from auralis_lab.catalogue.finding.pages import Where, bind
from auralis_lab.catalogue.finding.terms import Query, Word
from auralis_lab.catalogue.text import fold

if TYPE_CHECKING:
    from auralis_lab.catalogue.session import Session

__all__ = ["correct"]

MOST_DOUBTED = 4
"""Words that are there, each by itself, and may yet be misspelt."""
JOINING = frozenset(("and", "und", "et", "y", "n", "the"))
"""What may be written as a sign, or left out."""

_SQL = {
    "any": "SELECT 1 FROM tracks WHERE {where} LIMIT 1",
    "holds": "SELECT 1 FROM tracks WHERE {where} AND contains({column}, $word) LIMIT 1",
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
            for word, others in near_words(s, words, column, rest).items()
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
        for other, distance in near_words(s, [text.text], ANYWHERE, rest)[text.text]:
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
