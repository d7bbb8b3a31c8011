"""The file around its tags: rights, links, other tags beside, and everything that may go wrong."""

from __future__ import annotations

import os
import shutil
import signal
import struct
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen
import pytest
from mutagen.apev2 import APEv2
from mutagen.id3 import ID3, TIT2, TPE1

from auralis_lab.audio import Audio
from auralis_lab.errors import EncodeError, ParameterError
from auralis_lab.io.payload import audio_key
from auralis_lab.io.tagedit import PreparedEdit, TagChange, clear_leftover, leftovers, prepare
from auralis_lab.io.tags import Picture, Tags, read_pictures, read_tags

from .containers import make
from .rawtags import riff_chunks
from .test_tagreading import tag_as_others_do

Noise = Callable[..., Audio]
NEW = TagChange({"title": "Neu"})
PNG = Picture(b"\x89PNG\r\n\x1a\n" + bytes(500), "image/png")


@pytest.fixture
def flac(noise: Noise, tmp_path: Path) -> Path:
    path = make(tmp_path, "flac", noise(20_000))
    tag_as_others_do(path)
    return path


def commit(path: Path | str, change: TagChange = NEW) -> PreparedEdit:
    with prepare(path, change) as prepared:
        prepared.commit()
    return prepared


def hidden(folder: Path) -> list[str]:
    return [p.name for p in folder.iterdir() if p.name.startswith(".")]


def test_nothing_changes_before_the_commit(flac: Path) -> None:
    data, status = flac.read_bytes(), os.stat(flac)
    prepared = prepare(flac, NEW)
    assert len(hidden(flac.parent)) == 1
    assert flac.read_bytes() == data
    prepared.discard()
    prepared.discard()
    assert hidden(flac.parent) == []
    assert (flac.read_bytes(), os.stat(flac).st_ino) == (data, status.st_ino)
    with prepare(flac, NEW):
        pass
    assert hidden(flac.parent) == []
    prepare(flac, NEW)  # forgotten
    assert hidden(flac.parent) == []


def test_a_forked_process_leaves_the_copy_alone(flac: Path) -> None:
    prepared = prepare(flac, NEW)
    pid = os.fork()
    if pid == 0:
        prepared.__del__()
        os._exit(0)
    os.waitpid(pid, 0)
    prepared.commit()
    assert read_tags(flac).title == "Neu"


def test_an_edit_ends_once(flac: Path) -> None:
    prepared = commit(flac)
    with pytest.raises(ParameterError, match="over already"):
        prepared.commit()
    prepared.discard()
    assert read_tags(flac).title == "Neu"
    other = prepare(flac, NEW)
    other.discard()
    with pytest.raises(ParameterError, match="over already"):
        other.commit()


def test_rights_owner_and_attributes_stay(flac: Path) -> None:
    flac.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(flac, 1234, 5678)
    try:
        os.setxattr(flac, "user.note", b"hello")
    except OSError:
        attributes: list[str] = []
    else:
        attributes = ["user.note"]
    before = os.stat(flac)
    commit(flac)
    after = os.stat(flac)
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    for name in attributes:
        assert os.getxattr(flac, name) == b"hello"
    assert after.st_mtime_ns > before.st_mtime_ns


def test_the_time_of_change_always_grows(flac: Path) -> None:
    os.utime(flac, ns=(4_000_000_000 * 10**9, 4_000_000_000 * 10**9))
    commit(flac)
    assert os.stat(flac).st_mtime_ns == 4_000_000_000 * 10**9 + 1


def test_a_symbolic_link_stays(flac: Path, tmp_path: Path) -> None:
    folder = tmp_path / "links"
    folder.mkdir()
    link, relative = folder / "a.flac", folder / "b.flac"
    link.symlink_to(flac)
    relative.symlink_to("a.flac")
    commit(relative)
    assert relative.is_symlink()
    assert link.is_symlink()
    assert not flac.is_symlink()
    assert read_tags(flac).title == "Neu"
    prepared = prepare(link, TagChange({"title": "Other"}))
    other = tmp_path / "other.flac"
    shutil.copy(flac, other)
    link.unlink()
    link.symlink_to(other)
    with pytest.raises(EncodeError, match="changed meanwhile"):
        prepared.commit()
    assert read_tags(flac).title == read_tags(other).title == "Neu"


