"""Filters on the command line that begin with a hyphen, as ``-artist:bach`` does.

Without this, an option's letter anywhere in such a word would be taken for the option. A word is a
filter if it begins with one hyphen and the name of a field and a sign, or a quote; so is any other
whose first letter is no option of the command, or whose rest is no value such an option could have.
Such words are handed on behind ``--``. To take them to the end changes nothing: what must not fit
may stand anywhere in a filter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from typer.core import TyperCommand

__all__ = ["FilterCommand"]

_TERM = re.compile(r"-([A-Za-z][A-Za-z_]*)(?::=|:|<=|>=|<|>|=|!=)")


class FilterCommand(TyperCommand):
    """A command some of whose arguments may be filters that begin with a hyphen."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments, filters after all others."""
        return super().parse_args(ctx, self._filters_last(args))

    def _filters_last(self, args: list[str]) -> list[str]:
        options = [option for option in self.params if option.param_type_name == "option"]
        with_value = [option for option in options if not getattr(option, "is_flag", False)]
        takes_value = {name for option in with_value for name in _names(option)}
        letters = {
            name[1]: name in takes_value
            for option in options
            for name in _names(option)
            if len(name) == 2
        }
        kept: list[str] = []
        filters: list[str] = []
        rest = iter(args)
        for word in rest:
            if word == "--":
                filters += rest
            elif word in takes_value:
                kept += [word, *_next(rest)]
            elif _is_filter(word, letters):
                filters.append(word)
            else:
                kept.append(word)
        return [*kept, "--", *filters] if filters else kept


def _names(option: Any) -> Iterable[str]:
    return (*option.opts, *option.secondary_opts)


def _next(rest: Any) -> list[str]:
    word = next(rest, None)
    return [] if word is None else [word]


def _is_filter(word: str, letters: dict[str, bool]) -> bool:
    """Tell whether a word is no option, by the letters of options and whether they take a value."""
    from auralis_lab.catalogue.finding.fields import find_field

    if len(word) < 2 or word[0] != "-" or word[1] == "-":
        return False
    letter, value = word[1], word[2:]
    if not value and letter.isalpha():  # an option, be there such a one or not
        return False
    if letter not in letters:
        return True
    term = _TERM.match(word)
    if term and (term[1].lower() in ("is", "has", "sort") or find_field(term[1])):
        return True
    if not value or not letters[letter]:
        return False
    fits = {"n": value.isdecimal(), "l": Path(value).expanduser().is_dir(), "s": "=" in value}
    return not fits.get(letter, True)
