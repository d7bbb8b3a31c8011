"""Writing files: whole or not at all, and with the samples that were meant."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from auralis_lab.audio import Audio
from auralis_lab.errors import EncodeError, ParameterError
from auralis_lab.io.dither import quantise, triangular_noise
from auralis_lab.io.sink import AudioSink, Encoding, encoding_for
from auralis_lab.io.source import AudioSource
from auralis_lab.io.wavfile import WavWriter

Noise = Callable[..., Audio]
SUFFIXES = ["wav", "aiff", "flac", "ogg", "opus", "mp3"]


def write(path: Path, audio: Audio, *, rate_hz: int = 48_000, cut: int = 7_001, **how: int) -> None:
    encoding = encoding_for(path, source_bits=how.get("bits", 24))
    with AudioSink(path, rate_hz=rate_hz, channels=len(audio), encoding=encoding) as sink:
        for start in range(0, audio.shape[1], cut):
            sink.write(audio[:, start : start + cut])


def read(path: Path) -> Audio:
    with AudioSource(path) as source:
        return source.read(0, source.total_frames)


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_holds_what_was_written(
    suffix: str, channels: int, tone: Callable[..., Audio], tmp_path: Path
) -> None:
    if suffix == "mp3" and channels > 2:
        pytest.skip("MP3 has two channels")
    audio = np.concatenate(
        [tone(60.0 + 15.0 * n, 0.77, 48_000, 1) for n in range(channels)]
    )  # low enough for any channel, and different in each
    path = tmp_path / f"a.{suffix}"
    write(path, audio)
    back = read(path)
    assert back.shape == audio.shape
    if suffix in ("wav", "aiff", "flac"):
        assert np.abs(back - audio).max() <= 0.5 / 2**23
    else:
        for heard, meant in zip(back, audio, strict=True):
            assert np.corrcoef(heard, meant)[0, 1] > 0.98
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", ["wav", "aiff"])
def test_floating_point_files_keep_every_bit(suffix: str, noise: Noise, tmp_path: Path) -> None:
    audio = 3.0 * noise(10_000)
    path = tmp_path / f"a.{suffix}"
    with AudioSink(
        path, rate_hz=44_100, channels=2, encoding=encoding_for(path, source_float=True)
    ) as sink:
        sink.write(audio)
    assert np.array_equal(read(path), audio)


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("suffix", ["wav", "aiff", "flac"])
def test_a_copy_without_dither_is_bit_identical(
    suffix: str, bits: int, rng: np.random.Generator, tmp_path: Path
) -> None:
    full = 2 ** (bits - 1)
    samples = rng.integers(-full, full, (2, 20_000))
    samples[0, :2] = -full, full - 1
    audio = samples.astype(np.float32) / np.float32(full)
    path = tmp_path / f"a.{suffix}"
    encoding = Encoding("AIFF" if suffix == "aiff" else suffix.upper(), f"PCM_{bits}", dither=False)
    with AudioSink(path, rate_hz=44_100, channels=2, encoding=encoding) as sink:
        sink.write(audio)
    assert sink.clipped_samples == 0
    assert np.array_equal(read(path), audio)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_files_do_not_depend_on_where_blocks_are_cut(
    suffix: str, noise: Noise, tmp_path: Path
) -> None:
    audio = noise(50_000)
    decoded = set()
    for n, cut in enumerate((50_000, 16_384, 1_000, 777)):
        path = tmp_path / f"{n}.{suffix}"
        write(path, audio, cut=cut, bits=16)
        decoded.add(hashlib.sha256(read(path).tobytes()).hexdigest())
    assert len(decoded) == 1


def test_dither_is_triangular_white_and_without_offset() -> None:
    noise = np.concatenate([triangular_noise(2, 16_384, n * 16_384) for n in range(64)], 1)
    noise = noise.astype(np.float64)
    count = noise.shape[1]
    assert np.abs(noise).max() < 1.0
    assert np.abs(noise.mean(axis=1)).max() < 5 * np.sqrt(1 / 6 / count)
    assert noise.var(axis=1) == pytest.approx([1 / 6, 1 / 6], rel=0.01)
    kurtosis = np.mean(noise**4) / np.mean(noise**2) ** 2
    assert kurtosis == pytest.approx(2.4, rel=0.02)  # of the triangular distribution
    for lag in (1, 2, 3, 64, 1_000):
        echo = np.mean(noise[0, lag:] * noise[0, :-lag]) * 6
        assert abs(echo) < 5 / np.sqrt(count)
    assert abs(np.mean(noise[0] * noise[1]) * 6) < 5 / np.sqrt(count)


@pytest.mark.parametrize("level", [0.0, 0.3, 0.5, 123.25])
def test_the_error_of_dithered_rounding_does_not_depend_on_the_signal(level: float) -> None:
    audio = np.full((1, 400_000), level / 32_768, np.float32)
    samples, clipped = quantise(audio, bits=16, start_frame=0, dither=True)
    error = samples[0] - level
    assert clipped == 0
    assert error.mean() == pytest.approx(0.0, abs=5 * np.sqrt(0.25 / 400_000))
    assert error.var() == pytest.approx(0.25, rel=0.02)


@pytest.mark.parametrize(("bits", "dither"), [(16, True), (16, False), (24, False), (24, True)])
def test_quantising_adds_the_noise_rounds_to_even_and_saturates(
    bits: int, dither: bool, noise: Noise
) -> None:
    scale = np.float32(2 ** (bits - 1))
    audio = np.concatenate(
        [noise(16_384), np.array([[2.5, -3.5], [0.5, 1e30]], np.float32) / scale], axis=1
    )
    start = 3 * 16_384 + 5
    samples, _ = quantise(audio, bits=bits, start_frame=start, dither=dither)
    steps = audio * scale
    if dither:
        steps += triangular_noise(2, audio.shape[1], start)
    assert np.array_equal(samples, np.clip(np.rint(steps), -scale, scale - 1).astype(np.int32))


def test_dither_follows_the_absolute_frame(noise: Noise) -> None:
    audio = noise(40_000)
    whole, _ = quantise(audio, bits=16, start_frame=2**32 - 20_000, dither=True)
    for start, stop in ((0, 1), (1, 16_000), (16_000, 33_333), (33_333, 40_000)):
        part, _ = quantise(
            audio[:, start:stop], bits=16, start_frame=2**32 - 20_000 + start, dither=True
        )
        assert np.array_equal(part, whole[:, start:stop])
    other, _ = quantise(audio, bits=16, start_frame=0, dither=True)
    assert not np.array_equal(other, whole)


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24"])
def test_what_exceeds_full_scale_saturates_and_is_counted(subtype: str, tmp_path: Path) -> None:
    audio = np.array([[0.0, 1.5, -1.5, 1.0, -1.0, np.nan, np.inf]], np.float32)
    path = tmp_path / "a.wav"
    with AudioSink(
        path, rate_hz=48_000, channels=1, encoding=Encoding("WAV", subtype, dither=False)
    ) as sink:
        sink.write(audio)
    assert sink.clipped_samples == 2
    top = 1.0 - 1.0 / 2 ** (int(subtype[-2:]) - 1)
    assert read(path)[0].tolist() == pytest.approx([0.0, top, -1.0, top, -1.0, 0.0, 0.0])


def test_a_file_that_exists_is_kept_unless_told_otherwise(noise: Noise, tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    path.write_text("precious")
    with pytest.raises(EncodeError, match="exists already"):
        write(path, noise(100))
    assert path.read_text() == "precious"
    encoding = encoding_for(path)
    with AudioSink(path, rate_hz=48_000, channels=2, encoding=encoding, overwrite=True) as sink:
        sink.write(noise(100))
        assert path.read_text() == "precious"
    assert read(path).shape == (2, 100)


def test_a_file_that_appears_meanwhile_is_kept(noise: Noise, tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    sink = AudioSink(path, rate_hz=48_000, channels=2, encoding=encoding_for(path))
    sink.write(noise(100))
    path.write_text("precious")
    with pytest.raises(EncodeError, match="meanwhile"):
        sink.close()
    assert path.read_text() == "precious"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_break_leaves_nothing_behind(
    suffix: str, error: type[BaseException], noise: Noise, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{suffix}"

    def start_and_break() -> None:
        with AudioSink(path, rate_hz=48_000, channels=2, encoding=encoding_for(path)) as sink:
            sink.write(noise(30_000))
            assert not path.exists()
            raise error

    with pytest.raises(error):
        start_and_break()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_track_of_no_frames_is_written_where_the_format_can_hold_it(
    suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"a.{suffix}"
    if suffix in ("wav", "aiff", "flac"):
        write(path, np.empty((2, 0), np.float32))
        assert read(path).shape == (2, 0)
    else:
        with pytest.raises(EncodeError, match="no frames"):
            write(path, np.empty((2, 0), np.float32))
        assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_named_and_leaves_nothing_behind(tmp_path: Path) -> None:
    code = """