def test_other_hard_links_keep_the_old_content(flac: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.flac"
    os.link(flac, link)
    assert commit(flac).untouched == ("other hard links",)
    assert read_tags(flac).title == "Neu"
    assert read_tags(link).title == "Tune"
    assert commit(flac).untouched == ()


def test_a_file_changed_meanwhile_is_left(flac: Path) -> None:
    first, second = prepare(flac, NEW), prepare(flac, TagChange({"title": "Other"}))
    first.commit()
    with pytest.raises(EncodeError, match="changed meanwhile"):
        second.commit()
    assert read_tags(flac).title == "Neu"
    third = prepare(flac, NEW)
    with flac.open("ab") as file:
        file.write(b"more")
    data = flac.read_bytes()
    with pytest.raises(EncodeError, match="changed meanwhile"):
        third.commit()
    assert flac.read_bytes() == data
    assert hidden(flac.parent) == []


def test_a_file_that_is_gone_is_named(flac: Path, tmp_path: Path) -> None:
    prepared = prepare(flac, NEW)
    flac.rename(tmp_path / "moved.flac")
    with pytest.raises(EncodeError, match=r"made\.flac: no such file"):
        prepared.commit()
    assert hidden(tmp_path) == []
    with pytest.raises(EncodeError, match="no such file"):
        prepare(flac, NEW)
    dangling = tmp_path / "dangling.flac"
    dangling.symlink_to(tmp_path / "none")
    with pytest.raises(EncodeError, match="no such file"):
        prepare(dangling, NEW)
    assert not (tmp_path / "none").exists()


def test_a_copy_that_is_gone_leaves_the_file(flac: Path) -> None:
    prepared, data = prepare(flac, NEW), flac.read_bytes()
    (flac.parent / hidden(flac.parent)[0]).unlink()
    with pytest.raises(EncodeError):
        prepared.commit()
    assert flac.read_bytes() == data


def test_read_only_files_and_folders_are_refused(flac: Path, tmp_path: Path) -> None:
    data = flac.read_bytes()
    flac.chmod(0o444)
    with pytest.raises(EncodeError, match="the file is read-only"):
        prepare(flac, NEW)
    flac.chmod(0o644)
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(EncodeError, match="the folder is read-only"):
            prepare(flac, NEW)
    finally:
        tmp_path.chmod(0o755)
    assert flac.read_bytes() == data
    assert hidden(tmp_path) == []


def test_what_is_no_tagged_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.mp3")
    (tmp_path / "text.mp3").write_text("no audio")
    (tmp_path / "empty.mp3").write_bytes(b"")
    for name in ("fifo.mp3", "text.mp3", "empty.mp3", "none.mp3", "", "a\0b", "text.mp3/x"):
        with pytest.raises(EncodeError):
            prepare(f"{tmp_path}/{name}", NEW)
    assert (tmp_path / "text.mp3").read_text() == "no audio"
    assert hidden(tmp_path) == []


def test_broken_tags_are_not_written_over(noise: Noise, tmp_path: Path) -> None:
    for kind, at in (("mp3", 3), ("flac", 42 + 5), ("ogg", 60), ("m4a", 4)):
        path = make(tmp_path, kind, noise(5_000))
        tag_as_others_do(path)
        data = bytearray(path.read_bytes())
        data[at : at + 4] = b"\xff\xff\xff\xff"
        path.write_bytes(data)
        with pytest.raises(EncodeError):
            prepare(path, NEW)
        assert path.read_bytes() == data
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("kind", ["flac", "mp3", "ogg", "m4a", "wma", "wav", "wv"])
def test_a_full_disk_is_named_and_changes_nothing(kind: str, noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, kind, noise(20_000))
    data = path.read_bytes()
    script = f"""
        import resource
        from auralis_lab.errors import EncodeError
        from auralis_lab.io.tagedit import TagChange, prepare
        limit = {len(data)} + 1_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            prepare({str(path)!r}, TagChange({{"comment": "x" * 60_000}}))
        except EncodeError as error:
            print(error)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"cannot write {path}: the disk is full"
    assert path.read_bytes() == data
    assert hidden(tmp_path) == []


def test_what_a_killed_process_leaves_is_found_and_removed(flac: Path, tmp_path: Path) -> None:
    script = f"""
        import os, signal
        from auralis_lab.io.tagedit import TagChange, prepare
        prepared = prepare({str(flac)!r}, TagChange({{"title": "x"}}))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = leftovers(tmp_path)
    assert left.parent == tmp_path
    assert left.name.startswith(".made.flac.")
    running = prepare(flac, NEW)  # removes it
    assert not left.exists()
    assert leftovers(tmp_path) == []
    with pytest.raises(EncodeError, match="no copy"):
        clear_leftover(tmp_path / hidden(tmp_path)[0])
    running.discard()
    left.write_bytes(b"again")
    clear_leftover(left)
    assert hidden(tmp_path) == []
    for other in (flac, tmp_path / "none", tmp_path):
        with pytest.raises(EncodeError):
            clear_leftover(other)
    assert read_tags(flac).title == "Tune"


@pytest.mark.parametrize("name", ["文" * 80 + ".flac", "🎺" * 60 + ".flac", "x" * 250, " .a ", "é"])
def test_names_of_any_kind_can_be_edited(name: str, flac: Path) -> None:
    path = flac.rename(flac.with_name(name))
    commit(path)
    assert read_tags(path).title == "Neu"
    assert [p.name for p in path.parent.iterdir()] == [name]


def test_a_name_that_is_no_text_can_be_edited(flac: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(flac.parent) + b"/\xff\xfe" + b"\xe4" * 200 + b".flac"))
    flac.rename(path)
    commit(path)
    assert read_tags(path).title == "Neu"
    assert leftovers(path.parent) == []


