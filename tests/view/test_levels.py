"""Level differences are those of the gains that were applied."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from auralis_lab.view import plot_levels
from auralis_lab.view.levels import level_difference_db

RATE_HZ = 8_000


def test_a_step_of_gain_is_read_where_it_is(pink: Callable[..., Audio]) -> None:
    sound = pink(4.0, RATE_HZ)
    stepped = sound.copy()
    stepped[:, 2 * RATE_HZ :] *= np.float32(10 ** (-3 / 20))
    found = level_difference_db(stepped, sound, RATE_HZ, stretch_s=0.5)
    np.testing.assert_allclose(found, [0, 0, 0, 0, -3, -3, -3, -3], atol=1e-4)


def test_silence_is_a_gap(pink: Callable[..., Audio]) -> None:
    sound = pink(1.0, RATE_HZ)
    sound[:, : RATE_HZ // 2] = 0
    found = level_difference_db(sound, sound, RATE_HZ, stretch_s=0.25)
    np.testing.assert_array_equal(found, [np.nan, np.nan, 0, 0])
    plot_levels({"silence": 0 * sound}, sound, RATE_HZ).canvas.draw()


def test_each_rendering_has_a_panel_on_one_scale(pink: Callable[..., Audio]) -> None:
    sound = pink(2.0, RATE_HZ)
    renderings = {"as it is": sound, "half": np.float32(0.5) * sound}
    figure = plot_levels(renderings, sound, RATE_HZ, over="the original", fades=[(4_000, 8_000)])
    steps = [axis.patches[-1].get_data() for axis in figure.axes]  # type: ignore[attr-defined]
    assert [axis.get_ylabel() for axis in figure.axes] == list(renderings)
    np.testing.assert_allclose(steps[0][0], 0, atol=1e-9)
    np.testing.assert_allclose(steps[1][0], 20 * np.log10(0.5), atol=1e-5)
    assert steps[1][1].tolist() == pytest.approx([0, 0.4, 0.8, 1.2, 1.6, 2.0])
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()
    assert figure.get_supylabel() == "level over the original (dB)"


def test_nothing_other_shapes_and_no_whole_stretch_are_refused(pink: Callable[..., Audio]) -> None:
    sound = pink(1.0, RATE_HZ)
    with pytest.raises(ParameterError, match="at least one"):
        plot_levels({}, sound, RATE_HZ)
    with pytest.raises(ParameterError, match="shape"):
        level_difference_db(sound[:, 1:], sound, RATE_HZ)
    for stretch_s in (0.0, 1.5):
        with pytest.raises(ParameterError, match="stretch_s"):
            level_difference_db(sound, sound, RATE_HZ, stretch_s=stretch_s)
