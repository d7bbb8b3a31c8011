"""A filter that was understood: its words, its terms about fields, its order.

Conventions: ``str`` of each writes it so that it is understood the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from auralis_lab.errors import ParameterError

__all__ = ["NOTHING", "Condition", "FilterError", "Query", "Word", "in_quotes", "quote"]

EXCERPT = 30
NOTHING = ("none", "never")
"""How the lack of a value is written, without quotes."""
_NEEDS_QUOTES = re.compile(r'^=|[\s,"]')


class FilterError(ParameterError):
    """A text is no filter.

    Its message has a sentence, and in a second line the place with a ``^`` before the character.

    Parameters
    ----------
    sentence : str
    text : str
        The whole filter.
    position : int
        Where in `text` it goes wrong, from 0.
    """

    def __init__(self, sentence: str, text: str, position: int) -> None:
        super().__init__(sentence, text, position)
        self.sentence = sentence
        self.text = text
        self.position = position

    def __str__(self) -> str:
        start, stop = max(0, self.position - EXCERPT), self.position + EXCERPT
        before, after = self.text[start : self.position], self.text[self.position : stop]
        cut = ("…" if start else "", "…" if stop < len(self.text) else "")
        place = "".join(c if c.isprintable() else " " for c in f"{before}^{after}")
        return f"{self.sentence}\n{cut[0]}{place}{cut[1]}"


@dataclass(frozen=True, slots=True)
class Word:
    """A word or, if `quoted`, a phrase that must occur, or must not."""

    text: str
    quoted: bool = False
    negated: bool = False

    def __str__(self) -> str:
        return ("-" if self.negated else "") + (in_quotes(self.text) if self.quoted else self.text)


@dataclass(frozen=True, slots=True)
class Condition:
    """A term about a field.

    Attributes
    ----------
    name : str
        Of the field; ``is`` and ``has`` are as fields are.
    comparison : {':', '=', '<', '<=', '>', '>='}
        A colon is "holds", an equals sign "is as a whole".
    values : tuple of str or None
        One of them is to fit; None is "no value".
    negated : bool
    """

    name: str
    comparison: str
    values: tuple[str | None, ...]
    negated: bool = False

    def __str__(self) -> str:
        sign = ":=" if self.comparison == "=" else self.comparison
        nothing = "never" if self.name == "played" else "none"
        values = (nothing if value is None else quote(value) for value in self.values)
        return f"{'-' if self.negated else ''}{self.name}{sign}{','.join(values)}"


@dataclass(frozen=True, slots=True)
class Query:
    """A filter that was understood; ``str`` writes it so that it is understood the same.

    Attributes
    ----------
    words : tuple of Word
    conditions : tuple of Condition
        All have to fit.
    sort : str or None
        What to order by; None leaves it to whoever asks.
    descending : bool
    """

    words: tuple[Word, ...] = ()
    conditions: tuple[Condition, ...] = ()
    sort: str | None = None
    descending: bool = False

    @property
    def text(self) -> str:
        """The words that must occur, without quotes."""
        return " ".join(word.text for word in self.words if not word.negated)

    def __str__(self) -> str:
        terms = [*map(str, self.words), *map(str, self.conditions)]
        if self.sort:
            terms.append(f"sort:{'-' if self.descending else ''}{self.sort}")
        return " ".join(terms)


def quote(value: str) -> str:
    """Write a value so that it is read back as it is, in quotes where it has to be."""
    if not value or _NEEDS_QUOTES.search(value) or value.lower() in NOTHING:
        return in_quotes(value)
    return value


def in_quotes(text: str) -> str:
    """Write a text in quotes."""
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
