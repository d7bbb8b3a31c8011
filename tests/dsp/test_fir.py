"""FIR design and convolution on the absolute grid."""

from __future__ import annotations

import numpy as np
import pytest

from auralis_lab.dsp.fir import OverlapSave, design_taps, taps_for_rate
from auralis_lab.errors import ParameterError

FREQUENCIES = (30.0, 100.0, 400.0, 1000.0, 4000.0, 10_000.0)
GAINS = (3.0, 3.0, 1.0, 0.0, -2.0, -4.0)


def magnitude_db(taps: np.ndarray, hz: float, rate_hz: int) -> float:
    n = np.arange(taps.size) - (taps.size - 1) // 2
    return float(20 * np.log10(abs(np.sum(taps * np.exp(-2j * np.pi * hz / rate_hz * n)))))


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 96_000, 192_000])
def test_the_response_follows_the_curve(rate_hz: int) -> None:
    taps = design_taps(FREQUENCIES, GAINS, rate_hz)
    for hz in (50, 200, 700, 2000, 6000, 12_000, 18_000):
        wanted = float(np.interp(np.log(hz), np.log(FREQUENCIES), GAINS))
        assert magnitude_db(taps, hz, rate_hz) == pytest.approx(wanted, abs=0.12)


def test_taps_are_symmetric_so_the_phase_is_linear() -> None:
    taps = design_taps(FREQUENCIES, GAINS, 44_100)
    np.testing.assert_array_equal(taps, taps[::-1])


def test_a_level_curve_is_a_unit_impulse() -> None:
    taps = design_taps((1000.0,), (0.0,), 8000)
    expected = np.zeros(taps.size)
    expected[taps.size // 2] = 1.0
    np.testing.assert_allclose(taps, expected, atol=1e-15)


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 22_050, 44_100, 192_000])
def test_length_is_odd_and_resolves_ten_hertz(rate_hz: int) -> None:
    taps = taps_for_rate(rate_hz)
    assert taps % 2 == 1
    assert 5 < rate_hz / taps < 20


@pytest.mark.parametrize("taps", [1, 3, 257, 513])
@pytest.mark.parametrize("channels", [1, 2])
def test_blocks_equal_direct_convolution(
    taps: int, channels: int, rng: np.random.Generator
) -> None:
    row = design_taps(FREQUENCIES, GAINS, 8000, taps=taps)
    transforms = OverlapSave(taps // 2)
    hop, half = transforms.hop, transforms.half
    x = rng.standard_normal((channels, 3 * hop)).astype(np.float32)
    gains = rng.random(3 * hop).astype(np.float32)
    padded = np.pad(x, ((0, 0), (half, half)))
    out = np.zeros_like(x)
    for start in range(0, 3 * hop, hop):
        block = np.zeros((channels, hop), np.float32)
        transforms.load(np.ascontiguousarray(padded[:, start : start + hop + 2 * half]))
        transforms.add(transforms.response(row), gains[start : start + hop], block)
        out[:, start : start + hop] = block
    direct = np.array([np.convolve(r, row, mode="same") for r in x.astype(np.float64)])
    np.testing.assert_allclose(out, direct * gains, atol=4e-6)


def test_what_crosses_over_is_filtered_by_taps_of_its_own(rng: np.random.Generator) -> None:
    own, other = np.array([0.25, 0.5, 0.25]), np.array([-0.5, 2.0, -0.5])
    transforms = OverlapSave(1)
    x = rng.standard_normal((2, transforms.window_frames)).astype(np.float32)
    out = np.zeros((2, transforms.hop), np.float32)
    transforms.load(x)
    transforms.add(transforms.response(own, other), np.ones(transforms.hop, np.float32), out)
    for channel in (0, 1):
        direct = np.convolve(x[channel], own, mode="same") + np.convolve(
            x[1 - channel], other, mode="same"
        )
        wanted = direct[transforms.half : -transforms.half]
        np.testing.assert_allclose(out[channel], wanted, atol=4e-6)


@pytest.mark.parametrize(
    ("frequencies", "gains", "taps"),
    [
        ((), (), None),
        ((100.0, 50.0), (0.0, 0.0), None),
        ((0.0, 50.0), (0.0, 0.0), None),
        ((100.0,), (0.0, 1.0), None),
        ((100.0,), (float("nan"),), None),
        ((100.0,), (0.0,), 256),
    ],
)
def test_a_curve_that_is_none_is_refused(
    frequencies: tuple[float, ...], gains: tuple[float, ...], taps: int | None
) -> None:
    with pytest.raises(ParameterError):
        design_taps(frequencies, gains, 44_100, taps=taps)


def test_a_window_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ParameterError, match="must have 8080"):
        OverlapSave(1).load(np.zeros((1, 256), np.float32))
