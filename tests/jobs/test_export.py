"""Many tracks enhanced into a folder: what is written, kept, replaced and left alone."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile

from auralis_lab.errors import EncodeError, ParameterError
from auralis_lab.io.source import AudioSource
from auralis_lab.jobs.enhance import enhance_file
from auralis_lab.jobs.exportledger import LEDGER_NAME
from auralis_lab.jobs.exportreport import ExportForm, ExportReport
from auralis_lab.jobs.variants import Enhanced
from auralis_lab.lab import Lab, open_lab

WARM = Enhanced("warm", 0.6)
NAMES = ("a.wav", "b.wav", "sub/c.wav")


@pytest.fixture
def lab(tmp_path: Path, rng: np.random.Generator) -> Iterator[Lab]:
    for name in NAMES:
        path = tmp_path / "music" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, 0.05 * rng.standard_normal((24_000, 2)), 8_000)
    with open_lab(tmp_path / "music") as opened:
        opened.scan()
        yield opened


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as made:
        yield made


def _samples(path: Path) -> np.ndarray:
    with AudioSource(path) as source:
        return source.read(0, source.total_frames)


def _statuses(report: ExportReport) -> dict[str, str]:
    return {str(o.output.relative_to(report.folder)): o.status for o in report.outcomes}


def test_every_track_is_written_as_it_would_be_alone(lab: Lab, tmp_path: Path) -> None:
    report = lab.export("id>0", tmp_path / "out", WARM)
    assert _statuses(report) == dict.fromkeys(("a.flac", "b.flac", "sub/c.flac"), "written")
    for name in NAMES:
        alone = tmp_path / "alone.flac"
        enhance_file(tmp_path / "music" / name, alone, preset="warm", intensity=0.6, overwrite=True)
        written = tmp_path / "out" / Path(name).with_suffix(".flac")
        assert np.array_equal(_samples(written), _samples(alone))
    for outcome in report.outcomes:
        assert outcome.exported is not None
        assert outcome.exported.duration_s == 3.0


def test_what_is_there_is_kept_and_what_is_missing_written(
    lab: Lab, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    lab.export("id>0", tmp_path / "out", WARM, executor=pool)
    before = (tmp_path / "out" / "a.flac").stat()
    (tmp_path / "out" / "b.flac").unlink()
    report = lab.export("id>0", tmp_path / "out", WARM, executor=pool)
    assert _statuses(report) == {"a.flac": "kept", "b.flac": "written", "sub/c.flac": "kept"}
    assert (tmp_path / "out" / "a.flac").stat().st_mtime_ns == before.st_mtime_ns


def test_another_sound_replaces_what_an_export_wrote(
    lab: Lab, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    lab.export("id>0", tmp_path / "out", WARM, executor=pool)
    before = _samples(tmp_path / "out" / "a.flac")
    report = lab.export("id>0", tmp_path / "out", Enhanced("bright"), executor=pool)
    assert report.count("written") == 3
    assert not np.array_equal(_samples(tmp_path / "out" / "a.flac"), before)


def test_files_of_somebody_else_and_changed_ones_are_left_alone(
    lab: Lab, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    out = tmp_path / "out"
    lab.export([track.id for track in lab.tracks.all("a")], out, WARM, executor=pool)
    (out / "b.flac").write_bytes(b"of somebody else")
    with (out / "a.flac").open("ab") as file:
        file.write(b"changed")
    report = lab.export("id>0", out, Enhanced("bright"), executor=pool)
    assert _statuses(report) == {"a.flac": "failed", "b.flac": "failed", "sub/c.flac": "written"}
    assert "no export has written" in report.outcomes[1].reason
    assert (out / "b.flac").read_bytes() == b"of somebody else"
    forced = lab.export("id>0", out, Enhanced("bright"), ExportForm(overwrite=True), executor=pool)
    assert forced.count("written") == 2


def test_a_file_that_cannot_be_read_is_told_and_stops_nothing(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "music" / "b.wav").write_bytes(b"RIFF and nothing else")
    report = lab.export("id>0", tmp_path / "out", WARM, workers=2)
    assert _statuses(report) == {"a.flac": "written", "b.flac": "failed", "sub/c.flac": "written"}
    assert report.outcomes[1].reason
    assert not (tmp_path / "out" / "b.flac").exists()


def test_a_cancelled_run_keeps_what_it_has_and_the_next_goes_on(
    lab: Lab, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    seen: list[str] = []
    report = lab.export(
        "id>0", tmp_path / "out", WARM, workers=1, executor=pool,
        on_progress=lambda done, wanted, name: seen.append(name), cancel=lambda: bool(seen),
    )  # fmt: skip
    assert report.cancelled
    assert report.count("written") == 1
    assert "2 not reached of 3" in str(report)
    again = lab.export("id>0", tmp_path / "out", WARM, executor=pool)
    assert _statuses(again)["a.flac"] == "kept"
    assert again.count("failed") == 0
    left = {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert left == {"a.flac", "b.flac", "c.flac", LEDGER_NAME}


def test_a_run_that_was_killed_goes_on_where_it_was(lab: Lab, tmp_path: Path) -> None:
    """Killed between a file and the note of it, too."""
    code = textwrap.dedent("""
        import os, sys, signal, auralis_lab
        from auralis_lab.jobs.exportledger import ExportLedger
        def finish(self, output, key): os.kill(os.getpid(), signal.SIGKILL)
        ExportLedger.finish = finish
        auralis_lab.open_lab(sys.argv[1]).export(
            "id>0", sys.argv[2], auralis_lab.Enhanced("warm", 0.6), workers=1)
    """)
    out = tmp_path / "out"
    lab.close()
    done = subprocess.run([sys.executable, "-c", code, tmp_path / "music", out], check=False)
    assert done.returncode == -signal.SIGKILL
    assert (out / "a.flac").exists()
    with open_lab(tmp_path / "music") as reopened:
        report = reopened.export("id>0", out, WARM)
    assert _statuses(report) == {"a.flac": "kept", "b.flac": "written", "sub/c.flac": "written"}


def test_a_torn_line_of_the_ledger_counts_as_none(
    lab: Lab, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    lab.export("id>0", tmp_path / "out", WARM, executor=pool)
    ledger = tmp_path / "out" / LEDGER_NAME
    ledger.write_bytes(ledger.read_bytes() + b'{"output": "a.fl')
    assert lab.export("id>0", tmp_path / "out", WARM, executor=pool).count("kept") == 3


def test_a_playlist_is_written_in_its_order(
    lab: Lab, tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    ids = [track.id for track in lab.tracks.all("id>0", sort="title", descending=True)]
    form = ExportForm("wav", layout="numbered", playlist="Late: night?")
    lab.export(ids, tmp_path / "out", WARM, form, executor=pool)
    listing = (tmp_path / "out" / "Late_ night_.m3u8").read_text(encoding="utf-8")
    assert "#PLAYLIST:Late: night?" in listing
    files = [line for line in listing.splitlines() if not line.startswith("#")]
    assert files == ["01 c.wav", "02 b.wav", "03 a.wav"]
    assert all((tmp_path / "out" / name).exists() for name in files)


@pytest.mark.parametrize(
    ("sound", "form"),
    [
        (Enhanced("warm", 2.0), ExportForm()),
        (WARM, ExportForm(bits=20)),
        (WARM, ExportForm("mp3", bits=16)),
        (WARM, ExportForm(layout="flat")),  # type: ignore[arg-type]
        (WARM, ExportForm("doc")),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_written(
    lab: Lab, tmp_path: Path, sound: Enhanced, form: ExportForm
) -> None:
    with pytest.raises((ParameterError, EncodeError)):
        lab.export("id>0", tmp_path / "out", sound, form)
    assert not (tmp_path / "out").exists()


def test_nothing_to_export_is_refused(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="finds no track"):
        lab.export("nothing is called so", tmp_path / "out")


@pytest.mark.slow
def test_a_cluster_writes_the_same_files(lab: Lab, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    lab.export("id>0", tmp_path / "here", WARM)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
        client.get_executor(pure=False) as executor,
    ):
        report = lab.export("id>0", tmp_path / "there", WARM, executor=executor)
        measured = lab.measure(executor=executor)
    assert report.count("written") == 3
    assert (measured.measured, measured.failed) == (3, 0)
    for name in ("a.flac", "b.flac", "sub/c.flac"):
        assert np.array_equal(
            _samples(tmp_path / "here" / name), _samples(tmp_path / "there" / name)
        )
