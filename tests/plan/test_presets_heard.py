"""The presets as they sound: rendered and measured, on made signals and on real recordings.

Tolerances of the predictions, stated for what a plan promises: loudness within 0.4 LU, the spectrum
within 1 dB rms, and the true peak never over the ceiling; below it, the peak of a track is known to
3.6 dB only, as EQ moves the phases by which its partials add up to peaks.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from auralis_lab.plan.harm import mastered_share
from auralis_lab.plan.presets import PRESET_NAMES, PRESETS
from tests.plan.heard import MADE, RECORDINGS, Heard, balance_db, band_changes_db, hear, value

LOUDNESS_LU, SPECTRUM_DB, PEAK_DB = 0.4, 1.0, 3.6
OTHERS = [name for name in PRESET_NAMES if name != "punchy"]


@pytest.fixture(scope="module", params=[*MADE, *(RECORDINGS or ["recordings"])])
def heard(request: pytest.FixtureRequest) -> dict[str, Heard]:
    if request.param not in MADE:
        request.getfixturevalue("shared_audio")
    return hear(request.param)


def test_warm_and_bright_differ_by_three_decibels_in_bass_and_in_treble(
    heard: dict[str, Heard],
) -> None:
    warm, bright = heard["warm"].after, heard["bright"].after
    assert balance_db(warm, 20, 250) - balance_db(bright, 20, 250) >= 3.0
    assert balance_db(bright, 4000, 20_000) - balance_db(warm, 4000, 20_000) >= 3.0


def test_punchy_raises_the_onset_crest_that_the_others_keep(heard: dict[str, Heard]) -> None:
    crest = {name: each.onset_crest_change_db for name, each in heard.items()}
    punchy = crest["punchy"]
    if punchy is None:
        pytest.skip("too few clear onsets")
    assert punchy >= 0.75
    for name in OTHERS:
        kept = value(crest[name])
        assert abs(kept) <= 1.5, name
        assert punchy - kept >= 0.75, name


def test_gentle_moves_least_on_every_measure(heard: dict[str, Heard]) -> None:
    gentle = heard["gentle"]
    for name in set(PRESET_NAMES) - {"gentle"}:
        other = heard[name]
        assert gentle.spectrum_change_db <= other.spectrum_change_db + 0.05, name
        assert gentle.gain_swing_db <= other.gain_swing_db + 1e-6, name
        assert gentle.side_moved_db <= other.side_moved_db + 1e-6, name
        # What lies over the ceiling has to come out of the gain or of the peaks.
        moved = [abs(each.loudness_change_lu) + abs(each.plr_change_db) for each in (gentle, other)]
        assert moved[0] <= moved[1] + 0.15, name


def test_adaptive_does_a_mastered_track_no_harm(heard: dict[str, Heard]) -> None:
    adaptive = heard["adaptive"]
    loudness = adaptive.before.loudness
    if mastered_share(value(loudness.true_peak_dbtp), value(loudness.plr_db)) < 0.5:
        pytest.skip("not mastered")
    assert adaptive.spectrum_change_db < 1.5
    assert adaptive.plr_change_db > -1.0


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_the_result_is_as_predicted_and_under_the_ceiling(
    heard: dict[str, Heard], preset: str
) -> None:
    made, after = heard[preset].plan, heard[preset].after
    loudness, predicted = after.loudness, made.predicted
    assert value(loudness.integrated_lufs) == pytest.approx(
        value(predicted.integrated_lufs), abs=LOUDNESS_LU
    )
    held = next(d.limit for d in made.decisions if d.topic == "loudness")
    if held is None:
        assert value(predicted.integrated_lufs) == pytest.approx(value(made.target_lufs), abs=0.06)
    assert value(loudness.true_peak_dbtp) <= made.limiter.ceiling_dbtp
    assert value(loudness.true_peak_dbtp) == pytest.approx(
        value(predicted.true_peak_dbtp), abs=PEAK_DB
    )
    error = band_errors_db(heard[preset])
    assert np.sqrt(np.mean(np.square(error))) <= SPECTRUM_DB


def band_errors_db(each: Heard) -> list[float]:
    """Measured less predicted change of each audible band."""
    expected = replace(each.before, ltas=each.plan.predict_ltas(each.before.ltas))
    promised = band_changes_db(each.before, expected)
    found = band_changes_db(each.before, each.after)
    return [now - then for then, now in zip(promised, found, strict=True)]


@pytest.mark.parametrize("preset", PRESET_NAMES)
def test_nothing_pumps_and_no_preset_flattens_or_hollows_a_track(
    heard: dict[str, Heard], preset: str
) -> None:
    each, chosen = heard[preset], PRESETS[preset]
    assert each.gain_swing_db <= 1.2
    assert each.plan.predicted.limiter_loss_lu <= chosen.limiter_budget_lu + 0.01
    if each.plan.predicted.limiter_loss_lu > 0.01:  # else what the EQ does to peaks
        assert each.plr_change_db >= -chosen.plr_loss_db - 1.0
    before, after = each.before.loudness.lra_lu, each.after.loudness.lra_lu
    if before is not None and after is not None:
        assert after >= before - 3.0
    assert each.mono_after_db >= each.mono_before_db - 0.5
