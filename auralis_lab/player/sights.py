"""See what you hear: waveform, live spectrum, meters and health beside a player.

Conventions: positions are frames of the track, levels are in dB, LUFS or dBTP. Outlines travel as
three 16-bit integers a bin in steps of 1/16,384 of full scale, gains as 16-bit integers in
hundredths of a decibel, band by band.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import seconds_to_frames
from auralis_lab.player.assets import module_text, style_text
from auralis_lab.player.sight import (
    Answer,
    GainsAsked,
    HealthAsked,
    PeaksAsked,
    Question,
    ReductionAsked,
    Sight,
)
from auralis_lab.stream.stats import rendering_stats

if TYPE_CHECKING:
    from auralis_lab.plan.model import BandDynamics, Plan
    from auralis_lab.player.playable import Playable
    from auralis_lab.player.widget import Player
    from auralis_lab.render.seams import JoinMeasure, SeamReport

__all__ = [
    "Health", "Joined", "Limited", "LiveSpectrum", "Meters", "Outlined", "Sights", "WaveformView",
]  # fmt: skip

_STYLE = style_text("theme.css", "sights.css")
REDUCTION_RATE_HZ = 100


@runtime_checkable
class Outlined(Protocol):
    """A track whose outline can be had at any magnification."""

    def peaks(self, start_frame: int, frames_per_bin: int, bins: int) -> npt.NDArray[np.int16]:
        """Shape (up to bins, 3); see :meth:`auralis_lab.track.Track.peaks`."""


@runtime_checkable
class Limited(Protocol):
    """A track that tells what the limiter of a plan does to it."""

    @property
    def rate_hz(self) -> int:
        """Sample rate."""

    def limiter_gain(self, plan: Plan, start_frame: int, frames: int) -> npt.NDArray[np.float32]:
        """Linear gain of each frame; see :meth:`auralis_lab.track.Track.limiter_gain`."""


@runtime_checkable
class Joined(Protocol):
    """A track that went through a black box chunk by chunk, and was joined."""

    def join_report(self) -> SeamReport:
        """How good each join is; may take a while."""


class WaveformView(Sight):
    """The whole track, and a stretch of it that follows the sound, with chunks and joins."""

    _esm = module_text(
        "engines.js", "frames.js", "surface.js", "viewport.js", "tiles.js", "seams.js",
        "strip.js", "minimap.js", "zoom_hand.js", "zoom.js", "zoom_view.js",
    )  # fmt: skip
    _css = _STYLE

    def __init__(self, player: Player) -> None:
        super().__init__(player)
        self._track: Playable | None = None

    def load(self, track: Playable | None) -> None:
        """Show another track, or none."""
        self._track = track
        self.shown = {} if track is None else _track_facts(track)

    def measured(self, track: Playable) -> None:
        """Add what is known once the track was measured: its true length, chunks and joins."""
        grid = track.chunk_grid()
        facts = {
            "total_frames": grid.total_frames,
            "chunk_frames": grid.chunk_frames,
            "interval_frames": grid.interval_frames,
            "joins": _joins(track.join_report()) if isinstance(track, Joined) else [],
        }
        if track is self._track:
            self.shown = _track_facts(track) | facts

    def answer(self, question: Question) -> Answer | None:
        """Outline of a stretch of the loaded track."""
        track: object = self._track
        if not isinstance(question, PeaksAsked) or not isinstance(track, Outlined):
            return None
        if question.track != self.shown.get("track"):
            return None
        if question.frames_per_bin & (question.frames_per_bin - 1):
            return None
        start = question.start_frame - question.start_frame % question.frames_per_bin
        outline = track.peaks(start, question.frames_per_bin, question.bins)
        facts = {
            "track": question.track,
            "start_frame": start,
            "frames_per_bin": question.frames_per_bin,
            "bins": len(outline),
        }
        return facts, outline.astype("<i2", copy=False).tobytes()


class LiveSpectrum(Sight):
    """Spectrum and spectrogram of what is heard; all of it is the page's own."""

    _esm = module_text(
        "engines.js", "frames.js", "surface.js", "frequency.js", "spectrogram.js", "live.js",
        "live_view.js",
    )  # fmt: skip
    _css = _STYLE


