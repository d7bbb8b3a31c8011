"""Waveform outlines."""

from __future__ import annotations

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import ArraySource
from auralis_lab.render.peaks import waveform_peaks


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
