"""A stage of one's own in a track's chain, in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

import auralis_lab
from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from auralis_lab.lab import Lab
from auralis_lab.render.chunks import ChunkError

RATE = 44_100


@pytest.fixture
def lab(tmp_path: Path, pink: Callable[..., Audio]) -> Lab:
    sf.write(tmp_path / "one.flac", pink(6.0, level_dbfs=-26.0).T, RATE)
    opened = auralis_lab.open_lab(tmp_path)
    opened.scan()
    return opened


def normalised(audio: Audio, rate_hz: int) -> Audio:
    return audio * np.float32(0.5 / np.abs(audio).max())


def test_a_function_becomes_a_stage_of_the_chain_in_one_line(lab: Lab) -> None:
    (track,) = lab.tracks.search("one")
    plan = track.plan("warm")
    stage = auralis_lab.black_box(normalised, chunk_s=3, interval_s=2)
    made = track.render(plan, inserts=[stage])
    assert made.shape == (2, 6 * RATE)
    assert np.abs(made - track.render(plan)).max() > 0.01
    assert np.abs(made).max() <= 10 ** (-1 / 20)
    part = track.render(plan, start_s=1.5, stop_s=4.0, inserts=[stage])
    np.testing.assert_array_equal(part, made[:, round(1.5 * RATE) : 4 * RATE])
    first = auralis_lab.Insert(stage, at="first")
    assert np.abs(track.render(plan, inserts=[first]) - made).max() > 1e-4
    report = track.seams(plan, inserts=[stage])
    assert [join.frame for join in report.joins] == [2 * RATE, 4 * RATE]
    assert report.name == "one"


def test_seams_without_stages_are_refused_with_what_is_needed(lab: Lab) -> None:
    (track,) = lab.tracks.search("one")
    with pytest.raises(ParameterError, match="inserts must hold black boxes"):
        track.seams(track.plan("warm"))
    assert track.seams(inserts=()).joins == ()


def test_without_a_plan_a_stage_comes_alone(lab: Lab) -> None:
    (track,) = lab.tracks.search("one")
    alone = track.render(inserts=[auralis_lab.black_box(normalised)])
    np.testing.assert_array_equal(alone, normalised(track.render(), RATE))


def test_a_function_that_fails_is_named_with_its_chunk(lab: Lab) -> None:
    (track,) = lab.tracks.search("one")
    with pytest.raises(ChunkError, match="chunk 0"):
        track.render(inserts=[auralis_lab.black_box(lambda audio, rate_hz: audio[:, 1:])])
