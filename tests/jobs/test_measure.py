"""A whole library measured: what becomes of every file, whoever dies or interferes meanwhile."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from auralis_lab.analysis.fingerprint import MEASURES, measures
from auralis_lab.analysis.profile import Profile, measure
from auralis_lab.catalogue.scanning.scan import scan
from auralis_lab.catalogue.store import Catalogue
from auralis_lab.errors import ParameterError
from auralis_lab.io.source import AudioSource
from auralis_lab.jobs import measure as module
from auralis_lab.jobs.claims import Claims
from auralis_lab.jobs.measure import measure_library
from auralis_lab.jobs.measuring import Measurer, Request


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with Catalogue(tmp_path / "data" / "library.duckdb") as made:
        yield made


@pytest.fixture
def make_song(tmp_path: Path, rng: np.random.Generator) -> Callable[..., Path]:
    """Write half a second of noise into the music folder; every call other noise."""

    def make(name: str, seconds: float = 0.5) -> Path:
        path = tmp_path / "music" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = 0.1 * rng.standard_normal((round(seconds * 8_000), 2))
        with path.open("wb") as file:
            soundfile.write(file, noise, 8_000, format=path.suffix[1:].upper())
        return path

    return make


def _measured(catalogue: Catalogue) -> set[str]:
    with catalogue.session() as s:
        rows = s.rows("SELECT path FROM tracks WHERE measured_version IS NOT NULL")
    return {Path(path).name for (path,) in rows}


def test_every_track_gets_the_profile_of_its_file(
    catalogue: Catalogue, tmp_path: Path, make_song: Callable[..., Path]
) -> None:
    songs = [make_song("a.flac", 4), make_song("b.ogg", 4), make_song("sub/c.wav", 0.05)]
    shutil.copy(songs[0], tmp_path / "music" / "copy of a.flac")
    odd = Path(os.fsdecode(os.fsencode(tmp_path / "music") + b"/B\xf6rk.wav"))
    shutil.copy(songs[2], odd)
    scan(catalogue, tmp_path / "music")
    seen: list[tuple[int, int, str]] = []
    report = measure_library(
        catalogue, workers=1, on_progress=lambda *progress: seen.append(progress)
    )
    assert (report.wanted, report.measured, report.failed, report.elsewhere) == (3, 3, 0, 0)
    assert (report.failures, report.cancelled) == ((), False)
    assert report.measured_s == pytest.approx(8.05)
    assert [(done, wanted) for done, wanted, _ in seen] == [(1, 3), (2, 3), (3, 3)]
    for song in (*songs, tmp_path / "music" / "copy of a.flac", odd):
        row = catalogue.tracks.by_path(song)
        assert row is not None
        stored = catalogue.profiles.get(row.content_key)
        assert stored is not None
        with AudioSource(song) as source:
            expected = measure(source)
        profile = Profile.from_json(stored)
        assert (profile.loudness, profile.ltas) == (expected.loudness, expected.ltas)
        columns = ", ".join(MEASURES)
        with catalogue.session() as s:
            values = s.rows(f"SELECT {columns} FROM tracks WHERE id = {row.id}")[0]
        wanted = list(measures(expected).values())
        for value, expected_value in zip(values, wanted, strict=True):
            assert value == (expected_value and pytest.approx(expected_value, rel=1e-6))
    again = measure_library(catalogue, on_progress=lambda *_: pytest.fail("nothing to do"))
    assert repr(again) == "<MeasureReport 0 of 0 measured>"
    assert (again.wanted, again.measured) == (0, 0)


def test_files_that_are_not_what_was_scanned_fail_alone_and_say_why(
    catalogue: Catalogue, tmp_path: Path, make_song: Callable[..., Path]
) -> None:
    gone, torn, retagged = (make_song(f"{n}.flac") for n in ("gone", "torn", "tag"))
    make_song("other.flac")
    make_song("good.flac")
    twin = tmp_path / "music" / "later copy of gone.flac"
    shutil.copy(gone, twin)
    lone = make_song("lone.flac")
    scan(catalogue, tmp_path / "music")
    make_song("other.flac")  # with other noise
    gone.unlink()
    lone.unlink()
    status = torn.stat()
    torn.write_bytes(torn.read_bytes()[:-4000] + bytes(4000))
    os.utime(torn, ns=(status.st_atime_ns, status.st_mtime_ns))  # as a failing disk would
    import mutagen

    tagged = mutagen.File(retagged, easy=True)
    tagged["title"] = "New"
    tagged.save()
    report = measure_library(catalogue, workers=1)
    assert (report.wanted, report.measured, report.failed) == (6, 3, 3)
    assert _measured(catalogue) == {"tag.flac", "good.flac", "gone.flac", twin.name}
    reasons = {Path(failure.path).name: failure.reason for failure in report.failures}
    assert reasons.keys() == {"other.flac", "gone.flac", "torn.flac", "lone.flac"}
    assert reasons["other.flac"] == "holds other audio than when it was scanned"
    assert reasons["gone.flac"] == reasons["lone.flac"] == "no such file or directory"
    assert reasons["torn.flac"]
    assert all(failure.path_text == failure.path for failure in report.failures)


def test_a_file_that_kills_or_stops_its_process_fails_alone(
    catalogue: Catalogue,
    tmp_path: Path,
    make_song: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Fragile(Measurer):
        """A process that dies of every file named deadly and falls asleep over those named dull."""

        def patience_s(self, requests: Sequence[Request]) -> float:
            return 0.5 if "dull" in requests[0].file.path else super().patience_s(requests)

        def _ask(self, requests: Sequence[Request]) -> Any:
            process = self._readied()
            if "deadly" in requests[0].file.path:
                process.kill()
            elif "dull" in requests[0].file.path:
                process.send_signal(signal.SIGSTOP)
            return super()._ask(requests)

    for name in ("1.wav", "2 deadly.wav", "3.wav", "4 dull.wav", "5.wav"):
        make_song(name)
    scan(catalogue, tmp_path / "music")
    monkeypatch.setattr(module, "Measurer", Fragile)
    report = measure_library(catalogue, workers=1)
    assert (report.measured, report.failed) == (3, 2)
    assert {Path(f.path).name: f.reason for f in report.failures} == {
        "2 deadly.wav": "crashed its reader (code -9)",
        "4 dull.wav": "takes too long to read",
    }
    assert _measured(catalogue) == {"1.wav", "3.wav", "5.wav"}


def test_a_cancelled_run_keeps_what_it_has_and_the_next_one_goes_on(
    catalogue: Catalogue,
    tmp_path: Path,
    make_song: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    for n in range(8):
        make_song(f"{n}.wav")
    make_song("long.wav", 900)
    scan(catalogue, tmp_path / "music")
    event = threading.Event()

    def stop(done: int, wanted: int, path: str) -> None:
        if done > 3:
            event.set()

    first = measure_library(catalogue, workers=1, cancel=event, on_progress=stop)
    assert first.cancelled
    assert 4 <= first.measured < 9
    assert len(_measured(catalogue)) == first.measured
    assert measure_library(catalogue, cancel=lambda: True).measured == 0
    second = measure_library(catalogue, workers=2)
    assert not second.cancelled
    assert second.measured + first.measured == second.wanted + first.measured == 9
    assert len(_measured(catalogue)) == 9


def test_an_exception_from_the_progress_ends_the_run_and_its_processes(
    catalogue: Catalogue,
    tmp_path: Path,
    make_song: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crew: list[Measurer] = []

    class Known(Measurer):
        def __init__(self) -> None:
            super().__init__()
            crew.append(self)

    monkeypatch.setattr(module, "Measurer", Known)
    for n in range(3):
        make_song(f"{n}.wav")
    make_song("long.wav", 900)
    scan(catalogue, tmp_path / "music")

    def stop(done: int, wanted: int, path: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_library(catalogue, workers=1, on_progress=stop)
    assert len(crew) == 1
    assert crew[0]._process is None
    claims = Claims.of(catalogue.path.with_name(catalogue.path.name + ".measuring"))
    assert all(claims.take(id_) for id_ in range(1, 5))


def test_runs_at_the_same_time_share_the_work(
    catalogue: Catalogue, tmp_path: Path, make_song: Callable[..., Path]
) -> None:
    for n in range(24):
        make_song(f"{n}.wav")
    scan(catalogue, tmp_path / "music")
    code = f"""
        from auralis_lab.catalogue.store import Catalogue
        from auralis_lab.jobs.measure import measure_library
        report = measure_library(Catalogue({str(catalogue.path)!r}), workers=1)
        print(report.measured, report.failed)
    """
    other = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    reports: list[Any] = []
    thread = threading.Thread(target=lambda: reports.append(measure_library(catalogue, workers=1)))
    thread.start()
    reports.append(measure_library(catalogue, workers=1))
    thread.join()
    elsewhere, failed = map(int, other.communicate()[0].split())
    assert elsewhere + sum(report.measured for report in reports) == 24
    assert failed + sum(report.failed for report in reports) == 0
    assert len(_measured(catalogue)) == 24
    with catalogue.session() as s:
        assert s.rows("SELECT count(*) FROM profiles") == [(24,)]


def test_a_run_that_is_killed_leaves_the_rest_to_the_next(
    catalogue: Catalogue, tmp_path: Path, make_song: Callable[..., Path]
) -> None:
    for n in range(6):
        make_song(f"{n}.wav")
    make_song("7.wav", 1200)
    scan(catalogue, tmp_path / "music")
    code = f"""
        from auralis_lab.catalogue.store import Catalogue
        from auralis_lab.jobs import measure
        measure.BATCH = 2
        measure.measure_library(Catalogue({str(catalogue.path)!r}), workers=1)
    """
    victim = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
    while len(_measured(catalogue)) < 2:
        assert victim.poll() is None
        time.sleep(0.05)
    victim.kill()
    victim.wait()
    before = _measured(catalogue)
    assert 2 <= len(before) < 7
    (tmp_path / "music" / "7.wav").unlink()
    report = measure_library(catalogue, workers=1)
    assert (report.measured, report.elsewhere) == (6 - len(before), 0)
    assert len(_measured(catalogue)) == 6


def test_what_is_claimed_is_free_again_when_its_holder_dies(tmp_path: Path) -> None:
    path = tmp_path / "claims"
    claims = Claims.of(path)
    assert claims is Claims.of(path)
    assert claims.take(5)
    assert not claims.take(5)
    code = f"""
        import sys, time
        from pathlib import Path
        from auralis_lab.jobs.claims import Claims
        claims = Claims.of(Path({str(path)!r}))
        print([claims.take(n) for n in (4, 5, 6, 2**62)], flush=True)
        time.sleep(60)
    """
    holder = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "[True, False, True, True]\n"
    assert [claims.take(n) for n in (4, 6, 7, 2**62)] == [False, False, True, False]
    holder.kill()
    holder.wait()
    assert [claims.take(n) for n in (4, 5, 6, 2**62)] == [True, False, True, True]
    claims.release(5)
    claims.release(99)
    assert claims.take(5)


@pytest.mark.parametrize("workers", [0, -1, 65, 1.0, "2", True])
def test_1_to_64_processes_may_measure(catalogue: Catalogue, workers: Any) -> None:
    with pytest.raises(ParameterError, match="workers="):
        measure_library(catalogue, workers=workers)


def test_an_empty_library_is_measured_at_once(catalogue: Catalogue) -> None:
    report = measure_library(catalogue)
    assert (report.wanted, report.measured, report.cancelled) == (0, 0, False)
