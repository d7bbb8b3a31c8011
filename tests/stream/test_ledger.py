from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.stream.ledger import Ledger


def test_before_anything_is_sent_the_place_is_where_it_was_to_begin() -> None:
    assert Ledger(77).place() == (0, 77)


def test_the_place_is_the_segment_and_frame_that_come_next() -> None:
    ledger = Ledger(100)
    assert ledger.begin(100, 8_000) == 0
    ledger.add(50)
    assert ledger.begin(0, 16_000) == 1
    ledger.add(30)
    places = []
    for consumed in (0, 49, 50, 79, 80):
        ledger.consumed = consumed
        places.append(ledger.place())
    assert places == [(0, 100), (0, 149), (1, 0), (1, 29), (1, 30)]
    assert ledger.place(at_end=True) == (1, 30)


def test_frames_of_another_rate_count_for_as_long_as_they_last() -> None:
    ledger = Ledger(0)
    ledger.begin(0, 8_000)
    ledger.add(8_000)
    ledger.begin(0, 48_000)
    ledger.add(24_000)
    assert ledger.under_way(48_000) == 48_000 + 24_000
    ledger.consumed = 4_000
    assert ledger.under_way(48_000) == 24_000 + 24_000
    assert ledger.heard(48_000) == 24_000
    assert ledger.under_way(8_000) == 4_000 + 4_000


@given(
    st.lists(st.lists(st.integers(1, 500), max_size=4), min_size=1, max_size=6),
    st.floats(0, 1),
)
def test_of_one_rate_what_is_under_way_is_sent_less_consumed(
    segments: list[list[int]], share: float
) -> None:
    ledger = Ledger(0)
    for blocks in segments:
        ledger.begin(0, 8_000)
        for frames in blocks:
            ledger.add(frames)
    ledger.consumed = int(share * ledger.sent)
    assert ledger.under_way(8_000) == ledger.sent - ledger.consumed
    assert ledger.heard(8_000) == ledger.consumed
