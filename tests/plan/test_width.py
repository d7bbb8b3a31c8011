"""Width: lows that stay safe in mono, and nothing widened that is out of phase."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.analysis.definitions import BAND_EDGES_HZ
from auralis_lab.analysis.stereo import Stereo
from auralis_lab.plan.automation import BandWidth
from auralis_lab.plan.presets import WidthTargets
from auralis_lab.plan.width import decide_width

WIDE = WidthTargets(side_share=0.2, max_widening_db=1.5, low_side_share=0.1, max_narrowing_db=3.0)
FREE = WidthTargets(side_share=0.2, max_widening_db=60, low_side_share=0.1, max_narrowing_db=60)
BANDS = len(BAND_EDGES_HZ) - 1

STEREO = st.builds(Stereo, st.floats(-1, 1), st.floats(0, 1))


def gains(
    stereo: Stereo | Sequence[Stereo], targets: WidthTargets = WIDE, intensity: float = 1.0,
    *, rate_hz: int = 44_100, wanted: Sequence[float | None] | None = None,
) -> tuple[float, ...]:  # fmt: skip
    bands = [stereo] * BANDS if isinstance(stereo, Stereo) else stereo
    made, _ = decide_width(bands, 2, rate_hz, targets, intensity, wanted_shares=wanted)
    return (0.0,) * BANDS if made is None else made.side_gains_db


def share_after(share: float, gain_db: float) -> float:
    side = share * 10 ** (gain_db / 10)
    return side / (1 - share + side)


@pytest.mark.parametrize("share", [0.02, 0.05, 0.15])
def test_a_band_is_widened_to_the_share_aimed_at(share: float) -> None:
    for gain in gains(Stereo(0.9, share), FREE)[2:]:
        assert share_after(share, gain) == pytest.approx(0.2, abs=1e-3)


@pytest.mark.parametrize("share", [0.15, 0.3, 0.5])
def test_wide_lows_are_narrowed_to_the_share_that_is_safe(share: float) -> None:
    for gain in gains(Stereo(0.5, share), FREE)[:2]:
        assert share_after(share, gain) == pytest.approx(0.1, abs=1e-3)


@given(bands=st.lists(STEREO, min_size=BANDS, max_size=BANDS), intensity=st.floats(0, 1))
def test_the_lows_are_never_widened_and_no_gain_passes_its_limit(
    bands: list[Stereo], intensity: float
) -> None:
    made = gains(bands, WIDE, intensity)
    for gain, start_hz in zip(made, BAND_EDGES_HZ, strict=False):
        assert -WIDE.max_narrowing_db <= gain <= WIDE.max_widening_db
        if start_hz < 250:
            assert gain <= 0
        else:
            assert gain >= 0


@given(share=st.floats(0, 1), correlation=st.floats(-1, 0.2))
def test_what_is_hardly_correlated_is_not_widened(share: float, correlation: float) -> None:
    assert max(gains(Stereo(correlation, share), FREE)) <= 0


def test_between_guard_and_freedom_the_gain_grows_with_the_correlation() -> None:
    made = [gains(Stereo(c / 20, 0.05), WIDE)[3] for c in range(3, 11)]
    assert made == sorted(made)
    assert made[0] == 0.0
    assert made[-1] == pytest.approx(WIDE.max_widening_db)
    assert gains(Stereo(0.3, 0.05), WIDE)[3] == pytest.approx(WIDE.max_widening_db / 2)


def test_lows_in_opposite_polarity_are_not_narrowed_away() -> None:
    made, decisions = decide_width([Stereo(-1.0, 0.98)] * BANDS, 2, 44_100, WIDE, 1.0)
    assert made is None
    assert decisions[0].limit == "channels of opposite polarity"


def test_mono_and_what_is_next_to_it_stay_as_they_are_and_one_sentence_says_so() -> None:
    for share in (0.0, 0.001):
        made, decisions = decide_width([Stereo(1.0, share)] * BANDS, 2, 44_100, WIDE, 1.0)
        assert made is None
        assert [decision.measured for decision in decisions] == ["mono"]


@pytest.mark.parametrize(("channels", "told"), [(1, "One channel has"), (6, "6 channels have")])
def test_other_than_two_channels_have_no_width(channels: int, told: str) -> None:
    made, (decision,) = decide_width((), channels, 44_100, WIDE, 1.0)
    assert made is None
    assert told in decision.sentence


def test_unmeasured_bands_are_left_alone() -> None:
    bands = [Stereo(None, None), *[Stereo(0.9, 0.05)] * (BANDS - 1)]
    assert gains(bands)[0] == 0.0
    assert gains(bands)[4] > 0
    made, (decision,) = decide_width([Stereo(None, None)] * BANDS, 2, 44_100, WIDE, 1.0)
    assert made is None
    assert decision.measured == "not measurable"


@pytest.mark.parametrize(("rate_hz", "bands"), [(8000, 5), (44_100, 7), (192_000, 7)])
def test_no_band_begins_above_the_highest_frequency(rate_hz: int, bands: int) -> None:
    assert len(gains(Stereo(0.9, 0.05), rate_hz=rate_hz)) == bands


@given(intensity=st.floats(0.01, 1), share=st.floats(0.01, 0.5), correlation=st.floats(0, 1))
def test_gains_are_in_proportion_to_intensity(
    intensity: float, share: float, correlation: float
) -> None:
    whole = gains(Stereo(correlation, share))
    part = gains(Stereo(correlation, share), intensity=intensity)
    assert part == pytest.approx([intensity * gain for gain in whole], abs=0.0011)


def test_a_reference_is_matched_in_both_directions_within_the_limits() -> None:
    made = gains(Stereo(0.8, 0.1), FREE, wanted=(0.05, 0.1, 0.2, 0.3, None, 0.02, 0.1))
    for gain, wanted in zip(made[2:4], (0.2, 0.3), strict=True):
        assert share_after(0.1, gain) == pytest.approx(wanted, abs=1e-3)
    assert share_after(0.1, made[0]) == pytest.approx(0.05, abs=1e-3)
    assert made[4] == 0.0
    assert made[6] == pytest.approx(0.0, abs=1e-6)
    assert min(gains(Stereo(0.8, 0.4), WIDE, wanted=(0.0,) * BANDS)) == -3.0


def test_the_predicted_gain_of_a_band_is_what_the_side_adds_to_it() -> None:
    made, _ = decide_width([Stereo(0.9, 0.05)] * BANDS, 2, 44_100, WIDE, 1.0)
    assert isinstance(made, BandWidth)
    gain, mean = made.side_gains_db[4], made.mean_gains_db[4]
    assert mean == pytest.approx(10 * math.log10(0.95 + 0.05 * 10 ** (gain / 10)), abs=1e-3)
