"""Opus files whose page times contradict what the pages hold."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from auralis_lab.audio import Audio
from auralis_lab.io.source import AudioSource

RATE_HZ = 48_000
Pages = list[bytearray]


def _check_sum(data: bytes) -> int:
    """The check sum of RFC 3533, bit by bit."""
    value = 0
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x104C11DB7 if value & 0x80000000 else 0)
    return value


def _pages(data: bytes) -> Pages:
    pages, at = [], 0
    while at < len(data):
        count = data[at + 26]
        size = 27 + count + sum(data[at + 27 : at + 27 + count])
        pages.append(bytearray(data[at : at + size]))
        at += size
    return pages


def _granule(page: bytearray) -> int:
    return int.from_bytes(page[6:14], "little", signed=True)


def _set_granule(page: bytearray, granule: int) -> None:
    page[6:14] = granule.to_bytes(8, "little", signed=True)
    page[22:26] = bytes(4)
    page[22:26] = _check_sum(bytes(page)).to_bytes(4, "little")


def _shift(pages: Pages, first: int, frames: int) -> None:
    for page in pages[first:]:
        _set_granule(page, _granule(page) + frames)


@pytest.fixture
def opus(tmp_path: Path, rng: np.random.Generator) -> Path:
    path = tmp_path / "song.opus"
    audio = 0.1 * rng.standard_normal((7 * RATE_HZ + 123, 2))
    soundfile.write(path, audio, RATE_HZ, format="OGG", subtype="OPUS")
    return path


def _read(path: Path) -> Audio:
    with AudioSource(path) as source:
        source.require_whole()
        return source.read(0, 10 * RATE_HZ)


def _changed(path: Path, change: Callable[[Pages], None]) -> Path:
    pages = _pages(path.read_bytes())
    assert len(pages) > 6
    change(pages)
    changed = path.with_name("changed.opus")
    changed.write_bytes(b"".join(pages))
    return changed


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda pages: _set_granule(pages[4], _granule(pages[4]) + 488), id="ahead"),
        pytest.param(lambda pages: _set_granule(pages[4], _granule(pages[4]) - 77), id="behind"),
        pytest.param(lambda pages: _set_granule(pages[-2], _granule(pages[-2]) + 488), id="at end"),
        pytest.param(lambda pages: _shift(pages, 2, -440), id="too little from the start"),
    ],
)
def test_page_times_that_cannot_be_change_no_sample(
    opus: Path, change: Callable[[Pages], None]
) -> None:
    assert np.array_equal(_read(_changed(opus, change)), _read(opus))


def test_sound_that_is_lost_between_pages_leaves_the_rest_in_place(opus: Path) -> None:
    def lose(pages: Pages) -> None:
        _shift(pages, 4, 4 * 960)

    whole, lossy = _read(opus), _read(_changed(opus, lose))
    assert np.array_equal(lossy[:, :RATE_HZ], whole[:, :RATE_HZ])
    assert lossy.shape[1] >= whole.shape[1]


def test_a_page_that_is_damaged_stays_damaged(opus: Path) -> None:
    def damage(pages: Pages) -> None:
        _set_granule(pages[4], _granule(pages[4]) + 488)
        pages[4][-10] ^= 0xFF

    damaged = _changed(opus, damage)
    with AudioSource(damaged) as source:
        audio = source.read(0, 10 * RATE_HZ)
    assert not np.array_equal(audio, _read(opus))


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
@pytest.mark.parametrize("seconds", [5, 9.5])
def test_what_ffmpeg_makes_of_a_vorbis_recording_is_read_to_its_end(
    shared_audio: Path, tmp_path: Path, seconds: float
) -> None:
    recording = next(iter(sorted(shared_audio.glob("music/*vibe*.ogg"))))
    made = tmp_path / "cut.opus"
    cut = ["-ss", "27", "-t", str(seconds), "-i", str(recording), "-vn", str(made)]
    subprocess.run(["ffmpeg", "-v", "error", *cut], check=True)
    assert _read(made).shape[1] == pytest.approx(seconds * RATE_HZ, abs=1000)
