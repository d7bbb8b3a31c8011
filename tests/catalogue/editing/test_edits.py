"""Edits of tags: previewed, done to all files or none, taken back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from auralis_lab.catalogue.editing.edits import EditError, Edits, TagChange, numbering
from auralis_lab.catalogue.lease import Lease
from auralis_lab.catalogue.scanning.scan import scan
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import (
    CatalogueBusyError,
    CatalogueError,
    NotFoundError,
    ParameterError,
)
from auralis_lab.io.payload import audio_key
from auralis_lab.io.tagdata import Picture, Tags
from auralis_lab.io.tags import read_pictures, read_tags, write_tags
from auralis_lab.settings import settings

MakeSong = Callable[..., Path]
Snapshot = dict[str, tuple[bytes, int, int]]
FORMATS = ("flac", "mp3", "ogg", "wav", "aiff")
OLD = Tags(
    title="Old title",
    artist="Someone feat. Guest",
    album="Old album",
    album_artist="Someone",
    date="1999-05-01",
    genres=("Jazz", "Blues"),
    track_number=3,
    track_total=9,
    composer="A. Composer",
    comment="One line\nand another",
    compilation=True,
)


def image(colour: str = "red", kind: str = "PNG") -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 40), colour).save(out, kind)
    return out.getvalue()


class Library:
    """A folder of songs and its catalogue."""

    def __init__(self, catalogue: Catalogue, root: Path, make_song: MakeSong) -> None:
        self.catalogue, self.root, self._make_song = catalogue, root, make_song
        self.edits = Edits(catalogue)

    def song(self, name: str, tags: Tags = OLD, *pictures: Picture) -> Path:
        path = self._make_song(self.root / name)
        write_tags(path, tags, pictures)
        return path

    def songs(self, count: int = 3) -> list[int]:
        paths = [self.song(f"{n % 2}/{n}.{FORMATS[n % 3]}") for n in range(count)]
        self.scan()
        return [self.id_of(path) for path in paths]

    def scan(self) -> None:
        scan(self.catalogue, self.root)

    def id_of(self, path: Path) -> int:
        row = self.catalogue.tracks.by_path(path)
        assert row is not None
        return row.id

    def path_of(self, track_id: int) -> Path:
        return Path(self.catalogue.tracks.get(track_id).path)

    def change(self, ids: list[int], **fields: str | int | None) -> int:
        report = self.edits.apply(self.edits.preview(ids, TagChange(fields)))
        assert report.edit_id is not None
        return report.edit_id

    def titles(self, ids: list[int]) -> list[str | None]:
        return [read_tags(self.path_of(id_)).title for id_ in ids]

    def snapshot(self) -> Snapshot:
        """Every file below the root with its bytes, time of change and inode."""
        return {
            os.fspath(path): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
            for path in sorted(self.root.rglob("*"))
            if path.is_file()
        }

    def rows_are_true(self) -> bool:
        """Whether the catalogue says of every file what is in it."""
        with self.catalogue.session() as s:
            rows = s.rows("SELECT id, file_bytes, mtime_ns, title, album FROM tracks")
        for id_, size, mtime_ns, title, album in rows:
            path = self.path_of(id_)
            status, tags = path.stat(), read_tags(path)
            if (size, mtime_ns) != (status.st_size, status.st_mtime_ns):
                return False
            if (title, album) != (tags.title, tags.album):
                return False
        return True


@pytest.fixture
def library(catalogue: Catalogue, tmp_path: Path, make_song: MakeSong) -> Library:
    return Library(catalogue, tmp_path / "music", make_song)


@pytest.fixture
def writable(tmp_path: Path) -> Iterator[None]:
    """Make everything writable again at the end."""
    yield
    for path in [tmp_path, *tmp_path.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755)


def test_fields_and_their_values_are_a_change(library: Library) -> None:
    ids = library.songs(2)
    by_fields = library.edits.preview(ids, {"title": "Air"}, each={ids[0]: {"album": "Suite"}})
    changes = TagChange({"title": "Air"}), {ids[0]: TagChange({"album": "Suite"})}
    assert by_fields == library.edits.preview(ids, changes[0], each=changes[1])
    for wrong in ("title", [("title", "Air")], 3):
        with pytest.raises(ParameterError, match="must be a TagChange or fields"):
            library.edits.preview(ids, wrong)  # type: ignore[arg-type]


def test_a_preview_tells_old_and_new_and_touches_nothing(library: Library) -> None:
    ids = library.songs()
    before = library.snapshot()
    change = TagChange({"title": "New", "genres": ("Folk",), "bpm": 90.0, "composer": None})
    preview = library.edits.preview(ids, change)
    assert [file.track_id for file in preview.changing] == ids
    for file in preview.files:
        assert [(diff.field, diff.old, diff.new) for diff in file.diffs] == [
            ("title", "Old title", "New"),
            ("genres", ("Jazz", "Blues"), ("Folk",)),
            ("composer", "A. Composer", None),
            ("bpm", None, 90.0),
        ]
    assert "title: 'Old title' -> 'New'" in str(preview)
    assert "composer: 'A. Composer' -> nothing" in str(preview)
    assert preview.description == "title, genres, bpm, composer of 3 tracks"
    assert library.snapshot() == before
    assert library.edits.history() == ()


def test_an_edit_changes_what_was_named_and_nothing_else(library: Library) -> None:
    paths = [library.song(f"a.{s}", OLD, Picture(image(), "image/png")) for s in FORMATS]
    library.scan()
    kept = [(audio_key(path), path.stat().st_mode) for path in paths]
    library.change(list(map(library.id_of, paths)), title="New", track_number=4, composer=None)
    for path in paths:
        tags = read_tags(path)
        assert (tags.title, tags.track_number, tags.composer) == ("New", 4, None)
        assert (tags.album, tags.genres, tags.track_total) == (OLD.album, OLD.genres, 9)
        assert read_pictures(path) == (Picture(image(), "image/png"),)
    assert [(audio_key(path), path.stat().st_mode) for path in paths] == kept
    assert sorted(library.root.iterdir()) == sorted(paths)


def test_the_catalogue_follows_and_ids_stay(library: Library) -> None:
    ids = library.songs()
    added = [library.catalogue.tracks.get(id_).added_at for id_ in ids]
    library.change(ids, title="Brand new", album="Other album", date="2020")
    rows = [library.catalogue.tracks.get(id_) for id_ in ids]
    assert {(r.title, r.album, r.year) for r in rows} == {("Brand new", "Other album", 2020)}
    assert [row.added_at for row in rows] == added
    assert {row.id for row in library.catalogue.tracks.search("brand")} == set(ids)
    assert [a.title for a in library.catalogue.albums.list()] == ["Other album"]
    assert library.rows_are_true()
    before = library.snapshot()
    library.scan()
    assert library.snapshot() == before
    assert [library.catalogue.tracks.get(id_).title for id_ in ids] == ["Brand new"] * 3


def test_a_scan_of_the_whole_folder_is_not_claimed(library: Library) -> None:
    ids = library.songs()
    with library.catalogue.session() as s:
        sql = "SELECT max(finished_at) FROM scan_runs WHERE NOT cancelled"
        before = s.rows(sql)
    library.change(ids, title="New")
    with library.catalogue.session() as s:
        assert s.rows(sql) == before


def test_what_is_so_already_is_not_written(library: Library) -> None:
    ids = library.songs()
    before = library.snapshot()
    change = TagChange({"title": " Old\ttitle ", "genres": ("Jazz", "Blues"), "bpm": None})
    preview = library.edits.preview(ids, change)
    assert all(file.unchanged == ("title", "genres", "bpm") for file in preview.files)
    report = library.edits.apply(preview)
    assert (report.edit_id, report.changed, len(report.unchanged)) == (None, (), 3)
    assert library.snapshot() == before
    assert library.edits.history() == ()


def test_only_files_that_differ_are_written(library: Library) -> None:
    ids = library.songs()
    library.change(ids[:1], title="New")
    before = library.snapshot()
    report = library.edits.apply(library.edits.preview(ids, TagChange({"title": "New"})))
    assert report.unchanged == (os.fspath(library.path_of(ids[0])),)
    assert set(report.changed) == {os.fspath(library.path_of(id_)) for id_ in ids[1:]}
    after = library.snapshot()
    assert after[report.unchanged[0]] == before[report.unchanged[0]]


@pytest.mark.parametrize("change", [None, TagChange()])
def test_an_empty_change_changes_nothing(library: Library, change: TagChange | None) -> None:
    ids = library.songs()
    report = library.edits.apply(library.edits.preview(ids, change))
    assert (report.edit_id, report.changed) == (None, ())
    assert library.edits.apply(library.edits.preview()).edit_id is None


def test_each_track_may_have_a_change_of_its_own(library: Library) -> None:
    ids = library.songs(4)
    order = [ids[2], ids[0], ids[3]]
    each = numbering(order, first=1, disc_number=2)
    each[ids[1]] = TagChange({"album": "Exception"})
    library.edits.apply(library.edits.preview(ids, TagChange({"album": "Rule"}), each=each))
    tags = [read_tags(library.path_of(id_)) for id_ in [*order, ids[1]]]
    assert [t.track_number for t in tags] == [1, 2, 3, OLD.track_number]
    assert [t.track_total for t in tags] == [3, 3, 3, 9]
    assert [t.disc_number for t in tags] == [2, 2, 2, None]
    assert [t.album for t in tags] == ["Rule"] * 3 + ["Exception"]


def test_a_track_named_twice_cannot_be_numbered() -> None:
    with pytest.raises(ParameterError, match="twice"):
        numbering([1, 2, 1])


def test_an_undo_restores_fields_and_pictures(library: Library) -> None:
    covers = (
        Picture(image("red"), "image/png", 3, "front"),
        Picture(image("blue", "JPEG"), "image/jpeg", 4, "back"),
    )
    paths = [library.song(f"a.{suffix}", OLD, *covers) for suffix in FORMATS]
    library.scan()
    old = [all_of(path) for path in paths]
    change = TagChange(
        {"title": "New", "artist": "X ft. Y", "genres": (), "date": "2001", "comment": "Hi"},
        (Picture(image("green"), "image/png"),),
    )
    edits = library.edits
    report = edits.apply(edits.preview(list(map(library.id_of, paths)), change))
    new = [all_of(path) for path in paths]
    assert not any(o == n for o, n in zip(old, new, strict=True))
    assert report.edit_id is not None
    undo = edits.undo(report.edit_id)
    assert [all_of(path) for path in paths] == old
    assert library.rows_are_true()
    assert undo.edit_id is not None
    edits.undo(undo.edit_id)
    assert [all_of(path) for path in paths] == new


def all_of(path: Path) -> tuple[Tags, list[tuple[bytes, str, int, str]]]:
    pictures = [(p.data, p.mime, p.kind, p.description) for p in read_pictures(path)]
    return read_tags(path), pictures


def test_edits_taken_back_in_turn_lead_to_the_beginning(library: Library) -> None:
    ids = library.songs()
    tags = [read_tags(library.path_of(id_)) for id_ in ids]
    changes: list[dict[str, str | int | None]] = [
        {"title": "A", "album": "B"},
        {"title": None, "track_number": 1},
        {"title": "C", "album": None, "artist": "D"},
    ]
    done = [library.change(ids, **fields) for fields in changes]
    for edit_id in reversed(done):
        library.edits.undo(edit_id)
    assert [read_tags(library.path_of(id_)) for id_ in ids] == tags


def test_an_edit_of_other_fields_does_not_stand_in_the_way_of_an_undo(library: Library) -> None:
    ids = library.songs()
    first = library.change(ids, title="New")
    library.change(ids, composer="Somebody else")
    library.edits.undo(first)
    tags = [read_tags(library.path_of(id_)) for id_ in ids]
    assert {(t.title, t.composer) for t in tags} == {("Old title", "Somebody else")}


def test_an_undo_refuses_files_that_were_changed_since(library: Library) -> None:
    ids = library.songs()
    first = library.change(ids, title="New", album="Mine")
    library.change(ids[1:2], title="Newer")
    before = library.snapshot()
    with pytest.raises(EditError, match="1 of 3 files cannot be") as caught:
        library.edits.undo(first)
    path = os.fspath(library.path_of(ids[1]))
    assert [(p.path, p.reason) for p in caught.value.problems] == [
        (path, "was changed since (title)")
    ]
    assert library.snapshot() == before
    library.edits.undo(first, skip_problems=True)
    assert library.titles(ids) == ["Old title", "Newer", "Old title"]


def test_an_undo_refuses_pictures_that_were_changed_since(library: Library) -> None:
    path = library.song("a.flac", OLD, Picture(image("red"), "image/png"))
    library.scan()
    ids = [library.id_of(path)]
    edits = library.edits
    first = edits.apply(edits.preview(ids, TagChange(pictures=())))
    edits.apply(edits.preview(ids, TagChange(pictures=(Picture(image("blue"), "image/png"),))))
    assert first.edit_id is not None
    with pytest.raises(EditError, match=r"was changed since \(pictures\)"):
        edits.undo(first.edit_id)


def test_an_edit_that_is_undone_cannot_be_undone_again(library: Library) -> None:
    ids = library.songs()
    first = library.change(ids, title="New")
    undo = library.edits.undo(first)
    with pytest.raises(EditError, match=f"was undone by edit {undo.edit_id}"):
        library.edits.undo(first)
    assert undo.edit_id is not None
    library.edits.undo(undo.edit_id)
    assert library.titles(ids) == ["New"] * 3
    library.edits.undo(first)
    assert library.titles(ids) == ["Old title"] * 3


def test_the_history_tells_what_was_done(library: Library) -> None:
    ids = library.songs()
    first = library.change(ids, title="New")
    preview = library.edits.preview(ids[:1], TagChange({"title": "Newer"}), description="A whim")
    library.edits.apply(preview)
    undo = library.edits.undo(library.edits.history()[0].id)
    told = [(e.description, e.state, e.files, e.undoes) for e in library.edits.history()]
    assert told == [
        (f"undo of edit {first + 1}: A whim", "done", 1, first + 1),
        ("A whim", "done", 1, None),
        ("title of 3 tracks", "done", 3, None),
    ]
    assert library.edits.history(limit=1, before=undo.edit_id)[0].undone_by == undo.edit_id


def test_what_is_forgotten_cannot_be_undone(library: Library) -> None:
    path = library.song("a.flac", OLD, Picture(image(), "image/png"))
    library.scan()
    edits = library.edits
    report = edits.apply(edits.preview([library.id_of(path)], TagChange(pictures=())))
    kept = library.catalogue.path.with_name("library.duckdb.pictures")
    assert len(list(kept.iterdir())) == 1
    assert edits.forget(datetime.now(UTC) + timedelta(hours=1)) == 1
    assert list(kept.iterdir()) == []
    assert report.edit_id is not None
    with pytest.raises(NotFoundError, match="no edit"):
        edits.undo(report.edit_id)
    with pytest.raises(ParameterError, match="time zone"):
        edits.forget(datetime(2026, 1, 1))


def test_a_picture_that_many_files_had_is_kept_once(library: Library) -> None:
    paths = [library.song(f"{n}.flac", OLD, Picture(image(), "image/png")) for n in range(4)]
    library.scan()
    edits = library.edits
    report = edits.apply(edits.preview(list(map(library.id_of, paths)), TagChange(pictures=())))
    kept = list(library.catalogue.path.with_name("library.duckdb.pictures").iterdir())
    assert len(kept) == 1
    kept[0].write_bytes(b"damaged")
    assert report.edit_id is not None
    with pytest.raises(CatalogueError, match="is damaged"):
        edits.undo(report.edit_id)
    assert all(not read_pictures(path) for path in paths)


def test_a_rule_rewrites_what_is_there(library: Library) -> None:
    ids = library.songs()
    library.change(ids[:1], title=None)
    preview = library.edits.preview_rewrite(ids, "title", str.upper)
    library.edits.apply(preview)
    assert library.titles(ids) == [None, "OLD TITLE", "OLD TITLE"]
    preview = library.edits.preview_rewrite(ids, "genres", lambda text: text.replace("zz", "ss"))
    library.edits.apply(preview)
    assert read_tags(library.path_of(ids[0])).genres == ("Jass", "Blues")
    for field, match in (("track_number", "one of text"), ("colour", "field='colour'")):
        with pytest.raises(ParameterError, match=match):
            library.edits.preview_rewrite(ids, field, str.upper)
    with pytest.raises(ParameterError, match="must be text"):
        library.edits.preview_rewrite(ids[1:], "title", len)  # type: ignore[arg-type]


# What stands in the way


def spoil(library: Library, path: Path, how: str) -> None:
    if how == "gone":
        path.unlink()
    elif how == "changed since the last scan":
        write_tags(path, Tags(title="Meanwhile"))
    elif how == "is missing":
        path.unlink()
        library.scan()
    elif how == "is read-only":
        path.chmod(0o444)
    elif how == "folder that is read-only":
        path.parent.chmod(0o555)
    elif how == "broken tags":
        data = bytearray(path.read_bytes())
        at = data.index(b"reference")
        data[at - 4 : at] = b"\xff\xff\xff\x7f"
        path.write_bytes(data)
        values = {"ns": path.stat().st_mtime_ns, "id": library.id_of(path)}
        with library.catalogue.write() as s:
            s.run("UPDATE tracks SET mtime_ns = $ns WHERE id = $id", values)


SPOILS = [
    "gone",
    "changed since the last scan",
    "is missing",
    "is read-only",
    "folder that is read-only",
    "broken tags",
]


@pytest.mark.usefixtures("writable")
@pytest.mark.parametrize("how", SPOILS)
def test_a_file_that_cannot_be_changed_stops_the_edit_until_it_is_left_out(
    library: Library, how: str
) -> None:
    ids = library.songs(4)
    other = library.song("alone/x.flac")
    library.scan()
    ids.append(library.id_of(other))
    spoil(library, other, how)
    before = library.snapshot()
    preview = library.edits.preview(ids, TagChange({"title": "New"}))
    assert [problem.path for problem in preview.problems] == [os.fspath(other)]
    assert how in preview.problems[0].reason
    with pytest.raises(EditError, match="1 of 5 files cannot be") as caught:
        library.edits.apply(preview)
    assert how in str(caught.value)
    assert library.snapshot() == before
    assert library.edits.history() == ()
    library.edits.apply(preview.without_problems())
    assert library.titles(ids[:4]) == ["New"] * 4


def test_a_file_under_two_names_is_changed_under_one(library: Library) -> None:
    ids = library.songs(2)
    twin = library.root / "twin.flac"
    twin.symlink_to(library.path_of(ids[0]))
    library.scan()
    with library.catalogue.session() as s:
        ((twin_id,),) = s.rows("SELECT id FROM tracks WHERE ends_with(path, 'twin.flac')")
    preview = library.edits.preview([ids[0], twin_id], TagChange({"title": "New"}))
    assert preview.problems[0].reason == f"is the same file as that of track {ids[0]}"
    library.edits.apply(preview.without_problems())
    assert twin.is_symlink()
    assert read_tags(twin).title == "New"


def test_a_link_stays_a_link(library: Library, tmp_path: Path, make_song: MakeSong) -> None:
    real = make_song(tmp_path / "elsewhere" / "real.flac")
    library.root.mkdir(parents=True)
    link = library.root / "link.flac"
    link.symlink_to(real)
    library.scan()
    edit_id = library.change([library.id_of(link)], title="New")
    assert link.is_symlink()
    assert read_tags(real).title == "New"
    library.edits.undo(edit_id)
    assert read_tags(real).title is None
    assert [p.name for p in real.parent.iterdir()] == ["real.flac"]


def test_a_read_only_library_is_respected(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = library.songs()
    preview = library.edits.preview(ids, TagChange({"title": "New"}))
    edit_id = library.change(ids, album="New")
    before = library.snapshot()
    monkeypatch.setenv("AURALIS_LIBRARY_READ_ONLY", "true")
    settings.cache_clear()
    now = library.edits.preview(ids, TagChange({"title": "New"}))
    assert "library_read_only" in now.problems[0].reason
    for refused in (preview, now, library.edits.preview_undo(edit_id)):
        with pytest.raises(EditError, match="setting library_read_only is on"):
            library.edits.apply(refused)
    assert library.snapshot() == before


def test_a_preview_that_is_out_of_date_is_refused(library: Library) -> None:
    ids = library.songs()
    preview = library.edits.preview(ids, TagChange({"title": "New"}))
    write_tags(library.path_of(ids[2]), Tags(title="Meanwhile"))
    before = library.snapshot()
    with pytest.raises(EditError, match="was changed since the preview"):
        library.edits.apply(preview)
    library.scan()
    with pytest.raises(EditError, match="was changed since the preview"):
        library.edits.apply(preview)
    assert library.snapshot() == before
    moved = library.path_of(ids[0])
    moved.rename(moved.with_name("moved.flac"))
    library.scan()
    with pytest.raises(EditError, match="no longer that track's file"):
        library.edits.apply(preview)


def test_what_a_format_cannot_hold_is_told_and_the_rest_is_written(library: Library) -> None:
    paths = [library.song(f"a.{suffix}") for suffix in ("flac", "mp3")]
    library.scan()
    ids = list(map(library.id_of, paths))
    preview = library.edits.preview(ids, TagChange({"date": "one summer", "title": "New"}))
    assert [file.not_held for file in preview.files] == [(), ("date",)]
    report = library.edits.apply(preview)
    assert report.untouched == {os.fspath(paths[1]): ("date",)}
    assert "left as it was in" in str(report)
    tags = [read_tags(path) for path in paths]
    assert [(t.title, t.date) for t in tags] == [("New", "one summer"), ("New", OLD.date)]
    only = library.edits.apply(library.edits.preview(ids[1:], TagChange({"date": "one summer"})))
    assert (only.edit_id, list(only.untouched.values())) == (None, [("date",)])


def test_other_hard_links_keep_the_old_tags_and_are_told(library: Library, tmp_path: Path) -> None:
    path = library.song("a.flac")
    library.scan()
    os.link(path, tmp_path / "other.flac")
    edits = library.edits
    report = edits.apply(edits.preview([library.id_of(path)], TagChange({"title": "New"})))
    assert report.untouched == {os.fspath(path): ("other hard links",)}
    assert read_tags(tmp_path / "other.flac").title == "Old title"


# All or nothing


def test_a_failure_in_the_middle_puts_everything_back(library: Library) -> None:
    ids = library.songs(6)
    before = library.snapshot()
    victim = library.path_of(ids[4])

    def meddle(done: int, total: int, path: str) -> None:
        if done == total:
            victim.touch()

    preview = library.edits.preview(ids, TagChange({"title": "New"}))
    with pytest.raises(EditError, match="was changed meanwhile") as caught:
        library.edits.apply(preview, on_progress=meddle)
    after = library.snapshot()
    assert set(after) == set(before)
    assert {p: v for p, v in after.items() if p != os.fspath(victim)} == {
        p: v for p, v in before.items() if p != os.fspath(victim)
    }
    (edit,) = library.edits.history()
    assert edit.state == "failed"
    assert "meanwhile" in (edit.reason or "")
    assert [p.path for p in caught.value.problems] == [os.fspath(victim)]
    assert len(preview.without([os.fspath(victim)]).changing) == 5
    with pytest.raises(EditError, match="was not done"):
        library.edits.undo(edit.id)
    library.scan()
    library.change(ids, title="New")


def test_what_the_progress_raises_ends_the_edit(library: Library) -> None:
    ids = library.songs(5)
    before = library.snapshot()

    def stop(done: int, total: int, path: str) -> None:
        raise KeyboardInterrupt if total == 5 else ValueError(path)

    for count, error in ((5, KeyboardInterrupt), (4, ValueError)):
        preview = library.edits.preview(ids[:count], TagChange({"title": "New"}))
        with pytest.raises(error):
            library.edits.apply(preview, on_progress=stop)
        assert library.snapshot() == before
    assert [edit.state for edit in library.edits.history()] == ["failed", "failed"]


def test_the_progress_counts_every_file(library: Library) -> None:
    ids = library.songs(5)
    told: list[tuple[int, int]] = []
    preview = library.edits.preview(ids, TagChange({"title": "New"}))
    library.edits.apply(preview, on_progress=lambda done, total, _: told.append((done, total)))
    assert told == [(n, 5) for n in range(1, 6)]


def test_an_edit_that_does_not_fit_on_the_disk_is_refused(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = library.songs()
    preview = library.edits.preview(ids, TagChange({"title": "New"}))
    before = library.snapshot()
    real = os.statvfs(library.root)
    full = os.statvfs_result((*real[:4], 3, *real[5:]))
    monkeypatch.setattr(os, "statvfs", lambda path: full)
    with pytest.raises(EditError, match=r"copies of 3 files need \d+ MB, and 12 kB"):
        library.edits.apply(preview)
    assert library.snapshot() == before
    assert library.edits.history() == ()


def test_where_files_have_no_second_names_copies_are_set_aside(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    ids = library.songs(4)
    before = library.snapshot()
    monkeypatch.setattr(os, "link", refuse)
    victim = library.path_of(ids[3])

    def meddle(done: int, total: int, path: str) -> None:
        if done == total:
            victim.touch()

    preview = library.edits.preview(ids, TagChange({"title": "New"}))
    with pytest.raises(EditError, match="meanwhile"):
        library.edits.apply(preview, on_progress=meddle)
    after = library.snapshot()
    assert [v[0] for v in after.values()] == [v[0] for v in before.values()]
    assert [v[1] for p, v in after.items() if p != os.fspath(victim)] == [
        v[1] for p, v in before.items() if p != os.fspath(victim)
    ]
    library.scan()
    library.change(ids, title="New")
    assert library.titles(ids) == ["New"] * 4


def test_while_one_edits_others_are_told_who_it_is(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = library.songs()
    preview = library.edits.preview(ids, TagChange({"title": "New"}))
    monkeypatch.setenv("AURALIS_CATALOGUE_WAIT_S", "0.1")
    settings.cache_clear()
    before = library.snapshot()
    lease = Lease(library.catalogue.path.with_name("library.duckdb.edits"))
    with lease.held(exclusive=True, wait_s=1.0):
        with pytest.raises(CatalogueBusyError, match=str(os.getpid())):
            library.edits.apply(preview)
        assert library.edits.recover() == ()
        assert library.edits.preview(ids, TagChange({"title": "New"})).changing
    assert library.snapshot() == before
    library.edits.apply(preview)


# What may be asked


@pytest.mark.parametrize("id_", [-1, 1 << 63, "1", "1; DROP TABLE tracks", True, None, 1.5])
def test_what_is_no_id_is_refused(library: Library, id_: int) -> None:
    edits = library.edits
    for call in (edits.undo, edits.preview_undo):
        with pytest.raises(ParameterError, match="edit_id"):
            call(id_)
    for named in ([id_], [2, id_]):
        with pytest.raises(ParameterError, match="track_ids has"):
            edits.preview(named)
        with pytest.raises(ParameterError, match="track_ids has"):
            edits.preview(each=dict.fromkeys(named, TagChange()))
        with pytest.raises(ParameterError, match="track_ids has"):
            numbering(named)


def test_tracks_that_are_gone_are_named(library: Library) -> None:
    ids = library.songs()
    with pytest.raises(NotFoundError, match="no track 901, 902, 903, 904, 905 and 2 more"):
        library.edits.preview([*ids, *range(901, 908)], TagChange({"title": "New"}))
    with pytest.raises(NotFoundError, match="no edit 77"):
        library.edits.undo(77)


@pytest.mark.parametrize("change", ["title", ["title"], 3])
def test_what_is_no_change_is_refused(library: Library, change: TagChange) -> None:
    ids = library.songs(1)
    with pytest.raises(ParameterError, match="TagChange"):
        library.edits.preview(ids, change)
    with pytest.raises(ParameterError, match="TagChange"):
        library.edits.preview(each={ids[0]: change})
    with pytest.raises(ParameterError, match="EditPreview"):
        library.edits.apply(change)  # type: ignore[arg-type]


def test_any_text_can_be_a_title(library: Library) -> None:
    texts = {
        "x" * 10_000: "x" * 10_000,
        "a\0b": "ab",
        "a\udcffb": "a?b",
        "שלום 🎵 é": "שלום 🎵 é",
        "'); DROP TABLE tracks; --": "'); DROP TABLE tracks; --",
        "\u202egnitirw": "\u202egnitirw",
    }
    names = [f"{n}.{suffix}" for n in range(len(texts)) for suffix in FORMATS]
    paths = [library.song(name) for name in names]
    library.scan()
    ids = list(map(library.id_of, paths))
    old = [read_tags(path) for path in paths]
    values = [value for value in texts for _ in FORMATS]
    each = {id_: TagChange({"title": value}) for id_, value in zip(ids, values, strict=True)}
    report = library.edits.apply(library.edits.preview(each=each))
    assert library.titles(ids) == [texts[value] for value in values]
    assert library.rows_are_true()
    assert report.edit_id is not None
    library.edits.undo(report.edit_id)
    assert [read_tags(path) for path in paths] == old


def test_names_that_are_no_text_are_edited(library: Library) -> None:
    path = library.song(os.fsdecode(b"B\xf6rk \\x41/caf\xe9.flac"))
    library.scan()
    ids = [library.id_of(path)]
    edit_id = library.change(ids, title="New")
    assert read_tags(path).title == "New"
    library.edits.undo(edit_id)
    assert read_tags(path).title == "Old title"


def test_an_edit_follows_tracks_that_moved(library: Library) -> None:
    ids = library.songs()
    edit_id = library.change(ids, title="New")
    shutil.move(library.root / "0", library.root / "elsewhere")
    library.scan()
    library.edits.undo(edit_id)
    assert library.titles(ids) == ["Old title"] * 3
    library.path_of(ids[0]).unlink()
    redo = library.edits.history()[0].id
    with pytest.raises(EditError, match="is gone"):
        library.edits.undo(redo)
