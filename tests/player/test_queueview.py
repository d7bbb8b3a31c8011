"""The queue panel, asked as its page asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from auralis_lab.player.playqueue import PlayQueue
from auralis_lab.player.queueview import QueueView
from tests.player.queues import MemoryQueues
from tests.player.shelf import Shelf, ShelfTrack, wait_until


class Panel:
    """A view, its queue, and everything it sends."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.shelf = Shelf([ShelfTrack(n, f"Song {n:03}", "Someone") for n in range(300)])
        self.queue = PlayQueue(MemoryQueues(), save_after_s=0.0)
        self.view = QueueView(self.queue, self.shelf)
        self.sent: list[tuple[dict[str, Any], list[bytes]]] = []

        def send(content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
            self.sent.append((content, list(buffers or [])))

        monkeypatch.setattr(self.view, "send", send)

    def tell(self, **message: object) -> None:
        self.view._handle_custom_msg(message, [])

    def window(self, start: int, count: int, request: int = 1) -> dict[str, Any]:
        self.tell(type="window", view="me", request=request, start=start, count=count)
        wait_until(lambda: any(c.get("request") == request for c, _ in self.sent))
        return next(c for c, _ in self.sent if c.get("request") == request)

    @property
    def tracks(self) -> list[int]:
        return [entry.track_id for entry in self.queue.value.entries]


@pytest.fixture
def panel(monkeypatch: pytest.MonkeyPatch) -> Iterator[Panel]:
    made = Panel(monkeypatch)
    yield made
    made.view.close()
    made.queue.close()


def test_rows_are_told_by_place_with_the_names_of_their_tracks(panel: Panel) -> None:
    panel.queue.add(range(250))
    answer = panel.window(100, 3)
    assert [row["title"] for row in answer["rows"]] == ["Song 100", "Song 101", "Song 102"]
    assert [row["entry"] for row in answer["rows"]] == [101, 102, 103]
    assert answer["revision"] == panel.view.shown["revision"]
    assert panel.window(249, 50, request=2)["rows"][-1]["id"] == 249


def test_a_track_that_is_gone_keeps_its_row(panel: Panel) -> None:
    panel.queue.add([999])
    row = panel.window(0, 1)["rows"][0]
    assert (row["id"], row["title"]) == (999, "No longer in the library")


def test_a_track_that_cannot_be_played_says_why_until_it_can(panel: Panel) -> None:
    panel.queue.add([7, 8, 7])
    before = panel.view.shown["revision"]
    panel.view.mark(8, "")  # as it is anyway
    assert panel.view.shown["revision"] == before
    panel.view.mark(7, "cannot decode this track: no such file")
    problems = [row["problem"] for row in panel.window(0, 3)["rows"]]
    assert problems == ["cannot decode this track: no such file", "", problems[0]]
    panel.view.mark(7, "")
    assert {row["problem"] for row in panel.window(0, 3, request=2)["rows"]} == {""}


def test_what_holds_for_the_whole_follows_every_change(panel: Panel) -> None:
    assert panel.view.shown["count"] == 0
    panel.queue.play_now([5, 6, 7])
    panel.queue.next()
    panel.queue.repeat("all")
    shown = panel.view.shown
    assert (shown["count"], shown["place"], shown["current"]) == (3, 1, 2)
    assert (shown["repeat"], shown["shuffled"], shown["undo"]) == ("all", False, True)


def test_the_page_changes_what_is_in_the_queue(panel: Panel) -> None:
    panel.queue.add([0, 1, 2, 3])
    panel.tell(type="move", entries=[4], before=1)
    assert panel.tracks == [3, 0, 1, 2]
    panel.tell(type="move", entries=[4], before=None)
    assert panel.tracks == [0, 1, 2, 3]
    panel.tell(type="change", act="play", entries=[2])
    assert panel.queue.value.current_id == 2
    panel.tell(type="change", act="next", entries=[4])
    assert panel.tracks == [0, 1, 3, 2]
    panel.tell(type="change", act="remove", entries=[1, 3])
    assert panel.tracks == [1, 3]
    panel.tell(type="change", act="undo")
    assert panel.tracks == [0, 1, 3, 2]
    panel.tell(type="change", act="shuffle")
    assert panel.queue.value.shuffled
    panel.tell(type="change", act="unshuffle")
    assert panel.tracks == [0, 1, 3, 2]
    panel.tell(type="repeat", mode="one")
    assert panel.queue.value.repeat == "one"


def test_clearing_keeps_what_sounds_and_else_nothing(panel: Panel) -> None:
    panel.queue.play_now([0, 1, 2])
    panel.view.playing = True
    panel.tell(type="change", act="clear")
    assert panel.tracks == [0]
    panel.view.playing = False
    panel.tell(type="change", act="clear")
    assert panel.tracks == []


def test_what_is_no_longer_possible_is_said_in_one_sentence(panel: Panel) -> None:
    panel.queue.add([0])
    panel.tell(type="change", act="remove", entries=[77])
    assert panel.view.shown["problem"] == "there is no entry 77 in this queue"
    panel.queue.add([1])
    assert panel.view.shown["problem"] == ""


@pytest.mark.parametrize(
    "message",
    [
        {"type": "window", "view": "me", "request": 1, "start": 0, "count": 101},
        {"type": "window", "view": "me", "request": 1, "start": -1, "count": 1},
        {"type": "change", "act": "shred"},
        {"type": "change", "act": "remove", "entries": ["1"]},
        {"type": "move", "entries": [], "before": None},
        {"type": "move", "entries": [1]},
        {"type": "repeat", "mode": "some"},
        {"type": "change", "act": "remove", "entries": [1], "path": "/"},
    ],
)
def test_a_message_that_is_none_changes_nothing(panel: Panel, message: dict[str, object]) -> None:
    panel.queue.add([0, 1])
    before = panel.queue.value
    panel.tell(**message)
    assert panel.queue.value == before
    assert panel.sent == []


def test_tracks_are_put_before_an_entry_in_one_step_that_can_be_undone(panel: Panel) -> None:
    panel.queue.add([1, 2])
    first, second = (entry.id for entry in panel.queue.value.entries)
    panel.tell(type="insert", ids=[7, 8], before=second)
    assert panel.tracks == [1, 7, 8, 2]
    panel.tell(type="insert", ids=[9], before=first)
    panel.tell(type="insert", ids=[5], before=None)
    assert panel.tracks == [9, 1, 7, 8, 2, 5]
    panel.tell(type="insert", ids=[6], before=999)
    assert "999" in panel.view.shown["problem"]
    for _ in range(3):
        panel.queue.undo()
    assert panel.tracks == [1, 2]
