"""Plans of one track against each other: names, loudness, and the samples that are sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import soundfile as sf

from auralis_lab.audio import Audio
from auralis_lab.errors import ParameterError, StreamError
from auralis_lab.lab import open_lab
from auralis_lab.player.comparison import Comparison, compare
from auralis_lab.player.widget import Player
from auralis_lab.stream.lanes import LanedStream
from auralis_lab.stream.programme import Sound
from auralis_lab.track import Track
from tests.browser.listening import noise

SECONDS = 6.0


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Track]]:
    """A track of 6 s and one of 9 s."""
    folder = tmp_path_factory.mktemp("compared")
    for name, seconds in (("a", SECONDS), ("b", 9.0)):
        sf.write(folder / f"{name}.flac", noise(seconds).T, 44_100, subtype="PCM_16")
    with open_lab(folder) as lab:
        lab.scan()
        yield sorted(lab.tracks.list(), key=lambda track: track.duration_s or 0.0)


@pytest.fixture
def track(tracks: list[Track]) -> Track:
    return tracks[0]


@pytest.fixture
def made() -> Iterator[list[Player]]:
    players: list[Player] = []
    yield players
    for player in players:
        player.close()


def opened(comparison: Comparison, sound: Sound, *, both: bool = False) -> LanedStream:
    """What the page would be sent."""
    programme = comparison._transport._session._programme
    assert comparison.track is not None
    stream = programme.open("any", comparison.track.id, sound, compare=both, levelling="off")
    assert isinstance(stream, LanedStream)
    return stream


def whole(stream: LanedStream) -> Audio:
    """Everything, in blocks that are no multiple of any other."""
    parts = [stream.read(start, 30_011) for start in range(0, stream.total_frames, 30_011)]
    stream.close()
    return np.concatenate(parts, axis=1)


def test_every_side_is_brought_to_the_loudness_of_the_quietest(
    track: Track, made: list[Player]
) -> None:
    loud = track.plan("punchy", target_lufs=-10.0)
    comparison = compare(track, {"my plan (loud)": loud, "warm": "warm"})
    made.append(comparison)
    lufs = {
        "original": track.profile.loudness.integrated_lufs,
        "my plan (loud)": loud.predicted.integrated_lufs,
        "warm": track.plan("warm").predicted.integrated_lufs,
    }
    levels = {name: value + comparison.matched_db[name] for name, value in lufs.items() if value}
    assert list(levels) == list(lufs)
    assert max(levels.values()) - min(levels.values()) < 0.002
    assert max(comparison.matched_db.values()) == 0.0
    assert min(levels.values()) == pytest.approx(min(v for v in lufs.values() if v), abs=0.002)


def test_both_sides_are_the_renderings_of_their_plans_bit_for_bit(
    track: Track, made: list[Player]
) -> None:
    one, other = track.plan("warm"), track.plan("bright", intensity=0.6)
    comparison = compare(track, {"one": one, "other": other}, against="other")
    made.append(comparison)
    assert comparison.presets == ["one"]
    stream = opened(comparison, Sound(enhanced=True, preset="one"), both=True)
    gains = {lane.name: lane.gain_db for lane in stream.lanes}
    assert gains == {
        "original": comparison.matched_db["other"],
        "enhanced": comparison.matched_db["one"],
    }
    expected = np.concatenate([track.render(other), track.render(one)])
    np.testing.assert_array_equal(whole(stream), expected)
    alone = opened(comparison, Sound(enhanced=False, preset="one"))
    np.testing.assert_array_equal(whole(alone), track.render(other))


def test_the_original_is_the_file_bit_for_bit(track: Track, made: list[Player]) -> None:
    comparison = compare(track, ["warm"])
    made.append(comparison)
    both = opened(comparison, Sound(enhanced=True, preset="warm"), both=True)
    np.testing.assert_array_equal(
        whole(both), np.concatenate([track.render(), track.render(track.plan("warm"))])
    )


def test_any_text_is_a_name(track: Track, made: list[Player]) -> None:
    plan = track.plan("warm")
    names = ["my plan (loud)", "<b>", "水の庭 🎧", "x" * 80, "warm", "plan-1", "Original"]
    comparison = compare(track, dict.fromkeys(names, plan))
    made.append(comparison)
    assert len(set(comparison.presets)) == len(names)
    assert comparison.presets[4:6] == ["warm", "plan-1"]
    shown = comparison._sides["plans"]
    assert [shown[key]["name"] for key in comparison.presets] == [*names[:-1], "Original (plan)"]
    comparison.preset = "水の庭 🎧"
    assert comparison.preset == comparison.presets[2]
    assert comparison.planned(track) == plan
    with pytest.raises(ParameterError, match="preset='louder' must be"):
        comparison.preset = "louder"


def test_plans_in_a_list_are_named_by_their_presets(track: Track, made: list[Player]) -> None:
    comparison = compare(track, [track.plan("warm", intensity=0.5), "bright"])
    made.append(comparison)
    assert list(comparison.matched_db) == ["original", "warm", "bright"]
    assert comparison.planned(track).intensity == 0.5


def test_sides_of_unknown_loudness_stay_as_they_are(track: Track, made: list[Player]) -> None:
    plan = track.plan("warm")
    unknown = replace(plan, predicted=replace(plan.predicted, integrated_lufs=None))
    comparison = compare(track, {"known": plan, "unknown": unknown})
    made.append(comparison)
    assert set(comparison.matched_db.values()) == {0.0}


@pytest.mark.parametrize(
    ("plans", "against", "says"),
    [
        ({}, None, "plans is empty: give a plan or a preset"),
        (["warm", "warm"], None, "two plans are named 'warm': give names of your own"),
        (["loud"], None, "preset='loud' must be 'adaptive'"),
        (["warm", "bright"], "original", "against='original' must be 'warm' or 'bright'"),
        (["warm"], "warm", "leaves no other plan to compare"),
        ({"": "warm"}, None, "name='' must be text"),
        ({"a": 3}, None, "must be a plan or the name of a preset"),
        (3, None, "plans=3 must be plans or names of presets"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_what_to_do(
    track: Track, plans: object, against: str | None, says: str
) -> None:
    with pytest.raises(ParameterError) as refusal:
        compare(track, plans, against=against)  # type: ignore[arg-type]
    assert says in str(refusal.value)


def test_a_plan_of_another_track_is_refused(tracks: list[Track]) -> None:
    foreign = tracks[1].plan("warm")
    with pytest.raises(ParameterError, match="the plan was made for 396,900 frames"):
        compare(tracks[0], {"theirs": foreign})


def test_a_comparison_is_of_one_track_at_one_level(tracks: list[Track], made: list[Player]) -> None:
    comparison = compare(tracks[0], "warm")
    made.append(comparison)
    with pytest.raises(ParameterError, match=r"call compare\(\) with it"):
        comparison.load(tracks[1])
    with pytest.raises(ParameterError, match="levelling='track' must be 'off'"):
        comparison.levelling = "track"
    with pytest.raises(StreamError, match="there is no such plan"):
        opened(comparison, Sound(enhanced=True, preset="bright"))
