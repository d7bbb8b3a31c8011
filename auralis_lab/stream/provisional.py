"""Listening to a track that was never measured: at once, and better as soon as it has been.

Its head alone gives a provisional plan: balance, width and level, without the dynamics, which need
the whole track. Meanwhile the whole is measured behind, once for everybody who listens in this
process, at low priority, for as long as somebody does.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from auralis_lab.audio import Audio, Readable, seconds_to_frames
from auralis_lab.errors import AuralisLabError
from auralis_lab.plan.enhance import plan
from auralis_lab.plan.model import Plan
from auralis_lab.precedence import behind

if TYPE_CHECKING:
    from auralis_lab.analysis.profile import Profile

__all__ = ["HEAD_S", "Head", "Improvement", "NotWantedError", "Work", "improve", "provisional_plan"]

HEAD_S = 12.0
MAX_RISE_LU = 4.0
"""The head tells little about how loud the rest is, so it lifts no further."""
LINGER_S = 10.0
"""So long a measurement goes on when nobody listens: whoever seeks is back at once."""
RETRY_S = 60.0
NICENESS = 10

Work: TypeAlias = Callable[[Callable[[float], None]], object]
"""Measures and stores; calls its argument with the share that is done as often as it can."""

log = logging.getLogger(__name__)


class Head:
    """The first seconds of a source as a source of its own.

    Parameters
    ----------
    source : Readable
        Where to read. Not closed here, and not asked for its length.
    seconds : float
        How much of it.
    """

    def __init__(self, source: Readable, seconds: float = HEAD_S) -> None:
        self.rate_hz, self.channels = source.rate_hz, source.channels
        self.total_frames = seconds_to_frames(seconds, source.rate_hz)
        self._source = source

    def read(self, start_frame: int, frames: int) -> Audio:
        """Frames of the head; fewer only at its end."""
        return self._source.read(start_frame, max(0, min(frames, self.total_frames - start_frame)))


def provisional_plan(profile: Profile, preset: str, *, intensity: float) -> Plan:
    """Decide from what is known before the whole track is measured.

    Parameters
    ----------
    profile : Profile
        Of the head, or of the whole track without its band envelopes.
    preset, intensity
        As for :func:`auralis_lab.plan.enhance.plan`.

    Returns
    -------
    plan : Plan
        Without dynamics, and about 4 LU louder than the source at most.
    """
    known = replace(profile, envelopes=None)
    decided = replace(plan(known, preset, intensity=intensity), made_for=None)
    measured, expected = profile.loudness.integrated_lufs, decided.predicted.integrated_lufs
    if measured is None or expected is None or expected <= measured + MAX_RISE_LU:
        return decided
    target_lufs = min(0.0, max(-60.0, measured + MAX_RISE_LU))
    softer = plan(known, preset, intensity=intensity, target_lufs=target_lufs)
    return replace(softer, made_for=None)


class NotWantedError(AuralisLabError):
    """Nobody waits for this measurement any more."""


class Improvement:
    """One listener's wait for a measurement that goes on behind."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._callback: Callable[[], None] | None = None

    def on_better(self, callback: Callable[[], None]) -> None:
        """Have `callback` called once, at once if the measurement is done already."""
        with self._lock:
            self._callback = callback
        if self._run.is_done(self):
            self.tell()

    def tell(self) -> None:
        """Call back, unless that was done or the listener has left."""
        with self._lock:
            callback, self._callback = self._callback, None
        if callback is not None:
            try:
                callback()
            except Exception:
                log.exception("a listener could not be told of a better plan")

    def leave(self) -> None:
        """Wait no longer; once is enough, more does no harm."""
        with self._lock:
            self._callback = None
        self._run.leave(self)


class _Run:
    """A measurement, and those who wait for it."""

    def __init__(self, key: str, work: Work) -> None:
        self.key = key
        self.ended_s: float | None = None
        self._work = work
        self._lock = threading.Lock()
        self._waiting: set[Improvement] = set()
        self._told: set[Improvement] = set()
        self._late = False
        self._left_s = time.monotonic()
        self._done = False
        self._thread = threading.Thread(target=self._measure, name="auralis-measure-behind")

    def start(self) -> None:
        """Begin, when its turn comes."""
        self._thread.start()

    def enter(self, improvement: Improvement) -> None:
        """Count somebody in.

        One who comes when it is just done is told, once; if that goes on, what was found could not
        be kept, and there is nothing better to be had.
        """
        with self._lock:
            if not self._done:
                self._waiting.add(improvement)
            elif not self._late:
                self._late = True
                self._told.add(improvement)

    def is_done(self, improvement: Improvement) -> bool:
        """Whether it is done, for somebody who was counted in."""
        with self._lock:
            return improvement in self._told

    def leave(self, improvement: Improvement) -> None:
        """Count somebody out."""
        with self._lock:
            self._waiting.discard(improvement)
            self._told.discard(improvement)
            self._left_s = time.monotonic()

    @property
    def wanted(self) -> bool:
        """Whether somebody waits or did so a moment ago, and the interpreter goes on."""
        with self._lock:
            lingers = time.monotonic() - self._left_s < LINGER_S
            return threading.main_thread().is_alive() and bool(self._waiting or lingers)

    def _measure(self) -> None:
        with contextlib.suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
        try:
            while not _turn.acquire(timeout=0.5):
                self._go_on(0.0)
            try:
                with behind():
                    self._work(self._go_on)
            finally:
                _turn.release()
        except NotWantedError:
            with _registry_lock:
                _registry.pop(self.key, None)
            return
        except Exception:
            log.exception("a track could not be measured while it was listened to")
            self.ended_s = time.monotonic()
            return
        self.ended_s = time.monotonic()
        with self._lock:
            self._done = True
            waiting, self._waiting = list(self._waiting), set()
            self._told.update(waiting)
        for improvement in waiting:
            improvement.tell()

    def _go_on(self, _share: float) -> None:
        """Leave if nobody waits; else let others have the interpreter."""
        if not self.wanted:
            raise NotWantedError("nobody listens any more")
        time.sleep(0)


def improve(key: str, work: Work) -> Improvement:
    """Have a track measured behind, and wait for it.

    Parameters
    ----------
    key : str
        Of the track's content. There is one measurement for a key at a time, and none within a
        minute after one has ended: if what it found could not be kept, another would not help.
    work : callable
        Measures and stores.

    Returns
    -------
    improvement : Improvement
        To be left when the listener goes.
    """
    with _registry_lock:
        now_s = time.monotonic()
        for old in [k for k, run in _registry.items() if _is_over(run, now_s)]:
            del _registry[old]
        run = _registry.get(key)
        fresh = run is None
        if run is None:
            run = _registry[key] = _Run(key, work)
        improvement = Improvement(run)
        run.enter(improvement)
    if fresh:
        run.start()
    return improvement


def _is_over(run: _Run, now_s: float) -> bool:
    return run.ended_s is not None and now_s - run.ended_s > RETRY_S


_registry: dict[str, _Run] = {}
_registry_lock = threading.Lock()
_turn = threading.Semaphore(1)
