"""How the level of renderings runs against that of another one.

Conventions: audio is ``float32``, shape ``(channels, frames)``. Levels are mean squares over all
channels, compared stretch by stretch, in decibels; where one of the two is silent there is a gap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio, frames_to_seconds, seconds_to_frames
from auralis_lab.errors import ParameterError
from auralis_lab.view.style import COLOURS, SERIES, band, panels, style, time_axis

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["level_difference_db", "plot_levels"]

_SILENT = 1e-8  # mean square, -80 dB
_PANEL_INCHES = 1.35


def level_difference_db(
    audio: Audio, reference: Audio, rate_hz: int, *, stretch_s: float = 0.4
) -> npt.NDArray[np.float64]:
    """Level of a rendering over that of another one, stretch by stretch.

    Parameters
    ----------
    audio, reference : ndarray, shape (channels, frames)
        Two renderings of one passage.
    rate_hz : int
    stretch_s : float
        Over which levels are taken; what is left at the end is not looked at.

    Returns
    -------
    difference_db : ndarray, shape (stretches,)
        NaN where either is silent.

    Raises
    ------
    ParameterError
        If the shapes differ, or no stretch fits.

    Examples
    --------
    >>> sound = np.ones((1, 1000), np.float32)
    >>> level_difference_db(0.5 * sound, sound, 1000, stretch_s=0.5).round(1).tolist()
    [-6.0, -6.0]
    """
    if audio.shape != reference.shape:
        raise ParameterError(f"shape {audio.shape} must be that of the reference {reference.shape}")
    size = seconds_to_frames(stretch_s, rate_hz)
    if not 1 <= size <= audio.shape[1]:
        raise ParameterError(f"stretch_s={stretch_s!r} must fit into the sound")
    power, usual = (_powers(sound, size) for sound in (audio, reference))
    ratio = np.full(power.shape, np.nan)
    np.divide(power, usual, out=ratio, where=np.minimum(power, usual) > _SILENT)
    return np.asarray(10 * np.log10(ratio))


def plot_levels(
    audio_by_name: Mapping[str, Audio],
    reference: Audio,
    rate_hz: int,
    *,
    over: str = "the reference",
    fades: Sequence[tuple[int, int]] = (),
    stretch_s: float = 0.4,
    title: str | None = None,
) -> Figure:
    """Draw the level of renderings over that of another one, a panel for each on one scale.

    Parameters
    ----------
    audio_by_name : mapping of str to ndarray, shape (channels, frames)
        At least one.
    reference : ndarray, shape (channels, frames)
        What 0 dB is; of the same shape.
    rate_hz : int
    over : str
        Name of the reference.
    fades : sequence of (int, int)
        First frame of a passage that is shaded and the one after its last, such as an overlap.
    stretch_s : float
        See :func:`level_difference_db`.
    title : str, optional
        Written above.

    Returns
    -------
    figure : Figure

    Raises
    ------
    ParameterError
        If there is no sound, or what `level_difference_db` refuses.
    """
    if not audio_by_name:
        raise ParameterError("audio_by_name={} must hold at least one sound")
    levels = {
        name: level_difference_db(audio, reference, rate_hz, stretch_s=stretch_s)
        for name, audio in audio_by_name.items()
    }
    with style():
        figure, axes = panels(*[_PANEL_INCHES] * len(levels))
        limits = band(np.concatenate(list(levels.values())).tolist(), 0.5, 2.0)
        for place, (axis, (name, level_db)) in enumerate(zip(axes, levels.items(), strict=True)):
            colour = SERIES[1 + place % (len(SERIES) - 1)]
            edges_s = stretch_s * np.arange(level_db.size + 1)
            for start, stop in fades:
                axis.axvspan(
                    start / rate_hz, stop / rate_hz, color=COLOURS["fade"], alpha=0.2, linewidth=0
                )
            axis.axhline(0, color=COLOURS["soft"], linewidth=0.8)
            axis.stairs(level_db, edges_s, baseline=None, color=colour, linewidth=1.8)
            axis.set_ylim(*limits)
            axis.set_ylabel(name)
        figure.supylabel(f"level over {over} (dB)", fontsize=9, color=COLOURS["soft"])
        time_axis(axes[-1], frames_to_seconds(reference.shape[1], rate_hz))
        axes[0].set_title(title or f"Level over {over}, in stretches of {stretch_s:g} s")
    return figure


def _powers(audio: Audio, size: int) -> npt.NDArray[np.float64]:
    """Mean square of each whole stretch of `size` frames, over all channels."""
    squares = np.square(audio, dtype=np.float64).mean(axis=0)
    whole = squares[: squares.size // size * size].reshape(-1, size)
    return np.asarray(whole.mean(axis=1))
