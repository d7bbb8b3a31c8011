"""The limiter against hostile signals and against its own definition done slowly."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from auralis_lab.audio import Audio, db_to_gain
from auralis_lab.dsp.kernels import (
    all_finite,
    box_mean,
    cell_peaks,
    lines_between,
    release_floor,
    sliding_minimum,
    smoothed,
)
from auralis_lab.dsp.limiter import Limiter
from auralis_lab.dsp.true_peak import ANNEX2_PHASES
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import AudioSource
from tests.thorough import tries

CEILING = 10 ** (-1.0 / 20)
MARGIN_DB = 0.12  # eight points a frame miss at most cos(π 18 kHz / 8 / 44.1 kHz) of a peak
RATE = 44_100


def make_limiter(ceiling: float = CEILING) -> Limiter:
    return Limiter(ceiling=ceiling, lookahead_frames=220, release_frames=4000)


def limit(x: Audio, limiter: Limiter) -> Audio:
    padded = np.pad(x, ((0, 0), (limiter.left, limiter.right)))
    return limiter.process(padded, -limiter.left)[0]


def annex2_db(x: Audio) -> float:
    """True peak by plain convolution with the standard's filter."""
    rows = x.astype(np.float64)
    peaks = [np.abs(np.convolve(row, phase)).max() for row in rows for phase in ANNEX2_PHASES]
    return float(20 * np.log10(max(np.abs(rows).max(), *peaks)))


def sixteenfold_db(x: Audio) -> float:
    """True peak by exact sixteenfold band-limited interpolation of the zero-padded signal."""
    padded = np.pad(x.astype(np.float64), ((0, 0), (512, 512)))
    spectrum = np.fft.rfft(padded, axis=1)
    fine = np.fft.irfft(spectrum, 16 * padded.shape[1], axis=1) * 16
    return float(20 * np.log10(np.abs(fine).max()))


def hostile_signals() -> dict[str, Callable[[np.random.Generator, int], npt.NDArray[np.float64]]]:
    t = np.arange(RATE) / RATE
    return {
        "loud noise": lambda rng, n: rng.standard_normal((2, n)),
        "clipped noise": lambda rng, n: np.clip(3 * rng.standard_normal((2, n)), -1, 1),
        "full-scale square": lambda rng, n: np.sign(np.sin(2 * np.pi * 441.3 * t[:n]))[None],
        "square near 5 kHz": lambda rng, n: np.sign(np.sin(2 * np.pi * 5001.3 * t[:n]))[None],
        "fs/4 at 45 degrees": lambda rng, n: (
            1.41 * np.sin(np.pi / 2 * np.arange(n) + np.pi / 4)[None]
        ),
        "sparse impulses": lambda rng, n: 4.0 * (rng.random((2, n)) > 0.999),
        "alternating signs": lambda rng, n: np.cos(np.pi * np.arange(n))[None],
        "random signs": lambda rng, n: rng.choice([-1.0, 1.0], (3, n)),
        "DC": lambda rng, n: np.full((1, n), 3.0),
        "one sample": lambda rng, n: np.eye(1, n, n // 2) * 100,
    }


@pytest.mark.parametrize("name", hostile_signals())
def test_true_peak_stays_under_the_ceiling(name: str, rng: np.random.Generator) -> None:
    x = hostile_signals()[name](rng, RATE).astype(np.float32)
    assert annex2_db(x) > -1.0
    assert annex2_db(limit(x, make_limiter())) <= -1.0 + 0.01


@pytest.mark.parametrize("name", ["loud noise", "full-scale square", "clipped noise"])
def test_a_finer_interpolator_agrees_within_the_margin_on_what_is_audible(
    name: str, rng: np.random.Generator
) -> None:
    raw = hostile_signals()[name](rng, RATE)
    spectrum = np.fft.rfft(raw, axis=1)
    spectrum[:, 18_000:] = 0  # one bin is one hertz
    x = np.fft.irfft(spectrum, RATE, axis=1).astype(np.float32)
    x[:, :500] *= np.linspace(0, 1, 500, dtype=np.float32)
    x[:, -500:] *= np.linspace(1, 0, 500, dtype=np.float32)
    assert sixteenfold_db(limit(x, make_limiter())) <= -1.0 + MARGIN_DB


@settings(max_examples=tries(40))
@given(data=st.data())
def test_any_short_signal_stays_under_the_ceiling(data: st.DataObject) -> None:
    frames = data.draw(st.integers(1, 3000))
    seed = data.draw(st.integers(0, 2**32 - 1))
    level_db = data.draw(st.floats(-40, 60))
    rng = np.random.default_rng(seed)
    x = (10 ** (level_db / 20) * rng.standard_normal((2, frames))).astype(np.float32)
    y = limit(x, make_limiter())
    assert y.shape == x.shape
    assert annex2_db(y) <= -1.0 + 0.02


def test_what_is_under_the_ceiling_passes_bit_for_bit(tone: Callable[..., Audio]) -> None:
    x = tone(997, 0.5, level_dbfs=-1.5)
    y = limit(x, make_limiter())
    assert y.tobytes() == x.tobytes()


@settings(max_examples=tries(30))
@given(data=st.data())
def test_output_does_not_depend_on_where_a_track_is_cut(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    frames = 20_000
    x = (rng.standard_normal((2, frames)) * (rng.random(frames) > 0.7)).astype(np.float32)
    limiter = make_limiter()
    padded = np.pad(x, ((0, 0), (limiter.left, limiter.right)))
    whole = limiter.process(padded, -limiter.left)[0]
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, frames), max_size=8))), frames]
    parts = [
        limiter.process(padded[:, a : b + limiter.left + limiter.right], a - limiter.left)[0]
        for a, b in pairwise(cuts)
    ]
    assert np.concatenate(parts, axis=1).tobytes() == whole.tobytes()


