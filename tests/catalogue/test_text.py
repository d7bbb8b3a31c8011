from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.catalogue.text import clean, fold, path_from_text, path_to_text


@given(st.binary(max_size=40).filter(lambda name: b"\0" not in name))
def test_any_file_name_survives_being_stored_and_can_be_printed(name: bytes) -> None:
    path = os.fsdecode(b"/music/" + name)
    text = path_to_text(path)
    text.encode("utf-8")
    assert path_from_text(text) == path


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_different_file_names_are_stored_differently(a: bytes, b: bytes) -> None:
    assert (path_to_text(os.fsdecode(a)) == path_to_text(os.fsdecode(b))) == (a == b)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters()))
def test_clean_text_can_be_stored(text: str) -> None:
    cleaned = clean(text)
    if cleaned is not None:
        cleaned.encode("utf-8")
        assert "\0" not in cleaned
        assert cleaned.strip()


def test_a_tag_of_ten_thousand_characters_is_kept_and_a_book_is_cut() -> None:
    assert clean("x" * 10_000) == "x" * 10_000
    assert clean("x" * 1_000_000) == "x" * 20_000
    assert clean(" \0 ") is None
    assert clean(None) is None
