"""The library as files, and what its pieces sound like, measured on the files themselves."""

from __future__ import annotations

import io
import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import mutagen
import numpy as np
import numpy.typing as npt
import pytest
import soundfile as sf
from PIL import Image

from auralis_lab.audio import Audio
from auralis_lab.demo import PIECES, Piece, render_piece, write_demo_library
from auralis_lab.demo.library import MANIFEST
from auralis_lab.io.tags import read_pictures, read_tags
from auralis_lab.libraries import demo_folder

BY_NAME = {piece.module: piece for piece in PIECES}
RHYTHMIC = [piece.module for piece in PIECES if piece.bpm is not None]
LOUD = {"house", "chiptune"}


class PowerCutError(Exception):
    """What stops the first run of the library."""


@dataclass
class Made:
    """The library of this session, and how it came about."""

    folder: Path
    paths: tuple[Path, ...]
    shares: list[float]

    def path(self, name: str) -> Path:
        return self.folder / BY_NAME[name].path

    def audio(self, name: str) -> Audio:
        return np.ascontiguousarray(sf.read(self.path(name), dtype="float32", always_2d=True)[0].T)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Copy the library that the notebooks use, made by whoever comes first."""
    folder = tmp_path_factory.mktemp("demo") / "folder"
    shares: list[float] = []
    write_demo_library(demo_folder(), on_progress=shares.append)
    shutil.copytree(demo_folder(), folder)
    return Made(folder, write_demo_library(folder), shares)


def _audio_files(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.suffix in {".wav", ".flac", ".ogg", ".mp3"}]


def _states(folder: Path) -> dict[Path, tuple[int, int]]:
    return {p: (p.stat().st_size, p.stat().st_mtime_ns) for p in _audio_files(folder)}


def test_an_interrupted_run_is_continued_where_it_stopped(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(share: float) -> None:
        if share >= 2 / 3:
            raise PowerCutError

    folder = tmp_path / "a new" / "folder"
    monkeypatch.setattr("auralis_lab.demo.library.PIECES", PIECES[:3])
    with pytest.raises(PowerCutError):
        write_demo_library(folder, on_progress=cut)
    there = _states(folder)
    assert len(there) == 2
    paths = write_demo_library(folder)
    assert there.items() < _states(folder).items()
    assert sorted(paths) == sorted(_audio_files(folder))
    assert not list(folder.rglob("*.part"))
    for path in paths:
        assert path.read_bytes() == (made.folder / path.relative_to(folder)).read_bytes()


def test_two_runs_at_once_make_each_piece_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def render(piece: Piece) -> Audio:
        made.append(piece.module)
        time.sleep(0.1)
        return np.zeros((piece.channels, 1000), np.float32)

    monkeypatch.setattr("auralis_lab.demo.library.render_piece", render)
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(write_demo_library, tmp_path) for _ in range(3)]
        paths = {run.result() for run in runs}
    assert sorted(made) == sorted(piece.module for piece in PIECES)
    assert len(paths) == 1
    write_demo_library(tmp_path, overwrite=True)
    assert len(made) == 2 * len(PIECES)


def test_progress_runs_from_nothing_to_everything(made: Made) -> None:
    assert made.shares == sorted(made.shares)
    assert (made.shares[0], made.shares[-1]) == (0.0, 1.0)


def test_the_library_is_small_and_every_piece_short(made: Made) -> None:
    assert sum(path.stat().st_size for path in made.paths) < 60e6
    for path in made.paths:
        assert 30 <= sf.info(path).duration <= 60


def test_a_second_call_changes_no_file(made: Made) -> None:
    before = _states(made.folder)
    assert write_demo_library(str(made.folder)) == made.paths
    assert _states(made.folder) == before


def test_a_missing_or_cut_file_is_made_again_byte_for_byte(made: Made) -> None:
    lossless = made.path("breakbeat")
    whole = lossless.read_bytes()
    before = _states(made.folder)
    lossless.write_bytes(whole[:100_000])
    write_demo_library(made.folder)
    assert lossless.read_bytes() == whole
    changed = {path for path, state in _states(made.folder).items() if before[path] != state}
    assert changed == {lossless}


def test_a_file_whose_tags_were_edited_is_kept(made: Made) -> None:
    path = made.path("waltz")
    file = mutagen.File(path)
    file["title"] = "My own title for this waltz, and a long one"
    file["mood"] = "x" * 20_000
    file.save()
    edited = path.read_bytes()
    for _ in range(2):
        write_demo_library(made.folder)
        assert path.read_bytes() == edited
    file["title"] = BY_NAME["waltz"].title
    file.save()


def test_a_broken_manifest_or_another_version_does_not_stop_the_run(tmp_path: Path) -> None:
    def cut(share: float) -> None:
        raise PowerCutError

    for text in ("", "[]", '{"version": 1, "files": {"a": {"size": 3}}}', '{"version": 0}'):
        (tmp_path / MANIFEST).write_text(text)
        with pytest.raises(PowerCutError):
            write_demo_library(tmp_path, on_progress=cut)


def test_the_manifest_lists_every_file(made: Made) -> None:
    manifest = json.loads((made.folder / MANIFEST).read_text(encoding="utf-8"))
    assert set(manifest["files"]) == {piece.path for piece in PIECES}


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.module)
def test_files_have_the_format_and_the_tags_of_the_programme(made: Made, piece: Piece) -> None:
    path = made.folder / piece.path
    info, tags = sf.info(path), read_tags(path)
    assert (info.samplerate, info.channels) == (piece.rate_hz, piece.channels)
    assert info.subtype == (f"PCM_{piece.bits}" if piece.bits else info.subtype)
    assert (tags.title, tags.artists, tags.album) == (piece.title, (piece.artist,), piece.album)
    assert (tags.album_artist, tags.genres, tags.date) == (
        piece.album_artist,
        (piece.genre,),
        "2026",
    )
    assert (tags.track_number, tags.track_total) == (piece.track_number, piece.track_total)
    assert tags.compilation == piece.compilation
    assert (None if tags.bpm is None else round(tags.bpm)) == piece.bpm
    assert "Public domain" in (tags.comment or "")
    (picture,) = read_pictures(path)
    assert Image.open(io.BytesIO(picture.data)).size == (600, 600)


def test_a_foreign_reader_finds_the_tags(made: Made) -> None:
    mp3, flac = (mutagen.File(made.path(name), easy=True) for name in ("house", "drone"))
    assert mp3["artist"] == ["Nora Vexley"]
    assert mp3["albumartist"] == ["Various Artists"]
    assert flac["title"] == ["霧の朝"]


def test_paths_are_artist_album_and_number_with_title(made: Made) -> None:
    for piece in PIECES:
        artist, album, name = Path(piece.path).parts
        assert (artist, album) == (piece.album_artist, piece.album)
        assert Path(name).stem == f"{piece.track_number:02d} {piece.title}"
    assert [p.parent.name for p in made.folder.rglob("folder.jpg")] == ["Low Light"]


def test_the_formats_rates_and_word_lengths_are_spread() -> None:
    assert {Path(piece.path).suffix for piece in PIECES} == {".wav", ".flac", ".ogg", ".mp3"}
    assert {piece.rate_hz for piece in PIECES} == {44_100, 48_000, 96_000}
    assert {piece.bits for piece in PIECES} == {16, 24, None}
    assert [piece.module for piece in PIECES if piece.channels == 1] == ["waltz"]


@pytest.mark.parametrize("name", ["chiptune", "waltz"])
def test_a_piece_is_the_same_samples_on_every_run(name: str) -> None:
    first, second = (sha256(render_piece(BY_NAME[name]).tobytes()).digest() for _ in range(2))
    assert first == second


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.module)
def test_no_piece_clips_has_a_constant_or_starts_or_ends_with_a_click(
    made: Made, piece: Piece
) -> None:
    audio = render_piece(piece) if piece.module in LOUD else made.audio(piece.module)
    limit = 1.0 if piece.module in LOUD else 10 ** (-0.1 / 20)
    assert audio.shape[0] == piece.channels
    assert np.abs(audio).max() <= limit
    assert np.abs(audio.mean(axis=1)).max() < 1e-3
    assert np.abs(audio[:, [0, -1]]).max() < 2e-3


def _onsets(mono: npt.NDArray[np.float32], hop: int) -> npt.NDArray[np.float64]:
    """Spectral flux: how much louder the bands get from one frame to the next."""
    windows = np.lib.stride_tricks.sliding_window_view(mono, 1024)[::hop]
    level = np.log1p(100 * np.abs(np.fft.rfft(windows * np.hanning(1024), axis=1)))
    flux = np.maximum(np.diff(level, axis=0), 0).sum(axis=1)
    return np.asarray(flux - flux.mean(), dtype=np.float64)


@pytest.mark.parametrize("name", RHYTHMIC)
def test_onsets_repeat_at_the_declared_tempo(made: Made, name: str) -> None:
    piece, hop = BY_NAME[name], 256
    assert piece.bpm is not None
    mono = made.audio(name).mean(axis=0)
    flux = _onsets(mono[: 38 * piece.rate_hz], hop)
    correlation = np.correlate(flux, flux, mode="full")[len(flux) - 1 :]
    frames_per_minute = 60 * piece.rate_hz / hop
    four_beats = 4 * frames_per_minute / piece.bpm
    lags = np.arange(round(0.9 * four_beats), round(1.1 * four_beats))
    best = lags[np.argmax(correlation[lags])]
    assert 4 * frames_per_minute / best == pytest.approx(piece.bpm, rel=0.006)
    assert correlation[best] > 0.15 * correlation[0]


def _share_db(audio: Audio, rate_hz: int, low_hz: float, high_hz: float) -> float:
    size = 1 << 14
    rows = audio[:, : audio.shape[1] // size * size].reshape(-1, size)
    power = np.sum(np.abs(np.fft.rfft(rows * np.blackman(size), axis=1)) ** 2, axis=0)
    f = np.fft.rfftfreq(size, 1 / rate_hz)
    inside = power[(f >= low_hz) & (f < high_hz)].sum()
    return float(10 * np.log10(inside / power.sum() + 1e-30))


def test_the_fast_piece_uses_its_rate_and_ends_below_40_khz(made: Made) -> None:
    audio = made.audio("drone")
    assert _share_db(audio, 96_000, 22_050, 40_000) > -90
    assert _share_db(audio, 96_000, 40_000, 48_000) < -110


@dataclass
class Mastered:
    """What the ear would say of a mastering, as numbers."""

    rms_db: float
    crest_db: float
    bass_db: float
    treble_db: float
    side_db: float
    range_db: float


@pytest.fixture(scope="session")
def masterings(made: Made) -> dict[str, Mastered]:
    found = {}
    for piece in PIECES:
        audio = made.audio(piece.module)
        rms = float(np.sqrt(np.mean(audio**2)))
        second = audio[:, : audio.shape[1] // piece.rate_hz * piece.rate_hz]
        levels = np.sqrt(np.mean(second.reshape(audio.shape[0], -1, piece.rate_hz) ** 2, (0, 2)))
        soft, strong = np.percentile(20 * np.log10(levels[:-6] + 1e-9), (10, 95))
        middle, side = audio.mean(axis=0), (audio[0] - audio[-1]) / 2
        found[piece.module] = Mastered(
            rms_db=20 * np.log10(rms),
            crest_db=20 * np.log10(np.abs(audio).max() / rms),
            bass_db=_share_db(audio, piece.rate_hz, 20, 200),
            treble_db=_share_db(audio, piece.rate_hz, 4000, 20_000),
            side_db=10 * np.log10((np.mean(side**2) + 1e-12) / np.mean(middle**2)),
            range_db=strong - soft,
        )
    return found


def test_the_house_piece_is_loud_and_dense(masterings: dict[str, Mastered]) -> None:
    house = masterings["house"]
    assert house.rms_db == max(m.rms_db for m in masterings.values())
    assert house.rms_db > -11
    assert house.crest_db < 11


def test_the_breakbeat_is_quiet_and_full_of_transients(masterings: dict[str, Mastered]) -> None:
    piece = masterings["breakbeat"]
    assert piece.rms_db == min(m.rms_db for m in masterings.values())
    assert piece.rms_db + piece.crest_db < -8
    assert piece.crest_db > masterings["house"].crest_db + 7


def test_the_jazz_trio_is_dark_and_boomy(masterings: dict[str, Mastered]) -> None:
    assert masterings["jazz"].treble_db < -25
    assert masterings["jazz"].bass_db > -3


def test_the_console_tune_is_the_brightest(masterings: dict[str, Mastered]) -> None:
    treble = {name: m.treble_db for name, m in masterings.items()}
    assert max(treble, key=lambda name: treble[name]) == "chiptune"
    assert treble["chiptune"] > -9


def test_the_waltz_is_thin(masterings: dict[str, Mastered]) -> None:
    assert masterings["waltz"].bass_db < -6
    assert masterings["waltz"].side_db < -100


def test_the_drone_is_the_widest(masterings: dict[str, Mastered]) -> None:
    side = {name: m.side_db for name, m in masterings.items()}
    assert max(side, key=lambda name: side[name]) == "drone"
    assert side["drone"] > -4


def test_the_nocturne_and_the_chorale_have_wide_dynamics(masterings: dict[str, Mastered]) -> None:
    assert masterings["nocturne"].range_db > 12
    assert masterings["chorale"].range_db > 10
    assert masterings["house"].range_db < 6