def unsynchronised(data: bytes) -> bytes:
    return data.replace(b"\xff\x00", b"\xff\x00\x00").replace(b"\xff\xe0", b"\xff\x00\xe0")


def old_tag(version: int, frames: list[tuple[bytes, bytes]], flags: int = 0) -> bytes:
    """Make an ID3v2 tag of any version by hand."""
    body = b""
    for name, data in frames:
        size = len(data)
        if version == 2:
            body += name + size.to_bytes(3, "big") + data
        elif version == 3:
            body += name + size.to_bytes(4, "big") + b"\0\0" + data
        else:
            data = unsynchronised(data) if flags & 0x80 else data
            coded = bytes(len(data) >> shift & 0x7F for shift in (21, 14, 7, 0))
            body += name + coded + b"\0\0" + data
    if flags & 0x40:
        body = (b"\0\0\0\x06" + bytes(6) if version == 3 else b"\0\0\0\x06\x01\0") + body
    if flags & 0x80 and version < 4:
        body = unsynchronised(body)
    body += bytes(30)
    size = len(body)
    head = b"ID3" + bytes([version, 0, flags])
    return head + bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0)) + body


OLD_FRAMES = {
    2: [
        (b"TT2", b"\0Old"),
        (b"TP1", b"\1\xff\xfeA\0"),
        (b"CRM", b"x\0y\0z"),
        (b"TYE", b"\x001987"),
    ],
    3: [
        (b"TIT2", b"\0Old"),
        (b"TYER", b"\x001987"),
        (b"TDAT", b"\x002402"),
        (b"PRIV", b"own\0\xff\xe0"),
        (b"TXXX", b"\0Label\0eins"),
        (b"TXXX", b"\0Label\0zwei"),
        (b"XYZ9", b"\xff\x00\xff"),
        (b"COMM", b"\0engshort\0text"),
        (b"RVAD", b"\0\x10\0\1\0\1"),
    ],
    4: [
        (b"TIT2", b"\3Old"),
        (b"TDRC", b"\x031987-02-24"),
        (b"PRIV", b"own\0\xff\xe0"),
        (b"TCOM", b"\0"),
        (b"APIC", b"\0image/png\0\4\0" + PNG.data),
        (b"APIC", b"\0image/png\0\4\0" + PNG.data + b"2"),
    ],
}


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize("flags", [0, 0x80, 0x40, 0xC0])
def test_frames_stay_byte_for_byte_in_every_version_of_id3(
    version: int, flags: int, noise: Noise, tmp_path: Path
) -> None:
    if version == 2 and flags & 0x40:
        return
    path = make(tmp_path, "mp3", noise(5_000))
    frames = OLD_FRAMES[version]
    path.write_bytes(old_tag(version, frames, flags) + path.read_bytes())
    tags, key = read_tags(path), audio_key(path)
    assert tags.title == "Old"
    assert (tags.date or "")[:4] == "1987"
    prepared = commit(path, TagChange({"title": "Neu 🎺", "album": "Ä", "date": "2001-02-03"}))
    data = path.read_bytes()
    assert data[3] == version
    for name, body in frames:
        if name not in (b"TIT2", b"TT2", b"TYER", b"TDAT", b"TDRC", b"TYE"):
            length = len(body).to_bytes(3 if version == 2 else 4, "big")
            assert version == 4 or name + length in data
            assert body in data or (version == 4 and unsynchronised(body) in data)
    assert read_tags(path).title == "Neu 🎺"
    assert read_tags(path).album == "Ä"
    if version > 2:
        assert read_tags(path).date == "2001-02-03"
    commit(path, prepared.before)
    assert read_tags(path) == tags
    assert audio_key(path) == key


