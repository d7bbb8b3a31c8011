"""What passes between a kernel and its listener, recorded and drawn.

Conventions: lengths are frames and counts are of one epoch, over all of its tracks; the clock is
the listener's, in seconds, so that a stalled minute can be played through in a moment.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from auralis_lab.errors import ParameterError
from auralis_lab.view.style import COLOURS, SERIES, panels, style, time_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["StreamEvent", "StreamTrace", "plot_stream"]


class MessageLike(Protocol):
    """A message of the stream's protocol."""

    @property
    def type(self) -> str:
        """Such as ``'block'``."""

    @property
    def epoch(self) -> int | None:
        """The listener's count of plays."""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """A block that was sent, or a report of what was heard, or a beginning or end.

    Attributes
    ----------
    at_s : float
        By the listener's clock.
    kind : {'play', 'block', 'heard', 'ended', 'other'}
    epoch : int
    frames : int
        Of a block its length; of a report all that is gone of the epoch.
    reason : str
        Of an end.
    """

    at_s: float
    kind: Literal["play", "block", "heard", "ended", "other"]
    epoch: int
    frames: int = 0
    reason: str = ""


class StreamTrace:
    """Records a stream: give it to a session both as `send` and, its `told`, as `on_message`.

    Parameters
    ----------
    clock : callable, optional
        The listener's clock in seconds; by default the machine's from now on.

    Attributes
    ----------
    events : list of StreamEvent
        In the order in which they came.
    """

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        begun_s = time.monotonic()
        self._clock = clock or (lambda: time.monotonic() - begun_s)
        self._came = threading.Condition()
        self.events: list[StreamEvent] = []

    def __call__(self, message: MessageLike, payload: bytes | None = None) -> None:
        """Take what the kernel sends."""
        if message.type == "block":
            self._note("block", message, frames=int(getattr(message, "frames", 0)))

    def told(self, message: MessageLike) -> None:
        """Take what is asked, reported and answered besides blocks."""
        if message.type == "report":
            self._note("heard", message, frames=int(getattr(message, "consumed_frames", 0)))
        elif message.type == "ended":
            self._note("ended", message, reason=str(getattr(message, "reason", "")))
        else:
            self._note("play" if message.type == "play" else "other", message)

    def sent(self, epoch: int) -> int:
        """Frames of an epoch that were sent."""
        return sum(e.frames for e in list(self.events) if (e.kind, e.epoch) == ("block", epoch))

    def heard(self, epoch: int) -> int:
        """Frames of an epoch that are gone at the listener."""
        reports = [e.frames for e in list(self.events) if (e.kind, e.epoch) == ("heard", epoch)]
        return max(reports, default=0)

    def settle(self, quiet_s: float = 0.15, timeout_s: float = 20.0) -> None:
        """Wait until nothing has come for a while."""
        until_s = time.monotonic() + timeout_s
        with self._came:
            while self._came.wait(quiet_s) and time.monotonic() < until_s:
                pass

    def most_under_way(self) -> int:
        """Frames that were sent and not gone, at the moment when they were most."""
        return max((level for *_, level in self.levels()), default=0)

    def levels(self) -> list[tuple[float, int, int]]:
        """Time, epoch and frames under way in it, after each block and each report."""
        levels, sent, gone = [], dict[int, int](), dict[int, int]()
        for event in list(self.events):
            if event.kind == "block":
                sent[event.epoch] = sent.get(event.epoch, 0) + event.frames
            elif event.kind == "heard":
                gone[event.epoch] = max(gone.get(event.epoch, 0), event.frames)
            else:
                continue
            under_way = sent.get(event.epoch, 0) - gone.get(event.epoch, 0)
            levels.append((event.at_s, event.epoch, under_way))
        return levels

    def _note(
        self,
        kind: Literal["play", "block", "heard", "ended", "other"],
        message: MessageLike,
        *,
        frames: int = 0,
        reason: str = "",
    ) -> None:
        with self._came:
            epoch = message.epoch or 0
            self.events.append(StreamEvent(self._clock(), kind, epoch, frames, reason))
            self._came.notify_all()


