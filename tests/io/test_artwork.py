"""Covers are found beside files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from auralis_lab.io.artwork import is_disc_folder, pictures_beside


def names(path: Path) -> list[str]:
    return [beside.name for beside in pictures_beside(path)]


def test_pictures_beside_a_file_come_the_most_telling_first(tmp_path: Path) -> None:
    for name in ("Front.PNG", "cover.webp", "COVER.jpg", "folder.jpeg", "artwork.jpg", "me.jpg"):
        (tmp_path / name).write_bytes(b"x")
    expected = ["COVER.jpg", "cover.webp", "folder.jpeg", "Front.PNG", "artwork.jpg"]
    assert names(tmp_path / "song.flac") == expected


def test_the_folder_around_the_discs_of_a_set_is_looked_into_as_well(tmp_path: Path) -> None:
    (tmp_path / "cover.jpg").write_bytes(b"x")
    for folder in ("CD1", "Disc 02", "other"):
        (tmp_path / folder).mkdir()
    (tmp_path / "CD1" / "folder.jpg").write_bytes(b"x")
    assert names(tmp_path / "CD1" / "a.flac") == ["folder.jpg", "cover.jpg"]
    assert names(tmp_path / "Disc 02" / "a.flac") == ["cover.jpg"]
    assert names(tmp_path / "other" / "a.flac") == []


@pytest.mark.parametrize("name", ["CD1", "cd 2", "Disc-03", "disk_4", "Side A", "Vol. 12"])
def test_a_folder_of_one_disc_is_known_by_its_name(name: str) -> None:
    assert is_disc_folder(name)


@pytest.mark.parametrize("name", ["", "CD", "Discovery", "CDs", "Volume of songs", "ABCD1"])
def test_other_folders_are_no_discs(name: str) -> None:
    assert not is_disc_folder(name)


def test_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "cover.jpg").mkdir()
    os.mkfifo(tmp_path / "folder.jpg")
    (tmp_path / "front.jpg").symlink_to("nowhere")
    (tmp_path / "album.jpg").write_bytes(b"")
    (tmp_path / "artwork.png").write_bytes(b"x")
    assert names(tmp_path / "song.flac") == ["artwork.png"]
    assert names(tmp_path / "no folder" / "song.flac") == []
