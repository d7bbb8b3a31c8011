from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import settings as trials
from hypothesis import strategies as st

from auralis_lab.analysis.fingerprint import measures
from auralis_lab.analysis.profile import PROFILE_VERSION, measure
from auralis_lab.audio import Audio, as_audio
from auralis_lab.catalogue.scanning.reading import FileFacts
from auralis_lab.catalogue.scanning.scan import scan
from auralis_lab.catalogue.sound.duplicates import Duplicates, NearDuplicate
from auralis_lab.catalogue.sound.profiles import Measurement
from auralis_lab.catalogue.sound.soundalikes import LENGTH_S, agreement_of
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import NotFoundError, ParameterError
from auralis_lab.io.source import ArraySource, AudioSource
from tests.thorough import tries

MakeFacts: TypeAlias = Callable[..., FileFacts]
Fill: TypeAlias = Callable[[Sequence[FileFacts]], None]
RATE_HZ = 22_050


def _groups(duplicates: Duplicates, **asked: Any) -> list[tuple[list[int], int]]:
    found = duplicates.exact(**asked)
    return [([row.id for row in group.tracks], group.reclaimable_bytes) for group in found]


@pytest.fixture
def copies(catalogue: Catalogue, facts: MakeFacts, fill: Fill) -> Duplicates:
    """Ten tracks of five contents: a three times, b and s-c twice, d four times, e once."""
    keys = ["a", "b", "s-c", "d", "e", "a", "b", "s-c", "d", "a"]
    sizes = [100, 50, 400, 7, 9, 90, 60, 100, 7, 80]
    fill(
        [
            facts(f"/music/{n}.flac", content_key=key, file_bytes=size)
            for n, (key, size) in enumerate(zip(keys, sizes, strict=True))
        ]
    )
    return catalogue.duplicates


def test_tracks_with_the_same_audio_are_grouped_by_what_they_waste(copies: Duplicates) -> None:
    assert _groups(copies) == [([1, 6, 10], 170), ([3, 8], 100), ([2, 7], 50), ([4, 9], 7)]
    totals = copies.totals()
    assert (totals.groups, totals.copies, totals.reclaimable_bytes) == (4, 9, 327)
    found = {group.content_key: group for group in copies.exact()}
    assert {key: group.proven for key, group in found.items()} == {
        "a": True,
        "b": True,
        "s-c": False,
        "d": True,
    }
    assert found["a"].copies == 3
    assert [row.path for row in found["b"].tracks] == ["/music/1.flac", "/music/6.flac"]


def test_missing_tracks_are_no_duplicates(catalogue: Catalogue, copies: Duplicates) -> None:
    with catalogue.write() as s:
        s.run("UPDATE tracks SET missing_since = now()::TIMESTAMP WHERE id IN (1, 7)")
    assert _groups(copies) == [([3, 8], 100), ([6, 10], 80), ([4, 9], 7)]
    assert copies.totals().reclaimable_bytes == 187


@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_pages_of_groups_tile_them(
    catalogue: Catalogue, facts: MakeFacts, fill: Fill, limit: int
) -> None:
    fill(
        [
            facts(f"/music/{n}.flac", content_key=f"key {n % 11}", file_bytes=1 + n % 11 % 3)
            for n in range(33)
        ]
    )
    duplicates = catalogue.duplicates
    seen: list[str] = []
    page = duplicates.exact(limit)
    while page:
        seen += [group.content_key for group in page]
        page = duplicates.exact(limit, after=page[-1].content_key)
    assert seen == [group.content_key for group in duplicates.exact(200)]
    assert len(seen) == len(set(seen)) == 11


def test_of_very_many_copies_the_first_hundred_are_listed(
    catalogue: Catalogue, facts: MakeFacts, fill: Fill
) -> None:
    fill([facts(f"/music/{n}.flac", content_key="x", file_bytes=2) for n in range(250)])
    (group,) = catalogue.duplicates.exact()
    assert (group.copies, len(group.tracks), group.reclaimable_bytes) == (250, 100, 498)
    assert [row.id for row in group.tracks] == list(range(1, 101))


