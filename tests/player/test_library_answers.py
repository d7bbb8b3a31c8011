"""What a real library answers to the page, and what the page may change in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import mutagen.flac
import numpy as np
import pytest
import soundfile

from auralis_lab import open_lab
from auralis_lab.lab import Lab
from auralis_lab.player.library import LibraryView
from tests.player.shelf import wait_until

SONGS = [
    ("Alpha", "Ann", "First", "Jazz", "1971"),
    ("Beta", "Ann", "First", "Jazz", "1972"),
    ("Gamma", "Bob", "Second", "Rock", "1985"),
    ("Delta", "Cy, or not", "Third", None, None),
]


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("music")
    for n, (title, artist, album, genre, date) in enumerate(SONGS):
        path = folder / f"{n}.flac"
        soundfile.write(path, np.full((8_000, 1), 0.1 + n / 10), 8_000)
        file = mutagen.flac.FLAC(path)
        tags = {"title": title, "artist": artist, "album": album, "genre": genre, "date": date}
        for name, value in {**tags, "tracknumber": str(n + 1)}.items():
            if value is not None:
                file[name] = value
        file.save()
    return folder


class Asked:
    """A view of the library and all it sends."""

    def __init__(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        self.lab = lab
        self.view = LibraryView(lab)
        self.sent: list[dict[str, Any]] = []
        self.request = 0
        monkeypatch.setattr(self.view, "send", lambda content, buffers=None: self.note(content))

    def note(self, content: dict[str, Any]) -> None:
        self.sent.append(content)

    def tell(self, **message: object) -> None:
        self.view._handle_custom_msg(message, [])

    def ask(self, type: str, **more: object) -> dict[str, Any]:
        self.request += 1
        number = self.request
        self.tell(type=type, view="me", request=number, **more)
        wait_until(lambda: any(c.get("request") == number for c in self.sent))
        return next(c for c in self.sent if c.get("request") == number)

    def titles(self, **wanted: object) -> list[str]:
        return [row["title"] for row in self.ask("query", filter=wanted)["rows"]]

    def number_of(self, title: str) -> int:
        return self.lab.tracks.search(f'title:="{title}"')[0].id


@pytest.fixture(scope="module")
def lab(music: Path) -> Iterator[Lab]:
    with open_lab(music) as made:
        made.scan()
        yield made


@pytest.fixture
def asked(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    made = Asked(lab, monkeypatch)
    yield made
    made.view.close()


def terms(answer: dict[str, Any], facet: str) -> dict[str, str]:
    return {value["label"]: value["term"] for value in answer["facets"][facet]}


def test_every_count_finds_as_many_rows_as_it_says(asked: Asked) -> None:
    counted = asked.ask("facets")
    for facet, values in counted["facets"].items():
        assert values
        for value in values:
            assert len(asked.titles(chosen={facet: [value["term"]]})) == value["count"], value


def test_several_values_of_one_facet_mean_any_and_facets_narrow_each_other(asked: Asked) -> None:
    counted = asked.ask("facets")
    genre, artist = terms(counted, "genre"), terms(counted, "artist")
    both = [genre["Jazz"], genre["Rock"]]
    assert asked.titles(chosen={"genre": both}) == ["Alpha", "Beta", "Gamma"]
    assert asked.titles(chosen={"genre": both, "artist": [artist["Bob"]]}) == ["Gamma"]
    assert asked.titles(chosen={"genre": [genre["Rock"], genre["no genre"]]}) == ["Gamma", "Delta"]
    odd = next(term for label, term in artist.items() if label.startswith("Cy"))
    assert asked.titles(chosen={"artist": [odd, artist["Bob"]]}) == ["Gamma", "Delta"]


def test_a_chosen_facet_still_tells_its_other_values(asked: Asked) -> None:
    jazz = terms(asked.ask("facets"), "genre")["Jazz"]
    counted = asked.ask("facets", filter={"chosen": {"genre": [jazz]}})
    assert {"Jazz", "Rock"} <= set(terms(counted, "genre"))
    assert set(terms(counted, "artist")) == {"Ann"}


def test_ranges_take_their_ends_in(asked: Asked) -> None:
    assert asked.titles(ranges={"year": {"low": 1972, "high": 1985}}) == ["Beta", "Gamma"]
    assert asked.titles(ranges={"year": {"low": None, "high": 1971}}) == ["Alpha"]
    bands = asked.ask("facets", filter={"ranges": {"year": {"low": 1980, "high": None}}})["bands"]
    assert [band["low"] for band in bands["year"]] == [1971, 1972, 1985]


def test_favourites_and_ratings_are_kept_and_told_to_every_view(asked: Asked) -> None:
    beta = asked.number_of("Beta")
    asked.tell(type="favourite", ids=[beta], on=True)
    asked.tell(type="rate", ids=[beta], stars=3.5)
    wait_until(lambda: len([c for c in asked.sent if c["type"] == "marks"]) == 2)
    assert asked.sent[-1]["marks"] == [{"id": beta, "favourite": True, "stars": 3.5, "plays": 0}]
    assert "view" not in asked.sent[-1]
    row = asked.ask("query", filter={"favourites": True})["rows"]
    assert [(r["title"], r["favourite"], r["stars"]) for r in row] == [("Beta", True, 3.5)]
    asked.tell(type="favourite", ids=[beta], on=False)
    wait_until(lambda: asked.lab.tracks.count("is:favourite") == 0)


def test_albums_are_listed_found_and_opened(asked: Asked) -> None:
    albums = asked.ask("albums")["albums"]
    assert [(a["title"], a["artist"], a["tracks"]) for a in albums] == [
        ("First", "Ann", 2),
        ("Second", "Bob", 1),
        ("Third", "Cy, or not", 1),
    ]
    assert [a["title"] for a in asked.ask("albums", text="sec")["albums"]] == ["Second"]
    inside = asked.ask("album", id=albums[0]["id"])
    assert [row["title"] for row in inside["rows"]] == ["Alpha", "Beta"]
    assert inside["album"]["year"] == 1971


def test_an_album_that_is_not_there_is_refused_with_a_reason(asked: Asked) -> None:
    answer = asked.ask("album", id=999)
    assert (answer["type"], answer["message"]) == ("refused", "there is no album 999")


def test_an_album_or_all_that_is_found_goes_into_the_queue(asked: Asked) -> None:
    queued: list[tuple[str, list[int]]] = []
    asked.view.on_queue(lambda do, ids: queued.append((do, list(ids))))
    album = asked.ask("albums")["albums"][0]["id"]
    asked.tell(type="gather", do="play", album=album)
    wait_until(lambda: len(queued) == 1)
    asked.tell(type="gather", do="add", filter={"text": "a"}, sort="year", descending=True)
    wait_until(lambda: len(queued) == 2)
    asked.tell(type="queue", do="next", ids=[asked.number_of("Delta")])
    wait_until(lambda: len(queued) == 3)
    first = [asked.number_of(title) for title in ("Alpha", "Beta")]
    latest_first = [asked.number_of(title) for title in ("Gamma", "Beta", "Alpha", "Delta")]
    assert queued == [
        ("play", first),
        ("add", latest_first),
        ("next", [asked.number_of("Delta")]),
    ]


def test_the_history_tells_what_was_heard_and_forgets_what_it_should(asked: Asked) -> None:
    gamma = asked.number_of("Gamma")
    began = datetime.now(UTC) - timedelta(minutes=5)
    asked.lab.plays.record(gamma, began, 0.9, finished=False, preset="warm", intensity=1.0)
    play = asked.ask("history")["plays"][0]
    assert (play["row"]["title"], play["preset"], play["counted"]) == ("Gamma", "warm", True)
    assert datetime.fromisoformat(play["at"]) == began
    asked.tell(type="forget", play=play["play"])
    wait_until(lambda: asked.view.heard == 1)
    assert asked.ask("history")["plays"] == []


def test_what_sounds_alike_comes_with_reasons(asked: Asked) -> None:
    alpha = asked.number_of("Alpha")
    answer = asked.ask("similar", id=alpha)
    assert answer["type"] == "refused"  # nothing is measured yet
    for title in ("Alpha", "Beta"):  # measured as they would be when they are played
        assert asked.lab.tracks.get(asked.number_of(title)).profile
    answer = asked.ask("similar", id=alpha)
    assert ([row["title"] for row in answer["rows"]], answer["unmeasured"]) == (["Beta"], 2)
    asked.lab.measure(workers=1)
    answer = asked.ask("similar", id=alpha)
    assert (answer["of"]["title"], answer["unmeasured"]) == ("Alpha", 0)
    assert {row["title"] for row in answer["rows"]} == {"Beta", "Gamma", "Delta"}
    assert all(row["reason"] for row in answer["rows"])


@pytest.mark.parametrize("term", ["genre:(", 'title:="', "nothing:1", "sort:nowhere", "year:x"])
def test_a_term_that_makes_no_sense_is_a_hint_and_no_failure(asked: Asked, term: str) -> None:
    answer = asked.ask("query", filter={"chosen": {"genre": [term]}})
    assert answer["type"] in ("refused", "rows")


def test_no_list_is_ever_longer_than_a_page(
    asked: Asked, all_questions: Callable[..., Any]
) -> None:
    for answer in all_questions(asked):
        for value in answer.values():
            assert not isinstance(value, list) or len(value) <= 200


@pytest.fixture
def all_questions() -> Callable[..., Any]:
    def ask(asked: Asked) -> Iterator[dict[str, Any]]:
        for type in ("query", "albums", "history", "facets"):
            yield asked.ask(type)

    return ask
