"""Spools shared by threads and processes, and what becomes of them when one dies."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.errors import DecodeError
from auralis_lab.io.decoder import Decoder, open_decoder
from auralis_lab.io.source import AudioSource
from auralis_lab.io.spoolfile import DONE, RUNNING, SpoolFile, SpoolHeader
from auralis_lab.settings import settings

from .conftest import MakeFile

Noise = Callable[..., Audio]

READ_ALL = """
import hashlib, sys
from auralis_lab.io.source import AudioSource
with AudioSource(sys.argv[1]) as source:
    print("open", flush=True)
    first = source.read(0, 1)
    print(hashlib.sha256(source.read(0, source.total_frames).tobytes()).hexdigest(), flush=True)
"""
HOLD = """
import sys, time
from auralis_lab.io import decoder
from auralis_lab.io.source import AudioSource
with AudioSource(sys.argv[1]) as source:
    honest = decoder.Decoder.read
    def stalling(self, frames):
        if self.position > 20_000:
            time.sleep(60)
        return honest(self, frames)
    decoder.Decoder.read = stalling
    source.read(0, 4_096)
    print("decoding", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def long_mp3(noise: Noise, sound_file: MakeFile) -> Path:
    """3,000,000 frames: one short stream, twenty times."""
    path = sound_file("long.mp3", noise(150_000))
    path.write_bytes(path.read_bytes() * 20)
    return path


def entries() -> list[Path]:
    folder = settings().cache_dir / "spool"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def sequential(path: Path) -> Audio:
    with AudioSource(path) as source:
        return np.concatenate(list(source.blocks(50_000)), 1)


def start_python(code: str, path: Path, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )


def test_one_decode_serves_all_sources_of_a_process(
    noise: Noise, sound_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def counting(path: str) -> Decoder:
        opened.append(str(path))
        return open_decoder(path)

    monkeypatch.setattr("auralis_lab.io.spool.open_decoder", counting)
    path = sound_file("a.mp3", noise(300_000))
    whole = sequential(path)
    sources = [AudioSource(path) for _ in range(6)]
    right: list[bool] = []

    def work(source: AudioSource, start: int) -> None:
        read = source.read(start, 10_000)
        right.append(np.array_equal(read, whole[:, start : start + 10_000]))

    threads = [
        threading.Thread(target=work, args=(source, 45_000 * n)) for n, source in enumerate(sources)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for source in sources:
        source.close()
    assert right == [True] * 6
    assert len(opened) == 1
    with AudioSource(path) as source:
        source.read(0, 300_000)
    assert len(opened) == 1


def test_two_processes_get_the_same_samples(long_mp3: Path) -> None:
    workers = [start_python(READ_ALL, long_mp3) for _ in range(2)]
    digests = {worker.communicate(timeout=60)[0].split()[-1] for worker in workers}
    assert len(digests) == 1
    assert len(entries()) == 1


def test_a_reader_takes_over_when_the_decoding_process_is_killed(
    noise: Noise, sound_file: MakeFile
) -> None:
    path = sound_file("a.mp3", noise(400_000))
    whole = sequential(path)
    victim = start_python(HOLD, path)
    assert victim.stdout is not None
    assert victim.stdout.readline() == "decoding\n"
    with AudioSource(path) as source:
        assert np.array_equal(source.read(0, 4_096), whole[:, :4_096])
        threading.Timer(0.3, victim.send_signal, [signal.SIGKILL]).start()
        assert np.array_equal(source.read(300_000, 50_000), whole[:, 300_000:350_000])
        assert source.total_frames == 400_000
    victim.wait()
    victim.stdout.close()


def test_what_a_killed_process_left_is_decoded_anew(noise: Noise, sound_file: MakeFile) -> None:
    path = sound_file("a.mp3", noise(400_000))
    whole = sequential(path)
    victim = start_python(HOLD, path)
    assert victim.stdout is not None
    assert victim.stdout.readline() == "decoding\n"
    victim.kill()
    victim.wait()
    victim.stdout.close()
    assert len(entries()) == 1
    with AudioSource(path) as source:
        assert np.array_equal(source.read(0, 400_000), whole)


@pytest.mark.parametrize("harm", ["truncated", "garbage", "header"])
def test_a_broken_spool_is_decoded_anew(harm: str, noise: Noise, sound_file: MakeFile) -> None:
    path = sound_file("a.ogg", noise(100_000))
    with AudioSource(path) as source:
        whole = source.read(0, 100_000)
    (entry,) = entries()
    data = bytearray(entry.read_bytes())
    if harm == "truncated":
        entry.write_bytes(data[:-1_000])
    elif harm == "garbage":
        entry.write_bytes(bytes(range(256)) * 40)
    else:
        data[16] ^= 0xFF
        entry.write_bytes(data)
    with AudioSource(path) as source:
        assert np.array_equal(source.read(0, 100_000), whole)


def test_closing_the_last_reader_ends_the_decode_and_removes_it(long_mp3: Path) -> None:
    threads = threading.active_count()
    with AudioSource(long_mp3) as first:
        with AudioSource(long_mp3) as second:
            second.read(0, 10)
        assert len(first.read(0, 10)) == 2
        started = time.monotonic()
    assert time.monotonic() - started < 2.0
    assert threading.active_count() == threads
    assert entries() == []


def test_a_source_that_is_forgotten_gives_its_spool_back(long_mp3: Path) -> None:
    threads = threading.active_count()
    source = AudioSource(long_mp3)
    source.read(0, 10)
    del source
    assert threading.active_count() == threads
    assert entries() == []


def test_closing_a_source_wakes_those_who_wait_for_it(long_mp3: Path) -> None:
    source = AudioSource(long_mp3)
    ended = threading.Event()

    def wait() -> None:
        with contextlib.suppress(Exception):  # whichever it is: the thread must end
            source.read(2_990_000, 10)
        ended.set()

    threading.Thread(target=wait).start()
    time.sleep(0.05)
    source.close()
    assert ended.wait(10.0)


def test_the_least_recently_used_spool_goes_first(
    noise: Noise, sound_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [sound_file(f"{n}.ogg", noise(50_000, level=0.1 + 0.01 * n)) for n in range(4)]
    size = 50_000 * 2 * 4
    monkeypatch.setenv("AURALIS_SPOOL_MAX_BYTES", str(int(2.5 * size)))
    settings.cache_clear()
    keys = []
    for path in (paths[0], paths[1], paths[0], paths[2]):
        with AudioSource(path) as source:
            assert source.total_frames == 50_000
            keys.append(source.key)
        time.sleep(0.02)
    assert {entry.stem for entry in entries()} == {keys[0], keys[3]}


def test_a_spool_in_use_outlives_the_limit(
    noise: Noise, sound_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AURALIS_SPOOL_MAX_BYTES", "0")
    settings.cache_clear()
    a, b = sound_file("a.ogg", noise(50_000)), sound_file("b.ogg", noise(40_000))
    with AudioSource(a) as first:
        whole = first.read(0, 50_000)
        with AudioSource(b) as second:
            assert second.total_frames == 40_000
        assert np.array_equal(first.read(0, 50_000), whole)
        assert len(entries()) == 1
    assert entries() == []


def test_leftovers_are_swept_and_running_ones_of_others_stay(
    noise: Noise, sound_file: MakeFile
) -> None:
    folder = settings().cache_dir / "spool"
    folder.mkdir(parents=True)
    dead = SpoolFile(folder / "dead.frames")
    dead.write_header(SpoolHeader(RUNNING, 44_100, 2, 0))
    dead.close()
    (folder / "torn.frames").write_bytes(b"AURSPOOL")
    living = SpoolFile(folder / "living.frames")
    assert living.lock()
    living.write_header(SpoolHeader(RUNNING, 44_100, 2, 0))
    with AudioSource(sound_file("a.ogg", noise(20_000))) as source:
        key = source.key
        assert source.total_frames == 20_000
    assert {entry.stem for entry in entries()} == {"living", key}
    living.close()


def test_a_full_disk_is_an_error_that_says_so(noise: Noise, sound_file: MakeFile) -> None:
    path = sound_file("a.mp3", noise(600_000))
    code = """
import resource, sys
from auralis_lab.errors import DecodeError
from auralis_lab.io.source import AudioSource
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
with AudioSource(sys.argv[1]) as source:
    print(source.read(0, 1_000).shape)
    try:
        source.read(500_000, 1_000)
    except DecodeError as error:
        print(error.reason)
"""
    worker = start_python(code, path)
    told = worker.communicate(timeout=60)[0]
    assert "disk full" in told
    assert str(settings().cache_dir) in told
    with AudioSource(path) as source:
        assert source.total_frames == 600_000


def test_a_cache_that_cannot_be_written_is_named(
    noise: Noise, sound_file: MakeFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("AURALIS_CACHE_DIR", str(tmp_path / "file"))
    settings.cache_clear()
    with (
        AudioSource(sound_file("a.ogg", noise(20_000))) as source,
        pytest.raises(DecodeError, match="cannot be kept"),
    ):
        source.read(0, 10)


def test_a_failed_decode_reaches_the_reader_and_is_tried_again(
    noise: Noise, sound_file: MakeFile
) -> None:
    path = sound_file("a.ogg", noise(50_000))
    data = path.read_bytes()
    source = AudioSource(path)
    path.unlink()
    with source, pytest.raises(DecodeError, match="no such file"):
        source.read(0, 10)
    path.write_bytes(data)
    with AudioSource(path) as source:
        assert source.total_frames == 50_000


def test_memory_does_not_grow_with_the_length_of_a_track(long_mp3: Path) -> None:
    code = """
import resource, sys
from auralis_lab.io.source import AudioSource
with AudioSource(sys.argv[1]) as source:
    source.read(0, 1_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for start in range(0, source.total_frames, 500_000):
        source.read(start, 10_000)
    for block in source.blocks(65_536):
        pass
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    kilobytes = int(start_python(code, long_mp3).communicate(timeout=120)[0])
    assert kilobytes < 12_000  # the frames alone take 24,000


def test_a_header_survives_only_whole(tmp_path: Path) -> None:
    file = SpoolFile(tmp_path / "a.frames")
    assert file.header() is None
    header = SpoolHeader(DONE, 44_100, 2, 123_456_789_012)
    file.write_header(header)
    assert file.header() == header
    assert not file.is_whole(header)
    notes = ("länger als gedacht", "x" * 10_000)
    file.write_text(notes)
    assert file.text()[0] == notes[0]
    os.pwrite(file._fd, b"\xff", 20)
    assert file.header() is None
    file.close()
