from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
from auralis_lab.view.preload import preload
preload()
before = set(sys.modules)
import numpy as np
from auralis_lab.analysis.profile import measure
from auralis_lab.io.array import ArraySource
from auralis_lab.plan.enhance import plan
from auralis_lab.render.renderer import render
audio = (0.1 * np.random.default_rng(0).standard_normal((2, 44_100))).astype(np.float32)
source = ArraySource(audio, 44_100)
render(source, plan(measure(source), "warm"))
print(sorted(name for name in set(sys.modules) - before if not name.startswith("auralis_lab.io")))
"""


def test_after_preloading_measuring_and_rendering_bring_in_nothing_more() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
