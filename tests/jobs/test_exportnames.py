"""Names of exported files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.errors import ParameterError
from auralis_lab.jobs.exportnames import LAYOUTS, MAX_NAME_BYTES, export_names, fit_name


@dataclass
class Song:
    path: str
    title: str = "Title"
    artist: str = "Artist"


def test_the_folders_of_the_library_are_kept() -> None:
    songs = [Song("/music/a/b.mp3"), Song("/music/c.flac"), Song("/elsewhere/d.wav")]
    names = export_names(songs, "library", ".flac", ["/music", "/music/a"])
    assert [str(name) for name in names] == ["a/b.flac", "c.flac", "d.flac"]


def test_a_root_is_no_other_folder_that_begins_alike() -> None:
    names = export_names([Song("/music2/a/b.mp3")], "library", ".flac", ["/music"])
    assert [str(name) for name in names] == ["b.flac"]


def test_two_tracks_never_get_one_name() -> None:
    songs = [Song("/m/a.mp3"), Song("/m/a.flac"), Song("/m/A.wav"), Song("/m/a (2).wav")]
    names = [str(name) for name in export_names(songs, "library", ".flac", ["/m"])]
    assert names == ["a.flac", "a (2).flac", "A (3).flac", "a (2) (2).flac"]


def test_numbers_keep_the_order_where_files_are_sorted_by_name() -> None:
    names = export_names([Song(f"/{n}.mp3") for n in range(120)], "numbered", ".mp3")
    assert names == sorted(names)
    assert str(names[0]) == "001 Artist - Title.mp3"


def test_a_track_without_artist_has_its_title_alone() -> None:
    assert export_names([Song("/a", artist="")], "numbered", ".mp3") == [
        PurePosixPath("01 Title.mp3")
    ]


@given(st.text(max_size=400))
def test_a_name_is_fit_for_any_file_system(text: str) -> None:
    fit = fit_name(text)
    assert fit
    assert len(fit.encode()) <= MAX_NAME_BYTES + 1
    assert not set(fit) & set('<>:"/\\|?*\0')
    assert fit[0] != "."
    assert fit[-1] not in ". "
    assert fit_name(fit) == fit


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=8), st.sampled_from(LAYOUTS))
def test_names_stay_in_the_folder_and_differ(texts: list[str], layout: str) -> None:
    songs = [Song(f"/m/../{text}/{text}", title=text, artist=text) for text in texts]
    names = export_names(songs, layout, ".flac", ["/m"])  # type: ignore[arg-type]
    assert len({str(name).casefold() for name in names}) == len(names)
    assert all(".." not in name.parts and not name.is_absolute() for name in names)


@pytest.mark.parametrize("suffix", ["", "flac", ".", "./x", ".fl ac"])
def test_what_is_no_suffix_is_refused(suffix: str) -> None:
    with pytest.raises(ParameterError, match="suffix="):
        export_names([Song("/a")], "library", suffix)


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(ParameterError, match="layout="):
        export_names([Song("/a")], "flat", ".flac")  # type: ignore[arg-type]
