"""Filters as SQL.

Conventions: everything that people typed is bound; the rest comes from the whitelist of fields. A
condition is true or false of every track and never NULL where it is negated: where there is no
value, no comparison is true. Tracks whose file is missing fit only where ``is:missing`` asks for
them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from auralis_lab.catalogue.finding.fields import FIELDS, FLAGS, Field, Kind
from auralis_lab.catalogue.finding.filters import Condition, Query
from auralis_lab.catalogue.finding.keys import CREDIT, SEPARATOR, bigrams, first_bytes
from auralis_lab.catalogue.finding.pages import Where
from auralis_lab.catalogue.finding.ranks import Ranking
from auralis_lab.catalogue.finding.values import Interval, read_interval
from auralis_lab.catalogue.text import clean, fold

__all__ = ["PRESENT", "ranking", "where"]

PRESENT = "missing_since IS NULL"
NO_LIMIT = 1 << 40
FOLDED = (
    *("title_sort", "artists_folded", "album_folded", "album_artist_folded", "genres_folded"),
    "composer_folded",
)
TEXTS = ("search_text", *FOLDED)


def where(query: Query, *, now: datetime | None = None) -> Where:
    """Say in SQL which tracks a filter finds.

    Parameters
    ----------
    query : Query
    now : datetime, optional
        What ages end at, naive UTC; by default this moment.

    Returns
    -------
    where : Where
    """
    making = _Making(now, _present(query))
    return _whole(making, _parts(query, making))


def ranking(query: Query) -> Ranking:
    """Say in SQL which tracks are the best for the words of a filter.

    Parameters
    ----------
    query : Query
        With words.
    """
    making = _Making(None, _present(query))
    parts = _parts(query, making)
    phrase = fold(query.text)
    low, high = making.name(first_bytes(phrase)), making.name(_last_with(phrase))
    within = f"title_prefix BETWEEN {low} AND {high}"
    spaced = [making.name(f" {word}") for word in dict.fromkeys(phrase.split())]
    fits = _joined(making, *parts.others, *parts.words)
    # A title that begins with the text holds all its words, but not all its phrases.
    quoted = any(word.quoted and not word.negated for word in query.words)
    return Ranking(
        fits=_whole(making, parts),
        may=_joined(making, *parts.others, parts.summary),
        among=Where(" AND ".join(parts.words), making.parameters),
        columns=(*TEXTS, "title_prefix", "artist_prefix"),
        begins_fits=fits if quoted else _joined(making, *parts.others),
        begins=f"{within} AND starts_with(title_sort, {making.name(phrase)})",
        starts=" AND ".join(f"contains(search_text, {word})" for word in spaced),
        parameters=making.parameters,
    )


@dataclass(frozen=True)
class _Parts:
    """Tests of a filter: for the words that must occur, all others, and a summary of the words."""

    words: list[str]
    others: list[str]
    summary: str


def _present(query: Query) -> str:
    """Which tracks may fit at all."""
    asked = [c for c in query.conditions if c.name == "is" and "missing" in c.values]
    return "true" if any(not condition.negated for condition in asked) else PRESENT


def _parts(query: Query, making: _Making) -> _Parts:
    words, letters = _words(query, making)
    others = [
        f"NOT ({' AND '.join(_occurs(folded, word.quoted, making))})"
        for word in query.words
        if word.negated and (folded := fold(word.text))
    ]
    for condition in query.conditions:
        others.append(making.condition(condition))
        if condition.name == "title" and not condition.negated and len(condition.values) == 1:
            letters += [fold(value) for value in condition.values if value]
    return _Parts(words, others, making.summary(" ".join(letters)))


def _joined(making: _Making, *tests: str) -> Where:
    fits = (making.present, *(test for test in tests if test))
    return Where(" AND ".join(fits), making.parameters)


def _whole(making: _Making, parts: _Parts) -> Where:
    if not parts.summary:
        return _joined(making, *parts.others, *parts.words)
    # The texts are read of those rows alone that may do: the limit, which is none, keeps the tests
    # for words from being made of all rows, and the list keeps the rows from being joined first.
    may = f"SELECT id, {', '.join(TEXTS)} FROM tracks WHERE {making.present} AND {parts.summary}"
    tests = " AND ".join(parts.words) or "true"
    hits = f"SELECT list(id) FROM ({may} LIMIT {NO_LIMIT}) WHERE {tests}"
    return _joined(making, f"id IN (SELECT unnest(({hits})))", *parts.others)


def _words(query: Query, making: _Making) -> tuple[list[str], list[str]]:
    """Tests for the words that must occur, and the words."""
    wanted = [word for word in query.words if not word.negated]
    plain = fold(" ".join(word.text for word in wanted if not word.quoted))
    tests = _occurs(plain, False, making) if plain else []
    letters = [plain]
    for word in wanted:
        if word.quoted and (phrase := fold(word.text)):
            tests += _occurs(phrase, True, making)
            letters.append(phrase)
    return tests, letters


def _occurs(folded: str, quoted: bool, making: _Making) -> list[str]:
    words = list(dict.fromkeys(folded.split()))
    tests = [f"contains(search_text, {making.name(word)})" for word in words]
    if quoted and len(words) > 1:
        phrase = making.name(folded)
        tests.append("(" + " OR ".join(f"contains({text}, {phrase})" for text in FOLDED) + ")")
    return tests


class _Making:
    """A condition in the making: its parameters so far."""

    def __init__(self, now: datetime | None, present: str) -> None:
        self._now = now
        self.present = present
        self.parameters: dict[str, object] = {}

    def name(self, value: object) -> str:
        """Bind a value and return what it is called in the SQL."""
        name = f"f{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    def summary(self, text: str) -> str:
        """SQL that holds where the letters of a text may be, told by numbers; empty for any."""
        tests = []
        for part, bits in enumerate(bigrams(text)):
            if bits:
                name = self.name(bits)
                tests.append(f"(bigrams_{part} & {name}) = {name}")
        return " AND ".join(tests)

    def condition(self, condition: Condition) -> str:
        """SQL of a term about a field."""
        if condition.name == "is":
            tests = [self._flag(value) for value in condition.values if value]
        elif condition.name == "has":
            tests = [self._known(FIELDS[value]) for value in condition.values if value]
        else:
            field = FIELDS[condition.name]
            tests = [self._value(field, condition.comparison, v) for v in condition.values]
        test = " OR ".join(tests)
        return f"({test}) IS NOT TRUE" if condition.negated else f"({test})"

    def _flag(self, name: str) -> str:
        flag = FLAGS[name]
        return _of_marks(flag.sql) if flag.of_marks else flag.sql

    def _known(self, field: Field) -> str:
        return _of_marks(field.is_known) if field.of_marks else field.is_known

    def _value(self, field: Field, comparison: str, value: str | None) -> str:
        if value is None:
            return f"({self._known(field)}) IS NOT TRUE"
        if field.is_text:
            return self._text(field, comparison, value)
        interval = read_interval(field, comparison, value, self._now)
        test = " AND ".join(self._bounds(field, interval)) or field.is_known
        if not field.of_marks:
            return f"({test})"
        if field.absent is not None and interval.holds(field.absent):
            return f"id NOT IN (SELECT track_id FROM marks WHERE ({test}) IS NOT TRUE)"
        return _of_marks(test)

    def _bounds(self, field: Field, interval: Interval) -> Iterable[str]:
        if interval.low is not None:
            sign = ">=" if interval.with_low else ">"
            yield f"{field.sql} {sign} {self.name(interval.low)}"
        if interval.high is not None:
            sign = "<=" if interval.with_high else "<"
            yield f"{field.sql} {sign} {self.name(interval.high)}"

    def _text(self, field: Field, comparison: str, value: str) -> str:
        if field.kind is Kind.LITERAL:
            text = self.name(clean(value) or "")
            if comparison == "=":
                return f"lower({field.sql}) = lower({text})"
            return f"contains(lower({field.sql}), lower({text}))"
        folded = fold(value)
        if comparison != "=":
            return f"({field.is_known} AND contains({field.sql}, {self.name(folded)}))"
        if field.kind is Kind.FOLDED:
            return f"({field.is_known} AND {field.sql} = {self.name(folded)})"
        name, credit = (f"{sign}{folded}{sign}" for sign in (SEPARATOR, CREDIT))
        return (
            f"(contains({field.sql}, {self.name(name)}) "
            f"OR contains({field.sql}, {self.name(credit)}))"
        )


def _of_marks(test: str) -> str:
    return f"id IN (SELECT track_id FROM marks WHERE {test})"


def _last_with(phrase: str) -> int:
    """The highest number of a text that begins with a phrase."""
    start = phrase.encode("utf-8")[:8]
    return int.from_bytes(start.ljust(8, b"\xff"), "big") - (1 << 63)
