from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auralis_lab.catalogue.scanning.intake import ScanRun
from auralis_lab.catalogue.scanning.report import OUTCOMES, ScanReport
from auralis_lab.catalogue.scanning.scan import scan
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.catalogue.text import path_to_text
from auralis_lab.errors import CatalogueError, NotFoundError, ParameterError


@pytest.fixture
def library(tmp_path: Path, make_song: Callable[..., Path]) -> Path:
    """Six songs in four formats, a picture and a note."""
    root = tmp_path / "music"
    make_song(root / "Bach" / "1 Air.flac", title="Air", artist="Bach", album="Suite", date="1731")
    make_song(root / "Bach" / "2 Gavotte.ogg", title="Gavotte", artist="Bach", album="Suite")
    make_song(root / "Ärzte" / "Männer.mp3", seconds=0.5, title="Männer", artist="die ärzte")
    make_song(root / "loose.wav")
    make_song(root / "dup" / "a.wav")
    shutil.copy(root / "dup" / "a.wav", root / "dup" / "b.wav")
    (root / "Bach" / "cover.jpg").write_bytes(b"\xff\xd8\xff")
    (root / "notes.txt").write_text("hello")
    return root


def _seen(report: ScanReport) -> dict[str, str]:
    return {os.path.relpath(o.path, report.root): o.outcome for o in report.outcomes}


def _counts(report: ScanReport) -> dict[str, int]:
    return {str(outcome): count for outcome, count in report.counts.items() if count}


def _ids(catalogue: Catalogue) -> dict[str, int]:
    return {row.path: row.id for row in catalogue.tracks.list(limit=200)}


def _adds_up(report: ScanReport) -> bool:
    counts = report.counts
    return sum(counts.values()) - counts["missing"] == report.files_found


def test_every_file_has_an_outcome_and_the_counts_add_up(
    catalogue: Catalogue, library: Path
) -> None:
    report = scan(catalogue, library)
    assert _seen(report) == {
        "Bach/1 Air.flac": "new",
        "Bach/2 Gavotte.ogg": "new",
        "Bach/cover.jpg": "skipped",
        "dup/a.wav": "new",
        "dup/b.wav": "duplicate",
        "loose.wav": "new",
        "notes.txt": "skipped",
        "Ärzte/Männer.mp3": "new",
    }
    assert report.files_found == 8
    assert _adds_up(report)
    assert (report.problems, report.cancelled) == ((), False)
    assert tuple(report.counts) == OUTCOMES
    assert catalogue.tracks.count() == 6


def test_tags_and_format_are_stored(catalogue: Catalogue, library: Path) -> None:
    scan(catalogue, library)
    row = catalogue.tracks.by_path(library / "Bach" / "1 Air.flac")
    assert row is not None
    assert (row.title, row.artist, row.album, row.date, row.year) == (
        "Air",
        "Bach",
        "Suite",
        "1731",
        1731,
    )
    assert (row.format, row.lossy, row.rate_hz, row.channels) == ("FLAC", False, 8_000, 2)
    assert row.duration_s == pytest.approx(0.1)
    assert not row.duration_is_estimate
    assert row.file_bytes == (library / "Bach" / "1 Air.flac").stat().st_size
    mp3 = catalogue.tracks.search("ARZTE manner")[0]
    assert (mp3.format, mp3.lossy, mp3.bits_per_sample) == ("MP3", True, None)
    assert catalogue.tracks.search("loose")[0].title == "loose"


def test_a_second_scan_opens_nothing_and_changes_nothing(
    catalogue: Catalogue, library: Path
) -> None:
    scan(catalogue, library)
    before = catalogue.tracks.list(limit=200)
    report = scan(catalogue, library)
    assert _counts(report) == {"unchanged": 6, "skipped": 2}
    assert _adds_up(report)
    assert catalogue.tracks.list(limit=200) == before


