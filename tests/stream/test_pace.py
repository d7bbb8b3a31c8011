from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.stream.pace import Pace

paces = st.builds(
    Pace,
    rate_hz=st.sampled_from([3_000, 8_000, 22_050, 44_100, 48_000, 96_000, 192_000, 768_000]),
    channels=st.integers(1, 8),
    window_s=st.floats(1.0, 120.0),
)


@given(paces, st.floats(0.01, 1.0))
def test_fewer_than_a_hundred_messages_are_ever_under_way(pace: Pace, step: float) -> None:
    consumed = sent = seq = 0
    ends: list[int] = []
    while consumed < 3 * pace.full_window_frames:
        length = pace.block_frames(seq, consumed)
        if sent - consumed + length <= pace.window_frames(consumed):
            sent += length
            seq += 1
            ends.append(sent)
        else:
            consumed += max(1, round(step * (sent - consumed)))
            ends = [end for end in ends if end > consumed]
        assert len(ends) < 100
        assert sent - consumed <= pace.full_window_frames


@given(paces, st.integers(0, 10**8))
def test_blocks_grow_from_a_quarter_second_and_two_fit_the_window(pace: Pace, heard: int) -> None:
    lengths = [pace.block_frames(seq, heard) for seq in range(12)]
    assert lengths == sorted(lengths)
    assert lengths[0] <= round(0.25 * pace.rate_hz)
    assert 2 * lengths[-1] <= pace.window_frames(heard)


@given(paces, st.integers(0, 10**8), st.integers(0, 10**8))
def test_the_window_only_opens_and_never_beyond_its_full_size(
    pace: Pace, heard: int, more: int
) -> None:
    assert pace.window_frames(heard) <= pace.window_frames(heard + more)
    assert pace.window_frames(heard + more) <= pace.full_window_frames


def test_common_formats_travel_in_messages_of_64_to_256_kib() -> None:
    for rate_hz, channels in [(44_100, 2), (48_000, 2), (96_000, 2), (44_100, 6)]:
        pace = Pace(rate_hz, channels, 15.0)
        sizes = [4 * channels * pace.block_frames(seq, 10**8) for seq in range(10)]
        assert sizes[0] >= 64 * 1024
        assert max(sizes) <= 272 * 1024
