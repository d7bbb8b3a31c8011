"""Correlation and side share of signals whose values follow from their making."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from auralis_lab.analysis.stereo import Stereo, StereoMeter
from auralis_lab.audio import Audio


def measure(audio: Audio, step: int = 1000) -> Stereo:
    meter = StereoMeter(8000, len(audio))
    for start in range(0, audio.shape[1], step):
        meter.push(audio[:, start : start + step])
    return meter.result()


def numbers(audio: Audio) -> tuple[float | None, float | None]:
    measured = measure(audio)
    return measured.correlation, measured.side_share


def test_equal_channels_are_all_mid(tone: Callable[..., Audio]) -> None:
    assert numbers(tone(440, 2, 8000)) == pytest.approx((1.0, 0.0), abs=1e-12)


def test_opposite_channels_are_all_side(tone: Callable[..., Audio]) -> None:
    audio = tone(440, 2, 8000)
    audio[1] *= -0.5
    assert numbers(audio) == pytest.approx((-1.0, 0.9), abs=1e-9)


def test_channels_a_quarter_period_apart_are_unrelated() -> None:
    phase = 2 * np.pi * 400 / 8000 * np.arange(16_000)
    audio = np.stack([np.sin(phase), np.cos(phase)]).astype(np.float32)
    assert numbers(audio) == pytest.approx((0.0, 0.5), abs=1e-6)


def test_correlation_is_the_cosine_between_the_channels(rng: np.random.Generator) -> None:
    left, right = rng.standard_normal((2, 20_000)).astype(np.float32)
    mixed = np.stack([left, 0.6 * left + 0.8 * right]).astype(np.float32)
    x, y = mixed.astype(np.float64)
    x, y = x - x.mean(), y - y.mean()
    correlation = measure(mixed).correlation
    assert correlation == pytest.approx(x @ y / math.sqrt((x @ x) * (y @ y)), abs=1e-9)


def test_a_constant_is_no_channel(tone: Callable[..., Audio]) -> None:
    audio = tone(440, 1, 8000)
    audio[0] = 0.3
    assert measure(audio) == Stereo(None, 0.5)
    assert measure(np.full((2, 8000), 0.3, np.float32)) == Stereo(None, None)


def test_a_silent_channel_leaves_no_correlation(tone: Callable[..., Audio]) -> None:
    audio = tone(440, 1, 8000)
    audio[0] = 0.0
    assert measure(audio) == Stereo(None, 0.5)


@pytest.mark.parametrize("channels", [1, 3])
def test_other_numbers_of_channels_have_no_stereo(
    channels: int, tone: Callable[..., Audio]
) -> None:
    assert measure(tone(440, 1, 8000, channels=channels)) == Stereo(None, None)


def test_silence_has_no_stereo() -> None:
    assert measure(np.zeros((2, 9000), dtype=np.float32)) == Stereo(None, None)


@pytest.mark.parametrize("step", [1, 37, 8000, 50_000])
def test_result_does_not_depend_on_where_blocks_are_cut(
    step: int, rng: np.random.Generator
) -> None:
    audio = rng.standard_normal((2, 20_001)).astype(np.float32)
    assert measure(audio, step) == measure(audio)
