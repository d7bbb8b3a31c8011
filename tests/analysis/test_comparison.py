"""Metrics as they are shown, and what a metric of one's own is given."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from auralis_lab.analysis.comparison import METRICS, Compared, Metric, Sound
from auralis_lab.audio import Audio

RATE_HZ = 8_000


def test_metrics_are_shown_without_addresses_of_functions() -> None:
    shown = repr(METRICS)
    assert "0x" not in shown
    assert "function" not in shown
    assert all(metric.meaning in shown for metric in METRICS.values())


def test_a_metric_of_ones_own_can_use_all_that_its_docstring_names(
    pink: Callable[..., Audio],
) -> None:
    audio = pink(2.0, RATE_HZ)
    compared = Compared(
        Sound(audio, RATE_HZ), Sound(np.float32(0.5) * audio, RATE_HZ), elapsed_s=0.5
    )

    def halved(given: Compared) -> float | None:
        before, after = given.before, given.after
        assert before.audio.shape == after.audio.shape == (2, 2 * RATE_HZ)
        assert before.rate_hz == RATE_HZ
        assert before.profile.frames == 2 * RATE_HZ
        assert sum(len(part) for part in after.spectra()) == after.novelty.size + 1
        assert (given.exact, given.seam_rank, given.elapsed_s) == (None, None, 0.5)
        return float(20 * np.log10(after.rms / before.rms))

    metric = Metric("halved", "dB", "", "level after over before", halved)
    assert metric.function(compared) == pytest.approx(-6.02, abs=0.01)
