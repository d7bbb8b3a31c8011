"""The compiled loops against plain numpy."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest

from auralis_lab.analysis.kernels import (
    LARGEST_SAMPLE,
    all_samples,
    highest_sample,
    mean_square_bins,
    stereo_sums,
)
from auralis_lab.analysis.rhythmkernels import rises
from auralis_lab.analysis.stftkernels import (
    band_shares,
    band_sums,
    decimate,
    gather_bands,
    gather_bins,
    window_frames,
)
from auralis_lab.analysis.tonalkernels import chroma_rows, harmonic_sums, running_medians
from auralis_lab.dsp.lanes import LANES, bin_order, forward_each, halving_turns, twiddles

Doubles = npt.NDArray[np.float64]


def noise(rng: np.random.Generator, *shape: int) -> npt.NDArray[np.float32]:
    return rng.standard_normal(shape).astype(np.float32)


def shares_of_bins(bins: int, edges: npt.ArrayLike) -> Doubles:
    """Share of each bin between each two edges, shape (bins, bands)."""
    k = np.arange(bins)[:, np.newaxis]
    low, high = (np.asarray(edges, float)[place] for place in (slice(None, -1), slice(1, None)))
    shares: Doubles = np.maximum(np.minimum(k + 0.5, high) - np.maximum(k - 0.5, low), 0)
    return shares


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, -1.01e12])
@pytest.mark.parametrize("place", [0, 5, 999])
def test_one_sample_that_is_no_number_is_found(
    bad: float, place: int, rng: np.random.Generator
) -> None:
    audio = noise(rng, 2, 1000)
    audio[0, 7] = LARGEST_SAMPLE
    audio[1, 8] = -np.finfo(np.float32).tiny / 4
    assert all_samples(audio)
    assert highest_sample(audio) == np.abs(audio).max()
    assert highest_sample(-audio[1:, 3:]) == np.abs(audio[1:, 3:]).max()
    audio[1, place] = bad
    assert not all_samples(audio)
    assert all_samples(audio[:, :0])


def test_sums_of_two_channels_and_of_bins(rng: np.random.Generator) -> None:
    left, right = noise(rng, 2, 5000)
    one = np.ones(5000)
    pairs = ((left, one), (right, one), (left, left), (right, right), (left, right))
    expected = [np.sum(a.astype(float) * b) for a, b in pairs]
    assert stereo_sums(left, right) == pytest.approx(expected)
    spectra = (noise(rng, 3, 40) + 1j * noise(rng, 3, 40)).astype(np.complex64)
    expected_powers = 0.3 * np.sum(np.abs(spectra.astype(complex)) ** 2, axis=0)
    np.testing.assert_allclose(mean_square_bins(spectra, 0.3), expected_powers)


@pytest.mark.parametrize(("factor", "taps"), [(2, 5), (8, 129), (8, 131), (32, 301)])
def test_decimation_is_a_convolution_of_which_every_few_are_kept(
    factor: int, taps: int, rng: np.random.Generator
) -> None:
    x, h = noise(rng, 4000), noise(rng, taps)
    first = 13
    count = (len(x) - first - taps) // factor
    out = np.empty(count, np.float32)
    decimate(x, h, factor, first, out)
    expected = [
        np.dot(h.astype(float), x[first + n * factor : first + n * factor + taps])
        for n in range(count)
    ]
    np.testing.assert_allclose(out, expected, atol=1e-4)


def test_frames_are_windowed_dealt_out_and_filled_up_with_zeros(rng: np.random.Generator) -> None:
    left, right = noise(rng, 300), noise(rng, 300)
    window = np.append(noise(rng, 50), np.zeros(6, np.float32))
    starts = np.array([0, 17, 236, 40, 1, 2, 3, 4, 100, 50])
    stacks = np.full((2, 64, 2 * LANES), 9, np.float32)
    window_frames(left, right, window, starts, stacks)
    for stack, lines in enumerate(stacks):
        for lane in range(LANES):
            start = starts[min(stack * LANES + lane, len(starts) - 1)]
            for part, channel in enumerate((left, right)):
                expected = np.zeros(64, np.float32)
                expected[:56] = window * channel[start : start + 56]
                np.testing.assert_array_equal(lines[:, part * LANES + lane], expected)


@pytest.mark.parametrize("size", [64, 128])
@pytest.mark.parametrize("lowest", [-0.5, 6.3])
def test_two_channels_in_one_transform_have_the_powers_of_each(
    lowest: float, size: int, rng: np.random.Generator
) -> None:
    edges = np.array([lowest, 9.2, 9.4, 20.0, size / 2], np.float32)
    left, right = noise(rng, 2 * LANES, size), noise(rng, 2 * LANES, size)
    stacks = np.concatenate(
        [x.reshape(2, LANES, size).transpose(0, 2, 1) for x in (left, right)], axis=2
    ).copy()
    turns = halving_turns(size)
    forward_each(stacks, twiddles(size // 2 if len(turns) else size), turns)
    places = np.argsort(bin_order(size))
    places = np.append(places, places[0])
    ls, rs = np.fft.rfft(left), np.fft.rfft(right)
    inner = slice(max(1, math.ceil(lowest)), size // 2)
    powers = 2 * (np.abs(ls) ** 2 + np.abs(rs) ** 2)
    powers[:, [0, -1]] /= 2  # those that have no mirror image
    rows = 2 * LANES - 3
    out = np.ones((rows, 4), np.float32)
    sums = np.zeros((3, size // 2 + 1), np.float32)
    gather_bands(stacks, places, *band_shares(edges), 0.25, 1, rows - 1, out, sums)
    bands = 1 + 0.25 * powers[:rows] @ shares_of_bins(size // 2 + 1, edges)
    np.testing.assert_allclose(out, bands, rtol=1e-4)
    expected = np.stack(
        [2 * (np.abs(ls) ** 2 + np.abs(rs) ** 2), np.abs(ls) ** 2 - np.abs(rs) ** 2,
         2 * (ls * rs.conj()).real]
    )  # fmt: skip
    np.testing.assert_allclose(
        sums[:, inner], expected[:, 1 : rows - 1, inner].sum(axis=1), rtol=1e-3, atol=3e-2
    )
    bins, all_sums = np.zeros((rows, size // 2 + 1), np.float32), np.zeros_like(sums)
    gather_bins(stacks, places, 0.5, bins, all_sums)
    np.testing.assert_allclose(bins, 0.5 * powers[:rows], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(
        all_sums[:, 1:-1], expected[:, :rows, 1:-1].sum(axis=1), rtol=1e-3, atol=3e-2
    )


def test_band_sums_share_the_bins_that_edges_cut(rng: np.random.Generator) -> None:
    powers = noise(rng, 6, 40) ** 2
    edges = np.array([0.0, 0.2, 3.5, 3.6, 12.1, 39.0], np.float32)
    expected = powers.astype(float) @ shares_of_bins(40, edges)
    np.testing.assert_allclose(band_sums(powers, edges), expected, rtol=1e-4)


@pytest.mark.parametrize("count", [1, 2, 5, 16, 17, 40])
def test_running_medians_are_medians(count: int, rng: np.random.Generator) -> None:
    x, out = noise(rng, count).round(1), np.empty(count, np.float32)
    running_medians(x, 3, out)
    around = (np.sort(x[max(n - 3, 0) : n + 4]) for n in range(count))
    np.testing.assert_array_equal(out, [near[(len(near) - 1) // 2] for near in around])


def test_what_lasts_is_told_from_what_is_broad(rng: np.random.Generator) -> None:
    powers = noise(rng, 30, 20) ** 2
    h, p = np.empty_like(powers), np.empty_like(powers)
    for band in range(20):
        running_medians(np.ascontiguousarray(powers[:, band]), 4, h[:, band])
    lasting = np.ascontiguousarray(h)
    for n in range(30):
        running_medians(powers[n], 5, p[n])
    share = lasting.astype(float) ** 2 / (lasting.astype(float) ** 2 + (4.0 * p) ** 2)
    harmonic, whole = harmonic_sums(powers, 8, 22, 4, 5, 4.0)
    assert whole == pytest.approx(powers[8:22].sum(), rel=1e-5)
    assert harmonic == pytest.approx(np.sum((share * powers)[8:22]), rel=1e-5)


def test_peaks_of_the_spectrum_go_to_the_nearest_pitch_classes() -> None:
    pitches = 12 * np.log2(np.maximum(np.arange(90), 0.5) * 5.0 / 261.6256)
    powers = np.full((2, 90), 1e-6, np.float32)
    powers[0, 49:52] = (0.25, 1.0, 0.25)  # 250 Hz
    expected = np.zeros((2, 12))
    pitch = pitches[50]
    share = pitch - math.floor(pitch)
    expected[0, math.floor(pitch) % 12] = (1 - share) * 1.5
    expected[0, (math.floor(pitch) + 1) % 12] = share * 1.5
    every, prominent = chroma_rows(powers, 20, 75, pitches)
    np.testing.assert_allclose(every, expected, atol=1e-5)
    np.testing.assert_allclose(prominent, expected, atol=1e-5)
    powers[0, 40:61] = 0.3  # it no longer stands out
    powers[0, 50] = 0.4
    every, prominent = chroma_rows(powers, 20, 75, pitches)
    assert every[0].sum() == pytest.approx(0.3 + 0.3 + 0.3 + 0.4 + 0.3, rel=1e-3)  # and the ledge
    assert prominent.sum() == 0


def test_the_novelty_is_the_mean_rise_of_the_groups(rng: np.random.Generator) -> None:
    powers = (noise(rng, 60, 9) ** 2).astype(np.float32)
    powers[30:] *= 1e-5
    starts, streams = np.array([0, 1, 2, 5, 9]), np.array([0, 1, 1, 2])
    groups = np.stack([powers[:, a:b].sum(axis=1) for a, b in pairwise(starts)], axis=1)
    loudest, expected = 0.0, np.zeros((60, 4))
    for p in range(60):
        loudest = max(groups[p].sum(), loudest * math.exp(-1 / 300))
        then = groups[max(p - 2, 0)]
        floor = 1e-4 * loudest / 4
        rise = np.maximum(np.log((groups[p] + floor) / (then + floor)), 0)
        expected[p] = [rise[streams == 0].mean(), rise[streams == 1].mean(), rise[3], rise.mean()]
    first, before, so_far = rises(powers[:25], starts, streams, np.zeros((2, 4)), 0.0, True)
    second, _, _ = rises(powers[25:], starts, streams, before, so_far, False)
    np.testing.assert_allclose(np.concatenate([first, second]), expected, rtol=1e-3, atol=1e-5)
