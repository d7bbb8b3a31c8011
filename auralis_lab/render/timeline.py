"""Tracks one after the other, joined sample by sample or crossfaded, readable at any position.

Conventions: audio is ``float32``, shape ``(rows, frames)``: a row is a channel, or a channel of one
of the lanes that are read together. Positions are absolute frames of the timeline.

A crossfade belongs to the incoming track: the timeline passes from one track to the next where
their overlap begins. What is read is a pure function of the tracks and the range.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Collection, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio, Readable, check_span, db_to_gain, seconds_to_frames
from auralis_lab.dsp.fades import fade_weights
from auralis_lab.errors import ParameterError
from auralis_lab.plan.transition import (
    LEAST_OVERLAP_S,
    Transition,
    decide_transition,
    hold_peaks,
    longest_overlap,
)

__all__ = ["Overlap", "Timeline", "overlap_between"]

STEP_S = 0.1
LEAST_STEPS = 32
MAX_CROSSFADE_S = 12.0
CEILING = db_to_gain(-1.0)
"""What the mix of two sides may always reach; where a side reaches higher, it may do so as well."""


class Overlap:
    """The frames in which one track passes into the next.

    Parameters
    ----------
    outgoing, incoming : Readable
        The tracks, of one rate and the same rows. Not closed here.
    outgoing_start : int
        Frame of the outgoing track at which the overlap begins; that of the incoming one is 0.
    transition : Transition
        How they pass.
    outgoing_gains : ndarray of float, shape (rows,), optional
        Brings the outgoing rows to the gain at which the incoming ones will be played.
    """

    def __init__(
        self,
        outgoing: Readable,
        incoming: Readable,
        outgoing_start: int,
        transition: Transition,
        *,
        outgoing_gains: npt.NDArray[np.float64] | None = None,
    ) -> None:
        self.outgoing, self.incoming = outgoing, incoming
        self.outgoing_start = outgoing_start
        self.transition = transition
        self._gains = None if outgoing_gains is None else outgoing_gains[:, np.newaxis]

    @property
    def frames(self) -> int:
        """Length of the overlap."""
        return self.transition.overlap_frames

    def read(self, start_frame: int, frames: int) -> Audio:
        """Frames of the overlap from `start_frame` on; fewer only at its end."""
        check_span(start_frame, frames)
        stop = min(start_frame + frames, self.frames)
        count = max(0, stop - start_frame)
        out_weights, in_weights = self._weights
        before = self.outgoing.read(self.outgoing_start + start_frame, count)
        after = self.incoming.read(start_frame, count)
        weighted = before if self._gains is None else before * self._gains
        mixed: Audio = (
            weighted * out_weights[start_frame:stop] + after * in_weights[start_frame:stop]
        ).astype(np.float32)
        return mixed

    @cached_property
    def _weights(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        made, stop = self.transition, self.transition.fade_start + self.transition.fade_frames
        outgoing, incoming = np.zeros(self.frames), np.zeros(self.frames)
        outgoing[: made.fade_start], incoming[stop:] = 1.0, 1.0
        fade = slice(made.fade_start, stop)
        outgoing[fade], incoming[fade] = fade_weights(
            made.fade_frames,
            curve=made.law,
            correlation=made.correlation if made.law == "matched" else None,
        )
        if made.held_gains:
            edges = np.linspace(0, self.frames, len(made.held_gains))
            held = np.interp(np.arange(self.frames) + 0.5, edges, made.held_gains)
            return outgoing * held, incoming * held
        return outgoing, incoming


def overlap_between(
    outgoing: Readable,
    incoming: Readable,
    *,
    crossfade_s: float,
    outgoing_gains: npt.NDArray[np.float64] | None = None,
) -> Overlap | None:
    """Measure the end of one track against the start of the next, and decide how they pass.

    Parameters
    ----------
    outgoing, incoming : Readable
        The tracks. Their lengths must be known.
    crossfade_s : float
        How long they are to overlap; they do so for at most half of either.
    outgoing_gains : ndarray of float, shape (rows,), optional
        See :class:`Overlap`.

    Returns
    -------
    overlap : Overlap or None
        ``None`` where it would be too short to be heard as a crossfade.
    """
    rate_hz = outgoing.rate_hz
    frames = longest_overlap(
        seconds_to_frames(crossfade_s, rate_hz),
        outgoing.total_frames,
        incoming.total_frames,
        least_frames=seconds_to_frames(LEAST_OVERLAP_S, rate_hz),
    )
    if frames == 0:
        return None
    start = outgoing.total_frames - frames
    transition, peak = _measured(outgoing, incoming, start, frames, outgoing_gains)
    plain = Overlap(outgoing, incoming, start, transition, outgoing_gains=outgoing_gains)
    held = hold_peaks(transition, _peaks(plain), max(peak, CEILING))
    if held is transition:
        return plain
    return Overlap(outgoing, incoming, start, held, outgoing_gains=outgoing_gains)


def _peaks(overlap: Overlap) -> list[float]:
    """Largest sample of each of equal steps; a step is as long as that of the gains between."""
    count = round(overlap.frames / (STEP_S * overlap.outgoing.rate_hz))
    count = min(max(LEAST_STEPS, count), overlap.frames)
    edges = [math.floor(overlap.frames * n / count) for n in range(count + 1)]
    return [_peak(overlap.read(a, b + 1 - a)) for a, b in itertools.pairwise(edges)]


def _peak(audio: npt.NDArray[np.floating]) -> float:
    return float(np.abs(audio).max(initial=0.0))


def _measured(
    outgoing: Readable,
    incoming: Readable,
    start: int,
    frames: int,
    outgoing_gains: npt.NDArray[np.float64] | None,
) -> tuple[Transition, float]:
    """Read both sides once, a step at a time; return also the highest peak of either."""
    gains = 1.0 if outgoing_gains is None else outgoing_gains[:, np.newaxis]
    step = max(1, seconds_to_frames(STEP_S, outgoing.rate_hz))
    levels: tuple[list[float], list[float]] = ([], [])
    powers, product, peak = [0.0, 0.0], 0.0, 0.0
    for at in range(0, frames, step):
        count = min(step, frames - at)
        a = outgoing.read(start + at, count) * np.float64(1.0) * gains
        b = incoming.read(at, count).astype(np.float64)
        if a.shape != b.shape or a.shape[1] != count:
            raise ParameterError(f"sides of shapes {a.shape} and {b.shape} cannot be crossfaded")
        product += float(np.sum(a * b))
        peak = max(peak, _peak(a), _peak(b))
        for side, x in enumerate((a, b)):
            power = float(np.sum(x * x))
            powers[side] += power
            levels[side].append(10 * math.log10(power / x.size) if power > 0 else -math.inf)
    scale = math.sqrt(powers[0]) * math.sqrt(powers[1])
    correlation = min(1.0, max(-1.0, product / scale)) if scale > 0 else 0.0
    decided = decide_transition(
        frames,
        step_frames=step,
        outgoing_db=levels[0],
        incoming_db=levels[1],
        correlation=correlation,
    )
    return decided, peak


class Timeline:
    """Tracks of one format one after the other.

    Parameters
    ----------
    tracks : sequence of Readable
        At least one. Not closed here.
    crossfade_s : float
        How long neighbours overlap, 0 to 12; at 0 they join sample by sample.
    gapless : collection of int
        Indexes of tracks before which there is no crossfade, such as the next one of an album.

    Raises
    ------
    ParameterError
        If there is no track, the formats differ, or `crossfade_s` is out of range.

    Examples
    --------
    >>> from auralis_lab.io.array import ArraySource
    >>> track = ArraySource(np.ones((1, 8_000), np.float32), 8_000)
    >>> Timeline([track, track]).total_frames
    16000
    >>> faded = Timeline([track, track], crossfade_s=0.25)
    >>> faded.total_frames, faded.overlaps[1].transition.law
    (14000, 'equal_gain')
    """

    def __init__(
        self,
        tracks: Sequence[Readable],
        *,
        crossfade_s: float = 0.0,
        gapless: Collection[int] = (),
    ) -> None:
        if not tracks:
            raise ParameterError("a timeline needs a track")
        if not 0 <= crossfade_s <= MAX_CROSSFADE_S:
            raise ParameterError(f"crossfade_s={crossfade_s!r} must be from 0 to 12")
        self.rate_hz, self.channels = tracks[0].rate_hz, tracks[0].channels
        if any((t.rate_hz, t.channels) != (self.rate_hz, self.channels) for t in tracks):
            raise ParameterError("the tracks of a timeline must have one format")
        self.tracks = tuple(tracks)
        self.overlaps: tuple[Overlap | None, ...] = (
            None,
            *(
                None
                if index in gapless or not crossfade_s
                else overlap_between(before, after, crossfade_s=crossfade_s)
                for index, (before, after) in enumerate(itertools.pairwise(tracks), 1)
            ),
        )
        self.starts = tuple(itertools.accumulate(map(self._own_frames, range(len(tracks)))))
        self.starts = (0, *self.starts)

    @property
    def total_frames(self) -> int:
        """Length of the whole."""
        return self.starts[-1]

    def read(self, start_frame: int, frames: int) -> Audio:
        """Frames from `start_frame` on; fewer only at the end."""
        check_span(start_frame, frames)
        stop = min(start_frame + frames, self.total_frames)
        pieces = []
        index = max(0, bisect.bisect_right(self.starts, start_frame) - 1)
        while start_frame < stop:
            if self.starts[index + 1] > start_frame:
                at = start_frame - self.starts[index]
                count = min(stop, self.starts[index + 1]) - start_frame
                overlap = self.overlaps[index]
                if overlap is not None and at < overlap.frames:
                    piece = overlap.read(at, min(count, overlap.frames - at))
                else:
                    piece = self.tracks[index].read(at, count)
                pieces.append(piece)
                start_frame += piece.shape[1]
            else:
                index += 1
        if not pieces:
            return self.tracks[0].read(0, 0)
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)

    def _own_frames(self, index: int) -> int:
        """How long track `index` is the one that counts: up to the overlap with the next."""
        following = self.overlaps[index + 1] if index + 1 < len(self.overlaps) else None
        return self.tracks[index].total_frames - (following.frames if following else 0)
