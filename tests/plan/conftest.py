"""Profiles to plan from, without any audio."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from auralis_lab.analysis.definitions import (
    BAND_EDGES_HZ,
    CONTROL_RATE_HZ,
    dynamics_crossovers,
)
from auralis_lab.analysis.envelopes import BandEnvelopes
from auralis_lab.analysis.loudness import Loudness
from auralis_lab.analysis.profile import PROFILE_VERSION, Profile
from auralis_lab.analysis.spectrum import Ltas, band_centres_hz
from auralis_lab.analysis.stereo import Stereo
from auralis_lab.plan.presets import TARGET_CURVE

Levels = npt.NDArray[np.float64]


def drums(bands: int, seconds: float, *, beats_hz: float = 2.0, drop_db: float = 18.0) -> Levels:
    """Levels of a beat that decays by `drop_db` until the next, shape (bands, points)."""
    points = np.arange(round(seconds * CONTROL_RATE_HZ))
    phase = points / CONTROL_RATE_HZ * beats_hz % 1.0
    row = -20.0 - drop_db * phase
    return np.stack([row - 6.0 * band for band in range(bands)])


def make_profile(
    *,
    lufs: float | None = -20.0,
    true_peak_dbtp: float | None = -6.0,
    tilt: Callable[[float], float] = lambda hz: 0.0,
    rate_hz: int = 44_100,
    channels: int = 2,
    stereo: Stereo | None = None,
    levels: Levels | None = None,
) -> Profile:
    """A track on the target curve, plus `tilt` in decibels at each band.

    It is a beat of one minute unless it is given other `levels`, and as wide in every band.
    """
    crossovers = dynamics_crossovers(rate_hz)
    if levels is None:
        levels = drums(len(crossovers) + 1, 60.0)
    wide = Stereo(0.88, 0.06) if stereo is None else stereo
    centres = band_centres_hz(rate_hz)
    curve = np.interp(np.log(centres), np.log(TARGET_CURVE.frequencies_hz), TARGET_CURVE.gains_db)
    ltas_db = tuple(float(v) - 25 + tilt(hz) for hz, v in zip(centres, curve, strict=True))
    measured = lufs is not None and true_peak_dbtp is not None
    return Profile(
        version=PROFILE_VERSION,
        key="made",
        rate_hz=rate_hz,
        channels=channels,
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
        ltas=Ltas(centres, ltas_db),
        stereo=wide,
        band_stereo=(wide,) * (len(BAND_EDGES_HZ) - 1) if channels == 2 else (),
        envelopes=BandEnvelopes.pack(crossovers, CONTROL_RATE_HZ, levels),
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