def test_the_gain_equals_its_definition_done_slowly(rng: np.random.Generator) -> None:
    limiter = Limiter(ceiling=0.5, lookahead_frames=20, release_frames=100)
    x = (rng.standard_normal((1, 900)) * (rng.random(900) > 0.97)).astype(np.float32)
    padded = np.pad(x, ((0, 0), (limiter.left, limiter.right)))
    _, gain = limiter.process(padded, -limiter.left)
    row = np.pad(x[0].astype(np.float64), 400)
    points = [np.convolve(row, phase)[6 : 6 + row.size] for phase in ANNEX2_PHASES]
    envelope = np.max(np.abs([row, *points]), axis=0)
    required = np.minimum(1.0, 0.5 / np.maximum(envelope, 1e-9))
    floor = np.array([min(required[n - j] + j / 100 for j in range(101)) for n in range(101, 1500)])
    low = np.array([floor[n - 22 : n + 23].min() for n in range(22, floor.size - 22)])
    triangle = np.convolve(np.ones(11), np.ones(11)) / 121
    slow = np.convolve(low, triangle, mode="valid")
    offset = 400 - 101 - 22 - 10
    np.testing.assert_allclose(gain, slow[offset : offset + 900], atol=2e-3)


def test_a_small_reduction_is_over_sooner_than_a_large_one() -> None:
    envelope = np.zeros(1000, np.float32)
    envelope[100] = 1 / 0.9
    small = release_floor(envelope, 1.0, 1 / 500)
    envelope[100] = 1 / 0.5
    large = release_floor(envelope, 1.0, 1 / 500)
    assert (small < 1).sum() == pytest.approx(50, abs=2)
    assert (large < 1).sum() == pytest.approx(250, abs=2)


def test_sliding_minimum_equals_the_slow_way(rng: np.random.Generator) -> None:
    x = rng.random(500)
    slow = [x[n - 7 : n + 8].min() for n in range(7, 493)]
    np.testing.assert_array_equal(sliding_minimum(x, 7), slow)


@pytest.mark.parametrize("first_frame", [-17, 0, 5, 1_000_003])
def test_box_mean_equals_the_slow_way(first_frame: int, rng: np.random.Generator) -> None:
    x = rng.random(300)
    slow = [x[n : n + 11].mean() for n in range(290)]
    np.testing.assert_allclose(box_mean(x, first_frame, 11), slow, atol=1e-14)


def finer_db(x: Audio, factor: int) -> float:
    """True peak by a common resampler at `factor` times the rate."""
    padded = np.pad(x.astype(np.float64), ((0, 0), (300, 300)))
    return float(20 * np.log10(np.abs(resample_poly(padded, factor, 1, axis=1)).max()))


def near_nyquist(hz: float) -> Callable[[np.random.Generator, int], npt.NDArray[np.float64]]:
    return lambda rng, n: (2 * np.sin(2 * np.pi * hz / RATE * np.arange(n) + 0.3))[None]


NEAR_NYQUIST = {f"tone of {hz} Hz": near_nyquist(hz) for hz in (18_000, 20_500, 21_900, 22_040)}


