"""The fingerprint of a track: 25 numbers that say what it sounds like, and what else is measured.

Conventions: a number is derived from a stored `Profile`, never from audio; what cannot be measured
is ``None``, never 0. Of a track without a block of 100 ms above -70 LUFS nothing is known but the
share of silence and levels of the whole; without a band above -70 dB, neither tonality nor width.
Spectral numbers rest on the third-octave bands of the programme (blocks above -70 dB), whose energy
is taken to be even per octave within a band, so a tone is placed to a third of an octave. They
reach from 20 Hz to 17.8 kHz, the end of the last band that a rate of 44.1 kHz holds, so that a copy
at a higher rate has the same numbers; at lower rates they end with the last band there is. How far
copies may differ is in `DEFINITIONS`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from auralis_lab.analysis.definitions import BAND_EDGES_HZ, DEFINITIONS, DIMENSIONS, MEASURES

if TYPE_CHECKING:
    from auralis_lab.analysis.profile import Profile

__all__ = ["BAND_EDGES_HZ", "DEFINITIONS", "DIMENSIONS", "MEASURES", "measures"]

ROLLOFF_SHARE = 0.85
_SINE_CREST_DB = 10 * math.log10(2)  # LTAS levels are relative to a full-scale sine
_HIGHEST_HZ = 10**4.25  # where the band around 15.8 kHz ends
_FLATNESS_FLOOR = 1e-6  # of the mean band: a codec's empty bands must not decide
_OF_PROGRAMME = (
    "harmonic_ratio",
    "pitch_stability",
    "chroma_strength",
    "stereo_width",
    "phase_correlation",
)
_OF_SILENCE = ("silence_ratio", "true_peak_dbtp", "loudness_lufs", "plr_db")
_GATE_LUFS, _RELATIVE_GATE_LU = -70.0, -20.0


def measures(profile: Profile) -> dict[str, float | None]:
    """Derive all measures from a profile.

    Parameters
    ----------
    profile : Profile

    Returns
    -------
    measures : dict of str to float or None
        Every name of `MEASURES`, in units of `DEFINITIONS`; None where the profile does not say or
        there is nothing to measure.
    """
    loudness, stereo = profile.loudness, profile.stereo
    rhythm, tonality = profile.rhythm, profile.tonality
    ltas = profile.ltas
    levels_db = [
        level for hz, level in zip(ltas.centres_hz, ltas.levels_db, strict=True) if hz < _HIGHEST_HZ
    ]
    bands = _audible_bands(ltas.centres_hz[: len(levels_db)], levels_db)
    known: dict[str, float | None] = dict.fromkeys(MEASURES)
    known |= _shares(bands)
    known |= {
        "loudness_lufs": loudness.integrated_lufs,
        "crest_db": _crest_db(profile.centred_peak, levels_db),
        "bass_mid_db": _ratio_db(known["bass"], known["mid"]),
        "tempo_bpm": rhythm.tempo_bpm,
        "rhythm_stability": rhythm.stability,
        "onset_density_hz": rhythm.onset_density_hz,
        "silence_ratio": _silence_ratio(profile),
        "centroid_hz": _centroid_hz(bands),
        "rolloff_hz": _rolloff_hz(bands),
        "flatness": _flatness(levels_db),
        "harmonic_ratio": tonality.harmonic_ratio,
        "pitch_stability": tonality.pitch_stability,
        "chroma_strength": tonality.chroma_strength,
        "dynamic_range_variation_db": _crest_variation_db(profile.crest),
        "loudness_variation_db": _loudness_variation_db(loudness.short_term_lufs),
        "peak_consistency": _peak_consistency(profile.crest),
        "stereo_width": stereo.side_share,
        "phase_correlation": stereo.correlation,
        "true_peak_dbtp": loudness.true_peak_dbtp,
        "lra_lu": loudness.lra_lu,
        "plr_db": loudness.plr_db,
    }
    if profile.channels == 1:
        known |= {"stereo_width": 0.0, "phase_correlation": 1.0}
    if not bands:  # a constant, but for where it begins
        known |= dict.fromkeys(_OF_PROGRAMME)
    if known["silence_ratio"] in (None, 1.0):
        return {name: value if name in _OF_SILENCE else None for name, value in known.items()}
    return known


@dataclass(frozen=True)
class _Band:
    low_hz: float
    high_hz: float
    power: float

    def within(self, low_hz: float, high_hz: float) -> float:
        """Power between two frequencies, even per octave within the band."""
        low, high = max(self.low_hz, low_hz), min(self.high_hz, high_hz)
        if high <= low:
            return 0.0
        return self.power * math.log(high / low) / math.log(self.high_hz / self.low_hz)


def _audible_bands(
    centres_hz: Sequence[float], levels_db: Sequence[float | None]
) -> tuple[_Band, ...]:
    """Bands from 20 Hz up; none if there is no energy at all."""
    lowest = BAND_EDGES_HZ[0]
    bands = []
    for centre, power in zip(centres_hz, _powers(levels_db), strict=True):
        band = _Band(centre / 10**0.05, centre * 10**0.05, power)
        low = max(band.low_hz, lowest)
        bands.append(_Band(low, band.high_hz, band.within(low, band.high_hz)))
    return tuple(bands) if any(band.power > 0 for band in bands) else ()


def _powers(levels_db: Iterable[float | None]) -> list[float]:
    return [0.0 if level is None else 10 ** (level / 10) for level in levels_db]


def _shares(bands: Sequence[_Band]) -> dict[str, float | None]:
    names = DIMENSIONS[: len(BAND_EDGES_HZ) - 1]
    if not bands:
        return dict.fromkeys(names)
    edges = pairwise(BAND_EDGES_HZ)
    powers = [math.fsum(band.within(*edge) for band in bands) for edge in edges]
    whole = math.fsum(powers)
    return {name: power / whole for name, power in zip(names, powers, strict=True)}


def _ratio_db(above: float | None, below: float | None) -> float | None:
    return 10 * math.log10(above / below) if above and below else None


def _crest_db(peak: float | None, levels_db: Iterable[float | None]) -> float | None:
    power = math.fsum(_powers(levels_db))
    if not peak or power <= 0:
        return None
    return 20 * math.log10(peak) - 10 * math.log10(power) + _SINE_CREST_DB


def _centroid_hz(bands: Sequence[_Band]) -> float | None:
    if not bands:
        return None
    moment = math.fsum(band.power * math.sqrt(band.low_hz * band.high_hz) for band in bands)
    return moment / math.fsum(band.power for band in bands)


def _rolloff_hz(bands: Sequence[_Band]) -> float | None:
    wanted = ROLLOFF_SHARE * math.fsum(band.power for band in bands)
    for band in bands:
        if 0 < band.power >= wanted:
            return float(band.low_hz * (band.high_hz / band.low_hz) ** (wanted / band.power))
        wanted -= band.power
    return bands[-1].high_hz if bands else None


def _flatness(levels_db: Sequence[float | None]) -> float | None:
    powers = _powers(levels_db)
    mean = math.fsum(powers) / len(powers)
    if mean <= 0:
        return None
    logs = [math.log(max(power / mean, _FLATNESS_FLOOR)) for power in powers]
    return min(1.0, math.exp(math.fsum(logs) / len(logs)))


def _silence_ratio(profile: Profile) -> float | None:
    """Share of the whole 100 ms blocks that the crest statistics leave out."""
    seconds, rest = divmod(profile.frames, profile.rate_hz)
    # Block k of a second ends with frame k * rate // 10.
    blocks = 10 * seconds + (10 * (rest + 1) - 1) // profile.rate_hz
    heard = sum(count for _, _, count in profile.crest)
    return 1 - min(heard, blocks) / blocks if blocks else None


def _crest_variation_db(cells: Sequence[tuple[float, float, int]]) -> float | None:
    spread = _mean_and_deviation([(peak - lufs, count) for lufs, peak, count in cells])
    return spread[1] if spread else None


def _peak_consistency(cells: Sequence[tuple[float, float, int]]) -> float | None:
    spread = _mean_and_deviation([(10 ** (peak / 20), count) for _, peak, count in cells])
    return 1 / (1 + spread[1] / spread[0]) if spread else None


def _loudness_variation_db(trace_lufs: Sequence[float | None]) -> float | None:
    heard = [level for level in trace_lufs if level is not None and level > _GATE_LUFS]
    if not heard:
        return None
    mean = 10 * math.log10(math.fsum(10 ** (level / 10) for level in heard) / len(heard))
    gated = [(level, 1) for level in heard if level > mean + _RELATIVE_GATE_LU]
    spread = _mean_and_deviation(gated) if len(gated) > 1 else None
    return spread[1] if spread else None


def _mean_and_deviation(values: Sequence[tuple[float, int]]) -> tuple[float, float] | None:
    """Mean and standard deviation of (value, count); None of nothing."""
    count = sum(n for _, n in values)
    if not count:
        return None
    mean = math.fsum(value * n for value, n in values) / count
    square = math.fsum((value - mean) ** 2 * n for value, n in values) / count
    return mean, math.sqrt(square)
