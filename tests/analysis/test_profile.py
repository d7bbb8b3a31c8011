"""The profile as a value: measured once, the same however it was read, and written down."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from auralis_lab.analysis.fingerprint import DIMENSIONS, measures
from auralis_lab.analysis.loudness import measure_loudness
from auralis_lab.analysis.profile import PROFILE_VERSION, Profile, measure
from auralis_lab.audio import Audio, Readable
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import ArraySource, AudioSource

RATE_HZ = 8000
MakeTrack = Callable[[Audio, int], Readable]


@pytest.fixture
def music(pink: Callable[..., Audio], tone: Callable[..., Audio]) -> Audio:
    return np.concatenate([pink(7.3, RATE_HZ), tone(440, 4, RATE_HZ, level_dbfs=-6)], axis=1)


@pytest.fixture
def profile(music: Audio, track: MakeTrack) -> Profile:
    return measure(track(music, RATE_HZ))


def test_profile_holds_what_the_meters_say(profile: Profile, music: Audio) -> None:
    assert profile.loudness == measure_loudness(music, rate_hz=RATE_HZ)
    assert (profile.rate_hz, profile.channels, profile.frames) == (RATE_HZ, *music.shape)
    assert profile.duration_s == pytest.approx(11.3)
    assert (profile.version, profile.key) == (PROFILE_VERSION, "0123abcd")
    assert len(profile.ltas.levels_db) == len(profile.ltas.centres_hz) == 23
    assert profile.stereo.correlation is not None
    assert sum(count for _, _, count in profile.crest) == 113


@pytest.mark.parametrize("lengths", [[1000], [441, 4410], [8000], [200_000], [7, 30_001]])
def test_profile_does_not_depend_on_the_blocks_of_the_source(
    lengths: list[int],
    profile: Profile,
    music: Audio,
    block_track: Callable[[Audio, int, list[int]], Readable],
) -> None:
    assert measure(block_track(music, RATE_HZ, lengths)) == profile


def test_files_and_arrays_give_the_same_profile(
    music: Audio, profile: Profile, tmp_path: Path
) -> None:
    path = tmp_path / "music.wav"
    soundfile.write(path, music.T, RATE_HZ, subtype="FLOAT")
    with AudioSource(path) as source:
        from_file = measure(source)
        assert from_file.key == source.key
    from_array = measure(ArraySource(music, RATE_HZ))
    for other in (from_file, from_array):
        assert (other.loudness, other.ltas, other.stereo, other.crest) == (
            profile.loudness,
            profile.ltas,
            profile.stereo,
            profile.crest,
        )


def test_profile_survives_json(profile: Profile) -> None:
    text = profile.to_json()
    assert Profile.from_json(text) == profile
    assert Profile.from_json(text).to_json() == text
    assert json.loads(text)["loudness"]["integrated_lufs"] == profile.loudness.integrated_lufs


def test_profile_of_silence_survives_json(track: MakeTrack) -> None:
    silent = measure(track(np.zeros((1, 30_000), dtype=np.float32), RATE_HZ))
    assert silent.loudness.integrated_lufs is None
    assert silent.crest == ()
    assert Profile.from_json(silent.to_json()) == silent


def test_profile_of_nothing_has_no_frames(track: MakeTrack) -> None:
    nothing = measure(track(np.zeros((2, 0), dtype=np.float32), RATE_HZ))
    assert (nothing.frames, nothing.loudness.true_peak_dbtp) == (0, None)
    assert Profile.from_json(nothing.to_json()) == nothing


@pytest.mark.parametrize("version", [0, PROFILE_VERSION - 1, "3", None, 2.5])
def test_other_versions_are_refused(version: object, profile: Profile) -> None:
    content = {**json.loads(profile.to_json()), "version": version}
    with pytest.raises(ParameterError, match=rf"profile version .* must be {PROFILE_VERSION}"):
        Profile.from_json(json.dumps(content))


@pytest.mark.parametrize(
    ("find", "put", "complaint"),
    [
        ('"frames"', '"frame"', "frames"),
        ('"channels":2', '"channels":"2"', "channels"),
        ('"lra_lu":', '"lra_lu":NaN,"lra":', "lra_lu"),
        ('"key":', '"extra":1,"key":', "extra"),
        ('"crest":[[', '"crest":[["a"],[', "crest"),
        ('"levels_db":[', '"levels_db":[0.0,', "ltas"),
    ],
)
def test_damaged_profiles_are_refused(
    find: str, put: str, complaint: str, profile: Profile
) -> None:
    text = profile.to_json()
    assert find in text
    with pytest.raises(ParameterError, match=complaint):
        Profile.from_json(text.replace(find, put))


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "3"])
def test_what_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(ParameterError, match="profile"):
        Profile.from_json(text)


def test_frames_are_counted_and_not_believed(music: Audio, track: MakeTrack) -> None:
    source = track(music, RATE_HZ)
    source.total_frames = 10**9  # type: ignore[misc]
    assert measure(source).frames == music.shape[1]


def test_progress_rises_to_one(music: Audio, track: MakeTrack) -> None:
    shares: list[float] = []
    measure(track(music, RATE_HZ), on_progress=shares.append)
    assert shares == sorted(set(shares))
    assert shares[0] == pytest.approx(1 / 11.3)
    assert shares[-1] == 1.0


def test_progress_stays_below_one_when_the_header_lies(music: Audio, track: MakeTrack) -> None:
    source = track(music, RATE_HZ)
    source.announced_frames = 16_000  # type: ignore[attr-defined]
    shares: list[float] = []
    measure(source, on_progress=shares.append)
    assert shares == [0.5, 1.0]


def test_an_exception_from_the_progress_ends_the_measurement(
    music: Audio, track: MakeTrack
) -> None:
    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(track(music, RATE_HZ), on_progress=stop)


class Endless:
    """The same minute of noise, as many times as asked."""

    rate_hz, channels = RATE_HZ, 2

    def __init__(self, minute: Audio, minutes: int) -> None:
        self.minute = minute
        self.total_frames = minutes * minute.shape[1]

    def read(self, start_frame: int, frames: int) -> Audio:
        first = start_frame % self.minute.shape[1]
        count = min(frames, self.total_frames - start_frame)
        return np.ascontiguousarray(self.minute[:, first : first + count])


def test_only_the_envelopes_grow_with_the_length(pink: Callable[..., Audio]) -> None:
    minute = pink(60, RATE_HZ)
    measure(Endless(minute, 1))
    peaks, envelope_bytes = [], []
    for minutes in (1, 5):
        tracemalloc.start()
        measured = measure(Endless(minute, minutes))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert measured.duration_s == 60 * minutes
        assert measured.envelopes is not None
        envelope_bytes.append(len(measured.envelopes.packed))
    grown = envelope_bytes[1] - envelope_bytes[0]
    assert grown == 240 * 100 * 3 * 2
    # Once second by second, with a fifth for what Python adds, and once put together at the end;
    # the short-term trace reaches its bound in the second minute.
    assert peaks[1] < peaks[0] + grown * (1 + 1 / 4) + grown + 50_000
    assert peaks[1] < 10_000_000


def test_the_repr_of_a_profile_is_a_line(profile: Profile) -> None:
    shown = repr(profile)
    assert re.fullmatch(r"<Profile [\d.]+ s, \d+ Hz, .*: integrated .* LUFS, .* dBTP>", shown)
    assert len(shown) < 100


def test_a_fingerprint_is_the_dimensions_of_the_measures(profile: Profile) -> None:
    known = measures(profile)
    assert profile.fingerprint == {name: known[name] for name in DIMENSIONS}
    assert list(profile.fingerprint) == list(DIMENSIONS)
    assert profile.fingerprint["loudness_lufs"] == profile.loudness.integrated_lufs
    assert Profile.from_json(profile.to_json()).fingerprint == profile.fingerprint


def test_a_profile_is_printed_in_a_few_lines(profile: Profile) -> None:
    lines = str(profile).splitlines()
    assert len(lines) == 3
    assert f"integrated {profile.loudness.integrated_lufs:.1f} LUFS" in lines[1]
