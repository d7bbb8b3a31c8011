"""How many tracks there are of what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from auralis_lab.errors import ParameterError
from auralis_lab.view.style import COLOURS, sheet, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CountLike", "plot_facets"]

MOST_BARS = 12


class CountLike(Protocol):
    """A value and how many tracks have it; a facet's count is one."""

    @property
    def label(self) -> str:
        """The value, to be shown."""

    @property
    def count(self) -> int:
        """Tracks."""


def plot_facets(facets: Mapping[str, Sequence[CountLike]], *, title: str | None = None) -> Figure:
    """Draw how many tracks there are by genre, decade and so on, a panel for each.

    Parameters
    ----------
    facets : mapping of str to sequence of FacetCount
        As from ``lab.tracks.facets()``; the first twelve values of each are drawn.
    title : str, optional
        Written above.

    Returns
    -------
    figure : Figure

    Raises
    ------
    ParameterError
        If there is nothing to count.
    """
    shown = {name: list(counts)[:MOST_BARS] for name, counts in facets.items() if counts}
    if not shown:
        raise ParameterError("facets must hold at least one count")
    from matplotlib.ticker import MaxNLocator

    most = max(count.count for counts in shown.values() for count in counts)
    bars = max(len(counts) for counts in shown.values())
    with style():
        figure = sheet(max(5.0, 3.1 * len(shown)), 1.1 + 0.27 * bars)
        axes = figure.subplots(1, len(shown), squeeze=False)[0]
        for axis, (name, counts) in zip(axes, shown.items(), strict=True):
            places = range(len(counts))
            axis.barh(places, [each.count for each in counts], color=COLOURS["after"], height=0.62)
            axis.set_yticks(places, [each.label for each in counts])
            axis.set_ylim(bars - 0.5, -0.5)
            axis.set_xlim(0, most * 1.08)
            axis.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            axis.tick_params(axis="y", labelcolor=COLOURS["ink"])
            axis.grid(visible=False, axis="y")
            axis.set_title(name)
            axis.set_xlabel("tracks")
        if title:
            figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    return figure
