"""Crossfade laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.dsp.fades import CURVES, LEAST_CORRELATION, correlation_of, crossfade, fade_weights
from auralis_lab.errors import ParameterError


@given(frames=st.integers(2, 5000))
def test_equal_gain_weights_add_to_one(frames: int) -> None:
    outgoing, incoming = fade_weights(frames, curve="equal_gain")
    np.testing.assert_allclose(outgoing + incoming, 1.0, atol=1e-12)


@given(frames=st.integers(2, 5000))
def test_equal_power_weights_have_squares_that_add_to_one(frames: int) -> None:
    outgoing, incoming = fade_weights(frames, curve="equal_power")
    np.testing.assert_allclose(outgoing**2 + incoming**2, 1.0, atol=1e-12)


@pytest.mark.parametrize("curve", ["equal_power", "equal_gain"])
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
        (
            np.zeros((1, 4)),
            np.zeros((1, 4)),
            "linear",
            "must be 'equal_power', 'equal_gain' or 'matched'",
        ),
    ],
)
def test_what_cannot_be_faded_is_refused(a: object, b: object, curve: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        crossfade(a, b, curve=curve)  # type: ignore[arg-type]


@given(r=st.floats(LEAST_CORRELATION, 1.0), frames=st.integers(2, 3000))
def test_matched_weights_keep_the_power_of_sides_with_that_correlation(
    r: float, frames: int
) -> None:
    a, b = fade_weights(frames, curve="matched", correlation=r)
    np.testing.assert_allclose(a**2 + b**2 + 2 * r * a * b, 1.0, atol=1e-12)
    np.testing.assert_allclose(a, b[::-1], atol=1e-12)
    assert a.min() >= 0


@given(r=st.floats(-1.0, 1.0))
def test_matched_weights_are_bounded_whatever_the_correlation(r: float) -> None:
    a, b = fade_weights(1001, curve="matched", correlation=r)
    assert max(a.max(), b.max()) <= 2 / np.sqrt(3) + 1e-12
    if r >= 0:
        assert np.all(np.diff(b) > 0)


@pytest.mark.parametrize(("r", "curve"), [(1.0, "equal_gain"), (0.0, "equal_power")])
def test_a_matched_fade_is_one_of_the_fixed_laws_at_its_ends(r: float, curve: str) -> None:
    matched = fade_weights(777, curve="matched", correlation=r)
    fixed = fade_weights(777, curve=curve)  # type: ignore[arg-type]
    np.testing.assert_allclose(matched, fixed, atol=1e-12)


@pytest.mark.parametrize("r", [-0.4, 0.0, 0.3, 0.8, 1.0])
def test_noise_of_any_correlation_keeps_its_power_through_a_matched_fade(
    r: float, rng: np.random.Generator
) -> None:
    x, y = rng.standard_normal((2, 1, 400_000))
    a, b = x.astype(np.float32), (r * x + np.sqrt(1 - r * r) * y).astype(np.float32)
    assert correlation_of(a, b) == pytest.approx(r, abs=0.01)
    parts = (crossfade(a, b, curve="matched").reshape(10, -1) ** 2).mean(axis=1)
    np.testing.assert_allclose(10 * np.log10(parts), 0.0, atol=0.2)


def test_correlation_does_not_depend_on_level_and_is_none_with_silence(
    rng: np.random.Generator,
) -> None:
    a, b = rng.standard_normal((2, 2, 5000)).astype(np.float32)
    expected = np.corrcoef(np.r_[a[0], a[1], -a[0], -a[1]], np.r_[b[0], b[1], -b[0], -b[1]])[0, 1]
    assert correlation_of(a, b) == pytest.approx(expected, abs=1e-9)
    assert correlation_of(a, np.float32(0.01) * b) == pytest.approx(expected, abs=1e-6)
    assert correlation_of(a, a) == pytest.approx(1.0)
    assert correlation_of(a, -a) == pytest.approx(-1.0)
    assert correlation_of(a, np.zeros_like(a)) == 0.0


@pytest.mark.parametrize("curve", CURVES)
def test_silence_fades_to_silence(curve: str) -> None:
    silence = np.zeros((2, 10), np.float32)
    assert not crossfade(silence, silence, curve=curve).any()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("curve", "correlation"),
    [("matched", None), ("equal_gain", 0.5), ("matched", 1.5), ("matched", float("nan"))],
)
def test_a_correlation_that_does_not_fit_the_curve_is_refused(
    curve: str, correlation: float | None
) -> None:
    with pytest.raises(ParameterError, match="correlation="):
        fade_weights(10, curve=curve, correlation=correlation)  # type: ignore[arg-type]
