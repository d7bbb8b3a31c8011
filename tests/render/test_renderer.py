"""The laws of rendering: pure, tiling, length, bypass, ceiling, constant memory."""

from __future__ import annotations

import threading
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.audio import Audio, Readable
from auralis_lab.dsp.fir import design_taps
from auralis_lab.dsp.true_peak import ANNEX2_PHASES
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import ArraySource
from auralis_lab.render.renderer import Renderer, render
from tests.render.conftest import make_plan
from tests.thorough import tries

PLAN = make_plan()


def true_peak_db(x: Audio) -> float:
    peaks = [np.abs(np.convolve(row.astype(float), h)).max() for row in x for h in ANNEX2_PHASES]
    return float(20 * np.log10(max(float(np.abs(x).max()), *peaks)))


@pytest.fixture(scope="session")
def whole(music: Audio) -> Audio:
    return render(ArraySource(music, 44_100), PLAN)


@settings(max_examples=tries(60))
@given(data=st.data())
def test_any_partition_of_a_track_joins_to_the_whole_bit_for_bit(
    data: st.DataObject, music: Audio, whole: Audio
) -> None:
    total = music.shape[1]
    cuts = [0, *sorted(data.draw(st.lists(st.integers(0, total), max_size=12))), total]
    renderer = Renderer(ArraySource(music, 44_100), PLAN)
    parts = [renderer.read(a, b - a) for a, b in pairwise(cuts)]
    assert np.concatenate(parts, axis=1).tobytes() == whole.tobytes()


@settings(max_examples=tries(60))
@given(data=st.data())
def test_a_seek_gives_the_samples_of_the_whole_bit_for_bit(
    data: st.DataObject, music: Audio, whole: Audio
) -> None:
    total = music.shape[1]
    renderer = Renderer(ArraySource(music, 44_100), PLAN)
    for _ in range(4):
        start = data.draw(st.integers(0, total + 100))
        frames = data.draw(st.integers(0, 30_000))
        got = renderer.read(start, frames)
        assert got.tobytes() == whole[:, start : start + frames].tobytes()


