from __future__ import annotations

import os
import shutil
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from auralis_lab.audio import Audio, Readable
from auralis_lab.errors import DecodeError, ParameterError
from auralis_lab.io.source import ArraySource, AudioSource, ForwardSource
from auralis_lab.settings import settings

from .conftest import MakeFile

Noise = Callable[..., Audio]

KINDS = [
    ("a.wav", {"subtype": "PCM_U8"}),
    ("a.wav", {"subtype": "PCM_16"}),
    ("a.wav", {"subtype": "PCM_24"}),
    ("a.wav", {"subtype": "FLOAT"}),
    ("a.wav", {"subtype": "ULAW"}),
    ("a.wav", {"format": "RF64", "subtype": "PCM_24"}),
    ("a.aiff", {"subtype": "PCM_16"}),
    ("a.flac", {"subtype": "PCM_16"}),
    ("a.flac", {"subtype": "PCM_24"}),
    ("a.ogg", {"format": "OGG", "subtype": "VORBIS"}),
    ("a.opus", {"format": "OGG", "subtype": "OPUS"}),
    ("a.mp3", {"format": "MP3"}),
]
SHAPES = [(8_000, 1), (48_000, 2), (48_000, 6), (192_000, 2)]


def sequential(path: Path) -> Audio:
    """Decode a file from start to end in blocks of an odd size."""
    with AudioSource(path) as source:
        blocks = list(source.blocks(10_007))
        return np.concatenate(blocks, 1) if blocks else np.empty((source.channels, 0), np.float32)


def assert_reads_equal(path: Path, whole: Audio, reads: int, rng: np.random.Generator) -> None:
    with AudioSource(path) as source:
        for _ in range(reads):
            start = int(rng.integers(0, whole.shape[1]))
            frames = int(rng.integers(1, 6_000))
            read = source.read(start, frames)
            assert np.array_equal(read, whole[:, start : start + frames])
            assert read.flags.c_contiguous
        assert source.total_frames == whole.shape[1]
        assert source.frames_is_estimate is False


@pytest.mark.parametrize(("rate_hz", "channels"), SHAPES)
@pytest.mark.parametrize(("name", "options"), KINDS)
def test_a_hundred_random_reads_equal_the_sequential_decode(
    name: str,
    options: dict[str, str],
    rate_hz: int,
    channels: int,
    noise: Noise,
    sound_file: MakeFile,
    rng: np.random.Generator,
) -> None:
    if name == "a.mp3" and (channels > 2 or rate_hz > 48_000):
        pytest.skip("MP3 has no such stream")
    if name == "a.opus" and rate_hz > 48_000:
        pytest.skip("Opus has no such rate")
    audio = noise(40_000, channels)
    path = sound_file(name, audio, rate_hz, **options)
    whole = sequential(path)
    assert whole.shape == audio.shape
    assert_reads_equal(path, whole, 100, rng)


@pytest.mark.parametrize("suffix", ["m4a", "wv", "wma"])
def test_formats_that_need_ffmpeg_read_like_any_other(
    suffix: str,
    noise: Noise,
    sound_file: MakeFile,
    ffmpeg: Callable[..., Path],
    rng: np.random.Generator,
) -> None:
    path = ffmpeg(sound_file("a.wav", noise(60_000)), f"a.{suffix}")
    whole = sequential(path)
    assert_reads_equal(path, whole, 100, rng)
    if suffix != "wma":  # ASF counts milliseconds and nothing else
        assert whole.shape[1] == 60_000


def test_aac_in_mp4_is_trimmed_to_the_edit_list(
    tone: Callable[..., Audio], sound_file: MakeFile, ffmpeg: Callable[..., Path]
) -> None:
    audio = tone(440.0, 1.2345)
    audio *= np.linspace(0.1, 1.0, audio.shape[1], dtype=np.float32)
    source = sound_file("a.wav", audio)
    decoded = sequential(ffmpeg(source, "a.m4a", "-c:a", "aac", "-b:a", "256k"))
    assert decoded.shape == audio.shape
    error = decoded - audio
    assert np.sqrt(np.mean(error**2)) < 0.05 * np.sqrt(np.mean(audio**2))