def test_an_empty_library_has_no_duplicates(catalogue: Catalogue) -> None:
    assert catalogue.duplicates.exact() == ()
    assert catalogue.duplicates.near() == ()
    assert catalogue.duplicates.totals().reclaimable_bytes == 0


@pytest.mark.parametrize("limit", [0, -1, 201, 2.0, "5", None, True])
def test_a_page_has_1_to_200(catalogue: Catalogue, limit: Any) -> None:
    with pytest.raises(ParameterError, match="limit="):
        catalogue.duplicates.exact(limit)
    with pytest.raises(ParameterError, match="limit="):
        catalogue.duplicates.near(limit)


@pytest.mark.parametrize("after", ["nothing", "e", "' OR 1=1 --", ""])
def test_a_page_begins_after_a_group_that_there_is(copies: Duplicates, after: str) -> None:
    with pytest.raises(NotFoundError, match="no group"):
        copies.exact(after=after)
    with pytest.raises(ParameterError):
        copies.exact(after=7)  # type: ignore[arg-type]


@pytest.mark.parametrize("after", [1, (1,), (1, 2, 3), "12", (1, "2"), (True, 2), (-1, 2), [1, 2]])
def test_a_page_begins_after_two_ids(catalogue: Catalogue, after: Any) -> None:
    with pytest.raises(ParameterError):
        catalogue.duplicates.near(after=after)


def test_a_page_begins_after_a_measured_pair(catalogue: Catalogue) -> None:
    with pytest.raises(NotFoundError, match="track 2"):
        catalogue.duplicates.near(after=(2, 3))


