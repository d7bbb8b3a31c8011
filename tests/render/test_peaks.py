"""Waveform outlines."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import ArraySource
from auralis_lab.render.peaks import (
    RECORD_FRAMES,
    RECORD_PARTS,
    STEPS,
    PeakPyramid,
    outline_of,
    peak_records,
    waveform_peaks,
)
from auralis_lab.render.peakstore import PeakStore


@pytest.mark.parametrize("bins", [1, 7, 1000])
def test_each_bin_holds_the_extremes_of_its_part(bins: int, music: Audio) -> None:
    x = np.tile(music, (1, 2))
    peaks = waveform_peaks(ArraySource(x, 44_100), bins)
    part = np.arange(x.shape[1]) * bins // x.shape[1]
    for index in range(0, bins, max(1, bins // 20)):
        mine = x[:, part == index]
        assert peaks[index].tolist() == [mine.min(), mine.max()]


def test_more_bins_than_frames_leave_the_rest_at_zero() -> None:
    peaks = waveform_peaks(ArraySource(np.ones((1, 3), np.float32), 8000), 6)
    assert sorted(peaks[:, 1].tolist()) == [0, 0, 0, 1, 1, 1]


def test_an_empty_track_is_a_flat_line() -> None:
    assert not waveform_peaks(ArraySource(np.zeros((1, 0), np.float32), 8000), 5).any()


def test_no_bins_are_refused() -> None:
    with pytest.raises(ParameterError):
        waveform_peaks(ArraySource(np.zeros((1, 5), np.float32), 8000), 0)


@pytest.fixture
def long(rng: np.random.Generator) -> Audio:
    """Three records and a bit, louder at one place."""
    x = (0.3 * rng.standard_normal((2, 3 * RECORD_FRAMES + 5_001))).astype(np.float32).clip(-1, 1)
    x[:, 100_000:100_050] *= 0.1
    return x


def pyramid_of(x: Audio) -> PeakPyramid:
    records = [record for record, _ in peak_records(ArraySource(x, 44_100))]
    shape = (len(records), RECORD_PARTS, 3)
    return PeakPyramid(44_100, x.shape[1], np.array(records).reshape(shape))


@pytest.mark.parametrize("start_bin", [0, 3])
@pytest.mark.parametrize("frames_per_bin", [1, 64, 256, 512, 4_096, 8_192, 65_536, 1 << 20])
def test_any_magnification_shows_the_extremes_and_the_energy(
    start_bin: int, frames_per_bin: int, long: Audio
) -> None:
    start, bins = start_bin * frames_per_bin, 50
    if frames_per_bin < 256:
        outline = outline_of(ArraySource(long, 44_100).read, start, frames_per_bin, bins)
    else:
        outline = pyramid_of(long).over(start, frames_per_bin, bins)
    parts = [
        long[:, at : at + frames_per_bin]
        for at in range(start, min(start + bins * frames_per_bin, long.shape[1]), frames_per_bin)
    ]
    expected = [(p.min(), p.max(), np.sqrt(np.mean(p.astype(np.float64) ** 2))) for p in parts]
    assert outline.shape == (len(parts), 3)
    if parts:
        # The energy of a part that the end cuts short counts as that of a whole one.
        whole = slice(None) if len(parts) == bins else slice(-1)
        assert np.abs(outline / STEPS - expected)[whole].max(initial=0) < 2 / STEPS
        assert np.abs(outline / STEPS - expected)[:, :2].max() < 1 / STEPS


def test_overshoots_of_a_decoder_are_seen() -> None:
    record, frames = next(peak_records(ArraySource(np.full((1, 10), 1.5, np.float32), 8000)))
    assert (frames, record[0].tolist()) == (10, [1.5 * STEPS] * 3)


def test_reading_past_the_end_gives_nothing(long: Audio) -> None:
    assert pyramid_of(long).over(1 << 22, 256, 10).shape == (0, 3)
    assert pyramid_of(long[:, :0]).over(0, 256, 10).shape == (0, 3)


@pytest.mark.parametrize(
    ("start", "frames_per_bin", "bins"),
    [(0, 100, 5), (3, 256, 5), (-256, 256, 5), (0, 256, 0), (0, 256, 10_000), (0, 128, 5)],
)
def test_a_range_off_the_grid_is_refused(
    start: int, frames_per_bin: int, bins: int, long: Audio
) -> None:
    with pytest.raises(ParameterError):
        pyramid_of(long).over(start, frames_per_bin, bins)


class Counted:
    """A long source that says how often it was read, and how much of it at most at once."""

    rate_hz, channels = 8_000, 1

    def __init__(self, total_frames: int) -> None:
        self.total_frames = total_frames
        self.reads = self.largest = 0

    def read(self, start_frame: int, frames: int) -> Audio:
        count = max(0, min(frames, self.total_frames - start_frame))
        self.reads, self.largest = self.reads + 1, max(self.largest, frames)
        return np.full((1, count), 0.5, np.float32)


def test_a_track_is_read_once_in_blocks_and_its_outline_kept(tmp_path: Path) -> None:
    source = Counted(20 * RECORD_FRAMES + 1)
    store = PeakStore(tmp_path, 1 << 20)
    made = store.get_or_make("song", source)
    assert (source.reads, source.largest) == (21, RECORD_FRAMES)
    kept = PeakStore(tmp_path, 1 << 20).get("song")
    assert kept is not None
    assert (kept.rate_hz, kept.total_frames) == (8_000, source.total_frames)
    assert np.array_equal(kept.over(0, 4_096, 4_000), made.over(0, 4_096, 4_000))
    assert store.get_or_make("song", source).total_frames == source.total_frames
    assert source.reads == 21
    assert store.get("another") is None


def test_the_least_recently_used_outline_goes_first(tmp_path: Path) -> None:
    one = 3 * 2 * RECORD_PARTS
    store = PeakStore(tmp_path, 2 * one + 200)
    for seconds, key in enumerate(("a", "b")):
        store.get_or_make(key, Counted(RECORD_FRAMES))
        for path in tmp_path.glob("*.peaks"):
            os.utime(path, ns=(seconds, min(path.stat().st_mtime_ns, seconds)))
    store.get("a")
    store.get_or_make("c", Counted(RECORD_FRAMES))
    assert [key for key in "abc" if store.get(key)] == ["a", "c"]


def test_a_damaged_outline_counts_as_missing(tmp_path: Path) -> None:
    store = PeakStore(tmp_path, 1 << 20)
    store.get_or_make("song", Counted(3 * RECORD_FRAMES))
    (path,) = tmp_path.glob("*.peaks")
    path.write_bytes(path.read_bytes()[:-1])
    assert store.get("song") is None
    assert not path.exists()


def test_without_a_folder_the_outline_is_made_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    made = PeakStore(tmp_path / "file", 1 << 20).get_or_make("song", Counted(1_000))
    assert made.over(0, 256, 10).shape == (4, 3)