def test_lossless_files_give_the_samples_that_were_written(
    noise: Noise, sound_file: MakeFile, rng: np.random.Generator
) -> None:
    whole_numbers = rng.integers(-(2**23), 2**23, (2, 30_000)).astype(np.float32) / 2**23
    for name, subtype in (("a.wav", "PCM_24"), ("a.flac", "PCM_24"), ("a.aiff", "PCM_24")):
        path = sound_file(name, whole_numbers, subtype=subtype)
        with AudioSource(path) as source:
            assert np.array_equal(source.read(0, 40_000), whole_numbers)
            assert source.bits_per_sample == 24
            assert not source.lossy
            assert not source.float_samples


def test_real_recordings_read_the_same_in_any_order(
    shared_audio: Path, rng: np.random.Generator
) -> None:
    files = sorted((shared_audio / "music").iterdir()) + sorted(
        (shared_audio / "formats").iterdir()
    )
    for path in files:
        if path.suffix == ".m4a" and shutil.which("ffmpeg") is None:
            continue
        total, reference = 0, {}
        starts = sorted(int(n) for n in rng.integers(0, 400_000, 100))
        with ForwardSource(path, history_frames=10_000) as forward:
            for start in starts:
                reference[start] = forward.read(start, 2_000)
        with AudioSource(path) as source:
            for start in rng.permutation(starts):
                assert np.array_equal(source.read(int(start), 2_000), reference[int(start)]), path
            total = source.total_frames
            assert source.read(total - 10, 100).shape[1] == 10
            assert source.read(total, 100).shape == (source.channels, 0)


def test_the_true_length_is_told_where_the_header_overstates_it(shared_audio: Path) -> None:
    with AudioSource(shared_audio / "music" / "tad_bgm.mp3") as source:
        assert source.frames_is_estimate
        assert source.total_frames == 5_865_984
        assert not source.frames_is_estimate


def test_content_decides_and_not_the_name(noise: Noise, sound_file: MakeFile) -> None:
    path = sound_file("a.flac", noise(5_000), subtype="PCM_16")
    renamed = path.rename(path.with_name("a.mp3"))
    with AudioSource(renamed) as source:
        assert source.format == "FLAC"


def test_a_source_is_readable(noise: Noise, sound_file: MakeFile) -> None:
    audio = noise(1_000)
    path = sound_file("a.wav", audio, subtype="FLOAT")
    with AudioSource(path) as source, ForwardSource(path) as forward:
        assert isinstance(source, Readable)
        assert isinstance(forward, Readable)
        assert isinstance(ArraySource(audio, 44_100), Readable)


def test_the_key_follows_the_bytes(noise: Noise, sound_file: MakeFile) -> None:
    path = sound_file("a.wav", noise(1_000))
    twin = path.with_name("b.wav")
    shutil.copy(path, twin)
    with AudioSource(path) as a, AudioSource(twin) as b:
        assert a.key == b.key
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    twin.write_bytes(data)
    with AudioSource(path) as a, AudioSource(twin) as b:
        assert a.key != b.key


@pytest.mark.parametrize("start", [0, 1, 30_001])
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3"])
def test_blocks_start_anywhere_and_need_no_spool(
    name: str, start: int, noise: Noise, sound_file: MakeFile
) -> None:
    path = sound_file(name, noise(60_000))
    with AudioSource(path) as source:
        whole = np.concatenate(list(source.blocks(60_000)), 1)
        blocks = list(source.blocks(7_000, start))
        assert all(block.shape[1] == 7_000 for block in blocks[:-1])
        assert np.array_equal(np.concatenate(blocks, 1), whole[:, start:])
    assert not (settings().cache_dir / "spool").exists()


