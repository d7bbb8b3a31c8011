"""Bring in what measuring and rendering need before anybody asks for it."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auralis_lab.audio import Audio

__all__ = ["preload"]


def preload() -> None:
    """Import the modules behind profiles, plans and renderings, and run them once.

    They take a second or more to import, most of it for numba and scipy, and another one to load
    what was compiled. A dashboard calls this on a thread once its page is shown, so that the first
    track is not the one that waits.
    """
    import auralis_lab.render.peaks  # noqa: F401  (importing is the purpose)
    from auralis_lab.analysis.profile import Profile, measure
    from auralis_lab.plan.enhance import plan
    from auralis_lab.render.cache import BlockCache, CachedRenderer
    from auralis_lab.render.renderer import Renderer

    clicks = _Clicks()
    profile = measure(clicks)
    Profile.from_json(profile.to_json())
    renderer = Renderer(clicks, plan(profile, "adaptive"))
    with tempfile.TemporaryDirectory(prefix="auralis-") as folder:
        CachedRenderer(renderer, BlockCache(folder), "clicks").read(0, clicks.total_frames)


class _Clicks:
    """A second of stereo in which something is to be measured."""

    rate_hz, channels, total_frames = 44_100, 2, 44_100

    def read(self, start_frame: int, frames: int) -> Audio:
        """Frames from `start_frame` on; fewer only at the end."""
        import numpy as np

        count = max(0, min(frames, self.total_frames - start_frame))
        at = start_frame + np.arange(count)
        click = np.where(at % 441 < 40, 0.25, -0.01)
        return np.stack([click, 0.5 * click]).astype(np.float32)
