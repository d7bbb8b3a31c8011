"""Plays, what they count up to, and their history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.catalogue.listening.marks import Mark
from auralis_lab.catalogue.listening.plays import NewPlay, Play, is_counted
from auralis_lab.catalogue.scanning.intake import ScanRun
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import NotFoundError, ParameterError
from tests.thorough import tries

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def library(
    catalogue: Catalogue, facts: Callable[..., Any], fill: Callable[..., None]
) -> Catalogue:
    """Tracks 1 to 5 of 240 s, 6 of 20 s, 7 of unknown length."""
    rows = [facts(f"/music/{n}.flac", frames=240 * 44_100) for n in range(1, 6)]
    rows.append(facts("/music/6.flac", frames=20 * 44_100))
    rows.append(facts("/music/7.flac", frames=None, frames_is_estimate=True))
    fill(rows)
    return catalogue


def revision(catalogue: Catalogue, name: str = "marks") -> int:
    with catalogue.session() as s:
        return int(s.rows("SELECT number FROM revisions WHERE name = $n", {"n": name})[0][0])


@pytest.mark.parametrize(
    ("heard_s", "duration_s", "finished", "counted"),
    [
        (29.9, 240.0, False, False),
        (30.0, 240.0, False, True),
        (9.9, 20.0, False, False),
        (10.0, 20.0, False, True),
        (0.0, 240.0, True, False),  # only its end was reached
        (0.0, None, True, True),
        (29.0, None, False, False),
        (30.0, None, False, True),
        (0.0, 0.0, False, False),
    ],
)
def test_a_play_counts_after_thirty_seconds_or_half_of_the_track(
    heard_s: float, duration_s: float | None, finished: bool, counted: bool
) -> None:
    assert is_counted(heard_s, duration_s, finished=finished) is counted


def test_a_play_is_recorded_with_what_it_was_heard_through(library: Catalogue) -> None:
    plays = library.plays
    play = plays.record(2, NOON, 200.5, True, "warm", 0.7)
    assert play == Play(play.id, 2, NOON, 200.5, True, True, "warm", 0.7)
    assert plays.history()[0].play == play
    assert plays.history()[0].track == library.tracks.get(2)
    assert library.marks.get(2) == Mark(2, 1, 200.5, NOON)


def test_short_tracks_count_after_half_of_them(library: Catalogue) -> None:
    plays = library.plays
    assert plays.record(6, NOON, 11, False).counted
    assert not plays.record(1, NOON, 11, False).counted
    assert plays.record(7, NOON, 11, True).counted
    assert [library.marks.get(id_).plays for id_ in (6, 1, 7)] == [1, 0, 1]


def test_what_was_skipped_is_heard_and_does_not_count(library: Catalogue) -> None:
    library.plays.record(1, NOON, 7.0, False)
    assert library.marks.get(1) == Mark(1, 0, 7.0, None)


def test_times_come_out_as_the_same_moment_in_utc(library: Catalogue) -> None:
    plays = library.plays
    for zone in (UTC, timezone(timedelta(hours=14)), ZoneInfo("Asia/Kolkata")):
        play = plays.record(1, NOON.astimezone(zone), 60, False)
        assert play.started_at == NOON
        assert play.started_at.utcoffset() == timedelta(0)
    assert [row.play.started_at for row in plays.history()] == [NOON] * 3


BAD_CHANGES: list[dict[str, Any]] = [
    {"track_id": -1},
    {"track_id": True},
    {"track_id": "1; DROP TABLE plays"},
    {"track_id": 2**63},
    {"started_at": NOON.replace(tzinfo=None)},
    {"started_at": "2025-06-01"},
    {"started_at": datetime.max.replace(tzinfo=timezone(-timedelta(hours=9)))},
    {"started_at": datetime.min.replace(tzinfo=timezone(timedelta(hours=9)))},
    {"started_at": datetime(1969, 12, 31, tzinfo=UTC)},
    {"heard_s": float("nan")},
    {"heard_s": float("inf")},
    {"heard_s": -0.1},
    {"heard_s": True},
    {"heard_s": "10"},
    {"heard_s": 10**400},
    {"finished": 1},
    {"finished": None},
    {"preset": ""},
    {"preset": "\0 \u200b"},
    {"preset": 7},
    {"preset": "x" * 101},
    {"intensity": 1.5},
    {"intensity": float("nan")},
    {"intensity": False},
]


def test_a_play_that_cannot_be_is_refused_and_nothing_is_recorded(library: Catalogue) -> None:
    values: dict[str, Any] = {
        "track_id": 1,
        "started_at": NOON,
        "heard_s": 60.0,
        "finished": False,
        "preset": None,
        "intensity": None,
    }
    for changes in BAD_CHANGES:
        with pytest.raises(ParameterError, match=next(iter(changes))):
            library.plays.record(**values | changes)
        with pytest.raises(ParameterError):
            library.plays.record_many([NewPlay(2, NOON), NewPlay(**values | changes)])
    assert library.plays.history() == ()
    assert revision(library) == 0


def test_a_play_in_the_future_is_refused(library: Catalogue) -> None:
    now = datetime.now(UTC)
    library.plays.record(1, now + timedelta(seconds=20), 60, False)
    with pytest.raises(ParameterError, match="future"):
        library.plays.record(1, now + timedelta(minutes=5), 60, False)


def test_a_play_of_a_track_that_is_gone_is_refused_with_all_others(library: Catalogue) -> None:
    with pytest.raises(NotFoundError, match="no track 8, 9"):
        library.plays.record_many([NewPlay(1, NOON), NewPlay(9, NOON), NewPlay(8, NOON)])
    with pytest.raises(NotFoundError, match="no track 8"):
        library.plays.history(track_id=8)
    assert library.plays.history() == ()


def test_a_track_whose_file_is_missing_keeps_its_plays(library: Catalogue) -> None:
    library.plays.record(1, NOON, 60, False)
    ScanRun(library, "/music").mark_missing([1])
    (row,) = library.plays.history()
    assert row.track is not None
    assert row.track.missing_since is not None
    library.plays.record(1, NOON + MINUTE, 60, False)
    assert library.marks.get(1).plays == 2


def test_only_plays_are_recorded(library: Catalogue) -> None:
    others: list[Any] = [None, 1, "play", {"track_id": 1}, (1, NOON)]
    for other in others:
        with pytest.raises(ParameterError, match="NewPlay"):
            library.plays.record_many([other])


def test_no_plays_are_no_change(library: Catalogue) -> None:
    assert library.plays.record_many([]) == ()
    assert revision(library) == 0


def test_pages_of_history_tile_it_with_the_latest_first(library: Catalogue) -> None:
    plays = library.plays
    times = [NOON + (n % 7) * MINUTE for n in range(25)]  # many at the same time
    recorded = plays.record_many(NewPlay(n % 5 + 1, at) for n, at in enumerate(times))
    expected = sorted(recorded, key=lambda play: (play.started_at, play.id), reverse=True)
    for wanted in (None, 3):
        seen: list[Play] = []
        page = plays.history(limit=4, track_id=wanted)
        while page:
            seen += [row.play for row in page]
            page = plays.history(limit=4, after=seen[-1].id, track_id=wanted)
        assert seen == [play for play in expected if wanted in (None, play.track_id)]


def test_a_page_of_history_has_1_to_200_rows(library: Catalogue) -> None:
    limits: list[Any] = [0, -1, 201, True, 2.0, "10", None]
    for limit in limits:
        with pytest.raises(ParameterError, match="limit="):
            library.plays.history(limit=limit)


def test_ids_of_history_are_whole_numbers(library: Catalogue) -> None:
    plays = library.plays
    bad_ids: list[Any] = [-1, True, "1", 1.0, 2**63]
    for bad in bad_ids:
        with pytest.raises(ParameterError, match="must be an id"):
            plays.history(after=bad)
        with pytest.raises(ParameterError, match="must be an id"):
            plays.history(track_id=bad)
        with pytest.raises(ParameterError, match="must be an id"):
            plays.remove(bad)
    with pytest.raises(NotFoundError, match="no play 77"):
        plays.history(after=77)
    with pytest.raises(NotFoundError, match="no play 77"):
        plays.remove(77)


def test_removing_a_play_counts_the_others_anew(library: Catalogue) -> None:
    plays, marks = library.plays, library.marks
    first = plays.record(1, NOON, 60, False)
    last = plays.record(1, NOON + MINUTE, 60, False)
    plays.record(2, NOON, 60, False)
    marks.set_rating([1], 4)
    assert plays.remove(last.id) == last
    assert marks.get(1) == Mark(1, 1, 60.0, NOON, None, 4.0)
    plays.remove(first.id)
    assert marks.get(1) == Mark(1, stars=4.0)
    assert marks.get(2).plays == 1
    with pytest.raises(NotFoundError):
        plays.remove(last.id)


def test_a_history_can_be_imported_twice_without_doubling(library: Catalogue) -> None:
    plays = library.plays
    own = plays.record(1, NOON + timedelta(microseconds=400), 200, True)
    history = [NewPlay(1, NOON), NewPlay(1, NOON + MINUTE), NewPlay(2, NOON), NewPlay(2, NOON)]
    new = plays.record_many(history, skip_known=True)
    assert [(play.track_id, play.started_at) for play in new] == [(1, NOON + MINUTE), (2, NOON)]
    assert plays.record_many(history, skip_known=True) == ()
    assert [row.play.id for row in plays.history(track_id=1)] == [new[0].id, own.id]
    assert len(plays.record_many(history)) == 4


def test_an_imported_play_counts_as_a_whole_track(library: Catalogue) -> None:
    (known, unknown) = library.plays.record_many([NewPlay(1, NOON), NewPlay(7, NOON)])
    assert (known.heard_s, known.counted, known.finished) == (240.0, True, True)
    assert (unknown.heard_s, unknown.counted) == (0.0, True)


@pytest.mark.slow
def test_a_hundred_thousand_plays_are_recorded_at_once_and_no_more(library: Catalogue) -> None:
    news = [NewPlay(n % 7 + 1, NOON + n * timedelta(seconds=7)) for n in range(100_000)]
    with pytest.raises(ParameterError, match="100,000 at most"):
        library.plays.record_many([*news, news[0]])
    assert len(library.plays.record_many(news)) == 100_000
    assert library.marks.get(1).plays == 14_286
    assert revision(library) == 1


def test_marks_are_always_what_the_plays_add_up_to(library: Catalogue) -> None:
    plays = library.plays
    model: dict[int, Play] = {}
    events = st.tuples(
        st.integers(1, 7), st.integers(0, 3_000), st.floats(0, 300), st.booleans()
    ).map(lambda e: NewPlay(e[0], NOON + e[1] * MINUTE, e[2], e[3]))
    operations = st.one_of(st.lists(events, min_size=1, max_size=4), st.integers(0, 50))

    @settings(max_examples=tries(12))
    @given(st.lists(operations, max_size=5))
    def act(todo: list[list[NewPlay] | int]) -> None:
        for one in todo:
            if isinstance(one, list):
                model.update({play.id: play for play in plays.record_many(one)})
            elif model:
                gone = sorted(model)[one % len(model)]
                plays.remove(gone)
                del model[gone]
        for mark in library.marks.of(range(1, 8)):
            own = [play for play in model.values() if play.track_id == mark.track_id]
            counted = [play.started_at for play in own if play.counted]
            assert mark.plays == len(counted)
            assert mark.last_played_at == max(counted, default=None)
            assert mark.heard_s == pytest.approx(sum(play.heard_s for play in own))

    act()
