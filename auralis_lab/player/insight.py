"""What is loaded, and what the enhancement does to it: two panels beside a player.

Conventions: a panel has one trait for all it shows, replaced as a whole, so that it is never half
updated. Levels are in dB, LUFS or dBTP; ``None`` where nothing could be measured.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import anywidget
import numpy as np
import numpy.typing as npt
import traitlets

from auralis_lab.player.assets import module_text, style_text
from auralis_lab.player.playable import Playable
from auralis_lab.view.target import laid_target

if TYPE_CHECKING:
    from auralis_lab.analysis.profile import Profile
    from auralis_lab.analysis.spectrum import Ltas
    from auralis_lab.plan.model import Plan

__all__ = [
    "DashboardTrack",
    "Insight",
    "NowPlaying",
    "facts",
    "insight_content",
    "measured_content",
]

EQ_POINTS = 120

Row: TypeAlias = npt.NDArray[np.float64]

_STYLE = style_text("theme.css", "dashboard.css", "why.css")


class DashboardTrack(Playable, Protocol):
    """A track that can be listed, played, measured and planned for."""

    @property
    def album_id(self) -> int | None:
        """Number of its album."""

    @property
    def profile(self) -> Profile:
        """What was measured; measures when that is missing, which takes a while."""

    def plan(self, preset: str = "adaptive", *, intensity: float = 1.0) -> Plan:
        """Decide what to do to it."""

    def spectra(self, plan: Plan) -> tuple[Ltas, Ltas]:
        """Before, and as predicted after the plan."""


class NowPlaying(anywidget.AnyWidget):  # type: ignore[misc]
    """Picture, names and facts of the loaded track."""

    _esm = module_text("cover.js", "now.js")
    _css = _STYLE

    shown = traitlets.Dict().tag(sync=True)
    artwork = traitlets.Bytes(b"").tag(sync=True)

    def show(self, track: DashboardTrack | None) -> None:
        """Show another track, or none; its picture follows by setting `artwork`."""
        self.artwork = b""
        self.shown = {} if track is None else _names(track)


class Insight(anywidget.AnyWidget):  # type: ignore[misc]
    """Spectrum, loudness and reasons, before and after.

    Parameters
    ----------
    invitation : str
        What stands there while nothing is loaded.
    only_spectrum : bool
        Leave loudness and reasons out.

    Attributes
    ----------
    shown : dict
        Everything that it shows, replaced as a whole.
    enhanced : bool
        Whether the enhancement is heard; what it does is shown faded while it is not.
    """

    _esm = module_text("marks.js", "spectrum.js", "why.js", "insight.js")
    _css = _STYLE

    shown = traitlets.Dict().tag(sync=True)
    enhanced = traitlets.Bool(True).tag(sync=True)
    only_spectrum = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        invitation: str = "Choose a track to see what would be done to it, and why.",
        *,
        only_spectrum: bool = False,
    ) -> None:
        self._empty = _content("empty", invitation)
        super().__init__(shown=self._empty, only_spectrum=only_spectrum)

    def clear(self) -> None:
        """Show that nothing is loaded."""
        self.shown = self._empty

    def measuring(self) -> None:
        """Say that a profile is being measured; what was shown stays, faded."""
        self.shown = _content("measuring", "Measuring the track …")

    def fail(self, message: str) -> None:
        """Show one sentence in place of everything."""
        self.shown = _content("failed", message)

    def show(self, content: dict[str, Any]) -> None:
        """Show what :func:`insight_content` made."""
        self.shown = content


def insight_content(profile: Profile, plan: Plan, before: Ltas, after: Ltas) -> dict[str, Any]:
    """Put everything that the panel shows into one value that JSON can carry.

    Parameters
    ----------
    profile : Profile
        Of the track as it is.
    plan : Plan
        What is to be done.
    before, after : Ltas
        Long-term spectra; `after` is a prediction.

    Returns
    -------
    content : dict
        ``state``, ``message``, ``spectra``, ``levels``, ``facts`` and ``decisions``; see
        ``insight.js``.
    """
    loudness, predicted = profile.loudness, plan.predicted
    levels = [
        _level(
            "Integrated loudness",
            "LUFS",
            loudness.integrated_lufs,
            predicted.integrated_lufs,
            plan.target_lufs,
        ),
        _level(
            "True peak",
            "dBTP",
            loudness.true_peak_dbtp,
            predicted.true_peak_dbtp,
            plan.limiter.ceiling_dbtp,
        ),
    ]
    content = _content("ready", "")
    content["spectra"] = _spectra(before, after, plan)
    content["levels"] = levels
    content["facts"] = [
        _fact("Original", "Loudness range", loudness.lra_lu, "LU"),
        _fact("Original", "Loudest 3 seconds", loudness.max_short_term_lufs, "LUFS"),
        _fact("Original", "Peak to loudness", loudness.plr_db, "dB"),
        _fact("Enhancement", "Gain", plan.gain_db, "dB", sign=True),
        _fact("Enhancement", "Taken by the limiter", predicted.limiter_loss_lu, "LU"),
    ]
    content["decisions"] = [
        {
            "topic": decision.topic,
            "measured": decision.measured,
            "target": decision.target,
            "amount": decision.amount,
            "sentence": decision.sentence,
            "limit": decision.limit,
        }
        for decision in plan.decisions
    ]
    return content


def measured_content(profile: Profile) -> dict[str, Any]:
    """Put the spectrum of a track as it is, and the target, into a value of the same shape.

    Parameters
    ----------
    profile : Profile
        Of the track.

    Returns
    -------
    content : dict
        As of :func:`insight_content`, with ``spectra`` alone, and nothing after in it.
    """
    content = _content("ready", "")
    before = profile.ltas
    if before.centres_hz:
        content["spectra"] = _measured(before, laid_target(before))
    else:
        content |= _content("failed", "The track is too short or too quiet to have a spectrum.")
    return content


def facts(track: DashboardTrack) -> list[str]:
    """Short facts about a file.

    Returns
    -------
    facts : list of str
        Such as ``['FLAC', '44.1 kHz', '16 bit', 'stereo', '3:05']``.
    """
    found = [track.format, f"{track.rate_hz / 1000:g} kHz"]
    bits = getattr(track, "bits_per_sample", None)
    if bits:
        found.append(f"{bits} bit")
    found.append({1: "mono", 2: "stereo"}.get(track.channels, f"{track.channels} channels"))
    if track.duration_s is not None:
        minutes, seconds = divmod(int(track.duration_s), 60)  # as clocks count
        hours, minutes = divmod(minutes, 60)
        found.append(f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}")
    return found


def _names(track: DashboardTrack) -> dict[str, Any]:
    return {
        "id": track.id,
        "title": track.title,
        "artist": track.artist,
        "album": track.album,
        "facts": facts(track),
    }


def _content(state: str, message: str) -> dict[str, Any]:
    return {
        "state": state,
        "message": message,
        "spectra": None,
        "levels": [],
        "facts": [],
        "decisions": [],
    }


def _spectra(before: Ltas, after: Ltas, plan: Plan) -> dict[str, Any] | None:
    if not before.centres_hz:
        return None
    low, high = before.centres_hz[0] / 1.2, before.centres_hz[-1] * 1.2
    eq_hz = np.geomspace(low, high, EQ_POINTS)
    eq_db = (
        np.interp(np.log(eq_hz), np.log(plan.eq.frequencies_hz), plan.eq.gains_db)
        if plan.eq.frequencies_hz
        else np.zeros(EQ_POINTS)
    )
    laid, laid_after = laid_target(before), laid_target(after)
    # Decisions compare balances: the target is laid on a spectrum at its own level.
    lift_db = 0.0 if laid is None or laid_after is None else float((laid_after[0] - laid[0])[0])
    return _measured(before, None if plan.reference else laid) | {
        "after_db": _rounded([None if v is None else v - lift_db for v in after.levels_db]),
        "lift_db": round(lift_db, 2),
        "eq_hz": [round(float(hz), 2) for hz in eq_hz],
        "eq_db": [round(float(db), 3) for db in eq_db],
    }


def _measured(before: Ltas, target: tuple[Row, Row] | None) -> dict[str, Any]:
    return {
        "centres_hz": [round(hz, 3) for hz in before.centres_hz],
        "before_db": _rounded(before.levels_db),
        "after_db": [],
        "lift_db": 0.0,
        "target_db": [] if target is None else [_rounded(edge.tolist()) for edge in target],
        "eq_hz": [],
        "eq_db": [],
    }


def _level(
    name: str, unit: str, before: float | None, after: float | None, target: float | None
) -> dict[str, Any]:
    known = _rounded([before, after, target])
    return {"name": name, "unit": unit, "before": known[0], "after": known[1], "target": known[2]}


def _rounded(values: Sequence[float | None]) -> list[float | None]:
    return [None if v is None or not math.isfinite(v) else round(float(v), 2) for v in values]


def _fact(
    group: str, name: str, value: float | None, unit: str, *, sign: bool = False
) -> dict[str, str]:
    text = "–"
    if value is not None and math.isfinite(value):
        text = f"{round(value, 1) + 0.0:{'+' if sign else ''}.1f} {unit}".replace("-", "−")
    return {"group": group, "name": name, "text": text}
