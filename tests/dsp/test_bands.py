"""Bands that add up, gains that move, widths that keep the mono sum."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.audio import Audio
from auralis_lab.dsp.bands import BandFilter, band_masks, side_gain
from auralis_lab.dsp.dynamics import BandGains
from auralis_lab.dsp.fir import Gain, curve_gain, shape_taps
from auralis_lab.errors import ParameterError

RATE, TAPS = 8000, 257
CROSSOVERS = (300.0, 1500.0)
SPLIT_ERROR = 3e-7  # of the largest sample: what 32-bit transforms leave
CURVE = curve_gain((50.0, 400.0, 3000.0), (4.0, 0.0, -6.0))


def flat(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.ones(hz.shape)


def block_of(kernel: BandFilter, x: Audio, index: int) -> Audio:
    """Block `index` of a track that is `x` from frame 0 on."""
    at = index * kernel.hop
    padded = np.pad(x, ((0, 0), (kernel.half, kernel.hop + 2 * kernel.half)))
    window: Audio = padded[:, at : at + kernel.hop + 2 * kernel.half]
    return kernel.block(window, at)


def made_gains(rows_db: list[list[float]]) -> BandGains:
    return BandGains((100 * np.array(rows_db)).astype("<i2"), 100, RATE)


@pytest.fixture
def x(rng: np.random.Generator) -> Audio:
    return rng.standard_normal((2, 9000)).astype(np.float32)


@given(
    crossovers=st.lists(st.floats(1, 1e5), max_size=5, unique_by=round).map(sorted),
    hz=st.lists(st.floats(0.01, 1e5), min_size=1, max_size=20),
)
def test_masks_are_shares_that_add_up_to_one(crossovers: list[float], hz: list[float]) -> None:
    masks = band_masks(hz, crossovers)
    np.testing.assert_allclose(masks.sum(axis=0), 1.0, atol=1e-12)
    if all(high >= 2 * low for low, high in pairwise(crossovers)):
        assert masks.min() >= 0


def test_bands_soloed_one_by_one_add_up_to_the_input(x: Audio) -> None:
    solo = []
    for band in range(3):
        rows = [[0.0] if row == band else [-300.0] for row in range(3)]
        kernel = BandFilter(flat, RATE, gains=made_gains(rows), crossovers_hz=CROSSOVERS, taps=TAPS)
        solo.append(block_of(kernel, x, 0).astype(np.float64))
    wanted = np.zeros_like(solo[0])
    wanted[:, : x.shape[1]] = x[:, : wanted.shape[1]]
    error = np.abs(sum(solo) - wanted).max() / np.abs(x).max()
    assert error < 3 * SPLIT_ERROR


def test_at_unity_gains_the_split_vanishes_to_the_bit(x: Audio) -> None:
    plain = BandFilter(CURVE, RATE, taps=TAPS)
    gains = made_gains([[0.0, 0.0]] * 3)
    split = BandFilter(CURVE, RATE, gains=gains, crossovers_hz=CROSSOVERS, taps=TAPS)
    assert block_of(split, x, 0).tobytes() == block_of(plain, x, 0).tobytes()


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_moving_gains_weigh_the_bands_of_direct_convolution(
    channels: int, rng: np.random.Generator
) -> None:
    x = rng.standard_normal((channels, 12_000)).astype(np.float32)
    rows_db = rng.uniform(-9, 6, (3, 120)).round(2)
    gains = made_gains(rows_db.tolist())
    kernel = BandFilter(CURVE, RATE, gains=gains, crossovers_hz=CROSSOVERS, taps=TAPS)
    slow = np.zeros(x.shape)
    steps = (100 * rows_db).astype("<i2") / 100.0
    for band in range(3):

        def masked(hz: npt.NDArray[np.float64], band: int = band) -> npt.NDArray[np.float64]:
            return np.asarray(CURVE(hz) * band_masks(hz, CROSSOVERS)[band])

        taps = shape_taps(masked, RATE, taps=TAPS)
        gain = np.interp(np.arange(12_000) / 80, np.arange(120), 10 ** (steps[band] / 20))
        for row, target in zip(x.astype(np.float64), slow, strict=True):
            target += gain * np.convolve(row, taps, mode="same")
    for index in range(-(-12_000 // kernel.hop)):
        at = index * kernel.hop
        wanted = slow[:, at : at + kernel.hop]
        found = block_of(kernel, x, index)[:, : wanted.shape[1]]
        np.testing.assert_allclose(found, wanted, atol=1e-5)


SIDE = side_gain((200.0, 1000.0), (0.0, 6.0, -9.0))


@pytest.mark.parametrize("moving", [False, True])
def test_width_keeps_the_mono_sum_and_scales_the_side(moving: bool, x: Audio) -> None:
    gains = made_gains([[0.0, -6.0], [2.0, 3.0], [0.0, -3.0]]) if moving else None
    borders = CROSSOVERS if moving else ()
    kernels = [
        BandFilter(CURVE, RATE, gains=gains, crossovers_hz=borders, side=side, taps=TAPS)
        for side in (None, SIDE)
    ]
    narrow, wide = (block_of(kernel, x, 0).astype(np.float64) for kernel in kernels)
    scale = np.abs(narrow).max()
    np.testing.assert_allclose(wide.sum(axis=0), narrow.sum(axis=0), atol=2e-6 * scale)
    if not moving:
        side = (x[0].astype(np.float64) - x[1]) / 2
        taps = shape_taps(lambda hz: CURVE(hz) * SIDE(hz), RATE, taps=TAPS)
        wanted = np.convolve(side, taps, mode="same")[: kernels[0].hop]
        found = ((wide[0] - wide[1]) / 2)[: wanted.size]
        np.testing.assert_allclose(found, wanted[: found.size], atol=5e-6)


def test_a_mono_signal_in_two_channels_has_no_width_to_change(rng: np.random.Generator) -> None:
    x = np.repeat(rng.standard_normal((1, 5000)).astype(np.float32), 2, axis=0)
    plain, wide = (BandFilter(CURVE, RATE, side=side, taps=TAPS) for side in (None, SIDE))
    np.testing.assert_allclose(block_of(wide, x, 0), block_of(plain, x, 0), atol=4e-6)


def test_next_to_nothing_of_a_channel_leaks_into_a_silent_one(rng: np.random.Generator) -> None:
    left = np.stack([rng.standard_normal(5000), np.zeros(5000)]).astype(np.float32)
    kernel = BandFilter(CURVE, RATE, side=side_gain((500.0,), (0.0, 0.0)), taps=TAPS)
    leak = np.abs(block_of(kernel, left, 0)[1]).max() / np.abs(left).max()
    assert leak < 1e-7  # 140 dB: the rounding of the transform that both share


@pytest.mark.parametrize(
    "make",
    [
        lambda: band_masks([100.0], [500.0, 400.0]),
        lambda: band_masks([100.0], [0.0]),
        lambda: band_masks([100.0], [float("nan")]),
        lambda: side_gain((100.0,), (1.0,)),
        lambda: side_gain((), (float("inf"),)),
        lambda: BandFilter(flat, RATE, gains=made_gains([[0.0]]), crossovers_hz=CROSSOVERS),
        lambda: BandFilter(flat, RATE, taps=512),
        lambda: BandFilter(flat, RATE, side=SIDE, taps=TAPS).block(
            np.zeros((1, 9000), np.float32), 0
        ),
        lambda: BandFilter(flat, RATE, taps=TAPS).block(np.zeros((1, 9), np.float32), 0),
    ],
)
def test_what_does_not_fit_is_refused(make: object) -> None:
    with pytest.raises(ParameterError):
        make()  # type: ignore[operator]


def test_a_gain_function_is_asked_for_frequencies_above_zero_alone() -> None:
    asked: list[float] = []

    def gain(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        asked.append(float(hz.min()))
        return np.ones(hz.shape)

    made: Gain = gain
    BandFilter(made, RATE, taps=TAPS)
    assert min(asked) > 0
