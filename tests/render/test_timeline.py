"""Tracks one after the other, joined or crossfaded."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auralis_lab.audio import Audio
from auralis_lab.dsp.fades import crossfade
from auralis_lab.errors import ParameterError
from auralis_lab.io.array import ArraySource
from auralis_lab.render.timeline import Timeline
from tests.thorough import tries

RATE_HZ = 8_000


def noise(seconds: float, seed: int, channels: int = 2) -> Audio:
    frames = round(seconds * RATE_HZ)
    made = np.random.default_rng(seed).uniform(-0.5, 0.5, (channels, frames))
    return made.astype(np.float32)


def timeline(*tracks: Audio, crossfade_s: float = 0.0, gapless: tuple[int, ...] = ()) -> Timeline:
    sources = [ArraySource(audio, RATE_HZ) for audio in tracks]
    return Timeline(sources, crossfade_s=crossfade_s, gapless=gapless)


def whole(made: Timeline) -> Audio:
    audio = made.read(0, made.total_frames + 1_000)
    assert audio.shape[1] == made.total_frames
    return audio


TRACKS = [noise(2.0, 1), noise(0.6, 2), noise(0.0, 3), noise(1.5, 4)]


def test_without_a_crossfade_tracks_join_sample_by_sample() -> None:
    np.testing.assert_array_equal(whole(timeline(*TRACKS)), np.concatenate(TRACKS, axis=1))


def test_a_crossfade_is_that_of_the_two_sides_and_leaves_the_rest_alone() -> None:
    a, b = noise(2.0, 1), noise(3.0, 2)
    frames = RATE_HZ // 2
    faded = whole(timeline(a, b, crossfade_s=0.5))
    start = a.shape[1] - frames
    np.testing.assert_array_equal(faded[:, :start], a[:, :start])
    np.testing.assert_array_equal(faded[:, start + frames :], b[:, frames:])
    expected = crossfade(a[:, start:], b[:, :frames], curve="equal_power")
    np.testing.assert_array_equal(faded[:, start : start + frames], expected)


@given(
    st.lists(st.integers(0, 6_000), min_size=1, max_size=5),
    st.sampled_from([0.0, 0.02, 0.3, 12.0]),
    st.lists(st.integers(0, 30_000), max_size=6),
)
@settings(max_examples=tries(60))
def test_any_partition_reads_the_same_samples(
    lengths: list[int], crossfade_s: float, cuts: list[int]
) -> None:
    tracks = [noise(n / RATE_HZ, seed) for seed, n in enumerate(lengths)]
    made = timeline(*tracks, crossfade_s=crossfade_s)
    expected = whole(made)
    overlaps = sum(overlap.frames for overlap in made.overlaps if overlap)
    assert expected.shape[1] == sum(lengths) - overlaps
    edges = sorted({0, made.total_frames, *(min(cut, made.total_frames) for cut in cuts)})
    pieces = [made.read(a, b - a) for a, b in itertools.pairwise(edges)]
    joined = np.concatenate(pieces, axis=1) if pieces else expected
    np.testing.assert_array_equal(joined, expected)


def test_no_overlap_is_longer_than_half_of_either_track() -> None:
    made = timeline(noise(4.0, 1), noise(1.0, 2), noise(10.0, 3), crossfade_s=12.0)
    frames = [overlap.frames for overlap in made.overlaps if overlap]
    assert frames == [RATE_HZ // 2, RATE_HZ // 2]
    assert timeline(noise(4.0, 1), noise(0.09, 2), crossfade_s=2.0).overlaps[1] is None


def test_a_gapless_join_is_not_crossfaded() -> None:
    made = timeline(TRACKS[0], TRACKS[1], TRACKS[3], crossfade_s=0.2, gapless=(1,))
    assert made.overlaps[1] is None
    assert made.overlaps[2] is not None


@pytest.mark.parametrize(
    ("correlation", "law"), [(1.0, "equal_gain"), (0.5, "matched"), (0.0, "equal_power")]
)
def test_two_sides_of_one_power_keep_it_whatever_their_correlation(
    correlation: float, law: str
) -> None:
    shared, own = noise(8.0, 1, 1), noise(8.0, 2, 1)
    end = (np.sqrt(1 - correlation**2) * own + correlation * shared).astype(np.float32)
    made = timeline(
        np.concatenate([noise(8.0, 3, 1), end], axis=1),
        np.concatenate([shared, noise(8.0, 4, 1)], axis=1),
        crossfade_s=8.0,
    )
    overlap = made.overlaps[1]
    assert overlap is not None
    assert overlap.transition.law == law
    assert overlap.transition.correlation == pytest.approx(correlation, abs=0.02)
    powers = np.mean(overlap.read(0, overlap.frames).reshape(16, -1) ** 2.0, axis=1)
    wanted = float(np.mean(shared**2.0))
    np.testing.assert_allclose(10 * np.log10(powers / wanted), 0.0, atol=0.45)


def test_a_track_that_fades_out_by_itself_is_not_faded_for_longer_than_it_sounds(
    tone: Callable[..., Audio],
) -> None:
    ending = tone(300.0, 4.0, RATE_HZ) * np.linspace(1, 0, 4 * RATE_HZ, dtype=np.float32) ** 8
    before = np.concatenate([tone(300.0, 8.0, RATE_HZ), ending], axis=1)
    after = tone(777.0, 12.0, RATE_HZ)
    made = timeline(before, after, crossfade_s=4.0)
    overlap = made.overlaps[1]
    assert overlap is not None
    fade = overlap.transition
    assert fade.fade_start == 0
    assert RATE_HZ < fade.fade_frames < 3 * RATE_HZ
    heard = overlap.read(fade.fade_frames, RATE_HZ // 2)
    at = slice(fade.fade_frames, fade.fade_frames + RATE_HZ // 2)
    np.testing.assert_array_equal(heard, after[:, at])


@pytest.mark.parametrize("crossfade_s", [0.05, 0.33, 2.0])
def test_two_loud_tracks_do_not_add_up_to_more_than_either_of_them(crossfade_s: float) -> None:
    rng = np.random.default_rng(440)
    loud = [rng.choice([-0.95, 0.95], (2, 3 * RATE_HZ)).astype(np.float32) for _ in range(2)]
    made = timeline(*loud, crossfade_s=crossfade_s)
    overlap = made.overlaps[1]
    assert overlap is not None
    mixed = overlap.read(0, overlap.frames)
    assert np.abs(mixed).max() <= 0.95 * 1.03
    inner = slice(overlap.frames // 16, -overlap.frames // 16)
    assert np.abs(mixed[:, inner]).max() <= 0.95 * 1.0001
    gains = overlap.transition.held_gains
    assert min(gains) == pytest.approx(np.sqrt(0.5), abs=0.01)
    assert gains[0] == gains[-1] == 1.0
    assert "held by up to 3.0 dB" in str(overlap.transition)


def test_there_is_no_step_where_an_overlap_begins_or_ends(tone: Callable[..., Audio]) -> None:
    made = timeline(tone(220.0, 6.0, RATE_HZ), tone(330.0, 6.0, RATE_HZ), crossfade_s=2.0)
    heard = whole(made)
    steepest = 2 * np.pi * 330 / RATE_HZ * 0.1 * np.sqrt(2)
    assert np.abs(np.diff(heard, axis=1)).max() <= steepest


def test_tracks_that_cannot_be_one_timeline_are_refused() -> None:
    stereo, mono = noise(1.0, 1), noise(1.0, 1, channels=1)
    with pytest.raises(ParameterError, match="one format"):
        timeline(stereo, mono)
    with pytest.raises(ParameterError, match="needs a track"):
        Timeline([])
    for crossfade_s in (-0.1, 12.1, float("nan")):
        with pytest.raises(ParameterError, match="from 0 to 12"):
            timeline(stereo, stereo, crossfade_s=crossfade_s)
    with pytest.raises(ParameterError):
        timeline(stereo).read(-1, 5)
