"""The commands that ask the catalogue and keep it in order, as their user meets them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import mutagen
import pytest
import soundfile as sf

from auralis_lab.audio import Audio
from auralis_lab.catalogue.finding.facets import FacetCount
from auralis_lab.cli.library import _show_facets
from tests.cli.running import Run


@pytest.fixture
def music(tmp_path: Path, tone: Callable[..., Audio], auralis: Run) -> Path:
    """A scanned folder of four tagged songs and a copy."""
    folder = tmp_path / "music"
    songs = [
        ("Air", "Bach", "Baroque", -20.0),
        ("Gavotte", "Bach", "Baroque", -21.0),
        ("Blue Train", "Coltrane", "Jazz", -8.0),
        ("Männer", "Ärzte", "Punk", -4.0),
    ]
    for n, (title, artist, genre, level_dbfs) in enumerate(songs):
        path = folder / artist / f"{title}.flac"
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, tone(220.0 * (n + 1), 3.0, level_dbfs=level_dbfs).T, 44_100)
        file = mutagen.File(path)
        file.update(title=title, artist=artist, genre=genre, album=f"{artist} Album")
        file["date"] = str(1960 + 10 * n)
        file.save()
    shutil.copy(folder / "Bach" / "Air.flac", folder / "copy.flac")
    assert auralis("scan", folder).stdout.splitlines()[-1].endswith("4 new, 1 duplicate")
    return folder


def test_filters_find_what_they_say(auralis: Run, music: Path) -> None:
    found = auralis("tracks", "genre:baroque year:..1965").stdout
    assert "Air" in found
    assert "Gavotte" not in found
    assert "2 of 2 matches" in found
    first = auralis("tracks", "sort:-year", "-n", "1").stdout
    assert "Männer" in first
    assert "more with --after" in first


def test_a_filter_may_begin_with_a_hyphen(auralis: Run, music: Path) -> None:
    for words, found in (
        (["-artist:bach"], 2),
        (["-artist:coltrane", "-n", "9"], 4),  # with letters of options in it
        (["-l", str(music), "-loudness<-90", "-title:gavotte"], 4),
        (["--", "-lyrics:none"], 0),
        (["-lyrics:none"], 0),
        (["-coltrane", "sort:title"], 4),
        (["-live"], 5),
        (["-n5"], 5),
        (['-"blue train"', "genre:jazz"], 0),
    ):
        assert f"{found} of {found} " in auralis("tracks", *words).stdout, words
    assert "4 tracks marked" in auralis("mark", "-artist:coltrane", "--rating", "2").stdout
    assert auralis("mark", "-artist:bach").returncode == 1
    assert auralis("playlist", "new", "Not Bach", "-artist:bach").stdout == "Not Bach: 2 tracks\n"
    assert auralis("playlist", "add", "Not Bach", "-genre:jazz", "-n").returncode == 2
    assert auralis("tags", "show", "-artist:coltrane", "-genre:punk").stdout.count("Baroque") == 3
    wrong = auralis("tracks", "--limt", "3")
    assert wrong.returncode == 2
    assert "--limit" in wrong.stderr


def test_several_arguments_are_one_filter(auralis: Run, music: Path) -> None:
    assert "2 of 2 matches" in auralis("tracks", "bach", "air").stdout


def test_what_changes_tracks_wants_to_know_which(auralis: Run, music: Path) -> None:
    auralis("playlist", "new", "Q")
    for command in (
        ["mark", "", "--rating", "3"],
        ["mark", "  ", "", "--clear"],
        ["tags", "set", "", "-s", "comment=x"],
        ["playlist", "add", "Q", ""],
        ["playlist", "add", "Q"],
        ["playlist", "new", "Z", ""],
        ["playlist", "new", "Z", "--smart"],
    ):
        done = auralis(*command)
        assert (done.returncode, done.stdout) == (1, ""), command
        assert "id>0 is all" in done.stderr
    marked = auralis("mark", "id>0", "--rating", "3", "--favourite").stdout
    assert "5 tracks marked" in marked
    assert "--clear" in marked
    assert auralis("mark", "id>0", "--clear").stdout == "5 tracks marked\n"
    assert "0 of 0" in auralis("tracks", "is:rated").stdout


def test_a_folder_of_the_library_means_what_is_below_it(auralis: Run, music: Path) -> None:
    assert "2 tracks marked" in auralis("mark", "music/Bach", "--rating", "1").stdout
    assert "3 tracks marked" in auralis("mark", music / "Bach", "music/copy.flac", "--clear").stdout
    Path("jazz").mkdir()  # a word that is also the name of a folder here
    assert "1 track marked" in auralis("mark", "jazz", "--rating", "1").stdout


def test_a_filter_that_finds_nothing_is_answered_with_what_it_may_have_meant(
    auralis: Run, music: Path
) -> None:
    for words, note in (
        (["genre:jazz", "or", "genre:punk"], "genre:jazz,blues"),
        (["genre:jazz|punk"], "genre:jazz,blues"),
        (["(genre:jazz", "genre:punk)"], "genre:jazz,blues"),
        (["genre:jazz", "not", "train"], "-genre:jazz"),
        (["year", ":", "1960"], "year:1960"),
        (["path:*.flac"], "as others are"),
    ):
        lines = auralis("tracks", *words).stdout.splitlines()
        assert lines[0].startswith("0 of 0 matches"), words
        assert note in lines[1]
    assert len(auralis("tracks", "genre:polka").stdout.splitlines()) == 1


def test_what_was_never_scanned_says_how(auralis: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for command in (["tracks"], ["tracks", "bach"], ["mark", "bach", "--clear"]):
        done = auralis(*command, "-l", "empty")
        assert done.returncode == 1
        assert "was never scanned: auralis scan" in done.stderr


def test_pages_go_on_after_the_last_row(auralis: Run, music: Path) -> None:
    numbers: list[str] = []
    after: tuple[str, ...] = ()
    for _ in range(5):
        text = auralis("tracks", "--sort", "title", "-n", "1", *after).stdout
        numbers.append(text.splitlines()[1].split()[0])
        after = ("--after", numbers[-1])
    assert len(set(numbers)) == 5


def test_a_misspelt_word_is_answered_with_what_was_meant(auralis: Run, music: Path) -> None:
    found = auralis("tracks", "coltrain").stdout
    assert "nothing found for coltrain; showing coltrane" in found
    assert "Blue Train" in found


def test_a_filter_that_is_wrong_points_at_the_place(auralis: Run, music: Path) -> None:
    done = auralis("tracks", "bach gener:jazz")
    assert done.returncode == 1
    first, second = done.stderr.splitlines()
    assert "did you mean genre" in first
    assert second.strip() == "bach ^gener:jazz"


def test_facets_count_what_was_found(auralis: Run, music: Path) -> None:
    lines = [line.split() for line in auralis("tracks", "--facets").stdout.splitlines()]
    assert ["3", "Baroque"] in lines
    assert ["5", "FLAC"] in lines


def test_tracks_come_as_json_for_other_programs(auralis: Run, music: Path) -> None:
    lines = auralis("tracks", "artist:bach sort:title", "--json").stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["title"] for row in rows] == ["Air", "Air", "Gavotte"]
    assert rows[0]["artists"] == ["Bach"]


def test_albums_are_listed(auralis: Run, music: Path) -> None:
    text = auralis("albums").stdout
    assert "Bach Album" in text
    assert "Coltrane Album" not in auralis("albums", "bach").stdout


def test_what_sounds_alike_is_told_with_reasons_once_it_is_measured(
    auralis: Run, music: Path
) -> None:
    song = music / "Bach" / "Air.flac"
    assert "not measured" in auralis("similar", song).stderr
    assert "4 measured" in auralis("measure").stdout
    assert "0 measured" in auralis("measure").stdout
    lines = auralis("similar", song, "-n", "2").stdout.splitlines()
    assert lines[0] == "like Air - Bach"
    assert len(lines) == 5
    assert ":" in lines[2]
    assert "Gavotte" in auralis("tracks", "loudness<-20.5").stdout


def test_what_is_like_a_query_is_like_all_that_it_finds(auralis: Run, music: Path) -> None:
    assert "not measured" in auralis("similar", "bach").stderr
    auralis("measure")
    lines = auralis("similar", "bach", "-n", "2").stdout.splitlines()
    assert lines[0] == "like the mean of these 3 tracks:"
    assert sorted(lines[1:4]) == ["like Air - Bach", "like Air - Bach", "like Gavotte - Bach"]
    assert len(lines) == 8


def test_recordings_in_several_files_are_put_together_with_the_best_first(
    auralis: Run, music: Path, pink: Callable[..., Audio]
) -> None:
    audio = pink(12.0, level_dbfs=-20.0).T
    sf.write(music / "one.ogg", audio, 44_100)
    sf.write(music / "two.flac", 0.8 * audio, 44_100, subtype="PCM_16")
    sf.write(music / "three.flac", 0.9 * audio, 44_100, subtype="PCM_24")
    auralis("scan", music)
    auralis("measure")
    lines = auralis("duplicates", "--near").stdout.splitlines()
    start = lines.index("the same recording in 3 files, the best first")
    names = [line.split("/")[-1] for line in lines[start:] if "/" in line]
    assert names == ["three.flac", "two.flac", "one.ogg"]


def test_duplicates_are_listed(auralis: Run, music: Path) -> None:
    lines = auralis("duplicates").stdout.splitlines()
    assert lines[0].startswith("the same audio")
    assert {line.split()[-1] for line in lines[1:]} == {
        str(music / "Bach" / "Air.flac"),
        str(music / "copy.flac"),
    }


def test_marks_can_be_searched_for(auralis: Run, music: Path) -> None:
    auralis("mark", "artist:coltrane", "--favourite", "--rating", "4.5")
    assert "Blue Train" in auralis("tracks", "is:favourite rating>=4").stdout
    auralis("mark", "artist:coltrane", "--no-favourite", "--rating", "0")
    assert "0 of 0 matches" in auralis("tracks", "is:favourite").stdout
    assert auralis("mark", "artist:coltrane", "--rating", "9").returncode == 1


def test_playlists_are_made_changed_and_taken_back(auralis: Run, music: Path) -> None:
    assert auralis("playlist", "new", "Evening", "sort:title").stdout == "Evening: 5 tracks\n"
    auralis("playlist", "new", "Old", "--smart", "year<1975")
    listed = auralis("playlist", "list").stdout
    assert "year<1975" in listed
    auralis("playlist", "move", "evening", "5", "--to", "1")
    assert "Männer" in auralis("playlist", "show", "Evening").stdout.splitlines()[1]
    auralis("playlist", "take-out", "Evening", "1")
    assert "4 tracks" in auralis("playlist", "show", "Evening").stdout
    auralis("playlist", "undo", "Evening")
    assert "5 tracks" in auralis("playlist", "show", "Evening").stdout
    auralis("playlist", "remove", "Evening")
    again = auralis("playlist", "redo", "Evening")
    assert again.returncode == 1
    assert "auralis playlist restore 'Evening'" in again.stderr
    auralis("playlist", "restore", "Evening")
    auralis("playlist", "new", "Mistake")
    assert "auralis playlist restore 'Mistake'" in auralis("playlist", "undo", "Mistake").stdout
    assert "Mistake is back" in auralis("playlist", "restore", "Mistake").stdout
    auralis("playlist", "remove", "Mistake")
    assert "5 tracks" in auralis("playlist", "show", "Evening").stdout
    assert auralis("playlist", "take-out", "Evening", "9").stderr == (
        "error: place 9 must be 1 to 5\n"
    )


def test_playlist_files_go_out_and_come_back(auralis: Run, music: Path, tmp_path: Path) -> None:
    auralis("playlist", "new", "All", "sort:title")
    for name in ("all.m3u8", "all.xspf"):
        assert "5 tracks" in auralis("playlist", "export", "All", name).stdout
        assert "5 tracks, 0 not found" in auralis("playlist", "import", name).stdout
        assert "--force" in auralis("playlist", "export", "All", name).stderr
        assert auralis("playlist", "export", "All", name, "--force").returncode == 0
    (tmp_path / "other.m3u").write_text("music/Bach/Air.flac\n../../etc/passwd\n")
    text = auralis("playlist", "import", "other.m3u").stdout
    assert "1 tracks, 1 not found" in text
    music.rename(tmp_path / "away")
    assert "5 of them lie in" in auralis("playlist", "export", "All", "away.m3u8").stdout
    assert "not there now" in auralis("roots").stdout


def test_tags_are_shown_before_they_are_changed_and_can_be_had_back(
    auralis: Run, music: Path
) -> None:
    song = music / "Bach" / "Air.flac"
    asked = auralis("tags", "set", song, "-s", "title=Aria", "-s", "genre=Baroque; Strings").stdout
    assert "Aria" in asked
    assert "--apply" in asked
    assert mutagen.File(song)["title"] == ["Air"]
    auralis("tags", "set", song, "-s", "title=Aria", "--apply")
    assert mutagen.File(song)["title"] == ["Aria"]
    assert "Aria" in auralis("tracks", "title:=aria").stdout
    auralis("tags", "undo", "--apply")
    assert mutagen.File(song)["title"] == ["Air"]
    assert "undone by" in auralis("tags", "history").stdout
    for wrong in ("title", "colour=red", "track_number=three"):
        assert auralis("tags", "set", song, "-s", wrong).returncode == 1


def test_sql_reads_and_does_nothing_else(auralis: Run, music: Path) -> None:
    text = auralis("sql", "SELECT artist, count(*) AS n FROM library GROUP BY ALL").stdout
    assert ["Bach", "3"] in [line.split() for line in text.splitlines()]
    numbers = auralis("sql", "SELECT (0.1::FLOAT)::DOUBLE AS a, -12345678.9::DOUBLE AS b").stdout
    assert numbers.split() == ["a", "b", "0.1", "-12345679"]  # as a cell of a notebook has them
    for wrong in ("DROP TABLE tracks", "SELECT * FROM read_csv('/etc/passwd')", "SELEKT 1", ""):
        done = auralis("sql", wrong)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("error: ")
    assert "5 of 5 tracks" in auralis("tracks").stdout


def test_a_folder_that_moved_is_followed_and_what_is_gone_forgotten(
    auralis: Run, music: Path, tmp_path: Path
) -> None:
    elsewhere = music.rename(tmp_path / "elsewhere")
    assert "5 tracks are expected" in auralis("relocate", music, elsewhere).stdout
    assert "5 unchanged" in auralis("scan", elsewhere).stdout
    (elsewhere / "copy.flac").unlink()
    auralis("scan", elsewhere)
    assert "for 30 days, 1 for less" in auralis("forget").stdout
    listed = auralis("forget", "--days", "0").stdout
    assert "1 tracks would be forgotten" in listed
    assert "copy.flac" in listed
    assert "(missing)" in auralis("tracks", "is:missing").stdout
    assert "1 tracks forgotten" in auralis("forget", "--days", "0", "--yes").stdout
    assert str(elsewhere) in auralis("roots").stdout


def test_a_second_folder_becomes_part_of_a_library(
    auralis: Run, music: Path, tmp_path: Path
) -> None:
    more = tmp_path / "more"
    more.mkdir()
    shutil.copy(music / "Coltrane" / "Blue Train.flac", more)
    assert "1 duplicate" in auralis("scan", more, "--library", music).stdout
    assert "6 of 6 tracks" in auralis("tracks").stdout


def test_every_field_is_listed(auralis: Run) -> None:
    text = auralis("fields").stdout
    for name in ("genre", "loudness", "is:favourite", "sort: artist"):
        assert name in text


def test_who_asks_for_what_is_not_measured_yet_is_told(music: Path, auralis: Run) -> None:
    note = "5 tracks are not measured yet"
    assert note in auralis("tracks", "sort:-loudness").stdout
    assert note in auralis("tracks", "loudness<-14").stdout
    assert note in auralis("tracks", "--sort", "tempo").stdout
    assert "measured" not in auralis("tracks", "sort:year").stdout
    assert auralis("measure").returncode == 0
    assert "not measured" not in auralis("tracks", "sort:-loudness").stdout


def test_facets_say_when_there_are_more_values_than_are_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    counts = [FacetCount(f"artist {n}", 20 - n, f"artist:={n}") for n in range(11)]
    none = FacetCount("no artist", 4, "artist:none")
    _show_facets({"artist": [*counts, none]})
    _show_facets({"artist": [*counts[:10], none]})
    shown = capsys.readouterr().out.splitlines()
    assert shown[11:13] == ["            and others", "         4  no artist"]
    assert shown[24:] == ["         4  no artist"]
    assert len(shown) == 25


def test_numbers_may_have_commas_between_and_a_comma_alone_names_nothing(
    auralis: Run, music: Path
) -> None:
    assert auralis("mark", "1,2", "3", "--favourite").returncode == 0
    assert len(auralis("tracks", "is:favourite", "--json").stdout.splitlines()) == 3
    assert auralis("mark", ",", "--favourite").returncode != 0