def test_reading_needs_sensible_numbers_and_an_open_source(
    noise: Noise, sound_file: MakeFile
) -> None:
    source = AudioSource(sound_file("a.wav", noise(1_000)))
    with pytest.raises(ParameterError, match="start_frame=-1"):
        source.read(-1, 10)
    with pytest.raises(ParameterError, match="frames=-1"):
        source.read(0, -1)
    with pytest.raises(ParameterError, match="block_frames"):
        next(source.blocks(0))
    assert source.read(10**15, 10**15).shape == (2, 0)
    source.close()
    source.close()
    with pytest.raises(ParameterError, match="closed"):
        source.read(0, 1)


def test_threads_may_share_a_source(noise: Noise, sound_file: MakeFile) -> None:
    for name in ("a.flac", "a.ogg"):
        path = sound_file(name, noise(100_000))
        whole = sequential(path)
        with AudioSource(path) as source:
            wrong: list[int] = []

            def work(
                seed: int,
                source: AudioSource = source,
                whole: Audio = whole,
                wrong: list[int] = wrong,
            ) -> None:
                rng = np.random.default_rng(seed)
                wrong.extend(
                    int(start)
                    for start in rng.integers(0, 99_000, 50)
                    if not np.array_equal(source.read(start, 500), whole[:, start : start + 500])
                )

            threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert wrong == []


def test_not_finite_and_absurd_samples_are_tamed_alike_in_every_way_of_reading(
    noise: Noise, sound_file: MakeFile
) -> None:
    audio = noise(30_000)
    audio[:, 100:110] = np.nan
    audio[0, 20_000], audio[1, 20_001] = np.inf, -np.inf
    audio[0, 25_000] = 3e30
    expected = np.nan_to_num(audio, nan=0.0, posinf=0.0, neginf=0.0).clip(-1e6, 1e6)
    path = sound_file("a.wav", audio, subtype="FLOAT")
    assert np.array_equal(sequential(path), expected)
    with AudioSource(path) as source:
        assert np.array_equal(source.read(0, 190), expected[:, :190])
        assert list(source.notes) == ["some samples were not finite: taken for 0"]
        list(source.blocks(1_000))
        assert list(source.notes) == [
            "22 samples were not finite: taken for 0",
            "1 sample was beyond ±1e6: clipped to it",
        ]


def test_a_fork_reads_like_its_parent(noise: Noise, sound_file: MakeFile) -> None:
    path = sound_file("a.mp3", noise(100_000))
    whole = sequential(path)
    with AudioSource(path) as source:
        source.read(0, 10)
        child = os.fork()
        if child == 0:
            right = all(
                np.array_equal(source.read(n, 700), whole[:, n : n + 700])
                for n in (50_000, 0, 99_000)
            )
            os._exit(0 if right else 1)
        for start in (99_000, 50_000, 3):
            assert np.array_equal(source.read(start, 700), whole[:, start : start + 700])
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_sources_leave_no_open_files_and_no_threads(noise: Noise, sound_file: MakeFile) -> None:
    path = sound_file("a.mp3", noise(200_000))
    files, threads = len(os.listdir("/proc/self/fd")), threading.active_count()
    for frames in (10, 200_000):
        for _ in range(5):
            with AudioSource(path) as source, ForwardSource(path) as forward:
                source.read(0, frames)
                forward.read(0, frames)
    assert len(os.listdir("/proc/self/fd")) == files
    assert threading.active_count() == threads


def test_a_missing_file_or_a_folder_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="no such file"):
        AudioSource(tmp_path / "none.wav")
    with pytest.raises(DecodeError, match="not a file"):
        AudioSource(tmp_path)
    fifo = tmp_path / "fifo.wav"
    os.mkfifo(fifo)
    with pytest.raises(DecodeError, match="not a file"):
        AudioSource(fifo)


