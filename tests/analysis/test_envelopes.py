"""Levels of the bands over time, of signals that are loud where and when they were made so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.analysis.definitions import CONTROL_RATE_HZ, dynamics_crossovers
from auralis_lab.analysis.envelopes import FLOOR_DB, BandEnvelopes
from auralis_lab.analysis.movement import Movement, MovementMeter
from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from tests.thorough import tries

RATE_HZ = 8000
NOISE: Audio = (0.1 * np.random.default_rng(440).standard_normal((3, 26_000))).astype(np.float32)


def measured(audio: Audio, rate_hz: int) -> Movement:
    meter = MovementMeter(rate_hz, len(audio))
    meter.push(audio)
    return meter.result()


def levels_db(audio: Audio, rate_hz: int) -> np.ndarray:
    return measured(audio, rate_hz).envelopes.levels_db


@pytest.mark.parametrize("rate_hz", [5000, 8000, 44_100, 96_000])
@pytest.mark.parametrize("channels", [1, 2, 3, 6])
def test_a_tone_has_its_level_in_its_band_at_every_moment(
    rate_hz: int, channels: int, tone: Callable[..., Audio]
) -> None:
    bands = len(dynamics_crossovers(rate_hz)) + 1
    for band, hz in enumerate((60.0, 600.0, 3200.0)[:bands]):
        levels = levels_db(tone(hz, 1.5, rate_hz, channels), rate_hz)
        assert levels.shape == (bands, 150)
        assert levels[band, 5:-5] == pytest.approx(-20.0, abs=0.3)
        others = np.delete(levels, band, axis=0)[:, 5:-5]
        assert (others < -50).all()


def test_a_point_describes_the_moment_it_lies_at(rng: np.random.Generator) -> None:
    rate_hz = 44_100
    noise = (0.1 * rng.standard_normal((2, 3 * rate_hz))).astype(np.float32)
    noise[:, rate_hz : 2 * rate_hz] *= 10 ** (-30 / 20)
    top = levels_db(noise, rate_hz)[2]
    loud, soft = np.median(top[:90]), np.median(top[110:190])
    assert loud - soft == pytest.approx(30, abs=0.5)
    middle = (loud + soft) / 2
    below = np.flatnonzero(top < middle)
    assert (below[0], below[-1]) == (pytest.approx(101, abs=1), pytest.approx(199, abs=1))


def test_bands_and_channels_add_up_to_the_power_of_the_whole_above_20_hz(
    pink: Callable[..., Audio],
) -> None:
    audio = pink(5, 44_100)
    levels = levels_db(audio, 44_100)
    total_db = 10 * np.log10(np.mean(np.sum(10 ** (levels / 10), axis=0)))
    powers = np.abs(np.fft.rfft(audio.astype(float))) ** 2
    heard = powers[:, np.fft.rfftfreq(audio.shape[1], 1 / 44_100) >= 20]
    mean_square = 2 * heard.sum() / audio.shape[1] ** 2 / len(audio)
    assert total_db == pytest.approx(10 * np.log10(2 * mean_square), abs=0.2)


@pytest.mark.parametrize("rate_hz", [5000, 44_100])
@pytest.mark.parametrize("hz", [0.0, 3.0, 8.0])
def test_an_offset_and_what_is_too_low_to_hear_leave_the_lowest_band_alone(
    hz: float, rate_hz: int, tone: Callable[..., Audio]
) -> None:
    bass = tone(60.0, 2.0, rate_hz)
    t = np.arange(bass.shape[1]) / rate_hz
    level = float(np.abs(bass).max())
    moved = (bass + level * np.cos(2 * np.pi * hz * t)).astype(np.float32)
    changes = (levels_db(moved, rate_hz) - levels_db(bass, rate_hz))[0, 20:-20]
    assert abs(10 * np.log10(np.mean(10 ** (changes / 10)))) < 0.6


def test_silence_lies_on_the_floor_and_overs_above_zero() -> None:
    silent = measured(np.zeros((1, 10_000), np.float32), RATE_HZ).envelopes
    assert silent.points == 125
    assert (silent.levels_db == FLOOR_DB).all()
    sine = 100 * np.sin(2 * np.pi * 60 * np.arange(8000) / RATE_HZ)
    loud = levels_db(sine[np.newaxis].astype(np.float32), RATE_HZ)
    assert np.median(loud[0]) == pytest.approx(40, abs=1)


@pytest.mark.parametrize("frames", [0, 1, 79, 80, 81, 7999, 8000, 8001])
def test_there_is_a_point_every_10_ms_from_the_first_frame_on(frames: int) -> None:
    envelopes = measured(NOISE[:1, :frames], RATE_HZ).envelopes
    assert envelopes.points == -(-frames * CONTROL_RATE_HZ // RATE_HZ)
    assert np.isfinite(envelopes.levels_db).all()


@given(lengths=st.lists(st.integers(1, 9000), min_size=1, max_size=5), channels=st.integers(1, 3))
@settings(max_examples=tries(15))
def test_nothing_depends_on_where_blocks_are_cut(lengths: list[int], channels: int) -> None:
    audio = NOISE[:channels]

    def pieces() -> Iterator[Audio]:
        start = 0
        while start < audio.shape[1]:
            for length in lengths:
                yield audio[:, start : start + length]
                start += length

    meter = MovementMeter(RATE_HZ, channels)
    for piece in pieces():
        meter.push(piece)
    assert meter.result() == measured(audio, RATE_HZ)


def test_reading_the_result_does_not_disturb_the_meter() -> None:
    meter = MovementMeter(RATE_HZ, 2)
    for start in range(0, NOISE.shape[1], 7000):
        meter.push(NOISE[:2, start : start + 7000])
        assert meter.result() == measured(NOISE[:2, : start + 7000], RATE_HZ)


@pytest.mark.parametrize(
    ("gains", "correlation", "side_share"),
    [((1, 1), 1.0, 0.0), ((1, -1), -1.0, 1.0), ((1, 0), None, 0.5), ((1, 0.5), 1.0, 0.1)],
)
def test_every_band_tells_how_the_channels_relate(
    gains: tuple[float, float],
    correlation: float | None,
    side_share: float,
    rng: np.random.Generator,
) -> None:
    noise = 0.1 * rng.standard_normal(3 * 44_100)
    audio = np.outer(np.array(gains), noise).astype(np.float32)
    bands = measured(audio, 44_100).band_stereo
    assert len(bands) == 7
    for band in bands:
        if correlation is None:
            assert band.correlation is None
        else:
            assert band.correlation == pytest.approx(correlation, abs=1e-3)
        assert band.side_share == pytest.approx(side_share, abs=1e-3)


def test_bands_may_differ_in_width(rng: np.random.Generator, tone: Callable[..., Audio]) -> None:
    audio = tone(100, 3) + tone(6000, 3) * np.array([[1], [-1]], np.float32)
    bands = measured(audio, 44_100).band_stereo
    assert bands[1].correlation == pytest.approx(1, abs=1e-3)
    assert bands[5].correlation == pytest.approx(-1, abs=1e-3)


def test_only_two_channels_have_a_width() -> None:
    assert measured(NOISE, RATE_HZ).band_stereo == ()
    assert measured(NOISE[:1], RATE_HZ).band_stereo == ()


def test_what_is_no_envelope_is_refused() -> None:
    with pytest.raises(ParameterError, match="must rise"):
        BandEnvelopes((200.0, 100.0), 100, 0, b"")
    with pytest.raises(ParameterError, match="must have 8"):
        BandEnvelopes((200.0,), 100, 2, b"1234")
    with pytest.raises(ParameterError, match="out of range"):
        BandEnvelopes((), 0, 0, b"")
    with pytest.raises(ParameterError, match="without NaN"):
        BandEnvelopes.pack((), 100, [[float("nan")]])
