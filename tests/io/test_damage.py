"""Files that lie, break off or are no audio at all."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from auralis_lab.audio import Audio
from auralis_lab.errors import DecodeError
from auralis_lab.io.source import AudioSource, ForwardSource

from .conftest import MakeFile

Noise = Callable[..., Audio]


def decode(path: Path) -> Audio:
    with AudioSource(path) as source:
        blocks = [np.empty((source.channels, 0), np.float32), *source.blocks(5_000)]
        return np.concatenate(blocks, 1)


def outcome(path: Path) -> str:
    """Decode a file in every way; all of them must agree."""
    try:
        whole = decode(path)
        with AudioSource(path) as source:
            total = source.total_frames
            assert total == whole.shape[1]
            assert np.isfinite(whole).all()
            rng = np.random.default_rng(1)
            for start in rng.integers(0, max(total, 1), 30):
                assert np.array_equal(source.read(start, 999), whole[:, start : start + 999])
            assert source.read(total, 1_000).shape[1] == 0
        with ForwardSource(path) as forward:
            assert np.array_equal(forward.read(0, total + 1_000), whole)
    except DecodeError as error:
        return "error" if error.reason.strip() and str(path) in str(error) else "nameless"
    return "ok"


def test_malformed_files_are_refused_or_read_alike_in_every_way(
    malformed: tuple[Path, dict[str, str]],
) -> None:
    folder, expected = malformed
    found = {name: outcome(folder / name) for name in expected}
    wrong = {name: found[name] for name in found if expected[name] not in ("either", found[name])}
    assert wrong == {}


def test_files_that_broke_other_readers_do_no_harm(shared_audio: Path) -> None:
    files = [path for path in (shared_audio / "robustness").glob("*/*") if path.is_file()]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    outcomes = [outcome(path) for path in files]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
    assert len(outcomes) > 50
    assert outcomes.count("ok") > 25


@pytest.mark.parametrize("cut", [0.2, 0.55, 0.97])
@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.flac", "a.ogg", "a.mp3"])
def test_a_file_that_breaks_off_is_read_up_to_there(
    name: str, cut: float, noise: Noise, sound_file: MakeFile
) -> None:
    path = sound_file(name, noise(200_000))
    whole = decode(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * cut)])
    part = decode(path)
    assert 0.5 * cut < part.shape[1] / whole.shape[1] < 1.02 * cut + 0.01
    sound = part.shape[1] - 2_000  # the last blocks of a lossy stream lack their successors
    assert np.array_equal(part[:, :sound], whole[:, :sound])
    with AudioSource(path) as source:
        assert source.total_frames == part.shape[1]
        told = "last page is missing" if name == "a.ogg" else "are there"
        assert any(told in note for note in source.notes)


@pytest.mark.parametrize("harm", ["zeros", "noise", "gap"])
@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_flac_file_damaged_in_the_middle_is_read_alike_in_whatever_order(
    place: float, harm: str, rng: np.random.Generator, noise: Noise, sound_file: MakeFile
) -> None:
    path = sound_file("a.flac", noise(400_000))
    whole = decode(path)
    data = bytearray(path.read_bytes())
    start, stop = int(place * len(data)), int((place + 0.07) * len(data))
    torn = {"zeros": bytes(stop - start), "noise": rng.bytes(stop - start), "gap": b""}[harm]
    data[start:stop] = torn
    for number in range(12):  # each file is another one: where one is damaged is remembered
        path.write_bytes(data + bytes([number]))
        refused: list[str] = []
        with AudioSource(path) as source:
            for at in rng.integers(0, 400_000, 12).tolist():
                try:
                    read = source.read(at, 9_000)
                except DecodeError as error:
                    refused.append(error.reason)
                    continue
                end = int(source.total_frames)
                assert end == 400_000 or abs(end / 400_000 - place) < 0.03
                length = min(9_000, max(0, end - at))
                before = max(0, min(length, int((place - 0.03) * 400_000) - at))
                assert read.shape[1] == length
                np.testing.assert_array_equal(read[:, :before], whole[:, at : at + before])
            assert len(refused) <= 1  # then it is known how long the track is
            assert all("damaged after" in reason for reason in refused)
        assert outcome(path) == "ok"


@pytest.mark.parametrize("name", ["a.ogg", "a.opus"])
def test_an_ogg_file_without_its_last_page_is_refused_where_it_must_be_whole(
    name: str, rng: np.random.Generator, tmp_path: Path
) -> None:
    path = tmp_path / name
    subtype = "OPUS" if name == "a.opus" else "VORBIS"
    audio = 0.1 * rng.standard_normal((150_000, 2))
    soundfile.write(path, audio, 48_000, format="OGG", subtype=subtype)
    data = path.read_bytes()
    with AudioSource(path) as source:
        source.require_whole(compressed=True)
    for missing in (1, len(data) // 3):  # a part of the last page, and more than it
        path.write_bytes(data[:-missing])
        with AudioSource(path) as source:
            source.require_whole()  # it can be played
            with pytest.raises(DecodeError, match=r"cut short after .* the last page is missing"):
                source.require_whole(compressed=True)


@pytest.mark.parametrize("place", [0.3, 0.6])
@pytest.mark.parametrize("harm", ["header", "body"])
def test_an_ogg_file_with_a_broken_page_is_refused_where_it_must_be_whole(
    harm: str, place: float, noise: Noise, sound_file: MakeFile
) -> None:
    path = sound_file("a.ogg", noise(288_000))
    data = bytearray(path.read_bytes())
    page = data.find(b"OggS", int(place * len(data)))
    at = page if harm == "header" else page + 500
    data[at : at + 40] = bytes(40)
    path.write_bytes(data)
    with AudioSource(path) as source:
        with pytest.raises(DecodeError, match="pages are missing or broken"):
            source.require_whole(compressed=True)
        assert any("broken" in note for note in source.notes)


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_an_mp3_file_shorter_than_its_header_says_is_refused_where_it_must_be_whole(
    cut: float, noise: Noise, sound_file: MakeFile
) -> None:
    path = sound_file("a.mp3", noise(288_000))
    with AudioSource(path) as source:
        source.require_whole(compressed=True)
    data = path.read_bytes()
    path.write_bytes(data[: int(cut * len(data))])
    with AudioSource(path) as source, pytest.raises(DecodeError, match=r"cut short: .* are there"):
        source.require_whole(compressed=True)


def test_an_mp3_file_that_the_decoder_gives_up_is_refused_where_it_must_be_whole(
    shared_audio: Path,
) -> None:
    with AudioSource(shared_audio / "robustness/tinytag/cut_off_titles.mp3") as source:
        source.require_whole()
        with pytest.raises(DecodeError, match=r"damaged after .* \(the decoder stopped there\)"):
            source.require_whole(compressed=True)


@pytest.mark.parametrize("announced", [0, 30_000, 200_000])
def test_the_total_of_a_flac_file_is_not_believed(
    announced: int, noise: Noise, sound_file: MakeFile
) -> None:
    path = sound_file("a.flac", noise(100_000))
    whole = decode(path)
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0
    data[22:26] = announced.to_bytes(4, "big")
    path.write_bytes(data)
    assert np.array_equal(decode(path), whole)
    assert outcome(path) == "ok"


def test_tags_around_a_flac_stream_do_not_matter(noise: Noise, sound_file: MakeFile) -> None:
    path = sound_file("a.flac", noise(50_000))
    whole = decode(path)
    data = path.read_bytes()
    path.write_bytes(b"ID3\x04\0\0\0\0\x01\0" + bytes(128) + data + b"TAG" + bytes(125))
    assert np.array_equal(decode(path), whole)
    with AudioSource(path) as source:
        assert source.info.in_place


@pytest.fixture
def damaged_flac(noise: Noise, sound_file: MakeFile) -> tuple[Path, Audio]:
    path = sound_file("a.flac", noise(200_000))
    whole = decode(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(range(64))
    path.write_bytes(data)
    return path, whole


def test_damage_inside_a_flac_file_ends_it_there_for_every_later_reader(
    damaged_flac: tuple[Path, Audio],
) -> None:
    path, whole = damaged_flac
    part = decode(path)
    assert 0 < part.shape[1] < 200_000
    assert np.array_equal(part, whole[:, : part.shape[1]])
    with AudioSource(path) as source:
        assert source.total_frames == part.shape[1]
        assert source.read(part.shape[1] - 5, 100).shape[1] == 5
    with ForwardSource(path) as forward:
        assert forward.total_frames == part.shape[1]


def test_a_length_once_told_is_kept_or_an_error_raised(damaged_flac: tuple[Path, Audio]) -> None:
    path, _ = damaged_flac
    with AudioSource(path) as source, ForwardSource(path) as forward:
        assert source.total_frames == forward.total_frames == 200_000
        with pytest.raises(DecodeError, match="ends after"):
            forward.read(0, 200_000)
        with pytest.raises(DecodeError, match="damaged after"):
            source.read(0, 200_000)
    assert outcome(path) == "ok"


def test_mp3_streams_one_after_the_other_are_read_through(
    noise: Noise, sound_file: MakeFile
) -> None:
    first, second = noise(60_000), noise(90_000)
    a, b = sound_file("a.mp3", first), sound_file("b.mp3", second)
    parts = [decode(a), decode(b)]
    joined = a.with_name("joined.mp3")
    joined.write_bytes(a.read_bytes() + b.read_bytes())
    whole = decode(joined)
    assert whole.shape[1] == 150_000
    assert np.array_equal(whole[:, :60_000], parts[0])
    assert outcome(joined) == "ok"


def test_ogg_streams_one_after_the_other_are_read_through(
    noise: Noise, sound_file: MakeFile
) -> None:
    a = sound_file("a.ogg", noise(60_000))
    b = sound_file("b.ogg", noise(90_000))
    c = sound_file("c.ogg", noise(20_000, 1))
    parts = [decode(a), decode(b)]
    joined = a.with_name("joined.ogg")
    joined.write_bytes(a.read_bytes() + b.read_bytes() + c.read_bytes())
    assert np.array_equal(decode(joined), np.concatenate(parts, 1))
    with AudioSource(joined) as source:
        assert source.total_frames == 150_000
        assert any("joined" in note for note in source.notes)
        assert any("other channels" in note for note in source.notes)


def test_a_hole_in_an_mp3_file_does_not_end_it(noise: Noise, sound_file: MakeFile) -> None:
    path = sound_file("a.mp3", noise(400_000))
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] + bytes(10_000) + data[middle + 10_000 :])
    lost = 400_000 - decode(path).shape[1]
    assert 0 < lost < 400_000 * 16_000 / len(data)
    assert outcome(path) == "ok"


def test_vbr_mp3_without_a_length_header_is_read_to_its_end(
    tone: Callable[..., Audio],
    noise: Noise,
    sound_file: MakeFile,
    ffmpeg: Callable[..., Path],
) -> None:
    audio = np.concatenate([noise(100_000, level=0.3), tone(440.0, 10.0)], 1)
    source = sound_file("a.wav", audio)
    path = ffmpeg(source, "a.mp3", "-c:a", "libmp3lame", "-q:a", "4", "-write_xing", "0")
    with AudioSource(path) as opened:
        assert opened.total_frames >= audio.shape[1]
        assert opened.total_frames < audio.shape[1] + 3_000
    assert outcome(path) == "ok"


def test_a_wav_with_another_format_inside_is_named_by_its_container(
    noise: Noise, sound_file: MakeFile, ffmpeg: Callable[..., Path]
) -> None:
    path = ffmpeg(sound_file("a.wav", noise(40_000)), "b.wav", "-c:a", "adpcm_ima_wav")
    with AudioSource(path) as source:
        assert source.format == "WAV"
        assert source.lossy
    assert outcome(path) == "ok"


def test_a_picture_or_a_text_is_no_audio_whatever_its_name(tmp_path: Path) -> None:
    for name, data in (
        ("a.wav", b"\x89PNG\r\n\x1a\n" + bytes(500)),
        ("a.mp3", b"<!doctype html>" * 50),
        ("a.m4a", b"\0\0\0\x18ftypM4A \0\0\0\0" + bytes(8)),
        ("a.mp3", b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DecodeError):
            AudioSource(tmp_path / name)


def test_announced_gigabytes_are_not_allocated(tmp_path: Path, shared_audio: Path) -> None:
    script = (
        "import resource, sys\n"
        "from auralis_lab.io.source import AudioSource\n"
        "limit = 3 << 30\n"
        "resource.setrlimit(resource.RLIMIT_AS, (limit, limit))\n"
        "with AudioSource(sys.argv[1]) as source:\n"
        "    print(source.read(0, 1 << 62).shape[1], source.total_frames)\n"
    )
    path = shared_audio / "robustness" / "flac_uncommon" / "subset_45_no_total_samples.flac"
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["336410", "336410"]


def test_ffmpeg_that_dies_is_an_error_and_not_the_end_of_the_track(
    noise: Noise,
    sound_file: MakeFile,
    ffmpeg: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = ffmpeg(sound_file("a.wav", noise(300_000)), "a.m4a")
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "ffprobe").symlink_to(str(shutil.which("ffprobe")))
    (fake / "ffmpeg").write_text("#!/bin/sh\nhead -c 100000 /dev/zero\nkill -9 $$\n")
    (fake / "ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake}:/usr/bin:/bin")
    with AudioSource(path) as source, pytest.raises(DecodeError, match="signal 9"):
        source.read(0, 300_000)


def test_audio_of_an_unknown_kind_is_told_in_words(
    noise: Noise, sound_file: MakeFile, ffmpeg: Callable[..., Path]
) -> None:
    path = ffmpeg(sound_file("a.wav", noise(30_000)), "a.m4a")
    path.write_bytes(path.read_bytes().replace(b"mp4a", b"zzzz").replace(b"esds", b"zzzz"))
    with pytest.raises(DecodeError, match="ffmpeg does not know the codec of its audio"):
        AudioSource(path)
