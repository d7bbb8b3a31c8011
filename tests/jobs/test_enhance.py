"""Files in, enhanced files out."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from auralis_lab.audio import Audio
from auralis_lab.errors import AuralisLabError, DecodeError, EncodeError, ParameterError
from auralis_lab.io.source import AudioSource
from auralis_lab.io.tags import Picture, Tags, read_pictures, read_tags, write_tags
from auralis_lab.jobs.enhance import STAGES, enhance_file
from auralis_lab.render.renderer import render

RATE = 44_100
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)
TAGS = Tags(
    title="Ædifice", artists=("Óskar", "東京"), album="Proof", track_number=3, track_total=9
)


@pytest.fixture
def song(tmp_path: Path, pink: Callable[..., Audio]) -> Path:
    """Eight seconds of pink noise with bursts, 16 bits, tagged."""
    audio = pink(8.0, level_dbfs=-24.0)
    audio[:, ::9000] *= 6
    path = tmp_path / "song.flac"
    sf.write(path, audio.T, RATE, subtype="PCM_16")
    write_tags(path, TAGS, (Picture(PIXEL, "image/png"),))
    return path


def ffmpeg_reading(path: Path) -> tuple[float, float]:
    """Integrated loudness and true peak by ffmpeg's ebur128."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg to compare with")
    command = ["ffmpeg", "-hide_banner", "-nostats", "-i", str(path), "-af", "ebur128=peak=true"]
    text = subprocess.run(
        [*command, "-f", "null", "-"], capture_output=True, text=True, check=True
    ).stderr
    summary = text[text.rindex("Summary:") :]
    loudness = re.search(r"I:\s+(\S+) LUFS", summary)
    peak = re.search(r"Peak:\s+(\S+) dBFS", summary)
    assert loudness is not None
    assert peak is not None
    return float(loudness[1]), float(peak[1])


@pytest.mark.parametrize("suffix", [".flac", ".wav", ".aiff", ".ogg", ".mp3"])
def test_the_written_file_has_the_loudness_reported_and_keeps_its_frames(
    suffix: str, song: Path, tmp_path: Path
) -> None:
    out = tmp_path / f"out{suffix}"
    report = enhance_file(song, out, preset="warm")
    assert report.output == out
    assert report.plan.predicted.integrated_lufs is not None
    assert report.after.integrated_lufs == pytest.approx(
        report.plan.predicted.integrated_lufs, abs=0.3
    )
    with AudioSource(out) as source:
        assert source.total_frames == report.frames
    if suffix != ".mp3":  # the encoder pads what the decoder cannot always take off again
        assert report.frames == 8 * RATE
    loudness, _ = ffmpeg_reading(out)
    assert loudness == pytest.approx(report.after.integrated_lufs, abs=0.1)


def test_the_true_peak_is_under_the_ceiling_by_ffmpeg_s_meter_too(
    song: Path, tmp_path: Path
) -> None:
    report = enhance_file(song, tmp_path / "out.wav", preset="punchy")
    _, peak = ffmpeg_reading(tmp_path / "out.wav")
    assert report.after.true_peak_dbtp is not None
    assert report.after.true_peak_dbtp <= -1.0
    assert peak <= -0.9


@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".mp3", ".opus"])
def test_tags_and_artwork_are_carried_over(suffix: str, song: Path, tmp_path: Path) -> None:
    if suffix == ".opus":
        audio, _ = sf.read(song)
        song = tmp_path / "song48.flac"
        sf.write(song, audio, 48_000, subtype="PCM_16")
        write_tags(song, TAGS, (Picture(PIXEL, "image/png"),))
    out = tmp_path / f"out{suffix}"
    enhance_file(song, out)
    tags = read_tags(out)
    assert (tags.title, tags.artists, tags.album) == (TAGS.title, TAGS.artists, TAGS.album)
    assert (tags.track_number, tags.track_total) == (3, 9)
    assert [picture.data for picture in read_pictures(out)] == [PIXEL]


def test_intensity_zero_writes_the_samples_of_the_input(song: Path, tmp_path: Path) -> None:
    enhance_file(song, tmp_path / "out.wav", intensity=0.0)
    before, _ = sf.read(song, dtype="int16")
    after, _ = sf.read(tmp_path / "out.wav", dtype="int16")
    np.testing.assert_array_equal(after, before)


def test_the_file_holds_what_the_renderer_renders(song: Path, tmp_path: Path) -> None:
    float_song = tmp_path / "song.wav"
    audio, _ = sf.read(song, dtype="float32")
    sf.write(float_song, audio, RATE, subtype="FLOAT")
    report = enhance_file(float_song, tmp_path / "out.wav", preset="bright")
    with AudioSource(float_song) as source, AudioSource(tmp_path / "out.wav") as written:
        rendered = render(source, report.plan)
        assert written.read(0, written.total_frames).tobytes() == rendered.tobytes()


def check_progress(told: list[tuple[str, float]], stages: list[str]) -> None:
    assert list(dict.fromkeys(stage for stage, _ in told)) == stages
    assert stages == [stage for stage in STAGES if stage in stages]
    for name in stages:
        shares = [share for stage, share in told if stage == name]
        assert shares == sorted(shares)
        assert 0 <= shares[0] <= shares[-1] == 1.0


