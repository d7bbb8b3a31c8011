"""The K-weighting filters against the tables of BS.1770-5 and what they do to sines."""

from __future__ import annotations

import math

import numpy as np
import pytest

from auralis_lab.analysis.loudness import measure_loudness
from auralis_lab.dsp.k_weighting import (
    LOUDNESS_OFFSET_DB,
    channel_weights_for,
    k_weighting_biquads,
    k_weighting_db,
)
from auralis_lab.errors import ParameterError

RATES_HZ = [4000, 8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000]
SHELF = (1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585)
HIGH_PASS = (1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621)


def test_coefficients_at_48_khz_are_those_of_the_standard() -> None:
    shelf, high_pass = k_weighting_biquads(48_000)
    assert shelf == pytest.approx(SHELF, abs=1e-14)
    assert high_pass == pytest.approx(HIGH_PASS, abs=1e-14)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_filters_are_stable_at_every_rate(rate_hz: int) -> None:
    for _, _, _, a1, a2 in k_weighting_biquads(rate_hz):
        assert np.abs(np.roots([1.0, a1, a2])).max() < 1


@pytest.mark.parametrize(
    ("rate_hz", "tolerance_db"),
    [
        (8000, 0.05),
        (11_025, 0.02),
        (16_000, 0.01),
        (22_050, 0.01),
        (32_000, 0.01),
        (44_100, 0.01),
        (88_200, 0.01),
        (96_000, 0.01),
        (192_000, 0.01),
    ],
)
def test_response_is_that_of_48_khz_at_every_rate(rate_hz: int, tolerance_db: float) -> None:
    hz = np.geomspace(10, min(rate_hz, 48_000) / 2, 500)
    difference_db = k_weighting_db(hz, rate_hz) - k_weighting_db(hz, 48_000)
    assert np.abs(difference_db).max() < tolerance_db


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_tone_at_which_the_standard_calibrates_reads_its_level_at_every_rate(
    rate_hz: int,
) -> None:
    n = np.arange(rate_hz * 5)
    audio = (0.1 * np.sin(2 * np.pi * 997 / rate_hz * n)).astype(np.float32)[np.newaxis]
    measured = measure_loudness(audio, rate_hz=rate_hz)
    assert measured.integrated_lufs == pytest.approx(-23.01, abs=0.01)


def test_response_cancels_the_offset_at_997_hz_and_stops_zero_hz() -> None:
    assert float(k_weighting_db(997.0)) == pytest.approx(-LOUDNESS_OFFSET_DB, abs=0.001)
    assert k_weighting_db([0.0]).tolist() == [-math.inf]


@pytest.mark.parametrize("rate_hz", [8000, 44_100, 96_000])
@pytest.mark.parametrize("hz", [30.0, 440.0, 1500.0, 3800.0])
def test_response_is_what_the_meter_does_to_a_sine(hz: float, rate_hz: int) -> None:
    n = np.arange(rate_hz * 20)
    audio = (0.1 * np.sin(2 * np.pi * hz / rate_hz * n)).astype(np.float32)[np.newaxis]
    expected = -23.01 + float(k_weighting_db(hz, rate_hz)) + LOUDNESS_OFFSET_DB
    measured = measure_loudness(audio, rate_hz=rate_hz)
    assert measured.integrated_lufs == pytest.approx(expected, abs=0.02)


def test_surrounds_weigh_141_and_lfe_nothing() -> None:
    assert channel_weights_for(2) == (1.0, 1.0)
    assert channel_weights_for(5) == (1.0, 1.0, 1.0, 1.41, 1.41)
    assert channel_weights_for(6) == (1.0, 1.0, 1.0, 0.0, 1.41, 1.41)
    for channels in range(1, 33):
        assert len(channel_weights_for(channels)) == channels


@pytest.mark.parametrize("hz", [-1.0, 24_001.0, math.nan])
def test_frequencies_out_of_range_are_refused(hz: float) -> None:
    with pytest.raises(ParameterError, match="frequencies_hz"):
        k_weighting_db(hz, 48_000)


def test_rates_too_low_for_the_shelf_are_refused() -> None:
    with pytest.raises(ParameterError, match="4000 or more"):
        k_weighting_biquads(3999)


def test_no_channels_are_refused() -> None:
    with pytest.raises(ParameterError, match="channels=0"):
        channel_weights_for(0)
