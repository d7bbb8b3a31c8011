"""Long-term spectra and the equaliser between them.

Conventions: third-octave bands with exact base-10 centres. Levels are in dBFS, of which a
full-scale sine in the band has 0 (as `analysis.spectrum` measures them); gains and changes are in
dB. A band that could not be measured is a gap.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from auralis_lab.errors import ParameterError
from auralis_lab.view.style import COLOURS, SERIES, band, frequency_axis, panels, style
from auralis_lab.view.target import laid_target

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from auralis_lab.analysis.profile import Profile
    from auralis_lab.analysis.spectrum import Ltas
    from auralis_lab.plan.model import EqCurve
    from auralis_lab.plan.targets import TargetBand

__all__ = ["EqCurve", "plot_spectra"]

_SIXTH_OCTAVE = 10**0.05
_FLOOR_DB = 78.0


def plot_spectra(
    ltas_by_name: Mapping[str, Ltas | Profile],
    eq: EqCurve | None = None,
    *,
    target: TargetBand | None = None,
    changes: bool = False,
    title: str | None = None,
) -> Figure:
    """Draw long-term spectra over one another and, beneath, the EQ that lies between them.

    Parameters
    ----------
    ltas_by_name : mapping of str to Ltas or Profile
        Spectra, or profiles that have one. At least one; the first is drawn as the reference
        (``{'before': a, 'after': b}``).
    eq : EqCurve, optional
        Gains in dB at frequencies in Hz, drawn in a panel of its own.
    target : TargetBand, optional
        Shaded, laid on the first spectrum in the middle of its range, as a plan does.
    changes : bool
        Whether what each further spectrum differs by from the first is drawn in a panel of its own.
    title : str, optional
        Written above.

    Returns
    -------
    figure : Figure

    Raises
    ------
    ParameterError
        If there is no spectrum to draw.
    """
    if not ltas_by_name:
        raise ParameterError("ltas_by_name={} must hold at least one spectrum")
    spectra = {name: _ltas(given) for name, given in ltas_by_name.items()}
    with style():
        heights = [3.4] if eq is None else [3.1, 1.4]
        figure, axes = panels(*heights, *([2.0] if changes else []))
        if target is not None:
            _draw_target(axes[0], target, next(iter(spectra.values())))
        for index, (name, ltas) in enumerate(spectra.items()):
            _draw_steps(axes[0], name, ltas, index)
        _limit_levels(axes[0], spectra)
        if eq is not None:
            _draw_eq(axes[1], eq)
        if changes:
            _draw_changes(axes[-1], spectra)
        centres = [hz for ltas in spectra.values() for hz in ltas.centres_hz]
        frequency_axis(axes[-1], min(centres) / _SIXTH_OCTAVE, max(centres) * _SIXTH_OCTAVE)
        axes[0].legend(loc="upper right", ncols=min(4, 1 + len(spectra)))
        axes[0].set_title(title or "Long-term spectrum in third octaves")
    return figure


def _ltas(given: Ltas | Profile) -> Ltas:
    found: Ltas = getattr(given, "ltas", given)  # type: ignore[arg-type]
    return found


def _draw_steps(axis: Axes, name: str, ltas: Ltas, index: int) -> None:
    centres = np.asarray(ltas.centres_hz, dtype=float)
    levels = np.array([math.nan if v is None else v for v in ltas.levels_db])
    edges = np.append(centres / _SIXTH_OCTAVE, centres[-1] * _SIXTH_OCTAVE)
    colour = SERIES[index % len(SERIES)]
    if index == 0:
        axis.stairs(levels, edges, baseline=-300, fill=True, color=colour, alpha=0.22)
    axis.stairs(levels, edges, baseline=None, color=colour, linewidth=1.8, label=name)


def _draw_changes(axis: Axes, spectra: Mapping[str, Ltas]) -> None:
    axis.axhline(0, color=SERIES[0], linewidth=1.2)
    (name, reference), *others = spectra.items()
    before = dict(zip(reference.centres_hz, reference.levels_db, strict=True))
    known = [level for level in before.values() if level is not None]
    floor = max(known, default=0.0) - _FLOOR_DB / 1.5  # below lies hardly anything to be changed
    reach = 3.0
    for index, (_, ltas) in enumerate(others, start=1):
        changed = [
            (hz, after - level)
            for hz, after in zip(ltas.centres_hz, ltas.levels_db, strict=True)
            if after is not None and (level := before.get(hz)) is not None and level > floor
        ]
        if not changed:
            continue
        colour = SERIES[index % len(SERIES)]
        axis.plot(*zip(*changed, strict=True), color=colour, linewidth=1.5)
        reach = max(reach, *(abs(change) + 0.5 for _, change in changed))
    axis.set_ylim(-reach, reach)
    axis.set_ylabel(f"change from\n{name} (dB)")


def _draw_target(axis: Axes, target: TargetBand, ltas: Ltas) -> None:
    edges = laid_target(ltas, target)
    if edges is None:
        return
    axis.fill_between(
        ltas.centres_hz, *edges, color=COLOURS["good"], alpha=0.13, linewidth=0, label=target.name
    )


def _limit_levels(axis: Axes, ltas_by_name: Mapping[str, Ltas]) -> None:
    levels = [v for ltas in ltas_by_name.values() for v in ltas.levels_db if v is not None]
    low, high = band(levels, margin=4.0, least=24.0)
    axis.set_ylim(max(low, high - _FLOOR_DB), high)
    axis.set_ylabel("third-octave level (dBFS)")


def _draw_eq(axis: Axes, eq: EqCurve) -> None:
    from matplotlib.ticker import MaxNLocator

    gains = np.asarray(eq.gains_db, dtype=float)
    axis.axhline(0, color=COLOURS["soft"], linewidth=0.8)
    axis.plot(eq.frequencies_hz, gains, color=COLOURS["eq"], label="EQ")
    axis.fill_between(eq.frequencies_hz, 0, gains, color=COLOURS["eq"], alpha=0.14, linewidth=0)
    reach = max(3.0, math.ceil(float(np.max(np.abs(gains), initial=0.0))) + 1)
    axis.set_ylim(-reach, reach)
    axis.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axis.set_ylabel("EQ gain (dB)")
