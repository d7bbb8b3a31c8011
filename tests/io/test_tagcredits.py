"""Who made a track, told from what tags credit."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.io.tagcredits import credits_of
from auralis_lab.io.tagdata import Tags

NAMES = [
    "AC/DC",
    "Earth, Wind & Fire",
    "Simon & Garfunkel",
    "Crosby, Stills, Nash & Young",
    "Little Feat",
    "Tyler, The Creator",
    "Emerson, Lake and Palmer",
    "Defeat.",
    "Feat",
    "The Featuring",
    "feat. Nobody",
    "6 ft Tall",
    "忠人 平峰",
    "شيرين",
    "!!!",
    "+/-",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_not_taken_apart(name: str) -> None:
    found = credits_of([name], (), None)
    assert (found.artist, found.artists, found.featured) == (name, (name,), ())


@pytest.mark.parametrize(
    ("credit", "main", "guests"),
    [
        ("A feat. B", "A", ("B",)),
        ("A Feat B", "A", ("B",)),
        ("A FT. B", "A", ("B",)),
        ("A ft B", "A", ("B",)),
        ("A featuring B", "A", ("B",)),
        ("A (feat. B)", "A", ("B",)),
        ("A [ft. B (of C)]", "A", ("B (of C)",)),
        ("A feat.B", "A", ("B",)),
        ("A feat. B ft. C", "A", ("B", "C")),
        ("A feat. B; C", "A", ("B", "C")),
        ("AC/DC feat. Simon & Garfunkel", "AC/DC", ("Simon & Garfunkel",)),
        ("Little Feat feat. Bonnie Raitt", "Little Feat", ("Bonnie Raitt",)),
        ("A feat. a", "A", ()),
        ("Blink-182 feat. B", "Blink-182", ("B",)),
        ("U2 ft B", "U2", ("B",)),
        ("112 ft. B", "112", ("B",)),
    ],
)
def test_guests_are_told_from_the_main_artist(
    credit: str, main: str, guests: tuple[str, ...]
) -> None:
    found = credits_of([credit], (), None)
    assert found.artist == credit
    assert found.artists == (main, *guests)
    assert found.featured == guests


@pytest.mark.parametrize(
    ("title", "guests"),
    [
        ("Song (feat. B)", ("B",)),
        ("Song [Live ft. B] (Remix)", ("B",)),
        ("Song feat. B (Remix)", ("B",)),
        ("Song (featuring B & C)", ("B & C",)),
        ("Now Featuring You", ()),
        ("Six ft under", ()),
        ("Feats", ()),
        ("(feat)", ()),
    ],
)
def test_guests_are_found_in_titles(title: str, guests: tuple[str, ...]) -> None:
    found = credits_of(["A"], (), title)
    assert (found.artist, found.artists, found.featured) == ("A", ("A", *guests), guests)


def test_several_values_are_several_artists() -> None:
    found = credits_of(["A", "B", "C feat. D"], (), None)
    assert found.artist == "A, B, C feat. D"
    assert found.artists == ("A", "B", "C", "D")
    assert found.featured == ("D",)


def test_a_list_of_artists_tells_what_a_credit_is_made_of() -> None:
    found = credits_of(["A & B feat. C & D"], ["A", "B", "C", "D"], "Song (feat. E)")
    assert found.artist == "A & B feat. C & D"
    assert found.artists == ("A", "B", "C", "D")
    assert found.featured == ("C", "D")
    found = credits_of(["A"], ["A"], "Song (feat. E)")
    assert (found.artists, found.featured) == (("A", "E"), ("E",))
    found = credits_of([], ["A", "B"], None)
    assert (found.artist, found.artists) == ("A, B", ("A", "B"))


def test_either_of_credit_and_list_makes_the_other() -> None:
    assert Tags(artists=("A", "B")).artist == "A, B"
    tags = Tags(artist="A feat. B")
    assert (tags.artists, tags.featured) == (("A", "B"), ("B",))
    assert Tags() == Tags(artist=None, artists=(), featured=())


TEXTS = st.text(st.sampled_from("AB &,;()[]./feat ftFeaturing"), max_size=60)


@given(
    credited=st.lists(TEXTS, max_size=4),
    listed=st.lists(TEXTS, max_size=4),
    title=st.none() | TEXTS,
)
def test_guests_are_among_the_artists_whatever_is_credited(
    credited: list[str], listed: list[str], title: str | None
) -> None:
    found = credits_of(credited, listed, title)
    assert set(found.featured) <= set(found.artists)
    assert len({name.casefold() for name in found.artists}) == len(found.artists)
    assert found.artist in (", ".join(credited), ", ".join(listed), None)


def test_no_more_than_256_artists_are_told() -> None:
    found = credits_of([f"A{n} feat. B{n}" for n in range(200)], (), None)
    assert len(found.artists) == 256
    assert len(found.featured) == 56


def test_long_credits_take_no_long_time() -> None:
    start = time.perf_counter()
    credits_of(["a feat. b " * 6_000] * 256, ["b" * 60_000] * 256, "(feat. " * 9_000)
    credits_of([f"a{n} feat. b" for n in range(256)], [f"b{n}" for n in range(256)], "ft. x " * 99)
    assert time.perf_counter() - start < 5.0
