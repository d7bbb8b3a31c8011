"""What becomes of the peaks, against rendered audio."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from auralis_lab.analysis.loudness import measure_loudness
from auralis_lab.analysis.profile import measure
from auralis_lab.io.source import ArraySource
from auralis_lab.plan.enhance import plan
from auralis_lab.plan.model import EqCurve
from auralis_lab.plan.outlook import Outlook
from auralis_lab.plan.peaks import peak_change
from auralis_lab.plan.presets import PRESET_NAMES
from auralis_lab.render.renderer import render
from tests.plan.conftest import make_profile
from tests.plan.heard import MADE, MUSIC, RECORDINGS, excerpt, made, value


@pytest.mark.parametrize("name", [*MADE, *(RECORDINGS or ["recordings"])])
def test_the_peak_before_the_limiter_is_known_within_what_is_said(
    name: str, request: pytest.FixtureRequest
) -> None:
    if name not in MADE:
        request.getfixturevalue("shared_audio")
    audio, rate_hz = made(name) if name in MADE else excerpt(MUSIC / name)
    source = ArraySource(audio, rate_hz)
    profile = measure(source)
    for preset in PRESET_NAMES:
        chosen = plan(profile, preset)
        freely = render(source, replace(chosen, gain_db=chosen.gain_db - 40.0))
        reached = value(measure_loudness(freely, rate_hz=rate_hz).true_peak_dbtp) + 40.0
        (told,) = [d.sentence for d in chosen.decisions if d.topic == "true peak"]
        said, within = (
            told.split("would be about ")[1].split(" dB) after")[0].split(" dBTP (within ")
        )
        assert abs(float(said) - reached) <= float(within) + 0.05, preset


def test_a_level_curve_moves_peaks_by_its_gain_and_nothing_is_known_of_nothing() -> None:
    rng = np.random.default_rng(440)
    noise = measure(ArraySource(0.1 * rng.standard_normal((2, 44_100)).astype(np.float32), 22_050))
    change = peak_change(noise, EqCurve((1000.0,), (3.0,)), None, None)
    assert change is not None
    assert (change.highest_db, change.usual_db) == pytest.approx((3.0, 3.0), abs=1e-9)
    assert peak_change(make_profile(), EqCurve((1000.0,), (3.0,)), None, None) is None
    blind = Outlook(make_profile(), EqCurve((1000.0,), (3.0,)), None, None, plan(noise).limiter)
    assert blind.peak_within_db == 3.0
