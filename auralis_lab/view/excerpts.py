"""A few milliseconds, sample by sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auralis_lab.errors import ParameterError
from auralis_lab.view.style import COLOURS, SERIES, sheet, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_excerpts"]


def plot_excerpts(
    waves: Mapping[str, npt.NDArray[np.float32]],
    rate_hz: int,
    *,
    mark_frame: int | None = None,
    title: str | None = None,
) -> Figure:
    """Draw short waves beneath one another on the same scale, such as a cut and a crossfade.

    Parameters
    ----------
    waves : mapping of str to ndarray, shape (frames,)
        At least one, all of the same length, one channel each: of audio of shape (channels,
        frames) such as ``audio[0]``.
    rate_hz : int
        Sample rate.
    mark_frame : int, optional
        Where to draw a line, and where time is zero.
    title : str, optional
        Written above.

    Returns
    -------
    figure : Figure

    Raises
    ------
    ParameterError
        If there is no wave, one is not a single channel, or their lengths differ.

    Examples
    --------
    Five milliseconds of the first channel, a second into a track, before and after::

        before = track.render(start_s=1, stop_s=1.005)
        after = track.render(plan, start_s=1, stop_s=1.005)
        auralis_lab.plot_excerpts({"before": before[0], "after": after[0]}, track.rate_hz)
    """
    for name, wave in waves.items():
        if np.ndim(wave) != 1:
            raise ParameterError(
                f"the wave {name!r} of shape {np.shape(wave)} must be one channel, of shape "
                "(frames,): pass audio[0] for the first"
            )
    lengths = {len(wave) for wave in waves.values()}
    if len(lengths) != 1:
        raise ParameterError(f"waves of {sorted(lengths)} frames must be one or more, all alike")

    zero = mark_frame or 0
    time_ms = (np.arange(lengths.pop()) - zero) / rate_hz * 1000
    with style():
        figure = sheet(9.0, 0.8 + 1.3 * len(waves))
        axes = np.atleast_1d(figure.subplots(len(waves), 1, sharex=True, sharey=True))
        for index, (axis, (name, wave)) in enumerate(zip(axes, waves.items(), strict=True)):
            colour = SERIES[1 + index % (len(SERIES) - 1)]
            axis.plot(time_ms, wave, color=colour, linewidth=1.3, marker=".", markersize=3)
            axis.set_title(name, fontsize=9, fontweight="normal", pad=3)
            if mark_frame is not None:
                axis.axvline(0, color=COLOURS["ink"], linewidth=0.8, linestyle="--")
        axes[-1].set_xlabel("time (ms)" if mark_frame is None else "time from the mark (ms)")
        figure.supylabel("sample value (full scale = 1)", fontsize=9, color=COLOURS["soft"])
        figure.suptitle(
            title or "Sample by sample", x=0.01, ha="left", fontsize=11, fontweight="bold"
        )
    return figure
