"""Covers are found in files and beside them."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from auralis_lab.io.artwork import cover_thumbnail, is_disc_folder, pictures_beside
from auralis_lab.io.tagdata import Picture, Tags
from auralis_lab.io.tags import write_tags

MakeFile = Callable[..., Path]


@pytest.fixture
def song(sound_file: MakeFile, noise: Callable[..., Audio]) -> Path:
    return sound_file("song.flac", noise(4_000))


def picture(colour: str, size: tuple[int, int] = (40, 30)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def colour_of(jpeg: bytes | None) -> tuple[int, ...]:
    assert jpeg is not None
    with Image.open(BytesIO(jpeg)) as image:
        assert image.format == "JPEG"
        pixels = np.asarray(image.convert("RGB"), float)
    return tuple(int(v) for v in np.rint(pixels.mean((0, 1)) / 255))


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


def test_the_embedded_cover_comes_before_the_one_beside_the_file(song: Path) -> None:
    assert cover_thumbnail(song, 64) is None
    song.with_name("cover.png").write_bytes(picture("#ff0000"))
    assert colour_of(cover_thumbnail(song, 64)) == (1, 0, 0)
    write_tags(song, Tags(title="A"), (Picture(picture("#0000ff"), "image/png"),))
    assert colour_of(cover_thumbnail(song, 64)) == (0, 0, 1)


def test_an_embedded_cover_that_cannot_be_shown_gives_way(song: Path) -> None:
    write_tags(song, Tags(title="A"), (Picture(picture("red")[:50], "image/png"),))
    song.with_name("cover.png").write_bytes(b"no picture")
    song.with_name("front.png").write_bytes(picture("#00ff00"))
    assert colour_of(cover_thumbnail(song, 64)) == (0, 1, 0)


@pytest.mark.parametrize("size_px", [15, 1025, -1, True, 64.0, None, "64"])
def test_a_size_out_of_range_is_refused(size_px: int, song: Path) -> None:
    with pytest.raises(ParameterError, match="size_px"):
        cover_thumbnail(song, size_px)


def test_a_file_that_is_gone_has_the_cover_of_its_folder(tmp_path: Path) -> None:
    assert cover_thumbnail(tmp_path / "gone.flac", 64) is None
    (tmp_path / "cover.png").write_bytes(picture("#ff0000"))
    assert colour_of(cover_thumbnail(tmp_path / "gone.flac", 64)) == (1, 0, 0)
