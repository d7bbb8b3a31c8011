"""Nobody waits for a compiler after the kernels were warmed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

USED = """
import sys, tempfile
from pathlib import Path

import numpy as np
from numba.core.dispatcher import Dispatcher

from auralis_lab import warm


def signatures():
    return {
        (name, kernel, signature)
        for name, module in list(sys.modules.items())
        if name.startswith("auralis_lab") and module is not None
        for kernel, value in list(vars(module).items())
        if isinstance(value, Dispatcher)
        for signature in value.signatures
    }


warm.main()
before = signatures()

from auralis_lab.analysis.profile import measure
from auralis_lab.io.source import ArraySource, AudioSource
from auralis_lab.jobs.enhance import enhance_file
from auralis_lab.plan.enhance import plan
from auralis_lab.render.renderer import Renderer, render

import soundfile as sf

PRESETS = ("adaptive", "gentle", "warm", "bright", "punchy")
rng = np.random.default_rng(1)
for channels, rate_hz, frames in ((1, 8000, 30_000), (2, 44_100, 150_001), (6, 48_000, 70_000)):
    audio = (rng.standard_normal((channels, frames)) * 0.3).astype(np.float32)
    audio.setflags(write=False)
    source = ArraySource(audio, rate_hz)
    profile = measure(source)
    for preset in PRESETS if channels == 2 else ("punchy",):
        made = plan(profile, preset, target_lufs=-9.0)
        render(source, made, 5, frames // 2)
    renderer = Renderer(source, made)
    renderer.read(3, 1000)
for shift in (0.0, 1e-30):
    measure(ArraySource(np.full((2, 48_000), shift, np.float32), 48_000))
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "in.wav"
    sf.write(path, (rng.standard_normal((200_000, 2)) * 0.2), 44_100)
    with AudioSource(path) as source:
        profile = measure(source)
        render(source, plan(profile, "reference", reference=profile), 100, 5000)
    enhance_file(path, Path(folder) / "out.flac", preset="bright")
late = sorted({(name, kernel, str(signature)) for name, kernel, signature in signatures() - before})
print(len(before), late)
sys.exit(bool(late))
"""


def test_nothing_is_compiled_once_the_kernels_are_warm() -> None:
    ran = subprocess.run([sys.executable, "-c", USED], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.slow
def test_the_second_process_finds_every_kernel_compiled(tmp_path: Path) -> None:
    told = (
        "import auralis_lab.warm as w, sys; w.main()\n"
        "from numba.core.dispatcher import Dispatcher\n"
        "print(sum(sum(d.stats.cache_misses.values()) for m in list(sys.modules.values())"
        " if getattr(m, '__name__', '').startswith('auralis_lab')"
        " for d in vars(m).values() if isinstance(d, Dispatcher)))"
    )
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    counts = [
        int(
            subprocess.run(
                [sys.executable, "-c", told],
                capture_output=True,
                text=True,
                check=True,
                env=environment,
            ).stdout
        )
        for _ in range(2)
    ]
    assert counts[0] > 20
    assert counts[1] == 0
