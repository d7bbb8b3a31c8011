"""The record of edits."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.catalogue.editing import journal as journal_module
from auralis_lab.catalogue.editing.journal import Journal
from auralis_lab.catalogue.editing.pictures import KeptPictures
from auralis_lab.catalogue.editing.records import (
    JournalFile,
    OpenEdit,
    StoredChange,
    StoredPicture,
)
from auralis_lab.catalogue.scanning.reading import picture_key
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import CatalogueError, NotFoundError, ParameterError

PICTURE = StoredPicture("ab" * 16, "image/png", 3, "front")


@pytest.fixture
def journal(catalogue: Catalogue) -> Journal:
    return Journal(catalogue)


def made(number: int, *, prepared: bool = False) -> JournalFile:
    return JournalFile(
        number,
        track_id=number + 100,
        path=os.fsdecode(b"/music/B\xf6rk \\x41 %d.flac" % number),
        stamp=(1_000 + number, 2_000),
        before=StoredChange({"title": "Old", "genres": ("A",)}, (PICTURE,)) if prepared else None,
        after=StoredChange({"title": None, "bpm": 93.5, "compilation": True}, ()),
    )


def run(journal: Journal, undoes: int | None = None, files: int = 1) -> int:
    """Go through a whole edit."""
    edit = journal.begin("title", undoes, [made(n) for n in range(files)])
    changed = [made(n, prepared=True) for n in range(files)]
    journal.done(journal.written(journal.prepared(edit, changed)))
    return edit.id


texts = st.text(max_size=20)
values = st.none() | texts | st.integers() | st.booleans() | st.lists(texts, max_size=3).map(tuple)
pictures = st.builds(StoredPicture, texts, texts, st.integers(0, 20), texts)


@given(st.dictionaries(texts, values), st.none() | st.lists(pictures, max_size=3).map(tuple))
def test_a_change_is_stored_and_read_as_it_was(
    fields: dict[str, str | None], shown: tuple[StoredPicture, ...] | None
) -> None:
    change = StoredChange(fields, shown)
    assert StoredChange.from_json(change.to_json()) == change


def test_an_edit_is_read_as_it_was_recorded(journal: Journal) -> None:
    files = tuple(made(n) for n in range(3))
    edit = journal.begin("title of 3 tracks", None, files)
    assert journal.unfinished() == [OpenEdit(edit.id, edit.token, "begun", files)]
    changed = tuple(made(n, prepared=True) for n in range(3))
    edit = journal.prepared(edit, changed)
    assert journal.unfinished() == [OpenEdit(edit.id, edit.token, "begun", changed)]
    assert journal.written(edit).state == "written"
    assert [open_edit.state for open_edit in journal.unfinished()] == ["written"]
    journal.done(edit)
    assert journal.unfinished() == []
    head, stored = journal.get(edit.id)
    assert stored == changed
    assert (head.state, head.description, head.files) == ("done", "title of 3 tracks", 3)
    assert head.finished_at is not None
    assert abs(datetime.now(UTC) - head.started_at) < timedelta(minutes=1)


def test_a_failed_edit_says_why(journal: Journal) -> None:
    edit = journal.begin("title", None, [made(0)])
    journal.failed(edit, "the disk is full")
    assert journal.unfinished() == []
    (head,) = journal.page(limit=10, before=None)
    assert (head.id, head.state, head.reason) == (edit.id, "failed", "the disk is full")


def test_no_two_edits_set_files_aside_under_the_same_name(journal: Journal) -> None:
    tokens = {journal.begin("title", None, []).token for _ in range(5)}
    assert len(tokens) == 5


def test_pages_follow_each_other_without_gaps(journal: Journal) -> None:
    ids = [run(journal) for _ in range(7)]
    seen: list[int] = []
    before = None
    while page := journal.page(limit=3, before=before):
        seen += [edit.id for edit in page]
        before = seen[-1]
    assert seen == ids[::-1]


def test_an_edit_is_undone_unless_its_undo_was_undone(journal: Journal) -> None:
    def undone_by() -> dict[int, int | None]:
        return {edit.id: edit.undone_by for edit in journal.page(limit=50, before=None)}

    first = run(journal)
    undo = run(journal, undoes=first)
    assert undone_by() == {first: undo, undo: None}
    redo = run(journal, undoes=undo)
    assert undone_by() == {first: None, undo: redo, redo: None}
    again = run(journal, undoes=first)
    assert undone_by()[first] == again
    failed = journal.begin("undo", redo, [])
    journal.failed(failed, "no")
    assert undone_by()[redo] is None


def test_the_oldest_edits_are_forgotten_when_there_are_many(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "KEPT_EDITS", 3)
    interrupted = journal.begin("title", None, [made(0)])
    ids = [run(journal) for _ in range(5)]
    left = [edit.id for edit in journal.page(limit=50, before=None)]
    assert left == [*ids[:1:-1], interrupted.id]
    assert len(journal.get(interrupted.id)[1]) == 1
    with pytest.raises(NotFoundError):
        journal.get(ids[0])


def test_what_is_old_can_be_forgotten(journal: Journal) -> None:
    interrupted = journal.begin("title", None, [made(0)])
    for _ in range(3):
        run(journal)
    now = datetime.now(UTC)
    assert journal.forget(now - timedelta(hours=1)) == 0
    assert journal.forget(now + timedelta(hours=1)) == 3
    assert [edit.id for edit in journal.page(limit=9, before=None)] == [interrupted.id]


def test_pictures_are_needed_as_long_as_an_edit_names_them(journal: Journal) -> None:
    assert journal.picture_keys() == set()
    run(journal, files=2)
    assert journal.picture_keys() == {PICTURE.key}
    journal.forget(datetime.now(UTC) + timedelta(hours=1))
    assert journal.picture_keys() == set()


@pytest.mark.parametrize("edit_id", [-1, 1 << 63, "1; DROP TABLE edits", None, True, 1.0])
def test_what_is_no_id_is_refused(edit_id: int, journal: Journal) -> None:
    with pytest.raises(ParameterError, match="edit_id"):
        journal.get(edit_id)


@pytest.mark.parametrize("limit", [0, 201, -1, True, "10", None])
def test_a_page_has_1_to_200_rows(limit: int, journal: Journal) -> None:
    with pytest.raises(ParameterError, match="limit"):
        journal.page(limit=limit, before=None)


def test_an_edit_that_is_gone_is_named(journal: Journal) -> None:
    with pytest.raises(NotFoundError, match="there is no edit 999"):
        journal.get(999)


def test_kept_pictures_are_given_back_or_said_to_be_damaged(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path / "library.duckdb")
    assert kept.put(b"picture") == kept.put(b"picture") == picture_key(b"picture")
    assert kept.get(picture_key(b"picture")) == b"picture"
    (path,) = tmp_path.rglob("*.picture")
    path.write_bytes(b"pictura")
    with pytest.raises(CatalogueError, match="is damaged"):
        kept.get(picture_key(b"picture"))
    assert kept.put(b"picture") == picture_key(b"picture")
    assert path.read_bytes() == b"picture"
    path.unlink()
    with pytest.raises(CatalogueError, match="cannot read the picture"):
        kept.get(picture_key(b"picture"))


def test_pictures_that_nothing_needs_are_dropped(tmp_path: Path) -> None:
    kept = KeptPictures(tmp_path / "library.duckdb")
    kept.drop_all_but(set())
    keys = [kept.put(data) for data in (b"a", b"b", b"c")]
    kept.drop_all_but({keys[1]})
    assert kept.get(keys[1]) == b"b"
    assert len(list(tmp_path.rglob("*.picture"))) == 1


def test_a_picture_that_cannot_be_kept_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "library.duckdb.pictures").write_text("in the way")
    with pytest.raises(CatalogueError, match="cannot keep a picture"):
        KeptPictures(tmp_path / "library.duckdb").put(b"picture")
