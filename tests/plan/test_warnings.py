"""What is wrong with a track and cannot be mended is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auralis_lab.analysis.profile import Profile
from auralis_lab.analysis.stereo import Stereo
from auralis_lab.plan.enhance import plan
from auralis_lab.plan.warnings import looks_clipped, warnings_about
from tests.plan.conftest import make_profile

TRACK = make_profile()
CLIPPED = replace(TRACK, clipped_runs=1234)


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        (replace(TRACK, clipped_runs=1), "1 place looks clipped"),
        (CLIPPED, "1,234 places look clipped"),
        (replace(TRACK, silent_channels=(1,)), "The right channel is silent"),
        (make_profile(stereo=Stereo(-0.97, 0.98)), "played in mono they cancel"),
    ],
)
def test_each_fault_has_a_sentence(profile: Profile, told: str) -> None:
    (warning,) = warnings_about(profile)
    assert told in warning.sentence
    assert told in plan(profile).explain()


def test_a_sound_track_has_none() -> None:
    assert warnings_about(TRACK) == ()


def test_punchy_lifts_no_onset_of_a_clipped_track_and_says_why() -> None:
    assert looks_clipped(CLIPPED)
    assert not looks_clipped(replace(TRACK, clipped_runs=3))
    lifted, held = (plan(profile, "punchy") for profile in (TRACK, CLIPPED))
    assert "clear onsets are lifted" in lifted.explain()
    assert "clear onsets are lifted" not in held.explain()
    limits = {decision.topic: decision.limit for decision in held.decisions}
    assert limits["dynamics, onsets"] == "do no harm: the track looks clipped"
