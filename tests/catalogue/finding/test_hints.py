"""Hints about filters that are understood otherwise than they are meant."""

from __future__ import annotations

import pytest

from auralis_lab.catalogue.finding.filters import FilterError, parse
from auralis_lab.catalogue.finding.hints import hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("genre:jazz or genre:blues", "genre:jazz,blues"),
        ("genre:jazz OR blues", "genre:jazz,blues"),
        ("genre:jazz|blues", "genre:jazz,blues"),
        ("(jazz blues)", "genre:jazz,blues"),
        ("genre:jazz and year:1959", "leave it out"),
        ("jazz not live", "-genre:jazz"),
        ("year : 1959", "year:1959"),
        ("genre :jazz", "genre:jazz"),
        ("path:*.flac", "without it"),
        ("artist:/b.*h/", "no patterns"),
        ("/bach$/", "no patterns"),
    ],
)
def test_what_other_programs_understand_is_explained(text: str, words: str) -> None:
    assert words in (hint(text) or "")


@pytest.mark.parametrize(
    "text", ["", "miles davis", '"this or that"', "genre:jazz -live", "ac/dc", "orlando", "a : b"]
)
def test_nothing_is_said_about_what_is_only_words(text: str) -> None:
    assert hint(text) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("decade:90s", "decade:1990s"),
        ("decade:60", "decade:1960s"),
        ("year:1950-1960", "year:1950..1960"),
        ("added:2020-2021", "added:2020..2021"),
        ("duration>1x30s", "1m30s"),
        ("sort:year,title", "what is equal in it"),
        ("sort:year sort:title", "what is equal in it"),
        ("sort:shuffle", "no order 'shuffle'"),
    ],
)
def test_an_error_says_how_it_is_written(text: str, sentence: str) -> None:
    with pytest.raises(FilterError, match=sentence.replace("..", r"\.\.")):
        parse(text)
