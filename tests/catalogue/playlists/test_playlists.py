"""Playlists: what is in them, in which order, and how to get back."""

from __future__ import annotations

import math
import subprocess
import sys
import textwrap
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.catalogue.finding.filters import FilterError
from auralis_lab.catalogue.playlists.order import Gap, positions_within
from auralis_lab.catalogue.playlists.playlists import Playlist, PlaylistEntry
from auralis_lab.catalogue.playlists.steps import MAX_STEPS
from auralis_lab.catalogue.scanning.intake import ScanRun
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import CatalogueError, NotFoundError, ParameterError
from tests.thorough import tries

TRACKS = 12


@pytest.fixture
def library(
    catalogue: Catalogue, facts: Callable[..., Any], fill: Callable[..., None]
) -> Catalogue:
    """Tracks 1 to 12 of 10 s."""
    fill([facts(f"/music/{n}.flac", title=f"Song {n}") for n in range(1, TRACKS + 1)])
    return catalogue


def all_entries(catalogue: Catalogue, playlist_id: int, limit: int = 5) -> list[PlaylistEntry]:
    entries: list[PlaylistEntry] = []
    page = catalogue.playlists.entries(playlist_id, limit=limit)
    while page:
        entries += page
        page = catalogue.playlists.entries(playlist_id, limit=limit, after=entries[-1].id)
    return entries


def order(catalogue: Catalogue, playlist_id: int) -> list[tuple[int, int]]:
    return [(entry.id, entry.track_id) for entry in all_entries(catalogue, playlist_id)]


def revision(catalogue: Catalogue) -> int:
    with catalogue.session() as s:
        return int(s.rows("SELECT number FROM revisions WHERE name = 'playlists'")[0][0])


def everything(catalogue: Catalogue) -> list[Any]:
    tables = ("playlists", "playlist_entries", "playlist_steps", "playlist_changes", "revisions")
    with catalogue.session() as s:
        return [s.rows(f"SELECT * FROM {table} ORDER BY ALL") for table in tables]


# What a playlist is


def test_a_new_playlist_has_its_tracks_in_order(library: Catalogue) -> None:
    made = library.playlists.create("Morning", [3, 1, 3])
    assert (made.name, made.entries, made.missing, made.duration_s) == ("Morning", 3, 0, 30.0)
    assert (made.smart, made.problem, made.removed_at) == (False, None, None)
    entries = library.playlists.entries(made.id)
    assert [(entry.place, entry.track_id) for entry in entries] == [(0, 3), (1, 1), (2, 3)]
    assert [entry.track for entry in entries] == [library.tracks.get(id_) for id_ in (3, 1, 3)]
    assert len({entry.id for entry in entries}) == 3
    assert library.playlists.track_ids(made.id) == (3, 1, 3)
    assert library.playlists.get(made.id) == library.playlists.by_name("MORNING") == made
    assert library.playlists.count(made.id) == 3


def test_pages_of_entries_tile_the_playlist(library: Catalogue) -> None:
    ids = [n % TRACKS + 1 for n in range(23)]
    made = library.playlists.create("All", ids)
    for limit in (1, 4, 23, 200):
        entries = all_entries(library, made.id, limit)
        assert [entry.track_id for entry in entries] == ids
        assert [entry.place for entry in entries] == list(range(23))


def test_playlists_are_listed_by_name_in_pages(library: Catalogue) -> None:
    names = ["10", "abc", "ABD", "b", "b!", "(b) c", "Émigré", "emil", "Émile", "Zoo", "東京"]
    for name in names[::2] + names[1::2]:
        library.playlists.create(name)
    seen: list[Playlist] = []
    page = library.playlists.list(limit=2)
    while page:
        seen += page
        page = library.playlists.list(limit=2, after=seen[-1].id)
    assert [found.name for found in seen] == names
    library.playlists.remove(seen[0].id)
    assert library.playlists.list() == tuple(seen[1:])
    with pytest.raises(NotFoundError):
        library.playlists.list(after=seen[0].id)


