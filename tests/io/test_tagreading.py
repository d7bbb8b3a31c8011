"""Names that taggers give to fields in each container, and files that hold several tags."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen
import pytest
from mutagen.apev2 import APEv2
from mutagen.flac import FLAC
from mutagen.id3 import (
    COMM,
    ID3,
    RVA2,
    SYLT,
    TALB,
    TCMP,
    TIT2,
    TPE1,
    TXXX,
    UFID,
    USLT,
    ID3v1SaveOptions,
)
from mutagen.mp4 import MP4FreeForm

from auralis_lab.audio import Audio
from auralis_lab.io.tags import Picture, Tags, read_pictures, read_tags

from .containers import CONTAINERS, make

Noise = Callable[..., Audio]
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 30
PICARD = {
    "ARTISTS": ["A", "B"],
    "MUSICBRAINZ_TRACKID": "id-recording",
    "MUSICBRAINZ_RELEASETRACKID": "id-track",
    "MUSICBRAINZ_ALBUMID": "id-album",
    "MUSICBRAINZ_RELEASEGROUPID": "id-group",
    "MUSICBRAINZ_ARTISTID": ["id-a", "id-b"],
    "MUSICBRAINZ_ALBUMARTISTID": ["id-v"],
    "LYRICS": "One\nTwo",
    "REPLAYGAIN_TRACK_GAIN": "-8.10 dB",
    "REPLAYGAIN_TRACK_PEAK": "0.988",
    "REPLAYGAIN_ALBUM_GAIN": "+1,5 db",
    "REPLAYGAIN_ALBUM_PEAK": "1.25",
}
SPELLED = {
    "MUSICBRAINZ_TRACKID": "Track Id",
    "MUSICBRAINZ_RELEASETRACKID": "Release Track Id",
    "MUSICBRAINZ_ALBUMID": "Album Id",
    "MUSICBRAINZ_RELEASEGROUPID": "Release Group Id",
    "MUSICBRAINZ_ARTISTID": "Artist Id",
    "MUSICBRAINZ_ALBUMARTISTID": "Album Artist Id",
}
READ = Tags(
    title="Tune",
    artist="A feat. B",
    artists=("A", "B"),
    featured=("B",),
    lyrics="One\nTwo",
    mb_recording_id="id-recording",
    mb_track_id="id-track",
    mb_album_id="id-album",
    mb_release_group_id="id-group",
    mb_artist_ids=("id-a", "id-b"),
    mb_album_artist_ids=("id-v",),
    rg_track_gain_db=-8.1,
    rg_track_peak=0.988,
    rg_album_gain_db=1.5,
    rg_album_peak=1.25,
)


def tag_as_others_do(path: Path) -> None:
    """Write tags under the names that common taggers use."""
    file = mutagen.File(path)
    assert file is not None
    if file.tags is None:
        file.add_tags()
    tags: Any = file.tags
    kind = type(tags).__name__
    if "ID3" in kind:
        tags.add(TIT2(encoding=3, text="Tune"))
        tags.add(TPE1(encoding=3, text="A feat. B"))
        tags.add(USLT(encoding=3, lang="eng", desc="", text="One\nTwo"))
        tags.add(UFID(owner="http://musicbrainz.org", data=b"id-recording"))
        for name, value in PICARD.items():
            if name not in ("LYRICS", "MUSICBRAINZ_TRACKID"):
                spelled = f"MusicBrainz {SPELLED[name]}" if name in SPELLED else name
                tags.add(TXXX(encoding=3, desc=spelled, text=value))
    elif kind == "MP4Tags":
        tags["\xa9nam"], tags["\xa9ART"], tags["\xa9lyr"] = "Tune", "A feat. B", "One\nTwo"
        for name, value in PICARD.items():
            if name != "LYRICS":
                spelled = f"MusicBrainz {SPELLED[name]}" if name in SPELLED else name.lower()
                values = [value] if isinstance(value, str) else value
                tags[f"----:com.apple.iTunes:{spelled}"] = [MP4FreeForm(v.encode()) for v in values]
    elif kind == "ASFTags":
        tags["Title"], tags["Author"], tags["WM/Lyrics"] = "Tune", "A feat. B", "One\nTwo"
        tags["WM/ARTISTS"] = PICARD["ARTISTS"]
        for name, value in PICARD.items():
            if name not in ("LYRICS", "ARTISTS"):
                spelled = f"MusicBrainz/{SPELLED[name]}" if name in SPELLED else name.lower()
                tags[spelled] = value
    else:
        tags["Title"], tags["Artist"] = "Tune", "A feat. B"
        for name, value in PICARD.items():
            tags[name] = value
    file.save()


@pytest.mark.parametrize("kind", [kind for kind in CONTAINERS if kind != "aac"])
def test_the_names_of_common_taggers_are_known(kind: str, noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, kind, noise(5_000))
    assert read_tags(path) == Tags()
    tag_as_others_do(path)
    assert read_tags(path) == READ


def test_r128_gains_are_turned_into_replaygain(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "opus", noise(5_000))
    file: Any = mutagen.File(path)
    file["R128_TRACK_GAIN"], file["R128_ALBUM_GAIN"] = "-1280", "128"
    file.save()
    tags = read_tags(path)
    assert (tags.rg_track_gain_db, tags.rg_album_gain_db) == (0.0, 5.5)
    assert (tags.rg_track_peak, tags.rg_album_peak) == (None, None)
    file["REPLAYGAIN_TRACK_GAIN"] = "nonsense"
    file["R128_ALBUM_GAIN"] = "99999"
    file.save()
    tags = read_tags(path)
    assert (tags.rg_track_gain_db, tags.rg_album_gain_db) == (0.0, None)


def test_volume_adjustment_frames_are_replaygain(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "mp3", noise(5_000))
    frames = ID3()
    frames.add(RVA2(desc="track", channel=1, gain=-3.5, peak=0.5))
    frames.add(RVA2(desc="Album", channel=1, gain=2.0, peak=1.0))
    frames.add(RVA2(desc="album", channel=3, gain=9.0, peak=0.25))
    frames.save(path)
    tags = read_tags(path)
    assert tags.rg_track_gain_db == -3.5
    assert tags.rg_track_peak == pytest.approx(0.5, abs=1e-4)
    assert tags.rg_album_gain_db == 2.0
    assert tags.rg_album_peak == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("value", ["", "nan", "inf dB", "1e9", "-101 dB", "loud", "\0", "1 2"])
def test_gains_that_make_no_sense_are_none(value: str, noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "flac", noise(2_000))
    file = FLAC(path)
    file["REPLAYGAIN_TRACK_GAIN"], file["REPLAYGAIN_TRACK_PEAK"] = value, "-1"
    file.save()
    assert read_tags(path) == Tags()


def test_timed_lyrics_come_before_plain_ones(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "mp3", noise(5_000))
    frames = ID3()
    frames.add(USLT(encoding=3, lang="eng", desc="", text="Hello\nWorld"))
    frames.save(path)
    assert (read_tags(path).lyrics, read_tags(path).lyrics_synced) == ("Hello\nWorld", False)
    words = [("\nHel", 500), ("lo", 900), ("\nWorld", 61_234)]
    frames.add(SYLT(encoding=3, lang="eng", format=2, type=1, desc="", text=words))
    frames.save(path)
    tags = read_tags(path)
    assert (tags.lyrics, tags.lyrics_synced) == ("[00:00.50]Hello\n[01:01.234]World", True)
    frames.delall("SYLT")
    frames.add(SYLT(encoding=3, lang="eng", format=1, type=1, desc="", text=words))
    frames.delall("USLT")
    frames.save(path)
    assert (read_tags(path).lyrics, read_tags(path).lyrics_synced) == ("Hello\nWorld", False)


def test_lrc_text_is_known_under_any_name(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "flac", noise(2_000))
    file = FLAC(path)
    file["UNSYNCEDLYRICS"], file["SYNCEDLYRICS"] = "Hello", "[00:01.00]Hello\n[00:02.00]"
    file.save()
    assert read_tags(path).lyrics == "[00:01.00]Hello\n[00:02.00]"
    assert read_tags(path).lyrics_synced


def test_what_one_tag_of_an_mp3_lacks_another_fills(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "mp3", noise(5_000))
    audio = path.read_bytes()
    frames = ID3()
    frames.add(TIT2(encoding=3, text="From ID3v2"))
    frames.save(path)
    ape = APEv2()
    ape["Title"], ape["Album"], ape["REPLAYGAIN_TRACK_GAIN"] = "From APE", "Album", "-1 dB"
    ape.save(path)
    v1 = b"TAG" + b"V1".ljust(30, b"\0") + b"Band".ljust(30, b"\0") + b"V1".ljust(30, b"\0")
    v1 += b"1987" + bytes(29) + b"\x07\x08"
    path.write_bytes(path.read_bytes() + v1)
    expected = Tags(
        title="From ID3v2",
        artist="Band",
        album="Album",
        date="1987",
        genres=("Jazz",),
        track_number=7,
        rg_track_gain_db=-1.0,
    )
    assert read_tags(path) == expected
    path.write_bytes(audio + v1)
    assert read_tags(path).title == "V1"
    path.write_bytes(b"ID3\4\0\0\0\0\0\x10" + b"TIT2" + bytes(12) + audio + v1)
    assert read_tags(path).title == "V1"


def test_a_broken_tag_does_not_hide_a_sound_one(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "mp3", noise(5_000))
    ID3().save(path, v1=ID3v1SaveOptions.CREATE)
    data = bytearray(path.read_bytes())
    data[3] = 9  # no such version
    data[-125:-122] = b"Old"
    path.write_bytes(data)
    tags = read_tags(path)
    assert tags.title == "Old"
    assert tags.problem


@pytest.mark.parametrize("kind", ["wv", "ape", "mpc", "ofr", "tta"])
def test_id3_around_other_formats_is_read(kind: str, noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, kind, noise(5_000))
    path.write_bytes(path.read_bytes() + b"TAG" + b"Old".ljust(125, b"\0"))
    assert read_tags(path).title == "Old"
    frames = ID3()
    frames.add(TIT2(encoding=3, text="New"))
    frames.save(path)
    assert read_tags(path).title == "New"
    assert read_tags(path).problem is None


def test_pictures_are_found_in_ape_and_asf(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "wv", noise(5_000))
    tags = APEv2()
    tags["Cover Art (Back)"] = b"back.jpg\0" + JPEG + b"B"
    tags["Cover Art (Front)"] = b"front.jpg\0" + JPEG
    tags.save(path)
    front, back = read_pictures(path)
    assert (front, front.kind, front.description) == (Picture(JPEG, "image/jpeg"), 3, "front.jpg")
    assert (back.data, back.kind) == (JPEG + b"B", 4)
    path = make(tmp_path, "wma", noise(5_000))
    file: Any = mutagen.File(path)
    texts = "image/jpeg\0vorn\0".encode("utf-16-le")
    file["WM/Picture"] = [struct.pack("<BI", 3, len(JPEG)) + texts + JPEG, b"\3", b""]
    file.save()
    (picture,) = read_pictures(path)
    assert (picture, picture.description) == (Picture(JPEG, "image/jpeg"), "vorn")


WILD = [
    "x" * 10_000,
    "a\0b",
    "🎺" * 3_000,
    "שלום עולם \u202eabc",
    "\ud800",
    "\r\n\t",
    "e\u0301" * 100,
]


@pytest.mark.parametrize("kind", ["mp3", "flac", "ogg", "m4a", "wv", "wma", "wav", "dsf"])
def test_wild_text_is_read_without_harm(kind: str, noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, kind, noise(5_000))
    tag_as_others_do(path)
    file: Any = mutagen.File(path)
    for text in WILD:
        clean = text.encode("utf-16", "replace").decode("utf-16").replace("\ud800", "?")
        if "ID3" in type(file.tags).__name__:
            file.tags.add(TIT2(encoding=1, text=clean))
            file.tags.add(
                TPE1(encoding=1, text=[clean, *(f"{n} {clean[:9]}" for n in range(2_000))])
            )
            file.tags.add(TXXX(encoding=1, desc=clean[:500].replace("\0", ""), text=clean))
        else:
            name = {"MP4Tags": "\xa9ART", "ASFTags": "Author"}.get(
                type(file.tags).__name__, "ARTIST"
            )
            file.tags[name] = [clean, *(f"{n} {clean[:9]}" for n in range(2_000))]
        file.save()
        tags = read_tags(path)
        assert tags.problem is None
        assert 1 <= len(tags.artists) <= 256
        assert all("\0" not in name and len(name) <= 65_536 for name in tags.artists)


def test_comments_of_players_are_no_comments(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "mp3", noise(5_000))
    frames = ID3()
    frames.add(COMM(encoding=3, lang="eng", desc="iTunNORM", text=" 00000150"))
    frames.add(COMM(encoding=3, lang="eng", desc="Note", text="second"))
    frames.add(COMM(encoding=3, lang="eng", desc="", text="first"))
    frames.add(TCMP(encoding=3, text="1"))
    frames.add(TALB(encoding=3, text="Album"))
    frames.save(path)
    assert read_tags(path) == Tags(comment="first", compilation=True, album="Album")


def test_broken_pictures_do_not_hide_sound_ones(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "ogg", noise(5_000))
    file: Any = mutagen.File(path)
    file["METADATA_BLOCK_PICTURE"] = ["no base64!", base64.b64encode(b"\0\0\0").decode()]
    file["COVERART"] = [base64.b64encode(JPEG).decode()]
    file.save()
    assert read_pictures(path) == (Picture(JPEG, "image/jpeg"),)


def test_real_volume_adjustments_are_read(shared_audio: Path) -> None:
    tags = read_tags(shared_audio / "music" / "vivaldi_spring_harrison.mp3")
    assert tags.rg_track_gain_db == pytest.approx(0.7285, abs=1e-3)
    assert tags.rg_album_gain_db == pytest.approx(-0.0488, abs=1e-3)
    assert tags.rg_track_peak == pytest.approx(1.0, abs=1e-3)
