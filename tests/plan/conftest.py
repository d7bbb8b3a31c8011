"""Profiles to plan from, without any audio."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from auralis_lab.analysis.loudness import Loudness
from auralis_lab.analysis.profile import PROFILE_VERSION, Profile
from auralis_lab.analysis.spectrum import Ltas, band_centres_hz
from auralis_lab.analysis.stereo import Stereo
from auralis_lab.plan.presets import TARGET_CURVE


def make_profile(
    *,
    lufs: float | None = -20.0,
    true_peak_dbtp: float | None = -6.0,
    tilt: Callable[[float], float] = lambda hz: 0.0,
    rate_hz: int = 44_100,
) -> Profile:
    """A track on the target curve, plus `tilt` in decibels at each band."""
    centres = band_centres_hz(rate_hz)
    curve = np.interp(np.log(centres), np.log(TARGET_CURVE.frequencies_hz), TARGET_CURVE.gains_db)
    levels = tuple(float(v) - 25 + tilt(hz) for hz, v in zip(centres, curve, strict=True))
    measured = lufs is not None and true_peak_dbtp is not None
    return Profile(
        version=PROFILE_VERSION,
        key="made",
        rate_hz=rate_hz,
        channels=2,
        frames=rate_hz * 60,
        loudness=Loudness(
            integrated_lufs=lufs,
            lra_lu=5.0,
            max_momentary_lufs=lufs,
            max_short_term_lufs=lufs,
            true_peak_dbtp=true_peak_dbtp,
            sample_peak_dbfs=true_peak_dbtp,
            plr_db=true_peak_dbtp - lufs
            if lufs is not None and true_peak_dbtp is not None
            else None,
            short_term_lufs=(),
            short_term_hop_s=0.1,
        ),
        ltas=Ltas(centres, levels),
        stereo=Stereo(None, None),
        crest=(
            (
                (lufs or 0.0, (true_peak_dbtp or 0.0) - 3, 500),
                (lufs or 0.0, true_peak_dbtp or 0.0, 20),
            )
            if measured
            else ()
        ),
    )


@pytest.fixture
def profile_factory() -> Callable[..., Profile]:
    return make_profile
