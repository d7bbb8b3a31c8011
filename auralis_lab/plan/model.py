"""What a plan is: values only, frozen, serialisable, hashable.

Gains are in decibels, loudness in LUFS, true peak in dBTP, times in milliseconds.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from auralis_lab.errors import ParameterError
from auralis_lab.plan.automation import BandDynamics, BandWidth
from auralis_lab.plan.table import text_table

if TYPE_CHECKING:
    from auralis_lab.analysis.spectrum import Ltas

__all__ = [
    "PLAN_VERSION",
    "BandDynamics",
    "BandWidth",
    "Decision",
    "EqCurve",
    "LimiterSettings",
    "MadeFor",
    "Plan",
    "Prediction",
    "signed",
]

PLAN_VERSION = 3


@dataclass(frozen=True)
class EqCurve:
    """Gain over frequency, linear in decibels over the logarithm of frequency between points.

    Attributes
    ----------
    frequencies_hz, gains_db : tuple of float, same length
        Frequencies rise. Outside the ends the curve stays level.
    """

    frequencies_hz: tuple[float, ...]
    gains_db: tuple[float, ...]

    @property
    def is_flat(self) -> bool:
        """Whether it changes nothing."""
        return not any(self.gains_db)


@dataclass(frozen=True)
class LimiterSettings:
    """How the true peak is held.

    Attributes
    ----------
    ceiling_dbtp : float
        What the result stays at or under.
    margin_db : float
        How far below the ceiling the limiter works, so that meters with other interpolators agree.
    lookahead_ms, release_ms : float
        Time in which the gain comes down, and in which it would come back from silence.
    """

    ceiling_dbtp: float = -1.0
    margin_db: float = 0.12
    lookahead_ms: float = 5.0
    release_ms: float = 300.0


@dataclass(frozen=True)
class Decision:
    """One thing decided, and why.

    Attributes
    ----------
    topic : str
        What it is about, such as ``'EQ, air'`` or ``'loudness'``.
    measured, target, amount : str
        With units, ready to be read.
    limit : str or None
        What held the amount, if anything did.
    sentence : str
        The same for a person.
    """

    topic: str
    measured: str
    target: str
    amount: str
    limit: str | None
    sentence: str


@dataclass(frozen=True)
class Prediction:
    """What the result will measure; ``None`` where the source could not be measured.

    Attributes
    ----------
    integrated_lufs, true_peak_dbtp : float or None
        Of the result.
    limiter_loss_lu : float
        Loudness that the limiter takes.
    """

    integrated_lufs: float | None
    true_peak_dbtp: float | None
    limiter_loss_lu: float


@dataclass(frozen=True)
class MadeFor:
    """The track that a plan was made for.

    Attributes
    ----------
    key : str
        Content key of its file; empty when it had none.
    rate_hz, channels, frames : int
    """

    key: str
    rate_hz: int
    channels: int
    frames: int

    def __str__(self) -> str:
        return f"{self.frames:,} frames of {self.channels} channels at {self.rate_hz} Hz"


@dataclass(frozen=True)
class Plan:
    """Everything the renderer needs to know, decided once.

    Attributes
    ----------
    preset : str
        Name of the preset it was made from.
    intensity : float
        0 (nothing) to 1 (all of it).
    eq : EqCurve
        Correction and voicing together.
    gain_db : float
        Make-up gain, applied with the EQ.
    limiter : LimiterSettings
        True-peak ceiling and times.
    target_lufs : float or None
        Integrated loudness aimed at; ``None`` when the source could not be measured.
    predicted : Prediction
        What the result will measure.
    decisions : tuple of Decision
        The reasons.
    dynamics : BandDynamics or None
        Band gains over time; ``None`` leaves dynamics alone.
    width : BandWidth or None
        Side gains; ``None`` leaves the stereo image alone.
    reference : str
        Content key of the track it was matched to; empty when there was none.
    dc_offset : tuple of float
        What is subtracted from each channel before all else, linear; empty when nothing is.
    made_for : MadeFor or None
        The track whose profile it was made from; ``None`` when that was not the whole of it.
    """

    preset: str
    intensity: float
    eq: EqCurve
    gain_db: float
    limiter: LimiterSettings
    target_lufs: float | None
    predicted: Prediction
    decisions: tuple[Decision, ...]
    dynamics: BandDynamics | None = None
    width: BandWidth | None = None
    reference: str = ""
    dc_offset: tuple[float, ...] = ()
    made_for: MadeFor | None = None

    def check_fits(self, rate_hz: int, channels: int, frames: int | None) -> None:
        """Refuse a track that the plan was not made for; its gains over time belong to one.

        Parameters
        ----------
        rate_hz, channels : int
        frames : int or None
            ``None`` where the length is not known yet.

        Raises
        ------
        ParameterError
            If one of them differs. The same sound in another file is not told apart.
        """
        made = self.made_for
        if made is None or self.is_bypass:
            return
        if (rate_hz, channels, frames or made.frames) != (made.rate_hz, made.channels, made.frames):
            length = "" if frames is None else f"{frames:,} frames of "
            raise ParameterError(
                f"the plan was made for {made}, and this track has {length}{channels} channels at"
                f" {rate_hz} Hz: plan for it, with track.plan(...)"
            )

    @property
    def is_bypass(self) -> bool:
        """Whether the result is the source, bit for bit."""
        return self.intensity == 0

    @cached_property
    def hash(self) -> str:
        """Hex digest of everything that changes the sound; words and predictions do not count."""
        sound: dict[str, Any] = {"bypass": True}
        packed = b""
        if not self.is_bypass:
            sound = {
                "eq": asdict(self.eq),
                "gain_db": self.gain_db,
                "limiter": asdict(self.limiter),
                "dynamics": None if self.dynamics is None else self.dynamics.sound,
                "width": None if self.width is None else self.width.sound,
            }
            if self.dc_offset:
                sound["dc_offset"] = self.dc_offset
            packed = b"" if self.dynamics is None else self.dynamics.packed
        digest = hashlib.sha256(json.dumps([PLAN_VERSION, sound], sort_keys=True).encode())
        digest.update(packed)
        return digest.hexdigest()[:32]

    def predict_ltas(self, before: Ltas) -> Ltas:
        """Spectrum after EQ, dynamics, width and make-up gain; without what the limiter takes.

        Parameters
        ----------
        before : Ltas
            Spectrum of the source.
        """
        if self.is_bypass:
            return before
        centres_hz = np.asarray(before.centres_hz)
        gains = np.interp(np.log(centres_hz), np.log(self.eq.frequencies_hz), self.eq.gains_db)
        gains = gains + self.gain_db
        for stage in (self.dynamics, self.width):
            if stage is not None:
                gains = gains + stage.mean_gain_db(centres_hz)
        levels = tuple(
            None if level is None else level + float(gain)
            for level, gain in zip(before.levels_db, gains, strict=True)
        )
        return replace(before, levels_db=levels)

    def __repr__(self) -> str:
        gain = "bypass" if self.is_bypass else signed(self.gain_db, "dB")
        return f"<Plan {self.preset} at intensity {self.intensity:g}: {gain}, {self.hash[:8]}>"

    def __str__(self) -> str:
        return self.explain()

    def explain(self) -> str:
        """Return the decisions as text: a table, then a sentence for each."""
        head = f"{self.preset} at intensity {self.intensity:g}"
        rows = [(d.topic, d.measured, d.target, d.amount, d.limit or "-") for d in self.decisions]
        table = text_table(("decision", "measured", "target", "amount", "held by"), rows)
        sentences = [f"- {decision.sentence}" for decision in self.decisions]
        return "\n".join([head, "", *table, "", *sentences])

    def to_json(self) -> str:
        """Text from which :meth:`from_json` makes an equal plan."""
        values = asdict(self)
        if self.dynamics is not None:
            values["dynamics"] = self.dynamics.to_values()
        return json.dumps({"version": PLAN_VERSION, **values})

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """Read a plan written by :meth:`to_json`.

        Raises
        ------
        ParameterError
            If the text is not a plan or one of another version, or a value of it cannot be used;
            the first such value is named.
        """
        from auralis_lab.plan.reading import read_plan

        return read_plan(text)


def signed(value: float, unit: str) -> str:
    """One decimal with its sign and unit; no sign where it rounds to nothing.

    Examples
    --------
    >>> signed(-1.25, "dB"), signed(0.7, "LU"), signed(-0.01, "dB")
    ('-1.2 dB', '+0.7 LU', '0.0 dB')
    """
    text = f"{value:+.1f}"
    return f"{'0.0' if text[1:] == '0.0' else text} {unit}"
