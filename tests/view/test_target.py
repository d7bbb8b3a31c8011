"""Where the target band is drawn."""

from __future__ import annotations

import numpy as np

from auralis_lab.analysis.spectrum import Ltas
from auralis_lab.plan.targets import TARGET_BAND
from auralis_lab.view.target import laid_target

CENTRES = (31.5, 100.0, 1_000.0, 4_000.0, 16_000.0)


def test_a_spectrum_of_the_targets_own_shape_lies_within_it_at_any_level() -> None:
    middle, below, above = TARGET_BAND.at(np.array(CENTRES))
    for level_db in (-60.0, 0.0):
        edges = laid_target(Ltas(CENTRES, tuple(float(v) + level_db for v in middle)))
        assert edges is not None
        low, high = edges
        assert np.allclose(low, middle + level_db + below)
        assert np.allclose(high, middle + level_db + above)


def test_a_peak_at_one_end_does_not_move_the_target() -> None:
    middle, _, above = TARGET_BAND.at(np.array(CENTRES))
    levels = middle.copy()
    levels[0] += 30
    edges = laid_target(Ltas(CENTRES, tuple(map(float, levels))))
    assert edges is not None
    assert np.allclose(edges[1], middle + above)


def test_there_is_no_target_where_nothing_was_measured() -> None:
    assert laid_target(Ltas(CENTRES, (-10.0, None, None, None, -20.0))) is None