@pytest.mark.parametrize("name", [*hostile_signals(), *NEAR_NYQUIST])
def test_finer_meters_find_no_over_beyond_their_own_differences(
    name: str, rng: np.random.Generator
) -> None:
    x = {**hostile_signals(), **NEAR_NYQUIST}[name](rng, RATE // 2).astype(np.float32)
    limiter = Limiter(
        ceiling=db_to_gain(-1.0 - MARGIN_DB), lookahead_frames=220, release_frames=13_230
    )
    limited = limit(x, limiter)
    assert annex2_db(limited) <= -1.0
    # White noise at full level is the worst: nothing below 20 kHz reads this much.
    for factor in (4, 8, 16):
        assert finer_db(limited, factor) <= -1.0 + 0.1


@pytest.mark.parametrize(
    "name",
    ["hobbs_lets_go_fishin.ogg", "jalmaan_bumblebeat.flac", "sek_lithium_unmastered_mix.flac"],
)
def test_recordings_driven_hard_have_no_over_on_any_meter(name: str, shared_audio: Path) -> None:
    with AudioSource(shared_audio / "music" / name) as source:
        rate_hz = source.rate_hz
        x = source.read(20 * rate_hz, 4 * rate_hz)
    x *= 4 / np.abs(x).max()
    limiter = Limiter(
        ceiling=db_to_gain(-1.0 - MARGIN_DB),
        lookahead_frames=round(0.005 * rate_hz),
        release_frames=round(0.3 * rate_hz),
    )
    limited = limit(x, limiter)
    fade = np.linspace(0, 1, 2000, dtype=np.float32)
    limited[:, :2000] *= fade  # a cut through music would ring in an endless interpolator
    limited[:, -2000:] *= fade[::-1]
    assert sixteenfold_db(limited) <= -1.0
    for factor in (4, 8, 16):
        assert finer_db(limited, factor) <= -1.0


@settings(max_examples=tries(60))
@given(data=st.data())
def test_the_release_equals_its_definition_done_slowly(data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    envelope = (2 * rng.random(200) * (rng.random(200) > 0.9)).astype(np.float32)
    slope = 1 / data.draw(st.integers(1, 300))
    needed = np.minimum(1.0, 0.5 / np.maximum(envelope.astype(float), 1e-9))
    lines = [[min(1.0, needed[m] + slope * (n - m)) for m in range(n + 1)] for n in range(200)]
    slow = [min(row) for row in lines]
    np.testing.assert_allclose(release_floor(envelope, 0.5, slope), slow, atol=1e-6)


@pytest.mark.parametrize("cell_frames", [1, 4, 16])
def test_peaks_of_cells_are_the_largest_in_each(cell_frames: int, rng: np.random.Generator) -> None:
    envelope = rng.random(200).astype(np.float32)
    found = cell_peaks(envelope, 5, 10, cell_frames)
    rows = envelope[5 : 5 + 10 * cell_frames].reshape(10, cell_frames)
    np.testing.assert_array_equal(found, rows.max(axis=1))


@pytest.mark.parametrize("cell_frames", [1, 4, 16])
@pytest.mark.parametrize("frames", [0, 1, 150])
def test_lines_go_straight_from_knot_to_knot(
    cell_frames: int, frames: int, rng: np.random.Generator
) -> None:
    knots = rng.random(frames // cell_frames + 3)
    first = cell_frames - 1
    at = (np.arange(frames) + first) / cell_frames
    slow = np.interp(at, np.arange(knots.size), knots)
    found = lines_between(knots, first, frames, cell_frames)
    np.testing.assert_allclose(found, slow.astype(np.float32), atol=1e-6)


@settings(max_examples=tries(20))
@given(first=st.integers(-50, 10_000), reach=st.integers(0, 9), width=st.integers(1, 9))
def test_smoothing_is_a_minimum_and_two_means_wherever_it_is_cut(
    first: int, reach: int, width: int
) -> None:
    rng = np.random.default_rng(first + 50)
    context = 2 * reach + 2 * (width - 1)
    floor = np.ones(5000 + context)
    dips = rng.integers(0, floor.size, 5)
    floor[dips] = rng.random(5)
    low = np.lib.stride_tricks.sliding_window_view(floor, 2 * reach + 1).min(axis=1)
    box = np.ones(width) / width
    slow = np.convolve(np.convolve(low, box, "valid"), box, "valid")
    found = smoothed(floor, first, reach, width)
    np.testing.assert_allclose(found, slow, atol=1e-12)
    cut = int(rng.integers(1, 4999))
    tail = smoothed(floor[cut:], first + cut, reach, width)
    assert tail.tobytes() == found[cut:].tobytes()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_found_wherever_it_stands(bad: float) -> None:
    x = np.full(100, -3.4e38, np.float32)
    assert all_finite(x)
    for at in (0, 57, 99):
        x[at] = bad
        assert not all_finite(x)
        x[at] = 0.0


@pytest.mark.parametrize(
    ("ceiling", "lookahead", "release"),
    [(0.0, 10, 10), (float("nan"), 10, 10), (float("inf"), 10, 10), (1.0, 1, 10), (1.0, 10, 0)],
)
def test_impossible_settings_are_refused(ceiling: float, lookahead: int, release: int) -> None:
    with pytest.raises(ParameterError):
        Limiter(ceiling=ceiling, lookahead_frames=lookahead, release_frames=release)


def test_a_window_without_its_context_is_refused() -> None:
    with pytest.raises(ParameterError, match="must hold its context"):
        make_limiter().process(np.zeros((1, 10), np.float32), 0)
