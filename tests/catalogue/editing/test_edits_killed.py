"""Edits that are killed at any moment end as all old or all new."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from auralis_lab.catalogue.editing.edits import EditError, Edits, TagChange
from auralis_lab.catalogue.scanning.scan import scan
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.io.tagdata import Picture, Tags
from auralis_lab.io.tags import read_pictures, read_tags, write_tags

MakeSong = Callable[..., Path]
REPOSITORY = Path(__file__).resolve().parents[3]
FILES = 8
OLD, NEW = "Old title", "New title"

CHILD = """
import importlib, os, signal, sys, time
from auralis_lab.catalogue.editing.edits import Edits, TagChange
from auralis_lab.catalogue.store import Catalogue

path, module, owner, name, count, when = sys.argv[1:]

def die_in(holder, name, count, when):
    real, calls = getattr(holder, name), [0]
    def deadly(*args, **options):
        calls[0] += 1
        if when == "before" and calls[0] >= count:
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **options)
        if when == "after" and calls[0] >= count:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    setattr(holder, name, deadly)

with Catalogue(path) as catalogue:
    edits = Edits(catalogue)
    with catalogue.session() as s:
        ids = [id_ for (id_,) in s.rows("SELECT id FROM tracks ORDER BY id")]
    preview = edits.preview(ids, TagChange({"title": "New title", "album": "Other"}, ()))
    if module:
        holder = importlib.import_module(module)
        die_in(getattr(holder, owner) if owner else holder, name, int(count), when)
    print("ready", flush=True)
    edits.apply(preview)
