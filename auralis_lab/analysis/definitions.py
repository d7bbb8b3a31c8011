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
        One sentence: what is measured of what.
    """

    name: str
    label: str
    unit: str
    meaning: str


def _share(name: str, label: str, place: int) -> Definition:
    low, high = BAND_EDGES_HZ[place], BAND_EDGES_HZ[place + 1]
    return Definition(name, label, "", f"Share of the energy from {low:g} to {high:g} Hz.")


_TABLE = (
    _share("sub_bass", "sub bass", 0),
    _share("bass", "bass", 1),
    _share("low_mid", "low mid", 2),
    _share("mid", "mid", 3),
    _share("upper_mid", "upper mid", 4),
    _share("presence", "presence", 5),
    _share("air", "air", 6),
    Definition("loudness_lufs", "loudness", "LUFS", "Integrated loudness (ITU-R BS.1770-5)."),
    Definition("crest_db", "crest", "dB", "Highest sample over the RMS of the programme."),
    Definition("bass_mid_db", "bass to mid", "dB", "Level of the bass band over the mid band."),
    Definition("tempo_bpm", "tempo", "BPM", "Beats a minute."),
    Definition("rhythm_stability", "rhythm stability", "", "How steady the beat is, 0 to 1."),
    Definition("onset_density_hz", "onsets", "Hz", "Onsets a second."),
    Definition("silence_ratio", "silence", "", "Share of 100 ms blocks at or under -70 LUFS."),
    Definition("centroid_hz", "brightness", "Hz", "Mean frequency, weighted by energy."),
    Definition("rolloff_hz", "roll-off", "Hz", "Frequency below which 85 % of the energy lies."),
    Definition(
        "flatness",
        "flatness",
        "",
        "Geometric over arithmetic mean of the third-octave bands' energies: 1 for pink noise, "
        "near 0 for a tone. No band counts for less than a millionth of their mean.",
    ),
    Definition("harmonic_ratio", "harmonicity", "", "Share of the energy that is harmonic."),
    Definition("pitch_stability", "pitch stability", "", "How steady the pitch is, 0 to 1."),
    Definition("chroma_strength", "tonality", "", "How much few pitch classes prevail, 0 to 1."),
    Definition(
        "dynamic_range_variation_db",
        "crest variation",
        "dB",
        "Standard deviation of true peak less loudness over the 100 ms blocks above -70 LUFS.",
    ),
    Definition(
        "loudness_variation_db",
        "loudness variation",
        "dB",
        "Standard deviation of the short-term loudness, gated at -70 LUFS and 20 LU below the mean "
        "as for the loudness range.",
    ),
    Definition(
        "peak_consistency",
        "peak consistency",
        "",
        "1 / (1 + standard deviation over mean) of the true peaks of the 100 ms blocks above "
        "-70 LUFS: 1 if all are alike.",
    ),
    Definition(
        "stereo_width",
        "width",
        "",
        "Energy of the side over that of mid and side: 0 for mono, 0.5 for unrelated channels.",
    ),
    Definition(
        "phase_correlation",
        "correlation",
        "",
        "Correlation of left and right, -1 to 1; 1 for a single channel.",
    ),
    Definition("true_peak_dbtp", "true peak", "dBTP", "Highest true peak (ITU-R BS.1770-5)."),
    Definition("lra_lu", "loudness range", "LU", "Loudness range (EBU Tech 3342)."),
    Definition("plr_db", "peak to loudness", "dB", "True peak less integrated loudness."),
)

DEFINITIONS = {definition.name: definition for definition in _TABLE}
"""The definition of every measure by its name, in the order of `MEASURES`."""
