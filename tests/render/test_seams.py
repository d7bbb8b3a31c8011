"""Seams that are there are found; seams that are not are not."""

from __future__ import annotations

import numpy as np
import pytest

from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import ArraySource
from auralis_lab.render.joins import JoinRecord, record_join
from auralis_lab.render.seams import MEASURES, seam_report, seam_statistics

RATE = 44_100
JOINS = (60_000, 110_000, 150_000)


@pytest.fixture(scope="module")
def music() -> Audio:
    """Five seconds of a slow chord over soft noise."""
    rng = np.random.default_rng(440)
    n = np.arange(5 * RATE)
    chord = np.sum([np.sin(2 * np.pi * hz / RATE * n) for hz in (110, 165, 220, 277.2)], axis=0)
    swell = 0.15 * (1.2 + np.sin(2 * np.pi * 0.3 * n / RATE))
    audio: Audio = (swell * chord + 0.002 * rng.standard_normal((2, n.size))).astype(np.float32)
    return audio


def verdicts(audio: Audio) -> list[str]:
    report = seam_report(ArraySource(audio, RATE), JOINS, name="test")
    return [join.verdict for join in report.joins]


def test_places_that_are_no_seams_are_clean(music: Audio) -> None:
    assert verdicts(music) == ["clean"] * 3


@pytest.mark.parametrize("step", [0.05, -0.2])
def test_a_step_is_audible_where_it_is_and_nowhere_else(step: float, music: Audio) -> None:
    spoiled = music.copy()
    spoiled[:, 110_000:] += step
    assert verdicts(spoiled) == ["clean", "audible", "clean"]


def test_a_kink_without_a_step_is_found(music: Audio) -> None:
    spoiled = music.copy()
    tent = np.maximum(0, 20 - np.abs(np.arange(-20, 20))) * 0.05
    spoiled[:, 110_000:110_040] += tent.astype(np.float32)
    report = seam_report(ArraySource(spoiled, RATE), (110_000,), name="kink")
    assert report.joins[0].ranks["slope_step_db"] == 1.0


def test_a_missing_frame_is_found(music: Audio) -> None:
    spoiled = np.delete(music, np.arange(60_000, 60_030), axis=1)
    assert verdicts(spoiled)[0] == "audible"


@pytest.mark.parametrize("gain_db", [-6.0, 3.0])
def test_the_loudness_step_is_the_change_of_level(gain_db: float) -> None:
    tone = 0.1 * np.sin(2 * np.pi * 1000 / RATE * np.arange(2 * RATE))
    tone[RATE:] *= 10 ** (gain_db / 20)
    values = seam_statistics(ArraySource(tone, RATE), RATE)
    assert values["loudness_step_lu"] == pytest.approx(abs(gain_db), abs=0.05)


def test_ranks_say_how_many_places_are_no_worse(music: Audio) -> None:
    report = seam_report(ArraySource(music, RATE), JOINS, name="ranks")
    for join in report.joins:
        for key in MEASURES:
            row = np.asarray(report.references[key])
            assert join.ranks[key] == np.mean(row <= join.values[key])


def test_the_same_seed_gives_the_same_report(music: Audio) -> None:
    source = ArraySource(music, RATE)
    assert seam_report(source, JOINS, name="a") == seam_report(source, JOINS, name="a")


def test_digital_silence_has_clean_joins() -> None:
    assert verdicts(np.zeros((2, 5 * RATE), np.float32)) == ["clean"] * 3


def test_a_click_in_silence_is_audible() -> None:
    silent = np.zeros((1, 5 * RATE), np.float32)
    silent[:, 110_000] = 0.001
    assert verdicts(silent) == ["clean", "audible", "clean"]


def test_the_report_counts_and_names_itself(music: Audio) -> None:
    report = seam_report(ArraySource(music, RATE), JOINS, name="nothing done")
    assert str(report) == "nothing done: 3 joins, 3 clean, 0 suspect, 0 audible"
    assert report.count("clean") == 3


@pytest.mark.parametrize("joins", [(0,), (5 * RATE,), (-3, 100)])
def test_a_join_outside_the_track_is_refused(joins: tuple[int, ...], music: Audio) -> None:
    with pytest.raises(ParameterError, match="must lie inside"):
        seam_report(ArraySource(music, RATE), joins, name="outside")


def test_a_track_without_other_places_is_refused() -> None:
    with pytest.raises(ParameterError, match="too short"):
        seam_report(ArraySource(np.zeros((1, 100)), RATE), (50,), name="short")


