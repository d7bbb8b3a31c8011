"""One look for every figure: calm, light, fit for print and for colour-blind eyes.

Conventions: figures are made inside :func:`style`, belong to no pyplot window and are returned, so
that a notebook shows each exactly once. Colours have roles, not numbers. matplotlib is imported
when the first figure is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "SERIES",
    "band",
    "frequency_axis",
    "panels",
    "quantity",
    "sheet",
    "style",
    "time_axis",
]

COLOURS = {
    "ink": "#1d2733",
    "soft": "#5c6875",
    "rule": "#d5dbe1",
    "before": "#8792a0",
    "after": "#0072b2",
    "eq": "#d55e00",
    "fade": "#e69f00",
    "good": "#009e73",
    "bad": "#d55e00",
}
"""Colours by role, from the palette of Okabe and Ito and two greys."""

SERIES = ("#8792a0", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Colours by position: the first is the reference that others are seen against."""

_RC: dict[str, Any] = {
    "figure.dpi": 110,
    "savefig.dpi": 200,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.constrained_layout.h_pad": 0.06,
    "figure.constrained_layout.w_pad": 0.06,
    "font.family": "sans-serif",
    "font.sans-serif": ["Inter", "Helvetica Neue", "Helvetica", "Arial", "DejaVu Sans"],
    "font.size": 9.5,
    "text.color": COLOURS["ink"],
    "axes.labelcolor": COLOURS["soft"],
    "axes.labelsize": 9,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.edgecolor": COLOURS["rule"],
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": "#e9edf1",
    "grid.linewidth": 0.8,
    "xtick.color": COLOURS["rule"],
    "ytick.color": COLOURS["rule"],
    "xtick.labelcolor": COLOURS["soft"],
    "ytick.labelcolor": COLOURS["soft"],
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "legend.handlelength": 1.4,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
}

_OCTAVES_HZ = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000)
_TIME_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600)


@contextmanager
def style() -> Iterator[None]:
    """Draw in this package's look and leave the caller's settings as they were."""
    import matplotlib as mpl

    with mpl.rc_context(_RC):
        yield


def sheet(width_in: float, height_in: float) -> Figure:
    """Make an empty figure, already released from pyplot.

    It comes from pyplot all the same: that is what teaches a notebook to show figures.
    """
    import matplotlib.pyplot as plt

    figure: Figure = plt.figure(figsize=(width_in, height_in), layout="constrained")
    plt.close(figure)
    return figure


def panels(*heights: float, width_in: float = 9.0) -> tuple[Figure, list[Axes]]:
    """Make a figure of panels above one another with a common horizontal axis.

    Parameters
    ----------
    *heights : float
        Height of each panel in inches, from the top.
    width_in : float
        Width in inches.

    Returns
    -------
    figure : Figure
        Already released from pyplot.
    axes : list of Axes
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        len(heights),
        1,
        figsize=(width_in, sum(heights)),
        sharex=True,
        squeeze=False,
        height_ratios=heights,
        layout="constrained",
    )
    plt.close(figure)
    return figure, list(axes[:, 0])


def time_axis(axis: Axes, stop_s: float, start_s: float = 0.0) -> None:
    """Mark a horizontal axis of seconds: as seconds up to a minute, with minutes beyond."""
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    span_s = max(stop_s - start_s, 1e-3)
    step_s = next((s for s in _TIME_STEPS_S if span_s / s <= 10), _TIME_STEPS_S[-1])
    axis.set_xlim(start_s, start_s + span_s)
    axis.xaxis.set_major_locator(MultipleLocator(step_s))
    end_s = start_s + span_s
    plain = step_s < 1 or end_s <= 60
    axis.xaxis.set_major_formatter(
        FuncFormatter(lambda s, _: f"{s:g}" if plain else _clock(s, hours=end_s > 3_600))
    )
    unit = "s" if plain else "min:s" if end_s <= 3_600 else "h:min:s"
    axis.set_xlabel(f"time ({unit})")


def frequency_axis(axis: Axes, low_hz: float, high_hz: float) -> None:
    """Mark a horizontal axis of frequencies, logarithmic, at round values."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axis.set_xscale("log")
    axis.set_xlim(low_hz, high_hz)
    axis.xaxis.set_major_locator(FixedLocator([f for f in _OCTAVES_HZ if low_hz <= f <= high_hz]))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(
        FuncFormatter(lambda hz, _: f"{hz / 1_000:g}k" if hz >= 1_000 else f"{hz:g}")
    )
    axis.set_xlabel("frequency (Hz)")


def quantity(value: float, unit: str) -> str:
    """A number with one decimal and its unit, with a true minus sign.

    Examples
    --------
    >>> quantity(-14.04, "LUFS")
    '−14.0 LUFS'
    """
    return f"{value:.1f}".replace("-", "−") + f" {unit}"


def band(values: list[float], margin: float, least: float) -> tuple[float, float]:
    """Limits that hold `values` with a margin and span at least `least`."""
    known = [v for v in values if math.isfinite(v)] or [0.0]
    low, high = min(known) - margin, max(known) + margin
    short = max(0.0, least - (high - low)) / 2
    return low - short, high + short


def _clock(seconds: float, *, hours: bool) -> str:
    minutes, rest = divmod(round(seconds), 60)
    if hours:
        return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
    return f"{minutes}:{rest:02}"