def test_dates_fit_the_version_of_the_tag(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "mp3", noise(5_000))
    audio = path.read_bytes()
    path.write_bytes(old_tag(2, OLD_FRAMES[2]) + audio)
    assert commit(path, TagChange({"date": "1999-06"})).untouched == ("date",)
    commit(path, TagChange({"date": "1999"}))
    assert read_tags(path).date == "1999"
    path.write_bytes(old_tag(3, OLD_FRAMES[3]) + audio)
    for date in ("1999", "1999-06", "1999-06-12", "1999-06-12 10:30"):
        commit(path, TagChange({"date": date}))
        assert read_tags(path).date == date
    frames = ID3(path, translate=False)
    assert frames.version == (2, 3, 0)


def test_sizes_written_as_in_older_versions_are_understood(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "mp3", noise(5_000))
    long = b"\3" + b"x" * 300
    body = b"TIT2" + len(long).to_bytes(4, "big") + b"\0\0" + long
    body += b"TALB\0\0\0\x06\0\0\3Album"
    head = b"ID3\4\0\0" + bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    path.write_bytes(head + body + path.read_bytes())
    assert read_tags(path).album == "Album"
    commit(path)
    assert read_tags(path) == Tags(title="Neu", album="Album")


def test_all_tags_around_an_mp3_follow(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "mp3", noise(5_000))
    frames = ID3()
    frames.add(TIT2(encoding=3, text="Old"))
    frames.add(TPE1(encoding=3, text="Band"))
    frames.save(path)
    ape = APEv2()
    ape["Title"], ape["MP3GAIN_UNDO"] = "Old", "+001,+001,N"
    ape["Cover Art (Front)"] = b"a.png\0" + PNG.data
    ape.save(path)
    lyrics = b"LYRICSBEGIN" + b"IND00002110" + b"LYR00004Word"
    lyrics += f"{len(lyrics):06}LYRICS200".encode()
    v1 = b"TAG" + b"Old".ljust(30, b"\0") + b"Band".ljust(30, b" ") + bytes(64) + b"\x08"
    path.write_bytes(path.read_bytes() + lyrics + v1)
    tags, key = read_tags(path), audio_key(path)
    assert tags.genres == ("Jazz",)
    change = TagChange({"title": "Neu", "album": "A" * 50, "genres": ("Rock",), "track_number": 9})
    before = commit(path, change).before
    data = path.read_bytes()
    assert lyrics in data
    assert data[-128:-65] == b"TAG" + b"Neu".ljust(30, b"\0") + b"Band".ljust(30, b" ")
    assert data[-65:-35] == b"A" * 30
    assert data[-2:] == b"\x09\x11"
    assert ID3(path, load_v1=False)["TIT2"].text == ["Neu"]
    items = APEv2(path)
    assert str(items["Title"]) == "Neu"
    assert "Album" not in items
    assert str(items["MP3GAIN_UNDO"]) == "+001,+001,N"
    assert audio_key(path) == key
    commit(path, before)
    assert read_tags(path) == tags
    pictures = read_pictures(path)
    assert pictures == (PNG,)
    before = commit(path, TagChange({"title": None, "artist": None}, ())).before
    assert read_tags(path) == Tags(genres=("Jazz",))
    assert read_pictures(path) == ()
    commit(path, before)
    assert read_tags(path) == tags
    assert read_pictures(path) == pictures