def test_a_changed_file_keeps_its_id_and_gets_its_new_tags(
    catalogue: Catalogue, library: Path, make_song: Callable[..., Path]
) -> None:
    scan(catalogue, library)
    song = library / "Bach" / "1 Air.flac"
    before = catalogue.tracks.by_path(song)
    make_song(song, title="Badinerie", artist="Bach")
    report = scan(catalogue, library)
    assert _counts(report) == {"unchanged": 5, "changed": 1, "skipped": 2}
    after = catalogue.tracks.by_path(song)
    assert before is not None
    assert after is not None
    assert (after.id, after.added_at) == (before.id, before.added_at)
    assert (after.title, after.content_key) == ("Badinerie", after.content_key)
    assert after.content_key != before.content_key


def test_a_moved_file_keeps_its_id(catalogue: Catalogue, library: Path) -> None:
    scan(catalogue, library)
    old = library / "Bach" / "1 Air.flac"
    before = catalogue.tracks.by_path(old)
    new = library / "Johann Sebastian" / "Air.flac"
    new.parent.mkdir()
    old.rename(new)
    report = scan(catalogue, library)
    assert _counts(report) == {"unchanged": 5, "moved": 1, "skipped": 2}
    (moved,) = report.of("moved")
    assert moved.path == str(new)
    assert moved.reason == f"from {old}"
    after = catalogue.tracks.by_path(new)
    assert before is not None
    assert after is not None
    assert (after.id, after.added_at) == (before.id, before.added_at)
    assert catalogue.tracks.by_path(old) is None


def test_a_file_moved_to_another_library_keeps_its_id(
    catalogue: Catalogue, library: Path, tmp_path: Path
) -> None:
    scan(catalogue, library)
    before = _ids(catalogue)
    old, new = library / "loose.wav", tmp_path / "other" / "loose.wav"
    new.parent.mkdir()
    old.rename(new)
    assert _counts(scan(catalogue, new.parent)) == {"moved": 1}
    assert _ids(catalogue)[str(new)] == before[str(old)]
    assert _counts(scan(catalogue, library)) == {"unchanged": 5, "skipped": 2}


def test_a_copy_is_a_track_of_its_own_and_told(catalogue: Catalogue, library: Path) -> None:
    scan(catalogue, library)
    shutil.copy(library / "loose.wav", library / "copy.wav")
    report = scan(catalogue, library)
    (copy,) = report.of("duplicate")
    assert copy.path == str(library / "copy.wav")
    assert copy.reason == f"same audio as {library / 'loose.wav'}"
    assert len(set(_ids(catalogue).values())) == 7


def test_new_tags_leave_the_identity_and_are_told_from_new_audio(
    catalogue: Catalogue, library: Path
) -> None:
    import mutagen

    scan(catalogue, library)
    songs = [library / "Bach" / "1 Air.flac", library / "Bach" / "2 Gavotte.ogg"]
    songs.append(library / "Ärzte" / "Männer.mp3")
    before = [catalogue.tracks.by_path(song) for song in songs]
    for song in songs:
        tagged = mutagen.File(song, easy=True)
        tagged["title"] = "A longer title than there was before " * 20
        tagged.save()
    os.utime(library / "loose.wav")
    report = scan(catalogue, library)
    assert _counts(report) == {"retagged": 3, "unchanged": 3, "skipped": 2}
    (touched,) = [o for o in report.of("unchanged") if o.reason]
    assert (touched.path, touched.reason) == (str(library / "loose.wav"), "only its time changed")
    for old, song in zip(before, songs, strict=True):
        new = catalogue.tracks.by_path(song)
        assert old is not None
        assert new is not None
        assert (new.id, new.content_key) == (old.id, old.content_key)
        assert new.title.startswith("A longer title")
    assert _counts(scan(catalogue, library)) == {"unchanged": 6, "skipped": 2}


