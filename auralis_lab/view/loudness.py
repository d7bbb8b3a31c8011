"""Loudness over time.

Conventions: short-term loudness (3 s) in LUFS; a stretch that could not be measured is a gap.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auralis_lab.errors import ParameterError
from auralis_lab.view.style import COLOURS, SERIES, panels, quantity, style, time_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from auralis_lab.analysis.loudness import Loudness
    from auralis_lab.analysis.profile import Profile

__all__ = ["plot_loudness"]

_FLOOR_LUFS = -70.0


def plot_loudness(
    profile: Profile | Loudness | Mapping[str, Profile | Loudness],
    *,
    target_lufs: float | None = None,
    title: str | None = None,
) -> Figure:
    """Draw the short-term loudness of a track, with its integrated loudness.

    Parameters
    ----------
    profile : Profile, Loudness, or mapping of str to either
        What was measured. Several are drawn as lines over one another, the first as the reference.
    target_lufs : float, optional
        Drawn as a second level, such as a plan's target.
    title : str, optional
        Written above.

    Returns
    -------
    figure : Figure

    Raises
    ------
    ParameterError
        If the mapping is empty.
    """
    if isinstance(profile, Mapping):
        return _several(
            {name: _loudness(each) for name, each in profile.items()}, target_lufs, title
        )
    loudness = _loudness(profile)
    times, trace = _trace(loudness)
    with style():
        figure, (axis,) = panels(2.6)
        axis.plot(times, trace, color=COLOURS["after"], linewidth=1.4)
        axis.fill_between(times, _FLOOR_LUFS, trace, color=COLOURS["after"], alpha=0.10, lw=0)
        _mark(axis, loudness.integrated_lufs, "integrated", COLOURS["ink"], "-")
        _mark(axis, target_lufs, "target", COLOURS["eq"], "--")
        _limits(axis, [loudness], target_lufs)
        time_axis(axis, float(times[-1]) if len(times) else 1.0)
        if loudness.integrated_lufs is not None or target_lufs is not None:
            axis.legend(loc="lower right", ncols=2)
        axis.set_title(title or _summary(loudness))
    return figure


def _several(
    loudness_by_name: Mapping[str, Loudness], target_lufs: float | None, title: str | None
) -> Figure:
    if not loudness_by_name:
        raise ParameterError("profile={} must hold at least one")
    with style():
        figure, (axis,) = panels(2.8)
        stop_s = 1.0
        for index, (name, loudness) in enumerate(loudness_by_name.items()):
            times, trace = _trace(loudness)
            level = loudness.integrated_lufs
            label = name if level is None else f"{name} {quantity(level, 'LUFS')}"
            width = 1.4 if index else 4.0  # the reference is seen where another lies upon it
            axis.plot(times, trace, color=SERIES[index % len(SERIES)], linewidth=width, label=label)
            stop_s = max(stop_s, float(times[-1]) if len(times) else 0.0)
        _mark(axis, target_lufs, "target", COLOURS["soft"], "--")
        _limits(axis, list(loudness_by_name.values()), target_lufs)
        time_axis(axis, stop_s)
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        axis.set_title(title or "Short-term loudness, with the integrated loudness of each")
    return figure


def _loudness(profile: Profile | Loudness) -> Loudness:
    from auralis_lab.analysis.loudness import Loudness

    return profile if isinstance(profile, Loudness) else profile.loudness


def _trace(loudness: Loudness) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    levels = [math.nan if v is None else v for v in loudness.short_term_lufs]
    times = loudness.short_term_hop_s * np.arange(1, len(levels) + 1, dtype=np.float64)
    return times, np.array(levels, np.float64)


def _limits(axis: Axes, measured: Sequence[Loudness], target_lufs: float | None) -> None:
    levels = [v for each in measured for v in each.short_term_lufs if v is not None]
    levels = [v for v in levels if v > _FLOOR_LUFS]
    integrated = (each.integrated_lufs for each in measured)
    levels += [v for v in (*integrated, target_lufs) if v is not None]
    top = max(levels, default=0.0)
    axis.set_ylim(max(_FLOOR_LUFS, min(levels, default=_FLOOR_LUFS) - 3, top - 45), top + 3)
    axis.set_ylabel("short-term loudness\n(LUFS)")


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
