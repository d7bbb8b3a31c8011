"""Crossfade laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.dsp.fades import CURVES, crossfade, fade_weights
from auralis_lab.errors import ParameterError


@given(frames=st.integers(2, 5000))
def test_equal_gain_weights_add_to_one(frames: int) -> None:
    outgoing, incoming = fade_weights(frames, curve="equal_gain")
    np.testing.assert_allclose(outgoing + incoming, 1.0, atol=1e-12)


@given(frames=st.integers(2, 5000))
def test_equal_power_weights_have_squares_that_add_to_one(frames: int) -> None:
    outgoing, incoming = fade_weights(frames, curve="equal_power")
    np.testing.assert_allclose(outgoing**2 + incoming**2, 1.0, atol=1e-12)


@pytest.mark.parametrize("curve", CURVES)
def test_a_fade_is_its_own_mirror_image_and_moves_one_way(curve: str) -> None:
    outgoing, incoming = fade_weights(777, curve=curve)  # type: ignore[arg-type]
    np.testing.assert_allclose(outgoing, incoming[::-1], atol=1e-12)
    assert np.all(np.diff(incoming) > 0)
    assert 0 < incoming[0] < 0.01


def test_the_same_passage_faded_into_itself_stays_as_it_was(rng: np.random.Generator) -> None:
    x = rng.standard_normal((2, 1000)).astype(np.float32)
    np.testing.assert_allclose(crossfade(x, x, curve="equal_gain"), x, atol=1e-6)


def test_equal_power_swells_by_3_db_in_the_middle_of_the_same_passage() -> None:
    x = np.ones((1, 1001), np.float32)
    middle = crossfade(x, x, curve="equal_power")[0, 500]
    assert 20 * np.log10(middle) == pytest.approx(3.01, abs=0.01)


def test_unrelated_noise_keeps_its_power_through_an_equal_power_fade(
    rng: np.random.Generator,
) -> None:
    a, b = rng.standard_normal((2, 1, 200_000)).astype(np.float32)
    faded = crossfade(a, b, curve="equal_power")
    parts = (faded.reshape(10, -1) ** 2).mean(axis=1)
    np.testing.assert_allclose(10 * np.log10(parts), 0.0, atol=0.2)


def test_two_constant_sides_meet_at_the_written_weights() -> None:
    a, b = np.zeros((2, 64), np.float32), np.ones((2, 64), np.float32)
    u = (np.arange(64) + 0.5) * np.pi / 128
    np.testing.assert_allclose(crossfade(a, b, curve="equal_gain")[1], np.sin(u) ** 2, atol=1e-6)
    np.testing.assert_allclose(crossfade(a, b, curve="equal_power")[0], np.sin(u), atol=1e-6)


@pytest.mark.parametrize(
    ("a", "b", "curve", "message"),
    [
        (np.zeros((1, 4)), np.zeros((1, 5)), "equal_gain", "shapes"),
        (np.zeros(4), np.zeros(4), "equal_gain", "shapes"),
        (np.zeros((1, 1)), np.zeros((1, 1)), "equal_gain", "frames=1 must be 2 or more"),
        (np.zeros((1, 4)), np.zeros((1, 4)), "linear", "must be 'equal_power' or 'equal_gain'"),
    ],
)
def test_what_cannot_be_faded_is_refused(a: object, b: object, curve: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        crossfade(a, b, curve=curve)  # type: ignore[arg-type]
