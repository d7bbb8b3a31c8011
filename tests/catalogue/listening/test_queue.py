"""Queues of players, as values and saved."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.catalogue.listening.queue import MAX_ENTRIES, Queue, QueueEntry, StaleQueueError
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import NotFoundError, ParameterError
from tests.thorough import tries


def tracks(queue: Queue) -> list[int]:
    return [entry.track_id for entry in queue.entries]


def playing(queue: Queue) -> int | None:
    return queue.current.track_id if queue.current else None


@pytest.fixture
def five() -> Queue:
    """Tracks 10 to 14, of which 12 plays; entries 1 to 5."""
    return Queue().add([10, 11, 12, 13, 14]).play(3)


# What is in it


def test_a_queue_is_empty_at_first() -> None:
    queue = Queue()
    assert (len(queue), queue.current, queue.position_s, queue.repeat) == (0, None, 0.0, "off")
    assert queue.next() == queue.previous() == queue.clear() == queue.unshuffle() == queue
    assert queue.seek(5.0) == queue


def test_tracks_are_added_at_the_end_and_after_the_current_one(five: Queue) -> None:
    assert tracks(five.add([7, 7])) == [10, 11, 12, 13, 14, 7, 7]
    assert tracks(five.play_next([7, 8])) == [10, 11, 12, 7, 8, 13, 14]
    assert tracks(Queue().add([1]).play_next([2])) == [2, 1]
    assert len({entry.id for entry in five.play_next([7]).add([7]).entries}) == 7


def test_entries_are_moved_together_in_the_order_given(five: Queue) -> None:
    assert tracks(five.move([5, 1], 1)) == [11, 14, 10, 12, 13]
    assert tracks(five.move([3], 4)) == [10, 11, 13, 14, 12]
    assert playing(five.move([3], 0)) == 12


def test_what_plays_after_the_current_entry_was_removed_is_the_next_that_stays(
    five: Queue,
) -> None:
    assert playing(five.remove([1, 5])) == 12
    assert five.seek(9.0).remove([1]).position_s == 9.0
    removed = five.seek(9.0).remove([3, 4])
    assert (tracks(removed), playing(removed), removed.position_s) == ([10, 11, 14], 14, 0.0)
    assert playing(five.remove([3, 4, 5])) is None


def test_ids_are_never_given_twice(five: Queue) -> None:
    again = five.clear().add([1])
    assert again.entries == (QueueEntry(6, 1),)
    assert again.undo().undo().add([2]).entries[-1] == QueueEntry(7, 2)


def test_a_queue_has_ten_thousand_entries_at_most() -> None:
    full = Queue().add(range(MAX_ENTRIES))
    assert len(full) == 10_000
    for call in (full.add, full.play_next):
        with pytest.raises(ParameterError, match="10,000 entries at most"):
            call([1])
    with pytest.raises(ParameterError, match="10,000 entries at most"):
        Queue().add(range(MAX_ENTRIES + 1))


# Shuffling


def test_shuffling_pins_the_current_track_and_keeps_all_others(five: Queue) -> None:
    shuffled = five.seek(3.0).shuffle(440)
    assert shuffled.shuffled
    assert shuffled.entries[0] == five.current == shuffled.current
    assert shuffled.position_s == 3.0
    assert sorted(tracks(shuffled)) == tracks(five)
    assert shuffled == five.seek(3.0).shuffle(440)
    assert {tuple(tracks(five.shuffle(seed))) for seed in range(50)} != {tuple(tracks(shuffled))}


def test_every_order_can_be_drawn() -> None:
    queue = Queue().add([1, 2, 3])
    assert len({tuple(tracks(queue.shuffle(seed))) for seed in range(200)}) == 6


def test_the_order_from_before_shuffling_comes_back(five: Queue) -> None:
    queue = five.shuffle(1).shuffle(2).next()
    ordered = queue.unshuffle()
    assert (tracks(ordered), ordered.current) == (tracks(five), queue.current)
    assert not ordered.shuffled


def test_changes_while_shuffled_are_kept_when_the_order_comes_back(five: Queue) -> None:
    queue = five.shuffle(1).add([20]).play_next([30]).remove([1])
    assert tracks(queue)[:2] == [12, 30]
    assert tracks(queue)[-1] == 20
    assert tracks(queue.unshuffle()) == [11, 12, 30, 13, 14, 20]
    moved = queue.move([queue.entries[-1].id], 0)
    assert tracks(moved)[0] == 20
    assert tracks(moved.unshuffle()) == [11, 12, 30, 13, 14, 20]
    assert tracks(queue.clear().unshuffle()) == []


# What plays


def test_the_next_one_plays_until_the_end(five: Queue) -> None:
    queue, heard = replace(five, current_id=None), []
    for _ in range(7):
        queue = queue.next(ended=True)
        heard.append(playing(queue))
    assert heard == [10, 11, 12, 13, 14, None, 10]


def test_a_repeating_queue_begins_anew(five: Queue) -> None:
    last = five.play(5, 100.0).with_repeat("all")
    assert (playing(last.next()), last.next().position_s) == (10, 0.0)
    assert playing(five.play(1).with_repeat("all").previous()) == 14


def test_one_track_repeats_until_another_is_chosen(five: Queue) -> None:
    one = five.seek(200.0).with_repeat("one")
    assert (playing(one.next(ended=True)), one.next(ended=True).position_s) == (12, 0.0)
    assert playing(one.next()) == 13
    assert playing(one.play(5).next()) == 10


def test_going_back_begins_the_track_anew_after_three_seconds(five: Queue) -> None:
    assert playing(five.seek(3.0).previous()) == 11
    again = five.seek(3.1).previous()
    assert (playing(again), again.position_s) == (12, 0.0)
    assert playing(five.play(1).previous()) == 10
    assert playing(five.play(5).next().previous()) == 14


def test_upcoming_entries_are_those_after_the_current_one(five: Queue) -> None:
    assert [entry.track_id for entry in five.upcoming] == [13, 14]
    assert five.play(5).next().upcoming == five.entries


# Undo


def test_undo_brings_back_what_was_and_does_not_disturb_what_plays(five: Queue) -> None:
    queue = five.add([7]).play(6, 30.0)
    undone = five.remove([1]).next().undo()
    assert (tracks(undone), playing(undone)) == (tracks(five), 13)
    assert (playing(queue.undo()), queue.undo().position_s) == (12, 0.0)
    cleared = five.seek(8.0).clear().undo()
    assert (tracks(cleared), playing(cleared), cleared.position_s) == (tracks(five), 12, 8.0)
    ended = replace(five, current_id=None).add([7]).undo()
    assert (tracks(ended), playing(ended)) == (tracks(five), None)
    assert five.shuffle(1).undo().entries == five.entries
    assert five.shuffle(1).unshuffle().undo() == replace(five.shuffle(1), past=five.shuffle(1).past)


def test_what_changes_nothing_is_no_step(five: Queue) -> None:
    assert five.add([]) == five.remove([]) == five.move([], 0) == five.move([1], 0) == five
    assert five.next().seek(4.0).with_repeat("all").past == five.past


def test_twenty_changes_can_be_undone() -> None:
    queue = Queue()
    for n in range(25):
        queue = queue.add([n])
    for _ in range(20):
        queue = queue.undo()
    assert tracks(queue) == [0, 1, 2, 3, 4]
    with pytest.raises(NotFoundError, match="nothing to undo"):
        queue.undo()


def test_large_queues_remember_fewer_changes() -> None:
    queue = Queue().add(range(9_000))
    for n in range(19):
        queue = queue.add([n])
    assert len(queue.past) == 5
    assert sum(len(earlier.entries) for earlier in queue.past) <= 50_000


# Bad input


def test_what_is_refused_raises_and_leaves_the_queue(five: Queue) -> None:
    bad_ids: list[Any] = [[-1], [True], ["1"], "12", 5, None, [1.0], [2**63]]
    for bad in bad_ids:
        for call in (five.add, five.play_next, five.remove, lambda ids: five.move(ids, 0)):
            with pytest.raises(ParameterError):
                call(bad)
    for ids in ([6], [1, 99]):
        with pytest.raises(NotFoundError, match="no entry"):
            five.remove(ids)
        with pytest.raises(NotFoundError, match="no entry"):
            five.move(ids, 0)
    with pytest.raises(NotFoundError, match="no entry 6"):
        five.play(6)
    with pytest.raises(ParameterError, match="twice"):
        five.move([1, 1], 0)
    bad_places: list[Any] = [-1, 5, True, "0", 1.0, None]
    for place in bad_places:
        with pytest.raises(ParameterError, match="at="):
            five.move([1], place)
    bad_seconds: list[Any] = [-0.1, float("nan"), float("inf"), True, "3", None]
    for seconds in bad_seconds:
        with pytest.raises(ParameterError, match="position_s="):
            five.seek(seconds)
        with pytest.raises(ParameterError, match="position_s="):
            five.play(1, seconds)
    bad_modes: list[Any] = ["", "ALL", None, True]
    for mode in bad_modes:
        with pytest.raises(ParameterError, match="repeat="):
            five.with_repeat(mode)
    bad_seeds: list[Any] = [None, 1.5, "x", True]
    for seed in bad_seeds:
        with pytest.raises(ParameterError, match="seed="):
            five.shuffle(seed)


def test_parts_that_do_not_fit_make_no_queue() -> None:
    entry = QueueEntry(1, 10)
    bad: list[dict[str, Any]] = [
        {"entries": (entry, entry), "next_id": 3},
        {"entries": (entry,), "next_id": 1},
        {"entries": (entry,), "next_id": 2, "current_id": 2},
        {"entries": (entry,), "next_id": 2, "unshuffled": (1, 1)},
        {"entries": (entry,), "next_id": 2, "unshuffled": ()},
        {"position_s": -1.0},
        {"version": -1},
    ]
    for parts in bad:
        with pytest.raises(ParameterError):
            Queue(**parts)


# Model

ACTIONS = "add play_next move remove clear shuffle unshuffle next previous undo play"
Operation: TypeAlias = tuple[str, list[int], int]
operations: st.SearchStrategy[Operation] = st.tuples(
    st.sampled_from(ACTIONS.split()),
    st.lists(st.integers(0, 30), max_size=4),
    st.integers(0, 30),
)


class Model:
    """A queue kept as plain lists of entry ids."""

    def __init__(self) -> None:
        self.order: list[int] = []
        self.original: list[int] | None = None
        self.current: int | None = None
        self.past: list[tuple[list[int], list[int] | None, int | None]] = []


def step(queue: Queue, model: Model, operation: Operation) -> Queue:
    """Do one thing to both."""
    action, numbers, place = operation
    original = None if model.original is None else list(model.original)
    before = (list(model.order), original, model.current)
    chosen = list(dict.fromkeys(model.order[n % len(model.order)] for n in numbers if model.order))
    if action in ("add", "play_next"):
        queue = getattr(queue, action)(numbers)
        new = sorted({entry.id for entry in queue.entries} - set(before[0]))
        orders = [model.order] if model.original is None else [model.order, model.original]
        for one in orders:
            at = len(one)
            if action == "play_next":
                at = 0 if model.current is None else one.index(model.current) + 1
            one[at:at] = new
    elif action == "move":
        others = [id_ for id_ in model.order if id_ not in chosen]
        at = place % (len(others) + 1)
        queue = queue.move(chosen, at)
        model.order = others[:at] + chosen + others[at:]
    elif action == "remove":
        queue = queue.remove(chosen)
        if model.current in chosen:
            later = before[0][before[0].index(model.current) :]
            model.current = next((id_ for id_ in later if id_ not in chosen), None)
        model.order = [id_ for id_ in model.order if id_ not in chosen]
        if model.original is not None:
            model.original = [id_ for id_ in model.original if id_ not in chosen]
    elif action == "clear":
        queue, model.order, model.original, model.current = queue.clear(), [], None, None
    elif action == "shuffle":
        queue = queue.shuffle(place)
        model.original = list(model.order) if model.original is None else model.original
        model.order = [entry.id for entry in queue.entries]
        assert sorted(model.order) == sorted(before[0])
        assert model.current is None or model.order[0] == model.current
    elif action == "unshuffle":
        queue = queue.unshuffle()
        model.order = model.order if model.original is None else model.original
        model.original = None
    elif action in ("next", "previous") and model.order:
        queue = getattr(queue, action)()
        if model.current is None:
            model.current = model.order[0 if action == "next" else -1]
        else:
            at = model.order.index(model.current) + (1 if action == "next" else -1)
            model.current = model.order[max(at, 0)] if at < len(model.order) else None
    elif action == "play" and model.order:
        model.current = model.order[place % len(model.order)]
        queue = queue.play(model.current)
    elif action == "undo" and model.past:
        queue = queue.undo()
        order, original, current = model.past.pop()
        lost = current is not None and current not in model.order
        if (model.current is None and lost) or (
            model.current is not None and model.current not in order
        ):
            model.current = current
        model.order, model.original = order, original
        return queue
    if (model.order, model.original) != before[:2]:
        model.past.append(before)
    return queue


@settings(max_examples=tries(300))
@given(st.lists(operations, max_size=18))
def test_a_queue_is_what_lists_would_be(todo: list[Operation]) -> None:
    queue, model = Queue(), Model()
    for operation in todo:
        queue = step(queue, model, operation)
        assert [entry.id for entry in queue.entries] == model.order
        assert (None if queue.unshuffled is None else list(queue.unshuffled)) == model.original
        assert queue.current_id == model.current


# Saved


@pytest.fixture
def library(
    catalogue: Catalogue, facts: Callable[..., Any], fill: Callable[..., None]
) -> Catalogue:
    fill([facts(f"/music/{n}.flac") for n in range(1, 10)])
    return catalogue


def test_a_saved_queue_comes_back_as_it_was_even_its_past(library: Catalogue) -> None:
    queue = Queue().add([1, 2, 3]).play(2, 12.5).shuffle(7).add([4]).with_repeat("all")
    saved = library.queues.save("default", queue)
    assert saved == replace(queue, version=saved.version)
    with Catalogue(library.path) as other:
        loaded = other.queues.load()
    assert loaded == saved
    assert loaded.undo().undo().entries == Queue().add([1, 2, 3]).entries


def test_an_unknown_queue_is_empty_and_every_visitor_has_one(library: Catalogue) -> None:
    assert library.queues.load("nobody") == Queue()
    for name in ("default", "visitor 7", "🎵", "'; DROP TABLE queues; --"):
        library.queues.save(name, Queue().add([1]))
    names = {saved.name for saved in library.queues.list()}
    assert names == {"default", "visitor 7", "🎵", "'; DROP TABLE queues; --"}
    library.queues.remove("visitor 7")
    assert library.queues.load("visitor 7") == Queue()
    with pytest.raises(NotFoundError, match="visitor 7"):
        library.queues.remove("visitor 7")


def test_a_newer_state_is_never_overwritten(library: Catalogue) -> None:
    mine = library.queues.save("default", Queue().add([1]))
    theirs = library.queues.save("default", mine.add([2]))
    for stale in (mine.add([3]), mine.seek(4.0), Queue().add([3])):
        with pytest.raises(StaleQueueError, match="'default' was changed elsewhere") as caught:
            library.queues.save("default", stale)
        assert caught.value.theirs == theirs
    assert library.queues.load() == theirs
    assert tracks(library.queues.save("default", caught.value.theirs.add([3]))) == [1, 2, 3]


def test_a_removed_queue_is_not_taken_for_the_one_made_after_it(library: Catalogue) -> None:
    old = library.queues.save("default", Queue().add([1]))
    library.queues.remove("default")
    with pytest.raises(StaleQueueError) as caught:
        library.queues.save("default", old)
    assert caught.value.theirs == Queue()
    library.queues.save("default", Queue().add([2]))
    with pytest.raises(StaleQueueError):
        library.queues.save("default", old)


def test_what_only_plays_on_is_saved_as_well(library: Catalogue) -> None:
    queue = library.queues.save("default", Queue().add([1, 2]).play(1))
    for position_s in (1.0, 2.0):
        queue = library.queues.save("default", queue.seek(position_s))
    queue = library.queues.save("default", queue.next().with_repeat("one"))
    loaded = library.queues.load()
    assert loaded == queue
    assert (playing(loaded), loaded.position_s, loaded.repeat) == (2, 0.0, "one")


def test_a_queue_with_tracks_that_are_gone_is_refused(library: Catalogue) -> None:
    with pytest.raises(NotFoundError, match="no track 99"):
        library.queues.save("default", Queue().add([1, 99]))
    assert library.queues.list() == ()


def test_names_and_queues_that_are_none_are_refused(library: Catalogue) -> None:
    bad: list[Any] = ["", " ", "\0", None, 1, "x" * 101]
    for name in bad:
        with pytest.raises(ParameterError, match="name"):
            library.queues.load(name)
        with pytest.raises(ParameterError, match="name"):
            library.queues.save(name, Queue())
        with pytest.raises(ParameterError, match="name"):
            library.queues.remove(name)
    not_queues: list[Any] = [None, [], {"entries": []}, "queue"]
    for queue in not_queues:
        with pytest.raises(ParameterError, match="must be a Queue"):
            library.queues.save("default", queue)
    assert library.queues.list() == ()


def test_of_many_queues_the_one_not_saved_for_longest_goes(
    library: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auralis_lab.catalogue.listening.queue.MAX_QUEUES", 2)
    for name in ("default", "a", "b"):
        library.queues.save(name, Queue().add([1]))
    library.queues.save("a", library.queues.load("a").add([2]))
    library.queues.save("c", Queue().add([1]))
    assert {saved.name for saved in library.queues.list()} == {"default", "a", "c"}


def test_a_full_queue_is_saved_and_comes_back(library: Catalogue) -> None:
    queue = Queue().add([n % 9 + 1 for n in range(MAX_ENTRIES)]).play(5_000).shuffle(1)
    saved = library.queues.save("default", queue)
    assert library.queues.load() == saved


def test_threads_that_save_at_once_lose_nothing(library: Catalogue) -> None:
    def work(track_id: int) -> None:
        for _ in range(4):
            queue = library.queues.load()
            while True:
                try:
                    library.queues.save("default", queue.add([track_id]))
                    break
                except StaleQueueError as error:
                    queue = error.theirs

    threads = [threading.Thread(target=work, args=(n,)) for n in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(tracks(library.queues.load())) == [1] * 4 + [2] * 4 + [3] * 4
