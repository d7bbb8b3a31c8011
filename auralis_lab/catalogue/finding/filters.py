r"""The filter language: what one may type to find tracks, in a search, a smart playlist, a command.

A text is a row of terms with spaces between them, and a track is found if all of them fit::

    miles davis               words; each may be a part of a longer one, and stand anywhere
    "kind of blue"            a phrase within one of the texts
    genre:jazz                a field holds a text; of several, genre:jazz,blues
    artist:="Miles Davis"     a field is a text, as a whole
    year:1970..1979           a range, ends included; duration:..5m and rating:4.. are open
    loudness<-14 rating>=4    comparisons: < <= > >=
    duration:3m               a number that rounds to this: 2:30 to 3:30
    added:2026-01             a year, month or day, in UTC; also added>2026-01-15
    added<30d played>1y       within the last 30 days; last heard more than a year ago
    has:lyrics genre:none     where there is a value, where there is none (never for played:)
    is:favourite              a property
    -artist:bach              not: whatever the term does not find, tracks without a value included
    is:missing                what a scan did not find; without this, no term finds such tracks
    sort:-plays               an order; with a hyphen downwards; sort:random changes every day

So ``-played<1y`` is what was not heard for a year, or ever, and ``played:never`` what never was.
Case, accents and punctuation do not count in title, artist, album, album_artist, genre and
composer; in other texts only case does not.

A word with ``:``, ``=``, ``<`` or ``>`` after letters is a term about a field. Where no field has
that name it is an error that says so, for it is more often a slip of the pen than a title; in
quotes it is words: ``"re:stacks"``. A colon at the end of a word that is no field ("2001: a space
odyssey", "Requiem: Lacrimosa") is only punctuation. A quote that is not closed ends with the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from auralis_lab.catalogue.finding.fields import FIELDS, FLAGS, Field, find_field, find_flag
from auralis_lab.catalogue.finding.orders import SORTS, find_sort
from auralis_lab.catalogue.finding.terms import (
    NOTHING,
    Condition,
    FilterError,
    Query,
    Word,
    in_quotes,
    quote,
)
from auralis_lab.catalogue.finding.values import read_interval
from auralis_lab.catalogue.text import fold
from auralis_lab.errors import ParameterError

__all__ = ["Condition", "FilterError", "Query", "Word", "parse", "quote"]

MAX_CHARACTERS = 20_000
MAX_WORDS = 32
MAX_CONDITIONS = 32
MAX_VALUES = 100

_NAME = re.compile(r"([A-Za-z][A-Za-z_]*)(:=|:|<=|>=|<|>|=|!=)")
_ALONE = re.compile(r"(?:[<>=!]=|[<>])(?!\S)")
_JOINING = {
    "AND": "all terms have to fit as it is: leave AND out",
    "OR": "all terms have to fit; what may be one or the other is one term: genre:jazz,blues",
    "NOT": "what must not fit is written with a hyphen: -genre:jazz",
}
_NEXT_KEYS = "what is equal in it follows by album or artist"
_BARE = re.compile(r'[^\s,"][^\s,]*')
_WORD = re.compile(r"\S+")
_SPACE = re.compile(r"\s*")


def parse(text: str) -> Query:
    """Understand a filter.

    Parameters
    ----------
    text : str
        20,000 characters, 32 words and 32 terms about fields at most. Nothing finds everything.

    Raises
    ------
    FilterError
        If a term cannot be understood, with the place in the text.

    Examples
    --------
    >>> query = parse('miles genre:jazz,blues year:1955..1965 -is:lossy sort:-plays')
    >>> query.text, query.sort, query.descending
    ('miles', 'plays', True)
    >>> print(query)
    miles genre:jazz,blues year:1955..1965 -is:lossy sort:-plays
    """
    if not isinstance(text, str):
        raise ParameterError(f"text={text!r:.80} must be text")
    if len(text) > MAX_CHARACTERS:
        sentence = f"a filter of {len(text):,} characters must have {MAX_CHARACTERS:,} at most"
        raise FilterError(sentence, text, MAX_CHARACTERS)
    return _Parser(text).query()


class _Parser:
    """One pass over a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._words: list[Word] = []
        self._conditions: list[Condition] = []
        self._sort: tuple[str, bool] | None = None
        self._folded_words = 0
        self._joining: tuple[str, int] | None = None

    def query(self) -> Query:
        while self._skip_space():
            self._term()
        if self._joining and self._conditions:
            word, position = self._joining
            raise self._error(
                f"{_JOINING[word]}; in quotes it is a word: {in_quotes(word)}", position
            )
        sort, descending = self._sort or (None, False)
        return Query(tuple(self._words), tuple(self._conditions), sort, descending)

    def _term(self) -> None:
        start, text = self._at, self._text
        negated = text[start] == "-" and bool(_WORD.match(text, start + 1))
        self._at += negated
        name = _NAME.match(text, self._at)
        if name and not self._is_only_punctuation(name):
            self._named(name, negated)
            if len(self._conditions) > MAX_CONDITIONS:
                raise self._error(f"there are more than {MAX_CONDITIONS} terms about fields", start)
            return
        if alone := _ALONE.match(text, self._at):
            hint = "no spaces around it, as in loudness<-14; in quotes it is a word:"
            raise self._error(f"{alone[0]} has {hint} {in_quotes(alone[0])}", start)
        quoted = text[self._at] == '"'
        found = self._quoted() if quoted else self._take(_WORD)
        if not found.strip():
            return
        if found in _JOINING and not quoted and not negated:
            self._joining = (found, start)
        self._words.append(Word(found, quoted, negated))
        self._folded_words += len(fold(found).split()) or 1
        if self._folded_words > MAX_WORDS:
            sentence = f"text of {self._folded_words} words must be {MAX_WORDS} words at most"
            raise self._error(sentence, start)

    def _is_only_punctuation(self, name: re.Match[str]) -> bool:
        """Whether a colon or the like ends a word that is no field's name."""
        return not _WORD.match(self._text, name.end()) and not self._known(name[1])

    @staticmethod
    def _known(name: str) -> bool:
        return name.lower() in ("is", "has", "sort") or find_field(name) is not None

    def _named(self, match: re.Match[str], negated: bool) -> None:
        name, sign = match[1].lower(), match[2]
        start, self._at = match.start(), match.end()
        if not self._known(name):
            word = (_WORD.match(self._text, start) or match)[0]
            near = _nearest(name, (*FIELDS, "is", "has", "sort"))
            advice = ""
            if len(word) < 50 and word.isprintable():
                advice = f"; in quotes it is only words: {in_quotes(word)}"
            raise self._error(f"there is no field {name!r:.40}{near}{advice}", start)
        if not _WORD.match(self._text, self._at):
            hint = f"; in quotes it is only a word: {in_quotes(match[0])}"
            raise self._error(f"{match[0]} wants a value right after it{hint}", self._at)
        sign = "=" if sign == ":=" else sign
        if name == "sort":
            self._take_sort(negated, sign, start)
            return
        field = find_field(name)
        label = field.name if field and name not in ("is", "has") else name
        self._check_sign(label, field, sign, match.start(2))
        values = tuple(self._values(label, sign))
        if len(values) > 1 and sign not in (":", "="):
            raise self._error(f"{label}{sign} takes one value", start)
        self._conditions.append(Condition(label, sign, values, negated))

    def _check_sign(self, name: str, field: Field | None, sign: str, position: int) -> None:
        if sign == "!=":
            raise self._error(f"not is written with a hyphen: -{name}:=…", position)
        if name in ("is", "has"):
            if sign != ":":
                raise self._error(f"{name} is followed by a colon: {name}:…", position)
        elif field and field.is_text and sign not in (":", "="):
            raise self._error(f"{name} is text: it takes {name}:… or {name}:=…", position)

    def _take_sort(self, negated: bool, sign: str, start: int) -> None:
        position = self._at
        value = self._value()
        descending = value.startswith("-")
        found = find_sort(value.removeprefix("-"))
        if negated or sign != ":":
            raise self._error("an order is written sort:name, or sort:-name for downwards", start)
        if found is None:
            near = _nearest(value.removeprefix("-").lower(), SORTS)
            raise self._error(f"there is no order {value.removeprefix('-')!r:.40}{near}", position)
        if self._text[self._at : self._at + 1] == ",":
            raise self._error(f"there is one order; {_NEXT_KEYS}", self._at)
        if self._sort:
            raise self._error(f"there is an order already; {_NEXT_KEYS}", start)
        self._sort = (found, descending)

    def _values(self, name: str, sign: str) -> Iterable[str | None]:
        count = 0
        while True:
            position = self._at
            quoted = self._text[position : position + 1] == '"'
            value = self._value()
            if not value:
                raise self._error(f"{name}{sign} wants a value here", position)
            count += 1
            if count > MAX_VALUES:
                raise self._error(f"{name} has more than {MAX_VALUES} values", position)
            yield self._checked(name, sign, value, quoted, position)
            if self._text[self._at : self._at + 1] != ",":
                return
            self._at += 1

    def _checked(self, name: str, sign: str, value: str, quoted: bool, position: int) -> str | None:
        """A value in its one form; None if it is the lack of one."""
        if name == "is":
            flag = find_flag(value)
            if flag is None:
                near = _nearest(value.lower(), FLAGS)
                raise self._error(f"nothing is {value!r:.40}{near}", position)
            return flag.name
        field = find_field(value if name == "has" else name)
        if field is None:
            near = _nearest(value.lower(), FIELDS)
            raise self._error(f"there is no field {value!r:.40}{near}", position)
        if name == "has":
            return field.name
        if value.lower() in NOTHING and not quoted and sign in (":", "="):
            return None
        if field.is_text:
            return value
        try:
            read_interval(field, sign, value)
        except ValueError as error:
            raise self._error(str(error), position) from error
        return value.strip()

    def _skip_space(self) -> bool:
        self._take(_SPACE)
        return self._at < len(self._text)

    def _value(self) -> str:
        return self._quoted() if self._text[self._at : self._at + 1] == '"' else self._take(_BARE)

    def _quoted(self) -> str:
        """What stands in quotes from here on; a backslash keeps a quote or a backslash."""
        taken = []
        at, text = self._at + 1, self._text
        while at < len(text) and text[at] != '"':
            at += text[at] == "\\" and text[at + 1 : at + 2] in ('"', "\\")
            taken.append(text[at])
            at += 1
        self._at = at + 1
        return "".join(taken)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        taken = found[0] if found else ""
        self._at += len(taken)
        return taken

    def _error(self, sentence: str, position: int) -> FilterError:
        return FilterError(sentence, self._text, position)


def _nearest(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name[:40], list(names), n=1, cutoff=0.6)
    return f" (did you mean {near[0]}?)" if near else ""
