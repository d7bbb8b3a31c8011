"""Gains over time and for the side as values."""

from __future__ import annotations

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.errors import ParameterError
from auralis_lab.plan.automation import BandDynamics, BandWidth, band_weights

CROSSOVERS = st.lists(st.floats(30, 15_000), max_size=4, unique=True).map(
    lambda hz: tuple(sorted(hz))
)


@given(crossovers=CROSSOVERS)
def test_every_frequency_belongs_to_the_bands_in_shares_that_add_to_one(
    crossovers: tuple[float, ...],
) -> None:
    hz = np.geomspace(1, 24_000, 200)
    weights = band_weights(crossovers, hz)
    assert weights.shape == (len(crossovers) + 1, 200)
    np.testing.assert_allclose(weights.sum(axis=0), 1.0, atol=1e-12)


def test_a_crossover_is_where_two_bands_share_alike_and_an_octave_wide() -> None:
    weights = band_weights((160.0,), np.array([160 / 2**0.5, 160.0, 160 * 2**0.5]))
    np.testing.assert_allclose(weights, [[1, 0.5, 0], [0, 0.5, 1]], atol=1e-12)


@pytest.mark.parametrize(
    "stage",
    [
        BandDynamics.pack((160.0, 2500.0), 100, np.zeros((3, 2)), mean_gains_db=(-1.0, 0.0, 2.0)),
        BandWidth((160.0, 2500.0), (1.0, 1.0, 1.0), (-1.0, 0.0, 2.0)),
    ],
)
def test_within_a_band_the_mean_gain_is_that_band_s(stage: BandDynamics | BandWidth) -> None:
    gains = stage.mean_gain_db(np.array([40.0, 600.0, 9000.0]))
    np.testing.assert_allclose(gains, [-1.0, 0.0, 2.0], atol=1e-9)


def test_without_mean_gains_nothing_is_predicted() -> None:
    assert not BandWidth((160.0,), (1.0, 2.0)).mean_gain_db(np.array([50.0, 5000.0])).any()


def test_the_mean_gain_by_default_is_that_of_the_energy_over_the_points() -> None:
    made = BandDynamics.pack((), 100, [[0.0, 10.0]])
    assert made.mean_gains_db[0] == pytest.approx(10 * np.log10((1 + 10) / 2), abs=1e-3)


def test_the_sound_does_not_hang_on_predictions() -> None:
    a, b = (BandWidth((160.0,), (0.0, 1.0), means) for means in ((), (0.0, 0.2)))
    assert a.sound == b.sound


@pytest.mark.parametrize(
    "values",
    [
        {"control_rate_hz": 0.0},
        {"control_rate_hz": float("nan")},
        {"points": 0, "packed": b""},
        {"packed": bytes(3)},
        {"mean_gains_db": (0.0,)},
    ],
)
def test_gains_that_do_not_fit_are_refused(values: dict[str, object]) -> None:
    right = {"crossovers_hz": (160.0,), "control_rate_hz": 100.0, "points": 2, "packed": bytes(8)}
    BandDynamics(**right)  # type: ignore[arg-type]
    with pytest.raises(ParameterError):
        BandDynamics(**{**right, **values})  # type: ignore[arg-type]


def test_a_small_text_cannot_unpack_into_a_large_one() -> None:
    bomb = base64.b64encode(zlib.compress(bytes(50 << 20))).decode()
    values = BandDynamics.pack((), 100, [[0.0]]).to_values()
    with pytest.raises(ParameterError, match="take 2"):
        BandDynamics.from_values({**values, "packed": bomb})


@pytest.mark.parametrize(("crossovers", "gains"), [((160.0,), (0.0,)), ((0.0,), (0.0, 0.0))])
def test_side_gains_that_fit_no_bands_are_refused(
    crossovers: tuple[float, ...], gains: tuple[float, ...]
) -> None:
    with pytest.raises(ParameterError):
        BandWidth(crossovers, gains)
