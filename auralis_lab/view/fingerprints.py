"""What tracks sound like, in 25 numbers each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.definitions import DEFINITIONS, DIMENSIONS
from auralis_lab.analysis.fingerprint import measures
from auralis_lab.errors import ParameterError
from auralis_lab.view.style import COLOURS, sheet, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from auralis_lab.analysis.profile import Profile

__all__ = ["plot_fingerprint"]

Doubles = npt.NDArray[np.float64]

MOST_TRACKS = 8
LEAST_SHADED = 3
_SHADES = ("#d55e00", "#f7f7f7", "#0072b2")
_DIGITS = {"Hz": 0, "BPM": 1, "LUFS": 1, "dB": 1, "": 2}


def plot_fingerprint(profiles: Mapping[str, Profile], *, title: str | None = None) -> Figure:
    """Draw the fingerprints of some tracks beside one another.

    A row for each measure, a column for each track. The number is the value in its unit; the shade
    says how far above (blue) or below (orange) the mean of these tracks it lies, in standard
    deviations; there is none of fewer than three values, nor of values that are written alike.

    Parameters
    ----------
    profiles : mapping of str to Profile
        1 to 8, by name.
    title : str, optional
        Written above.

    Returns
    -------
    figure : Figure

    Raises
    ------
    ParameterError
        If there is none, or more than eight.

    Examples
    --------
    ::

        tracks = lab.tracks.search("bach", limit=8)
        auralis_lab.plot_fingerprint({track.title: track.profile for track in tracks})
    """
    if not 1 <= len(profiles) <= MOST_TRACKS:
        raise ParameterError(f"{len(profiles)} profiles must be 1 to {MOST_TRACKS}")
    from matplotlib.colors import LinearSegmentedColormap

    columns = [measures(profile) for profile in profiles.values()]
    values = np.array(
        [
            [np.nan if (value := column[name]) is None else value for column in columns]
            for name in DIMENSIONS
        ]
    )
    with style():
        figure = sheet(2.6 + 1.15 * len(columns), 0.9 + 0.235 * len(DIMENSIONS))
        axis = figure.add_subplot()
        shades = LinearSegmentedColormap.from_list("fingerprint", _SHADES)
        units = [DEFINITIONS[name].unit for name in DIMENSIONS]
        steps = np.array([[10.0 ** -_DIGITS.get(unit, 1)] for unit in units])
        axis.imshow(
            _deviations(values, steps), cmap=shades, vmin=-2.2, vmax=2.2, aspect="auto", alpha=0.8
        )
        for (row, column), value in np.ndenumerate(values):
            text = _number(value, units[row])
            axis.text(column, row, text, ha="center", va="center", fontsize=8, color=COLOURS["ink"])
        axis.set_yticks(range(len(DIMENSIONS)), [_label(name) for name in DIMENSIONS])
        axis.set_xticks(range(len(columns)), [name.replace(" ", "\n", 1) for name in profiles])
        axis.xaxis.tick_top()
        axis.tick_params(length=0, labelcolor=COLOURS["ink"])
        axis.grid(visible=False)
        axis.spines[:].set_visible(False)
        if len(columns) >= LEAST_SHADED:
            axis.set_xlabel("shade: standard deviations\nabove (blue) or below (orange) their mean")
        if title:
            figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    return figure


def _deviations(values: Doubles, steps: Doubles) -> Doubles:
    """Deviations from each row's mean in its standard deviations.

    0 where there are too few values, or where they differ by less than the row's step.
    """
    known = np.isfinite(values)
    counts = np.maximum(known.sum(axis=1, keepdims=True), 1)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=1, keepdims=True) / counts
    away = np.where(known, values - mean, 0.0)
    spread = np.sqrt((away**2).sum(axis=1, keepdims=True) / counts)
    spread = np.broadcast_to(spread, away.shape)
    deviations: Doubles = np.zeros_like(away)
    np.divide(away, spread, out=deviations, where=(spread > steps / 2) & (counts >= LEAST_SHADED))
    return deviations


def _label(name: str) -> str:
    definition = DEFINITIONS[name]
    return f"{definition.label} ({definition.unit})" if definition.unit else definition.label


def _number(value: float, unit: str) -> str:
    if not np.isfinite(value):
        return "–"
    digits = 1 if unit == "Hz" and value < 100 else _DIGITS.get(unit, 1)
    return f"{value:.{digits}f}".replace("-", "−")
