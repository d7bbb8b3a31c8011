"""The linear stages of a plan, and what the whole renderer makes of inputs that are no music."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from auralis_lab.analysis.profile import measure
from auralis_lab.audio import Audio, Readable, db_to_gain
from auralis_lab.dsp.fir import curve_gain, shape_taps
from auralis_lab.dsp.true_peak import ANNEX2_PHASES
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import ArraySource
from auralis_lab.plan.automation import BandDynamics, BandWidth
from auralis_lab.plan.enhance import plan
from auralis_lab.plan.model import Plan
from auralis_lab.render.chunks import black_box
from auralis_lab.render.filtered import Filtered, padded
from auralis_lab.render.renderer import Insert, Renderer, render
from tests.render.conftest import make_plan

BORDERS = (160.0, 2500.0)


def full_plan(points: int = 40, *, gain_db: float = 0.0) -> Plan:
    """EQ, dynamics and width together."""
    rng = np.random.default_rng(440)
    moves = BandDynamics.pack(BORDERS, 100, rng.uniform(-6, 3, (3, points)))
    width = BandWidth((250.0,), (0.0, 4.0))
    return replace(make_plan(gain_db=gain_db), dynamics=moves, width=width)


def true_peak_db(x: Audio) -> float:
    rows = x.astype(np.float64)
    peaks = [np.abs(np.convolve(row, h)).max() for row in rows for h in ANNEX2_PHASES]
    return float(20 * np.log10(max(float(np.abs(rows).max()), *peaks, 1e-9)))


def test_reads_are_eq_and_gain_by_plain_convolution(rng: np.random.Generator) -> None:
    x = rng.standard_normal((2, 30_000)).astype(np.float32)
    made = make_plan(gain_db=-3.0)
    curve = curve_gain(made.eq.frequencies_hz, made.eq.gains_db)
    taps = shape_taps(lambda hz: db_to_gain(-3.0) * curve(hz), 8000)
    direct = np.array([np.convolve(row, taps, mode="same") for row in x.astype(np.float64)])
    stage = Filtered(ArraySource(x, 8000), made)
    np.testing.assert_allclose(stage.read(0, 30_000), direct, atol=4e-6)
    np.testing.assert_allclose(stage.read(24_000, 1000), direct[:, 24_000:25_000], atol=4e-6)


def test_the_last_points_of_gains_hold_to_the_end(rng: np.random.Generator) -> None:
    x = rng.standard_normal((1, 40_000)).astype(np.float32)
    gains = np.array([[0.0, -6.0]])
    made = replace(make_plan(gain_db=0.0), dynamics=BandDynamics.pack((), 100, gains))
    plain = Filtered(ArraySource(x, 8000), make_plan(gain_db=0.0)).read(0, 40_000)
    moved = Filtered(ArraySource(x, 8000), made).read(0, 40_000)
    np.testing.assert_allclose(moved[:, 80:], plain[:, 80:] * 10 ** (-6 / 20), atol=4e-6)
    np.testing.assert_allclose(moved[:, 0], plain[:, 0], atol=4e-6)


def test_width_is_for_two_channels_alone_and_keeps_their_sum(rng: np.random.Generator) -> None:
    made, narrow = full_plan(), replace(full_plan(), width=None)
    for channels in (1, 2, 3):
        x = rng.standard_normal((channels, 20_000)).astype(np.float32)
        wide, plain = (Filtered(ArraySource(x, 8000), p).read(0, 20_000) for p in (made, narrow))
        if channels == 2:
            assert np.abs(wide - plain).max() > 0.1
            np.testing.assert_allclose(wide.sum(axis=0), plain.sum(axis=0), atol=1e-5)
        else:
            assert wide.tobytes() == plain.tobytes()


def test_channels_move_alike_and_keep_their_order(rng: np.random.Generator) -> None:
    made = full_plan()
    x = rng.standard_normal((6, 20_000)).astype(np.float32)
    out = Filtered(ArraySource(x, 8000), made).read(0, 20_000)
    for channel in range(6):
        alone = Filtered(ArraySource(x[channel], 8000), made).read(0, 20_000)
        np.testing.assert_allclose(out[channel], alone[0], atol=4e-6)


def test_padding_is_zeros_where_the_track_has_nothing() -> None:
    source = ArraySource(np.arange(1.0, 6.0), 8000)
    window, end = padded(source, -3, 9)
    assert window.tolist() == [[0, 0, 0, 1, 2, 3, 4, 5, 0, 0, 0, 0]]
    assert end == 5
    assert padded(source, 1, 4)[1] is None
    assert padded(source, 7, 9)[0].tolist() == [[0, 0]]
    assert padded(source, -9, -4)[0].tolist() == [[0] * 5]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("at", [0, 20_000, 39_999])
def test_values_that_are_no_numbers_are_refused_where_they_are_heard(bad: float, at: int) -> None:
    x = np.zeros((2, 40_000), np.float32)
    x[1, at] = bad
    with pytest.raises(ParameterError, match="not finite"):
        render(ArraySource(x, 8000), full_plan())


def test_a_gain_beyond_the_range_of_floats_is_refused() -> None:
    x = np.full((1, 9000), 3e38, np.float32)
    with pytest.raises(ParameterError, match="too large"):
        render(ArraySource(x, 8000), make_plan(gain_db=20.0))


def test_an_insert_that_makes_no_numbers_is_refused() -> None:
    class Broken(ArraySource):
        def read(self, start_frame: int, frames: int) -> Audio:
            return super().read(start_frame, frames) * np.float32(np.nan)

    def make(before: Readable) -> Readable:
        return Broken(np.zeros((before.channels, before.total_frames)), before.rate_hz)

    source = ArraySource(np.zeros((2, 9000), np.float32), 8000)
    with pytest.raises(ParameterError, match="not finite"):
        Renderer(source, make_plan(), inserts=[Insert(make)]).read(0, 100)


STRANGE: dict[str, tuple[Audio, int]] = {
    "silence": (np.zeros((2, 50_000), np.float32), 44_100),
    "DC": (np.full((1, 50_000), 0.9, np.float32), 44_100),
    "one impulse": (np.eye(1, 50_000, 25_000, dtype=np.float32), 44_100),
    "one frame": (np.ones((2, 1), np.float32), 44_100),
    "no frame": (np.zeros((2, 0), np.float32), 44_100),
    "two frames": (np.array([[1.0, -1.0]], np.float32), 8000),
    "shorter than every window": (np.ones((2, 500), np.float32), 192_000),
    "full-scale square": (
        np.sign(np.sin(np.arange(120_000) * 0.05) + 0.001).astype(np.float32)[np.newaxis],
        44_100,
    ),
    "8 kHz mono": (np.sin(np.arange(40_000) * 0.3).astype(np.float32)[np.newaxis], 8000),
    "192 kHz": (np.sin(np.arange(300_000) * [[0.01], [0.03]]).astype(np.float32), 192_000),
    "six channels": (np.sin(np.arange(90_000) * np.ones((6, 1)) * 0.1).astype(np.float32), 48_000),
    "far beyond full scale": (np.full((2, 9000), 1e6, np.float32), 44_100),
    "denormal": (np.full((2, 9000), 1e-40, np.float32), 44_100),
    "4 kHz": (np.sin(np.arange(9000) * 0.3).astype(np.float32)[np.newaxis], 4000),
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_input_comes_out_as_long_finite_and_under_the_ceiling(name: str) -> None:
    audio, rate_hz = STRANGE[name]
    source = ArraySource(audio, rate_hz)
    plans = [make_plan(gain_db=20.0), full_plan(gain_db=20.0)]
    plans += [plan(measure(source), preset) for preset in ("adaptive", "punchy")]
    for made in plans:
        out = render(source, made)
        assert out.shape == audio.shape
        assert out.dtype == np.float32
        assert np.isfinite(out).all()
        if out.shape[1]:
            assert true_peak_db(out) <= made.limiter.ceiling_dbtp
        if not audio.any():
            assert not out.any()
        middle = audio.shape[1] // 2
        piece = Renderer(source, made).read(middle, 77)
        assert piece.tobytes() == out[:, middle : middle + 77].tobytes()


def test_read_only_audio_renders_like_any_other(rng: np.random.Generator) -> None:
    x = rng.standard_normal((1, 9000)).astype(np.float32)
    wanted = render(ArraySource(x, 8000), full_plan())
    x.setflags(write=False)
    assert render(ArraySource(x, 8000), full_plan()).tobytes() == wanted.tobytes()
    alike = black_box(lambda audio, rate_hz: audio)
    inserts = [Insert(lambda before: alike(before), at="first")]
    assert render(ArraySource(x, 8000), full_plan(), inserts=inserts).tobytes() == wanted.tobytes()
