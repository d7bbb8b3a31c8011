"""Fingerprints of signals whose numbers follow from their making."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import pytest

from auralis_lab.analysis.fingerprint import (
    BAND_EDGES_HZ,
    DEFINITIONS,
    DIMENSIONS,
    MEASURES,
    measures,
)
from auralis_lab.analysis.profile import measure
from auralis_lab.audio import Audio, as_audio
from auralis_lab.io.source import ArraySource

Measures: TypeAlias = dict[str, float | None]
SHARES = DIMENSIONS[:7]
HIGHEST_HZ = 10**4.25  # of the third of an octave around 15.8 kHz
EDGES_HZ = (*BAND_EDGES_HZ[:-1], HIGHEST_HZ)


def of(audio: Audio, rate_hz: int = 48_000) -> Measures:
    return measures(measure(ArraySource(audio, rate_hz)))


def shares(known: Measures) -> list[float | None]:
    return [known[name] for name in SHARES]


def number(known: Measures, name: str) -> float:
    value = known[name]
    assert value is not None
    return value


def sine(hz: float, seconds: float, rate_hz: int = 48_000, gain: float = 0.1) -> Audio:
    phase = 2 * np.pi * hz / rate_hz * np.arange(round(seconds * rate_hz))
    return as_audio(gain * np.sin(phase))


def test_there_are_25_dimensions_each_defined_once_and_in_order() -> None:
    assert len(DIMENSIONS) == len(set(DIMENSIONS)) == 25
    assert tuple(DEFINITIONS) == MEASURES
    assert all(definition.name == name for name, definition in DEFINITIONS.items())
    assert all(
        d.label and d.meaning.endswith(".") and d.tolerance > 0 for d in DEFINITIONS.values()
    )
    assert len({d.label for d in DEFINITIONS.values()}) == len(MEASURES)


def test_a_name_that_ends_in_a_unit_has_that_unit() -> None:
    units = {"lufs": "LUFS", "db": "dB", "hz": "Hz", "bpm": "BPM", "dbtp": "dBTP", "lu": "LU"}
    for name, definition in DEFINITIONS.items():
        assert definition.unit == units.get(name.rsplit("_", 1)[-1], "")


def test_pink_noise_has_as_much_energy_in_a_band_as_the_band_has_octaves(
    pink: Callable[..., Audio],
) -> None:
    known = of(pink(30, 48_000))
    octaves = [math.log(high / low) for low, high in pairwise(EDGES_HZ)]
    expected = [width / sum(octaves) for width in octaves]
    assert shares(known) == pytest.approx(expected, abs=0.008)
    assert sum(number(known, name) for name in SHARES) == pytest.approx(1, abs=1e-12)
    assert known["bass_mid_db"] == pytest.approx(
        10 * math.log10(math.log(250 / 60) / math.log(4)), abs=0.15
    )
    assert known["flatness"] == pytest.approx(1, abs=0.01)
    # The mean of f over d(log f), and 85 % of the way in octaves.
    octaves_in_all = math.log(HIGHEST_HZ / 20)
    assert known["centroid_hz"] == pytest.approx((HIGHEST_HZ - 20) / octaves_in_all, rel=0.02)
    assert known["rolloff_hz"] == pytest.approx(20 * (HIGHEST_HZ / 20) ** 0.85, rel=0.05)


def test_white_noise_has_as_much_energy_in_a_band_as_the_band_has_hertz(
    rng: np.random.Generator,
) -> None:
    known = of((0.1 * rng.standard_normal((1, 20 * 48_000))).astype(np.float32))
    widths = [high - low for low, high in pairwise(EDGES_HZ)]
    assert shares(known) == pytest.approx([w / sum(widths) for w in widths], abs=0.012)
    assert known["centroid_hz"] == pytest.approx((HIGHEST_HZ + 20) / 2, rel=0.02)
    assert known["rolloff_hz"] == pytest.approx(20 + 0.85 * (HIGHEST_HZ - 20), rel=0.02)


@pytest.mark.parametrize(
    ("hz", "band"),
    [(40, 0), (100, 1), (400, 2), (1000, 3), (3000, 4), (6000, 5), (12_000, 6)],
)
def test_a_tone_is_all_in_its_band(hz: float, band: int) -> None:
    known = of(sine(hz, 4))
    assert shares(known) == pytest.approx([float(place == band) for place in range(7)], abs=2e-3)
    third = 10**0.1
    assert hz / third <= number(known, "centroid_hz") <= hz * third
    assert hz / third <= number(known, "rolloff_hz") <= hz * third
    assert number(known, "flatness") < 1e-3


def test_bands_above_half_the_rate_hold_nothing(rng: np.random.Generator) -> None:
    known = of((0.1 * rng.standard_normal((2, 40_000))).astype(np.float32), 8000)
    assert (known["presence"], known["air"]) == (0.0, 0.0)
    assert number(known, "upper_mid") == pytest.approx(0.44, abs=0.05)
    assert sum(number(known, name) for name in SHARES) == pytest.approx(1, abs=1e-12)


def test_a_gain_changes_the_levels_and_nothing_else(pink: Callable[..., Audio]) -> None:
    audio = pink(8, 44_100)
    loud, quiet = of(audio, 44_100), of(as_audio(audio / 8), 44_100)
    step_db = 20 * math.log10(8)
    for name in MEASURES:
        one, other = loud[name], quiet[name]
        if one is None or other is None:
            assert one is other, name
        elif name in ("loudness_lufs", "true_peak_dbtp"):
            assert one - other == pytest.approx(step_db, abs=0.01), name
        elif name in ("dynamic_range_variation_db", "peak_consistency"):
            assert one == pytest.approx(other, abs=0.1), name  # known to 1 LU by 0.5 dB
        else:
            assert one == pytest.approx(other, rel=1e-3, abs=5e-3), name


def test_the_crest_is_the_peak_over_the_rms() -> None:
    tone = sine(997, 3)
    assert of(tone)["crest_db"] == pytest.approx(10 * math.log10(2), abs=0.02)
    assert of(np.sign(tone) * np.float32(0.3))["crest_db"] == pytest.approx(0, abs=0.06)
    clicks = tone.copy()
    clicks[0, ::48_000] = 0.8
    assert of(clicks)["crest_db"] == pytest.approx(20 * math.log10(8 * math.sqrt(2)), abs=0.05)


def test_levels_are_those_of_the_profile(pink: Callable[..., Audio]) -> None:
    profile = measure(ArraySource(pink(5, 44_100), 44_100))
    known = measures(profile)
    loudness = profile.loudness
    assert known["loudness_lufs"] == loudness.integrated_lufs
    assert known["true_peak_dbtp"] == loudness.true_peak_dbtp
    assert known["lra_lu"] == loudness.lra_lu
    assert known["plr_db"] == loudness.plr_db


def test_width_and_correlation_tell_how_the_channels_relate(
    tone: Callable[..., Audio], rng: np.random.Generator
) -> None:
    both = tone(440, 2, 48_000)

    def stereo(audio: Audio) -> tuple[float | None, float | None]:
        known = of(audio)
        return known["stereo_width"], known["phase_correlation"]

    assert stereo(both) == pytest.approx((0, 1), abs=1e-9)
    assert stereo(both * np.array([[1], [-1]], np.float32)) == pytest.approx((1, -1), abs=1e-9)
    assert stereo(both * np.array([[1], [0]], np.float32)) == (0.5, None)
    noise = (0.1 * rng.standard_normal((2, 480_000))).astype(np.float32)
    assert stereo(noise) == pytest.approx((0.5, 0), abs=0.01)


def test_a_single_channel_is_like_two_equal_ones(pink: Callable[..., Audio]) -> None:
    mono = pink(4, 44_100, channels=1)
    one, two = of(mono, 44_100), of(np.repeat(mono, 2, axis=0), 44_100)
    louder = {"loudness_lufs": 10 * math.log10(2), "plr_db": -10 * math.log10(2)}
    for name in MEASURES:
        if one[name] is None:
            assert two[name] is None, name
        else:
            expected = number(one, name) + louder.get(name, 0)
            assert two[name] == pytest.approx(expected, abs=0.2, rel=1e-3), name


def test_more_than_two_channels_have_no_width(rng: np.random.Generator) -> None:
    known = of((0.1 * rng.standard_normal((3, 96_000))).astype(np.float32))
    assert known["stereo_width"] is known["phase_correlation"] is None
    assert number(known, "mid") > 0


def test_of_silence_only_the_silence_is_known() -> None:
    known = of(np.zeros((2, 96_000), np.float32))
    assert {name for name, value in known.items() if value is not None} == {"silence_ratio"}
    assert known["silence_ratio"] == 1.0
    assert of(np.zeros((1, 96_000), np.float32)) == known


def test_a_tone_too_soft_to_be_programme_is_silence() -> None:
    known = of(sine(1000, 4, gain=1e-4))
    told = {name for name, value in known.items() if value is not None}
    assert told == {"silence_ratio", "true_peak_dbtp"}
    assert known["silence_ratio"] == 1.0


def test_an_offset_changes_neither_width_nor_correlation_nor_crest(
    rng: np.random.Generator,
) -> None:
    noise = (0.05 * rng.standard_normal((2, 480_000))).astype(np.float32)
    plain, shifted = of(noise), of(noise + np.float32(0.3))
    for name in ("stereo_width", "phase_correlation", "crest_db"):
        assert number(shifted, name) == pytest.approx(number(plain, name), abs=0.02), name


@pytest.mark.parametrize("frames", [0, 1, 100])
def test_of_next_to_nothing_hardly_anything_is_known(frames: int) -> None:
    known = of(np.full((2, frames), 0.5, np.float32))
    assert known["silence_ratio"] is known["loudness_lufs"] is known["lra_lu"] is None
    assert all(value is None or math.isfinite(value) for value in known.values())


def test_silence_is_counted_in_blocks_of_100_ms() -> None:
    tone = sine(1000, 10)
    tone[:, 5 * 48_000 : 8 * 48_000] = 0.0
    assert of(tone)["silence_ratio"] == pytest.approx(0.3, abs=0.011)
    assert of(sine(1000, 10))["silence_ratio"] == 0.0
    assert of(sine(1000, 10, gain=1e-4))["silence_ratio"] == 1.0


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("seconds", [0.1, 0.95, 1.0, 3.27])
def test_a_tone_that_never_stops_is_never_silent(rate_hz: int, seconds: float) -> None:
    assert of(sine(997, seconds, rate_hz), rate_hz)["silence_ratio"] == 0.0


def test_loudness_varies_by_the_deviation_of_its_short_term_values() -> None:
    steady = sine(1000, 20)
    assert of(steady)["loudness_variation_db"] == pytest.approx(0, abs=0.01)
    halves = np.concatenate([sine(1000, 40), sine(1000, 40, gain=0.1 * 10**-0.5)], axis=1)
    # Two levels 10 dB apart, and 3 s of 80 between them.
    assert of(halves)["loudness_variation_db"] == pytest.approx(5, abs=0.15)
    fading = np.concatenate([steady, sine(1000, 20, gain=0.1 * 10**-2)], axis=1)
    # The part 40 dB below is no programme, but the seconds that lead into it are.
    assert number(of(fading), "loudness_variation_db") < 4
    assert of(sine(1000, 2.9))["loudness_variation_db"] is None


def test_peaks_that_are_all_alike_are_consistent() -> None:
    steady = of(sine(1000, 10))
    assert steady["peak_consistency"] == 1.0
    assert steady["dynamic_range_variation_db"] == pytest.approx(0, abs=0.3)
    two = np.concatenate([sine(1000, 10, gain=0.5), sine(1000, 10, gain=0.25)], axis=1)
    # Values 2 and 1 in equal number: deviation over mean is 1/3.
    assert of(two)["peak_consistency"] == pytest.approx(0.75, abs=0.01)
    assert of(two)["dynamic_range_variation_db"] == pytest.approx(0, abs=0.55)


def test_crest_varies_where_some_blocks_click(rng: np.random.Generator) -> None:
    audio = sine(1000, 20, gain=0.05)
    every_other = np.arange(0, audio.shape[1], 9600) + 2400
    audio[:, every_other] = 0.8
    known = of(audio)
    # Blocks with a click peak 24 dB higher and are 6.5 dB louder.
    block = sine(1000, 0.1, gain=0.05)
    louder_db = 10 * math.log10(1 + 0.8**2 / float(np.sum(block**2)) * 1.25)
    expected = (20 * math.log10(0.8 / 0.05) - louder_db) / 2
    assert known["dynamic_range_variation_db"] == pytest.approx(expected, abs=1.0)