def test_progress_runs_through_the_stages_and_never_backwards(song: Path, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    enhance_file(
        song,
        tmp_path / "out.flac",
        preset="reference",
        reference=song,
        on_progress=lambda *step: told.append(step),
    )
    check_progress(told, ["measuring the reference", "measuring", "enhancing", "checking"])


def folder_state(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file()
    }


def test_breaking_off_leaves_nothing_behind(song: Path, tmp_path: Path) -> None:
    before = folder_state(tmp_path)

    def stop(stage: str, share: float) -> None:
        if stage == "enhancing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        enhance_file(song, tmp_path / "out.flac", on_progress=stop)
    assert folder_state(tmp_path) == before


@pytest.mark.parametrize(
    ("output", "options", "error"),
    [
        ("song.flac", {}, EncodeError),
        ("song.flac", {"overwrite": True}, EncodeError),
        ("there.flac", {}, EncodeError),
        ("out.xyz", {}, EncodeError),
        ("out", {}, EncodeError),
        ("no/such/folder/out.flac", {}, EncodeError),
        (".", {}, EncodeError),
        ("out.opus", {}, EncodeError),
        ("out.flac", {"preset": "loud"}, ParameterError),
        ("out.flac", {"intensity": 2.0}, ParameterError),
        ("out.flac", {"intensity": -1.0}, ParameterError),
    ],
)
def test_a_refused_call_changes_nothing(
    output: str,
    options: dict[str, object],
    error: type[AuralisLabError],
    song: Path,
    tmp_path: Path,
) -> None:
    shutil.copy(song, tmp_path / "there.flac")
    before = folder_state(tmp_path)
    with pytest.raises(error):
        enhance_file(song, tmp_path / output, **options)  # type: ignore[arg-type]
    assert folder_state(tmp_path) == before


def test_the_input_under_another_name_is_still_the_input(song: Path, tmp_path: Path) -> None:
    (tmp_path / "link.flac").symlink_to(song)
    before = folder_state(tmp_path)
    with pytest.raises(EncodeError, match="it is the input"):
        enhance_file(song, tmp_path / "link.flac", overwrite=True)
    assert folder_state(tmp_path) == before


def test_overwrite_replaces_the_output(song: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.flac"
    out.write_bytes(b"old")
    enhance_file(song, out, overwrite=True)
    with AudioSource(out) as source:
        assert source.total_frames == 8 * RATE


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing.flac", None),
        ("empty.wav", b""),
        ("text.mp3", b"this is not music, whatever its name says\n" * 50),
        ("cut.flac", b"fLaC\x00\x00\x00\x22" + bytes(20)),
    ],
)
def test_a_bad_input_is_named_and_nothing_is_written(
    name: str, content: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    before = folder_state(tmp_path)
    with pytest.raises(DecodeError) as caught:
        enhance_file(path, tmp_path / "out.flac")
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert folder_state(tmp_path) == before


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".aiff"])
def test_a_file_that_was_cut_short_is_refused_unless_it_is_to_be_salvaged(
    suffix: str, song: Path, tmp_path: Path
) -> None:
    audio, _ = sf.read(song)
    cut = tmp_path / f"cut{suffix}"
    sf.write(cut, audio, RATE, subtype="PCM_16")
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    before = folder_state(tmp_path)
    with pytest.raises(DecodeError, match=r"cut.*cut short.*: .* of 352,800 frames are there"):
        enhance_file(cut, tmp_path / "out.wav")
    assert folder_state(tmp_path) == before
    report = enhance_file(cut, tmp_path / "out.wav", salvage=True)
    assert 3.5 * RATE < report.frames < 4.5 * RATE
    assert any("352,800" in note for note in report.notes)


@pytest.mark.parametrize("seconds", [0.0, 0.00003, 0.1])
def test_silent_and_very_short_files_pass_unharmed(seconds: float, tmp_path: Path) -> None:
    path = tmp_path / "short.wav"
    sf.write(path, np.zeros((round(seconds * RATE), 2)), RATE, subtype="PCM_24")
    report = enhance_file(path, tmp_path / "out.wav", preset="bright")
    audio, _ = sf.read(tmp_path / "out.wav", always_2d=True)
    assert audio.shape == (round(seconds * RATE), 2)
    assert not audio.any()
    assert report.after.integrated_lufs is None


def test_silence_of_16_bits_stays_what_it_is(tmp_path: Path) -> None:
    words = np.zeros((48_000, 2), np.int16)
    sf.write(tmp_path / "a.flac", words, 48_000)
    report = enhance_file(tmp_path / "a.flac", tmp_path / "b.flac", preset="punchy")
    assert np.array_equal(sf.read(tmp_path / "b.flac", dtype="int16")[0], words)
    assert "silent" in str(report)


def test_what_turns_out_silent_or_lower_is_not_said_to_be_as_predicted(tmp_path: Path) -> None:
    sf.write(tmp_path / "dc.wav", np.full((96_000, 1), 0.5), 48_000)
    report = enhance_file(tmp_path / "dc.wav", tmp_path / "b.wav", preset="punchy")
    assert "silent or too soft to have a loudness" in str(report)
    assert "as predicted" not in str(report)
