"""FIR design and convolution on the absolute grid."""

from __future__ import annotations

import numpy as np
import pytest

from auralis_lab.dsp.fir import LinearPhaseFir, design_taps, taps_for_rate
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


def test_blocks_equal_direct_convolution(rng: np.random.Generator) -> None:
    fir = LinearPhaseFir(design_taps(FREQUENCIES, GAINS, 8000, taps=257))
    taps = design_taps(FREQUENCIES, GAINS, 8000, taps=257)
    x = rng.standard_normal((2, 3 * fir.hop)).astype(np.float32)
    padded = np.pad(x, ((0, 0), (fir.half, fir.half)))
    out = np.concatenate(
        [
            fir.block(
                np.ascontiguousarray(padded[:, k * fir.hop : (k + 1) * fir.hop + 2 * fir.half])
            )
            for k in range(3)
        ],
        axis=1,
    )
    direct = np.array([np.convolve(row, taps, mode="same") for row in x.astype(np.float64)])
    np.testing.assert_allclose(out, direct, atol=2e-6)


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
    fir = LinearPhaseFir(np.ones(3))
    with pytest.raises(ParameterError, match="must have 1274"):
        fir.block(np.zeros((1, 256), np.float32))
