"""Levels through a fade are those of the formula for sides of known correlation."""

from __future__ import annotations

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.dsp.fades import CURVES, Curve
from auralis_lab.errors import ParameterError
from auralis_lab.view import fade_levels, plot_fades

PARTS = 11
HALF_WAY_DB = {  # 10 log10(a² + b² + 2rab) with the weights half way
    ("equal_power", 0.0): 0.0,
    ("equal_power", 1.0): 10 * np.log10(2.0),
    ("equal_gain", 0.0): -10 * np.log10(2.0),
    ("equal_gain", 1.0): 0.0,
    ("matched", 0.0): 0.0,
    ("matched", 1.0): 0.0,
}


def sides(correlation: float, level_db: float = 0.0) -> tuple[Audio, Audio]:
    noise = 0.1 * np.random.default_rng(440).standard_normal((2, 2, 120_000))
    other = correlation * noise[0] + np.sqrt(1 - correlation**2) * noise[1]
    other *= 10 ** (level_db / 20)
    return noise[0].astype(np.float32), other.astype(np.float32)


@pytest.mark.parametrize(("curve", "correlation"), HALF_WAY_DB)
def test_half_way_the_level_is_that_of_the_formula(curve: Curve, correlation: float) -> None:
    levels = fade_levels(*sides(correlation), curve=curve, parts=PARTS)
    assert levels.correlation == pytest.approx(correlation, abs=0.02)
    assert levels.progress[PARTS // 2] == 0.5
    wanted_db = HALF_WAY_DB[curve, correlation]
    assert levels.measured_db[PARTS // 2] == pytest.approx(wanted_db, abs=0.15)
    assert levels.expected_db[PARTS // 2] == pytest.approx(wanted_db, abs=0.05)


@pytest.mark.parametrize("level_db", [-12.0, 6.0])
def test_unrelated_sides_of_other_levels_pass_smoothly_with_equal_power(level_db: float) -> None:
    levels = fade_levels(*sides(0.0, level_db), curve="equal_power", parts=PARTS)
    np.testing.assert_allclose(levels.measured_db, 0.0, atol=0.25)


@pytest.mark.parametrize("level_db", [-12.0, -6.0, 3.0, 6.0])
def test_the_same_sound_at_another_level_falls_below_a_smooth_passage(level_db: float) -> None:
    levels = fade_levels(*sides(1.0, level_db), curve="matched", parts=PARTS)
    gain = 10 ** (level_db / 20)
    amplitude, power = (1 + gain) / 2, (1 + gain**2) / 2
    assert levels.level_db == pytest.approx(level_db, abs=1e-4)
    assert levels.measured_db[PARTS // 2] == pytest.approx(
        10 * np.log10(amplitude**2 / power), abs=0.05
    )


def test_silence_has_no_level_and_can_be_drawn() -> None:
    silent = np.zeros((2, 100), np.float32)
    levels = fade_levels(silent, silent, curve="matched", parts=4)
    assert np.isnan(levels.measured_db).all()
    assert np.isnan(levels.level_db)
    plot_fades({"silence": (silent, silent)}, parts=4).canvas.draw()


def test_every_pair_has_a_panel_with_each_law_measured_and_expected() -> None:
    pairs = {"unrelated": sides(0.0), "opposite": sides(-1.0)}
    figure = plot_fades(pairs, parts=PARTS, title="fades")
    assert len(figure.axes) == 2
    for axis, pair in zip(figure.axes, pairs.values(), strict=True):
        drawn = axis.lines
        assert len(drawn) == 2 * len(CURVES)
        for curve, expected, measured in zip(CURVES, drawn[::2], drawn[1::2], strict=True):
            levels = fade_levels(*pair, curve=curve, parts=PARTS)
            np.testing.assert_array_equal(expected.get_ydata(), levels.expected_db)
            np.testing.assert_array_equal(measured.get_ydata(), levels.measured_db)
        looks = {(line.get_color(), line.get_linestyle(), line.get_linewidth()) for line in drawn}
        assert len(looks) == len(drawn)
    assert "cos² of the power" in figure.axes[0].get_ylabel()
    assert "correlation 0.00" in figure.axes[0].get_title(loc="left")
    assert "correlation −1.00, level +0.0 dB" in figure.axes[1].get_title(loc="left")


def test_nothing_to_fade_and_too_many_parts_are_refused() -> None:
    with pytest.raises(ParameterError, match="at least one"):
        plot_fades({})
    short = np.ones((1, 10), np.float32)
    with pytest.raises(ParameterError, match="parts=11"):
        fade_levels(short, short, curve="matched", parts=11)
