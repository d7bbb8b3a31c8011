"""A library on a plane: where each track lies, and which measures pull it there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.definitions import DEFINITIONS
from auralis_lab.errors import ParameterError
from auralis_lab.view.style import COLOURS, sheet, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["MapLike", "plot_map"]

Box = tuple[float, float, float, float]

MOST_NAMED = 60
_LETTER_PX, _LINE_PX = 6.6, 14.0
_PLACES: tuple[tuple[int, int, str, str], ...] = (
    (7, 0, "left", "center"),
    (-7, 0, "right", "center"),
    (0, 8, "center", "bottom"),
    (0, -8, "center", "top"),
    (7, 11, "left", "center"),
    (7, -11, "left", "center"),
    (-7, 11, "right", "center"),
    (-7, -11, "right", "center"),
)
"""Where the name of a dot may stand: offset in points and alignment, the best first."""


class MapLike(Protocol):
    """What is drawn: :class:`auralis_lab.catalogue.sound.maps.LibraryMap` is one."""

    @property
    def track_ids(self) -> npt.NDArray[np.int64]:
        """Of each track."""

    @property
    def x(self) -> npt.NDArray[np.float64]:
        """Along the direction of most variance."""

    @property
    def y(self) -> npt.NDArray[np.float64]:
        """Along the one after it."""

    @property
    def explained(self) -> tuple[float, float]:
        """Share of the variance along each."""

    @property
    def directions(self) -> Mapping[str, tuple[float, float]]:
        """How much each measure moves a track."""


def plot_map(
    library: MapLike,
    names: Mapping[int, str],
    *,
    pairs: Sequence[tuple[int, int]] = (),
    arrows: int = 6,
    title: str | None = None,
) -> Figure:
    """Draw a map of a library; tracks that sound alike lie near one another.

    Parameters
    ----------
    library : LibraryMap
        As from ``lab.catalogue.similarity.map()``.
    names : mapping of int to str
        What to write beside a track, by its number; those without a name are dots alone.
    pairs : sequence of (int, int)
        Tracks joined by a line, such as a copy and its original.
    arrows : int
        How many measures are drawn as arrows: those that move a track most.
    title : str, optional
        Written above.

    Returns
    -------
    figure : Figure

    Raises
    ------
    ParameterError
        If the map is empty, or a pair names a track that is not on it.

    Examples
    --------
    ::

        lab.measure()
        names = {track.id: track.title for track in lab.tracks.all()}
        auralis_lab.plot_map(lab.catalogue.similarity.map(), names)
    """
    places = {int(id_): (float(x), float(y)) for id_, x, y in _rows(library)}
    if not places:
        raise ParameterError("the map is empty: measure the library first")
    for id_ in {id_ for pair in pairs for id_ in pair} - places.keys():
        raise ParameterError(f"track {id_} is not on the map")
    with style():
        figure = sheet(9.0, 6.2)
        axis = figure.add_subplot()
        for one, other in pairs:
            ends = np.array([places[one], places[other]]).T
            axis.plot(*ends, color=COLOURS["fade"], linewidth=2.2, zorder=1)
        across, up = np.array(list(places.values())).T
        axis.scatter(across, up, s=34, color=COLOURS["after"], zorder=3)
        axis.margins(0.22, 0.14)
        axis.axhline(0, color=COLOURS["rule"], linewidth=0.8, zorder=0)
        axis.axvline(0, color=COLOURS["rule"], linewidth=0.8, zorder=0)
        labels = [
            f"{which} principal axis (standard deviations; {share:.0%} of the variance)"
            for which, share in zip(("first", "second"), library.explained, strict=True)
        ]
        axis.set_xlabel(labels[0])
        axis.set_ylabel(labels[1])
        figure.canvas.draw()  # settles the layout, in which names must not collide
        written = _draw_arrows(axis, library, arrows)
        shown = {id_: places[id_] for id_ in list(places)[:MOST_NAMED] if id_ in names}
        _write_names(axis, shown, names, written)
        axis.set_title(title or f"{len(places)} tracks by how they sound")
    return figure


def _rows(library: MapLike) -> zip[tuple[np.int64, np.float64, np.float64]]:
    return zip(library.track_ids, library.x, library.y, strict=True)


def _draw_arrows(axis: Axes, library: MapLike, count: int) -> list[Box]:
    """Draw the strongest directions from the origin; return about where their names stand."""
    strongest = sorted(library.directions.items(), key=lambda item: -math.hypot(*item[1]))[:count]
    longest = max((math.hypot(*by) for _, by in strongest), default=0.0)
    reach = 0.32 * min(abs(np.diff(axis.get_xlim()))[0], abs(np.diff(axis.get_ylim()))[0])
    boxes: list[Box] = []
    for name, (x, y) in strongest if longest > 0 else ():
        tip = (x * reach / longest, y * reach / longest)
        axis.annotate(
            "", tip, (0, 0), arrowprops={"arrowstyle": "->", "color": COLOURS["before"], "lw": 1.1}
        )
        label, side = DEFINITIONS[name].label, "left" if x >= 0 else "right"
        aside, up = (4 if x >= 0 else -4), (1 if y >= 0 else -1)
        at = axis.transData.transform(tip)
        offsets = [(aside, up * rise) for rise in (4, 14, 24)]
        places = [_box(at, label, *offset, side, "center") for offset in offsets]
        free = [n for n, box in enumerate(places) if not any(_meet(box, o) for o in boxes)]
        chosen = free[0] if free else 0
        axis.annotate(
            label, tip, xytext=offsets[chosen], textcoords="offset points", ha=side, va="center",
            fontsize=8, style="italic", color=COLOURS["soft"],
        )  # fmt: skip
        boxes.append(places[chosen])
    return boxes


def _write_names(
    axis: Axes,
    places: Mapping[int, tuple[float, float]],
    names: Mapping[int, str],
    written: Sequence[Box],
) -> None:
    """Write each name where it covers nothing and stays inside, or else at its dot's right."""
    at = {id_: axis.transData.transform(place) for id_, place in places.items()}
    taken = [*written, *((x - 5, y - 5, x + 5, y + 5) for x, y in at.values())]
    inside = axis.get_window_extent().extents
    for id_, place in places.items():
        boxes = [_box(at[id_], names[id_], *offset) for offset in _PLACES]
        free = [
            n
            for n, box in enumerate(boxes)
            if inside[0] <= box[0] and box[2] <= inside[2]
            if not any(_meet(box, other) for other in taken)
        ]
        chosen = free[0] if free else 0
        taken.append(boxes[chosen])
        x, y, ha, va = _PLACES[chosen]
        axis.annotate(
            names[id_], place, xytext=(x, y), textcoords="offset points",
            ha=ha, va=va, fontsize=8.5, color=COLOURS["ink"], zorder=4,
        )  # fmt: skip


def _box(at: npt.NDArray[np.float64], name: str, x: int, y: int, ha: str, va: str) -> Box:
    """About where a name would stand, in pixels."""
    width = _LETTER_PX * sum(1 if ord(letter) < 0x2E80 else 2 for letter in name)
    left = at[0] + 1.5 * x - {"left": 0.0, "center": width / 2, "right": width}[ha]
    low = at[1] + 1.5 * y - {"bottom": 0.0, "center": _LINE_PX / 2, "top": _LINE_PX}[va]
    return left, low, left + width, low + _LINE_PX


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