import resource, sys
import numpy as np
from auralis_lab.errors import EncodeError
from auralis_lab.io.sink import AudioSink, encoding_for
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
noise = np.random.default_rng(0).standard_normal((2, 200_000)).astype(np.float32) * 0.1
for suffix in sys.argv[2:]:
    path = f"{sys.argv[1]}/a.{suffix}"
    try:
        with AudioSink(path, rate_hz=48_000, channels=2, encoding=encoding_for(path)) as sink:
            sink.write(noise)
    except EncodeError as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), *SUFFIXES],
        capture_output=True,
        text=True,
        check=True,
    )
    expected = [f"cannot write {tmp_path}/a.{suffix}: the disk is full" for suffix in SUFFIXES]
    assert done.stdout.splitlines() == expected
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none" / "a.wav"
    with pytest.raises(EncodeError, match="no such file or directory"):
        AudioSink(path, rate_hz=48_000, channels=2, encoding=encoding_for(path))
    with pytest.raises(EncodeError, match="a folder stands there"):
        AudioSink(tmp_path, rate_hz=48_000, channels=2, encoding=Encoding("WAV", "PCM_16"))


@pytest.mark.parametrize(
    ("name", "rate_hz", "channels", "words"),
    [
        ("a.opus", 44_100, 2, "8000, 12000, 16000, 24000, 48000 Hz, not 44100"),
        ("a.mp3", 96_000, 2, "not 96000; choose another format"),
        ("a.mp3", 44_100, 6, "1 to 2 channels, not 6"),
        ("a.flac", 44_100, 9, "1 to 8 channels, not 9"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_with_what_it_can(
    name: str, rate_hz: int, channels: int, words: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    with pytest.raises(EncodeError, match=words):
        AudioSink(path, rate_hz=rate_hz, channels=channels, encoding=encoding_for(path))
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_suffix_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(EncodeError, match=r"'\.m4a' is none of \.wav"):
        encoding_for("a.m4a")


@pytest.mark.parametrize(
    ("name", "bits", "is_float", "expected"),
    [
        ("a.wav", 16, False, Encoding("WAV", "PCM_16", dither=True)),
        ("a.wav", 24, False, Encoding("WAV", "PCM_24", dither=False)),
        ("a.wav", 32, True, Encoding("WAV", "FLOAT", dither=False)),
        ("a.flac", 32, True, Encoding("FLAC", "PCM_24", dither=False)),
        ("a.FLAC", None, False, Encoding("FLAC", "PCM_24", dither=False)),
        ("a.mp3", 16, False, Encoding("MP3", "MPEG_LAYER_III", dither=False)),
    ],
)
def test_the_encoding_follows_suffix_and_source(
    name: str, bits: int | None, is_float: bool, expected: Encoding
) -> None:
    assert encoding_for(name, source_bits=bits, source_float=is_float) == expected


def test_an_encoding_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ParameterError, match="subtype='PCM_24' must be"):
        Encoding("MP3", "PCM_24")
    with pytest.raises(ParameterError, match="quality=2"):
        Encoding("MP3", "MPEG_LAYER_III", quality=2)


def test_quality_moves_the_size_of_lossy_files(pink: Callable[..., Audio], tmp_path: Path) -> None:
    audio = pink(3.0, 48_000)
    for suffix in ("ogg", "opus", "mp3"):
        sizes = []
        for quality in (0.2, 0.9):
            path = tmp_path / f"{quality}.{suffix}"
            encoding = encoding_for(path, quality=quality)
            with AudioSink(path, rate_hz=48_000, channels=2, encoding=encoding) as sink:
                sink.write(audio)
            sizes.append(path.stat().st_size)
        assert sizes[1] > 1.2 * sizes[0]


def test_wrong_shapes_and_a_closed_sink_are_refused(noise: Noise, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with AudioSink(path, rate_hz=48_000, channels=2, encoding=encoding_for(path)) as sink:
        with pytest.raises(ParameterError, match="shape"):
            sink.write(noise(10, 1))
        sink.write(noise(10))
    with pytest.raises(ParameterError, match="closed"):
        sink.write(noise(10))


@pytest.mark.parametrize("channels", [1, 2, 6, 8])
@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "FLOAT"])
@pytest.mark.parametrize("limit_bytes", [10**9, 1_000])
def test_a_wav_file_becomes_rf64_when_it_is_too_long_for_riff(
    limit_bytes: int, subtype: str, channels: int, rng: np.random.Generator
) -> None:
    samples = rng.integers(-(2**15), 2**15, (1_001, channels)).astype(np.int32) << 16
    data = samples.astype(np.float32) / 2**31 if subtype == "FLOAT" else samples
    file = io.BytesIO()
    writer = WavWriter(
        file, rate_hz=44_100, channels=channels, subtype=subtype, riff_limit_bytes=limit_bytes
    )
    writer.write(data[:500])
    writer.write(data[500:])
    writer.close()
    assert file.getvalue()[:4] == (b"RIFF" if limit_bytes > 10**6 else b"RF64")
    file.seek(0)
    back, rate_hz = sf.read(file, dtype="float32", always_2d=True)
    assert rate_hz == 44_100
    assert np.array_equal(back, samples.astype(np.float32) / 2**31)


def test_a_sink_that_is_never_used_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    sink = AudioSink(path, rate_hz=48_000, channels=2, encoding=encoding_for(path))
    del sink
    assert list(tmp_path.iterdir()) == []


def test_a_written_file_is_readable_by_others_as_the_umask_says(
    noise: Noise, tmp_path: Path
) -> None:
    path = tmp_path / "a.wav"
    mask = os.umask(0o027)
    try:
        write(path, noise(10))
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_a_killed_process_left_of_the_same_file_is_removed(tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        capture_output=True,
        text=True,
        check=True,
    )
    abandoned = tmp_path / f".out.wav.{int(process.stdout)}-12345678.part"
    alive = tmp_path / f".out.wav.{os.getpid()}-12345678.part"
    other = tmp_path / f".other.wav.{int(process.stdout)}-12345678.part"
    for path in (abandoned, alive, other):
        path.write_bytes(b"part")
    target = tmp_path / "out.wav"
    with AudioSink(target, rate_hz=8000, channels=1, encoding=encoding_for(target)) as sink:
        sink.write(np.zeros((1, 10), np.float32))
    assert sorted(path for path in tmp_path.iterdir()) == sorted([alive, other, target])


@pytest.mark.parametrize("name", ["夢" * 83, "é" * 120, "x" * 250])
def test_a_name_as_long_as_the_disk_allows_can_be_written(tmp_path: Path, name: str) -> None:
    target = tmp_path / f"{name}.wav"
    with AudioSink(target, rate_hz=8000, channels=1, encoding=encoding_for(target)) as sink:
        sink.write(np.zeros((1, 10), np.float32))
    assert list(tmp_path.iterdir()) == [target]
