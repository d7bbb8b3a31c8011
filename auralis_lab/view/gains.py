"""The gains of bands over time that plans decided.

Conventions: gains in dB, one panel for each band, the lowest band at the bottom. What is drawn of a
long track is the highest and lowest gain within each part of the width.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auralis_lab.errors import ParameterError
from auralis_lab.view.style import COLOURS, SERIES, panels, style, time_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from auralis_lab.plan.model import BandDynamics, Plan

__all__ = ["plot_gains"]

_PARTS = 900  # of the width


def plot_gains(
    plan_by_name: Mapping[str, Plan],
    *,
    start_s: float = 0.0,
    stop_s: float | None = None,
    title: str | None = None,
) -> Figure:
    """Draw the gain of each band over time, for one plan or several of the same track.

    A line is the middle of what is drawn in one place, the pale area around it reaches from the
    lowest gain there to the highest.

    Parameters
    ----------
    plan_by_name : mapping of str to Plan
        At least one that has dynamics; those without are drawn at 0 dB.
    start_s, stop_s : float
        What is shown of it; to the end if `stop_s` is None.
    title : str, optional
        Written above.

    Returns
    -------
    figure : Figure

    Raises
    ------
    ParameterError
        If no plan has dynamics, their bands differ, or nothing lies between `start_s` and `stop_s`.
    """
    moved = [plan.dynamics for plan in plan_by_name.values() if plan.dynamics is not None]
    if not moved:
        raise ParameterError("none of the plans moves the gain of a band")
    crossovers = {dynamics.crossovers_hz for dynamics in moved}
    if len(crossovers) > 1:
        raise ParameterError(f"plans have different bands: {sorted(crossovers)}")
    names = _band_names(crossovers.pop())
    end_s = max(dynamics.points / dynamics.control_rate_hz for dynamics in moved)
    end_s = end_s if stop_s is None else min(stop_s, end_s)
    if not 0 <= start_s < end_s:
        raise ParameterError(f"start_s={start_s!r} must be from 0 to below {end_s:g}")
    from matplotlib.patches import Patch

    with style():
        figure, axes = panels(*[1.6] * len(names))
        for index, (name, plan) in enumerate(plan_by_name.items()):
            colour = SERIES[1 + index % (len(SERIES) - 1)]
            for band, axis in enumerate(reversed(axes)):
                _draw(axis, plan.dynamics, band, colour, name, (start_s, end_s))
        for axis, name in zip(reversed(axes), names, strict=True):
            axis.axhline(0, color=COLOURS["soft"], linewidth=0.8)
            low, high = axis.get_ylim()
            axis.set_ylim(min(low, -1.0), max(high, 1.0))
            axis.set_ylabel(f"{name}\ngain (dB)")
        time_axis(axes[-1], end_s, start_s)
        for axis in axes[:-1]:
            axis.set_xlabel("")
        above = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.2}
        handles = [*axes[0].get_legend_handles_labels()[0]]
        part_s = (end_s - start_s) / _PARTS
        if part_s * max(dynamics.control_rate_hz for dynamics in moved) > 1:
            pale = f"lowest to highest within {_length(part_s)}"
            handles.append(Patch(color=COLOURS["soft"], alpha=0.35, linewidth=0, label=pale))
        axes[0].legend(handles=handles, ncols=len(handles), **above)
        axes[0].set_title(title or "Gain of each band over time")
    return figure


def _draw(
    axis: Axes,
    dynamics: BandDynamics | None,
    band: int,
    colour: str,
    name: str,
    span_s: tuple[float, float],
) -> None:
    if dynamics is None:
        axis.plot(span_s, [0, 0], color=colour, linewidth=1.2, label=name)
        return
    rate_hz = dynamics.control_rate_hz
    first, last = (min(round(at * rate_hz), dynamics.points - 1) for at in span_s)
    lows, highs, times = _outline(dynamics.gains_db[band, first : last + 1], rate_hz)
    times = times + first / rate_hz
    axis.fill_between(times, lows, highs, color=colour, alpha=0.35, linewidth=0)
    axis.plot(times, (lows + highs) / 2, color=colour, linewidth=1.1, label=name)


def _outline(
    gains_db: npt.NDArray[np.float32], rate_hz: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """Lowest and highest gain of each part, and the time of its middle."""
    starts = np.unique(np.linspace(0, len(gains_db), _PARTS, endpoint=False).astype(int))
    stops = np.append(starts[1:], len(gains_db))
    lows, highs = np.minimum.reduceat(gains_db, starts), np.maximum.reduceat(gains_db, starts)
    return lows, highs, (starts + stops - 1) / 2 / rate_hz


def _length(seconds: float) -> str:
    """A length in two digits, in the unit that suits it."""
    return f"{seconds * 1000:.2g} ms" if seconds < 0.0995 else f"{seconds:.2g} s"


def _band_names(crossovers_hz: Sequence[float]) -> list[str]:
    edges = [f"{hz / 1000:g} kHz" if hz >= 1000 else f"{hz:g} Hz" for hz in crossovers_hz]
    if not edges:
        return ["whole band"]
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    return [f"below {edges[0]}", *between, f"above {edges[-1]}"]
