from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from auralis_lab.catalogue.scanning.roots import Roots
from auralis_lab.catalogue.scanning.scan import scan
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import NotFoundError, ParameterError


@pytest.fixture
def folders(catalogue: Catalogue, tmp_path: Path, make_song: Callable[..., Path]) -> Path:
    """Two scanned folders with three tracks and an album, in a folder of their own."""
    for name in ("one/a.flac", "one/b.flac", "two/c.flac"):
        make_song(tmp_path / "disk" / name, album="Live", artist=name)
    for name in ("one", "two"):
        scan(catalogue, tmp_path / "disk" / name)
    return tmp_path / "disk"


def _everything(catalogue: Catalogue) -> list[tuple[Any, ...]]:
    with catalogue.session() as s:
        return [
            *s.rows("SELECT id, path, album_id FROM tracks ORDER BY ALL"),
            *s.rows("SELECT id, key FROM albums ORDER BY ALL"),
            *s.rows("SELECT id, path FROM roots ORDER BY ALL"),
        ]


def test_every_scanned_folder_is_listed_with_what_is_there_and_what_is_not(
    catalogue: Catalogue, folders: Path
) -> None:
    (folders / "one" / "a.flac").unlink()
    scan(catalogue, folders / "one")
    one, two = Roots(catalogue).list()
    assert (one.path, one.tracks, one.missing) == (str(folders / "one"), 1, 1)
    assert (two.path, two.tracks, two.missing) == (str(folders / "two"), 1, 0)
    assert one.scanned_at is not None
    assert one.scanned_at > one.added_at


def test_files_that_could_not_be_read_are_counted_until_they_can_or_are_gone(
    catalogue: Catalogue, folders: Path
) -> None:
    (folders / "one" / "broken.flac").write_bytes(b"fLaC and nothing more")
    (folders / "one" / "silent.mp3").write_bytes(b"")
    scan(catalogue, folders / "one")
    scan(catalogue, folders / "one")
    assert [root.failed for root in Roots(catalogue).list()] == [2, 0]
    assert Roots(catalogue).failed() == 2
    (folders / "one" / "silent.mp3").unlink()
    scan(catalogue, folders / "one")
    assert [root.failed for root in Roots(catalogue).list()] == [1, 0]


def test_a_folder_that_is_mounted_elsewhere_keeps_everything(
    catalogue: Catalogue, folders: Path, tmp_path: Path
) -> None:
    before = {row.id: row.album_id for row in catalogue.tracks.list()}
    elsewhere = tmp_path / "mnt" / "one"
    elsewhere.parent.mkdir()
    (folders / "one").rename(elsewhere)
    assert Roots(catalogue).relocate(folders / "one", elsewhere) == 2
    assert scan(catalogue, elsewhere).counts["unchanged"] == 2
    for song in elsewhere.iterdir():  # read anew, they are still of the same album
        song.touch()
    scan(catalogue, elsewhere)
    assert {row.id: row.album_id for row in catalogue.tracks.list()} == before
    assert [root.path for root in Roots(catalogue).list()] == [
        str(folders / "two"),
        str(elsewhere),
    ]


def test_a_folder_is_not_moved_onto_known_tracks_or_to_nowhere_or_into_itself(
    catalogue: Catalogue, folders: Path, tmp_path: Path
) -> None:
    before = _everything(catalogue)
    roots = Roots(catalogue)
    with pytest.raises(ParameterError, match="must not hold known tracks"):
        roots.relocate(folders / "one", folders / "two")
    with pytest.raises(NotFoundError, match="no folder"):
        roots.relocate(folders / "one", tmp_path / "nowhere")
    with pytest.raises(NotFoundError, match="never scanned"):
        roots.relocate(tmp_path / "never", tmp_path / "data")
    (folders / "one" / "below").mkdir()
    with pytest.raises(ParameterError, match="another folder"):
        roots.relocate(folders / "one", folders / "one" / "below")
    assert _everything(catalogue) == before


def test_only_what_is_missing_can_be_forgotten_and_all_of_it_goes(
    catalogue: Catalogue, folders: Path
) -> None:
    roots = Roots(catalogue)
    ids = {Path(row.path).name: row.id for row in catalogue.tracks.list()}
    assert roots.missing() == ()
    (folders / "one" / "a.flac").unlink()
    scan(catalogue, folders / "one")
    assert roots.missing() == (ids["a.flac"],)
    assert roots.missing(for_days=1) == ()
    assert roots.missing(folder=folders / "two") == ()
    with catalogue.write() as s:
        s.run(
            "INSERT INTO marks SELECT id, 3, 100, NULL, NULL, NULL FROM tracks;"
            "INSERT INTO playlist_entries SELECT id, 1, id, id FROM tracks"
        )
    assert roots.forget([*ids.values(), 999]) == 1
    assert sorted(row.id for row in catalogue.tracks.list()) == sorted(
        [ids["b.flac"], ids["c.flac"]]
    )
    with catalogue.session() as s:
        assert s.rows("SELECT count(*) FROM marks") == [(2,)]
        assert s.rows("SELECT count(*) FROM playlist_entries") == [(2,)]
    assert roots.forget([]) == 0


@pytest.mark.parametrize("days", [-1.0, float("nan"), float("inf")])
def test_a_time_that_is_none_is_refused(catalogue: Catalogue, days: float) -> None:
    with pytest.raises(ParameterError, match="for_days"):
        Roots(catalogue).missing(for_days=days)


def test_ids_that_are_none_are_refused(catalogue: Catalogue) -> None:
    with pytest.raises(ParameterError, match="ids of tracks"):
        Roots(catalogue).forget(["1; DROP TABLE tracks"])  # type: ignore[list-item]