"""


class Library:
    """A few songs with a cover each, in two folders."""

    def __init__(self, catalogue: Catalogue, root: Path, make_song: MakeSong) -> None:
        self.catalogue, self.root, self.edits = catalogue, root, Edits(catalogue)
        cover = Picture(b"\x89PNG\r\n\x1a\n a cover", "image/png")
        for n in range(FILES):
            path = make_song(root / "ab"[n % 2] / f"{n}.{('flac', 'mp3', 'ogg')[n % 3]}")
            write_tags(path, Tags(title=OLD, album="Album", track_number=n + 1), (cover,))
        scan(catalogue, root)

    def paths(self) -> list[Path]:
        return sorted(path for path in self.root.rglob("*.*") if not path.name.startswith("."))

    def hidden(self) -> list[str]:
        return [path.name for path in self.root.rglob(".*")]

    def contents(self) -> list[bytes]:
        return [path.read_bytes() for path in self.paths()]

    def titles(self) -> set[str | None]:
        return {read_tags(path).title for path in self.paths()}

    def titles_known(self) -> set[str]:
        with self.catalogue.session() as s:
            rows = s.rows("SELECT title, path, file_bytes, mtime_ns FROM tracks")
        for _, path, size, mtime_ns in rows:
            status = os.stat(path)
            assert (status.st_size, status.st_mtime_ns) == (size, mtime_ns)
        return {row[0] for row in rows}

    def child(self, *point: str) -> subprocess.Popen[bytes]:
        """Start a process that edits all files and may kill itself at some point."""
        command = [sys.executable, "-c", CHILD, os.fspath(self.catalogue.path)]
        return subprocess.Popen(
            [*command, *(point or ("", "", "", "0", ""))],
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
        )

    def killed(self, point: str) -> None:
        module, owner, name, count, when = point.split(" ")
        module = f"auralis_lab.{module}"
        child = self.child(module, owner.strip("-"), name, count, when)
        child.communicate()
        assert child.returncode == -signal.SIGKILL


@pytest.fixture
def library(catalogue: Catalogue, tmp_path: Path, make_song: MakeSong) -> Library:
    return Library(catalogue, tmp_path / "music", make_song)


UNTIL_WRITTEN = [
    "catalogue.editing.journal Journal begin 1 after",
    "catalogue.editing.copies - _made 3 after",
    "catalogue.editing.journal Journal prepared 1 after",
    "catalogue.editing.swap Swap set_aside 3 after",
    "io.tagedit PreparedEdit commit 3 after",
    "catalogue.editing.swap Swap replaced 3 after",
    "catalogue.editing.journal Journal written 1 before",
]
FROM_THEN_ON = [
    "catalogue.editing.journal Journal written 1 after",
    "catalogue.editing.swap Swap let_go 3 after",
    "catalogue.scanning.intake ScanRun store 1 after",
    "catalogue.editing.journal Journal done 1 before",
    "catalogue.editing.journal Journal done 1 after",
]


@pytest.mark.parametrize("point", UNTIL_WRITTEN)
def test_an_edit_killed_before_it_is_written_leaves_the_old_files(
    library: Library, point: str
) -> None:
    before = library.contents()
    library.killed(point)
    recovered = library.edits.recover()
    assert [(edit.state, edit.reason) for edit in recovered] == [("failed", "interrupted")]
    assert library.contents() == before
    assert library.titles_known() == {OLD}
    assert library.hidden() == []
    assert library.edits.recover() == ()


@pytest.mark.parametrize("point", FROM_THEN_ON)
def test_an_edit_killed_when_it_is_written_leaves_the_new_files(
    library: Library, point: str
) -> None:
    library.killed(point)
    recovered = library.edits.recover()
    assert [edit.state for edit in recovered] in (["done"], [])
    assert library.titles() == library.titles_known() == {NEW}
    assert library.hidden() == []
    (edit,) = library.edits.history()
    library.edits.undo(edit.id)
    assert library.titles() == library.titles_known() == {OLD}
    assert all(read_pictures(path) for path in library.paths())


def test_an_edit_killed_at_any_time_is_all_or_nothing(library: Library) -> None:
    rng = random.Random(440)
    undone = 0
    for _ in range(4):
        before = library.contents()
        child = library.child()
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        time.sleep(rng.uniform(0.0, 0.25))
        child.kill()
        child.communicate()
        library.edits.recover()
        assert library.hidden() == []
        assert library.titles() == library.titles_known()
        if library.titles() == {OLD}:
            assert library.contents() == before
        else:
            assert library.titles() == {NEW}
            library.edits.undo(library.edits.history()[0].id)
            undone += 1
        assert library.titles() == {OLD}
    assert {edit.state for edit in library.edits.history()} <= {"done", "failed"}


def test_the_next_edit_settles_what_was_interrupted(library: Library) -> None:
    library.killed("catalogue.editing.swap Swap replaced 4 after")
    assert library.titles() == {OLD, NEW}
    scan(library.catalogue, library.root)
    with library.catalogue.session() as s:
        ids = [id_ for (id_,) in s.rows("SELECT id FROM tracks ORDER BY id")]
    preview = library.edits.preview(ids, TagChange({"album": "Third"}))
    with pytest.raises(EditError, match="was changed since the preview"):
        library.edits.apply(preview)  # it saw files that have been put back now
    assert library.titles() == library.titles_known() == {OLD}
    library.edits.apply(library.edits.preview(ids, TagChange({"album": "Third"})))
    assert [edit.state for edit in library.edits.history()] == ["done", "failed"]


def test_what_others_changed_after_the_interruption_is_left_alone(library: Library) -> None:
    before = library.contents()
    library.killed("catalogue.editing.swap Swap replaced 5 after")
    new = [path for path in library.paths() if read_tags(path).title == NEW]
    assert len(new) == 5
    write_tags(new[0], Tags(title="By hand"))
    (edit,) = library.edits.recover()
    assert edit.state == "failed"
    assert "was changed by others since; what it was before is kept as" in (edit.reason or "")
    assert read_tags(new[0]).title == "By hand"
    assert library.titles() == {OLD, "By hand"}
    at = library.paths().index(new[0])
    (kept,) = library.hidden()
    assert (new[0].parent / kept).read_bytes() == before[at]
    assert [b for n, b in enumerate(library.contents()) if n != at] == [
        b for n, b in enumerate(before) if n != at
    ]


def test_files_that_vanished_after_the_interruption_are_put_back(library: Library) -> None:
    before = library.contents()
    library.killed("catalogue.editing.journal Journal written 1 before")
    for path in library.paths():
        path.unlink()
    library.edits.recover()
    assert library.contents() == before


def test_a_disk_out_of_reach_is_waited_for(library: Library) -> None:
    before = library.contents()
    library.killed("catalogue.editing.swap Swap replaced 5 after")
    away = library.root.with_name("away")
    library.root.rename(away)
    library.root.mkdir()  # the empty place where a disk is mounted
    assert [edit.state for edit in library.edits.recover()] == ["begun"]
    library.root.rmdir()
    assert [edit.state for edit in library.edits.recover()] == ["begun"]
    away.rename(library.root)
    assert [edit.state for edit in library.edits.recover()] == ["failed"]
    assert library.contents() == before
    assert library.titles_known() == {OLD}


def test_a_folder_that_was_removed_is_not_waited_for(library: Library) -> None:
    library.killed("catalogue.editing.swap Swap replaced 5 after")
    shutil.rmtree(library.root / "a")
    assert [edit.state for edit in library.edits.recover()] == ["failed"]
    assert library.titles() == {OLD}
    assert library.hidden() == []


def test_an_edit_that_is_under_way_elsewhere_is_left_alone(library: Library) -> None:
    child = library.child()
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    while child.poll() is None:
        library.edits.recover()
        time.sleep(0.01)
    assert child.returncode == 0
    child.communicate()
    assert library.titles() == library.titles_known() == {NEW}
    assert [edit.state for edit in library.edits.history()] == ["done"]


def test_of_two_processes_that_edit_the_same_files_one_comes_second(library: Library) -> None:
    children = [library.child() for _ in range(2)]
    outcomes = []
    for child in children:
        child.communicate()
        outcomes.append(child.returncode)
    assert sorted(outcomes) in ([0, 0], [0, 1])
    assert library.titles() == library.titles_known() == {NEW}
    assert library.hidden() == []
    assert [e.state for e in library.edits.history()].count("done") == 1
