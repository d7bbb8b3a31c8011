"""The queue that a player plays from: against a model, against a store, against the catalogue."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from auralis_lab import open_lab
from auralis_lab.errors import CatalogueError, NotFoundError, ParameterError
from auralis_lab.player.playqueue import Change, PlayQueue
from auralis_lab.player.queueplaces import entry_name
from tests.player.queues import MemoryQueues
from tests.player.shelf import wait_until


@pytest.fixture
def store() -> MemoryQueues:
    return MemoryQueues()


@pytest.fixture
def open_queue(store: MemoryQueues) -> Iterator[Callable[[], PlayQueue]]:
    made: list[PlayQueue] = []

    def make() -> PlayQueue:
        made.append(PlayQueue(store, save_after_s=0.0))
        return made[-1]

    yield make
    for queue in made:
        queue.close()


@pytest.fixture
def queue(open_queue: Callable[[], PlayQueue]) -> PlayQueue:
    return open_queue()


def tracks(queue: PlayQueue) -> list[int]:
    return [entry.track_id for entry in queue.value.entries]


def current(queue: PlayQueue) -> int | None:
    return queue.current.track_id if queue.current else None


def told(queue: PlayQueue) -> list[Change]:
    changes: list[Change] = []
    queue.on_change(changes.append)
    return changes


class Model:
    """A queue as a plain list of numbered tracks, written the slow way."""

    def __init__(self) -> None:
        self.items: list[tuple[int, int]] = []
        self.now: int | None = None
        self.made = 0

    def place(self) -> int:
        return next((n for n, (id_, _) in enumerate(self.items) if id_ == self.now), -1)

    def insert(self, at: int, track: int) -> int:
        self.made += 1
        self.items.insert(at, (self.made, track))
        return self.made

    def remove(self, place: int) -> None:
        id_, _ = self.items.pop(place)
        if id_ == self.now:
            self.now = self.items[place][0] if place < len(self.items) else None

    def move(self, place: int, before: int | None) -> None:
        item = self.items.pop(place)
        ids = [id_ for id_, _ in self.items]
        self.items.insert(len(ids) if before is None else ids.index(before), item)

    def next(self) -> None:
        place = self.place() + 1
        self.now = self.items[place][0] if place < len(self.items) else None


@pytest.mark.parametrize("seed", range(12))
def test_any_sequence_of_changes_leaves_what_a_plain_list_would_hold(
    open_queue: Callable[[], PlayQueue], store: MemoryQueues, seed: int
) -> None:
    queue, model, lot = open_queue(), Model(), random.Random(seed)
    for step in range(60):
        act = lot.choice(["add", "next up", "now", "remove", "move", "next", "play"])
        if act == "add":
            queue.add([step])
            put = model.insert(len(model.items), step)
            model.now = put if model.now is None else model.now
        elif act == "next up":
            queue.play_next([step])
            put = model.insert(model.place() + 1, step)
            model.now = put if model.now is None else model.now
        elif act == "now":
            queue.play_now([step])
            place = len(model.items) if model.now is None else model.place() + 1
            model.now = model.insert(place, step)
        elif act == "next" and model.items:
            queue.next()
            model.next()
        elif model.items:
            place = lot.randrange(len(model.items))
            id_ = model.items[place][0]
            if act == "remove":
                queue.remove([id_])
                model.remove(place)
            elif act == "move":
                others = [i for i, _ in model.items if i != id_]
                before = lot.choice([*others, None])
                queue.move([id_], before)
                model.move(place, before)
            else:
                queue.play(id_)
                model.now = id_
        assert [(e.id, e.track_id) for e in queue.value.entries] == model.items
        assert queue.value.current_id == model.now
    queue.save()
    assert [(e.id, e.track_id) for e in store.load().entries] == model.items


def test_what_follows_is_the_next_entry_and_nothing_after_the_last(queue: PlayQueue) -> None:
    queue.add([7, 8])
    first, last = map(entry_name, queue.value.entries)
    assert queue.following(first) == (last, 8)
    assert queue.following(last) is None
    queue.repeat("all")
    assert queue.following(last) == (first, 7)
    queue.repeat("one")
    assert queue.following(first) == (first, 7)


def test_an_entry_taken_out_while_it_sounds_is_followed_by_the_one_that_is_current(
    queue: PlayQueue,
) -> None:
    queue.play_now([1, 2, 3])
    sounding = entry_name(queue.value.entries[0])
    queue.remove([queue.value.entries[0].id])
    assert queue.following(sounding) == (entry_name(queue.value.entries[0]), 2)
    queue.clear()
    assert queue.following(sounding) is None


def test_a_name_given_to_another_track_elsewhere_is_not_mistaken(queue: PlayQueue) -> None:
    queue.play_now([1, 2])
    queue.sounding("2-99", 5.0)
    queue.sounding("drop table", 5.0)
    assert current(queue) == 1
    assert queue.value.position_s == 0.0


def test_the_sound_going_on_by_itself_moves_the_queue_and_starts_nothing(queue: PlayQueue) -> None:
    queue.play_now([1, 2, 3])
    changes = told(queue)
    queue.sounding(entry_name(queue.value.entries[1]), 0.1)
    assert current(queue) == 2
    assert [(c.cause, c.current, c.start) for c in changes] == [("heard", True, None)]
    queue.sounding(entry_name(queue.value.entries[1]), 2.0)
    assert len(changes) == 1
    assert queue.value.position_s == 2.0


def test_the_end_of_the_last_entry_leaves_nothing_current(queue: PlayQueue) -> None:
    queue.play_now([1])
    queue.ended(entry_name(queue.value.entries[0]))
    assert queue.current is None
    assert tracks(queue) == [1]


def test_what_is_chosen_after_the_end_is_not_followed_by_what_was_heard(queue: PlayQueue) -> None:
    queue.play_now([1])
    queue.ended(entry_name(queue.value.entries[0]))
    queue.look_at(2)
    assert tracks(queue) == [1, 2]
    assert queue.following(entry_name(queue.value.entries[1])) is None


def test_a_change_says_whether_what_comes_next_is_another(queue: PlayQueue) -> None:
    queue.play_now([1, 2, 3])
    changes = told(queue)
    one, two, three = (entry.id for entry in queue.value.entries)
    queue.add([4])
    queue.move([three], before=two)
    queue.remove([two])
    queue.repeat("one")
    assert [(c.current, c.following) for c in changes] == [
        (False, False),
        (False, True),
        (False, False),
        (False, True),
    ]
    assert one == queue.value.current_id


def test_taking_out_what_plays_makes_the_next_current_and_leaves_it_as_it_was(
    queue: PlayQueue,
) -> None:
    queue.play_now([1, 2])
    changes = told(queue)
    queue.remove([queue.value.entries[0].id])
    assert current(queue) == 2
    assert (changes[0].current, changes[0].start) == (True, None)


def test_shuffling_pins_what_plays_and_can_be_taken_back(queue: PlayQueue) -> None:
    queue.add(range(50))
    queue.play(queue.value.entries[20].id)
    queue.shuffle()
    assert tracks(queue)[0] == current(queue) == 20
    assert sorted(tracks(queue)) == list(range(50))
    assert tracks(queue)[1:] != sorted(tracks(queue)[1:])
    queue.shuffle(False)
    assert tracks(queue) == list(range(50))


def test_every_change_can_be_undone(queue: PlayQueue) -> None:
    queue.add([1, 2, 3])
    queue.clear()
    queue.undo()
    assert tracks(queue) == [1, 2, 3]
    queue.undo()
    assert tracks(queue) == []
    with pytest.raises(NotFoundError, match="nothing to undo"):
        queue.undo()


def test_tracks_that_are_only_looked_at_do_not_pile_up(queue: PlayQueue) -> None:
    queue.add([1])
    changes = told(queue)
    for track in (5, 6, 7):
        queue.look_at(track)
    assert tracks(queue) == [1, 7]
    assert {c.start for c in changes} == {False}
    queue.sounding(entry_name(queue.value.entries[1]), 3.0)
    queue.look_at(8)
    assert tracks(queue) == [1, 7, 8]


def test_entries_chosen_to_play_next_stand_behind_the_current_one(queue: PlayQueue) -> None:
    queue.play_now([1, 2, 3, 4])
    one, _, three, four = (entry.id for entry in queue.value.entries)
    queue.move_next([four, three, one])
    assert tracks(queue) == [1, 4, 3, 2]


def test_a_reloaded_queue_stands_where_it_was_left(
    open_queue: Callable[[], PlayQueue], queue: PlayQueue
) -> None:
    queue.add([4, 5, 6])
    queue.play(queue.value.entries[1].id)
    queue.sounding(entry_name(queue.value.entries[1]), 61.5)
    queue.close()
    again = open_queue()
    assert (tracks(again), current(again), again.value.position_s) == ([4, 5, 6], 5, 61.5)


def test_changes_are_saved_by_themselves_and_positions_now_and_then(
    queue: PlayQueue, store: MemoryQueues
) -> None:
    queue.play_now([1])
    wait_until(lambda: store.load().entries)
    name = entry_name(queue.value.entries[0])
    wait_until(lambda: queue.saved)
    saves = store.saves
    for tenths in range(1, 60):
        queue.sounding(name, tenths / 10)
    wait_until(lambda: store.saves > saves)
    wait_until(lambda: queue.saved)
    assert store.saves <= saves + 2
    assert store.load().position_s >= 5.0


def test_what_two_pages_add_at_once_is_all_kept(
    open_queue: Callable[[], PlayQueue], store: MemoryQueues
) -> None:
    one, other = open_queue(), open_queue()
    one.add([1])
    one.save()
    changes = told(other)
    other.add([2])
    other.save()
    assert tracks(other) == [1, 2]
    assert [e.track_id for e in store.load().entries] == [1, 2]
    assert "elsewhere" in {c.cause for c in changes}


def test_what_is_no_longer_possible_in_their_queue_is_left_out(
    open_queue: Callable[[], PlayQueue], store: MemoryQueues
) -> None:
    one = open_queue()
    one.add([1, 2])
    one.save()
    other = open_queue()
    one.clear()
    one.save()
    first = other.value.entries[0].id
    other.remove([first])
    other.add([3])
    other.save()
    assert tracks(other) == [3]


def test_a_store_that_fails_is_told_about_and_the_queue_goes_on(store: MemoryQueues) -> None:
    sentences: list[str] = []
    queue = PlayQueue(store, save_after_s=0.0, failed=sentences.append)
    store.broken = CatalogueError("the disk is full")
    queue.add([1])
    wait_until(lambda: sentences)
    assert "Saving the queue failed: the disk is full" in sentences[0]
    assert tracks(queue) == [1]
    store.broken = None
    queue.add([2])
    queue.close()
    assert [e.track_id for e in store.load().entries] == [1, 2]


def test_many_threads_lose_nothing(queue: PlayQueue, store: MemoryQueues) -> None:
    def add(first: int) -> None:
        for n in range(25):
            queue.add([first + n])

    threads = [threading.Thread(target=add, args=(100 * n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.save()
    wanted = sorted(100 * n + k for n in range(4) for k in range(25))
    assert sorted(tracks(queue)) == wanted
    assert sorted(e.track_id for e in store.load().entries) == wanted


@pytest.mark.parametrize(
    "ask",
    [
        lambda q: q.add(["1"]),
        lambda q: q.remove([99]),
        lambda q: q.move([1], 1),
        lambda q: q.move([1], 99),
        lambda q: q.repeat("some"),
        lambda q: q.add(range(10_000)),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    queue: PlayQueue, ask: Callable[[PlayQueue], Any]
) -> None:
    queue.add([1])
    before = queue.value
    with pytest.raises((ParameterError, NotFoundError)):
        ask(queue)
    assert queue.value.entries == before.entries


def test_the_catalogue_keeps_it(tmp_path: Path) -> None:
    for n in range(2):
        soundfile.write(tmp_path / f"{n}.wav", np.full((800, 1), 0.1 + n / 10), 8_000)
    with open_lab(tmp_path) as lab:
        lab.scan()
        ids = [track.id for track in lab.tracks.list()]
        queue = PlayQueue(lab.queues, "kitchen")
        queue.play_now(ids)
        queue.close()
        kept = lab.queues.load("kitchen")
        assert [e.track_id for e in kept.entries] == ids
        assert kept.current_id == kept.entries[0].id


@pytest.mark.parametrize("put", ["add", "play_next", "insert"])
def test_what_is_put_into_a_queue_in_which_nothing_is_current_is_what_play_plays(
    queue: PlayQueue, put: str
) -> None:
    changes = told(queue)
    arguments = ([7, 8], None) if put == "insert" else ([7, 8],)
    getattr(queue, put)(*arguments)
    assert current(queue) == 7
    assert (changes[0].current, changes[0].start) == (True, None)
    queue.add([9])
    assert current(queue) == 7
    queue.undo()
    queue.undo()
    assert (tracks(queue), current(queue)) == ([], None)