def plot_stream(
    trace: StreamTrace, rate_hz: int, *, window_s: float | None = None, title: str | None = None
) -> Figure:
    """Draw a stream over the listener's time: what was sent and heard, and what was under way.

    Parameters
    ----------
    trace : StreamTrace
        A recorded stream, all of whose tracks have one rate.
    rate_hz : int
        That rate.
    window_s : float, optional
        The window of the session, drawn as the limit of what may be under way.
    title : str, optional
        Written above.

    Returns
    -------
    figure : Figure

    Raises
    ------
    ParameterError
        If nothing was sent.
    """
    events = list(trace.events)
    epochs = sorted({event.epoch for event in events if event.kind == "block"})
    if not epochs:
        raise ParameterError("the trace holds no block")
    stop_s = max(max(event.at_s for event in events), 1e-3)
    with style():
        figure, (sums, window) = panels(2.5, 2.1)
        for place, epoch in enumerate(epochs, 1):
            colour = SERIES[place % len(SERIES)]
            own = [event for event in events if event.epoch == epoch]
            _draw_sums(sums, own, rate_hz, colour, epoch)
            levels = [(at, level) for at, each, level in trace.levels() if each == epoch]
            ended_s = next((e.at_s for e in events if e.kind == "play" and e.epoch > epoch), stop_s)
            times, under_way = np.array([*levels, (max(ended_s, levels[-1][0]), levels[-1][1])]).T
            window.step(times, under_way / rate_hz, where="post", color=colour, linewidth=1.4)
            window.fill_between(
                times, under_way / rate_hz, step="post", color=colour, alpha=0.12, linewidth=0
            )
        for event in events:
            if event.kind == "play":
                for axis in (sums, window):
                    axis.axvline(event.at_s, color=COLOURS["soft"], lw=0.8, ls=":", zorder=0)
        if window_s is not None:
            window.axhline(window_s, color=COLOURS["bad"], linewidth=1.2, linestyle="--")
            window.annotate(
                "window", (0.995, window_s), xycoords=("axes fraction", "data"), xytext=(0, 3),
                textcoords="offset points", ha="right", fontsize=8.5, color=COLOURS["bad"],
            )  # fmt: skip
        window.set_ylim(0, max(window_s or 0, *window.get_ylim()) * 1.15)
        sums.set_ylim(bottom=0)
        sums.set_ylabel("sent or heard of the epoch\n(s of sound)")
        window.set_ylabel("sent, not yet heard\n(s of sound)")
        sums.legend(loc="upper left", ncols=len(epochs))
        time_axis(window, stop_s)
        window.set_xlabel(f"the listener's {window.get_xlabel()}")
        sums.set_title(title or "What was sent, and what was heard")
    return figure


def _draw_sums(
    axis: Axes, events: list[StreamEvent], rate_hz: int, colour: str, epoch: int
) -> None:
    blocks = [(event.at_s, event.frames) for event in events if event.kind == "block"]
    times, frames = np.array(blocks, dtype=np.float64).T
    axis.step(times, np.cumsum(frames) / rate_hz, where="post", color=colour, linewidth=1.6,
              label=f"epoch {epoch}: sent")  # fmt: skip
    heard = [(event.at_s, event.frames) for event in events if event.kind == "heard"]
    if heard:
        times, frames = np.array([(times[0], 0.0), *heard]).T
        axis.plot(times, frames / rate_hz, color=colour, linewidth=1.6, linestyle=(0, (3, 1.5)),
                  label="heard")  # fmt: skip
    for event in events:
        if event.kind == "ended":
            sent = sum(each for at_s, each in blocks if at_s <= event.at_s)
            axis.plot([event.at_s], [sent / rate_hz], "x", color=colour, markersize=7)