def test_partition_by_threads_in_any_order_gives_the_same_samples(
    music: Audio, whole: Audio
) -> None:
    parts: dict[int, Audio] = {}

    def work(index: int) -> None:
        parts[index] = render(
            ArraySource(music, 44_100), PLAN, index * 10_000, index * 10_000 + 10_000
        )

    threads = [threading.Thread(target=work, args=(index,)) for index in (6, 1, 3, 0, 7, 2, 5, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    joined = np.concatenate([parts[index] for index in range(8)], axis=1)
    assert joined.tobytes() == whole.tobytes()


def test_frames_out_equal_frames_in(music: Audio) -> None:
    for frames in (1, 2, 63, 4096, 12_287, 12_288, 12_289, 50_000):
        out = render(ArraySource(music[:, :frames], 44_100), PLAN)
        assert out.shape == (2, frames)
        assert np.isfinite(out).all()


def test_an_empty_track_renders_to_nothing() -> None:
    assert render(ArraySource(np.zeros((2, 0), np.float32), 44_100), PLAN).shape == (2, 0)


def test_intensity_zero_returns_the_source_bit_for_bit(source: ArraySource, music: Audio) -> None:
    out = render(source, make_plan(intensity=0.0))
    assert out.tobytes() == music.tobytes()


@pytest.mark.parametrize("gain_db", [0.0, 9.0, 30.0])
def test_true_peak_stays_at_or_under_the_ceiling(source: ArraySource, gain_db: float) -> None:
    assert true_peak_db(render(source, make_plan(gain_db=gain_db))) <= -1.0


def test_the_limiter_tells_the_gain_that_leads_from_its_input_to_its_output(
    source: ArraySource,
) -> None:
    plan = make_plan(gain_db=12.0)
    renderer = Renderer(source, plan)
    gain = renderer.limiter_gain(0, source.total_frames + 99)
    assert gain.shape == (source.total_frames,)
    assert 0 < gain.min() < gain.max() <= 1
    before = renderer._before_limiter.read(0, source.total_frames)
    np.testing.assert_array_equal(before * gain, renderer.read(0, source.total_frames))
    np.testing.assert_array_equal(gain[30_000:40_000], renderer.limiter_gain(30_000, 10_000))


def test_a_track_that_stops_at_full_level_keeps_the_ceiling_at_its_edges() -> None:
    x = np.ones((1, 30_000), np.float32)
    assert true_peak_db(np.pad(render(ArraySource(x, 44_100), PLAN), ((0, 0), (50, 50)))) <= -1.0


def test_the_equaliser_is_plain_convolution_where_the_limiter_rests(music: Audio) -> None:
    quiet = music * np.float32(0.02)
    plan = make_plan(gain_db=3.0)
    out = render(ArraySource(quiet, 44_100), plan)
    taps = design_taps(plan.eq.frequencies_hz, plan.eq.gains_db, 44_100) * 10 ** (3 / 20)
    direct = np.array([np.convolve(row.astype(float), taps, mode="same") for row in quiet])
    np.testing.assert_allclose(out, direct, atol=1e-6)


@pytest.mark.parametrize("rate_hz", [8000, 22_050, 48_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_every_rate_and_channel_count_renders(
    rate_hz: int, channels: int, rng: np.random.Generator
) -> None:
    x = (0.5 * rng.standard_normal((channels, rate_hz // 2))).astype(np.float32)
    out = render(ArraySource(x, rate_hz), PLAN)
    assert out.shape == x.shape
    assert true_peak_db(out) <= -1.0


class Endless:
    """A long track that is computed where it is read."""

    rate_hz, channels = 44_100, 2

    def __init__(self, total_frames: int) -> None:
        self.total_frames = total_frames

    def read(self, start_frame: int, frames: int) -> Audio:
        n = np.arange(start_frame, min(start_frame + frames, self.total_frames))
        row = (np.sin(n * 0.01) * 0.9).astype(np.float32)
        return np.stack([row, -row])


def peak_bytes_of_rendering(source: Readable) -> int:
    renderer = Renderer(source, PLAN)
    tracemalloc.start()
    try:
        for start in range(0, source.total_frames, 44_100):
            renderer.read(start, 44_100)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_length_of_a_track() -> None:
    peak_bytes_of_rendering(Endless(44_100))
    short, long = (peak_bytes_of_rendering(Endless(s * 44_100)) for s in (12, 40))
    assert long < 1.1 * short


def test_one_long_read_needs_little_more_than_its_own_result() -> None:
    source = Endless(60 * 44_100)
    renderer = Renderer(source, PLAN)
    tracemalloc.start()
    out = renderer.read(0, source.total_frames)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * out.nbytes + 30_000_000


def test_reads_in_sequence_look_back_no_further_than_announced(music: Audio) -> None:
    class Tape(ArraySource):
        furthest, lag = 0, 0

        def read(self, start_frame: int, frames: int) -> Audio:
            self.lag = max(self.lag, self.furthest - start_frame)
            self.furthest = max(self.furthest, start_frame + frames)
            return super().read(start_frame, frames)

    tape = Tape(np.tile(music, (1, 3)), 44_100)
    renderer = Renderer(tape, PLAN)
    for start in range(0, tape.total_frames, 7001):
        renderer.read(start, 7001)
    assert tape.lag <= renderer.history_frames


@pytest.mark.parametrize(("start", "frames"), [(-1, 10), (0, -1)])
def test_negative_positions_are_refused(source: ArraySource, start: int, frames: int) -> None:
    with pytest.raises(ParameterError):
        Renderer(source, PLAN).read(start, frames)


def test_a_reversed_range_is_refused(source: ArraySource) -> None:
    with pytest.raises(ParameterError):
        render(source, PLAN, 10, 5)
