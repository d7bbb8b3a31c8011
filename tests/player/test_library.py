"""The list of tracks, asked as the page asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from auralis_lab.errors import CatalogueError, ParameterError
from auralis_lab.player.library import LibraryView
from auralis_lab.settings import settings
from tests.player.shelf import ShelfLab, ShelfTrack, wait_until


class Asked:
    """A view and everything it sends."""

    def __init__(self, lab: ShelfLab, monkeypatch: pytest.MonkeyPatch) -> None:
        self.view = LibraryView(lab)
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []

        def send(content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
            self.sent.append((content, list(buffers or [])))

        monkeypatch.setattr(self.view, "send", send)

    def tell(self, **message: object) -> None:
        self.view._handle_custom_msg(message, [])

    def query(self, request: int = 1, text: str = "", **more: object) -> dict[str, Any]:
        return self.ask("query", request, filter={"text": text}, **more)

    def ask(self, type: str, request: int = 1, **more: object) -> dict[str, Any]:
        self.tell(type=type, view="me", request=request, **more)
        wait_until(lambda: [c for c, _ in self.sent if c.get("request") == request])
        return next(c for c, _ in self.sent if c.get("request") == request)


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[ShelfLab], Asked]]:
    made: list[Asked] = []

    def make(lab: ShelfLab) -> Asked:
        made.append(Asked(lab, monkeypatch))
        return made[-1]

    yield make
    for one in made:
        one.view.close()


def a_lab(count: int = 3) -> ShelfLab:
    return ShelfLab([ShelfTrack(n, f"Song {n:03}", "Someone", "Somewhere") for n in range(count)])


def test_a_page_holds_fifty_rows_and_the_next_begins_after_the_last(
    ask: Callable[[ShelfLab], Asked],
) -> None:
    asked = ask(a_lab(60))
    first = asked.query(1)
    assert [row["id"] for row in first["rows"]] == list(range(50))
    assert (first["count"], first["more"], first["first"]) == (60, True, True)
    second = asked.query(2, after=49)
    assert [row["id"] for row in second["rows"]] == list(range(50, 60))
    assert (second["more"], second["first"]) == (False, False)


def test_a_row_says_what_the_list_shows(ask: Callable[[ShelfLab], Asked]) -> None:
    title = '<img src=x onerror="alert(1)"> 🎧 שלום'
    row = ask(ShelfLab([ShelfTrack(7, title, "A & B")])).query()["rows"][0]
    assert row == {
        "id": 7,
        "title": title,
        "artist": "A & B",
        "album": None,
        "album_id": None,
        "duration_s": 107.0,
        "format": "WAV",
        "favourite": False,
        "stars": None,
        "plays": 0,
    }


def test_answers_name_the_view_and_the_question(ask: Callable[[ShelfLab], Asked]) -> None:
    answer = ask(a_lab()).query(12)
    assert (answer["view"], answer["request"]) == ("me", 12)


def test_the_order_asked_for_reaches_the_catalogue(ask: Callable[[ShelfLab], Asked]) -> None:
    lab = a_lab()
    answer = ask(lab).query(sort="duration", descending=True)
    assert lab.tracks.asked == [("list", "duration")]
    assert [row["id"] for row in answer["rows"]] == [2, 1, 0]


def test_a_search_keeps_the_rank_until_another_order_is_asked_for(
    ask: Callable[[ShelfLab], Asked],
) -> None:
    lab = ShelfLab([ShelfTrack(n, title) for n, title in enumerate(["b one", "c one", "A one"])])
    asked = ask(lab)
    assert [r["id"] for r in asked.query(1, text=" one ")["rows"]] == [0, 1, 2]
    assert [r["id"] for r in asked.query(2, text="one", sort="title")["rows"]] == [2, 0, 1]
    down = asked.query(3, text="one", sort="title", descending=True)
    assert [r["id"] for r in down["rows"]] == [1, 0, 2]


def test_a_long_search_result_comes_in_pages_to_its_end(ask: Callable[[ShelfLab], Asked]) -> None:
    asked = ask(a_lab(120))
    first = asked.query(1, text="song")
    assert (first["count"], first["more"], first["instead"]) == (120, True, None)
    last = asked.query(2, text="song", after=99)
    assert [row["id"] for row in last["rows"]] == list(range(100, 120))
    assert last["more"] is False


def test_words_that_find_nothing_are_answered_with_what_was_probably_meant(
    ask: Callable[[ShelfLab], Asked],
) -> None:
    asked = ask(a_lab(3))
    answer = asked.query(1, text="sonng")
    assert (answer["instead"], answer["count"], len(answer["rows"])) == ("song", 3, 3)
    assert asked.query(2, text="xyz")["rows"] == []


def test_a_filter_that_is_wrong_is_answered_with_a_hint(ask: Callable[[ShelfLab], Asked]) -> None:
    lab = a_lab()
    lab.tracks.broken = ParameterError("there is no key 'gener': genre?\n  gener:jazz\n  ^")
    answer = ask(lab).query(text="gener:jazz")
    assert (answer["type"], answer["message"]) == ("refused", "there is no key 'gener': genre?")


def test_a_question_that_was_overtaken_is_not_answered(ask: Callable[[ShelfLab], Asked]) -> None:
    lab = a_lab()
    lab.tracks.hold.clear()
    asked = ask(lab)
    asked.tell(type="query", view="me", request=1, filter={"text": "s"})
    wait_until(lambda: lab.tracks.asked)
    asked.tell(type="query", view="me", request=2, filter={"text": "so"})
    asked.tell(type="query", view="me", request=3, filter={"text": "son"})
    lab.tracks.hold.set()
    wait_until(lambda: any(c["request"] == 3 for c, _ in asked.sent))
    assert [word for _, word in lab.tracks.asked] == ["s", "son"]
    assert [c["request"] for c, _ in asked.sent] == [1, 3]


def test_the_first_page_is_announced_once(ask: Callable[[ShelfLab], Asked]) -> None:
    asked = ask(a_lab())
    announced: list[int] = []
    asked.view.on_first_page(lambda: announced.append(len(asked.sent)))
    asked.query(1)
    asked.query(2)
    assert announced == [1]


def test_pictures_travel_as_binary_data_one_by_one(ask: Callable[[ShelfLab], Asked]) -> None:
    lab = a_lab()
    lab.tracks.all[1].picture = b"\xff\xd8picture"
    asked = ask(lab)
    asked.tell(type="pictures", view="me", ids=[0, 1, 99])
    wait_until(lambda: len(asked.sent) == 3)
    assert [(c["id"], b) for c, b in asked.sent] == [
        (0, []),
        (1, [b"\xff\xd8picture"]),
        (99, []),
    ]


def test_opening_marks_the_track_and_tells_those_who_asked(
    ask: Callable[[ShelfLab], Asked],
) -> None:
    asked = ask(a_lab())
    heard: list[tuple[int, bool]] = []
    asked.view.on_open(lambda track_id, play: heard.append((track_id, play)))
    asked.tell(type="open", id=2, play=True)
    assert heard == [(2, True)]
    assert asked.view.selected == 2


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": "drop tables"},
        {"type": "query", "view": "me", "request": -1},
        {"type": "query", "view": "me", "request": 1, "sort": "path; DROP TABLE tracks"},
        {"type": "query", "view": "me", "request": 1, "filter": {"text": "x" * 1_001}},
        {"type": "query", "view": "me", "request": 1, "filter": {"chosen": {"path": ["path:/"]}}},
        {"type": "query", "view": "me", "request": 1, "filter": {"ranges": {"year": [1, 2]}}},
        {"type": "query", "view": "me", "request": 1, "more": "than asked for"},
        {"type": "pictures", "view": "me", "ids": list(range(61))},
        {"type": "open", "id": "1", "play": True},
        {"type": "queue", "do": "drop", "ids": [1]},
        {"type": "queue", "do": "play", "ids": []},
        {"type": "rate", "ids": [1], "stars": 6},
        {"type": "favourite", "ids": [1], "on": "yes"},
        {"type": "open", "id": 1, "play": "yes"},
    ],
)
def test_a_message_that_is_none_is_dropped(
    ask: Callable[[ShelfLab], Asked], message: dict[str, object]
) -> None:
    lab = a_lab()
    asked = ask(lab)
    asked.tell(**message)
    asked.query(5)
    assert lab.tracks.asked == [("list", "artist")]
    assert asked.view.selected is None


def test_a_failure_becomes_one_sentence_and_the_log_has_the_rest(
    ask: Callable[[ShelfLab], Asked],
) -> None:
    lab = a_lab()
    lab.tracks.broken = CatalogueError("cannot read /home/someone/catalogue.duckdb")
    answer = ask(lab).query()
    assert answer["type"] == "failed"
    assert answer["message"].startswith("Reading the library failed: something unexpected")
    assert "/home" not in answer["message"]
    reference = answer["message"].split("Reference ")[1].rstrip(".")
    log = (settings().data_dir / "log" / "player.log").read_text("utf-8")
    assert reference in log
    assert "CatalogueError: cannot read /home/someone/catalogue.duckdb" in log
