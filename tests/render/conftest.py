"""Plans and sources for the render tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.io.source import ArraySource
from auralis_lab.plan.model import EqCurve, LimiterSettings, Plan, Prediction


def make_plan(*, gain_db: float = 9.0, intensity: float = 1.0) -> Plan:
    """Work for every stage: a curve, and enough gain to keep the limiter busy."""
    return Plan(
        preset="warm",
        intensity=intensity,
        eq=EqCurve((40.0, 200.0, 1000.0, 8000.0), (3.0, 1.0, 0.0, -3.0)),
        gain_db=gain_db,
        limiter=LimiterSettings(),
        target_lufs=-14.0,
        predicted=Prediction(-14.0, -1.1, 0.5),
        decisions=(),
    )


@pytest.fixture(scope="session")
def music() -> Audio:
    """Two channels of noise bursts over a bass line, one second and a bit at 44.1 kHz."""
    rng = np.random.default_rng(440)
    n = np.arange(70_001)
    bass = 0.4 * np.sin(2 * np.pi * 55 / 44_100 * n)
    bursts = (rng.standard_normal((2, n.size)) * np.exp(-(n % 11_025) / 1500)) * 0.4
    audio: Audio = (bass + bursts).astype(np.float32)
    return audio


@pytest.fixture
def source(music: Audio) -> ArraySource:
    return ArraySource(music, 44_100)


@pytest.fixture
def plan_factory() -> Callable[..., Plan]:
    return make_plan
