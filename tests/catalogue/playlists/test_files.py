"""Playlist files: what they name is found, and what is written can be read."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from auralis_lab.catalogue.playlists.files import PlaylistFiles
from auralis_lab.catalogue.playlists.listing import WrittenTrack
from auralis_lab.catalogue.playlists.m3u import format_m3u, parse_m3u
from auralis_lab.catalogue.playlists.paths import file_uri, line_of_path, paths_of, uri_of_path
from auralis_lab.catalogue.playlists.xspf import format_xspf, parse_xspf
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.catalogue.text import path_to_text
from auralis_lab.errors import (
    AuralisLabError,
    DecodeError,
    EncodeError,
    NotFoundError,
    ParameterError,
)
from tests.thorough import tries

XSPF = """<?xml version="1.0" encoding="UTF-8"?>
<playlist version="1" xmlns="http://xspf.org/ns/0/">{}</playlist>"""


@pytest.fixture
def music(tmp_path: Path) -> Path:
    folder = tmp_path / "Music"
    folder.mkdir()
    return folder


@pytest.fixture
def store(
    catalogue: Catalogue, facts: Callable[..., FileFacts], fill: Callable[..., None]
) -> Callable[..., None]:
    """Put tracks into the catalogue by path; nothing lies on the disk."""

    def put(paths: Sequence[str | Path], **tags: Any) -> None:
        fill([facts(path_to_text(path), **tags) for path in paths])

    return put


@pytest.fixture
def read(catalogue: Catalogue, music: Path) -> Callable[..., list[tuple[str | None, int | None]]]:
    """Read a playlist file of some text or bytes; tell how and what was found."""

    def read_text(
        text: str | bytes, suffix: str = ".m3u8", folder: Path = music
    ) -> list[tuple[str | None, int | None]]:
        path = folder / f"list{suffix}"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return [(m.how, m.track_id) for m in PlaylistFiles(catalogue).match(path)]

    return read_text


# Where a line leads


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("a.flac", "/lists/in/a.flac"),
        ("./x/../a.flac", "/lists/in/a.flac"),
        ("../a.flac", "/lists/a.flac"),
        ("../../../../../etc/passwd", "/etc/passwd"),
        ("/music/a.flac", "/music/a.flac"),
        ("//music//a.flac", "/music/a.flac"),
        (" a.flac ", "/lists/in/a.flac"),
        ("a%20b.flac", "/lists/in/a b.flac"),
        ("a%20b.flac", "/lists/in/a%20b.flac"),
        ("100%.flac", "/lists/in/100%.flac"),
        ("x\\y\\a.flac", "/lists/in/x/y/a.flac"),
        ("x\\y\\a.flac", "/lists/in/x\\y\\a.flac"),
        ("C:\\Music\\a.flac", "/Music/a.flac"),
        ("c:/Music/a.flac", "/Music/a.flac"),
        ("\\\\server\\share\\a.flac", "/server/share/a.flac"),
        ("file:///music/a%20b.flac", "/music/a b.flac"),
        ("FILE://localhost/music/a.flac", "/music/a.flac"),
        ("file:/music/a.flac", "/music/a.flac"),
        ("file:///C:/Music/a.flac", "/Music/a.flac"),
        ("file://C:\\Music\\a.flac", "/Music/a.flac"),
        ("file://server/share/a.flac", "/share/a.flac"),
        ("file:///music/Bj%F6rk.flac", "/music/Bj\udcf6rk.flac"),
        ("夜/曲.flac", "/lists/in/夜/曲.flac"),
    ],
)
def test_a_location_is_read_in_every_way_it_may_be_meant(line: str, path: str) -> None:
    assert path in paths_of(line, ["/lists/in"], encoded=False)
    assert path in paths_of(line, ["/lists/in"], encoded=True)


@pytest.mark.parametrize(
    "line",
    [
        "",
        " ",
        ".",
        "..",
        "/",
        "http://a.example/b.mp3",
        "cdda://1",
        "a\0b",
        "file://",
        "x" * 10_000,
    ],
)
def test_what_is_no_file_has_no_path(line: str) -> None:
    assert paths_of(line, ["/lists"], encoded=False) == []


def test_literal_names_come_first_in_m3u_and_decoded_ones_in_uris() -> None:
    assert paths_of("a%41", ["/l"], encoded=False) == ["/l/a%41", "/l/aA"]
    assert paths_of("a%41", ["/l"], encoded=True) == ["/l/aA", "/l/a%41"]


NAMES = st.text(
    st.one_of(
        st.sampled_from("#%:\\ .é夜🎵\n\r\t?&+'\"<>;\u2028\x85"),
        st.characters(codec="utf-8", exclude_characters="/\0"),
        st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF),
    ),
    min_size=1,
    max_size=12,
).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(NAMES, min_size=1, max_size=4).map(lambda names: "/" + "/".join(names))


@settings(max_examples=tries(150))
@given(path=PATHS, folder=PATHS)
def test_every_path_that_is_written_leads_back_to_itself(path: str, folder: str) -> None:
    path = os.fsdecode(os.fsencode(path))  # a name on a disk is bytes
    assume(not f"{folder}/".startswith(f"{path}/"))
    for line, encoded in ((line_of_path(path, folder), False), (uri_of_path(path, folder), True)):
        assert "\n" not in line
        assert paths_of(line, [folder], encoded=encoded)[0] == path
    assert paths_of(file_uri(path), ["/else"], encoded=False)[0] == path
    assert not line_of_path(path, folder).startswith("#")


@settings(max_examples=tries(80))
@given(
    st.lists(
        st.builds(
            WrittenTrack,
            path=PATHS.map(lambda path: os.fsdecode(os.fsencode(path))),
            title=st.text(min_size=1),
            artist=st.none() | st.text(),
            album=st.none() | st.text(),
            duration_s=st.none() | st.floats(0, 1e5),
            track_number=st.none() | st.integers(0, 99),
        ),
        max_size=4,
    ),
    st.text(),
)
def test_what_is_written_is_read_whatever_the_tags_say(
    tracks: list[WrittenTrack], name: str
) -> None:
    for write, parse in ((format_m3u, parse_m3u), (format_xspf, parse_xspf)):
        listing = parse(write(name, tracks, "/lists"))
        assert len(listing.entries) == len(tracks)
        for entry, track in zip(listing.entries, tracks, strict=True):
            (location,) = entry.locations
            found = paths_of(location, ["/lists"], encoded=listing.encoded)
            assert found[0] == track.path
            rounding = 0.51 if parse is parse_m3u else 0.001
            assert (entry.duration_s or 0) == pytest.approx(track.duration_s or 0, abs=rounding)


# What is found


def test_tracks_are_found_by_their_path(
    read: Callable[..., Any], store: Callable[..., None], music: Path
) -> None:
    names = ["a.flac", "#b.flac", "sub/é 100%.flac", "x:y.flac", " c .flac"]
    store([music / name for name in names])
    lines = ["a.flac", "./#b.flac", f"{music}/sub/é 100%.flac", "sub/../x:y.flac", " c .flac"]
    assert read("\n".join(lines)) == [("path", n) for n in range(1, 6)]
    tracks = "".join(f"<track><location>{quote(name)}</location></track>" for name in names)
    xspf = XSPF.format(f"<trackList>{tracks}</trackList>")
    assert read(xspf, ".xspf") == [("path", n) for n in range(1, 6)]


def test_a_folder_reached_through_a_link_is_the_one_it_leads_to(
    read: Callable[..., Any], store: Callable[..., None], music: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(music)
    store([music / "a.flac", link / "b.flac"])
    assert read("a.flac\nb.flac", folder=link) == [("path", 1), ("path", 2)]


def test_names_that_are_no_utf8_are_found_by_their_bytes(
    read: Callable[..., Any], store: Callable[..., None], music: Path
) -> None:
    store([os.fsdecode(bytes(music) + b"/Bj\xf6rk.flac"), music / "Bjørk.flac"])
    assert read(b"Bj\xf6rk.flac\n", ".m3u") == [("path", 1)]
    assert read("file://" + quote(bytes(music)) + "/Bj%F6rk.flac") == [("path", 1)]
    assert read(b"Bj\xf8rk.flac\n", ".m3u") == [("path", 2)]  # Latin-1 of a UTF-8 name


def test_every_encoding_and_line_end_is_read(
    read: Callable[..., Any], store: Callable[..., None], music: Path
) -> None:
    store([music / "Café" / "Año.flac", music / "b.flac"])
    for end in ("\n", "\r\n", "\r"):
        text = end.join(["#EXTM3U", "#EXTINF:10,Ä - B", "Café/Año.flac", "", "b.flac", ""])
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"):
            assert read(text.encode(encoding), ".m3u") == [("path", 1), ("path", 2)]


def test_an_encoding_that_the_file_names_is_used(
    read: Callable[..., Any], store: Callable[..., None], music: Path
) -> None:
    store([music / "ночь.flac"])
    text = "#EXTM3U\n#EXTENC: windows-1251\nночь.flac"
    assert read(text.encode("cp1251"), ".m3u") == [("path", 1)]
    for odd in ("#EXTENC: rot13\n", "#EXTENC: zip\n", "#EXTENC: \xff\n"):
        assert read(odd.encode("latin-1") + "ночь.flac".encode(), ".m3u") == [("path", 1)]


def test_a_list_of_another_machine_is_found_by_the_ends_of_its_paths(
    read: Callable[..., Any], store: Callable[..., None]
) -> None:
    store(["/mnt/Rock/Abba/Gold/01 SOS.flac", "/mnt/Rock/Kiss/Gold/01 SOS.flac"])
    lines = ["D:\\Musik\\ABBA\\gold\\01 sos.FLAC", "/Volumes/m/Kiss/Gold/01 SOS.flac"]
    assert read("\n".join(lines)) == [("suffix", 1), ("suffix", 2)]
    assert read("E:\\Gold\\01 SOS.flac") == [(None, None)]  # either of them
    assert read("E:\\01 SOS.flac") == [(None, None)]


def test_forms_of_the_same_character_are_the_same_name(
    read: Callable[..., Any], store: Callable[..., None]
) -> None:
    store(["/mnt/Beyonce\u0301/a.flac"])
    assert read("/else/Beyonc\u00e9/a.flac") == [("suffix", 1)]


def test_a_length_that_differs_is_another_track(
    read: Callable[..., Any], store: Callable[..., None]
) -> None:
    store(["/mnt/CD1/01.flac"], frames=44_100 * 200)
    assert read("#EXTINF:201,x\nCD1/01.flac") == [("suffix", 1)]
    assert read("#EXTINF:320,x\nCD1/01.flac") == [(None, None)]
    assert read("#EXTINF:200,x\nelsewhere/01.flac") == [("suffix", 1)]
    assert read("elsewhere/01.flac") == [(None, None)]  # the name alone says too little


def test_the_tags_decide_between_equal_ends_of_paths(
    read: Callable[..., Any], store: Callable[..., None]
) -> None:
    store(["/a/Live/01.flac"], title="One", artists=["Kiss"])
    store(["/b/Live/01.flac"], title="Two", artists=["Kiss"])
    assert read("#EXTINF:-1,Kiss - Two\nX:\\Live\\01.flac") == [("suffix", 2)]


def test_copies_of_one_recording_are_as_good_as_each_other(
    read: Callable[..., Any], store: Callable[..., None]
) -> None:
    store(["/a/Live/01.flac", "/b/Live/01.flac"], content_key="same")
    assert read("X:\\Live\\01.flac") == [("suffix", 1)]


def test_tracks_are_found_by_artist_title_and_length(
    read: Callable[..., Any], store: Callable[..., None]
) -> None:
    store(["/m/1.flac"], title="Hyperballad", artists=["Björk"], frames=44_100 * 321)
    store(["/m/2.flac"], title="Hyperballad", artists=["Björk"], frames=44_100 * 250)
    store(["/m/3.flac"], title="A - B", artists=["C - D", "E"], frames=44_100 * 60)
    assert read("#EXTINF:322,BJORK - hyperballad\ngone/x.mp3") == [("tags", 1)]
    assert read("#EXTINF:250,Björk - Hyperballad\nhttp://a.example/x") == [("tags", 2)]
    assert read("#EXTINF:400,Björk - Hyperballad\ngone.mp3") == [(None, None)]
    assert read("#EXTINF:-1,Björk - Hyperballad\ngone.mp3") == [(None, None)]  # either
    assert read("#EXTINF:60,C - D - A - B\ngone.mp3") == [("tags", 3)]
    assert read("#EXTINF:60,E - A - B\ngone.mp3") == [("tags", 3)]
    xspf = (
        "<trackList><track><creator>björk</creator><title>Hyperballad</title>"
        "<duration>249500</duration></track></trackList>"
    )
    assert read(XSPF.format(xspf), ".xspf") == [("tags", 2)]


def test_the_album_decides_between_equal_titles(
    read: Callable[..., Any], store: Callable[..., None]
) -> None:
    store(["/m/1.flac"], title="T", artists=["A"], album="Studio")
    store(["/m/2.flac"], title="T", artists=["A"], album="Live!")
    assert read("#EXTINF:10,A - T\n#EXTALB:live\nx.mp3") == [("tags", 2)]
    assert read("#EXTALB:Live!\n#EXTINF:-1,A - T\nx.mp3") == [("tags", 2)]


def test_attributes_and_commas_in_extinf_are_read() -> None:
    text = b'#EXTINF:12.5 logo="a,b" x=1,The Who - Baba, O\nfile.mp3\n#EXTINF:-1,\nfile2.mp3'
    one, two = parse_m3u(text).entries
    assert (one.artist_titles, one.duration_s) == ((("The Who", "Baba, O"),), 12.5)
    assert (two.artist_titles, two.duration_s, two.album) == ((), None, None)


def test_the_report_tells_of_every_entry_how_it_was_found(
    catalogue: Catalogue, music: Path, store: Callable[..., None]
) -> None:
    store([music / "a.flac"])
    store(["/mnt/x/Y/b.flac"])
    store(["/mnt/c.flac"], title="C", artists=["Z"])
    path = music / "My List.m3u8"
    path.write_text(
        "#EXTM3U\n#PLAYLIST:Été\na.flac\nY/b.flac\n#EXTINF:10,Z - C\nq.mp3\n"
        "lost.mp3\nhttp://a.example/radio\na.flac\n"
    )
    report = PlaylistFiles(catalogue).read(path)
    assert [(match.number, match.how) for match in report.matches] == [
        (1, "path"), (2, "suffix"), (3, "tags"), (4, None), (5, None), (6, "path")
    ]  # fmt: skip
    assert (report.name, report.matched) == ("Été", 4)
    assert [str(match) for match in report.unmatched] == [
        "4: lost.mp3 (no such track)",
        "5: http://a.example/radio (not a file)",
    ]
    assert report.playlist is not None
    assert catalogue.playlists.track_ids(report.playlist.id) == (1, 2, 3, 1)
    again = PlaylistFiles(catalogue).read(path)
    assert again.name == "Été (2)"
    with pytest.raises(ParameterError, match="must be free"):
        PlaylistFiles(catalogue).read(path, name="été")
    assert PlaylistFiles(catalogue).read(path, name="Mine").name == "Mine"


def test_names_come_from_the_file_or_its_name_and_are_fit(
    catalogue: Catalogue, music: Path, store: Callable[..., None]
) -> None:
    store([music / "a.flac"])
    for said, name, expected in [
        ("#PLAYLIST: Jazz \n", "x", "Jazz"),
        ("#PLAYLIST:\n", "Blues", "Blues"),
        ("", "\u200b", "Playlist"),
        (f"#PLAYLIST:{'y' * 300}\n", "x", "y" * 200),
    ]:
        path = music / f"{name}.m3u"
        path.write_text(f"{said}a.flac\n", "utf-8")
        assert PlaylistFiles(catalogue).read(path).name == expected


def test_a_file_of_unknown_tracks_makes_no_playlist(catalogue: Catalogue, music: Path) -> None:
    path = music / "x.m3u8"
    path.write_text("nothing.mp3\n")
    report = PlaylistFiles(catalogue).read(path)
    assert (report.playlist, report.matched, len(report.unmatched)) == (None, 0, 1)
    path.write_text("")
    assert PlaylistFiles(catalogue).read(path).matches == ()
    assert catalogue.playlists.list() == ()


def test_what_a_file_names_is_never_opened(
    catalogue: Catalogue, music: Path, read: Callable[..., Any]
) -> None:
    pipe = music / "pipe.flac"
    os.mkfifo(pipe)  # whoever opened it would wait for ever
    lines = ["pipe.flac", "../../../../etc/passwd", "/dev/zero", "/proc/self/mem", f"file://{pipe}"]
    assert read("\n".join(lines)) == [(None, None)] * 5


# Files that are none


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><playlist><title>&i;</title></playlist>"
)


NO_PLAYLISTS = [
    (".xspf", LAUGHS.encode(), "document type"),
    (".xspf", b'<!DOCTYPE p SYSTEM "http://a.example/x"><playlist/>', "document type"),
    (
        ".xspf",
        b'<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><playlist>&x;</playlist>',
        "document type",
    ),
    (".xspf", b'<!DOCTYPE p [<!ENTITY % x "y"> %x;]><playlist/>', "document type"),
    (".xspf", b"<playlist>&unknown;</playlist>", "well-formed"),
    (".xspf", b"<playlist><trackList>", "well-formed"),
    (".xspf", b"<rss/>", "no XSPF"),
    (".xspf", b"", "well-formed"),
    (".xspf", b"not xml", "well-formed"),
    (".xspf", b"<playlist>" + b"<a>" * 200 + b"</a>" * 200 + b"</playlist>", "nested"),
    (".xspf", b"<playlist>\xff</playlist>", "well-formed"),
    (".m3u8", b"ID3\0\0\0", "no text"),
    (".m3u", b"\0" * 100, "no text"),
]


def test_files_that_are_no_playlists_are_refused(catalogue: Catalogue, music: Path) -> None:
    for suffix, content, reason in NO_PLAYLISTS:
        path = music / f"bad{suffix}"
        path.write_bytes(content)
        with pytest.raises(DecodeError, match=reason) as caught:
            PlaylistFiles(catalogue).read(path)
        assert "\n" not in str(caught.value)
    assert catalogue.playlists.list() == ()


def test_what_cannot_be_read_is_refused(catalogue: Catalogue, music: Path) -> None:
    files = PlaylistFiles(catalogue)
    (music / "folder.m3u8").mkdir()
    os.mkfifo(music / "pipe.m3u8")
    (music / "device.m3u").symlink_to("/dev/zero")
    for name in ("missing.m3u8", "folder.m3u8", "pipe.m3u8", "device.m3u"):
        with pytest.raises(DecodeError):
            files.read(music / name)
    bad: list[Any] = ["", "a.txt", "a", music / "a.pls", None, 7, b"a.m3u8", "a\0.m3u8", "'--.sql"]
    for path in bad:
        for call in (files.read, files.match, lambda path: files.write(1, path)):
            with pytest.raises(ParameterError):
                call(path)


def test_files_that_are_too_large_are_refused(catalogue: Catalogue, music: Path) -> None:
    big = music / "big.m3u8"
    with big.open("wb") as file:
        file.truncate((32 << 20) + 1)
    with pytest.raises(DecodeError, match="larger than 32 MiB"):
        PlaylistFiles(catalogue).read(big)
    long = music / "long.m3u8"
    long.write_text("a\n" * 100_001)
    with pytest.raises(DecodeError, match="more than 100,000 entries"):
        PlaylistFiles(catalogue).read(long)
    with pytest.raises(ValueError, match="more than 100,000 entries"):
        parse_xspf(b"<playlist><trackList>" + b"<track/>" * 100_001 + b"</trackList></playlist>")


def test_long_lists_of_alike_names_are_matched_in_seconds(
    catalogue: Catalogue, music: Path, store: Callable[..., None]
) -> None:
    store([f"/music/{n}/01.flac" for n in range(300)])
    lines = [f"D:\\m\\{n % 600}\\01.flac" for n in range(20_000)]
    (music / "x.m3u8").write_text("\n".join(lines))
    matches = PlaylistFiles(catalogue).match(music / "x.m3u8")
    found = [match.how == "suffix" for match in matches]
    assert found == [n % 600 < 300 for n in range(20_000)]


@settings(max_examples=tries(100))
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for parse in (parse_m3u, parse_xspf):
        for content in (data, b"#EXTINF:" + data, b"<playlist><title>" + data):
            try:
                parse(content)
            except ValueError:
                continue


# Writing


@pytest.mark.parametrize("suffix", [".m3u8", ".m3u", ".xspf", ".XSPF"])
def test_a_playlist_is_written_and_comes_back(
    catalogue: Catalogue, music: Path, store: Callable[..., None], suffix: str, tmp_path: Path
) -> None:
    names = ["a.flac", "sub/é #1.flac", "sub/100%25.flac", "x\ny.flac", " s.flac", "c\\d.flac"]
    paths = [music / name for name in names]
    paths.append(Path(os.fsdecode(bytes(music) + b"/Bj\xf6rk.flac")))
    store(paths, artists=["A & <B>"], album="C")
    made = catalogue.playlists.create("Été: <1>", [7, 1, 2, 3, 4, 5, 6, 1])
    for folder in (music, music / "sub", tmp_path / "lists"):
        folder.mkdir(exist_ok=True)
        path = folder / f"out{suffix}"
        assert PlaylistFiles(catalogue).write(made.id, path) == 8
        matches = PlaylistFiles(catalogue).match(path)
        assert [match.track_id for match in matches] == [7, 1, 2, 3, 4, 5, 6, 1]
        assert {match.how for match in matches} == {"path"}
        assert PlaylistFiles(catalogue).read(path, name=f"{folder}").matched == 8
        assert [entry.name for entry in folder.glob(".*")] == []


def test_m3u_files_are_what_players_expect(
    catalogue: Catalogue, music: Path, store: Callable[..., None]
) -> None:
    store([music / "A" / "b.flac"], title="T", artists=["X", "Y"], album="Al", frames=441_000)
    store(["/elsewhere/c.flac"], title="Line\nbreak", frames=None)
    made = catalogue.playlists.create("Mix", [1, 2])
    path = music / "mix.m3u8"
    PlaylistFiles(catalogue).write(made.id, path)
    assert path.read_bytes().decode() == (
        "#EXTM3U\n#PLAYLIST:Mix\n"
        "#EXTINF:10,X, Y - T\n#EXTALB:Al\nA/b.flac\n"
        "#EXTINF:-1,Line break\n/elsewhere/c.flac\n"
    )


def test_xspf_files_are_what_players_expect(
    catalogue: Catalogue, music: Path, store: Callable[..., None]
) -> None:
    store([music / "A b" / "ü.flac"], title="T&T", artists=["X"], album="Al", track_number=3)
    made = catalogue.playlists.create("Mix", [1])
    path = music / "mix.xspf"
    PlaylistFiles(catalogue).write(made.id, path)
    root = ElementTree.parse(path).getroot()
    ns = "{http://xspf.org/ns/0/}"
    assert (root.tag, root.get("version"), root.findtext(f"{ns}title")) == (
        f"{ns}playlist",
        "1",
        "Mix",
    )
    (track,) = root.iter(f"{ns}track")
    assert {child.tag.removeprefix(ns): child.text for child in track} == {
        "location": "A%20b/%C3%BC.flac",
        "title": "T&T",
        "creator": "X",
        "album": "Al",
        "trackNum": "3",
        "duration": "10000",
    }


def test_a_file_that_stands_there_is_replaced_only_when_asked(
    catalogue: Catalogue, music: Path, store: Callable[..., None]
) -> None:
    files = PlaylistFiles(catalogue)
    store([music / "a.flac"])
    made = catalogue.playlists.create("Mix", [1])
    path = music / "mix.m3u8"
    path.write_text("mine")
    with pytest.raises(EncodeError, match="it exists"):
        files.write(made.id, path)
    assert path.read_text() == "mine"
    assert files.write(made.id, path, overwrite=True) == 1
    assert path.read_text().startswith("#EXTM3U")
    (music / "folder.m3u8").mkdir()
    for target in (music / "folder.m3u8", music / "no" / "such.m3u8"):
        with pytest.raises(EncodeError):
            files.write(made.id, target, overwrite=True)
    with pytest.raises(NotFoundError):
        files.write(99, music / "other.m3u8")
    assert not (music / "other.m3u8").exists()
    assert sorted(entry.name for entry in music.iterdir()) == ["folder.m3u8", "mix.m3u8"]


def test_a_disk_that_fails_leaves_what_was_there(
    catalogue: Catalogue,
    music: Path,
    store: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store([music / "a.flac"])
    made = catalogue.playlists.create("Mix", [1])
    path = music / "mix.m3u8"
    path.write_text("mine")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EncodeError, match="disk is full"):
        PlaylistFiles(catalogue).write(made.id, path, overwrite=True)
    assert [entry.name for entry in music.iterdir()] == ["mix.m3u8"]
    assert path.read_text() == "mine"


def test_errors_are_those_of_the_package() -> None:
    for error in (DecodeError, EncodeError, NotFoundError, ParameterError):
        assert issubclass(error, AuralisLabError)