class Meters(Sight):
    """Loudness, true peak, correlation, and what limiter and bands do right now."""

    _esm = module_text(
        "engines.js", "frames.js", "scales.js", "gains.js", "reduction.js", "meters.js",
        "meters_view.js",
    )  # fmt: skip
    _css = _STYLE

    def __init__(self, player: Player) -> None:
        super().__init__(player)
        self._plan: Plan | None = None
        self._track: object = None

    def load(self) -> None:
        """Forget the plan: another track comes."""
        self._plan, self._track, self.shown = None, None, {}

    def explain(self, plan: Plan, track: object = None) -> None:
        """Show what a plan aims at; with the track, also what its limiter does."""
        self._plan, self._track = plan, track
        dynamics = plan.dynamics
        self.shown = {
            "plan": plan.hash,
            "target_lufs": plan.target_lufs,
            "ceiling_dbtp": plan.limiter.ceiling_dbtp,
            "limiter_loss_lu": round(plan.predicted.limiter_loss_lu, 2),
            "bands": [] if dynamics is None else _band_names(dynamics),
            "points": 0 if dynamics is None else dynamics.points,
            "control_rate_hz": 1.0 if dynamics is None else dynamics.control_rate_hz,
            "reduction_rate_hz": REDUCTION_RATE_HZ,
            "limits": isinstance(track, Limited) and not plan.is_bypass,
        }

    def answer(self, question: Question) -> Answer | None:
        """Gains of all bands, or of the limiter, from a point on."""
        plan, track = self._plan, self._track
        if not isinstance(question, (GainsAsked, ReductionAsked)):
            return None
        if plan is None or plan.hash != question.plan:
            return None
        facts: dict[str, Any] = {"plan": plan.hash, "first_point": question.first_point}
        if isinstance(question, ReductionAsked):
            if not isinstance(track, Limited):
                return None
            low = _lowest_gains_db(track, plan, question)
            return facts | {"points": low.size}, low.tobytes()
        dynamics = plan.dynamics
        if dynamics is None:
            return None
        steps = np.frombuffer(dynamics.packed, "<i2").reshape(dynamics.bands, dynamics.points)
        part = steps[:, question.first_point : question.first_point + question.points]
        return facts | {"points": part.shape[1]}, np.ascontiguousarray(part).tobytes()


class Health(Sight):
    """How playing and rendering are doing."""

    _esm = module_text("engines.js", "frames.js", "scales.js", "health.js", "health_view.js")
    _css = _STYLE

    def answer(self, question: Question) -> Answer | None:
        """Counts of this kernel's cache of rendered blocks, and how fast blocks are made."""
        if not isinstance(question, HealthAsked):
            return None
        stats = rendering_stats()
        hits = stats.hits_memory + stats.hits_disk + stats.hits_shared
        per_s = 1e9 * stats.rendered_frames / stats.rendering_ns if stats.rendering_ns else None
        facts = {
            "hits": hits,
            "misses": stats.misses,
            "memory_bytes": stats.memory_bytes,
            "disk_errors": stats.disk_errors,
            "rendered_frames_per_s": per_s,
        }
        return facts, b""


class Sights:
    """All panels of one player.

    Parameters
    ----------
    player : Player
        Whose sound they follow.

    Attributes
    ----------
    waveform : WaveformView
    live : LiveSpectrum
    meters : Meters
    health : Health
    """

    def __init__(self, player: Player) -> None:
        self.waveform = WaveformView(player)
        self.live = LiveSpectrum(player)
        self.meters = Meters(player)
        self.health = Health(player)

    def load(self, track: Playable | None) -> None:
        """Take up another track, or none; quick."""
        self.waveform.load(track)
        self.meters.load()

    def explain(self, track: Playable, plan: Plan) -> None:
        """Show what is known once a track was measured and planned for; off the main thread."""
        self.meters.explain(plan, track)
        self.waveform.measured(track)

    def close(self) -> None:
        """Take all of them off the page."""
        for panel in (self.waveform, self.live, self.meters, self.health):
            panel.close()


def _track_facts(track: Playable) -> dict[str, Any]:
    duration_s = track.duration_s
    return {
        "track": track.id,
        "rate_hz": track.rate_hz,
        "total_frames": 0 if duration_s is None else seconds_to_frames(duration_s, track.rate_hz),
        "outlined": isinstance(track, Outlined),
        "joins": None,
    }


def _joins(report: SeamReport) -> list[dict[str, Any]]:
    return [
        {"frame": join.frame, "verdict": join.verdict, "words": _join_words(join)}
        for join in report.joins
    ]


def _join_words(join: JoinMeasure) -> str:
    """What stands out most at a join, and how it was made."""
    name, rank = max(join.ranks.items(), key=lambda item: item[1], default=("", 0.0))
    words = [] if join.join is None else [join.join.law.replace("_", " ")]
    if name:
        measure = name.rpartition("_")[0].replace("_", " ")
        words.append(f"{measure} above {100 * rank:.0f} % of other places")
    return ", ".join(words)


def _lowest_gains_db(track: Limited, plan: Plan, asked: ReductionAsked) -> npt.NDArray[np.int16]:
    """Deepest reduction of the limiter in each hundredth of a second, in hundredths of a dB."""
    points = np.arange(asked.points + 1) + asked.first_point
    edges = points * track.rate_hz // REDUCTION_RATE_HZ
    first = int(edges[0])
    gain = track.limiter_gain(plan, first, int(edges[-1]) - first)
    starts = edges[:-1] - first
    starts = starts[starts < gain.size]
    if not starts.size:
        return np.zeros(0, "<i2")
    lowest = np.minimum.reduceat(gain, starts)
    low_db: npt.NDArray[np.int16] = np.rint(2_000 * np.log10(np.maximum(lowest, 1e-6))).astype(
        "<i2"
    )
    return low_db


def _band_names(dynamics: BandDynamics) -> list[str]:
    edges = [_hertz(hz) for hz in dynamics.crossovers_hz]
    if not edges:
        return ["all"]
    between = [f"{low}–{high}" for low, high in itertools.pairwise(edges)]
    return [f"<{edges[0]}", *between, f">{edges[-1]}"]


def _hertz(hz: float) -> str:
    return f"{hz / 1000:.3g}k" if hz >= 1000 else f"{hz:.3g}"
