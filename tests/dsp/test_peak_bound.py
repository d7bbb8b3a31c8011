"""The bound on true peaks against the peaks themselves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.audio import Audio
from auralis_lab.dsp.kernels import EIGHTHS, INTERPOLATOR_HALF, raise_by_eighths
from auralis_lab.dsp.peak_bound import STRETCH_FRAMES, peaks_over, tap_bounds
from auralis_lab.dsp.true_peak import ANNEX2_PHASES
from tests.thorough import tries

CONTEXT = INTERPOLATOR_HALF
REFINE_DB = 1.0


def exact_peaks(window: Audio, refine_above: float) -> npt.NDArray[np.float64]:
    """Every point of every frame, by plain convolution in double precision."""
    frames = window.shape[1] - 2 * CONTEXT
    standard, finer = np.zeros(frames), np.zeros(frames)
    for row in window.astype(np.float64):
        standard = np.maximum(standard, np.abs(row[CONTEXT : CONTEXT + frames]))
        for taps in ANNEX2_PHASES:  # from 5 frames before to 6 after
            values = np.convolve(row, taps)[CONTEXT + 6 :][:frames]
            standard = np.maximum(standard, np.abs(values))
        for taps in EIGHTHS:  # from 11 before to 12 after
            values = np.convolve(row, taps[::-1])[CONTEXT + 12 :][:frames]
            finer = np.maximum(finer, np.abs(values))
    return np.where(standard > refine_above, np.maximum(standard, finer), standard)


@st.composite
def signals(draw: st.DrawFn) -> Audio:
    """Noise of any colour, tones up to the Nyquist frequency, impulses, steps; with silences."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    frames = draw(st.integers(0, 700))
    channels = draw(st.integers(1, 3))
    n = np.arange(2 * CONTEXT + frames)
    kind = draw(st.sampled_from(["noise", "smooth", "tone", "impulses", "square", "steps"]))
    noise = rng.standard_normal((channels, n.size))
    if kind == "noise":
        x = noise
    elif kind == "smooth":
        x = np.cumsum(noise, axis=1) / 10
    elif kind == "tone":
        cycles = draw(st.one_of(st.floats(0, 0.5), st.floats(0.48, 0.5)))
        x = np.cos(2 * np.pi * cycles * n + rng.uniform(0, 2 * np.pi, (channels, 1)))
    elif kind == "impulses":
        x = noise * (rng.random(n.size) > 0.97)
    elif kind == "square":
        x = np.sign(np.sin(2 * np.pi * draw(st.floats(0.001, 0.5)) * n + 0.1))[np.newaxis]
    else:
        x = np.sign(np.cumsum(noise, axis=1))
    if draw(st.booleans()):
        x = x * (np.sin(n / draw(st.floats(10, 200))) > 0)
    made: Audio = np.ascontiguousarray(x * 10 ** (draw(st.floats(-30, 30)) / 20), np.float32)
    return made


@settings(max_examples=tries(400))
@given(window=signals(), below_db=st.floats(-3, 12))
def test_no_peak_above_the_ceiling_is_missed(window: Audio, below_db: float) -> None:
    # Ceilings around the largest sample are where the bound decides.
    ceiling = max(float(np.abs(window).max(initial=0.0)), 1e-6) * 10 ** (-below_db / 20)
    refine_above = ceiling * 10 ** (-REFINE_DB / 20)
    found = peaks_over(window, ceiling, refine_above)
    exact = exact_peaks(window, refine_above)
    rounding = 1e-5 * float(np.abs(window).max(initial=1.0))
    over = exact > ceiling + rounding
    np.testing.assert_allclose(found[over], exact[over], rtol=1e-5)
    assert (found <= np.maximum(exact, ceiling) + rounding).all()


@settings(max_examples=tries(60))
@given(window=signals(), cut=st.integers(0, 200), stop=st.integers(0, 200))
def test_what_exceeds_the_ceiling_does_not_depend_on_cutting(
    window: Audio, cut: int, stop: int
) -> None:
    ceiling = 0.5 * float(np.abs(window).max(initial=1e-6)) + 1e-9
    whole = peaks_over(window, ceiling, 0.9 * ceiling)
    cut = min(cut, whole.size)
    last = max(cut, whole.size - stop)
    part = peaks_over(window[:, cut : last + 2 * CONTEXT], ceiling, 0.9 * ceiling)
    piece = whole[cut:last]
    over = piece > ceiling
    assert np.array_equal(over, part[: piece.size] > ceiling)
    assert part[: piece.size][over].tobytes() == piece[over].tobytes()


def test_where_nothing_can_reach_the_ceiling_nothing_is_computed() -> None:
    n = np.arange(20_000)
    x = (0.5 * np.sin(2 * np.pi * 440 / 44_100 * n)).astype(np.float32)[np.newaxis]
    assert not peaks_over(x, 0.51, 0.45).any()


def test_one_impulse_is_found_wherever_it_lies_in_a_stretch() -> None:
    for at in range(3 * STRETCH_FRAMES):
        x = np.zeros((2, 2 * CONTEXT + 3 * STRETCH_FRAMES), np.float32)
        x[1, CONTEXT + at] = -1.0
        found = peaks_over(x, 0.5, 0.4)
        assert found[at] >= 1.0
        assert np.flatnonzero(found > 0.5).tolist() == [i for i in (at - 1, at) if i >= 0]


def test_factors_of_the_bound_hold_for_lines_and_parabolas(rng: np.random.Generator) -> None:
    for taps in (*ANNEX2_PHASES, *EIGHTHS):
        magnitude, line, bend = tap_bounds(np.asarray(taps))
        n = np.arange(taps.size)
        for _ in range(200):
            x = rng.standard_normal(taps.size)
            largest, curve = np.abs(x).max(), np.abs(np.diff(x, 2)).max()
            value = abs(float(taps @ x))
            assert value <= magnitude * largest + 1e-12
            assert value <= line * largest + bend * curve + 1e-12
        worst = np.sign(taps)
        assert float(taps @ worst) == pytest.approx(magnitude)
        slope = 3.0 - 0.25 * n
        assert abs(float(taps @ slope)) <= line * np.abs(slope).max() + 1e-12


def test_points_between_are_raised_only_above_the_threshold(rng: np.random.Generator) -> None:
    x = rng.standard_normal(11 + 300 + 12).astype(np.float32)
    envelope = np.abs(x[11:-12])
    raised = envelope.copy()
    raise_by_eighths(x, raised, 0.7)
    values = [np.convolve(x.astype(float), taps[::-1])[23:][:300] for taps in EIGHTHS]
    finer = np.maximum(envelope, np.abs(values).max(axis=0))
    np.testing.assert_allclose(raised, np.where(envelope > 0.7, finer, envelope), rtol=1e-5)
