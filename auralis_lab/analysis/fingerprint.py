"""The fingerprint of a track: 25 numbers that say what it sounds like."""

from __future__ import annotations

__all__ = ["DIMENSIONS", "MEASURES"]

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