def test_measurements_survive_new_tags_and_new_names_and_not_new_audio(
    catalogue: Catalogue, library: Path, make_song: Callable[..., Path]
) -> None:
    import mutagen

    scan(catalogue, library)
    song = library / "Bach" / "1 Air.flac"
    row = catalogue.tracks.by_path(song)
    assert row is not None
    catalogue.profiles.put(row.content_key, "{}", version=1, measures={"loudness_lufs": -20.0})

    def measured() -> list[tuple[object, ...]]:
        with catalogue.session() as s:
            return s.rows("SELECT id, loudness_lufs FROM tracks WHERE measured_version IS NOT NULL")

    assert measured() == [(row.id, -20.0)]
    tagged = mutagen.File(song, easy=True)
    tagged["title"] = "Aria"
    tagged.save()
    song = song.rename(library / "aria.flac")
    assert _counts(scan(catalogue, library))["moved"] == 1
    assert measured() == [(row.id, -20.0)]
    make_song(song, title="Aria")
    assert _counts(scan(catalogue, library))["changed"] == 1
    assert measured() == []


def test_files_that_swap_their_names_keep_their_ids(
    catalogue: Catalogue, tmp_path: Path, make_song: Callable[..., Path]
) -> None:
    a, b = (make_song(tmp_path / "music" / name) for name in ("a.wav", "b.wav"))
    scan(catalogue, tmp_path / "music")
    before = _ids(catalogue)
    a.rename(tmp_path / "aside")
    b.rename(a)
    (tmp_path / "aside").rename(b)
    os.utime(a, ns=(1, 1))
    os.utime(b, ns=(2, 2))
    assert _counts(scan(catalogue, tmp_path / "music")) == {"moved": 2}
    assert _ids(catalogue) == {str(a): before[str(b)], str(b): before[str(a)]}


def test_a_track_put_in_at_the_front_moves_the_numbered_ones_and_not_their_ids(
    catalogue: Catalogue, tmp_path: Path, make_song: Callable[..., Path]
) -> None:
    root = tmp_path / "music"
    songs = [make_song(root / f"{n:02}.wav") for n in range(1, 6)]
    scan(catalogue, root)
    before = _ids(catalogue)
    for n in reversed(range(1, 6)):
        (root / f"{n:02}.wav").rename(root / f"{n + 1:02}.wav")
        os.utime(root / f"{n + 1:02}.wav", ns=(n, n))
    make_song(songs[0])
    report = scan(catalogue, root)
    assert _counts(report) == {"moved": 5, "new": 1}
    after = _ids(catalogue)
    for n in range(1, 6):
        assert after[str(root / f"{n + 1:02}.wav")] == before[str(root / f"{n:02}.wav")]
    assert after[str(songs[0])] not in before.values()


def test_a_name_taken_by_another_track_leaves_the_first_one_missing(
    catalogue: Catalogue, tmp_path: Path, make_song: Callable[..., Path]
) -> None:
    root = tmp_path / "music"
    a, b = (make_song(root / name) for name in ("a.wav", "b.wav"))
    scan(catalogue, root)
    before = _ids(catalogue)
    aside = a.rename(tmp_path / "aside.wav")
    b.rename(a)
    os.utime(a, ns=(1, 1))
    report = scan(catalogue, root)
    assert _counts(report) == {"moved": 1, "missing": 1}
    assert report.of("missing")[0].reason == "another file has its name"
    assert _ids(catalogue) == {str(a): before[str(b)]}
    aside.rename(root / "c.wav")
    assert _counts(scan(catalogue, root)) == {"unchanged": 1, "moved": 1}
    assert _ids(catalogue)[str(root / "c.wav")] == before[str(a)]


def test_an_edit_in_place_of_a_long_wav_is_never_taken_for_new_tags(
    catalogue: Catalogue, tmp_path: Path, make_song: Callable[..., Path]
) -> None:
    song = make_song(tmp_path / "music" / "long.wav", seconds=60, rate_hz=16_000)
    scan(catalogue, song.parent)
    row = catalogue.tracks.by_path(song)
    assert row is not None
    catalogue.profiles.put(row.content_key, "{}", version=1)
    with song.open("r+b") as file:
        file.seek(1_234_567)
        file.write(b"\1\2\3\4")
    assert _counts(scan(catalogue, song.parent)) == {"changed": 1}
    assert catalogue.profiles.get(row.content_key) is None


