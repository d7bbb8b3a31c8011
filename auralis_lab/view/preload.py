"""Bring in what measuring and rendering need before anybody asks for it."""

from __future__ import annotations

__all__ = ["preload"]


def preload() -> None:
    """Import the modules behind profiles, plans and renderings.

    They take a second or more, most of it for numba and scipy. A dashboard calls this on a thread
    once its page is shown, so that the first track is not the one that waits.
    """
    import auralis_lab.analysis.profile
    import auralis_lab.plan.enhance
    import auralis_lab.render.peaks
    import auralis_lab.render.renderer  # noqa: F401  (importing is the purpose)
