"""Plans as values: equal, hashed, stored."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_a_plan_in_a_list_is_a_line_with_its_hash() -> None:
    assert repr(FULL).startswith("<Plan warm at intensity 0.7: ")
    assert FULL.hash[:8] in repr(FULL)
    assert len(repr(FULL)) < 80
    assert "bypass" in repr(replace(FULL, intensity=0.0))


def test_the_hash_is_the_same_in_every_process_and_after_json() -> None:
    code = (
        "import sys; from auralis_lab.plan.model import Plan;"
        "print(Plan.from_json(sys.stdin.read()).hash)"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        input=FULL.to_json(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == FULL.hash
    assert len(FULL.hash) == 32


def test_a_plan_knows_the_track_it_was_made_for() -> None:
    profile = make_profile()
    made = Plan.from_json(plan(profile, "warm").to_json())
    assert made.made_for is not None
    assert made.made_for.key == profile.key
    rate, channels, frames = profile.rate_hz, profile.channels, profile.frames
    made.check_fits(rate, channels, frames)
    made.check_fits(rate, channels, None)
    for other in ((rate * 2, channels, frames), (rate, 1, None), (rate, channels, frames + 1)):
        with pytest.raises(ParameterError, match="made for"):
            made.check_fits(*other)
    plan(profile, "warm", intensity=0.0).check_fits(1, 1, 1)  # a copy of anything
    replace(made, made_for=None).check_fits(1, 1, 1)


def test_all_bypasses_are_one() -> None:
    assert replace(MADE, intensity=0.0).hash == replace(FULL, intensity=0.0).hash


def test_the_predicted_spectrum_is_the_source_s_plus_every_gain() -> None:
    ltas = make_profile().ltas
    still = replace(MADE, dynamics=None, width=None)
    moved = replace(
        still,
        dynamics=BandDynamics.pack((200.0,), 100.0, [[-2.0, -2.0], [1.0, 1.0]]),
        width=BandWidth((200.0,), (0.0, 2.0), (0.0, 0.3)),
    )
    for index, extra in ((3, -2.0), (15, 1.3), (25, 1.3)):  # 40 Hz, 630 Hz, 6.3 kHz
        before = ltas.levels_db[index]
        then, later = (made.predict_ltas(ltas).levels_db[index] for made in (still, moved))
        assert before is not None
        assert then is not None
        assert later is not None
        assert then - before == pytest.approx(MADE.eq.gains_db[index] + MADE.gain_db, abs=1e-9)
        assert later - then == pytest.approx(extra, abs=1e-3)
    assert replace(MADE, intensity=0.0).predict_ltas(ltas) == ltas


@given(
    gains=st.integers(1, 4).flatmap(
        lambda bands: st.lists(
            st.lists(st.floats(-300, 300), min_size=bands, max_size=bands), min_size=1, max_size=9
        )
    )
)
def test_packed_gains_come_back_to_a_hundredth_of_a_decibel(gains: list[list[float]]) -> None:
    rows = np.array(gains).T
    crossovers = [100.0 * 2**k for k in range(len(rows) - 1)]
    made = BandDynamics.pack(crossovers, 100, rows)
    assert np.abs(made.gains_db - rows).max() <= 0.00502
    assert BandDynamics.from_values(json.loads(json.dumps(made.to_values()))) == made


def test_the_hash_covers_every_gain_over_time() -> None:
    other = BandDynamics.pack((200.0,), 100.0, [[0.0, -1.0], [0.0, 0.51]])
    assert replace(FULL, dynamics=other).hash != FULL.hash
    assert replace(FULL, width=None).hash != FULL.hash
    assert replace(FULL, reference="another").hash == FULL.hash


@pytest.mark.parametrize(
    ("crossovers", "gains"),
    [
        ((200.0,), [[0.0]]),
        ((), [[]]),
        ((), [0.0]),
        ((), [[float("nan")]]),
        ((), [[301.0]]),
        ((200.0, 100.0), [[0.0]] * 3),
        ((-1.0,), [[0.0]] * 2),
    ],
)
def test_gains_that_fit_no_bands_are_refused(
    crossovers: tuple[float, ...], gains: list[list[float]]
) -> None:
    with pytest.raises(ParameterError):
        BandDynamics.pack(crossovers, 100, gains)


FULL_DYNAMICS = json.loads(FULL.to_json())["dynamics"]


def altered(**changes: object) -> str:
    return json.dumps({**json.loads(MADE.to_json()), **changes})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        altered(version=99),
        altered(version=1),
        altered(extra=1),
        altered(eq=None),
        altered(dynamics={}),
        altered(dynamics={**FULL_DYNAMICS, "packed": "eJw="}),
        altered(dynamics={**FULL_DYNAMICS, "packed": "not base64"}),
        altered(dynamics={**FULL_DYNAMICS, "points": 10**12}),
        altered(width={"crossovers_hz": [1.0], "side_gains_db": [0.0]}),
    ],
)
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(ParameterError):
        Plan.from_json(text)


def lacking(name: str) -> str:
    values = json.loads(MADE.to_json())
    del values[name]
    return json.dumps(values)


def within(part: str, **changes: object) -> str:
    values = json.loads(FULL.to_json())
    return json.dumps({**values, part: {**values[part], **changes}})


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{}", "no version"),
        (altered(preset="wam"), "preset='wam'"),
        (altered(preset=3), "preset=3"),
        (altered(intensity=1.5), "intensity=1.5"),
        (altered(gain_db="loud"), "gain_db='loud'"),
        (altered(gain_db=True), "gain_db=True"),
        (altered(gain_db=1e6), "gain_db=1000000.0"),
        (altered(gain_db=float("nan")), "gain_db=nan"),
        (altered(target_lufs=10**400), "target_lufs=1000"),
        (altered(extra=1), "extra"),
        (altered(decisions=[{}]), r"decisions\[0\]\.topic is missing"),
        (altered(reference=None), "reference=None"),
        (lacking("dynamics"), "dynamics is missing"),
        (lacking("made_for"), "made_for is missing"),
        (MADE.to_json()[:-1] + ', "gain_db": 0}', "gain_db is there twice"),
        (within("made_for", frames=-1), "made_for.frames=-1"),
        (within("limiter", ceiling_dbtp=20), "limiter.ceiling_dbtp=20"),
        (within("limiter", lookahead_ms=0), "limiter.lookahead_ms=0"),
        (within("limiter", release_ms=None), "limiter.release_ms=None"),
        (within("eq", gains_db=[0.0]), "eq.gains_db must be as many"),
        (within("eq", gains_db=3), "eq.gains_db=3"),
        (within("eq", frequencies_hz=[2.0, 1.0], gains_db=[0, 0]), "eq.frequencies_hz must rise"),
        (within("predicted", integrated_lufs="?"), "predicted.integrated_lufs"),
        (within("dynamics", points=1.5), "dynamics.points=1.5"),
        (within("dynamics", control_rate_hz="fast"), "dynamics.control_rate_hz"),
        (within("dynamics", crossovers_hz=["low"]), "dynamics.crossovers_hz='low'"),
        (within("width", side_gains_db=[0.0, 400.0]), "width.side_gains_db=400.0"),
    ],
)
def test_a_value_that_no_renderer_can_use_is_named(text: str, named: str) -> None:
    with pytest.raises(ParameterError, match=named):
        Plan.from_json(text)