def test_a_missing_track_stays_and_is_marked(library: Catalogue) -> None:
    made = library.playlists.create("A", [1, 2, 1])
    ScanRun(library, "/music").mark_missing([1])
    assert [entry.missing for entry in library.playlists.entries(made.id)] == [True, False, True]
    assert library.playlists.get(made.id).missing == 2
    library.playlists.add(made.id, [1])
    assert library.playlists.get(made.id).missing == 3


def test_a_track_that_the_catalogue_forgot_keeps_its_place(library: Catalogue) -> None:
    made = library.playlists.create("A", [1, 2])
    with library.write() as s:
        s.run("DELETE FROM tracks WHERE id = 1")
    entries = library.playlists.entries(made.id)
    assert [(entry.track_id, entry.missing) for entry in entries] == [(1, True), (2, False)]
    assert entries[0].track is None
    assert library.playlists.get(made.id).missing == 1


# Names


def test_names_are_cleaned_and_otherwise_kept(catalogue: Catalogue) -> None:
    for given_name, kept in [
        ("  So\tWhat\n ", "So What"),
        ("a\0b", "ab"),
        ("cafe\u0301", "café"),
        ("夜の曲 🎵", "夜の曲 🎵"),
        ("שלום", "שלום"),
        ("\udcff", "?"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("x" * 200, "x" * 200),
        ("'; DROP TABLE playlists; --", "'; DROP TABLE playlists; --"),
    ]:
        made = catalogue.playlists.create(given_name)
        assert made.name == kept
        for name in (given_name, kept):
            assert catalogue.playlists.by_name(name) == made


def test_names_that_are_none_are_refused(library: Catalogue) -> None:
    made = library.playlists.create("Good")
    before = everything(library)
    bad: list[Any] = ["", " \t", "\0", "\u200b\u2060", None, 7, b"x", "x" * 201, "x" * 10_000]
    for name in bad:
        for call in (library.playlists.create, library.playlists.by_name):
            with pytest.raises(ParameterError, match="name"):
                call(name)
        with pytest.raises(ParameterError, match="name"):
            library.playlists.rename(made.id, name)
        with pytest.raises(ParameterError, match="name"):
            library.playlists.copy(made.id, name)
    assert everything(library) == before


def test_no_two_playlists_have_the_same_name(library: Catalogue) -> None:
    first = library.playlists.create("Straße")
    other = library.playlists.create("Strass")
    for same in ("Straße", "STRASSE", "straße "):
        with pytest.raises(ParameterError, match="must be free: playlist 1 is 'Straße'"):
            library.playlists.create(same)
        with pytest.raises(ParameterError, match="must be free"):
            library.playlists.rename(other.id, same)
    assert library.playlists.create("straße", numbered=True).name == "straße (2)"
    assert library.playlists.create("Straße", numbered=True).name == "Straße (3)"
    long = library.playlists.create("y" * 200)
    assert library.playlists.create(long.name, numbered=True).name == "y" * 196 + " (2)"
    library.playlists.rename(first.id, "STRASSE")  # its own name in other letters
    library.playlists.create("C#")
    library.playlists.create("C")


def test_a_removed_playlist_comes_back_under_a_free_name(library: Catalogue) -> None:
    first = library.playlists.create("Jazz", [1])
    library.playlists.remove(first.id)
    second = library.playlists.create("jazz")
    library.playlists.undo(first.id)
    assert library.playlists.get(first.id).name == "Jazz (2)"
    library.playlists.rename(second.id, "Blues")
    library.playlists.create("JAZZ")
    library.playlists.undo(second.id)
    assert library.playlists.get(second.id).name == "jazz (3)"


# Changes


def test_entries_are_put_at_a_place_or_ahead_of_another(library: Catalogue) -> None:
    playlists = library.playlists
    made = playlists.create("A", [1, 2, 3])
    second = playlists.entries(made.id)[1]
    playlists.add(made.id, [4])
    playlists.add(made.id, [5], 0)
    playlists.add(made.id, [6, 6], 2)
    playlists.add(made.id, [7], before=second.id)
    playlists.add(made.id, [8], 8)
    assert playlists.track_ids(made.id) == (5, 1, 6, 6, 7, 2, 3, 4, 8)


def test_what_was_added_is_told_by_its_ids(library: Catalogue) -> None:
    made = library.playlists.create("A", [1, 2])
    step = library.playlists.add(made.id, [9, 8], 1)
    assert (step.action, step.changes, step.undone) == ("add", 2, False)
    assert [entry.id for entry in all_entries(library, made.id)][1:3] == list(step.entry_ids)


def test_several_entries_are_moved_together_in_the_order_given(library: Catalogue) -> None:
    playlists = library.playlists
    made = playlists.create("A", [1, 2, 3, 4, 5])
    ids = [entry.id for entry in playlists.entries(made.id)]
    playlists.move(made.id, [ids[4], ids[0]], 1)
    assert playlists.track_ids(made.id) == (2, 5, 1, 3, 4)
    playlists.move(made.id, [ids[1], ids[2]])
    assert playlists.track_ids(made.id) == (5, 1, 4, 2, 3)
    playlists.move(made.id, [ids[2]], before=ids[4])
    assert playlists.track_ids(made.id) == (3, 5, 1, 4, 2)
    assert sorted(entry.id for entry in playlists.entries(made.id)) == ids


def test_entries_are_taken_out_one_by_one_and_not_by_track(library: Catalogue) -> None:
    made = library.playlists.create("A", [1, 1, 1, 2])
    ids = [entry.id for entry in library.playlists.entries(made.id)]
    library.playlists.take_out(made.id, [ids[1], ids[3]])
    assert order(library, made.id) == [(ids[0], 1), (ids[2], 1)]


def test_a_playlist_is_replaced_and_cleared(library: Catalogue) -> None:
    made = library.playlists.create("A", [1, 2])
    library.playlists.replace(made.id, [3, 3])
    assert library.playlists.track_ids(made.id) == (3, 3)
    library.playlists.clear(made.id)
    assert library.playlists.track_ids(made.id) == ()
    assert library.playlists.get(made.id).entries == 0


def test_a_copy_is_a_playlist_of_its_own(library: Catalogue) -> None:
    made = library.playlists.create("A", [5, 4, 5])
    library.playlists.add(made.id, [6], 1)
    copy = library.playlists.copy(made.id, "B")
    library.playlists.clear(made.id)
    assert library.playlists.track_ids(copy.id) == (5, 6, 4, 5)
    library.playlists.undo(copy.id)
    with pytest.raises(NotFoundError):
        library.playlists.get(copy.id)


def test_what_is_refused_changes_nothing(library: Catalogue) -> None:
    playlists = library.playlists
    made, other = playlists.create("A", [1, 2, 3]), playlists.create("B", [1])
    ids = [entry.id for entry in playlists.entries(made.id)]
    foreign = playlists.entries(other.id)[0].id
    before = everything(library)
    bad_ids: list[Any] = [[-1], [True], ["1"], "1", 1, None, [], [1.0], [2**63]]
    for bad in bad_ids:
        for call in (playlists.add, playlists.move, playlists.take_out):
            with pytest.raises(ParameterError):
                call(made.id, bad)
    bad_places: list[Any] = [-1, 4, True, "0; DROP TABLE tracks", 1.0, 2**40]
    for place in bad_places:
        with pytest.raises(ParameterError, match="at="):
            playlists.add(made.id, [1], place)
        with pytest.raises(ParameterError, match="at="):
            playlists.move(made.id, [ids[0]], place)
    with pytest.raises(ParameterError, match="at=3 must be 2 at most"):
        playlists.move(made.id, [ids[0]], 3)
    with pytest.raises(ParameterError, match="only one of"):
        playlists.add(made.id, [1], 0, before=ids[0])
    with pytest.raises(ParameterError, match="one of the entries that are moved"):
        playlists.move(made.id, ids[:2], before=ids[0])
    with pytest.raises(ParameterError, match="twice"):
        playlists.take_out(made.id, [ids[0], ids[0]])
    for missing in (foreign, 999):
        with pytest.raises(NotFoundError, match=f"no entry {missing} in playlist {made.id}"):
            playlists.take_out(made.id, [ids[0], missing])
        with pytest.raises(NotFoundError, match=f"no entry {missing}"):
            playlists.add(made.id, [1], before=missing)
        with pytest.raises(NotFoundError, match=f"no entry {missing}"):
            playlists.entries(made.id, after=missing)
    with pytest.raises(NotFoundError, match="no track 99, 100"):
        playlists.add(made.id, [1, 99, 100])
    with pytest.raises(NotFoundError, match="no track 99"):
        playlists.create("C", [99])
    with pytest.raises(NotFoundError, match="no track 99"):
        playlists.replace(made.id, [99])
    assert everything(library) == before


def test_a_playlist_that_is_not_there_is_not_found(library: Catalogue) -> None:
    playlists = library.playlists
    made = playlists.create("A", [1])
    playlists.remove(made.id)
    before = everything(library)
    for id_ in (made.id, 99):
        for call in (
            lambda id_=id_: playlists.get(id_),
            lambda id_=id_: playlists.entries(id_),
            lambda id_=id_: playlists.track_ids(id_),
            lambda id_=id_: playlists.add(id_, [1]),
            lambda id_=id_: playlists.clear(id_),
            lambda id_=id_: playlists.rename(id_, "B"),
            lambda id_=id_: playlists.copy(id_, "B"),
            lambda id_=id_: playlists.remove(id_),
            lambda id_=id_: playlists.freeze(id_),
        ):
            with pytest.raises(NotFoundError, match=f"no playlist {id_}"):
                call()
    bad: list[Any] = [-1, True, "1", None, 1.5]
    for id_ in bad:
        with pytest.raises(ParameterError, match="playlist_id"):
            playlists.get(id_)
        with pytest.raises(ParameterError, match="playlist_id"):
            playlists.clear(id_)
        with pytest.raises(ParameterError, match="playlist_id"):
            playlists.undo(id_)
    assert everything(library) == before


def test_pages_hold_1_to_200_rows(library: Catalogue) -> None:
    made = library.playlists.create("A", [1])
    bad: list[Any] = [0, -1, 201, True, "1", None, 1.0]
    for limit in bad:
        with pytest.raises(ParameterError, match="limit="):
            library.playlists.list(limit=limit)
        with pytest.raises(ParameterError, match="limit="):
            library.playlists.removed(limit=limit)
        with pytest.raises(ParameterError, match="limit="):
            library.playlists.entries(made.id, limit=limit)


def test_every_change_makes_a_revision(library: Catalogue) -> None:
    playlists = library.playlists
    made = playlists.create("A", [1])
    count = revision(library)
    changes: list[Callable[[], object]] = [
        lambda: playlists.add(made.id, [2]),
        lambda: playlists.rename(made.id, "B"),
        lambda: playlists.undo(made.id),
        lambda: playlists.redo(made.id),
        lambda: playlists.remove(made.id),
        lambda: playlists.undo(made.id),
    ]
    for change in changes:
        change()
        count += 1
        assert revision(library) == count


# Positions


@pytest.mark.parametrize("count", [1, 2, 1000])
@pytest.mark.parametrize(
    "gap", [Gap(None, None), Gap(3.0, None), Gap(None, -2.5), Gap(1.0, 2.0), Gap(0.0, 1e-300)]
)
def test_positions_rise_within_their_gap(gap: Gap, count: int) -> None:
    positions = positions_within(gap, count)
    assert positions is not None
    edges = [x for x in (gap.after,) if x is not None], [x for x in (gap.before,) if x is not None]
    whole = [*edges[0], *positions, *edges[1]]
    assert len(positions) == count
    assert all(a < b for a, b in pairwise(whole))


@given(st.floats(-1e9, 1e9), st.integers(0, 3), st.integers(1, 5))
def test_a_gap_without_room_is_recognised(low: float, steps: int, count: int) -> None:
    high = low
    for _ in range(steps):
        high = math.nextafter(high, math.inf)
    positions = positions_within(Gap(low, high), count)
    assert positions is None or len({low, high, *positions}) == count + 2


@pytest.mark.slow
def test_entries_put_at_the_same_place_for_ever_stay_in_order(library: Catalogue) -> None:
    """Each halves the room between its neighbours, until all are numbered anew."""
    playlists = library.playlists
    made = playlists.create("A", [1, 2])
    expected = [1, 2]
    for n in range(57):
        playlists.add(made.id, [n % TRACKS + 1], 1)
        expected.insert(1, n % TRACKS + 1)
    assert list(playlists.track_ids(made.id)) == expected
    renumbered = [step.changes for step in playlists.steps(made.id) if step.changes > 2]
    assert len(renumbered) == 1
    for n in range(10):
        playlists.undo(made.id)
        assert list(playlists.track_ids(made.id)) == [1, *expected[n + 2 :]]
    for _ in range(10):
        playlists.redo(made.id)
    assert list(playlists.track_ids(made.id)) == expected


def test_entries_moved_where_there_is_no_room_stay_in_order(library: Catalogue) -> None:
    playlists = library.playlists
    made = playlists.create("A", [1, 2, 3, 4])
    ids = [entry.id for entry in playlists.entries(made.id)]
    with library.write() as s:
        s.run(
            "UPDATE playlist_entries SET position = $position WHERE id = $id",
            {"position": math.nextafter(1.0, 2.0), "id": ids[1]},
        )
    playlists.move(made.id, [ids[3], ids[2]], 1)
    assert playlists.track_ids(made.id) == (1, 4, 3, 2)
    playlists.undo(made.id)
    assert playlists.track_ids(made.id) == (1, 2, 3, 4)


# Back and forth


def test_every_change_can_be_undone_and_done_again(library: Catalogue) -> None:
    playlists = library.playlists
    made = playlists.create("A", [1, 2, 3])
    ids = [entry.id for entry in playlists.entries(made.id)]
    states = [(playlists.get(made.id).name, order(library, made.id))]
    changes: list[Callable[[], object]] = [
        lambda: playlists.add(made.id, [4, 5], 1),
        lambda: playlists.move(made.id, [ids[2], ids[0]], 2),
        lambda: playlists.rename(made.id, "B"),
        lambda: playlists.take_out(made.id, [ids[1]]),
        lambda: playlists.replace(made.id, [7, 7]),
        lambda: playlists.clear(made.id),
        lambda: playlists.add(made.id, [9]),
    ]
    for change in changes:
        change()
        states.append((playlists.get(made.id).name, order(library, made.id)))
    for state in states[-2::-1]:
        playlists.undo(made.id)
        assert (playlists.get(made.id).name, order(library, made.id)) == state
    for state in states[1:]:
        playlists.redo(made.id)
        assert (playlists.get(made.id).name, order(library, made.id)) == state
    with pytest.raises(NotFoundError, match="nothing to do again"):
        playlists.redo(made.id)
    actions = [step.action for step in playlists.steps(made.id)]
    assert actions == ["add", "clear", "replace", "take out", "rename", "move", "add", "create"]


def test_removing_and_creating_are_undone_as_well(library: Catalogue) -> None:
    playlists = library.playlists
    made = playlists.create("A", [1, 2])
    playlists.add(made.id, [3])
    before = order(library, made.id)
    playlists.remove(made.id)
    assert playlists.list() == ()
    assert [found.id for found in playlists.removed()] == [made.id]
    assert playlists.removed()[0].removed_at is not None
    assert playlists.undo(made.id).action == "remove"
    assert order(library, made.id) == before
    playlists.redo(made.id)
    assert playlists.list() == ()
    for action in ("remove", "add", "create"):
        assert playlists.undo(made.id).action == action
    assert playlists.list() == ()
    with pytest.raises(NotFoundError, match="nothing to undo"):
        playlists.undo(made.id)
    playlists.redo(made.id)
    assert playlists.track_ids(made.id) == (1, 2)


def test_a_new_change_drops_what_was_undone(library: Catalogue) -> None:
    playlists = library.playlists
    made = playlists.create("A", [1])
    playlists.add(made.id, [2])
    playlists.undo(made.id)
    playlists.add(made.id, [3])
    with pytest.raises(NotFoundError, match="nothing to do again"):
        playlists.redo(made.id)
    playlists.undo(made.id)
    assert playlists.track_ids(made.id) == (1,)


def test_only_the_step_that_is_meant_is_undone(library: Catalogue) -> None:
    playlists = library.playlists
    made = playlists.create("A", [1])
    mine = playlists.add(made.id, [2])
    theirs = playlists.add(made.id, [3])
    before = everything(library)
    with pytest.raises(ParameterError, match=f"must be {theirs.id}"):
        playlists.undo(made.id, step_id=mine.id)
    assert everything(library) == before
    playlists.undo(made.id, step_id=theirs.id)
    playlists.undo(made.id, step_id=mine.id)
    with pytest.raises(ParameterError, match=f"must be {mine.id}"):
        playlists.redo(made.id, step_id=theirs.id)
    assert playlists.redo(made.id, step_id=mine.id).undone is False


def test_steps_outlive_the_process(library: Catalogue) -> None:
    made = library.playlists.create("A", [1])
    library.playlists.add(made.id, [2])
    with Catalogue(library.path) as other:
        other.playlists.undo(made.id)
    assert library.playlists.track_ids(made.id) == (1,)
    library.playlists.redo(made.id)


def test_only_the_latest_steps_are_kept(
    library: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_STEPS == 100
    monkeypatch.setattr("auralis_lab.catalogue.playlists.steps.MAX_STEPS", 7)
    playlists = library.playlists
    made = playlists.create("A")
    for n in range(10):
        playlists.add(made.id, [n + 1])
    steps = playlists.steps(made.id)
    assert len(steps) == 7
    for _ in steps:
        playlists.undo(made.id)
    assert playlists.track_ids(made.id) == (1, 2, 3)
    with library.session() as s:
        assert s.rows("SELECT count(DISTINCT step_id) FROM playlist_changes") == [(7,)]


def test_steps_of_many_changes_are_fewer(
    library: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auralis_lab.catalogue.playlists.steps.MAX_STEP_CHANGES", 10)
    made = library.playlists.create("A", range(1, 9))
    library.playlists.add(made.id, [1])
    library.playlists.add(made.id, [1])
    assert [step.changes for step in library.playlists.steps(made.id)] == [1, 1, 8]
    library.playlists.add(made.id, [1])
    library.playlists.add(made.id, [1])
    assert [step.changes for step in library.playlists.steps(made.id)] == [1, 1, 1, 1]
    library.playlists.clear(made.id)
    library.playlists.add(made.id, [1])
    assert [step.action for step in library.playlists.steps(made.id)] == ["add"]


def test_of_many_removed_playlists_the_latest_are_kept(
    library: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auralis_lab.catalogue.playlists.steps.MAX_REMOVED", 2)
    made = [library.playlists.create(f"P{n}", [1]) for n in range(4)]
    for one in made:
        library.playlists.remove(one.id)
    assert [one.id for one in library.playlists.removed()] == [made[3].id, made[2].id]
    with pytest.raises(NotFoundError):
        library.playlists.undo(made[0].id)
    assert [len(rows) for rows in everything(library)[:4]] == [2, 2, 4, 2]


@pytest.mark.slow
def test_a_hundred_thousand_tracks_are_put_in_at_once_and_no_more(library: Catalogue) -> None:
    ids = [n % TRACKS + 1 for n in range(100_000)]
    made = library.playlists.create("Long", ids)
    step = library.playlists.add(made.id, ids, 50_000)
    assert library.playlists.get(made.id).entries == len(step.entry_ids) * 2 == 200_000
    with pytest.raises(ParameterError, match="100,000 at most"):
        library.playlists.add(made.id, [*ids, 1])
    library.playlists.move(made.id, step.entry_ids, 0)
    assert library.playlists.track_ids(made.id) == tuple(ids * 2)
    library.playlists.take_out(made.id, step.entry_ids)
    library.playlists.undo(made.id)
    assert library.playlists.entries(made.id, after=step.entry_ids[-1])[0].place == 100_000


def test_there_are_not_more_playlists_and_entries_than_allowed(
    library: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auralis_lab.catalogue.playlists.heads.MAX_PLAYLISTS", 1)
    monkeypatch.setattr("auralis_lab.catalogue.playlists.changes.MAX_ENTRIES", 5)
    made = library.playlists.create("A", [1, 2, 3])
    before = everything(library)
    with pytest.raises(CatalogueError, match="playlists already"):
        library.playlists.create("B")
    with pytest.raises(ParameterError, match="5 entries at most"):
        library.playlists.add(made.id, [1, 2, 3])
    assert everything(library) == before
    library.playlists.replace(made.id, [1, 2, 3, 4, 5])


# Smart playlists


def test_a_smart_playlist_is_what_its_filter_finds_now(library: Catalogue) -> None:
    made = library.playlists.create("Ones", filter_text="title:1 sort:title")
    assert (made.smart, made.filter_text, made.problem) == (True, "title:1 sort:title", None)
    assert (made.entries, made.missing, made.duration_s) == (None, None, None)
    entries = library.playlists.entries(made.id)
    assert [entry.track_id for entry in entries] == [1, 10, 11, 12]
    assert [(entry.id, entry.place) for entry in entries] == [(n, None) for n in (1, 10, 11, 12)]
    assert all_entries(library, made.id, limit=1) == list(entries)
    assert library.playlists.track_ids(made.id) == (1, 10, 11, 12)
    assert library.playlists.count(made.id) == 4
    ScanRun(library, "/music").mark_missing([10])
    assert library.playlists.track_ids(made.id) == (1, 11, 12)


def test_a_smart_playlist_follows_what_is_played_and_liked(library: Catalogue) -> None:
    made = library.playlists.create("Loved", filter_text="is:favourite rating>=4")
    assert library.playlists.entries(made.id) == ()
    library.marks.set_favourite([3, 4, 5])
    library.marks.set_rating([4, 5, 6], 4)
    assert set(library.playlists.track_ids(made.id)) == {4, 5}


def test_a_frozen_playlist_keeps_what_was_found_and_can_thaw(library: Catalogue) -> None:
    playlists = library.playlists
    made = playlists.create("Ones", filter_text="title:1 sort:title")
    step = playlists.freeze(made.id)
    assert (step.action, step.changes) == ("freeze", 4)
    ScanRun(library, "/music").mark_missing([10])
    frozen = playlists.get(made.id)
    assert (frozen.smart, frozen.entries, frozen.missing) == (False, 4, 1)
    playlists.add(made.id, [2])
    assert playlists.track_ids(made.id) == (1, 10, 11, 12, 2)
    playlists.undo(made.id)
    playlists.undo(made.id)
    assert playlists.get(made.id).filter_text == "title:1 sort:title"
    assert playlists.track_ids(made.id) == (1, 11, 12)
    playlists.redo(made.id)
    assert playlists.track_ids(made.id) == (1, 10, 11, 12)
    with pytest.raises(ParameterError, match="must be a smart one to be frozen"):
        playlists.freeze(made.id)


def test_a_filter_can_be_changed_copied_and_taken_back(library: Catalogue) -> None:
    playlists = library.playlists
    made = playlists.create("A", filter_text="title:3")
    playlists.set_filter(made.id, "title:4")
    copy = playlists.copy(made.id, "B")
    playlists.undo(made.id)
    assert playlists.get(made.id).filter_text == "title:3"
    assert playlists.track_ids(copy.id) == (4,)


def test_a_smart_playlist_has_no_entries_to_change(library: Catalogue) -> None:
    playlists = library.playlists
    smart = playlists.create("S", filter_text="title:1")
    manual = playlists.create("M", [1])
    before = everything(library)
    changes: list[Callable[[], object]] = [
        lambda: playlists.add(smart.id, [1]),
        lambda: playlists.move(smart.id, [1], 0),
        lambda: playlists.take_out(smart.id, [1]),
        lambda: playlists.replace(smart.id, [1]),
        lambda: playlists.clear(smart.id),
    ]
    for change in changes:
        with pytest.raises(ParameterError, match="must be a manual one: freeze it"):
            change()
    with pytest.raises(ParameterError, match="must be a smart one to have a filter"):
        playlists.set_filter(manual.id, "title:1")
    with pytest.raises(ParameterError, match="no track_ids"):
        playlists.create("X", [1], filter_text="title:1")
    assert everything(library) == before


def test_filters_that_are_none_are_refused(library: Catalogue) -> None:
    smart = library.playlists.create("S", filter_text="title:1")
    before = everything(library)
    bad: list[Any] = ["nosuchfield:1", "year:abc", "x" * 2_001, 7, b"title:1"]
    for text in bad:
        with pytest.raises(ParameterError):
            library.playlists.create("B", filter_text=text)
        with pytest.raises(ParameterError):
            library.playlists.set_filter(smart.id, text)
    assert everything(library) == before


def test_a_filter_that_no_longer_parses_says_so_and_can_be_mended(library: Catalogue) -> None:
    playlists = library.playlists
    made = playlists.create("Old", filter_text="title:1")
    with library.write() as s:
        s.run("UPDATE playlists SET filter = 'forgotten:7 title:1'")
    (listed,) = playlists.list()
    assert listed.problem is not None
    assert "forgotten" in listed.problem
    assert playlists.get(made.id) == listed
    reading: list[Callable[[int], object]] = [
        playlists.entries,
        playlists.track_ids,
        playlists.count,
        playlists.freeze,
    ]
    for call in reading:
        with pytest.raises(FilterError, match="forgotten"):
            call(made.id)
    playlists.set_filter(made.id, "title:2")
    assert playlists.get(made.id).problem is None
    assert set(playlists.track_ids(made.id)) == {2, 12}


# Models

Operation: TypeAlias = tuple[str, list[int]]
operations: st.SearchStrategy[Operation] = st.one_of(
    st.tuples(st.just("add"), st.lists(st.integers(1, TRACKS), min_size=1, max_size=4)),
    st.tuples(st.just("move"), st.lists(st.integers(0, 30), min_size=1, max_size=3)),
    st.tuples(st.just("take out"), st.lists(st.integers(0, 30), min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["clear", "undo", "redo", "undo", "redo"]), st.just([])),
    st.tuples(st.just("replace"), st.lists(st.integers(1, TRACKS), max_size=4)),
)


def test_a_playlist_is_what_a_list_would_be(library: Catalogue) -> None:
    playlists = library.playlists

    @settings(max_examples=tries(10))
    @given(st.lists(st.tuples(operations, st.integers(0, 40)), max_size=12))
    def act(todo: list[tuple[Operation, int]]) -> None:
        made = playlists.create("model", [1, 2, 3], numbered=True)
        model = order(library, made.id)
        past: list[list[tuple[int, int]]] = []
        future: list[list[tuple[int, int]]] = []
        for (action, numbers), place in todo:
            before = list(model)
            chosen = list(dict.fromkeys(model[n % len(model)] for n in numbers if model))
            others = [entry for entry in model if entry not in chosen]
            if action == "add":
                at = place % (len(model) + 1)
                step = playlists.add(made.id, numbers, at)
                model[at:at] = zip(step.entry_ids, numbers, strict=True)
            elif action == "move" and chosen:
                at = place % (len(others) + 1)
                playlists.move(made.id, [id_ for id_, _ in chosen], at)
                model = others[:at] + chosen + others[at:]
            elif action == "take out" and chosen:
                playlists.take_out(made.id, [id_ for id_, _ in chosen])
                model = others
            elif action in ("clear", "replace"):
                step = playlists.replace(made.id, numbers)
                model = list(zip(step.entry_ids, numbers, strict=True))
            elif action == "undo" and past:
                playlists.undo(made.id)
                future.append(model)
                model = past.pop()
            elif action == "redo" and future:
                playlists.redo(made.id)
                past.append(model)
                model = future.pop()
            if action not in ("undo", "redo") and (chosen or action in ("add", "clear", "replace")):
                past.append(before)
                future.clear()
        assert order(library, made.id) == model
        for state in reversed(past):
            playlists.undo(made.id)
            assert order(library, made.id) == state

    act()


APPEND = """
import sys
from auralis_lab.catalogue.store import Catalogue
catalogue = Catalogue(sys.argv[1], wait_s=60)
for n in range(8):
    catalogue.playlists.add(int(sys.argv[2]), [int(sys.argv[3])] * 2, 0 if n % 3 == 0 else None)
"""


def test_processes_that_append_at_once_lose_nothing(library: Catalogue) -> None:
    made = library.playlists.create("A", [9])
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(APPEND), library.path, str(made.id), str(track)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for track in (1, 2)
    ]
    for writer in writers:
        _, complaints = writer.communicate(timeout=120)
        assert writer.returncode == 0, complaints
    tracks = library.playlists.track_ids(made.id)
    assert sorted(tracks) == [1] * 16 + [2] * 16 + [9]
    assert [entry.place for entry in all_entries(library, made.id)] == list(range(33))
    for _ in range(16):
        library.playlists.undo(made.id)
    assert library.playlists.track_ids(made.id) == (9,)
