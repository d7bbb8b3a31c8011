"""How the level runs through a crossfade: measured on the samples, beside what the law says.

Conventions: audio is ``float32``, shape ``(channels, frames)``. Levels are in decibels over a
smooth passage: a power that goes from that of the outgoing to that of the incoming side (weights
cos² and sin²), taken part by part, so that 0 dB throughout is a fade that is not heard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio
from auralis_lab.dsp.fades import CURVES, Curve, correlation_of, crossfade, fade_weights
from auralis_lab.errors import ParameterError
from auralis_lab.view.style import SERIES, band, sheet, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FadeLevels", "fade_levels", "plot_fades"]

Doubles = npt.NDArray[np.float64]

_LOOKS: tuple[dict[str, Any], ...] = (
    {"linestyle": "-", "linewidth": 1.4, "marker": "o", "markersize": 3.0, "zorder": 4},
    {"linestyle": (0, (4, 2)), "linewidth": 1.4, "marker": "s", "markersize": 3.4, "zorder": 3},
    {"linestyle": "-", "linewidth": 6.0, "alpha": 0.35, "marker": "o", "markersize": 8.0,
     "markerfacecolor": "none", "zorder": 2},
)  # fmt: skip
"""By position: two laws as thin lines and full marks, the third as a broad band and rings, in which
whichever of the two lies upon it is still seen."""


@dataclass(frozen=True, eq=False)
class FadeLevels:
    """The level through one crossfade.

    Attributes
    ----------
    correlation : float
        Of the two sides, -1 to 1.
    level_db : float
        Of the incoming side over the outgoing one; NaN where either is silent.
    progress : ndarray, shape (parts,)
        Middle of each part, as a share of the fade.
    measured_db, expected_db : ndarray, shape (parts,)
        Of what comes out, and of sides with these powers and this correlation throughout; NaN
        where both sides are silent.
    """

    correlation: float
    level_db: float
    progress: Doubles
    measured_db: Doubles
    expected_db: Doubles


def fade_levels(a: Audio, b: Audio, *, curve: Curve, parts: int = 40) -> FadeLevels:
    """Crossfade two sounds and measure the level of the result part by part.

    Parameters
    ----------
    a, b : ndarray, shape (channels, frames)
        Outgoing and incoming audio, cut to the overlap.
    curve : {'equal_power', 'equal_gain', 'matched'}
        See :func:`auralis_lab.dsp.fades.crossfade`.
    parts : int
        Into how many equal parts the fade is cut.

    Returns
    -------
    levels : FadeLevels

    Raises
    ------
    ParameterError
        If there are more parts than frames or none, or what `crossfade` refuses.
    """
    if not 1 <= parts <= a.shape[-1]:
        raise ParameterError(f"parts={parts!r} must be 1 to {a.shape[-1]}")
    mixed = crossfade(a, b, curve=curve)
    r = correlation_of(a, b)
    weights = fade_weights(a.shape[1], curve=curve, correlation=r if curve == "matched" else None)
    edges = np.linspace(0, a.shape[1], parts + 1).astype(int)
    outgoing, incoming, power = (_powers(sound, edges) for sound in (a, b, mixed))
    w, v = (np.add.reduceat(each, edges[:-1]) / np.diff(edges) for each in weights)
    expected = w**2 * outgoing + v**2 * incoming + 2 * w * v * r * np.sqrt(outgoing * incoming)
    progress = (np.arange(parts) + 0.5) / parts
    there = np.sin(np.pi / 2 * progress) ** 2
    sides = (1 - there) * outgoing + there * incoming
    level_db = float(_over_db(*(_powers(side, edges[[0, -1]]) for side in (b, a)))[0])
    return FadeLevels(r, level_db, progress, _over_db(power, sides), _over_db(expected, sides))


def plot_fades(
    pairs: Mapping[str, tuple[Audio, Audio]],
    *,
    curves: Sequence[Curve] = CURVES,
    parts: int = 40,
    title: str | None = None,
) -> Figure:
    """Draw the level through crossfades: marks as measured, lines as the law has it.

    Laws differ by colour, width, dashes and marks, so that each is seen where two lie together.

    Parameters
    ----------
    pairs : mapping of str to (ndarray, ndarray)
        Outgoing and incoming audio of each panel, cut to the overlap.
    curves : sequence of str
        The laws that are compared.
    parts : int
        How many parts of each fade are measured, and marked.
    title : str, optional
        Written above.

    Returns
    -------
    figure : Figure

    Raises
    ------
    ParameterError
        If there is no pair, or what :func:`fade_levels` refuses.
    """
    if not pairs:
        raise ParameterError("pairs={} must hold at least one")
    with style():
        figure = sheet(max(5.0, 3.3 * len(pairs)), 3.4)
        axes = np.atleast_1d(figure.subplots(1, len(pairs), sharey=True))
        seen: list[float] = [0.0]
        for axis, (name, (a, b)) in zip(axes, pairs.items(), strict=True):
            levels = {curve: fade_levels(a, b, curve=curve, parts=parts) for curve in curves}
            seen += _draw(axis, levels)
            axis.set_title(f"{name}\n{_described(next(iter(levels.values())))}", fontsize=9.5)
            axis.set_xlabel("progress of the fade (%)")
        axes[0].set_ylim(*band(seen, 0.5, 4.0))
        axes[0].set_ylabel("level (dB over cos² of the power\nof one side + sin² of the other's)")
        handles, names = _legend(curves)
        figure.legend(handles, names, loc="outside lower left", ncols=len(curves), handlelength=3)
        if title:
            figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    return figure


def _draw(axis: Axes, levels: Mapping[Curve, FadeLevels]) -> list[float]:
    """Draw the fades of one pair; return every level drawn."""
    seen: list[float] = []
    for place, fade in enumerate(levels.values()):
        line, mark = _looks(place)
        percent = 100 * fade.progress
        axis.plot(percent, fade.expected_db, **line)
        axis.plot(percent, fade.measured_db, **mark)
        seen += [*fade.expected_db.tolist(), *fade.measured_db.tolist()]
    axis.set_xlim(0, 100)
    return seen


def _looks(place: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """How the line and the marks of a law are drawn."""
    look = {"color": SERIES[(place + 1) % len(SERIES)], **_LOOKS[place % len(_LOOKS)]}
    line = {key: value for key, value in look.items() if not key.startswith("marker")}
    mark = {key: value for key, value in look.items() if key not in ("linewidth", "alpha")}
    return line, {**mark, "linestyle": "", "markeredgewidth": 1.0, "zorder": look["zorder"] + 3}


def _legend(curves: Sequence[Curve]) -> tuple[list[Any], list[str]]:
    """A line with a mark upon it for each law, and its name."""
    from matplotlib.lines import Line2D

    both = [_looks(place) for place in range(len(curves))]
    handles = [(Line2D([], [], **line), Line2D([], [], **mark)) for line, mark in both]
    return handles, [curve.replace("_", " ") for curve in curves]


def _described(fade: FadeLevels) -> str:
    """How the sides are related, and how far apart in level."""
    correlation = f"correlation {round(fade.correlation, 2) + 0.0:.2f}"
    level = f"{round(fade.level_db, 1) + 0.0:+.1f} dB" if np.isfinite(fade.level_db) else "silent"
    return f"{correlation}, level {level}".replace("-", "−")


def _powers(audio: Audio, edges: npt.NDArray[np.int_]) -> Doubles:
    """Mean square of each part, over all channels."""
    squares = np.square(audio, dtype=np.float64).mean(axis=0)
    powers: Doubles = np.add.reduceat(squares, edges[:-1]) / np.diff(edges)
    return powers


def _over_db(power: Doubles, reference: Doubles) -> Doubles:
    ratio = np.full(power.shape, np.nan)
    np.divide(power, reference, out=ratio, where=(reference > 0) & (power > 0))
    return np.asarray(10 * np.log10(ratio))