def test_without_ffmpeg_the_reason_says_what_to_install(
    noise: Noise,
    sound_file: MakeFile,
    ffmpeg: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    path = ffmpeg(sound_file("a.wav", noise(5_000)), "a.m4a")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DecodeError, match="apt install ffmpeg"):
        AudioSource(path)


def test_rates_and_channels_out_of_range_are_named(tmp_path: Path) -> None:
    sf.write(tmp_path / "fast.wav", np.zeros((10, 1)), 384_000)
    with pytest.raises(DecodeError, match="384000 Hz"):
        AudioSource(tmp_path / "fast.wav")
    sf.write(tmp_path / "wide.wav", np.zeros((10, 9)), 44_100)
    with pytest.raises(DecodeError, match="9 channels"):
        AudioSource(tmp_path / "wide.wav")


def test_a_forward_source_keeps_its_history_and_no_more(noise: Noise, sound_file: MakeFile) -> None:
    path = sound_file("a.mp3", noise(600_000))
    whole = sequential(path)
    with ForwardSource(path, history_frames=50_000) as forward:
        for start in (0, 100_000, 60_000, 420_000, 371_000, 599_000):
            read = forward.read(start, 5_000)
            assert np.array_equal(read, whole[:, start : start + 5_000])
        with pytest.raises(ParameterError, match="the past is gone"):
            forward.read(100_000, 10)
        assert forward.total_frames == whole.shape[1]


def test_a_forward_source_tells_its_length_before_it_gets_there(
    noise: Noise, sound_file: MakeFile
) -> None:
    path = sound_file("a.ogg", noise(150_000))
    with ForwardSource(path) as forward:
        assert forward.total_frames == 150_000
        assert forward.read(149_000, 5_000).shape == (2, 1_000)


def test_an_array_source_reads_like_a_file(noise: Noise) -> None:
    audio = noise(1_000)
    source = ArraySource(audio, 48_000)
    assert np.array_equal(source.read(900, 500), audio[:, 900:])
    assert np.array_equal(np.concatenate(list(source.blocks(300, 100)), 1), audio[:, 100:])
    assert source.key == ArraySource(audio.copy(), 48_000).key
    assert source.key != ArraySource(audio, 44_100).key
    assert ArraySource(audio[0], 48_000).channels == 1
    with pytest.raises(ParameterError):
        ArraySource(audio, 0)
    with pytest.raises(ParameterError, match=r"shape \(1000, 2\) must be \(channels, frames\)"):
        ArraySource(audio.T, 48_000)


def riff(data: bytes, data_bytes: int, riff_bytes: int) -> bytes:
    form = struct.pack("<HHIIHH", 1, 2, 44_100, 176_400, 4, 16)
    return (
        b"RIFF" + struct.pack("<I", riff_bytes) + b"WAVEfmt " + struct.pack("<I", 16) + form
        + b"data" + struct.pack("<I", data_bytes) + data
    )  # fmt: skip


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_wav_that_was_never_finished_is_read_to_its_end(size: int, tmp_path: Path) -> None:
    samples = np.arange(-5_000, 5_000, dtype="<i2")
    path = tmp_path / "a.wav"
    path.write_bytes(riff(samples.tobytes(), size, size))
    with AudioSource(path) as source:
        assert source.total_frames == 5_000
        expected = samples.reshape(-1, 2).T.astype(np.float32) / 32_768
        assert np.array_equal(source.read(0, 6_000), expected)
        assert "never finished" in source.notes[0]


def test_a_finished_wav_without_samples_is_an_empty_source(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(riff(b"", 0, 36) + b"LIST" + struct.pack("<I", 4) + b"INFO")
    with AudioSource(path) as source:
        assert source.total_frames == 0
        assert source.read(0, 100).shape == (2, 0)
        assert list(source.blocks(100)) == []
