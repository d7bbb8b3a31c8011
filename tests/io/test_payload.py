"""Keys of audio: the same whatever the tags say, different when the audio is."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen.apev2 import APEv2
from mutagen.flac import FLAC, Picture
from mutagen.id3 import APIC, ID3, TIT2, ID3v1SaveOptions
from mutagen.mp4 import MP4Cover
from mutagen.ogg import OggPage

from auralis_lab.audio import Audio
from auralis_lab.errors import DecodeError
from auralis_lab.io.payload import audio_key, is_sampled
from tests.thorough import tries

from .containers import CONTAINERS, make

Noise = Callable[..., Audio]
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 400
LONG = "x" * 70_000


def retag(path: Path, title: str, picture: bytes = b"") -> None:
    """Tag a file as common taggers do; an ADTS file gets ID3 before and APE after it."""
    if path.suffix == ".aac":
        frames = ID3()
        frames.add(TIT2(encoding=3, text=title))
        frames.save(path)
        tags = APEv2()
        tags["Title"] = title
        tags.save(path)
        return
    file = mutagen.File(path)
    assert file is not None
    if file.tags is None:
        file.add_tags()
    name = type(file.tags).__name__
    if "ID3" in name:
        file.tags.add(TIT2(encoding=3, text=title))
        file.tags.delall("APIC")
        if picture:
            file.tags.add(APIC(encoding=3, mime="image/jpeg", type=3, desc="", data=picture))
    elif name == "MP4Tags":
        file.tags["\xa9nam"] = title
        file.tags["covr"] = [MP4Cover(picture)] if picture else []
    elif "Comment" in name or name == "VCFLACDict":
        file.tags["TITLE"] = title
        block = Picture()
        block.data, block.type, block.mime = picture, 3, "image/jpeg"
        file.tags["METADATA_BLOCK_PICTURE"] = base64.b64encode(block.write()).decode()
    else:
        file.tags["Title"] = title
    file.save()


@pytest.mark.parametrize("kind", CONTAINERS)
def test_tagging_does_not_change_the_key(kind: str, noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, kind, noise(20_000))
    key, sizes = audio_key(path), set()
    for title, picture in (("Stück", b""), (LONG, JPEG), ("a", JPEG), ("a", b"")):
        retag(path, title, picture)
        sizes.add(path.stat().st_size)
        assert audio_key(path) == key
    assert len(sizes) > 1
    if kind == "aac":
        return
    file = mutagen.File(path)
    assert file is not None
    file.delete()
    assert audio_key(path) == key


@pytest.mark.parametrize("kind", CONTAINERS)
def test_other_audio_has_another_key(kind: str, noise: Noise, tmp_path: Path) -> None:
    audio = noise(20_000)
    key = audio_key(make(tmp_path / "a", kind, audio))
    other = audio.copy()
    other[:, 7_000:7_400] *= 0.5
    assert audio_key(make(tmp_path / "c", kind, other)) != key
    assert audio_key(make(tmp_path / "d", kind, audio[:, :15_000])) != key


def trailing_tags() -> dict[str, bytes]:
    ape = b"APETAGEX" + (2000).to_bytes(4, "little") + (32).to_bytes(4, "little") + bytes(16)
    lyrics = b"LYRICSBEGIN" + b"IND00003110" + b"LYR00004Word"
    return {
        "id3v1": b"TAG" + b"Title".ljust(125, b"\0"),
        "extended id3v1": b"TAG+" + bytes(223) + b"TAG" + bytes(125),
        "ape": ape,
        "lyrics3v1": b"LYRICSBEGINsome words\r\nLYRICSEND",
        "lyrics3v2": lyrics + f"{len(lyrics):06}LYRICS200".encode(),
        "id3v2 footer": b"ID3\4\0\x10\0\0\0\x14" + bytes(20) + b"3DI\4\0\x10\0\0\0\x14",
    }


@pytest.mark.parametrize("kind", ["mp3", "flac", "wv", "ape", "mpc", "ofr", "tta", "aac", "ogg"])
def test_tags_at_the_ends_in_any_order_do_not_count(
    kind: str, noise: Noise, tmp_path: Path
) -> None:
    path = make(tmp_path, kind, noise(20_000))
    data, key = path.read_bytes(), audio_key(path)
    tails = trailing_tags()
    heads = {
        "none": b"",
        "id3v2": b"ID3\3\0\0\0\0\x07\x7f" + bytes(1_023),
        "two id3v2": 2 * (b"ID3\4\0\0\0\0\0\x0a" + bytes(10)),
        "ape": tails["ape"][:20] + bytes(3) + b"\xa0" + bytes(8) + tails["ape"],
    }
    for head in heads.values():
        for tail in (*tails.values(), *(a + b for a in tails.values() for b in tails.values())):
            path.write_bytes(head + data + tail)
            assert audio_key(path) == key
    path.write_bytes(data + tails["id3v1"] + b"more audio")
    assert (audio_key(path) != key) == (kind != "flac")


def test_a_flac_is_known_by_its_own_checksum(noise: Noise, tmp_path: Path) -> None:
    import soundfile as sf

    keys = set()
    for level in (0.0, 1.0):
        path = tmp_path / f"{level}.flac"
        sf.write(path, noise(20_000, level=0.1).T * 0 + 0.25, 48_000, compression_level=level)
        keys.add(audio_key(path))
    assert len(keys) == 1
    assert keys.pop().startswith("f-")


def test_a_flac_without_a_checksum_is_known_by_its_bytes(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "flac", noise(20_000))
    data = bytearray(path.read_bytes())
    data[26:42] = bytes(16)
    path.write_bytes(data)
    key = audio_key(path)
    assert key.startswith("w-")
    retag(path, LONG, JPEG)
    assert audio_key(path) == key


def test_a_flac_cut_short_is_not_the_whole_one(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "flac", noise(60_000))
    data, key = path.read_bytes(), audio_key(path)
    assert key.startswith("f-")
    path.write_bytes(data[: len(data) * 2 // 3])
    assert audio_key(path).startswith("w-")


def test_moving_the_boxes_of_an_mp4_does_not_change_the_key(
    noise: Noise, tmp_path: Path, ffmpeg: Callable[..., Path]
) -> None:
    path = make(tmp_path, "m4a", noise(20_000))
    moved = ffmpeg(path, "moved.m4a", "-c", "copy", "-movflags", "faststart")
    assert path.read_bytes().find(b"mdat") < path.read_bytes().find(b"moov")
    assert moved.read_bytes().find(b"mdat") > moved.read_bytes().find(b"moov")
    assert audio_key(moved) == audio_key(path)


def long_ogg(path: Path, rng: np.random.Generator, noise: Noise, pages: int) -> Path:
    """Lengthen an Ogg file by pages of random bytes."""
    short = make(path.parent, "ogg", noise(5_000))
    with short.open("rb") as file:
        found: list[Any] = []
        while len(found) < 3 or found[-1].position <= 0:
            found.append(OggPage(file))
    with path.open("wb") as file:
        for page in found:
            page.last = False
            file.write(page.write())
        for n in range(pages):
            page = OggPage()
            page.serial, page.sequence = found[0].serial, len(found) + n
            page.packets = [rng.bytes(int(rng.integers(1, 250))) for _ in range(200)]
            page.position = 5_000 + n
            file.write(page.write())
    return path


def test_pages_of_a_long_ogg_may_be_numbered_anew(
    rng: np.random.Generator, noise: Noise, tmp_path: Path
) -> None:
    path = long_ogg(tmp_path / "long.ogg", rng, noise, 150)
    before, key = path.read_bytes(), audio_key(path)
    assert is_sampled(key)
    retag(path, "x" * 500_000)
    assert len(path.read_bytes()) > len(before) + 400_000
    assert audio_key(path) == key
    retag(path, "x")
    assert audio_key(path) == key
    longer = long_ogg(tmp_path / "longer.ogg", np.random.default_rng(1), noise, 150)
    assert audio_key(longer) != key


@pytest.fixture
def bytes_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    counts: list[int] = []
    pread = os.pread

    def counted(fd: int, count: int, offset: int) -> bytes:
        data = pread(fd, count, offset)
        counts.append(len(data))
        return data

    monkeypatch.setattr(os, "pread", counted)
    return counts


def test_of_a_long_file_no_more_than_a_megabyte_is_read(
    rng: np.random.Generator, noise: Noise, tmp_path: Path, bytes_read: list[int]
) -> None:
    for name, size in (("long", 40 << 20), ("short", (1 << 20) - 100)):
        path = tmp_path / f"{name}.aac"
        path.write_bytes(b"\xff\xf1" + rng.bytes(size))
        bytes_read.clear()
        assert is_sampled(audio_key(path)) == (name == "long")
        assert sum(bytes_read) < (1 << 20) + 4_096
    ogg = long_ogg(tmp_path / "long.ogg", rng, noise, 150)
    retag(ogg, "x" * 2_000_000)
    bytes_read.clear()
    audio_key(ogg)
    assert sum(bytes_read) < 1 << 20


def test_every_sampled_part_counts(rng: np.random.Generator, tmp_path: Path) -> None:
    path = tmp_path / "a.aac"
    data = bytearray(b"\xff\xf1" + rng.bytes(3 << 20))
    path.write_bytes(data)
    key = audio_key(path)
    for at in (100, 65_000, len(data) - 60_000, len(data) - 1):
        data[at] ^= 1
        path.write_bytes(data)
        assert audio_key(path) != key
        data[at] ^= 1
    path.write_bytes(data + b"\0")
    assert audio_key(path) != key


@pytest.mark.parametrize("kind", ["wav", "aiff", "m4a", "dsf", "dff", "wma", "mp3", "ogg", "flac"])
@settings(
    max_examples=tries(20),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_malformed_files_have_keys(
    kind: str, noise: Noise, tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / f"made.{kind}"
    whole = (tmp_path / "whole" / path.name).read_bytes() if path.exists() else b""
    if not whole:
        whole = make(tmp_path / "whole", kind, noise(3_000)).read_bytes()
    broken = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 8))):
        if broken:
            broken[data.draw(st.integers(0, min(len(broken), 600) - 1))] = data.draw(
                st.sampled_from([0, 1, 0x7F, 0x80, 0xFF])
            )
    path.write_bytes(broken)
    assert len(audio_key(path)) == 42


def test_broken_files_of_the_wild_have_keys(
    shared_audio: Path, malformed: tuple[Path, dict[str, str]]
) -> None:
    for path in (*shared_audio.rglob("*.*"), *malformed[0].iterdir()):
        if path.is_file():
            key = audio_key(path)
            assert key[:2] in ("f-", "w-", "s-")
            assert len(key) == 42


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "none", tmp_path, tmp_path / "fifo", f"{tmp_path}/a\0b"):
        with pytest.raises(DecodeError):
            audio_key(path)
    name = os.fsencode(tmp_path) + b"/\xff\xfe.mp3"
    with open(name, "wb") as file:
        file.write(b"\xff\xfb\x90\x00" + bytes(500))
    assert audio_key(os.fsdecode(name)).startswith("w-")


def test_a_file_changed_in_place_is_read_again(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "wav", noise(2_000))
    key = audio_key(path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert audio_key(path) != key


def test_real_recordings_keep_their_keys(shared_audio: Path, tmp_path: Path) -> None:
    keys = set()
    files = [p for f in ("music", "formats") for p in sorted((shared_audio / f).iterdir())]
    for source in files:
        path = tmp_path / source.name
        path.write_bytes(source.read_bytes())
        key = audio_key(path)
        retag(path, LONG, JPEG)
        assert audio_key(path) == key
        if path.suffix == ".mp3":
            ID3(path).save(path, v1=ID3v1SaveOptions.CREATE, v2_version=3)
            assert audio_key(path) == key
        if path.suffix == ".flac":
            FLAC(path).save(deleteid3=True, padding=lambda info: 9_999)
            assert audio_key(path) == key
        keys.add(key)
    assert len(keys) == len(files)
