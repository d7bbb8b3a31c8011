"""What may have been meant by a filter that can be understood and finds nothing.

People write filters as other programs take them. Much of that is words here, which may well stand
in a title, so it is no error; but when it finds nothing, it is worth a sentence.
"""

from __future__ import annotations

import re

from auralis_lab.analysis.definitions import MEASURES
from auralis_lab.catalogue.finding.fields import find_field
from auralis_lab.catalogue.finding.filters import parse

__all__ = ["asks_for_measures", "hint"]

_JOINED = "all terms have to fit; what may be one or the other is one term, as in genre:jazz,blues"
_HINTS = (
    (re.compile(r"[(|)]"), f"there are no brackets and no | between terms: {_JOINED}"),
    (re.compile(r"(?:^|\s)or(?:\s|$)", re.IGNORECASE), f"'or' is looked for as a word: {_JOINED}"),
    (
        re.compile(r"(?:^|\s)not(?:\s|$)", re.IGNORECASE),
        "'not' is looked for as a word; what must not fit is written with a hyphen: -genre:jazz",
    ),
    (
        re.compile(r"(?:^|\s)and(?:\s|$)", re.IGNORECASE),
        "'and' is looked for as a word; terms have to fit all of them as it is: leave it out",
    ),
    (
        re.compile(r"(?:^|[\s:=,])/\S*/(?:\s|$)"),
        "there are no patterns: words are parts of texts, and :=… asks for a whole text",
    ),
    (
        re.compile(r"\*"),
        "a * is a character as others are; parts of words are found without it",
    ),
)
_SPACED = re.compile(r"(?:^|\s)-?([A-Za-z_]+)\s+(?:[:=]\s*)(\S+)")


def hint(text: str) -> str | None:
    """Say what in a filter that finds nothing is read otherwise than it may be meant.

    Parameters
    ----------
    text : str
        The filter.

    Returns
    -------
    sentence : str or None
        None if nothing in it is suspicious.

    Examples
    --------
    >>> hint("year : 1959")
    'there is no space around the colon: year:1959'
    >>> hint("kind of blue") is None
    True
    """
    plain = re.sub(r'"[^"]*"', "", text)
    spaced = _SPACED.search(plain)
    if spaced and find_field(spaced[1]):
        return f"there is no space around the colon: {spaced[1]}:{spaced[2]:.40}"
    return next((sentence for pattern, sentence in _HINTS if pattern.search(plain)), None)


def asks_for_measures(text: str, sort: str | None = None) -> bool:
    """Whether a filter or an order goes by what only tracks have that were measured.

    Parameters
    ----------
    text : str
        The filter, which may hold an order.
    sort : str, optional
        Another order.

    Examples
    --------
    >>> asks_for_measures("genre:jazz loudness<-14"), asks_for_measures("bach", "year")
    (True, False)
    """
    query = parse(text)
    names = (*(condition.name for condition in query.conditions), query.sort, sort)
    fields = (find_field(name) for name in names if name)
    return any(field is not None and field.sql in MEASURES for field in fields)