def test_a_compilation_is_one_album_and_albums_of_one_name_are_several(
    catalogue: Catalogue, tmp_path: Path, make_song: Callable[..., Path]
) -> None:
    root = tmp_path / "music"
    for disc in (1, 2):
        for n, artist in enumerate(("Nina", "Édith", "Ella")):
            place = root / "Voices" / f"CD{disc}" / f"{n}.flac"
            make_song(place, title=f"{n}", artist=artist, album="Voices")
    for artist in ("Nina", "Ella"):
        make_song(root / artist / "x.flac", artist=artist, album="Live")
        make_song(
            root / "loose" / f"{artist}.flac", artist=artist, album="Best", albumartist=artist
        )
    scan(catalogue, root)
    with catalogue.session() as s:
        albums = s.rows(
            """SELECT albums.title, albums.artist, count(*) FROM albums
            JOIN tracks ON album_id = albums.id GROUP BY ALL ORDER BY ALL"""
        )
    assert albums == [
        ("Best", "Ella", 1),
        ("Best", "Nina", 1),
        ("Live", "Ella", 1),
        ("Live", "Nina", 1),
        ("Voices", None, 6),
    ]
    shutil.rmtree(root / "Voices")
    scan(catalogue, root)
    with catalogue.session() as s:
        assert s.rows("SELECT count(*) FROM albums") == [(5,)]  # its tracks may come back


def test_a_copy_of_a_track_on_a_disk_that_is_away_does_not_take_its_id(
    catalogue: Catalogue, library: Path, tmp_path: Path
) -> None:
    scan(catalogue, library)
    before = _ids(catalogue)
    here = tmp_path / "here"
    here.mkdir()
    shutil.copy2(library / "loose.wav", here / "loose.wav")
    library.rename(tmp_path / "unplugged")
    assert _counts(scan(catalogue, here)) == {"duplicate": 1}
    (tmp_path / "unplugged").rename(library)
    scan(catalogue, library)
    assert before.items() <= _ids(catalogue).items()


def test_a_missing_file_is_marked_and_comes_back_with_its_id(
    catalogue: Catalogue, library: Path
) -> None:
    scan(catalogue, library)
    song, aside = library / "loose.wav", library.parent / "aside.wav"
    id_ = _ids(catalogue)[str(song)]
    song.rename(aside)
    for _ in range(2):
        report = scan(catalogue, library)
        assert _counts(report) == {"unchanged": 5, "missing": 1, "skipped": 2}
        assert _adds_up(report)
        assert str(song) not in _ids(catalogue)
    gone = catalogue.tracks.get(id_)
    assert gone.missing_since is not None
    aside.rename(song)
    report = scan(catalogue, library)
    assert _counts(report) == {"unchanged": 5, "returned": 1, "skipped": 2}
    assert _ids(catalogue)[str(song)] == id_
    assert catalogue.tracks.get(id_).missing_since is None


@pytest.mark.parametrize("how", ["gone", "empty"])
def test_an_unmounted_library_loses_nothing(catalogue: Catalogue, library: Path, how: str) -> None:
    scan(catalogue, library)
    before = _ids(catalogue)
    library.rename(library.with_name("unplugged"))
    if how == "empty":
        library.mkdir()
    report = scan(catalogue, library)
    assert report.outcomes == ()
    assert "is missing or empty: its 6 known tracks were left" in report.problems[0]
    assert _ids(catalogue) == before
    with catalogue.session() as s:
        (problem,) = s.rows("SELECT problem FROM scan_runs ORDER BY id DESC")[0]
    assert problem == "; ".join(report.problems)


