"""Offsets and clipped places, of signals that were made with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from auralis_lab.analysis.waveform import Waveform, WaveformMeter
from auralis_lab.audio import Audio

RATE_HZ = 8000


def measured(audio: Audio) -> Waveform:
    meter = WaveformMeter(RATE_HZ, len(audio))
    meter.push(audio)
    return meter.result()


def test_the_offset_is_the_mean_of_each_channel(rng: np.random.Generator) -> None:
    audio = (0.1 * rng.standard_normal((3, 12_345)) + [[0.3], [0.0], [-0.2]]).astype(np.float32)
    found = measured(audio)
    means = audio.astype(np.float64).mean(axis=1)
    assert found.dc_offset == pytest.approx(means.tolist(), abs=1e-12)
    centred = audio - means[:, np.newaxis]
    assert found.centred_peak == pytest.approx(float(np.abs(centred).max()), abs=1e-9)


def test_clipped_places_are_runs_of_three_at_either_end() -> None:
    row = np.zeros(RATE_HZ, np.float32)
    row[100:103] = 0.99
    row[200:202] = 0.99  # two are no run
    row[300:330] = 0.99
    row[400:404] = -0.95  # the lowest value has runs of its own
    row[500:504] = 0.9  # this is not the highest
    assert measured(row[np.newaxis]).clipped_runs == 3
    assert measured(np.stack([row, np.roll(row, 7)])).clipped_runs == 6
    assert measured(np.float32(0.5) * row[np.newaxis]).clipped_runs == 0


def test_music_that_was_cut_off_looks_clipped_and_other_music_does_not(
    pink: Callable[..., Audio],
) -> None:
    audio = pink(2, RATE_HZ)
    audio = audio / np.abs(audio).max()
    assert measured(audio).clipped_runs == 0
    assert measured(np.clip(4 * audio, -1, 1).astype(np.float32)).clipped_runs > 10


def test_a_channel_without_sound_is_named() -> None:
    audio = np.zeros((3, 500), np.float32)
    audio[1, 7] = -0.5
    assert measured(audio).silent_channels == (0, 2)


def test_it_does_not_depend_on_how_the_audio_is_cut(
    pink: Callable[..., Audio], cut: Callable[[Audio, list[int]], Iterator[Audio]]
) -> None:
    audio = np.clip(4 * pink(3, RATE_HZ), -1, 1).astype(np.float32)
    meter = WaveformMeter(RATE_HZ, len(audio))
    for part in cut(audio, [7, 4001, 9000]):
        meter.push(part)
        meter.result()
    assert meter.result() == measured(audio)


def test_a_track_without_frames_has_no_offset() -> None:
    assert measured(np.zeros((2, 0), np.float32)) == Waveform((), 0.0, 0, ())