@pytest.mark.parametrize("law", ["equal_gain", "matched", "cut"])
def test_sides_that_are_not_the_same_passage_are_suspect_and_say_why(
    law: str, music: Audio, rng: np.random.Generator
) -> None:
    noise = rng.standard_normal((2, 20_000)).astype(np.float32)
    reversed_side = music[:, 50_000:70_000][:, ::-1]
    for sides, verdict in (
        ((noise, noise[:, ::-1]), "audible" if law == "equal_gain" else "suspect"),
        (
            (music[:, 50_000:70_000], -music[:, 50_000:70_000]),
            "suspect" if law == "cut" else "audible",
        ),
        ((noise, noise + reversed_side * 0.01), "clean"),
        ((np.zeros_like(noise), np.zeros_like(noise)), "clean"),
    ):
        record = record_join(110_000, sides, law=law)
        (join,) = seam_report(ArraySource(music, RATE), (record,), name="sides").joins
        assert join.verdict == verdict
        assert ("the two sides are unlike" in str(join)) == (verdict != "clean")


@pytest.mark.parametrize(
    ("law", "gain_db", "verdict", "words"),
    [
        ("matched", 0.5, "clean", ""),
        ("matched", 1.5, "suspect", "its sides differ in level by 1.5 dB"),
        ("equal_gain", 6.0, "audible", "its sides differ in level by 6.0 dB"),
        ("cut", -6.0, "audible", "its sides differ in level by 6.0 dB"),
        ("equal_power", 0.0, "audible", "half way the fade is 3.0 dB over its sides"),
    ],
)
def test_a_change_of_level_is_the_join_s_whatever_the_music_does_there(
    law: str, gain_db: float, verdict: str, words: str, music: Audio
) -> None:
    """Music whose own level moves by far more than the join's."""
    moving = music * (0.02 + 0.98 * ((np.arange(music.shape[1]) + 5_000) % 20_000 < 10_000)).astype(
        "f"
    )
    passage = moving[:, 100_000:120_000]
    record = record_join(100_000, (passage, passage * np.float32(10 ** (gain_db / 20))), law=law)
    (join,) = seam_report(ArraySource(moving, RATE), (record,), name="level").joins
    assert join.verdict == verdict
    assert words in str(join)


def test_sides_that_cancel_are_audible_half_way(music: Audio) -> None:
    passage = music[:, 50_000:70_000]
    record = record_join(50_000, (passage, -passage), law="equal_gain")
    assert record.middle_db is not None
    assert record.middle_db < -60
    (join,) = seam_report(ArraySource(music, RATE), (record,), name="cancelled").joins
    assert "under its sides" in str(join)
    assert join.verdict == "audible"


def test_a_step_is_named_as_the_reason(music: Audio) -> None:
    spoiled = music.copy()
    spoiled[:, 110_000:] += 0.05
    (join,) = seam_report(ArraySource(spoiled, RATE), (110_000,), name="step").joins
    assert "sample step" in str(join)
    clean = JoinRecord(110_000, 0, "cut", None, None, (0.0, 1.0))
    (join,) = seam_report(ArraySource(music, RATE), (clean,), name="none").joins
    assert join.reasons == ()


def test_a_rendering_without_joins_says_so(music: Audio) -> None:
    assert "no joins" in str(seam_report(ArraySource(music, RATE), (), name="whole"))
    short = ArraySource(np.zeros((1, 100), np.float32), RATE)
    assert seam_report(short, (), name="short").joins == ()


def test_the_repr_of_a_report_counts_its_joins_in_a_line(music: Audio) -> None:
    report = seam_report(ArraySource(music, RATE), JOINS, name="test")
    assert repr(report) == "<SeamReport test: 3 joins, 3 clean, 0 suspect, 0 audible>"
    assert str(report).splitlines()[0] == repr(report).partition(" ")[2].rstrip(">")
    assert repr(seam_report(ArraySource(music, RATE), (), name="whole")) == (
        "<SeamReport whole: no joins>"
    )


def test_a_join_that_changes_nothing_is_clean_even_where_the_music_changes() -> None:
    """As where a piece fades out or a loud part begins: the step is not the join's."""
    rng = np.random.default_rng(440)
    n = 6 * RATE
    swell = np.where(np.arange(n) < 3 * RATE, 0.001, 0.1)
    swell = np.convolve(swell, np.ones(4_410) / 4_410, "same")
    audio = (swell * rng.standard_normal((2, n))).astype(np.float32)
    fade = slice(3 * RATE - 2_205, 3 * RATE + 2_205)
    same = record_join(fade.start, (audio[:, fade], audio[:, fade]), law="matched")
    report = seam_report(ArraySource(audio, RATE), [same], name="of the music")
    assert report.joins[0].values["loudness_step_lu"] == 0.0
    assert report.joins[0].verdict == "clean"
    louder = record_join(fade.start, (audio[:, fade], 4 * audio[:, fade]), law="matched")
    report = seam_report(ArraySource(audio, RATE), [louder], name="of the join")
    assert report.joins[0].values["loudness_step_lu"] == pytest.approx(12.04, abs=0.01)
