"""The long-term average spectrum on sines, noise, pauses and scraps."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.analysis.spectrum import Ltas, LtasMeter, band_centres_hz, band_edges_hz
from auralis_lab.analysis.stft import SharedFrames
from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from tests.thorough import tries

RATES_HZ = [8000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000]
NOISE: Audio = (0.1 * np.random.default_rng(440).standard_normal((2, 60_000))).astype(np.float32)


class Meter:
    """The meter of spectra over frames of its own."""

    def __init__(self, rate_hz: int, channels: int) -> None:
        self.shared = SharedFrames(rate_hz, channels)
        self.meter = LtasMeter(self.shared)

    def push(self, audio: Audio) -> None:
        for frames in self.shared.push(audio):
            self.meter.push(frames)

    def result(self) -> Ltas:
        ended = self.meter.fork()
        for frames in self.shared.ending():
            ended.push(frames)
        return ended.result()


def measure(audio: Audio, rate_hz: int) -> Ltas:
    meter = Meter(rate_hz, len(audio))
    meter.push(audio)
    return meter.result()


def levels(ltas: Ltas) -> npt.NDArray[np.float64]:
    return np.array([-math.inf if level is None else level for level in ltas.levels_db])


def periodogram_levels(audio: Audio, rate_hz: int) -> npt.NDArray[np.float64]:
    """Power in each band of one transform over everything, no window, no blocks."""
    frames = audio.shape[1]
    power = (np.abs(np.fft.rfft(audio.astype(np.float64))) ** 2).mean(axis=0) * 2 / frames**2
    edges = np.rint(band_edges_hz(band_centres_hz(rate_hz)) / rate_hz * frames).astype(int)
    bands = [power[low:high].sum() for low, high in pairwise(edges)]
    return 10 * np.log10(np.array(bands) / 0.5)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_a_sine_reads_its_level_in_its_band(rate_hz: int, tone: Callable[..., Audio]) -> None:
    centres = band_centres_hz(rate_hz)
    for band in {0, 1, 5, len(centres) // 2, len(centres) - 1}:
        measured = levels(measure(tone(centres[band], 4, rate_hz), rate_hz))
        assert measured[band] == pytest.approx(-20.0, abs=0.05 if band else 0.1)
        others = np.delete(measured, [max(band - 1, 0), band, min(band + 1, len(centres) - 1)])
        assert others.max() < -60


def test_a_sine_is_found_whole_anywhere_in_its_band(tone: Callable[..., Audio]) -> None:
    for hz in (92.0, 100.0, 108.0, 900.0, 1110.0):
        measured = levels(measure(tone(hz, 5), 44_100))
        assert measured.max() == pytest.approx(-20.0, abs=0.05)


def test_pink_noise_is_flat(pink: Callable[..., Audio]) -> None:
    measured = levels(measure(pink(60, 48_000), 48_000))[7:]
    assert np.abs(measured - measured.mean()).max() < 0.6
    assert np.abs(measured[10:] - measured[10:].mean()).max() < 0.2


@pytest.mark.parametrize("rate_hz", [8000, 44_100])
def test_noise_reads_as_in_one_transform_over_everything(
    rate_hz: int, rng: np.random.Generator
) -> None:
    audio = (0.05 * rng.standard_normal((2, rate_hz * 60))).astype(np.float32)
    difference = levels(measure(audio, rate_hz)) - periodogram_levels(audio, rate_hz)
    assert np.abs(difference).max() < 0.5
    assert np.abs(difference[10:]).max() < 0.1


def test_bands_add_up_to_the_level_of_the_whole(pink: Callable[..., Audio]) -> None:
    spectrum = np.fft.rfft(pink(20, 48_000))
    hz = np.fft.rfftfreq(20 * 48_000, 1 / 48_000)
    spectrum[:, (hz < 20) | (hz > 20_000)] = 0.0
    audio = np.fft.irfft(spectrum).astype(np.float32)
    total_db = 10 * math.log10(np.sum(10 ** (levels(measure(audio, 48_000)) / 10)))
    assert total_db == pytest.approx(10 * math.log10(2 * float(np.mean(audio**2))), abs=0.05)


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 6])
def test_powers_are_averaged_over_the_channels(channels: int, tone: Callable[..., Audio]) -> None:
    audio = tone(1000, 3, channels=channels)
    audio[1:] = 0.0
    measured = levels(measure(audio, 44_100))
    assert measured.max() == pytest.approx(-20 - 10 * math.log10(channels), abs=0.02)


def test_pauses_do_not_count(tone: Callable[..., Audio]) -> None:
    audio = tone(1000, 30)
    audio[:, 10 * 44_100 : 22 * 44_100] = 0.0
    with_pause = levels(measure(audio, 44_100)).max()
    assert with_pause == pytest.approx(-20.0, abs=0.3)


def test_hiss_under_the_gate_does_not_count_either(rng: np.random.Generator) -> None:
    hiss = (10 ** (-80 / 20) * rng.standard_normal((2, 5 * 44_100))).astype(np.float32)
    assert set(measure(hiss, 44_100).levels_db) == {None}
    assert None not in measure(hiss * np.float32(10), 44_100).levels_db


def test_a_constant_offset_is_no_programme() -> None:
    assert set(measure(np.full((1, 88_200), 0.1, np.float32), 44_100).levels_db) == {None}


@pytest.mark.parametrize("frames", [0, 1, 100, 44_100])
def test_silence_has_no_levels(frames: int) -> None:
    measured = measure(np.zeros((2, frames), dtype=np.float32), 44_100)
    assert measured.levels_db == (None,) * 30


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.7429, 0.744, 1.0, 1.2, 1.6])
def test_short_tracks_are_measured_with_what_they_have(
    seconds: float, tone: Callable[..., Audio]
) -> None:
    measured = levels(measure(tone(1000, seconds), 44_100))
    assert measured.max() == pytest.approx(-20.0, abs=0.1)


def test_the_last_frames_are_measured_too(tone: Callable[..., Audio]) -> None:
    audio = np.zeros((2, 5 * 44_100 + 777), dtype=np.float32)
    audio[:, -8000:] = tone(1000, 1)[:, :8000]
    measured = measure(audio, 44_100)
    assert levels(measured).max() > -60


@given(lengths=st.lists(st.integers(1, 20_000), min_size=1, max_size=5), channels=st.integers(1, 5))
@settings(max_examples=tries(12))
def test_result_does_not_depend_on_where_blocks_are_cut(lengths: list[int], channels: int) -> None:
    audio = np.tile(NOISE, (3, 1))[:channels]
    pieces = Meter(8000, channels)
    start = 0
    while start < audio.shape[1]:
        for length in lengths:
            pieces.push(audio[:, start : start + length])
            start += length
    assert pieces.result() == measure(audio, 8000)


def test_reading_the_result_does_not_disturb_the_meter() -> None:
    meter = Meter(8000, 2)
    for start in range(0, NOISE.shape[1], 5000):
        meter.push(NOISE[:, start : start + 5000])
        assert meter.result() == measure(NOISE[:, : start + 5000], 8000)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_bands_are_exact_thirds_of_an_octave_below_the_nyquist_frequency(rate_hz: int) -> None:
    centres = np.array(band_centres_hz(rate_hz))
    edges = band_edges_hz(band_centres_hz(rate_hz))
    assert centres[17] == pytest.approx(1000)
    np.testing.assert_allclose(centres[1:] / centres[:-1], 10**0.1)
    np.testing.assert_allclose(np.sqrt(edges[1:] * edges[:-1]), centres)
    assert edges[-1] <= rate_hz / 2
    assert len(centres) == 31 or edges[-1] * 10**0.1 > rate_hz / 2


def test_levels_that_do_not_match_the_bands_are_refused() -> None:
    with pytest.raises(ParameterError, match="levels_db"):
        Ltas(centres_hz=(100.0, 200.0), levels_db=(None,))


def test_input_that_cannot_be_measured_is_refused() -> None:
    with pytest.raises(ParameterError, match="not finite"):
        Meter(8000, 1).push(np.full((1, 10), math.nan, dtype=np.float32))
