"""Band envelopes of a catalogued track: kept when it is measured, measured again when missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from auralis_lab.analysis.envelopestore import EnvelopeStore
from auralis_lab.analysis.fingerprint import measures
from auralis_lab.analysis.profile import PROFILE_VERSION, Profile, measure
from auralis_lab.audio import Audio
from auralis_lab.catalogue.scanning.scan import scan
from auralis_lab.catalogue.sound.profiles import UnmeasuredFile
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import DecodeError
from auralis_lab.io.source import AudioSource
from auralis_lab.jobs.measure import measure_library
from auralis_lab.jobs.measuring import Request, measure_file
from auralis_lab.track import Track

RATE_HZ = 8000


@pytest.fixture
def song(tmp_path: Path, pink: Callable[..., Audio]) -> Path:
    path = tmp_path / "music" / "song.flac"
    path.parent.mkdir()
    audio = pink(8, RATE_HZ)
    audio[:, :: RATE_HZ // 2] = 0.7
    soundfile.write(path, audio.T, RATE_HZ)
    return path


@pytest.fixture
def find(tmp_path: Path, song: Path) -> Callable[[], Track]:
    """Make a new object for the one track, as another process would."""
    catalogue = Catalogue(tmp_path / "data" / "library.duckdb")
    scan(catalogue, song.parent)

    def found() -> Track:
        row = catalogue.tracks.by_path(song)
        assert row is not None
        return Track(row, catalogue)

    return found


def test_measuring_a_file_keeps_its_envelopes_under_its_content_key(song: Path) -> None:
    status = song.stat()
    file = UnmeasuredFile(str(song), status.st_size, status.st_mtime_ns)
    measurement = measure_file(Request("a key", file, None))
    with AudioSource(song) as source:
        assert EnvelopeStore().get("a key") == measure(source).envelopes
    assert "envelopes" not in json.loads(measurement.profile_json)


def test_a_plan_of_a_measured_track_has_dynamics_without_reading_the_file(
    find: Callable[[], Track], song: Path
) -> None:
    measure_library(find()._catalogue, workers=1)
    with AudioSource(song) as source:
        expected = measure(source).envelopes
    planned = find().plan("punchy")
    song.unlink()
    track = find()
    assert track.profile.envelopes == expected
    assert track.plan("punchy") == planned
    assert planned.dynamics is not None


def test_envelopes_that_are_gone_are_measured_again_and_kept(
    find: Callable[[], Track], monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = find().plan("warm")
    EnvelopeStore().clear()
    assert find().profile.envelopes is None
    track = find()
    assert track.plan("warm") == planned

    def never(self: Track) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(Track, "source", never)
    assert track.plan("warm") == planned
    assert find().plan("warm") == planned


def test_without_the_envelopes_and_the_file_there_is_a_profile_and_no_plan(
    find: Callable[[], Track], song: Path
) -> None:
    known = find().profile
    EnvelopeStore().clear()
    song.unlink()
    assert find().profile == known
    with pytest.raises(DecodeError):
        find().plan("warm")


def test_a_profile_of_an_older_version_is_measured_again_with_its_envelopes(
    find: Callable[[], Track],
) -> None:
    track = find()
    known = track.profile
    older = json.loads(known.to_json()) | {"version": PROFILE_VERSION - 1, "frames": 1}
    key = track.row.content_key
    track._catalogue.profiles.put(
        key, json.dumps(older), version=PROFILE_VERSION - 1, measures=measures(known)
    )
    EnvelopeStore().clear()
    again = find()
    assert again.profile == known
    assert again.profile.envelopes == known.envelopes
    stored = track._catalogue.profiles.get(key)
    assert stored is not None
    assert Profile.from_json(stored) == known