@pytest.mark.parametrize("kind", ["wv", "ape", "mpc", "ofr", "tta"])
def test_an_ape_tag_is_made_before_an_old_id3(kind: str, noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, kind, noise(5_000))
    audio = path.read_bytes()
    v1 = b"TAG" + b"Old".ljust(124, b"\0") + b"\xff"
    path.write_bytes(audio + v1)
    commit(path, TagChange({"title": "Neu", "composer": "C"}))
    data = path.read_bytes()
    assert data.startswith(audio)
    assert data[-128:-95] == b"TAG" + b"Neu".ljust(30, b"\0")
    assert str(APEv2(path)["Composer"]) == "C"
    commit(path, TagChange({"title": None, "composer": None}))
    assert path.read_bytes() == audio + b"TAG" + bytes(124) + b"\xff"


def test_the_text_fields_of_a_wav_follow(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "wav", noise(5_000))
    fields = b"INAM\4\0\0\0Old\0" + b"ISFT\5\0\0\0Tool\0\0" + b"IGNR\4\0\0\0Lied"
    chunks = [b"LIST" + struct.pack("<I", 4 + len(fields)) + b"INFO" + fields]
    chunks += [b"bext\3\0\0\0abc\0", b"cue \4\0\0\0\1\2\3\4"]
    data = path.read_bytes() + b"".join(chunks)
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
    tags, before_chunks = read_tags(path), riff_chunks(path)
    assert (tags.title, tags.genres) == ("Old", ("Lied",))
    before = commit(path, TagChange({"title": "Neu", "artist": "A"})).before
    after = riff_chunks(path)
    assert b"INAM\4\0\0\0Neu\0" in after[b"LIST"]
    assert b"ISFT\5\0\0\0Tool\0" in after[b"LIST"]
    assert b"IART" not in after[b"LIST"]
    for name in (b"fmt ", b"data", b"bext", b"cue "):
        assert after[name] == before_chunks[name]
    assert read_tags(path) == Tags(title="Neu", artist="A", genres=("Lied",))
    commit(path, before)
    assert read_tags(path) == tags
    commit(path, TagChange({"title": None}))
    assert b"INAM" not in riff_chunks(path)[b"LIST"]
    assert read_tags(path).title is None


def test_an_unfinished_wav_is_refused(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "wav", noise(5_000))
    data = bytearray(path.read_bytes())
    for length in (b"\0\0\0\0", b"\xff\xff\xff\xff"):
        data[40:44] = length
        path.write_bytes(data)
        with pytest.raises(EncodeError, match="never finished"):
            prepare(path, NEW)
        assert path.read_bytes() == data