def test_what_cannot_be_scanned_is_refused(catalogue: Catalogue, library: Path) -> None:
    with pytest.raises(NotFoundError, match="no folder"):
        scan(catalogue, library / "nowhere")
    with pytest.raises(ParameterError, match="must be a folder"):
        scan(catalogue, library / "loose.wav")


def test_broken_files_are_recorded_and_stop_nothing(catalogue: Catalogue, library: Path) -> None:
    (library / "empty.flac").touch()
    (library / "noise.mp3").write_bytes(b"no music here " * 100)
    (library / "pipe.wav").symlink_to(library / "nowhere")
    os.mkfifo(library / "fifo.ogg")
    report = scan(catalogue, library)
    assert _counts(report) == {"new": 5, "duplicate": 1, "failed": 4, "skipped": 2}
    assert _adds_up(report)
    assert all(outcome.reason for outcome in report.of("failed"))
    with catalogue.session() as s:
        stored = s.rows("SELECT path, reason FROM scan_outcomes WHERE outcome = 'failed'")
    assert sorted(stored) == sorted((o.path_text, o.reason) for o in report.of("failed"))


def test_a_file_that_kills_its_reader_fails_alone(catalogue: Catalogue, library: Path) -> None:
    from auralis_lab.catalogue.scanning.readers import Reader
    from auralis_lab.catalogue.scanning.walk import walk

    class Fragile(Reader):
        """A reader whose process dies of every file named loose."""

        def _ask(self, files):  # type: ignore[no-untyped-def]
            if any("loose" in file.path for file in files):
                process = self._readied()
                process.kill()
            return super()._ask(files)

    reader = Fragile()
    files = [file for file in walk(str(library)).files if file.path.endswith(".wav")]
    readings = dict(zip((Path(f.path).name for f in files), reader.read(files), strict=True))
    reader.close()
    assert "crashed its reader" in str(readings.pop("loose.wav"))
    assert [name for name, reading in readings.items() if isinstance(reading, str)] == []


