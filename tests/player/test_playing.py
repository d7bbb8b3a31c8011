"""A queue and a player that follow each other."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

from auralis_lab.errors import DecodeError
from auralis_lab.player.playing import Playing
from auralis_lab.player.playqueue import PlayQueue
from auralis_lab.player.queueplaces import entry_name
from auralis_lab.player.queueprogramme import QueueProgramme
from auralis_lab.player.widget import Player
from auralis_lab.stream.programme import Sound
from auralis_lab.stream.protocol import Lane, Play, Report, Segment, Stop
from tests.player.queues import MemoryQueues
from tests.player.shelf import Shelf, ShelfTrack, wait_until

RATE_HZ = 44_100


class Room:
    """A queue, its player, and a page that is only asked."""

    def __init__(self, queues: MemoryQueues) -> None:
        self.shelf = Shelf([ShelfTrack(n, f"Song {n}") for n in range(6)])
        self.queue = PlayQueue(queues, save_after_s=0.0)
        self.programme = QueueProgramme(self.queue, self.shelf.get)
        self.player = Player(programme=self.programme)
        self.asked: list[str] = []
        for name in ("play", "stop", "renew"):
            setattr(self.player, name, lambda name=name: self.asked.append(name))
        self.player.observe(lambda change: self._loads(change["new"]), "_track")
        self.loaded: list[int] = []
        self.sentences: list[str] = []
        self.opened: list[tuple[int, str]] = []
        self.playing = Playing(
            self.queue,
            self.player,
            self.programme,
            self.shelf,
            loaded=lambda track: self.loaded.append(track.id),
            failed=self.sentences.append,
            opened=lambda *told: self.opened.append(told),
        )
        self.epoch = 0

    def _loads(self, track: dict[str, Any] | None) -> None:
        """A track that is to be played says so itself."""
        if track is not None and track["play"]:
            self.asked.append("play")

    @property
    def shown(self) -> dict[str, Any]:
        return dict(self.player._track or {})

    def sound(self, place: int, position_s: float, state: str = "playing") -> None:
        """Let the page say that an entry sounds."""
        entry = self.queue.value.entries[place]
        name = entry_name(entry)
        self.epoch += 1
        of: dict[str, Any] = {"client": "page-of-room", "epoch": self.epoch}
        tell = self.playing._follow
        tell(Play(**of, entry=name, track_id=entry.track_id, start_frame=0, enhanced=True))
        tell(
            Segment(
                **of,
                segment=0,
                entry=name,
                track_id=entry.track_id,
                start_frame=0,
                total_frames=100 * RATE_HZ,
                channels=2,
                rate_hz=RATE_HZ,
                lanes=(Lane(name="enhanced"),),
            )
        )
        more: dict[str, Any] = {"state": state, "lane": "enhanced"}
        tell(
            Report(
                **of,
                **more,
                segment=0,
                position_frame=int(position_s * RATE_HZ),
                consumed_frames=1,
                run_frame=0,
                run_frames=0,
                pcm_hash=0,
            )
        )

    def close(self) -> None:
        self.playing.close()
        self.player.close()


@pytest.fixture
def queues() -> MemoryQueues:
    return MemoryQueues()


@pytest.fixture
def room(queues: MemoryQueues) -> Iterator[Room]:
    made = Room(queues)
    yield made
    made.close()


def test_what_is_played_now_is_loaded_with_its_place_and_begins(room: Room) -> None:
    room.queue.play_now([3, 4])
    wait_until(lambda: room.asked == ["play"])
    assert room.shown["id"] == 3
    assert room.shown["entry"] == entry_name(room.queue.value.entries[0])
    assert room.loaded == [3]


def test_what_is_only_looked_at_is_loaded_and_silent(room: Room) -> None:
    room.queue.look_at(2)
    wait_until(lambda: room.loaded == [2])
    assert room.asked == []


def test_a_reloaded_page_stands_where_it_was_left_and_is_silent(
    room: Room, queues: MemoryQueues
) -> None:
    room.queue.play_now([1, 2])
    room.sound(1, 12.5)
    room.playing.close()
    again = Room(queues)
    try:
        wait_until(lambda: again.loaded == [2])
        assert again.shown["position_frame"] == pytest.approx(12.5 * RATE_HZ)
        assert again.player.position_s == pytest.approx(12.5)
        assert again.asked == []
    finally:
        again.close()


def test_a_track_the_sound_went_on_to_is_shown_and_left_alone(room: Room) -> None:
    room.queue.play_now([1, 2])
    wait_until(lambda: room.loaded == [1])
    room.sound(1, 0.5)
    wait_until(lambda: room.loaded == [1, 2])
    assert room.queue.current is not None
    assert room.queue.current.track_id == 2
    assert room.asked == ["play"]


def test_what_another_page_made_current_is_shown_when_it_comes_to_sound_here(
    room: Room, queues: MemoryQueues
) -> None:
    room.queue.play_now([1, 2])
    wait_until(lambda: room.loaded == [1])
    room.sound(0, 1.0)
    room.queue.save()
    other = PlayQueue(queues, save_after_s=0.0)
    other.play(other.value.entries[1].id)
    other.clear(keep_current=True)
    other.save()
    other.close()
    room.queue.look_again()
    assert room.loaded == [1]
    before = room.playing.at_current
    room.sound(0, 0.5)  # the only one that is left: what followed the end of the first
    wait_until(lambda: room.loaded == [1, 2])
    assert room.shown["sounding"]
    assert (before, room.playing.at_current) == (False, True)
    assert room.asked == ["play"]


def test_what_cannot_be_opened_is_told_with_its_track_until_it_can(room: Room) -> None:
    room.queue.add([5])
    name = entry_name(room.queue.value.entries[0])
    find = room.shelf.get
    error = DecodeError("/secret/a.flac", "no such file or directory")

    def gone(track_id: int) -> ShelfTrack:
        raise error

    wait_until(lambda: room.loaded == [5])
    room.programme.close()  # what was prepared
    room.opened.clear()
    room.programme._track = gone
    room.programme._at_hand.clear()
    with pytest.raises(DecodeError):
        room.programme.open(name, 5, Sound(True), compare=False, levelling="off")
    room.programme._track = find
    room.programme.open(name, 5, Sound(True), compare=False, levelling="off").close()
    assert room.opened == [(5, "cannot decode this track: no such file or directory"), (5, "")]
    room.programme.broke_off(5, 62.9)
    assert room.opened[-1] == (5, "breaks off after 1:02")


def test_going_back_within_a_track_begins_it_anew_without_loading_it(room: Room) -> None:
    room.queue.play_now([1])
    wait_until(lambda: room.loaded == [1])
    room.sound(0, 30.0)
    room.queue.previous()
    wait_until(lambda: room.asked == ["play", "play"])
    assert room.loaded == [1]
    assert room.queue.value.position_s == 0.0


def test_the_end_of_the_queue_leaves_nothing_current(room: Room) -> None:
    room.queue.play_now([1])
    wait_until(lambda: room.loaded)
    room.sound(0, 100.0, state="ended")
    assert room.queue.current is None
    assert room.asked == ["play"]


def test_another_next_track_is_asked_for_only_when_the_old_one_is_on_its_way(room: Room) -> None:
    room.queue.play_now([1, 2, 3])
    wait_until(lambda: room.loaded == [1])
    room.sound(0, 1.0)
    third = room.queue.value.entries[2].id
    room.queue.move_next([third])
    assert "renew" not in room.asked
    name = entry_name(room.queue.value.entries[0])
    assert room.programme.following(name) == (entry_name(room.queue.value.entries[1]), 3)
    room.queue.remove([third])
    assert room.asked[-1] == "renew"
    room.queue.add([4])
    assert room.asked.count("renew") == 1


def test_taking_everything_out_empties_the_player(room: Room) -> None:
    room.queue.play_now([1])
    wait_until(lambda: room.loaded == [1])
    room.queue.clear()
    wait_until(lambda: room.player.track is None)
    assert room.asked[-1] == "stop"


def test_a_track_that_is_gone_is_said_in_one_sentence(room: Room) -> None:
    room.queue.play_now([99])
    wait_until(lambda: room.sentences)
    assert "there is no track 99" in room.sentences[0]


def test_the_page_about_to_leave_has_its_position_saved(room: Room, queues: MemoryQueues) -> None:
    room.queue.play_now([1])
    wait_until(lambda: room.queue.saved)
    room.sound(0, 3.25)
    room.playing._follow(Stop(client="page-of-room", epoch=room.epoch))
    wait_until(lambda: queues.load().position_s == 3.25)


def test_the_programme_opens_the_track_of_a_place(room: Room) -> None:
    room.queue.add([5])
    name = entry_name(room.queue.value.entries[0])
    opened = room.programme.open(name, 5, Sound(True), compare=False, levelling="off")
    assert opened.rate_hz == RATE_HZ
    opened.close()


def test_the_last_reports_of_a_track_do_not_call_back_the_one_that_was_chosen(room: Room) -> None:
    room.queue.play_now([1, 2])
    wait_until(lambda: room.loaded == [1])
    room.sound(0, 1.0)
    room.queue.next()
    room.sound(0, 1.1)
    wait_until(lambda: room.loaded == [1, 2])
    room.sound(1, 0.1)
    assert room.queue.current is not None
    assert room.queue.current.track_id == 2


def test_what_is_still_being_opened_plays_as_soon_as_it_is_there(room: Room) -> None:
    opened = Event()
    find = room.shelf.get

    def find_later(track_id: int) -> ShelfTrack:
        opened.wait(10)
        return find(track_id)

    room.shelf.get = find_later  # type: ignore[method-assign]
    room.queue.look_at(3)
    room.playing.play()
    assert room.asked == []
    opened.set()
    wait_until(lambda: room.asked == ["play"])
    assert room.shown["id"] == 3
    room.playing.play()
    assert room.asked == ["play", "play"]