def _music(rng: np.random.Generator, seconds: float = 12.0, tilt: float = 1.0) -> Audio:
    """Noise of a colour, each half second of it as loud as it likes."""
    frames = round(seconds * RATE_HZ)
    noise = rng.standard_normal((2, frames))
    spectrum = np.fft.rfft(noise[0] + np.array([[0.3], [-0.3]]) * noise[1])
    spectrum *= (np.arange(spectrum.shape[1]) + 20.0) ** (-tilt / 2)
    envelope = np.repeat(10 ** rng.uniform(-1.0, 0.0, int(2 * seconds) + 1), RATE_HZ // 2)
    x = np.fft.irfft(spectrum, frames) * envelope[:frames]
    return as_audio(0.5 * x / np.abs(x).max())


def _measure_all(catalogue: Catalogue) -> None:
    measured = []
    for row in catalogue.tracks.list("path", limit=200):
        with AudioSource(row.path) as source:
            profile = measure(source)
        measured.append(
            Measurement(
                row.content_key,
                profile.to_json(),
                profile.version,
                measures(profile),
                profile.duration_s,
            )
        )
    catalogue.profiles.put_many(measured)


def _names(pairs: Sequence[NearDuplicate]) -> set[tuple[str, str]]:
    return {(Path(pair.first.path).name, Path(pair.second.path).name) for pair in pairs}


def _write(path: Path, audio: Audio, subtype: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        soundfile.write(file, audio.T, RATE_HZ, subtype, format=path.suffix[1:].upper())


def test_one_recording_in_several_formats_and_at_several_gains_is_found(
    catalogue: Catalogue, tmp_path: Path, rng: np.random.Generator
) -> None:
    music = tmp_path / "music"
    song, other = _music(rng), _music(rng)
    _write(music / "song.flac", song)
    _write(music / "song.mp3", song)
    _write(music / "song.ogg", song)
    _write(music / "quiet.wav", as_audio(song / 4))
    _write(music / "longer.wav", np.concatenate([song, np.zeros((2, 2000), np.float32)], axis=1))
    _write(music / "other.flac", other)  # the same colour, length and spread of levels
    _write(music / "darker.flac", _music(np.random.default_rng(1), tilt=2.0))
    _write(music / "later.flac", np.roll(song, 3 * RATE_HZ, axis=1))
    _write(music / "cut.flac", np.ascontiguousarray(song[:, : 11 * RATE_HZ]))
    half = song.copy()
    half[:, 6 * RATE_HZ :] = 0
    _write(music / "half.flac", half)
    scan(catalogue, music)
    assert catalogue.duplicates.near() == ()
    _measure_all(catalogue)
    pairs = catalogue.duplicates.near(200)
    alike = ["quiet.wav", "song.flac", "longer.wav", "song.mp3", "song.ogg"]
    assert {frozenset(pair) for pair in _names(pairs)} == {
        frozenset((a, b)) for a in alike for b in alike if a != b
    }
    told = {frozenset((Path(p.first.path).name, Path(p.second.path).name)): p for p in pairs}
    quiet = told[frozenset(("song.flac", "quiet.wav"))]
    assert {quiet.first.format, quiet.second.format} == {"FLAC", "WAV"}
    assert quiet.first.file_bytes > quiet.second.file_bytes
    assert quiet.agreement.gain_lu == pytest.approx(20 * np.log10(4), abs=0.05)
    assert quiet.reason == (
        "same spectrum within 0.0 dB, same loudness curve within 0.0 LU, same length, "
        "12.0 LU louder, FLAC beside WAV"
    )
    lossy = told[frozenset(("song.flac", "song.mp3"))]
    assert (lossy.first.format, lossy.second.format) == ("FLAC", "MP3")
    assert lossy.reason.endswith("MP3 beside FLAC")
    longer = told[frozenset(("song.flac", "longer.wav"))]
    assert abs(longer.agreement.length_ms) == pytest.approx(1000 * 2000 / RATE_HZ)
    assert "91 ms apart in length" in longer.reason


@pytest.mark.parametrize("limit", [1, 3, 4])
def test_pages_of_near_duplicates_tile_them(
    catalogue: Catalogue, tmp_path: Path, rng: np.random.Generator, limit: int
) -> None:
    for n, seconds in enumerate((8.0, 8.1, 9.0)):
        song = _music(rng, seconds)
        for copy in range(3):
            _write(tmp_path / "music" / f"{n}-{copy}.wav", as_audio(song * (1 - copy / 4)), "FLOAT")
    scan(catalogue, tmp_path / "music")
    _measure_all(catalogue)
    duplicates = catalogue.duplicates
    seen: list[NearDuplicate] = []
    page = duplicates.near(limit)
    while page:
        seen += page
        last = page[-1]
        page = duplicates.near(limit, after=(last.first.id, last.second.id))
    assert seen == list(duplicates.near(200))
    assert len(_names(seen)) == len(seen) == 9
    assert all(first[0] == second[0] for first, second in _names(seen))


def test_copies_of_one_audio_stand_once_and_missing_ones_not_at_all(
    catalogue: Catalogue, tmp_path: Path, rng: np.random.Generator
) -> None:
    song = _music(rng)
    for name, gain in (("a.wav", 1.0), ("b.wav", 1.0), ("c.wav", 0.5), ("d.wav", 0.25)):
        _write(tmp_path / "music" / name, as_audio(gain * song), "FLOAT")
    scan(catalogue, tmp_path / "music")
    _measure_all(catalogue)
    assert _names(catalogue.duplicates.near()) == {
        ("a.wav", "c.wav"),
        ("a.wav", "d.wav"),
        ("c.wav", "d.wav"),
    }
    (tmp_path / "music" / "a.wav").unlink()
    (tmp_path / "music" / "d.wav").unlink()
    scan(catalogue, tmp_path / "music")
    assert _names(catalogue.duplicates.near()) == {("b.wav", "c.wav")}


def test_the_same_excerpt_in_five_codecs_is_found_among_other_pieces(
    catalogue: Catalogue, tmp_path: Path, shared_audio: Path
) -> None:
    (tmp_path / "music").mkdir()
    excerpts = sorted((shared_audio / "formats").glob("music.*"))
    others = ("bryant_slow_motion_dream_10s.mp3", "librispeech_198_209.ogg", "melaa_rainy.ogg")
    for path in (*excerpts, *(shared_audio / "music" / name for name in others)):
        (tmp_path / "music" / path.name).symlink_to(path)
    scan(catalogue, tmp_path / "music")
    _measure_all(catalogue)
    pairs = catalogue.duplicates.near(200)
    expected = {frozenset((a.name, b.name)) for a in excerpts for b in excerpts if a != b}
    assert {frozenset(pair) for pair in _names(pairs)} == expected
    assert all(pair.agreement.spectrum_db < 0.5 for pair in pairs)
    assert all(pair.agreement.curve_lu < 0.4 for pair in pairs)


def test_different_recordings_never_agree(shared_audio: Path) -> None:
    paths = sorted((shared_audio / "music").iterdir(), key=lambda path: path.stat().st_size)
    profiles = {}
    for path in paths[:6]:
        with AudioSource(path) as source:
            profiles[path.name] = measure(source).to_json()
    for one in profiles:
        for other in profiles:
            assert (agreement_of(profiles[one], profiles[other]) is None) == (one != other)


def test_what_is_short_silent_or_unreadable_agrees_with_nothing(
    rng: np.random.Generator,
) -> None:
    def profile(audio: Audio) -> str:
        return measure(ArraySource(audio, RATE_HZ)).to_json()

    long = profile(_music(rng, 8.5))
    assert agreement_of(long, long) is not None
    short = profile(_music(rng, 7.5))
    assert agreement_of(short, short) is None
    silent = profile(np.zeros((2, 10 * RATE_HZ), np.float32))
    assert agreement_of(silent, silent) is None
    older = long.replace(f'"version":{PROFILE_VERSION}', '"version":0')
    assert older != long
    for bad in (None, "", "{}", older):
        assert agreement_of(long, bad) is None
        assert agreement_of(bad, long) is None


def test_curves_of_another_step_are_compared_as_well(rng: np.random.Generator) -> None:
    song = _music(rng, 102.5)
    shorter = np.ascontiguousarray(song[:, : round(102.3 * RATE_HZ)])
    one, other = (measure(ArraySource(audio, RATE_HZ)) for audio in (song, shorter))
    assert one.loudness.short_term_hop_s == 2 * other.loudness.short_term_hop_s
    agreement = agreement_of(one.to_json(), other.to_json())
    assert agreement is not None
    assert agreement.curve_lu < 0.05
    assert agreement.length_ms == pytest.approx(-200, abs=0.1)


@trials(max_examples=tries(50))
@given(seed=st.integers(0, 2**32), tracks=st.integers(0, 300), batch=st.integers(1, 9))
def test_close_pairs_are_those_that_all_pairs_give(seed: int, tracks: int, batch: int) -> None:
    from auralis_lab.catalogue.sound.kernels import close_pairs

    rng = np.random.default_rng(seed)
    durations = np.sort(rng.integers(0, 40, tracks) * 0.125)
    values = rng.integers(0, 3, (6, tracks)).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    tolerances = np.array([1.0, 0.5, 1.5, 1.0, 0.5, 1.0], np.float32)
    expected = [
        (i, j)
        for i in range(tracks)
        for j in range(i + 1, tracks)
        if durations[j] - durations[i] <= LENGTH_S
        and not (np.abs(values[:, i] - values[:, j]) > tolerances).any()
    ]
    found: list[tuple[int, int]] = []
    pairs = np.empty((batch, 2), np.int64)
    row = column = 0
    while row < tracks:
        count, row, column = close_pairs(
            durations, values, LENGTH_S, tolerances, row, column, pairs
        )
        found += [(a, b) for a, b in pairs[:count].tolist()]
    assert found == expected


@pytest.mark.slow
def test_a_large_library_is_searched_in_seconds(catalogue: Catalogue) -> None:
    import time

    from tests.benchmarks.library import Library, fill_catalogue

    fill_catalogue(catalogue, Library(200_000))
    assert PROFILE_VERSION == 1
    began = time.perf_counter()
    assert catalogue.duplicates.near() == ()
    assert catalogue.duplicates.exact() == ()
    assert time.perf_counter() - began < 30
