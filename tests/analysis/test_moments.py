"""Moments: what the highest samples consist of, against the slow way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from auralis_lab.analysis.moments import Moments
from auralis_lab.analysis.profile import Profile, measure
from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import ArraySource

RATE_HZ = 44_100


@pytest.fixture(scope="module")
def audio() -> Audio:
    """Noise with knocks of its own spectrum at known places."""
    rng = np.random.default_rng(440)
    made = 0.05 * rng.standard_normal((2, 5 * RATE_HZ))
    n = np.arange(4000)
    for start, hz in ((30_000, 60), (90_001, 400), (150_000, 3000), (200_000, 9000)):
        made[:, start : start + 4000] += (
            0.5 * np.exp(-n / 600) * np.sin(2 * np.pi * hz * n / RATE_HZ)
        )
    return made.astype(np.float32)


@pytest.fixture(scope="module")
def profile(audio: Audio) -> Profile:
    return measure(ArraySource(audio, RATE_HZ))


def test_parts_add_up_to_the_samples_and_the_highest_is_among_them(
    audio: Audio, profile: Profile
) -> None:
    moments = profile.moments
    sums = moments.values().sum(axis=-1)
    assert sums == pytest.approx(audio[:, list(moments.frames)].T, abs=20 * moments.unit)
    assert int(np.abs(audio).max(axis=0).argmax()) in moments.frames
    assert list(moments.frames) == sorted(set(moments.frames))
    assert len(moments.frames) <= 32


def test_a_tone_lies_in_the_bands_around_it(tone: Callable[..., Audio]) -> None:
    for hz in (100.0, 1600.0, 6400.0):
        moments = measure(ArraySource(tone(hz, 2.0, RATE_HZ), RATE_HZ)).moments
        shares = np.abs(moments.values()).sum(axis=(0, 1))
        band = int(np.argmin(np.abs(np.log(np.array(moments.bands_hz) / hz))))
        assert shares[band] > 0.7 * shares.sum()


def test_an_offset_is_taken_off_the_lowest_band(audio: Audio, profile: Profile) -> None:
    shifted = measure(ArraySource(audio + np.float32(0.1), RATE_HZ)).moments
    freed = shifted.less((0.1, 0.1))
    assert freed.values().sum(axis=-1) == pytest.approx(
        audio[:, list(shifted.frames)].T, abs=25 * shifted.unit
    )


def test_silence_has_no_moments_and_ragged_ones_are_refused(profile: Profile) -> None:
    assert measure(ArraySource(np.zeros((2, 9000), np.float32), 8000)).moments == Moments()
    with pytest.raises(ParameterError, match="moments"):
        replace(profile.moments, bands_hz=(25.0,))
