"""Speed and memory of the main work, ours and other tools', on the same files in one run.

``python -m tests.benchmarks.bench [FILE]``, or ``make bench``, which first installs the Python
peers. Without a file, three minutes of demo music are written. Every row is a process of its own,
pinned to one core unless it says otherwise: time of the work without imports, the best of some, by
the clock and by the processor, and the peak memory of the process. The processor's time is what
compares on a busy machine. What is printed is also written to ``RESULTS.md`` beside this file, with
what it ran on and how busy the machine was.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.benchmarks.works import PREPARED, ROWS, Row

RESULTS = Path(__file__).with_name("RESULTS.md")
KIB_PER_MIB = 1024
SCALES_S = (180, 1800, 10_800)
WANTED = {"analyse": 200.0, "render": 250.0, "enhance": 70.0, "enhance, two cores": 120.0}
"""Times real time that our work is to reach, on a machine such as the peers were first seen on."""


class FailedError(Exception):
    """A work did not come to its end."""


@dataclass(frozen=True)
class Timing:
    """What a work took."""

    seconds: float
    processor_s: float
    peak_mib: float | None


def run_one(name: str, path: str, repeats: int) -> None:
    """Run one work in this process, and print the best times and the peak memory."""
    work = next(row.work for row in ROWS if row.name == name and row.work)
    times, processor = [], []
    for _ in range(repeats):
        prepared = work(path) if work in PREPARED else None
        started, used = time.perf_counter(), time.process_time()
        if callable(prepared):
            prepared()
        else:
            work(path)
        times.append(time.perf_counter() - started)
        processor.append(time.process_time() - used)
    status = Path("/proc/self/status")  # getrusage would count what the parent held at the fork
    lines = status.read_text().splitlines() if status.exists() else []
    peaks = [int(line.split()[1]) / KIB_PER_MIB for line in lines if line.startswith("VmHWM")]
    print(json.dumps([min(times), min(processor), peaks[0] if peaks else None]))


def timed(row: Row, path: str, *, repeats: int | None = None) -> Timing:
    """Time a row, each in a process on as many cores as it says."""
    cores = sorted(os.sched_getaffinity(0))[-row.cores :]
    repeats = row.repeats if repeats is None else repeats
    if not row.command:
        command = [sys.executable, "-m", "tests.benchmarks.bench", "--one", row.name, path]
        done = subprocess.run(
            [*command, str(repeats)],
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        if done.returncode:
            raise FailedError(f"{row.name}:\n{done.stderr}")
        return Timing(*json.loads(done.stdout.splitlines()[-1]))
    seconds, processor, peak = [], [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        names = {"{in}": path, "{out}": str(Path(folder) / "out.flac")}
        for _ in range(repeats):
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
                raise FailedError(f"{row.name}: code {code}")
            seconds.append(time.perf_counter() - started)
            processor.append(usage.ru_utime + usage.ru_stime)
            peak = max(peak, usage.ru_maxrss / KIB_PER_MIB)
    return Timing(min(seconds), min(processor), peak)


def table(path: str, duration_s: float) -> Iterator[str]:
    """Yield the lines of the main table; each kind's ratios are to its first row, ours."""
    yield "| kind | work | s | x real time | wanted | x processor time | peak MiB | ours is |"
    yield "|---|---|---|---|---|---|---|---|"
    ours: dict[str, Timing] = {}
    short = []
    for row in ROWS:
        if not row.there:
            yield f"| {row.kind} | {row.name} | not installed | | | | | |"
            continue
        try:
            took = timed(row, path)
        except FailedError as error:
            if row.ours:
                raise
            print(error, file=sys.stderr)
            yield f"| {row.kind} | {row.name} | failed | | | | | |"
            continue
        first = ours.setdefault(row.kind, took)
        ratio = ""
        if not row.ours:
            clock, processor = took.seconds / first.seconds, took.processor_s / first.processor_s
            ratio = f"{clock:.1f} x as fast ({processor:.1f} x by the processor)"
        wanted, reached = WANTED.get(row.name), duration_s / took.seconds
        if wanted is not None and reached < wanted:
            processor = duration_s / took.processor_s
            short.append(f"{row.name}: {reached:.0f} x ({processor:.0f} x by the processor)")
        yield (
            f"| {row.kind} | {row.name} | {took.seconds:.2f} | {reached:.0f} "
            f"| {'' if wanted is None else f'{wanted:g}'} | {duration_s / took.processor_s:.0f} "
            f"| {'' if took.peak_mib is None else f'{took.peak_mib:.0f}'} | {ratio} |"
        )
    yield ""
    yield f"Short of what is wanted, by the clock: {'; '.join(short) or 'nothing'}."


def scaling(folder: Path) -> Iterator[str]:
    """Yield the lines of the table of lengths: time and memory from 3 minutes to 3 hours."""
    yield "| length | analyse, x real time (x processor) | MiB | enhance, the same | MiB |"
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
            took = timed(rows[name], path, repeats=1)
            speeds = f"{duration_s / took.seconds:.0f} ({duration_s / took.processor_s:.0f})"
            cells += [speeds, "" if took.peak_mib is None else f"{took.peak_mib:.0f}"]
        yield f"| {' | '.join(cells)} |"
        Path(path).unlink()


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


def _ticks() -> tuple[float, float, float]:
    """Processor seconds of the machine so far: all, those at work, those other guests took."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return 1.0, 0.0, 0.0
    ticks = [float(word) for word in stat.read_text().split("\n")[0].split()[1:9]]
    hertz = os.sysconf("SC_CLK_TCK")
    busy = sum(ticks) - ticks[3] - ticks[4]
    return sum(ticks) / hertz, busy / hertz, ticks[7] / hertz


def _how_busy(before: tuple[float, float, float]) -> str:
    whole, busy, stolen = (now - then for now, then in zip(_ticks(), before, strict=True))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = used.ru_utime + used.ru_stime
    others = max(0.0, busy - stolen - own) / whole
    return (
        f"Meanwhile the benchmark used {own / whole:.0%} of the processors, other programs "
        f"{others:.0%}, other guests of the host {stolen / whole:.0%}; load average at the end "
        f"{os.getloadavg()[1]:.1f} on {os.cpu_count()} processors."
    )


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

    before = _ticks()
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
            tell("\nBy length, each once, with what it has to import.\n")
            for line in scaling(Path(folder)):
                tell(line)
    tell("")
    tell(_how_busy(before))
    if asked.file is None:
        RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run_one(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    elif sys.argv[1:2] == ["--make"]:
        make_music(sys.argv[2], int(sys.argv[3]))
    else:
        main()
