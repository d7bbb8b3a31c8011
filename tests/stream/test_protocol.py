from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auralis_lab.stream.protocol import (
    MAX_EXACT_INTEGER,
    Better,
    Block,
    Ended,
    Lane,
    MessageError,
    Play,
    Refused,
    Reply,
    Report,
    Request,
    Segment,
    Stop,
    parse_reply,
    parse_request,
    refusal,
)

CLIENT = "c0ffee-0001"

REQUESTS: list[Request] = [
    Play(epoch=1, client=CLIENT, entry="e-1", track_id=7, start_frame=0, enhanced=True),
    Play(
        epoch=2,
        client=CLIENT,
        entry="x" * 40,
        track_id=7,
        start_frame=MAX_EXACT_INTEGER,
        enhanced=False,
        preset="warm",
        intensity=0.7,
        compare=True,
        crossfade_s=12.0,
        levelling="album",
    ),
    Report(
        epoch=1,
        client=CLIENT,
        state="playing",
        segment=2,
        position_frame=5,
        consumed_frames=4_410,
        queued_frames=100,
        underruns=1,
        underrun_frames=128,
        run_frame=5,
        run_frames=4_000,
        pcm_hash=2**32 - 1,
        lane="enhanced",
        latency_ms=88.5,
        splice_ms=30.0,
        final=True,
    ),
    Stop(epoch=1, client=CLIENT),
]
REPLIES: list[Reply] = [
    Segment(
        epoch=1,
        client=CLIENT,
        segment=1,
        entry="e-2",
        track_id=7,
        start_frame=0,
        total_frames=None,
        channels=2,
        rate_hz=44_100,
        lanes=(
            Lane(name="original", gain_db=-3.5, loudness_lufs=-9.0),
            Lane(name="enhanced", loudness_lufs=None),
        ),
        overlap_frames=44_100,
        fade="equal_power",
        provisional=True,
    ),
    Block(
        epoch=1,
        client=CLIENT,
        segment=1,
        seq=0,
        first_frame=0,
        frames=11_025,
        channels=2,
        lanes=2,
        rate_hz=44_100,
    ),
    Better(epoch=1, client=CLIENT, segment=1),
    Ended(
        epoch=1,
        client=CLIENT,
        reason="failed",
        segment=1,
        position_frame=9,
        message="m",
        reference="r",
    ),
    Refused(reason="limit", message="10 streams are playing"),
]

NO_COUNT: list[object] = [-1, 2**53, 1.5, "1", None]
NO_FLAG: list[object] = [1, "true", None]
NO_TIME: list[object] = [-1, float("nan"), float("inf"), "3"]

BAD_VALUES: dict[str, list[object]] = {
    "epoch": [0, -1, 1.5, "1", None, True, 2**53],
    "client": ["", "short", "with space in it", "x" * 65, 12345678, None, "ümläute-1"],
    "entry": ["", "with space", "x" * 41, "../x", 7, None, "ü"],
    "track_id": NO_COUNT,
    "start_frame": [*NO_COUNT, [0]],
    "enhanced": NO_FLAG,
    "preset": ["", "Warm", "a" * 40, 3, None, "../x"],
    "intensity": [-0.01, 1.01, float("nan"), float("inf"), "1", None],
    "compare": NO_FLAG,
    "crossfade_s": [-0.01, 12.01, float("nan"), float("inf"), "1", None],
    "levelling": ["", "loud", True, None],
    "state": ["", "flying", None, 1],
    "segment": NO_COUNT,
    "position_frame": NO_COUNT,
    "consumed_frames": NO_COUNT,
    "queued_frames": NO_COUNT,
    "underruns": NO_COUNT,
    "underrun_frames": NO_COUNT,
    "run_frame": NO_COUNT,
    "run_frames": NO_COUNT,
    "pcm_hash": [-1, 2**32, "0", None],
    "lane": ["", "left", None, 0],
    "latency_ms": NO_TIME,
    "splice_ms": NO_TIME,
    "final": NO_FLAG,
}


def test_every_field_of_a_request_has_values_that_are_refused() -> None:
    for message in REQUESTS:
        assert set(type(message).model_fields) - {"type"} <= set(BAD_VALUES)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=12,
)


@pytest.mark.parametrize("message", REQUESTS, ids=lambda message: message.type)
def test_a_request_survives_the_way_through_json(message: Request) -> None:
    assert parse_request(json.loads(json.dumps(message.model_dump(mode="json")))) == message


@pytest.mark.parametrize("message", REPLIES, ids=lambda message: message.type)
def test_a_reply_survives_the_way_through_json(message: Reply) -> None:
    assert parse_reply(json.loads(json.dumps(message.model_dump(mode="json")))) == message


def test_whole_numbers_are_taken_for_fractions() -> None:
    content = {**REQUESTS[0].model_dump(), "intensity": 1}
    assert parse_request(content) == REQUESTS[0]


@pytest.mark.parametrize(
    ("message", "field", "value"),
    [
        (message, field, value)
        for message in REQUESTS
        for field, values in BAD_VALUES.items()
        if field in type(message).model_fields
        for value in values
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_field(
    message: Request, field: str, value: object
) -> None:
    with pytest.raises(MessageError) as caught:
        parse_request({**message.model_dump(), field: value})
    assert caught.value.field == field
    assert field in str(caught.value)


@pytest.mark.parametrize("message", REQUESTS, ids=lambda message: message.type)
def test_a_missing_or_unknown_field_is_refused_by_its_name(message: Request) -> None:
    content = message.model_dump()
    for field, info in type(message).model_fields.items():
        if info.is_required():
            with pytest.raises(MessageError) as caught:
                parse_request({name: value for name, value in content.items() if name != field})
            assert caught.value.field == field
    with pytest.raises(MessageError) as caught:
        parse_request({**content, "volume": 1})
    assert caught.value.field == "volume"


@given(json_values)
def test_anything_else_is_refused_and_nothing_else_is_raised(content: Any) -> None:
    with pytest.raises(MessageError) as caught:
        parse_request(content)
    assert caught.value.field == "type"
    answer = refusal(content, caught.value)
    assert parse_reply(answer.model_dump(mode="json")) == answer


@given(st.sampled_from(REQUESTS), st.dictionaries(st.sampled_from([*BAD_VALUES]), json_values))
def test_a_changed_message_is_either_read_or_refused(
    message: Request, changes: dict[str, Any]
) -> None:
    content = {**message.model_dump(), **changes}
    answer: Request | Refused
    try:
        answer = parse_request(content)
    except MessageError as error:
        answer = refusal(content, error)
    if isinstance(answer, Refused):
        assert answer.reason == "invalid"
        assert answer.field in content
    else:
        assert answer.model_dump() == content


def test_a_refusal_is_addressed_to_whoever_asked() -> None:
    content = {**REQUESTS[0].model_dump(), "intensity": 2}
    with pytest.raises(MessageError) as caught:
        parse_request(content)
    answer = refusal(content, caught.value)
    assert (answer.epoch, answer.client, answer.field) == (1, CLIENT, "intensity")


def test_a_refusal_leaves_out_an_address_that_cannot_be_read() -> None:
    content = {**REQUESTS[0].model_dump(), "epoch": -4}
    with pytest.raises(MessageError) as caught:
        parse_request(content)
    answer = refusal(content, caught.value)
    assert (answer.epoch, answer.client, answer.field) == (None, CLIENT, "epoch")
