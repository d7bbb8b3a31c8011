"""How good the joins of a rendered track are, measured on the samples that come out.

Each measure of a join is ranked against the same measure at random places of the same track that
are no joins: music is full of steps and bursts of its own, and a seam is audible when it stands
out from them.

Conventions: a join at frame ``f`` lies between frames ``f - 1`` and ``f``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from auralis_lab.audio import Audio, Readable, seconds_to_frames
from auralis_lab.dsp.k_weighting import k_weighting_db
from auralis_lab.errors import ParameterError
from auralis_lab.plan.table import counted
from auralis_lab.render.joins import JoinRecord

__all__ = ["MEASURES", "JoinMeasure", "SeamReport", "seam_report", "seam_statistics"]

MEASURES = ("sample_step_db", "slope_step_db", "high_band_burst_db", "loudness_step_lu")
CLICK_MEASURES, LOUDNESS = MEASURES[:3], MEASURES[3]
REFERENCES = 400
SIDE_S = 0.4  # what lies on each side of a join for the loudness step
NEAR_S = 0.025  # surroundings that a step or a burst is held against
KEEP_AWAY_S = 0.05  # references stay this far from every join
AUDIBLE_DB = 6.0  # above the largest reference; above it at all is suspect
AUDIBLE_LU = 2.0  # the same for loudness
SIDES_DB = (1.0, 2.9)  # from where a change of level that the join makes is suspect, and audible
FEWEST_REFERENCES = 20
RELATED = 0.5  # correlation below which two renderings of a passage are not the same music

Verdict = Literal["clean", "suspect", "audible"]


@dataclass(frozen=True)
class JoinMeasure:
    """One join.

    Attributes
    ----------
    frame : int
        Where it is.
    values : dict of str to float
        ``sample_step_db``: difference from the frame before to the frame after, over the rms of
        such differences within 25 ms. ``slope_step_db``: change of that difference from one frame
        to the next, likewise. ``high_band_burst_db``: energy of the fourth difference at the join
        over its median within 25 ms. ``loudness_step_lu``: K-weighted level of the 0.4 s after over
        the 0.4 s before, as a magnitude; at a fade the difference in level of its two sides, which
        is what the join does, whatever the music does there.
    ranks : dict of str to float
        Share of reference places with a value as large or smaller, 0..1.
    verdict : {'clean', 'suspect', 'audible'}
        Clean: no step or burst above the largest reference. Audible: a step of the signal or a
        burst by more than 6 dB, or a step of loudness by more than 2 LU. Both sides of an overlap
        are renderings of one passage, so whatever the music does there, it is suspect where their
        levels differ by 1 dB, or half way the fade is that far from both; from 2.9 dB on it is
        audible. Where they correlate below 0.5 it is suspect at the least: they are not the same
        sound.
    join : JoinRecord or None
        How it was made, where that is known.
    reasons : tuple of str
        Why it is not clean.
    """

    frame: int
    values: dict[str, float]
    ranks: dict[str, float]
    verdict: Verdict
    join: JoinRecord | None = None
    reasons: tuple[str, ...] = ()

    @property
    def rank(self) -> float:
        """Highest of the ranks: the share of ordinary places that are no worse in any way."""
        return max(self.ranks.values())

    def __str__(self) -> str:
        made = f"frame {self.frame}" if self.join is None else str(self.join)
        why = f" ({'; '.join(self.reasons)})" if self.reasons else ""
        return f"{made}: {self.verdict}, rank {self.rank:.3f}{why}"


@dataclass(frozen=True)
class SeamReport:
    """All joins of one rendering.

    Attributes
    ----------
    name : str
        What was rendered and how it was joined.
    joins : tuple of JoinMeasure
        In order of time; two that lie at one frame are both there.
    references : dict of str to tuple of float
        The measures at places that are no joins, sorted.
    """

    name: str
    joins: tuple[JoinMeasure, ...]
    references: dict[str, tuple[float, ...]]

    def count(self, verdict: Verdict) -> int:
        """How many joins have that verdict."""
        return sum(join.verdict == verdict for join in self.joins)

    @property
    def head(self) -> str:
        """Name, and how many joins there are of each verdict."""
        if not self.joins:
            return f"{self.name}: no joins"
        verdicts = ", ".join(f"{self.count(v)} {v}" for v in ("clean", "suspect", "audible"))
        return f"{self.name}: {counted(len(self.joins), 'join')}, {verdicts}"

    def __repr__(self) -> str:
        return f"<SeamReport {self.head}>"

    def __str__(self) -> str:
        if not self.joins:
            return f"{self.head}; no stage works in chunks, or one chunk holds the track"
        return "\n".join(
            [self.head, *(f"- {join}" for join in self.joins if join.join is not None)]
        )


def seam_report(
    rendered: Readable, joins: Sequence[int | JoinRecord], *, name: str, seed: int = 440
) -> SeamReport:
    """Measure every join of a rendering and rank it among places that are none.

    Parameters
    ----------
    rendered : Readable
        What came out.
    joins : sequence of int or JoinRecord
        First frames after each join, inside the track; or how each was made, as
        :attr:`auralis_lab.render.chunks.ChunkedRenderer.joins` lists it.
    name : str
        Title of the report.
    seed : int
        For the choice of reference places.

    Returns
    -------
    report : SeamReport

    Raises
    ------
    ParameterError
        If a join does not lie inside the track, or the track is too short to have other places.
    """
    total, rate = rendered.total_frames, rendered.rate_hz
    records = [
        (join.frame, join) if isinstance(join, JoinRecord) else (join, None) for join in joins
    ]
    ordered = sorted(records, key=lambda pair: pair[0])
    frames = [frame for frame, _ in ordered]
    if frames and not 0 < frames[0] <= frames[-1] < total:
        raise ParameterError(f"joins {frames[0]}..{frames[-1]} must lie inside 1..{total - 1}")
    places = _reference_places(total, rate, frames, seed)
    if frames and places.size == 0:
        raise ParameterError(f"track of {total} frames is too short to compare its joins")
    at_joins = [_at_join(rendered, frame, record) for frame, record in ordered]
    elsewhere = [seam_statistics(rendered, int(frame)) for frame in places]
    references = {key: np.sort([values[key] for values in elsewhere]) for key in CLICK_MEASURES}
    quiet = _away_from_fades(places, ordered, rate)
    loudness = [values[LOUDNESS] for values, away in zip(elsewhere, quiet, strict=True) if away]
    references[LOUDNESS] = np.sort(loudness)
    return SeamReport(
        name=name,
        joins=tuple(
            _ranked(frame, values, references, record)
            for (frame, record), values in zip(ordered, at_joins, strict=True)
        ),
        references={key: tuple(float(v) for v in row) for key, row in references.items()},
    )


def seam_statistics(rendered: Readable, frame: int) -> dict[str, float]:
    """All measures at one place, join or not; keys are :data:`MEASURES`."""
    side = seconds_to_frames(SIDE_S, rendered.rate_hz)
    start = max(0, frame - side)
    audio = rendered.read(start, frame + side - start)
    at = frame - start
    level = _level_db(audio[:, at:], rendered.rate_hz) - _level_db(audio[:, :at], rendered.rate_hz)
    near = seconds_to_frames(NEAR_S, rendered.rate_hz)
    close = audio[:, max(0, at - near) : at + near].astype(np.float64)
    at = min(at, near)
    return {
        "sample_step_db": _prominence_db(close, at, order=1),
        "slope_step_db": _prominence_db(close, at, order=2),
        "high_band_burst_db": _prominence_db(close, at, order=4),
        "loudness_step_lu": abs(level),
    }


def _at_join(rendered: Readable, frame: int, join: JoinRecord | None) -> dict[str, float]:
    values = seam_statistics(rendered, frame)
    if join is not None and join.fade_frames and join.level_db is not None:
        values[LOUDNESS] = abs(join.level_db)
    return values


def _prominence_db(audio: npt.NDArray[np.float64], at: int, *, order: int) -> float:
    """Largest energy of a difference across `at` over what is usual around it, in decibels."""
    energy = (np.diff(audio, order, axis=1) ** 2).sum(axis=0)
    # Value i spans frames i..i + order; it straddles the join if i < at <= i + order.
    across = energy[max(0, at - order) : at]
    if across.size == 0:
        return 0.0
    usual = float(np.median(energy) if order == 4 else np.mean(energy))
    floor = 1e-14  # far under one step of 24 bits
    return float(10 * np.log10((across.max() + floor) / (usual + floor)))


def _level_db(audio: Audio, rate_hz: int) -> float:
    """K-weighted mean square in decibels; -120 for silence."""
    if audio.shape[1] == 0:
        return -120.0
    spectrum = np.abs(np.fft.rfft(audio.astype(np.float64), axis=1)) ** 2
    power = 2 * float((spectrum * _k_weights(audio.shape[1], rate_hz)).sum()) / audio.shape[1] ** 2
    return float(10 * np.log10(power + 1e-12))


@lru_cache(maxsize=8)
def _k_weights(frames: int, rate_hz: int) -> npt.NDArray[np.float64]:
    """Power gain of the K-weighting at each bin of a transform; the mean is left out."""
    frequencies = np.arange(1, frames // 2 + 1) * rate_hz / frames
    return np.append(0.0, 10 ** (k_weighting_db(frequencies, rate_hz) / 10))


def _reference_places(
    total: int, rate: int, joins: Sequence[int], seed: int
) -> npt.NDArray[np.int64]:
    away = seconds_to_frames(KEEP_AWAY_S, rate)
    if total <= 2 * away:
        return np.zeros(0, np.int64)
    drawn = np.random.default_rng(seed).integers(away, total - away, 2 * REFERENCES)
    if joins:
        distance = np.abs(drawn[:, None] - np.asarray(joins)[None, :]).min(axis=1)
        drawn = drawn[distance >= away]
    return np.sort(drawn[:REFERENCES])


def _away_from_fades(
    places: npt.NDArray[np.int64], joins: Sequence[tuple[int, JoinRecord | None]], rate: int
) -> npt.NDArray[np.bool_]:
    """Which places have no part of a join in what their loudness is measured on."""
    side = seconds_to_frames(SIDE_S, rate)
    away = np.ones(places.size, np.bool_)
    for frame, record in joins:
        stop = frame + (0 if record is None else record.fade_frames)
        away &= (places < frame - side) | (places >= stop + side)
    return away if np.count_nonzero(away) >= FEWEST_REFERENCES else np.ones_like(away)


def _ranked(
    frame: int,
    values: dict[str, float],
    references: dict[str, npt.NDArray[np.float64]],
    join: JoinRecord | None,
) -> JoinMeasure:
    ranks = {
        key: float(np.searchsorted(row, values[key], side="right") / row.size)
        for key, row in references.items()
    }
    excess = {key: values[key] - float(row[-1]) for key, row in references.items()}
    reasons = [
        f"{key.rsplit('_', 1)[0].replace('_', ' ')} {over:.1f} {'LU' if key == LOUDNESS else 'dB'}"
        " above any other place"
        for key, over in excess.items()
        if over > 0
    ]
    if join is not None and _unrelated(join):
        reasons.append(f"the two sides are unlike, with a correlation of {_rounded(join):.2f}")
    changes = {} if join is None else _changes(join)
    reasons.extend(changes)
    verdict: Verdict = "suspect" if reasons else "clean"
    if any(excess[key] > AUDIBLE_DB for key in CLICK_MEASURES) or excess[LOUDNESS] > AUDIBLE_LU:
        verdict = "audible"
    if any(change >= SIDES_DB[1] for change in changes.values()):
        verdict = "audible"
    return JoinMeasure(frame, values, ranks, verdict, join, tuple(reasons))


def _changes(join: JoinRecord) -> dict[str, float]:
    """By how many decibels a join changes the level, in words, where that is enough to hear."""
    level, middle = abs(join.level_db or 0.0), join.middle_db or 0.0
    where = "over" if middle > 0 else "under"
    found = {
        f"its sides differ in level by {level:.1f} dB": level,
        f"half way the fade is {abs(middle):.1f} dB {where} its sides": abs(middle),
    }
    return {words: change for words, change in found.items() if change >= SIDES_DB[0]}


def _rounded(join: JoinRecord) -> float:
    return round(join.correlation or 0.0, 2) + 0.0


def _unrelated(join: JoinRecord) -> bool:
    """Whether both sides sound, and are not two renderings of the same."""
    return join.level_db is not None and (join.correlation or 0.0) < RELATED
