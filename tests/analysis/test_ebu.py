"""EBU Tech 3341 and 3342 (v4, 2023) and ITU-R BS.2217 cases, made here from their descriptions.

Levels are peak dBFS of 1 kHz tones, alike in both channels, unless said otherwise. Cases 7 and 8 of
Tech 3341 and 5 and 6 of Tech 3342 are programme recordings and are not here.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from auralis_lab.analysis.loudness import Loudness, LoudnessMeter, measure_loudness
from auralis_lab.audio import Audio
from auralis_lab.dsp.k_weighting import channel_weights_for, k_weighting_db

Signal = npt.NDArray[np.float64]
SILENCE = -400.0
RATES_HZ = [48_000, 44_100, 96_000]


def segments(
    rate_hz: int, parts: list[tuple[float, float]], *, channels: int = 2, hz: float = 1000.0
) -> Audio:
    """Tones of (seconds, dBFS), phase-continuous, in all channels."""
    ends = np.rint(np.cumsum([0.0, *(seconds for seconds, _ in parts)]) * rate_hz).astype(int)
    envelope = np.concatenate(
        [
            np.full(stop - start, 10 ** (level / 20))
            for (start, stop), (_, level) in zip(pairwise(ends), parts, strict=True)
        ]
    )
    tone = envelope * np.sin(2 * np.pi * hz / rate_hz * np.arange(len(envelope)))
    return np.repeat(tone[np.newaxis].astype(np.float32), channels, axis=0)


def loudness(audio: Audio, rate_hz: int) -> Loudness:
    return measure_loudness(audio, rate_hz=rate_hz)


def faded(tone: Signal, rate_hz: int) -> Audio:
    """Both channels, 10 ms linear fades."""
    n = round(0.01 * rate_hz)
    ramp = np.arange(n) / n
    tone = tone.copy()
    tone[:n] *= ramp
    tone[-n:] *= ramp[::-1]
    return np.repeat(tone[np.newaxis].astype(np.float32), 2, axis=0)


@pytest.mark.parametrize("rate_hz", RATES_HZ[:2])
@pytest.mark.parametrize(
    ("case", "parts", "expected_lufs"),
    [
        (1, [(20, -23)], -23.0),
        (2, [(20, -33)], -33.0),
        (3, [(10, -36), (60, -23), (10, -36)], -23.0),
        (4, [(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23.0),
        (5, [(20, -26), (20.1, -20), (20, -26)], -23.0),
    ],
)
def test_ebu_3341_integrated(
    case: int, parts: list[tuple[float, float]], expected_lufs: float, rate_hz: int
) -> None:
    measured = loudness(segments(rate_hz, parts), rate_hz)
    assert measured.integrated_lufs == pytest.approx(expected_lufs, abs=0.1)
    if case <= 2:
        assert measured.max_momentary_lufs == pytest.approx(expected_lufs, abs=0.1)
        assert measured.max_short_term_lufs == pytest.approx(expected_lufs, abs=0.1)


@pytest.mark.parametrize("with_lfe", [False, True])
def test_ebu_3341_case_6_surround(with_lfe: bool) -> None:
    levels = [-28, -28, -24, -30, -30]
    channels = [segments(48_000, [(20, level)], channels=1) for level in levels]
    if with_lfe:
        channels.insert(3, segments(48_000, [(20, SILENCE)], channels=1))
    measured = loudness(np.concatenate(channels), 48_000)
    assert measured.integrated_lufs == pytest.approx(-23.0, abs=0.1)


def test_ebu_3341_case_9_short_term_stays_put() -> None:
    rate_hz = 48_000
    audio = segments(rate_hz, [(1.34, -20), (1.66, -30)] * 5)
    meter = LoudnessMeter(rate_hz, 2)
    step = rate_hz // 20
    for start in range(0, audio.shape[1], step):
        meter.push(audio[:, start : start + step])
        _, short_term = meter.reading()
        if start + step >= 3 * rate_hz:
            assert short_term == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize(
    ("rate_hz", "i"), [*((48_000, i) for i in range(20)), (44_100, 7), (44_100, 13)]
)
def test_ebu_3341_case_10_max_short_term(rate_hz: int, i: int) -> None:
    audio = segments(rate_hz, [(0.15 * i, SILENCE), (3, -23), (1, SILENCE)])
    assert loudness(audio, rate_hz).max_short_term_lufs == pytest.approx(-23.0, abs=0.1)


def test_ebu_3341_case_11_max_short_term_live() -> None:
    meter = LoudnessMeter(48_000, 2)
    for i in range(20):
        audio = segments(48_000, [(0.15 * i, SILENCE), (3, -38 + i), (3 - 0.15 * i, SILENCE)])
        meter.push(audio)
        assert meter.result().max_short_term_lufs == pytest.approx(-38 + i, abs=0.1)


def test_ebu_3341_case_12_momentary_stays_put() -> None:
    rate_hz = 48_000
    audio = segments(rate_hz, [(0.18, -20), (0.22, -30)] * 25)
    meter = LoudnessMeter(rate_hz, 2)
    step = rate_hz // 50
    for start in range(0, audio.shape[1], step):
        meter.push(audio[:, start : start + step])
        momentary, _ = meter.reading()
        if start + step >= rate_hz:
            assert momentary == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize(
    ("rate_hz", "i"), [*((48_000, i) for i in range(20)), (44_100, 7), (44_100, 13)]
)
def test_ebu_3341_case_13_max_momentary(rate_hz: int, i: int) -> None:
    audio = segments(rate_hz, [(0.02 * i, SILENCE), (0.4, -23), (1, SILENCE)])
    assert loudness(audio, rate_hz).max_momentary_lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("offset_ms", [1.0, 2.5, 3.7, 7.3])
def test_max_momentary_finds_a_burst_at_any_offset(offset_ms: float) -> None:
    audio = segments(48_000, [(0.5 + offset_ms / 1000, SILENCE), (0.4, -23), (1, SILENCE)])
    assert loudness(audio, 48_000).max_momentary_lufs == pytest.approx(-23.0, abs=0.05)


def test_ebu_3341_case_14_max_momentary_live() -> None:
    meter = LoudnessMeter(48_000, 2)
    for i in range(20):
        parts = [(0.02 * i, SILENCE), (0.4, -38 + i), (0.4 - 0.02 * i, SILENCE)]
        meter.push(segments(48_000, parts))
        assert meter.result().max_momentary_lufs == pytest.approx(-38 + i, abs=0.1)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(
    ("period", "amplitude", "phase_degrees", "expected_dbtp"),
    [
        pytest.param(4, 0.50, 0.0, -6.0, id="case 15"),
        pytest.param(4, 0.50, 45.0, -6.0, id="case 16"),
        pytest.param(6, 0.50, 60.0, -6.0, id="case 17"),
        pytest.param(8, 0.50, 67.5, -6.0, id="case 18"),
        pytest.param(4, 1.41, 45.0, 3.0, id="case 19"),
    ],
)
def test_ebu_3341_true_peak_of_tones(
    period: int, amplitude: float, phase_degrees: float, expected_dbtp: float, rate_hz: int
) -> None:
    n = np.arange(round(3.2 * rate_hz))
    tone = amplitude * np.sin(2 * np.pi * n / period + math.radians(phase_degrees))
    measured = loudness(faded(tone, rate_hz), rate_hz)
    assert measured.true_peak_dbtp is not None
    assert -0.4 <= measured.true_peak_dbtp - expected_dbtp <= 0.2


@pytest.mark.parametrize(
    ("rate_hz", "offset"), [*((48_000, offset) for offset in range(4)), (44_100, 2), (96_000, 2)]
)
def test_ebu_3341_true_peak_of_bursts(rate_hz: int, offset: int) -> None:
    """Cases 20 to 23: one period of fs/4 at full scale within fs/6, made at 4 fs, decimated."""
    sixth = 0.5 * np.sin(2 * np.pi * np.arange(round(1.6 * rate_hz) // 6 * 24) / 24)
    fourth = np.sin(2 * np.pi * np.arange(16) / 16)
    fine = np.concatenate([sixth, fourth, sixth])
    taps = np.arange(-140, 141)
    low_pass = np.sinc(taps / 4) * np.kaiser(len(taps), 10)
    tone = np.convolve(fine, low_pass / low_pass.sum(), "same")[offset::4]
    measured = loudness(faded(tone, rate_hz), rate_hz)
    assert measured.true_peak_dbtp is not None
    assert -0.4 <= measured.true_peak_dbtp <= 0.2


@pytest.mark.parametrize(("rate_hz", "repeats"), [(48_000, 1), (48_000, 2), (44_100, 1)])
@pytest.mark.parametrize(
    ("levels", "expected_lu"),
    [
        pytest.param([-20, -30], 10, id="case 1"),
        pytest.param([-20, -15], 5, id="case 2"),
        pytest.param([-40, -20], 20, id="case 3"),
        pytest.param([-50, -35, -20, -35, -50], 15, id="case 4"),
    ],
)
def test_ebu_3342_loudness_range(
    levels: list[float], expected_lu: float, repeats: int, rate_hz: int
) -> None:
    audio = segments(rate_hz, [(20, level) for level in levels * repeats])
    assert loudness(audio, rate_hz).lra_lu == pytest.approx(expected_lu, abs=1.0)


def test_ebu_3341_alignment_tone() -> None:
    measured = loudness(segments(48_000, [(10, -18)]), 48_000)
    assert measured.integrated_lufs == pytest.approx(-18.0, abs=0.05)


@pytest.mark.parametrize(
    ("rate_hz", "tolerance_lu"),
    [
        (8_000, 0.25),
        (11_025, 0.15),
        (16_000, 0.05),
        (22_050, 0.03),
        (44_100, 0.01),
        (48_000, 0.01),
        (96_000, 0.01),
        (192_000, 0.01),
    ],
)
def test_bs1770_full_scale_tone_in_one_channel_reads_minus_3_01(
    rate_hz: int, tolerance_lu: float
) -> None:
    audio = segments(rate_hz, [(6, 0.0)], hz=997.0)
    audio[1] = 0.0
    assert loudness(audio, rate_hz).integrated_lufs == pytest.approx(-3.01, abs=tolerance_lu)


@pytest.mark.parametrize("rate_hz", RATES_HZ[1:])
@pytest.mark.parametrize("hz", [25, 100, 500, 1000, 2000, 10_000])
def test_bs2217_tones_read_their_target_at_other_rates(hz: float, rate_hz: int) -> None:
    level = -23.0 + 0.691 - float(k_weighting_db(hz, 48_000))
    measured = loudness(segments(rate_hz, [(10, level)], hz=hz), rate_hz)
    assert measured.integrated_lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize(
    ("hz", "level_dbfs"),
    [(25, -11.9), (100, -21.2), (500, -22.4), (1000, -23.0), (2000, -25.4), (10_000, -26.4)],
)
def test_bs2217_published_levels_read_minus_23(hz: float, level_dbfs: float) -> None:
    measured = loudness(segments(48_000, [(20, level_dbfs)], hz=hz), 48_000)
    assert measured.integrated_lufs == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("place", range(6), ids=["L", "R", "C", "LFE", "Ls", "Rs"])
def test_bs2217_channels_count_with_their_weight(place: int) -> None:
    audio = np.zeros((6, 20 * 48_000), dtype=np.float32)
    audio[place] = segments(48_000, [(20, -20)], channels=1)
    weight = channel_weights_for(6)[place]
    expected = -23.0 + 10 * math.log10(weight) if weight else None
    assert loudness(audio, 48_000).integrated_lufs == pytest.approx(expected, abs=0.1)


def test_bs2217_summing_ignores_a_loud_lfe() -> None:
    audio = segments(48_000, [(20, -23 + 10 * math.log10(2 / 5.82))], channels=6)
    audio[3] = segments(48_000, [(20, -10)], channels=1)
    assert loudness(audio, 48_000).integrated_lufs == pytest.approx(-23.0, abs=0.1)


def quantised(parts: list[tuple[float, float]]) -> Audio:
    """Tones of (seconds, amplitude in 16-bit steps), rounded to 16 bits without dither."""
    steps = np.concatenate([np.full(round(seconds * 48_000), a) for seconds, a in parts])
    tone = np.rint(steps * np.sin(2 * np.pi * 1000 / 48_000 * np.arange(len(steps)))) / 32768
    return np.repeat(tone[np.newaxis].astype(np.float32), 2, axis=0)


def test_bs2217_relative_gate() -> None:
    parts = [(0.5, 1.036), (0.9, 3314.7), (1.3, 14469.4), (0.8, 3314.7), (0.5, 1.036)]
    measured = loudness(quantised(parts), 48_000)
    assert measured.integrated_lufs == pytest.approx(-10.0, abs=0.1)


def test_bs2217_absolute_gate() -> None:
    quiet, burst = 1.036, (0.5, 10.92)
    parts = [(0.8, quiet), burst, (0.5, quiet), burst, (0.5, quiet), burst, (0.7, quiet)]
    measured = loudness(quantised(parts), 48_000)
    assert measured.integrated_lufs == pytest.approx(-69.5, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("rate_hz", [44_100, 48_000])
def test_ebu_signals_made_by_others_read_as_expected(shared_audio: Path, rate_hz: int) -> None:
    path = shared_audio / "conformance" / "ebu_signals.py"
    if not path.is_file():
        pytest.skip("the generator is not beside the repository")
    spec = importlib.util.spec_from_file_location("ebu_signals", path)
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = generator
    spec.loader.exec_module(generator)
    readings = {
        "I": "integrated_lufs",
        "LRA": "lra_lu",
        "max_M": "max_momentary_lufs",
        "max_S": "max_short_term_lufs",
        "max_TP": "true_peak_dbtp",
    }
    wrong = []
    for case in generator.cases(rate_hz):
        expects = [e for e in case.expect if e.measure in readings]
        if not expects:
            continue
        measured = loudness(np.ascontiguousarray(case.build().T, dtype=np.float32), rate_hz)
        for expect in expects:
            value = getattr(measured, readings[expect.measure])
            if math.isinf(expect.value):
                fits = value is None
            else:
                fits = expect.lo <= value - expect.value <= expect.hi
            if not fits:
                wrong.append((case.id, expect.measure, value))
    assert wrong == []
