"""What the presets say of themselves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auralis_lab.errors import ParameterError
from auralis_lab.plan.equaliser import MAX_EQ_DB
from auralis_lab.plan.presets import PRESET_NAMES, PRESETS, REFERENCE, preset_named

OTHERS = [PRESETS[name] for name in PRESET_NAMES if name != "gentle"]


@pytest.mark.parametrize("name", [*PRESET_NAMES, "reference"])
def test_a_preset_is_found_by_its_name_and_has_a_purpose(name: str) -> None:
    preset = preset_named(name)
    assert preset.name == name
    assert preset.purpose
    assert 0 <= preset.correction_ratio <= 1
    assert preset.limiter_budget_lu > 0


def test_a_name_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(ParameterError, match="'adaptive', 'gentle', 'warm'"):
        preset_named("vintage")


@pytest.mark.parametrize(
    "limit",
    ["correction_ratio", "max_correction_db", "balance_budget_db", "limiter_budget_lu",
     "plr_loss_db"],
)  # fmt: skip
def test_gentle_has_the_smallest_limits(limit: str) -> None:
    gentle = PRESETS["gentle"]
    assert getattr(gentle, limit) < min(getattr(other, limit) for other in OTHERS)


def test_gentle_compresses_and_widens_least() -> None:
    gentle = PRESETS["gentle"]
    for other in OTHERS:
        assert gentle.dynamics is not None
        assert other.dynamics is not None
        assert gentle.dynamics.mean_budget_db < other.dynamics.mean_budget_db
        assert gentle.dynamics.ratio < other.dynamics.ratio
        assert gentle.width.max_widening_db < other.width.max_widening_db
        assert gentle.width.max_narrowing_db < other.width.max_narrowing_db


def test_only_punchy_lifts_onsets_and_it_limits_least_of_the_loud_ones() -> None:
    lifted = [p.name for p in PRESETS.values() if p.dynamics is not None and p.dynamics.onset_db]
    assert lifted == ["punchy"]
    assert PRESETS["punchy"].limiter_budget_lu == min(p.limiter_budget_lu for p in OTHERS)


def test_voicings_stay_within_what_the_eq_may_do() -> None:
    for preset in (*PRESETS.values(), REFERENCE):
        assert max(map(abs, preset.voicing.gains_db)) <= MAX_EQ_DB


def test_a_preset_is_a_value_that_can_be_changed_into_another() -> None:
    assert replace(PRESETS["warm"], target_lufs=-16.0) != PRESETS["warm"]
