"""Speed and memory of the main work, ours and other tools', on one file in one run.

``python tests/benchmarks/bench.py [FILE]``, or ``make bench``. Without a file, three minutes of
demo music are written first. Every row is a process of its own: wall time of the work without
imports, and peak resident memory with them.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

KIB_PER_MIB = 1024


def analyse(path: str) -> None:
    """Decode, loudness, range, true peak, spectrum."""
    from auralis_lab.analysis.profile import measure
    from auralis_lab.io.source import AudioSource

    with AudioSource(path) as source:
        measure(source)


def render(path: str) -> None:
    """Decode, EQ, limiter, in blocks of two seconds."""
    from auralis_lab.io.source import AudioSource
    from auralis_lab.plan.model import EqCurve, LimiterSettings, Plan, Prediction
    from auralis_lab.render.renderer import Renderer

    eq = EqCurve((100.0, 1000.0, 8000.0), (2.0, 0.0, -2.0))
    plan = Plan(
        "warm", 1.0, eq, 6.0, LimiterSettings(), None, Prediction(None, None, 0.0), ()
    )  # fmt: skip
    with AudioSource(path) as source:
        renderer, step = Renderer(source, plan), 2 * source.rate_hz
        for start in range(0, source.total_frames, step):
            renderer.read(start, step)


def enhance(path: str) -> None:
    """File to file: measure, plan, render, encode FLAC, measure what was written."""
    from auralis_lab.jobs.enhance import enhance_file

    with tempfile.TemporaryDirectory() as folder:
        enhance_file(path, Path(folder) / "out.flac", preset="warm")


def decode(path: str) -> None:
    """Decode alone."""
    from auralis_lab.io.source import AudioSource

    with AudioSource(path) as source:
        for _ in source.blocks(65_536):
            pass


def loudness_by_pyloudnorm(path: str) -> None:
    """Integrated loudness alone, by pyloudnorm."""
    import pyloudnorm
    import soundfile as sf

    audio, rate_hz = sf.read(path)
    pyloudnorm.Meter(rate_hz).integrated_loudness(audio)


OURS = (decode, analyse, render, enhance)
PEERS = {
    "ffmpeg ebur128 with true peak": "-af ebur128=peak=true -f null -",
    "ffmpeg loudnorm to FLAC": "-af loudnorm -ar 44100 -f flac /dev/null",
}


def run_one(name: str, path: str) -> None:
    """Run one work in this process, twice, and print the better time and the peak memory."""
    work = next(w for w in (*OURS, loudness_by_pyloudnorm) if w.__name__ == name)
    times = []
    for _ in range(2):
        started = time.perf_counter()
        work(path)
        times.append(time.perf_counter() - started)
    status = Path("/proc/self/status")  # getrusage would count what the parent held at the fork
    lines = status.read_text().splitlines() if status.exists() else []
    peaks = [int(line.split()[1]) / KIB_PER_MIB for line in lines if line.startswith("VmHWM")]
    peak = peaks[0] if peaks else float("nan")
    print(json.dumps({"seconds": min(times), "peak_mib": peak}))


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = sys.argv[1] if len(sys.argv) > 1 else str(Path(folder) / "three_minutes.flac")
        if len(sys.argv) == 1:
            subprocess.run([sys.executable, __file__, "--make", path], check=True)
        import soundfile as sf

        duration_s = sf.info(path).duration
        print(f"{date.today()}, Python {platform.python_version()}, {_processor()}")
        print(f"{Path(path).name}: {duration_s:.0f} s\n")
        print("| work | s | x real time | peak MiB |\n|---|---|---|---|")
        names = [work.__name__ for work in OURS]
        if _installed("pyloudnorm"):
            names.append("loudness_by_pyloudnorm")
        for name in names:
            command = [sys.executable, __file__, "--one", name, path]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            _row(name.replace("_", " "), found["seconds"], duration_s, found["peak_mib"])
        for name, arguments in PEERS.items():
            if shutil.which("ffmpeg"):
                _row(name, *_ffmpeg(path, arguments, duration_s))


def _row(name: str, seconds: float, duration_s: float, peak_mib: float) -> None:
    print(f"| {name} | {seconds:.2f} | {duration_s / seconds:.0f} | {peak_mib:.0f} |")


def _ffmpeg(path: str, arguments: str, duration_s: float) -> tuple[float, float, float]:
    command = ["ffmpeg", "-y", "-loglevel", "error", "-threads", "1", "-i", path]
    started = time.perf_counter()
    process = os.posix_spawnp("ffmpeg", [*command, *arguments.split()], os.environ)
    _, code, usage = os.wait4(process, 0)
    if code != 0:
        raise SystemExit(f"ffmpeg failed: {arguments}")
    return time.perf_counter() - started, duration_s, usage.ru_maxrss / KIB_PER_MIB


def _installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0]}" if names else platform.processor()


def make_three_minutes(path: str) -> None:
    """Write three minutes of demo music."""
    import numpy as np
    import soundfile as sf

    from auralis_lab.demo import PIECES, render_piece

    piece = next(p for p in PIECES if p.module == "breakbeat")
    audio = render_piece(piece)
    repeats = -(-180 * piece.rate_hz // audio.shape[1])
    long = np.tile(audio, (1, repeats))[:, : 180 * piece.rate_hz]
    sf.write(path, long.T, piece.rate_hz, subtype="PCM_16")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        run_one(sys.argv[2], sys.argv[3])
    elif sys.argv[1:2] == ["--make"]:
        make_three_minutes(sys.argv[2])
    else:
        main()
