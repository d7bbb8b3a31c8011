"""What a rendering has changed, in numbers.

Conventions: audio is ``float32``, shape ``(channels, frames)``; a change is after minus before.
Spectra are compared at equal level, or else a gain would be a difference at every frequency. What
cannot be measured, such as the loudness of silence, is ``None``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from auralis_lab.analysis.profile import Profile, measure
from auralis_lab.audio import Audio, seconds_to_frames
from auralis_lab.errors import ParameterError
from auralis_lab.io.array import ArraySource

__all__ = ["METRICS", "Compared", "Metric", "Sound"]

FLOOR_DB = -120.0
"""What is quieter is called that."""
WINDOW_S, HOP_S = 0.046, 0.0116
LOOK_DOWN_DB = 60.0
"""Log spectra are compared this far below the loudest of each frame."""
FRAMES_AT_A_TIME = 512

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sound:
    """Audio with its rate, measured when that is first asked for."""

    audio: Audio
    rate_hz: int

    @cached_property
    def profile(self) -> Profile:
        """All that is measured of a track."""
        return measure(ArraySource(self.audio, self.rate_hz))

    @cached_property
    def rms(self) -> float:
        """Root mean square over all channels, linear."""
        return math.sqrt(_mean_square(self.audio))

    def spectra(self) -> Iterator[Doubles]:
        """Power spectra of all channels together, shape (frames, bins), some frames at a time."""
        size = max(16, seconds_to_frames(WINDOW_S, self.rate_hz))
        hop = max(1, seconds_to_frames(HOP_S, self.rate_hz))
        window = np.hanning(size)
        starts = range(0, self.audio.shape[1] - size + 1, hop)
        for first in range(0, len(starts), FRAMES_AT_A_TIME):
            part = starts[first : first + FRAMES_AT_A_TIME]
            power: Doubles = np.zeros((len(part), size // 2 + 1))
            for channel in self.audio:
                frames = np.stack([channel[start : start + size] for start in part])
                power += np.abs(np.fft.rfft(frames * window)) ** 2
            yield power

    @cached_property
    def novelty(self) -> Doubles:
        """How much louder the spectrum grows from frame to frame, shape (frames - 1,)."""
        rises, before = [], None
        for power in self.spectra():
            compressed = np.log1p(1000 * np.sqrt(power))
            joined = compressed if before is None else np.concatenate([before, compressed])
            rises.append(np.maximum(np.diff(joined, axis=0), 0.0).mean(axis=1))
            before = compressed[-1:]
        return np.concatenate(rises) if rises else np.zeros(0)


@dataclass(frozen=True, eq=False)
class Compared:
    """A rendering, what it was made from, and what is known of how.

    Attributes
    ----------
    before, after : Sound
        Of the same shape and rate.
    exact : Sound or None
        What the same processing makes of the whole at once, where that is something else: of
        chunks.
    seam_rank : float or None
        How likely ordinary places are to be no worse than the joins, 0..1; None without joins.
    elapsed_s : float
        How long the rendering took.

    Raises
    ------
    ParameterError
        If the sounds differ in shape or rate.
    """

    before: Sound
    after: Sound
    exact: Sound | None = None
    seam_rank: float | None = None
    elapsed_s: float = 0.0

    def __post_init__(self) -> None:
        for other in (self.after, self.exact or self.after):
            if (other.audio.shape, other.rate_hz) != (self.before.audio.shape, self.before.rate_hz):
                raise ParameterError(
                    f"sound of shape {other.audio.shape} at {other.rate_hz} Hz must have the shape "
                    f"{self.before.audio.shape} and rate {self.before.rate_hz} Hz of the original"
                )


@dataclass(frozen=True)
class Metric:
    """One number about a rendering.

    Attributes
    ----------
    name, unit, meaning : str
    better : {'low', 'high', 'near 0', ''}
        Which of two values is the better one; empty where that is a matter of taste.
    function : callable
        ``function(compared) -> float or None``; see :class:`Compared` for what it is given:
        ``compared.before`` and ``compared.after``, each a :class:`Sound` with its ``audio`` of
        shape (channels, frames), ``rate_hz``, ``profile``, ``rms``, ``spectra()`` and ``novelty``;
        ``compared.exact``, ``compared.seam_rank`` and ``compared.elapsed_s``. None where there is
        nothing to measure.

    Examples
    --------
    One of your own, for ``lab.experiment(..., metrics=["plr_change", peak])``:

    >>> peak = Metric(
    ...     name="peak",
    ...     unit="",
    ...     better="low",
    ...     meaning="largest sample",
    ...     function=lambda compared: float(np.abs(compared.after.audio).max()),
    ... )
    >>> sound = np.full((1, 8), 0.5, np.float32)
    >>> peak.function(Compared(Sound(sound, 44_100), Sound(sound / 2, 44_100)))
    0.25
    """

    name: str
    unit: str
    better: str
    meaning: str
    function: Callable[[Compared], float | None] = field(repr=False)


def _change(value: Callable[[Profile], float | None]) -> Callable[[Compared], float | None]:
    def function(compared: Compared) -> float | None:
        was, now = value(compared.before.profile), value(compared.after.profile)
        return None if was is None or now is None else now - was

    return function


def _null_residual_db(compared: Compared) -> float | None:
    if compared.exact is None:
        return None
    return _residual_db(compared.after.audio, compared.exact.audio)


def _change_residual_db(compared: Compared) -> float | None:
    return _residual_db(compared.after.audio, compared.before.audio)


def _residual_db(got: Audio, wanted: Audio) -> float | None:
    """What is left of what was wanted when what came out is taken off, with the best gain."""
    common = float(np.vdot(got.astype(np.float64), wanted.astype(np.float64)))
    own, aim = _mean_square(got) * got.size, _mean_square(wanted) * wanted.size
    if aim == 0.0:
        return None
    left = aim if own == 0.0 else _mean_square(wanted - np.float32(common / own) * got) * got.size
    return max(FLOOR_DB, 10 * math.log10(max(left / aim, 1e-30)))


def _ltas_distance_db(compared: Compared) -> float | None:
    """Root mean square of the differences of third-octave levels, their mean taken off."""
    pairs = zip(
        compared.before.profile.ltas.levels_db, compared.after.profile.ltas.levels_db, strict=True
    )
    differences = [now - was for was, now in pairs if was is not None and now is not None]
    return float(np.std(differences)) if differences else None


def _log_spectral_distance_db(compared: Compared) -> float | None:
    """Mean over frames of the rms difference of log spectra (Gray and Markel, 1976)."""
    before, after = compared.before, compared.after
    if before.rms == 0.0 or after.rms == 0.0:
        return None
    gain = (before.rms / after.rms) ** 2
    total, frames = 0.0, 0
    loudest = max((float(power.max(initial=0.0)) for power in before.spectra()), default=0.0)
    for was, now in zip(before.spectra(), after.spectra(), strict=True):
        heard = was.max(axis=1) > loudest * 10 ** (-LOOK_DOWN_DB / 10)
        was, now = was[heard], gain * now[heard]
        floor = was.max(axis=1, keepdims=True, initial=0.0) * 10 ** (-LOOK_DOWN_DB / 10)
        difference = 10 * np.log10(np.maximum(now, floor) / np.maximum(was, floor))
        total += float(np.sqrt((difference**2).mean(axis=1)).sum())
        frames += len(was)
    return total / frames if frames else None


def _onset_preservation(compared: Compared) -> float | None:
    """Correlation of the novelty before and after."""
    was, now = compared.before.novelty, compared.after.novelty
    if was.size < 3 or was.std() == 0.0 or now.std() == 0.0:
        return None
    return float(np.corrcoef(was, now)[0, 1])


def _speed(compared: Compared) -> float | None:
    length_s = compared.before.audio.shape[1] / compared.before.rate_hz
    return length_s / compared.elapsed_s if compared.elapsed_s > 0 else None


METRICS = {
    metric.name: metric
    for metric in (
        Metric(
            "null_residual", "dB", "low",
            "of chunks: what differs from the same processing of the whole, after the best gain",
            _null_residual_db,
        ),
        Metric(
            "change_residual", "dB", "low",
            "what differs from the original, after the best gain", _change_residual_db,
        ),
        Metric(
            "loudness_change", "LU", "", "of the integrated loudness",
            _change(lambda profile: profile.loudness.integrated_lufs),
        ),
        Metric(
            "lra_change", "LU", "near 0", "of the loudness range",
            _change(lambda profile: profile.loudness.lra_lu),
        ),
        Metric(
            "plr_change", "dB", "near 0", "of the peak to loudness ratio",
            _change(lambda profile: profile.loudness.plr_db),
        ),
        Metric(
            "true_peak_change", "dB", "", "of the true peak",
            _change(lambda profile: profile.loudness.true_peak_dbtp),
        ),
        Metric(
            "ltas_distance", "dB", "low", "rms difference of the long-term spectra, at one level",
            _ltas_distance_db,
        ),
        Metric(
            "log_spectral_distance", "dB", "low", "mean rms difference of short spectra",
            _log_spectral_distance_db,
        ),
        Metric(
            "seam_rank", "", "low",
            "chance that as many ordinary places are no worse than the joins; 0.5 if these are so",
            lambda compared: compared.seam_rank,
        ),
        Metric(
            "onset_preservation", "", "high", "correlation of the novelty before and after",
            _onset_preservation,
        ),
        Metric("speed", "x real time", "high", "of the rendering", _speed),
    )
}  # fmt: skip
"""What an experiment measures, by name."""


def _mean_square(audio: Audio) -> float:
    return float(np.mean(np.square(audio, dtype=np.float64))) if audio.size else 0.0
