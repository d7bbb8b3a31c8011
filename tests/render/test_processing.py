"""Calling a function that is not ours."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.errors import AuralisLabError, ParameterError
from auralis_lab.render.processing import ChunkError, processed

RATE = 8000


@pytest.fixture
def x(rng: np.random.Generator) -> Audio:
    return rng.standard_normal((2, 100)).astype(np.float32)


def test_what_the_function_returns_is_passed_on(x: Audio) -> None:
    heard: list[int] = []

    def halved(audio: Audio, rate_hz: int) -> Audio:
        heard.append(rate_hz)
        return audio * np.float32(0.5)

    assert np.array_equal(processed(halved, x, RATE), x / 2)
    assert heard == [RATE]


def test_a_function_may_overwrite_what_it_gets(x: Audio) -> None:
    def in_place(audio: Audio, rate_hz: int) -> Audio:
        audio *= -1
        return audio

    before = x.copy()
    x.setflags(write=False)
    assert np.array_equal(processed(in_place, x, RATE), -before)
    assert np.array_equal(x, before)


def test_what_the_function_raises_is_the_cause_of_a_named_error(x: Audio) -> None:
    def failing(audio: Audio, rate_hz: int) -> Audio:
        raise KeyError("no such\n  preset")

    with pytest.raises(ParameterError, match="raised KeyError: 'no such") as caught:
        processed(failing, x, RATE)
    assert isinstance(caught.value.__cause__, KeyError)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (None, "NoneType, not an array"),
        ([[0.0]], "list, not an array"),
        (np.zeros((2, 99), np.float32), r"\(2, 100\) into \(2, 99\)"),
        (np.zeros((1, 100), np.float32), r"into \(1, 100\)"),
        (np.zeros((2, 100), np.float16), "float16, which must be float32"),
        (np.zeros((2, 100), np.int16), "int16, which must be float32"),
        (np.full((2, 100), 1e300), "not finite"),
        (np.full((2, 100), np.nan, np.float32), "not finite"),
        (np.full((2, 100), np.inf, np.float32), "not finite"),
    ],
)
def test_what_is_no_audio_of_the_same_kind_is_refused(made: object, message: str, x: Audio) -> None:
    with pytest.raises(ParameterError, match=message):
        processed(lambda audio, rate_hz: made, x, RATE)  # type: ignore[arg-type, return-value]


def test_what_comes_back_as_float64_is_rounded(x: Audio) -> None:
    made = processed(lambda audio, rate_hz: np.tanh(audio.astype(np.float64)), x, RATE)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made, np.tanh(x), rtol=1e-6)


def test_no_frames_are_audio_too() -> None:
    empty = np.zeros((2, 0), np.float32)
    assert processed(lambda audio, rate_hz: audio, empty, RATE).shape == (2, 0)


def test_an_error_of_a_chunk_says_where_and_survives_pickling() -> None:
    error = ChunkError(3, 30.0, 45.0, "it raised")
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, AuralisLabError)
    assert str(again) == "chunk 3 (30.000 to 45.000 s): it raised"
