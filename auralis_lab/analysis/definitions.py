"""What the measures of a track are called, their units, and what they mean.

Light to import, for everything that names measures: columns, filters, displays.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BAND_EDGES_HZ",
    "CONTROL_RATE_HZ",
    "DEFINITIONS",
    "DIMENSIONS",
    "DYNAMICS_CROSSOVERS_HZ",
    "MEASURES",
    "Definition",
    "dynamics_crossovers",
]

DIMENSIONS = (
    "sub_bass",
    "bass",
    "low_mid",
    "mid",
    "upper_mid",
    "presence",
    "air",
    "loudness_lufs",
    "crest_db",
    "bass_mid_db",
    "tempo_bpm",
    "rhythm_stability",
    "onset_density_hz",
    "silence_ratio",
    "centroid_hz",
    "rolloff_hz",
    "flatness",
    "harmonic_ratio",
    "pitch_stability",
    "chroma_strength",
    "dynamic_range_variation_db",
    "loudness_variation_db",
    "peak_consistency",
    "stereo_width",
    "phase_correlation",
)
"""Names of the dimensions, in order."""

MEASURES = (*DIMENSIONS, "true_peak_dbtp", "lra_lu", "plr_db")
"""The dimensions and what else is measured and can be asked for."""

BAND_EDGES_HZ = (20.0, 60.0, 250.0, 500.0, 2000.0, 4000.0, 8000.0, 20_000.0)
"""Edges around the seven bands that the first dimensions are shares of."""

DYNAMICS_CROSSOVERS_HZ = (160.0, 2500.0)
"""Where the bands meet whose level is followed over time."""

CONTROL_RATE_HZ = 100
"""Points a second of what is followed over time."""

_SHARES_END_HZ = 17_800.0
_HIGHEST_CROSSOVER = 0.45  # of the sample rate


def dynamics_crossovers(rate_hz: int) -> tuple[float, ...]:
    """Those of `DYNAMICS_CROSSOVERS_HZ` that leave a band above them at this sample rate.

    Examples
    --------
    >>> dynamics_crossovers(44_100), dynamics_crossovers(5_000)
    ((160.0, 2500.0), (160.0,))
    """
    return tuple(hz for hz in DYNAMICS_CROSSOVERS_HZ if hz < _HIGHEST_CROSSOVER * rate_hz)


@dataclass(frozen=True)
class Definition:
    """What a measure is.

    Attributes
    ----------
    name : str
        One of `MEASURES`; also the name of its column.
    label : str
        Name for people.
    unit : str
        Empty for shares and ratios.
    meaning : str
        What is measured of what.
    tolerance, tolerance_ratio : float
        How far copies of a track may differ, in the unit and as a share of the value, whichever is
        more: at sample rates of 44.1 kHz and up, as MP3 of 320 kbit/s or Vorbis of quality 8, and
        mono in one channel or in two.
    """

    name: str
    label: str
    unit: str
    meaning: str
    tolerance: float
    tolerance_ratio: float = 0.0


def _share(name: str, label: str, place: int) -> Definition:
    low, high = BAND_EDGES_HZ[place], BAND_EDGES_HZ[place + 1]
    meaning = f"Share of the energy from {low:g} to {high:g} Hz"
    end = ", as far as 17.8 kHz." if high > _SHARES_END_HZ else "."
    return Definition(name, label, "", meaning + end, 0.005)


_TABLE = (
    _share("sub_bass", "sub bass", 0),
    _share("bass", "bass", 1),
    _share("low_mid", "low mid", 2),
    _share("mid", "mid", 3),
    _share("upper_mid", "upper mid", 4),
    _share("presence", "presence", 5),
    _share("air", "air", 6),
    Definition(
        "loudness_lufs",
        "loudness",
        "LUFS",
        "Integrated loudness (ITU-R BS.1770-5). One channel reads 3.01 LU less than the same in "
        "two, as the standard has it.",
        0.1,
    ),
    Definition(
        "crest_db",
        "crest",
        "dB",
        "Highest sample, less the mean of its channel, over the RMS of the programme, 20 Hz to "
        "17.8 kHz.",
        1.0,
    ),
    Definition(
        "bass_mid_db", "bass to mid", "dB", "Level of the bass band over the mid band.", 0.1
    ),
    Definition(
        "tempo_bpm",
        "tempo",
        "BPM",
        "Beats a minute, 40 to 195; what is faster reads as half of it, as a rule. Null where "
        "nothing repeats, and under 4 s.",
        0.1,
        0.005,
    ),
    Definition(
        "rhythm_stability",
        "rhythm stability",
        "",
        "How steady the beat is: correlation of the onsets with those one to four beats later, "
        "0 to 1.",
        0.02,
    ),
    Definition(
        "onset_density_hz",
        "onsets",
        "Hz",
        "Onsets a second: moments at which the bands grow louder by more than 1.5 dB on average.",
        0.1,
        0.03,
    ),
    Definition(
        "silence_ratio",
        "silence",
        "",
        "Share of 100 ms blocks at or under -70 LUFS. Where all are, and under 100 ms, all that is "
        "measured of sound but levels of the whole is null.",
        0.01,
    ),
    Definition(
        "centroid_hz", "brightness", "Hz", "Mean frequency, weighted by energy.", 10.0, 0.04
    ),
    Definition(
        "rolloff_hz",
        "roll-off",
        "Hz",
        "Frequency below which 85 % of the energy lies.",
        10.0,
        0.08,
    ),
    Definition(
        "flatness",
        "flatness",
        "",
        "Geometric over arithmetic mean of the third-octave bands' energies: 1 for pink noise, "
        "near 0 for a tone. No band counts for less than a millionth of their mean.",
        0.02,
    ),
    Definition(
        "harmonic_ratio",
        "harmonicity",
        "",
        "Share of the energy in tones: what lasts for a third of a second and is not broad.",
        0.01,
    ),
    Definition(
        "pitch_stability",
        "pitch stability",
        "",
        "How steady the pitch is: correlation of the prominent pitch classes with those 0.4 s "
        "later, 0 to 1.",
        0.06,
    ),
    Definition(
        "chroma_strength",
        "tonality",
        "",
        "How much few pitch classes prevail: 0 if all are alike, 1 for a single one.",
        0.03,
    ),
    Definition(
        "dynamic_range_variation_db",
        "crest variation",
        "dB",
        "Standard deviation of true peak less loudness over the 100 ms blocks above -70 LUFS.",
        0.2,
    ),
    Definition(
        "loudness_variation_db",
        "loudness variation",
        "dB",
        "Standard deviation of the short-term loudness, gated at -70 LUFS and 20 LU below the mean "
        "as for the loudness range.",
        0.05,
    ),
    Definition(
        "peak_consistency",
        "peak consistency",
        "",
        "1 / (1 + standard deviation over mean) of the true peaks of the 100 ms blocks above "
        "-70 LUFS: 1 if all are alike.",
        0.05,
    ),
    Definition(
        "stereo_width",
        "width",
        "",
        "Energy of the side over that of mid and side, each channel's mean taken off: 0 for mono, "
        "0.5 for unrelated channels, 1 for opposite ones.",
        0.005,
    ),
    Definition(
        "phase_correlation",
        "correlation",
        "",
        "Correlation of left and right, each channel's mean taken off, -1 to 1; 1 for a single "
        "channel.",
        0.005,
    ),
    Definition("true_peak_dbtp", "true peak", "dBTP", "Highest true peak (ITU-R BS.1770-5).", 1.0),
    Definition("lra_lu", "loudness range", "LU", "Loudness range (EBU Tech 3342).", 0.1),
    Definition("plr_db", "peak to loudness", "dB", "True peak less integrated loudness.", 1.0),
)

DEFINITIONS = {definition.name: definition for definition in _TABLE}
"""The definition of every measure by its name, in the order of `MEASURES`."""
