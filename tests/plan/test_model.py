"""Plans as values: equal, hashed, stored."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from auralis_lab.errors import ParameterError
from auralis_lab.plan.enhance import plan
from auralis_lab.plan.model import BandDynamics, BandWidth, Plan
from tests.plan.conftest import make_profile

MADE = plan(make_profile(tilt=lambda hz: 9.0 if hz < 100 else 0.0), "warm", intensity=0.7)
FULL = replace(
    MADE,
    dynamics=BandDynamics.pack((200.0,), 100.0, [[0.0, -1.0], [0.0, 0.5]]),
    width=BandWidth((200.0,), (0.0, 1.0)),
)


@pytest.mark.parametrize("made", [MADE, FULL])
def test_a_plan_survives_json(made: Plan) -> None:
    again = Plan.from_json(made.to_json())
    assert again == made
    assert again.hash == made.hash
    assert hash(again) == hash(made)


def test_the_hash_follows_the_sound_and_not_the_words() -> None:
    assert replace(MADE, decisions=()).hash == MADE.hash
    assert replace(MADE, gain_db=MADE.gain_db + 0.001).hash != MADE.hash
    assert replace(MADE, limiter=replace(MADE.limiter, release_ms=200.0)).hash != MADE.hash


def test_all_bypasses_are_one() -> None:
    assert replace(MADE, intensity=0.0).hash == replace(FULL, intensity=0.0).hash


def test_the_predicted_spectrum_is_the_source_s_plus_curve_and_gain() -> None:
    ltas = make_profile().ltas
    after = MADE.predict_ltas(ltas)
    for index in (3, 15, 25):
        before, then = ltas.levels_db[index], after.levels_db[index]
        assert before is not None
        assert then is not None
        assert then - before == pytest.approx(MADE.eq.gains_db[index] + MADE.gain_db, abs=1e-9)
    assert replace(MADE, intensity=0.0).predict_ltas(ltas) == ltas


def altered(**changes: object) -> str:
    return json.dumps({**json.loads(MADE.to_json()), **changes})


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "null", altered(version=99), altered(extra=1), altered(eq=None)],
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(ParameterError):
        Plan.from_json(text)
