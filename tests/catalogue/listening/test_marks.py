"""Favourites and ratings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.catalogue.listening.marks import Mark, rating_from_stars, stars_from_rating
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import NotFoundError, ParameterError
from tests.thorough import tries

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def library(
    catalogue: Catalogue, facts: Callable[..., Any], fill: Callable[..., None]
) -> Catalogue:
    fill([facts(f"/music/{n}.flac") for n in range(1, 9)])
    return catalogue


def revision(catalogue: Catalogue) -> int:
    with catalogue.session() as s:
        return int(s.rows("SELECT number FROM revisions WHERE name = 'marks'")[0][0])


def stored(catalogue: Catalogue) -> int:
    with catalogue.session() as s:
        return int(s.rows("SELECT count(*) FROM marks")[0][0])


def test_a_track_has_no_marks_at_first(library: Catalogue) -> None:
    assert library.marks.get(3) == Mark(3)
    assert library.marks.of([3, 1, 3]) == (Mark(3), Mark(1), Mark(3))
    assert library.marks.of([]) == ()


def test_favourites_keep_the_time_they_became_so(library: Catalogue) -> None:
    marks = library.marks
    before = datetime.now(UTC) - timedelta(seconds=1)
    assert marks.set_favourite([1, 2]) == (Mark(1), Mark(2))
    first = marks.get(1)
    assert first.favourite
    assert first.favourite_since is not None
    assert before < first.favourite_since <= datetime.now(UTC)
    marks.set_favourite([1, 3])
    assert marks.get(1) == first
    marks.set_favourite([1], False)
    assert [mark.favourite for mark in marks.of([1, 2, 3])] == [False, True, True]


@pytest.mark.parametrize("half_stars", range(1, 11))
def test_stars_are_stored_as_half_stars(half_stars: int) -> None:
    assert rating_from_stars(half_stars / 2) == half_stars
    assert stars_from_rating(half_stars) == half_stars / 2


def test_ratings_are_set_for_many_tracks_and_taken_away(library: Catalogue) -> None:
    marks = library.marks
    marks.set_rating(range(1, 9), 3.5)
    marks.set_rating([2], 5)
    assert [mark.stars for mark in marks.of([1, 2, 8])] == [3.5, 5.0, 3.5]
    marks.set_rating([2], None)
    assert marks.get(2) == Mark(2)
    assert stored(library) == 7
    with library.session() as s:
        assert s.rows("SELECT DISTINCT rating FROM marks") == [(7,)]


def test_bad_ratings_are_refused_and_nothing_is_changed(library: Catalogue) -> None:
    bad: list[Any] = [0, 0.25, 3.2, 5.5, -1, 100, True, "5", float("nan"), float("inf")]
    for stars in bad:
        with pytest.raises(ParameterError, match="stars="):
            library.marks.set_rating([1], stars)
    not_bool: Any = 1
    with pytest.raises(ParameterError, match="favourite="):
        library.marks.set_favourite([1], not_bool)
    assert stored(library) == revision(library) == 0


def test_bad_ids_are_refused_and_nothing_is_changed(library: Catalogue) -> None:
    bad: list[Any] = [[-1], [1, True], ["1; DROP TABLE marks"], "12", b"12", 1, None, [2**63]]
    for ids in bad:
        for call in (library.marks.of, library.marks.set_favourite, library.marks.clear):
            with pytest.raises(ParameterError, match="track_ids"):
                call(ids)
    for ids in ([9], [1, 9], [9, 10, 11, 12]):
        with pytest.raises(NotFoundError, match="no track 9"):
            library.marks.set_favourite(ids)
        with pytest.raises(NotFoundError, match="no track 9"):
            library.marks.of(ids)
    with pytest.raises(NotFoundError):
        library.marks.get(0)
    assert stored(library) == revision(library) == 0


def test_every_change_can_be_taken_back_with_what_it_returned(library: Catalogue) -> None:
    marks = library.marks
    marks.set_favourite([1, 2])
    marks.set_rating([2, 3], 4)
    before = marks.of(range(1, 9))
    changes: list[Callable[[], tuple[Mark, ...]]] = [
        lambda: marks.clear(range(1, 9)),
        lambda: marks.set_favourite([1, 4], False),
        lambda: marks.set_favourite([1, 4]),
        lambda: marks.set_rating([1, 2, 3], 0.5),
    ]
    for change in changes:
        changed = change()
        after = marks.of(range(1, 9))
        assert after != before
        again = marks.restore(changed)
        assert marks.of(range(1, 9)) == before
        marks.restore(again)
        assert marks.of(range(1, 9)) == after
        marks.restore(before)


def test_restoring_leaves_plays_alone(library: Catalogue) -> None:
    before = library.marks.set_rating([1], 2)
    library.plays.record(1, NOON, 60, False)
    library.marks.restore(before)
    assert library.marks.get(1) == Mark(1, 1, 60.0, NOON)
    library.marks.clear([1])
    assert library.marks.get(1).plays == 1


def test_only_marks_are_restored(library: Catalogue) -> None:
    bad: list[Any] = [
        [None],
        [Mark(1), Mark(1)],
        [Mark(1, stars=7.0)],
        [Mark(-1)],
        [Mark(1, favourite_since=datetime(2025, 1, 1))],
        [Mark(1, favourite_since=datetime.now(UTC) + timedelta(days=2))],
    ]
    for marks in bad:
        with pytest.raises(ParameterError):
            library.marks.restore(marks)
    with pytest.raises(NotFoundError):
        library.marks.restore([Mark(1, stars=1.0), Mark(99)])
    assert stored(library) == 0


def test_only_a_change_makes_a_revision(library: Catalogue) -> None:
    library.marks.set_favourite([])
    library.marks.clear([1])
    library.marks.set_rating([1], None)
    assert revision(library) == 0
    library.marks.set_favourite([1, 1, 2])
    assert revision(library) == 1
    library.marks.set_favourite([2])
    assert revision(library) == 1


@pytest.mark.slow
def test_a_hundred_thousand_ids_are_taken_at_once_and_no_more(catalogue: Catalogue) -> None:
    with catalogue.write() as s:
        s.run(
            """
            INSERT INTO tracks BY NAME
            SELECT id, 1 AS root_id, '/music/' || id AS path, 1 AS file_bytes, 1 AS mtime_ns,
                'k' || id AS content_key, 'FLAC' AS format, 'PCM_16' AS subtype, false AS lossy,
                44_100 AS rate_hz, 2 AS channels, 44_100 AS frames, false AS frames_is_estimate,
                []::VARCHAR[] AS artists, []::VARCHAR[] AS featured, []::VARCHAR[] AS genres,
                false AS compilation, false AS lyrics_synced, []::VARCHAR[] AS mb_artist_ids,
                []::VARCHAR[] AS mb_album_artist_ids, '' AS title_sort, '' AS artist_order,
                '' AS album_order, '' AS search_text, now()::TIMESTAMP AS added_at,
                now()::TIMESTAMP AS changed_at
            FROM (SELECT range AS id FROM range(1, 100_001))"""
        )
    catalogue.marks.set_favourite(range(1, 100_001))
    assert stored(catalogue) == 100_000
    with pytest.raises(ParameterError, match="100,000 at most"):
        catalogue.marks.clear(range(1, 100_002))
    catalogue.marks.clear(range(1, 100_001))
    assert stored(catalogue) == 0


def test_marks_are_what_a_dictionary_would_hold(library: Catalogue) -> None:
    marks = library.marks
    model: dict[int, tuple[bool, float | None]] = {}
    ids = st.lists(st.integers(1, 8), max_size=5)
    stars = st.one_of(st.none(), st.integers(1, 10).map(lambda half: half / 2))
    operations = st.one_of(
        st.tuples(st.just("favourite"), ids, st.booleans()),
        st.tuples(st.just("rating"), ids, stars),
        st.tuples(st.just("clear"), ids, st.none()),
    )

    @settings(max_examples=tries(12))
    @given(st.lists(operations, max_size=6))
    def act(todo: list[tuple[str, list[int], Any]]) -> None:
        for kind, track_ids, value in todo:
            if kind == "favourite":
                marks.set_favourite(track_ids, value)
            elif kind == "rating":
                marks.set_rating(track_ids, value)
            else:
                marks.clear(track_ids)
            for id_ in track_ids:
                liked, rated = model.get(id_, (False, None))
                model[id_] = {
                    "favourite": (value is True, rated),
                    "rating": (liked, value),
                    "clear": (False, None),
                }[kind]
        for mark in marks.of(range(1, 9)):
            assert (mark.favourite, mark.stars) == model.get(mark.track_id, (False, None))

    act()
