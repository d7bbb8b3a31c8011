"""The true-peak envelope against the plain filters of BS.1770-5, Annex 2."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.audio import Audio
from auralis_lab.dsp.true_peak import (
    ANNEX2_PHASES,
    TRUE_PEAK_CONTEXT_FRAMES,
    TRUE_PEAK_LEFT_FRAMES,
    TRUE_PEAK_RIGHT_FRAMES,
    true_peak_envelope,
)
from auralis_lab.errors import ParameterError
from tests.thorough import tries

NOISE: Audio = np.random.default_rng(440).standard_normal((2, 3000)).astype(np.float32)
WHOLE = true_peak_envelope(NOISE)


def plain_envelope(audio: Audio) -> npt.NDArray[np.float64]:
    """Sample and four convolutions per frame, in double precision."""
    x = audio.astype(np.float64)
    best = np.abs(x[:, TRUE_PEAK_LEFT_FRAMES:-TRUE_PEAK_RIGHT_FRAMES]).max(axis=0)
    for channel in x:
        for phase in ANNEX2_PHASES:
            best = np.maximum(best, np.abs(np.convolve(channel, phase, "valid")))
    return np.asarray(best)


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_envelope_is_that_of_the_four_plain_filters(
    channels: int, rng: np.random.Generator
) -> None:
    audio = rng.standard_normal((channels, 2000)).astype(np.float32)
    np.testing.assert_allclose(true_peak_envelope(audio), plain_envelope(audio), atol=1e-6)


@given(start=st.integers(0, 2900), frames=st.integers(11, 400))
@settings(max_examples=tries(60))
def test_envelope_does_not_depend_on_where_audio_is_cut(start: int, frames: int) -> None:
    piece = NOISE[:, start : start + frames]
    if piece.shape[1] < TRUE_PEAK_CONTEXT_FRAMES:
        return
    expected = WHOLE[start : start + piece.shape[1] - TRUE_PEAK_CONTEXT_FRAMES]
    assert np.array_equal(true_peak_envelope(np.ascontiguousarray(piece)), expected)
    assert np.array_equal(true_peak_envelope(piece), expected)


def test_phases_look_between_a_frame_and_the_next() -> None:
    n = np.arange(400)
    hz_per_rate = 0.02
    values = [
        float(np.dot(phase, np.sin(2 * np.pi * hz_per_rate * n[100:112])[::-1]))
        for phase in ANNEX2_PHASES
    ]
    times = 100 + TRUE_PEAK_LEFT_FRAMES + (2 * np.arange(4) + 1) / 8
    np.testing.assert_allclose(values, np.sin(2 * np.pi * hz_per_rate * times), rtol=0.04)


def test_an_impulse_shows_in_the_frames_that_interpolate_it() -> None:
    audio = np.zeros((1, 40), dtype=np.float32)
    audio[0, 20] = 1.0
    envelope = true_peak_envelope(audio)
    assert np.argmax(envelope) + TRUE_PEAK_LEFT_FRAMES == 20
    assert envelope.max() == 1.0
    reached = np.flatnonzero(envelope) + TRUE_PEAK_LEFT_FRAMES
    assert (reached[0], reached[-1]) == (20 - TRUE_PEAK_RIGHT_FRAMES, 20 + TRUE_PEAK_LEFT_FRAMES)


def test_sines_up_to_045_of_the_rate_read_within_035_db() -> None:
    n = np.arange(400)
    for period in range(3, 41):
        for cycles in range(1, int(0.45 * period) + 1):
            for phase in np.linspace(0, np.pi, 13):
                sine = np.sin(2 * np.pi * cycles / period * n + phase).astype(np.float32)
                reading_db = 20 * np.log10(true_peak_envelope(sine[np.newaxis]).max())
                assert -0.35 < reading_db < 0.25


def test_audio_that_is_all_context_has_an_empty_envelope() -> None:
    audio = np.ones((2, TRUE_PEAK_CONTEXT_FRAMES), dtype=np.float32)
    assert true_peak_envelope(audio).shape == (0,)


def test_audio_shorter_than_its_context_is_refused() -> None:
    with pytest.raises(ParameterError, match="shorter than the context"):
        true_peak_envelope(np.zeros((1, TRUE_PEAK_CONTEXT_FRAMES - 1), dtype=np.float32))