def test_a_reader_that_hangs_is_ended_and_the_others_go_on(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from auralis_lab.catalogue.scanning import readers
    from auralis_lab.catalogue.scanning.walk import walk

    class Sleepy(readers.Reader):
        """A reader whose process falls asleep over every file named loose."""

        def _ask(self, files):  # type: ignore[no-untyped-def]
            process = self._readied()
            if any("loose" in file.path for file in files):
                process.send_signal(signal.SIGSTOP)
            return super()._ask(files)

    monkeypatch.setattr(readers, "PATIENCE_S", 5.0)
    reader = Sleepy()
    files = [file for file in walk(str(library)).files if file.path.endswith(".wav")]
    readings = dict(zip((Path(f.path).name for f in files), reader.read(files), strict=True))
    reader.close()
    assert readings.pop("loose.wav") == "takes too long to read"
    assert [name for name, reading in readings.items() if isinstance(reading, str)] == []


def test_many_files_are_read_in_order_whoever_reads_them(tmp_path: Path, make_song: Any) -> None:
    from auralis_lab.catalogue.scanning.filereading import try_read_facts
    from auralis_lab.catalogue.scanning.readers import read_all
    from auralis_lab.catalogue.scanning.walk import walk

    make_song(tmp_path / "a.flac", title="Air")
    make_song(tmp_path / "b.ogg", title="Bourrée")
    make_song(tmp_path / "c.wav")
    for n in range(20):
        for name in ("a.flac", "b.ogg", "c.wav"):
            folder = tmp_path / "all" / str(n)
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(tmp_path / name, folder)
        whole = (tmp_path / "a.flac").read_bytes()
        (folder / "cut.flac").write_bytes(whole[: -9 * n])
    for pattern in ("*.flac", "*.wav", "*"):
        names = {os.fspath(path) for path in (tmp_path / "all").rglob(pattern)}
        files = [file for file in walk(os.fspath(tmp_path / "all")).files if file.path in names]
        read = list(read_all(files))
        assert [file for file, _ in read] == files
        assert [reading for _, reading in read] == [try_read_facts(file) for file in files]


def test_plain_files_are_read_without_any_process(
    tmp_path: Path, make_song: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from auralis_lab.catalogue.scanning.readers import Reader, read_all
    from auralis_lab.catalogue.scanning.walk import walk

    make_song(tmp_path / "0.flac")
    for n in range(1, 40):
        shutil.copy(tmp_path / "0.flac", tmp_path / f"{n}.flac")
    monkeypatch.setattr(Reader, "start", lambda reader: pytest.fail("a process was started"))
    assert not any(isinstance(facts, str) for _, facts in read_all(walk(str(tmp_path)).files))


def test_odd_tags_are_survived(
    catalogue: Catalogue, tmp_path: Path, make_song: Callable[..., Path]
) -> None:
    titles = ["x" * 10_000, "a\0b", "🎵 été", "שלום עולם", "'; DROP TABLE tracks; --", " \t "]
    for n, title in enumerate(titles):
        make_song(tmp_path / "music" / f"{n}.flac", title=title, tracknumber="99999999999/x")
    report = scan(catalogue, tmp_path / "music")
    assert _counts(report) == {"new": 6}
    stored = {row.title for row in catalogue.tracks.list("path")}
    assert {"x" * 10_000, "🎵 été", "שלום עולם", "'; DROP TABLE tracks; --", "5"} <= stored
    assert not any("\0" in title for title in stored)


def test_file_names_that_are_not_utf8_are_found_again(
    catalogue: Catalogue, tmp_path: Path, make_song: Callable[..., Path]
) -> None:
    root = tmp_path / "music"
    made = make_song(root / "plain.wav")
    for name in (b"Bj\xf6rk.wav", b"back\\slash.wav", b"\\xf6.wav", "夢🎵.wav".encode()):
        shutil.copy(os.fsencode(made), os.fsencode(root) + b"/" + name)
    assert _counts(scan(catalogue, root)) == {"new": 1, "duplicate": 4}
    assert _counts(scan(catalogue, root)) == {"unchanged": 5}
    row = catalogue.tracks.by_path(os.fsdecode(os.fsencode(root) + b"/Bj\xf6rk.wav"))
    assert row is not None
    assert Path(row.path).exists()
    assert row.path_text == f"{path_to_text(root)}/Bj\\xf6rk.wav"
    assert row.title == "Bj\\xf6rk"


def test_loops_of_links_end_and_every_folder_is_entered_once(
    catalogue: Catalogue, library: Path
) -> None:
    (library / "Bach" / "up").symlink_to(library)
    (library / "again").symlink_to(library / "Bach")
    (library / "self").symlink_to(library / "self")
    outside = library.parent / "outside"
    outside.mkdir()
    shutil.copy(library / "loose.wav", outside / "outside.wav")
    (library / "linked").symlink_to(outside)
    report = scan(catalogue, library)
    assert _counts(report) == {"new": 5, "duplicate": 2, "skipped": 3}
    assert _seen(report)["linked/outside.wav"] == "duplicate"
    assert catalogue.tracks.by_path(library / "again" / "1 Air.flac") is not None
    assert _adds_up(report)


def test_hidden_files_and_folders_are_passed_over(catalogue: Catalogue, library: Path) -> None:
    (library / ".hidden").mkdir()
    shutil.copy(library / "loose.wav", library / ".hidden" / "x.wav")
    shutil.copy(library / "loose.wav", library / ".part.wav")
    assert scan(catalogue, library).files_found == 8


def test_tracks_in_a_folder_that_cannot_be_listed_are_not_missing(
    catalogue: Catalogue, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan(catalogue, library)
    scandir = os.scandir

    def refuse(path: str) -> object:
        if os.fspath(path).endswith("Bach"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        report = scan(catalogue, library)
    assert report.problems == (f"cannot list {library / 'Bach'}: permission denied",)
    assert _counts(report) == {"unchanged": 4, "skipped": 1}
    assert catalogue.tracks.count() == 6


def test_progress_ends_at_the_number_of_files(catalogue: Catalogue, library: Path) -> None:
    steps: list[tuple[int, int, str]] = []
    scan(catalogue, library, on_progress=lambda *step: steps.append(step))
    assert [done for done, _, _ in steps] == list(range(2, 9))
    assert {total for _, total, _ in steps} == {8}


@pytest.mark.parametrize("kind", ["event", "callable"])
def test_a_cancelled_scan_keeps_what_it_has_and_marks_nothing_missing(
    catalogue: Catalogue, library: Path, kind: str
) -> None:
    scan(catalogue, library)
    (library / "loose.wav").unlink()
    for n in range(3):
        shutil.copy(library / "dup" / "a.wav", library / f"more{n}.wav")
    event = threading.Event()
    event.set()
    report = scan(catalogue, library, cancel=event if kind == "event" else lambda: True)
    assert report.cancelled
    assert _counts(report) == {"duplicate": 1, "unchanged": 5, "skipped": 2}
    assert catalogue.tracks.count() == 7
    report = scan(catalogue, library)
    assert _counts(report) == {"duplicate": 2, "unchanged": 6, "missing": 1, "skipped": 2}


def test_an_error_in_a_callback_ends_the_scan_and_leaves_the_catalogue_usable(
    catalogue: Catalogue, library: Path
) -> None:
    def fail(done: int, total: int, path: str) -> None:
        if done == total:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        scan(catalogue, library, on_progress=fail)
    assert _counts(scan(catalogue, library))["skipped"] == 2
    assert catalogue.tracks.count() == 6


@pytest.mark.parametrize("when", ["reading", "storing"])
def test_what_was_read_before_ctrl_c_is_kept(
    catalogue: Catalogue, library: Path, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter([True])

    def stop(done: int, total: int, path: str) -> None:
        if when == "reading" and done == 5:
            raise KeyboardInterrupt

    def store(run: ScanRun, *args: Any, **options: Any) -> None:
        if when == "storing" and next(calls, False):
            raise KeyboardInterrupt
        real(run, *args, **options)

    real = ScanRun.store
    monkeypatch.setattr(ScanRun, "store", store)
    with pytest.raises(KeyboardInterrupt):
        scan(catalogue, library, on_progress=stop)
    kept = catalogue.tracks.count()
    assert kept == (3 if when == "reading" else 6)
    counts = _counts(scan(catalogue, library))
    assert counts.get("unchanged", 0) == kept
    assert counts.get("new", 0) + counts.get("duplicate", 0) == 6 - kept


def test_a_part_of_a_scanned_folder_is_brought_up_to_date_by_itself(
    catalogue: Catalogue, library: Path
) -> None:
    scan(catalogue, library)
    scanned_at = catalogue.roots.list()[0].scanned_at
    (library / "loose.wav").unlink()
    (library / "dup" / "b.wav").unlink()
    report = scan(catalogue, library / "dup")
    assert _counts(report) == {"unchanged": 1, "missing": 1}
    (root,) = catalogue.roots.list()
    assert (root.path, root.tracks, root.missing) == (str(library), 5, 1)
    assert root.scanned_at == scanned_at  # of the whole
    assert _counts(scan(catalogue, library))["missing"] == 2


def test_what_was_so_at_the_last_scan_is_told_apart(catalogue: Catalogue, library: Path) -> None:
    (library / "broken.flac").write_bytes(b"nothing")
    assert not any(outcome.again for outcome in scan(catalogue, library).outcomes)
    (library / "loose.wav").unlink()
    (library / "more.txt").write_text("new")
    again = {os.path.basename(o.path): o.again for o in scan(catalogue, library).outcomes}
    assert {name for name, so in again.items() if so} == {"broken.flac", "cover.jpg", "notes.txt"}
    (library / "broken.flac").write_bytes(b"")
    report = scan(catalogue, library)
    told = {os.path.basename(o.path) for o in report.outcomes if o.again}
    assert told == {"loose.wav", "cover.jpg", "notes.txt", "more.txt"}
    assert not report.of("failed")[0].again


def test_a_file_that_another_scan_has_just_stored_is_no_copy_of_itself(
    catalogue: Catalogue, library: Path
) -> None:
    def scan_too(done: int, total: int, path: str) -> None:
        if done == total:
            scan(catalogue, library)

    report = scan(catalogue, library, on_progress=scan_too)
    assert _counts(report) == {"unchanged": 6, "skipped": 2}
    assert catalogue.tracks.count() == 6


def test_a_scan_does_not_start_inside_a_session(catalogue: Catalogue, library: Path) -> None:
    with catalogue.session(), pytest.raises(CatalogueError, match="already has a session"):
        scan(catalogue, library)


def test_two_scans_at_once_make_one_track_per_file(catalogue: Catalogue, library: Path) -> None:
    with Catalogue(catalogue.path, wait_s=60) as other:
        threads = [threading.Thread(target=scan, args=(c, library)) for c in (catalogue, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert catalogue.tracks.count() == len(_ids(catalogue)) == 6


def test_a_scan_killed_at_any_moment_is_taken_up_by_the_next(
    catalogue: Catalogue, tmp_path: Path, make_song: Callable[..., Path]
) -> None:
    root = tmp_path / "music"
    for n in range(80):
        make_song(root / f"{n:03}.wav")
    code = textwrap.dedent(
        """
        import sys
        import auralis_lab.catalogue.scanning.scan as scanning
        from auralis_lab.catalogue.store import Catalogue
        scanning.BATCH_ROWS = 10
        def tell(done, total, path):
            print(done, flush=True)
        scanning.scan(Catalogue(sys.argv[1]), sys.argv[2], on_progress=tell)
        """
    )
    known = 0
    for until in (15, 30):
        command = [sys.executable, "-c", code, str(catalogue.path), str(root)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            while int(process.stdout.readline()) < known + until:
                pass
            process.send_signal(signal.SIGKILL)
        time.sleep(0.1)
        count = catalogue.tracks.count()
        assert known < count < 80
        assert len(_ids(catalogue)) == count
        known = count
    report = scan(catalogue, root)
    assert _counts(report) == {"new": 80 - known, "unchanged": known}
    with catalogue.session() as s:
        unfinished = s.rows("SELECT count(*) FROM scan_runs WHERE finished_at IS NULL")
    assert unfinished == [(2,)]


def test_real_recordings_are_all_listed(catalogue: Catalogue, shared_audio: Path) -> None:
    report = scan(catalogue, shared_audio)
    files = [path for path in shared_audio.rglob("*") if path.is_file()]
    assert sorted(o.path for o in report.outcomes) == sorted(map(str, files))
    assert _adds_up(report)
    for folder in ("music", "formats"):
        below = str(shared_audio / folder)
        found = {o.outcome for o in report.outcomes if o.path.startswith(below)}
        assert found <= {"new", "duplicate"}
    assert catalogue.tracks.search("vivaldi four seasons")[0].rate_hz == 32_000


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_file_that_was_cut_short_is_a_failure_that_says_so(
    suffix: str, catalogue: Catalogue, make_song: Callable[..., Path], tmp_path: Path
) -> None:
    path = make_song(tmp_path / "music" / f"cut{suffix}", seconds=3.0)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    (outcome,) = scan(catalogue, path.parent).outcomes
    assert outcome.outcome == "failed"
    assert outcome.reason is not None
    how = {".wav": "cut short", ".flac": "cut short or damaged"}[suffix]
    assert outcome.reason.startswith(f"{how}: ")
    assert "of 24,000 frames are there" in outcome.reason
