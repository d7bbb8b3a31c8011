"""Versions of a file: only one that is as promised gets the name."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from auralis_lab.analysis.loudness import measure_loudness
from auralis_lab.analysis.profile import measure
from auralis_lab.audio import Audio
from auralis_lab.io.sink import AudioSink, encoding_for
from auralis_lab.io.source import ArraySource, AudioSource
from auralis_lab.jobs.versions import CORRECTING, Job, Written, write_checked
from auralis_lab.plan.enhance import plan as decide
from auralis_lab.plan.model import EqCurve, LimiterSettings, Plan, Prediction
from auralis_lab.render.renderer import render

RATE = 44_100


@pytest.fixture
def noise(tmp_path: Path, rng: np.random.Generator) -> Path:
    """Six seconds of noise from 100 Hz to 8 kHz at -20 dB."""
    spectrum = np.fft.rfft(rng.standard_normal((2, 6 * RATE)))
    hz = np.fft.rfftfreq(6 * RATE, 1 / RATE)
    audio = np.fft.irfft(spectrum * ((hz > 100) & (hz < 8000)), 6 * RATE)
    path = tmp_path / "in.wav"
    sf.write(path, (0.1 * audio / audio.std()).T, RATE, subtype="FLOAT")
    return path


def plan_of_gain(gain_db: float) -> Plan:
    return Plan(
        preset="adaptive",
        intensity=1.0,
        eq=EqCurve((1000.0,), (0.0,)),
        gain_db=gain_db,
        limiter=LimiterSettings(),
        target_lufs=None,
        predicted=Prediction(None, None, 0.0),
        decisions=(),
    )


def plan_of(path: Path, *, gain_db: float, missed_lu: float = 0.0) -> Plan:
    """A gain and the limiter, and a prediction that is wrong by so much."""
    plan = plan_of_gain(gain_db)
    with AudioSource(path) as source:
        reached = measure_loudness(render(source, plan), rate_hz=RATE).integrated_lufs
    assert reached is not None
    return replace(plan, predicted=Prediction(reached + missed_lu, -1.12, 0.0))


def job_of(path: Path, output: Path, *, overwrite: bool = False) -> Job:
    with AudioSource(path) as source:
        encoding = encoding_for(output, source_float=True)
        return Job(path, output, measure(source), encoding, overwrite)


def decoded(path: Path) -> tuple[float, float, int]:
    with AudioSource(path) as source:
        found = measure_loudness(source)
        assert found.integrated_lufs is not None
        assert found.true_peak_dbtp is not None
        return found.integrated_lufs, found.true_peak_dbtp, source.total_frames


def written(job: Job, plan: Plan, told: list[tuple[str, float]] | None = None) -> Written:
    log = [] if told is None else told
    return write_checked(job, plan, on_progress=lambda *step: log.append(step))


def test_a_file_that_is_as_promised_is_written_once(noise: Path, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    plan = plan_of(noise, gain_db=3.0, missed_lu=0.25)
    done = written(job_of(noise, tmp_path / "out.wav"), plan, told)
    assert (done.plan, done.corrections, done.frames) == (plan, (), 6 * RATE)
    assert {stage for stage, _ in told} == {"enhancing", "checking"}


@pytest.mark.parametrize("missed_lu", [-2.0, 0.5, 1.5])
def test_a_missed_loudness_is_met_by_the_second_version(
    missed_lu: float, noise: Path, tmp_path: Path
) -> None:
    plan = plan_of(noise, gain_db=0.0, missed_lu=missed_lu)
    done = written(job_of(noise, tmp_path / "out.flac"), plan)
    (made,) = done.corrections
    assert made.what == "loudness"
    lufs, peak, _ = decoded(tmp_path / "out.flac")
    assert lufs == pytest.approx(plan.predicted.integrated_lufs, abs=0.05)
    assert (done.loudness.integrated_lufs, done.loudness.true_peak_dbtp) == (lufs, peak)


def test_clicks_far_over_soft_noise_do_not_end_worse_than_they_began(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    """The limiter decides how loud they are: less gain changes next to nothing."""
    audio = 0.1 * rng.standard_normal((5 * RATE, 2))
    audio[rng.integers(0, 5 * RATE, 100)] = 50.0
    sf.write(tmp_path / "in.wav", audio, RATE, subtype="FLOAT")
    job = job_of(tmp_path / "in.wav", tmp_path / "out.wav")
    chosen = decide(job.profile, "adaptive")
    first = measure_loudness(
        render(ArraySource(audio.T.astype(np.float32), RATE), chosen), rate_hz=RATE
    )
    wanted = chosen.predicted.integrated_lufs
    assert wanted is not None
    assert first.integrated_lufs is not None
    done = written(job, chosen)
    reached, peak, _ = decoded(tmp_path / "out.wav")
    assert abs(reached - wanted) <= max(0.3, abs(first.integrated_lufs - wanted) + 0.1)
    assert peak <= -1.0
    assert len(done.corrections) <= 3


@pytest.mark.parametrize("suffix", [".ogg", ".mp3"])
def test_a_peak_that_an_encoder_raised_over_the_ceiling_is_brought_under_it(
    suffix: str, noise: Path, tmp_path: Path
) -> None:
    plan = plan_of(noise, gain_db=14.0)
    plan = replace(plan, limiter=LimiterSettings(margin_db=0.0))
    first = tmp_path / f"first{suffix}"
    encoding = encoding_for(first)
    with (
        AudioSource(noise) as source,
        AudioSink(first, rate_hz=RATE, channels=2, encoding=encoding) as sink,
    ):
        sink.write(render(source, plan))
    assert decoded(first)[1] > -1.0
    told: list[tuple[str, float]] = []
    done = written(job_of(noise, tmp_path / f"out{suffix}"), plan, told)
    lufs, peak, frames = decoded(tmp_path / f"out{suffix}")
    assert peak <= -1.0
    assert [made.what for made in done.corrections if made.what != "loudness"]
    assert done.corrections[0].measured == pytest.approx(decoded(first)[1])
    assert done.plan.limiter.ceiling_dbtp < -1.0
    assert (done.loudness.integrated_lufs, done.loudness.true_peak_dbtp) == (lufs, peak)
    assert done.frames == frames
    stages = list(dict.fromkeys(stage for stage, _ in told))
    rounds = len(stages) - 2
    assert stages == ["enhancing", "checking", *CORRECTING[:rounds]]
    for stage in stages:
        shares = [share for name, share in told if name == stage]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0


@pytest.mark.parametrize("there", [False, True])
def test_no_version_but_the_last_is_ever_seen_under_the_name(
    there: bool, noise: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.wav"
    if there:
        out.write_bytes(b"old")

    def look(stage: str, share: float) -> None:
        stages.append(stage)
        assert (out.read_bytes() == b"old") if there else not out.exists()

    stages: list[str] = []
    plan = plan_of(noise, gain_db=0.0, missed_lu=1.0)
    write_checked(job_of(noise, out, overwrite=there), plan, on_progress=look)
    assert stages[-1] == "correcting"
    assert decoded(out)[2] == 6 * RATE
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.wav", "out.wav"]


@pytest.mark.parametrize("stage", ["checking", "correcting"])
def test_breaking_off_between_versions_leaves_nothing(
    stage: str, noise: Path, tmp_path: Path
) -> None:
    def stop(name: str, share: float) -> None:
        if name == stage:
            raise KeyboardInterrupt

    plan = plan_of(noise, gain_db=0.0, missed_lu=1.0)
    with pytest.raises(KeyboardInterrupt):
        write_checked(job_of(noise, tmp_path / "out.wav"), plan, on_progress=stop)
    assert [path.name for path in tmp_path.iterdir()] == ["in.wav"]


def test_memory_does_not_grow_with_length(tmp_path: Path, pink: Callable[..., Audio]) -> None:
    def peak_bytes(times: int) -> int:
        path = tmp_path / f"{times}.wav"
        sf.write(path, np.tile(pink(20.0, rate_hz=8_000, channels=1), times).T, 8_000)
        job = job_of(path, tmp_path / f"{times}.flac")
        plan = replace(plan_of_gain(2.0), predicted=Prediction(-10.0, -1.12, 0.0))
        tracemalloc.start()
        try:
            assert written(job, plan).corrections
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak_bytes(1)  # loads what is loaded once
    assert peak_bytes(12) < 1.2 * peak_bytes(3)
