"""How much is already mastered, and what that leaves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.plan.harm import balance_budget_db, mastered_share, plr_budget_db, ramp

PEAK, PLR = st.floats(-60, 6), st.floats(0, 40)


@given(peak=PEAK, plr=PLR, more=st.floats(0, 20))
def test_louder_peaks_and_denser_music_count_as_more_mastered(
    peak: float, plr: float, more: float
) -> None:
    here = mastered_share(peak, plr)
    assert 0 <= here <= 1
    assert mastered_share(peak + more, plr) >= here
    assert mastered_share(peak, plr + more) <= here


@given(peak=PEAK, plr=PLR, floor=st.floats(6, 20), most=st.floats(0, 10))
def test_the_limiter_may_take_no_more_than_the_most_nor_1_db_of_what_is_mastered(
    peak: float, plr: float, floor: float, most: float
) -> None:
    budget = plr_budget_db(peak, plr, floor, most)
    assert 0 <= budget <= most
    if mastered_share(peak, plr) == 1:
        assert budget <= 1.0


@given(peak=PEAK, plr=PLR)
def test_what_is_mastered_or_clipped_has_the_smaller_budget_of_balance(
    peak: float, plr: float
) -> None:
    assert balance_budget_db(0.0, 8.0, 1.2) <= 1.2 + 1e-9
    assert balance_budget_db(peak, plr, 1.2) >= 0.4 * 1.2 - 1e-9
    assert balance_budget_db(3.0, 8.0, 1.2) == pytest.approx(0.4 * 1.2)


def test_a_ramp_is_a_line_held_at_both_ends() -> None:
    assert [ramp(value, (2.0, 4.0)) for value in (1.0, 2.0, 3.0, 4.0, 9.0)] == [0, 0, 0.5, 1, 1]
