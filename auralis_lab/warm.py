"""Compile the kernels once, so that nobody waits for it later: ``python -m auralis_lab.warm``.

numba keeps what it compiles beside the modules; the first call after an install takes seconds.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from auralis_lab.analysis.profile import measure
from auralis_lab.catalogue.sound.kernels import compile_all
from auralis_lab.io.dither import quantise
from auralis_lab.io.source import ArraySource
from auralis_lab.plan.automation import BandDynamics, BandWidth
from auralis_lab.plan.enhance import plan
from auralis_lab.render.renderer import render

__all__ = ["main"]

MOVES = BandDynamics.pack((160.0, 2500.0), 100, [[0.0, -1.0], [0.0, 1.0], [1.0, 0.0]])
WIDTH = BandWidth((500.0,), (0.0, 1.0))


def main() -> None:
    """Run every kernel: those for sound on a second of loud noise, with one to three channels.

    Every stage has work to do, whatever a preset would decide about noise.

    Arrays that must not be written to are a kind of their own to the compiler.
    """
    compile_all()
    rng = np.random.default_rng(0)
    for channels, writeable in ((1, True), (1, False), (2, True), (3, True)):
        audio = rng.standard_normal((channels, 48_000)).astype(np.float32)
        audio.setflags(write=writeable)
        source = ArraySource(audio, 48_000)
        quantise(audio, bits=16, start_frame=0, dither=True)
        made = plan(measure(source), "warm")
        render(source, replace(made, gain_db=20.0, dynamics=MOVES, width=WIDTH))


if __name__ == "__main__":
    main()
