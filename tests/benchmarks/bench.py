"""Speed and memory of the main work, ours and other tools', on the same files in one run.

``python -m tests.benchmarks.bench [FILE]``, or ``make bench``, which first installs the Python
peers. Without a file, three minutes of demo music are written. Every row is a process of its own,
pinned to one core unless it says otherwise: wall time of the work without imports, the better of
two, and the peak memory of the process. What is printed is also written to ``RESULTS.md`` beside
this file, with what it ran on.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.benchmarks.works import PREPARED, ROWS, Row

RESULTS = Path(__file__).with_name("RESULTS.md")
KIB_PER_MIB = 1024
SCALES_S = (180, 1800, 10_800)
WANTED = {"analyse": 200.0, "render": 250.0, "enhance": 70.0, "enhance, two cores": 120.0}
"""Times real time that our work is to reach, on a machine such as the peers were first seen on."""


def run_one(name: str, path: str) -> None:
    """Run one work in this process, twice, and print the better time and the peak memory."""
    work = next(row.work for row in ROWS if row.name == name and row.work)
    times = []
    for _ in range(2):
        prepared = work(path) if work in PREPARED else None
        started = time.perf_counter()
        if callable(prepared):
            prepared()
        else:
            work(path)
        times.append(time.perf_counter() - started)
    status = Path("/proc/self/status")  # getrusage would count what the parent held at the fork
    lines = status.read_text().splitlines() if status.exists() else []
    peaks = [int(line.split()[1]) / KIB_PER_MIB for line in lines if line.startswith("VmHWM")]
    print(json.dumps({"seconds": min(times), "peak_mib": peaks[0] if peaks else None}))


def timed(row: Row, path: str) -> tuple[float, float | None]:
    """Return seconds and peak MiB of a row, each in a process on as many cores as it says."""
    cores = sorted(os.sched_getaffinity(0))[: row.cores]
    if not row.command:
        command = [sys.executable, "-m", "tests.benchmarks.bench", "--one", row.name, path]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        if done.returncode:
            raise SystemExit(f"{row.name} failed:\n{done.stderr}")
        found = json.loads(done.stdout.splitlines()[-1])
        return found["seconds"], found["peak_mib"]
    seconds, peak = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        names = {"{in}": path, "{out}": str(Path(folder) / "out.flac")}
        for _ in range(2):
            command = [names.get(word, word) for word in row.command]
            started = time.perf_counter()
            process = subprocess.Popen(
                command,
                stdout=subprocess.DEVNULL,
                preexec_fn=lambda: os.sched_setaffinity(0, cores),
            )
            _, code, usage = os.wait4(process.pid, 0)
            process.returncode = code
            if code:
                raise SystemExit(f"{row.name} failed")
            seconds.append(time.perf_counter() - started)
            peak = max(peak, usage.ru_maxrss / KIB_PER_MIB)
    return min(seconds), peak


def table(path: str, duration_s: float) -> Iterator[str]:
    """Yield the lines of the main table; each kind's ratios are to its first row, ours."""
    yield "| kind | work | s | x real time | wanted | peak MiB | ours is |"
    yield "|---|---|---|---|---|---|---|"
    ours: dict[str, float] = {}
    for row in ROWS:
        if not row.there:
            yield f"| {row.kind} | {row.name} | not installed | | | | |"
            continue
        seconds, peak = timed(row, path)
        first = ours.setdefault(row.kind, seconds)
        ratio = "" if first == seconds else f"{seconds / first:.1f} x as fast"
        wanted = WANTED.get(row.name)
        aim = "" if wanted is None else f"{wanted:g}"
        memory = "" if peak is None else f"{peak:.0f}"
        yield (
            f"| {row.kind} | {row.name} | {seconds:.2f} | {duration_s / seconds:.0f} | {aim} "
            f"| {memory} | {ratio} |"
        )


def scaling(folder: Path) -> Iterator[str]:
    """Yield the lines of the table of lengths: time and memory from 3 minutes to 3 hours."""
    yield "| length | analyse, x real time | peak MiB | enhance, x real time | peak MiB |"
    yield "|---|---|---|---|---|"
    rows = {row.name: row for row in ROWS}
    for duration_s in SCALES_S:
        path = str(folder / f"{duration_s}.flac")
        subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.bench", "--make", path, str(duration_s)],
            check=True,
        )
        cells = [f"{duration_s // 60} min"]
        for name in ("analyse", "enhance"):
            seconds, peak = timed(rows[name], path)
            cells += [f"{duration_s / seconds:.0f}", "" if peak is None else f"{peak:.0f}"]
        yield f"| {' | '.join(cells)} |"


def make_music(path: str, duration_s: int) -> None:
    """Write so much demo music, tiled."""
    import numpy as np
    import soundfile as sf

    from auralis_lab.demo import PIECES, render_piece

    piece = next(p for p in PIECES if p.module == "breakbeat")
    audio = np.ascontiguousarray(render_piece(piece).T)
    left = duration_s * piece.rate_hz
    with sf.SoundFile(path, "w", piece.rate_hz, audio.shape[1], subtype="PCM_16") as file:
        while left > 0:
            file.write(audio[:left])
            left -= len(audio)


def _versions() -> str:
    names = ("numpy", "scipy", "numba", "librosa", "pyloudnorm", "pedalboard", "matchering")
    found = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    for tool, flag in (("ffmpeg", "-version"), ("sox", "--version")):
        if shutil.which(tool):
            told = subprocess.run([tool, flag], capture_output=True, text=True, check=False).stdout
            found.append(" ".join(told.split()[:3]))
    return ", ".join(found)


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


def _stolen() -> tuple[float, float]:
    """Processor time so far, all and what other guests of the host took."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 1.0, 0.0
    ticks = [float(word) for word in stat.read_text().split("\n")[0].split()[1:]]
    return sum(ticks), ticks[7]


def main() -> None:
    """Print the tables, and write them beside this file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", nargs="?", help="an audio file; by default demo music")
    parser.add_argument("--no-scaling", action="store_true", help="leave out 30 min and 3 h")
    asked = parser.parse_args()
    lines: list[str] = []

    def tell(line: str) -> None:
        print(line, flush=True)
        lines.append(line)

    whole, stolen = _stolen()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.file or str(Path(folder) / "three_minutes.flac")
        if asked.file is None:
            subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.bench", "--make", path, "180"], check=True
            )
        import soundfile as sf

        duration_s = sf.info(path).duration
        tell("# Speed and memory, one run\n")
        tell(
            f"{date.today()}, Python {platform.python_version()}, {_processor()}, {_versions()}.\n"
        )
        tell(f"One core but where it says otherwise; {Path(path).name}, {duration_s:.0f} s.\n")
        for line in table(path, duration_s):
            tell(line)
        if not asked.no_scaling:
            tell("")
            for line in scaling(Path(folder)):
                tell(line)
    whole, stolen = (now - then for now, then in zip(_stolen(), (whole, stolen), strict=True))
    tell(f"\nOther guests of the host took {stolen / whole:.0%} of the processors meanwhile.")
    if asked.file is None:
        RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run_one(sys.argv[2], sys.argv[3])
    elif sys.argv[1:2] == ["--make"]:
        make_music(sys.argv[2], int(sys.argv[3]))
    else:
        main()
