"""Loudness over time.

Conventions: short-term loudness (3 s) in LUFS; a stretch that could not be measured is a gap.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from auralis_lab.view.style import COLOURS, panels, quantity, style, time_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from auralis_lab.analysis.loudness import Loudness
    from auralis_lab.analysis.profile import Profile

__all__ = ["plot_loudness"]

_FLOOR_LUFS = -70.0


def plot_loudness(
    profile: Profile | Loudness, *, target_lufs: float | None = None, title: str | None = None
) -> Figure:
    """Draw the short-term loudness of a track, with its integrated loudness.

    Parameters
    ----------
    profile : Profile or Loudness
        What was measured.
    target_lufs : float, optional
        Drawn as a second level, such as a plan's target.
    title : str, optional
        Written above.

    Returns
    -------
    figure : Figure
    """
    from auralis_lab.analysis.loudness import Loudness

    loudness = profile if isinstance(profile, Loudness) else profile.loudness
    trace = np.array([math.nan if v is None else v for v in loudness.short_term_lufs])
    times = (np.arange(len(trace)) + 1) * loudness.short_term_hop_s
    with style():
        figure, (axis,) = panels(2.6)
        axis.plot(times, trace, color=COLOURS["after"], linewidth=1.4)
        axis.fill_between(times, _FLOOR_LUFS, trace, color=COLOURS["after"], alpha=0.10, lw=0)
        _mark(axis, loudness.integrated_lufs, "integrated", COLOURS["ink"], "-")
        _mark(axis, target_lufs, "target", COLOURS["eq"], "--")
        known = [v for v in loudness.short_term_lufs if v is not None and v > _FLOOR_LUFS]
        levels = [*known, *(v for v in (loudness.integrated_lufs, target_lufs) if v is not None)]
        top = max(levels, default=0.0)
        axis.set_ylim(max(_FLOOR_LUFS, min(levels, default=_FLOOR_LUFS) - 3, top - 45), top + 3)
        axis.set_ylabel("loudness (LUFS)")
        time_axis(axis, float(times[-1]) if len(times) else 1.0)
        if loudness.integrated_lufs is not None or target_lufs is not None:
            axis.legend(loc="lower right", ncols=2)
        axis.set_title(title or _summary(loudness))
    return figure


def _mark(axis: Axes, level: float | None, name: str, colour: str, line: str) -> None:
    if level is not None:
        axis.axhline(
            level,
            color=colour,
            linewidth=1.1,
            linestyle=line,
            label=f"{name} {quantity(level, 'LUFS')}",
        )


def _summary(loudness: Loudness) -> str:
    parts = ["Short-term loudness"]
    if loudness.lra_lu is not None:
        parts.append(f"range {quantity(loudness.lra_lu, 'LU')}")
    if loudness.true_peak_dbtp is not None:
        parts.append(f"true peak {quantity(loudness.true_peak_dbtp, 'dBTP')}")
    return ", ".join(parts)
