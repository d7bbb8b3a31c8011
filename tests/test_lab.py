"""The front door, as the notebooks use it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

import auralis_lab
from auralis_lab.audio import Audio
from auralis_lab.errors import DecodeError, NotFoundError, ParameterError
from auralis_lab.io.tags import Picture, Tags, write_tags
from auralis_lab.lab import Lab, open_lab
from auralis_lab.libraries import catalogue_of, latest_library
from auralis_lab.render.renderer import render
from auralis_lab.track import Track

RATE = 44_100


@pytest.fixture
def lab(tmp_path: Path, pink: Callable[..., Audio]) -> Lab:
    folder = tmp_path / "music"
    folder.mkdir()
    sf.write(folder / "one.flac", pink(6.0, level_dbfs=-26.0).T, RATE)
    sf.write(folder / "two.ogg", pink(5.0, level_dbfs=-30.0).T, RATE)
    write_tags(folder / "one.flac", Tags(title="Eins", artists=("Bach",), album="Proof"), ())
    opened = open_lab(folder)
    opened.scan()
    return opened


def only(lab: Lab, words: str) -> Track:
    (track,) = lab.tracks.search(words)
    return track


def test_a_track_is_found_measured_planned_and_rendered(lab: Lab) -> None:
    track = only(lab, "bach eins")
    assert (track.title, track.artist, track.album) == ("Eins", "Bach", "Proof")
    assert (track.rate_hz, track.channels, track.format, track.bits_per_sample) == (
        RATE,
        2,
        "FLAC",
        16,
    )
    plan = track.plan("warm", intensity=0.7)
    audio = track.render(plan, start_s=2.0, stop_s=3.5)
    with track.source() as source:
        whole = render(source, plan)
    assert audio.tobytes() == whole[:, 2 * RATE : 2 * RATE + RATE * 3 // 2].tobytes()


def test_a_plan_made_for_another_track_is_refused(lab: Lab) -> None:
    track, other = only(lab, "eins"), only(lab, "two")
    plan = other.plan("warm")
    for act in (
        lambda: track.render(plan),
        lambda: track.seams(plan, inserts=()),
        lambda: track.limiter_gain(plan, 0, 100),
        lambda: track.spectra(plan),
    ):
        with pytest.raises(ParameterError, match="made for 220,500 frames"):
            act()
    compressed, plan = only(lab, "two"), track.plan("warm")
    for act in (lambda: compressed.render(plan, stop_s=1.0), lambda: compressed.spectra(plan)):
        with pytest.raises(ParameterError, match="made for 264,600 frames"):
            act()


def test_without_a_plan_a_range_is_the_original(lab: Lab) -> None:
    track = only(lab, "eins")
    samples, _ = sf.read(track.path, dtype="float32")
    np.testing.assert_array_equal(track.render(start_s=1.0), samples.T[:, RATE:])


def test_a_profile_is_measured_once_and_kept_by_the_catalogue(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = only(lab, "two").profile

    def never(self: Track) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(Track, "source", never)
    assert only(lab, "two").profile == first


def test_a_file_that_has_changed_is_measured_anew(lab: Lab, pink: Callable[..., Audio]) -> None:
    before = only(lab, "eins").profile
    path = only(lab, "eins").path
    sf.write(path, pink(4.0, level_dbfs=-20.0).T, RATE)
    lab.scan()
    after = only(lab, "one").profile
    assert before.frames == 6 * RATE
    assert after.frames == 4 * RATE


@pytest.mark.parametrize("words", ["eins", "two"])
@pytest.mark.parametrize("preset", [None, "bright"])
def test_a_stream_reads_what_is_rendered(words: str, preset: str | None, lab: Lab) -> None:
    track = only(lab, words)
    stream = track.open_stream(preset)
    try:
        expected = track.render(None if preset is None else track.plan(preset))
        assert stream.total_frames == expected.shape[1]
        got = stream.read(30_000, 50_000)
        assert got.tobytes() == expected[:, 30_000:80_000].tobytes()
    finally:
        stream.close()


def test_what_is_drawn_of_a_track_covers_it(lab: Lab) -> None:
    track = only(lab, "two")
    peaks = track.waveform(100)
    assert peaks.shape == (100, 2)
    assert (peaks[:, 0] < 0).all()
    assert (peaks[:, 1] > 0).all()
    audio = track.render()
    for frames_per_bin in (16, 4_096):
        outline = track.peaks(8_192, frames_per_bin, 8)
        part = audio[:, 8_192 : 8_192 + frames_per_bin]
        assert outline.shape == (8, 3)
        assert abs(outline[0, 1] / 16_384 - part.max()) < 1e-4
    assert track.chunk_grid().total_frames == 5 * RATE
    before, after = track.spectra(track.plan("warm"))
    assert before.centres_hz == after.centres_hz


def test_artwork_is_embedded_or_beside_the_file(lab: Lab) -> None:
    from io import BytesIO

    from PIL import Image

    track = only(lab, "eins")
    assert track.artwork() is None
    Image.new("RGB", (640, 320), "teal").save(track.path.with_name("Cover.PNG"))
    jpeg = track.artwork(128)
    assert jpeg is not None
    with Image.open(BytesIO(jpeg)) as image:
        assert (image.format, image.size) == ("JPEG", (128, 64))
    embedded = BytesIO()
    Image.new("RGB", (50, 50), "red").save(embedded, "PNG")
    write_tags(track.path, Tags(title="Eins"), (Picture(embedded.getvalue(), "image/png"),))
    jpeg = track.artwork(128)
    assert jpeg is not None
    with Image.open(BytesIO(jpeg)) as image:
        assert image.size == (50, 50)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(100)])
def test_a_picture_that_cannot_be_read_counts_as_none(data: bytes, lab: Lab) -> None:
    track = only(lab, "eins")
    track.path.with_name("cover.jpg").write_bytes(data)
    assert track.artwork() is None


@pytest.mark.parametrize("size_px", [0, 15, 1025])
def test_a_size_out_of_range_is_refused(size_px: int, lab: Lab) -> None:
    with pytest.raises(ParameterError):
        only(lab, "eins").artwork(size_px)


def test_a_file_that_is_gone_is_named(lab: Lab) -> None:
    track = only(lab, "eins")
    track.path.unlink()
    with pytest.raises(DecodeError, match=r"one\.flac"):
        track.render()


@pytest.mark.parametrize(
    ("start_s", "stop_s"), [(-1.0, None), (2.0, 1.0), (0.0, float("nan")), ("1", None)]
)
def test_an_impossible_range_is_refused(start_s: float, stop_s: float | None, lab: Lab) -> None:
    with pytest.raises(ParameterError):
        only(lab, "eins").render(start_s=start_s, stop_s=stop_s)


def test_the_library_opened_last_is_the_default(lab: Lab, tmp_path: Path) -> None:
    lab.close()
    assert latest_library() == lab.folder
    with open_lab() as again:
        assert again.folder == lab.folder
        assert again.tracks.count() == 2


def test_the_environment_names_a_library(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from auralis_lab.settings import settings

    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("AURALIS_LIBRARY", str(other))
    settings.cache_clear()
    with open_lab() as opened:
        assert opened.folder == other


def test_two_folders_of_one_name_have_catalogues_of_their_own(tmp_path: Path) -> None:
    assert catalogue_of(tmp_path / "a" / "Music") != catalogue_of(tmp_path / "b" / "Music")


def test_a_second_folder_of_a_library_opens_that_library(lab: Lab, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    sf.write(other / "drei.wav", np.zeros((8000, 1)), 8000)
    lab.scan(other)
    lab.close()
    with open_lab(other) as again:
        assert again.tracks.count() == 3
    assert latest_library() == lab.folder


def test_a_library_that_moved_is_found_under_its_new_name(lab: Lab, tmp_path: Path) -> None:
    moved = lab.folder.rename(tmp_path / "elsewhere")
    assert lab.roots.relocate(lab.folder, moved) == 2
    lab.close()
    assert latest_library() == moved
    with open_lab(moved) as again:
        assert {o.outcome for o in again.scan().outcomes} == {"unchanged"}
    lab.folder.mkdir()
    with open_lab(lab.folder) as new:  # its old name may be given to other music
        assert new.tracks.count() == 0
        new.scan()
    assert catalogue_of(lab.folder) != catalogue_of(moved)


def test_a_folder_that_is_not_there_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="nowhere"):
        auralis_lab.open_lab(tmp_path / "nowhere")
    assert latest_library() is None


def test_without_any_library_the_message_says_what_to_run() -> None:
    with pytest.raises(NotFoundError, match="auralis scan"):
        auralis_lab.open_lab()


def test_trying_the_demo_does_not_replace_one_s_own_library(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    demo = tmp_path / "demo"
    demo.mkdir()
    monkeypatch.setattr("auralis_lab.libraries.demo_folder", lambda: demo)
    sf.write(demo / "made.wav", np.zeros((8000, 1)), 8000)
    with open_lab(demo) as opened:
        opened.scan()
    assert latest_library() == lab.folder
