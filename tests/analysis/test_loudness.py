"""The streaming meter against a slow one, and at the edges of what can be measured."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.analysis.loudness import (
    TRACE_POINTS,
    LoudnessMeter,
    measure_loudness,
)
from auralis_lab.audio import Audio, Readable
from auralis_lab.dsp.k_weighting import channel_weights_for, k_weighting_biquads
from auralis_lab.dsp.true_peak import ANNEX2_PHASES
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import AudioSource
from tests.thorough import tries

RATE_HZ = 8000
NOISE: Audio = (0.1 * np.random.default_rng(440).standard_normal((2, 40_000))).astype(np.float32)
Levels = npt.NDArray[np.float64]


class SlowMeter:
    """The standards read aloud: whole-track filters, running sums, sorted lists."""

    def __init__(self, audio: Audio, rate_hz: int) -> None:
        from scipy.signal import lfilter

        weighted = audio.astype(np.float64)
        self.peak = max(
            float(np.abs(np.convolve(channel, phase)).max())
            for channel in weighted
            for phase in [*ANNEX2_PHASES, [1.0]]
        )
        for b0, b1, b2, a1, a2 in k_weighting_biquads(rate_hz):
            weighted = lfilter([b0, b1, b2], [1.0, a1, a2], weighted, axis=1)
        power = np.asarray(channel_weights_for(len(audio))) @ weighted**2
        self.sums = np.concatenate([[0.0], np.cumsum(power)])
        self.rate_hz = rate_hz

    def levels(self, window_s: float, hop_s: float) -> Levels:
        frames = round(window_s * self.rate_hz)
        count = int((len(self.sums) - 1 - frames) / (hop_s * self.rate_hz) + 1e-9) + 1
        starts = np.floor(np.arange(count) * hop_s * self.rate_hz + 1e-6).astype(int)
        power = (self.sums[starts + frames] - self.sums[starts]) / frames
        return np.asarray(-0.691 + 10 * np.log10(power))

    def gated(self, levels: Levels, relative_lu: float) -> Levels:
        levels = levels[levels > -70]
        return levels[levels > self.mean(levels) + relative_lu]

    def mean(self, levels: Levels) -> float:
        return float(10 * np.log10(np.mean(10 ** (levels / 10))))

    def integrated(self) -> float:
        return self.mean(self.gated(self.levels(0.4, 0.1), -10))

    def range_lu(self) -> float:
        levels = np.sort(self.gated(self.levels(3.0, 0.1), -20))
        low, high = (math.floor((len(levels) - 1) * share + 0.5) for share in (0.10, 0.95))
        return float(levels[high] - levels[low])


def programme(rng: np.random.Generator, seconds: float, rate_hz: int, channels: int) -> Audio:
    """Noise whose level wanders over 40 dB."""
    frames = round(seconds * rate_hz)
    knots = rng.uniform(-50, -10, round(seconds) + 2)
    level_db = np.interp(np.arange(frames) / rate_hz, np.arange(len(knots)), knots)
    noise = rng.standard_normal((channels, frames)) * 10 ** (level_db / 20)
    return noise.astype(np.float32)


@pytest.mark.parametrize(
    ("rate_hz", "channels"),
    [(8000, 1), (11_025, 2), (16_000, 3), (44_100, 2), (48_000, 6), (96_000, 1)],
)
def test_meter_agrees_with_the_slow_one(
    rate_hz: int, channels: int, rng: np.random.Generator
) -> None:
    audio = programme(rng, 20.3, rate_hz, channels)
    slow = SlowMeter(audio, rate_hz)
    measured = measure_loudness(audio, rate_hz=rate_hz)
    assert measured.integrated_lufs == pytest.approx(slow.integrated(), abs=0.002)
    assert measured.lra_lu == pytest.approx(slow.range_lu(), abs=0.02)
    momentary, short_term = slow.levels(0.4, 0.005).max(), slow.levels(3.0, 0.005).max()
    assert measured.max_momentary_lufs == pytest.approx(momentary, abs=0.003)
    assert measured.max_short_term_lufs == pytest.approx(short_term, abs=0.003)
    assert measured.true_peak_dbtp == pytest.approx(20 * math.log10(slow.peak), abs=1e-4)
    sample_peak = 20 * math.log10(np.abs(audio).max())
    assert measured.sample_peak_dbfs == pytest.approx(sample_peak, abs=1e-4)
    assert measured.plr_db == pytest.approx(
        20 * math.log10(slow.peak) - slow.integrated(), abs=0.002
    )
    trace = [-math.inf if level is None else level for level in measured.short_term_lufs]
    np.testing.assert_allclose(trace[29:], slow.levels(3.0, 0.1), atol=0.01)
    assert trace[:29] == [-math.inf] * 29


@given(lengths=st.lists(st.integers(1, 9000), min_size=1, max_size=6))
@settings(max_examples=tries(30))
def test_result_does_not_depend_on_where_blocks_are_cut(lengths: list[int]) -> None:
    whole, pieces = LoudnessMeter(RATE_HZ, 2), LoudnessMeter(RATE_HZ, 2)
    whole.push(NOISE)
    start = 0
    while start < NOISE.shape[1]:
        for length in lengths:
            pieces.push(NOISE[:, start : start + length])
            start += length
    assert pieces.result() == whole.result()
    assert pieces.crest_histogram() == whole.crest_histogram()


def test_reading_the_result_does_not_disturb_the_meter() -> None:
    meter, disturbed = LoudnessMeter(RATE_HZ, 2), LoudnessMeter(RATE_HZ, 2)
    for start in range(0, NOISE.shape[1], 3000):
        meter.push(NOISE[:, start : start + 3000])
        disturbed.push(NOISE[:, start : start + 3000])
        so_far = disturbed.result()
        assert so_far == measure_loudness(NOISE[:, : start + 3000], rate_hz=RATE_HZ)
    assert disturbed.result() == meter.result()


@pytest.mark.parametrize("seconds", [0.0, 0.2, 2.0, 12.0])
def test_silence_has_no_loudness_and_no_peak(seconds: float) -> None:
    measured = measure_loudness(
        np.zeros((2, round(seconds * 44_100)), dtype=np.float32), rate_hz=44_100
    )
    assert set(measured.short_term_lufs) <= {None}
    numbers = [value for name, value in vars(measured).items() if not name.startswith("short_term")]
    assert set(numbers) == {None}


def test_what_needs_more_time_is_not_measured(tone: Callable[..., Audio]) -> None:
    below = measure_loudness(tone(1000, 0.399, RATE_HZ), rate_hz=RATE_HZ)
    assert (below.integrated_lufs, below.max_momentary_lufs, below.plr_db) == (None, None, None)
    assert below.true_peak_dbtp == pytest.approx(-20, abs=0.1)
    enough = measure_loudness(tone(1000, 0.4, RATE_HZ), rate_hz=RATE_HZ)
    assert enough.integrated_lufs == enough.max_momentary_lufs
    assert enough.integrated_lufs == pytest.approx(-20, abs=0.3)
    assert (enough.lra_lu, enough.max_short_term_lufs) == (None, None)
    long = measure_loudness(tone(1000, 3.0, RATE_HZ), rate_hz=RATE_HZ)
    assert long.lra_lu == 0.0
    assert long.max_short_term_lufs == pytest.approx(-20, abs=0.3)


def test_programme_under_the_absolute_gate_has_no_integrated_loudness(
    tone: Callable[..., Audio],
) -> None:
    measured = measure_loudness(tone(1000, 10, level_dbfs=-75), rate_hz=44_100)
    assert (measured.integrated_lufs, measured.lra_lu, measured.plr_db) == (None, None, None)
    assert measured.max_momentary_lufs == pytest.approx(-75, abs=0.1)


def test_a_constant_offset_is_as_loud_as_its_onset_alone() -> None:
    audio = np.full((1, 44_100 * 8), 0.5, dtype=np.float32)
    offset = measure_loudness(audio, rate_hz=44_100)
    audio[:, 44_100:] = 0.0
    assert offset.sample_peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert offset.max_momentary_lufs is not None
    assert measure_loudness(audio[:, :4410], rate_hz=44_100).integrated_lufs is None
    settled = LoudnessMeter(44_100, 1)
    settled.push(np.full((1, 44_100 * 8), 0.5, dtype=np.float32))
    momentary, _ = settled.reading()
    assert momentary is None or momentary < -150


@pytest.mark.parametrize("first", [True, False])
def test_a_peak_between_the_outermost_samples_is_found(first: bool) -> None:
    ends = np.array([0.5, -0.4, 0.8, 0.8], dtype=np.float32)
    audio = np.zeros((1, 44_100), dtype=np.float32)
    if first:
        audio[0, :4] = ends[::-1]
    else:
        audio[0, -4:] = ends
    expected = max(float(np.abs(np.convolve(audio[0], phase)).max()) for phase in ANNEX2_PHASES)
    assert expected > 0.85
    measured = measure_loudness(audio, rate_hz=44_100)
    assert measured.true_peak_dbtp == pytest.approx(20 * math.log10(expected), abs=1e-4)
    assert measured.sample_peak_dbfs == pytest.approx(20 * math.log10(0.8), abs=1e-4)


def test_true_peak_is_never_below_the_sample_peak() -> None:
    audio = np.zeros((1, 8000), dtype=np.float32)
    audio[0, 4000] = -0.9
    measured = measure_loudness(audio, rate_hz=RATE_HZ)
    assert measured.true_peak_dbtp == measured.sample_peak_dbfs == pytest.approx(-0.915, abs=1e-3)


def test_loudness_after_a_loud_passage_is_not_lifted_by_it(tone: Callable[..., Audio]) -> None:
    audio = tone(1000, 20, 48_000, level_dbfs=-60.0)
    audio[:, : 5 * 48_000] *= 1000
    meter = LoudnessMeter(48_000, 2)
    meter.push(audio)
    momentary, short_term = meter.reading()
    assert momentary == pytest.approx(-60, abs=0.01)
    assert short_term == pytest.approx(-60, abs=0.01)


def test_all_levels_rise_by_the_gain_applied() -> None:
    quiet = measure_loudness(NOISE, rate_hz=RATE_HZ)
    loud = measure_loudness(NOISE * np.float32(4), rate_hz=RATE_HZ)
    rise_db = 20 * math.log10(4)
    for name in ("integrated_lufs", "max_momentary_lufs", "true_peak_dbtp", "sample_peak_dbfs"):
        assert getattr(loud, name) - getattr(quiet, name) == pytest.approx(rise_db, abs=1e-6)
    assert loud.plr_db == pytest.approx(quiet.plr_db, abs=1e-6)


def test_very_loud_float_audio_is_measured_too(tone: Callable[..., Audio]) -> None:
    measured = measure_loudness(tone(1000, 5, level_dbfs=120.0), rate_hz=44_100)
    assert measured.integrated_lufs == pytest.approx(120, abs=0.05)


def test_trace_is_bounded_and_keeps_its_maxima(tone: Callable[..., Audio]) -> None:
    meter = LoudnessMeter(RATE_HZ, 1)
    quiet = tone(1000, 60, RATE_HZ, channels=1, level_dbfs=-40)
    burst = tone(1000, 4, RATE_HZ, channels=1, level_dbfs=-10)
    for audio in (quiet, quiet, burst, *([quiet] * 6)):
        meter.push(audio)
    measured = meter.result()
    assert measured.short_term_hop_s == pytest.approx(0.8)
    assert len(measured.short_term_lufs) == math.ceil(484 / 0.8) <= TRACE_POINTS
    levels = [-math.inf if level is None else level for level in measured.short_term_lufs]
    assert max(levels) == pytest.approx(measured.max_short_term_lufs, abs=0.02)
    ends_s = (np.flatnonzero(np.array(levels) > max(levels) - 0.1) + 1) * measured.short_term_hop_s
    assert ends_s[0] - measured.short_term_hop_s < 123.0 + 1e-9
    assert ends_s[-1] >= 124.0 - 1e-9


def test_crest_histogram_counts_the_blocks_of_a_tone(tone: Callable[..., Audio]) -> None:
    meter = LoudnessMeter(48_000, 2)
    meter.push(tone(1000, 6, 48_000, level_dbfs=-20))
    meter.push(np.zeros((2, 48_000), dtype=np.float32))
    meter.push(tone(1000, 4.05, 48_000, level_dbfs=-9.9))
    counts = {cell[:2]: cell[2] for cell in meter.crest_histogram()}
    assert counts[(-20.0, -20.0)] == pytest.approx(60, abs=1)
    assert counts[(-10.0, -10.0)] == pytest.approx(40, abs=1)
    assert sum(counts.values()) == pytest.approx(100, abs=1)


def test_crest_histogram_gives_the_ungated_loudness(rng: np.random.Generator) -> None:
    audio = programme(rng, 30, RATE_HZ, 2)
    meter = LoudnessMeter(RATE_HZ, 2)
    meter.push(audio)
    levels, peaks, counts = np.array(meter.crest_histogram()).T
    mean_lufs = 10 * math.log10(np.average(10 ** (levels / 10), weights=counts))
    slow = SlowMeter(audio, RATE_HZ)
    assert mean_lufs == pytest.approx(slow.mean(slow.levels(0.1, 0.1)), abs=0.1)
    true_peak_dbtp = meter.result().true_peak_dbtp
    assert peaks.max() == pytest.approx(true_peak_dbtp, abs=0.25)
    assert counts.sum() == 300


def test_weights_of_the_caller_replace_those_of_the_layout(tone: Callable[..., Audio]) -> None:
    audio = tone(1000, 5, 48_000, channels=4)
    meter = LoudnessMeter(48_000, 4, channel_weights=(0.0, 0.0, 1.0, 0.0))
    meter.push(audio)
    assert meter.result().integrated_lufs == pytest.approx(-23, abs=0.05)


def test_more_than_eight_channels_weigh_one_each(tone: Callable[..., Audio]) -> None:
    measured = measure_loudness(tone(1000, 5, 48_000, channels=10), rate_hz=48_000)
    assert measured.integrated_lufs == pytest.approx(-23 + 10, abs=0.05)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_samples_that_are_not_numbers_are_refused(value: float) -> None:
    audio = np.zeros((2, 1000), dtype=np.float32)
    audio[1, 500] = value
    with pytest.raises(ParameterError, match="not finite"):
        LoudnessMeter(44_100, 2).push(audio)


def test_audio_of_another_shape_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"must be \(2, frames\)"):
        LoudnessMeter(44_100, 2).push(np.zeros((1, 10), dtype=np.float32))


@pytest.mark.parametrize("weights", [(1.0,), (1.0, -1.0), (1.0, math.nan)])
def test_weights_that_do_not_fit_are_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(ParameterError, match="channel_weights"):
        LoudnessMeter(44_100, 2, channel_weights=weights)


def test_an_array_needs_a_rate_and_a_source_brings_its_own(
    track: Callable[[Audio, int], Readable],
) -> None:
    with pytest.raises(ParameterError, match="rate_hz"):
        measure_loudness(NOISE)
    source = track(NOISE, RATE_HZ)
    with pytest.raises(ParameterError, match="rate_hz"):
        measure_loudness(source, rate_hz=RATE_HZ)
    assert measure_loudness(source) == measure_loudness(NOISE, rate_hz=RATE_HZ)


@pytest.mark.parametrize(
    ("rate_hz", "factor", "tolerance_lu"), [(8000, 6, 0.2), (16_000, 3, 0.05), (24_000, 2, 0.02)]
)
def test_low_rates_read_as_after_conversion_to_48_khz(
    rate_hz: int, factor: int, tolerance_lu: float, pink: Callable[..., Audio]
) -> None:
    from scipy.signal import resample_poly

    spectrum = np.fft.rfft(pink(10, rate_hz))
    spectrum[:, int(0.8 * spectrum.shape[1]) :] = 0.0
    audio = np.fft.irfft(spectrum).astype(np.float32)
    converted = resample_poly(audio, factor, 1, axis=1, window=("kaiser", 12.0))
    expected = measure_loudness(converted, rate_hz=48_000).integrated_lufs
    measured = measure_loudness(audio, rate_hz=rate_hz).integrated_lufs
    assert measured == pytest.approx(expected, abs=tolerance_lu)


@pytest.mark.parametrize(
    "longest_s", [pytest.param(65), pytest.param(math.inf, marks=pytest.mark.slow)]
)
def test_recordings_read_as_by_ffmpeg(longest_s: float, shared_audio: Path) -> None:
    reference = json.loads((shared_audio / "REFERENCE.json").read_text())
    names = [
        name
        for name, known in reference.items()
        if name.startswith("music/") and known["ffmpeg"]["dur"] <= longest_s
    ]
    assert names
    wrong = []
    for name in names:
        with AudioSource(shared_audio / name) as source:
            measured = measure_loudness(source)
        # ffmpeg lets its high-pass grow louder as the rate falls: by 0.09 dB at 16 kHz.
        tolerances = (0.1 if source.rate_hz >= 32_000 else 0.2, 1.0, 0.2)
        theirs = {key: float(reference[name]["ffmpeg"][key]) for key in ("I", "LRA", "TP", "SP")}
        ours = (measured.integrated_lufs, measured.lra_lu, measured.true_peak_dbtp)
        for value, key, tolerance in zip(ours, ("I", "LRA", "TP"), tolerances, strict=True):
            if value is None or abs(value - theirs[key]) > tolerance:
                wrong.append((name, key, value, theirs[key]))
    assert wrong == []
