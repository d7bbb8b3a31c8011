"""Compile the kernels once, so that nobody waits for it later: ``python -m auralis_lab.warm``.

numba keeps what it compiles beside the modules; the first call after an install takes seconds.
"""

from __future__ import annotations

import numpy as np

from auralis_lab.analysis.profile import measure
from auralis_lab.catalogue.sound.kernels import compile_all
from auralis_lab.io.source import ArraySource
from auralis_lab.plan.enhance import plan
from auralis_lab.render.renderer import render

__all__ = ["main"]


def main() -> None:
    """Run every kernel: those for sound on a second of loud noise, with one to three channels.

    Arrays that must not be written to are a kind of their own to the compiler.
    """
    compile_all()
    rng = np.random.default_rng(0)
    for channels, writeable in ((1, True), (1, False), (2, True), (3, True)):
        audio = rng.standard_normal((channels, 48_000)).astype(np.float32)
        audio.setflags(write=writeable)
        source = ArraySource(audio, 48_000)
        render(source, plan(measure(source), "warm", target_lufs=-8.0))


if __name__ == "__main__":
    main()
