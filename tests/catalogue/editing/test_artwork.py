"""Covers of tracks and albums."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from auralis_lab.catalogue.editing.artwork import Artwork
from auralis_lab.catalogue.editing.edits import EditError, Edits
from auralis_lab.catalogue.scanning.scan import scan
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import NotFoundError, ParameterError
from auralis_lab.io.tagdata import Picture, Tags
from auralis_lab.io.tags import read_pictures, write_tags
from auralis_lab.settings import settings

MakeSong = Callable[..., Path]
COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255,) * 3}


def image(colour: str, size: int = 300) -> bytes:
    out = BytesIO()
    Image.new("RGB", (size, size), COLOURS[colour]).save(out, "PNG")
    return out.getvalue()


def colour_of(jpeg: bytes | None) -> str | None:
    if jpeg is None:
        return None
    with Image.open(BytesIO(jpeg)) as opened:
        mean = np.asarray(opened.convert("RGB"), float).mean((0, 1))
    return min(COLOURS, key=lambda name: float(np.abs(mean - COLOURS[name]).sum()))


class Library:
    """A folder of songs with covers, and its catalogue."""

    def __init__(self, catalogue: Catalogue, root: Path, make_song: MakeSong) -> None:
        self.catalogue, self.root, self._make_song = catalogue, root, make_song
        self.artwork = Artwork(catalogue)

    def song(self, name: str, *covers: str, album: str | None = "Album") -> Path:
        path = self._make_song(self.root / name)
        self.tag(path, *covers, album=album)
        return path

    def tag(self, path: Path, *covers: str, album: str | None = "Album") -> None:
        pictures = tuple(Picture(image(colour), "image/png") for colour in covers)
        write_tags(path, Tags(title="Song", album=album, album_artist="X"), pictures)

    def scan(self) -> None:
        scan(self.catalogue, self.root)

    def id_of(self, path: Path) -> int:
        row = self.catalogue.tracks.by_path(path)
        assert row is not None
        return row.id

    def album_of(self, path: Path) -> int:
        album_id = self.catalogue.tracks.get(self.id_of(path)).album_id
        assert album_id is not None
        return album_id

    def colour(self, path: Path) -> str | None:
        return colour_of(self.artwork.thumbnail(self.id_of(path), 64))


@pytest.fixture
def library(catalogue: Catalogue, tmp_path: Path, make_song: MakeSong) -> Library:
    return Library(catalogue, tmp_path / "music", make_song)


def kept() -> list[Path]:
    return list((settings().cache_dir / "artwork").rglob("*.thumb"))


def test_a_cover_is_embedded_or_beside_the_file_or_there_is_none(library: Library) -> None:
    embedded = library.song("a/one.flac", "red")
    beside, none = library.song("b/two.flac"), library.song("c/three.flac")
    (library.root / "a" / "cover.png").write_bytes(image("blue"))
    (library.root / "b" / "Folder.PNG").write_bytes(image("green"))
    library.scan()
    assert [library.colour(p) for p in (embedded, beside, none)] == ["red", "green", None]


def test_tracks_with_the_same_cover_share_one_file(library: Library) -> None:
    songs = [library.song(f"{folder}/{n}.flac", "red") for folder in "ab" for n in range(3)]
    library.scan()
    ids = [library.id_of(song) for song in songs]
    found = library.artwork.thumbnails(ids, 100)
    assert list(found) == ids
    assert len(set(found.values())) == 1
    assert len(kept()) == 1


def test_a_cover_that_is_kept_is_shown_without_the_file(library: Library) -> None:
    song = library.song("a/one.flac", "red")
    library.scan()
    assert library.colour(song) == "red"
    song.rename(song.with_suffix(".away"))
    assert library.colour(song) == "red"
    assert library.artwork.thumbnail(library.id_of(song), 512) is None


def test_a_picture_beside_the_files_that_is_replaced_is_another_one(library: Library) -> None:
    song = library.song("a/one.flac")
    library.scan()
    cover = library.root / "a" / "cover.png"
    for colour in ("red", "green", "red"):
        cover.write_bytes(image(colour))
        assert library.colour(song) == colour
    status = cover.stat()
    cover.write_bytes(image("blue").ljust(status.st_size, b"\0"))
    os.utime(cover, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert library.colour(song) == "blue"
    cover.unlink()
    assert library.colour(song) is None


def test_a_file_that_changed_since_the_scan_shows_its_new_cover(library: Library) -> None:
    song, other = library.song("a/one.flac", "red"), library.song("a/two.flac", "red")
    library.scan()
    library.tag(song, "green")
    found = library.artwork.thumbnails([library.id_of(song), library.id_of(other)], 64)
    assert [colour_of(jpeg) for jpeg in found.values()] == ["green", "red"]
    library.tag(song)
    assert library.colour(song) is None


def test_an_embedded_picture_that_cannot_be_shown_gives_way(library: Library) -> None:
    song = library.song("a/one.flac")
    pictures = (Picture(b"no picture", "image/png"), Picture(image("green"), "image/png"))
    write_tags(song, Tags(title="one"), pictures)
    bad = library.song("b/two.flac")
    write_tags(bad, Tags(title="two"), pictures[:1])
    (library.root / "b" / "cover.png").write_bytes(image("blue"))
    library.scan()
    assert library.colour(song) == "green"
    assert library.colour(bad) == "blue"
    original = library.artwork.original(library.id_of(bad))
    assert original == Picture(image("blue"), "image/png")


def test_the_original_is_the_picture_as_it_lies_in_its_file(library: Library) -> None:
    songs = [library.song("a/one.flac", "red"), library.song("b/two.flac"), library.song("c.flac")]
    (library.root / "b" / "cover.jpg").write_bytes(image("blue"))
    library.scan()
    originals = [library.artwork.original(library.id_of(song)) for song in songs]
    assert originals == [Picture(image(c), "image/png") for c in ("red", "blue")] + [None]


def test_an_album_has_the_cover_of_most_of_its_tracks(library: Library) -> None:
    covers = ["white", "red", "green", "red", "blue"]
    songs = [library.song(f"a/{n}.flac", cover) for n, cover in enumerate(covers)]
    library.scan()
    jpeg = library.artwork.album_thumbnail(library.album_of(songs[0]), 64)
    assert colour_of(jpeg) == "red"


def test_an_album_without_embedded_covers_has_that_of_its_folder(library: Library) -> None:
    songs = [library.song(f"set/CD{n}/song.flac") for n in (1, 2)]
    plain = library.song("plain/song.flac", album="Plain")
    (library.root / "set" / "cover.png").write_bytes(image("green"))
    library.scan()
    albums = [library.album_of(song) for song in (*songs, plain)]
    assert albums[0] == albums[1]
    found = library.artwork.album_thumbnails(albums, 64)
    assert [colour_of(jpeg) for jpeg in found.values()] == ["green", None]


def test_an_album_whose_first_files_are_gone_shows_what_is_there(library: Library) -> None:
    songs = [library.song(f"{n}/song.flac", cover) for n, cover in enumerate(["red", "blue"])]
    library.scan()
    album = library.album_of(songs[0])
    songs[0].unlink()
    assert colour_of(library.artwork.album_thumbnail(album, 64)) == "blue"
    library.scan()
    assert colour_of(library.artwork.album_thumbnail(album, 128)) == "blue"


def test_names_that_are_no_text_have_covers(library: Library) -> None:
    song = library.song(os.fsdecode(b"B\xf6rk/caf\xe9.flac"), "red")
    beside = library.song(os.fsdecode(b"\xff\\/x.flac"))
    (beside.parent / "cover.png").write_bytes(image("blue"))
    library.scan()
    assert [library.colour(song), library.colour(beside)] == ["red", "blue"]


def kinds(path: Path) -> list[tuple[int, str]]:
    return [(p.kind, colour_of(p.data) or "") for p in read_pictures(path)]


def test_another_cover_takes_the_place_of_the_one_there_is(library: Library) -> None:
    plain, none = library.song("a.flac", "red"), library.song("b.mp3")
    several = library.song("c.ogg")
    pictures = [Picture(image(c), "image/png", k) for c, k in (("red", 3), ("green", 4))]
    write_tags(several, Tags(title="Song"), tuple(pictures))
    unnamed = library.song("d.flac")
    pictures = [Picture(image(c), "image/png", k) for c, k in (("red", 0), ("green", 4))]
    write_tags(unnamed, Tags(title="Song"), tuple(pictures))
    library.scan()
    paths = [plain, none, several, unnamed]
    before = [(kinds(path), path.read_bytes()) for path in paths]
    ids = [library.id_of(path) for path in paths]
    preview = library.artwork.preview_replace(ids, image("blue"))
    assert "cover of 4 tracks: 4 of 4 files would change" in str(preview)
    assert [(kinds(path), path.read_bytes()) for path in paths] == before
    report = library.artwork.replace(ids, image("blue"))
    assert [kinds(path) for path in paths] == [
        [(3, "blue")],
        [(3, "blue")],
        [(3, "blue"), (4, "green")],
        [(3, "blue"), (4, "green")],
    ]
    assert [library.colour(path) for path in paths] == ["blue"] * 4
    assert library.artwork.replace(ids, image("blue")).edit_id is None
    assert report.edit_id is not None
    Edits(library.catalogue).undo(report.edit_id)
    assert [kinds(path) for path in paths] == [found for found, _ in before]
    assert [library.colour(path) for path in paths] == ["red", None, "red", "red"]


def test_a_cover_that_is_removed_gives_way_to_that_of_the_folder(library: Library) -> None:
    song, bare = library.song("a/one.flac", "red"), library.song("a/two.flac")
    (library.root / "a" / "cover.png").write_bytes(image("green"))
    library.scan()
    report = library.artwork.remove([library.id_of(song), library.id_of(bare)])
    assert (report.changed, report.unchanged) == ((os.fspath(song),), (os.fspath(bare),))
    assert library.colour(song) == "green"
    assert report.edit_id is not None
    Edits(library.catalogue).undo(report.edit_id)
    assert library.colour(song) == "red"


def webp() -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 40), "red").save(out, "WEBP")
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", image("red")[:-40], webp(), image("red").ljust(16_000_001, b"\0"), "text"],
    ids=["empty", "text", "cut", "webp", "large", "str"],
)
def test_what_is_no_cover_is_refused(library: Library, data: bytes) -> None:
    song = library.song("a.flac", "red")
    library.scan()
    before = song.read_bytes()
    with pytest.raises(ParameterError, match="data"):
        library.artwork.replace([library.id_of(song)], data)
    assert song.read_bytes() == before


def test_covers_of_tracks_that_are_gone_cannot_be_changed(library: Library) -> None:
    with pytest.raises(NotFoundError, match="no track 999"):
        library.artwork.replace([999], image("red"))
    with pytest.raises(NotFoundError, match="no track 999"):
        library.artwork.remove([999])
    song = library.song("a.flac", "red")
    library.scan()
    track_id = library.id_of(song)
    song.unlink()
    for refused in (library.artwork.remove, partial(library.artwork.replace, data=image("blue"))):
        with pytest.raises(EditError, match="is gone"):
            refused([track_id])


@pytest.mark.parametrize("size_px", [0, 15, 1025, -64, True, 64.0, "64", None])
def test_a_size_out_of_range_is_refused(size_px: int, library: Library) -> None:
    for call in (library.artwork.thumbnail, library.artwork.album_thumbnail):
        with pytest.raises(ParameterError, match="size_px"):
            call(1, size_px)


@pytest.mark.parametrize("id_", [-1, 1 << 63, "1", "1; DROP TABLE tracks", True, None, 1.0])
def test_what_is_no_id_is_refused(id_: int, library: Library) -> None:
    artwork = library.artwork
    for call in (artwork.thumbnail, artwork.album_thumbnail, artwork.original):
        with pytest.raises(ParameterError, match="id"):
            call(id_)


def test_ids_that_are_gone_are_named(library: Library) -> None:
    song = library.song("a.flac", "red")
    library.scan()
    artwork = library.artwork
    with pytest.raises(NotFoundError, match="no track 999, 1000"):
        artwork.thumbnails([library.id_of(song), 999, 1000])
    with pytest.raises(NotFoundError, match="no album 999"):
        artwork.album_thumbnails([library.album_of(song), 999])
    with pytest.raises(NotFoundError, match="no track 999"):
        artwork.original(999)


def test_a_page_holds_up_to_200_ids(library: Library) -> None:
    assert library.artwork.thumbnails([]) == {}
    with pytest.raises(ParameterError, match="200 at most"):
        library.artwork.thumbnails(range(1, 202))
