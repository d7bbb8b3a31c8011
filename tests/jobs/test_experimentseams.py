"""The rank of joins, where it is known what it must be on average."""

from __future__ import annotations

import numpy as np
import pytest

from auralis_lab.io.array import ArraySource
from auralis_lab.jobs.experimentseams import seam_rank

RATE_HZ = 4000


def noise(rng: np.random.Generator) -> np.ndarray:
    return (0.1 * rng.standard_normal((1, 5 * RATE_HZ))).astype(np.float32)


@pytest.mark.parametrize("joins", [2, 12])
def test_joins_that_change_nothing_rank_in_the_middle_however_many_there_are(
    rng: np.random.Generator, joins: int
) -> None:
    ranks = []
    for _ in range(10):
        frames = np.sort(rng.integers(RATE_HZ // 2, 9 * RATE_HZ // 2, joins)).tolist()
        ranks.append(seam_rank(ArraySource(noise(rng), RATE_HZ), frames))
    assert np.mean([rank for rank in ranks if rank is not None]) == pytest.approx(0.5, abs=0.25)
    assert min(rank for rank in ranks if rank is not None) < 0.4


def test_one_click_among_many_joins_is_near_1(rng: np.random.Generator) -> None:
    audio = noise(rng)
    frames = list(range(RATE_HZ // 2, 9 * RATE_HZ // 2, RATE_HZ // 3))
    audio[:, frames[4]] += 2.0
    rank = seam_rank(ArraySource(audio, RATE_HZ), frames)
    assert rank is not None
    assert rank > 0.98


def test_without_joins_or_other_places_there_is_no_rank(rng: np.random.Generator) -> None:
    assert seam_rank(ArraySource(noise(rng), RATE_HZ), []) is None
    assert seam_rank(ArraySource(noise(rng)[:, :200], RATE_HZ), [100]) is None