def test_chunks_of_an_aiff_stay(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "aiff", noise(5_000))
    data = path.read_bytes() + b"NAME\0\0\0\3abc\0" + b"APPL\0\0\0\5stoc1\0"
    path.write_bytes(data[:4] + struct.pack(">I", len(data) - 8) + data[8:])
    data, chunks = path.read_bytes(), riff_chunks(path)
    commit(path)
    after = riff_chunks(path)
    assert set(after) == {*chunks, b"ID3 "}
    assert all(after[name] == body for name, body in chunks.items())
    commit(path, TagChange({"title": None}))
    assert path.read_bytes() == data


def test_names_that_a_file_uses_are_kept(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "flac", noise(5_000))
    file: Any = mutagen.File(path)
    file["Album Artist"], file["TRACKNUMBER"], file["YEAR"] = "V", "3/12", "1999"
    file["albumartist"], file["DESCRIPTION"] = "V", "About"
    file.save()
    change = TagChange({"album_artist": "W", "date": "2000", "comment": "C", "track_number": 4})
    before = commit(path, change).before
    file = mutagen.File(path)
    comments: dict[str, str] = dict(list(file.tags))
    assert comments["Album Artist"] == comments["albumartist"] == "W"
    assert comments["YEAR"] == "2000"
    assert (comments["DESCRIPTION"], comments["COMMENT"]) == ("About", "C")
    assert (comments["TRACKNUMBER"], comments["TRACKTOTAL"]) == ("4", "12")
    commit(path, before)
    assert read_tags(path).comment == "About"
    assert read_tags(path).track_total == 12


def test_comments_of_other_kinds_stay(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "mp3", noise(5_000))
    frames = [(b"COMM", b"\0engiTunNORM\0 0001"), (b"COMM", b"\0deuNotiz\0zwei")]
    path.write_bytes(old_tag(3, frames) + path.read_bytes())
    assert read_tags(path).comment == "zwei"
    before = commit(path, TagChange({"comment": "eins"})).before
    data = path.read_bytes()
    assert b"\0engiTunNORM\0 0001" in data
    assert b"\0deuNotiz\0eins" in data
    commit(path, before)
    assert b"\0deuNotiz\0zwei" in path.read_bytes()
    commit(path, TagChange({"comment": None}))
    assert b"iTunNORM" in path.read_bytes()
    assert read_tags(path).comment is None


def test_entries_of_flac_comments_that_are_no_text_stay(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "flac", noise(5_000))
    file: Any = mutagen.File(path)
    file["ODD"], file["TITLE"] = "abcdefgh", "Old"
    file.save()
    data = path.read_bytes().replace(b"ODD=abcdefgh", b"ODD\xff\xfe cdefg\x80")
    path.write_bytes(data)
    commit(path)
    assert b"ODD\xff\xfe cdefg\x80" in path.read_bytes()
    assert read_tags(path).title == "Neu"


def test_a_flac_with_id3_before_it_keeps_that(noise: Noise, tmp_path: Path) -> None:
    path = make(tmp_path, "flac", noise(5_000))
    head = old_tag(3, OLD_FRAMES[3])
    v1 = b"TAG" + bytes(125)
    path.write_bytes(head + path.read_bytes() + v1)
    commit(path)
    data = path.read_bytes()
    assert data.startswith(head + b"fLaC")
    assert data.endswith(v1)
    assert read_tags(path).title == "Neu"


def test_a_picture_too_large_for_the_container_is_refused(flac: Path) -> None:
    data = flac.read_bytes()
    huge = Picture(b"\xff\xd8\xff" + bytes(17 << 20), "image/jpeg")
    with pytest.raises(EncodeError, match="16 MiB"):
        prepare(flac, TagChange({}, (huge,)))
    assert flac.read_bytes() == data
    assert hidden(flac.parent) == []
