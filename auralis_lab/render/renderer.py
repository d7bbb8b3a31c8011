"""The renderer: a plan applied to a source, frame by frame the same however it is asked.

Conventions: audio is ``float32``, shape ``(channels, frames)``; positions are absolute frames of
the track. Outside the track everything is zero, before and after every stage.

The order is: the offset of the plan taken off, inserts at ``'first'``, EQ with gain, dynamics and
width (one filter, see :mod:`auralis_lab.render.filtered`), inserts at ``'before_limiter'``,
limiter.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio, Readable, check_span, db_to_gain, seconds_to_frames
from auralis_lab.dsp.limiter import Limiter
from auralis_lab.errors import ParameterError, check_choice
from auralis_lab.plan.model import Plan
from auralis_lab.render.derived import Derived
from auralis_lab.render.filtered import Centred, Filtered, padded

__all__ = ["ENGINE_VERSION", "Insert", "Place", "Renderer", "render"]

ENGINE_VERSION = 3  # changes whenever the same plan gives other samples
PIECE_FRAMES = 1 << 17  # rendered at a time, to bound memory

Place: TypeAlias = Literal["first", "before_limiter"]

PLACES: tuple[Place, ...] = ("first", "before_limiter")

USE = "give auralis_lab.black_box(function), or a callable that makes a readable of a readable"


@dataclass(frozen=True)
class Insert:
    """A stage of the user's own in the chain.

    Attributes
    ----------
    make : callable
        Given what comes before it, returns the stage: something of the same rate, channels and
        length, which can be read at any position.
    at : {'first', 'before_limiter'}
        Before everything, or after the dynamics and the width. The limiter is always last.
    """

    make: Callable[[Readable], Readable]
    at: Place = "before_limiter"

    def __post_init__(self) -> None:
        check_choice("at", self.at, PLACES)

    def __call__(self, before: Readable) -> Readable:
        """Make the stage and see that it fits.

        Raises
        ------
        ParameterError
            If what `make` is or gives cannot be read as a stage, or has another rate or number of
            channels.
        """
        _check_maker(self.make)
        stage = self.make(before)
        if not all(hasattr(stage, name) for name in ("read", "rate_hz", "channels")):
            raise ParameterError(f"an insert gave {type(stage).__name__}, which is no stage; {USE}")
        if (stage.rate_hz, stage.channels) != (before.rate_hz, before.channels):
            raise ParameterError(
                f"an insert gives {stage.channels} channels at {stage.rate_hz} Hz, but must give"
                f" {before.channels} at {before.rate_hz} Hz"
            )
        return stage


def _check_maker(make: object) -> None:
    """Refuse what cannot be called with one readable, such as a bare function of audio and rate."""
    try:
        inspect.signature(make).bind(None)  # type: ignore[arg-type]
    except TypeError as error:
        raise ParameterError(f"the insert {make!r} does not take one readable; {USE}") from error
    except ValueError:  # of something built in nothing is known
        return


class Renderer(Derived):
    """The enhanced track, readable at any position.

    What :meth:`read` returns is a pure function of the source, the plan and the range: any
    partition of the track joins to the same samples bit for bit, in any order. The last few
    filtered blocks are kept, which saves work for reads in sequence and changes nothing else.

    Parameters
    ----------
    source : Readable
        Where the original comes from. Not closed here.
    plan : Plan
        What to do. A bypassing plan returns the source bit for bit, without inserts.
    inserts : sequence of Insert
        Stages of the user's own, in order.

    Notes
    -----
    One renderer belongs to one thread; make another, over a source of its own, for the next.
    """

    def __init__(self, source: Readable, plan: Plan, *, inserts: Sequence[Insert] = ()) -> None:
        super().__init__(source)
        self.plan = plan
        rate = source.rate_hz
        settings = plan.limiter
        self._limiter = Limiter(
            ceiling=db_to_gain(settings.ceiling_dbtp - settings.margin_db),
            lookahead_frames=max(2, seconds_to_frames(settings.lookahead_ms / 1000, rate)),
            release_frames=max(1, seconds_to_frames(settings.release_ms / 1000, rate)),
        )
        reach = self._limiter.left + self._limiter.right
        before: Readable = Centred(source, plan.dc_offset) if plan.dc_offset else source
        for insert in inserts:
            before = insert(before) if insert.at == "first" else before
        filtered = Filtered(before, plan, reach_frames=reach)
        self._history_frames = reach + filtered.history_frames
        self._before_limiter: Readable = filtered
        for insert in inserts:
            if insert.at == "before_limiter":
                self._before_limiter = insert(self._before_limiter)

    @property
    def history_frames(self) -> int:
        """How far back a read in sequence may look in the source behind the frames it returns.

        What inserts look back to comes on top.
        """
        return self._history_frames

    def read(self, start_frame: int, frames: int) -> Audio:
        """Render frames from `start_frame` on.

        Parameters
        ----------
        start_frame, frames : int
            Position and length, 0 or more.

        Returns
        -------
        audio : ndarray of float32, shape (channels, up to `frames`)
            Fewer frames only at the end of the track.

        Raises
        ------
        ParameterError
            If a number is negative, or the source or an insert gives NaN or infinity.
        DecodeError
            If the source cannot be read.
        """
        check_span(start_frame, frames)
        if self.plan.is_bypass:
            return self.source.read(start_frame, frames)
        stop = start_frame + frames
        pieces = []
        for at in range(start_frame, stop, PIECE_FRAMES):
            piece, _, ended = self._limited(at, min(at + PIECE_FRAMES, stop))
            pieces.append(piece)
            if ended:
                break
        if not pieces:
            return np.zeros((self.channels, 0), np.float32)
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)

    def limiter_gain(self, start_frame: int, frames: int) -> npt.NDArray[np.float32]:
        """What the limiter multiplies each frame with, 1 where it does nothing.

        Parameters
        ----------
        start_frame, frames : int
            Position and length, 0 or more; all of it is held in memory.

        Returns
        -------
        gain : ndarray of float32, shape (up to `frames`,)
            Fewer frames only at the end of the track.

        Raises
        ------
        ParameterError
            If a number is negative, or the source or an insert gives NaN or infinity.
        DecodeError
            If the source cannot be read.
        """
        check_span(start_frame, frames)
        if self.plan.is_bypass:
            return np.ones(self.source.read(start_frame, frames).shape[1], np.float32)
        return self._limited(start_frame, start_frame + frames)[1]

    def _limited(self, start: int, stop: int) -> tuple[Audio, npt.NDArray[np.float32], bool]:
        """Frames after the limiter, its gain, and whether the track ends before `stop`."""
        first = start - self._limiter.left
        window, end = padded(self._before_limiter, first, stop + self._limiter.right)
        limited, gain = self._limiter.process(window, first)
        if end is None or end >= stop:
            return limited, gain, False
        left = max(0, end - start)
        return np.ascontiguousarray(limited[:, :left]), gain[:left], True


def render(
    source: Readable,
    plan: Plan,
    start_frame: int = 0,
    stop_frame: int | None = None,
    *,
    inserts: Sequence[Insert] = (),
) -> Audio:
    """Apply a plan to a range of a track.

    Parameters
    ----------
    source : Readable
        The original.
    plan : Plan
        What to do.
    start_frame, stop_frame : int
        Range; to the end of the track when `stop_frame` is not given.
    inserts : sequence of Insert
        Stages of the user's own.

    Returns
    -------
    audio : ndarray of float32, shape (channels, frames)
        As many frames as the source has in the range.

    Raises
    ------
    ParameterError
        If the range is negative or reversed.
    """
    stop = source.total_frames if stop_frame is None else stop_frame
    if stop_frame is not None and stop_frame < start_frame:
        raise ParameterError(f"stop_frame={stop_frame} must be at or after {start_frame}")
    renderer = Renderer(source, plan, inserts=inserts)
    return renderer.read(start_frame, max(0, stop - start_frame))
