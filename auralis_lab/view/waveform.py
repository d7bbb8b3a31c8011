"""Waveforms, and how chunks lie over them.

Conventions: peaks are float32, shape ``(bins, 2)``, the lowest and the highest sample of each of
`bins` equal parts of the track, full scale ±1.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio, Readable, as_audio, frames_to_seconds
from auralis_lab.errors import ParameterError
from auralis_lab.render.grid import Chunk, ChunkGrid
from auralis_lab.view.style import COLOURS, panels, style, time_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_chunks", "plot_waveform"]

_NAMED_CHUNKS = 40
_EMIT = "#3d8fc4"
_FADE = "#fbe7bd"


def plot_waveform(
    source: Readable | Audio,
    rate_hz: int | None = None,
    *,
    start_s: float = 0.0,
    bins: int = 1_800,
    title: str | None = None,
    colour: str = COLOURS["after"],
) -> Figure:
    """Draw the envelope of a sound over time.

    Parameters
    ----------
    source : Readable or ndarray, shape (channels, frames)
        What to draw; all channels share one envelope.
    rate_hz : int, optional
        Sample rate, needed for an array and known otherwise.
    start_s : float
        Time of the first frame, for an excerpt.
    bins : int
        How many parts the envelope has.
    title : str, optional
        Written above.
    colour : str
        Colour of the envelope.

    Returns
    -------
    figure : Figure

    Raises
    ------
    ParameterError
        If `source` is an array and `rate_hz` is missing.
    """
    from auralis_lab.render.peaks import waveform_peaks

    readable = source if isinstance(source, Readable) else _Held(as_audio(source), rate_hz)
    stop_s = start_s + frames_to_seconds(readable.total_frames, readable.rate_hz)
    bins = max(1, min(bins, readable.total_frames))
    peaks = waveform_peaks(readable, bins)
    with style():
        figure, (axis,) = panels(2.3)
        _draw_envelope(axis, peaks, start_s, stop_s, colour)
        time_axis(axis, stop_s, start_s)
        if title:
            axis.set_title(title)
    return figure


def plot_chunks(
    grid: ChunkGrid,
    peaks: npt.NDArray[np.float32],
    rate_hz: int,
    *,
    start_s: float = 0.0,
    stop_s: float | None = None,
    title: str | None = None,
) -> Figure:
    """Draw a waveform and, on two lanes beneath, the chunks it is cut into.

    Each bar is what one chunk reads. Its plain part is what it stands for in the output; its
    hatched part is the overlap, over which it fades into the next chunk on the other lane.

    Parameters
    ----------
    grid : ChunkGrid
        The cutting.
    peaks : ndarray, shape (bins, 2)
        Envelope of the whole track, as from ``Track.waveform(bins)``.
    rate_hz : int
        Sample rate of the track.
    start_s, stop_s : float
        What to look at; by default the whole track.
    title : str, optional
        Written above.

    Returns
    -------
    figure : Figure

    Examples
    --------
    ::

        auralis_lab.plot_chunks(track.chunk_grid(), track.waveform(1_800), track.rate_hz)
    """
    total_s = frames_to_seconds(grid.total_frames, rate_hz)
    stop_s = total_s if stop_s is None else stop_s
    seen = [
        chunk
        for chunk in grid
        if chunk.read.start < stop_s * rate_hz and chunk.read.stop > start_s * rate_hz
    ]
    fine = len(seen) <= _NAMED_CHUNKS
    with style():
        figure, (wave, lanes) = panels(2.0, 1.25)
        _draw_envelope(wave, peaks, 0.0, total_s, COLOURS["before"])
        for chunk in seen:
            _draw_chunk(lanes, chunk, rate_hz, fine=fine)
            if chunk.fade is not None and fine:
                span_s = (chunk.fade.start / rate_hz, chunk.fade.stop / rate_hz)
                wave.axvspan(*span_s, color=COLOURS["fade"], alpha=0.2, linewidth=0, zorder=0)
        for chunk in seen[1:] if fine else ():
            for axis in (wave, lanes):
                at_s = chunk.emit.start / rate_hz
                axis.axvline(at_s, color=COLOURS["ink"], linewidth=0.7, alpha=0.55)
        _label_lanes(lanes, fine=fine)
        time_axis(lanes, stop_s, start_s)
        wave.set_title(title or _summary(grid, rate_hz))
    return figure


class _Held:
    """An array in memory, readable by position."""

    def __init__(self, audio: Audio, rate_hz: int | None) -> None:
        if rate_hz is None:
            raise ParameterError("rate_hz=None must be given with an array")
        self._audio = audio
        self.rate_hz = rate_hz
        self.channels, self.total_frames = audio.shape

    def read(self, start_frame: int, frames: int) -> Audio:
        return np.ascontiguousarray(self._audio[:, start_frame : start_frame + frames])


def _draw_envelope(
    axis: Axes, peaks: npt.NDArray[np.float32], start_s: float, stop_s: float, colour: str
) -> None:
    edges = np.linspace(start_s, stop_s, len(peaks) + 1)
    centres = (edges[:-1] + edges[1:]) / 2
    axis.fill_between(centres, peaks[:, 0], peaks[:, 1], color=colour, linewidth=0.4)
    reach = max(1.0, float(np.max(np.abs(peaks), initial=0.0)) * 1.05)
    axis.set_ylim(-reach, reach)
    axis.set_yticks([-1, -0.5, 0, 0.5, 1])
    axis.set_ylabel("sample value\n(full scale = 1)")
    axis.tick_params(axis="x", length=0)


def _draw_chunk(axis: Axes, chunk: Chunk, rate_hz: int, *, fine: bool) -> None:
    lane = -(chunk.index % 2)
    below, height = lane - 0.36, 0.72
    emit_s = (chunk.emit.start / rate_hz, chunk.emit.frames / rate_hz)
    axis.broken_barh([emit_s], (below, height), facecolor=_EMIT, linewidth=0)
    if chunk.fade is not None:
        fade_s = (chunk.fade.start / rate_hz, chunk.fade.frames / rate_hz)
        axis.broken_barh([fade_s], (below, height), **_overlap_look(fine=fine))
    if fine and chunk.emit.frames:
        axis.annotate(
            f"{chunk.index}",
            (emit_s[0] + emit_s[1] / 2, lane),
            ha="center",
            va="center",
            color="white",
            fontsize=8,
            fontweight="bold",
            annotation_clip=True,
        )


def _label_lanes(axis: Axes, *, fine: bool) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    axis.set_ylim(-1.5, 0.5)
    axis.set_yticks([0, -1], ["even", "odd"])
    axis.set_ylabel("chunks")
    axis.grid(visible=False, axis="y")
    handles: list[Patch | Line2D] = [
        Patch(facecolor=_EMIT, label="emitted"),
        Patch(**_overlap_look(fine=fine), label="read on: overlap"),
    ]
    if fine:
        handles.append(Line2D([], [], color=COLOURS["ink"], linewidth=0.8, label="chunk boundary"))
    axis.figure.legend(handles=handles, loc="outside lower left", ncols=3)


def _overlap_look(*, fine: bool) -> dict[str, Any]:
    """Hatched where there is room for it."""
    if fine:
        return {"facecolor": _FADE, "edgecolor": COLOURS["fade"], "hatch": "////"}
    return {"facecolor": COLOURS["fade"], "edgecolor": "none"}


def _summary(grid: ChunkGrid, rate_hz: int) -> str:
    chunk_s, interval_s, overlap_s = (
        frames_to_seconds(frames, rate_hz)
        for frames in (grid.chunk_frames, grid.interval_frames, grid.overlap_frames)
    )
    return f"{len(grid)} chunks of {chunk_s:g} s every {interval_s:g} s, {overlap_s:g} s of overlap"
